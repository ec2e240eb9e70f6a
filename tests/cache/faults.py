"""A backend that spoils, cuts, mixes up, loses or delays what it was given costs time, never a
wrong answer, or half of one.  And answers at the pace at which they came.
SPDX-License-Identifier: MIT"""
import json
import os
import shutil
import subprocess
import tempfile
import time

from scene import (Play, body_of, check, config, equal, model, nothing_is_left, provider, stream, usual, wait_until)
from upstream import Answer
from wrong_answers import embedded, embeddings, vectors

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDE = os.path.join(HERE, "..", "..", "sdk", "include")


class Folder:
    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="conduit-spoil-")
        self.word = os.path.join(self.path, "word")
        self.say("fine")
        subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-D_GNU_SOURCE", "-fPIC", "-shared", "-fvisibility=hidden",
                        "-pthread", f"-I{INCLUDE}", "-o", f"{self.path}/cache_spoil.so", f"{HERE}/spoil.c"], check=True)

    def say(self, text):
        with open(self.word + ".new", "w") as f:
            f.write(text)
        os.rename(self.word + ".new", self.word)

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)


def theatre(s, cache="", make=None):
    folder, up = s.keep(Folder()), s.up(make)
    gw = s.gateway(config([provider("up", up.port)], [model("m", ["up"])], f'type = "spoil"; {cache}'),
                   env={"CONDUIT_PLUGIN_PATH": f"{s.args.plugins}:{folder.path}", "CACHE_SPOIL": folder.word})
    return folder, gw, up, s.client(gw)


def test_spoilt_entries_are_no_answers(s):
    folder, gw, up, c = theatre(s)
    for stream_it in (False, True):
        body = body_of(stream=stream_it, seed=int(stream_it))
        equal([c.send(body).cache for _ in range(2)], ["MISS", "HIT"], "at first")
        quiet = dict(body, cache_control={"no_store": True})      # what is there stays
        first = c.send(body)
        words = [f"flip {n}" for n in list(range(0, 40)) + list(range(40, 700, 7))]
        words += [f"cut {n}" for n in list(range(0, 400, 9))] + ["grow 1", "grow 60", "other", "lose", "trouble"]
        for word in words:
            folder.say(word)
            before = up.asked
            r = c.send(quiet)
            equal((r.status, r.cache, up.asked), (200, "MISS", before + 1), f"{word}: {r}")
            check(f"answer {before + 1} " in r.text, f"{word}: {r}")
        folder.say("fine")
        r = c.send(body)
        equal((r.cache, r.body), ("HIT", first.body), "in the end")
    s.say(f"{2 * len(words)} spoilt entries, no answer among them")


def test_who_is_late_has_missed(s):
    folder, gw, up, c = theatre(s)
    equal([c.ask().cache for _ in range(2)], ["MISS", "HIT"], "at first")
    folder.say("late")
    begin = time.monotonic()
    replies = [c.ask(cache_control={"no_store": True}) for _ in range(10)]
    took = time.monotonic() - begin
    equal({(r.status, r.cache) for r in replies}, {(200, "MISS")}, "while it is late")
    s.say(f"a late cache costs {took / 10 * 1000:.1f} ms a request")
    if s.slow == 1:
        check(took / 10 < 0.028, f"{took / 10} s each")      # not as long as it would take
    crowd = s.crowd(gw)
    seats = [crowd.ask(body_of(text=f"question {i}")) for i in range(50)]
    for seat in seats[::2]:
        seat.sent.wait(5)
        crowd.leave(seat)
    equal({x.reply().status for x in seats[1::2]}, {200}, "those that stayed")
    nothing_is_left(gw)
    folder.say("fine")
    equal(c.ask().cache, "HIT", "in the end")


def test_a_patient_gateway_takes_late_answers(s):
    folder, gw, up, c = theatre(s, 'deadline = "500ms";')
    equal([c.ask().cache for _ in range(2)], ["MISS", "HIT"], "at first")
    folder.say("late")
    crowd = s.crowd(gw)
    seats = [crowd.ask(body_of()) for _ in range(50)]
    for seat in seats[::5]:
        seat.sent.wait(5)
        crowd.leave(seat)
    equal({x.reply().cache for i, x in enumerate(seats) if i % 5}, {"HIT"}, "those that stayed")
    equal(up.asked, 1, "calls")
    nothing_is_left(gw)


def test_an_old_entry_of_a_backend_that_forgets_nothing(s):
    folder, gw, up, c = theatre(s, 'ttl = "1s";')
    equal([c.ask().cache for _ in range(2)], ["MISS", "HIT"], "at first")
    time.sleep(1.1)
    equal(c.ask().cache, "MISS", "its time is over, whatever the backend thinks")


def test_an_end_while_the_cache_is_late(s):
    folder, gw, up, c = theatre(s, 'deadline = "1s";')
    folder.say("late")
    crowd = s.crowd(gw)
    seats = [crowd.ask(body_of(text=f"question {i}")) for i in range(20)]
    for seat in seats:
        seat.sent.wait(5)
    problem = gw.stop()
    check(problem is None, problem)


def test_streams_at_their_own_pace(s):
    texts = [f"piece {i} " for i in range(6)]
    script = []
    for piece in stream(texts):
        script += [piece, 0.1]
    gw, up, c = s.usual('type = "memory"; replay = "paced";', make=lambda r, n: Play(script) if b'"stream":true' in
                        r.body.replace(b" ", b"") else usual(r, n))
    crowd = s.crowd(gw)
    body = body_of(stream=True)
    first = c.send(body)
    begin = time.monotonic()
    seat = crowd.ask(body)
    again = seat.reply()
    took = time.monotonic() - begin
    equal((again.cache, again.body), ("HIT", first.body), "what comes")
    check(0.6 < took < 1.5 * s.slow, f"it takes {took:.2f} s, it was about 0.9")
    gaps = len({round(t, 2) for t, _ in seat.marks})
    check(gaps >= 6, f"it comes in {gaps} pieces")
    begin = time.monotonic()
    whole = c.send(dict(body, stream=False))
    equal((whole.cache, whole.text), ("HIT", "".join(texts)), "a whole one")
    check(time.monotonic() - begin < 0.3 * s.slow, "a whole one waits for nothing")
    leavers = [crowd.ask(body) for _ in range(10)]
    check(wait_until(lambda: all(x.has(b"piece 0") for x in leavers), 3), "nothing comes")
    for x in leavers:
        crowd.leave(x)
    nothing_is_left(gw)
    equal(up.asked, 1, "calls")


def test_spoilt_items_are_no_items(s):
    """Embeddings are known one by one."""
    folder, gw, up, c = theatre(s, make=lambda r, n: embeddings(json.loads(r.body)))
    body = {"model": "m", "input": ["a", "b", "c", "d"]}
    for word in ("fine", "flip 100", "cut 50", "other", "lose", "trouble", "late", "flip 9", "fine"):
        folder.say(word)
        for input in (["a", "b", "c", "d"], ["d", "a"], ["b", "x " + word, "b", "a"], "c", ["c"]):
            r = c.send(dict(body, input=input), "/v1/embeddings")
            equal((r.status, embedded(r)), (200, vectors(dict(body, input=input))), f"{word} {input} {r}")
    equal(c.send(body, "/v1/embeddings").cache, "HIT", "in the end")
    nothing_is_left(gw)


def test_items_that_come_in_another_order(s):
    """An upstream that answers in its own order, twice, or not all of it."""
    bend = [lambda data: data]

    def make(request, number):
        doc = json.loads(embeddings(json.loads(request.body)).body)
        doc["data"] = bend[0](doc["data"])
        return Answer(body=json.dumps(doc).encode())
    gw, up, c = s.usual(make=make)
    ways = (lambda data: data[::-1], lambda data: data[:-1], lambda data: data + data[:1], lambda data: data[1:] + data[1:2],
            lambda data: [dict(d, index=d["index"] + 1) for d in data], lambda data: [])
    for i, way in enumerate(ways):
        bend[0] = way
        body = {"model": "m", "input": [f"a{i}", f"b{i}", f"c{i}"]}
        first = c.send(body, "/v1/embeddings")
        if i == 0:
            equal(embedded(first), vectors(body), f"in another order: {first}")
        bend[0] = lambda data: data
        for input in ([f"b{i}"], [f"c{i}", f"a{i}"], [f"c{i}", f"new {i}", f"b{i}"]):
            r = c.send(dict(body, input=input), "/v1/embeddings")
            equal((r.status, embedded(r)), (200, vectors(dict(body, input=input))), f"way {i}, {input}: {r}")
        bend[0] = way
        r = c.send(dict(body, input=[f"a{i}", f"more {i}", f"even more {i}"]), "/v1/embeddings")
        if r.status == 200 and i == 0:
            equal(embedded(r), vectors(dict(body, input=[f"a{i}", f"more {i}", f"even more {i}"])), f"way {i}: {r}")
        check(r.status == 200 or r.error, f"way {i}: {r}")

"""Streams that break: what the client is told, and who answers instead.
SPDX-License-Identifier: MIT"""
import json
import time

from faulty import SSE_HEAD, Fault, Stream, answer_events, chunk, event, usage
from stage import PATIENT, STOIC, Client, ask, check, config, equal, has, in_parallel, model, provider, wait_until

GOOD = "Good answer."
WIRE = 2048
QUICK = 'timeout = { connect = "1s"; first_byte = "%(ms)dms"; idle = "%(ms)dms"; };'


def pair(a, b, more="", model_more="", first=PATIENT):
    return config([provider("a", a.port, first + STOIC), provider("b", b.port, PATIENT + STOIC)],
                  [model("pair", ["a", "b"], model_more), model("alone", ["a"])], more=more)


def two_k_words():
    """So many words that the stream has 2 KiB on the wire."""
    words = []
    while wire_of(words + ["word "]) < WIRE:
        words.append("word ")
    return words


def wire_of(words):
    return sum(len(chunk(e)) for e in answer_events(words, usage()))


class Marks:
    """At which byte of the wire an event of the stream is there whole."""

    def __init__(self, words):
        ends, at = [], 0
        for e in answer_events(words, usage(1, len(words))):
            size = len(chunk(e))
            ends.append(at + size - 2)
            at += size
        self.first_token, self.finish, self.done, self.end = ends[1], ends[1 + len(words)], ends[-1], at + 5


def broken_well(r, at, marks, words):
    """None, or what is wrong with an answer whose first upstream was cut behind so many bytes."""
    want = "".join(words)
    if not r.whole or r.status != 200:
        return "is not a whole 200"
    if at < marks.first_token:
        return None if r.done and r.text == GOOD and not r.error else "the other target did not answer"
    if r.done:
        return None if r.text == want and not r.error and at >= marks.finish else "a [DONE] that is not true"
    if not r.error:
        return "a silent cut"
    return None if want.startswith(r.text) else "not what the upstream said"


CUTS_A_TARGET = 10      # so few failures say nothing of its health


def test_a_cut_at_every_byte_of_a_stream(s):
    """FIN and RST at each offset of 2 KiB: never a false [DONE], never a silent cut."""
    words = two_k_words()
    marks = Marks(words)
    a, b = s.up(words), s.up([GOOD])
    offsets = range(0, marks.end)
    names = [f"m{i}" for i in range(marks.end // CUTS_A_TARGET + 1)]
    gw = s.gateway(config([provider("a", a.port, PATIENT + STOIC), provider("b", b.port, PATIENT + STOIC)],
                          [model(name, [("a", name), ("b", name)]) for name in names]))

    def cut_as_the_prompt_says(request):
        at, how = request.body.split(b"cut-at-")[1].split(b"-")[:2]
        return a.streamed(Fault(stop=int(at), then=how.decode()), usage(1, len(words)))

    def one(at):
        return ask(gw, names[at % len(names)], True, text=f"cut-at-{at}-{'reset' if at % 2 else 'close'}-")

    a.respond = cut_as_the_prompt_says
    begin = time.monotonic()
    replies = in_parallel(8, one, offsets)
    wrong = [(at, why, str(r)) for at, r in zip(offsets, replies)
             if (why := broken_well(r, at, marks, words))]
    elsewhere = sum(r.provider == "b" for r in replies)
    s.say(f"{len(replies)} cuts in {time.monotonic() - begin:.1f} s: {elsewhere} answered by the other target, "
          f"{sum(bool(r.error) for r in replies)} error events, {len(wrong)} wrong")
    check(not wrong, f"{len(wrong)} wrong, the first: {wrong[:2]}")
    check(a.asked >= len(replies), "the first target was not always asked: the scene tests less")


def test_a_cut_without_frames(s):
    """A stream that ends with its connection, cut before and behind its first word, before its end."""
    a, b = s.up(), s.up([GOOD])
    gw = s.gateway(pair(a, b))
    events = answer_events(a.words, usage(1, 3))
    sizes = [sum(map(len, events[:n])) for n in range(len(events) + 1)]
    for n, at in enumerate(sizes):
        a.play(stop=at, then="close", framed=False)
        r = ask(gw, "pair", True)
        what = f"cut behind {n} events: {r}"
        if n < 2:
            equal((r.status, r.text, r.done, r.error), (200, GOOD, True, None), what)
        elif n < 5:
            check(r.error and not r.done, what)
        else:                                  # a reason to end was given
            check(r.done and r.text == "".join(a.words) or r.error and not r.done, what)


def test_errors_inside_a_stream(s):
    """Before the first token another target answers; after it the client gets the error."""
    a, b = s.up(), s.up([GOOD])
    gw = s.gateway(pair(a, b))
    for stop in ("head", "role"):
        for then in ("error", "done"):
            a.play(stop=stop, then=then)
            r = ask(gw, "pair", True)
            equal((r.status, r.text, r.done, r.error), (200, GOOD, True, None), f"{stop} {then}: {r}")
    for then in ("error", "done"):
        a.play(stop="token", then=then, message="Engine room flooded")
        r = ask(gw, "pair", True)
        check(r.status == 200 and r.error and not r.done and r.whole, f"{then}: {r}")
        equal(r.text, a.words[0], f"{then}: {r}")
    a.play(stop="head", then="error", message="Engine room flooded")
    r = ask(gw, "alone", True)
    check(r.status >= 500 and r.error and not r.done, f"nobody else to ask: {r}")
    a.play(stop="role", then="error", code="rate_limit_exceeded")
    asked = a.asked
    for _ in range(2):                         # the second time it rests
        r = ask(gw, "pair", True)
        equal((r.status, r.text, r.provider), (200, GOOD, "b"), f"rate limited: {r}")
    equal(a.asked, asked + 1, "attempts of who is rate limited")


def test_a_role_in_any_spelling(s):
    """An event that only says "assistant" is no token, whatever stands between its JSON tokens and beside it."""
    a, b = s.up(), s.up([GOOD])
    gw = s.gateway(pair(a, b))
    role = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]}
    plain, bare, empty = json.loads(json.dumps(role)), json.loads(json.dumps(role)), json.loads(json.dumps(role))
    plain["choices"][0]["delta"]["refusal"] = None
    del bare["choices"][0]["delta"]["content"]
    empty["choices"][0]["delta"] = {}
    problems = []
    for name, first in (("compact", event(role)), ("spaces", event(role, (", ", ": "))), ("refusal", event(plain)),
                        ("without content", event(bare)), ("an empty delta", event(empty))):
        a.respond = lambda _, first=first: Stream([SSE_HEAD + chunk(first)], reset=True)
        r = ask(gw, "pair", True)
        if (r.text, r.provider, r.done) != (GOOD, "b", True):
            problems.append(f"{name}: {r.body[:300]}")
    check(not problems, "\n     ".join(problems))


def test_bytes_that_are_no_answer(s):
    """Corrupt bytes before the first token: another target; after it: an error, no [DONE]."""
    a, b = s.up(), s.up([GOOD])
    gw = s.gateway(pair(a, b))
    for stream in (False, True):
        a.play(corrupt=0)
        r = ask(gw, "pair", stream)
        equal((r.status, r.text), (200, GOOD), f"stream {stream}: {r}")
    events = answer_events(a.words, usage(1, 3))
    a.play(corrupt=sum(map(len, events[:3])))
    r = ask(gw, "pair", True)
    check(r.error and not r.done and r.whole, str(r))


def test_an_upstream_that_stops_reading(s):
    """A large prompt that nobody takes: the time-out ends it, and another target answers."""
    a, b = s.up(), s.up([GOOD])
    gw = s.gateway(pair(a, b, first=QUICK % {"ms": 700}))
    a.mute(True)
    r = ask(gw, "pair", text="x" * (6 << 20))
    a.mute(False)
    s.say(f"6 MiB that nobody reads: {r.status} from {r.provider} after {r.took:.2f} s")
    equal((r.status, r.provider), (200, "b"), str(r))
    check(r.took <= 4 * s.slow, f"took {r.took:.1f} s")


# --- keep-alive ----------------------------------------------------------------------------

class Lines:
    """A streamed answer, each line with the time when it came."""

    def __init__(self, gw, name):
        client, self.lines, begin = Client(gw), [], time.monotonic()
        client.http.request("POST", "/v1/chat/completions", '{"model":"%s","stream":true,"messages":'
                            '[{"role":"user","content":"hi"}]}' % name,
                            {"Authorization": "Bearer " + client.secret, "Content-Type": "application/json"})
        r = client.http.getresponse()
        self.status, self.head_at = r.status, time.monotonic() - begin
        self.headers = {k.lower(): v for k, v in r.getheaders()}
        for line in r:
            self.lines.append((round(time.monotonic() - begin, 2), line.strip()))
        client.close()

    def before(self, part):
        """Comments before the first line that has the part."""
        out = []
        for at, line in self.lines:
            if part in line:
                break
            if line.startswith(b":"):
                out.append((at, line))
        return out

    def has(self, part):
        return any(part in line for _, line in self.lines)


def test_comments_keep_a_waiting_client(s):
    """Every second while upstreams think, through a fallback, to the bitter end."""
    slow, hung, broken, good = s.up(), s.up(), s.up(), s.up([GOOD])
    slow.play(stop=None, comments=6, gap=0.4)
    hung.play(stop="ask")
    broken.play(status=500, delay=1.5)
    gw = s.gateway(config(
        [provider("slow", slow.port), provider("good", good.port), provider("broken", broken.port),
         provider("hung", hung.port, QUICK % {"ms": 2500})],
        [model("thinks", ["slow"]), model("turns", ["hung", "good"]), model("fails", ["hung", "broken"])],
        more='routing = { keep_alive = "1s"; };'))
    thinks, turns, fails = in_parallel(3, lambda name: Lines(gw, name), ("thinks", "turns", "fails"))
    for name, got in (("thinks", thinks), ("turns", turns), ("fails", fails)):
        kept = [at for at, _ in got.before(b"data:")]
        s.say(f"{name}: the head after {got.head_at:.2f} s, comments at {kept}")
        equal(got.status, 200, f"{name}: {got.lines}")
        comments = [line for _, line in got.lines if line.startswith(b":")]
        equal(set(comments), {b": keep-alive"}, f"{name}: {got.lines}")
        gaps = [b - a for a, b in zip([0] + kept, kept)]
        check(kept and all(0.8 <= g <= 1.7 * s.slow for g in gaps), f"{name}: comments at {kept}")
    check(len(thinks.before(b"Hello")) >= 2 and thinks.has(b"[DONE]"), str(thinks.lines))
    check(turns.before(GOOD.encode()) and turns.has(b"[DONE]"), str(turns.lines))
    check(fails.has(b'"error"') and not fails.has(b"[DONE]"), str(fails.lines))
    has(gw.admin("GET", "/admin/v1/targets")[1], "hung")


def test_no_comment_without_a_wait(s):
    """A stream that goes on has none, and a whole answer never."""
    a, b = s.up(), s.up()
    a.play(gap=0.15)
    gw = s.gateway(pair(a, b, more='routing = { keep_alive = "1s"; };'))
    r = ask(gw, "pair", True)
    equal((r.done, r.comments), (True, []), str(r))
    a.play(delay=1.3)
    r = ask(gw, "pair")
    equal((r.status, r.text, r.body[:1]), (200, "".join(a.words), b"{"), str(r))


def test_a_client_that_leaves_ends_the_attempt(s):
    """Also between two attempts nobody is asked for a client who is gone."""
    a, b = s.up(), s.up()
    a.play(stop="ask")
    gw = s.gateway(pair(a, b))
    client = Client(gw)
    client.http.connect()
    client.http.request("POST", "/v1/chat/completions", '{"model":"pair","stream":true,"messages":'
                        '[{"role":"user","content":"hi"}]}', {"Authorization": "Bearer " + client.secret})
    check(wait_until(lambda: a.asked == 1, 5 * s.slow), "the upstream was not asked")
    client.http.sock.close()
    client.close()
    check(wait_until(lambda: a.requests[0].closed_at, 5 * s.slow), "the upstream was not left")
    time.sleep(0.3)
    equal((a.asked, b.asked), (1, 0), "attempts")

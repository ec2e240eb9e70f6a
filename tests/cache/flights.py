"""The same question, asked at the same time, is asked once: everybody gets all of it, whoever
leaves, whoever is slow, and whatever becomes of the one who asked.
SPDX-License-Identifier: MIT"""
import concurrent.futures
import json
import threading
import time

from scene import (Play, body_of, chat, check, chunk, config, equal, metric, model, nothing_is_left, provider,
                   stream, wait_until)
from upstream import Answer

MANY = 1000
STREAM = dict(body_of(), stream=True)
TEXTS = [f"piece {i} " for i in range(20)]


def gated(texts=TEXTS, first=3, finish="stop"):
    """A stream that waits behind so many pieces, and its gate."""
    gate, all = threading.Event(), stream(texts, finish)
    return Play(all[:1 + first] + [gate] + all[1 + first:]), gate


def once(play, after=None):
    """The first call is answered with play; others as usual."""
    def make(request, number):
        if number == 1:
            return play
        return after(request, number) if after else Answer(500, body=b'{"error":{"message":"asked again"}}')
    return make


def all_equal(replies, text, cache=("COALESCED", "MISS")):
    for r in replies:
        equal((r.status, r.text, r.whole), (200, text, True), f"one of them {r}")
        check(r.cache in cache, f"x-cache {r.cache}")


def test_a_thousand_streams_are_one_call(s):
    play, gate = gated()
    gw, up, _ = s.usual(make=once(play), workers=3)
    crowd = s.crowd(gw)
    seats = [crowd.ask(STREAM) for _ in range(MANY)]
    check(wait_until(lambda: sum(x.has(b"piece 2") for x in seats) == MANY, 20 * s.slow),
          f"only {sum(x.has(b'piece 2') for x in seats)} saw what had come")
    equal(up.asked, 1, "calls")
    check(not any(x.has(b"piece 3") for x in seats), "a piece came before it was sent")
    begin = time.monotonic()
    gate.set()
    replies = [x.reply(20 * s.slow) for x in seats]
    s.say(f"{MANY} streams, 1 call; all had the rest in {time.monotonic() - begin:.3f} s")
    all_equal(replies, "".join(TEXTS))
    check(all(r.done for r in replies), "[DONE] is missing")
    equal(len({r.body for r in replies}), 1, "different bodies")
    equal(sum(r.cache == "MISS" for r in replies), 1, "leaders")
    equal(up.asked, 1, "calls")
    nothing_is_left(gw)


def test_a_thousand_whole_answers_are_one_call(s):
    gate = threading.Event()
    body = chat("all of it " * 500)
    gw, up, c = s.usual(make=once(Play([gate, body], "application/json")), workers=2)
    crowd = s.crowd(gw)
    seats = [crowd.ask(body_of()) for _ in range(MANY)]
    check(wait_until(lambda: under_way(gw) == MANY, 20 * s.slow), f"{under_way(gw)} are under way")
    gate.set()
    replies = [x.reply(20 * s.slow) for x in seats]
    all_equal(replies, "all of it " * 500)
    equal(up.asked, 1, "calls")
    nothing_is_left(gw)
    equal(c.ask().cache, "HIT", "afterwards")


def under_way(gw):
    return metric(gw, "conduit_active_requests")


def test_aliases_join_under_their_own_name(s):
    play, gate = gated()
    gw, up, _ = s.usual(make=once(play))
    crowd = s.crowd(gw)
    one = crowd.ask(STREAM)
    check(wait_until(lambda: one.has(b"piece 0"), 5), "nothing came")
    two = crowd.ask(dict(STREAM, model="n"))
    check(wait_until(lambda: two.has(b"piece 2"), 5), "the alias does not join")
    gate.set()
    equal({e["model"] for e in one.reply().events}, {"m"}, "the leader's name")
    equal({e["model"] for e in two.reply().events}, {"n"}, "the joiner's name")
    equal(two.reply().text, "".join(TEXTS), "text")


def test_late_joiners_get_the_prefix_and_then_live_pieces(s):
    play, gate = gated(first=8)
    second = threading.Event()
    play.script.insert(-4, second)
    gw, up, _ = s.usual(make=once(play))
    crowd = s.crowd(gw)
    one = crowd.ask(STREAM)
    check(wait_until(lambda: one.has(b"piece 7"), 5), "nothing came")
    late = crowd.ask(STREAM)
    check(wait_until(lambda: late.has(b"piece 7"), 5), "the prefix does not come")
    gate.set()
    check(wait_until(lambda: late.has(b"piece 16"), 5), "live pieces do not come before the end")
    later = crowd.ask(STREAM)
    check(wait_until(lambda: later.has(b"piece 16"), 5), "a later one does not get the prefix")
    check(not later.has(b"[DONE]"), "it ended early")
    second.set()
    all_equal([one.reply(), late.reply(), later.reply()], "".join(TEXTS))
    equal(up.asked, 1, "calls")


def test_the_leader_leaves_and_others_go_on(s):
    for stream_it in (True, False):
        gate = threading.Event()
        play = gated()[0] if stream_it else Play([gate, chat("whole")], "application/json")
        if stream_it:
            gate = next(x for x in play.script if isinstance(x, threading.Event))
        gw, up, c = s.usual(make=once(play))
        crowd = s.crowd(gw)
        body = dict(body_of(), stream=stream_it)
        leader = crowd.ask(body)
        check(wait_until(lambda: up.asked == 1, 5), "nobody is asked")
        others = [crowd.ask(body) for _ in range(10)]
        check(wait_until(lambda: under_way(gw) == 11, 5), "they are not all there")
        crowd.leave(leader)
        check(wait_until(lambda: leader.end_at, 5), "the leader does not leave")
        time.sleep(0.2)
        equal(up.left, 0, "the upstream was broken off")
        gate.set()
        all_equal([x.reply() for x in others], "".join(TEXTS) if stream_it else "whole", ("COALESCED",))
        nothing_is_left(gw)
        equal(c.send(body).cache, "HIT", "it is kept nevertheless")
        equal(up.asked, 1, "calls")


def test_what_a_leader_leaves_behind_is_in_nobodys_answer(s):
    """One worker: its scratch is everybody's."""
    def whole(text):
        return Answer(body=chat(text))

    messages = {"id": "m1", "type": "message", "role": "assistant", "model": "up", "stop_reason": "end_turn",
                "usage": {"input_tokens": 3, "output_tokens": 2}}

    def translated(text):
        return Answer(body=json.dumps(dict(messages, content=[{"type": "text", "text": text}])).encode())
    for type, words, workers in (("anthropic", translated, 1), ("anthropic", translated, 4), ("openai", whole, 4)):
        gate = threading.Event()
        first = Play([gate, words("secret of the first").body], "application/json")
        up = s.up(lambda r, n: first if n == 1 else words("second"))
        gw = s.gateway(config([provider("up", up.port, type=type)], [model("m", ["up"])], workers=workers))
        crowd = s.crowd(gw)
        leader, other = crowd.ask(body_of()), None
        check(wait_until(lambda: up.asked == 1, 5), "nobody is asked")
        other = crowd.ask(body_of())
        check(wait_until(lambda: under_way(gw) == 2, 5), "the other is not there")
        crowd.leave(leader)
        check(wait_until(lambda: leader.end_at, 5), "the leader does not leave")
        time.sleep(0.1)
        gate.set()
        all_equal([other.reply()], "secret of the first", ("COALESCED",))
        nexts = [crowd.ask(body_of(text=f"question {i}")) for i in range(8 * workers)]   # on every worker
        for x in nexts:
            answer = x.reply()
            check(b"secret" not in answer.body, f"somebody else's bytes: {answer}")
            equal(answer.text, "second", "the next answer")


def test_all_leave_and_the_upstream_is_broken_off(s):
    play, gate = gated()
    gw, up, c = s.usual(make=once(play, lambda r, n: Answer(body=chat("again"))))
    crowd = s.crowd(gw)
    seats = [crowd.ask(STREAM) for _ in range(20)]
    check(wait_until(lambda: all(x.has(b"piece 2") for x in seats), 5), "they do not all see it")
    for i, seat in enumerate(seats):
        crowd.leave(seat)
        if i % 5 == 0:
            time.sleep(0.01)
    begin = time.monotonic()
    check(wait_until(lambda: up.left == 1, 3 * s.slow), "the upstream goes on for nobody")
    s.say(f"broken off {time.monotonic() - begin:.3f} s after the last one left")
    nothing_is_left(gw)
    equal(c.ask().text, "again", "afterwards")


def test_a_failure_before_the_first_byte_is_everybodys(s):
    gate = threading.Event()

    def make(request, number):
        gate.wait(10)
        return Answer(400, body=b'{"error":{"message":"no such thing","code":"odd"}}')
    gw, up, c = s.usual(make=make)
    crowd = s.crowd(gw)
    for stream_it in (True, False):
        gate.clear()
        before = up.asked
        seats = [crowd.ask(dict(body_of(), stream=stream_it)) for _ in range(50)]
        check(wait_until(lambda: under_way(gw) == 50, 5), "they are not all there")
        gate.set()
        for x in seats:
            r = x.reply()
            equal((r.status, r.code), (400, "odd"), f"one of them: {r}")
        equal(up.asked - before, 1, "calls")
    nothing_is_left(gw)


def test_retries_are_the_leaders(s):
    gate = threading.Event()

    def make(request, number):
        gate.wait(10)
        return Answer(500, body=b'{"error":{"message":"broken"}}')
    bad, good = s.up(make), s.up()
    gw = s.gateway(config([provider("bad", bad.port), provider("good", good.port)], [model("m", ["bad", "good"])]))
    crowd = s.crowd(gw)
    seats = [crowd.ask(body_of()) for _ in range(20)]
    check(wait_until(lambda: under_way(gw) == 20, 5), "they are not all there")
    gate.set()
    texts = {x.reply().text for x in seats}
    equal((len(texts), bad.asked, good.asked), (1, 1, 1), f"answers and calls {texts}")
    check("answer 1" in texts.pop(), "not the good one's")


def test_a_leader_that_left_does_not_take_the_others_down(s):
    """Its attempt fails after it has left: the others still have a second provider."""
    gate = threading.Event()

    def make(request, number):
        gate.wait(10)
        return Answer(500, body=b'{"error":{"message":"broken"}}')
    bad, good = s.up(make), s.up()
    gw = s.gateway(config([provider("bad", bad.port), provider("good", good.port)], [model("m", ["bad", "good"])]))
    crowd = s.crowd(gw)
    leader = crowd.ask(body_of())
    check(wait_until(lambda: bad.asked == 1, 5), "nobody is asked")
    others = [crowd.ask(body_of()) for _ in range(10)]
    check(wait_until(lambda: under_way(gw) == 11, 5), "they are not all there")
    crowd.leave(leader)
    check(wait_until(lambda: leader.end_at, 5), "the leader does not leave")
    time.sleep(0.1)
    gate.set()
    for x in others:
        equal(x.reply().status, 200, "one of them")
    equal(good.asked, 1, "the good one is asked once")
    nothing_is_left(gw)


def fails_to_another(s, *cache):
    """Model m fails when the gate opens, and falls back to another that is good."""
    gate = threading.Event()

    def make(request, number):
        gate.wait(10)
        return Answer(500, body=b'{"error":{"message":"broken"}}')
    bad, good = s.up(make), s.up()
    gw = s.gateway(config([provider("bad", bad.port), provider("good", good.port)],
                          [model("m", ["bad"], 'unpriced = "free"; fallbacks = ( "other" );'),
                           model("other", ["good"])], *cache))
    return gate, bad, good, gw


def test_a_fallback_that_answers_answers_everybody(s):
    """Its targets are not those of the model that was asked for."""
    for stream_it in (False, True):
        gate, bad, good, gw = fails_to_another(s)
        crowd, c = s.crowd(gw), s.client(gw)
        body = dict(body_of(), stream=stream_it)
        seats = [crowd.ask(body) for _ in range(20)]
        check(wait_until(lambda: under_way(gw) == 20, 5), "they are not all there")
        gate.set()
        replies = [x.reply() for x in seats]
        equal({(r.status, r.text) for r in replies}, {(200, replies[0].text)}, "answers")
        equal(good.asked, 1, "calls")
        if not stream_it:                      # a stream's head goes out before that is known
            equal({r.headers.get("x-conduit-provider") for r in replies}, {"good"}, "who has answered")
        equal(c.send(dict(body, model="other")).cache, "HIT", "it is kept under the model that answered")


def test_a_fallback_is_not_for_keys_that_may_not_use_it(s):
    for stream_it in (False, True):
        gate, bad, good, gw = fails_to_another(s, 'type = "memory"; scope = "global";')
        gw.key("wide")
        gw.key("narrow", models=["m"])
        crowd = s.crowd(gw)
        body = dict(body_of(), stream=stream_it)
        leader = crowd.ask(body, "wide")
        check(wait_until(lambda: bad.asked == 1, 5), "nobody is asked")
        narrow, wide = [[crowd.ask(body, key) for _ in range(5)] for key in ("narrow", "wide")]
        check(wait_until(lambda: under_way(gw) == 11, 5), "they are not all there")
        gate.set()
        equal({x.reply().status for x in [leader] + wide}, {200}, "those that may")
        equal({x.reply().status for x in narrow}, {502}, "those that may not")
        equal(good.asked, 1, "calls of the fallback")
        nothing_is_left(gw)


def test_a_leader_that_may_not_spend_hands_over(s):
    """Its group has no money; the answer would be everybody's."""
    gate = threading.Event()
    price = 'price = { input = "1.00"; output = "1.00"; };'

    def make(request, number):
        if "stay" in request.body.decode():
            gate.wait(10)
        return Answer(body=chat(f"answer {number}"))
    gw, up, _ = s.usual('type = "memory"; scope = "global";', make=make, model_more=price)
    gw.key("poor", budgets=[{"usd": "0.00000001", "period": "month"}])
    crowd = s.crowd(gw)
    for round in range(5):
        before = up.asked
        body = dict(body_of(text=f"round {round}"), max_tokens=50)
        seats = []
        for i in range(30):
            seats.append(crowd.ask(body, "poor" if i % 3 == 0 else "main"))
        replies = [x.reply() for x in seats]
        equal({r.status for r in replies[1::3] + replies[2::3]}, {200}, "those who have money")
        poor = {(r.status, r.cache) for r in replies[::3]}
        check(poor <= {(402, "MISS"), (402, "COALESCED"), (200, "COALESCED"), (200, "HIT")}, f"those who have none: {poor}")
        check(up.asked - before <= 2, f"{up.asked - before} calls")
    nothing_is_left(gw)


def test_a_used_up_budget_is_found_out_fast_by_all(s):
    price = 'price = { input = "1.00"; output = "1.00"; };'
    gw, up, _ = s.usual(model_more=price)
    gw.key("poor", budgets=[{"usd": "0.00000001", "period": "month"}])
    crowd = s.crowd(gw)
    begin = time.monotonic()
    seats = [crowd.ask(dict(body_of(), max_tokens=50), "poor") for _ in range(300)]
    equal({x.reply().status for x in seats}, {402}, "all of them")
    s.say(f"300 are refused in {time.monotonic() - begin:.2f} s")
    equal(up.asked, 0, "calls")


def test_a_leader_without_patience_hands_over(s):
    gate = threading.Event()

    def make(request, number):
        if number == 1:
            gate.wait(10)
        return Answer(body=chat(f"answer {number}"))
    gw, up, _ = s.usual(make=make)
    crowd = s.crowd(gw)
    leader = crowd.ask(body_of(), headers={"X-Conduit-Timeout-Ms": "300"})
    check(wait_until(lambda: up.asked == 1, 5), "nobody is asked")
    others = [crowd.ask(body_of()) for _ in range(10)]
    equal(leader.reply().status, 504, "the leader")
    all_equal([x.reply() for x in others], "answer 2")
    equal(up.asked, 2, "calls")
    gate.set()


def test_a_joiner_has_its_own_patience(s):
    play, gate = gated()
    whole_gate = threading.Event()
    whole = Play([whole_gate, chat("whole")], "application/json")
    gw, up, _ = s.usual(make=lambda r, n: play if json.loads(r.body).get("stream") else whole)
    crowd = s.crowd(gw)
    for body in (body_of(), dict(STREAM, seed=1)):
        leader = crowd.ask(body)
        check(wait_until(lambda: under_way(gw) == 1, 5), "nobody is asked")
        begin = time.monotonic()
        hasty = crowd.ask(body, headers={"X-Conduit-Timeout-Ms": "400"})
        r = hasty.reply()
        took = time.monotonic() - begin
        check(0.35 < took < 2 * s.slow, f"it took {took}")
        equal((r.code, r.status), ("upstream_timeout", 200 if "stream" in body else 504), f"the joiner: {r}")
        (gate if "stream" in body else whole_gate).set()
        equal(leader.reply().status, 200, "the leader")
        nothing_is_left(gw)
    equal(up.asked, 2, "calls")


def test_a_break_in_the_middle_is_everybodys(s):
    for reset in (False, True):
        gate = threading.Event()
        script = stream(TEXTS)[:4] + [gate]
        if reset:
            script.append(chunk({"content": "last"}))
        play = Play(script, cut=True)
        gw, up, c = s.usual(make=once(play, lambda r, n: Answer(type="text/event-stream", how="chunked",
                                                               body=b"".join(stream(["whole"])))))
        crowd = s.crowd(gw)
        seats = [crowd.ask(STREAM) for _ in range(20)]
        check(wait_until(lambda: all(x.has(b"piece 2") for x in seats), 5), "they do not all see it")
        gate.set()
        for x in seats:
            r = x.reply()
            check(r.error and not r.done and r.text.startswith("piece 0 piece 1 piece 2 "), f"one of them: {r}")
            check(r.code in ("upstream_error", "upstream_timeout"), f"the word for it: {r}")
        nothing_is_left(gw)
        again = c.send(STREAM)
        equal((again.cache, again.text), ("MISS", "whole"), "nothing is kept")


def test_a_slow_reader_stalls_nobody(s):
    texts = ["x" * 4000 for _ in range(2000)]
    play, gate = gated(texts)
    gw, up, _ = s.usual('type = "memory"; max_entry = "16MiB";', make=once(play))
    crowd = s.crowd(gw)
    hold = concurrent.futures.Future()
    leader = crowd.ask(STREAM)
    check(wait_until(lambda: leader.has(b"xxxx"), 5), "nothing came")
    slow = [crowd.ask(STREAM, read=hold) for _ in range(10)]
    fast = [crowd.ask(STREAM) for _ in range(3)]
    check(wait_until(lambda: under_way(gw) == 14, 5), "they are not all there")
    before = gw.rss_kb()
    gate.set()
    for x in [leader] + fast:
        equal(len(x.reply(30 * s.slow).text), 8000000, "a fast one")
    grown = gw.rss_kb() - before
    s.say(f"10 readers stand still behind 8 MB: {grown / 1024:.1f} MiB more")
    if s.slow == 1:
        check(grown < 48 << 10, f"memory grows by {grown} KiB")
    hold.set_result(None)
    for x in slow:
        equal(len(x.reply(30 * s.slow).text), 8000000, "a slow one")
    equal(up.asked, 1, "calls")
    nothing_is_left(gw)


def test_a_slow_leader_stalls_nobody(s):
    texts = ["x" * 4000 for _ in range(1500)]
    play, gate = gated(texts)
    gw, up, _ = s.usual('type = "memory"; max_entry = "16MiB";', make=once(play))
    crowd = s.crowd(gw)
    hold = concurrent.futures.Future()
    leader = crowd.ask(STREAM, read=hold)
    check(wait_until(lambda: up.asked == 1, 5), "nobody is asked")
    fast = [crowd.ask(STREAM) for _ in range(3)]
    check(wait_until(lambda: all(x.has(b"xxxx") for x in fast), 5), "nothing came")
    gate.set()
    for x in fast:
        equal(len(x.reply(30 * s.slow).text), 6000000, "one that reads")
    hold.set_result(None)
    equal(len(leader.reply(30 * s.slow).text), 6000000, "the leader")
    equal(up.asked, 1, "calls")


def test_no_single_flight_means_none(s):
    gate = threading.Event()

    def make(request, number):
        gate.wait(10)
        return Answer(body=chat(f"answer {number}"))
    for cache, fields, calls in (("single_flight = false;", {}, 5), ("", {"clamp": True}, 5)):
        gate.clear()
        gw, up, _ = s.usual('type = "memory"; ' + cache, make=make)
        gw.key("one", **fields)
        crowd = s.crowd(gw)
        seats = [crowd.ask(body_of(), "one") for _ in range(5)]
        check(wait_until(lambda: up.asked == calls, 5), f"{up.asked} calls")
        gate.set()
        equal({x.reply().status for x in seats}, {200}, "all of them")


def test_questions_that_want_no_old_answer_do_not_share(s):
    gate = threading.Event()

    def make(request, number):
        gate.wait(10)
        return Answer(body=chat(f"answer {number}"))
    gw, up, _ = s.usual(make=make)
    crowd = s.crowd(gw)
    seats = [crowd.ask(dict(body_of(), cache_control={word: True})) for word in ("no_cache", "no_store")]
    seats.append(crowd.ask(body_of()))
    check(wait_until(lambda: up.asked == 3, 5), f"{up.asked} calls")
    gate.set()
    equal(len({x.reply().text for x in seats}), 3, "answers")


def test_sigterm_lets_flights_land(s):
    play, gate = gated()
    gw, up, _ = s.usual(make=once(play))
    crowd = s.crowd(gw)
    seats = [crowd.ask(STREAM) for _ in range(50)]
    check(wait_until(lambda: all(x.has(b"piece 2") for x in seats), 5), "they do not all see it")
    gw.process.terminate()
    time.sleep(0.2)
    gate.set()
    all_equal([x.reply() for x in seats], "".join(TEXTS))
    equal(gw.process.wait(10 * s.slow), 0, "how it ended")


def test_an_end_in_the_middle_leaves_nothing(s):
    """Longer than the drain lasts: what the sanitizers say at the end counts."""
    play, gate = gated()
    up = s.up(once(play))
    text = config([provider("up", up.port)], [model("m", ["up"])], workers=3)
    gw = s.gateway(text.replace("workers = 3;", 'workers = 3; drain_timeout = "300ms";'))
    crowd = s.crowd(gw)
    seats = [crowd.ask(STREAM) for _ in range(60)]
    check(wait_until(lambda: all(x.has(b"piece 2") for x in seats), 5), "they do not all see it")
    problem = gw.stop()
    check(problem is None, problem)
    for x in seats:
        r = x.reply()
        check(not r.done and (not r.whole or r.error), f"it ends as if all were well: {r}")


def test_a_reload_in_the_middle_hurts_nobody(s):
    play, gate = gated()
    gw, up, c = s.usual(make=once(play, lambda r, n: Answer(body=chat("whole"))))
    crowd = s.crowd(gw)
    before = [crowd.ask(STREAM) for _ in range(10)]
    check(wait_until(lambda: all(x.has(b"piece 2") for x in before), 5), "they do not all see it")
    other = s.up()
    gw.write_config(config([provider("new", other.port), provider("up", up.port)],
                           [model("m", ["new"], 'unpriced = "free"; aliases = ( "n" );')]))
    status, doc = gw.admin("POST", "/admin/v1/reload")
    equal(status, 200, f"reload {doc}")
    after = [crowd.ask(STREAM) for _ in range(10)]
    time.sleep(0.2)
    gate.set()
    all_equal([x.reply() for x in before], "".join(TEXTS))
    for x in after:
        r = x.reply()
        equal((r.status, r.done), (200, True), f"one that came later: {r}")
    nothing_is_left(gw)

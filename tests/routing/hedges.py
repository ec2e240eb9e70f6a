"""A second attempt beside a slow first one.
SPDX-License-Identifier: MIT"""
import time

from stage import PATIENT, ask, check, config, equal, model, provider, wait_until


def gateway(s, hedge, a, b, target="mock-s100"):
    return s.gateway(config([provider("a", a.port), provider("b", b.port, PATIENT)],
                            [model("m", [("a", target), ("b", target)], f"hedge = {{ {hedge} }};")]))


def test_a_slow_target_is_hedged(s):
    """After 200 ms the second is asked as well; the first answer wins, the loser is left."""
    a, b = s.up(["a"]), s.up(["b"])
    gw = gateway(s, 'after = "200ms"; most = "100%";', a, b, "mock")
    a.play(delay=5)
    r = ask(gw, "m")
    s.say(f"a target that needs 5 s, hedged after 200 ms: {r.took * 1e3:.0f} ms")
    equal((r.status, r.text), (200, "b"), str(r))
    check(0.15 <= r.took <= 1.0 * s.slow, f"took {r.took:.2f} s")
    check(wait_until(lambda: a.requests[0].closed_at, 2 * s.slow), "the loser was not left")
    late = a.requests[0].closed_at - time.monotonic()
    check(late <= 0, "the loser was left in the future")
    gw = gateway(s, 'after = "2s"; most = "100%";', a, b, "mock")
    a.play()
    b.clear()
    equal([ask(gw, "m").provider for _ in range(5)], ["a"] * 5, "a fast target")
    equal(b.asked, 0, "a fast target is not hedged")


def test_a_hedge_of_a_target_that_wins_is_left(s):
    """The first may still win, and then the second is left."""
    a, b = s.up(["a"]), s.up(["b"])
    gw = gateway(s, 'after = "200ms"; most = "100%";', a, b, "mock")
    a.play(delay=0.6)
    b.play(delay=5)
    r = ask(gw, "m")
    equal((r.status, r.text, b.asked), (200, "a", 1), str(r))
    check(wait_until(lambda: b.requests[0].closed_at, 2 * s.slow), "the hedge was not left")


def test_streams_are_not_hedged(s):
    a, b = s.up(["a"]), s.up(["b"])
    gw = gateway(s, 'after = "200ms"; most = "100%";', a, b, "mock")
    a.play(delay=0.8)
    r = ask(gw, "m", True)
    equal((r.status, r.text, b.asked), (200, "a", 0), str(r))


def test_hedges_are_bounded(s):
    """All requests are slow, and at most 2 % of them are asked twice."""
    a, b = s.mock(), s.mock()
    gw = gateway(s, 'after = "20ms"; most = "2%";', a, b)
    a.order("delay=60")
    got = s.load(gw, "m", "-r", 400, "-c", 100, "-t", 3).result()
    share = b.asked / got["answered"]
    s.say(f"{got['answered']} slow requests, {b.asked} hedges ({share:.2%})")
    equal(got["failed"], 0, "failed")
    check(0 < b.asked and share <= 0.025, f"{share:.2%} were hedged")


def test_the_slowest_are_hedged(s):
    """Without "after" it is p95: of requests of which each 33rd is slow, these are hedged, and p99 falls."""
    a, b = s.mock(), s.mock()
    gw = gateway(s, 'most = "12%";', a, b)
    a.order("delay=10")
    got = s.load(gw, "m", "-r", 300, "-c", 64, "-t", 2).result()
    equal(got["failed"], 0, "failed")
    a.order("delay=400 each=33")
    got = s.load(gw, "m", "-r", 300, "-c", 64, "-t", 4).result()
    share = b.asked / got["answered"]
    s.say(f"each 33rd needs 400 ms: p99 {got['latency_p99_us'] / 1e3:.0f} ms, {share:.1%} hedged")
    equal(got["failed"], 0, "failed")
    check(share <= 0.125 and got["latency_p99_us"] <= 300e3, f"{share:.1%}, {got['latency_p99_us'] / 1e3:.0f} ms")

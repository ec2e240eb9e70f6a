"""Upstreams that fail under load.
SPDX-License-Identifier: MIT"""
import time

from faulty import Deaf
from stage import PATIENT, SHORT, check, config, model, provider, wait_until

WHOLE, STREAM = "mock-s200", "mock-n3-g1000"
MARGIN_US = 50000
RATE = 200


def pair(first, second, more=PATIENT, target=WHOLE, type="openai"):
    """A route of two; the second answers when the first does not.  Only the first is given up soon: a
    machine that is busy for a moment is no failure of the second."""
    return config([provider("a", first, more, type=type), provider("b", second)],
                  [model("pair", [("a", target), ("b", target)]), model("calm", [("b", target)])])


def under_fault(s, title, limit_ms, stream, break_it, first=None, type="openai"):
    """Load while the first target breaks; what its clients see, beside clients of the second target alone
    at the same time: what slows the machine slows both.  p99 gets three chances, answers do not."""
    for left in (2, 1, 0):
        got, limit_us = one_break(s, title, stream, break_it, first, type)
        limit_us += limit_ms * 1000 + MARGIN_US * s.slow
        # Most were answered in the time that is looked at, or the figure says nothing.
        if got["latency_p99_us"] <= limit_us and got["per_second"] > 0.7 * RATE:
            return
        check(left, f"{title}: p99 is {got['latency_p99_us'] / 1e3:.1f} ms, at most {limit_us / 1e3:.1f}")


def one_break(s, title, stream, break_it, first, type):
    """What the load saw, and the p99 of those that nothing should touch."""
    a, b = s.mock() if first is None else None, s.mock()
    target = STREAM if stream else WHOLE
    gw = s.gateway(pair(first.port if first else a.port, b.port, SHORT, target, type))
    flags = ["-c", 400, "-t", 1.6] + (["-s"] if stream else [])
    load, beside = s.load(gw, "pair", "-r", RATE, *flags), s.load(gw, "calm", "-r", RATE // 2, *flags)
    if break_it:
        time.sleep(0.2)
        break_it(a)
    got, calm = load.result(), beside.result()
    early, base_us = got["failed"] - got["broken"], calm["latency_p99_us"]
    s.say(f"{title}: {got['answered']} requests, {early} failed before a token, {got['broken']} after one; "
          f"p99 {got['latency_p99_us'] / 1e3:.1f} ms (others' {base_us / 1e3:.1f}), longest "
          f"{got['latency_max_us'] / 1e3:.1f}")
    check(early == 0 and calm["failed"] == 0, f"{title}: {early} of {got['answered']} requests failed, of others {calm}")
    check(b.asked > calm["answered"], f"{title}: the second target was never asked instead")
    return got, base_us


def order(words):
    return lambda mock: mock.order(words)


def test_a_target_killed_under_load(s):
    """The process of an upstream is killed: whole answers and streams without a token do not fail."""
    under_fault(s, "killed, whole", 0, False, lambda m: m.kill())
    under_fault(s, "killed, streams", 0, True, lambda m: m.kill())


def test_a_target_that_resets(s):
    """RST before the head, in a whole answer, behind the role."""
    under_fault(s, "RST before the head", 0, False, order("stop=ask then=reset"))
    under_fault(s, "RST in the body", 0, False, order("stop=token then=reset"))
    under_fault(s, "RST behind the role", 0, True, order("stop=role then=reset"))


def test_a_target_that_does_not_accept(s):
    """No connection comes about: the time-out of connecting, and no more."""
    under_fault(s, "deaf", 300, False, None, first=s.keep(Deaf()))


def test_a_target_that_hangs_before_its_head(s):
    under_fault(s, "hangs before the head", 500, False, order("stop=ask then=hang"))
    under_fault(s, "hangs before the head, streams", 500, True, order("stop=ask then=hang"))


def test_a_target_that_hangs_behind_the_role(s):
    """The first meaningful event has not come: another target answers."""
    under_fault(s, "hangs behind the role", 500, True, order("stop=role then=hang"))


def test_a_target_that_drips_comments(s):
    """Comments are no answer: the deadline of the first byte runs on."""
    under_fault(s, "drips comments", 500, True, order("stop=role then=drip gap=50"))
    under_fault(s, "drips comments only", 500, True, order("stop=head then=drip gap=50"))


def test_a_translated_target_that_breaks(s):
    """The same for a provider of another dialect, whose stream begins with events that say nothing."""
    under_fault(s, "translated: RST behind the beginning", 0, True, order("stop=role then=reset"), type="anthropic")
    under_fault(s, "translated: hangs behind the beginning", 500, True, order("stop=role then=hang"), type="anthropic")
    under_fault(s, "translated: RST in the body", 0, False, order("stop=token then=reset"), type="anthropic")


def test_a_limit_of_rate_under_load(s):
    """429 with Retry-After for a second: the other target has it all, and is not asked for more."""
    a, b = s.mock(), s.mock()
    gw = s.gateway(pair(a.port, b.port))
    a.order("status=429 retry=1 for=1500")
    got = s.load(gw, "pair", "-r", RATE, "-c", 100, "-t", 3).result()
    asked = a.asked + b.asked
    s.say(f"429 for 1.5 s: {got['answered']} requests, {got['failed']} failed, {asked / got['answered']:.3f} attempts "
          f"each, {a.asked} of them at the limited one")
    check(got["failed"] == 0, f"{got['failed']} of {got['answered']} failed")
    check(asked <= 1.2 * got["answered"], f"{asked} attempts for {got['answered']} requests")


def test_retries_are_bounded(s):
    """Nobody answers: each request fails, and upstreams are asked little more than once for each."""
    a, b = s.mock(), s.mock()
    gw = s.gateway(pair(a.port, b.port))
    for mock in (a, b):
        mock.order("status=500")
    got = s.load(gw, "calm", "-r", RATE, "-c", 200, "-t", 2).result()
    s.say(f"one target that fails always: {got['failed']} of {got['answered']} failed, "
          f"{b.asked / got['answered']:.3f} attempts each")
    check(got["failed"] == got["answered"] > 0, f"{got['failed']} of {got['answered']} failed")
    # A fifth of what is sent may be sent again, which is a quarter of what is asked.
    check(b.asked <= 1.3 * got["answered"], f"{b.asked} attempts for {got['answered']} requests")
    before = b.asked
    got = s.load(gw, "pair", "-r", RATE, "-c", 200, "-t", 2).result()
    asked = a.asked + b.asked - before
    s.say(f"two that fail always: {asked / got['answered']:.3f} attempts each")
    check(asked <= 2.35 * got["answered"], f"{asked} attempts for {got['answered']} requests")


def test_nothing_is_sent_twice_when_all_is_well(s):
    """Without faults each request is one attempt."""
    a, b = s.mock(), s.mock()
    gw = s.gateway(pair(a.port, b.port))
    got = s.load(gw, "pair", "-c", 8, "-n", 2000, "-t", 30).result()
    check(wait_until(lambda: a.asked == got["answered"], 1), f"{a.asked} attempts for {got['answered']} requests")
    check((got["failed"], b.asked) == (0, 0), f"{got['failed']} failed, the second was asked {b.asked} times")

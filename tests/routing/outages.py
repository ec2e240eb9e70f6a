"""An upstream that is away for a while.
SPDX-License-Identifier: MIT"""
import time

import gateway
from bursts import pair
from faulty import Faulty
from stage import SHORT, ask, check, config, equal, model, provider, targets, wait_until
from upstream import Answer


def rate_of(mock, seconds):
    """Requests a second that it is asked."""
    before, begin = mock.asked, time.monotonic()
    time.sleep(seconds)
    return (mock.asked - before) / (time.monotonic() - begin)


def test_an_outage_of_500s_costs_nobody_an_answer(s):
    """500 for a while at some hundred requests a second: nobody sees it, and traffic comes back."""
    seconds, rate = (60, 1000) if s.long else (10, 300)
    a, b = s.mock(), s.mock()
    gw = s.gateway(pair(a.port, b.port))
    load = s.load(gw, "pair", "-r", rate, "-c", 64, "-t", seconds + 50)
    beside = s.load(gw, "calm", "-r", 100, "-c", 64, "-t", seconds + 50)
    time.sleep(0.5)
    began = time.monotonic()
    a.order(f"status=500 for={seconds * 1000}")
    time.sleep(began + seconds - time.monotonic() - 0.1)
    share, back = 0.0, None
    while back is None and time.monotonic() < began + seconds + 36:
        share = rate_of(a, 0.5) / rate
        if share >= 0.95:
            back = time.monotonic() - began - seconds - 0.5
    load.stop()
    beside.stop()
    got, calm = load.result(), beside.result()
    sent = a.asked + b.asked - calm["answered"]
    s.say(f"{got['answered']} requests at {rate}/s, {got['failed']} failed; upstreams were asked "
          f"{sent / got['answered']:.4f} times each; back after "
          f"{'-' if back is None else round(back, 1)} s; p99 {got['latency_p99_us'] / 1e3:.1f} ms (others' "
          f"{calm['latency_p99_us'] / 1e3:.1f})")
    check(got["failed"] == 0, f"{got['failed']} of {got['answered']} failed")
    check(sent <= 1.2 * got["answered"], f"{sent} attempts for {got['answered']} requests")
    check(back is not None and back <= 35, f"the share of the recovered target is {share:.0%} after 35 s")


class Probed(Faulty):
    """Answers GET with `state`, and keeps what it was asked."""

    def __init__(self):
        self.state, self.pause, self.probes = 503, 0.0, []
        super().__init__()

    def by_fault(self, request):
        if request.method != "GET":
            return super().by_fault(request)
        self.probes.append(request)
        return Answer(self.state, body=b"{}", delay=self.pause)


class Nobody:
    """Where no connection comes about."""

    def __init__(self):
        self.port = gateway.free_port()


def probed(s, ups, more="", workers=2):
    health = 'health = { failures = 1; cooldown = "60s"; cooldown_max = "60s"; probe = "/models"; probe_interval = "100ms"; };'
    names = [f"p{i}" for i in range(len(ups))]
    return s.gateway(config([provider(n, u.port, SHORT + health) for n, u in zip(names, ups)] + [provider("spare", s.mock().port)],
                            [model("m" + n[1:], [n, "spare"]) for n in names], more=more, workers=workers))


def state_of(gw, name):
    return targets(gw)[name]["state"]


def test_a_probe_that_is_answered_ends_the_cool_down(s):
    a = s.keep(Probed())
    gw = probed(s, [a])
    time.sleep(0.3)
    equal(len(a.probes), 0, "nobody who is well is probed")
    a.play(status=500)
    equal(ask(gw, "m0").provider, "spare")
    check(wait_until(lambda: len(a.probes) >= 3, 5 * s.slow), "it was not probed")
    equal(state_of(gw, "p0/mock"), "cooling", "503 is no good answer")
    equal([(p.path, p.headers.get("authorization")) for p in a.probes[:1]], [("/v1/models", None)], "without a credential")
    a.state = 401
    check(wait_until(lambda: state_of(gw, "p0/mock") == "probing", 5 * s.slow), "any answer below 500 is one")
    seen = len(a.probes)
    time.sleep(0.4)
    check(len(a.probes) <= seen + 1, "it is probed on")
    equal(ask(gw, "m0").provider, "spare", "the next request shows: it still fails")
    check(wait_until(lambda: state_of(gw, "p0/mock") == "probing", 5 * s.slow), "again")
    a.play()
    equal(ask(gw, "m0").provider, "p0", "and the next after that: it is back")


def test_a_probe_changes_nothing_but_failures(s):
    refused, full = s.keep(Probed()), s.keep(Probed())
    gw = probed(s, [refused, full, Nobody()])
    for u, fault in ((refused, dict(status=401)), (full, dict(status=429, retry_after=60))):
        u.state = 200
        u.play(**fault)
    for name in ("m0", "m1", "m2"):
        equal(ask(gw, name).provider, "spare", name)
    time.sleep(0.6)
    equal([state_of(gw, n + "/mock") for n in ("p0", "p1", "p2")], ["cooling"] * 3)
    equal((len(refused.probes), len(full.probes)), (0, 0), "who refuses is not asked")


def test_one_probe_at_a_time_and_reloads_between(s):
    a = s.keep(Probed())
    a.pause = 0.4
    gw = probed(s, [a], workers=4)
    a.play(status=500)
    ask(gw, "m0")
    since = time.monotonic()
    time.sleep(1.5)
    check(wait_until(lambda: len(a.probes) >= 2, 10 * s.slow), "no second probe")
    took = time.monotonic() - since
    check(len(a.probes) <= 2 + took / 0.4, f"{len(a.probes)} probes of 0.4 s in {took:.1f} s")
    for _ in range(10):
        equal(gw.admin("POST", "/admin/v1/reload")[0], 200)
        time.sleep(0.05)
    a.state, a.pause = 200, 0.0
    check(wait_until(lambda: state_of(gw, "p0/mock") == "probing", 5 * s.slow), "it is not probed after a reload")

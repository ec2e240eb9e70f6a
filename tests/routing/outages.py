"""An upstream that is away for a while.
SPDX-License-Identifier: MIT"""
import time

from bursts import pair
from stage import check


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

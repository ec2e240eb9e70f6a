"""An upstream that is away for a while.
SPDX-License-Identifier: MIT"""
import time

from bursts import pair
from stage import check


def share_of(mocks, seconds):
    """The first one's part of what is asked meanwhile."""
    before = [m.asked for m in mocks]
    time.sleep(seconds)
    rise = [m.asked - n for m, n in zip(mocks, before)]
    return rise[0] / max(1, sum(rise))


def test_an_outage_of_500s_costs_nobody_an_answer(s):
    """500 for a while at some hundred requests a second: nobody sees it, and traffic comes back."""
    seconds, rate = (60, 1000) if s.long else (10, 300)
    a, b = s.mock(), s.mock()
    gw = s.gateway(pair(a.port, b.port))
    load = s.load(gw, "pair", "-r", rate, "-c", 64, "-t", seconds + 50)
    time.sleep(0.5)
    began = time.monotonic()
    a.order(f"status=500 for={seconds * 1000}")
    time.sleep(began + seconds - time.monotonic() - 0.1)
    share, back = 0.0, None
    while back is None and time.monotonic() < began + seconds + 36:
        share = share_of((a, b), 0.5)
        if share >= 0.95:
            back = time.monotonic() - began - seconds - 0.5
    load.stop()
    got = load.result()
    sent = a.asked + b.asked
    s.say(f"{got['answered']} requests at {rate}/s, {got['failed']} failed; upstreams were asked "
          f"{sent / got['answered']:.4f} times each; back after "
          f"{'-' if back is None else round(back, 1)} s; p99 {got['latency_p99_us'] / 1e3:.1f} ms")
    check(got["failed"] == 0, f"{got['failed']} of {got['answered']} failed")
    check(sent <= 1.2 * got["answered"], f"{sent} attempts for {got['answered']} requests")
    check(back is not None and back <= 35, f"the share of the recovered target is {share:.0%} after 35 s")

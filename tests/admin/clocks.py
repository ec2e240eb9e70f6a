"""The wall clock jumps under a running gateway, by hours and days, forward and back: what people see stays whole.
SPDX-License-Identifier: MIT"""
import calendar
import os
import shutil
import struct
import subprocess
import time

from api import chat, create
from events import Viewer, is_topic, rows_of
from scene import contains, equal
from sessions import Browser
from usage import usage

HOUR, DAY = 3600, 86400
HERE = os.path.dirname(os.path.abspath(__file__))


class Clock:
    """A gateway whose wall clock can be set."""

    def __init__(self, s):
        self.s, self.gw = s, s.make()
        lib, self.path = self.gw.dir + "/clock.so", self.gw.dir + "/clock"
        subprocess.run([os.environ.get("CC", "cc"), "-O1", "-shared", "-fPIC", "-o", lib,
                        os.path.join(HERE, "..", "support", "clock.c")], check=True)
        self.file = open(self.path, "wb", buffering=0)
        self.set(0)
        self.gw.env.update(LD_PRELOAD=lib, CONDUIT_TEST_CLOCK=self.path)
        self.gw.start()

    def set(self, seconds):
        self.ahead = seconds
        self.file.seek(0)
        self.file.write(struct.pack("=q", seconds))

    def told(self):
        """What the gateway thinks that it is, as seconds ahead."""
        text = create(self.gw, name="marks the time")[0]["created_at"]
        return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) - time.time()


def can(s):
    """A sanitizer wants to be the first library."""
    return shutil.which(os.environ.get("CC", "cc")) and s.slow == 1


def test_requests_of_all_times_are_found_and_summed(s):
    if not can(s):
        return
    c = Clock(s)
    key, secret = create(c.gw, name="timeless", budgets=[{"usd": "1", "period": "day"}], rpm=1000)
    # A look goes to the end of tomorrow: what lies further ahead is seen when its time has come.
    jumps = (0, 2 * HOUR, -DAY, HOUR, -5 * HOUR, 20 * HOUR, 0)
    for n, ahead in enumerate(jumps, 1):
        c.set(ahead)
        equal(chat(c.gw, secret)[0], 200, f"at {ahead}")
        s.wait(lambda: usage(c.gw, "?from=2020-01-01&to=2035-01-01")["total"]["requests"] == n)
        told = c.told()
        equal(abs(told - ahead) < 5, True, f"{told} at {ahead}")
        for path in ("overview?by=minute", "overview?by=hour", "overview?by=day", "usage?by=minute", "usage?by=key,day", "requests?limit=5",
                     "serving?from=2020-01-01", "status", "targets", "ledger", "audit", "keys/" + key["id"]):
            equal(c.gw.admin("GET", "/admin/v1/" + path)[0], 200, path)
    rows = c.gw.admin("GET", "/admin/v1/requests?from=2020-01-01&to=2035-01-01")[1]["data"]
    equal((len(rows), len({r["id"] for r in rows})), (len(jumps), len(jumps)))
    equal([r["time"] for r in rows], sorted((r["time"] for r in rows), reverse=True), "by their times")
    total = usage(c.gw, "?from=2020-01-01&to=2035-01-01&by=day")
    spent = sum(round(float(e["amount"]) * 1e9) for e in c.gw.admin("GET", "/admin/v1/ledger?limit=1000")[1]["data"])
    equal(round(float(total["total"]["cost_usd"]) * 1e9), spent, "as the ledger has it")
    equal(sum(r["requests"] for r in total["data"]), len(jumps))
    equal(c.gw.admin("GET", "/admin/v1/ledger/verify")[1]["ok"], True)
    contains(c.gw.log_text(), "the wall clock has jumped")
    equal(c.gw.stop(), None)
    c.set(-2 * DAY)                            # and a start in the past
    c.gw.start()
    equal(chat(c.gw, secret)[0], 200)
    equal(c.gw.admin("GET", "/admin/v1/ledger/verify")[1]["ok"], True)


def test_events_and_sessions_do_not_care(s):
    if not can(s):
        return
    c = Clock(s)
    secret = create(c.gw, name="seen")[1]
    b = Browser(c.gw)
    v = Viewer(s, c.gw, "?topics=stats,requests")
    ids = [v.until(is_topic("stats"))[1]]
    for ahead in (HOUR, -DAY, 9 * HOUR, 0):
        c.set(ahead)
        equal(chat(c.gw, secret)[0], 200)
        seen = []
        while not seen:
            event, id, data = v.until(lambda e, d: e in ("stats", "requests", "gap"))
            equal(event != "gap", True, data)
            ids.append(id)
            seen = rows_of(data) if event == "requests" else []
        equal(b.ask("GET", "/admin/v1/status")[0], 200, "a session of twelve hours lasts that long, whatever the clock says")
    equal(ids, sorted(set(ids)), "ids grow")
    v.close()
    again = Viewer(s, c.gw, "?topics=stats,requests", {"Last-Event-ID": str(ids[-1])})
    event, id, data = again.until(lambda e, d: e in ("stats", "gap", "requests"))
    equal((event, id > ids[-1]), ("stats", True), "nothing twice, nothing missing")

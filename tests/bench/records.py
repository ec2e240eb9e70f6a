"""How quickly the admin API answers what the pages of the web app ask, over many records; what
that costs in memory, and what else waits meanwhile.
SPDX-License-Identifier: MIT"""
import datetime
import http.client
import json
import multiprocessing
import os
import statistics
import subprocess
import time
import urllib.parse

from rows import Broken, gateway, memory_kb

COUNT = 10_000_000
ROUNDS, REPEATS = 5, 200
# Milliseconds: a page of requests, one with a filter, sums; and what else waits for main, the
# 99th of 100 calls.
FIRST, FILTER, SUMS, OTHERS = 100, 300, 100, 100
GROWTH_MB = 2
MODELS, PROVIDERS, DAY = 50, 10, 86400
CONFIG = """
server = { listen = ( { address = "127.0.0.1"; port = 0; } ); workers = 1; };
admin = { listen = ( { address = "127.0.0.1"; port = 0; } ); };
logging = { level = "warn"; };
storage = { map_size = "64GiB"; };
providers = (
%s
);
models = (
%s
);
"""
PROVIDER = """  { name = "provider%d"; type = "openai"; base_url = "http://127.0.0.1:9/v1"; keys = ( { id = "k1"; secret = "env:BENCH_SECRET"; } ); }"""
MODEL = """  { name = "model%d"; targets = ( { provider = "provider%d"; model = "m"; } ); max_output = 4096;
    price = { input = "0.15"; output = "0.60"; }; }"""


def at(ago, step=1):
    """So many seconds ago, on a whole step, as the API takes it."""
    then = (time.time() - ago) // step * step
    return datetime.datetime.fromtimestamp(then, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def requests(ago, sums, **only):
    return "requests", {"limit": 100, "sums": sums, "from": at(ago), **only}


def usage(days, by, span):
    """With the period before, as the page asks."""
    step = {"minute": 60, "hour": 3600, "day": DAY}[span]
    return "usage/report", {"by": f"{by},{span}", "top": 8, "before": at(2 * days * DAY - step, step),
                            "from": at(days * DAY - step, step), "to": at(-step, step)}


def month(**only):
    return requests(30 * DAY, "day", **only)


def questions():
    """(what, bar, path, query, how many rows a full answer has; None: any)"""
    out = [(f"requests, {what}", FIRST, *requests(ago, sums), 100) for what, ago, sums in (
        ("1 h", 3600, "minute"), ("24 h", DAY, "hour"), ("7 d", 7 * DAY, "hour"), ("30 d", 30 * DAY, "day"))]
    filters = [
        ("a time of one hour, 20 days ago", {"from": at(20 * DAY), "to": at(20 * DAY - 3600)}, 100),
        ("a key", {"key": "key000000007"}, 100), ("a rare key", {"key": "key-rare"}, 3),
        ("no such key", {"key": "nobody"}, 0),
        ("a model", {"model": "model3"}, 100), ("a rare model", {"model": "model-rare"}, None),
        ("a group", {"group": "group3"}, 100), ("a provider", {"provider": "provider3"}, 100),
        ("status 429", {"status": 429}, 100), ("status 5xx", {"status": "5xx"}, 100),
        ("a rare status", {"status": 418}, None), ("no such status", {"status": 507}, 0),
        ("an outcome", {"outcome": "TIMEOUT"}, 100), ("no such outcome", {"outcome": "BUDGET"}, 0),
        ("cache MISS", {"cache": "MISS"}, 100), ("cache HIT: none", {"cache": "HIT"}, 0),
        ("key and model", {"key": "key000000007", "model": "model3"}, 100),
        ("group and model", {"group": "group3", "model": "model3"}, 100),
        ("key, model and status", {"key": "key000000007", "model": "model3", "status": 504}, None),
        ("model and provider", {"model": "model3", "provider": "provider4"}, 100),
        ("a key and a status that never meet", {"key": "key-fine", "status": 429}, 0),
        ("a model and a provider that never meet", {"model": "model3", "provider": "provider9"}, 0),
        ("all of them, and none fits", {"key": "key000000007", "group": "group7", "model": "model3", "provider": "provider3",
                                        "status": 400, "cache": "BYPASS", "outcome": "TIMEOUT"}, 0),
    ]
    out += [(what, FILTER, *month(**only), rows) for what, only, rows in filters]
    out += [(f"usage, 30 d by {by}, day", SUMS, *usage(30, by, "day"), None)
            for by in ("model", "key", "group", "provider")]
    out += [(f"usage, {24 * days:.0f} h by {by}, {span}", SUMS, *usage(days, by, span), None)
            for days, span in ((1, "hour"), (1 / 24, "minute")) for by in ("model", "key")]
    out += [(f"usage, 7 d by {by}, hour", SUMS, *usage(7, by, "hour"), None) for by in ("model", "key", "group", "provider")]
    out += [("usage, 90 d by key, day", SUMS, *usage(90, "key", "day"), None)]
    out += [(f"overview, {what}", SUMS, "overview", {"by": span, "from": at(ago, 60)}, None)
            for what, ago, span in (("live", 300, "minute"), ("1 h", 3600, "minute"), ("24 h", DAY, "hour"),
                                    ("7 d", 7 * DAY, "hour"), ("30 d", 30 * DAY, "day"))]
    return out + [("serving, 24 h", SUMS, "serving", {"from": at(DAY, 3600)}, None)]


class Asker:
    """One connection to the admin API."""

    def __init__(self, daemon):
        self.daemon, self.link = daemon, http.client.HTTPConnection("127.0.0.1", daemon.admin_port, timeout=60)
        self.link.connect()

    def ask(self, path, query=None):
        """(milliseconds, bytes of the answer)"""
        full = path if path.startswith("/") else "/admin/v1/" + path
        full += "?" + urllib.parse.urlencode(query) if query else ""
        begin = time.perf_counter()
        self.link.request("GET", full, headers={"Authorization": "Bearer " + self.daemon.token})
        answer = self.link.getresponse()
        body = answer.read()
        took = (time.perf_counter() - begin) * 1e3
        if answer.status != 200:
            raise Broken(f"{full}: {answer.status} {body[:300]}")
        return took, body


def full_answer(asker, path, query):
    """Milliseconds until the page is full or all has been looked through, its rows, its bytes,
    and how many calls that took."""
    took, body = asker.ask(path, query)
    calls, size = 1, len(body)
    if path != "requests":
        return took, None, size, calls
    page = json.loads(body)
    rows = len(page["data"])
    while page["next"] and rows < query["limit"]:
        more, body = asker.ask(path, {**query, "cursor": page["next"], "limit": query["limit"] - rows})
        page, took, calls = json.loads(body), took + more, calls + 1
        rows += len(page["data"])
    return took, rows, size, calls


def measure_question(asker, one, say):
    """A check for each bar: (what, value, bar, unit)"""
    what, bar, path, query, rows = one
    try:
        runs = [full_answer(asker, path, query) for _ in range(ROUNDS + 1)][1:]
    except Broken as e:
        say(f"  {what:48} {str(e)[:100]}")
        return (what, float("inf"), bar, "ms")
    median = statistics.median(r[0] for r in runs)
    got, size, calls = runs[0][1], runs[0][2], runs[0][3]
    note = "" if calls == 1 else f"   in {calls} calls"
    if rows is not None and got != rows:
        note += f"   {rows} rows were expected"
        median = float("inf")
    say(f"  {what:48} {median:9.1f} ms {'' if got is None else got:>5} {size / 1024:9.0f} KiB{note}"
        + ("" if median <= bar else f"   above its bar of {bar} ms"))
    return (what, median, bar, "ms")


def keep_asking(daemon, slow):
    asker = Asker(daemon)
    while True:
        asker.ask(*slow)


def others_wait(daemon, slow):
    """Milliseconds that health and metrics take while another client asks what is slow, again
    and again: the 99th of 100 each."""
    other = multiprocessing.Process(target=keep_asking, args=(daemon, slow), daemon=True)
    other.start()
    asker, out = Asker(daemon), {}
    try:
        for path in ("/health/live", "/metrics"):
            times = []
            for _ in range(100):
                times.append(asker.ask(path)[0])
                time.sleep(0.005)
            out[path] = sorted(times)[-2]
    finally:
        other.terminate()
        other.join()
    return out


def growth_mb(daemon, asked):
    """Of memory that is the process's alone, by REPEATS questions."""
    asker = Asker(daemon)
    before = memory_kb(daemon.process.pid, "Pss_Anon")
    for i in range(REPEATS):
        one = asked[i % len(asked)]
        asker.ask(one[2], one[3])
    return (memory_kb(daemon.process.pid, "Pss_Anon") - before) / 1024


def astray(asker):
    """How many records are in sums and not in counts, over whole days: each has one cache word, or
    none."""
    query = {"limit": 1, "sums": "day", "from": at(29 * DAY, DAY), "to": at(0, DAY)}
    ask = lambda **only: json.loads(asker.ask("requests", {**query, **only})[1])  # noqa: E731
    words = ("", "HIT", "MISS", "BYPASS", "STALE", "COALESCED", "REPLAYED")
    return abs(ask()["sums"]["total"]["requests"] - sum(ask(cache=word)["counts"]["total"] for word in words))


def measure(args, count, say):
    """The checks.  The records are made by tests/bench/records of the build, unless args.state
    says where they are."""
    models = ",\n".join(MODEL % (i, i % PROVIDERS) for i in range(MODELS))
    text = CONFIG % (",\n".join(PROVIDER % i for i in range(PROVIDERS)), models)
    daemon = gateway.Gateway(args, text, 6.0, {"BENCH_SECRET": "sk-bench"}, access_log=False)
    state = os.path.join(daemon.dir, "state")
    try:
        if args.state:
            os.symlink(os.path.abspath(args.state), state)
        else:
            subprocess.run([os.path.join(args.build, "tests/bench/records"), state, str(count)], check=True)
        daemon.start()
        return measure_all(daemon, say)
    finally:
        daemon.remove()


def measure_all(daemon, say):
    asked, asker = questions(), Asker(daemon)
    checks = [measure_question(asker, one, say) for one in asked]
    good = [one for one, check in zip(asked, checks) if check[1] < float("inf")]
    checks.append(("records that are in sums and not in counts", astray(asker), 0, ""))
    for one in good:                   # once each: what is kept is there
        asker.ask(one[2], one[3])
    checks.append((f"memory that {REPEATS} questions leave", growth_mb(daemon, good), GROWTH_MB, "MB"))
    slow = next(one for one in asked if one[0] == "no such status")
    for path, value in others_wait(daemon, slow[2:4]).items():
        say(f"  {path + ', beside a filter that nothing fits':48} {value:9.1f} ms")
        checks.append((f"{path}, beside a filter that nothing fits", value, OTHERS, "ms"))
    return checks

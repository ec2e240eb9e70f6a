"""Is what the page Usage shows what the ledger charged, to the nano-USD?  Sums of usage, records of requests and
entries of the ledger are compared for each key: while requests of all kinds run, behind them, and after kills.
SPDX-License-Identifier: MIT"""
import asyncio
import collections
import random
import time

from support import Client, Failed, check, entries_after, in_parallel, make_key, nano, spending

WIDTH, KEYS = 32, 4
CONFIG = """
server = { workers = 2; };
routing = { retry_wait = "0"; };
cache = { type = "memory"; scope = "global"; hit_cost = "13.7%%"; joiner_cost = "25%%"; };
providers = (
  { name = "fair"; type = "openai"; base_url = "http://127.0.0.1:%(fair)d/v1"; keys = ( );
    abort_stops_billing = "yes"; timeout = { first_byte = "%(first)dms"; idle = "%(first)dms"; }; },
  { name = "greedy"; type = "openai"; base_url = "http://127.0.0.1:%(greedy)d/v1"; keys = ( );
    abort_stops_billing = "no"; timeout = { first_byte = "%(first)dms"; idle = "%(first)dms"; }; }
);
models = (
  { name = "fair"; targets = ( { provider = "fair"; model = "m"; } ); max_output = 400; context_window = 100000;
    price = { input = "1"; output = "4"; }; },
  { name = "both"; targets = ( { provider = "fair"; model = "m"; }, { provider = "greedy"; model = "m"; } );
    max_output = 400; context_window = 100000; price = { input = "1"; output = "4"; }; },
  { name = "hedged"; targets = ( { provider = "greedy"; model = "m"; }, { provider = "fair"; model = "m"; } );
    hedge = { after = "20ms"; most = "50%%"; }; max_output = 400; context_window = 100000;
    price = { input = "1"; output = "4"; }; }
);
"""


def make(gateway, args, ups):
    numbers = {"fair": ups["fair"].port, "greedy": ups["greedy"].port, "first": 2000 * args.slow}
    return gateway.Gateway(args, CONFIG % numbers, args.slow, access_log=False)


def random_request(rng, number):
    """(model, plan, stream, after how many bytes it is left)"""
    stream = rng.random() < 0.5
    model = rng.choice(("fair", "both", "both") if stream else ("fair", "both", "both", "hedged"))
    plan = {"id": f"x{number}", "out": rng.choice((1, 20, 60, 200)), "in": rng.choice((0, 10, 1000))}
    what, leave = rng.random(), None
    if what < 0.08:
        plan["do"] = "error500"
    elif what < 0.25:
        plan.update(do="cut_by_fair", at=rng.choice((0, 0, 5)))
    elif what < 0.30:
        plan["do"] = "mute"
    elif what < 0.45:
        leave, plan["gap"] = rng.choice((0, 500)), 0.003
    elif what < 0.60:
        plan["gap"] = rng.choice((0.001, 0.01)) if stream else rng.choice((0.01, 0.1))
    elif what < 0.80:
        plan = {"id": f"known-{number // 40}", "out": 30, "gap": 0.002}
    return model, plan, stream, leave


def amounts(rows, key, amount):
    """nano-USD of each key, those with nothing left out"""
    out = collections.Counter()
    for row in rows:
        out[row[key]] += nano(row[amount])
    return {k: v for k, v in out.items() if v}


def charged(gw):
    return amounts(entries_after(gw, 0), "key", "amount")


def used(gw, by="key"):
    status, doc = gw.admin("GET", f"/admin/v1/usage?by={by}")
    check(status == 200 and not doc.get("cut"), f"{status} {doc}")
    rows = amounts(doc["data"], by.split(",")[0], "cost_usd")
    check(sum(rows.values()) == nano(doc["total"]["cost_usd"]), f"rows by {by} are not their total: {doc}")
    return rows


def recorded(gw):
    rows, cursor = [], ""
    while cursor is not None:
        status, doc = gw.admin("GET", "/admin/v1/requests?limit=1000" + (f"&cursor={cursor}" if cursor else ""))
        check(status == 200, f"{status} {doc}")
        rows, cursor = rows + doc["data"], doc["next"]
    return rows


class Books:
    def __init__(self, gw, args):
        self.gw, self.rng, self.asked, self.looks = gw, random.Random(args.seed), 0, 0
        gw.group("crew", budgets=[{"usd": "1000000", "period": "month"}])
        self.keys = [make_key(gw, f"exact-{i}", budgets=[{"usd": "1000000", "period": "total"}],
                              **({"group": "crew"} if i % 2 else {})) for i in range(KEYS)]

    async def one(self, client):
        self.asked += 1
        model, plan, stream, leave = random_request(self.rng, self.asked)
        await client.ask(model, plan, stream, leave)

    async def client(self, until):
        client = Client(self.gw, self.rng.choice(self.keys)["secret"], tries=1)
        while time.monotonic() < until:
            try:
                await self.one(client)
            except (ConnectionError, asyncio.IncompleteReadError, OSError):
                client.drop()
                if not self.gw.process:
                    return

    async def load(self, seconds, end=None):
        loop, until = asyncio.get_running_loop(), time.monotonic() + seconds
        if end:
            loop.call_later(seconds / 2, end)
        else:
            looking = loop.run_in_executor(None, self.look_on, until)
        await in_parallel([lambda: self.client(until)] * WIDTH, WIDTH)
        if not end:
            await looking

    def look_on(self, until):
        """At no moment usage knows more than was charged, and neither ever shrinks."""
        before = {}
        while time.monotonic() < until:
            shown = used(self.gw)
            entries = charged(self.gw)
            for key in shown:
                check(shown[key] <= entries.get(key, 0), f"{key}: usage shows {shown[key]}, charged are {entries}")
                check(shown[key] >= before.get(key, 0), f"{key}: usage went from {before} to {shown}")
            before = shown
            self.looks += 1

    def settle(self):
        deadline = time.monotonic() + 15 * self.gw.slow
        while any(spending(self.gw, k["id"])["held"] != "0" for k in self.keys):
            check(time.monotonic() < deadline, "money is held for ever")
            time.sleep(0.05)

    def compare(self, when):
        """Records are written a tenth of a second behind their charges."""
        self.settle()
        deadline = time.monotonic() + 5 * self.gw.slow
        while True:
            entries, rows = charged(self.gw), recorded(self.gw)
            shown, told = used(self.gw), amounts(rows, "key", "cost_usd")
            if entries == shown == told:
                break
            if time.monotonic() > deadline:
                raise Failed(f"{when}: " + "; ".join(
                    f"{k}: charged {entries.get(k)}, usage shows {shown.get(k)}, records say {told.get(k)}"
                    for k in entries if not entries[k] == shown.get(k) == told.get(k)) + self.first_difference(rows))
            time.sleep(0.1)
        total = sum(entries.values())
        for by in ("group", "model", "provider", "key,day", "key,hour", "key,minute", "key,model,provider"):
            got = sum(used(self.gw, by).values())
            check(got == total, f"{when}: by {by} usage shows {got} of {total}")
        for key in self.keys:
            spent = nano(spending(self.gw, key["id"])["spent"])
            check(spent == entries.get(key["id"], 0), f"{when}: {key['id']} has spent {spent}, charged are {entries}")
        return total

    def first_difference(self, rows):
        by_entry = amounts(entries_after(self.gw, 0), "request", "amount")
        by_row = amounts(rows, "id", "cost_usd")
        wrong = [id for id in by_entry.keys() | by_row.keys() if by_entry.get(id) != by_row.get(id)]
        id = wrong[0] if wrong else None
        return (f"; {len(wrong)} requests, the first: {[e for e in entries_after(self.gw, 0) if e['request'] == id]} "
                f"{[r for r in rows if r['id'] == id]}")


def run(gw, ups, args):
    gw.start()
    books = Books(gw, args)
    asyncio.run(books.load(4 * args.slow))
    total = books.compare("under load")
    check(books.looks >= 3, f"looked {books.looks} times only: the test tests nothing")
    several = sum(r["cost_usd"] != "0" and len(r["attempts"]) > 1 for r in recorded(gw))
    hits = sum(r["cache"] in ("HIT", "COALESCED") for r in recorded(gw))
    check(several and hits, f"{several} paid for several attempts, {hits} known: the test tests nothing")
    print(f"     {books.asked} requests, {several} of several attempts, {hits} known: {total / 1e9:.9f} USD in all three; "
          f"looked {books.looks} times")
    kills, lost = 0, 0
    while kills < args.kills or (args.kills and not lost and kills < args.kills + 5):
        kills += 1
        asyncio.run(books.load(books.rng.uniform(0.2, 1.2), gw.kill))
        gw.start()
        total = books.compare(f"after kill {kills}")
        dead = [r for r in recorded(gw) if r["outcome"] == "INTERRUPTED"]
        lost = len(dead)
        # Who got a share of a known answer asked nobody.
        check(all(r["model"] and r["operation"] for r in dead), f"for what? {str(dead)[:1000]}")
        check(all(r["attempts"] for r in dead if not r["id"].startswith("known")), f"of whom? {str(dead)[:1000]}")
    check(lost or not args.kills, "nothing was interrupted: the test tests nothing")
    print(f"     {kills} kills: {books.asked} requests, {lost} interrupted ones: {total / 1e9:.9f} USD in all three")

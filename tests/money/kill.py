"""conduitd is killed under load and started again, over and over: is what clients saw charged, once, and what
they did not see charged as recovery promises?
SPDX-License-Identifier: MIT"""
import asyncio
import random
import time

from billing import OUTPUT_NANO
from support import Client, check, entries_after, in_parallel, make_key, nano, spending

WIDTH = 48
# Of a stream, what recovery adds to what was noted last (core/flow/charge.c): an upstream that has made more
# since then may have billed more.
MARGIN_TOKENS = 1000


def random_plan(rng, id):
    """(plan, stream, members of the request)"""
    stream = rng.random() < 0.6
    plan = {"id": id, "out": rng.choice((1, 5, 30, 200)), "in": rng.choice((0, 10, 1000))}
    what, more = rng.random(), {}
    if what < 0.05:
        plan["do"] = "error500"
    elif what < 0.10 and stream:
        plan.update(do="cut", at=rng.randrange(1, 30))
    elif what < 0.30:
        plan["gap"] = rng.choice((0.001, 0.01)) if stream else rng.choice((0.01, 0.2))
    elif what < 0.40 and stream:
        plan["out"], more["max_tokens"] = 4000, 3000
    return plan, stream, more


class Life:
    """The requests of one key over all restarts, and what has become of them."""

    def __init__(self, gw, ups, key, seed):
        self.gw, self.ups, self.key, self.rng = gw, ups, key, random.Random(seed)
        self.asked = {}                         # id -> (model, plan, stream), until they are judged
        self.whole = set()                      # the client saw the end of its answer
        self.entries = {}                       # id -> entries of the ledger, until they are judged
        self.last, self.total = 0, 0            # entry; nano-USD of all entries
        self.requests = self.seen = self.recovered = 0
        self.billed = self.longest = self.least = 0

    # --- load -----------------------------------------------------------------------------

    async def one(self, client):
        id = f"k{self.requests}"
        self.requests += 1
        model = self.rng.choice(("fair", "greedy"))
        plan, stream, more = random_plan(self.rng, id)
        self.asked[id] = model, plan, stream
        status, whole = await client.ask(model, plan, stream, **more)
        check(status in (200, 502), f"{plan}: {status}")
        # Refusals are not waited for: at worst recovery charges for them, too.
        if whole and status == 200 and plan.get("do") != "cut":
            self.whole.add(id)
        return whole or plan.get("do") == "cut"

    async def load(self, seconds):
        async def work():
            client = Client(self.gw, self.key["secret"], tries=1)
            try:
                while await self.one(client):
                    pass
            except (ConnectionError, asyncio.IncompleteReadError):
                client.drop()

        asyncio.get_running_loop().call_later(seconds, self.gw.kill)
        await in_parallel([work] * WIDTH, WIDTH)

    # --- looking --------------------------------------------------------------------------

    def read_entries(self):
        for e in entries_after(self.gw, self.last):
            self.last = max(self.last, e["number"])
            self.total += nano(e["amount"])
            self.entries.setdefault(e["request"], []).append(e)

    def look_at_sums(self):
        status, sums = self.gw.admin("GET", "/admin/v1/ledger/verify")
        check(status == 200 and sums["ok"], f"the ledger does not add up: {sums}")
        check(sums["holds"] == 0 and sums["held"] == "0", f"holds have outlived their process: {sums}")
        s = spending(self.gw, self.key["id"])
        check(s["held"] == "0", f"{s['held']} USD are still held")
        check(nano(s["spent"]) == self.total, f"the account says {s['spent']}, its entries {self.total}")

    def judge(self, ids):
        bills = {name: up.bill() for name, up in self.ups.items()}
        for id in ids:
            model, plan, stream = self.asked.pop(id)
            row = bills[model].rows.get(id, (0, 0, 0))
            entries = self.entries.pop(id, [])
            self.judge_one(plan, stream, id in self.whole, entries, row, bills[model].nano(id))
            self.billed += bills[model].nano(id)

    def judge_one(self, plan, stream, whole, entries, row, theirs):
        what = f"{plan} {'streamed ' if stream else ''}billed {row}: {entries}"
        check(row[2] <= 1 and len(entries) <= 1, "more than once: " + what)
        check(entries or not theirs, "asked without a hold: " + what)
        amount = nano(entries[0]["amount"]) if entries else 0
        if whole:
            self.seen += 1
            check(entries and entries[0]["kind"] != "recover", "seen, and not settled: " + what)
            check(amount == theirs, "not what the upstream bills: " + what)
            return
        if not entries or entries[0]["kind"] != "recover":
            return                              # settled in time, the client just did not see it
        self.recovered += 1
        beyond = max(0, row[1] - MARGIN_TOKENS) * OUTPUT_NANO if stream else 0
        self.least = min(self.least, amount - theirs)
        check(amount >= theirs - beyond, f"below what recovery allows, {amount} of {theirs}: " + what)

    # --- one life after the other -----------------------------------------------------------

    def cycle(self):
        """Those of the cycle before are judged: by now their upstreams have noticed."""
        old = list(self.asked)
        asyncio.run(self.load(self.rng.uniform(0.02, 0.4)))
        if self.rng.random() < 0.2:             # recovery is interrupted, too
            self.gw.launch()
            time.sleep(self.rng.uniform(0, 0.1))
            self.gw.kill()
        started = time.monotonic()
        self.gw.start()
        self.longest = max(self.longest, time.monotonic() - started)
        self.read_entries()
        self.look_at_sums()
        for id in self.whole & self.asked.keys():
            check(id in self.entries, f"seen, and not in the ledger: {self.asked[id]}")
        self.judge(old)


def run(gw, ups, args):
    gw.start()
    life = Life(gw, ups, make_key(gw, "mortal", budgets=[{"usd": "1000000", "period": "total"}]), args.seed)
    started = time.monotonic()
    for _ in range(args.kills):
        life.cycle()
    time.sleep(0.5)
    life.judge(list(life.asked))
    check(life.seen > 0 and life.recovered > 0, "nothing was seen, or nothing interrupted: the test tests nothing")
    print(f"     {args.kills} kills: {life.requests} requests, {life.seen} seen to their end and charged exactly, "
          f"{life.recovered} recovered")
    print(f"     {life.total / 1e9:.9f} USD charged, {life.billed / 1e9:.9f} billed; at worst {life.least / 1e9:.9f} for "
          f"one; {(time.monotonic() - started) / args.kills:.2f} s a cycle, {life.longest:.2f} s to start at most")
    check(life.total >= life.billed or life.least < 0, "less was charged than was billed, and no recovery says why")

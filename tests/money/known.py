"""Known answers that cost a share: hits and followers, many at once, on budgets that are too small for all of
them, while conduitd is killed and started again.  Every one that a client saw has its entry, of exactly the
share; no budget is passed at any moment.
SPDX-License-Identifier: MIT"""
import asyncio
import http.client
import json
import random
import time

from billing import BYTES_A_TOKEN, INPUT_NANO, OUTPUT_NANO
from support import Client, check, entries_after, make_key, nano, spending, wait_until_nothing_is_held

QUESTIONS, WIDTH, LIMIT = 8, 48, 2_000_000
HIT, JOINER = 137_000, 250_000                  # millionths of an answer's cost

CONFIG = """
server = { workers = 2; };
cache = { type = "memory"; scope = "global"; hit_cost = "13.7%%"; joiner_cost = "25%%"; };
providers = ( { name = "fair"; type = "openai"; base_url = "http://127.0.0.1:%(fair)d/v1"; keys = ( ); } );
models = ( { name = "fair"; targets = ( { provider = "fair"; model = "m"; } ); max_output = 400; context_window = 100000;
    price = { input = "1"; output = "4"; }; } );
"""


def make(gateway, args, ups):
    return gateway.Gateway(args, CONFIG % {"fair": ups["fair"].port}, args.slow, access_log=False)


def share(cost, millionths):
    return -(-cost * millionths // 1_000_000)


def plan_of(i, wave):
    return {"id": f"known-{wave}-{i}", "out": 7 + 13 * i, "gap": 0.05}


def cost_of(plan):
    return -(-len(json.dumps(plan)) // BYTES_A_TOKEN) * INPUT_NANO + plan["out"] * OUTPUT_NANO


class Known:
    """The questions of a wave, asked by one key that pays little, then by another, under their own ids."""

    def __init__(self, gw, ups, seed):
        self.gw, self.ups, self.rng = gw, ups, random.Random(seed)
        self.rich = make_key(gw, "rich", budgets=[{"usd": "1000", "period": "total"}])
        self.keys = []
        self.answers = {200: 0, 402: 0}

    async def ask(self, key, i, wave, stream):
        plan = plan_of(i, wave)
        client = Client(self.gw, key["secret"], tries=1)
        try:
            status, whole = await client.ask("fair", plan, stream)
            check(status in self.answers, f"{plan}: {status}")
            self.answers[status] += whole
        except (ConnectionError, asyncio.IncompleteReadError, OSError):
            return
        finally:
            client.drop()

    async def watch(self, keys):
        loop = asyncio.get_running_loop()
        while True:
            for k in keys:
                try:
                    s = await loop.run_in_executor(None, spending, self.gw, k["id"])
                except (OSError, http.client.HTTPException):
                    continue
                check(nano(s["spent"]) + nano(s["held"]) <= LIMIT, f"passed: {s}")
            await asyncio.sleep(0.02)

    async def wave(self, number, kill_after):
        keys = [make_key(self.gw, f"poor-{number}-{n}", budgets=[{"usd": "0.002", "period": "total"}])
                for n in range(4)]
        self.keys += keys
        for i in range(QUESTIONS // 2):         # known before; the others are asked by all at once
            await self.ask(self.rich, i, number, False)

        async def work():
            for _ in range(24):
                await self.ask(self.rng.choice(keys), self.rng.randrange(QUESTIONS), number,
                               self.rng.random() < 0.5)

        eye = asyncio.create_task(self.watch(keys))
        if kill_after:
            asyncio.get_running_loop().call_later(kill_after, self.gw.kill)
        await asyncio.gather(*(work() for _ in range(WIDTH)))
        if eye.done():
            eye.result()
        eye.cancel()

    def judge(self, waves):
        """(shares that were paid, of them less than whole ones; what each key has spent)"""
        costs = {plan["id"]: cost_of(plan) for plan in
                 (plan_of(i, wave) for i in range(QUESTIONS) for wave in range(waves))}
        spent, paid, less = {}, 0, 0
        for e in entries_after(self.gw, 0):
            amount, cost = nano(e["amount"]), costs[e["request"]]
            spent[e["key"]] = spent.get(e["key"], 0) + amount
            if e["reason"] != "cached":
                check(amount <= cost or e["kind"] == "recover", f"{e}: of {cost}")
                continue
            paid += 1
            less += amount not in (share(cost, HIT), share(cost, JOINER))
            check(amount <= share(cost, JOINER), f"{e}: of {cost}")
        return paid, less, spent


def run(gw, ups, args):
    gw.start()
    known = Known(gw, ups, args.seed)
    for number in range(args.kills):
        asyncio.run(known.wave(number, known.rng.uniform(0.2, 1.0) if number % 2 else 0))
        if number % 2:
            if gw.process:
                gw.kill()
            gw.start()
        for k in known.keys[-4:]:
            s = wait_until_nothing_is_held(gw, k["id"], 30 * gw.slow)
            check(nano(s["spent"]) <= LIMIT, f"passed: {s}")
        time.sleep(0.1)
    paid, less, spent = known.judge(args.kills)
    for k in known.keys + [known.rich]:
        s = spending(gw, k["id"])
        check(nano(s["spent"]) == spent.get(k["id"], 0), f"the account says {s}, its entries {spent.get(k['id'])}")
    check(paid > less > 0 and known.answers[402] and known.answers[200],
          f"the test tests nothing: {paid} {less} {known.answers}")
    print(f"     {known.answers[200]} answers, {known.answers[402]} refusals; {paid} shares were paid, {less} of them "
          f"with what was left")

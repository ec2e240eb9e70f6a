#!/usr/bin/env python3
"""Does the ledger agree with the upstream's own bill, and does no budget overflow?
SPDX-License-Identifier: MIT

usage: run.py --conduitd FILE --conduitctl FILE --plugins DIR [--requests N] [--seeds N] [--kills N] [--slow N]
              [NAME...]

bill: N requests of all kinds (whole, streamed, cut, muted, failed, left by their client) against two
upstreams that keep their own bills, one of which does not stop billing when it is left.
overspend: for each seed a thousand requests at once on a key of 0.01 USD.
kill: N times conduitd is killed under load and started again.
media: pictures, speech, transcriptions and rankings, one by one and many at once.
idempotency: the same request again and again, at once, later, and across kills.
known: answers from the cache that cost a share, on budgets that are too small, with kills in between.
exact: sums of usage, records and entries of the ledger are the same, under load and after kills."""
import argparse
import asyncio
import os
import random
import sys
import traceback

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "support"))
import exact  # noqa: E402
import gateway  # noqa: E402
import idempotency  # noqa: E402
import kill  # noqa: E402
import known  # noqa: E402
import media  # noqa: E402
from billing import BillingUpstream  # noqa: E402
from support import (Client, Failed, check, entries_after, in_parallel, make_key, nano,  # noqa: E402
                     spending, wait_until_nothing_is_held)

CONFIG = """
server = { workers = 2; };
routing = { retry_wait = "0"; };
providers = (
  { name = "fair"; type = "openai"; base_url = "http://127.0.0.1:%(fair)d/v1"; keys = ( );
    abort_stops_billing = "yes"; timeout = { first_byte = "%(first)dms"; idle = "%(first)dms"; }; },
  { name = "greedy"; type = "openai"; base_url = "http://127.0.0.1:%(greedy)d/v1"; keys = ( );
    abort_stops_billing = "no"; timeout = { first_byte = "%(first)dms"; idle = "%(first)dms"; }; }
);
models = (
  { name = "fair"; targets = ( { provider = "fair"; model = "m"; } ); max_output = 400; context_window = 100000;
    price = { input = "1"; output = "4"; }; },
  { name = "greedy"; targets = ( { provider = "greedy"; model = "m"; } ); max_output = 400; context_window = 100000;
    price = { input = "1"; output = "4"; }; }
);
"""
WEIGHT = {"estimated": "1", "hold": "2"}


def charges(gw):
    """id -> (nano-USD, "": said, "1": guessed, "2": all that was held), from the entries."""
    out = {}
    for e in entries_after(gw, 0):
        amount, reason = out.get(e["request"], (0, ""))
        out[e["request"]] = (amount + nano(e["amount"]), max(reason, WEIGHT.get(e["reason"], "")))
    return out


def random_request(rng, i):
    model = rng.choice(("fair", "fair", "greedy"))
    stream = rng.random() < 0.5
    plan = {"id": f"r{i}", "out": rng.choice((1, 20, 60, 200, 900)) if stream else rng.randrange(1, 900),
            "in": rng.choice((0, 10, 100, 2000))}
    what, leave = rng.random(), None
    if what < 0.05:
        plan["do"] = "error500"
    elif what < 0.08:
        plan["do"] = "error429"
    elif what < 0.10:
        plan["do"] = "mute"
    elif what < 0.12 and stream:
        plan.update(do="cut", at=rng.randrange(1, 100))
    elif what < 0.14:
        leave, plan["out"] = rng.choice((0, 500, 5000)), 300
        if stream:
            plan["gap"] = 0.002
    elif what < 0.143:
        plan["do"] = "hang"
    return model, plan, stream, leave


def test_bill(gw, ups, args):
    rng, asked = random.Random(args.seed), []
    key = make_key(gw, "bill", budgets=[{"usd": "1000", "period": "total"}])
    clients = [Client(gw, key["secret"]) for _ in range(64)]

    async def all_of_them():
        free = list(clients)

        def job(i):
            async def go():
                model, plan, stream, leave = random_request(rng, i)
                asked.append((model, plan, stream, leave))
                c = free.pop()
                await c.ask(model, plan, stream, leave)
                free.append(c)
            return go

        await in_parallel([job(i) for i in range(args.requests)], len(clients))

    asyncio.run(all_of_them())
    s = wait_until_nothing_is_held(gw, key["id"], 60 * gw.slow)
    ours, bills = charges(gw), {name: up.bill() for name, up in ups.items()}
    wrong, guessed_ours, guessed_theirs, guesses = [], 0, 0, 0
    for model, plan, stream, leave in asked:
        theirs = bills[model].nano(plan["id"])
        amount, guessed = ours.get(plan["id"], (0, ""))
        if guessed == "1":
            if os.environ.get("SHOW"):
                print(model, stream, leave, plan, amount, theirs, amount - theirs)
            guessed_ours, guessed_theirs, guesses = guessed_ours + amount, guessed_theirs + theirs, guesses + 1
        elif amount != theirs and not (guessed and amount > theirs):
            wrong.append((plan, stream, leave, amount, theirs))
    total = sum(amount for amount, _ in ours.values())
    check(nano(s["spent"]) == total, f"the account says {s['spent']}, its entries {total}")
    check(not wrong, f"{len(wrong)} differ where usage was said, the first: {wrong[:3]}")
    check(not any(b.unlimited for b in bills.values()), "requests without a limit have reached an upstream")
    check(guesses > 0, "nothing was guessed: the test tests nothing")
    off = (guessed_ours - guessed_theirs) / max(guessed_theirs, 1)
    print(f"     {args.requests} requests: {total / 1e9:.9f} USD; {guesses} guessed, {off:+.2%} in sum")
    check(guessed_ours >= guessed_theirs, f"guesses are below the bill: {off:+.2%}")
    check(off <= args.most_off, f"guesses are {off:+.2%} above the bill")


def test_overspend(gw, ups, args):
    for seed in range(args.seeds):
        overspend(gw, ups, args.seed + seed)
    print(f"     {args.seeds} seeds: 0.01 USD was never passed, and all that was held is back")


def overspend(gw, ups, seed):
    rng = random.Random(seed)
    key = make_key(gw, f"poor-{seed}", budgets=[{"usd": "0.01", "period": "total"}], clamp=bool(seed % 2))
    answers, most = [], 0

    async def one(i):
        model, plan, stream, leave = random_request(rng, f"{seed}-{i}")
        plan["out"] = rng.randrange(1, 400)
        if plan.get("do") == "hang":
            plan["do"] = "answer"
        status, _ = await Client(gw, key["secret"]).ask(model, plan, stream, leave,
                                                        max_tokens=rng.randrange(1, 400))
        answers.append(status)

    async def watch():
        nonlocal most
        while True:
            s = await asyncio.get_running_loop().run_in_executor(None, spending, gw, key["id"])
            most = max(most, nano(s["spent"]) + nano(s["held"]))
            await asyncio.sleep(0.02)

    async def all_at_once():
        eye = asyncio.create_task(watch())
        await asyncio.gather(*(one(i) for i in range(1000)))
        eye.cancel()

    asyncio.run(all_at_once())
    s = wait_until_nothing_is_held(gw, key["id"], 60 * gw.slow)
    most = max(most, nano(s["spent"]))
    check(most <= 10 ** 7, f"seed {seed}: {most / 1e9} USD of 0.01")
    check(answers.count(402) > 0, f"seed {seed}: nobody was refused: {set(answers)}")
    check(answers.count(200) > 0, f"seed {seed}: nobody was served: {set(answers)}")
    check(nano(s["spent"]) > 10 ** 6, f"seed {seed}: only {s['spent']} USD were spent")
    theirs = sum(b.nano(i) for b in (up.bill() for up in ups.values()) for i in b.rows
                 if i.startswith(f"r{seed}-"))
    check(theirs <= nano(s["spent"]) * 1.02, f"seed {seed}: the upstreams bill {theirs}, we {s['spent']}")


def ended_well(gw):
    problem = None
    if gw.process and gw.process.poll() is None:
        status, doc = gw.admin("GET", "/admin/v1/ledger/verify")
        print(f"     ledger verify: {status} {doc}")
        problem = None if status == 200 and doc["ok"] else "the ledger does not add up"
    problem = gw.stop() or problem
    if problem:
        print(f"FAILED money: {problem}")
    gw.remove()
    return not problem


def main():
    parser = argparse.ArgumentParser()
    for name in ("conduitd", "conduitctl", "plugins"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most-off", type=float, default=0.10)
    parser.add_argument("--slow", type=float, default=1.0)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    ups = {"fair": BillingUpstream(), "greedy": BillingUpstream(keeps_on=True)}
    config = CONFIG % {"fair": ups["fair"].port, "greedy": ups["greedy"].port, "first": 2000 * args.slow}
    shared = gateway.Gateway(args, config, args.slow, access_log=False).start()
    mortal = gateway.Gateway(args, config, args.slow, access_log=False)
    painting = media.make(gateway, args)
    promising = idempotency.make(gateway, args, ups)
    sharing = known.make(gateway, args, ups)
    compared = exact.make(gateway, args, ups)
    tests = {"bill": (test_bill, shared), "overspend": (test_overspend, shared), "kill": (kill.run, mortal),
             "media": (media.run, painting), "idempotency": (idempotency.run, promising),
             "known": (known.run, sharing), "exact": (exact.run, compared)}
    failed = passed = 0
    for name, (test, gw) in tests.items():
        if args.names and name not in args.names:
            continue
        try:
            test(gw, ups, args)
            passed += 1
            print(f"ok   money: {name}", flush=True)
        except Exception as why:  # any surprise is a failed test, and the daemons are ended
            failed += 1
            detail = why if isinstance(why, Failed) else traceback.format_exc()
            print(f"FAILED money: {name}\n     {detail}", flush=True)
    for gw in (shared, mortal, painting, promising, sharing, compared):
        failed += not ended_well(gw)
    for up in ups.values():
        up.close()
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

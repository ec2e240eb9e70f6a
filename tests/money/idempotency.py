"""Requests with an Idempotency-Key: asked at once, left, asked again, and across restarts and kills.  Is each
answered the same, and billed once?
SPDX-License-Identifier: MIT"""
import asyncio
import json
import os
import random
import time

from support import check, entries_after, in_parallel, make_key, nano, wait_until_nothing_is_held

CROWD, WIDTH = 100, 32
CONFIG = """
server = { workers = 2; };
routing = { retry_wait = "0"; };
cache = { idempotency_size = "16MiB"; };
providers = (
  { name = "fair"; type = "openai"; base_url = "http://127.0.0.1:%(fair)d/v1"; keys = ( );
    abort_stops_billing = "yes"; timeout = { first_byte = "%(first)dms"; idle = "%(first)dms"; }; },
  { name = "greedy"; type = "openai"; base_url = "http://127.0.0.1:%(greedy)d/v1"; keys = ( );
    abort_stops_billing = "no"; timeout = { first_byte = "%(first)dms"; idle = "%(first)dms"; }; }
);
models = (
  { name = "fair"; targets = ( { provider = "fair"; model = "m"; } ); max_output = 100000; context_window = 200000;
    price = { input = "1"; output = "4"; }; },
  { name = "greedy"; targets = ( { provider = "greedy"; model = "m"; } ); max_output = 100000;
    context_window = 200000; price = { input = "1"; output = "4"; }; }
);
"""


class Answer:
    def __init__(self, status, head, body, whole):
        self.status, self.head, self.body, self.whole = status, head, body, whole

    def replayed(self):
        return b"idempotent-replayed: true" in self.head


async def read_body(head, reader, leave):
    """(bytes, whether that was all)"""
    body = b""
    try:
        if b"content-length:" in head:
            size = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            if leave is not None:
                return await reader.read(leave), False
            return await reader.readexactly(size), True
        while True:
            size = int(await reader.readline(), 16)
            body += (await reader.readexactly(size + 2))[:-2]
            if not size:
                return body, True
            if leave is not None and len(body) >= leave:
                return body, False
    except (ConnectionError, asyncio.IncompleteReadError, ValueError):
        return body, False


async def ask(gw, key, word, model, plan, stream=False, leave=None, begun=None):
    """leave: after so many bytes of the answer's body; begun(): instead of waiting for the answer's head,
    leaves when that is true."""
    body = json.dumps({"model": model, "stream": stream, "max_tokens": 50000, "messages": [
        {"role": "user", "content": json.dumps(plan)}]}).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", gw.port, limit=1 << 24)
    try:
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer " + key.encode() +
                     b"\r\nx-request-id: " + plan["id"].encode() + b"\r\nidempotency-key: " + word.encode() +
                     b"\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
                     % len(body) + body)
        if begun:
            while not begun():
                await asyncio.sleep(0.005)
            return Answer(0, b"", b"", False)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        answer, whole = await read_body(head, reader, leave)
        return Answer(int(head.split(b" ")[1]), head, answer, whole)
    finally:
        writer.transport.abort()


def once(gw, *args, **more):
    return asyncio.run(ask(gw, *args, **more))


def entries_of(gw, key, number=0):
    return [e for e in entries_after(gw, number) if e["key"] == key["id"]]


def calls(ups, id):
    return sum(up.bill().rows.get(id, (0, 0, 0))[2] for up in ups.values())


# --- one scene each ------------------------------------------------------------------------

def at_once(gw, ups, key):
    """A hundred equal ones."""
    for stream in (False, True):
        plan = {"id": f"crowd-{stream}", "out": 50, "gap": 0.01}

        async def all_of_them():
            return await asyncio.gather(*(ask(gw, key["secret"], plan["id"], "fair", plan, stream)
                                          for _ in range(CROWD)))

        before = len(entries_of(gw, key))
        answers = asyncio.run(all_of_them())
        check(all(a.status == 200 and a.whole for a in answers), f"{plan}: {[a.status for a in answers]}")
        check(len({a.body for a in answers}) == 1, f"{plan}: they are not the same")
        check(sum(not a.replayed() for a in answers) == 1, f"{plan}: not one of them was first")
        check(calls(ups, plan["id"]) == 1, f"{plan}: asked {calls(ups, plan['id'])} times")
        check(len(entries_of(gw, key)) == before + 1, f"{plan}: {entries_of(gw, key)}")


def left(gw, ups, key):
    """The client goes away at any point, and comes back for its answer."""
    for model in ("fair", "greedy"):
        for stream in (False, True):
            for leave in (None, 0, 300):
                if (leave is not None) != stream:
                    continue
                id = f"left-{model}-{stream}-{leave}"
                plan = {"id": id, "out": 40, "gap": 0.01 if stream else 0.3}
                before = len(entries_of(gw, key))
                begun = None if stream else lambda: calls(ups, id) == 1
                a = once(gw, key["secret"], id, model, plan, stream, leave, begun)
                check(not a.whole, f"{id}: was not left")
                b = once(gw, key["secret"], id, model, plan, stream)
                check(b.status == 200 and b.whole and b.replayed(), f"{id}: {b.status} {b.head}")
                check(a.body == b.body[:len(a.body)], f"{id}: it is another one")
                check(calls(ups, id) == 1, f"{id}: asked {calls(ups, id)} times")
                wait_until_nothing_is_held(gw, key["id"], 10 * gw.slow)
                check(len(entries_of(gw, key)) == before + 1, f"{id}: {entries_of(gw, key)}")


def left_for_good(gw, ups, key):
    """Nobody waits: it is answered and kept nevertheless, and charged exactly."""
    plan = {"id": "orphan", "out": 60, "gap": 0.01}
    once(gw, key["secret"], "orphan", "fair", plan, True, 100)
    deadline = time.monotonic() + 10 * gw.slow
    while time.monotonic() < deadline and not calls(ups, "orphan"):
        time.sleep(0.05)
    wait_until_nothing_is_held(gw, key["id"], 10 * gw.slow)
    entry = entries_of(gw, key)[0]
    theirs = ups["fair"].bill()
    check(nano(entry["amount"]) == theirs.nano("orphan") and theirs.rows["orphan"][1] == 60, f"{entry} {theirs.rows}")
    b = once(gw, key["secret"], "orphan", "fair", plan, True)
    check(b.replayed() and b.whole and calls(ups, "orphan") == 1, f"{b.head}")


def restarted(gw, ups, key):
    """What was answered is answered again, whatever the end of the process was like."""
    for how in (gw.stop, gw.kill):
        before, asked = len(entries_of(gw, key)), {}
        for stream in (False, True):
            id = f"{how.__name__}-{stream}"
            asked[id] = once(gw, key["secret"], id, "fair", {"id": id, "out": 20}, stream)
        problem = how()
        check(not problem, problem)
        gw.start()
        for id, a in asked.items():
            b = once(gw, key["secret"], id, "fair", {"id": id, "out": 20}, id.endswith("True"))
            check(b.status == 200 and b.replayed() and b.body == a.body, f"{id}: {b.head} {b.body}")
            c = once(gw, key["secret"], id, "fair", {"id": id, "out": 21}, id.endswith("True"))
            check(c.status == 409, f"{id}: another body got {c.status}")
            check(calls(ups, id) == 1, f"{id}: asked {calls(ups, id)} times")
        check(len(entries_of(gw, key)) == before + 2, f"{how.__name__}: {entries_of(gw, key)}")


def cut_short(gw, ups, key):
    """Killed in the middle of an answer: recovery charges that one, a retry is asked and charged once."""
    plan = {"id": "torn", "out": 50, "gap": 0.05}
    before = len(entries_of(gw, key))
    a = once(gw, key["secret"], "torn", "fair", plan, True, 100)
    gw.kill()
    gw.start()
    check(not a.whole, "it was not cut")
    b = once(gw, key["secret"], "torn", "fair", plan, True)
    check(b.status == 200 and b.whole and not b.replayed(), f"{b.head}")
    c = once(gw, key["secret"], "torn", "fair", plan, True)
    check(c.replayed() and c.body == b.body, f"{c.head}")
    kinds = sorted(e["kind"] for e in entries_of(gw, key)[:-before or None])
    check(len(kinds) == 2 and kinds.count("recover") == 1, f"{kinds}")


class Life:
    """Killed again and again; clients come back with their keys until they have their answers."""

    def __init__(self, gw, ups, key, seed):
        self.gw, self.ups, self.key, self.rng = gw, ups, key, random.Random(seed)
        self.open, self.answered, self.number, self.replays = {}, {}, 0, 0

    def another(self):
        id = f"life-{self.number}"
        self.number += 1
        plan = {"id": id, "out": self.rng.choice((1, 10, 40))}
        if self.rng.random() < 0.4:
            plan["gap"] = self.rng.choice((0.001, 0.01))
        self.open[id] = plan, self.rng.random() < 0.5
        return id

    async def one(self, id):
        plan, stream = self.open.get(id) or self.answered[id][:2]
        known = id in self.answered
        leave = 50 if stream and self.rng.random() < 0.1 else None
        a = await ask(self.gw, self.key["secret"], id, "fair", plan, stream, leave)
        check(a.status == 200, f"{id}: {a.status} {a.body}")
        if not a.whole:
            return
        if id in self.answered:
            self.replays += known
            check(a.body == self.answered[id][2], f"{id}: it is another one now")
            check(a.replayed() or not known, f"{id}: it was asked again")
        self.answered[id] = plan, stream, a.body
        self.open.pop(id, None)

    async def load(self, seconds):
        async def work():
            try:
                while True:
                    x = self.rng.random()
                    if x < 0.3 and self.open:
                        id = self.rng.choice(list(self.open))
                    elif x < 0.5 and self.answered:
                        id = self.rng.choice(list(self.answered))
                    else:
                        id = self.another()
                    await self.one(id)
            except (ConnectionError, asyncio.IncompleteReadError, OSError):
                pass

        asyncio.get_running_loop().call_later(seconds, self.gw.kill)
        await in_parallel([work] * WIDTH, WIDTH)

    def judge(self):
        kinds, recovered, again = {}, 0, 0
        for e in entries_of(self.gw, self.key):
            kinds.setdefault(e["request"], []).append(e["kind"])
        for id in self.answered:
            made, cut = calls(self.ups, id), kinds[id].count("recover")
            recovered, again = recovered + cut, again + made - 1
            # Each call that a kill has cut has its recovery, and there is one more at most.
            check(made - 1 <= cut, f"{id}: asked {made} times, {kinds[id]}")
            check(len(kinds[id]) - cut <= 1, f"{id}: {kinds[id]}")
        return sum(len(k) for k in kinds.values()), recovered, again


def killed(gw, ups, key, args):
    life = Life(gw, ups, key, args.seed)
    for _ in range(args.kills):
        asyncio.run(life.load(life.rng.uniform(0.1, 0.6)))
        gw.start()
    for id in list(life.open):
        asyncio.run(life.one(id))
    for id in list(life.open) + list(life.answered):
        while True:
            asyncio.run(life.one(id))
            if id in life.answered:
                break
    entries, recovered, again = life.judge()
    check(life.replays > 0, "nothing was asked twice: the test tests nothing")
    print(f"     {args.kills} kills: {len(life.answered)} answers, {life.replays} given again; {entries} entries, "
          f"{recovered} recovered, {again} asked again")


def full(gw, ups, key):
    """The folder keeps to its size: the oldest answers go."""
    async def many():
        async def one(i):
            a = await ask(gw, key["secret"], f"full-{i}", "fair", {"id": f"full-{i}", "out": 40000})
            check(a.status == 200 and a.whole, f"full-{i}: {a.status}")

        for i in range(0, 120, 4):
            await asyncio.gather(*(one(k) for k in range(i, i + 4)))

    asyncio.run(many())
    size = os.path.getsize(os.path.join(gw.dir, "state", "idempotency", "data.mdb"))
    check(size <= 16 << 20, f"its file has {size} bytes")
    for i, is_there in ((119, True), (0, False)):
        a = once(gw, key["secret"], f"full-{i}", "fair", {"id": f"full-{i}", "out": 40000})
        check(a.status == 200 and a.replayed() == is_there, f"full-{i}: {a.head}")
    told = gw.log_text().count("the shelf is full")
    check(1 <= told <= 3, f"told {told} times")        # once a minute
    print(f"     24 MB of answers: the file has {size} bytes")


def make(gateway, args, ups):
    return gateway.Gateway(args, CONFIG % {"fair": ups["fair"].port, "greedy": ups["greedy"].port,
                                           "first": 2000 * args.slow}, args.slow, access_log=False)


def run(gw, ups, args):
    gw.start()
    for i, scene in enumerate((at_once, left, left_for_good, restarted, cut_short)):
        scene(gw, ups, make_key(gw, f"idem-{i}", budgets=[{"usd": "1000", "period": "total"}]))
    killed(gw, ups, make_key(gw, "idem-kills", budgets=[{"usd": "1000", "period": "total"}]), args)
    full(gw, ups, make_key(gw, "idem-full", budgets=[{"usd": "1000", "period": "total"}]))

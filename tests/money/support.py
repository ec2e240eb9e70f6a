"""What the tests of this folder share: clients that can be cut, and questions to the admin API.
SPDX-License-Identifier: MIT"""
import asyncio
import json
import time


class Failed(Exception):
    pass


def check(fine, what):
    if not fine:
        raise Failed(what)


class Client:
    """One connection at a time; a request may be left in the middle.  tries: a connection that was kept may
    be gone when it is used again."""

    def __init__(self, gw, key, tries=2):
        self.gw, self.key, self.tries, self.reader, self.writer = gw, key, tries, None, None

    def drop(self):
        if self.writer:
            self.writer.transport.abort()
        self.reader = self.writer = None

    async def ask(self, model, plan, stream=False, leave=None, **more):
        """(status, whether the answer was whole).  leave: after so many bytes of the answer."""
        body = json.dumps(dict(more, model=model, stream=stream, messages=[
            {"role": "user", "content": json.dumps(plan) + "x" * plan.get("in", 0)}])).encode()
        for left in reversed(range(self.tries)):
            try:
                if not self.writer:
                    self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.gw.port)
                self.writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer "
                                  + self.key.encode() + b"\r\nx-request-id: " + plan["id"].encode() +
                                  b"\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
                raw = await self.reader.readuntil(b"\r\n\r\n")
                break
            except (ConnectionError, asyncio.IncompleteReadError):
                self.drop()
                if not left:
                    raise
        status = int(raw.split(b" ")[1])
        whole = await self.read(raw.lower(), leave)
        if not whole:
            self.drop()
        return status, whole

    async def read(self, raw, leave):
        if leave is not None:
            try:
                await asyncio.wait_for(self.reader.readexactly(leave), 5)
            except (asyncio.TimeoutError, asyncio.IncompleteReadError, ConnectionError):
                pass
            return False
        try:
            if b"content-length:" in raw:
                await self.reader.readexactly(int(raw.split(b"content-length:")[1].split(b"\r\n")[0]))
                return True
            while True:
                size = int(await self.reader.readline(), 16)
                await self.reader.readexactly(size + 2)
                if not size:
                    return True
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            return False


async def in_parallel(jobs, width):
    """Runs the coroutine functions, so many at once."""
    left = iter(jobs)

    async def work():
        for job in left:
            await job()

    await asyncio.gather(*(work() for _ in range(width)))


def make_key(gw, name, **fields):
    secret = gw.key(name, **fields)
    return {"secret": secret, "id": secret.split("_")[1]}


def spending(gw, key_id):
    status, doc = gw.admin("GET", f"/admin/v1/keys/{key_id}")
    check(status == 200, f"the key can not be read: {status}")
    return doc["spending"][0]


def nano(usd):
    whole, _, part = usd.partition(".")
    return int(whole) * 10 ** 9 + int((part + "0" * 9)[:9])


def wait_until_nothing_is_held(gw, key_id, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        s = spending(gw, key_id)
        if s["held"] == "0":
            return s
        time.sleep(0.1)
    raise Failed(f"{spending(gw, key_id)['held']} USD are still held")


def entries_after(gw, number):
    """Entries of the ledger above that number, newest first."""
    cursor = ""
    while cursor is not None:
        status, doc = gw.admin("GET", "/admin/v1/ledger?limit=1000" + (f"&cursor={cursor}" if cursor else ""))
        check(status == 200, f"the ledger can not be read: {status} {doc}")
        for e in doc["data"]:
            if e["number"] <= number:
                return
            yield e
        cursor = doc["next"]

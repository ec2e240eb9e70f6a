"""An upstream that speaks OpenAI's chat and keeps a bill of its own: what each request has cost, by its
own count.  A request's text says what is to happen to it (see Plan).
SPDX-License-Identifier: MIT"""
import asyncio
import json
import multiprocessing

INPUT_NANO, OUTPUT_NANO = 1000, 4000            # nano-USD a token: 1 and 4 USD a million
BYTES_A_TOKEN = 4


class Plan:
    """{"id", "out": tokens it would like to say, "do": ..., "at": tokens before it happens, "gap": seconds}

    do: answer | mute (no usage) | error500 | error429 | cut (closes in the middle) | cut_by_fair (the same, but one
    that keeps on answers) | hang (says nothing)"""

    def __init__(self, body):
        text = body["messages"][-1]["content"]
        plan = json.loads(text[:text.index("}") + 1])
        self.id, self.out, self.do = plan["id"], plan.get("out", 10), plan.get("do", "answer")
        self.at, self.gap = plan.get("at", 0), plan.get("gap", 0)
        limit = body.get("max_completion_tokens", body.get("max_tokens"))
        self.limited = limit is not None
        self.produced = min(self.out, limit) if limit is not None else self.out
        self.input = -(-sum(len(m["content"]) for m in body["messages"]) // BYTES_A_TOKEN)
        self.stream = body.get("stream", False)


class Bill:
    def __init__(self):
        self.rows = {}                          # id -> [input, output, calls]
        self.unlimited = 0

    def add(self, id, input, output, calls=1):
        row = self.rows.setdefault(id, [0, 0, 0])
        row[0] += input
        row[1] += output
        row[2] += calls

    def take(self):
        """What has been added since it was last taken."""
        taken = self.rows, self.unlimited
        self.rows, self.unlimited = {}, 0
        return taken

    def merge(self, rows, unlimited):
        for id, row in rows.items():
            self.add(id, *row)
        self.unlimited += unlimited

    def nano(self, id):
        row = self.rows.get(id, (0, 0, 0))
        return row[0] * INPUT_NANO + row[1] * OUTPUT_NANO


def head(status, kind, length=None):
    size = f"content-length: {length}" if length is not None else "transfer-encoding: chunked"
    return f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\n{size}\r\n\r\n".encode()


def chunk(doc):
    data = b"data: " + (json.dumps(doc).encode() if doc else b"[DONE]") + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(data), data)


def delta(plan, text, finish=None):
    return {"id": plan.id, "object": "chat.completion.chunk", "model": "m",
            "choices": [{"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish}]}


def usage(plan):
    return {"prompt_tokens": plan.input, "completion_tokens": plan.produced,
            "total_tokens": plan.input + plan.produced}


class Server:
    """keeps_on: who hangs up pays for the whole answer nevertheless."""

    def __init__(self, bill, keeps_on):
        self.bill, self.keeps_on = bill, keeps_on

    async def serve(self, reader, writer):
        try:
            while True:
                raw = await reader.readuntil(b"\r\n\r\n")
                size = next(int(line.split(b":")[1]) for line in raw.split(b"\r\n")
                            if line.lower().startswith(b"content-length"))
                body = json.loads(await reader.readexactly(size))
                if not await self.answer(Plan(body), writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer(self, plan, writer):
        self.bill.unlimited += not plan.limited
        if plan.do == "cut_by_fair":
            plan.do = "answer" if self.keeps_on else "cut"
        if plan.do == "hang":
            self.bill.add(plan.id, plan.input, plan.produced if self.keeps_on else 0)
            await asyncio.sleep(30)
            return False
        if plan.do.startswith("error"):
            status = int(plan.do[5:])
            body = json.dumps({"error": {"message": "no"}}).encode()
            writer.write(head(status, "application/json", len(body)) + body)
            await writer.drain()
            return True
        if plan.stream:
            return await self.stream(plan, writer)
        self.bill.add(plan.id, plan.input, plan.produced)
        if plan.gap:
            await asyncio.sleep(plan.gap)
        doc = {"id": plan.id, "object": "chat.completion", "model": "m", "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "word " * plan.produced},
             "finish_reason": "stop"}]}
        if plan.do != "mute":
            doc["usage"] = usage(plan)
        body = json.dumps(doc).encode()
        if plan.do == "cut":
            body = body[:len(body) // 2]
        writer.write(head(200, "application/json", len(body) + (plan.do == "cut")) + body)
        await writer.drain()
        return plan.do != "cut"

    async def stream(self, plan, writer):
        made = 0
        try:
            writer.write(head(200, "text/event-stream"))
            while made < plan.produced:
                if plan.do == "cut" and made >= plan.at:
                    return False
                writer.write(chunk(delta(plan, "word ")))
                await writer.drain()
                if writer.is_closing():
                    raise ConnectionError
                made += 1
                if plan.gap:
                    await asyncio.sleep(plan.gap)
            writer.write(chunk(delta(plan, "", "stop")))
            if plan.do != "mute":
                writer.write(chunk(dict(delta(plan, ""), choices=[], usage=usage(plan))))
            writer.write(chunk(None) + b"0\r\n\r\n")
            await writer.drain()
            return True
        finally:
            # A cut is the upstream's own failure.
            self.bill.add(plan.id, plan.input, plan.produced if self.keeps_on and plan.do != "cut" else made)


def run(pipe, keeps_on):
    async def main():
        bill = Bill()
        server = await asyncio.start_server(Server(bill, keeps_on).serve, "127.0.0.1", 0, backlog=4096,
                                            limit=1 << 20)
        pipe.send(server.sockets[0].getsockname()[1])
        loop = asyncio.get_running_loop()
        while await loop.run_in_executor(None, pipe.recv) == "bill":
            pipe.send(bill.take())

    asyncio.run(main())


class BillingUpstream:
    """The server in a process of its own."""

    def __init__(self, keeps_on=False):
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=run, args=(theirs, keeps_on), daemon=True)
        self.process.start()
        self.port = self.pipe.recv()
        self.known = Bill()

    def bill(self):
        """All of it, as of now."""
        self.pipe.send("bill")
        self.known.merge(*self.pipe.recv())
        return self.known

    def close(self):
        self.process.terminate()
        self.process.join()

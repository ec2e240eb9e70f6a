"""What the scenes of the cache share: a gateway with a cache, upstreams whose every answer is
another one, and clients, some of them many at once.
SPDX-License-Identifier: MIT"""
import asyncio
import hashlib
import http.client
import itertools
import json
import os
import threading
import time

import gateway
from lanes import Failed, check, equal, wait_until  # noqa: F401 - the scenes' own words
from upstream import Answer, Upstream, _peer_left

SECRETS = {"CACHE_ONE": "sk-cache-one-4f1c", "CACHE_TWO": "sk-cache-two-99ab"}

# --- configuration -------------------------------------------------------------------------

def provider(name, port, more="", type="openai"):
    path = "/v1" if type == "openai" else ""
    return (f'  {{ name = "{name}"; type = "{type}"; base_url = "http://127.0.0.1:{port}{path}"; '
            f'keys = ( {{ id = "k1"; secret = "env:CACHE_ONE"; }} ); {more} }}')


def model(name, targets, more='unpriced = "free";'):
    """targets: "provider", or ("provider", "model", more), in order."""
    out = []
    for t in targets:
        p, m, rest = (t, "m-" + name, "") if isinstance(t, str) else tuple(t) + ("",) * (3 - len(t))
        out.append(f'{{ provider = "{p}"; model = "{m}"; {rest} }}')
    return f'  {{ name = "{name}"; targets = ( {", ".join(out)} ); {more} }}'


def config(providers, models, cache='type = "memory";', workers=2, more=""):
    return (f'server = {{ listen = ( {{ address = "127.0.0.1"; port = 0; }} ); workers = {workers}; }};\n'
            'admin = { listen = ( { address = "127.0.0.1"; port = 0; } ); };\n'
            'logging = { level = "info"; };\n' + (f"cache = {{ {cache} }};\n" if cache else "") + more + "\n"
            "providers = (\n" + ",\n".join(providers) + "\n);\n"
            "models = (\n" + ",\n".join(models) + "\n);\n")


# --- upstreams -----------------------------------------------------------------------------

def digest(body):
    return hashlib.sha256(body).hexdigest()[:16]


def chunk(delta, finish=None, **more):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps(dict({"id": "c1", "object": "chat.completion.chunk", "created": 1,
                                        "model": "up", "choices": [choice]}, **more)).encode() + b"\n\n"


def usage(input=8, output=2):
    return {"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output}


USAGE = chunk({}, None, choices=[], usage=usage())
DONE = b"data: [DONE]\n\n"


def chat(text, finish="stop", **more):
    """The body of a whole answer."""
    message = dict({"role": "assistant", "content": text}, **more.pop("message", {}))
    return json.dumps(dict({"id": "c1", "object": "chat.completion", "created": 1, "model": "up", "choices": [
        {"index": 0, "message": message, "finish_reason": finish}], "usage": usage()}, **more)).encode()


def stream(texts, finish="stop", done=True):
    out = [chunk({"role": "assistant", "content": ""})] + [chunk({"content": t}) for t in texts]
    return out + [chunk({}, finish), USAGE] + ([DONE] if done else [])


class Play:
    """An answer that is made while it is sent: pieces of a stream, and gates to wait at.

    script: bytes to be sent, a number of seconds to sleep, a threading.Event to wait for."""

    def __init__(self, script, type="text/event-stream", cut=False):
        self.script, self.type, self.cut = script, type, cut

    def fits(self, request):
        return True

    def play(self, c, request):
        """False when the connection is to be closed; request.closed_at when the other side did."""
        c.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {self.type}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        for step in self.script:
            if isinstance(step, bytes):
                c.sendall(b"%x\r\n%s\r\n" % (len(step), step))
            elif self._pause(c, step):
                request.closed_at = time.monotonic()
                return False
        if not self.cut:
            c.sendall(b"0\r\n\r\n")
        return not self.cut

    @staticmethod
    def _pause(c, step):
        if not isinstance(step, threading.Event):
            return _peer_left(c, step)
        while not step.is_set():
            if _peer_left(c, 0.02):
                return True
        return False


class Source(Upstream):
    """Answers with what `make(request, number)` says; by default a text that names the number of
    the call and the digest of what was asked."""

    def __init__(self, make=None):
        self.numbers = itertools.count(1)
        self.make = make or usual
        super().__init__(lambda r: self.make(r, next(self.numbers)))

    @property
    def asked(self):
        with self.lock:
            return len(self.requests)

    def _answer(self, c, request, a):
        if not isinstance(a, Play):
            return super()._answer(c, request, a)
        try:
            return a.play(c, request)
        except OSError:
            request.closed_at = time.monotonic()
            return False

    @property
    def left(self):
        """How many of the calls the gateway has broken off."""
        with self.lock:
            return sum(r.closed_at is not None for r in self.requests)


def usual(request, number):
    text = f"answer {number} to {digest(request.body)}"
    if json.loads(request.body).get("stream"):
        return Answer(type="text/event-stream", how="chunked", body=b"".join(stream([text[:5], text[5:]])))
    return Answer(body=chat(text))


# --- clients -------------------------------------------------------------------------------

class Reply:
    def __init__(self, status, headers, body, whole=True):
        self.status, self.headers, self.body, self.whole = status, headers, body, whole
        self.cache, self.error, self.done = headers.get("x-cache"), None, False
        self.events, self.texts = [], []
        if headers.get("content-type", "").startswith("text/event-stream"):
            for line in body.split(b"\n"):
                if line == b"data: [DONE]":
                    self.done = True
                elif line.startswith(b"data: "):
                    self._take(json.loads(line[6:]))
            return
        try:
            self.document = json.loads(body)
        except ValueError:
            self.document = {}
        self.error = self.document.get("error") if isinstance(self.document, dict) else None
        for choice in (self.document.get("choices") or ()) if isinstance(self.document, dict) else ():
            self.texts.append((choice.get("message") or {}).get("content") or "")

    def _take(self, value):
        self.events.append(value)
        self.error = value.get("error", self.error)
        for choice in value.get("choices") or ():
            self.texts.append(choice.get("delta", {}).get("content") or "")

    @property
    def text(self):
        return "".join(self.texts)

    @property
    def code(self):
        return (self.error or {}).get("code")

    def __str__(self):
        return f"{self.status} {self.headers} {self.body[:600]} whole={self.whole}"


def body_of(model="m", text="hi", **more):
    return dict({"model": model, "messages": [{"role": "user", "content": text}]}, **more)


class Client:
    """One connection."""

    def __init__(self, gw, key="main", timeout=20, **fields):
        self.gw, self.secret = gw, gw.key(key, **fields)
        self.http = http.client.HTTPConnection("127.0.0.1", gw.port, timeout=timeout * gw.slow)

    def send(self, body, path="/v1/chat/completions", headers=None):
        text = body if isinstance(body, (bytes, str)) else json.dumps(body)
        head = dict({"Authorization": "Bearer " + self.secret, "Content-Type": "application/json"}, **(headers or {}))
        self.http.request("POST", path, text, head)
        r = self.http.getresponse()
        got = {k.lower(): v for k, v in r.getheaders()}
        try:
            return Reply(r.status, got, r.read())
        except http.client.HTTPException as e:
            self.http.close()
            return Reply(r.status, got, getattr(e, "partial", b""), False)

    def ask(self, text="hi", model="m", headers=None, **more):
        return self.send(body_of(model, text, **more), headers=headers)

    def close(self):
        self.http.close()


class Crowd:
    """Many clients at once, in one thread of their own.  Each is a task; those that are still
    under way can be told to leave."""

    def __init__(self, gw):
        self.gw = gw
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def ask(self, body, key="main", headers=None, read=True, path="/v1/chat/completions"):
        """A Seat at once."""
        seat = Seat()
        text = json.dumps(body).encode()
        head = {"Host": "x", "Authorization": "Bearer " + self.gw.key(key), "Content-Type": "application/json",
                "Content-Length": str(len(text)), "Connection": "close", **(headers or {})}
        wire = (f"POST {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in head.items()) + "\r\n").encode() + text
        seat.future = asyncio.run_coroutine_threadsafe(self._go(seat, wire, read), self.loop)
        return seat

    async def _go(self, seat, wire, read):
        # A small window: a client that does not read is felt soon.
        reader, writer = await asyncio.open_connection("127.0.0.1", self.gw.port, limit=1 << 16)
        seat.writer, seat.reader = writer, reader
        try:
            writer.write(wire)
            await writer.drain()
            seat.sent.set()
            if read is not True:
                await asyncio.wrap_future(read)
            while True:
                data = await reader.read(65536)
                if not data:
                    break
                if not seat.data:
                    seat.first_at = time.monotonic()
                seat.data += data
                seat.marks.append((time.monotonic(), len(seat.data)))
        except OSError:
            seat.broken = True
        finally:
            seat.end_at = time.monotonic()
            writer.transport.abort()

    def leave(self, seat):
        self.loop.call_soon_threadsafe(lambda: seat.writer.transport.abort())

    def close(self):
        async def end():
            tasks = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
            for t in tasks:
                t.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        asyncio.run_coroutine_threadsafe(end(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


class Seat:
    def __init__(self):
        self.data, self.marks, self.broken = bytearray(), [], False
        self.first_at = self.end_at = self.writer = None
        self.sent = threading.Event()

    def has(self, part):
        return part in self.data

    def reply(self, seconds=20):
        self.future.result(seconds)
        head, _, rest = bytes(self.data).partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
        status = int(lines[0].split(" ")[1]) if " " in lines[0] else 0
        whole = True
        if headers.get("transfer-encoding") == "chunked":
            rest, whole = unchunk(rest)
        elif "content-length" in headers:
            whole = len(rest) == int(headers["content-length"])
        return Reply(status, headers, rest, whole)


def unchunk(data):
    out, at = [], 0
    while True:
        end = data.find(b"\r\n", at)
        if end < 0:
            return b"".join(out), False
        n = int(data[at:end], 16)
        if not n:
            return b"".join(out), True
        out.append(data[end + 2:end + 2 + n])
        if end + 2 + n + 2 > len(data):
            return b"".join(out), False
        at = end + 2 + n + 2


# --- what one scene starts -----------------------------------------------------------------

class Stage:
    def __init__(self, args):
        self.args, self.slow = args, args.slow
        self.gateways, self.ends, self.said = [], [], []

    def say(self, text):
        self.said.append(text)

    def gateway(self, text, **more):
        env = dict(SECRETS, **more.pop("env", {}))
        gw = gateway.Gateway(self.args, text, self.slow, env, access_log=True, **more)
        self.gateways.append(gw)
        return gw.start()

    def up(self, make=None):
        return self.keep(Source(make))

    def usual(self, cache='type = "memory";', make=None, workers=2, more="", model_more='unpriced = "free";'):
        """One upstream, one model "m" with the alias "n".  Gateway, upstream, client."""
        up = self.up(make)
        gw = self.gateway(config([provider("up", up.port)], [model("m", ["up"], 'aliases = ( "n" ); ' + model_more)],
                                 cache, workers, more))
        return gw, up, self.client(gw)

    def client(self, gw, key="main", **fields):
        return self.keep(Client(gw, key, **fields))

    def crowd(self, gw):
        return self.keep(Crowd(gw))

    def keep(self, thing):
        self.ends.insert(0, thing)
        return thing

    def finish(self):
        problems = []
        for end in (e for e in self.ends if isinstance(e, (Client, Crowd))):
            end.close()
        for gw in self.gateways:
            if gw.process:
                problems.append(gw.stop())
                if any(secret in gw.log_text() for secret in SECRETS.values()):
                    problems.append("a secret is in the log")
            gw.remove()
        for end in (e for e in self.ends if not isinstance(e, (Client, Crowd))):
            end.close()
        return [p for p in problems if p]


def metric(gw, part):
    """The sum of all samples whose name or labels have the part."""
    status, _, body = gw.request("GET", "/metrics", port=gw.admin_port, headers={"Authorization": "Bearer " + gw.token})
    equal(status, 200, "GET /metrics")
    return sum(float(line.rsplit(" ", 1)[1]) for line in body.decode().split("\n")
               if line and line[0] != "#" and part in line)


def nothing_is_left(gw, seconds=3):
    """Every exchange has ended."""
    check(wait_until(lambda: metric(gw, "conduit_active_requests") == 0, seconds * gw.slow, 0.02),
          f"exchanges are left: {metric(gw, 'conduit_active_requests')}")


def requests_file():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "requests.json")) as f:
        return json.load(f)

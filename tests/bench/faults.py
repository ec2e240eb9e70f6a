#!/usr/bin/env python3
"""What must not hurt: dead connections, clients that leave or do not read, streams of many
pieces, large bodies, stalls, reloads and the end.
SPDX-License-Identifier: MIT

usage: faults.py --conduitd FILE --conduitctl FILE --plugins DIR [--slow N] [NAME...]
"""
import argparse
import http.client
import json
import os
import signal
import socket
import statistics
import struct
import sys
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "support"))
import gateway  # noqa: E402
from upstream import Answer, Upstream  # noqa: E402

CONFIG = """
server = { listen = ( { address = "127.0.0.1"; port = 0; } ); workers = 1; max_body = "16MiB"; };
admin = { listen = ( { address = "127.0.0.1"; port = 0; } ); };
logging = { level = "warn"; };
providers = (
  { name = "up"; type = "openai"; base_url = "http://127.0.0.1:%(up)d/v1"; keys = ( { id = "k1"; secret = "env:FAULTS_SECRET"; } );
    timeout = { connect = "2s"; first_byte = "%(wait)dms"; idle = "%(wait)dms"; total = "200s"; }; },
  { name = "claude"; type = "anthropic"; base_url = "http://127.0.0.1:%(up)d"; keys = ( { id = "k1"; secret = "env:FAULTS_SECRET"; } );
    timeout = { connect = "2s"; first_byte = "%(wait)dms"; idle = "%(wait)dms"; total = "200s"; }; }
);
allow_direct = true;
"""
PIECES = 100000
BIG = 10 << 20


class Failed(Exception):
    pass


def expect(fact, text):
    if not fact:
        raise Failed(text)


# --- the upstream --------------------------------------------------------------------------

def whole(text, claude):
    if claude:
        return {"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
                "content": [{"type": "text", "text": text}], "stop_reason": "end_turn",
                "stop_sequence": None, "usage": {"input_tokens": 3, "output_tokens": 5}}
    return {"id": "c1", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}}


def events(texts, claude):
    """The events of a stream, each as bytes."""
    def event(v):
        name = b"event: " + v["type"].encode() + b"\n" if claude else b""
        return name + b"data: " + json.dumps(v).encode() + b"\n\n"

    def delta(text, why=None):
        return event({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m",
                      "choices": [{"index": 0, "delta": {} if why else {"content": text}, "finish_reason": why}]})

    if not claude:
        yield from (delta(t) for t in texts)
        yield delta("", "stop")
        yield b"data: [DONE]\n\n"
        return
    yield event({"type": "message_start", "message": dict(whole("", True), content=[], stop_reason=None)})
    yield event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
    for t in texts:
        yield event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": t}})
    yield event({"type": "content_block_stop", "index": 0})
    yield event({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None},
                 "usage": {"output_tokens": 5}})
    yield event({"type": "message_stop"})


SSE_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


class Endless(Answer):
    """A stream without end."""


class Faulty(Upstream):
    """Answers after the model's name."""

    def __init__(self):
        self.written, self.ended = {}, 0       # of endless streams: bytes by connection
        texts = [f"{i} " for i in range(PIECES)]
        self.pieces = {claude: SSE_HEAD + b"".join(map(chunk, events(texts, claude))) + b"0\r\n\r\n"
                       for claude in (False, True)}
        super().__init__(self.by_model)

    def by_model(self, request):
        asked = json.loads(request.body)
        claude, model = request.path.endswith("/messages"), asked["model"]
        answers = {
            "plain": lambda: self.plain(asked, claude),
            "late": lambda: Answer(delay=1.0, body=json.dumps(whole("ok", claude)).encode()),
            "never": lambda: Answer(delay=30.0),
            "pieces": lambda: Answer(how="raw", body=self.pieces[claude]),
            "big": lambda: Answer(body=json.dumps(whole("x" * BIG, claude)).encode()),
            "prompt": lambda: Answer(body=json.dumps(whole(f"{len(request.body)}", claude)).encode()),
            "stall": lambda: Answer(how="raw", hang=30.0,
                                    body=b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"),
            "stall-head": lambda: Answer(how="raw", hang=30.0, body=SSE_HEAD),
            "stall-stream": lambda: Answer(how="raw", hang=30.0,
                                           body=SSE_HEAD + chunk(next(events(["one"], False)))),
            "endless": lambda: Endless(),
        }
        return answers[model]()

    def plain(self, asked, claude):
        if not asked.get("stream"):
            return Answer(body=json.dumps(whole("ok", claude)).encode())
        answer = Answer(type="text/event-stream", how="chunked", gap=0.1)
        answer.pieces = lambda: iter([chunk(e) for e in events("0123456789", claude)] + [b"0\r\n\r\n"])
        return answer

    def _answer(self, c, request, a):
        if not isinstance(a, Endless):
            return super()._answer(c, request, a)
        c.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 << 10)
        piece = chunk(next(events(["x" * 3000], False)))
        try:
            c.sendall(SSE_HEAD)
            while True:
                c.sendall(piece)
                self.written[request.connection] = self.written.get(request.connection, 0) + len(piece)
        except OSError:
            with self.lock:
                self.ended += 1
        return False

    def reset_all(self):
        """Every connection ends by RST.  A thread that waits in recv holds its socket open, so
        it is woken; what it then has in hand is no longer a socket."""
        with self.lock:
            doomed, self.open = self.open, set()
        for c in doomed:
            with socket.socket(fileno=c.detach()) as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                s.shutdown(socket.SHUT_RD)
        return len(doomed)


# --- the client ----------------------------------------------------------------------------

def body_of(model, stream=False, text="hi"):
    return json.dumps({"model": model, "stream": stream, "messages": [{"role": "user", "content": text}]}).encode()


class Client:
    def __init__(self, gw, timeout=30):
        self.gw = gw
        self.http = http.client.HTTPConnection("127.0.0.1", gw.port, timeout=timeout * gw.slow)

    def ask(self, model, stream=False, text="hi"):
        """(status, bytes, whole)"""
        headers = {"Authorization": "Bearer " + self.gw.key(), "Content-Type": "application/json"}
        try:
            self.http.request("POST", "/v1/chat/completions", body_of(model, stream, text), headers)
            r = self.http.getresponse()
        except (OSError, http.client.HTTPException) as e:
            self.http.close()
            return 0, repr(e).encode(), False
        try:
            return r.status, r.read(), True
        except (OSError, http.client.HTTPException) as e:
            self.http.close()
            return r.status, getattr(e, "partial", b""), False

    def close(self):
        self.http.close()


def text_of(data):
    """What a stream says, and whether it ends with [DONE]."""
    out, done = [], False
    for line in data.split(b"\n"):
        if line == b"data: [DONE]":
            done = True
        elif line.startswith(b"data: "):
            for choice in json.loads(line[6:]).get("choices", ()):
                out.append(choice["delta"].get("content") or "")
    return "".join(out), done


def raw_request(gw, model, stream, room=None):
    """A socket on which the request has been sent."""
    s = socket.socket()
    if room:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    s.settimeout(30 * gw.slow)
    s.connect(("127.0.0.1", gw.port))
    body = body_of(model, stream)
    s.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
              b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s" % (gw.key().encode(), len(body), body))
    return s


def together(count, work):
    """work(i) in threads; their results."""
    out = [None] * count

    def one(i):
        out[i] = work(i)

    threads = [threading.Thread(target=one, args=(i,), daemon=True) for i in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(120)
    return out


def wait_until(fact, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if fact():
            return True
        time.sleep(0.005)
    return fact()


# --- faults --------------------------------------------------------------------------------

class Faults:
    def __init__(self, args):
        self.args, self.slow = args, args.slow
        self.up = Faulty()
        self.gw = self.start()

    def start(self):
        values = {"up": self.up.port, "wait": int(2000 * self.slow)}
        return gateway.Gateway(self.args, CONFIG % values, self.slow, {"FAULTS_SECRET": "sk-faults"}).start()

    def one(self, model, **more):
        client = Client(self.gw)
        try:
            return client.ask(model, **more)
        finally:
            client.close()

    def still_fine(self):
        status, data, _ = self.one("up/plain")
        expect(status == 200, f"the next request got {status}: {data[:300]}")

    def stale(self, count):
        """Idle upstream connections that are reset: no request fails.  The gateway sleeps
        meanwhile, so that it finds the resets and the next requests at the same time."""
        first = together(count, lambda i: self.one("up/late"))
        expect(all(r[0] == 200 for r in first), f"before the resets: {first}")
        self.gw.process.send_signal(signal.SIGSTOP)
        dropped = self.up.reset_all()
        wake = threading.Timer(0.2, self.gw.process.send_signal, (signal.SIGCONT,))
        wake.start()
        expect(dropped >= count, f"only {dropped} connections were open")
        after = together(count + 2, lambda i: self.one("up/plain"))
        bad = [r for r in after if r[0] != 200]
        expect(not bad, f"{len(bad)} of {len(after)} requests failed: {bad[:2]}")
        return f"{dropped} connections, {len(after)} requests"

    def stale_six(self):
        """six upstream connections are reset while idle"""
        return self.stale(6)

    def stale_twenty(self):
        """twenty upstream connections are reset while idle"""
        return self.stale(20)

    def gone(self):
        """the client leaves before the first token: the upstream is left at once"""
        delays = []
        for i in range(50):
            before = len(self.up.requests)
            s = raw_request(self.gw, "up/never", stream=i % 2 == 0)
            expect(wait_until(lambda: len(self.up.requests) > before, 5 * self.slow), "upstream was not asked")
            request = self.up.requests[-1]
            time.sleep(0.002)
            left = time.monotonic()
            s.close()
            expect(wait_until(lambda: request.closed_at is not None, 5 * self.slow), "upstream was not left in 5 s")
            delays.append((request.closed_at - left) * 1e3)
        quick = sum(d <= 50 * self.slow for d in delays)
        shown = f"of 50: median {statistics.median(delays):.1f} ms, longest {max(delays):.1f} ms"
        expect(quick >= 45 and max(delays) <= 500 * self.slow, f"{quick} were left within 50 ms; {shown}")
        return shown

    def pieces(self):
        """100,000 chunks back to back arrive complete and in order"""
        want = "".join(f"{i} " for i in range(PIECES))
        for model in ("up/pieces", "claude/pieces"):
            status, data, complete = self.one(model, stream=True)
            text, done = text_of(data)
            expect(status == 200 and complete and done,
                   f"{model}: {status}, whole {complete}, {len(data)} bytes, the last {data[-400:]}")
            expect(text == want, f"{model}: {len(text)} characters instead of {len(want)}")

    def big_answer(self):
        """a whole answer of 10 MB arrives"""
        for model in ("up/big", "claude/big"):
            status, data, complete = self.one(model)
            expect(status == 200 and complete, f"{model}: {status}, whole {complete}: {data[:300]}")
            text = json.loads(data)["choices"][0]["message"]["content"]
            expect(text == "x" * BIG, f"{model}: {len(text)} characters")

    def big_prompt(self):
        """prompts of 5 and 12 MB pass when max_body allows them"""
        for model in ("up/prompt", "claude/prompt"):
            for size in (5 << 20, 12 << 20):
                status, data, _ = self.one(model, text="y" * size)
                expect(status == 200, f"{model}, {size} bytes: {status} {data[:300]}")
                got = int(json.loads(data)["choices"][0]["message"]["content"])
                expect(got > size, f"{model}: upstream saw {got} of {size} bytes")
        status, data, _ = self.one("up/prompt", text="y" * (17 << 20))
        expect(status in (0, 413), f"17 MB with max_body = 16MiB: {status} {data[:300]}")

    def stalls(self):
        """an upstream that stalls after its head, or in a stream, is given up"""
        for model, stream in (("up/stall", False), ("up/stall-head", True)):
            status, data, _ = self.one(model, stream=stream)
            expect(status == 504, f"{model}: {status} {data[:300]}")
            expect(json.loads(data)["error"]["code"] == "upstream_timeout", f"{model}: {data[:300]}")
        status, data, _ = self.one("up/stall-stream", stream=True)
        expect(status == 200 and b"one" in data and b"[DONE]" not in data, f"in a stream: {status} {data[:300]}")
        expect(b"error" in data, f"the client was not told: {data[:300]}")
        self.still_fine()

    def reload(self):
        """20 reloads while 200 requests a second run: none fails"""
        stop, bad, counts = threading.Event(), [], [0] * 10

        def ask(i):
            client, due = Client(self.gw), time.monotonic() + i * 0.005
            while not stop.is_set():
                model = "claude/plain" if counts[i] % 2 else "up/plain"
                status, data, complete = client.ask(model)
                counts[i] += 1
                if status != 200 or not complete:
                    bad.append((status, data[:300]))
                due += 0.05
                time.sleep(max(0, due - time.monotonic()))
            client.close()

        threads = [threading.Thread(target=ask, args=(i,), daemon=True) for i in range(len(counts))]
        for t in threads:
            t.start()
        config = CONFIG % {"up": self.up.port, "wait": int(2000 * self.slow)}
        for i in range(20):
            self.gw.write_config(config + 'models = ( { name = "version-%d"; targets = ( { provider = "up"; '
                                 'model = "plain"; } ); unpriced = "free"; } );\n' % i)
            self.gw.process.send_signal(signal.SIGHUP)
            time.sleep(0.15)
        last = wait_until(lambda: self.one("version-19")[0] == 200, 5 * self.slow)
        stop.set()
        for t in threads:
            t.join(30)
        expect(not bad, f"{len(bad)} of {sum(counts)} requests failed: {bad[:2]}")
        expect(last, "the last configuration is not in effect")
        return f"{sum(counts)} requests"

    def end(self):
        """SIGTERM during streams: they finish"""
        def ask(i):
            return self.one("claude/plain" if i % 2 else "up/plain", stream=True)

        asked = len(self.up.requests)
        threads = threading.Thread(target=lambda: results.extend(together(20, ask)), daemon=True)
        results = []
        threads.start()
        expect(wait_until(lambda: len(self.up.requests) >= asked + 20, 10 * self.slow), "the streams did not begin")
        time.sleep(0.2)
        why = self.gw.stop()
        threads.join(30)
        expect(why is None, why)
        for status, data, complete in results:
            text, done = text_of(data) if status == 200 else ("", False)
            expect(complete and done and text == "0123456789", f"{status}, whole {complete}: {data[:300]}")
        expect(len(results) == 20, "not all streams ended")


class SlowReaders:
    """100 clients that ask for an endless stream and do not read, on a gateway of their own.
    Who takes nothing is cut after 30 s, at most twice that: begun first, looked at last."""
    COUNT = 100

    def __init__(self, args):
        self.faults = Faults(args)
        self.gw, self.up, self.slow = self.faults.gw, self.faults.up, args.slow

    def paused(self):
        """100 slow readers: little memory, upstream waits, others are served"""
        together(20, lambda i: self.faults.one("up/late"))
        before = self.gw.rss_kb()
        self.sockets = [raw_request(self.gw, "up/endless", True, 4096) for _ in range(self.COUNT)]
        expect(wait_until(lambda: len(self.up.written) == self.COUNT, 20 * self.slow),
               f"only {len(self.up.written)} streams began")
        client, took = Client(self.gw), []
        for _ in range(200):
            begin = time.monotonic()
            status, data, _ = client.ask("up/plain")
            took.append((time.monotonic() - begin) * 1e3)
            expect(status == 200, f"another client got {status}: {data[:300]}")
        client.close()
        still = wait_until(self.quiet, 10 * self.slow)
        each = (self.gw.rss_kb() - before) / self.COUNT
        p99 = statistics.quantiles(took, n=100)[98]
        shown = f"{each:.0f} KB each, p99 of others {p99:.1f} ms, {sum(self.up.written.values()) >> 20} MB taken"
        expect(still, f"upstream was read on: {shown}")
        expect(each <= 512, shown)
        expect(p99 <= 250 * self.slow, shown)
        return shown

    def quiet(self):
        """Nothing is written for half a second."""
        before = sum(self.up.written.values())
        time.sleep(0.5)
        return sum(self.up.written.values()) == before

    def cut(self):
        """100 slow readers: all are cut, and their upstreams left"""
        expect(wait_until(lambda: self.up.ended == self.COUNT, 70), f"{self.up.ended} of {self.COUNT} in 70 s")
        for s in self.sockets:
            data = b""
            try:
                while more := s.recv(65536):
                    data = more
            except OSError:
                pass
            s.close()
            expect(not data.endswith(b"0\r\n\r\n"), "a cut stream looks complete")
        self.faults.still_fine()
        why = self.gw.stop()
        expect(why is None, why)

    def remove(self):
        self.gw.remove()
        self.up.close()


def run(tests, names):
    passed = failed = 0
    for test in tests:
        if names and test.__name__ not in names:
            continue
        begin = time.monotonic()
        try:
            shown = test()
            passed += 1
            print(f"ok    {test.__doc__}" + (f": {shown}" if shown else "") +
                  f" ({time.monotonic() - begin:.1f} s)", flush=True)
        except (Failed, OSError, RuntimeError, ValueError, KeyError) as e:
            failed += 1
            print(f"FAIL  {test.__doc__}: {type(e).__name__} {e}", flush=True)
    return passed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    gateway.add_arguments(parser)
    parser.add_argument("names", nargs="*", help="of " + " ".join(ALL))
    args = parser.parse_args()
    slow, faults = SlowReaders(args), Faults(args)
    try:
        passed, failed = run([slow.paused, faults.stale_six, faults.stale_twenty, faults.gone, faults.pieces,
                              faults.big_answer, faults.big_prompt, faults.stalls, faults.reload, faults.end,
                              slow.cut], args.names)
    finally:
        slow.remove()
        faults.gw.remove()
        faults.up.close()
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


ALL = ("paused", "stale_six", "stale_twenty", "gone", "pieces", "big_answer", "big_prompt", "stalls", "reload",
       "end", "cut")

if __name__ == "__main__":
    sys.exit(main())

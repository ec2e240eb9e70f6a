"""An upstream that speaks OpenAI's chat, whole and streamed, and fails as it is told while it runs.
SPDX-License-Identifier: MIT

For figures under load there is tests/bench/mock.c, which breaks off in the same ways."""
import hashlib
import json
import socket
import threading
import time

from upstream import Answer, Upstream

FOREVER = 60.0
SSE_HEAD = (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
SSE_HEAD_CLOSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(value, separators=(",", ":")):
    text = value if isinstance(value, bytes) else json.dumps(value, separators=separators).encode()
    return b"data: " + text + b"\n\n"


def delta(text=None, why=None, role=False, **more):
    content = {"content": text} if text is not None else {}
    if role:
        content = {"role": "assistant", "content": ""}
    return event(dict({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m",
                       "choices": [{"index": 0, "delta": content, "finish_reason": why}]}, **more))


def usage(asked=3, said=5, cached=0):
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said,
            "prompt_tokens_details": {"cached_tokens": cached}}


def error(message="The upstream was told to fail.", type="server_error", code=None):
    return {"error": {"message": message, "type": type, "param": None, "code": code}}


def answer_whole(text, bill):
    return {"id": "c1", "object": "chat.completion", "created": 1, "model": "m", "usage": bill,
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}


def answer_events(words, bill):
    """The events of a good stream: role, one a word, finish, usage, [DONE]."""
    last = event({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [], "usage": bill})
    return [delta(role=True)] + [delta(w) for w in words] + [delta(why="stop"), last, event(b"[DONE]")]


class Fault:
    """What goes wrong.  None of it: a good answer.

    status, code, message, type, retry_after: refuse so.  delay: seconds before the head.
    stop: where an answer breaks off: "ask" before its head, "head" behind it, "role" behind the first
    event, "token" behind so many words (after), a number: behind so many bytes of the wire.
    then: "hang" "reset" "close" "drip" (a comment each gap seconds) "error" (an error event, then a good
    end) "done" (an error event, then [DONE]); a whole answer, which has no events, is closed.
    gap: between comments, or between events of a good answer.  comments: send so many before the first
    token, then go on.  corrupt: from this byte of the body on, each is turned round.
    framed: False: the stream ends with its connection.
    lasts: seconds, times: requests, each: only each Nth request; who: only those for which it is true."""

    def __init__(self, status=0, code=None, message="The upstream was told to fail.", type="server_error",
                 retry_after=None, delay=0.0, stop=None, then="hang", gap=0.0, after=1, comments=0, corrupt=None,
                 framed=True, lasts=None, times=None, each=1, who=None, headers=()):
        self.__dict__.update(locals())
        del self.__dict__["self"]
        self.until = time.monotonic() + lasts if lasts else None
        self.seen = 0

    def hits(self, request):
        if self.until and time.monotonic() > self.until or self.who and not self.who(request):
            return False
        self.seen += 1
        if self.seen % self.each:
            return False
        return self.times is None or self.seen // self.each <= self.times


class Stream(Answer):
    """A stream by hand: bytes and pauses."""

    def __init__(self, steps, **more):
        super().__init__(how="raw", **more)
        self.steps = steps

    def pieces(self):
        return iter(self.steps)


class Faulty(Upstream):
    """play(...) says what goes wrong from now on; caches: it bills prompts whose beginning it has seen."""

    def __init__(self, words=("Hello", " from", " here"), caches=False):
        self.words, self.caches, self.fault, self.muted = list(words), caches, None, threading.Event()
        self.prefixes, self.busy = set(), 0
        super().__init__(self.by_fault)

    def play(self, **fault):
        self.fault = Fault(**fault) if fault else None

    def mute(self, on):
        """It stops reading."""
        (self.muted.set if on else self.muted.clear)()

    def clear(self):
        with self.lock:
            self.requests = []

    @property
    def asked(self):
        return len(self.requests)

    def _serve(self, c, number):
        while self.muted.is_set():
            time.sleep(0.01)
        super()._serve(c, number)

    def bill(self, asked):
        texts = [json.dumps(m, sort_keys=True) for m in asked.get("messages", ())]
        total, cached, seen = 0, 0, hashlib.sha256()
        with self.lock:
            for text in texts:
                total += len(text) // 4
                seen.update(text.encode())
                if self.caches and seen.digest() in self.prefixes:
                    cached = total
                self.prefixes.add(seen.digest())
        return usage(max(total, 1), len(self.words), cached)

    def by_fault(self, request):
        asked = json.loads(request.body)
        with self.lock:
            fault = self.fault if self.fault and self.fault.hits(request) else Fault()
        bill = self.bill(asked)
        if fault.status:
            head = list(fault.headers) + ([("Retry-After", str(fault.retry_after))] if fault.retry_after is not None else [])
            return Answer(fault.status, headers=head, delay=fault.delay,
                          body=json.dumps(error(fault.message, fault.type, fault.code)).encode())
        if fault.stop == "ask":
            return self.silent(fault)
        if asked.get("stream"):
            return self.streamed(fault, bill)
        return self.whole(fault, bill)

    @staticmethod
    def silent(fault):
        if fault.then in ("reset", "close"):
            return Answer(refuse=True, reset=fault.then == "reset")
        return Answer(delay=FOREVER)

    def whole(self, fault, bill):
        body = json.dumps(answer_whole("".join(self.words), bill)).encode()
        if fault.corrupt is not None:
            body = body[:fault.corrupt] + bytes(b ^ 0x80 for b in body[fault.corrupt:])
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        wire = head + body
        if fault.stop is None:
            return Answer(body=body, delay=fault.delay)
        where = {"head": len(head), "role": len(head) + 20, "token": len(wire) - 20}
        return Stream([wire[:where.get(fault.stop, fault.stop)]], delay=fault.delay, reset=fault.then == "reset",
                      hang=FOREVER if fault.then in ("hang", "drip") else 0.0)

    def streamed(self, fault, bill):
        events = answer_events(self.words, bill)
        if fault.corrupt is not None:
            whole = b"".join(events)
            events = [whole[:fault.corrupt] + bytes(b ^ 0x80 for b in whole[fault.corrupt:])]
        frame = chunk if fault.framed else bytes
        head = SSE_HEAD if fault.framed else SSE_HEAD_CLOSE
        parts = [frame(e) for e in events]
        if fault.framed:
            parts.append(b"0\r\n\r\n")
        if isinstance(fault.stop, int):
            return Stream([(head + b"".join(parts))[:len(head) + fault.stop]], delay=fault.delay,
                          reset=fault.then == "reset")
        steps = [head] + [frame(b": thinking\n\n")] * fault.comments
        kept = {None: len(parts), "head": 0, "role": 1, "token": 1 + fault.after}[fault.stop]
        steps += parts[:kept]
        if fault.stop is None:
            return Stream(steps if fault.gap else [b"".join(steps)], delay=fault.delay, gap=fault.gap)
        hang = 0.0
        if fault.then == "drip":
            steps += [frame(b": thinking\n\n")] * int(FOREVER / fault.gap)
        elif fault.then in ("error", "done"):
            steps += [frame(event(error(fault.message, fault.type, fault.code)))]
            steps += [frame(event(b"[DONE]"))] if fault.then == "done" else []
            steps += [b"0\r\n\r\n"] if fault.framed else []
        elif fault.then == "hang":
            hang = FOREVER
        return Stream(steps if fault.gap else [b"".join(steps)], delay=fault.delay, gap=fault.gap, hang=hang,
                      reset=fault.then == "reset")


class Deaf:
    """A port where no connection comes about: the queue of those that wait is full."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        self.fillers = [socket.socket() for _ in range(4)]
        for s in self.fillers:
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", self.port))

    def close(self):
        for s in self.fillers + [self.listener]:
            s.close()

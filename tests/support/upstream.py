"""A scripted upstream on loopback: each connection's requests are answered from a queue.
SPDX-License-Identifier: MIT"""
import fnmatch
import random
import socket
import struct
import threading
import time


class Answer:
    """What to send for one request.

    status, type, headers, body; how: "whole" (Content-Length), "chunked", "close" (until the
    connection closes), "raw" (body is everything, status line too).
    split: seed for random pieces; gap: seconds between pieces; delay: seconds before the head;
    cut: close after that many body bytes; reset: ... by RST; hang: seconds of silence after the
    body (or before the head with hang_first); refuse: close without a byte.
    path: for requests there only (fnmatch's pattern, query and all), in whatever order they come;
    method: for these only.  Without them it is for whatever request comes next."""

    def __init__(self, status=200, type="application/json", body=b"", headers=(), how="whole",
                 split=None, gap=0.0, delay=0.0, cut=None, reset=False, hang=0.0, refuse=False,
                 path=None, method=None):
        self.__dict__.update(locals())
        del self.__dict__["self"]

    def fits(self, request):
        return (not self.path or fnmatch.fnmatchcase(request.path, self.path)) and \
            self.method in (None, request.method)

    def head(self):
        reason = {200: "OK", 429: "Too Many Requests"}.get(self.status, "Status")
        lines = [f"HTTP/1.1 {self.status} {reason}"]
        if self.type:
            lines.append(f"Content-Type: {self.type}")
        lines += [f"{k}: {v}" for k, v in self.headers]
        if self.how == "whole":
            lines.append(f"Content-Length: {len(self.body)}")
        elif self.how == "chunked":
            lines.append("Transfer-Encoding: chunked")
        else:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def pieces(self):
        """The body as it goes out; a cut ends it early."""
        data = self.body if self.cut is None else self.body[:self.cut]
        if self.split is None:
            parts = [data] if data else []
        else:
            rng, parts, at = random.Random(self.split), [], 0
            while at < len(data):
                n = rng.choice([1, 2, 3, 7, 20, 100, 1000])
                parts.append(data[at:at + n])
                at += n
        for part in parts:
            yield b"%x\r\n%s\r\n" % (len(part), part) if self.how == "chunked" else part
        if self.how == "chunked" and self.cut is None:
            yield b"0\r\n\r\n"


class Request:
    def __init__(self, method, path, headers, body, connection):
        self.method, self.path, self.headers, self.body = method, path, headers, body
        self.connection, self.closed_at = connection, None

    def header(self, name):
        return self.headers.get(name.lower())


class Upstream:
    """Answers come from `script` (a list, first come first served) or from `respond(request)`."""

    def __init__(self, respond=None):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.script, self.requests, self.respond = [], [], respond
        self.connections = 0
        self.open = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def expect(self, *answers):
        with self.lock:
            self.script, self.requests = list(answers), []

    def close(self):
        self.listener.close()
        self.drop_all()

    def drop_all(self, reset=False):
        """Closes every open connection (by RST when reset)."""
        with self.lock:
            doomed, self.open = self.open, set()
        for c in doomed:
            _end(c, reset)
        return len(doomed)

    def _accept(self):
        while True:
            try:
                c, _ = self.listener.accept()
            except OSError:
                return
            c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.connections += 1
                number = self.connections
                self.open.add(c)
            threading.Thread(target=self._serve, args=(c, number), daemon=True).start()

    def _serve(self, c, number):
        rest = b""
        try:
            while True:
                request, rest = _read_request(c, rest, number)
                if request is None:
                    break
                with self.lock:
                    self.requests.append(request)
                    answer = next((a for a in self.script if a.fits(request)), None)
                    if answer:
                        self.script.remove(answer)
                if answer is None and self.respond:
                    answer = self.respond(request)
                if answer is None:
                    answer = Answer(599, body=b'{"error":{"message":"the script has no answer left"}}')
                if not self._answer(c, request, answer):
                    break
        except OSError:
            pass
        finally:
            with self.lock:
                self.open.discard(c)
            _end(c, False)

    def _answer(self, c, request, a):
        """False when the connection is to be closed."""
        if a.refuse:
            _end(c, a.reset)
            return False
        if a.delay and _peer_left(c, a.delay):
            request.closed_at = time.monotonic()
            return False
        try:
            if a.how != "raw":
                first, pieces = a.head(), list(a.pieces())
                if a.split is None and not a.gap and pieces:
                    first, pieces = first + b"".join(pieces), []
                c.sendall(first)
            else:
                pieces = list(a.pieces())
            for p in pieces:
                c.sendall(p)
                if a.gap and _peer_left(c, a.gap):
                    request.closed_at = time.monotonic()
                    return False
                if a.split is not None and not a.gap:
                    time.sleep(0.0002)
        except OSError:
            request.closed_at = time.monotonic()
            return False
        if a.hang and _peer_left(c, a.hang):
            request.closed_at = time.monotonic()
            return False
        if a.cut is not None or a.how in ("close", "raw"):
            _end(c, a.reset)
            return False
        return True


def _peer_left(c, seconds):
    """Waits; True as soon as the other side has closed."""
    c.settimeout(seconds)
    try:
        return c.recv(1, socket.MSG_PEEK) == b""
    except TimeoutError:
        return False
    except OSError:
        return True
    finally:
        try:
            c.settimeout(None)
        except OSError:
            pass


def _end(c, reset):
    try:
        if reset:
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            c.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    c.close()


def _read_request(c, rest, number):
    while b"\r\n\r\n" not in rest:
        more = c.recv(65536)
        if not more:
            return None, b""
        rest += more
    head, rest = rest.split(b"\r\n\r\n", 1)
    lines = head.decode("latin-1").split("\r\n")
    method, path, _ = lines[0].split(" ", 2)
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    length = int(headers.get("content-length", "0"))
    while len(rest) < length:
        more = c.recv(65536)
        if not more:
            return None, b""
        rest += more
    return Request(method, path, headers, rest[:length], number), rest[length:]

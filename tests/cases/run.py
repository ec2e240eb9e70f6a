#!/usr/bin/env python3
"""Runs tests/cases/*.case and plugins/*/t/*.case against a real conduitd and a scripted upstream.
SPDX-License-Identifier: MIT

usage: run.py --conduitd FILE --conduitctl FILE --plugins DIR [--slow N] [-v] [NAME...]

A file holds cases; a case is a line "# case NAME" and sections that begin with "== ".

  == upstream POST PATH -> STATUS TYPE [how=chunked] [split=N] [cut=N] [delay=S] [gap=S] [hang=S]
                                       [refuse] [reset]       one answer; body follows
     > Name: value                     a header of that answer (before the body)
     @file PATH                        body from a file of the repository
     @sse PATH [named]                 body: a .chunks.txt file framed as SSE ("named": event: lines)
  == client METHOD PATH [key=NAME|none] [auth=HEADER] [gone=S] [asked=N] [times=N] [apart] [after=S]
     apart: on a thread of its own, its answer is not looked at, and what follows waits until it is under way:
     the upstream has it, or the answer has begun; after: so long after the last one
     gone: leaves so long after it is under way (asked=N: after the upstream has N more requests, 0: it was sent)
     > Name: value                     a header of the request
     @answer N PATH@ in the path (with : for blanks) and the body: of the case's N-th answer, -1 is the latest
     body follows (a line "@file PATH" too; a last line "@repeat N TEXT" is TEXT N times; "@form" and then lines
     NAME=VALUE or NAME=@FILENAME TYPE BYTES: a form with these parts, \\x00 escapes understood in BYTES)
  == admin METHOD PATH [after=S]       the same to the admin API, with its token; @id:NAME@ in the path
                                       is the id of that key
  == raw                               bytes to send as they are, \\r \\n \\x00 escapes understood
  == expect STATUS                     several may follow:
     header NAME: VALUE | header NAME ~ REGEX | no header NAME
     json PATH == VALUE | json PATH ~ REGEX | json PATH absent | json PATH length N | json PATH >= N | ... <= N
     text == TEXT (\\n understood) | text ~ REGEX | text lacks TEXT | bytes N (length of the body)
     events N | event I PATH == VALUE | event PATH == VALUE (some event) | no event PATH == VALUE
     content == TEXT                   all choices[0].delta.content joined
     done | no done                    the last event is [DONE]
     upstream N                        requests that reached it
     upstream json PATH == VALUE ... | upstream header NAME: VALUE | upstream path PATH |
     upstream body == TEXT | upstream lacks TEXT         of its last request
     upstream part NAME == VALUE | upstream part NAME absent        of its form; of a file:
                                       "FILENAME TYPE BYTES"; several of a name with commas
     upstream closed within S          after the client left
     metric NAME{LABELS} == N          of /metrics
     log FIELD == VALUE | log FIELD ~ REGEX | log FIELD absent   of the access log's last line
  == config                            libconfig text appended to the default configuration
  == group NAME {json}                 a group of keys, with these fields
  == key NAME {json}                   another key, with these fields
"""
import argparse
import glob
import http.client
import json
import os
import re
import select
import socket
import sys
import threading
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
import forms  # noqa: E402
import gateway  # noqa: E402
from reading import TOP, answer_of, options_of, read_cases, split_body, unescape  # noqa: E402
from upstream import Upstream  # noqa: E402

CONFIG = """
server = { listen = ( { address = "127.0.0.1"; port = 0; } ); workers = %(workers)s; max_body = "1MiB"; };
admin = { listen = ( { address = "127.0.0.1"; port = 0; } ); };
logging = { level = "debug"; };
providers = (
  { name = "up"; type = "openai"; base_url = "http://127.0.0.1:%(up)d/v1"; keys = ( { id = "k1"; secret = "env:CASE_UP_SECRET"; } );
    abort_stops_billing = "yes"; timeout = { connect = "1s"; first_byte = "%(short)dms"; idle = "%(short)dms"; total = "20s"; }; },
  { name = "claude"; type = "anthropic"; base_url = "http://127.0.0.1:%(up)d"; keys = ( { id = "k1"; secret = "env:CASE_UP_SECRET"; } );
    abort_stops_billing = "yes"; timeout = { connect = "1s"; first_byte = "%(short)dms"; idle = "%(short)dms"; total = "20s"; }; },
  { name = "both"; type = "openai"; base_url = "http://127.0.0.1:%(up)d/v1"; keys = ( { id = "k1"; secret = "env:CASE_UP_SECRET"; } );
    options = { responses = true; }; },
  { name = "dead"; type = "openai"; base_url = "http://127.0.0.1:%(dead)d/v1"; keys = ( ); },
  { name = "mock"; type = "mock"; keys = ( ); }
);
models = (
  { name = "gpt"; aliases = [ "gpt-alias", "wild-*" ]; targets = ( { provider = "up"; model = "gpt-4o-2024-08-06"; } ); context_window = 128000; capabilities = [ "chat", "tools" ]; unpriced = "free"; },
  { name = "same"; targets = ( { provider = "up"; model = "same"; } ); unpriced = "free"; },
  { name = "claude"; targets = ( { provider = "claude"; model = "claude-sonnet-4-5-20250929"; } ); unpriced = "free"; },
  { name = "down"; targets = ( { provider = "dead"; model = "x"; } ); unpriced = "free"; },
  { name = "pair"; targets = ( { provider = "dead"; model = "x"; }, { provider = "up"; model = "gpt-4o"; } ); unpriced = "free"; },
  { name = "twice"; targets = ( { provider = "up"; model = "first"; }, { provider = "claude"; model = "claude-second"; } ); unpriced = "free"; },
  { name = "also"; targets = ( { provider = "claude"; model = "claude-one"; }, { provider = "claude"; model = "claude-other"; } ); unpriced = "free"; },
  { name = "mock"; targets = ( { provider = "mock"; model = "mock"; } ); capabilities = [ "chat", "embeddings" ]; unpriced = "free"; },
  { name = "mock-err"; targets = ( { provider = "mock"; model = "mock-x429"; } ); unpriced = "free"; },
  { name = "mock-break"; targets = ( { provider = "mock"; model = "mock-n5-b3"; } ); unpriced = "free"; },
  { name = "mock-tools"; targets = ( { provider = "mock"; model = "mock-p"; } ); unpriced = "free"; },
  { name = "mock-think"; targets = ( { provider = "mock"; model = "mock-r"; } ); unpriced = "free"; },
  { name = "mock-short"; targets = ( { provider = "mock"; model = "mock-f"; } ); unpriced = "free"; },
  { name = "mock-plain"; targets = ( { provider = "mock"; model = "mock-w"; } ); unpriced = "free"; },
  { name = "mock-slow"; targets = ( { provider = "mock"; model = "mock-d30-n20-g%(gap)d"; } ); unpriced = "free"; }
);
allow_direct = true;
"""
UP_SECRET = "sk-upstream-canary-5f2d9c"


class Failed(Exception):
    pass


# --- looking -------------------------------------------------------------------------------

ABSENT = object()


def look(value, path):
    """.a.b[0]["c d"] in parsed JSON."""
    for m in re.finditer(r'\.([A-Za-z_][\w-]*)|\[(-?\d+)\]|\["([^"]*)"\]', path):
        try:
            if m.group(2) is not None:
                value = value[int(m.group(2))]
            else:
                value = value[m.group(1) or m.group(3)]
        except (KeyError, IndexError, TypeError):
            return ABSENT
    return value


def compare(got, rest, what):
    """rest: "== JSON", "~ REGEX", "absent", "length N"."""
    op, _, arg = rest.partition(" ")
    shown = "absent" if got is ABSENT else json.dumps(got)[:600]
    if op == "absent":
        ok = got is ABSENT
    elif got is ABSENT:
        ok = False
    elif op == "==":
        ok = got == json.loads(arg)
    elif op == "~":
        ok = re.search(arg, got if isinstance(got, str) else json.dumps(got)) is not None
    elif op == "length":
        ok = len(got) == int(arg)
    elif op == ">=":
        ok = got >= json.loads(arg)
    elif op == "<=":
        ok = got <= json.loads(arg)
    else:
        raise Failed(f"what is '{op}'?")
    if not ok:
        raise Failed(f"{what} {rest}\n      got: {shown}")


def path_and_rest(text):
    m = re.match(r'((?:\.[A-Za-z_][\w-]*|\[-?\d+\]|\["[^"]*"\])*) (.*)', text)
    if not m:
        raise Failed(f"no path in '{text}'")
    return m.group(1), m.group(2)


class Result:
    """What one client saw."""

    def __init__(self, status=0, headers=None, body=b"", cut=False):
        self.status, self.headers, self.body, self.cut = status, headers or {}, body, cut

    def events(self):
        out = []
        for block in self.body.decode("utf-8", "replace").replace("\r\n", "\n").split("\n\n"):
            data = [line[5:].removeprefix(" ") for line in block.split("\n") if line.startswith("data:")]
            if data:
                out.append("\n".join(data))
        return out

    def kept(self, before):
        """What was answered before, and this: its JSON, or its last event."""
        try:
            return before + [json.loads(self.body) if self.body[:1] == b"{" else self.parsed_events()[-1]]
        except (ValueError, IndexError):
            return before + [None]

    def parsed_events(self):
        return [json.loads(e) for e in self.events() if e != "[DONE]"]


# --- running -------------------------------------------------------------------------------

class Runner:
    def __init__(self, args):
        self.args, self.slow = args, args.slow
        self.upstream = Upstream()
        self.gateways, self.broken = {}, {}
        self.id, self.kept = None, []
        self.dead = socket.socket()             # nobody listens, and nobody else can
        self.dead.bind(("127.0.0.1", 0))

    def gateway_for(self, extra):
        if extra in self.broken:
            raise Failed("its gateway did not start: " + self.broken[extra])
        if extra not in self.gateways:
            values = {"up": self.upstream.port, "dead": self.dead.getsockname()[1], "workers": 2,
                      "short": int(1000 * self.slow), "gap": int(50 * self.slow)}
            config = CONFIG % values + extra.replace("@up@", str(self.upstream.port))
            # A section that a case sets itself replaces the default one.
            for name in re.findall(r"^(server|logging|allow_direct) *=", extra, re.M):
                config = re.sub(rf"(?m)^{name} = .*\n", "", config, count=1)
            for name in re.findall(r"^(providers|models) *=", extra, re.M):
                config = re.sub(rf"(?ms)^{name} = \(\n.*?^\);\n", "", config, count=1)
            env = {"CASE_UP_SECRET": UP_SECRET, "CASE_UP_SECRET2": UP_SECRET + "-2"}
            gw = gateway.Gateway(self.args, config, self.slow, env)
            try:
                self.gateways[extra] = gw.start()
            except (OSError, RuntimeError) as e:
                self.broken[extra] = str(e)[-3000:]
                gw.remove()
                raise
        return self.gateways[extra]

    def recalled(self, text):
        """@answer N PATH@ (in a path @answer:N:PATH@): of the case's N-th answer, -1 is the latest."""
        return re.sub(r"@answer[ :](-?\d+)[ :]([^@\s]+)@", lambda m: str(look(self.kept[int(m.group(1))], m.group(2))), text)

    def under_way(self, asked, before, is_answered):
        """Waits until the upstream has so many requests more than before, or the answer has begun."""
        deadline = time.monotonic() + 10 * self.slow
        while len(self.upstream.requests) < before + asked and not is_answered():
            if time.monotonic() > deadline:
                raise Failed("the request does not get under way")
            time.sleep(0.002)

    def send(self, gw, section, begun=None):
        words = section.words
        opts = options_of(words[3:])
        headers, body = split_body(section)
        have = {k.lower() for k, _ in headers}
        key = opts.get("key", "main")
        if key != "none" and ("auth" in opts or not have & {"authorization", "x-api-key", "api-key", "x-virtual-key"}):
            name = opts.get("auth", "Authorization")
            secret = gw.key(key)
            headers.append((name, "Bearer " + secret if name.lower() == "authorization" else secret))
        body = body.replace(b"@up@", str(self.upstream.port).encode())
        body = self.recalled(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        if body and "content-type" not in have:
            headers.append(("Content-Type", "application/json"))
        if "gone" in opts:
            self.id = f"gone-{time.monotonic_ns()}"
            headers.append(("X-Request-Id", self.id))
        c = http.client.HTTPConnection("127.0.0.1", gw.port, timeout=20 * self.slow)
        before = len(self.upstream.requests)
        try:
            c.putrequest(words[1], self.recalled(words[2]), skip_accept_encoding=True)
            for k, v in headers:
                c.putheader(k, v.replace("@key@", gw.key("main")))
            if body or words[1] == "POST":
                c.putheader("Content-Length", str(len(body)))
            c.endheaders(body)
            if "gone" in opts:                  # no answer will tell its id
                self.under_way(int(opts.get("asked", 1)), before, lambda: select.select([c.sock], [], [], 0)[0])
                time.sleep(float(opts["gone"]) * self.slow)
                self.left_at = time.monotonic()
                c.close()
                return Result()
            r = c.getresponse()
            if begun:
                begun.set()
            head = {k.lower(): v for k, v in r.getheaders()}
            try:
                return Result(r.status, head, r.read())
            except http.client.IncompleteRead as e:
                return Result(r.status, head, e.partial, True)
        finally:
            c.close()

    def send_admin(self, gw, section):
        headers, body = split_body(section)
        path = re.sub(r"@id:(\w+)@", lambda m: gw.key(m.group(1)).split("_")[1], section.words[2])
        status, head, data = gw.request(section.words[1], path, body or None,
                                        dict(headers, Authorization="Bearer " + gw.token), gw.admin_port)
        return Result(status, head, data)

    def send_raw(self, gw, section):
        _, body = split_body(section)
        data = unescape(body.decode().replace("@key@", gw.key("main")).replace("\n", "")).encode("latin-1")
        with socket.create_connection(("127.0.0.1", gw.port), timeout=20 * self.slow) as s:
            s.sendall(data)
            got = b""
            while True:
                try:
                    more = s.recv(65536)
                except OSError:
                    break
                if not more:
                    break
                got += more
        head, _, body = got.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split()[1]) if got.startswith(b"HTTP/") else 0
        headers = {k.strip().lower(): v.strip() for k, _, v in (x.partition(":") for x in lines[1:])}
        return Result(status, headers, body)

    def check(self, gw, result, line, logged):
        kind, _, rest = line.partition(" ")
        body = result.body.decode("utf-8", "replace")
        if kind == "header":
            m = re.match(r"([\w-]+)(:| ~) ?(.*)", rest)
            got = result.headers.get(m.group(1).lower())
            ok = got is not None and (got == m.group(3) if m.group(2) == ":" else re.search(m.group(3), got))
            if not ok:
                raise Failed(f"{line}\n      got: {got}")
        elif kind == "no" and rest.startswith("header "):
            if rest[7:].strip().lower() in result.headers:
                raise Failed(line)
        elif kind == "json":
            path, op = path_and_rest(rest)
            compare(look(json.loads(body), path), op, f"json {path}")
        elif kind == "text":
            op, _, arg = rest.partition(" ")
            ok = {"==": lambda: body == unescape(arg), "~": lambda: re.search(arg, body),
                  "lacks": lambda: arg not in body}[op]()
            if not ok:
                raise Failed(f"{line}\n      got: {body[:1500]!r}")
        elif kind == "bytes":
            if len(result.body) != int(rest):
                raise Failed(f"{line}\n      got: {len(result.body)}")
        elif kind == "events":
            if len(result.parsed_events()) != int(rest):
                raise Failed(f"{line}\n      got {len(result.parsed_events())}: {result.events()}")
        elif kind == "event" or (kind == "no" and rest.startswith("event ")):
            self.check_event(result, line.removeprefix("no ").removeprefix("event "), kind == "no", line)
        elif kind == "content":
            got = "".join(look(e, ".choices[0].delta.content") or "" for e in result.parsed_events()
                          if look(e, ".choices[0].delta.content") is not ABSENT)
            if got != unescape(rest.removeprefix("== ")):
                raise Failed(f"{line}\n      got: {got!r}")
        elif kind == "done" or line == "no done":
            if (result.events()[-1:] == ["[DONE]"]) != (kind == "done"):
                raise Failed(f"{line}\n      got: {body[-500:]!r}")
        elif kind == "cut":
            if not result.cut:
                raise Failed("the answer was not cut")
        elif kind == "upstream":
            self.check_upstream(rest, line)
        elif kind == "metric":
            name, _, want = rest.rpartition(" == ")
            text = gw.admin("GET", "/metrics")[1].decode()
            got = [float(x[len(name) + 1:]) for x in text.split("\n") if x.startswith(name + " ")]
            if sum(got) != float(want):
                raise Failed(f"{line}\n      got: {got}")
        elif kind == "log":
            field, _, op = rest.partition(" ")
            compare(look(logged(), field), op, f"log {field}")
        else:
            raise Failed(f"what is '{line}'?")

    def check_event(self, result, rest, none, line):
        events = result.parsed_events()
        m = re.match(r"(-?\d+) (.*)", rest)
        if m:
            path, op = path_and_rest(m.group(2))
            got = events[int(m.group(1))] if -len(events) <= int(m.group(1)) < len(events) else {}
            compare(look(got, path), op, f"event {m.group(1)} {path}")
            return
        path, op = path_and_rest(rest)
        hits = 0
        for e in events:
            try:
                compare(look(e, path), op, "")
                hits += 1
            except Failed:
                pass
        if (hits == 0) != none:
            raise Failed(f"{line}\n      events: {result.events()}")

    def check_upstream(self, rest, line):
        seen = self.upstream.requests
        if rest.isdigit():
            if len(seen) != int(rest):
                raise Failed(f"{line}\n      got {len(seen)}")
            return
        if not seen:
            raise Failed(f"{line}: nothing reached the upstream")
        last, (kind, _, arg) = seen[-1], rest.partition(" ")
        text = last.body.decode("utf-8", "replace")
        if kind == "json":
            path, op = path_and_rest(arg)
            compare(look(json.loads(text), path), op, f"upstream json {path}")
        elif kind == "part":
            name, _, op = arg.partition(" ")
            got = forms.parts_of(last).get(name)
            if (",".join(got) if got else None) != (None if op == "absent" else unescape(op.removeprefix("== "))):
                raise Failed(f"{line}\n      got: {got}")
        elif kind == "header":
            name, _, value = arg.partition(":")
            if (last.header(name) or "") != value.strip().replace("@secret@", UP_SECRET):
                raise Failed(f"{line}\n      got: {last.header(name)}")
        elif kind == "path":
            if last.path != arg:
                raise Failed(f"{line}\n      got: {last.path}")
        elif kind == "body":
            if text != arg.removeprefix("== "):
                raise Failed(f"{line}\n      got: {text}")
        elif kind == "lacks":
            if arg in text or any(arg in h for h in last.headers.values()):
                raise Failed(f"{line}\n      got: {text}")
        elif kind == "closed":
            limit = float(arg.removeprefix("within ")) * max(1, self.slow)
            deadline = time.monotonic() + 5
            while last.closed_at is None and time.monotonic() < deadline:
                time.sleep(0.002)
            if last.closed_at is None or last.closed_at - self.left_at > limit:
                raise Failed(f"{line}\n      closed after {last.closed_at and last.closed_at - self.left_at}")
        else:
            raise Failed(f"what is '{line}'?")

    def run(self, case):
        extra = "".join("\n".join(s.lines) + "\n" for s in case.sections if s.words[0] == "config")
        gw = self.gateway_for(extra)
        for s in case.sections:
            if s.words[0] == "group":
                gw.group(s.words[1], **json.loads(" ".join(s.words[2:]) or "{}"))
            if s.words[0] == "key" and s.words[1] not in gw.keys:
                gw.key(s.words[1], **json.loads(" ".join(s.words[2:]) or "{}"))
        gw.key("main")
        answers = [answer_of(s, self.slow) for s in case.sections if s.words[0] == "upstream"]
        self.upstream.expect(*answers)
        result, apart, asked, self.kept = None, [], None, []

        def logged():
            return gw.access_line(result.headers.get("x-request-id", self.id)) or {}

        for s in case.sections:
            opts = options_of(s.words[3:])
            if "after" in opts:
                time.sleep(float(opts["after"]) * self.slow)
            if s.words[0] == "client" and "apart" in opts:
                before, begun = len(self.upstream.requests), threading.Event()
                apart.append(threading.Thread(target=self.send, args=(gw, s, begun)))
                apart[-1].start()
                self.under_way(1, before, begun.is_set)
            elif s.words[0] == "client":
                for _ in range(int(options_of(s.words[3:]).get("times", 1))):
                    result = self.send(gw, s)
                    self.kept = result.kept(self.kept)
            elif s.words[0] == "admin":
                asked = s
                result = self.send_admin(gw, s)
            elif s.words[0] == "raw":
                result = self.send_raw(gw, s)
            elif s.words[0] == "expect" and asked and asked.words[1] == "GET":
                self.expect_soon(gw, result, asked, s, logged)
            elif s.words[0] == "expect":
                self.expect(gw, result, s, logged)
            if s.words[0] != "admin":
                asked = None
        for t in apart:
            t.join()
        if UP_SECRET.encode() in (result.body if result else b""):
            raise Failed("the upstream's secret reached the client")

    # What happens behind an answer (records, settlements) is seen a moment later.
    def expect_soon(self, gw, result, asked, section, logged):
        deadline = time.monotonic() + 5 * self.slow
        while True:
            try:
                return self.expect(gw, result, section, logged)
            except Failed:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.05)
            result = self.send_admin(gw, asked)

    def expect(self, gw, result, section, logged):
        want = section.words[1] if len(section.words) > 1 else "any"
        if want != "any" and result.status != int(want):
            raise Failed(f"expected {want}, got {result.status}: {result.body[:1500]!r}")
        for line in section.lines:
            if line.strip():
                self.check(gw, result, line.strip(), logged)

    def finish(self):
        problems = []
        for gw in self.gateways.values():
            problem = gw.stop()
            if problem:
                problems.append(problem)
            elif UP_SECRET in gw.log_text():
                problems.append("the upstream's secret is in the log")
            gw.remove()
        self.upstream.close()
        self.dead.close()
        return problems


def main():
    parser = argparse.ArgumentParser()
    gateway.add_arguments(parser)
    parser.add_argument("-v", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    files = sorted(glob.glob(os.path.join(TOP, "tests/cases/*.case")) +
                   glob.glob(os.path.join(TOP, "plugins/*/t/*.case")))
    cases = [c for f in files for c in read_cases(f)]
    if args.names:
        cases = [c for c in cases if any(n in c.title() for n in args.names)]
    runner, passed, failed, started = Runner(args), 0, 0, time.monotonic()
    try:
        for case in cases:
            try:
                runner.run(case)
                passed += 1
                if args.v:
                    print("ok     " + case.title())
            except Exception as e:  # any surprise is a failed case, not the end of the run
                failed += 1
                detail = str(e) if isinstance(e, Failed) else traceback.format_exc()
                print(f"FAILED {case.title()}\n      {detail}", flush=True)
    finally:
        for problem in runner.finish():
            failed += 1
            print("FAILED at the end: " + problem)
    print(f"{len(cases)} cases in {time.monotonic() - started:.1f} s")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())

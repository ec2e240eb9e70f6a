"""What the scenes of this folder share: gateways, upstreams, clients, and checks.
SPDX-License-Identifier: MIT"""
import http.client
import json
import signal
import subprocess
import threading
import time

import gateway
import rows
from faulty import Faulty
from lanes import Failed, check, equal, wait_until  # noqa: F401 - the scenes' own words

SECRETS = {"ROUTING_ONE": "sk-routing-one-4f1c", "ROUTING_TWO": "sk-routing-two-99ab"}


def has(text, *parts):
    for part in parts:
        check(part.lower() in str(text).lower(), f"lacks {part!r}: {str(text)[:2000]!r}")


# --- configuration -------------------------------------------------------------------------

SHORT = 'timeout = { connect = "300ms"; first_byte = "500ms"; idle = "500ms"; };'
PATIENT = 'timeout = { connect = "2s"; first_byte = "20s"; idle = "20s"; };'
STOIC = 'health = { failures = 1000; cooldown = "100ms"; cooldown_max = "200ms"; };'


def provider(name, port, more=PATIENT, keys='{ id = "k1"; secret = "env:ROUTING_ONE"; }', type="openai"):
    path = "/v1" if type == "openai" else ""
    return (f'  {{ name = "{name}"; type = "{type}"; base_url = "http://127.0.0.1:{port}{path}"; '
            f'keys = ( {keys} ); {more} }}')


def model(name, targets, more=""):
    """targets: "provider", or ("provider", "model", more), in order."""
    out = []
    for t in targets:
        p, m, rest = (t, "mock", "") if isinstance(t, str) else tuple(t) + ("",) * (3 - len(t))
        out.append(f'{{ provider = "{p}"; model = "{m}"; {rest} }}')
    unpriced = "" if "price" in more else 'unpriced = "free";'
    return f'  {{ name = "{name}"; targets = ( {", ".join(out)} ); {unpriced} {more} }}'


def config(providers, models, policies=(), more="", workers=2):
    text = (f'server = {{ listen = ( {{ address = "127.0.0.1"; port = 0; }} ); workers = {workers}; }};\n'
            'admin = { listen = ( { address = "127.0.0.1"; port = 0; } ); };\n'
            'logging = { level = "info"; };\n' + more + "\n")
    text += "providers = (\n" + ",\n".join(providers) + "\n);\n"
    if policies:
        text += "policies = (\n" + ",\n".join(
            p if p.lstrip().startswith("{") else f'  {{ name = "{p}"; type = "{p}"; }}' for p in policies) + "\n);\n"
    return text + "models = (\n" + ",\n".join(models) + "\n);\n"


# --- clients -------------------------------------------------------------------------------

class Reply:
    """One answer.  whole: its end was seen.  For streams: events, text, done, error, comments."""

    def __init__(self, status, headers, body, whole, took):
        self.status, self.headers, self.body, self.whole, self.took = status, headers, body, whole, took
        self.events, self.comments, self.done, self.text, self.error = [], [], False, "", None
        if headers.get("content-type", "").startswith("text/event-stream"):
            self._read_events()
        else:
            self._read_document()

    def _read_events(self):
        for block in self.body.split(b"\n\n"):
            for line in block.split(b"\n"):
                if line.startswith(b":"):
                    self.comments.append(line[1:].strip().decode())
                elif line == b"data: [DONE]":
                    self.done = True
                elif line.startswith(b"data: "):
                    self._take(json.loads(line[6:]))

    def _take(self, value):
        self.events.append(value)
        self.error = value.get("error", self.error)
        for choice in value.get("choices", ()):
            self.text += choice["delta"].get("content") or ""

    def _read_document(self):
        try:
            self.document = json.loads(self.body)
        except ValueError:
            self.document = None
            return
        self.error = self.document.get("error")
        if not self.error:
            self.text = self.document["choices"][0]["message"]["content"]

    @property
    def code(self):
        return (self.error or {}).get("code")

    @property
    def provider(self):
        return self.headers.get("x-conduit-provider")

    @property
    def attempts(self):
        return int(self.headers.get("x-conduit-attempts", "0"))

    def __str__(self):
        return f"{self.status} {self.headers} {self.body[:600]} whole={self.whole} {self.took:.3f} s"


class Client:
    """One connection."""

    def __init__(self, gw, key="main", timeout=30):
        self.gw, self.secret = gw, gw.key(key)
        self.http = http.client.HTTPConnection("127.0.0.1", gw.port, timeout=timeout * gw.slow)

    def ask(self, model, stream=False, text="hi", messages=None, headers=None, **more):
        body = json.dumps(dict(more, model=model, stream=stream,
                               messages=messages or [{"role": "user", "content": text}]))
        head = dict({"Authorization": "Bearer " + self.secret, "Content-Type": "application/json"}, **(headers or {}))
        begin = time.monotonic()
        try:
            self.http.request("POST", "/v1/chat/completions", body, head)
            r = self.http.getresponse()
        except (OSError, http.client.HTTPException) as e:
            self.http.close()
            return Reply(0, {}, repr(e).encode(), False, time.monotonic() - begin)
        try:
            data, whole = r.read(), True
        except (OSError, http.client.HTTPException) as e:
            self.http.close()
            data, whole = getattr(e, "partial", b""), False
        got = {k.lower(): v for k, v in r.getheaders()}
        return Reply(r.status, got, data, whole, time.monotonic() - begin)

    def close(self):
        self.http.close()


def ask(gw, model, stream=False, **more):
    c = Client(gw)
    try:
        return c.ask(model, stream, **more)
    finally:
        c.close()


def in_parallel(width, work, items):
    """work(client-less item) in so many threads; results in order.  The first exception is raised."""
    items, results, problems, lock = list(items), {}, [], threading.Lock()
    left = iter(enumerate(items))

    def go():
        while not problems:
            with lock:
                i, item = next(left, (None, None))
            if i is None:
                return
            try:
                results[i] = work(item)
            except Exception as e:  # told by the thread that waits
                problems.append(e)

    threads = [threading.Thread(target=go, daemon=True) for _ in range(min(width, len(items)))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if problems:
        raise problems[0]
    return [results[i] for i in range(len(items))]


# --- the fast upstream and its load --------------------------------------------------------

class Mock:
    """tests/bench/mock.c, steered by the words of tests/bench/fault.h."""

    def __init__(self, tools):
        self.tools, self.port = tools, gateway.free_port()
        self.start()

    def start(self):
        self.process = subprocess.Popen([self.tools.path("mock"), str(self.port)])
        rows.wait_for_port(self.port, self.process)

    def kill(self):
        """As a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def _talk(self, method, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            c.request(method, "/fault", body)
            r = c.getresponse()
            counts = json.loads(r.read())
            check(r.status == 200, f"the mock does not know {body!r}")
            return counts
        finally:
            c.close()

    def order(self, words=""):
        return self._talk("POST", words)

    def counts(self):
        return self._talk("GET")

    @property
    def asked(self):
        return self.counts()["asked"]

    def close(self):
        if self.process.poll() is None:
            self.kill()


class Load:
    """tests/bench/load.c, on its way."""

    def __init__(self, tools, gw, model, *args):
        command = [tools.path("load"), "-p", str(gw.port), "-m", model, "-b", "200",
                   "-H", "Authorization: Bearer " + gw.key(), *map(str, args)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)

    def result(self, seconds=120):
        out, _ = self.process.communicate(timeout=seconds)
        check(out, f"load ended with {self.process.returncode}")
        return json.loads(out)


class Stage:
    """What one scene starts, and how it ends."""

    def __init__(self, args, tools):
        self.args, self.tools, self.slow, self.long = args, tools, args.slow, args.long
        self.gateways, self.ends, self.said = [], [], []

    def say(self, text):
        """A figure that is asserted is printed too."""
        self.said.append(text)

    def gateway(self, text, **more):
        env = dict(SECRETS, **more.pop("env", {}))
        gw = gateway.Gateway(self.args, text, self.slow, env, access_log=more.pop("access_log", False))
        self.gateways.append(gw)
        return gw.start()

    def check_config(self, text, *words):
        """conduitd -t on it: exit code and what it says."""
        gw = gateway.Gateway(self.args, text, self.slow, dict(SECRETS))
        self.gateways.append(gw)
        done = subprocess.run(gw.command("-t", *words), env=gw.env, capture_output=True, text=True,
                              timeout=60 * self.slow)
        return done.returncode, done.stderr

    def mock(self):
        m = Mock(self.tools)
        self.ends.append(m)
        return m

    def up(self, *args, **more):
        u = Faulty(*args, **more)
        self.ends.append(u)
        return u

    def keep(self, thing):
        self.ends.append(thing)
        return thing

    def load(self, gw, model, *args):
        load = Load(self.tools, gw, model, *args)
        self.ends.append(_Ended(load.process))
        return load

    def finish(self):
        problems = []
        for gw in self.gateways:
            if gw.process:
                problems.append(gw.stop())
                if any(secret in gw.log_text() for secret in SECRETS.values()):
                    problems.append("a secret is in the log")
        for end in self.ends:
            end.close()
        for gw in self.gateways:
            gw.remove()
        return [p for p in problems if p]


class _Ended:
    def __init__(self, process):
        self.process = process

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def targets(gw):
    """name -> what the admin API says of it."""
    status, doc = gw.admin("GET", "/admin/v1/targets")
    equal(status, 200, f"GET /admin/v1/targets {doc}")
    return {t["name"]: t for t in doc["data"]}


def steer(gw, target, word):
    status, doc = gw.admin("POST", f"/admin/v1/targets/{target}/{word}")
    check(status in (200, 204), f"{word} {target}: {status} {doc}")
    return doc


def metric(gw, part):
    """The sum of all samples whose name or labels have the part."""
    status, _, body = gw.request("GET", "/metrics", port=gw.admin_port, headers={"Authorization": "Bearer " + gw.token})
    equal(status, 200, "GET /metrics")
    lines = [line for line in body.decode().split("\n") if line and line[0] != "#" and part in line]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines), lines

"""A real conduitd in a temporary folder, on ports of its own.
SPDX-License-Identifier: MIT"""
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time


given_ports, giving = set(), threading.Lock()


def free_port():
    """A port that nobody has, another one each time.  The system gives those below 32768 to nobody by itself:
    neither to a connection nor to what another process listens on."""
    while True:
        port = random.SystemRandom().randrange(10000, 32000)
        with giving:
            if port in given_ports:
                continue
            given_ports.add(port)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


class Gateway:
    """conduitd with the given configuration text.  Everything it writes is below self.dir."""

    def __init__(self, args, config, slow=1.0, env=None, access_log=True):
        self.args, self.slow = args, slow
        self.dir = tempfile.mkdtemp(prefix="conduit-")
        self.port, self.admin_port = free_port(), free_port()
        self.log_path = os.path.join(self.dir, "conduitd.log")
        self.access_path = os.path.join(self.dir, "access.log")
        self.config_path = os.path.join(self.dir, "conduit.cfg")
        # Our own catalogue of models, not one that may be installed.
        etc = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "etc")
        # A None of env takes away.
        both = {**os.environ, "CONDUIT_PLUGIN_PATH": args.plugins, "CONDUIT_DATA_DIR": etc, **(env or {})}
        self.env = {name: value for name, value in both.items() if value is not None}
        self.access_log = access_log
        self.write_config(config)
        self.process, self.token, self.keys = None, None, {}

    def write_config(self, config):
        with open(self.config_path, "w") as f:
            f.write(config.replace("@dir@", self.dir))

    def command(self, *more):
        flags = [f"storage.path={self.dir}/state", f"server.runtime_dir={self.dir}",
                 f"server.listen.0.port={self.port}", f"admin.listen.0.port={self.admin_port}",
                 "logging.access=" + (self.access_path if self.access_log else "off")]
        out = [self.args.conduitd, "-c", self.config_path]
        for f in flags:
            out += ["-g", f]
        return out + list(more)

    def launch(self, *more):
        """Without waiting for anything."""
        self.log = open(self.log_path, "ab")
        self.process = subprocess.Popen(self.command(*more), stdout=self.log, stderr=self.log,
                                        stdin=subprocess.DEVNULL, env=self.env)

    def start(self, *more):
        self.launch(*more)
        deadline = time.monotonic() + 10 * self.slow
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"conduitd ended with {self.process.returncode}:\n{self.log_text()[-4000:]}")
            try:
                if self.request("GET", "/health/ready", port=self.admin_port)[0] == 200 and \
                        self.request("GET", "/health/ready")[0] == 200:
                    break
            except OSError:
                time.sleep(0.01)
        else:
            raise RuntimeError("conduitd did not become ready:\n" + self.log_text())
        with open(os.path.join(self.dir, "state", "admin.token")) as f:
            self.token = f.read().strip()
        return self

    def log_text(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def access_lines(self):
        try:
            with open(self.access_path) as f:
                # One read: a line half written at its end is dropped, and never met in two pieces.
                return [json.loads(line) for line in f.read().split("\n")[:-1]]
        except FileNotFoundError:
            return []

    def access_line(self, id, seconds=3):
        """The access log's line of one request; it lags a little.  None: there is none."""
        deadline = time.monotonic() + seconds * self.slow
        while time.monotonic() < deadline:
            for line in self.access_lines():
                if line.get("id") == id:
                    return line
            time.sleep(0.02)
        return None

    def request(self, method, path, body=None, headers=None, port=None, timeout=30):
        c = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=timeout * self.slow)
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            return r.status, dict((k.lower(), v) for k, v in r.getheaders()), r.read()
        finally:
            c.close()

    def admin(self, method, path, body=None, headers=None):
        h = {"Authorization": "Bearer " + self.token, "Content-Type": "application/json"}
        h.update(headers or {})
        text = json.dumps(body) if isinstance(body, (dict, list)) else body
        status, head, data = self.request(method, path, text, h, port=self.admin_port)
        try:
            return status, json.loads(data) if data else None
        except ValueError:
            return status, data

    def key(self, name="main", **fields):
        """The secret of the key of that name, made when it is first asked for."""
        if name not in self.keys:
            status, answer = self.admin("POST", "/admin/v1/keys", dict(fields, name=name))
            if status != 201:
                raise RuntimeError(f"no key: {status} {answer}")
            self.keys[name] = answer["secret"]
        return self.keys[name]

    def group(self, name, **fields):
        """Makes it."""
        status, answer = self.admin("POST", "/admin/v1/groups", dict(fields, name=name))
        if status != 201:
            raise RuntimeError(f"no group: {status} {answer}")

    def rss_kb(self):
        with open(f"/proc/{self.process.pid}/smaps_rollup") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("Rss:"))

    def kill(self):
        """As a crash would."""
        self.process.kill()
        self.process.wait()
        self.process = None
        self.log.close()

    def stop(self, expect=0):
        """Ends it; returns a sentence when it did not end well."""
        if not self.process:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(20 * self.slow)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "conduitd did not stop:\n" + self.log_text()[-4000:]
        self.process = None
        self.log.close()
        text = self.log_text()
        for word in ("ERROR: AddressSanitizer", "LeakSanitizer", "runtime error:", "WARNING: ThreadSanitizer"):
            if word in text:
                at = text.index(word)
                return "a sanitizer found something:\n" + text[max(0, at - 200):at + 6000]
        if code != expect:
            return f"conduitd ended with {code}:\n{text[-4000:]}"
        return None

    def remove(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def add_arguments(parser):
    parser.add_argument("--conduitd", required=True)
    parser.add_argument("--conduitctl", required=True)
    parser.add_argument("--plugins", required=True)
    parser.add_argument("--slow", type=float, default=1.0, help="factor for all deadlines")

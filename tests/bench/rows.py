"""What is measured: the mock alone, nginx and the gateway before it; and what measures: the
tools in C, /proc, strace, callgrind.
SPDX-License-Identifier: MIT"""
import glob
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "support"))
import gateway  # noqa: E402

# What a test asks of the mock, see the head of mock.c.
WISHES = {
    "whole": "mock-s2000",
    "small": "mock-s200",
    "late": "mock-d20-s1000",
    "stream": "mock-n100-g10000",
    "few": "mock-n10-g3000",
    "many": "mock-n110-g3000",
    "held": "mock-n2-h50000",
    "turn": "mock-n20",
}

CONFIG = """
server = { listen = ( { address = "127.0.0.1"; port = 0; } ); workers = %(workers)d; };
admin = { listen = ( { address = "127.0.0.1"; port = 0; } ); };
logging = { level = "warn"; %(logging)s };
providers = (
  { name = "up"; type = "openai"; base_url = "http://127.0.0.1:%(mock)d/v1"; keys = ( { id = "k1"; secret = "env:BENCH_SECRET"; } ); },
  { name = "claude"; type = "anthropic"; base_url = "http://127.0.0.1:%(mock)d"; keys = ( { id = "k1"; secret = "env:BENCH_SECRET"; } ); },
  { name = "items"; type = "openai"; base_url = "http://127.0.0.1:%(mock)d/v1"; keys = ( { id = "k1"; secret = "env:BENCH_SECRET"; } );
    options = { responses = true; }; },
%(providers)s
);
models = (
%(models)s
);
"""
PROVIDER = """  { name = "%s"; type = "%s"; base_url = "http://127.0.0.1:%d%s"; keys = ( { id = "k1"; secret = "env:%s"; } ); }"""
# Those whose requests and answers are translated: where their API begins.
TRANSLATED = {"gemini": "/v1beta", "bedrock": "", "cohere": "", "ollama": "", "mistral": "/mistral/v1"}
SECRETS = {"BENCH_SECRET": "sk-bench", "BENCH_PAIR": "AKIDBENCH:secret"}
MODEL = """  { name = "%s-%s"; targets = ( { provider = "%s"; model = "%s"; } ); max_output = 4096;
    price = { input = "0.15"; output = "0.60"; }; }"""
# What a key may have to be checked and counted against.  The limits are never reached.
PLAIN, ALL = {}, {"rpm": 10 ** 9, "tpm": 10 ** 12, "concurrency": 10 ** 6, "budgets": [
    {"usd": "1000000", "period": "month", "timezone": "Europe/Berlin"}, {"usd": "5000000", "period": "total"}]}

NGINX = """
%(user)sworker_processes 1; daemon off; master_process off; pid %(dir)s/nginx.pid;
error_log %(dir)s/error.log warn; worker_rlimit_nofile 20000;
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 300s; proxy_read_timeout 300s;
  client_body_buffer_size 1m; client_max_body_size 64m;
  client_body_temp_path %(dir)s/b; proxy_temp_path %(dir)s/p; fastcgi_temp_path %(dir)s/f;
  uwsgi_temp_path %(dir)s/u; scgi_temp_path %(dir)s/s;
  upstream up { server 127.0.0.1:%(mock)d; keepalive 4096; keepalive_requests 100000000; keepalive_timeout 300s; }
  server {
    listen 127.0.0.1:%(port)d reuseport;
    location / {
      proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;
    }
  }
}
"""


class Broken(Exception):
    """Something could not be measured."""


# --- tools ---------------------------------------------------------------------------------

class Tools:
    """mock and load, compiled into a folder; the mock running.  pinned: measured and measuring
    programs have a CPU each."""

    def __init__(self, folder, pinned=True):
        self.folder = folder
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        cpus = sorted(os.sched_getaffinity(0)) if pinned else []
        # The measured process has one CPU, what surrounds it another.
        self.pin_row = ["taskset", "-c", str(cpus[0])] if len(cpus) > 1 else []
        self.pin_rest = ["taskset", "-c", str(cpus[1])] if len(cpus) > 1 else []
        self._compile("mock", "dialect", "fault")
        self._compile("load")
        self.mock_port = gateway.free_port()
        self.mock = subprocess.Popen(self.pin_rest + [self.path("mock"), str(self.mock_port)])
        wait_for_port(self.mock_port, self.mock)

    def path(self, name):
        return os.path.join(self.folder, name)

    def _compile(self, name, *more):
        base = [f"{TOP}/core/base/{part}.c" for part in ("mem", "buf", "str", "clock")]
        base += [f"{TOP}/tests/bench/{part}.c" for part in more]
        subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-D_GNU_SOURCE", "-O2", f"-I{TOP}/core",
                        f"-I{TOP}/sdk/include", "-o", self.path(name), f"{TOP}/tests/bench/{name}.c"] + base,
                       check=True)

    def compile_alone(self, source, name, *flags):
        """A program of one file, or a library to preload."""
        subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-D_GNU_SOURCE", "-O2", "-o", self.path(name),
                        f"{TOP}/tests/bench/{source}", *flags], check=True)

    def load_command(self, row, wish, args):
        out = self.pin_rest + [self.path("load"), "-p", str(row.port), "-m", row.model(wish)]
        for h in row.headers:
            out += ["-H", h]
        return out + [str(a) for a in args]

    def load(self, row, wish, *args):
        """The load generator's figures."""
        done = subprocess.run(self.load_command(row, wish, args), capture_output=True, text=True, timeout=180)
        if done.returncode not in (0, 3) or not done.stdout:
            raise Broken(f"{row.name}: load ended with {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)

    def close(self):
        self.mock.kill()
        self.mock.wait()


def wait_for_port(port, process, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.01)
    raise Broken(f"nothing listens on port {port}")


# --- gauges --------------------------------------------------------------------------------

def cpu_ns(pid):
    """CPU time of all threads; schedstat counts nanoseconds, stat only ticks."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        try:
            with open(path) as f:
                total += int(f.read().split()[0])
        except FileNotFoundError:
            pass
    return total


def memory_kb(pid, what):
    """what: "Rss", or "Pss_Anon" for what is the process's alone."""
    with open(f"/proc/{pid}/smaps_rollup") as f:
        return next(int(line.split()[1]) for line in f if line.startswith(what + ":"))


def count_calls(pid, folder, work):
    """(system calls of the process during work(), what work returned)."""
    path = os.path.join(folder, "strace.out")
    tracer = subprocess.Popen(["strace", "-c", "-f", "-p", str(pid), "-o", path], stderr=subprocess.PIPE)
    try:
        wait_traced(pid, tracer)
        result = work()
    finally:
        if tracer.poll() is None:
            tracer.send_signal(signal.SIGINT)
        _, err = tracer.communicate()
    with open(path) as f:
        total = re.search(r"^\s*100\.00\s+[\d.]+\s+(?:\d+\s+)?(\d+)\s+(?:\d+\s+)?total$", f.read(), re.M)
    if not total:
        raise Broken("strace counted nothing: " + err.decode(errors="replace"))
    return int(total.group(1)), result


def wait_traced(pid, tracer, seconds=20):
    """All threads are attached."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and tracer.poll() is None:
        states = []
        for path in glob.glob(f"/proc/{pid}/task/*/status"):
            with open(path) as f:
                states.append("TracerPid:\t0\n" in f.read())
        if not any(states):
            return
        time.sleep(0.02)
    raise Broken("strace could not attach")


def read_callgrind(path):
    with open(path) as f:
        found = re.search(r"^(?:totals|summary): (\d+)", f.read(), re.M)
    if not found:
        raise Broken(f"callgrind wrote no total to {path}")
    return int(found.group(1))


# --- rows ----------------------------------------------------------------------------------

class Direct:
    """The mock itself."""
    name, headers, workers = "direct", (), 1

    def __init__(self, tools):
        self.port, self.pid = tools.mock_port, tools.mock.pid

    def model(self, wish):
        return WISHES[wish]

    def start(self, prefix=None):
        return self

    def stop(self):
        pass


class Nginx:
    """Plain proxy_pass, one process."""
    name, headers, workers = "nginx", (), 1

    def __init__(self, tools):
        self.tools, self.dir = tools, os.path.join(tools.folder, "nginx")
        os.makedirs(self.dir, exist_ok=True)

    def model(self, wish):
        return WISHES[wish]

    def start(self, prefix=None):
        self.port = gateway.free_port()
        text = NGINX % {"dir": self.dir, "mock": self.tools.mock_port, "port": self.port,
                        "user": "user root; " if os.getuid() == 0 else ""}
        path = os.path.join(self.dir, "nginx.conf")
        with open(path, "w") as f:
            f.write(text)
        command = (self.tools.pin_row if prefix is None else prefix) + [find_nginx(), "-p", self.dir, "-c", path]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self.pid = self.process.pid
        wait_for_port(self.port, self.process)
        return self

    def stop(self):
        """Under valgrind a signal may come just before it waits, and be forgotten."""
        for _ in range(60):
            self.process.terminate()
            try:
                self.process.wait(1)
                return
            except subprocess.TimeoutExpired:
                pass
        self.process.kill()
        self.process.wait()
        raise Broken("nginx did not stop")


def find_nginx():
    for path in ("/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"):
        if os.access(path, os.X_OK):
            return path
    raise Broken("nginx is not installed")


class Daemon(gateway.Gateway):
    """conduitd behind another command: taskset, valgrind."""
    prefix, more_flags = (), ()

    def command(self, *more):
        flags = [word for f in self.more_flags for word in ("-g", f)]
        return list(self.prefix) + super().command() + flags + list(more)


class Conduit:
    """The gateway: key check, usage capture and access log are on.  kind: "native" or
    "translated" (for a client of chat), or "responses"; all share a gateway, see sibling()."""
    more_env = {}

    def __init__(self, tools, args, name, kind, workers=1, pinned=True, fields=PLAIN, logging=""):
        self.tools, self.args, self.name, self.kind = tools, args, name, kind
        self.fields, self.logging = fields, logging
        self.workers, self.pinned, self.shares = workers, pinned, False

    def sibling(self, name, kind):
        """Another kind of request to the same process."""
        other = Conduit(self.tools, self.args, name, kind)
        other.shares, other.first = True, self
        return other

    def model(self, wish):
        return f"{self.kind}-{wish}"

    def config(self):
        models = [MODEL % (kind, wish, provider, text) for wish, text in WISHES.items()
                  for kind, provider in (("native", "up"), ("translated", "claude"), ("responses", "items"))]
        models += [MODEL % (name, "whole", name, WISHES["whole"]) for name in TRANSLATED]
        providers = [PROVIDER % (name, name, self.tools.mock_port, path, "BENCH_PAIR" if name == "bedrock" else "BENCH_SECRET")
                     for name, path in TRANSLATED.items()]
        return CONFIG % {"providers": ",\n".join(providers), "logging": self.logging, "workers": self.workers, "mock": self.tools.mock_port, "models": ",\n".join(models)}

    def start(self, prefix=None):
        if self.shares:
            self.port, self.pid, self.headers = self.first.port, self.first.pid, self.first.headers
            return self
        self.daemon = Daemon(self.args, self.config(), 6.0, {**SECRETS, **self.more_env})
        if prefix is None:
            self.daemon.prefix = self.tools.pin_row if self.pinned else []
        else:                           # valgrind has not the room for the usual map
            self.daemon.prefix, self.daemon.more_flags = prefix, ["storage.map_size=256MiB"]
        try:
            self.daemon.start()
        except (OSError, RuntimeError) as e:
            self.daemon.remove()
            raise Broken(str(e)) from e
        self.port, self.pid = self.daemon.port, self.daemon.process.pid
        self.headers = ["Authorization: Bearer " + self.daemon.key(**self.fields)]
        return self

    def stop(self):
        if self.shares:
            return
        try:
            self.end()
        finally:
            self.daemon.remove()

    def end(self):
        """Ends the process; its state stays."""
        why = self.daemon.stop()
        if why:
            raise Broken(why)

    def start_to_ready(self):
        """(milliseconds, milliseconds of CPU) from exec to READY=1, with all plugins there are.
        After end(): it finds the state of an earlier start."""
        path = os.path.join(self.tools.folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.bind(path)
            s.settimeout(60)
            begin = time.monotonic()
            process = subprocess.Popen(self.daemon.command(), env=dict(self.daemon.env, NOTIFY_SOCKET=path),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                while b"READY=1" not in s.recv(4096):
                    pass
                wall, cpu = time.monotonic() - begin, cpu_ns(process.pid)
            finally:
                os.unlink(path)
                process.terminate()
                process.wait(60)
        return wall * 1e3, cpu / 1e6

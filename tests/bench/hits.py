"""What a known answer costs beside a bare evhttp server that sends as many bytes: latency and
CPU time on one connection, instructions, allocations.
SPDX-License-Identifier: MIT"""
import collections
import os
import re
import struct
import subprocess


from rows import TOP, Broken, Conduit, cpu_ns, gateway, wait_for_port

ADDED_P50_US, ADDED_INSTRUCTIONS = 60, 50000
SLICES = 9
ANSWER_BYTES = 2048
# What is sent: (what is asked of the mock, arguments of load).
ASKED = {
    "whole": ("whole", ("-b", 2048)),
    "whole, 76 KiB": ("whole", ("-b", 76 << 10)),
    "stream": ("whole", ("-b", 2048, "-s")),
    "stream of 100": ("stream", ("-b", 2048, "-s")),
}
CACHE = 'cache = { type = "%s"; size = "64MiB"; };\n'
# As in allocs.c.
SITES, DEPTH, HEAD_WORDS = 512, 20, 3
SITE_BYTES = 8 * (2 + DEPTH)
ALLOCS_BYTES = 8 * HEAD_WORDS + SITES * SITE_BYTES


class Bare:
    """evhttp and nothing else."""
    name, headers, workers = "bare evhttp", (), 1

    def __init__(self, tools, args, backend=None):
        self.tools = tools

    def model(self, wish):
        return "any"

    def start(self, prefix=None, env=None):
        self.port = gateway.free_port()
        command = (self.tools.pin_row if prefix is None else prefix) + \
                  [self.tools.path("bare"), str(self.port), str(ANSWER_BYTES)]
        self.process = subprocess.Popen(command, env={**os.environ, **(env or {})})
        self.pid = self.process.pid
        wait_for_port(self.port, self.process)
        return self

    def stop(self):
        self.process.terminate()
        if self.process.wait(60):
            raise Broken("the bare server did not end well")


class Hit(Conduit):
    """The gateway with that backend: every request but the first is a hit."""

    def __init__(self, tools, args, backend):
        super().__init__(tools, args, "hit, " + backend, "native")
        self.backend = backend

    def config(self):
        return super().config() + CACHE % self.backend

    def start(self, prefix=None, env=None):
        super().start(prefix)
        for wish, args in ASKED.values():
            self.tools.load(self, wish, "-c", 1, "-n", 1, *args)
        return self


# --- allocations -----------------------------------------------------------------------------

class Allocs:
    """What allocs.c counts in one process."""

    def __init__(self, tools, name):
        self.path = tools.path(name + ".allocs")
        with open(self.path, "wb") as f:
            f.truncate(ALLOCS_BYTES)
        self.env = {"LD_PRELOAD": tools.path("allocs.so"), "ALLOCS": self.path}

    def calls(self):
        with open(self.path, "rb") as f:
            return struct.unpack("=Q", f.read(8))[0]

    def want_sites(self, on):
        with open(self.path, "r+b") as f:
            f.seek(8)
            f.write(struct.pack("=Q", on))

    def forget_sites(self):
        with open(self.path, "r+b") as f:
            f.seek(8)
            f.write(bytes(ALLOCS_BYTES - 8))

    def sites(self):
        """(calls, addresses) each."""
        with open(self.path, "rb") as f:
            data = f.read()
        if struct.unpack_from("=Q", data, 16)[0]:
            raise Broken("allocs: too many call sites")
        for at in range(8 * HEAD_WORDS, len(data), SITE_BYTES):
            calls, _, *frames = struct.unpack_from(f"={2 + DEPTH}Q", data, at)
            if calls:
                yield calls, [f for f in frames if f]


class Places:
    """Where addresses of a process lie: in which file, in which functions."""

    def __init__(self, pid):
        self.maps = []
        with open(f"/proc/{pid}/maps") as f:
            for line in f:
                part = line.split(None, 5)
                if len(part) == 6 and part[5].startswith("/"):
                    begin, end = (int(n, 16) for n in part[0].split("-"))
                    self.maps.append((begin, end, int(part[2], 16), part[5].strip()))
        self.known = {}

    def file(self, address):
        return next((m[3] for m in self.maps if m[0] <= address < m[1]), "?")

    def functions(self, address):
        """Innermost first: inlined ones are told apart."""
        if address not in self.known:
            self.known[address] = self._ask(address - 1)        # it is where a call returns to
        return self.known[address]

    def _ask(self, address):
        for begin, end, offset, path in self.maps:
            if begin <= address < end:
                done = subprocess.run(["addr2line", "-f", "-i", "-e", path, hex(address - begin + offset)],
                                      capture_output=True, text=True, check=False)
                return done.stdout.split("\n")[0:-1:2]
        return ["?"]


def owner(places, frames):
    """Who asked for that memory, and in which functions: "libevent", "arena" or "ours"."""
    names = []
    for address in frames:
        path = places.file(address)
        if re.search(r"/(libc|ld-linux|allocs)[^/]*\.so", path):
            continue
        if not names and "libevent" in path:
            return "libevent", "libevent"
        names += places.functions(address)
        if "block_new" in names[:3]:
            return "arena", "arena"
        if len(names) > 6:
            break
    return "ours", " < ".join(n for n in names if not n.startswith(("mem_", "grow", "buf_")))


def by_owner(places, allocs, requests):
    out = {"ours": collections.Counter(), "libevent": collections.Counter(), "arena": collections.Counter()}
    for calls, frames in allocs.sites():
        who, where = owner(places, frames)
        out[who][where] += calls / requests
    return out


def allocations(tools, row, allocs, asked, requests):
    """(a request, {where: a request}) of a row that runs and is warm."""
    wish, args = ASKED[asked]
    def ask(n):
        got = tools.load(row, wish, "-c", 1, "-n", n, "-t", 60, *args)
        if got["failed"]:
            raise Broken(f"{row.name}: {got['failed']} requests failed while allocations were counted")
    ask(200)
    before = allocs.calls()
    ask(requests)
    total = (allocs.calls() - before) / requests
    allocs.forget_sites()
    allocs.want_sites(1)
    ask(requests)
    allocs.want_sites(0)
    return total, by_owner(Places(row.pid), allocs, requests)

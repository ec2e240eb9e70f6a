"""What a known answer costs beside a bare evhttp server that sends as many bytes: latency and
CPU time on one connection, instructions, allocations.
SPDX-License-Identifier: MIT"""
import collections
import os
import re
import struct
import subprocess

from rows import Broken, Conduit, cpu_ns, gateway, read_callgrind, wait_for_port

ADDED_P50_US = 60
BACKENDS = ("memory", "lmdb")
SLICES = 5
ANSWER_BYTES = 2300                    # of a hit, with the JSON around 2,000 of text
# What is asked of the mock, arguments of load.  The first one is what the bar is about.
ASKED = {
    "whole": ("whole", ("-b", 2048)),
    "whole, 76 KiB": ("whole", ("-b", 76 << 10)),
    "stream": ("whole", ("-b", 2048, "-s")),
    "stream of 100": ("stream", ("-b", 2048, "-s")),
}
# A request, at most.  Valgrind has no SHA instructions: most of the longer one is that.
INSTRUCTIONS = {"whole": 175000, "whole, 76 KiB": 2600000}
RARE = 0.1                             # what comes with connections, batches, pages of the store
CACHE = 'cache = { type = "%s"; size = "64MiB"; };\n'
# As in allocs.c.
SITES, DEPTH, HEAD_WORDS = 512, 20, 3
SITE_BYTES = 8 * (2 + DEPTH)
ALLOCS_BYTES = 8 * HEAD_WORDS + SITES * SITE_BYTES


class Bare:
    """evhttp and nothing else: it answers all alike, and knows no streams."""
    name, headers, workers = "bare evhttp", (), 1

    def __init__(self, tools, env=None):
        self.tools, self.env = tools, env or {}

    def model(self, wish):
        return "any"

    def start(self, prefix=None):
        self.port = gateway.free_port()
        command = list(self.tools.pin_row if prefix is None else prefix)
        command += [self.tools.path("bare"), str(self.port), str(ANSWER_BYTES)]
        self.process = subprocess.Popen(command, env={**os.environ, **self.env})
        self.pid = self.process.pid
        wait_for_port(self.port, self.process)
        return self

    def stop(self):
        self.process.terminate()
        if self.process.wait(60):
            raise Broken("the bare server did not end well")

    def load(self, asked, *args):
        wish, more = ASKED[asked]
        return self.tools.load(self, wish, "-c", 1, *args, *[a for a in more if a != "-s"])


class Hit(Conduit):
    """The gateway with that backend: every request but the first is a hit."""

    def __init__(self, tools, args, backend, env=None):
        super().__init__(tools, args, "hit, " + backend, "native")
        self.backend, self.more_env = backend, env or {}

    def config(self):
        return super().config() + CACHE % self.backend

    def start(self, prefix=None):
        super().start(prefix)
        for asked in ASKED:
            self.load(asked, "-n", 1, "-t", 60)
        return self

    def load(self, asked, *args):
        wish, more = ASKED[asked]
        return self.tools.load(self, wish, "-c", 1, *args, *more)


def ask(row, asked, *args):
    got = row.load(asked, *args)
    if got["failed"] or not got["answered"]:
        raise Broken(f"{row.name}: {got['failed']} requests failed, {got['answered']} did not")
    return got


def compile_programs(tools):
    tools.compile_alone("bare.c", "bare", "-levent")
    tools.compile_alone("allocs.c", "allocs.so", "-shared", "-fPIC")


# --- time ----------------------------------------------------------------------------------

def measure(tools, args, seconds, results):
    """One repeat: slices of all rows, in turn."""
    compile_programs(tools)
    rows = [Bare(tools)] + [Hit(tools, args, b) for b in BACKENDS]
    for row in rows:
        row.start()
    try:
        for asked in ASKED:
            for _ in range(SLICES):
                for row in rows:
                    results.add(row.name, asked, one_slice(row, asked, seconds))
    finally:
        for row in rows:
            row.stop()


def one_slice(row, asked, seconds):
    before = cpu_ns(row.pid)
    got = ask(row, asked, "-t", seconds, "-w", 0.1)
    return {"p50_us": got["latency_p50_us"], "cpu_us": (cpu_ns(row.pid) - before) / 1e3 / got["answered"]}


def text(results):
    """A line for each kind of hit: what it adds."""
    out = ["", "Known answers, one connection: microseconds beyond " + Bare.name]
    out.append(f"{'':32}{'p50':>8}{'CPU':>8}")
    for asked in ASKED:
        for name in ["hit, " + b for b in BACKENDS]:
            p50, cpu = (results.difference(name, Bare.name, asked, f) for f in ("p50_us", "cpu_us"))
            if p50 is not None:
                out.append(f"{name + ', ' + asked:32}{p50:8.1f}{cpu:8.1f}")
    return "\n".join(out)


def bars(results):
    return [(f"a hit of 2 KiB, {b}: p50 beyond evhttp",
             results.difference("hit, " + b, Bare.name, "whole", "p50_us"), ADDED_P50_US, "us") for b in BACKENDS]


# --- counts --------------------------------------------------------------------------------

def instructions(tools, row, asked, few, many):
    """A request: user instructions, as the difference of two runs."""
    totals = []
    for n in (few, many):
        path = tools.path(f"callgrind.hits.{n}")
        row.start(["valgrind", "-q", "--tool=callgrind", "--callgrind-out-file=" + path])
        try:
            ask(row, asked, "-n", n, "-t", 120)
        finally:
            row.stop()
        totals.append(read_callgrind(path))
    return (totals[1] - totals[0]) / (many - few)


class Allocs:
    """What allocs.c counts in one process."""

    def __init__(self, tools):
        self.path = tools.path("allocs")
        with open(self.path, "wb") as f:
            f.truncate(ALLOCS_BYTES)
        self.env = {"LD_PRELOAD": tools.path("allocs.so"), "ALLOCS": self.path}

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


def allocations(row, allocs, asked, requests=2000):
    """{whose: {where: a request}} of a row that runs."""
    ask(row, asked, "-n", 200, "-t", 60)
    allocs.forget_sites()
    allocs.want_sites(1)
    ask(row, asked, "-n", requests, "-t", 60)
    allocs.want_sites(0)
    out = {"ours": collections.Counter(), "libevent": collections.Counter(), "arena": collections.Counter()}
    places = Places(row.pid)
    for calls, frames in allocs.sites():
        who, where = owner(places, frames)
        out[who][where] += calls / requests
    return out


def count_allocations(tools, make, kinds, say):
    """{kind: {whose: a request}}; says where ours come from."""
    allocs = Allocs(tools)
    row = make(allocs.env).start()
    out = {}
    try:
        for asked in kinds:
            found = allocations(row, allocs, asked)
            out[asked] = {who: sum(where.values()) for who, where in found.items()}
            for where, calls in found["ours"].most_common():
                if calls >= RARE:
                    say(f"allocations, {row.name}, {asked}: {calls:.2f} a request by {where}")
    finally:
        row.stop()
    return out


def checks(tools, args, say):
    """Only what does not depend on load: (what, value, bar, unit)."""
    out = []
    compile_programs(tools)
    bare = count_allocations(tools, lambda env: Bare(tools, env), ["whole"], say)["whole"]
    for backend in BACKENDS:
        got = count_allocations(tools, lambda env: Hit(tools, args, backend, env), ASKED, say)
        for asked, by in got.items():
            out.append((f"allocations of ours a hit beyond the arena, {backend}, {asked}", by["ours"], RARE, ""))
        out.append((f"allocations of evhttp a hit, {backend} (alone: {bare['libevent']:.0f})",
                    got["whole"]["libevent"], bare["libevent"], ""))
    for asked, bar in INSTRUCTIONS.items():
        hit = instructions(tools, Hit(tools, args, "memory"), asked, 50, 250)
        out.append((f"user instructions a hit, {asked}", hit, bar, ""))
    return out

"""One measurement each: a row, a test, its figures.
SPDX-License-Identifier: MIT"""
import os
import subprocess

from rows import Broken, count_calls, cpu_ns, memory_kb, read_callgrind

RATE = 1000

# name: (what is asked of the mock, connections a worker, more arguments of load, what CPU time
# is divided by).  Two workers get twice the load: half as busy, each would sleep and wake more.
LOADS = {
    "2k": ("whole", 16, ("-b", 2000), "answered"),
    "100k": ("whole", 8, ("-b", 100000), "answered"),
    "rate": ("late", 256, ("-b", 1000, "-r", RATE), "answered"),
    "sse": ("stream", 40, ("-b", 2000, "-s"), "marks"),
}
EVENTS = 100


def under_load(tools, row, test, seconds):
    wish, connections, args, unit = LOADS[test]
    out = spend(tools, row, wish, connections, args, unit, seconds)
    if test == "sse":
        out["failed"] += out["marks"] != out["answered"] * EVENTS
    return out


def spend(tools, row, wish, connections, args, unit, seconds):
    """A slice of load, and its CPU time for each unit."""
    before = cpu_ns(row.pid)
    got = tools.load(row, wish, "-c", connections * row.workers, *args, "-t", seconds, "-w", 0.3)
    spent = cpu_ns(row.pid) - before
    if not got[unit]:
        raise Broken(f"{row.name}: no answer, asked for {wish}")
    out = {"cpu_us": spent / 1e3 / got[unit]}
    for name in ("failed", "answered", "marks", "per_second", "latency_p50_us", "latency_p99_us", "event_p50_us", "event_p99_us"):
        out[name] = got[name]
    return out


def small_rest(tools, row):
    """Megabytes of a process that has served a little."""
    tools.load(row, "small", "-c", 4, "-n", 64, "-t", 30)
    return memory_kb(row.pid, "Rss") / 1024


def at_rest(tools, row):
    """... and of streams held open after their first event: with a small prompt, and with one
    as agents send them."""
    rss_mb = small_rest(tools, row)
    return {"rss_mb": rss_mb, "stream_kb": open_streams(tools, row, 2000, 200),
            "stream_100k_kb": open_streams(tools, row, 400, 100000)}


def open_streams(tools, row, count, prompt_bytes):
    """Kilobytes a stream."""
    before = memory_kb(row.pid, "Pss_Anon")
    args = ("-c", count, "-n", count, "-b", prompt_bytes, "-t", 60, "-i")
    with subprocess.Popen(tools.load_command(row, "held", args), stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as load:
        opened = load.stdout.readline() == "open\n"
        after = memory_kb(row.pid, "Pss_Anon")
        load.stdin.close()
        load.stdout.read()
    if not opened:
        raise Broken(f"{row.name}: {count} streams could not be opened")
    return (after - before) / count


# --- counts --------------------------------------------------------------------------------

# name: (what is asked of the mock, arguments of load)
CALLS = {
    "calls": ("small", ("-c", 1, "-n", 1000, "-b", 200)),
    "calls_busy": ("small", ("-c", 16, "-n", 4000, "-b", 200)),
    "calls_100k": ("small", ("-c", 1, "-n", 200, "-b", 100000)),
}

# name: (the smaller run, the larger run, what lies between them); a run is what is asked of
# the mock and the arguments of load
INSTRUCTIONS = {
    "instructions": (("whole", ("-n", 100, "-b", 2000)), ("whole", ("-n", 500, "-b", 2000)), 400),
    "instructions_100k": (("whole", ("-n", 20, "-b", 100000)), ("whole", ("-n", 120, "-b", 100000)), 100),
    "instructions_event": (("few", ("-n", 4, "-s")), ("many", ("-n", 4, "-s")), 400),
}


def system_calls(tools, row, name):
    """A request; the row is running."""
    wish, args = CALLS[name]
    tools.load(row, wish, "-c", 4, "-n", 50, "-t", 60)
    total, got = count_calls(row.pid, tools.folder, lambda: tools.load(row, wish, *args, "-t", 60))
    if got["failed"]:
        raise Broken(f"{row.name}: {got['failed']} requests failed under strace")
    return total / got["answered"]


def instructions(tools, make_row, name):
    """A request, or an event of a stream: user instructions, as the difference of two runs."""
    small, large, between = INSTRUCTIONS[name]
    return (_run_total(tools, make_row(), name + ".1", large) -
            _run_total(tools, make_row(), name + ".0", small)) / between


def _run_total(tools, row, label, run):
    wish, args = run
    path = os.path.join(tools.folder, f"callgrind.{row.name.replace(' ', '-')}.{label}")
    row.start(["valgrind", "-q", "--tool=callgrind", "--callgrind-out-file=" + path])
    try:
        got = tools.load(row, wish, "-c", 1, *args, "-t", 120)
    finally:
        row.stop()
    if got["failed"]:
        raise Broken(f"{row.name}: {got['failed']} requests failed under valgrind")
    return read_callgrind(path)

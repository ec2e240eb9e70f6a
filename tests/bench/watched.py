"""What it costs a request to be counted, seen by who looks on, and traced.
SPDX-License-Identifier: MIT"""
import glob
import http.client
import http.server
import os
import statistics
import threading

import measure
from rows import Broken, Conduit, read_callgrind

ADDED = 2.0                            # percent, of metrics and live events
SLICES, SECONDS = 24, 0.5
FEW, MANY = 100, 900                   # requests of the two runs whose difference is taken
OFF, COUNTED, SEEN, TRACED = "off", "metrics", "metrics, one viewer", "metrics, traces"


class Sink(http.server.BaseHTTPRequestHandler):
    """A collector that takes all."""
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


class Watched(Conduit):
    """kind of watching: OFF, ... """

    def __init__(self, tools, args, what, sink):
        super().__init__(tools, args, what, "native")
        self.what, self.sink = what, sink

    def config(self):
        otlp = f'otlp = {{ endpoint = "http://127.0.0.1:{self.sink}"; }};' if self.what == TRACED else ""
        counts = "false" if self.what == OFF else "true"
        return super().config() + f"telemetry = {{ prometheus = {counts}; {otlp} }};\n"

    def start(self, prefix=None):
        super().start(prefix)
        self.viewer = http.client.HTTPConnection("127.0.0.1", self.daemon.admin_port, timeout=120)
        if self.what == SEEN:
            self.viewer.request("GET", "/admin/v1/events", headers={"Authorization": "Bearer " + self.daemon.token})
            self.stream = self.viewer.getresponse()
            if self.stream.status != 200:
                raise Broken(f"no events: {self.stream.status}")
            self.reader = threading.Thread(target=self.read_events, daemon=True)
            self.reader.start()
        return self

    def read_events(self):
        try:
            while self.stream.read1(65536):
                pass
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass                       # conduitd ends

    def stop(self):
        super().stop()
        self.viewer.close()


def totals_of(row, folder, count):
    """Instructions of each thread."""
    path = os.path.join(folder, f"watched.{count}")
    for old in glob.glob(path + "*"):
        os.unlink(old)
    row.start(["valgrind", "-q", "--tool=callgrind", "--separate-threads=yes", "--callgrind-out-file=" + path])
    try:
        got = row.tools.load(row, "whole", "-c", 1, "-n", count, "-b", 2000, "-t", 120)
    finally:
        row.stop()
    if got["failed"]:
        raise Broken(f"{row.name}: {got['failed']} requests failed under valgrind")
    return {name[len(path):]: read_callgrind(name) for name in glob.glob(path + "-*")}


def instructions(row, folder):
    """Of the worker, a request: its thread is the one that more requests give most to do."""
    few, many = totals_of(row, folder, FEW), totals_of(row, folder, MANY)
    return max(many[t] - few.get(t, 0) for t in many) / (MANY - FEW)


def cpu(rows, say):
    """CPU microseconds a request of the whole process, as ratios to the first row: medians over
    slices that take turns."""
    spent = {row.name: [] for row in rows}
    for row in rows:
        row.start()
    try:
        for i in range(SLICES):
            for row in rows if i % 2 else rows[::-1]:
                spent[row.name].append(measure.under_load(row.tools, row, "2k", SECONDS)["cpu_us"])
    finally:
        for row in rows:
            row.stop()
    for name, values in spent.items():
        say(f"  {name:24} {statistics.median(values):8.2f} us of CPU a request")
    first = spent[rows[0].name]
    return {name: statistics.median(v / f for v, f in zip(values, first)) for name, values in spent.items()}


def checks(tools, args, say):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    rows = [Watched(tools, args, what, server.server_address[1]) for what in (OFF, COUNTED, SEEN, TRACED)]
    try:
        ratios = cpu(rows, say)
        counted = {row.name: instructions(row, tools.folder) for row in rows}
    finally:
        server.shutdown()
    out = []
    for row in rows[1:]:
        more = counted[row.name] - counted[OFF]
        say(f"  {row.name:24} {counted[row.name]:10,.0f} instructions of a worker a request, {more:+,.0f}, "
            f"{100 * more / counted[OFF]:+.2f} %; CPU {100 * ratios[row.name] - 100:+.2f} %")
        out.append((f"instructions more a request: {row.name}", 100 * more / counted[OFF], ADDED, "%"))
    return out

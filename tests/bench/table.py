"""Medians, tables, verdicts.
SPDX-License-Identifier: MIT"""
import statistics

from rows import TRANSLATED

# header, test, figure, how it is written
COSTS = (
    ("2 KB / 2 KB", "2k", "cpu_us"),
    ("100 KB prompt", "100k", "cpu_us"),
    ("1,000/s, 20 ms upstream", "rate", "cpu_us"),
    ("streamed chunk", "sse", "cpu_us"),
    ("agent's request, Messages", "messages", "cpu_us"),
    ("agent's request, Responses", "responses", "cpu_us"),
)
FEELS = (
    ("requests/s", "2k", "per_second", "{:,.0f}"),
    ("p50 us", "2k", "latency_p50_us", "{:,.0f}"),
    ("p99 us", "2k", "latency_p99_us", "{:,.0f}"),
    ("added p50 us at 1,000/s", "rate", "added_p50_us", "{:,.0f}"),
    ("p99 us at 1,000/s", "rate", "latency_p99_us", "{:,.0f}"),
    ("chunk delay p50 us", "sse", "event_p50_us", "{:,.0f}"),
    ("chunk delay p99 us", "sse", "event_p99_us", "{:,.0f}"),
    ("RSS at rest MB", "rest", "rss_mb", "{:.1f}"),
    ("KB an open stream", "rest", "stream_kb", "{:.1f}"),
    ("... after a 100 KB prompt", "rest", "stream_100k_kb", "{:.0f}"),
    ("start to ready ms", "start", "wall_ms", "{:.0f}"),
)
COUNTS = (
    ("system calls", "counts", "calls", "{:.1f}"),
    ("... 16 connections", "counts", "calls_busy", "{:.1f}"),
    ("... 100 KB", "counts", "calls_100k", "{:.1f}"),
    ("user instructions", "counts", "instructions", "{:,.0f}"),
    ("... 100 KB", "counts", "instructions_100k", "{:,.0f}"),
    ("... a streamed chunk", "counts", "instructions_event", "{:,.0f}"),
)


class Results:
    """values[row, test, figure] = one number for each time it was measured."""

    def __init__(self):
        self.rows, self.values = [], {}

    def add(self, row, test, figures):
        if row not in self.rows:
            self.rows.append(row)
        for figure, value in figures.items():
            self.values.setdefault((row, test, figure), []).append(value)

    def all(self, row, test, figure):
        return self.values.get((row, test, figure), [])

    def median(self, row, test, figure):
        values = self.all(row, test, figure)
        return statistics.median(values) if values else None

    def ratio(self, row, other, test, figure):
        """The median of the ratios of neighbours: what slows one slows both."""
        return self._pairs(row, other, test, figure, lambda a, b: a / b if b > 0 else None)

    def difference(self, row, other, test, figure):
        return self._pairs(row, other, test, figure, lambda a, b: a - b)

    def _pairs(self, row, other, test, figure, of):
        pairs = zip(self.all(row, test, figure), self.all(other, test, figure))
        out = [v for v in (of(a, b) for a, b in pairs) if v is not None]
        return statistics.median(out) if out else None

    def sum(self, figure):
        return sum(sum(v) for (_, _, f), v in self.values.items() if f == figure)


def cells_of(results, columns, cell):
    """Rows of texts; rows and columns that have nothing are left out."""
    columns = [c for c in columns if any(results.all(r, c[1], c[2]) for r in results.rows)]
    out = [[""] + [c[0] for c in columns]]
    for row in results.rows:
        line = [cell(row, c) for c in columns]
        if any(line):
            out.append([row] + line)
    return out if columns else []


def tables(results):
    def cost(row, column):
        value = results.median(row, column[1], "cpu_us")
        ratio = results.ratio(row, "nginx", column[1], "cpu_us")
        if value is None:
            return ""
        return f"{value:.1f}" if ratio is None else f"{value:.1f} ({ratio:.2f} x)"

    def plain(row, column):
        value = results.median(row, column[1], column[2])
        return "" if value is None else column[3].format(value)

    return [("CPU microseconds a request, or a chunk (x nginx)", cells_of(results, COSTS, cost)),
            ("Latency and memory", cells_of(results, FEELS, plain)),
            ("Counts a request that do not depend on load", cells_of(results, COUNTS, plain))]


def text(results):
    out = []
    for title, cells in tables(results):
        if not cells:
            continue
        widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
        out.append("\n" + title)
        for line in cells:
            out.append("  ".join([line[0].ljust(widths[0])] +
                                 [c.rjust(w) for c, w in zip(line[1:], widths[1:])]).rstrip())
    return "\n".join(out)


def markdown(results):
    out = []
    for title, cells in tables(results):
        if not cells:
            continue
        out += ["", f"**{title}**", "", "| " + " | ".join(cells[0]) + " |",
                "|---|" + "---:|" * (len(cells[0]) - 1)]
        out += ["| " + " | ".join(line) + " |" for line in cells[1:]]
    return "\n".join(out[1:])


def write_tsv(results, path):
    with open(path, "w") as f:
        f.write("row\ttest\tfigure\tnumber\tvalue\n")
        for (row, test, figure), values in results.values.items():
            for i, value in enumerate(values, 1):
                f.write(f"{row}\t{test}\t{figure}\t{i}\t{value:.6g}\n")


# --- verdicts ------------------------------------------------------------------------------

def bars(r):
    """(what, value or None, bar, unit)"""
    def native(test, figure="cpu_us"):
        return r.ratio("conduit native", "nginx", test, figure)

    def count(figure):
        return r.median("conduit native", "counts", figure)

    late = r.difference("conduit native", "nginx", "sse", "event_p99_us")
    return [
        ("CPU a request, 2 KB / 2 KB, native", native("2k"), 2.2, "x nginx"),
        ("CPU a request, 100 KB prompt", native("100k"), 1.8, "x nginx"),
        ("CPU a streamed chunk, 10 ms apart", native("sse"), 1.2, "x nginx"),
        ("added p50 at 1,000/s, 20 ms upstream", native("rate", "added_p50_us"), 1.5, "x nginx"),
        ("chunk delay p99, beyond nginx", None if late is None else late / 1e3, 0.3, "ms"),
        ("translated, beyond native, 2 KB / 2 KB",
         r.difference("conduit translated", "conduit native", "2k", "cpu_us"), 60, "us"),
    ] + [
        (f"translated for {name}, beyond native, 2 KB / 2 KB",
         r.difference("conduit " + name, "conduit native, beside them", "2k", "cpu_us"), 60, "us") for name in TRANSLATED
    ] + [
        ("memory an open stream", r.median("conduit native", "rest", "stream_kb"), 25, "KB"),
        ("memory at rest", r.median("conduit native", "rest", "rss_mb"), 20, "MB"),
        ("two workers against one, CPU a request",
         r.ratio("conduit 2 workers", "conduit 1 worker, free", "2k", "cpu_us"), 1.05, "x"),
        ("key with limits and budgets, ledger, records, log, CPU a request",
         r.ratio("conduit, limits, budgets, records", "conduit, plain key", "2k", "cpu_us"), 1.35, "x"),
        ("system calls a request, one connection", count("calls"), 12, ""),
        ("system calls a request, 100 KB", count("calls_100k"), 18, ""),
        ("user instructions a request", count("instructions"), 130000, ""),
        ("user instructions a chunk", count("instructions_event"), 6000, ""),
        ("start to ready with all plugins", r.median("conduit native", "start", "wall_ms"), 150, "ms"),
    ]


def verdicts(checks):
    """Prints a line for each that was measured.  (met, missed)"""
    counts = [0, 0]
    for what, value, bar, unit in checks:
        if value is None:
            continue
        missed = value > bar
        counts[missed] += 1
        shown = f"{value:,.2f}" if bar < 1000 else f"{value:,.0f}"
        print(f"{'MISSED' if missed else 'ok':6}  {what}: {shown} {unit}".rstrip() +
              f" (at most {bar:,} {unit}".rstrip() + ")")
    return counts

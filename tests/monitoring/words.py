"""The manual and the gateway use the same words: each metric, label, attribute and field that one of them has, the other
has, too.
SPDX-License-Identifier: MIT"""
import json
import os
import re

from figures import TOP, ask, busy, families, scrape
from scene import CONFIG, equal
from traces import FAILING, PARENT, Traced
from upstream import Answer, Upstream

WORD = re.compile(r"`([^`]+)`")
CACHED = CONFIG + 'cache = { type = "memory"; };\n'
UNSAID = ("process_",)                          # as in every exporter


def page(name, begin, end=None):
    with open(os.path.join(TOP, "docs", name)) as f:
        text = f.read()
    text = text[text.index(begin):]
    return text[:text.index(end, len(begin))] if end else text


def rows(text):
    """The cells of each row of its tables, without their heads."""
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [c for i, c in enumerate(cells) if not c[0].startswith("---") and not (i + 1 < len(cells) and cells[i + 1][0].startswith("---"))]


def labels_of(text):
    """{family: its labels in order}, of those that have series."""
    kinds, found = families(text), {}
    for line in text.splitlines():
        m = re.match(r"(\w+)(?:\{(.*)\})? \S+$", line)
        if m:
            name = m[1] if m[1] in kinds else re.sub("_(bucket|sum|count)$", "", m[1])
            found[name] = [x for x in re.findall(r'(\w+)="(?:[^"\\]|\\.)*"', m[2] or "") if x != "le"]
    return found


def test_metrics_and_their_labels(s):
    cached = s.new(CACHED)
    for _ in range(2):
        equal(ask(cached, "mock", cached.key("main"), temperature=0)[0], 200)
    there, labels = set(), {}
    for gw in (busy(s), cached):
        text = scrape(gw)
        there |= set(families(text))
        labels.update(labels_of(text))
    said = {}
    for row in rows(page("monitoring.md", "## Metrics", "## Dashboard")):
        for name in WORD.findall(row[0]):
            said[name] = " ".join(WORD.findall(row[1])).split()
    said.pop("process_*")
    equal(sorted(n for n in there if not n.startswith(UNSAID)), sorted(said), "metrics")
    for name, got in labels.items():
        if name in said:
            equal(got, said[name], f"labels of {name}")
    equal(len(labels) > 50, True, f"{len(labels)} have series")


USAGE = {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14, "prompt_tokens_details": {"cached_tokens": 4},
         "completion_tokens_details": {"reasoning_tokens": 2}}
WHOLE = {"id": "x", "object": "chat.completion", "created": 1, "model": "m1", "choices": [
    {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hi"}}], "usage": USAGE}
WRITTEN = {"id": "x", "type": "message", "role": "assistant", "model": "c1", "content": [{"type": "text", "text": "hi"}],
           "stop_reason": "end_turn", "usage": {"input_tokens": 3, "output_tokens": 2, "cache_creation_input_tokens": 7}}
RICH = FAILING.replace("providers = (", """cache = { type = "memory"; };
providers = ( { name = "claude"; type = "anthropic"; base_url = "http://127.0.0.1:@port@"; keys = ( { secret = "env:SCENE_SECRET"; } ); },""") \
    .replace("models = (", 'models = ( { name = "c"; targets = ( { provider = "claude"; model = "c1"; } ); price = { input = "1"; output = "1"; }; },') \
    .replace('model = "m1"; }', 'model = "m1"; price = { input = "1"; output = "2"; }; }')


def rich(s):
    """What all kinds of requests leave in spans and in the access log."""
    if hasattr(s, "rich"):
        return s.rich
    up = Upstream()
    t = Traced(s, config=RICH.replace("@port@", str(up.port)), otlp='content = true; semconv = "both";')
    t.gw.group("team")
    t.key = t.gw.key("member", group="team")
    up.expect(Answer(status=500, body=b'{"error":{"message":"no"}}'), Answer(body=json.dumps(WHOLE).encode()),
              Answer(body=json.dumps(WRITTEN).encode(), path="*/messages"))
    head = {"traceparent": PARENT, "x-session-id": "s-1", "User-Agent": "tester/1"}
    asked = [("m", "fails first", 3), ("m", "whole", 2), ("m", "whole", 1), ("c", "written", 2), ("none", "nobody", 1)]
    ids = []
    for model, text, spans in asked:
        more = {"path": "/v1/messages", "system": "be kind", "max_tokens": 9} if model == "c" else {}
        ids.append(t.ask(model, headers=head, messages=[{"role": "user", "content": text}], **more)[1])
        t.spans(ids[-1], spans)
    ids.append(t.ask("m", stream=True)[1])     # the script has no answer left: another one streams
    t.spans(ids[-1], 3)
    s.rich = t, ids
    return s.rich


def test_attributes_of_spans(s):
    t, _ = rich(s)
    got = {True: set(), False: set()}
    events = {}
    for span, attributes in t.collector.spans():
        got[span.kind == 2] |= set(attributes)
        for e in span.events:
            events.setdefault(e.name, set()).update(a.key for a in e.attributes)
    text = page("monitoring.md", "## Traces", "**Whose trace.**")
    tables = text.split("| attribute of ")[1:]
    said = [{w for row in rows("| " + table) for w in WORD.findall(" ".join(row)) if re.fullmatch(r"[a-z_]+(\.[a-z_0-9]+)+", w)}
            for table in tables]
    equal(sorted(got[True]), sorted(said[0]), "of requests")
    equal(sorted(got[False]), sorted(said[1]), "of attempts")
    equal(events, {"retry": {"conduit.target", "error.type"}, "first_chunk": set()})


def test_fields_of_the_access_log(s):
    t, ids = rich(s)
    got = set()
    for id in ids:
        got |= set(t.gw.access_line(id))
    said = {w for row in rows(page("operations.md", "The access log (`logging.access`)", "Kinds:")) for w in WORD.findall(row[0])}
    equal(sorted(got), sorted(said))


def test_kinds_of_errors(s):
    """Those that the gateway can name are those of the manual."""
    with open(os.path.join(TOP, "core", "base", "problem.h")) as f:
        ours = set(re.findall(r"\bX\(([A-Z_]+)\b", f.read()))
    said = set(re.search(r"Kinds:\n`([^`]+)`", page("operations.md", "The access log (`logging.access`)")).group(1).split())
    # What came too slowly has no line, and what is good no kind.
    equal(sorted(ours - {"NONE", "SLOW_REQUEST"}), sorted(said - {"CLIENT_GONE"}))

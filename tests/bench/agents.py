"""Requests as coding agents send them, 76 KiB of instructions, tools and turns, each answered by
a short stream: in their own dialect, which the upstream may speak or not.
SPDX-License-Identifier: MIT"""
import json
import os

import measure
from rows import Conduit, Nginx

BYTES = 76 << 10
TOOLS, TURNS = 20, 40
WISH = "turn"
# name: (path, what ends a whole stream)
DIALECTS = {"messages": ("/v1/messages", "message_stop"), "responses": ("/v1/responses", "response.completed")}
NATIVE_BAR, TRANSLATED_BAR_US = 1.8, 1200
WORDS = "Reads \"a file\" of the project,\nand says what stands in its lines: `\\t` is a tab. "


def schema(number):
    names = ["file_path", "pattern", "limit", "replace_all", "description"]
    return {"type": "object", "additionalProperties": False, "required": names[:2],
            "properties": {f"{name}_{number}": {"type": "string", "description": WORDS} for name in names}}


def text(size):
    return (WORDS * (size // len(WORDS) + 1))[:size]


def messages(model, filler):
    turns = []
    for i in range(TURNS // 2):
        turns.append({"role": "assistant", "content": [
            {"type": "text", "text": text(filler)},
            {"type": "tool_use", "id": f"toolu_{i:020}", "name": f"tool_{i % TOOLS}",
             "input": {"file_path": f"/src/file_{i}.c", "limit": i}}]})
        turns.append({"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": f"toolu_{i:020}", "content": text(2 * filler)}]})
    return {"model": model, "max_tokens": 4096, "stream": True,
            "system": [{"type": "text", "text": text(8000), "cache_control": {"type": "ephemeral"}}],
            "tools": [{"name": f"tool_{i}", "description": text(300), "input_schema": schema(i)} for i in range(TOOLS)],
            "messages": [{"role": "user", "content": text(500)}] + turns}


def responses(model, filler):
    items = []
    for i in range(TURNS // 2):
        items.append({"type": "message", "role": "assistant",
                      "content": [{"type": "output_text", "text": text(filler)}]})
        items.append({"type": "function_call", "call_id": f"call_{i:020}", "name": f"tool_{i % TOOLS}",
                      "arguments": json.dumps({"file_path": f"/src/file_{i}.c", "limit": i})})
        items.append({"type": "function_call_output", "call_id": f"call_{i:020}", "output": text(2 * filler)})
    return {"model": model, "max_output_tokens": 4096, "stream": True, "store": False, "instructions": text(8000),
            "tools": [{"type": "function", "name": f"tool_{i}", "description": text(300), "strict": False,
                       "parameters": schema(i)} for i in range(TOOLS)],
            "input": [{"type": "message", "role": "user",
                       "content": [{"type": "input_text", "text": text(500)}]}] + items}


MAKERS = {"messages": messages, "responses": responses}


def body(dialect, model):
    """As near to BYTES as whole characters allow."""
    make = MAKERS[dialect]
    filler = 10
    while len(json.dumps(make(model, filler + 1))) <= BYTES:
        filler += 1
    return json.dumps(make(model, filler), separators=(",", ":"))


def arguments(tools, row, dialect):
    path, end = DIALECTS[dialect]
    model = row.model(WISH)
    name = os.path.join(tools.folder, f"{dialect}-{model}.json")
    if not os.path.exists(name):
        with open(name, "w") as f:
            f.write(body(dialect, model))
    return ("-P", path, "-f", name, "-e", end, "-s")


def rows(tools, args, dialect):
    """nginx, the upstream's own dialect, and another."""
    native, other = ("translated", "native") if dialect == "messages" else ("responses", "native")
    first = Conduit(tools, args, f"agent's {dialect}, native", native)
    return [Nginx(tools), first, first.sibling(f"agent's {dialect}, translated", other)]


def measure_all(tools, args, seconds, slices, results):
    for dialect in DIALECTS:
        asked = rows(tools, args, dialect)
        for row in asked:
            row.start()
        try:
            for _ in range(slices):
                for row in asked:
                    more = arguments(tools, row, dialect)
                    results.add(row.name, dialect, measure.spend(tools, row, WISH, 8, more, "answered", seconds))
        finally:
            for row in asked:
                row.stop()


def bars(r):
    """(what, value or None, bar, unit)"""
    out = []
    for dialect in DIALECTS:
        name = f"agent's {dialect}, "
        value = r.median(name + "translated", dialect, "cpu_us")
        out += [(f"CPU of an agent's request, {dialect}, native",
                 r.ratio(name + "native", "nginx", dialect, "cpu_us"), NATIVE_BAR, "x nginx"),
                (f"CPU of an agent's request, {dialect}, translated", value, TRANSLATED_BAR_US, "us")]
    return out

"""What a .case file holds: see the head of run.py.
SPDX-License-Identifier: MIT"""
import json
import os
import re

import forms
from upstream import Answer

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Section:
    def __init__(self, words, line):
        self.words, self.line, self.lines = words, line, []


class Case:
    def __init__(self, file, name, line):
        self.file, self.name, self.line, self.sections = file, name, line, []

    def title(self):
        return f"{os.path.relpath(self.file, TOP)}:{self.line} {self.name}"


def read_cases(path):
    cases, section = [], None
    with open(path, newline="") as f:
        for number, line in enumerate(f, 1):
            line = line.rstrip("\n")
            if line.startswith("# case "):
                cases.append(Case(path, line[7:], number))
                section = None
            elif line.startswith("== "):
                section = Section(line[3:].split(), number)
                cases[-1].sections.append(section)
            elif section is not None and not line.startswith("#"):
                section.lines.append(line)
    return cases


def unescape(text):
    return re.sub(r"\\(r|n|t|\\|x[0-9a-fA-F]{2})", lambda m: {
        "r": "\r", "n": "\n", "t": "\t", "\\": "\\"}.get(m.group(1)) or chr(int(m.group(1)[1:], 16)), text)


def frame(path, named):
    out = []
    for line in open(path, "rb").read().split(b"\n"):
        if not line.strip():
            continue
        if named:
            out.append(b"event: " + json.loads(line).get("type", "").encode() + b"\n")
        out.append(b"data: " + line.strip() + b"\n\n")
    if not named:
        out.append(b"data: [DONE]\n\n")
    return b"".join(out)


def split_body(section):
    """Headers ("> Name: value") and the body's bytes."""
    headers, lines = [], list(section.lines)
    while lines and lines[0].startswith("> "):
        name, _, value = lines.pop(0)[2:].partition(":")
        headers.append((name.strip(), value.strip()))
    while lines and not lines[-1]:
        lines.pop()
    if lines and lines[0] == "@form":
        headers.append(("Content-Type", forms.TYPE))
        return headers, forms.form_of(lines[1:], unescape)
    if len(lines) == 1 and lines[0].startswith("@"):
        words = lines[0].split(" ", 2)
        if words[0] == "@file":
            return headers, open(os.path.join(TOP, words[1]), "rb").read()
        if words[0] == "@sse":
            return headers, frame(os.path.join(TOP, words[1]), len(words) > 2)
    if lines and lines[-1].startswith("@repeat "):
        words = lines.pop().split(" ", 2)
        before = "\n".join(lines + [""]) if lines else ""
        return headers, before.encode() + unescape(words[2]).encode("latin-1") * int(words[1])
    return headers, "\n".join(lines).encode()


def options_of(words):
    out = {}
    for w in words:
        name, eq, value = w.partition("=")
        out[name] = value if eq else True
    return out


def answer_of(section, slow):
    # upstream POST PATH -> STATUS TYPE options
    words = section.words
    arrow = words.index("->")
    opts = options_of(words[arrow + 3:])
    headers, body = split_body(section)
    type_ = words[arrow + 2] if len(words) > arrow + 2 and "=" not in words[arrow + 2] else ""
    if type_ == "-":
        type_ = ""
    if type_ == "text/event-stream" and body and not body.endswith(b"\n\n"):
        body += b"\n\n"
    how = opts.get("how", "chunked" if type_ == "text/event-stream" else "whole")
    if how == "raw":
        body = unescape(body.decode()).encode("latin-1")
    return Answer(int(words[arrow + 1]), type_, body, headers, how,
                  split=int(opts["split"]) if "split" in opts else None,
                  gap=float(opts.get("gap", 0)) * slow, delay=float(opts.get("delay", 0)) * slow,
                  cut=int(opts["cut"]) if "cut" in opts else None, reset="reset" in opts,
                  hang=float(opts.get("hang", 0)) * slow, refuse="refuse" in opts)

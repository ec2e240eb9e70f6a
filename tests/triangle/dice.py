"""Requests made by dice, of pieces that have been trouble somewhere: odd texts, pictures, files, tools, choices,
parallel calls, results with pictures, marks.  The same seed makes the same request.
SPDX-License-Identifier: MIT

A request, in no dialect: {"system": [part], "turns": [turn], "tools": [tool], "choice", "serial", "limit", "stop",
"temperature", "top_p", "user", "effort", "format" (a schema), and names of Chat's own}, what is not said is not there.
part: {"text"} or {"picture" (a URL), "detail"}, {"file", "name"}; and "mark".
turn: ("user", [part]), ("system", [part]), ("assistant", {"thoughts", "parts", "calls"}), ("results", [result])
thought: (text, proof) or (None, data); call: {"id", "name", "arguments" (text of JSON)}
result: {"id", "parts", "failed"}; tool: {"name", "about", "schema", "strict", "mark"}"""
import json
import random

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
JPEG = "/9j/4AAQSkZJRgABAQEAYABgAAD/2wBDAAgGBgcGBQgHBwcJCQ=="
PDF = "JVBERi0xLjQKJcOkw7zDtsOfCjIgMCBvYmoKPDwvTGVuZ3RoIDMgMCBSPj4K"
# Blank texts and such without anything in them come by parts that are not alone in their message.
TEXTS = ("Hello.", " leading and trailing \n", "\u00e4\u00f6\u00fc \u4f60\u597d \U0001f468\u200d\U0001f469\u200d\U0001f467 "
         "\u05e9\u05dc\u05d5\u05dd \u202e", "a\tb\r\nc\u2028d\u2029e\u0085f\u0001g\u007fh", "\"quoted\" \\ back\\\\slash \\u0041 \\n /",
         "</think> <think>", "data: [DONE]\n\nevent: x\n\n", "{\"type\":\"text\",\"text\":\"x\"}", "cache_control",
         "x" * 5000 + "\u00e9" * 500 + "\U0001f600" * 300, "e\u0301 \ufb01 \u212b \ufeff", "null", "0", "[1, 2,3]")
BLANKS = ("", " ", "\n\t")
ARGUMENTS = ("{}", "{\"a\":1}", "{ \"b\" : [1, 2.50, -0.0, 1e5, 12345678901234567890], \"a\": null }",
             "{\"text\":\"\\u00e4\\ud83d\\ude00 \\\"q\\\" \\\\ \\/ \\n\"}", "{\"z\":{\"y\":{\"x\":[{},[],\"\"]}},\"a\":true}")
SCHEMAS = (
    {"type": "object", "properties": {}},
    {"type": "object", "properties": {"city": {"type": "string", "description": "\u00e4 \"x\""}}, "required": ["city"]},
    {"type": "object", "properties": {"n": {"type": ["integer", "null"], "minimum": 0}, "e": {"enum": ["a", None, 1]},
     "l": {"type": "array", "items": {"$ref": "#/$defs/i"}}}, "$defs": {"i": {"anyOf": [{"type": "string"}, {}]}},
     "additionalProperties": False},
)
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")
FORMAT = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
# What only Chat says of how to sample, and what no answer depends on.
SAMPLING = (("seed", 7), ("frequency_penalty", 0.5), ("presence_penalty", -0.5), ("logit_bias", {"50256": -100}))
HINTS = (("metadata", {"a": "b \u00e4"}), ("service_tier", "auto"), ("safety_identifier", "s-1"),
         ("prompt_cache_key", "k"), ("verbosity", "low"), ("store", False))
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Dice(random.Random):
    marks = 0.05

    def some(self, chance):
        return self.random() < chance

    def word(self, n):
        return "".join(self.choices(LETTERS, k=n))

    def text(self):
        return self.choice(TEXTS) + (self.word(6) if self.some(0.3) else "")


def marked(dice, what):
    return dict(what, mark={"type": "ephemeral"}) if dice.some(dice.marks) else what


def text_part(dice):
    return marked(dice, {"text": dice.text()})


def part(dice):
    kind = dice.random()
    if kind < 0.7:
        return text_part(dice)
    if kind < 0.8:
        return marked(dice, {"picture": "https://example.com/a%20b.png?x=1&y=" + dice.word(3)})
    if kind < 0.85:
        return {"picture": f"data:image/png;base64,{PNG}", "detail": dice.choice(("low", "high"))}
    if kind < 0.93:
        return marked(dice, {"picture": dice.choice((f"data:image/png;base64,{PNG}", f"data:image/jpeg;base64,{JPEG}"))})
    return {"file": f"data:application/pdf;base64,{PDF}", "name": "b\u00fccher \"1\".pdf"}


def parts(dice):
    """At least one that says something."""
    out = [part(dice) for _ in range(dice.choice((1, 1, 1, 2, 3)))] if dice.some(0.8) else [{"text": dice.text()}]
    return out + [{"text": dice.choice(BLANKS)}] if dice.some(0.1) else out


def tool(dice, n):
    out = {"name": f"tool_{n}-{dice.word(4)}", "schema": dice.choice(SCHEMAS)}
    if dice.some(0.8):
        out["about"] = dice.text()
    if out["schema"] == SCHEMAS[1] and dice.some(0.3):
        out.update(schema=FORMAT, strict=True)
    return marked(dice, out)


def thoughts(dice):
    if dice.some(0.6):
        return []
    out = [(dice.text(), "Ep" + dice.word(40) + "+/==")]
    return out + [(None, "Em" + dice.word(30) + "==")] if dice.some(0.3) else out


def result(dice, call):
    out = {"id": call["id"], "parts": [text_part(dice)] if dice.some(0.85) else []}
    if dice.some(0.2):
        out["parts"].append({"picture": f"data:image/png;base64,{PNG}"})
    out["parts"] = [{k: v for k, v in p.items() if k != "mark"} for p in out["parts"]]
    if dice.some(0.15):
        out["failed"] = True
    if out.get("failed") and out["parts"] and "text" in out["parts"][0] and dice.some(0.3):
        out["parts"][0]["text"] = dice.choice(("error: no such file", " ERROR", "Errors")) + out["parts"][0]["text"]
    return marked(dice, out) if dice.some(0.2) else out


def assistant(dice, tools, turns):
    said = {"thoughts": thoughts(dice), "parts": [{"text": dice.text()}] if dice.some(0.7) else [], "calls": []}
    if tools and dice.some(0.6):
        said["calls"] = [{"id": dice.choice(("toolu_", "call_", "")) + dice.word(20), "name": dice.choice(tools)["name"],
                          "arguments": dice.choice(ARGUMENTS)} for _ in range(dice.choice((1, 1, 2, 3)))]
    if not said["parts"] and not said["calls"]:
        said["parts"] = [{"text": dice.text()}]
    turns.append(("assistant", said))
    if said["calls"]:
        turns.append(("results", [result(dice, c) for c in said["calls"]]))
    return bool(said["calls"])


def request(seed):
    dice = Dice(seed)
    dice.marks = dice.choice((0, 0.05, 0.5))
    out = {"system": [text_part(dice) for _ in range(dice.choice((0, 1, 1, 2)))],
           "tools": [tool(dice, n) for n in range(dice.choice((0, 1, 2, 4)))], "limit": dice.choice((16, 4096, 32000))}
    turns = [("user", parts(dice))]
    for _ in range(dice.choice((0, 1, 1, 2, 4))):
        if not assistant(dice, out["tools"], turns) or dice.some(0.4):
            turns.append(("user", parts(dice)))
    places = [i for i, (role, _) in enumerate(turns) if role != "results"]
    if dice.some(0.1):
        turns.insert(dice.choice(places), ("system", [{"text": dice.text()}]))
    out["turns"] = turns
    if out["tools"] and dice.some(0.6):
        out["choice"] = dice.choice(("auto", "none", "required", {"name": dice.choice(out["tools"])["name"]}))
    if out["tools"] and dice.some(0.3):
        out["serial"] = True
    for name, values, chance in (("stop", (["END"], ["\n\n", "\u00e4", "</s>"]), 0.4), ("user", ("u-1", "\u00e4 b"), 0.3),
                                 ("effort", EFFORTS, 0.3), ("temperature", (0, 0.7, 1), 0.3), ("format", (FORMAT,), 0.2)):
        if dice.some(chance):
            out[name] = dice.choice(values)
    if "temperature" not in out and dice.some(0.2):
        out["top_p"] = 0.9
    for name, value in SAMPLING + HINTS:
        if dice.some(0.06):
            out[name] = value
    return out


def shown(request):
    return json.dumps(request, ensure_ascii=False)

"""Answers made by dice, where recordings are few: thoughts between texts, hidden thoughts, several calls at once,
odd texts, usage with caches.  Each looks like a recording: see recording.Fixture.
SPDX-License-Identifier: MIT"""
import json
import types

from dice import ARGUMENTS, Dice


def text(dice):
    return dice.text().strip() or "x"


def proof(dice, letters="Ep"):
    return letters + dice.word(dice.choice((20, 21, 200))) + dice.choice(("", "+/", "=="))


def cut(dice, s):
    """The same in pieces."""
    at = sorted(dice.sample(range(1, len(s)), min(3, len(s) - 1))) if len(s) > 1 else []
    return [s[a:b] for a, b in zip([0] + at, at + [len(s)])]


class Made:
    """op, case, status...: as a recording has them."""

    def __init__(self, name, whole, events, streamed, typed, **case):
        self.name, self.streamed, self.case = name, streamed, case
        self.op, self.status, self.file = "chat", 200, name + (".sse" if streamed else ".json")
        lines = [(f"event: {e['type']}\n" if typed else "") + "data: " + dumped(e) + "\n\n" for e in events]
        body = "".join(lines) + ("data: [DONE]\n\n" if "choices" in events[0] else "") if streamed else dumped(whole)
        self.bytes = body.encode()
        self.steps = [types.SimpleNamespace(type="text/event-stream" if streamed else "application/json", headers=[])]

    def sent(self):
        return self.bytes


def dumped(doc):
    return json.dumps(doc, ensure_ascii=False)


# --- Anthropic ---

def blocks(dice):
    out = []
    for _ in range(dice.choice((1, 2, 3, 4))):
        kind = dice.random()
        if kind < 0.4:
            out.append({"type": "thinking", "thinking": dice.choice(("", text(dice))), "signature": proof(dice)})
        elif kind < 0.5:
            out.append({"type": "redacted_thinking", "data": proof(dice, "Em")})
        else:
            out.append({"type": "text", "text": text(dice)})
    calls = [{"type": "tool_use", "id": "toolu_" + dice.word(22), "name": dice.choice(("f", "g-h_1")),
              "input": json.loads(dice.choice(ARGUMENTS))} for _ in range(dice.choice((0, 1, 2)))]
    if not calls and out[-1]["type"] != "text":
        out.append({"type": "text", "text": text(dice)})
    return out + calls


EMPTY = {"thinking": {"thinking": "", "signature": ""}, "text": {"text": ""}, "tool_use": {"input": {}}}


def deltas(dice, block):
    kind = block["type"]
    if kind == "tool_use":
        return [{"type": "input_json_delta", "partial_json": p} for p in cut(dice, dumped(block["input"]))]
    if kind == "text":
        return [{"type": "text_delta", "text": p} for p in cut(dice, block["text"])]
    if kind == "thinking":
        said = [{"type": "thinking_delta", "thinking": p} for p in cut(dice, block["thinking"]) if p]
        return said + [{"type": "signature_delta", "signature": block["signature"]}]
    return []


def anthropic(dice, name, streamed):
    model, content = dice.choice(("claude-sonnet-4-5", "claude-opus-4-8")), blocks(dice)
    if model == "claude-sonnet-4-5":            # with a budget, who thinks does it first
        content.sort(key=lambda b: not b["type"].endswith("thinking"))
    usage = {"input_tokens": 7, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20, "output_tokens": 9}
    whole = {"id": "msg_made", "type": "message", "role": "assistant", "model": "m", "content": content,
             "stop_reason": "tool_use" if content[-1]["type"] == "tool_use" else "end_turn", "stop_sequence": None,
             "usage": usage}
    events = [{"type": "message_start", "message": dict(whole, content=[], stop_reason=None)}]
    for i, b in enumerate(content):
        events.append({"type": "content_block_start", "index": i, "content_block": dict(b, **EMPTY.get(b["type"], {}))})
        events += [{"type": "content_block_delta", "index": i, "delta": d} for d in deltas(dice, b)]
        events.append({"type": "content_block_stop", "index": i})
    events += [{"type": "message_delta", "delta": {"stop_reason": whole["stop_reason"], "stop_sequence": None},
                "usage": {"output_tokens": 9}}, {"type": "message_stop"}]
    return Made(name, whole, events, streamed, True, model=model)


# --- Gemini ---

def parts(dice):
    out = []
    for _ in range(dice.choice((1, 2, 3))):
        if dice.some(0.3):
            out.append({"text": text(dice), "thought": True})
        elif not out or "thoughtSignature" in out[-1] or "thought" in out[-1]:
            out.append({"text": text(dice)})
            if dice.some(0.5):
                out[-1]["thoughtSignature"] = proof(dice, "Ci").rstrip("=")
    for n in range(dice.choice((0, 1, 2))):
        call = {"name": dice.choice(("f", "g-h_1")), "args": json.loads(dice.choice(ARGUMENTS))}
        if dice.some(0.5):
            call["id"] = dice.word(8)
        out.append(dict({"functionCall": call}, **({} if n else {"thoughtSignature": proof(dice, "Cj").rstrip("=")})))
    return out if "thought" not in out[-1] else out + [{"text": text(dice)}]


def gemini(dice, name, streamed):
    said = parts(dice)
    usage = {"promptTokenCount": 100, "cachedContentTokenCount": 40, "candidatesTokenCount": 9, "thoughtsTokenCount": 5,
             "totalTokenCount": 114}

    def doc(some, **more):
        return {"candidates": [dict({"content": {"role": "model", "parts": some}, "index": 0}, **more)],
                "modelVersion": "m", "responseId": "made", "usageMetadata": usage}
    events = [doc([p]) for p in said[:-1]] + [doc(said[-1:], finishReason="STOP")]
    return Made(name, doc(said, finishReason="STOP"), events, streamed, False)


# --- chats ---

def chat(dice, name, streamed):
    host = dice.choice(("deepseek", "moonshot", "zai", "cerebras", "groq-like"))
    message = {"role": "assistant", "content": text(dice) if dice.some(0.7) else None}
    if dice.some(0.7):
        message["reasoning" if host == "cerebras" else "reasoning_content"] = text(dice)
    if dice.some(0.6) or not message["content"]:
        message["tool_calls"] = [{"id": "call_" + dice.word(20), "type": "function", "function": {
            "name": dice.choice(("f", "g-h_1")), "arguments": dice.choice(ARGUMENTS)}} for _ in range(dice.choice((1, 2)))]
    return chat_answer(dice, name, streamed, host if host != "groq-like" else None, message)


def chat_answer(dice, name, streamed, host, message):
    usage = {"prompt_tokens": 100, "completion_tokens": 9, "total_tokens": 109, "prompt_tokens_details": {
        "cached_tokens": 40}, "completion_tokens_details": {"reasoning_tokens": 5}}
    head = {"id": "made", "created": 1, "model": "m"}
    end = "tool_calls" if "tool_calls" in message else "stop"
    whole = dict(head, object="chat.completion", usage=usage, choices=[
        {"index": 0, "message": message, "finish_reason": end}])

    def chunk(delta, finish=None):
        return dict(head, object="chat.completion.chunk", choices=[{"index": 0, "delta": delta, "finish_reason": finish}])
    events = [chunk({"role": "assistant", "content": ""})]
    late = dice.some(0.3)                       # some proofs come behind the text
    details = [chunk({"reasoning_details": [d]}) for d in message.get("reasoning_details", [])]
    events += [] if late else details
    for member in ("reasoning", "reasoning_content", "content"):
        events += [chunk({member: p}) for p in cut(dice, message.get(member) or "") if p]
    events += details if late else []
    for i, call in enumerate(message.get("tool_calls", [])):
        for n, p in enumerate(cut(dice, call["function"]["arguments"])):
            first = {"id": call["id"], "type": "function"} if n == 0 else {}
            function = dict({"name": call["function"]["name"]} if n == 0 else {}, arguments=p)
            events.append(chunk({"tool_calls": [dict(first, index=i, function=function)]}))
    events += [chunk({}, end), dict(head, object="chat.completion.chunk", choices=[], usage=usage)]
    return Made(name, whole, events, streamed, False, **({"options": {"host": host}} if host else {}))


def openrouter(dice, name, streamed):
    details = [{"type": "reasoning.text", "text": text(dice), "signature": proof(dice), "format": "x", "index": 0},
               {"type": "reasoning.encrypted", "data": proof(dice, "gA"), "id": "rs_1", "format": "y", "index": 1}]
    message = {"role": "assistant", "content": text(dice), "reasoning_details": details[:dice.choice((1, 2))]}
    if dice.some(0.5):
        message["tool_calls"] = [{"id": "call_" + dice.word(20), "type": "function", "function": {
            "name": "f", "arguments": dice.choice(ARGUMENTS)}}]
    return chat_answer(dice, name, streamed, "openrouter", message)


MAKERS = {"anthropic": (anthropic,), "gemini": (gemini,), "chat": (chat, openrouter)}


def answers(format, seed, count):
    for n in range(seed, seed + count):
        for make in MAKERS[format]:
            for streamed in (False, True):
                name = f"made/{make.__name__}-{n}-{'streamed' if streamed else 'whole'}"
                yield make(Dice(n), name, streamed)

"""Clients of the three dialects, as their SDKs are: each asks, takes the answer (of a stream: puts it
together), and keeps it in its history in the way of its dialect.
SPDX-License-Identifier: MIT

A client: ask() is (path, body); take(text) reads an answer; then `calls` is [(id, name, arguments)],
`usage` a dict of whole, cached, written, out (inclusive totals; None: not told); go_on() answers every
call, or says something."""
import json

from expect import Wrong, events

QUESTION = "What is it like? \u2014 \u00e4\u4f60\U0001f600"
NEXT = "And then?"
LIMIT = 20000


def result_of(n):
    """Of the call of that number."""
    return f"result {n}\n\u2713"


class Client:
    """What all have in common."""

    def __init__(self, model, streamed, tools):
        self.model, self.streamed, self.tools = model, streamed, tools
        self.calls, self.usage, self.history = [], None, []
        self.relayed = False                    # what comes is the host's own doing

    def take(self, text):
        self.calls = []
        if not self.streamed:
            self.take_whole(json.loads(text))
            return
        docs = [json.loads(e) for e in events(text) if e != "[DONE]"]
        broken = [d for d in docs if "error" in d and d.get("error")]
        if broken:
            raise Wrong("the stream breaks off: " + json.dumps(broken[0])[:500])
        self.take_events(docs)

    def go_on(self):
        for n, (id, _, _) in enumerate(self.calls):
            self.answer(id, result_of(n))
        if not self.calls:
            self.say(NEXT)


# --- chat ---

def merged(into, delta):
    """As the SDKs add deltas up: texts are joined, lists go by index, but for kinds and ids."""
    for key, value in delta.items():
        old = into.get(key)
        if isinstance(value, str) and isinstance(old, str) and key not in ("id", "type", "role"):
            into[key] = old + value
        elif isinstance(value, dict) and isinstance(old, dict):
            merged(old, value)
        elif isinstance(value, list) and all(isinstance(v, dict) and "index" in v for v in value):
            into[key] = into.get(key) or []
            for v in value:
                at = next((o for o in into[key] if o["index"] == v["index"]), None)
                merged(at, {k: x for k, x in v.items() if k != "index"}) if at else into[key].append(dict(v))
        elif value is not None or key not in into:
            into[key] = value
    return into


class Chat(Client):
    name = "chat"

    def __init__(self, *more):
        super().__init__(*more)
        self.say(QUESTION)

    def ask(self):
        body = {"model": self.model, "max_completion_tokens": LIMIT, "messages": self.history}
        if self.streamed:
            body.update(stream=True, stream_options={"include_usage": True})
        if self.tools:
            body["tools"] = [{"type": "function", "function": {"name": n, "parameters": {"type": "object"}}}
                             for n in self.tools]
        return "/v1/chat/completions", body

    def take_whole(self, doc):
        self.keep(doc["choices"][0]["message"], doc.get("usage"))

    def take_events(self, docs):
        message, usage = {}, None
        for doc in docs:
            usage = doc.get("usage") or usage
            for choice in doc["choices"]:
                merged(message, choice["delta"])
        self.keep(message, usage)

    def keep(self, message, usage):
        self.history.append(message)
        self.calls = [(c["id"], c["function"]["name"], c["function"]["arguments"])
                      for c in message.get("tool_calls") or []]
        details = (usage or {}).get("prompt_tokens_details") or {}
        self.usage = usage and {"whole": usage["prompt_tokens"], "cached": details.get("cached_tokens") or 0,
                                "written": details.get("cache_write_tokens") or 0, "out": usage["completion_tokens"]}

    def answer(self, id, text):
        self.history.append({"role": "tool", "tool_call_id": id, "content": text})

    def say(self, text):
        self.history.append({"role": "user", "content": text})


# --- messages ---

def block_added(block, delta, inputs):
    if delta["type"] == "input_json_delta":
        inputs.append(delta["partial_json"])
    elif delta["type"] == "citations_delta":
        block["citations"] = (block.get("citations") or []) + [delta["citation"]]
    else:
        member = delta["type"].removesuffix("_delta")
        block[member] = (block.get(member) or "") + (delta.get(member) or "")


class Messages(Client):
    name = "messages"

    def __init__(self, *more):
        super().__init__(*more)
        self.say(QUESTION)

    def ask(self):
        body = {"model": self.model, "max_tokens": LIMIT, "messages": self.history}
        if self.streamed:
            body["stream"] = True
        if self.tools:
            body["tools"] = [{"name": n, "input_schema": {"type": "object"}} for n in self.tools]
        return "/v1/messages", body

    def take_whole(self, doc):
        self.keep(doc["content"], doc["usage"])

    def take_events(self, docs):
        blocks, inputs, usage, stopped = [], {}, {}, 0
        for e in docs:
            if e["type"] == "message_start":
                usage, blocks = dict(e["message"]["usage"]), list(e["message"].get("content") or [])
            elif e["type"] == "content_block_start":
                blocks.append(dict(e["content_block"]))
                if e["index"] != len(blocks) - 1 and not docs[0]["message"].get("content"):
                    raise Wrong(f"block {len(blocks) - 1} has the index {e['index']}")
            elif e["type"] == "content_block_delta":
                block_added(blocks[e["index"]], e["delta"], inputs.setdefault(e["index"], []))
            elif e["type"] == "content_block_stop":
                stopped += 1
            elif e["type"] == "message_delta":
                usage.update({k: v for k, v in e["usage"].items() if v is not None})
        if stopped + len(docs[0]["message"].get("content") or []) != len(blocks) or docs[-1]["type"] != "message_stop":
            raise Wrong(f"{len(blocks)} blocks began and {stopped} ended; the last event is {docs[-1]['type']}")
        for i, pieces in inputs.items():
            if "".join(pieces):
                blocks[i]["input"] = json.loads("".join(pieces))
        self.keep(blocks, usage)

    def keep(self, content, usage):
        self.history.append({"role": "assistant", "content": content})
        self.calls = [(b["id"], b["name"], json.dumps(b["input"])) for b in content if b["type"] == "tool_use"]
        cached, written = (usage.get(k) or 0 for k in ("cache_read_input_tokens", "cache_creation_input_tokens"))
        self.usage = {"whole": usage["input_tokens"] + cached + written, "cached": cached, "written": written,
                      "out": usage["output_tokens"]}

    def go_on(self):
        if self.calls:
            self.history.append({"role": "user", "content": []})
        super().go_on()

    def answer(self, id, text):
        self.history[-1]["content"].append({"type": "tool_result", "tool_use_id": id, "content": text})

    def say(self, text):
        self.history.append({"role": "user", "content": text})


# --- responses ---

def without_late(item, done):
    """item, without the annotations that were not there when it was done."""
    if item["type"] != "message" or not done or len(done["content"]) != len(item["content"]):
        return item
    parts = [dict(p, annotations=p["annotations"][:len(d["annotations"])]) if "annotations" in p and "annotations" in d else p
             for p, d in zip(item["content"], done["content"])]
    return dict(item, content=parts)


class Responses(Client):
    """Keeps nothing itself: the gateway does, and is told the last answer's id."""
    name, stateless = "responses", False

    def __init__(self, *more):
        super().__init__(*more)
        self.previous = None
        self.say(QUESTION)

    def ask(self):
        body = {"model": self.model, "max_output_tokens": LIMIT, "input": self.history, "store": not self.stateless}
        if self.stateless:
            body["include"] = ["reasoning.encrypted_content"]
        if self.previous and not self.stateless:
            body["previous_response_id"] = self.previous
        if self.streamed:
            body["stream"] = True
        if self.tools:
            body["tools"] = [{"type": "function", "name": n, "parameters": {"type": "object"}, "strict": False}
                             for n in self.tools]
        return "/v1/responses", body

    def take_whole(self, doc):
        self.previous = doc["id"]
        if not self.stateless:
            self.history = []
        self.keep(doc["output"], doc["usage"])

    def take_events(self, docs):
        done = {e["output_index"]: e["item"] for e in docs if e["type"] == "response.output_item.done"}
        last = docs[-1]
        if last["type"] not in ("response.completed", "response.incomplete"):
            raise Wrong("the last event is " + last["type"])
        if not self.relayed:
            self.check_items(docs, done, last["response"]["output"])
        self.take_whole(last["response"])

    @staticmethod
    def check_items(docs, done, output):
        """Who adds the deltas up has what the items say, and who collects the items has the output, but for
        citations that come when their text has long ended: only the output has them."""
        output = [without_late(item, done.get(i)) for i, item in enumerate(output)]
        if [done[i] for i in sorted(done)] != output:
            raise Wrong(f"the items that were done are not the output:\n{done}\n{output}")
        for i, item in done.items():
            said = "".join(e["delta"] for e in docs if e.get("output_index") == i and e["type"].endswith(".delta"))
            if item["type"] == "message":
                want = "".join(p.get("text", p.get("refusal")) for p in item["content"])
            elif item["type"] == "reasoning":
                want = "".join(p["text"] for p in item["summary"])
            else:
                want = item.get("arguments", item.get("input"))
            if said != want:
                raise Wrong(f"the deltas of a {item['type']} are not what it says:\n{said}\n{want}")

    def keep(self, output, usage):
        if self.stateless:
            self.history += output
        self.calls = [(o["call_id"], o["name"], o.get("arguments", o.get("input"))) for o in output
                      if o["type"] in ("function_call", "custom_tool_call")]
        self.custom = {o["call_id"] for o in output if o["type"] == "custom_tool_call"}
        details = (usage or {}).get("input_tokens_details") or {}
        self.usage = usage and {"whole": usage["input_tokens"], "cached": details.get("cached_tokens") or 0,
                                "written": details.get("cache_write_tokens") or 0, "out": usage["output_tokens"]}

    def answer(self, id, text):
        kind = "custom_tool_call_output" if id in self.custom else "function_call_output"
        self.history.append({"type": kind, "call_id": id, "output": text})

    def say(self, text):
        self.history.append({"role": "user", "content": text})


class Stateless(Responses):
    """Keeps all of it itself, as Codex does."""
    name, stateless = "responses, store: false", True


CLIENTS = (Chat, Messages, Responses, Stateless)

"""The upstream of an agent's turn, in three formats: the first answer calls a tool of the agent's own, the second says
what the tool found.  What comes is checked as the hosts themselves would.
SPDX-License-Identifier: MIT"""
import json
import re
import sys
import os
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from upstream import Answer, Upstream  # noqa: E402

FILE, WORD = "note.txt", re.compile(r"heron-\d{6}")
COMMAND = "cat " + FILE
# What an upstream wants done: the agents' tools that can, by the names that come to it, and what they are called with.
READ = (
    ("Bash", {"command": COMMAND, "description": "Reads the note"}),
    ("bash", {"command": COMMAND, "description": "Reads the note"}),
    ("exec_command", {"cmd": COMMAND}),
    ("functions__exec", {"input": "const r = await tools.exec_command({cmd: \"" + COMMAND + "\"});\ntext(r.output);\n"}),
)
PATCH = (("apply_patch", {"input": f"*** Begin Patch\n*** Add File: {FILE}\n+The word of today is @word@.\n*** End Patch\n"}),)
TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
SIDE = '{"title": "A note"}'                   # a request without tools: a title, a summary
SIGNATURE = "c2lnbmF0dXJlIG9mIGEgdGhvdWdodCwga2VwdA=="


class Wrong(Exception):
    """The request is none that the host would take."""


def need(truth, what):
    if not truth:
        raise Wrong(what)


def events(items, named=False):
    out = "".join((f"event: {item['type']}\n" if named else "") + f"data: {json.dumps(item)}\n\n" for item in items)
    return Answer(type="text/event-stream", body=out.encode(), how="chunked", split=7)


def pieces(text):
    third = max(1, len(text) // 3)
    return [text[:third], text[third:2 * third], text[2 * third:]]


def text_of(content):
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


class Chat:
    """OpenAI's chat completions."""
    name, type, path, options = "chat", "compatible", "/chat/v1", ""
    CALL = "call_Kq83hGfZt2"

    @staticmethod
    def takes(path):
        return path == "/chat/v1/chat/completions"

    def check(self, body):
        open_calls = []
        for m in body["messages"]:
            need(m["role"] in ("system", "developer", "user", "assistant", "tool"), f"role {m['role']}")
            if m["role"] == "tool":
                need(m["tool_call_id"] in open_calls, "a result of no call")
                open_calls.remove(m["tool_call_id"])
            else:
                need(not open_calls, "calls without results")
                need(m.get("content") or m.get("tool_calls"), f"an empty message of {m['role']}")
            for call in m.get("tool_calls", ()):
                json.loads(call["function"]["arguments"])
                open_calls.append(call["id"])
        need(not open_calls, "calls without results")
        need(set(body) <= {"model", "messages", "tools", "tool_choice", "stream", "stream_options", "max_tokens", "temperature",
                           "top_p", "parallel_tool_calls", "reasoning_effort", "response_format", "user", "stop", "verbosity",
                           "max_completion_tokens", "prompt_cache_key", "safety_identifier", "store", "metadata", "service_tier"},
             f"members {sorted(body)}")

    def tools(self, body):
        return [t["function"]["name"] for t in body.get("tools", ())]

    def results(self, body):
        """What came back for our calls, in their order."""
        return [text_of(m["content"]) for m in body["messages"] if m["role"] == "tool" and m["tool_call_id"].startswith(self.CALL)]

    def streamed(self, body, path):
        return body.get("stream", False)

    def answer(self, body, path, call, text):
        message = {"role": "assistant", "content": text}
        if call:
            name, args, number = call
            message["tool_calls"] = [{"id": self.CALL + number, "type": "function", "function": {"name": name, "arguments": json.dumps(args)}}]
        end = "tool_calls" if call else "stop"
        usage = {"prompt_tokens": 900, "completion_tokens": 20, "total_tokens": 920}
        head = {"id": "chatcmpl-1", "created": 1, "model": body["model"]}
        if not body.get("stream"):
            return Answer(body=json.dumps({**head, "object": "chat.completion", "usage": usage, "choices": [
                {"index": 0, "message": message, "finish_reason": end}]}).encode())
        deltas = [{"role": "assistant", "content": ""}] + [{"content": p} for p in pieces(text)]
        if call:
            f = message["tool_calls"][0]["function"]
            deltas.append({"tool_calls": [{"index": 0, "id": self.CALL + number, "type": "function", "function": {"name": name, "arguments": ""}}]})
            deltas += [{"tool_calls": [{"index": 0, "function": {"arguments": p}}]} for p in pieces(f["arguments"])]
        head["object"] = "chat.completion.chunk"
        chunks = [{**head, "choices": [{"index": 0, "delta": d, "finish_reason": None}]} for d in deltas]
        chunks.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": end}]})
        if body.get("stream_options", {}).get("include_usage"):
            chunks.append({**head, "choices": [], "usage": usage})
        out = events(chunks)
        out.body += b"data: [DONE]\n\n"
        return out


class Messages:
    """Anthropic's Messages."""
    name, type, path, options = "messages", "anthropic", "/messages", ""
    CALL = "toolu_01Kq83hGfZt2"

    @staticmethod
    def takes(path):
        return path.split("?")[0] in ("/messages/v1/messages", "/messages/v1/messages/count_tokens")

    def check(self, body):
        need(body["messages"][0]["role"] == "user", "the user speaks first")
        open_calls = []
        for m in body["messages"]:
            need(m["role"] in ("user", "assistant", "system"), f"role {m['role']}")
            need(m["content"], "an empty message")
            blocks = m["content"] if isinstance(m["content"], list) else []
            for b in blocks:
                if b["type"] == "tool_result":
                    need(b["tool_use_id"] in open_calls, "a result of no call")
                    open_calls.remove(b["tool_use_id"])
                elif m["role"] == "user":
                    need(not open_calls, "results come first")
                if b["type"] == "text":
                    need(b["text"].strip(), "a text without words")
                if b["type"] == "tool_use":
                    need(isinstance(b["input"], dict), "a call's input is a map")
                    open_calls.append(b["id"])
        need(not open_calls, "calls without results")

    def tools(self, body):
        return [t["name"] for t in body.get("tools", ()) if "input_schema" in t]

    def results(self, body):
        blocks = [b for m in body["messages"] if isinstance(m["content"], list) for b in m["content"]]
        return [text_of(b["content"]) for b in blocks if b["type"] == "tool_result" and b["tool_use_id"].startswith(self.CALL)]

    def streamed(self, body, path):
        return body.get("stream", False)

    def answer(self, body, path, call, text):
        if "count_tokens" in path:
            return Answer(body=b'{"input_tokens":900}')
        blocks = [{"type": "text", "text": text}] if text else []
        if call:
            blocks.append({"type": "tool_use", "id": self.CALL + call[2], "name": call[0], "input": call[1]})
        end = {"stop_reason": "tool_use" if call else "end_turn", "stop_sequence": None}
        usage = {"input_tokens": 900, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 1}
        message = {"id": "msg_01", "type": "message", "role": "assistant", "model": body["model"], "content": [],
                   "stop_reason": None, "stop_sequence": None, "usage": usage}
        if not body.get("stream"):
            return Answer(body=json.dumps({**message, **end, "content": blocks, "usage": {**usage, "output_tokens": 20}}).encode())
        out = [{"type": "message_start", "message": message}, {"type": "ping"}]
        for i, b in enumerate(blocks):
            text = b.get("text")
            kind, member, whole = ("text_delta", "text", text) if text else ("input_json_delta", "partial_json", json.dumps(b["input"]))
            out.append({"type": "content_block_start", "index": i, "content_block": {**b, "text": ""} if text else {**b, "input": {}}})
            out += [{"type": "content_block_delta", "index": i, "delta": {"type": kind, member: p}} for p in pieces(whole)]
            out.append({"type": "content_block_stop", "index": i})
        out += [{"type": "message_delta", "delta": end, "usage": {"output_tokens": 20}}, {"type": "message_stop"}]
        return events(out, named=True)


class Gemini:
    """Google's generateContent."""
    name, type, path, options = "gemini", "gemini", "/gemini", ""

    @staticmethod
    def takes(path):
        return re.fullmatch(r"/gemini/v1beta/models/[^/:]+:(generateContent|streamGenerateContent\?alt=sse|countTokens)", path)

    def check(self, body):
        need(body["contents"][0]["role"] == "user", "the user speaks first")
        calls = 0
        for c in body["contents"]:
            need(c["role"] in ("user", "model"), f"role {c['role']}")
            need(c["parts"], "no parts")
            results = sum("functionResponse" in p for p in c["parts"])
            need(results == calls, f"{calls} calls, {results} results")
            calls = sum("functionCall" in p for p in c["parts"])
            need(c["role"] == "model" or not calls, "the user calls")
            for p in c["parts"]:
                need(p.get("text") != "", "an empty text")
                if "functionCall" in p and c["role"] == "model":
                    need(p.get("thoughtSignature") == SIGNATURE, "the thought's signature is lost")
        need(not calls, "calls without results")

    def tools(self, body):
        return [f["name"] for t in body.get("tools", ()) for f in t.get("functionDeclarations", ())]

    def results(self, body):
        return [json.dumps(p["functionResponse"]["response"]) for c in body["contents"] for p in c["parts"] if "functionResponse" in p]

    def streamed(self, body, path):
        return "streamGenerateContent" in path

    def answer(self, body, path, call, text):
        if "countTokens" in path:
            return Answer(body=b'{"totalTokens":900}')
        parts = [{"text": p} for p in pieces(text) if p]
        if call:
            parts.append({"functionCall": {"name": call[0], "args": call[1]}, "thoughtSignature": SIGNATURE})
        usage = {"promptTokenCount": 900, "candidatesTokenCount": 20, "totalTokenCount": 920}
        head = {"modelVersion": "gemini-3-pro-preview", "responseId": "r1", "usageMetadata": usage}

        def piece(some, end):
            return {"candidates": [{"index": 0, "content": {"role": "model", "parts": some}, **end}], **head}
        if not self.streamed(body, path):
            return Answer(body=json.dumps(piece(parts, {"finishReason": "STOP"})).encode())
        return events([piece([p], {}) for p in parts[:-1]] + [piece(parts[-1:], {"finishReason": "STOP"})])


FACES = (Chat(), Messages(), Gemini())


class Script(Upstream):
    """Answers every request of a turn, in whichever of the formats it comes: one call after the other, then what the last
    of them found.  Keeps what was wrong."""

    def __init__(self):
        self.saying = threading.Lock()
        self.begin((), "")
        super().__init__(self.turn)

    def begin(self, plan, word):
        with self.saying:
            self.plan, self.word = plan, word
            self.wrong, self.called, self.found, self.asked, self.side = [], [], [], 0, 0

    def turn(self, request):
        face = next((f for f in FACES if f.takes(request.path)), None)
        try:
            need(face, f"nothing is at {request.method} {request.path}")
            body = json.loads(request.body)
            face.check(body)
            for name in face.tools(body):
                need(TOOL_NAME.fullmatch(name), f"a tool called {name!r}")
            call, text = self.next_step(face.tools(body), face.results(body))
            return face.answer(body, request.path, call, text)
        except (Wrong, KeyError, ValueError, TypeError) as e:
            with self.saying:
                self.wrong.append(f"{type(e).__name__} {e}: {request.body[:2000].decode(errors='replace')}")
            return Answer(400, body=json.dumps({"error": {"message": str(e)}}).encode())

    def next_step(self, names, results):
        """(the call or None, the text)"""
        with self.saying:
            self.asked += 1
            if not names:
                self.side += 1
                return None, SIDE
            if len(results) == len(self.plan):
                self.found = results
                word = WORD.search(results[-1]) if results else None
                return None, f"The word is {word.group()}." if word else "There is no word."
            able = self.plan[len(results)]
            call = next(((name, self.filled(args), str(len(results))) for name, args in able if name in names), None)
            need(call, f"no tool can do it: {names}")
            self.called.append(call[0])
            return call, "Let me look."

    def filled(self, args):
        return json.loads(json.dumps(args).replace("@word@", self.word))

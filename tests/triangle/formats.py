"""What an answer says and what a request brings back of it, in the formats of upstreams.
SPDX-License-Identifier: MIT

An answer is a list of pieces: ("thought", text, proof), ("redacted", proof), ("text", text),
("call", id, name, arguments, proof), ("result", id, text); proofs are opaque and go byte for byte, "" is none.
said(fixture) is made of the recording alone; heard(body) of the request of the next turn: what stands
behind the first question."""
import json

from clients import CLIENTS, NEXT, QUESTION, Responses, Stateless, result_of
from expect import events, same
from hosts import anthropic as anthropic_host
from hosts import gemini as gemini_host

BLANK = " \t\r\n"


def joined(pieces):
    """Neighbouring texts are one, and empty ones none."""
    out = []
    for p in pieces:
        if p[0] == "text" and out and out[-1][0] == "text":
            out[-1] = ("text", out[-1][1] + p[1])
        elif p[0] != "text" or p[1]:
            out.append(p)
    return out


def behind_question(pieces):
    same("the question", pieces[0][:1] + (pieces[0][1][:len(QUESTION)],), ("text", QUESTION))
    rest = pieces[0][1][len(QUESTION):]
    return ([("text", rest)] if rest else []) + pieces[1:]


class Format:
    """clients: who can ask there; plainest: an answer to ask for when only the question counts."""
    clients, plainest = CLIENTS, None

    @staticmethod
    def wire(fixture):
        return fixture.sent()

    @staticmethod
    def movable(fixture):
        """Can any other host be told of it?"""
        return True

    @staticmethod
    def blocks(fixture):
        """What a relayed answer is to the client, and (kept) what comes of it in the next request: no more
        than that the request is the client's."""

    @staticmethod
    def kept(body):
        """See blocks."""


class Anthropic(Format):
    """Blocks of Messages."""
    name, hosts = "anthropic", ("anthropic",)

    @staticmethod
    def takes(fixture):
        doc = json.loads(fixture.bytes) if not fixture.streamed else {}
        if fixture.status != 200 or (not fixture.streamed and doc.get("type") != "message"):
            return False
        return not anthropic_host.message_of(fixture)[1] and fixture.case.get("op", "chat") == "chat" \
            and "-cut" not in fixture.file and "-error" not in fixture.file

    @staticmethod
    def wire(fixture):
        """Some recordings go on with the next answer."""
        if not fixture.streamed:
            return fixture.sent()
        end = fixture.sent().index(b'"message_stop"')
        return fixture.sent()[:fixture.sent().index(b"\n\n", end) + 2]

    @staticmethod
    def blocks(fixture):
        """As Anthropic's own client keeps them."""
        return anthropic_host.message_of(fixture)[0]["content"]

    @staticmethod
    def kept(body):
        return body["messages"][1]["content"]

    @classmethod
    def said(cls, fixture):
        why = anthropic_host.message_of(fixture)[0].get("stop_details") or {}
        return pieces_of_blocks(cls.blocks(fixture)) + [("refusal", w) for w in [why.get("explanation")] if w]

    @staticmethod
    def heard(body):
        return behind_question([p for m in body["messages"] for p in pieces_of_blocks(content_of(m))])


def content_of(message):
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def pieces_of_blocks(blocks):
    out = []
    for b in blocks:
        if b["type"] == "thinking":
            out.append(("thought", b.get("thinking", ""), b.get("signature", "")))
        elif b["type"] == "redacted_thinking":
            out.append(("redacted", b["data"]))
        elif b["type"] == "text" and b["text"].strip(BLANK):
            out.append(("text", b["text"]))
        elif b["type"] == "tool_use":
            out.append(("call", b["id"], b["name"], b["input"], ""))
        elif b["type"] == "tool_result":
            out.append(("result", b["tool_use_id"], "".join(c["text"] for c in content_of(b))))
    return out


class Gemini(Format):
    """Parts of contents.  Calls without an id are known by their place."""
    name, hosts = "gemini", ("gemini",)

    @staticmethod
    def takes(fixture):
        if fixture.op != "chat" or fixture.status != 200 or not gemini_host.takes(fixture) \
                or fixture.case.get("doc") or fixture.case.get("options"):
            return False
        docs = gemini_host.docs_of(fixture)
        return bool(cls_parts(docs)) and not gemini_host.breaks_off(fixture, docs) and not fixture.case.get("error")

    @staticmethod
    def said(fixture):
        return pieces_of_parts(cls_parts(gemini_host.docs_of(fixture)))

    @staticmethod
    def heard(body):
        return behind_question([p for c in body["contents"] for p in pieces_of_parts(c["parts"])])


def cls_parts(docs):
    return [p for d in docs for c in (d.get("candidates") or [])[:1] for p in gemini_host.parts_of(c)]


def pieces_of_parts(parts):
    """The signature of a text is a proof of its own behind it: Google sends it behind the last piece."""
    out = []
    for p in parts:
        proof = p.get("thoughtSignature", "")
        if "functionCall" in p:
            call = p["functionCall"]
            out.append(("call", call.get("id"), call["name"], call.get("args", {}), proof))
        elif "functionResponse" in p:
            result = p["functionResponse"]
            out.append(("result", result.get("id"), result["response"].get("output")))
        elif "text" in p and p.get("thought"):
            if p["text"] and out and out[-1][0] == "thought" and not out[-1][2]:
                out[-1] = ("thought", out[-1][1] + p["text"], proof)
            elif p["text"] or proof:
                out.append(("thought", p["text"], proof))
        elif "text" in p:
            out += [("text", p["text"])] + ([("proof", proof)] if proof else [])
    return joined(out)


class OpenAI(Format):
    """Messages of Chat Completions, and what each host takes back of its thoughts."""
    name, hosts = "chat", ("compatible", "openai")
    # By host: the member, and whether also without tool calls.
    BACK = {"deepseek": ("reasoning_content", False), "moonshot": ("reasoning_content", False),
            "zai": ("reasoning_content", False), "cerebras": ("reasoning", True),
            "openrouter": ("reasoning_details", True), "minimax": ("reasoning_details", True),
            "snowflake": ("reasoning_details", True)}

    @staticmethod
    def takes(fixture):
        if fixture.op != "chat" or fixture.status != 200 or fixture.case.get("native") or fixture.case.get("error"):
            return False
        if "responses" in fixture.file or "n2" in fixture.file or fixture.file.startswith(("transcript", "speech")):
            return False
        docs = list(documents(fixture))
        return bool(docs) and any(d.get("choices") for d in docs) and not any(refuses(d) for d in docs)

    @classmethod
    def said(cls, fixture):
        message = message_of(documents(fixture), fixture)
        back, always = cls.BACK.get(fixture.case.get("options", {}).get("host"), ("", False))
        return cls.pieces(message, back if always or message["calls"] else "")

    @staticmethod
    def pieces(m, back):
        out = []
        if back == "reasoning_details" and m["thought"] and not m["reasoning_details"]:
            out.append(("detail", json.dumps({"text": m["thought"], "type": "reasoning.text"})))
        elif back == "reasoning_details":
            out += [("detail", json.dumps(d, sort_keys=True)) for d in m["reasoning_details"]]
        elif back and m["thought"]:
            out.append(("thought", m["thought"], ""))
        out += [("text", m["content"])] if m["content"] else []
        return out + [("call", c["id"], c["name"], json.loads(c["arguments"] or "{}"), "") for c in m["calls"]]

    @classmethod
    def heard(cls, body):
        out = []
        for m in body["messages"]:
            if m["role"] == "tool":
                out.append(("result", m["tool_call_id"], m["content"]))
                continue
            calls = [{"id": c["id"], **c["function"]} for c in m.get("tool_calls") or []]
            content = "".join(c["text"] for c in content_of(m)) if m["content"] else ""
            details = m.get("reasoning_details") or []
            out += cls.pieces({"content": content, "thought": m.get("reasoning_content") or m.get("reasoning"),
                               "reasoning_details": details, "calls": calls},
                              "reasoning_details" if details else "reasoning")
        return behind_question(out)


def documents(fixture):
    from copied import documents as all_of
    try:
        return [d for d in all_of(fixture) if isinstance(d, dict)]
    except ValueError:
        return []


def refuses(doc):
    from copied import errs
    return errs(doc)


def message_of(docs, fixture):
    """Added up by the same rules that tests/fixtures has for these hosts."""
    from copied import Choice, add
    from hosts.compatible import TAGS
    host = fixture.case.get("options", {}).get("host")
    choice, details = Choice(host in TAGS), []
    for doc in docs:
        for c in doc.get("choices") or []:
            if c.get("index", 0) == 0 or not fixture.streamed:
                add_details(details, c)
                add(choice, c)
    done = choice.finished()
    calls = [{"id": c["id"], "name": c["name"], "arguments": json.dumps(c["arguments"])} for c in done["tool_calls"]]
    return {"content": done["content"], "thought": done["reasoning_content"], "reasoning_details": details,
            "calls": calls}


def add_details(to, choice):
    """Pieces of one thought are put together, as OpenRouter tells its clients to."""
    said = choice.get("message") or choice.get("delta") or {}
    for d in said.get("reasoning_details") or []:
        d = {k: v for k, v in d.items() if v is not None}
        last = to[-1] if to else None
        if last and "message" not in choice and last.get("index") == d.get("index") and last["type"] == d["type"]:
            for k, v in d.items():
                last[k] = last.get(k, "") + v if k in ("text", "summary", "data") else v
        else:
            to.append(d)


class Native(Format):
    """Items of Responses, of hosts that speak it themselves."""
    name, hosts, clients = "responses", ("openai", "azure"), (Responses, Stateless)

    @staticmethod
    def takes(fixture):
        if fixture.case.get("dialect") != "openai.responses" or fixture.status != 200 or fixture.case.get("error"):
            return False
        return Native.output(fixture) is not None

    @staticmethod
    def output(fixture):
        """None: it has not ended well."""
        if not fixture.streamed:
            doc = json.loads(fixture.bytes)
        else:
            try:
                ends = [e for e in map(json.loads, events(fixture.sent().decode())) if e["type"] == "response.completed"]
            except ValueError:
                return None                     # one recording has an event that is not JSON
            doc = ends[0]["response"] if ends else {}     # several answers may be recorded in one
        return doc["output"] if doc.get("status") == "completed" else None

    @staticmethod
    def movable(fixture):
        """Calls of tools that only this API has are refused by name (responses.case)."""
        return not any(o["type"] in ("apply_patch_call", "local_shell_call", "shell_call") for o in Native.output(fixture))

    @staticmethod
    def relayable(fixture):
        """What the gateway, which keeps the conversation, tells of it again: without ids, which other hosts
        do not know, and without thoughts that only an id stands for."""
        plain = ("message", "function_call", "custom_tool_call", "reasoning")
        return [{k: v for k, v in o.items() if k != "id" or o["type"] not in plain} for o in Native.output(fixture)
                if o["type"] != "reasoning" or o.get("encrypted_content")]

    @staticmethod
    def said(fixture):
        out = []
        for o in Native.output(fixture):
            if o["type"] == "message":
                out += [("text", p["text"]) for p in o["content"]]
            elif o["type"] == "reasoning":
                out.append(("thought", "\n\n".join(p["text"] for p in o["summary"]), o.get("encrypted_content") or ""))
            elif o["type"] == "function_call":
                out.append(("call", o["call_id"], o["name"], json.loads(o["arguments"]), ""))
            elif o["type"] == "custom_tool_call":
                out.append(("call", o["call_id"], o["name"], {"input": o["input"]}, ""))
        return joined(out)


FORMATS = (Anthropic, Gemini, OpenAI, Native)


def next_of(said):
    """What every client says behind that answer."""
    calls = [p for p in said if p[0] == "call"]
    return [("result", c[1], result_of(n)) for n, c in enumerate(calls)] or [("text", NEXT)]

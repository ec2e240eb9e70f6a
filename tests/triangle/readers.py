"""Requests that have reached an upstream, as dice.py describes them: the other way of writers.py.  What is
not known there is kept under "others", so that nothing goes unseen.
SPDX-License-Identifier: MIT"""
import json

from expect import Wrong

BESIDE = ("model", "stream", "stream_options")


def rest(map, *known):
    """Members beyond these are nobody's."""
    odd = set(map) - set(known)
    if odd:
        raise Wrong(f"{sorted(odd)} of {json.dumps(map, ensure_ascii=False)[:400]} is not known")


def part_of_chat(p):
    rest(p, "type", "cache_control", "text" if p["type"] == "text" else p["type"])
    if p["type"] == "text":
        out = {"text": p["text"]}
    elif p["type"] == "image_url":
        rest(p["image_url"], "url", "detail")
        out = {"picture": p["image_url"]["url"]}
        out.update({k: v for k, v in p["image_url"].items() if k == "detail"})
    else:
        rest(p["file"], "filename", "file_data")
        out = {"file": p["file"]["file_data"], "name": p["file"]["filename"]}
    return dict(out, mark=p["cache_control"]) if "cache_control" in p else out


def parts_of_chat(content):
    if isinstance(content, str):
        return [{"text": content}] if content else []
    return [part_of_chat(p) for p in content or []]


def turn_of_chat(m):
    rest(m, "role", "content", "tool_calls", "tool_call_id", "reasoning_content")
    parts = parts_of_chat(m["content"])
    if m["role"] == "tool":
        return "results", [{"id": m["tool_call_id"], "parts": parts}]
    if m["role"] != "assistant":
        return m["role"], parts
    calls = [{"id": c["id"], "name": c["function"]["name"], "arguments": c["function"]["arguments"]}
             for c in m.get("tool_calls") or []]
    thought = m.get("reasoning_content")
    return "assistant", {"thoughts": [(thought, "")] if thought else [], "parts": parts, "calls": calls}


def chat(body):
    out = {"turns": [], "tools": []}
    for m in body["messages"]:
        role, said = turn_of_chat(m)
        if role == "results" and out["turns"] and out["turns"][-1][0] == "results":
            out["turns"][-1][1].extend(said)
        else:
            out["turns"].append((role, said))
    for t in body.get("tools", []):
        rest(t, "type", "function", "cache_control")
        out["tools"].append(tool_of(t["function"], "parameters", t.get("cache_control")))
    choice = body.get("tool_choice")
    known = {"limit": body.get("max_completion_tokens", body.get("max_tokens")), "effort": body.get("reasoning_effort"),
             "choice": choice["function"] if isinstance(choice, dict) else choice,
             "serial": True if body.get("parallel_tool_calls") is False else None,
             "format": format_of(body.get("response_format"))}
    return finished(out, body, known, ("messages", "response_format", "tools", "tool_choice", "max_tokens", "max_completion_tokens",
                                       "parallel_tool_calls", "reasoning_effort"))


def format_of(said):
    if said is None:
        return None
    rest(said["json_schema"], "name", "schema", "strict")
    if (said["type"], said["json_schema"]["name"], said["json_schema"]["strict"]) != ("json_schema", "output", True):
        raise Wrong(f"the format is {said}")
    return said["json_schema"]["schema"]


def tool_of(f, schema, mark):
    rest(f, "name", "description", schema, "strict", "cache_control")
    out = {"name": f["name"], "schema": f.get(schema)}
    for name, value in (("about", f.get("description")), ("mark", mark), ("strict", f.get("strict") or None)):
        if value is not None:
            out[name] = value
    return out


def finished(out, body, known, read):
    out.update({k: v for k, v in known.items() if v is not None})
    out.update({k: v for k, v in body.items() if k not in read and k not in BESIDE})
    return out


# --- messages ---

def part_of_block(b):
    source = b.get("source", {})
    if b["type"] == "text":
        rest(b, "type", "text", "cache_control")
        out = {"text": b["text"]}
    elif b["type"] == "image":
        rest(b, "type", "source", "cache_control")
        out = {"picture": source["url"] if source["type"] == "url" else data_of(source)}
    elif b["type"] == "document":
        rest(b, "type", "source", "title", "cache_control")
        out = {"file": data_of(source), "name": b.get("title")}
    else:
        raise Wrong("a block of the type " + b["type"])
    return dict(out, mark=b["cache_control"]) if "cache_control" in b else out


def data_of(source):
    return f"data:{source['media_type']};base64,{source['data']}"


def blocks_of(content):
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def assistant_of(blocks):
    out = {"thoughts": [], "parts": [], "calls": []}
    for b in blocks:
        if b["type"] == "thinking":
            out["thoughts"].append((b["thinking"], b["signature"]))
        elif b["type"] == "redacted_thinking":
            out["thoughts"].append((None, b["data"]))
        elif b["type"] == "tool_use":
            rest(b, "type", "id", "name", "input")
            out["calls"].append({"id": b["id"], "name": b["name"], "arguments": json.dumps(b["input"])})
        else:
            out["parts"].append(part_of_block(b))
    return out


def result_of(b):
    rest(b, "type", "tool_use_id", "content", "is_error", "cache_control")
    out = {"id": b["tool_use_id"], "parts": [part_of_block(p) for p in blocks_of(b.get("content", []))]}
    if b.get("is_error"):
        out["failed"] = True
    return dict(out, mark=b["cache_control"]) if "cache_control" in b else out


def turns_of(message):
    blocks = blocks_of(message["content"])
    if message["role"] == "assistant":
        return [("assistant", assistant_of(blocks))]
    results = [result_of(b) for b in blocks if b["type"] == "tool_result"]
    said = [part_of_block(b) for b in blocks if b["type"] != "tool_result"]
    return ([("results", results)] if results else []) + ([(message["role"], said)] if said else [])


def messages(body):
    out = {"system": [part_of_block(b) for b in blocks_of(body.get("system", []))],
           "turns": [t for m in body["messages"] for t in turns_of(m)],
           "tools": [tool_of(t, "input_schema", t.get("cache_control")) for t in body.get("tools", [])]}
    choice, thinking = body.get("tool_choice") or {}, body.get("thinking", {})
    words = {"auto": "auto", "none": "none", "any": "required", "tool": {"name": choice.get("name")}}
    effort, format = (body.get("output_config", {}).get(name) for name in ("effort", "format"))
    rest(body.get("output_config", {}), "effort", "format")
    known = {"limit": body["max_tokens"], "choice": words.get(choice.get("type")),
             "serial": choice.get("disable_parallel_tool_use"), "stop": body.get("stop_sequences"),
             "user": body.get("metadata", {}).get("user_id"),
             "format": format and format["schema"], "effort": "none" if thinking.get("type") == "disabled" else effort}
    return finished(out, body, known, ("system", "messages", "tools", "tool_choice", "thinking", "output_config",
                                       "max_tokens", "metadata", "stop_sequences"))


READERS = {"chat": chat, "messages": messages}

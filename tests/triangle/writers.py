"""Requests as clients of each dialect write them, made of what dice.py has made.
SPDX-License-Identifier: MIT"""
import json

from dice import HINTS, SAMPLING


def put(to, name, value):
    if value is not None:
        to[name] = value
    return to


def split(data):
    """(media type, base64) of a data: URL."""
    kind, _, bytes = data[5:].partition(";base64,")
    return kind, bytes


# --- chat ---

def chat_part(p):
    if "text" in p:
        out = {"type": "text", "text": p["text"]}
    elif "picture" in p:
        out = {"type": "image_url", "image_url": put({"url": p["picture"]}, "detail", p.get("detail"))}
    else:
        out = {"type": "file", "file": {"filename": p["name"], "file_data": p["file"]}}
    return put(out, "cache_control", p.get("mark"))


def chat_content(parts):
    if len(parts) == 1 and set(parts[0]) == {"text"}:
        return parts[0]["text"]
    return [chat_part(p) for p in parts]


def chat_assistant(said):
    out = {"role": "assistant", "content": chat_content(said["parts"]) if said["parts"] else None}
    if said["thoughts"]:
        out["reasoning_content"] = "".join(t for t, _ in said["thoughts"] if t)
        out["thinking_blocks"] = [thinking(t) for t in said["thoughts"]]
    if said["calls"]:
        out["tool_calls"] = [{"id": c["id"], "type": "function",
                              "function": {"name": c["name"], "arguments": c["arguments"]}} for c in said["calls"]]
    return out


def thinking(thought):
    text, proof = thought
    if text is None:
        return {"type": "redacted_thinking", "data": proof}
    return {"type": "thinking", "thinking": text, "signature": proof}


def chat_messages(request):
    out = [{"role": "system", "content": chat_content(request["system"])}] if request["system"] else []
    for role, said in request["turns"]:
        if role == "assistant":
            out.append(chat_assistant(said))
        elif role == "results":
            out += [{"role": "tool", "tool_call_id": r["id"], "content": chat_content(r["parts"]) if r["parts"] else ""}
                    for r in said]
        else:
            out.append({"role": "developer" if role == "system" else role, "content": chat_content(said)})
    return out


def function(tool, schema):
    out = put({"name": tool["name"], schema: tool["schema"]}, "description", tool.get("about"))
    return put(out, "strict", tool.get("strict"))


def chat(request):
    body = {"messages": chat_messages(request), "max_completion_tokens": request["limit"]}
    if request["tools"]:
        body["tools"] = [put({"type": "function", "function": function(t, "parameters")},
                             "cache_control", t.get("mark")) for t in request["tools"]]
    choice = request.get("choice")
    put(body, "tool_choice", {"type": "function", "function": choice} if isinstance(choice, dict) else choice)
    put(body, "parallel_tool_calls", False if request.get("serial") else None)
    put(body, "reasoning_effort", request.get("effort"))
    if "format" in request:
        body["response_format"] = {"type": "json_schema", "json_schema": {
            "name": "output", "schema": request["format"], "strict": True}}
    return plain_members(body, request, "stop", *CHATS_OWN)


CHATS_OWN = [name for name, _ in SAMPLING + HINTS]


def plain_members(body, request, *names):
    for name in ("temperature", "top_p", "user") + names:
        put(body, name, request.get(name))
    return body


# --- messages ---

def block(p):
    if "text" in p:
        out = {"type": "text", "text": p["text"]}
    elif "picture" in p and p["picture"].startswith("data:"):
        kind, bytes = split(p["picture"])
        out = {"type": "image", "source": {"type": "base64", "media_type": kind, "data": bytes}}
    elif "picture" in p:
        out = {"type": "image", "source": {"type": "url", "url": p["picture"]}}
    else:
        kind, bytes = split(p["file"])
        out = {"type": "document", "source": {"type": "base64", "media_type": kind, "data": bytes}, "title": p["name"]}
    return put(out, "cache_control", p.get("mark"))


def messages_turns(request):
    out = []
    for role, said in request["turns"]:
        if role == "assistant":
            blocks = [thinking(t) for t in said["thoughts"]] + [block(p) for p in said["parts"]]
            blocks += [{"type": "tool_use", "id": c["id"], "name": c["name"], "input": json.loads(c["arguments"])}
                       for c in said["calls"]]
        elif role == "results":
            blocks = [put(put({"type": "tool_result", "tool_use_id": r["id"], "content": [block(p) for p in r["parts"]]},
                              "is_error", r.get("failed")), "cache_control", r.get("mark")) for r in said]
        else:
            blocks = [block(p) for p in said]
        if out and role == "user" and out[-1]["role"] == "user":
            out[-1]["content"] += blocks
        else:
            out.append({"role": "user" if role == "results" else role, "content": blocks})
    return out


CHOICES = {"auto": "auto", "none": "none", "required": "any"}


def messages(request):
    body = {"max_tokens": request["limit"], "messages": messages_turns(request)}
    put(body, "system", [block(p) for p in request["system"]] or None)
    if request["tools"]:
        body["tools"] = [put(function(t, "input_schema"), "cache_control", t.get("mark")) for t in request["tools"]]
    choice = request.get("choice")
    if choice:
        body["tool_choice"] = dict({"type": "tool"}, **choice) if isinstance(choice, dict) else {"type": CHOICES[choice]}
    if request.get("serial") and choice != "none":
        body.setdefault("tool_choice", {"type": "auto"})["disable_parallel_tool_use"] = True
    if request.get("effort") == "none":
        body["thinking"] = {"type": "disabled"}
    elif request.get("effort"):
        body.update(thinking={"type": "adaptive"}, output_config={"effort": request["effort"]})
    if "format" in request:
        body.setdefault("output_config", {})["format"] = {"type": "json_schema", "schema": request["format"]}
    put(body, "metadata", {"user_id": request["user"]} if "user" in request else None)
    put(body, "stop_sequences", request.get("stop"))
    return plain_members(body, dict(request, user=None), "service_tier")


# --- responses ---

def input_part(p):
    if "text" in p:
        out = {"type": "input_text", "text": p["text"]}
    elif "picture" in p:
        out = put({"type": "input_image", "image_url": p["picture"]}, "detail", p.get("detail"))
    else:
        out = {"type": "input_file", "filename": p["name"], "file_data": p["file"]}
    return put(out, "cache_control", p.get("mark"))


def items_of(said):
    for text, proof in said["thoughts"]:
        summary = [{"type": "summary_text", "text": text}] if text is not None else []
        yield {"type": "reasoning", "summary": summary, "encrypted_content": proof}
    if said["parts"]:
        yield {"type": "message", "role": "assistant",
               "content": [put({"type": "output_text", "text": p["text"], "annotations": []}, "cache_control", p.get("mark"))
                           for p in said["parts"]]}
    for c in said["calls"]:
        yield {"type": "function_call", "call_id": c["id"], "name": c["name"], "arguments": c["arguments"]}


def output_of(parts):
    return parts[0]["text"] if len(parts) == 1 and set(parts[0]) == {"text"} else [input_part(p) for p in parts]


def responses(request):
    items = [{"role": "system", "content": [input_part(p) for p in request["system"]]}] if request["system"] else []
    for role, said in request["turns"]:
        if role == "assistant":
            items += items_of(said)
        elif role == "results":
            items += [{"type": "function_call_output", "call_id": r["id"], "output": output_of(r["parts"])} for r in said]
        else:
            items.append({"role": "developer" if role == "system" else role, "content": [input_part(p) for p in said]})
    body = {"input": items, "max_output_tokens": request["limit"], "store": False}
    if request["tools"]:
        body["tools"] = [dict({"type": "function", "strict": False}, **function(t, "parameters"))
                         for t in request["tools"]]
    choice = request.get("choice")
    put(body, "tool_choice", dict({"type": "function"}, **choice) if isinstance(choice, dict) else choice)
    put(body, "parallel_tool_calls", False if request.get("serial") else None)
    put(body, "reasoning", {"effort": request["effort"]} if "effort" in request else None)
    text = put({}, "verbosity", request.get("verbosity"))
    if "format" in request:
        text["format"] = {"type": "json_schema", "name": "output", "schema": request["format"], "strict": True}
    put(body, "text", text or None)
    return plain_members(body, request, "metadata", "service_tier", "safety_identifier", "prompt_cache_key")


WRITERS = {"chat": ("/v1/chat/completions", chat), "messages": ("/v1/messages", messages),
           "responses": ("/v1/responses", responses)}

"""The list of what does not come back as it went, or goes by another name: each with its reason.  What
is not in this file and differs is an error.
SPDX-License-Identifier: MIT"""
import json


def one_text(pieces):
    """Chat: a message has one text, thoughts beside it and calls behind it: their order among each other
    can not be told."""
    text = "".join(p[1] for p in pieces if p[0] == "text")
    rest = {k: [p for p in pieces if p[0] in k] for k in (("thought", "redacted", "detail"), ("proof",), ("call",))}
    thoughts, proofs, calls = rest.values()
    return thoughts + ([("text", text)] if text else []) + proofs + calls


def unsigned_thoughts_stay(pieces):
    """Gemini: thoughts without a signature are for people; the API does not want them back."""
    return [p for p in pieces if p[0] != "thought" or p[2]]


def one_proof(pieces):
    """Chat: where a message has one text, of the proofs of several texts the last one is its."""
    proofs = [p for p in pieces if p[0] == "proof"]
    return [p for p in pieces if p not in proofs[:-1]]


def calls_last(pieces):
    """Anthropic: results have to follow at once, so what an answer says behind its calls comes before them.
    Only answers with calls from inside of Anthropic's own tools are such."""
    return [p for p in pieces if p[0] != "call"] + [p for p in pieces if p[0] == "call"]


def unsigned_calls_are_excused(pieces):
    """Gemini: newer models refuse calls without a signature; the first of a turn that came without gets Google's
    own word for that."""
    first = next((i for i, p in enumerate(pieces) if p[0] == "call"), None)
    if first is None or pieces[first][4]:
        return pieces
    return pieces[:first] + [pieces[first][:4] + ("skip_thought_signature_validator",)] + pieces[first + 1:]


def details_without_proof(pieces):
    """Hosts with reasoning_details: of one that holds nothing opaque only its text is kept."""
    out = []
    for p in pieces:
        doc = json.loads(p[1]) if p[0] == "detail" else {}
        if doc and not doc.get("signature") and not doc.get("data"):
            p = ("detail", json.dumps({"text": doc["text"], "type": "reasoning.text"}))
        out.append(p)
    return out


def refusals_stay(pieces):
    """Chat: why an answer was refused stands in a member of its own, that no host is told."""
    return [p for p in pieces if p[0] != "refusal"]


def refusals_are_texts(pieces):
    """Responses: why an answer was refused is a part of its message, and goes back as what was said."""
    return [("text", p[1]) if p[0] == "refusal" else p for p in pieces]


TOLD = (
    # (format, client, rule)
    ("anthropic", "chat", one_text),
    ("gemini", "chat", one_text),
    ("gemini", "chat", one_proof),
    ("gemini", None, unsigned_thoughts_stay),
    ("anthropic", "responses", refusals_are_texts),
    ("anthropic", "chat", refusals_stay),
    ("anthropic", "responses", calls_last),
    ("gemini", None, unsigned_calls_are_excused),
    ("chat", None, details_without_proof),
)


def told(format, client, pieces):
    for f, c, rule in TOLD:
        if f == format and (c is None or client.startswith(c)):
            pieces = rule(pieces)
    return pieces



# --- requests: what a dialect has no word for, and what becomes of it at an upstream ---

def without(request, *members):
    return {k: v for k, v in request.items() if k not in members}


def turns(request, change):
    """change(role, said) gives a list of turns."""
    return dict(request, turns=[t for role, said in request["turns"] for t in change(role, said)])


def no_stops(request):
    """Responses: the API has no stop sequences."""
    return without(request, "stop")


def no_failures(request):
    """Responses: an output has no mark that its tool failed."""
    return turns(request, lambda role, said: [
        (role, [{k: v for k, v in r.items() if k != "failed"} for r in said] if role == "results" else said)])


def no_tool_marks(request):
    """Responses: a tool takes no mark of a cache."""
    return dict(request, tools=[without(t, "mark") for t in request["tools"]])


def none_is_not_serial(request):
    """Messages: a choice of none has no word for calls one by one."""
    return without(request, "serial") if request.get("choice") == "none" else request


def serial_needs_a_choice(request):
    """Messages: calls one by one are said inside of the choice."""
    if request.get("serial") and "choice" not in request:
        return dict(request, choice="auto")
    return request


SAYABLE = {
    "chat": (),
    "messages": (none_is_not_serial, serial_needs_a_choice),
    "responses": (no_stops, no_failures, no_tool_marks),
}


def sayable(client, request):
    for rule in SAYABLE[client]:
        request = rule(request)
    return request


def system_goes_first(request):
    """Chat: the system's text is the first message."""
    first = [("system", request["system"])] if request.get("system") else []
    return dict(without(request, "system"), turns=first + request["turns"])


def system_is_apart(request):
    """Messages: what the system says anywhere stands apart, in its order."""
    said = [p for role, parts in request["turns"] if role == "system" for p in parts]
    return dict(turns(request, lambda role, s: [] if role == "system" else [(role, s)]),
                system=request.get("system", []) + said)


def thoughts_without_proofs(request):
    """Chat: a host that wants thoughts back has one text for them and no place for a proof."""
    def change(role, said):
        if role != "assistant":
            return [(role, said)]
        text = "".join(t for t, _ in said["thoughts"] if t)
        return [(role, dict(said, thoughts=[(text, "")] if text else []))]
    return turns(request, change)


def unproved_thoughts_stay(request):
    """Messages: a thought without its signature is refused."""
    return turns(request, lambda role, said: [(role, dict(said, thoughts=[t for t in said["thoughts"] if t[1]])
                                               if role == "assistant" else said)])


def pictures_of_tools_follow(request):
    """Chat: results of tools are texts; their pictures follow as the user's."""
    def change(role, said):
        if role != "results":
            return [(role, said)]
        shown = [p for r in said for p in r["parts"] if "text" not in p]
        plain = [dict(r, parts=[p for p in r["parts"] if "text" in p]) for r in said]
        return [(role, plain)] + ([("user", shown)] if shown else [])
    return turns(request, change)


def users_are_one(request):
    """Messages: turns take turns; neighbours of the user are one."""
    out = []
    for role, said in request["turns"]:
        if role == "user" and out and out[-1][0] == "user":
            out[-1] = (role, out[-1][1] + said)
        else:
            out.append((role, said))
    return dict(request, turns=out)


def auto_goes_without_saying(request):
    """Messages: a choice of auto is what is done anyway."""
    return without(request, "choice") if request.get("choice") == "auto" and not request.get("serial") else request


def no_failures_at_hosts(request):
    """Chat: a result has no mark that its tool failed."""
    return no_failures(request)


def thinking_fixes_sampling(request):
    """Messages: who thinks takes neither temperature nor top_p."""
    if request.get("effort", "none") == "none":
        return request
    return without(request, "temperature", "top_p")


def blank_stops(request):
    """Messages: a stop of white space is refused."""
    stops = [s for s in request.get("stop", []) if s.strip()]
    return dict(request, stop=stops) if stops else without(request, "stop")


def four_marks(request):
    """Messages: four marks are taken; the last ones, for they hold more."""
    return request


DEFAULTS = {"temperature": 1}                    # to lose what is done anyway is no loss
# (format, rule, what the header x-conduit-dropped says when something is lost)
CARRIED = (
    ("chat", system_goes_first, None),
    ("chat", thoughts_without_proofs, None),
    ("chat", pictures_of_tools_follow, None),
    ("chat", no_failures_at_hosts, None),
    ("messages", system_is_apart, None),
    ("messages", unproved_thoughts_stay, None),
    ("messages", users_are_one, None),
    ("messages", none_is_not_serial, None),
    ("messages", auto_goes_without_saying, None),
    ("messages", serial_needs_a_choice, None),
    ("messages", thinking_fixes_sampling, ("temperature", "top_p")),
    ("messages", blank_stops, ("stop",)),
    ("messages", four_marks, None),
)


def carried(client, format, request):
    """(the request as the upstream is to have it, names that the client is told were left out)"""
    told = []
    for where, rule, names in CARRIED:
        if where != format:
            continue
        before, request = request, rule(request)
        told += [n for n in names or () if before.get(n) != request.get(n) and before[n] != DEFAULTS.get(n)]
    return request, told

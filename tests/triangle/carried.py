"""The list of what a dialect has no word for, and of what is not carried to an upstream as it was said: each
with its reason.  What is not in this file and differs is an error.
SPDX-License-Identifier: MIT"""
from dice import HINTS, SAMPLING


# --- requests: what a dialect has no word for, and what becomes of it at an upstream ---

def without(request, *members):
    return {k: v for k, v in request.items() if k not in members}


def turns(request, change):
    """change(role, said) gives a list of turns."""
    return dict(request, turns=[t for role, said in request["turns"] for t in change(role, said)])


def parts_changed(request, change):
    """change(part) gives a list of parts; of all that people and tools say."""
    def of(parts):
        return [q for p in parts for q in change(p)]

    def turn(role, said):
        if role == "results":
            return [(role, [dict(r, parts=of(r["parts"])) for r in said])]
        return [(role, dict(said, parts=of(said["parts"])) if role == "assistant" else of(said))]
    out = turns(request, turn)
    return dict(out, system=of(out["system"])) if "system" in out else out


# --- what can not be said ---

def no_stops(request):
    """Responses: the API has no stop sequences, and what is stored is the gateway's."""
    return without(request, "stop", "store")


def no_sampling(request):
    """Messages, Responses: only Chat has words for all of this."""
    return without(request, *(name for name, _ in SAMPLING))


def no_hints(request):
    """Messages: and for these."""
    return without(request, *(name for name, _ in HINTS if name != "service_tier"))


def no_details(request):
    """Messages: a picture has no detail."""
    return parts_changed(request, lambda p: [without(p, "detail")])


def no_failures(request):
    """Chat, Responses: a result has no mark that its tool failed, and none for a cache."""
    return turns(request, lambda role, said: [
        (role, [without(r, "failed", "mark") for r in said] if role == "results" else said)])


def no_tool_marks(request):
    """Responses: a tool takes no mark of a cache."""
    return dict(request, tools=[without(t, "mark") for t in request["tools"]])


def none_is_not_serial(request):
    """Messages: a choice of none has no word for calls one by one."""
    return without(request, "serial") if request.get("choice") == "none" else request


def serial_needs_a_choice(request):
    """Messages: calls one by one are said inside of the choice."""
    return dict(request, choice="auto") if request.get("serial") and "choice" not in request else request


SAYABLE = {
    "chat": (no_failures,),
    "messages": (none_is_not_serial, serial_needs_a_choice, no_sampling, no_hints, no_details),
    "responses": (no_stops, no_failures, no_tool_marks, no_sampling),
}


def sayable(client, request):
    for rule in SAYABLE[client]:
        request = rule(request)
    return request


# --- what is not carried ---

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
    marked = [t for t in request["tools"] if "mark" in t] + [p for p in request["system"] if "mark" in p]
    for role, said in request["turns"]:
        for one in said["parts"] if role == "assistant" else said:
            marked += [p for p in one["parts"] if "mark" in p] if role == "results" else []
            marked += [one] if "mark" in one else []
    over = [id(m) for m in marked[:-4]]

    def spared(one):
        return without(one, "mark") if id(one) in over else one
    out = turns(request, lambda role, said: [(role, dict(said, parts=[spared(p) for p in said["parts"]])
                                              if role == "assistant" else [spared(p) for p in said])])
    return dict(out, tools=[spared(t) for t in request["tools"]], system=[spared(p) for p in request["system"]])


def failures_in_words(request):
    """Chat: a result has no mark that its tool failed: its text says so, unless it does already."""
    def told(result):
        parts = [dict(p) for p in result["parts"]]
        if result.get("failed"):
            first = next((p for p in parts if "text" in p), None)
            if first is None:
                parts.append({"text": "Error"})
            elif not first["text"].strip().lower().startswith("error"):
                first["text"] = "Error: " + first["text"]
        return dict(without(result, "failed", "mark"), parts=parts)
    return turns(request, lambda role, said: [(role, [told(r) for r in said] if role == "results" else said)])


def empty_texts(request):
    """From Messages: a block with an empty text is refused there; elsewhere it goes without it."""
    return parts_changed(request, lambda p: [p] if p.get("text") != "" else [])


def blank_texts(request):
    """Messages: a text of white space is refused."""
    return parts_changed(request, lambda p: [p] if p.get("text", "x").strip(" \t\r\n\v\f") else [])


def efforts_of_messages(request):
    """Messages: the nearest that the model knows."""
    words = {"minimal": "low", "xhigh": "max"}
    return dict(request, effort=words.get(request["effort"], request["effort"])) if "effort" in request else request


def one_user(request):
    """Messages: there is one name for who asks."""
    user = request.get("safety_identifier", request.get("user"))
    return dict(without(request, "safety_identifier"), **({"user": user} if user else {}))


# (client or None: each, format, rule, what the header x-conduit-dropped says when it is lost)
CARRIED = (
    ("messages", "chat", empty_texts, ()),
    (None, "chat", system_goes_first, ()),
    (None, "chat", thoughts_without_proofs, ()),
    (None, "chat", failures_in_words, ()),
    (None, "chat", pictures_of_tools_follow, ()),
    (None, "messages", system_is_apart, ()),
    (None, "messages", unproved_thoughts_stay, ()),
    (None, "messages", blank_texts, ()),
    (None, "messages", users_are_one, ()),
    (None, "messages", none_is_not_serial, ()),
    (None, "messages", auto_goes_without_saying, ()),
    (None, "messages", serial_needs_a_choice, ()),
    (None, "messages", thinking_fixes_sampling, ("temperature", "top_p")),
    (None, "messages", blank_stops, ("stop",)),
    (None, "messages", no_sampling, tuple(name for name, _ in SAMPLING)),
    (None, "messages", one_user, ()),
    (None, "messages", no_hints, ("verbosity",)),
    (None, "messages", no_details, ()),
    (None, "messages", efforts_of_messages, ()),
    (None, "messages", four_marks, ()),
)
DEFAULTS = {"temperature": 1}                    # to lose what is done anyway is no loss


def carried(client, format, request):
    """(the request as the upstream is to have it, names that the client is told were left out)"""
    told = []
    for who, where, rule, names in CARRIED:
        if where != format or who not in (None, client):
            continue
        before, request = request, rule(request)
        told += [n for n in names if before.get(n) != request.get(n) and before[n] != DEFAULTS.get(n)]
    return request, told

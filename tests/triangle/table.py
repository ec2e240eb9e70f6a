"""The list of what does not come back of an answer as it went, or by another name: each with its reason.
What is not in this file and differs is an error.  Of requests: carried.py.
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



# Bytes are relayed: what the client says of another host's thoughts is not looked at.
RELAYED = {("anthropic", "messages")}


def proof_of(piece):
    """Only who made it can read it."""
    if piece[0] == "detail":
        detail = json.loads(piece[1])
        return detail.get("signature") or detail.get("data") or ""
    return piece[-1] if piece[0] in ("thought", "redacted", "proof") else ""

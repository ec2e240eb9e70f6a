"""The list of what does not come back as it went, or goes by another name: each with its reason.  What
is not in this file and differs is an error.
SPDX-License-Identifier: MIT"""


def one_text(pieces):
    """Chat: a message has one text, thoughts beside it and calls behind it: their order among each other
    can not be told."""
    text = "".join(p[1] for p in pieces if p[0] == "text")
    thoughts = [p for p in pieces if p[0] in ("thought", "redacted", "proof", "detail")]
    return thoughts + ([("text", text)] if text else []) + [p for p in pieces if p[0] == "call"]


def unsigned_thoughts_stay(pieces):
    """Gemini: thoughts without a signature are for people; the API does not want them back."""
    return [p for p in pieces if p[0] != "thought" or p[2]]


TOLD = (
    # (format, client, rule)
    ("anthropic", "chat", one_text),
    ("gemini", "chat", one_text),
    ("gemini", None, unsigned_thoughts_stay),
)


def told(format, client, pieces):
    for f, c, rule in TOLD:
        if f == format and c in (None, client):
            pieces = rule(pieces)
    return pieces


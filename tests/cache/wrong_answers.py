"""Never somebody else's answer: whatever differs in a request, wherever it stands, asks again.
Only members that are documented not to change an answer may differ.
SPDX-License-Identifier: MIT"""
import base64
import copy
import json
import re
import struct

from scene import check, config, digest, equal, model, provider, requests_file, stream
from upstream import Answer

IGNORED = ("stream", "stream_options", "user", "safety_identifier", "prompt_cache_key", "cache_control", "model")


def unique(request, number):
    """Each answer says which call it answers, and what was asked."""
    doc = json.loads(request.body)
    word = f"#{number}# {digest(request.body)}"
    n = doc.get("n") or 1
    if doc.get("stream"):
        return streamed(request.path, word, n)
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    if request.path.endswith("/embeddings"):
        return embeddings(doc)
    elif request.path.endswith("/rerank"):
        out = {"id": word, "results": [{"index": 0, "relevance_score": number / 1e5}],
               "meta": {"billed_units": {"search_units": 1}}}
    elif request.path.endswith("/moderations"):
        out = {"id": word, "model": "up", "results": [{"flagged": False, "categories": {}, "category_scores": {}}]}
    elif request.path.endswith("/chat/completions"):
        out = {"id": "c", "object": "chat.completion", "created": 1, "model": "up", "usage": usage, "choices": [
            {"index": i, "message": {"role": "assistant", "content": word}, "finish_reason": "stop"} for i in range(n)]}
    else:
        out = {"id": "c", "object": "text_completion", "created": 1, "model": "up", "usage": usage, "choices": [
            {"index": i, "text": word, "finish_reason": "stop", "logprobs": None} for i in range(n)]}
    return Answer(body=json.dumps(out).encode())


def items_of(doc):
    """What is to be embedded; None: that makes no sense."""
    v = doc.get("input")
    if isinstance(v, str):
        return [v]
    if not isinstance(v, list) or not v:
        return None
    if all(isinstance(x, int) and not isinstance(x, bool) for x in v):
        return [v]
    each = [isinstance(x, str) or (isinstance(x, list) and x and all(type(t) is int for t in x)) for x in v]
    return v if all(each) else None


def vectors(doc):
    """Of each item another one, and another one for each other way of asking."""
    way = {k: v for k, v in doc.items() if k not in IGNORED and k not in ("input", "encoding_format")}
    return [[float(int(digest(json.dumps([item, way], sort_keys=True).encode())[:5], 16)), 0.5] for item in items_of(doc)]


def embeddings(doc):
    if not items_of(doc):
        return Answer(400, body=b'{"error":{"message":"no input"}}')
    out = vectors(doc)
    if doc.get("encoding_format") == "base64":
        out = [base64.b64encode(struct.pack("<2f", *v)).decode() for v in out]
    return Answer(body=json.dumps({"object": "list", "model": "up", "usage": {"prompt_tokens": len(out), "total_tokens": len(out)},
                                   "data": [{"object": "embedding", "index": i, "embedding": v}
                                            for i, v in enumerate(out)]}).encode())


def embedded(reply):
    """The vectors of an answer, in order."""
    data = sorted(json.loads(reply.body)["data"], key=lambda d: d["index"])
    equal([d["index"] for d in data], list(range(len(data))), f"{reply}")
    return [list(struct.unpack("<2f", base64.b64decode(d["embedding"]))) if isinstance(d["embedding"], str)
            else d["embedding"] for d in data]


def streamed(path, word, n):
    if path.endswith("/chat/completions"):
        pieces = stream([word[:4], word[4:]])
        for i in range(1, n):
            pieces[-2:-2] = [p.replace(b'"index": 0', b'"index": %d' % i) for p in stream([word])[:-2]]
    else:
        pieces = [b"data: " + json.dumps({"id": "c", "object": "text_completion", "created": 1, "model": "up",
                                          "choices": [{"index": i, "text": word if not end else "", "logprobs": None,
                                                       "finish_reason": end}]}).encode() + b"\n\n"
                  for i in range(n) for end in (None, "stop")] + [b"data: [DONE]\n\n"]
    return Answer(type="text/event-stream", how="chunked", body=b"".join(pieces))


def said(reply):
    """The number of the call that a reply answers, or None.  Streams say it in pieces."""
    text = reply.text if reply.events and reply.text else reply.body.decode()
    found = re.search(r"#(\d+)#", text)
    if found:
        return int(found.group(1))
    found = re.search(r'"relevance_score": ?([0-9.e-]+)', text)
    return round(float(found.group(1)) * 1e5) if found else None


# --- all that can be changed ----------------------------------------------------------------

def other_values(v):
    """Values that are not v, and look like it."""
    if isinstance(v, bool):
        return [not v, str(v).lower(), int(v), None]
    if v is None:
        return [False, "null", 0, ""]
    if isinstance(v, int):
        return [v + 1, str(v), v + 0.5, -v if v else 1, None]
    if isinstance(v, float):
        return [v + 0.125, v + 1e-9, str(v), None]
    if isinstance(v, str):
        out = [v + " ", " " + v, v + "x", v.swapcase(), v.replace(" ", "  "), v.replace("\n", "\\n"), v + "\u0000"[:0] + "\n",
               [v], None]
        if v:
            out += [chr(ord(v[0]) ^ 1) + v[1:], v[:-1], v[:-1] + chr(ord(v[-1]) ^ 2), v[::-1]]
        if v.lstrip("-").isdigit():
            out.append(int(v))
        return [o for o in out if o != v and (not isinstance(o, str) or o.isprintable() or "\n" in o)]
    if isinstance(v, list):
        out = [v + [None], v + v[-1:], v[:-1], v[1:], v[::-1], [v]]
        return [o for o in out if o != v]
    out = [dict(v, unheard_of=1)]
    names = list(v)
    for name in names:
        rest = {k: x for k, x in v.items() if k != name}
        out.append(rest)
        out.append({(k if k != name else k + "s"): x for k, x in v.items()})
    for a, b in zip(names, names[1:]):
        if v[a] != v[b]:
            out.append(dict(v, **{a: v[b], b: v[a]}))      # a value moves to another member
    return out


def places(v, path=()):
    yield path, v
    children = v.items() if isinstance(v, dict) else enumerate(v) if isinstance(v, list) else ()
    for k, child in children:
        yield from places(child, path + (k,))


def put(doc, path, value):
    if not path:
        return value
    out = copy.copy(doc)
    out[path[0]] = put(doc[path[0]], path[1:], value)
    return out


def flips(body):
    """Each other body, and whether it may still be the same question."""
    def counts(doc):
        return json.dumps(sorted((k, json.dumps(x)) for k, x in doc.items() if k not in IGNORED))
    mine, seen = counts(body), set()
    for path, v in places(body):
        for other in other_values(v):
            flipped = put(body, path, other)
            if not isinstance(flipped, dict) or "model" not in flipped or counts(flipped) in seen:
                continue
            if counts(flipped) != mine:
                seen.add(counts(flipped))
            yield flipped, counts(flipped) == mine


def theatre(s):
    up = s.up(unique)
    more = 'health = { failures = 1000; };'
    gw = s.gateway(config([provider("up", up.port, more), provider("co", up.port, more, type="cohere")],
                          [model("m", ["up"], 'unpriced = "free"; aliases = ( "n" );'), model("r", ["co"])],
                          'type = "memory"; size = "256MiB"; tool_calls = true;'))
    return gw, up, s.client(gw)


def same_again(c, up, path, body, what):
    """Sent twice: asked once.  The first reply."""
    before = up.asked
    first = c.send(body, path)
    equal((first.status, first.cache, up.asked), (200, "MISS", before + 1), f"{what}: {body} {first}")
    again = c.send(body, path)
    equal((again.status, again.cache, up.asked), (200, "HIT", before + 1), f"{what} again: {body} {again}")
    if path.endswith("/embeddings"):                       # put together from its items
        equal((embedded(first), embedded(again)), (vectors(body), vectors(body)), f"{what}: {again}")
    else:
        equal(again.body, first.body, f"{what}: another body")
    return first


def test_flip_every_member_of_real_requests(s):
    gw, up, _ = theatre(s)
    all = requests_file()
    count = {"asked": 0, "refused": 0, "ignored": 0, "items": 0}
    for i, recorded in enumerate(all):
        path = recorded["path"]
        body = dict(recorded["body"], model="r" if path.endswith("/rerank") else "m")
        c = s.client(gw, f"key-{i}")                       # two of them may be alike
        first = same_again(c, up, path, body, f"request {i}")
        for flipped, same in flips(body):
            before = up.asked
            r = c.send(flipped, path)
            asked = up.asked - before
            if r.status >= 400:
                check(r.cache != "HIT", f"request {i}: {flipped} {r}")
                count["refused"] += 1
            elif path.endswith("/embeddings"):             # items are known one by one
                count["items"] += 1
                equal(embedded(r), vectors(flipped), f"request {i}: {flipped} {r}")
                equal([isinstance(d["embedding"], str) for d in json.loads(r.body)["data"]],
                      [flipped.get("encoding_format") == "base64"] * len(vectors(flipped)), f"request {i}: {flipped} {r}")
            elif same:
                count["ignored"] += 1
                check(asked or said(r) == said(first), f"request {i}: {flipped} {r}")
            else:
                count["asked"] += 1
                equal((r.cache, asked), ("MISS", 1), f"request {i}: {json.dumps(flipped)} {r}")
                equal(said(r), before + 1, f"request {i}: {json.dumps(flipped)} {r}")
    s.say(f"{len(all)} requests, {count['asked']} flips asked again, {count['ignored']} of ignored members, "
          f"{count['items']} of embeddings, {count['refused']} refused")
    check(len(all) >= 50 and count["asked"] > 3 * count["refused"] and count["asked"] > 2000, count)


def test_what_is_ignored_hits(s):
    gw, up, c = theatre(s)
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.5}
    first = same_again(c, up, "/v1/chat/completions", body, "plain")
    others = [dict(body, user="a"), dict(body, user="b"), dict(body, safety_identifier="s"), dict(body, prompt_cache_key="k"),
              dict(body, cache_control={"ttl": 100}), dict(body, model="n"), dict(reversed(body.items())),
              json.dumps(body, indent=3), json.dumps(body, separators=(",", ":")), json.dumps(body).replace("model", "mod\\u0065l")]
    for other in others:
        r = c.send(other)
        equal((r.cache, said(r)), ("HIT", said(first)), f"{other}")
    equal(json.loads(c.send(dict(body, model="n")).body)["model"], "n", "an alias has its own name")
    equal(up.asked, 1, "calls")
    for other in (json.dumps(body).replace("hi", "h i"), json.dumps(body).replace("0.5", "0.50"),
                  json.dumps(body).replace('"hi"', '"hi\\u0020"')):
        equal(c.send(other).cache, "MISS", f"{other}")


def test_what_the_operator_ignores(s):
    up = s.up(unique)
    gw = s.gateway(config([provider("up", up.port)], [model("m", ["up"])],
                          'type = "memory"; ignore = ( "metadata", "seed" );'))
    c = s.client(gw)
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    first = same_again(c, up, "/v1/chat/completions", body, "plain")
    for other in (dict(body, metadata={"a": "b"}), dict(body, seed=5), dict(body, seed=6, metadata={})):
        equal((c.send(other).cache, said(c.send(other))), ("HIT", said(first)), f"{other}")
    equal(c.send(dict(body, top_p=1)).cache, "MISS", "what is not named")


def test_forms_are_known_by_all_their_bytes(s):
    """Transcriptions, when the operator wants them kept."""
    def make(request, number):
        return Answer(body=json.dumps({"text": f"#{number}# {digest(request.body)}"}).encode())
    up = s.up(make)
    gw = s.gateway(config([provider("up", up.port)], [model("m", ["up"])],
                          'type = "memory"; operations = ( "transcriptions" );'))
    c = s.client(gw)

    def form(data=b"RIFFsound", filename="a.wav", type="audio/wav", border="b0rder", **fields):
        parts = [(f'form-data; name="{k}"', None, str(v).encode()) for k, v in dict({"model": "m"}, **fields).items()]
        parts.append((f'form-data; name="file"; filename="{filename}"', type, data))
        out = b""
        for disposition, kind, value in parts:
            out += f"--{border}\r\nContent-Disposition: {disposition}\r\n".encode()
            out += (f"Content-Type: {kind}\r\n".encode() if kind else b"") + b"\r\n" + value + b"\r\n"
        return out + f"--{border}--\r\n".encode(), f"multipart/form-data; boundary={border}"

    def send(*args, **more):
        body, kind = form(*args, **more)
        return c.send(body, "/v1/audio/transcriptions", headers={"Content-Type": kind})
    first = send()
    equal((first.status, first.cache), (200, "MISS"), f"at first {first}")
    equal((send().cache, said(send())), ("HIT", said(first)), "again")
    equal(send(border="another").cache, "HIT", "with another border")
    equal(send(user="somebody").status in (200, 400), True, "user")
    for more in (dict(data=b"RIFFsounD"), dict(data=b"RIFFsound "), dict(data=b""), dict(language="en"), dict(prompt="p"),
                 dict(prompt="q"), dict(temperature="0.1"), dict(response_format="verbose_json"), dict(filename="a.mp3")):
        before = up.asked
        r = send(**more)
        check(r.status >= 400 or (r.cache, up.asked, said(r)) == ("MISS", before + 1, before + 1), f"{more} {r}")


def test_dialects_never_share(s):
    gw, up, c = theatre(s)
    chat = c.send({"model": "m", "prompt": "hi", "messages": [{"role": "user", "content": "hi"}]}, "/v1/chat/completions")
    equal((chat.status, chat.cache), (200, "MISS"), f"a chat {chat}")
    r = c.send({"model": "m", "prompt": "hi", "messages": [{"role": "user", "content": "hi"}]}, "/v1/completions")
    check(r.cache != "HIT", f"a completion {r}")
    same_again(c, up, "/v1/embeddings", {"model": "m", "input": "hi"}, "embeddings")
    same_again(c, up, "/v1/moderations", {"model": "m", "input": "hi"}, "moderations")

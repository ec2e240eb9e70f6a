"""What is kept and what is not: whole good answers only, of requests that allow it; and the words
with which a client says what it wants.
SPDX-License-Identifier: MIT"""
import json

from scene import Play, body_of, chat, check, chunk, equal, stream, usual
from upstream import Answer


def sse(pieces, **more):
    return Answer(type="text/event-stream", how="chunked", body=b"".join(pieces), **more)


def not_kept(s, cache, make, bodies, what, status=200):
    gw, up, c = s.usual('type = "memory"; ' + cache, make=make)
    for i, body in enumerate(bodies):
        before = up.asked
        replies = [c.send(body) for _ in range(3)]
        for r in replies:
            check(r.cache in ("MISS", "BYPASS") and r.status == status, f"{what} {i}: {r}")
        equal(up.asked - before, 3, f"{what} {i}: calls")
    return gw, up, c


BOTH = [body_of(), body_of(stream=True)]


def both(whole, streamed):
    return lambda r, n: streamed if json.loads(r.body).get("stream") else whole


def test_errors(s):
    for code in (400, 401, 404, 408, 429, 500, 503):
        gw, up, c = s.usual(make=lambda r, n: Answer(code, body=b'{"error":{"message":"no"}}'))
        replies = [c.ask() for _ in range(3)]
        check(all(r.cache == "MISS" and r.status >= 400 for r in replies), f"status {code}: {replies[-1]}")


def test_answers_that_were_cut_or_held_back(s):
    for finish in ("length", "content_filter", "insufficient_system_resource"):
        gw, up, c = s.usual(make=both(Answer(body=chat("x", finish)), sse(stream(["x"], finish))))
        for body in BOTH:
            equal([c.send(body).cache for _ in range(2)], ["MISS", "MISS"], f"{finish} {body}")
    refusal = [chunk({"role": "assistant", "content": None, "refusal": "I "}), chunk({"refusal": "can not"}), chunk({}, "stop"),
               b"data: [DONE]\n\n"]
    not_kept(s, "", both(Answer(body=chat(None, message={"refusal": "I can not"})), sse(refusal)), BOTH, "a refusal")


def test_choices_that_are_missing(s):
    two = [dict(b, n=2) for b in BOTH]
    not_kept(s, "", both(Answer(body=chat("x")), sse(stream(["x"]))), two, "one of two choices")


def test_streams_that_end_early(s):
    whole = stream(["a", "b"])
    gw, up, c = s.usual(make=lambda r, n: sse(whole[:-1]))
    equal([c.ask(stream=True).cache for _ in range(2)], ["MISS", "MISS"], "no [DONE]")
    for script in (whole[:2], whole[:3], whole[:-1]):
        gw, up, c = s.usual(make=lambda r, n: Play(script, cut=True))
        replies = [c.ask(stream=True) for _ in range(2)]
        check(all(r.cache == "MISS" for r in replies) and up.asked >= 2, f"cut: {replies[0]}")
    gw, up, c = s.usual(make=lambda r, n: Answer(body=chat("x"), cut=40))
    equal([c.ask().cache for _ in range(2)], ["MISS", "MISS"], "half a body")
    gw, up, c = s.usual(make=lambda r, n: Answer(body=b'{"choices":'))
    check(all(c.ask().cache == "MISS" for _ in range(2)), "half a document")


def test_calls_of_tools_if_wanted(s):
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    whole = Answer(body=chat(None, "tool_calls", message={"tool_calls": [call]}))
    pieces = sse([chunk({"role": "assistant", "tool_calls": [dict(call, index=0)]}), chunk({}, "tool_calls"), b"data: [DONE]\n\n"])
    not_kept(s, "tool_calls = false;", both(whole, pieces), BOTH, "a call")
    gw, up, c = s.usual(make=both(whole, pieces))
    equal([c.send(b).cache for b in BOTH * 2], ["MISS", "HIT", "HIT", "HIT"], "when it is wanted")


def test_what_is_too_large(s):
    small, large = "x" * 1000, "x" * 5000
    gw, up, c = s.usual('type = "memory"; max_entry = "4KiB";', make=lambda r, n: usual_of(r, json.loads(r.body)["messages"][0]["content"]))
    for stream_it in (False, True):
        equal([c.ask(small, stream=stream_it).cache for _ in range(2)], ["HIT" if stream_it else "MISS", "HIT"], "a small one")
        r = [c.ask(large, stream=stream_it) for _ in range(2)]
        equal([(x.cache, x.text) for x in r], [("MISS", large)] * 2, "a large one")


def usual_of(request, text):
    if json.loads(request.body).get("stream"):
        return sse(stream([text]))
    return Answer(body=chat(text))


def test_requests_that_do_not_want_it(s):
    gw, up, c = s.usual('type = "memory"; max_temperature = "0.5";')
    plain = body_of(temperature=0)
    for more, want in (({"cache_control": {"no_store": True}}, ["MISS", "MISS"]),
                       ({"store": True}, ["BYPASS", "BYPASS"]), ({"temperature": 0.6}, ["BYPASS", "BYPASS"]),
                       ({"cache_control": {"no_store": True, "no_cache": True}}, ["BYPASS", "BYPASS"]),
                       ({"store": False}, ["MISS", "HIT"]), ({"cache_control": {}}, ["MISS", "HIT"])):
        body = dict(plain, **more)
        equal([c.send(body).cache for _ in range(2)], want, f"{more}")
    one = body_of(text="another", temperature=0)
    equal(c.send(one).cache, "MISS", "at first")
    known = c.send(one)
    fresh = c.send(dict(one, cache_control={"no_cache": True}))
    equal((known.cache, fresh.cache), ("HIT", "MISS"), "no_cache asks")
    check(fresh.text != known.text, "no_cache")
    equal(c.send(one).text, fresh.text, "and is kept")
    quiet = c.send(dict(one, cache_control={"no_store": True}))
    equal((quiet.cache, quiet.text), ("HIT", fresh.text), "no_store takes what is known")


def test_only_who_opts_in(s):
    gw, up, c = s.usual('type = "memory"; opt_in = true;')
    equal([c.ask().cache for _ in range(2)], ["BYPASS", "BYPASS"], "who says nothing")
    equal([c.ask(cache_control=x).cache for x in ({}, {"ttl": 5}, {"ttl": "1m"})], ["MISS", "HIT", "HIT"], "who does")
    equal(c.ask(cache_control=None).cache, "BYPASS", "null is nothing")


def test_words_that_make_no_sense_are_named(s):
    gw, up, c = s.usual()
    for value in ({"ttl": 0}, {"ttl": -1}, {"ttl": 1e30}, {"ttl": "x"}, {"ttl": True}, {"ttl": 0.5}, {"ttl": 10**12}, {"ttl": "-1s"},
                  {"ttl": "0s"}, {"ttl": []}, {"ttl": 10**40}, {"no_cache": 1}, {"no_store": "true"}, {"namespace": ""},
                  {"namespace": "x" * 65}, {"namespace": 5}, {"unheard_of": 1}, {"no-cache": True}, {"type": "ephemeral"}, "x", 5, True, []):
        r = c.ask(cache_control=value)
        equal((r.status, (r.error or {}).get("param")), (400, "cache_control"), f"{value}: {r}")
        check("cache_control" in r.error["message"], f"{value}: {r}")
    text = json.dumps(body_of()).replace('"model"', '"cache_control": {"ttl": 5, "ttl": 6}, "model"')
    equal(c.send(text).status, 400, "the same word twice")
    equal(up.asked, 0, "calls")


def test_no_cache_no_word(s):
    gw, up, c = s.usual(cache="", make=usual)
    r = [c.ask() for _ in range(2)]
    equal([(x.status, x.cache) for x in r], [(200, None)] * 2, "without a section")

"""Who shares answers with whom: scopes, namespaces, aliases, routing, models that stood in, a
configuration that has changed, streams and whole answers.
SPDX-License-Identifier: MIT"""
import json

from scene import body_of, chat, check, chunk, config, equal, model, provider, stream, usage, usual
from upstream import Answer

CHAT = "/v1/chat/completions"


def caches(clients, body):
    return [c.send(body).cache for c in clients]


def test_scopes(s):
    for scope, want in (("key", "MMMMM"), ("group", "MHMBB"), ("global", "MHHHH")):
        gw, up, a1 = s.usual(f'type = "memory"; scope = "{scope}";')
        for name in ("a", "b"):
            gw.group(name)
        all = [s.client(gw, "a1", group="a"), s.client(gw, "a2", group="a"), s.client(gw, "b1", group="b"),
               s.client(gw, "alone"), s.client(gw, "lonely")]
        words = {"M": "MISS", "H": "HIT", "B": "BYPASS"}
        equal(caches(all, body_of()), [words[w] for w in want], scope)
        equal(up.asked, 5 - want.count("H"), f"{scope}: calls")
        texts = [c.send(body_of()).text for c in all]
        shared = len(set(texts))
        equal(shared, {"key": 5, "group": 4, "global": 1}[scope], f"{scope}: different answers")


def test_a_model_has_its_own_rules(s):
    up = s.up()
    gw = s.gateway(config([provider("up", up.port)], [
        model("m", ["up"], 'unpriced = "free"; cache = { scope = "global"; };'),
        model("off", ["up"], 'unpriced = "free"; cache = { enabled = false; };'),
        model("warm", ["up"], 'unpriced = "free"; cache = { max_temperature = "0.5"; };'),
        model("spaced", ["up"], 'unpriced = "free"; cache = { scope = "global"; namespace = "x"; };'),
        model("plain", ["up"])]))
    one, two = s.client(gw, "one"), s.client(gw, "two")
    for name, want in (("m", ["MISS", "HIT"]), ("off", ["BYPASS", "BYPASS"]), ("spaced", ["MISS", "HIT"]),
                       ("plain", ["MISS", "MISS"]), ("warm", ["BYPASS", "BYPASS"])):
        equal(caches((one, two), body_of(name)), want, name)
    for t, want in (("0", "MISS"), ("0.5", "MISS"), ("0.50001", "BYPASS"), ("2", "BYPASS"), ("null", "BYPASS")):
        text = json.dumps(body_of("warm", text=t)).replace('"messages"', f'"temperature": {t}, "messages"')
        equal((one.send(text).cache, one.send(text).cache), (want, "HIT" if want == "MISS" else want), f"temperature {t}")


def test_namespaces(s):
    gw, up, c = s.usual()
    def ask(ns):
        return c.ask(cache_control={"namespace": ns} if ns else {}).cache
    for ns in ("a", "b", "aa", ""):
        equal((ask(ns), ask(ns)), ("MISS", "HIT"), f"namespace {ns!r}")
    equal(up.asked, 4, "calls")
    # The operator's, which another configuration names otherwise, is no client's.
    texts = [config([provider("up", up.port)], [model("m", ["up"])], 'type = "memory"; namespace = "%s";' % ns)
             for ns in ("a", "b")]
    for text in texts:
        gw.write_config(text)
        equal(gw.admin("POST", "/admin/v1/reload")[0], 200, "reload")
        equal((ask(""), ask("")), ("MISS", "HIT"), "another namespace of the operator's")


def test_aliases_share_under_their_own_name(s):
    gw, up, c = s.usual()
    for stream_it in (False, True):
        body = body_of(stream=stream_it, seed=int(stream_it))
        equal(c.send(body).cache, "MISS", "the model")
        r = c.send(dict(body, model="n"))
        equal(r.cache, "HIT", "its alias")
        equal({e["model"] for e in r.events} if stream_it else r.document["model"], {"n"} if stream_it else "n", "its name")


def test_routing_members_are_part_of_the_question(s):
    one, two = s.up(), s.up(lambda r, n: Answer(body=chat(f"two {n}")))
    gw = s.gateway(config([provider("one", one.port), provider("two", two.port)], [model("m", ["one", "two"])]))
    c = s.client(gw)
    wishes = [None, {"only": ["two"]}, {"only": ["one"]}, {"ignore": ["one"]}, {"provider_override": "two"},
              {"strategy": "random"}, {"order": ["two", "one"]}, {"sticky": False}, {"allow_fallbacks": False},
              {"max_price": "100"}]
    kept = []
    for wish in wishes:
        body = body_of(**({"routing": wish} if wish else {}))
        r = c.send(body)
        if r.status == 400:
            continue
        equal((r.cache, c.send(body).cache), ("MISS", "HIT"), f"{wish} {r}")
        equal(c.send(body).text, r.text, f"{wish}")
        kept.append(wish)
    check(len(kept) >= 7, f"only {kept} are known")


def test_what_stood_in_is_kept_as_itself(s):
    mood = [500]
    bad = s.up(lambda r, n: usual(r, n) if mood[0] == 200 else Answer(mood[0], body=b'{"error":{"message":"broken"}}'))
    good = s.up(lambda r, n: Answer(body=chat(f"the other {n}")))
    gw = s.gateway(config([provider("bad", bad.port, 'health = { failures = 1000; };'), provider("good", good.port)],
                          [model("m", ["bad"], 'unpriced = "free"; fallbacks = ( "other" );'), model("other", ["good"])],
                          more='routing = { retry_wait = "0s"; };'))
    c = s.client(gw)
    r = c.ask()
    equal((r.cache, r.text, r.headers["x-conduit-provider"]), ("MISS", "the other 1", "good"), "a fallback's answer")
    equal((c.ask(model="other").cache, c.ask(model="other").text), ("HIT", "the other 1"), "asked by its own name")
    equal(c.ask(model="other").document["model"], "other", "its name")
    mood[0] = 200
    r = c.ask()
    equal((r.cache, r.headers["x-conduit-provider"]), ("MISS", "bad"), "the model asked for is asked again")
    equal(c.ask().cache, "HIT", "and then known")


def test_an_answer_of_who_is_gone_is_no_answer(s):
    one, two = s.up(), s.up(lambda r, n: Answer(body=chat(f"two {n}")))
    def text(*targets):
        return config([provider("one", one.port), provider("two", two.port)], [model("m", targets)])
    gw = s.gateway(text("one"))
    c = s.client(gw)
    equal((c.ask().cache, c.ask().cache), ("MISS", "HIT"), "at first")
    for targets, want in ((["two", "one"], "HIT"), (["two"], "MISS"), (["two"], "HIT"), (["one"], "MISS"),
                          ([("one", "another")], "MISS"), ([("one", "another")], "HIT")):
        gw.write_config(text(*targets))
        equal(gw.admin("POST", "/admin/v1/reload")[0], 200, "reload")
        r = c.ask()
        equal(r.cache, want, f"{targets}")
        if targets == ["two"]:
            equal(r.text, "two 1", "its own")


def test_streams_and_whole_answers_share(s):
    """Both ways; and the pieces put together are the whole."""
    calls = [{"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a":'}},
             {"index": 0, "function": {"arguments": ' "\\u00e9\\n"}'}}]
    pieces = [chunk({"role": "assistant", "content": ""}), chunk({"content": "Gr\u00fc\u00df "}),
              chunk({"content": "dich \U0001f600\n\"x\""}), chunk({"tool_calls": [calls[0]]}), chunk({"tool_calls": [calls[1]]}),
              chunk({}, "tool_calls"), chunk({}, None, choices=[], usage=usage(9, 5)), b"data: [DONE]\n\n"]
    message = {"role": "assistant", "content": "Gr\u00fc\u00df dich \U0001f600\n\"x\"", "tool_calls": [
        {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a": "\\u00e9\\n"}'}}]}

    def make(request, number):
        if json.loads(request.body).get("stream"):
            return Answer(type="text/event-stream", how="chunked", body=b"".join(pieces))
        return Answer(body=chat(None, "tool_calls", message=message))
    gw, up, c = s.usual(make=make)
    for first in (True, False):
        body = body_of(seed=int(first))
        a, b = c.send(dict(body, stream=first)), c.send(dict(body, stream=not first))
        equal((a.cache, b.cache), ("MISS", "HIT"), f"{a} {b}")
        streamed, whole = (a, b) if first else (b, a)
        equal(accumulated(streamed), whole.document["choices"][0]["message"], "the pieces put together")
        equal({k: whole.document["choices"][0]["message"].get(k) for k in message}, message, "the whole")
        equal([e["choices"][0]["finish_reason"] for e in streamed.events if e["choices"] and e["choices"][0]["finish_reason"]],
              [whole.document["choices"][0]["finish_reason"]], "how it ended")
        check(streamed.done and whole.document["object"] == "chat.completion", "their kinds")
        with_usage = c.send(dict(body, stream=True, stream_options={"include_usage": True}))
        equal(with_usage.cache, "HIT", "with usage")
        equal([e["usage"]["completion_tokens"] for e in with_usage.events if e.get("usage")],
              [whole.document["usage"]["completion_tokens"]], "usage, once, for who wants it")
        equal([e for e in c.send(dict(body, stream=True)).events if e.get("usage")], [], "and for nobody else")
    equal(up.asked, 2, "calls")


def accumulated(reply):
    """As the official clients put a stream together."""
    out = {}
    for event in reply.events:
        for choice in event["choices"]:
            merge(out, choice["delta"])
    for call in out.get("tool_calls", ()):
        del call["index"]
    return out


def merge(into, delta):
    for k, v in delta.items():
        if isinstance(v, list):
            for item in v:
                known = [x for x in into.setdefault(k, []) if x.get("index") == item.get("index")]
                merge(known[0], item) if known else into[k].append(json.loads(json.dumps(item)))
        elif isinstance(v, dict):
            merge(into.setdefault(k, {}), v)
        elif isinstance(v, str) and isinstance(into.get(k), str) and k != "role":
            into[k] += v
        elif v is not None or k not in into:
            into[k] = v


def test_translated_answers_share_too(s):
    """What a provider of another dialect said is kept as what the client got."""
    def make(request, number):
        if json.loads(request.body).get("stream"):
            events = [("message_start", {"message": {"id": "m", "type": "message", "role": "assistant", "model": "up", "content": [],
                                                     "stop_reason": None, "usage": {"input_tokens": 3, "output_tokens": 1}}}),
                      ("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
                      ("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": f"stream {number}"}}),
                      ("content_block_stop", {"index": 0}),
                      ("message_delta", {"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}}),
                      ("message_stop", {})]
            return Answer(type="text/event-stream", how="chunked", body="".join(
                f"event: {name}\ndata: {json.dumps(dict(d, type=name))}\n\n" for name, d in events).encode())
        return Answer(body=json.dumps({"id": "m", "type": "message", "role": "assistant", "model": "up", "stop_reason": "end_turn",
                                       "content": [{"type": "text", "text": f"whole {number}"}],
                                       "usage": {"input_tokens": 3, "output_tokens": 2}}).encode())
    up = s.up(make)
    gw = s.gateway(config([provider("up", up.port, type="anthropic")], [model("m", ["up"])]))
    c = s.client(gw)
    for first in (True, False):
        body = body_of(seed=int(first), max_tokens=50)
        body.pop("seed")
        body["messages"][0]["content"] = f"first {first}"
        replies = [c.send(dict(body, stream=x)) for x in (first, first, not first, not first)]
        equal([r.cache for r in replies], ["MISS", "HIT", "HIT", "HIT"], f"{replies[0]}")
        equal(len({r.text for r in replies}), 1, "texts")
        equal(replies[0].body, replies[1].body, "bytes")


def test_usage_and_none(s):
    gw, up, c = s.usual(make=lambda r, n: Answer(type="text/event-stream", how="chunked", body=b"".join(stream(["x"]))))
    body = body_of(stream=True, stream_options={"include_usage": True})
    equal([len([e for e in c.send(body).events if e.get("usage")]) for _ in range(3)], [1, 1, 1], "those who want it")
    equal([len([e for e in c.ask(stream=True).events if e.get("usage")]) for _ in range(2)], [0, 0], "those who do not")
    equal(up.asked, 1, "calls")

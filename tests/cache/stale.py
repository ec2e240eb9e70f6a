"""Answers that are too old: given while a newer one is fetched, or when nobody answers, where the
operator wants that, and never else.
SPDX-License-Identifier: MIT"""
import json
import threading
import time

from scene import Play, body_of, check, config, equal, model, nothing_is_left, provider, usual, wait_until
from upstream import Answer

SOON = 'type = "memory"; ttl = "1s"; '
PRICE = 'price = { input = "1.00"; output = "1.00"; };'


def grow_old():
    time.sleep(1.1)


def test_an_answer_lives_as_long_as_its_ttl(s):
    gw, up, c = s.usual(SOON)
    equal([c.ask().cache for _ in range(3)], ["MISS", "HIT", "HIT"], "while it is fresh")
    r = c.ask()
    check(r.headers["x-cache-ttl"] in ("0", "1"), f"x-cache-ttl {r.headers['x-cache-ttl']}")
    grow_old()
    r = c.ask()
    equal((r.cache, "x-cache-ttl" in r.headers), ("MISS", False), "when it is old")
    equal(up.asked, 2, "calls")


def test_a_requests_own_ttl(s):
    gw, up, c = s.usual('type = "memory"; ttl = "1h";')
    equal(c.ask().cache, "MISS", "at first")
    equal(c.ask(cache_control={"ttl": 60}).cache, "HIT", "one that takes what is a minute old")
    grow_old()
    equal(c.ask(cache_control={"ttl": 60}).cache, "HIT", "the same, a second later")
    equal(c.ask(cache_control={"ttl": 1}).cache, "MISS", "one that wants it younger")
    equal(c.ask(cache_control={"ttl": "1s"}).cache, "HIT", "which is kept")
    grow_old()
    equal(c.ask().cache, "MISS", "... for so long")
    equal(up.asked, 3, "calls")


def test_one_refresh_for_many(s):
    for type, stream_it in (("openai", False), ("openai", True), ("anthropic", False)):
        gate, slow = threading.Event(), []

        def make(request, number):
            if type == "anthropic":
                first = Answer(body=json.dumps({
                    "id": "m", "type": "message", "role": "assistant", "model": "up", "stop_reason": "end_turn",
                    "content": [{"type": "text", "text": f"answer {number} "}],
                    "usage": {"input_tokens": 3, "output_tokens": 2}}).encode())
            else:
                first = usual(request, number)
            if number > 1:
                slow.append(request.body)
                return Play([gate, first.body], first.type)
            return first
        up = s.up(make)
        gw = s.gateway(config([provider("up", up.port, type=type)], [model("m", ["up"])], workers=1,
                              cache=SOON + 'stale_while_revalidate = "1h";'))
        c, crowd = s.client(gw), s.crowd(gw)
        body = dict(body_of(), stream=stream_it, user="somebody")
        first = c.send(body)
        equal((first.cache, c.send(body).cache), ("MISS", "HIT"), "at first")
        grow_old()
        begin = time.monotonic()
        many = [crowd.ask(body).reply() for _ in range(3)] + [x.reply() for x in [crowd.ask(body) for _ in range(30)]]
        check(time.monotonic() - begin < 2 * s.slow, "they wait for the refresh")
        equal({(r.cache, r.text, r.headers.get("x-cache-ttl")) for r in many}, {("STALE", first.text, "0")}, "the old one")
        check(wait_until(lambda: up.asked == 2, 3), "nobody fetches a new one")
        if type == "openai":
            equal([json.loads(b).get("messages") for b in slow], [body["messages"]], "what is asked")
        gate.set()
        check(wait_until(lambda: c.send(body).cache == "HIT", 3), "the new one is not kept")
        check("answer 2" in c.send(body).text, f"the new one {c.send(body)}")
        equal(up.asked, 2, "calls")
        nothing_is_left(gw)
        other = c.send(dict(body, seed=5))
        check("answer 2" not in other.text and b"answer 2" not in other.body, f"another's bytes: {other}")


def test_what_a_refresh_brings_is_in_nobodys_answer(s):
    """It has no client; one worker, whose scratch is everybody's."""
    def make(request, number):
        return Answer(body=json.dumps({
            "id": "m", "type": "message", "role": "assistant", "model": "up", "stop_reason": "end_turn",
            "content": [{"type": "text", "text": f"answer {number}."}],
            "usage": {"input_tokens": 3, "output_tokens": 2}}).encode())
    up = s.up(make)
    gw = s.gateway(config([provider("up", up.port, type="anthropic")], [model("m", ["up"])], workers=1,
                          cache=SOON + 'stale_while_revalidate = "1h";'))
    c = s.client(gw)
    equal(c.ask().text, "answer 1.", "at first")
    grow_old()
    equal(c.ask().cache, "STALE", "then")
    check(wait_until(lambda: up.asked == 2, 3), "no refresh")
    nothing_is_left(gw)
    r = c.ask("another question")
    equal((r.cache, r.text), ("MISS", "answer 3."), f"the next answer {r}")
    check(b"answer 2." not in r.body, f"somebody else's bytes: {r}")


def test_a_refresh_is_billed_and_recorded(s):
    gw, up, c = s.usual(SOON + 'stale_while_revalidate = "1h";', model_more=PRICE)
    other = s.client(gw, "other", budgets=[{"usd": "1", "period": "total"}])
    for who in (c, other):
        equal(who.ask().cache, "MISS", "at first")
        grow_old()
        before = up.asked
        r = who.ask(headers={"X-Request-Id": "stale-" + who.secret[-4:]})
        equal(r.cache, "STALE", "then")
        check(wait_until(lambda: up.asked == before + 1, 3), "no refresh")
        nothing_is_left(gw)
        line = gw.access_line("stale-" + who.secret[-4:])
        check(line, "no line in the log")
        equal((line["status"], line.get("error")), (200, None), f"the log's line {line}")
        equal((line["in_tok"], line["cost_usd"]), (8, "0.00001"), f"what the refresh has cost {line}")

    def spent():
        return gw.admin("GET", "/admin/v1/keys/" + other.secret.split("_")[1])[1]["spending"][0]["spent"]
    equal(wait_until(lambda: spent() == "0.00002" and spent(), 3), "0.00002", "its budget")


def test_a_refresh_that_fails_changes_nothing(s):
    gw, up, c = s.usual(SOON + 'stale_while_revalidate = "3s";', make=lambda r, n: usual(r, n) if n == 1 else Answer(
        500, body=b'{"error":{"message":"broken"}}'))
    first = c.ask()
    grow_old()
    for i in range(3):
        r = c.ask()
        equal((r.cache, r.text), ("STALE", first.text), "the old one")
        nothing_is_left(gw)
    check(up.asked >= 2, "no refresh")
    time.sleep(3)
    equal(c.ask().status, 502, "when it is too old even for that")


def test_who_answers_when_nobody_does(s):
    """stale_if_error: 5xx, silence and refused connections; not what is the client's own fault."""
    mood = ["fine"]

    def make(request, number):
        if mood[0] == "fine":
            return usual(request, number)
        if mood[0] == "silent":
            return Answer(delay=5)
        return Answer(mood[0], body=b'{"error":{"message":"not now","code":"odd"}}')
    up = s.up(make)
    quick = 'timeout = { connect = "300ms"; first_byte = "400ms"; };'
    steady = 'health = { failures = 1000; cooldown = "10ms"; cooldown_max = "20ms"; };'
    gw = s.gateway(config([provider("up", up.port, quick + steady)], [model("m", ["up"])],
                          SOON + 'stale_if_error = "1h";', more='routing = { retry_wait = "0s"; };'))
    c, crowd = s.client(gw), s.crowd(gw)
    old = {stream_it: c.ask(stream=stream_it, seed=int(stream_it)).text for stream_it in (False, True)}
    grow_old()
    for word, status in ((500, 200), (503, 200), ("silent", 200), (400, 400), (404, 404), (429, 429)):
        mood[0] = word
        for stream_it in (False, True):
            seats = [crowd.ask(dict(body_of(), stream=stream_it, seed=int(stream_it))) for _ in range(5)]
            for x in seats:
                r = x.reply()
                equal(r.status, status, f"{word}: {r}")
                if status == 200:
                    equal((r.cache, r.text, r.headers["x-cache-ttl"]), ("STALE", old[stream_it], "0"), f"{word}: the old one")
                    equal(r.headers["x-conduit-provider"], "up", "who had answered")
                else:
                    check(r.cache in ("MISS", "COALESCED"), f"{word}: {r}")
            if word != "silent":
                check(c.ask("never asked").status >= 400, f"{word}: what is not known is made up")
    mood[0] = "silent"
    r = c.send(dict(body_of(), stream=False, seed=0), headers={"X-Conduit-Timeout-Ms": "100"})
    equal((r.status, r.cache), (200, "STALE"), f"a client without patience {r}")
    nothing_is_left(gw)
    up.close()
    r = c.send(dict(body_of(), stream=False, seed=0), headers={"X-Request-Id": "rescued"})
    equal((r.status, r.cache), (200, "STALE"), f"nobody is there {r}")
    line = gw.access_line("rescued")
    equal((line["status"], line.get("error")), (200, None), f"the log's line {line}")


def test_who_had_answered_may_be_another_than_who_failed(s):
    mood = ["fine"]
    one = s.up(lambda r, n: Answer(500, body=b'{"error":{"message":"broken"}}'))
    two = s.up(lambda r, n: usual(r, n) if mood[0] == "fine" else Answer(500, body=b'{"error":{"message":"broken"}}'))
    gw = s.gateway(config([provider("one", one.port), provider("two", two.port)], [model("m", ["two", "one"])],
                          SOON + 'stale_if_error = "1h";', more='routing = { retry_wait = "0s"; };'))
    c = s.client(gw)
    equal(c.ask().headers["x-conduit-provider"], "two", "at first")
    grow_old()
    mood[0] = "broken"
    r = c.ask()
    equal((r.status, r.cache, r.headers["x-conduit-provider"], r.headers["x-conduit-attempts"]),
          (200, "STALE", "two", "2"), f"then {r}")


def test_old_is_not_given_unasked(s):
    gw, up, c = s.usual(SOON, make=lambda r, n: usual(r, n) if n == 1 else Answer(
        500, body=b'{"error":{"message":"broken"}}'))
    equal(c.ask().cache, "MISS", "at first")
    grow_old()
    equal(c.ask().status, 502, "then")

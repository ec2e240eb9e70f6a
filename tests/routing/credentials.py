"""Several credentials of one provider, and what one of them does not get.
SPDX-License-Identifier: MIT"""
import datetime
import time

from stage import PATIENT, SECRETS, Client, ask, check, config, equal, in_parallel, model, provider, targets, wait_until

KEYS = '{ id = "one"; secret = "env:ROUTING_ONE"; }, { id = "two"; secret = "env:ROUTING_TWO"; }'
TARGET = "a/mock"


def start(s, up, keys=KEYS):
    return s.gateway(config([provider("a", up.port, PATIENT, keys)], [model("m", ["a"])]))


def is_one(request):
    return request.header("authorization") == "Bearer " + SECRETS["ROUTING_ONE"]


def used(up):
    """How often the first credential was sent, and the other."""
    ones = sum(is_one(r) for r in up.requests)
    return ones, len(up.requests) - ones


def credential(gw, name="one"):
    return {c["id"]: c for c in targets(gw)[TARGET]["credentials"]}[name]


def seconds_until(text):
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return at.timestamp() - time.time()


def many(gw, count):
    clients = [Client(gw) for _ in range(4)]
    out = in_parallel(4, lambda i: [clients[i].ask("m") for _ in range(count // 4)], range(4))
    for c in clients:
        c.close()
    return [r for part in out for r in part]


def test_a_credential_that_is_refused_rests(s):
    """401 on one: the other serves, and the first is not asked for ten minutes."""
    a = s.up()
    a.play(status=401, type="invalid_request_error", code="invalid_api_key", who=is_one)
    gw = start(s, a)
    replies = many(gw, 80)
    bad = [str(r) for r in replies if r.status != 200]
    one, two = used(a)
    check(not bad, f"{len(bad)} of 80 failed: {bad[:1]}")
    check(1 <= one <= 8, f"the refused credential was sent {one} times")
    seen = credential(gw)
    left = seconds_until(seen["until"])
    s.say(f"80 requests: the refused credential was sent {one} times, the other {two} times; it rests for {left:.0f} s")
    equal(seen["state"], "cooling", str(seen))
    check(seen["why"] and 560 <= left <= 610, str(seen))
    equal(credential(gw, "two")["state"], "ready", "the other")
    equal(targets(gw)[TARGET]["state"], "ready", "the target")


def test_retry_after_is_kept(s):
    """429 with Retry-After: 2 on one: it rests for two seconds, then it is asked again."""
    a = s.up()
    a.play(status=429, code="rate_limit_exceeded", retry_after=2, who=is_one, times=1)
    gw = start(s, a)
    begin, gaps, last = time.monotonic(), None, None
    client = Client(gw)
    while time.monotonic() < begin + 4.5 * s.slow and gaps is None:
        before = used(a)[0]
        r = client.ask("m")
        equal(r.status, 200, str(r))
        now = time.monotonic()
        if used(a)[0] > before:
            if last and now - last > 1:
                gaps = now - last
            check(last is None or gaps, f"asked again after {now - (last or now):.2f} s")
            last = last or now
        time.sleep(0.02)
    client.close()
    check(last, "the first credential was never sent: the scene tests nothing")
    check(gaps, "the first credential was not asked again")
    s.say(f"Retry-After: 2 kept it away for {gaps:.2f} s")
    check(1.9 <= gaps <= 3.2 * s.slow, f"{gaps:.2f} s")


def test_all_credentials_rest(s):
    """429 on both for longer than anybody waits: 429 with the time that is left, and nobody is asked."""
    a = s.up()
    a.play(status=429, code="rate_limit_exceeded", retry_after=3)
    gw = start(s, a)
    begin = time.monotonic()
    first = ask(gw, "m")
    asked = a.asked
    a.play()
    second, third = ask(gw, "m"), ask(gw, "m", True)
    for r in (first, second, third):
        equal((r.status, r.code), (429, "upstream_rate_limited"), str(r))
        check(1 <= int(r.headers["retry-after"]) <= 3, str(r.headers))
        check(r.took <= 0.5 * s.slow, f"took {r.took:.2f} s: {r}")
    equal((asked, a.asked), (2, 2), "attempts: one with each credential, then none")
    check(wait_until(lambda: ask(gw, "m").status == 200, 5 * s.slow, 0.1), "it did not come back")
    took = time.monotonic() - begin
    s.say(f"both rest: 429 with retry-after {second.headers['retry-after']}, served again after {took:.2f} s")
    check(took >= 2.7, f"served again after {took:.2f} s")


def test_a_short_rest_is_waited_for(s):
    """429 on both with Retry-After: 1, which is less than the longest pause: the client does not see it."""
    a = s.up()
    a.play(status=429, code="rate_limit_exceeded", retry_after=1, times=2)
    gw = start(s, a)
    r = ask(gw, "m")
    s.say(f"both rest for a second: {r.status} after {r.took:.2f} s and {a.asked} attempts")
    equal((r.status, a.asked), (200, 3), str(r))
    check(0.9 <= r.took <= 2 * s.slow, f"took {r.took:.2f} s")


def test_all_refused_is_our_fault(s):
    """401 on all: 502, no secret and no word of the upstream's about it."""
    a = s.up()
    a.play(status=401, message="Incorrect key " + SECRETS["ROUTING_ONE"], code="invalid_api_key")
    gw = start(s, a)
    for _ in range(2):
        r = ask(gw, "m")
        equal((r.status, r.code), (502, "upstream_auth"), str(r))
        check(SECRETS["ROUTING_ONE"].encode() not in r.body, str(r))
    check(a.asked <= 4, f"{a.asked} attempts")


def test_credentials_share_by_weight(s):
    """Weights 3 and 1."""
    a = s.up()
    gw = start(s, a, KEYS.replace('ROUTING_ONE"; }', 'ROUTING_ONE"; weight = 3; }'))
    count = 800
    check(all(r.status == 200 for r in many(gw, count)), "a request failed")
    share = used(a)[0] / count
    s.say(f"{count} requests: the credential of weight 3 of 4 was sent with {share:.1%}")
    check(abs(share - 0.75) <= 0.06, f"{share:.1%}")


def test_a_model_is_refused_to_a_credential(s):
    """429 of one model is that model's: the credential serves the others."""
    a = s.up()
    a.play(status=429, code="rate_limit_exceeded", retry_after=30, who=lambda r: b'"model":"small"' in
           r.body.replace(b" ", b""))
    gw = s.gateway(config([provider("a", a.port, PATIENT)], [model("m", ["a"]), model("n", [("a", "small")])]))
    equal((ask(gw, "n").status, ask(gw, "m").status, ask(gw, "n").status), (429, 200, 429), "n, m, n")

"""What operators see of targets, and what they may say to them.
SPDX-License-Identifier: MIT"""
import time
import urllib.parse

from stage import (PATIENT, STOIC, Client, ask, check, config, equal, has, in_parallel, metric, model, provider,
                   steer, targets, wait_until)

MEMBERS = {"name", "provider", "model", "state", "inflight", "ttft_ms", "total_ms", "tokens_per_second", "error_rate",
           "requests_left", "tokens_left", "credentials"}
STATES = {"ready", "cooling", "probing", "drained"}
COOL = 'health = { failures = 3; cooldown = "700ms"; cooldown_max = "700ms"; };'


def pair(s, more=PATIENT + STOIC, target="mock"):
    a, b = s.up(["a"]), s.up(["b"])
    return s.gateway(config([provider("a", a.port, more), provider("b", b.port, more)],
                            [model("m", [("a", target), ("b", target)])])), a, b


def test_targets_are_listed_with_their_figures(s):
    gw, a, b = pair(s)
    before = targets(gw)
    equal(set(before), {"a/mock", "b/mock"}, "names")
    for t in before.values():
        check(MEMBERS <= set(t), f"lacks {MEMBERS - set(t)}: {t}")
        equal(t["state"], "ready", str(t))
        equal(t["inflight"], 0, str(t))
        for c in t["credentials"]:
            check({"id", "state", "until", "why"} <= set(c), str(c))
            equal((c["id"], c["state"]), ("k1", "ready"), str(c))
    a.play(delay=0.05)
    for stream in (False, True):
        for _ in range(5):
            equal(ask(gw, "m", stream).status, 200)
    a.play(delay=1)
    asked = a.asked

    def look(i):
        if i < 2:
            return ask(gw, "m")
        return wait_until(lambda: a.asked == asked + 2, 5 * s.slow) and targets(gw)
    busy = in_parallel(3, look, range(3))[2]
    equal(busy["a/mock"]["inflight"], 2, str(busy["a/mock"]))
    t = targets(gw)["a/mock"]
    s.say(f"after 12 answers: {dict((k, t[k]) for k in ('ttft_ms', 'total_ms', 'tokens_per_second', 'error_rate'))}")
    check(t["total_ms"] and t["total_ms"] >= 50, str(t))
    check(t["error_rate"] in (0, 0.0), str(t))
    check(targets(gw)["b/mock"]["total_ms"] in (None, -1), "the second was never asked")


def test_drained_targets_are_not_asked(s):
    """drain, enable; running streams end well."""
    gw, a, b = pair(s)
    equal(ask(gw, "m").provider, "a")
    a.play(gap=0.15)
    asked = a.asked

    def run(i):
        if i == 0:
            return ask(gw, "m", True)
        wait_until(lambda: a.asked == asked + 1, 5 * s.slow)
        return steer(gw, "a/mock", "drain")
    stream, _ = in_parallel(2, run, range(2))
    equal((stream.done, stream.text, stream.provider), (True, "a", "a"), str(stream))
    equal([targets(gw)["a/mock"][k] for k in ("state", "status")], ["drained", "unavailable"])
    equal(targets(gw)["b/mock"]["status"], "available")
    a.clear()
    equal([ask(gw, "m", stream).provider for stream in (False, True) * 5], ["b"] * 10, "while it is drained")
    equal(a.asked, 0, "attempts while it is drained")
    steer(gw, "a/mock", "enable")
    equal((targets(gw)["a/mock"]["state"], ask(gw, "m").provider), ("ready", "a"), "enabled again")


def test_all_targets_drained(s):
    """Nobody may be asked: 503 with retry-after."""
    gw, a, b = pair(s)
    steer(gw, "a/mock", "drain")
    steer(gw, "b/mock", "drain")
    for stream in (False, True):
        r = ask(gw, "m", stream)
        equal((r.status, r.code), (503, "overloaded"), str(r))
        check(int(r.headers["retry-after"]) >= 1, str(r.headers))
    equal((a.asked, b.asked), (0, 0), "attempts")


def test_a_model_that_is_drained_has_fallbacks(s):
    a, b = s.up(["a"]), s.up(["b"])
    gw = s.gateway(config([provider("a", a.port), provider("b", b.port)],
                          [model("m", [("a", "mock")], 'fallbacks = [ "n" ];'), model("n", [("b", "mock")])]))
    steer(gw, "a/mock", "drain")
    for stream in (False, True):
        equal((ask(gw, "m", stream).status, ask(gw, "m", stream).provider), (200, "b"))
    equal(a.asked, 0, "attempts")


def test_a_drain_outlives_a_reload(s):
    gw, a, b = pair(s)
    steer(gw, "a/mock", "drain")
    equal(gw.admin("POST", "/admin/v1/reload")[0], 200)
    equal((targets(gw)["a/mock"]["state"], ask(gw, "m").provider), ("drained", "b"), "after a reload")


def test_what_was_learned_outlives_a_reload(s):
    """A target that cools is not asked because the configuration was read again."""
    gw, a, b = pair(s, PATIENT + 'health = { failures = 3; cooldown = "30s"; };')
    a.play(status=500)
    for _ in range(6):
        ask(gw, "m")
    asked = a.asked
    equal(gw.admin("POST", "/admin/v1/reload")[0], 200)
    equal([ask(gw, "m").provider for _ in range(4)], ["b"] * 4, "after a reload")
    equal(a.asked, asked, "attempts after a reload")


def test_failures_cool_and_a_probe_brings_back(s):
    """ready, cooling, then one request is the probe; reset does not wait."""
    gw, a, b = pair(s, PATIENT + COOL)
    a.play(status=500)
    replies = [ask(gw, "m") for _ in range(12)]
    equal({r.status for r in replies}, {200}, "answers")
    t = targets(gw)["a/mock"]
    equal(t["credentials"][0]["state"], "cooling", str(t))
    equal(t["state"], "cooling", str(t))
    check(t["credentials"][0]["why"] and t["credentials"][0]["until"], str(t))
    check(a.asked <= 6, f"asked {a.asked} times")
    s.say(f"12 requests on a target that fails: it was asked {a.asked} times")
    a.clear()
    time.sleep(0.8)
    in_parallel(8, lambda i: equal(ask(gw, "m").status, 200, "a probe's time"), range(8))
    check(1 <= a.asked <= 3, f"{a.asked} probes at once")
    s.say(f"8 requests at once when its time is over: {a.asked} of them probe")
    a.play()
    steer(gw, "a/mock", "reset")
    equal((targets(gw)["a/mock"]["state"], ask(gw, "m").provider), ("ready", "a"), "reset")


def test_it_comes_back_in_quarters(s):
    """After a good probe its share rises, and ends whole."""
    gw, a, b = pair(s, PATIENT + COOL)
    a.play(status=500, times=4)
    for _ in range(6):
        ask(gw, "m")
    time.sleep(0.75)
    client, begin, back, seen = Client(gw), time.monotonic(), None, []
    while time.monotonic() < begin + 15 * s.slow:
        seen.append((round(time.monotonic() - begin, 1), client.ask("m").provider))
        if [p for _, p in seen[-40:]] == ["a"] * 40:
            back = time.monotonic() - begin
            break
        time.sleep(0.01)
    client.close()
    first = next((at for at, p in seen if p == "a"), None)
    s.say(f"the first answer after {first} s, all of them after {back if back is None else round(back, 1)} s")
    check(first is not None and back is not None, f"it did not come back: {seen[-50:]}")


def test_names_are_taken_with_any_slash(s):
    """provider/model plain or encoded, models with slashes of their own."""
    gw, a, b = pair(s, target="org/big.model-1")
    name = "a/org/big.model-1"
    check(name in targets(gw), str(list(targets(gw))))
    for path in (name, urllib.parse.quote(name, safe=""), "a/" + urllib.parse.quote("org/big.model-1", safe="")):
        steer(gw, path, "drain")
        equal(targets(gw)[name]["state"], "drained", path)
        steer(gw, path, "enable")
        equal(targets(gw)[name]["state"], "ready", path)


def test_wrong_words_are_refused(s):
    gw, a, b = pair(s)
    for path, want in (("a/mokc/drain", 404), ("nobody/mock/drain", 404), ("a/mock/explode", 404)):
        status, doc = gw.admin("POST", "/admin/v1/targets/" + path)
        equal(status, want, f"{path}: {doc}")
        check(doc and doc["error"]["message"], str(doc))
    has(gw.admin("POST", "/admin/v1/targets/a/mokc/drain")[1], "a/mock")
    equal(gw.admin("GET", "/admin/v1/targets/a/mock/drain")[0], 405)
    status, _, _ = gw.request("POST", "/admin/v1/targets/a/mock/drain", port=gw.admin_port)
    equal(status, 401, "without a token")
    equal(targets(gw)["a/mock"]["state"], "ready")
    status, doc = gw.admin("POST", "/admin/v1/targets/a/mock/drain", {"nonsense": 1})
    equal(status, 400, f"a body with an unknown member: {doc}")


def test_changes_are_audited_and_told(s):
    """Who drained it stands in the audit; what changed, in metrics and the log."""
    gw, a, b = pair(s, PATIENT + COOL)
    steer(gw, "a/mock", "drain")
    status, doc = gw.admin("GET", "/admin/v1/audit")
    equal(status, 200, str(doc))
    has(doc, "drain", "a/mock")
    steer(gw, "a/mock", "enable")
    a.play(status=500)
    for _ in range(8):
        ask(gw, "m")
    check(wait_until(lambda: "a/mock" in gw.log_text(), 2 * s.slow), "the log says nothing of a target that cools")
    _, lines = metric(gw, "target")
    check(any("a/mock" in line for line in lines), f"no metric of the target: {lines[:20]}")

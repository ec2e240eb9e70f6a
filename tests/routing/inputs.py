"""Wishes and configurations that are wrong, and policies that are.
SPDX-License-Identifier: MIT"""
import os
import subprocess

from stage import PATIENT, Failed, ask, check, config, equal, has, metric, model, provider

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
PRICE = 'price = { input = "%s"; output = "%s"; };'
# What is asked for, and what the refusal names.
WRONG = (
    ({"strategy": "roundrobbin"}, "roundrobin"),
    ({"strategy": "leastlatancy"}, "leastlatency"),
    ({"strategy": ""}, "strategy"),
    ({"strategy": 7}, "strategy"),
    ({"only": ["alpa"]}, "alpha"),
    ({"only": ["alpha/mokc"]}, "alpha/mock"),
    ({"order": ["bravvo"]}, "bravo"),
    ({"ignore": ["alpa"]}, "alpha"),
    ({"provider_override": "alpa"}, "alpha"),
    ({"only": "alpha"}, "only"),
    ({"only": [1]}, "only"),
    ({"fallback_enabled": "no"}, "fallback_enabled"),
    ({"max_price": "cheap"}, "max_price"),
    ({"max_price": {"input": "1"}}, "max_price"),
    ({"max_price": -1}, "max_price"),
    ({"stratagy": "random"}, "strategy"),
    ([], "routing"),
    ("random", "routing"),
)


def pair(s, **more):
    a, b = s.up(["alpha"]), s.up(["bravo"])
    prices = (PRICE % ("1", "4"), PRICE % ("3", "9"))
    gw = s.gateway(config([provider("alpha", a.port), provider("bravo", b.port)],
                          [model("m", [("alpha", "mock", prices[0]), ("bravo", "mock", prices[1])]),
                           model("one", [("alpha", "mock", prices[0])])], **more))
    return gw, a, b


def test_wrong_wishes_are_refused_by_name(s):
    """400 that says what is wrong, and what was likely meant; nobody is asked."""
    gw, a, b = pair(s, policies=("roundrobin", "leastlatency"))
    problems = []
    for wish, named in WRONG:
        for stream in (False, True):
            r = ask(gw, "m", stream, routing=wish)
            try:
                equal((r.status, (r.error or {}).get("type")), (400, "invalid_request_error"), f"{wish}: {r}")
                has(r.error["message"], named)
            except Failed as e:
                problems.append(str(e))
                break
    check(not problems, f"{len(problems)} of {len(WRONG)}:\n       " + "\n       ".join(p[:400] for p in problems))
    equal((a.asked, b.asked), (0, 0), "attempts")


def test_wishes_that_leave_nobody(s):
    """only and ignore that leave no target: 400, not 404, not 503."""
    gw, a, b = pair(s)
    for name, wish in (("m", {"only": ["alpha"], "ignore": ["alpha"]}), ("m", {"ignore": ["alpha", "bravo"]}),
                       ("one", {"only": ["bravo"]}), ("one", {"provider_override": "bravo"}), ("m", {"only": []})):
        r = ask(gw, name, routing=wish)
        what = f"{name} {wish}: {r}"
        if wish == {"only": []}:
            check(r.status in (200, 400), what)
            continue
        equal((r.status, (r.error or {}).get("type")), (400, "invalid_request_error"), what)
        has(r.error["message"], "routing")


def test_a_price_that_nobody_has(s):
    """max_price below all: 400 that names the cheapest; between two: the cheaper one answers."""
    gw, a, b = pair(s)
    for low in ("0.000001", 0.0001, "0"):
        for stream in (False, True):
            r = ask(gw, "m", stream, max_tokens=1000, routing={"max_price": low})
            equal(r.status, 400, f"{low}: {r}")
            has(r.error["message"], "cheapest", "0.004")
    equal((a.asked, b.asked), (0, 0), "attempts")
    for fine, who in (("0.005", "alpha"), (0.005, "alpha"), ("1", "bravo")):
        r = ask(gw, "m", max_tokens=1000, routing={"max_price": fine, "order": ["bravo"]})
        equal((r.status, r.provider), (200, who), f"{fine}: {r}")


def test_wishes_that_are_fine(s):
    gw, a, b = pair(s)
    for wish, who in (({"only": ["bravo"]}, "bravo"), ({"only": ["bravo/mock"]}, "bravo"), ({"ignore": ["alpha"]}, "bravo"),
                      ({"order": ["bravo", "alpha"]}, "bravo"), ({"provider_override": "bravo"}, "bravo"), ({}, "alpha"),
                      (None, "alpha")):
        r = ask(gw, "m", routing=wish)
        equal((r.status, r.provider), (200, who), f"{wish}: {r}")


# --- configurations ------------------------------------------------------------------------

def test_circles_of_fallbacks_are_told(s):
    """conduitd -t says which models fall back to each other."""
    base = [provider("alpha", 9)]
    for member in ("fallbacks", "context_fallbacks", "content_fallbacks"):
        text = config(base, [model("ann", ["alpha"], f'{member} = [ "bob" ];'), model("bob", ["alpha"], f'{member} = [ "cid" ];'),
                             model("cid", ["alpha"], f'{member} = [ "ann" ];'), model("dot", ["alpha"])])
        code, said = s.check_config(text)
        s.say(f"{member}: exit {code}: {said.strip().splitlines()[0][-120:] if said.strip() else ''}")
        equal(code, 78, said)
        has(said, "circle", "ann", "cid", "conduit.cfg:")
        check("dot" not in said, said)
    code, said = s.check_config(config(base, [model("ann", ["alpha"], 'fallbacks = [ "ann" ];')]))
    has(said, "ann", "fallbacks")


def test_configurations_that_are_wrong(s):
    """78, with the line and the nearest name."""
    fine = config([provider("alpha", 9, PATIENT)], [model("m", ["alpha"], 'policy = "fast"; fallbacks = [ "n" ];'),
                                                    model("n", ["alpha"])],
                  policies=('  { name = "fast"; type = "leastlatency"; }',), more='routing = { keep_alive = "1s"; };')
    code, said = s.check_config(fine)
    equal(code, 0, said)
    for old, new, named in (('policy = "fast"', 'policy = "fats"', "fast"), ('type = "leastlatency"', 'type = "leastlatncy"', "leastlatency"),
                            ('fallbacks = [ "n" ]', 'fallbacks = [ "nn" ]', "nn"), ("keep_alive", "keepalive", "keep_alive"),
                            ('"1s"', '"soon"', "keep_alive"),
                            (PATIENT, 'health = { failures = 0; };', "failures"),
                            (PATIENT, 'health = { cooldwn = "5s"; };', "cooldown"),
                            (PATIENT, 'health = { cooldown = "50s"; cooldown_max = "5s"; };', "cooldown_max")):
        check(old in fine, old)
        code, said = s.check_config(fine.replace(old, new, 1))
        equal(code, 78, f"{new}: {said}")
        has(said, "conduit.cfg:", named)


# --- policies ------------------------------------------------------------------------------

def odd_gateway(s):
    """A gateway with the policies of odd.c, each on a model of its own."""
    folder = s.tools.folder
    if not os.path.exists(f"{folder}/odd/policy_odd.so"):
        os.mkdir(f"{folder}/odd")
        subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-D_GNU_SOURCE", "-fPIC", "-shared", "-fvisibility=hidden",
                        f"-I{TOP}/sdk/include", "-o", f"{folder}/odd/policy_odd.so", f"{HERE}/odd.c"], check=True)
    kinds = ("twice", "beyond", "more", "nobody", "slow")
    a, b = s.up(["alpha"]), s.up(["bravo"])
    text = config([provider("alpha", a.port), provider("bravo", b.port)],
                  [model(k, ["alpha", "bravo"], f'policy = "odd-{k}";') for k in kinds] + [model("m", ["alpha", "bravo"])],
                  policies=[f"odd-{k}" for k in kinds], workers=1)
    gw = s.gateway(text, env={"CONDUIT_PLUGIN_PATH": f"{s.args.plugins}:{folder}/odd"})
    return gw, a, b


def counted(gw):
    """What counters say of these plugins."""
    return sum(float(line.rsplit(" ", 1)[1]) for line in metric(gw, "odd")[1] if "_seconds" not in line)


def ranks(gw, plugin, bound):
    """How many of a policy's ranks took no longer than the bound."""
    return metric(gw, f'conduit_plugin_seconds_bucket{{plugin="{plugin}",call="rank",{bound}')[0]


def test_a_policy_that_talks_rubbish(s):
    """An order that is none: the configured one, counted, named in the log; the target still fails over."""
    gw, a, b = odd_gateway(s)
    for kind in ("twice", "beyond", "more"):
        before = counted(gw)
        for stream in (False, True):
            r = ask(gw, kind, stream)
            equal((r.status, r.provider), (200, "alpha"), f"{kind}: {r}")
        rise = counted(gw) - before
        s.say(f"odd-{kind}: two requests, counters that name it rose by {rise:g}")
        check(rise >= 2, f"{kind}: {metric(gw, 'odd')[1]}")
    has(gw.log_text(), "odd")
    a.play(status=500)
    equal(ask(gw, "twice").provider, "bravo", "the configured order goes on")


def test_a_policy_that_leaves_all_out(s):
    """It may forbid; then there is an error that says so, and nobody is asked."""
    gw, a, b = odd_gateway(s)
    r = ask(gw, "nobody")
    check(r.status >= 400 and r.error and r.error["message"], str(r))
    equal((a.asked, b.asked), (0, 0), f"attempts: {r}")
    s.say(f"a policy that leaves all out: {r.status} {r.code}")


def test_a_policy_that_takes_its_time(s):
    """100 ms for a rank: the log tells it, its histogram shows it, and its word counts all the same."""
    gw, a, b = odd_gateway(s)
    took = [ask(gw, "slow").took for _ in range(8)]
    s.say(f"a policy that sleeps 100 ms: {', '.join(f'{t * 1e3:.0f}' for t in took)} ms")
    equal((ranks(gw, "odd-slow", 'le="0.05"'), ranks(gw, "odd-slow", 'le="+Inf"')), (0, 8), "ranks below 50 ms, and all")
    has(gw.log_text(), "plugin blocked its thread plugin=odd-slow call=rank")
    equal(ask(gw, "m").status, 200, "other models")

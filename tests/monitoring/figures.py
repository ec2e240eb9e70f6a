"""/metrics as Prometheus sees it, the dashboard and the alerts that are made of it.
SPDX-License-Identifier: MIT"""
import json
import os
import re
import subprocess
import tempfile

from scene import CONFIG, contains, equal, lacks

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAME = re.compile(r"\bconduit_[a-z0-9_]+\b")


def scrape(gw):
    status, head, data = gw.request("GET", "/metrics", port=gw.admin_port)
    equal(status, 200, data[:200])
    return data.decode()


def metric(gw, name):
    found = re.search("^" + re.escape(name) + r" (\S+)$", scrape(gw), re.M)
    return float(found.group(1)) if found else None


def ask(gw, model, secret, stream=False, headers=None, path="/v1/chat/completions", **more):
    body = dict({"model": model, "messages": [{"role": "user", "content": "hello there"}], "stream": stream}, **more)
    return gw.request("POST", path, json.dumps(body),
                      dict({"Authorization": "Bearer " + secret, "Content-Type": "application/json"}, **(headers or {})))


def busy(s):
    """A gateway that has met most of what there is to count."""
    if not hasattr(s, "busy"):
        # Nobody listens at port 9: what is counted of exports is there, too.
        gw = s.new(CONFIG + 'telemetry = { otlp = { endpoint = "http://127.0.0.1:9"; }; };\n')
        gw.group("team", budgets=[{"usd": "5", "period": "month"}])
        key, paid = gw.key("main"), gw.key("paid", group="team")
        for stream in (False, True):
            for secret in (key, paid):
                equal(ask(gw, "mock", secret, stream)[0], 200)
        ask(gw, "slow", key, True)
        ask(gw, "nothing", key)
        ask(gw, "mock", "wrong")
        for _ in range(64):                            # of one in 16 the stages are timed
            ask(gw, "mock", key)
        s.wait(lambda: metric(gw, 'conduit_http_requests_total{route="/v1/chat/completions",method="POST",code="200"}') >= 69)
        s.busy = gw
    return s.busy


def families(text):
    return {m.group(1): m.group(2) for m in re.finditer(r"^# TYPE (\S+) (\S+)$", text, re.M)}


def with_series(text):
    """What PromQL may ask for."""
    names = set()
    for name, kind in families(text).items():
        names |= {name} if kind != "histogram" else {name + end for end in ("_bucket", "_sum", "_count")}
    return names


def test_promtool_finds_nothing_wrong(s):
    text = scrape(busy(s))
    p = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    equal((p.returncode, p.stdout + p.stderr), (0, ""))
    helped = set(re.findall(r"^# HELP (\S+) \S", text, re.M))
    equal(sorted(helped), sorted(families(text)), "each has its help")


def test_what_was_done_is_counted(s):
    gw = busy(s)
    text = scrape(gw)
    for line in ('conduit_request_errors_total{domain="auth",error_type="BAD_KEY"} 1\n',
                 'conduit_request_errors_total{domain="client",error_type="MODEL_NOT_FOUND"} 1\n',
                 'conduit_requests_total{model="mock",provider="mock",target="mock/mock",outcome="OK"} 68\n',
                 'conduit_target_state{target="mock/mock",provider="mock"} 2\n',
                 'conduit_provider_key_up{provider="far",key="first"} ',
                 'conduit_upstream_duration_seconds_count{provider="mock",model="mock"} 68\n',
                 'conduit_active_requests 0\n', 'conduit_active_streams 0\n', 'conduit_queue_depth 0\n',
                 'conduit_log_dropped_total 0\n', 'conduit_config_generation 1\n'):
        contains(text, line)
    count = metric(gw, "conduit_request_overhead_seconds_count")
    equal(count >= 71, True, count)
    stages = dict(re.findall(r'^conduit_overhead_seconds_count\{stage="(\w+)"\} (\d+)$', text, re.M))
    equal(sorted(stages), ["auth", "cache", "limit", "log", "parse", "permit", "route", "translate"], text)
    equal(4 <= int(stages["auth"]) <= 6, True, "one in 16")
    equal(metric(gw, 'conduit_output_tokens_per_second_count{provider="mock",model="mock"}') >= 1, True)
    equal(metric(gw, 'conduit_time_to_first_token_seconds_count{provider="mock",model="mock"}') >= 2, True)


def test_an_upstreams_trouble_is_not_ours(s):
    """Somebody is woken by what is the gateway's own."""
    gw = s.new(CONFIG.replace("models = (", 'models = ( { name = "full"; targets = ( { provider = "mock"; model = "mock-x503"; } ); unpriced = "free"; },', 1))
    key = gw.key("main")
    for stream in (False, True):
        equal(ask(gw, "full", key, stream)[0], 503)
    s.wait(lambda: metric(gw, 'conduit_request_errors_total{domain="upstream",error_type="OVERLOADED"}') == 2)
    lacks(scrape(gw), 'conduit_request_errors_total{domain="gateway"')


def test_money_agrees_with_the_ledger(s):
    gw = busy(s)
    cost = {m.group(1): float(m.group(2)) for m in
            re.finditer(r'^conduit_cost_usd_total\{model="mock",provider="mock",group="(\w*)"\} (\S+)$', scrape(gw), re.M)}
    cost = {k: round(v, 9) for k, v in cost.items()}

    def spent():                               # records are written a moment later
        usage = gw.admin("GET", "/admin/v1/usage?by=group")[1]
        return {row["group"] or "": round(float(row["cost_usd"]), 9) for row in usage["data"] if float(row["cost_usd"])}
    s.wait(lambda: spent() == cost)
    left = metric(gw, 'conduit_budget_remaining_usd{group="team"}')
    equal(round(5 - left, 9), round(cost["team"], 9))


def test_clients_can_not_make_up_series(s):
    gw = busy(s)
    before = len(scrape(gw).splitlines())
    for i in range(50):
        ask(gw, f"made-up-{i}", gw.key("main"))
        gw.request("GET", f"/nowhere/{i}")
        gw.request("BREW", f"/v1/chat/completions", headers={"Authorization": "Bearer x"})
    after = scrape(gw)
    equal(len(after.splitlines()) - before < 60, True, "lines more")
    lacks(after, "made-up", "nowhere", "BREW")


def test_metrics_can_be_off(s):
    gw = s.new(CONFIG + "telemetry = { prometheus = false; };\n")
    equal(ask(gw, "mock", gw.key("main"))[0], 200)
    status, _, data = gw.request("GET", "/metrics", port=gw.admin_port)
    equal(status, 404)
    contains(data.decode(), "telemetry.prometheus is false")
    gw.write_config(CONFIG)
    equal(gw.admin("POST", "/admin/v1/reload")[0], 200)
    equal(ask(gw, "mock", gw.key("main"))[0], 200)
    s.wait(lambda: metric(gw, 'conduit_http_requests_total{route="/v1/chat/completions",method="POST",code="200"}') == 1)


def test_the_rules_work(s):
    for words in (("check", "rules", "etc/alerts.yml"), ("test", "rules", "etc/alerts_test.yml")):
        p = subprocess.run(["promtool", *words], cwd=TOP, capture_output=True, text=True)
        equal(p.returncode, 0, p.stdout + p.stderr)
    rules = open(os.path.join(TOP, "etc", "alerts.yml")).read()
    tested = open(os.path.join(TOP, "etc", "alerts_test.yml")).read()
    for name in re.findall(r"- alert: (\w+)", rules):
        contains(tested, f"alertname: {name}\n")


def test_alerts_and_dashboard_ask_for_what_there_is(s):
    there = with_series(scrape(busy(s)))
    for file in ("alerts.yml", "grafana.json"):
        text = re.sub(r"^ *(summary|description): .*$", "", open(os.path.join(TOP, "etc", file)).read(), flags=re.M)
        asked = set(NAME.findall(text))
        equal(sorted(asked - there), [], file)
        equal(len(asked) >= 12, True, f"{file} asks for {len(asked)}")


def test_the_dashboard_is_whole(s):
    board = json.load(open(os.path.join(TOP, "etc", "grafana.json")))
    equal([i["name"] for i in board["__inputs"]], ["DS_PROMETHEUS"])
    equal({v["name"] for v in board["templating"]["list"]} >= {"model", "provider"}, True)
    panels = [p for p in board["panels"] if p["type"] != "row"]
    equal(len({p["id"] for p in board["panels"]}), len(board["panels"]), "ids")
    cells = set()
    queries = []
    for p in panels:
        equal(p["datasource"]["uid"], "${DS_PROMETHEUS}", p["title"])
        g = p["gridPos"]
        for x in range(g["x"], g["x"] + g["w"]):
            for y in range(g["y"], g["y"] + g["h"]):
                equal((x, y) in cells, False, f"{p['title']} lies on another")
                cells.add((x, y))
        equal(bool(p["targets"]) and bool(p["fieldConfig"]["defaults"].get("unit")), True, p["title"])
        queries += [t["expr"] for t in p["targets"]]
    # Each query is PromQL: promtool reads it as a rule.
    fill = lambda q: re.sub(r"\$__rate_interval", "5m", re.sub(r"\$\{?(model|provider|group)\}?", ".*", q))  # noqa: E731
    rules = "groups:\n- name: board\n  rules:\n" + "".join(
        f"  - record: board:query{i}\n    expr: {json.dumps(fill(q))}\n" for i, q in enumerate(queries))
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as f:
        f.write(rules)
        f.flush()
        p = subprocess.run(["promtool", "check", "rules", f.name], capture_output=True, text=True)
    equal(p.returncode, 0, p.stdout + p.stderr)


def test_the_manual_knows_every_metric(s):
    text = open(os.path.join(TOP, "docs", "monitoring.md")).read()
    for name in families(scrape(busy(s))):
        if not name.startswith("process_"):
            contains(text, f"`{name}`")

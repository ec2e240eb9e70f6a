"""Names that mean harm, from the configuration and from clients: each place that tells them tells them as they are,
or as nothing, and stays whole.
SPDX-License-Identifier: MIT"""
import csv
import io
import json
import re
import subprocess

from figures import ask, scrape
from scene import CONFIG, contains, equal, lacks
from traces import Traced

MODELS = ["</script><script>alert(1)</script>", "'quote'{}=~,", "=1+1", "@SUM(A1)", "\u202egnp.exe\u2066\u200f", "\U0001f4a5" * 32,
          "%0d%0aSet-Cookie:x", "`id`$(id)"]
LINES = "one\r\nSet-Cookie: x\n\ndata: y\u2028\u2029\x00\x1b[31m"


def quoted(name):
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def config():
    rows = ", ".join('{ name = %s; targets = ( { provider = "mock"; model = %s; } ); price = { input = "1"; output = "2"; }; }'
                     % (quoted(m), quoted(m)) for m in MODELS)
    return CONFIG.replace("models = (", f"models = ( {rows},")


def raw_request(gw, secret, model, more, headers):
    body = json.dumps(dict({"model": model, "messages": [{"role": "user", "content": "hi"}]}, **more))
    return gw.request("POST", "/v1/chat/completions", body,
                      dict({"Authorization": "Bearer " + secret, "Content-Type": "application/json"}, **headers))


def told(s):
    """A gateway that has heard all of them, and what was asked: {id: (model, status)}."""
    if hasattr(s, "told"):
        return s.told
    t = Traced(s, config=config(), otlp="content = true;")
    asked = {}
    for i, model in enumerate(MODELS + [LINES, "x" * 10240, "provider/" + "\U0001f4a5" * 3000]):
        status, head, _ = raw_request(t.gw, t.key, model, {"metadata": {"name": model[:100], "=cmd": "+1"}, "user": model[:60]}, {
            "User-Agent": "=cmd|' /C calc'!A0 " + "<b>" * 50, "x-session-id": f"-1+{i}\"\\<script>",
            "tracestate": "a=\"<script>\\"})
        equal(status, 200 if model in MODELS else 404, model[:80])
        asked[head["x-request-id"]] = (model, status)
    s.told = t, asked
    return s.told


def test_metrics_stay_good_and_bounded(s):
    t, asked = told(s)
    text = scrape(t.gw)
    p = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    equal((p.returncode, p.stdout + p.stderr), (0, ""))
    for model in MODELS:
        contains(text, 'conduit_requests_total{model="%s"' % model.replace("\\", "\\\\").replace('"', '\\"'))
    lacks(text, "x" * 200, "\U0001f4a5" * 33, "Set-Cookie: x", "\r", "\x1b")
    for line in text.splitlines():
        equal(len(line) < 2000, True, line[:300])
        equal(bool(re.fullmatch(r'(# (HELP|TYPE) .*)|([a-z_][a-z0-9_]*(\{([a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? \S+)', line)), True, line)


def test_spans_are_whole(s):
    t, asked = told(s)
    for id, (model, status) in asked.items():
        spans = t.spans(id, 2 if status == 200 else 1)
        if status == 200:
            equal((spans[0][1]["conduit.model.public"], spans[1][1]["gen_ai.request.model"]), (model, model))
        contains(spans[0][1]["gen_ai.conversation.id"], '"\\<script>')
        equal(spans[0][1]["user_agent.original"].startswith("=cmd|' /C calc'!A0 <b>"), True)
    equal(t.collector.wrong, [])


def test_the_access_log_has_one_line_each(s):
    t, asked = told(s)
    for id, (model, status) in asked.items():
        line = t.gw.access_line(id)
        equal(line["status"], status, model[:80])
        equal(model.startswith(line.get("model", "")), True, line)
        equal(len(line.get("model", "").encode()) <= 256, True, "bounded")
    with open(t.gw.access_path, "rb") as f:
        data = f.read()
    equal([c for c in data if c < 32 and c != 10], [], "control bytes")
    lines = data.decode().split("\n")[:-1]
    equal(len([x for x in lines if json.loads(x)["id"] in asked]), len(asked))
    lacks(t.gw.log_text(), "\nSet-Cookie", "\x1b")


def test_tables_hold_no_formulas(s):
    t, asked = told(s)
    s.wait(lambda: len(t.gw.admin("GET", "/admin/v1/requests")[1]["data"]) == len(MODELS))
    head = {"Authorization": "Bearer " + t.gw.token}
    for path in ("/admin/v1/requests", "/admin/v1/usage?by=model,provider", "/admin/v1/audit"):
        status, _, data = t.gw.request("GET", path + ("&" if "?" in path else "?") + "format=csv", None, head, port=t.gw.admin_port)
        equal(status, 200, data[:300])
        contains(data.decode(), "'=cmd" if "requests" in path else "'=1+1" if "usage" in path else "time,actor")
        rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
        equal(len({len(r) for r in rows}), 1, f"{path}: as many cells in each row")
        for cell in (c for r in rows[1:] for c in r):
            if re.match(r"[=+@\t\r-]", cell):
                equal(bool(re.fullmatch(r"-?\d+(\.\d+)?", cell)), True, f"{path}: {cell!r}")
    models = {r["model"] for r in t.gw.admin("GET", "/admin/v1/requests")[1]["data"]}
    equal(models, set(MODELS))
    equal({r["model"] for r in t.gw.admin("GET", "/admin/v1/usage?by=model")[1]["data"]}, set(MODELS))


def test_lists_say_them_as_they_are(s):
    t, asked = told(s)
    listed = [m["id"] for m in t.gw.admin("GET", "/admin/v1/models")[1]["data"]]
    equal(listed[:len(MODELS)], MODELS)
    from urllib.parse import quote
    for model in MODELS:
        status, got = t.gw.admin("GET", "/admin/v1/models/" + quote(model, safe=""))
        equal((status, got.get("id")), (200, model))
    for name in MODELS + ["n" * 128]:
        status, made = t.gw.admin("POST", "/admin/v1/keys", {"name": name, "models": MODELS, "metadata": {"n": name}})
        equal(status, 201, made)
        got = t.gw.admin("GET", "/admin/v1/keys/" + made["key"]["id"])[1]
        equal((got["name"], got["models"], got["metadata"]), (name, MODELS, {"n": name}))
    for name in ("x" * 10240, LINES, 7, ["a"]):
        status, answer = t.gw.admin("POST", "/admin/v1/keys", {"name": name})
        equal((status, answer["error"]["param"]), (400, "name"), str(name)[:50])
    for name in ("</script>", "\u202eevil", "a b", "../x", "x" * 10240, ""):
        status, answer = t.gw.admin("POST", "/admin/v1/groups", {"name": name})
        equal((status, answer["error"]["param"]), (400, "name"), name[:50])
    t.stop()

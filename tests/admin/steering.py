"""What the web app steers a running gateway with: its settings, the levels of its log, the audit log's filter.
SPDX-License-Identifier: MIT"""
import csv
import io
import json
import os
import socket
import time
import urllib.parse

from api import create
from scene import CONFIG, LONG, contains, equal, error_of, lacks
from sessions import Browser


def settings(gw):
    status, answer = gw.admin("GET", "/admin/v1/settings")
    equal(status, 200, answer)
    return answer


# --- settings ---------------------------------------------------------------------------------

def test_settings_in_one_answer(s):
    got = settings(s.gw)
    equal(sorted(got), ["build", "config", "files", "log", "status"])
    equal(got["files"], [s.gw.config_path])
    _, _, text = s.gw.request("GET", "/admin/v1/config", None, {"Authorization": f"Bearer {s.gw.token}"}, port=s.gw.admin_port)
    equal(got["config"], text.decode() if isinstance(text, bytes) else text)
    contains(got["config"], "workers = 1;  # " + s.gw.config_path)
    lacks(got["config"], s.gw.token)
    contains(got["build"]["compiler"], "gcc" if "gcc" in got["build"]["compiler"] else "lang")
    equal(got["status"]["version"], s.gw.admin("GET", "/admin/v1/status")[1]["version"])


def test_files_are_checked_and_nothing_changes(s):
    gw = s.new()
    before = gw.admin("GET", "/admin/v1/status")[1]
    with open(gw.config_path, encoding="ascii") as f:
        good = f.read()
    equal(gw.admin("POST", "/admin/v1/config/check")[1]["status"], "ok")
    gw.write_config(good + "alow_direct = true;\n")
    status, answer = gw.admin("POST", "/admin/v1/config/check")
    equal((status, error_of(answer)["code"]), (400, "invalid_configuration"))
    contains(answer["report"], "unknown member 'alow_direct'")
    gw.write_config(good.replace('name = "broken"', 'name = "new"'))
    equal(gw.admin("POST", "/admin/v1/config/check")[1], {"status": "ok", "generation": before["generation"], "report": ""})
    equal([m["id"] for m in gw.admin("GET", "/admin/v1/models")[1]["data"] if m["id"] == "new"], [])
    after = gw.admin("GET", "/admin/v1/status")[1]
    equal((after["generation"], after["last_reload"]), (before["generation"], "never"))
    equal(gw.admin("POST", "/admin/v1/reload")[1]["generation"], before["generation"] + 1)


# --- levels of the log ------------------------------------------------------------------------

def test_levels_change_at_once_and_are_told(s):
    gw = s.new()
    configured = settings(gw)["log"]["configured"]
    status, answer = gw.admin("PATCH", "/admin/v1/log", {"levels": "error,admin=debug"})
    equal(status, 200, answer)
    equal((answer["rooms"]["http"], answer["rooms"]["admin"], answer["configured"]), ("error", "debug", configured))
    equal(settings(gw)["log"], answer)
    entry = gw.admin("GET", "/admin/v1/audit?limit=1")[1]["data"][0]
    equal((entry["action"], entry["kind"], entry["note"]), ("update", "log", "error,admin=debug"))
    contains(gw.log_text(), "levels of the log changed levels=error,admin=debug by=admin")
    for body in ({"levels": "loud"}, {"levels": ""}, {"levels": None}, {}, None, {"levels": 3}, {"levels": "info," * 99 + "info"}):
        status, answer = gw.admin("PATCH", "/admin/v1/log", body)
        equal((status, error_of(answer)["param"]), (400, "levels"), repr(body))
    status, answer = gw.admin("PATCH", "/admin/v1/log", {"level": "info"})
    contains(error_of(answer)["message"], "did you mean 'levels'?")
    equal(settings(gw)["log"]["rooms"]["http"], "error", "bad words change nothing")
    equal(gw.admin("POST", "/admin/v1/reload")[0], 200)
    equal(settings(gw)["log"]["rooms"]["admin"], configured if "," not in configured else "info")


# --- the audit log ----------------------------------------------------------------------------

def entries(gw, **query):
    status, answer = gw.admin("GET", "/admin/v1/audit?" + urllib.parse.urlencode(query))
    equal(status, 200, answer)
    return answer["data"]


def test_the_audit_log_has_a_filter(s):
    gw = s.new()
    key, _ = create(gw, name="one")
    gw.admin("POST", "/admin/v1/groups", {"name": "crew-7"})
    equal(gw.admin("POST", f"/admin/v1/keys/{key['id']}/disable")[0], 200)
    equal([e["action"] for e in entries(gw)], ["disable", "create", "create"])
    equal([e["action"] for e in entries(gw, kind="key")], ["disable", "create"])
    equal([e["kind"] for e in entries(gw, action="create", limit=1)], ["group"])
    equal([e["kind"] for e in entries(gw, object="rew-")], ["group"])
    equal(entries(gw, kind="ke"), [])
    equal(entries(gw, actor="socket"), [])
    equal(len(entries(gw, actor="admin", kind="key", object=key["id"])), 2)
    newest = entries(gw, limit=1)[0]["time"]
    equal(newest in [e["time"] for e in entries(gw, to=newest)], False, "to is behind the last")
    equal(newest, entries(gw, **{"from": newest})[0]["time"])
    for word, bad in (("from", "today"), ("to", "x"), ("format", "xml"), ("cursor", "x"), ("knd", "key")):
        status, answer = gw.admin("GET", f"/admin/v1/audit?{word}={bad}")
        equal((status, error_of(answer)["param"]), (400, word))
    equal(gw.admin("GET", "/admin/v1/audit?from=2026-11-02&to=2026-11-01")[0], 400)


def test_the_audit_log_as_csv_and_lines(s):
    gw = s.new()
    equal(gw.admin("POST", "/admin/v1/groups", {"name": "paying"})[0], 201)
    equal(gw.admin("POST", "/admin/v1/groups/paying/credit", {"usd": "25", "note": 'bill "7", =1+1'})[0], 200)
    head = {"Authorization": f"Bearer {gw.token}"}
    status, heads, text = gw.request("GET", "/admin/v1/audit?format=csv", None, head, port=gw.admin_port)
    equal((status, heads["content-type"]), (200, "text/csv; charset=utf-8; header=present"))
    rows = list(csv.DictReader(io.StringIO(text.decode())))
    equal(list(rows[0]), ["time", "actor", "action", "kind", "object", "changed", "usd", "note"])
    equal((rows[0]["usd"], rows[0]["changed"]), ("25", "balance"))
    contains(rows[0]["note"], 'bill "7"')
    equal(rows[1]["note"], "")
    _, heads, text = gw.request("GET", "/admin/v1/audit?format=ndjson&limit=1", None, head, port=gw.admin_port)
    equal(len(text.splitlines()), 1)
    equal(len(heads["x-next-cursor"]), 24)


# --- a chat in the name of a key --------------------------------------------------------------

def ask(gw, key, body, headers=None, what="chat"):
    head = {"Authorization": f"Bearer {gw.token}", "Content-Type": "application/json", **(headers or {})}
    status, heads, text = gw.request("POST", f"/admin/v1/keys/{key}/{what}", json.dumps(body) if body is not None else None, head,
                                     port=gw.admin_port)
    return status, heads, text.decode()


def chat_of(text="Hello", **more):
    return {"model": "mock", "messages": [{"role": "user", "content": text}], **more}


def record_of(gw, request):
    for _ in range(100):
        status, record = gw.admin("GET", "/admin/v1/requests/" + request)
        if status == 200:
            return record
        time.sleep(0.05)
    raise AssertionError("there is no record of " + request)


def test_a_chat_of_a_key_is_counted_and_billed_as_its_own(s):
    gw = s.new()
    key, _ = create(gw, name="played", budgets=[{"usd": "1", "period": "day"}])
    status, heads, text = ask(gw, key["id"], chat_of())
    equal((status, heads["content-type"], heads["cache-control"]), (200, "application/json", "no-store"))
    equal(json.loads(text)["object"], "chat.completion")
    record = record_of(gw, heads["x-request-id"])
    equal((record["key"], record["agent"], record["outcome"]), (key["id"], "conduit-playground", "OK"))
    spent = gw.admin("GET", "/admin/v1/keys/" + key["id"])[1]
    contains(json.dumps(spent), f'"{record["cost_usd"]}"')
    status, heads, text = ask(gw, key["id"], chat_of(stream=True, stream_options={"include_usage": True}))
    contains(heads["content-type"], "text/event-stream")
    equal(text.rstrip().endswith("data: [DONE]"), True, text[-200:])
    contains(text, '"completion_tokens"')
    big = "word " * 100000
    equal(ask(gw, key["id"], chat_of(big))[0] in (200, 400), True, "a large one is sent whole")
    lacks(gw.log_text(), "condt_")


def test_a_chat_of_a_key_may_what_the_key_may(s):
    gw = s.new()
    key, _ = create(gw, name="bound", models=["slow"])
    status, heads, text = ask(gw, key["id"], chat_of())
    equal((status, json.loads(text)["error"]["code"]), (403, "model_not_allowed"))
    poor, _ = create(gw, name="poor", budgets=[{"usd": "0", "period": "day"}])
    equal(ask(gw, poor["id"], chat_of())[0] in (402, 429), True)
    gw.admin("POST", f"/admin/v1/keys/{key['id']}/disable")
    status, _, text = ask(gw, key["id"], chat_of(model="slow"))
    equal((status, json.loads(text)["error"]["code"]), (403, "key_disabled"))
    equal(ask(gw, "nobodynobody", chat_of())[0], 404)
    equal(ask(gw, key["id"], None)[0], 400)


def test_an_explanation_for_a_key_is_the_gateways_own(s):
    gw = s.new()
    key, secret = create(gw, name="asks why", models=["mock", "slow"])
    status, heads, text = ask(gw, key["id"], chat_of(), what="explain")
    equal((status, heads["cache-control"]), (200, "no-store"), text)
    head = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    equal(json.loads(text), json.loads(gw.request("POST", "/v1/explain", json.dumps(chat_of()), head)[2]), "word for word")
    equal([c["target"] for c in json.loads(text)["candidates"]], ["mock/mock"])
    status, _, text = ask(gw, key["id"], {"model": "mock", "input": "a"}, what="explain")
    equal((status, json.loads(text).get("operation")), (200, "embeddings"), text)
    status, _, text = ask(gw, key["id"], chat_of(model="other"), what="explain")
    equal(status in (403, 404), True, text)
    gw.admin("POST", f"/admin/v1/keys/{key['id']}/disable")
    equal(json.loads(ask(gw, key["id"], chat_of(), what="explain")[2])["error"]["code"], "key_disabled")
    equal(ask(gw, key["id"], None, what="explain")[0], 400)
    equal(ask(gw, "nobodynobody", chat_of(), what="explain")[0], 404)
    time.sleep(0.3)
    equal(gw.admin("GET", "/admin/v1/requests")[1]["data"], [], "nobody was asked")


def test_nobody_but_the_admin_asks_in_the_name_of_a_key(s):
    config = CONFIG.replace("admin = {", 'admin = { viewer_token = "env:SCENE_VIEWER";')
    gw = s.new(config, env={"SCENE_VIEWER": "viewer-token-0123456789abcdef"})
    key, _ = create(gw, name="k")
    equal(ask(gw, key["id"], chat_of(), {"Authorization": "Bearer viewer-token-0123456789abcdef"})[0], 403)
    equal(ask(gw, key["id"], chat_of(), {"Authorization": "Bearer wrong-token-0123456789"})[0], 401)
    equal(ask(gw, key["id"], chat_of(), {"Origin": "http://evil.example"})[0], 403)
    b = Browser(gw)
    path = f"/admin/v1/keys/{key['id']}/chat"
    equal(b.ask("POST", path, chat_of(), csrf=False)[0], 403)
    equal(b.ask("POST", path, chat_of())[0], 200)
    for who in ("viewer-token-0123456789abcdef", "wrong-token-0123456789"):
        equal(ask(gw, key["id"], chat_of(), {"Authorization": f"Bearer {who}"}, "explain")[0], 403 if "viewer" in who else 401)
    equal(len(gw.admin("GET", "/admin/v1/requests")[1]["data"]) <= 1, True, "the others asked nobody")


def test_who_leaves_ends_the_chat(s):
    gw = s.new(LONG)
    key, _ = create(gw, name="leaver")
    body = json.dumps(chat_of(model="slow", stream=True))
    client = socket.create_connection(("127.0.0.1", gw.admin_port))
    client.sendall((f"POST /admin/v1/keys/{key['id']}/chat HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {gw.token}\r\n"
                    f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode())
    contains(client.recv(4096).decode(), "HTTP/1.1 200")
    client.close()
    for _ in range(200):
        if gw.admin("GET", "/admin/v1/status")[1]["active_requests"] == 0:
            break
        time.sleep(0.05)
    records = []
    for _ in range(100):
        records = gw.admin("GET", "/admin/v1/requests")[1]["data"]
        if records:
            break
        time.sleep(0.05)
    equal(records[0]["outcome"], "CLIENT_GONE")


def test_without_its_socket_the_gateway_says_so(s):
    gw = s.new()
    key, _ = create(gw, name="k")
    path = settings(gw)["config"].split('runtime_dir = "')[1].split('"')[0] + "/client.sock"
    equal(oct(os.stat(path).st_mode & 0o777), "0o600")
    os.unlink(path)
    status, _, text = ask(gw, key["id"], chat_of())
    equal(status, 503)
    contains(text, "client.sock")

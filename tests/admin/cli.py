"""conduitctl: each verb's output and exit code.
SPDX-License-Identifier: MIT"""
import csv
import io
import json
import os
import re
import socket
import subprocess
import threading

import gateway
from scene import LONG, contains, equal, lacks

NOUNS = ("api", "audit", "cache", "chat", "config", "env", "groups", "help", "keys", "models", "plugins", "providers", "reload", "requests", "routes", "run",
         "status", "targets", "usage")


def new_key(s, name, *flags):
    return s.json("keys", "create", name, *flags)


# --- words ------------------------------------------------------------------------------------

def test_help_at_each_level_with_two_examples(s):
    text = s.ok("help")
    contains(text, *[f"\n  {n} " for n in NOUNS])
    equal(s.ok("-h"), text)
    equal(s.ok("--help"), text)
    for noun in NOUNS:
        got = s.ok("help", noun)
        equal(s.ok(noun, "-h"), got, noun)
        equal(len(re.findall(r"^  .*conduitctl ", got, re.M)) >= 2, True, f"two examples: {noun}\n{got}")
    for verb in ("list", "create", "show", "update", "delete", "disable", "enable"):
        got = s.ok("keys", verb, "--help")
        equal(s.ok("help", "keys", verb), got, verb)
        contains(got, f"usage: conduitctl keys {verb}")
        equal(len(re.findall(r"^  .*conduitctl ", got, re.M)), 2, verb)


def test_version(s):
    equal(bool(re.fullmatch(r"conduitctl \d+\.\d+\S*\n", s.ok("-V"))), True)
    equal(s.ok("--version"), s.ok("-V"))


def test_wrong_usage_is_2_and_says_what_was_meant(s):
    for words, message in (
            (("kyes",), "unknown command 'kyes'; did you mean 'keys'?"),
            (("keys", "lst"), "unknown verb of keys 'lst'; did you mean 'list'?"),
            (("keys", "create", "x", "--modles", "a"), "unknown flag 'modles'; did you mean 'models'?"),
            (("keys", "list", "-z"), "unknown flag 'z'"), (("keys", "list", "-o", "jsn"), "did you mean 'json'?"),
            (("keys", "list", "-o"), "--output needs a value"), (("keys", "list", "extra"), "unexpected argument 'extra'"),
            (("keys", "show"), "keys show needs ID"), (("keys", "create"), "needs NAME"), (("zzzzzz",), "unknown command"),
            (("keys", "list", "--quiet=1"), "takes no value"), (("keys", "list", "-qo", "json"), "takes no value"),
            (("keys", "create", "x", "--expires", "soonish"), "--expires takes"),
            (("keys", "create", "x", "--metadata", "[1]"), "--metadata takes a JSON object"),
            (("keys", "create", "x", "--metadata", "{"), "--metadata takes a JSON object"),
            (("keys", "update", "x"), "nothing to change"), (("keys", "show", ""), "not the id of a key"),
            (("api", "FETCH", "/"), "the method is"), (("api", "GET", "admin"), "begins with '/'"),
            (("api", "POST", "/x", "-d", "@/nonexistent"), "/nonexistent"), (("help", "nothing"), "unknown command"),
            (("help", "keys", "lit"), "did you mean 'list'?"), (("chat",), "nothing to say")):
        code, out, err = s.ctl(*words)
        equal((code, out), (2, ""), words)
        contains(err, message)


def test_a_noun_alone_shows_its_verbs(s):
    for words in ((), ("keys",), ("config",)):
        code, out, err = s.ctl(*words)
        equal((code, out), (2, ""), words)
        contains(err, "Examples:")


def test_flags_stand_anywhere(s):
    for words in (("-q", "keys", "list"), ("keys", "-q", "list"), ("keys", "list", "-q"), ("keys", "list", "--quiet")):
        equal(s.ok(*words), s.ok("keys", "list", "-q"), words)
    equal(s.ok("-ojson", "status").startswith("{"), True)
    equal(s.ok("--output=json", "status").startswith("{"), True)


# --- keys -------------------------------------------------------------------------------------

def test_quiet_create_prints_the_secret_alone(s):
    for words in (("-q", "keys", "create", "quickstart"), ("keys", "create", "-q", "laptop"), ("keys", "create", "--", "-odd")):
        code, out, err = s.ctl(*words)
        equal(code, 0, err)
        if "-q" in words:
            equal(bool(re.fullmatch(r"condt_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}\n", out)), True, out)
            equal(err, "")


def test_create_takes_every_flag(s):
    got = new_key(s, "full", "--models", "mock, slow*", "--operations=chat,embeddings", "--expires", "30d",
                  "--allowed-ips", "127.0.0.1,10.0.0.0/8", "--metadata", '{"team":"a"}')
    key = got["key"]
    equal((key["name"], key["models"], key["operations"], key["allowed_ips"], key["metadata"]),
          ("full", ["mock", "slow*"], ["chat", "embeddings"], ["127.0.0.1", "10.0.0.0/8"], {"team": "a"}))
    equal(re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", key["expires_at"]) is not None, True)
    code, out, err = s.ctl("keys", "create", "told")
    equal(code, 0)
    contains(out, "secret", "condt_")
    contains(err, "once")
    equal(new_key(s, "never", "--expires", "never")["key"]["expires_at"], None)
    equal(new_key(s, "dated", "--expires", "2099-01-31")["key"]["expires_at"], "2099-01-31T00:00:00.000Z")


def test_what_the_server_refuses_is_told(s):
    code, out, err = s.ctl("keys", "create", "x", "--operations", "dance")
    equal((code, out), (1, ""))
    contains(err, "conduitctl: 'operations' must be")


def test_list_in_four_styles(s):
    id = new_key(s, 'comma, "quote"', "--models", "mock,slow")["key"]["id"]
    table = s.ok("keys", "list")
    contains(table.splitlines()[0], "ID", "NAME", "MODELS", "EXPIRES", "DISABLED")
    contains(table, id, 'comma, "quote"', "mock,slow")
    lacks(table, "\033")
    data = s.json("keys", "list")
    equal((data["next"], id in [k["id"] for k in data["data"]]), (None, True))
    lines = [json.loads(x) for x in s.ok("keys", "list", "-o", "ndjson").splitlines()]
    equal(lines, data["data"])
    rows = list(csv.DictReader(io.StringIO(s.ok("keys", "list", "-o", "csv"))))
    equal([r["id"] for r in rows], [k["id"] for k in lines])
    equal(next(r for r in rows if r["id"] == id)["name"], 'comma, "quote"')
    equal(s.ok("keys", "list", "-q").split(), [k["id"] for k in lines])


def test_list_follows_all_pages(s):
    gw = s.new()
    for i in range(1003):
        equal(gw.admin("POST", "/admin/v1/keys", {"name": f"k{i}"})[0], 201)
    ids = s.ok("keys", "list", "-q", gw=gw).split()
    equal((len(ids), len(set(ids))), (1003, 1003))


def test_show_update_disable_enable_delete(s):
    made = new_key(s, "life", "--models", "mock")
    id, secret = made["key"]["id"], made["secret"]
    contains(s.ok("keys", "show", id), "life", "mock")
    equal(s.json("keys", "show", id), made["key"])
    equal(s.ok("keys", "show", "-q", id), id + "\n")
    got = s.json("keys", "update", id, "--name", "new life", "--models", "", "--expires", "1h", "--metadata", '{"a":1}')
    equal((got["name"], got["models"], got["metadata"]), ("new life", [], {"a": 1}))
    equal(s.json("keys", "update", id, "--metadata", "")["metadata"], {})
    contains(s.ok("keys", "disable", id), "disabled     yes")
    equal(s.ctl("chat", "-m", "mock", "hi", key=secret)[0], 3, "disabled")
    equal(s.json("keys", "enable", id)["disabled"], False)
    equal(s.ctl("chat", "-m", "mock", "hi", key=secret)[0], 0, "enabled")
    contains(s.ok("keys", "delete", id), "deleted  yes")
    for verb in ("show", "disable", "enable", "delete"):
        equal(s.ctl("keys", verb, id)[0], 4, verb)
    equal(s.ctl("keys", "update", id, "--name", "x")[0], 4)


def test_groups_have_their_verbs(s):
    equal(s.json("groups", "create", "crew", "--models", "mock")["models"], ["mock"])
    id = new_key(s, "member", "--group", "crew")["key"]["id"]
    contains(s.ok("keys", "show", id), "group        crew")
    contains(s.ok("groups", "list"), "NAME", "crew")
    equal("crew" in s.ok("groups", "list", "-q").split(), True)
    equal(s.json("groups", "update", "crew", "--models", "", "--disabled", "yes")["disabled"], True)
    contains(s.ok("groups", "show", "crew"), "disabled     yes")
    code, _, err = s.ctl("groups", "delete", "crew")
    equal(code, 5)
    contains(err, "has keys")
    equal(s.json("keys", "update", id, "--group", "")["group"], None)
    contains(s.ok("groups", "delete", "crew"), "deleted  yes")
    code, _, err = s.ctl("groups", "show", "crw")
    equal(code, 4)
    equal(s.ctl("groups", "update", "crew", "--disabled", "maybe")[0], 2)
    equal(s.ctl("keys", "create", "x", "--group", "nowhere")[0], 1)


def test_keys_and_groups_have_a_policy(s):
    id = new_key(s, "policed", "--policy", "leastcost")["key"]["id"]
    contains(s.ok("keys", "show", id), "policy       leastcost")
    equal(s.json("keys", "update", id, "--policy", "")["policy"], None)
    equal(s.json("groups", "create", "policed", "--policy", "Least_Latency")["policy"], "Least_Latency")
    contains(s.ok("groups", "show", "policed"), "policy       Least_Latency")
    code, _, err = s.ctl("groups", "update", "policed", "--policy", "leastcots")
    equal(code, 1)
    contains(err, "there is no policy 'leastcots'; did you mean 'leastcost'?")


def test_audit_lists_the_latest_first(s):
    id = new_key(s, "watched")["key"]["id"]
    s.ok("keys", "disable", id)
    rows = list(csv.DictReader(io.StringIO(s.ok("audit", "list", "-o", "csv", "--limit", "2"))))
    equal([(r["action"], r["kind"], r["object"], r["actor"]) for r in rows],
          [("disable", "key", id, "admin"), ("create", "key", id, "admin")])
    equal(s.ctl("audit", "list", "--limit", "x")[0], 2)
    equal(s.ctl("audit", "list", "--limit", "0")[0], 2)


def test_audit_is_filtered_and_its_pages_are_followed(s):
    ids = [new_key(s, f"many{i}")["key"]["id"] for i in range(3)]
    s.ok("keys", "disable", ids[0])

    def objects(*flags):
        rows = csv.DictReader(io.StringIO(s.ok("audit", "list", "-o", "csv", *flags)))
        return [(r["action"], r["object"]) for r in rows]
    equal(objects("--object", ids[0]), [("disable", ids[0]), ("create", ids[0])])
    equal(objects("--object", ids[0], "--action", "disable"), [("disable", ids[0])])
    equal(objects("--kind", "group", "--object", ids[0]), [])
    equal(objects("--actor", "socket", "--object", ids[0]), [])
    equal(objects("--since", "1h", "--action", "create", "--limit", "2"),
          [("create", ids[2]), ("create", ids[1])])
    equal(objects("--to", "2026-01-01"), [])
    equal(s.ctl("audit", "list", "--since", "soon")[0], 2)


def test_rotate_prints_the_new_secret(s):
    made = new_key(s, "wheel")
    id, old = made["key"]["id"], made["secret"]
    new = s.ok("keys", "rotate", "-q", id, "--overlap", "1h").strip()
    equal((new != old, new.startswith(f"condt_{id}_")), (True, True))
    for secret in (old, new):
        equal(s.ctl("chat", "-m", "mock", "hi", key=secret)[0], 0)
    contains(s.ok("keys", "rotate", id), "secret", "condt_" + id)
    equal(s.ctl("chat", "-m", "mock", "hi", key=new)[0], 3, "without an overlap")
    equal(s.ctl("keys", "rotate", id, "--overlap", "31d")[0], 1)
    equal(s.ctl("keys", "rotate", "AAAAAAAAAAAA")[0], 4)


def test_a_missing_key_suggests_the_nearest(s):
    id = new_key(s, "production-frontend")["key"]["id"]
    for wanted in ("production-frontent", "production-frontend", id[:-1]):
        code, _, err = s.ctl("keys", "show", wanted)
        equal(code, 4)
        contains(err, f"did you mean {id} (production-frontend)?")
    for odd in ("..", "../../health/live", "a/b", "?", "%", "#"):
        equal(s.ctl("keys", "show", odd)[0], 4, odd)


# --- the rest ---------------------------------------------------------------------------------

def test_status(s):
    contains(s.ok("status"), "status           ok", "version", "models           3")
    equal(s.json("status")["status"], "ok")
    equal(s.ok("status", "-q"), "")


def test_what_is_configured(s):
    contains(s.ok("models"), "mock-alias", "128000", "2.50", "conduit.cfg:")
    equal(s.ok("models", "-q"), "mock\nslow\nbroken\n")
    equal(s.ok("models", "list", "-q"), s.ok("models", "-q"))
    contains(s.ok("routes"), "mock/mock-n20-g50,far/mock-n20-g50", "9,1")
    contains(s.ok("providers"), "far", "first", "http://127.0.0.1:9")
    equal(s.ok("targets", "-q").split(), ["mock/mock", "mock/mock-n20-g50", "far/mock-n20-g50", "mock/mock-n5-b3"])
    contains(s.ok("plugins"), "provider_mock.so", "loaded")
    for noun in ("models", "routes", "providers", "targets", "plugins"):
        equal(sorted(s.json(noun)), ["data", "next"], noun)


def test_targets_are_drained_and_enabled(s):
    gw = s.new()
    contains(s.ok("targets", gw=gw).splitlines()[0], "NAME", "STATE", "INFLIGHT", "TTFT MS", "ERRORS", "PRICED BY")
    name = "far/mock-n20-g50"
    contains(s.ok("targets", "drain", name, gw=gw), "name         far/mock-n20-g50", "state        drained")
    rows = {r["name"]: r["state"] for r in csv.DictReader(io.StringIO(s.ok("targets", "-o", "csv", gw=gw)))}
    equal((rows[name], rows["mock/mock"]), ("drained", "ready"))
    equal(s.ok("-q", "targets", "enable", name, gw=gw), "")
    equal(s.json("targets", "reset", name, gw=gw)["state"], "ready")
    code, _, err = s.ctl("targets", "drain", "far/mock-n20-g51", gw=gw)
    equal(code, 4)
    contains(err, "there is no target 'far/mock-n20-g51'; did you mean 'far/mock-n20-g50'?")
    for odd, want in (("", 2), ("..", 4), ("a b/%", 4)):
        equal(s.ctl("targets", "drain", odd, gw=gw)[0], want, odd)


def test_routes_explain_what_would_be_done(s):
    gw = s.new()
    secret = s.json("keys", "create", "asker", gw=gw)["secret"]
    s.ok("targets", "drain", "far/mock-n20-g50", gw=gw)
    out = s.ok("routes", "explain", "slow", "hello", "there", gw=gw, key=secret)
    contains(out, "policy     simple", "fallbacks  mock", "\nTARGET ", "mock/mock-n20-g50", "SKIPPED", "far/mock-n20-g50  DRAINED")
    equal(s.ok("routes", "explain", "-q", "slow", gw=gw, key=secret), "mock/mock-n20-g50\n")
    contains(s.ok("routes", "explain", "slow", "--strategy", "least_cost", gw=gw, key=secret), "policy     leastcost")
    doc = s.json("routes", "explain", "slow", "--endpoint", "/v1/embeddings", gw=gw, key=secret)
    equal(doc["operation"], "embeddings")
    equal(s.json("routes", "explain", "slow", "--endpoint=/v1/completions", gw=gw, key=secret)["operation"], "completions")
    body = '{"messages":[{"role":"user","content":"whole"}],"model":"other","routing":{"sticky":"s-1"}}'
    doc = s.json("routes", "explain", "slow", "--stdin", "--strategy", "sticky", gw=gw, key=secret, stdin=body)
    equal((doc["model"], doc["policy"], doc["affinity"]), ("slow", "sticky", "s-1"))
    equal(s.json("routes", "explain", "slow", "-", gw=gw, key=secret, stdin="from stdin")["model"], "slow")
    rows = list(csv.DictReader(io.StringIO(s.ok("routes", "explain", "slow", "-o", "csv", gw=gw, key=secret))))
    equal([(r["target"], r["state"]) for r in rows], [("mock/mock-n20-g50", "ready")])
    path = os.path.join(gw.dir, "a.key")
    with open(path, "w") as f:
        f.write(secret + "\n")
    equal(s.ctl("routes", "explain", "mock", "--key-file", path, gw=gw)[0], 0)


def test_routes_explain_failures_have_codes(s):
    secret = new_key(s, "asker")["secret"]
    for words, key, stdin, want, message in (
            (("mock",), None, "", 3, "no API key"), (("mock",), "condt_bad", "", 3, "API key"), (("nope",), secret, "", 4, "nope"),
            (("mock", "--strategy", "leastcots"), secret, "", 1, "Did you mean 'leastcost'?"),
            (("mock", "--endpoint", "/v1/nope"), secret, "", 1, "can not be explained"),
            (("mock", "--endpoint", "/" + "x" * 2000), secret, "", 2, "too long"),
            (("mock", "--stdin"), secret, "[1]", 2, "a JSON object"), (("mock", "--stdin"), secret, "{", 2, "a JSON object"),
            (("mock", "text", "--stdin"), secret, "{}", 2, "not both"), ((), secret, "", 2, "needs MODEL")):
        code, out, err = s.ctl("routes", "explain", *words, key=key, stdin=stdin)
        equal((code, out), (want, ""), f"{words} {err}")
        contains(err, message)
        lacks(err, secret)
    for env in ({"CONDUIT_URL": f"http://127.0.0.1:{gateway.free_port()}"}, {"CONDUIT_URL": f"http://127.0.0.1:{s.gw.admin_port}"}):
        equal(s.ctl("routes", "explain", "mock", key=secret, env=env)[0] in (3, 4, 6), True)


def test_a_request_shows_how_its_target_was_chosen(s):
    secret = new_key(s, "chooser")["secret"]
    _, head, _ = s.gw.request("POST", "/v1/chat/completions", json.dumps(
        {"model": "slow", "messages": [{"role": "user", "content": "x"}], "routing": {"ignore": ["far"]}}), {
            "Authorization": "Bearer " + secret, "Content-Type": "application/json"})
    id = {k.lower(): v for k, v in dict(head).items()}["x-request-id"]
    out = s.wait(lambda: (lambda r: r[0] == 0 and r[1])(s.ctl("requests", "show", id)))
    contains(out, "policy       simple", "order        mock/mock-n20-g50", "skipped      far/mock-n20-g50:IGNORED")
    lacks(out, "decision")


def test_api_calls_anything(s):
    equal(json.loads(s.ok("api", "GET", "/admin/v1/status"))["status"], "ok")
    body = os.path.join(s.gw.dir, "body.json")
    with open(body, "w") as f:
        f.write('{"name":"by api"}')
    for words, stdin in ((("-d", "@" + body), ""), (("-d", "@-"), '{"name":"by api"}'), (("--data", '{"name":"by api"}'), "")):
        got = json.loads(s.ok("api", "POST", "/admin/v1/keys", *words, stdin=stdin))
        equal(got["key"]["name"], "by api", words)
    id = got["key"]["id"]
    equal(json.loads(s.ok("api", "PATCH", "/admin/v1/keys/" + id, "-d", '{"name":"x"}'))["name"], "x")
    equal(json.loads(s.ok("api", "DELETE", "/admin/v1/keys/" + id))["deleted"], True)
    code, out, err = s.ctl("api", "GET", "/admin/v1/nope")
    equal((code, json.loads(out)["error"]["code"]), (4, "unknown_url"))
    contains(err, "there is no /admin/v1/nope")


def test_chat_streams_text_and_tells_usage(s):
    secret = new_key(s, "chatter")["secret"]
    code, out, err = s.ctl("chat", "-m", "mock", "hello", "there", key=secret)
    equal((code, out), (0, "You said: hello there\n"), err)
    equal(bool(re.search(r"^model mock, \d+ tokens in, [1-9]\d* out, request [0-9A-Za-z]{26}$", err, re.M)), True, err)
    equal(s.ctl("chat", "-q", "-m", "mock", "hi", key=secret), (0, "You said: hi\n", ""))
    equal(s.ctl("chat", "-m", "mock", "-", stdin="from stdin", key=secret)[1], "You said: from stdin\n")
    equal(s.ctl("chat", "-m", "mock", stdin="from stdin", key=secret)[1], "You said: from stdin\n")
    equal(s.ctl("chat", "without a model", key=secret)[0], 0)
    path = os.path.join(s.gw.dir, "a.key")
    with open(path, "w") as f:
        f.write(secret + "\n")
    equal(s.ctl("chat", "-m", "mock", "--key-file", path, "hi")[0], 0)


def test_chat_comes_as_it_is_made(s):
    gw = s.new(LONG)
    env = dict(gw.env, CONDUIT_URL=f"http://127.0.0.1:{gw.port}", CONDUIT_KEY=s.json("keys", "create", "watcher", gw=gw)["secret"])
    p = subprocess.Popen([s.args.conduitctl, "chat", "-m", "slow", "hi"], env=env, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL)
    first = os.read(p.stdout.fileno(), 65536)
    equal((len(first) > 0, p.poll()), (True, None), "the first piece comes before the end")
    rest = p.stdout.read()
    p.stdout.close()
    equal((p.wait(), len(rest) > 0), (0, True))


def test_chat_failures_have_codes(s):
    secret = new_key(s, "failing", "--models", "mock,broken")["secret"]
    for words, key, env, want, message in (
            (("-m", "mock"), None, None, 3, "no API key"), (("-m", "mock"), "condt_bad", None, 3, "API key"),
            (("-m", "nope"), secret, None, (3, 4), "nope"), (("-m", "slow"), secret, None, (3, 4), "slow"),
            (("-m", "broken"), secret, None, (1, 6), ""),
            (("-m", "mock"), secret, {"CONDUIT_URL": f"http://127.0.0.1:{gateway.free_port()}"}, 6, "does not answer"),
            ((), secret, {"CONDUIT_URL": f"http://127.0.0.1:{gateway.free_port()}"}, 6, "does not answer"),
            (("--key-file", "/nonexistent"), None, None, 3, "/nonexistent")):
        code, _, err = s.ctl("chat", *words, "hi", key=key, env=env)
        equal(code in (want if isinstance(want, tuple) else (want,)), True, f"{words} exit {code}: {err}")
        contains(err, "conduitctl: ", message)
        lacks(err, secret)


# --- reaching the gateway ---------------------------------------------------------------------

def test_wrong_tokens_are_3(s):
    gw = s.new()
    bad = os.path.join(gw.dir, "bad.token")
    with open(bad, "w") as f:
        f.write("wrong-token\n")
    for env in ({"CONDUIT_ADMIN_TOKEN_FILE": bad}, {"CONDUIT_ADMIN_TOKEN_FILE": "/nonexistent"},
                {"CONDUIT_ADMIN_TOKEN_FILE": None, "CONDUIT_MASTER_KEY": "wrong"},
                {"CONDUIT_ADMIN_TOKEN_FILE": "/dev/null"}, {"CONDUIT_ADMIN_TOKEN_FILE": gw.dir}):
        code, out, err = s.ctl("status", gw=gw, env=env)
        equal((code, out), (3, ""), f"{env} {err}")
    equal(s.ctl("status", gw=gw, env={"CONDUIT_ADMIN_TOKEN_FILE": None, "CONDUIT_MASTER_KEY": gw.token})[0], 0)


def test_nobody_there_is_6(s):
    for url in (f"http://127.0.0.1:{gateway.free_port()}", "unix:/nonexistent/admin.sock", "ftp://127.0.0.1/"):
        code, out, err = s.ctl("status", env={"CONDUIT_ADMIN_URL": url})
        equal((code, out), (6, ""), url)
        contains(err, "is conduitd running?")


def test_the_unix_socket_and_a_trailing_slash(s):
    equal(s.ctl("status", env={"CONDUIT_ADMIN_URL": f"unix:{s.gw.dir}/admin.sock"})[0], 0)
    equal(s.ctl("status", env={"CONDUIT_ADMIN_URL": f"http://127.0.0.1:{s.gw.admin_port}/"})[0], 0)


def test_odd_answers_have_codes(s):
    page = b"<html>no</html>"
    error = b'{"error":{"message":"so it is","type":"x","param":null,"code":"y"}}'
    for status, body, want, message in (
            (409, error, 5, "so it is"), (500, error, 6, "so it is"), (502, page, 6, "HTTP status 502"),
            (400, page, 1, "HTTP status 400"), (403, error, 3, "so it is"), (302, b"", 6, "HTTP status 302"),
            (200, page, 6, "not conduitd"), (200, b"", 6, "not conduitd"), (200, b"[]", 6, "not conduitd")):
        with socket.create_server(("127.0.0.1", 0)) as server:
            def serve():
                c, _ = server.accept()
                with c:
                    c.recv(65536)
                    c.sendall(b"HTTP/1.1 %d X\r\nLocation: http://127.0.0.1:9/\r\nConnection: close\r\n"
                              b"Content-Length: %d\r\n\r\n%s" % (status, len(body), body))
            t = threading.Thread(target=serve)
            t.start()
            code, _, err = s.ctl("models", env={"CONDUIT_ADMIN_URL": f"http://127.0.0.1:{server.getsockname()[1]}"})
            t.join()
        equal(code, want, f"{status} {body} {err}")
        contains(err, message)


def test_proxies_of_the_environment_do_not_see_the_token(s):
    env = {n: "http://127.0.0.1:9" for n in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY")}
    equal(s.ctl("status", env=env)[0], 0)


def test_a_full_disk_is_noticed(s):
    with open("/dev/full", "w") as full:
        env = dict(s.gw.env, CONDUIT_ADMIN_URL=f"http://127.0.0.1:{s.gw.admin_port}",
                   CONDUIT_ADMIN_TOKEN_FILE=f"{s.gw.dir}/state/admin.token")
        p = subprocess.run([s.args.conduitctl, "status"], env=env, stdout=full, stderr=subprocess.PIPE, text=True)
    equal(p.returncode, 1)
    contains(p.stderr, "could not be written")


# --- configuration ----------------------------------------------------------------------------

def test_config_check(s):
    good = s.gw.config_path
    code, _, err = s.ctl("config", "check", good)
    equal(code, 0, err)
    contains(err, "the configuration is fine")
    bad = os.path.join(s.gw.dir, "bad.cfg")
    with open(good) as f:
        text = f.read()
    with open(bad, "w") as f:
        f.write(text.replace("base_url", "base_ulr"))
    line = next(i for i, x in enumerate(text.split("\n"), 1) if "base_url" in x)
    code, _, err = s.ctl("config", "check", bad)
    equal(code, 1)
    contains(err, f"bad.cfg:{line}: error:", "did you mean 'base_url'?", "1 error")
    equal(s.ctl("config", "check", "/nonexistent.cfg")[0], 1)


def test_config_check_of_the_running_gateway(s):
    gw = s.new()
    code, _, err = s.ctl("config", "check", "--running", gw=gw)
    equal((code, err), (0, "the configuration is fine\n"))
    with open(gw.config_path) as f:
        text = f.read()
    gw.write_config(text.replace('type = "mock"', 'type = "mokc"', 1))
    code, _, err = s.ctl("config", "check", "--running", gw=gw)
    equal(code, 1)
    contains(err, "conduit.cfg:", "error:", "mokc")
    gw.write_config(text)
    contains(s.ok("reload", gw=gw), "generation  2")          # the check was none
    equal(s.ctl("config", "check", "--running", "x.cfg", gw=gw)[0], 2)


def test_levels_of_the_log(s):
    gw = s.new()

    def levels():
        rows = csv.DictReader(io.StringIO(s.ok("log", "show", "-o", "csv", gw=gw)))
        return {r["room"]: r["level"] for r in rows}
    before = levels()
    contains(s.ok("log", "set", "warn,router=debug", gw=gw), "ROOM", "router")
    after = levels()
    equal((after["router"], after["app"], after.keys() == before.keys()), ("debug", "warn", True))
    code, _, err = s.ctl("log", "set", "loud", gw=gw)
    equal(code, 1)
    equal((levels(), json.loads(s.ok("log", "-o", "json", gw=gw))["rooms"]), (after, after))
    s.ok("reload", gw=gw)
    equal(levels(), before)


def test_config_show(s):
    text = s.ok("config", "show")
    contains(text, "# default", "conduit.cfg:", 'name = "far"')
    lacks(text, "sk-scene-canary-81c7")


def test_reload(s):
    gw = s.new()
    contains(s.ok("reload", gw=gw), "generation  2")
    with open(gw.config_path) as f:
        text = f.read()
    gw.write_config(text.replace('type = "mock"', 'type = "mokc"', 1))
    code, out, err = s.ctl("reload", gw=gw)
    equal((code, out), (1, ""))
    contains(err, "nothing has changed", "conduit.cfg:", "error:")
    gw.write_config(text)
    equal(s.ok("-q", "reload", gw=gw), "3\n")

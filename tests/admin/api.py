"""Every route of the admin API: what it says, to whom, and what it refuses.
SPDX-License-Identifier: MIT"""
import http.client
import json
import os
import socket
import stat
import threading
import time

from scene import CONFIG, contains, equal, error_of, lacks

GETS = ("/admin/v1/audit", "/admin/v1/cache", "/admin/v1/config", "/admin/v1/groups", "/admin/v1/keys", "/admin/v1/models", "/admin/v1/plugins", "/admin/v1/providers",
        "/admin/v1/requests", "/admin/v1/routes", "/admin/v1/status", "/admin/v1/targets", "/admin/v1/usage")
PUBLIC = ("/", "/health/live", "/health/ready")


def create(gw, **fields):
    status, answer = gw.admin("POST", "/admin/v1/keys", fields)
    equal(status, 201, "create")
    return answer["key"], answer["secret"]


def chat(gw, secret, model="mock"):
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "hi"}]})
    return gw.request("POST", "/v1/chat/completions", body,
                      {"Authorization": "Bearer " + secret, "Content-Type": "application/json"})


def ask(gw, path, headers=None, method="GET", body=None):
    status, head, data = gw.request(method, path, body, headers or {}, port=gw.admin_port)
    return status, head, data


# --- who may ask ------------------------------------------------------------------------------

def test_without_a_token_only_health_and_index(s):
    for path in PUBLIC:
        equal(ask(s.gw, path)[0], 200, path)
    for path in GETS:
        status, head, data = ask(s.gw, path)
        equal((status, head.get("www-authenticate")), (401, "Bearer"), path)
        error = error_of(json.loads(data))
        equal((error["type"], error["code"], error["param"]), ("authentication_error", "invalid_admin_token", None))


def test_the_token_is_taken_from_three_headers(s):
    token = s.gw.token
    for headers in ({"Authorization": "Bearer " + token}, {"authorization": "bearer  " + token},
                    {"X-Master-Key": token}, {"X-API-Key": token}):
        equal(ask(s.gw, "/admin/v1/status", headers)[0], 200, headers)


def test_wrong_tokens_are_refused_and_not_repeated(s):
    gw = s.new()
    for bad in ("x", gw.token[:-1], gw.token + "x", gw.token.swapcase(), "Basic abc"):
        status, _, data = ask(gw, "/admin/v1/status", {"Authorization": "Bearer " + bad})
        equal(status, 401, bad)
        lacks(data.decode(), gw.token[:-1], "Basic abc")
    equal(ask(gw, "/admin/v1/status", {"Authorization": gw.token})[0], 401, "without the scheme")
    equal(ask(gw, "/admin/v1/status", {"Authorization": "Bearer "})[0], 401, "empty")


def test_a_virtual_key_is_no_admin_token(s):
    _, secret = create(s.gw, name="not an admin")
    equal(ask(s.gw, "/admin/v1/status", {"Authorization": "Bearer " + secret})[0], 401)


def test_who_is_wrong_too_often_waits_but_a_valid_token_passes(s):
    gw = s.new()
    statuses = []
    while 429 not in statuses and len(statuses) < 200:     # one comes back each second
        status, head, data = ask(gw, "/admin/v1/status", {"X-API-Key": "wrong"})
        statuses.append(status)
        if status == 429:
            equal(json.loads(data)["error"]["type"], "rate_limit_error")
            equal(1 <= int(head["retry-after"]) <= 2, True, "retry-after")
    equal(statuses[:10], [401] * 10, "the burst")
    equal(429 in statuses, True, f"throttled: {statuses}")
    equal(ask(gw, "/admin/v1/status", {"X-API-Key": gw.token})[0], 200, "the valid one")
    time.sleep(1.2)
    equal(ask(gw, "/admin/v1/status", {"X-API-Key": "wrong"})[0], 401, "a second later")


def test_pages_of_other_origins_are_refused(s):
    here = f"127.0.0.1:{s.gw.admin_port}"
    for origin, want in ((f"http://{here}", 200), (f"https://{here}", 200), ("http://evil.example", 403), ("null", 403),
                         (f"http://{here}.evil.example", 403), ("http://127.0.0.1:1", 403), ("http://", 403)):
        equal(ask(s.gw, "/admin/v1/status", {"X-API-Key": s.gw.token, "Origin": origin})[0], want, origin)
    equal(ask(s.gw, "/health/ready", {"Origin": "http://evil.example"})[0], 403, "also where no token is needed")


def test_metrics_are_open_nearby_only(s):
    status, head, data = ask(s.gw, "/metrics")
    equal((status, head["content-type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
    contains(data.decode(), "# TYPE conduit_active_requests gauge", "conduit_config_generation 1\n",
             "conduit_build_info{version=\"", "process_")
    equal(ask(s.gw, "/metrics", {"X-API-Key": s.gw.token})[0], 200)
    equal(ask(s.gw, "/metrics", {"Host": "localhost:5001"})[0], 200)
    equal(ask(s.gw, "/metrics", {"Host": "[::1]:5001"})[0], 200)
    equal(ask(s.gw, "/metrics", {"Host": "rebound.example"})[0], 403, "a name that was pointed to us")
    equal(ask(s.gw, "/metrics", {"X-API-Key": "wrong"})[0], 401)


def test_the_unix_socket_serves_too(s):
    def get(path, token=None):
        with socket.socket(socket.AF_UNIX) as c:
            c.settimeout(10 * s.slow)
            c.connect(f"{s.gw.dir}/admin.sock")
            auth = f"Authorization: Bearer {token}\r\n" if token else ""
            c.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{auth}Connection: close\r\n\r\n".encode())
            return int(b"".join(iter(lambda: c.recv(65536), b"")).split()[1])
    equal(get("/admin/v1/status", s.gw.token), 200)
    equal(get("/admin/v1/status"), 401, "the socket alone is not enough")
    equal(get("/metrics"), 200)
    equal(stat.S_IMODE(os.stat(f"{s.gw.dir}/admin.sock").st_mode), 0o600)


# --- paths and methods ------------------------------------------------------------------------

def test_unknown_paths_are_404(s):
    for path in ("/admin/v1/nope", "/admin", "/admin/v1", "/admin/v2/keys", "/admin/v1/keys/a/b/c", "/v1/models", "/metrics/x",
                 "/admin/v1//keys", "/health", "/admin/v1/keys/a/rotates"):
        status, answer = s.gw.admin("GET", path)
        equal((status, error_of(answer)["code"]), (404, "unknown_url"), path)


def test_wrong_methods_are_405_with_allow(s):
    for method, path, allow in (("PUT", "/admin/v1/keys", "GET, HEAD, POST"), ("POST", "/admin/v1/status", "GET, HEAD"),
                                ("POST", "/admin/v1/keys/x", "GET, HEAD, PATCH, DELETE"), ("GET", "/admin/v1/reload", "POST"),
                                ("GET", "/admin/v1/keys/x/disable", "POST"), ("DELETE", "/metrics", "GET, HEAD"),
                                ("OPTIONS", "/admin/v1/status", "GET, HEAD")):
        status, head, data = ask(s.gw, path, {"X-API-Key": s.gw.token}, method)
        equal((status, head.get("allow")), (405, allow), f"{method} {path}")
        error_of(json.loads(data))


def test_head_is_get_without_the_body(s):
    for path in GETS + PUBLIC + ("/metrics",):
        status, head, data = ask(s.gw, path, {"X-API-Key": s.gw.token}, "HEAD")
        equal((status, data, int(head["content-length"]) > 0), (200, b"", True), path)


def test_a_slash_at_the_end_is_nothing(s):
    equal(s.gw.admin("GET", "/admin/v1/keys/")[0], 200)


def test_answers_are_not_kept_by_caches(s):
    _, head, _ = ask(s.gw, "/admin/v1/status", {"X-API-Key": s.gw.token})
    equal((head["cache-control"], head["x-content-type-options"], head["content-type"]),
          ("no-store", "nosniff", "application/json"))


def test_unknown_parameters_are_named(s):
    for path, message in (("/admin/v1/keys?limt=3", "did you mean 'limit'?"), ("/admin/v1/keys?offset=3", "'offset'"),
                          ("/admin/v1/status?x", "'x'"), ("/admin/v1/keys?limit=0", "1 to 1000"),
                          ("/admin/v1/keys?limit=1001", "1 to 1000"), ("/admin/v1/keys?limit=a", "1 to 1000"),
                          ("/admin/v1/keys?after=short", "'after' must be the id")):
        status, answer = s.gw.admin("GET", path)
        equal(status, 400, path)
        contains(answer["error"]["message"], message)
    equal(ask(s.gw, "/health/ready?from=lb")[0], 200, "balancers may add theirs")


def test_what_the_front_refuses_has_our_shape(s):
    with socket.create_connection(("127.0.0.1", s.gw.admin_port), timeout=10) as c:
        c.sendall(b"GET /admin/v1/status HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n")
        head, _, body = b"".join(iter(lambda: c.recv(65536), b"")).partition(b"\r\n\r\n")
    equal(head.split()[1], b"400")
    error_of(json.loads(body))


# --- keys -------------------------------------------------------------------------------------

def test_a_key_is_made_and_works(s):
    key, secret = create(s.gw, name="first", models=["mock*"], operations=["chat", "models"],
                         expires_at="2099-01-31T01:00:00+01:00", metadata={"team": "é", "n": [1, {"x": None}]},
                         allowed_ips=["127.0.0.0/8"])
    equal(sorted(key), sorted(["id", "name", "group", "models", "operations", "allowed_ips", "expires_at", "metadata", "disabled",
                               "budgets", "clamp", "on_disconnect", "policy", "overlap_until", "created_at", "updated_at", "version", "spending"]))
    equal((key["name"], key["models"], key["operations"], key["expires_at"], key["metadata"], key["disabled"]),
          ("first", ["mock*"], ["chat", "models"], "2099-01-31T00:00:00.000Z", {"team": "é", "n": [1, {"x": None}]}, False))
    equal(secret.startswith("condt_" + key["id"] + "_"), True)
    equal(chat(s.gw, secret)[0], 200)
    equal(chat(s.gw, secret, "slow")[0] in (403, 404), True, "another model")
    equal(s.gw.admin("GET", "/admin/v1/keys/" + key["id"]), (200, key))


def test_the_secret_is_shown_once_and_the_hash_never(s):
    key, secret = create(s.gw, name="hidden")
    for path in ("/admin/v1/keys?limit=1000", "/admin/v1/keys/" + key["id"]):
        text = json.dumps(s.gw.admin("GET", path)[1])
        lacks(text, secret, "hash", "secret")


def test_a_key_without_a_body_has_defaults(s):
    for body in (None, "", "{}"):
        status, answer = s.gw.admin("POST", "/admin/v1/keys", body)
        equal((status, answer["key"]["name"], answer["key"]["models"]), (201, "", []), repr(body))


def test_bad_bodies_are_refused_by_name(s):
    for body, param, message in (
            ({"nam": "x"}, "nam", "did you mean 'name'?"), ({"name": 3}, "name", "'name' must be"),
            ({"models": "mock"}, "models", "must be a list"), ({"operations": ["chats"]}, "operations", "'chat'"),
            ({"expires_at": "soon"}, "expires_at", "2027-01-31"), ({"rpm": 0}, "rpm", "1 to 1000000000"), ({"group": "x"}, "group", "no group 'x'"),
            ({"id": "abc"}, "id", "unknown member"), ({"allowed_ips": ["300.1.1.1"]}, "allowed_ips", "addresses"),
            ("[]", None, "JSON object"), ('"text"', None, "JSON object"), ("{", None, "not good JSON at byte 1"),
            ('{"name":"a","name":"b"}', None, "name"), ('{"a":1} x', None, "not good JSON"), ("{'a':1}", None, "not good JSON"),
            ('{"name":NaN}', None, "not good JSON")):
        status, answer = s.gw.admin("POST", "/admin/v1/keys", body)
        error = error_of(answer)
        equal((status, error["param"], error["type"]), (400, param, "invalid_request_error"), repr(body))
        contains(error["message"], message)


def test_only_json_is_read(s):
    body = json.dumps({"name": "typed"})
    for kind, want in (("application/json", 201), ("application/json; charset=utf-8", 201), ("Application/JSON", 201),
                       ("text/plain", 415), ("application/x-www-form-urlencoded", 415), ("multipart/form-data", 415)):
        equal(s.gw.admin("POST", "/admin/v1/keys", body, {"Content-Type": kind})[0], want, kind)


def test_calls_without_a_body_refuse_one(s):
    key, _ = create(s.gw, name="bodyless")
    path = f"/admin/v1/keys/{key['id']}/disable"
    equal(s.gw.admin("POST", path, {"reason": "x"})[0], 400)
    equal(s.gw.admin("POST", path, {})[0], 200, "an empty object is none")
    equal(s.gw.admin("GET", "/admin/v1/status", {"x": 1})[0], 400)


def test_unknown_keys_are_404(s):
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/disable"), ("POST", "/enable")):
        for id in ("AAAAAAAAAAAA", "x", "%00", "%2e%2e", "a" * 300):
            body = {"name": "x"} if method == "PATCH" else None
            status, answer = s.gw.admin(method, f"/admin/v1/keys/{id}{path}", body)
            equal((status, error_of(answer)["code"]), (404, "not_found"), f"{method} {id}{path}")


def test_update_changes_what_is_named(s):
    key, secret = create(s.gw, name="before", models=["mock"], metadata={"a": 1})
    path = "/admin/v1/keys/" + key["id"]
    status, after = s.gw.admin("PATCH", path, {"name": "after", "operations": ["embeddings"]})
    equal((status, after["name"], after["models"], after["operations"], after["metadata"], after["created_at"]),
          (200, "after", ["mock"], ["embeddings"], {"a": 1}, key["created_at"]))
    equal(chat(s.gw, secret)[0], 403, "chat is not among its operations")
    equal(s.gw.admin("PATCH", path, {"operations": None})[1]["operations"], [])
    equal(chat(s.gw, secret)[0], 200)
    equal(s.gw.admin("PATCH", path, {"nmae": "x"})[0], 400)
    equal(s.gw.admin("PATCH", path)[0], 400, "nothing was sent")
    equal(s.gw.admin("GET", path)[1]["name"], "after", "a refused change changes nothing")


def test_disable_and_enable_take_effect_at_once(s):
    key, secret = create(s.gw, name="switch")
    path = "/admin/v1/keys/" + key["id"]
    for _ in range(5):
        equal(chat(s.gw, secret)[0], 200)
        equal(s.gw.admin("POST", path + "/disable")[1]["disabled"], True)
        status, _, data = chat(s.gw, secret)
        equal((status, json.loads(data)["error"]["code"]), (403, "key_disabled"))
        equal(s.gw.admin("POST", path + "/enable")[1]["disabled"], False)
    equal(chat(s.gw, secret)[0], 200)


def test_rotating_gives_a_new_secret_and_the_old_one_ends(s):
    key, first = create(s.gw, name="turning")
    path = "/admin/v1/keys/" + key["id"]

    def rotate(body=None):
        status, answer = s.gw.admin("POST", path + "/rotate", body)
        equal((status, sorted(answer), answer["key"]["id"]), (200, ["key", "secret"], key["id"]))
        return answer["key"], answer["secret"]
    after, second = rotate({"overlap": "1h"})
    equal(after["overlap_until"] is not None, True)
    equal((first != second, chat(s.gw, first)[0], chat(s.gw, second)[0]), (True, 200, 200))
    _, third = rotate({"overlap": "1h"})
    equal([chat(s.gw, text)[0] for text in (first, second, third)], [401, 200, 200], "the oldest ends at once")
    after, fourth = rotate({"overlap": "3s"})
    equal([chat(s.gw, text)[0] for text in (second, third, fourth)], [401, 200, 200])
    s.wait(lambda: chat(s.gw, third)[0] == 401, 10)
    equal(s.gw.admin("GET", path)[1]["overlap_until"], None, "it is over")
    equal(chat(s.gw, fourth)[0], 200)
    for body in (None, {}, {"overlap": "0"}, {"overlap": None}):
        before = fourth
        after, fourth = rotate(body)
        equal((after["overlap_until"], chat(s.gw, before)[0], chat(s.gw, fourth)[0]), (None, 401, 200), body)
    lacks(json.dumps(s.gw.admin("GET", path)[1]), "secret", "hash")


def test_bad_rotations_are_refused_by_name(s):
    key, secret = create(s.gw, name="steady")
    path = f"/admin/v1/keys/{key['id']}/rotate"
    for body, param, message in (
            ({"overlp": "1h"}, "overlp", "did you mean 'overlap'?"), ({"name": "x"}, "name", "unknown member"),
            ({"overlap": 3600}, "overlap", "a duration"), ({"overlap": "long"}, "overlap", "a duration"),
            ({"overlap": "31d"}, "overlap", "30d"), ({"overlap": "-1s"}, "overlap", "a duration"),
            ({"overlap": "99999999999999999999d"}, "overlap", "a duration"), ({"overlap": ["1h"]}, "overlap", "a duration"),
            ("[]", None, "JSON object"), ("{", None, "not good JSON")):
        status, answer = s.gw.admin("POST", path, body)
        equal((status, error_of(answer)["param"]), (400, param), repr(body))
        contains(answer["error"]["message"], message)
    equal(chat(s.gw, secret)[0], 200, "nothing has changed")
    equal(s.gw.admin("POST", "/admin/v1/keys/AAAAAAAAAAAA/rotate")[0], 404)


def test_a_deleted_key_is_gone_at_once(s):
    key, secret = create(s.gw, name="gone")
    path = "/admin/v1/keys/" + key["id"]
    equal(s.gw.admin("DELETE", path), (200, {"id": key["id"], "deleted": True}))
    equal(chat(s.gw, secret)[0], 401)
    equal(s.gw.admin("GET", path)[0], 404)
    equal(s.gw.admin("DELETE", path)[0], 404)


def test_lists_come_in_pages(s):
    gw = s.new()
    made = sorted(create(gw, name=f"k{i}")[0]["id"] for i in range(7))
    seen, after, pages = [], "", 0
    while True:
        status, page = gw.admin("GET", "/admin/v1/keys?limit=3" + (f"&after={after}" if after else ""))
        equal(status, 200)
        seen += [k["id"] for k in page["data"]]
        pages, after = pages + 1, page["next"]
        if after is None:
            break
    equal((seen, pages), (made, 3))
    equal(len(gw.admin("GET", "/admin/v1/keys?limit=7")[1]["data"]), 7)
    equal(gw.admin("GET", "/admin/v1/keys?limit=7")[1]["next"], None, "exactly full is the last page")
    equal(gw.admin("GET", f"/admin/v1/keys?after={made[-1]}")[1], {"data": [], "next": None})


def test_changes_at_the_same_time_do_not_get_lost(s):
    key, _ = create(s.gw, name="contended", metadata={"n": 0})
    path, results = "/admin/v1/keys/" + key["id"], []

    def change(i):
        results.append((s.gw.admin("PATCH", path, {"name": f"by {i}"})[0], i))
    threads = [threading.Thread(target=change, args=(i,)) for i in range(12)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    equal({status for status, _ in results}, {200}, "the last writer wins")
    after = s.gw.admin("GET", path)[1]
    equal((after["name"] in [f"by {i}" for i in range(12)], after["version"], after["metadata"]), (True, 13, {"n": 0}))


def test_members_changed_at_the_same_time_are_all_kept(s):
    key, _ = create(s.gw, name="halves")
    path, results = "/admin/v1/keys/" + key["id"], []
    bodies = [{"name": "whole"}, {"models": ["mock"]}, {"operations": ["chat"]}, {"metadata": {"a": 1}}]
    threads = [threading.Thread(target=lambda b=b: results.append(s.gw.admin("PATCH", path, b)[0])) for b in bodies]
    [t.start() for t in threads]
    [t.join() for t in threads]
    after = s.gw.admin("GET", path)[1]
    equal((results, after["name"], after["models"], after["operations"], after["metadata"]),
          ([200] * 4, "whole", ["mock"], ["chat"], {"a": 1}))


def test_if_match_keeps_two_admins_apart(s):
    key, secret = create(s.gw, name="etag")
    path = "/admin/v1/keys/" + key["id"]
    _, head, data = ask(s.gw, path, {"X-API-Key": s.gw.token})
    equal((head["etag"], json.loads(data)["version"]), ('"1"', 1))

    def change(method, rest, tag, body=None):
        return s.gw.admin(method, path + rest, body, {"If-Match": tag})
    equal(change("PATCH", "", '"1"', {"name": "first"})[1]["version"], 2)
    for method, rest, body in (("PATCH", "", {"name": "second"}), ("DELETE", "", None), ("POST", "/rotate", {}),
                               ("POST", "/disable", None), ("POST", "/enable", None)):
        for tag in ('"1"', 'W/"2"', "2", '"x"', ""):
            status, answer = change(method, rest, tag, body)
            equal((status, error_of(answer)["code"]), (409, "conflict"), f"{method} {rest} {tag}")
    equal(s.gw.admin("GET", path)[1]["name"], "first")
    equal(chat(s.gw, secret)[0], 200)
    equal(change("PATCH", "", '"7", "2"', {"name": "listed"})[1]["version"], 3)
    equal(change("PATCH", "", "*", {"name": "any"})[1]["version"], 4)
    equal(change("DELETE", "", '"4"')[0], 200)
    equal(change("PATCH", "", '"4"', {"name": "late"})[0], 404)


def test_a_trusted_proxy_says_who_the_client_is(s):
    def status_of(gw, secret, *lines):
        with socket.create_connection(("127.0.0.1", gw.port), timeout=10 * s.slow) as c:
            head = "".join(f"X-Forwarded-For: {line}\r\n" for line in lines)
            c.sendall(f"GET /v1/models HTTP/1.1\r\nHost: x\r\nX-API-Key: {secret}\r\n{head}Connection: close\r\n\r\n".encode())
            return int(b"".join(iter(lambda: c.recv(65536), b"")).split()[1])
    gw = s.new(CONFIG.replace("drain_timeout", 'trusted_proxies = [ "127.0.0.0/8", "10.0.0.0/8" ]; drain_timeout'))
    _, secret = create(gw, name="far away", allowed_ips=["192.0.2.0/24"])
    equal(status_of(gw, secret), 403)
    equal(status_of(gw, secret, "192.0.2.7"), 200)
    equal(status_of(gw, secret, "192.0.2.7, 10.1.2.3"), 200)
    equal(status_of(gw, secret, "192.0.2.7", "198.51.100.1"), 403, "what a client claims in a line of its own")
    equal(status_of(gw, secret, "198.51.100.1", "::ffff:192.0.2.7"), 200)
    equal(status_of(gw, secret, "192.0.2.7, nonsense"), 403)
    _, secret = create(s.gw, name="near", allowed_ips=["192.0.2.0/24"])
    equal(status_of(s.gw, secret, "192.0.2.7"), 403, "nobody is trusted by default")


def test_wrong_keys_are_slowed_down_but_valid_ones_are_not(s):
    gw = s.new()
    key, secret = create(gw, name="neighbour")
    wrong = create(gw, name="gone")
    gw.admin("DELETE", "/admin/v1/keys/" + wrong[0]["id"])
    statuses, bodies = [], set()
    for text in [wrong[1], "nonsense", secret[:-1]] * 60:
        if statuses.count(429) == 3:                       # one comes back each second
            break
        status, head, data = chat(gw, text)
        statuses.append(status)
        if status == 429:
            bodies.add(json.dumps(json.loads(data)["error"], sort_keys=True))
            equal(int(head["retry-after"]) >= 1, True)
    equal((statuses[:10], statuses[-1], len(bodies)), ([401] * 10, 429, 1), statuses)
    equal([chat(gw, secret)[0] for _ in range(20)], [200] * 20, "the valid one")
    equal(gw.request("GET", "/v1/models")[0], 401, "no key at all is no attempt")
    statuses = [chat(gw, "nonsense")[0] for _ in range(120)]
    equal(statuses[-1], 429)
    equal(int(chat(gw, "nonsense")[1]["retry-after"]) > 600, True, "blocked")
    equal(chat(gw, secret)[0], 200, "the valid one, from a blocked address")


def test_clients_that_leave_before_the_answer_do_no_harm(s):
    gw, head = s.gw, f"Authorization: Bearer {s.gw.token}\r\nContent-Type: application/json\r\n"
    before = len(gw.admin("GET", "/admin/v1/keys?limit=1000")[1]["data"])
    for _ in range(30):
        body = b'{"name":"left"}'
        with socket.create_connection(("127.0.0.1", gw.admin_port)) as c:
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            c.sendall(f"POST /admin/v1/keys HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    equal(gw.admin("GET", "/admin/v1/status")[0], 200)
    after = len(gw.admin("GET", "/admin/v1/keys?limit=1000")[1]["data"])
    equal(before <= after <= before + 30, True)


def test_keys_survive_a_restart(s):
    gw = s.new()
    key, secret = create(gw, name="lasting", models=["mock"])
    dropped, _ = create(gw, name="dropped")
    token = gw.token
    gw.admin("DELETE", "/admin/v1/keys/" + dropped["id"])
    equal(gw.stop(), None)
    gw.start()
    equal(gw.token, token, "the token stays")
    equal(gw.admin("GET", "/admin/v1/keys/" + key["id"]), (200, key))
    equal(gw.admin("GET", "/admin/v1/keys/" + dropped["id"])[0], 404)
    equal(chat(gw, secret)[0], 200)
    for name in ("admin.token", "pepper"):
        equal(stat.S_IMODE(os.stat(f"{gw.dir}/state/{name}").st_mode), 0o600, name)


def test_a_killed_gateway_keeps_what_it_confirmed(s):
    gw = s.new()
    keys = [create(gw, name=f"k{i}") for i in range(5)]
    gw.process.kill()
    gw.process.wait()
    gw.start()
    for key, secret in keys:
        equal(gw.admin("GET", "/admin/v1/keys/" + key["id"]), (200, key))
        equal(chat(gw, secret)[0], 200)


# --- what is configured -----------------------------------------------------------------------

def test_status_counts(s):
    status, got = s.gw.admin("GET", "/admin/v1/status")
    equal(status, 200)
    equal((got["status"], got["workers"], got["providers"], got["models"], got["draining"] if "draining" in got else None),
          ("ok", 1, 2, 3, None))
    equal(got["listen"], [{"address": "127.0.0.1", "port": s.gw.port, "tls": False}])
    equal((got["plugins"]["refused"], got["plugins"]["loaded"] > 0, got["store"]["bytes_used"] > 0), (0, True, True))
    keys = got["keys"]
    create(s.gw, name="counted")
    equal(s.gw.admin("GET", "/admin/v1/status")[1]["keys"], keys + 1)


def test_providers_are_shown_without_secrets(s):
    _, got = s.gw.admin("GET", "/admin/v1/providers")
    equal([p["name"] for p in got["data"]], ["mock", "far"])
    far = got["data"][1]
    equal((far["type"], far["status"], far["keys"], far["timeout_ms"]["connect"]),
          ("mock", "available", [{"id": "first", "weight": 3}], 5000))
    contains(far["defined_at"], "conduit.cfg:")
    lacks(json.dumps(got), "sk-")


def test_models_targets_and_routes(s):
    models = s.gw.admin("GET", "/admin/v1/models")[1]["data"]
    equal([(m["id"], m["aliases"], m["targets"]) for m in models][:2],
          [("mock", ["mock-alias"], ["mock/mock"]), ("slow", [], ["mock/mock-n20-g50", "far/mock-n20-g50"])])
    equal((models[0]["price"], models[0]["context_window"], models[0]["max_output"], models[0]["capabilities"]),
          ({"input": "2.50", "output": "10.00"}, 128000, None, ["chat", "tools"]))
    contains(models[0]["price_row"], "config ", "conduit.cfg:")
    equal((models[1]["price"], models[1]["price_row"], models[1]["unpriced"]), (None, None, "free"))
    equal([t["name"] for t in s.gw.admin("GET", "/admin/v1/targets")[1]["data"]],
          ["mock/mock", "mock/mock-n20-g50", "far/mock-n20-g50", "mock/mock-n5-b3"])
    slow = s.gw.admin("GET", "/admin/v1/routes")[1]["data"][1]
    equal((slow["model"], slow["policy"], slow["fallbacks"], [(t["target"], t["weight"]) for t in slow["targets"]]),
          ("slow", "default", ["mock"], [("mock/mock-n20-g50", 9), ("far/mock-n20-g50", 1)]))


def test_prices_come_from_the_catalogue_or_the_configuration(s):
    gw = s.make("""
server = { listen = ( { address = "127.0.0.1"; port = 0; } ); workers = 1; };
admin = { listen = ( { address = "127.0.0.1"; port = 0; } ); };
models_file = "models.json";
providers = ( { name = "a"; type = "mock"; catalog = "acme"; }, { name = "b"; type = "mock"; } );
models = (
  { name = "known"; targets = ( { provider = "a"; model = "big-2026-01-01"; }, { provider = "b"; model = "big"; } ); },
  { name = "ours"; targets = ( { provider = "a"; model = "big"; price = { per_request = "0.005"; tiers = ( ); }; } ); }
);
""")
    with open(os.path.join(gw.dir, "models.json"), "w") as f:
        f.write("""{"meta":{"currency":"USD","sources":{"generated":"2026-11-20"}},
"models":{"acme":{"big":{"ctx":9000,"max_out":900,"price":{"in":1.25,"cr":0.1250001,"out":10},
"tiers":[{"above":200,"in":2.5,"out":15}]}}}}""")
    gw.start()
    models = gw.admin("GET", "/admin/v1/models")[1]["data"]
    equal((models[0]["price"], models[0]["price_row"], models[0]["context_window"], models[0]["max_output"]),
          ({"input": "1.25", "cached_input": "0.125001", "output": "10.00",
            "tiers": [{"above": 200, "input": "2.50", "output": "15.00"}]}, "acme/big 2026-11-20", 9000, 900))
    equal(models[1]["price"], {"input": "0.00", "output": "0.00", "per_request": "0.005"})
    contains(models[1]["price_row"], "conduit.cfg:8")
    targets = gw.admin("GET", "/admin/v1/targets")[1]["data"]
    equal([(t["name"], t["price_row"], t["max_output"]) for t in targets][:2],
          [("a/big-2026-01-01", "acme/big 2026-11-20", 900), ("b/big", None, None)])
    equal([t["price_row"] for t in gw.admin("GET", "/admin/v1/routes")[1]["data"][0]["targets"]],
          ["acme/big 2026-11-20", None])


def test_plugins_are_listed(s):
    got = s.gw.admin("GET", "/admin/v1/plugins")[1]["data"]
    mock = next(p for p in got if p["file"].endswith("provider_mock.so"))
    equal((mock["status"], len(mock["sha256"]), [f["name"] for f in mock["features"]]), ("loaded", 64, ["mock"]))


def test_the_configuration_is_shown_with_origins_and_no_secret(s):
    status, head, data = ask(s.gw, "/admin/v1/config", {"X-API-Key": s.gw.token})
    text = data.decode()
    equal((status, head["content-type"]), (200, "text/plain; charset=utf-8"))
    contains(text, "conduit.cfg:", "# default", "-g storage.path", 'name = "far"')
    lacks(text, "sk-scene-canary-81c7", s.gw.token)


def test_the_index_points_to_the_api(s):
    got = json.loads(ask(s.gw, "/")[2])
    equal((got["service"], got["api"]), ("conduit", "/admin/v1"))


def test_reload_by_the_api(s):
    gw = s.new()
    with open(gw.config_path) as f:
        good = f.read()
    gw.write_config(good.replace('name = "broken"', 'name = "fresh"'))
    status, got = gw.admin("POST", "/admin/v1/reload")
    equal((status, got["status"], got["generation"]), (200, "ok", 2))
    equal([m["id"] for m in gw.admin("GET", "/admin/v1/models")[1]["data"]], ["mock", "slow", "fresh"])
    gw.write_config(good.replace("base_url", "base_ulr"))
    status, got = gw.admin("POST", "/admin/v1/reload")
    equal((status, error_of({"error": got["error"]})["code"]), (400, "invalid_configuration"))
    contains(got["report"], "conduit.cfg:", "error:", "did you mean 'base_url'?")
    state = gw.admin("GET", "/admin/v1/status")[1]
    equal(state["generation"], 2)
    contains(state["last_reload"], "failed")
    contains(ask(gw, "/metrics")[2].decode(), "conduit_config_last_reload_successful 0\n", "conduit_config_generation 2\n")
    equal([m["id"] for m in gw.admin("GET", "/admin/v1/models")[1]["data"]], ["mock", "slow", "fresh"])


def test_a_master_key_replaces_the_file(s):
    gw = s.make(env={"CONDUIT_MASTER_KEY": "a-master-key-of-thirty-two-bytes"})
    os.makedirs(f"{gw.dir}/state", mode=0o700)
    with open(f"{gw.dir}/state/admin.token", "w") as f:
        f.write("the-file-is-not-asked-for-any-token\n")
    os.chmod(f"{gw.dir}/state/admin.token", 0o600)
    gw.start()
    equal(ask(gw, "/admin/v1/status", {"X-Master-Key": "a-master-key-of-thirty-two-bytes"})[0], 200)
    equal(ask(gw, "/admin/v1/status", {"X-Master-Key": gw.token})[0], 401)


def test_many_calls_on_one_connection(s):
    c = http.client.HTTPConnection("127.0.0.1", s.gw.admin_port, timeout=20 * s.slow)
    for i in range(50):
        c.request("POST" if i % 2 else "GET", "/admin/v1/keys" if i % 2 else "/admin/v1/status", "{}" if i % 2 else None,
                  {"X-API-Key": s.gw.token, "Content-Type": "application/json"})
        r = c.getresponse()
        r.read()
        equal(r.status, 201 if i % 2 else 200)
    c.close()

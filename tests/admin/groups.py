"""Groups of keys, and the audit log of their changes.
SPDX-License-Identifier: MIT"""
import json

from api import chat, create
from scene import CONFIG, contains, equal, error_of, lacks


# --- groups -----------------------------------------------------------------------------------

def test_a_group_bounds_what_its_keys_may(s):
    status, group = s.gw.admin("POST", "/admin/v1/groups", {"name": "interns", "models": ["mock"], "metadata": {"floor": 3}})
    equal(status, 201)
    equal(sorted(group), sorted(["name", "models", "operations", "allowed_ips", "budgets", "balance", "clamp",
                                 "on_disconnect", "policy", "metadata", "disabled", "created_at", "updated_at", "version", "spending"]))
    path = "/admin/v1/groups/interns"
    equal(s.gw.admin("GET", path), (200, group))
    key, secret = create(s.gw, name="ada", group="interns", models=["mock", "broken"])
    equal(key["group"], "interns")
    equal(chat(s.gw, secret)[0], 200)
    equal(chat(s.gw, secret, "broken")[0], 403, "not in the group's models")

    def listed():
        return [m["id"] for m in json.loads(s.gw.request("GET", "/v1/models", headers={"X-API-Key": secret})[2])["data"]]
    equal(listed(), ["mock"])
    equal(s.gw.admin("PATCH", path, {"models": None})[1]["version"], 2)
    equal(sorted(listed()), ["broken", "mock"], "at once")
    equal(s.gw.admin("PATCH", path, {"operations": ["embeddings"]})[0], 200)
    status, _, data = chat(s.gw, secret)
    equal((status, json.loads(data)["error"]["code"]), (403, "operation_not_allowed"))
    equal(s.gw.admin("PATCH", path, {"operations": [], "allowed_ips": ["192.0.2.0/24"]})[0], 200)
    equal(json.loads(chat(s.gw, secret)[2])["error"]["code"], "ip_not_allowed")
    equal(s.gw.admin("PATCH", path, {"allowed_ips": None, "disabled": True})[1]["disabled"], True)
    status, _, data = chat(s.gw, secret)
    error = json.loads(data)["error"]
    equal((status, error["code"]), (403, "key_disabled"))
    contains(error["message"], "the group 'interns'")
    equal(s.gw.admin("PATCH", path, {"disabled": False})[0], 200)
    equal(chat(s.gw, secret)[0], 200)


def test_bad_groups_are_refused_by_name(s):
    gw = s.gw
    gw.admin("POST", "/admin/v1/groups", {"name": "known"})
    for body, param, message in (
            ({}, "name", "is needed"), (None, "name", "is needed"), ({"name": ""}, "name", "1 to 64"),
            ({"name": "a b"}, "name", "1 to 64"), ({"name": "x" * 65}, "name", "1 to 64"), ({"name": None}, "name", "1 to 64"),
            ({"name": "ok", "expires_at": None}, "expires_at", "unknown member"),
            ({"name": "ok", "group": "known"}, "group", "unknown member"), ({"nmae": "ok"}, "nmae", "did you mean 'name'?"),
            ({"name": "ok", "models": "mock"}, "models", "must be a list"), ("[]", None, "JSON object")):
        status, answer = gw.admin("POST", "/admin/v1/groups", body)
        equal((status, error_of(answer)["param"]), (400, param), repr(body))
        contains(answer["error"]["message"], message)
    equal(gw.admin("POST", "/admin/v1/groups", {"name": "known"})[0], 409)
    status, answer = gw.admin("PATCH", "/admin/v1/groups/known", {"name": "renamed"})
    equal((status, answer["error"]["param"]), (400, "name"))
    for method in ("GET", "PATCH", "DELETE"):
        status, answer = gw.admin(method, "/admin/v1/groups/knwon", {} if method == "PATCH" else None)
        equal((status, error_of(answer)["code"]), (404, "not_found"))
        contains(answer["error"]["message"], "did you mean 'known'?")
    for call in (("POST", "/admin/v1/keys"), ("PATCH", "/admin/v1/keys/" + create(gw, name="loose")[0]["id"])):
        status, answer = gw.admin(*call, {"group": "knowm"})
        equal((status, answer["error"]["param"]), (400, "group"))
        contains(answer["error"]["message"], "there is no group 'knowm'; did you mean 'known'?")


def test_a_group_with_keys_is_not_deleted(s):
    gw = s.new()
    gw.admin("POST", "/admin/v1/groups", {"name": "held"})
    key, secret = create(gw, name="holder", group="held")
    status, answer = gw.admin("DELETE", "/admin/v1/groups/held")
    equal((status, error_of(answer)["code"]), (409, "conflict"))
    contains(answer["error"]["message"], "has keys")
    equal(gw.stop(), None)
    gw.start()
    equal(gw.admin("DELETE", "/admin/v1/groups/held")[0], 409, "also after a restart")
    equal(chat(gw, secret)[0], 200)
    equal(gw.admin("DELETE", "/admin/v1/groups/held", None, {"If-Match": '"2"'})[0], 409)
    equal(gw.admin("PATCH", "/admin/v1/keys/" + key["id"], {"group": None})[1]["group"], None)
    equal(gw.admin("DELETE", "/admin/v1/groups/held"), (200, {"name": "held", "deleted": True}))
    equal(gw.admin("GET", "/admin/v1/groups/held")[0], 404)


def test_lists_of_groups_come_in_pages(s):
    gw = s.new()
    for i in range(5):
        equal(gw.admin("POST", "/admin/v1/groups", {"name": f"g{i}"})[0], 201)
    page = gw.admin("GET", "/admin/v1/groups?limit=3")[1]
    equal(([g["name"] for g in page["data"]], page["next"]), (["g0", "g1", "g2"], "g2"))
    page = gw.admin("GET", "/admin/v1/groups?limit=3&after=g2")[1]
    equal(([g["name"] for g in page["data"]], page["next"]), (["g3", "g4"], None))
    equal(gw.admin("GET", "/admin/v1/groups?after=%20")[0], 400)


# --- audit ------------------------------------------------------------------------------------

def test_each_change_is_an_entry_without_secrets(s):
    gw = s.new()
    gw.admin("POST", "/admin/v1/groups", {"name": "team"})
    key, secret = create(gw, name="traced", models=["mock"], group="team", metadata={"pin": "4711-canary"})
    path = "/admin/v1/keys/" + key["id"]
    gw.admin("PATCH", path, {"name": "traced", "models": ["mock"], "operations": ["chat"]})
    gw.admin("PATCH", path, {"nmae": "refused"})
    gw.admin("PATCH", path, {"name": "stale"}, {"If-Match": '"1"'})
    turned = gw.admin("POST", path + "/rotate", {"overlap": "1h"})[1]["secret"]
    gw.admin("POST", path + "/disable")
    gw.admin("POST", path + "/enable")
    gw.admin("DELETE", "/admin/v1/groups/team")
    gw.admin("DELETE", path)
    gw.admin("DELETE", "/admin/v1/groups/team")
    status, page = gw.admin("GET", "/admin/v1/audit")
    equal((status, page["next"]), (200, None))
    seen = [(e["action"], e["kind"], e["object"], e["changed"]) for e in reversed(page["data"])]
    id = key["id"]
    equal(seen, [("create", "group", "team", ["name"]),
                 ("create", "key", id, ["name", "group", "models", "metadata", "secret"]),
                 ("update", "key", id, ["operations"]), ("rotate", "key", id, ["secret"]),
                 ("disable", "key", id, ["disabled"]), ("enable", "key", id, ["disabled"]),
                 ("delete", "key", id, []), ("delete", "group", "team", [])])
    equal({(e["actor"], sorted(e) == ["action", "actor", "changed", "kind", "object", "time"]) for e in page["data"]},
          {("admin", True)})
    lacks(json.dumps(page), secret, turned, secret[20:], "canary", "hash")
    got, cursor = [], ""
    while cursor is not None:
        page = gw.admin("GET", "/admin/v1/audit?limit=3" + (f"&cursor={cursor}" if cursor else ""))[1]
        got, cursor = got + page["data"], page["next"]
    equal([(e["action"], e["kind"], e["object"], e["changed"]) for e in reversed(got)], seen)
    equal(gw.stop(), None)
    gw.start()
    equal(len(gw.admin("GET", "/admin/v1/audit")[1]["data"]), 8)


def test_bad_questions_to_the_audit_log_are_named(s):
    for query, param in (("cursor=x", "cursor"), ("cursor=" + "g" * 24, "cursor"), ("limit=0", "limit"), ("after=1", "after"),
                         ("limit=1001", "limit")):
        status, answer = s.gw.admin("GET", "/admin/v1/audit?" + query)
        equal((status, error_of(answer)["param"]), (400, param), query)


# --- policies ---------------------------------------------------------------------------------

POLICIES = 'policies = ( { name = "thrifty"; type = "leastcost"; } );\n'


def test_a_policy_is_named_cleared_and_refused_when_there_is_none(s):
    gw = s.new(CONFIG + POLICIES)
    for path, handle in (("keys", None), ("groups", "policed")):
        status, made = gw.admin("POST", "/admin/v1/" + path, {"name": "policed", "policy": "thrifty"})
        equal(status, 201, made)
        one = f"/admin/v1/{path}/" + (handle or made["key"]["id"])
        equal(gw.admin("GET", one)[1]["policy"], "thrifty")
        equal(gw.admin("PATCH", one, {"policy": "least_cost"})[1]["policy"], "least_cost", "a type, in any spelling")
        for call in (("PATCH", one), ("POST", "/admin/v1/" + path)):
            status, answer = gw.admin(*call, {"name": "policed", "policy": "thrifti"})
            equal((status, error_of(answer)["param"]), (400, "policy"))
            contains(answer["error"]["message"], "there is no policy 'thrifti'; did you mean 'thrifty'?")
        equal(gw.admin("GET", one)[1]["policy"], "least_cost", "refused: unchanged")
        equal(gw.admin("PATCH", one, {"name": "policed"})[1]["policy"], "least_cost")
        equal(gw.admin("PATCH", one, {"policy": None})[1]["policy"], None)


def test_a_policy_that_is_no_longer_there_costs_no_answer(s):
    gw = s.new(CONFIG + POLICIES)
    key, secret = create(gw, name="left behind", policy="thrifty")
    gw.write_config(CONFIG)
    equal(gw.admin("POST", "/admin/v1/reload")[0], 200)
    for _ in range(3):
        equal(chat(gw, secret, "mock")[0], 200)
    contains(gw.request("GET", "/metrics", port=gw.admin_port, headers={"Authorization": "Bearer " + gw.token})[2].decode(),
             'conduit_key_policy_unknown_total{owner="key"} 3\n')
    equal(gw.log_text().count("the policy of a key is not configured"), 1, "said once in a while")
    path = "/admin/v1/keys/" + key["id"]
    equal(gw.admin("PATCH", path, {"name": "still changed"})[0], 200)
    equal(gw.admin("PATCH", path, {"policy": "thrifty"})[0], 400)

"""What operators see of the cache, how they purge it, and what keys and groups say of their answers.
SPDX-License-Identifier: MIT"""
import json
import os
import pty
import subprocess
import time

from api import create
from scene import CONFIG, contains, equal, error_of, lacks

CACHED = CONFIG + 'cache = { type = "memory"; ttl = "10m"; scope = "global"; };\n'
PATH = "/admin/v1/cache"


def chat(gw, secret, text="hi", model="mock", **more):
    """(status, x-cache)"""
    body = json.dumps(dict({"model": model, "messages": [{"role": "user", "content": text}]}, **more))
    status, head, _ = gw.request("POST", "/v1/chat/completions", body,
                                 {"Authorization": "Bearer " + secret, "Content-Type": "application/json"})
    return status, head.get("x-cache")


def keep(s, gw, secret, text="hi", model="mock"):
    """Until it is kept."""
    s.wait(lambda: chat(gw, secret, text, model) == (200, "HIT"))


def cached(s):
    """A gateway with a cache, of this file's own tests."""
    if not hasattr(s, "cached"):
        s.cached = s.new(CACHED)
    return s.cached


# --- what it did ------------------------------------------------------------------------------

def test_without_a_cache(s):
    status, got = s.gw.admin("GET", PATH)
    equal((status, got["type"], got["entries"], got["hits"], got["hit_ratio"]), (200, None, None, 0, None))
    equal(got["idempotency"], "1d")
    lacks(json.dumps(got), "rules")
    for path in (PATH, PATH + "?model=mock", PATH + "?key=x"):
        status, got = s.gw.admin("DELETE", path)
        equal((status, error_of(got)["code"]), (409, "conflict"), path)
        contains(got["error"]["message"], "cache.type")
    code, out, err = s.ctl("cache", "purge", "-y")
    equal((code, out), (5, ""))
    contains(err, "names no cache")
    contains(s.ok("cache", "stats"), "type           -\n", "hits           0\n")


def test_hits_and_misses_are_counted(s):
    gw = s.new(CACHED)
    secret = create(gw, name="k")[1]
    equal(chat(gw, secret), (200, "MISS"))
    keep(s, gw, secret)
    equal(chat(gw, secret, cache_control={"no_cache": True, "no_store": True}), (200, "BYPASS"))

    def settled():
        got = gw.admin("GET", PATH)[1]
        return got if got["hits"] >= 1 and got["bypasses"] == 1 else None
    got = s.wait(settled)
    equal((got["type"], got["entries"], got["stored"], got["failures"]), ("memory", 1, 1, 0))
    equal(got["misses"] >= 1 and 0 < got["hit_ratio"] < 1 and got["bytes"] > 0, True, got)
    equal(got["bytes"] <= got["bytes_max"], True, got)
    equal(float(got["saved_usd"]) > 0, True, got)
    equal((got["rules"], got["single_flight"], got["purged_at"]),
          ({"enabled": True, "ttl": "10m", "scope": "global"}, True, None))
    text = s.ok("cache", "stats", gw=gw)
    contains(text, "type           memory", "ttl            10m", "scope          global")
    equal(s.ok("cache", "stats", "-q", gw=gw), "memory\n")
    equal(s.json("cache", "stats", gw=gw)["type"], "memory")


# --- purging ----------------------------------------------------------------------------------

def test_a_purge_of_a_model_or_a_key(s):
    gw = cached(s)
    (one, first), (two, second) = create(gw, name="one"), create(gw, name="two")
    keep(s, gw, first, "a")
    keep(s, gw, second, "b")
    keep(s, gw, first, "c", "slow")
    equal(gw.admin("DELETE", PATH + "?model=mock&key=" + one["id"]),
          (200, {"purged": {"model": "mock", "key": one["id"]}, "cleared": False}))
    equal([chat(gw, second, "b"), chat(gw, first, "c", "slow")], [(200, "HIT"), (200, "HIT")])
    equal(chat(gw, second, "a"), (200, "MISS"), "whoever asks")
    keep(s, gw, second, "a")
    equal(gw.admin("DELETE", PATH + "?key=" + two["id"])[1]["purged"], {"model": None, "key": two["id"]})
    equal([chat(gw, first, "a"), chat(gw, first, "b"), chat(gw, first, "c", "slow")],
          [(200, "MISS"), (200, "MISS"), (200, "HIT")])
    equal(gw.admin("DELETE", PATH + "?model=slow")[0], 200)
    equal(chat(gw, first, "c", "slow"), (200, "MISS"))


def test_an_alias_means_its_model(s):
    gw = cached(s)
    secret = create(gw, name="k")[1]
    keep(s, gw, secret, "alias")
    equal(gw.admin("DELETE", PATH + "?model=mock-alias")[1]["purged"]["model"], "mock")
    equal(chat(gw, secret, "alias"), (200, "MISS"))


def test_a_purge_of_everything_frees_the_room(s):
    gw = cached(s)
    secret = create(gw, name="k")[1]
    keep(s, gw, secret, "all")
    equal(gw.admin("DELETE", PATH), (200, {"purged": {"model": None, "key": None}, "cleared": True}))
    got = gw.admin("GET", PATH)[1]
    equal((got["entries"], got["purged_at"] is not None), (0, True))
    equal(chat(gw, secret, "all"), (200, "MISS"))
    keep(s, gw, secret, "all")


def test_a_purge_holds_after_a_restart(s):
    gw = s.new(CACHED)
    equal(gw.admin("DELETE", PATH + "?model=slow")[0], 200)
    equal(gw.admin("DELETE", PATH)[0], 200)
    at = gw.admin("GET", PATH)[1]["purged_at"]
    gw.stop()
    gw.start()
    equal(gw.admin("GET", PATH)[1]["purged_at"], at)
    secret = create(gw, name="k")[1]
    keep(s, gw, secret)


def test_purges_are_in_the_audit_log(s):
    gw = s.new(CACHED)
    id = create(gw, name="k")[0]["id"]
    gw.admin("DELETE", PATH + "?model=mock&key=" + id)
    gw.admin("DELETE", PATH)
    got = [(e["action"], e["kind"], e["object"], e["changed"]) for e in gw.admin("GET", "/admin/v1/audit?limit=2")[1]["data"]]
    equal(got, [("purge", "cache", "everything", ["entries"]), ("purge", "cache", "model=mock key=" + id, ["entries"])])


def test_bad_purges_are_refused(s):
    gw = cached(s)
    for query, status, param, message in (
            ("?model=mokc", 404, "model", "there is no model 'mokc'; did you mean 'mock'?"),
            ("?key=nothere", 404, "key", "there is no key 'nothere'"),
            ("?model=mock&key=000000000000", 404, "key", "there is no key"),
            ("?model=", 400, "model", "'model' is empty"), ("?model=mock&key=", 400, "key", "'key' is empty"),
            ("?modle=mock", 400, "modle", "did you mean 'model'?"), ("?group=x", 400, "group", "unknown parameter"),
            ("?model=" + "m" * 2000, 404, "model", "there is no model")):
        got, answer = gw.admin("DELETE", PATH + query)
        equal((got, error_of(answer)["param"]), (status, param), query)
        contains(answer["error"]["message"], message)
    equal(gw.admin("POST", PATH, {})[0], 405)
    equal(gw.admin("DELETE", PATH, headers={"Authorization": "Bearer no"})[0], 401)


# --- conduitctl -------------------------------------------------------------------------------

def test_conduitctl_purges(s):
    gw = cached(s)
    key, secret = create(gw, name="laptop")
    equal(s.json("cache", "purge", "--model", "mock", gw=gw)["purged"], {"model": "mock", "key": None})
    equal(s.json("cache", "purge", "--key", key["id"], gw=gw)["purged"], {"model": None, "key": key["id"]})
    contains(s.ok("cache", "purge", "--yes", gw=gw), "cleared  yes")
    equal(s.json("cache", "purge", gw=gw)["cleared"], True, "a script is not asked")
    for words, code, message in (
            (("--model", "mokc"), 4, "did you mean 'mock'?"), (("--key", "laptpo"), 4, f"did you mean {key['id']} (laptop)?"),
            (("--modle", "x"), 2, "did you mean 'model'?"), (("x",), 2, "unexpected argument"), (("--model", ""), 1, "is empty")):
        got, out, err = s.ctl("cache", "purge", *words, gw=gw)
        equal((got, out), (code, ""), words)
        contains(err, message)
    contains(s.ctl("cache", "purg", gw=gw)[2], "did you mean 'purge'?")


def test_a_person_is_asked_before_everything_goes(s):
    gw = cached(s)
    env = dict(os.environ, CONDUIT_ADMIN_URL=f"http://127.0.0.1:{gw.admin_port}",
               CONDUIT_ADMIN_TOKEN_FILE=f"{gw.dir}/state/admin.token")
    for answer, words, code in ((b"n\n", (), 1), (b"\n", (), 1), (b"y\n", (), 0), (b"", ("--yes",), 0), (b"", ("--model", "mock"), 0)):
        before = gw.admin("GET", PATH)[1]["purged_at"]
        time.sleep(0.01)
        master, slave = pty.openpty()
        try:
            os.write(master, answer)
            p = subprocess.run([s.args.conduitctl, "cache", "purge", *words], env=env, stdin=slave, capture_output=True, text=True,
                               timeout=30 * s.slow)
        finally:
            os.close(master)
            os.close(slave)
        equal((p.returncode, "[y/N]" in p.stderr), (code, not words), (answer, words, p.stderr))
        equal(gw.admin("GET", PATH)[1]["purged_at"] != before, code == 0 and "--model" not in words, (answer, words))


# --- keys and groups --------------------------------------------------------------------------

def test_keys_and_groups_say_how_answers_are_kept(s):
    gw = cached(s)
    rules = {"enabled": True, "ttl": "90m", "scope": "group", "max_temperature": 0.5, "namespace": "crew"}
    key = create(gw, name="k", cache=dict(rules, max_temperature="0.50"))[0]
    path = "/admin/v1/keys/" + key["id"]
    equal(key["cache"], rules)
    equal(gw.admin("PATCH", path, {"cache": {"ttl": None, "scope": "key"}})[1]["cache"],
          {"enabled": True, "scope": "key", "max_temperature": 0.5, "namespace": "crew"})
    equal(gw.admin("GET", "/admin/v1/audit?limit=1")[1]["data"][0]["changed"], ["cache"])
    lacks(json.dumps(gw.admin("PATCH", path, {"cache": None})[1]), '"cache"')
    status, group = gw.admin("POST", "/admin/v1/groups", {"name": "crew", "cache": {"enabled": False}})
    equal((status, group["cache"]), (201, {"enabled": False}))
    for body, param in (({"cache": 1}, "cache"), ({"cache": {"tll": "1h"}}, "cache"), ({"cache": {"ttl": "0s"}}, "cache.ttl"),
                        ({"cache": {"ttl": "900d"}}, "cache.ttl"), ({"cache": {"scope": "all"}}, "cache.scope")):
        status, answer = gw.admin("PATCH", path, body)
        equal((status, error_of(answer)["param"]), (400, param), body)


def test_what_a_key_says_goes_before_its_group_and_the_configuration(s):
    gw = cached(s)
    off = create(gw, name="off", cache={"enabled": False})[1]
    equal([chat(gw, off, "off"), chat(gw, off, "off")], [(200, "BYPASS")] * 2)
    gw.admin("POST", "/admin/v1/groups", {"name": "quiet", "cache": {"enabled": False}})
    member = create(gw, name="member", group="quiet")[1]
    equal(chat(gw, member, "off"), (200, "BYPASS"))
    loud, open_key = create(gw, name="loud", group="quiet", cache={"enabled": True})
    equal(chat(gw, open_key, "loud")[1] in ("MISS", "HIT"), True)
    alone, other = create(gw, name="alone", cache={"scope": "key"})[1], create(gw, name="other")[1]
    keep(s, gw, alone, "mine")
    equal(chat(gw, other, "mine"), (200, "MISS"), "scope=key is not shared")
    equal(gw.admin("PATCH", "/admin/v1/keys/" + loud["id"], {"cache": {"enabled": None}})[0], 200)
    equal(chat(gw, open_key, "loud"), (200, "BYPASS"), "the group's again, at once")


def test_settings_hold_after_a_restart(s):
    gw = s.new(CACHED)
    key, _ = create(gw, name="k", cache={"enabled": False, "namespace": "x"})
    gw.stop()
    gw.start()
    equal(gw.admin("GET", "/admin/v1/keys/" + key["id"])[1]["cache"], {"enabled": False, "namespace": "x"})


def test_conduitctl_sets_them(s):
    gw = cached(s)
    key = s.json("keys", "create", "k", "--cache", "on", "--cache-ttl", "10m", "--cache-scope", "group", gw=gw)["key"]
    equal(key["cache"], {"enabled": True, "ttl": "10m", "scope": "group"})
    contains(s.ok("keys", "show", key["id"], gw=gw), "cache        on 10m group\n")
    equal(s.json("keys", "update", key["id"], "--cache", "off", "--cache-ttl", "", gw=gw)["cache"], {"enabled": False, "scope": "group"})
    s.ok("groups", "create", "crew2", "--cache", "off", gw=gw)
    contains(s.ok("groups", "show", "crew2", gw=gw), "cache        off\n")
    for words, code, message in ((("--cache", "maybe"), 2, "'on' or 'off'"), (("--cache-ttl", "soon"), 1, "'cache.ttl' must be"),
                                 (("--cache-scope", "all"), 1, "'cache.scope' must be")):
        got, out, err = s.ctl("keys", "update", key["id"], *words, gw=gw)
        equal((got, out), (code, ""), words)
        contains(err, message)


# --- listings ---------------------------------------------------------------------------------

def test_models_show_their_own_rules(s):
    gw = s.new(CACHED.replace('fallbacks = [ "mock" ];', 'fallbacks = [ "mock" ]; cache = { ttl = "1h"; scope = "key"; };'))
    got = {m["id"]: m["cache"] for m in gw.admin("GET", "/admin/v1/models")[1]["data"]}
    equal((got["slow"], got["mock"]), ({"ttl": "1h", "scope": "key"}, {}))
    contains(gw.admin("GET", "/admin/v1/config")[1].decode(), 'type = "memory"', 'scope = "global"')

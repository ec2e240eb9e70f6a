"""Budgets of keys and groups, and what groups have paid in: said, refused, kept.
SPDX-License-Identifier: MIT"""
import csv
import io
import json
import os
import re
import shutil
import signal
import threading

from api import chat, create
from daemon import Stream
from scene import CONFIG, LONG, contains, equal, error_of, lacks

MONTH = {"usd": "10", "period": "month"}
WHOLE = {"usd": "10", "period": "month", "timezone": "UTC", "models": [], "hard": True}


def zones(folder, *names):
    """A folder of time zones, with the rules of London for each name."""
    source = os.path.join(os.path.dirname(__file__), "..", "unit", "ledger", "zones", "Europe", "London")
    for name in names:
        os.makedirs(os.path.join(folder, os.path.dirname(name)), exist_ok=True)
        shutil.copy(source, os.path.join(folder, name))
    with open(os.path.join(folder, "zone.tab"), "w") as f:
        f.write("# country, place, name\n" + "".join(f"XX\t+0+0\t{n}\n" for n in names))
    return folder


def nano(usd):
    whole, _, part = usd.partition(".")
    return int(whole) * 10 ** 9 + int((part + "0" * 9)[:9])


def in_zones(s, *names):
    gw = s.make(env={"TZDIR": "/nonexistent"})
    gw.env["TZDIR"] = zones(os.path.join(gw.dir, "zones"), *names)
    return gw.start()


# --- keys -------------------------------------------------------------------------------------

def test_budgets_are_kept_shown_and_changed(s):
    gw = in_zones(s, "Europe/Berlin")
    budgets = [{"usd": "10.50", "period": "monthly", "timezone": "Europe/Berlin", "models": ["gpt-*", "mock"], "hard": False},
               {"usd": "0.000000001", "period": "every 90m"}, {"usd": "0", "period": "total", "models": ["dear-*"]}]
    shown = [{"usd": "10.5", "period": "month", "timezone": "Europe/Berlin", "models": ["gpt-*", "mock"], "hard": False},
             dict(WHOLE, usd="0.000000001", period="every 90m"), dict(WHOLE, usd="0", period="total", models=["dear-*"])]
    key, secret = create(gw, name="spender", budgets=budgets, clamp=True, on_disconnect="drain")
    equal((key["budgets"], key["clamp"], key["on_disconnect"]), (shown, True, "drain"))
    path = "/admin/v1/keys/" + key["id"]
    equal(gw.admin("PATCH", path, {"name": "other"})[1]["budgets"], shown, "what is not said stays")
    own = json.loads(gw.request("GET", "/v1/key", headers={"X-API-Key": secret})[2])
    equal((own["budgets"], own["clamp"], own["on_disconnect"]), (shown, True, "drain"), "the client sees them, too")
    equal(gw.stop(), None)
    gw.start()
    equal(gw.admin("GET", path)[1]["budgets"], shown, "after a restart")
    equal(gw.admin("PATCH", path, {"budgets": [dict(MONTH, usd="12")]})[1]["budgets"], [dict(WHOLE, usd="12")])
    after = gw.admin("PATCH", path, {"budgets": None, "clamp": None, "on_disconnect": None})[1]
    equal((after["budgets"], after["clamp"], after["on_disconnect"]), ([], False, "cancel"))
    changed = [e["changed"] for e in gw.admin("GET", "/admin/v1/audit")[1]["data"]]
    equal(changed, [["budgets", "clamp", "on_disconnect"], ["budgets"], ["name"],
                    ["name", "budgets", "clamp", "on_disconnect", "secret"]])


def test_bad_budgets_are_refused_by_name(s):
    gw = in_zones(s, "Europe/Berlin")
    number = "a decimal string like \"10.50\""
    for budgets, param, message in (
            (MONTH, "budgets", "must be a list of at most 7"), ([MONTH] * 8, "budgets", "at most 7"), ("5", "budgets", "list"),
            (["5/month"], "budgets[0]", "must be an object like"), ([{"period": "day"}], "budgets[0].usd", "is needed"),
            ([{"usd": "1"}], "budgets[0].period", "is needed"), ([MONTH, dict(MONTH, usd=10)], "budgets[1].usd", number),
            ([dict(MONTH, usd=10.5)], "budgets[0].usd", number), ([dict(MONTH, usd="-1")], "budgets[0].usd", number),
            ([dict(MONTH, usd="1e9")], "budgets[0].usd", number), ([dict(MONTH, usd="1000000001")], "budgets[0].usd", "\"1000000000\""),
            ([dict(MONTH, usd="0.0000000001")], "budgets[0].usd", "nine decimals"), ([dict(MONTH, usd="")], "budgets[0].usd", number),
            ([dict(MONTH, usd="9" * 40)], "budgets[0].usd", number), ([dict(MONTH, period="moth")], "budgets[0].period", "'month'"),
            ([dict(MONTH, period="every 20ms")], "budgets[0].period", "every 5h"),
            ([dict(MONTH, timezone="Europe/Berln")], "budgets[0].timezone", "did you mean 'Europe/Berlin'?"),
            ([dict(MONTH, timezone="berlin")], "budgets[0].timezone", "no time zone 'berlin'"),
            ([dict(MONTH, timezone="../../etc/passwd")], "budgets[0].timezone", "the name of a time zone"),
            ([dict(MONTH, models="mock")], "budgets[0].models", "must be a list"),
            ([dict(MONTH, models=["m"] * 17)], "budgets[0].models", "at most 16"), ([dict(MONTH, hard="yes")], "budgets[0].hard", "true or false"),
            ([dict(MONTH, perod="day")], "budgets[0].perod", "unknown member 'budgets[0].perod'; did you mean 'period'?"),
            ([dict(MONTH, **{"limit": 3})], "budgets[0].limit", "unknown member"),
            ([MONTH, dict(MONTH, usd="20", hard=False, period="monthly")], "budgets[1]", "of 'budgets[0]'")):
        for path in ("/admin/v1/keys", "/admin/v1/groups"):
            status, answer = gw.admin("POST", path, {"name": "bad", "budgets": budgets})
            equal((status, error_of(answer)["param"]), (400, param), repr(budgets))
            contains(answer["error"]["message"], message)
    for body, param, message in (({"clamp": 1}, "clamp", "true or false"), ({"on_disconnect": "stop"}, "on_disconnect", "'drain'"),
                                 ({"budget": []}, "budget", "did you mean 'budgets'?"), ({"balance": {}}, "balance", "unknown member")):
        status, answer = gw.admin("POST", "/admin/v1/groups", dict(body, name="bad"))
        equal((status, error_of(answer)["param"]), (400, param), repr(body))
        contains(answer["error"]["message"], message)
    equal(gw.admin("GET", "/admin/v1/keys")[1]["data"] + gw.admin("GET", "/admin/v1/groups")[1]["data"], [])
    status, answer = gw.admin("POST", "/admin/v1/keys", '{"budgets":[{"usd":"1","usd":"2","period":"day"}]}')
    equal((status, error_of(answer)["code"]), (400, "invalid_json"), "one member said twice")


def test_limits_that_contradict_are_refused(s):
    key, _ = create(s.gw, name="narrow", tpm=1000, input_tpm=1000)
    for path, method in (("/admin/v1/keys", "POST"), ("/admin/v1/keys/" + key["id"], "PATCH")):
        for body in ({"tpm": 999, "input_tpm": 1000}, {"output_tpm": 5, "tpm": 4}):
            status, answer = s.gw.admin(method, path, body)
            equal((status, answer["error"]["param"]), (400, "input_tpm" if "input_tpm" in body or method == "PATCH" else "output_tpm"))
            contains(answer["error"]["message"], "at most 'tpm'")
    equal(s.gw.admin("PATCH", "/admin/v1/keys/" + key["id"], {"tpm": 10})[0], 400, "of what was there before")


def test_two_who_change_one_key_lose_no_budget(s):
    key, _ = create(s.gw, name="shared", budgets=[MONTH])
    path = "/admin/v1/keys/" + key["id"]
    status, answer = s.gw.admin("PATCH", path, {"budgets": [dict(MONTH, usd="20")]}, {"If-Match": '"1"'})
    equal((status, answer["version"]), (200, 2))
    status, answer = s.gw.admin("PATCH", path, {"budgets": [dict(MONTH, usd="30")]}, {"If-Match": '"1"'})
    equal((status, error_of(answer)["code"]), (409, "conflict"))
    bodies = [{"budgets": [dict(MONTH, period="week")]}, {"clamp": True}, {"on_disconnect": "drain"}, {"rpm": 5}]
    threads = [threading.Thread(target=s.gw.admin, args=("PATCH", path, b)) for b in bodies]
    [t.start() for t in threads]
    [t.join() for t in threads]
    after = s.gw.admin("GET", path)[1]
    equal((after["budgets"], after["clamp"], after["on_disconnect"], after["rpm"]), ([dict(WHOLE, period="week")], True, "drain", 5))


def test_a_zone_that_is_gone_at_start_counts_as_utc(s):
    gw = in_zones(s, "Europe/Berlin")
    _, secret = create(gw, name="traveller", budgets=[dict(MONTH, timezone="Europe/Berlin")])
    create(gw, name="companion", budgets=[dict(MONTH, timezone="Europe/Berlin", period="day")])
    equal(gw.stop(), None)
    gw.env["TZDIR"] = os.path.join(gw.dir, "nothing")
    gw.start()
    warnings = [x for x in gw.log_text().splitlines() if "time zone of budgets" in x]
    equal(len(warnings), 1, "once")
    contains(warnings[0], "warn", "zone=Europe/Berlin", "UTC")
    shown = [k["budgets"][0]["timezone"] for k in gw.admin("GET", "/admin/v1/keys")[1]["data"]]
    equal(shown, ["Europe/Berlin"] * 2)
    status, answer = gw.admin("POST", "/admin/v1/keys", {"budgets": [dict(MONTH, timezone="Europe/Berlin")]})
    equal((status, answer["error"]["param"]), (400, "budgets[0].timezone"))
    equal(gw.request("GET", "/v1/key", headers={"X-API-Key": secret})[0], 200)


# --- groups and their balance -----------------------------------------------------------------

def test_groups_have_budgets_too(s):
    status, group = s.gw.admin("POST", "/admin/v1/groups", {"name": "payers", "budgets": [MONTH], "on_disconnect": "drain"})
    equal((status, group["budgets"], group["on_disconnect"], group["balance"]), (201, [WHOLE], "drain", None))
    equal(s.gw.admin("PATCH", "/admin/v1/groups/payers", {"budgets": []})[1]["budgets"], [])


def test_credit_is_paid_in(s):
    gw = s.new()
    path = "/admin/v1/groups/prepaid"
    equal(gw.admin("POST", "/admin/v1/groups", {"name": "prepaid"})[1]["balance"], None)

    def pay(**body):
        return gw.admin("POST", path + "/credit", body)
    status, group = pay(usd="25", note="invoice 7")
    equal((status, group["name"], group["balance"], group["version"]), (200, "prepaid", {"credit": "25"}, 2))
    equal(pay(usd="0.5")[1]["balance"], {"credit": "25.5"})
    equal(pay(usd="-5.25", note=None)[1]["balance"], {"credit": "20.25"})
    status, answer = pay(usd="-20.250000001")
    equal((status, error_of(answer)["param"]), (400, "usd"))
    contains(answer["error"]["message"], "the credit of the group is 20.25 USD")
    equal(pay(usd="999999980")[0], 400, "above what there can be")
    equal(gw.admin("PATCH", path, {"models": ["mock"]})[1]["balance"], {"credit": "20.25"})
    equal(gw.stop(), None)
    gw.start()
    equal(gw.admin("GET", path)[1]["balance"], {"credit": "20.25"})
    equal(pay(usd="-20.25")[1]["balance"], {"credit": "0"}, "it stays prepaid")
    seen = [(e["action"], e["changed"], e.get("usd"), e.get("note")) for e in gw.admin("GET", "/admin/v1/audit")[1]["data"]]
    equal(seen, [("credit", ["balance"], "-20.25", None), ("update", ["models"], None, None),
                 ("credit", ["balance"], "-5.25", None), ("credit", ["balance"], "0.5", None),
                 ("credit", ["balance"], "25", "invoice 7"), ("create", ["name"], None, None)])


def test_bad_credit_is_refused_by_name(s):
    gw = s.gw
    gw.admin("POST", "/admin/v1/groups", {"name": "bank"})
    for body, param, message in (
            (None, None, "JSON object"), ("[]", None, "JSON object"), ({}, "usd", "decimal string"), ({"usd": 25}, "usd", "decimal string"),
            ({"usd": "25 USD"}, "usd", "decimal string"), ({"usd": "--5"}, "usd", "decimal string"), ({"usd": "1.0000000001"}, "usd", "nine decimals"),
            ({"usd": "1000000001"}, "usd", "1000000000"), ({"usd": "-1"}, "usd", "the credit of the group is 0 USD"),
            ({"usd": "9223372036"}, "usd", "1000000000"), ({"usd": "1", "note": 7}, "note", "at most 256 bytes"),
            ({"usd": "1", "note": "a\nb"}, "note", "control"), ({"usd": "1", "note": "x" * 257}, "note", "at most 256"),
            ({"usd": "1", "noet": "x"}, "noet", "did you mean 'note'?"), ({"amount": "1"}, "amount", "unknown member")):
        status, answer = gw.admin("POST", "/admin/v1/groups/bank/credit", body)
        equal((status, error_of(answer)["param"]), (400, param), repr(body))
        contains(answer["error"]["message"], message)
    equal(gw.admin("GET", "/admin/v1/groups/bank")[1]["balance"], None)
    status, answer = gw.admin("POST", "/admin/v1/groups/bnk/credit", {"usd": "1"})
    equal((status, error_of(answer)["code"]), (404, "not_found"))
    contains(answer["error"]["message"], "did you mean 'bank'?")
    equal(gw.admin("GET", "/admin/v1/groups/bank/credit")[0], 405)
    equal(gw.admin("POST", "/admin/v1/groups/bank/credit", {"usd": "1"}, {"If-Match": '"7"'})[0], 409)


def test_what_many_pay_in_at_once_is_all_there(s):
    s.gw.admin("POST", "/admin/v1/groups", {"name": "crowd"})
    path, results = "/admin/v1/groups/crowd", []
    threads = [threading.Thread(target=lambda: results.append(s.gw.admin("POST", path + "/credit", {"usd": "0.1"})[0]))
               for _ in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    equal((results, s.gw.admin("GET", path)[1]["balance"]), ([200] * 8, {"credit": "0.8"}))


# --- conduitctl -------------------------------------------------------------------------------

def test_one_line_makes_a_key_with_a_budget(s):
    code, out, err = s.ctl("keys", "create", "-q", "--name", "ci", "--budget", "5/month", "--rpm", "60", "--models", "mock*")
    equal((code, err), (0, ""))
    equal(bool(re.fullmatch(r"condt_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}\n", out)), True, out)
    key = s.json("keys", "show", out[6:18])
    equal((key["name"], key["budgets"], key["rpm"], key["models"]), ("ci", [dict(WHOLE, usd="5")], 60, ["mock*"]))


def test_budgets_as_flags(s):
    gw = in_zones(s, "Europe/Berlin")
    key = s.json("keys", "create", "flags", "--budget", "5/month@Europe/Berlin", "--soft-budget", "1.5/every 5h:gpt-*, o3",
                 "--budget=20/total", "--clamp", "--on-disconnect", "drain", gw=gw)["key"]
    equal(key["budgets"], [dict(WHOLE, usd="5", timezone="Europe/Berlin"),
                           dict(WHOLE, usd="1.5", period="every 5h", models=["gpt-*", "o3"], hard=False), dict(WHOLE, usd="20", period="total")])
    equal((key["clamp"], key["on_disconnect"]), (True, "drain"))
    text = "5/month@Europe/Berlin; 1.5/every 5h:gpt-*,o3 (soft); 20/total"
    contains(s.ok("keys", "show", key["id"], gw=gw), "budgets      " + text, "clamp        yes", "disconnect   drain")
    contains(s.ok("keys", "list", gw=gw), "BUDGETS", text)
    equal(next(csv.DictReader(io.StringIO(s.ok("keys", "list", "-o", "csv", gw=gw))))["budgets"], text)
    equal(json.loads(s.ok("keys", "list", "-o", "ndjson", gw=gw))["budgets"], key["budgets"])
    contains(s.ok("keys", "create", "told", "--budget", "3/week", gw=gw), "budgets     3/week")
    after = s.json("keys", "update", key["id"], "--budget", "none", "--no-clamp", "--on-disconnect", "", gw=gw)
    equal((after["budgets"], after["clamp"], after["on_disconnect"]), ([], False, "cancel"))
    equal(s.json("keys", "update", key["id"], "--budget", "7/day", gw=gw)["budgets"], [dict(WHOLE, usd="7", period="day")])


def test_wrong_budget_flags_are_told(s):
    for words, want, message in (
            (("--budget", "5"), 2, "--budget takes USD/PERIOD"), (("--soft-budget", "/month"), 2, "--soft-budget takes"),
            (("--budget", "5/month@"), 2, "takes USD/PERIOD"), (("--budget", "5/day", "--budget", "none"), 2, "no other budget"),
            (("--clamp", "--no-clamp"), 2, "not both"), (("--budgt", "5/day"), 2, "did you mean 'budget'?"),
            (("--name", "twice"), 2, "said twice"), (("--budget", "five/month"), 1, "'budgets[0].usd' must be"),
            (("--budget", "5/moon"), 1, "'budgets[0].period' must be"), (("--budget", "5/day@Mars/Base"), 1, "no time zone 'Mars/Base'"),
            (("--on-disconnect", "stop"), 1, "'on_disconnect' must be")):
        code, out, err = s.ctl("keys", "create", "wrong", *words)
        equal((code, out), (want, ""), words)
        contains(err, message)
    lacks(s.ok("keys", "list"), "wrong")


def test_groups_are_given_credit(s):
    equal(s.json("groups", "create", "--name", "clients", "--budget", "9/day")["budgets"], [dict(WHOLE, usd="9", period="day")])
    contains(s.ok("groups", "show", "clients"), "budgets      9/day", "credit       -")
    contains(s.ok("groups", "credit", "clients", "25", "--note", "invoice 7"), "credit       25")
    equal(s.json("groups", "credit", "clients", "-5.5")["balance"], {"credit": "19.5"})
    table = s.ok("groups", "list")
    contains(table, "CREDIT", "19.5", "9/day")
    code, _, err = s.ctl("groups", "credit", "clients", "-20")
    equal(code, 1)
    contains(err, "the credit of the group is 19.5 USD")
    equal(s.ctl("groups", "credit", "clents", "1")[0], 4)
    equal(s.ctl("groups", "credit", "clients")[0], 2)
    rows = list(csv.DictReader(io.StringIO(s.ok("audit", "list", "--limit", "2", "-o", "csv"))))
    equal([(r["action"], r["object"], r["usd"], r["note"]) for r in rows],
          [("credit", "clients", "-5.5", ""), ("credit", "clients", "25", "invoice 7")])
    contains(s.ok("help", "groups", "credit"), "--note TEXT", "invoice 7")


# --- what becomes of it -----------------------------------------------------------------------

def test_the_key_of_the_help_behaves_as_it_says(s):
    gw = s.new(CONFIG.replace('name = "mock"; aliases', 'name = "gpt-mock"; aliases').replace('fallbacks = [ "mock" ];', ""))
    secret = s.ok("keys", "create", "-q", "--name", "ci", "--budget", "5/month", "--rpm", "3", "--models", "gpt-*", gw=gw)
    equal(bool(re.fullmatch(r"condt_[0-9A-Za-z]{12}_[0-9A-Za-z]+\n", secret)), True, "the secret alone")
    secret = secret.strip()
    equal(chat(gw, secret, "slow")[0], 403, "another model")
    answers = [chat(gw, secret, "gpt-mock") for _ in range(4)]
    equal([a[0] for a in answers], [200, 200, 200, 429])
    cost = sum(nano(a[1]["x-conduit-cost-usd"]) for a in answers[:3])
    own = json.loads(gw.request("GET", "/v1/key", headers={"X-API-Key": secret})[2])
    equal((own["spending"][0]["usd"], own["spending"][0]["period"], nano(own["spending"][0]["spent"])), ("5", "month", cost))
    equal(cost > 0, True)


def test_drain_and_reload_with_money_held_charge_what_is_said(s):
    config = LONG.replace('unpriced = "free"', 'price = { input = "1"; output = "4"; }')
    for how in (signal.SIGHUP, signal.SIGTERM):
        gw = s.new(config)
        key, secret = create(gw, name="held", budgets=[{"usd": "1", "period": "total"}])
        stream = Stream(gw, secret)
        equal(gw.admin("GET", "/admin/v1/keys/" + key["id"])[1]["spending"][0]["held"] == "0", False)
        gw.process.send_signal(how)
        contains(stream.join(), "data: [DONE]")
        if how == signal.SIGTERM:
            equal(gw.process.wait(10 * s.slow), 0)
            gw.start()
        only = gw.admin("GET", "/admin/v1/ledger?key=" + key["id"])[1]["data"]
        equal([(e["kind"], e["reason"]) for e in only], [("post", "reported")], how)
        equal(gw.admin("GET", "/admin/v1/keys/" + key["id"])[1]["spending"][0]["held"], "0")


def test_a_second_term_leaves_holds_that_the_next_start_charges(s):
    gw = s.new(LONG.replace('unpriced = "free"', 'price = { input = "1"; output = "4"; }'))
    key, secret = create(gw, name="cut", budgets=[{"usd": "1", "period": "total"}])
    stream = Stream(gw, secret)
    gw.process.send_signal(signal.SIGTERM)
    s.wait(lambda: gw.admin("GET", "/admin/v1/status")[1]["status"] == "draining")
    gw.process.send_signal(signal.SIGTERM)
    stream.join()
    equal((stream.cut, gw.process.wait(10 * s.slow)), (True, 0))
    gw.start()
    only = gw.admin("GET", "/admin/v1/ledger?key=" + key["id"])[1]["data"]
    equal([(e["kind"], e["amount"] != "0") for e in only], [("recover", True)])
    record = gw.admin("GET", "/admin/v1/requests?model=slow&provider=mock")[1]["data"][0]
    equal((record["outcome"], record["key"], record["operation"], record["total_us"]), ("INTERRUPTED", key["id"], "chat", None))
    equal([(a["target"], a["provider"], a["model"], a["outcome"], a["cost_usd"]) for a in record["attempts"]],
          [("mock/mock-n60-g50", "mock", "mock-n60-g50", "INTERRUPTED", only[0]["amount"])])
    row = gw.admin("GET", "/admin/v1/usage?by=model,provider")[1]["data"][0]
    equal((row["model"], row["provider"], row["cost_usd"]), ("slow", "mock", only[0]["amount"]))
    equal(gw.admin("GET", "/admin/v1/ledger/verify")[1]["ok"], True)

"""Records of requests and their sums, through the admin API and conduitctl.
SPDX-License-Identifier: MIT"""
import csv
import io
import json
import re
import subprocess
import time

from api import chat, create
from scene import contains, equal, lacks
from usage import RECORD, raw, usage

ATTEMPT = ["target", "provider", "model", "outcome", "charge", "http_status", "cost_usd", "start_us", "head_us", "first_us",
           "end_us"]


def records(s, gw, count, query=""):
    """The records, newest first, once there are so many."""
    def all_of_them():
        page = gw.admin("GET", "/admin/v1/requests" + query)[1]["data"]
        return page if len(page) == count else None
    return s.wait(all_of_them)


def test_each_request_is_a_record_and_a_part_of_sums(s):
    gw = s.new()
    gw.admin("POST", "/admin/v1/groups", {"name": "team"})
    key, secret = create(gw, name="one", group="team")
    other, second = create(gw, name="two")
    ids = [chat(gw, secret)[1]["x-request-id"] for _ in range(3)] + [chat(gw, second)[1]["x-request-id"]]
    page = records(s, gw, 4)
    equal(sorted(r["id"] for r in page), sorted(ids))
    for r in page:
        equal(list(r), RECORD)
        equal((r["model"], r["provider"], r["operation"], r["status"], r["outcome"], r["stream"]),
              ("mock", "mock", "chat", 200, "OK", False))
        equal([list(a) for a in r["attempts"]], [ATTEMPT])
        equal(r["total_us"] > 0 and r["input_tokens"] > 0 and r["output_tokens"] > 0, True, r)
        equal(gw.admin("GET", "/admin/v1/requests/" + r["id"]), (200, r))
    rows = usage(gw, "?by=key,group")["data"]
    equal({(r["key"], r["group"], r["requests"]) for r in rows}, {(key["id"], "team", 3), (other["id"], None, 1)})
    total = usage(gw, "?by=day,model,provider")["total"]
    for name in ("input_tokens", "output_tokens", "total_us"):
        equal(total[name], sum(r[name] for r in page), name)
    equal((total["requests"], total["errors"]), (4, 0))
    for grain in ("minute", "hour", "day"):
        rows = usage(gw, "?by=" + grain)["data"]
        equal(sum(r["requests"] for r in rows), 4, grain)
        equal(all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z", r["time"]) for r in rows), True)
    equal(usage(gw, "?key=" + other["id"])["total"]["requests"], 1)
    equal(usage(gw, "?group=")["total"]["requests"], 1)
    equal(usage(gw, "?model=nothing")["data"], [])
    equal(gw.stop(), None)
    gw.start()
    equal(gw.admin("GET", "/admin/v1/requests")[1]["data"], page, "after a restart")
    equal(usage(gw, "?by=day,model,provider")["total"], total, "after a restart")


def test_records_come_in_pages_and_by_filter(s):
    gw = s.new()
    key, secret = create(gw, name="paged")
    for model in ("mock", "mock", "mock-alias", "broken", "mock"):
        chat(gw, secret, model)
    everything = records(s, gw, 5)
    got, cursor = [], ""
    while cursor is not None:
        page = gw.admin("GET", "/admin/v1/requests?limit=2" + (f"&cursor={cursor}" if cursor else ""))[1]
        got, cursor = got + page["data"], page["next"]
    equal(got, everything)
    failed = [r for r in everything if r["status"] >= 500]
    equal(gw.admin("GET", "/admin/v1/requests?status=5xx")[1]["data"], failed)
    equal(gw.admin("GET", f"/admin/v1/requests?status={failed[0]['status']}&outcome={failed[0]['outcome']}")[1]["data"], failed)
    equal(len(gw.admin("GET", "/admin/v1/requests?model=mock&provider=mock&key=" + key["id"])[1]["data"]), 4, "an alias is its model")
    equal(gw.admin("GET", "/admin/v1/requests?key=nobody")[1]["data"], [])
    equal(gw.admin("GET", "/admin/v1/requests?to=2026-01-01")[1]["data"], [])
    head, text = raw(gw, "/admin/v1/requests?format=csv&limit=2")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    equal([r["id"] for r in rows], [r["id"] for r in everything[:2]])
    equal((rows[0]["attempts"], rows[0]["stream"]), (str(len(everything[0]["attempts"])), "false"))
    head, text = raw(gw, "/admin/v1/requests?format=ndjson&cursor=" + head["x-next-cursor"])
    equal([json.loads(line) for line in text.splitlines()], everything[2:])
    equal("x-next-cursor" in head, False)
    head, text = raw(gw, "/admin/v1/usage?by=model&format=ndjson")
    equal([json.loads(line) for line in text.splitlines()], usage(gw, "?by=model")["data"])


def test_spreadsheets_find_no_formulas(s):
    gw = s.new()
    secret = create(gw, name="evil")[1]
    body = json.dumps({"model": "mock", "messages": [{"role": "user", "content": "hi"}]})
    gw.request("POST", "/v1/chat/completions", body, {"Authorization": "Bearer " + secret, "Content-Type": "application/json",
                                                      "User-Agent": "=cmd|' /C calc'!A0,\"x\""})
    records(s, gw, 1)
    text = raw(gw, "/admin/v1/requests?format=csv")[1]
    contains(text, "\"'=cmd|' /C calc'!A0,\"\"x\"\"\"")
    lacks(s.ok("requests", "list", "-o", "csv", gw=gw), ",=")


def test_the_newest_of_a_repeated_id_is_shown(s):
    gw = s.new()
    secret = create(gw, name="again")[1]
    body = json.dumps({"model": "mock", "messages": [{"role": "user", "content": "hi"}]})
    for agent in ("first", "second"):
        gw.request("POST", "/v1/chat/completions", body, {"Authorization": "Bearer " + secret, "X-Request-Id": "same",
                                                          "Content-Type": "application/json", "User-Agent": agent})
    equal([r["id"] for r in records(s, gw, 2)], ["same", "same"])
    equal(gw.admin("GET", "/admin/v1/requests/same")[1]["agent"], "second")


def test_ctl_shows_usage_and_requests(s):
    gw = s.new()
    key, secret = create(gw, name="shown")
    for _ in range(3):
        chat(gw, secret)
    page = records(s, gw, 3)
    lines = s.ok("usage", "--by", "key,model", gw=gw).splitlines()
    equal(lines[0].split(), ["KEY", "MODEL", "REQUESTS", "ERRORS", "INPUT", "CACHED", "OUTPUT", "MEAN", "US", "USD", "HITS",
                              "SAVED", "USD"])
    equal(lines[1].split()[:3], [key["id"], "mock", "3"])
    equal(s.json("usage", "--by", "day", "--since", "1d", gw=gw)["total"]["requests"], 3)
    rows = list(csv.DictReader(io.StringIO(s.ok("usage", "--by", "provider", "-o", "csv", gw=gw))))
    equal([(r["provider"], r["requests"]) for r in rows], [("mock", "3")])
    equal(s.ok("requests", "list", "-q", gw=gw).split(), [r["id"] for r in page])
    equal(s.ok("requests", "list", "-q", "--limit", "2", gw=gw).split(), [r["id"] for r in page[:2]])
    equal(s.ok("requests", "list", "-q", "--key", "nobody", gw=gw), "")
    equal(s.json("requests", "show", page[0]["id"], gw=gw), page[0])
    contains(s.ok("requests", "show", page[0]["id"], gw=gw), "TARGET", "reported", key["id"])


def test_tail_prints_each_request_once(s):
    gw = s.new()
    secret = create(gw, name="tailed")[1]
    chat(gw, secret)
    records(s, gw, 1)
    env = dict(gw.env, CONDUIT_ADMIN_URL=f"http://127.0.0.1:{gw.admin_port}",
               CONDUIT_ADMIN_TOKEN_FILE=f"{gw.dir}/state/admin.token")
    p = subprocess.Popen([s.args.conduitctl, "requests", "tail", "-q", "--every", "1"], env=env, stdout=subprocess.PIPE, text=True)
    try:
        seen = [p.stdout.readline().strip()]
        for _ in range(2):
            chat(gw, secret)
        seen += [p.stdout.readline().strip() for _ in range(2)]
        time.sleep(1.5)
    finally:
        p.kill()
        rest = p.communicate()[0]
    equal(rest, "")
    equal(seen, [r["id"] for r in reversed(records(s, gw, 3))])

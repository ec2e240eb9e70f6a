"""Records of requests and their sums, through the admin API and conduitctl.
SPDX-License-Identifier: MIT"""
import csv
import datetime
import io
import json
import re
import subprocess
import time

from api import chat, create
from scene import CONFIG, contains, equal, error_of, lacks
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


def test_what_sums_do_not_know_is_counted(s):
    gw = s.new(CONFIG.replace("models = (", 'models = ( { name = "failing"; targets = ( { provider = "mock"; model = "mock-x503"; } ); unpriced = "free"; },'))
    secret = create(gw, name="counted")[1]
    for model in ("mock", "mock", "failing", "mock", "failing"):
        chat(gw, secret, model)
    page = records(s, gw, 5)
    begin = page[-1]["time"][:14] + "00:00Z"
    ask = lambda more: gw.admin("GET", f"/admin/v1/requests?sums=hour&from={begin}&{more}")[1]  # noqa: E731
    for more, n in (("status=2xx", 3), ("status=5xx", 2), ("outcome=OK", 3), ("outcome=OKAY", 0), ("status=5xx&model=mock", 0),
                    ("status=5xx&model=failing&key=" + page[0]["key"], 2), ("status=2xx&provider=mock", 3), ("status=2xx&limit=1", 3)):
        answer = ask(more)
        counts = answer["counts"]
        equal((answer["sums"], counts["total"], sum(r["requests"] for r in counts["data"])), (None, n, n), more)
        equal(counts["from"], begin.replace("Z", ".000Z"))
        equal(all(r["requests"] > 0 and r["time"].endswith(":00:00.000Z") for r in counts["data"]), True)
    equal("counts" in ask("model=mock"), False)
    equal(ask("status=2xx&key=nobody")["counts"]["total"], 0)
    equal(gw.admin("GET", "/admin/v1/requests?sums=minute&status=2xx&from=2026-01-01")[1]["counts"], None)    # too many
    equal("counts" in gw.admin("GET", "/admin/v1/requests?status=2xx")[1], False)


def test_the_biggest_are_named_and_all_others_are_one(s):
    gw = s.new()
    keys = [create(gw, name=f"k{i}") for i in range(5)]
    for times, (_, secret) in enumerate(keys, 1):
        for _ in range(times):
            chat(gw, secret)
    records(s, gw, 15)
    named = [key["id"] for key, _ in keys]
    for top, told in ((5, named), (9, named), (3, named[3:] + ["(other)"]), (1, ["(other)"])):
        rows = usage(gw, f"?by=key,day&top={top}&top_by=requests")["data"]
        equal(sorted({r["key"] for r in rows}), sorted(told), f"top {top}")
        equal(sum(r["requests"] for r in rows), 15)
    answer = usage(gw, "?by=key&top=3&top_by=requests")
    equal({r["key"]: r["requests"] for r in answer["data"]}, {named[4]: 5, named[3]: 4, "(other)": 6})
    equal(answer["total"], usage(gw)["total"])
    equal(answer["key_names"], {named[4]: "k4", named[3]: "k3"})
    lines = s.ok("usage", "--by", "key", "--top", "2", "--top-by", "requests", gw=gw).splitlines()
    equal([line.split()[:2] for line in lines[1:]], [["(other)", "10"], [named[4], "5"], ["TOTAL", "15"]])


def test_a_report_is_one_answer_about_one_moment(s):
    gw = s.new()
    keys = [create(gw, name=f"k{i}") for i in range(4)]
    for key, secret in keys:
        chat(gw, secret)
    records(s, gw, 4)
    answer = usage(gw, "/report?by=key,hour&top=2")
    equal(sorted(answer), ["before", "names", "series"])
    equal(len({r["key"] for r in answer["series"]["data"]}), 2)
    equal(sorted(r["key"] for r in answer["names"]["data"]), sorted(key["id"] for key, _ in keys))
    equal((answer["names"]["total"], answer["before"]["data"]), (answer["series"]["total"], []))
    equal((answer["names"]["from"], answer["names"]["to"]), (answer["series"]["from"], answer["series"]["to"]))
    equal(answer["before"]["to"], answer["series"]["from"])
    equal(sorted(answer["names"]["key_names"].values()), ["k0", "k1", "k2", "k3"])
    # By default it is as long, and ends where this one begins; also when they are rounded.
    for query in ("by=model,day&top=5", "by=model,hour&top=5&from=2026-11-22T10:30:00Z&to=2026-11-22T10:40:00Z"):
        answer = usage(gw, "/report?" + query)
        times = {n: [datetime.datetime.fromisoformat(answer[n][end][:19]) for end in ("from", "to")] for n in answer}
        (begin, end), before = times["series"], times["before"]
        equal((times["names"], before), ([begin, end], [begin - (end - begin), begin]), query)
    # Where only hours are kept, none of the hours is in both.
    now = datetime.datetime.utcnow()
    answer = usage(gw, f"/report?by=model,minute&top=5&from={(now - datetime.timedelta(hours=30)).isoformat()[:16]}:00Z")
    equal(answer["before"]["to"] <= answer["series"]["from"], True, answer["before"]["to"])
    equal(answer["before"]["to"][14:], "00:00.000Z")
    # The month before may be shorter than this one has become, and no moment is told twice.
    answer = usage(gw, "/report?by=model,day&top=8&from=2026-03-01&to=2026-03-31&before=2026-02-01")
    equal([(answer[n]["from"][:10], answer[n]["to"][:10]) for n in ("before", "names", "series")],
          [("2026-02-01", "2026-03-01"), ("2026-03-01", "2026-03-31"), ("2026-03-01", "2026-03-31")])


def refused(gw, path, word):
    status, answer = gw.admin("GET", path)
    equal(status, 400, path)
    contains(answer["error"]["message"], word)


def test_the_overview_is_one_answer(s):
    gw = s.new()
    status, answer = gw.admin("GET", "/admin/v1/overview?by=hour")
    equal((status, sorted(answer)), (200, ["keys", "models", "status", "targets", "usage"]))
    equal((answer["models"], answer["keys"], answer["usage"]["total"]["requests"]), ([], [], 0))
    secret = create(gw, name="one")[1]
    for _ in range(3):
        chat(gw, secret)
    records(s, gw, 3)
    status, answer = gw.admin("GET", "/admin/v1/overview?by=minute")
    equal(status, 200, answer)
    equal([r["model"] for r in answer["models"]], ["mock"])
    equal([r["requests"] for r in answer["keys"]], [3])
    equal(sum(r["requests"] for r in answer["usage"]["data"]), 3)
    equal(answer["keys"][0]["cost_usd"], answer["usage"]["total"]["cost_usd"])
    equal([t["name"] for t in answer["targets"]["data"]],
          [t["name"] for t in gw.admin("GET", "/admin/v1/targets")[1]["data"]])
    equal(answer["status"]["version"], gw.admin("GET", "/admin/v1/status")[1]["version"])
    for query, word in (("", "minute, hour or day"), ("?by=model", "minute, hour or day"), ("?by=hour&key=x", "key")):
        refused(gw, "/admin/v1/overview" + query, word)


def test_answers_bring_the_names_of_their_keys(s):
    gw = s.new()
    equal(gw.admin("POST", "/admin/v1/groups", {"name": "crew"})[0], 201)
    first, secret = create(gw, name="one", group="crew")
    other, other_secret = create(gw)
    chat(gw, secret)
    chat(gw, secret)
    chat(gw, other_secret)
    page = records(s, gw, 3)
    named = {first["id"]: "one"}
    for path in ("requests", "usage?by=key", "usage?by=minute,key,model", "overview?by=hour", "audit?kind=key", "audit",
                 "requests/" + next(r["id"] for r in page if r["key"] == first["id"]) + "?key_names=true"):
        equal(gw.admin("GET", "/admin/v1/" + path)[1].get("key_names"), named, path)
    for path in ("usage", "usage?by=model", "requests?model=nothing", "audit?kind=group", "requests?key=" + other["id"]):
        equal("key_names" in gw.admin("GET", "/admin/v1/" + path)[1], False, path)
    gw.admin("PATCH", "/admin/v1/keys/" + first["id"], {"name": "renamed"})
    equal(gw.admin("GET", "/admin/v1/requests")[1]["key_names"], {first["id"]: "renamed"})
    gw.admin("DELETE", "/admin/v1/keys/" + first["id"])
    equal("key_names" in gw.admin("GET", "/admin/v1/requests")[1], False, "it is known no more")


def test_the_first_steps_and_who_may_ask_are_one_answer_each(s):
    gw = s.new()
    equal(gw.admin("POST", "/admin/v1/groups", {"name": "crew"})[0], 201)
    for name in ("one", "two"):
        create(gw, name=name, group="crew")
    status, answer = gw.admin("GET", "/admin/v1/start")
    equal((status, sorted(answer)), (200, ["models", "status"]))
    equal(answer["models"], gw.admin("GET", "/admin/v1/models")[1])
    equal(answer["status"]["keys"], 2)
    status, answer = gw.admin("GET", "/admin/v1/access?limit=1")
    equal((status, sorted(answer)), (200, ["groups", "keys"]))
    for name in ("groups", "keys"):
        equal(answer[name], gw.admin("GET", f"/admin/v1/{name}?limit=1")[1], name)
    equal(answer["keys"]["next"] is None, False)
    for query, word in (("?after=crew", "first of each"), ("?limit=0", "from 1 to 1000"), ("?key=x", "key")):
        refused(gw, "/admin/v1/access" + query, word)


def test_what_serves_is_one_answer(s):
    gw = s.new()
    secret = create(gw, name="one")[1]
    for _ in range(2):
        chat(gw, secret)
    records(s, gw, 2)
    status, answer = gw.admin("GET", "/admin/v1/serving?from=2020-01-01")
    equal((status, sorted(answer)), (200, ["models", "providers", "routes", "targets", "usage"]))
    for name in ("models", "providers", "routes"):
        equal(answer[name], gw.admin("GET", "/admin/v1/" + name)[1], name)
    equal([t["name"] for t in answer["targets"]["data"]],
          [t["name"] for t in gw.admin("GET", "/admin/v1/targets")[1]["data"]])
    equal([(r["model"], r["provider"], r["requests"]) for r in answer["usage"]["data"]], [("mock", "mock", 2)])
    for query, word in (("?by=model", "leave 'by' away"), ("?from=soon", "must be a time"), ("?key=x", "key")):
        refused(gw, "/admin/v1/serving" + query, word)


def test_records_come_with_the_sums_of_their_filter(s):
    gw = s.new()
    secret = create(gw, name="one")[1]
    for _ in range(2):
        chat(gw, secret)
    records(s, gw, 2)
    status, answer = gw.admin("GET", "/admin/v1/requests?from=2020-01-01&sums=day&limit=1")
    equal((status, len(answer["data"]), answer["sums"]["total"]["requests"]), (200, 1, 2))
    equal(sum(r["requests"] for r in answer["sums"]["data"]), 2)
    answer = gw.admin("GET", "/admin/v1/requests?from=2020-01-01&sums=day&model=other")[1]
    equal((answer["data"], answer["sums"]["total"]["requests"]), ([], 0))
    answer = gw.admin("GET", "/admin/v1/requests?from=2020-01-01&sums=day&status=4xx")[1]
    equal((answer["data"], answer["sums"]), ([], None))
    for query in ("?sums=hour", "?from=2020-01-01&sums=year"):
        status, answer = gw.admin("GET", "/admin/v1/requests" + query)
        equal((status, error_of(answer)["param"]), (400, "sums"), query)


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

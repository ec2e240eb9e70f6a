"""Answers that are known: how they are recorded, summed, logged and counted.
SPDX-License-Identifier: MIT"""
import csv
import io
import json
import re
import threading
import time

from api import ask, create
from faulty import Faulty
from records import records
from scene import contains, equal
from usage import raw, usage

PRICE = 'price = { input = "1000"; output = "2000"; };'     # USD for a million: a token costs 0.001 or 0.002
UP = """
server = { listen = ( { address = "127.0.0.1"; port = 0; } ); workers = 1; };
admin = { listen = ( { address = "127.0.0.1"; port = 0; } ); };
providers = ( { name = "up"; type = "openai"; base_url = "http://127.0.0.1:@port@/v1"; keys = ( { id = "a"; secret = "sk-a"; } ); } );
models = ( { name = "m"; targets = ( { provider = "up"; model = "m1"; } ); %s } );
logging = { access = "@dir@/access.log"; };
cache = { type = "memory"; max_temperature = "2"; @cache@ };
""" % PRICE
HEAD = {"Content-Type": "application/json"}


class Known:
    """A gateway with a cache, before an upstream of ours."""

    def __init__(self, s, cache=""):
        self.s, self.up = s, Faulty()
        self.gw = s.new(UP.replace("@port@", str(self.up.port)).replace("@cache@", cache))
        self.key, self.secret = create(self.gw, name="k")

    def chat(self, text="hi", **more):
        """(status, x-cache, head)"""
        body = json.dumps(dict({"model": "m", "messages": [{"role": "user", "content": text}]}, **more))
        status, head, _ = self.gw.request("POST", "/v1/chat/completions", body, dict(HEAD, Authorization="Bearer " + self.secret))
        return status, head.get("x-cache"), head

    def records(self, count, query=""):
        return records(self.s, self.gw, count, query)

    def metric(self, name):
        text = ask(self.gw, "/metrics", {"Authorization": "Bearer " + self.gw.token})[2].decode()
        found = re.search("^" + re.escape(name) + r" (\S+)$", text, re.M)
        return float(found.group(1)) if found else None


def test_hits_are_recorded_with_what_they_saved(s):
    k = Known(s)
    equal([k.chat()[:2] for _ in range(3)], [(200, "MISS"), (200, "HIT"), (200, "HIT")])
    equal(k.chat(cache_control={"no_cache": True, "no_store": True})[:2], (200, "BYPASS"))
    equal(k.up.asked, 2)
    page = k.records(4)
    equal(sorted(r["cache"] for r in page), ["BYPASS", "HIT", "HIT", "MISS"])
    miss, hit = (next(r for r in page if r["cache"] == word) for word in ("MISS", "HIT"))
    tokens = ("input_tokens", "output_tokens", "provider", "model", "outcome", "status")
    equal([hit[n] for n in tokens], [miss[n] for n in tokens])
    equal((miss["saved_usd"], miss["answered_by"], len(miss["attempts"])), ("0", None, 1))
    equal((hit["saved_usd"], hit["cost_usd"], hit["attempts"], hit["provider"]), (miss["cost_usd"], "0", [], "up"))
    equal(hit["answered_by"], {"target": "up/m1", "provider": "up", "model": "m1"})
    equal(k.gw.admin("GET", "/admin/v1/requests/" + hit["id"])[1], hit)
    for query, count in (("cache=HIT", 2), ("cache=MISS", 1), ("cache=STALE", 0), ("cache=", 0), ("cache=HIT&provider=up", 2)):
        equal(len(k.gw.admin("GET", "/admin/v1/requests?" + query)[1]["data"]), count, query)
    # In sums tokens and times are those of the two that asked.
    total = usage(k.gw, "?by=key,provider")["data"]
    equal([(r["provider"], r["requests"], r["hits"], r["total_count"]) for r in total], [("up", 4, 2, 2)])
    equal((total[0]["input_tokens"], total[0]["output_tokens"]), (2 * miss["input_tokens"], 2 * miss["output_tokens"]))
    equal([float(total[0][n]) for n in ("cost_usd", "saved_usd")], [2 * float(miss["cost_usd"])] * 2)
    equal(k.gw.stop(), None)
    k.gw.start()
    equal(k.gw.admin("GET", "/admin/v1/requests")[1]["data"], page, "after a restart")
    equal(usage(k.gw, "?by=key,provider")["data"], total, "after a restart")


def test_hits_are_shown_logged_and_counted(s):
    k = Known(s)
    heads = [k.chat()[2] for _ in range(3)]
    page = k.records(3)
    line = k.gw.access_line(heads[2]["x-request-id"])
    equal([line[n] for n in ("cache", "provider", "target", "upstream_model", "attempts", "cost_usd", "out_tok")],
          ["HIT", "up", "up/m1", "m1", 0, "0", page[0]["output_tokens"]])
    equal(k.gw.access_line(heads[0]["x-request-id"])["cache"], "MISS")
    saved = float(page[2]["cost_usd"]) * 2
    for name, value in (('cache_requests_total{result="hit"}', 2), ('cache_requests_total{result="miss"}', 1),
                        ("cache_saved_usd_total", saved), ('attempts_total{provider="up"}', 1),
                        ('tokens_total{provider="up",model="m1",kind="output"}', page[2]["output_tokens"]),
                        ('time_to_first_token_seconds_count{provider="up",model="m1"}', 1),
                        ('requests_total{model="m",provider="up",target="up/m1",outcome="OK"}', 1)):
        equal(k.metric("conduit_" + name), value, name)
    rows = list(csv.DictReader(io.StringIO(raw(k.gw, "/admin/v1/requests?format=csv&cache=HIT")[1])))
    equal([(r["cache"], r["answered_by"], r["attempts"]) for r in rows], [("HIT", "up/m1", "0")] * 2)
    lines = raw(k.gw, "/admin/v1/usage?by=model&format=ndjson")[1].splitlines()
    equal([(json.loads(row)["hits"], float(json.loads(row)["saved_usd"])) for row in lines], [(2, saved)])
    equal(s.ok("requests", "list", "-q", "--cache", "HIT", gw=k.gw).split(), [r["id"] for r in page[:2]])
    equal(s.ok("requests", "list", "--cache", "", "-q", gw=k.gw), "")
    contains(s.ok("requests", "show", page[0]["id"], gw=k.gw), "cache        HIT", "answered by  up/m1")
    rows = list(csv.DictReader(io.StringIO(s.ok("usage", "--by", "key", "-o", "csv", gw=k.gw))))
    equal([(r["hits"], float(r["saved_usd"])) for r in rows], [("2", saved)])


def test_what_was_shared_in_flight_saved_as_much(s):
    k = Known(s)
    k.up.play(delay=2 * s.slow)
    got = []
    threads = [threading.Thread(target=lambda: got.append(k.chat()[:2])) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    equal((sorted(got), k.up.asked), ([(200, "COALESCED"), (200, "COALESCED"), (200, "MISS")], 1))
    page = k.records(2, "?cache=COALESCED")
    cost = k.records(1, "?cache=MISS")[0]["cost_usd"]
    equal([(r["saved_usd"], r["cost_usd"], r["provider"], r["attempts"]) for r in page], [(cost, "0", "up", [])] * 2)
    equal((usage(k.gw)["total"]["hits"], k.metric('conduit_cache_requests_total{result="coalesced"}')), (2, 2))


def test_who_followed_in_vain_has_no_record(s):
    """Nobody was asked for them, and nothing was saved."""
    k = Known(s)
    k.up.play(status=400, delay=2 * s.slow)
    threads = [threading.Thread(target=k.chat) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    equal(k.up.asked, 1)
    page = k.records(1)
    equal((page[0]["cache"], len(page[0]["attempts"])), ("MISS", 1))
    time.sleep(0.3)
    equal((usage(k.gw)["total"]["requests"], usage(k.gw)["total"]["hits"]), (1, 0))


def test_an_old_answer_and_the_new_one_behind_it_are_one_record(s):
    k = Known(s, 'ttl = "1s"; stale_while_revalidate = "1h";')
    equal(k.chat()[:2], (200, "MISS"))
    time.sleep(1.1)
    k.up.play(delay=0.3)
    equal(k.chat()[:2], (200, "STALE"))
    stale, miss = k.records(2)
    equal((stale["cache"], stale["outcome"], stale["status"], stale["saved_usd"]), ("STALE", "OK", 200, miss["cost_usd"]))
    equal([(a["outcome"], a["cost_usd"]) for a in stale["attempts"]], [("OK", miss["cost_usd"])])
    total = usage(k.gw)["total"]
    equal((total["requests"], total["hits"], total["errors"], total["total_count"]), (2, 1, 0, 1))
    equal(total["output_tokens"], 2 * miss["output_tokens"])
    equal(k.metric('conduit_http_request_duration_seconds_count{route="/v1/chat/completions"}'), 1)
    time.sleep(1.1)
    k.up.play(status=500)
    equal(k.chat()[:2], (200, "STALE"))
    failed = k.records(3)[0]
    equal((failed["outcome"], failed["status"], {a["outcome"] for a in failed["attempts"]}), ("OK", 200, {"UPSTREAM"}))
    equal(k.gw.access_line(failed["id"]).get("kind"), None)


def test_an_old_answer_for_want_of_a_new_one(s):
    k = Known(s, 'ttl = "1s"; stale_if_error = "1h";')
    equal(k.chat()[:2], (200, "MISS"))
    time.sleep(1.1)
    k.up.play(status=500)
    status, word, head = k.chat()
    equal((status, word), (200, "STALE"))
    stale, miss = k.records(2)
    equal((stale["cache"], stale["outcome"], stale["saved_usd"]), ("STALE", "OK", miss["cost_usd"]))
    equal((stale["answered_by"]["target"], {a["outcome"] for a in stale["attempts"]}), ("up/m1", {"UPSTREAM"}))
    total = usage(k.gw)["total"]
    equal((total["hits"], total["errors"], total["output_tokens"]), (1, 0, miss["output_tokens"]))
    equal(k.gw.access_line(head["x-request-id"]).get("kind"), None)

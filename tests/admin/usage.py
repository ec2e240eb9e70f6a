"""Questions about usage and about single requests: what is refused, and answers of no rows.
SPDX-License-Identifier: MIT"""
from api import ask
from scene import contains, equal, error_of

SUMS = ["requests", "errors", "estimated", "input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens",
        "reasoning_tokens", "total_us", "total_count", "first_us", "first_count", "mean_total_us", "mean_first_us", "cost_usd",
        "hits", "saved_usd"]
RECORD = ["time", "id", "key", "group", "model", "provider", "operation", "stream", "status", "outcome", "input_tokens",
          "cached_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens", "estimated", "cost_usd", "held_usd",
          "price", "first_us", "total_us", "overhead_us", "bytes_in", "bytes_out", "client", "agent", "metadata", "attempts",
          "shortened", "decision", "cache", "saved_usd", "answered_by", "trace"]


def usage(gw, query=""):
    status, answer = gw.admin("GET", "/admin/v1/usage" + query)
    equal(status, 200, f"{query} {answer}")
    return answer


def raw(gw, path):
    status, head, data = ask(gw, path, {"Authorization": "Bearer " + gw.token})
    equal(status, 200, data)
    return head, data.decode()


def test_without_records_there_are_no_rows(s):
    gw = s.new()
    answer = usage(gw, "?by=key,day")
    equal((answer["data"], answer["next"], sorted(answer["total"])), ([], None, sorted(SUMS)))
    equal((answer["total"]["requests"], answer["total"]["cost_usd"], answer["total"]["mean_total_us"]), (0, "0", None))
    equal(gw.admin("GET", "/admin/v1/requests"), (200, {"data": [], "next": None}))
    status, answer = gw.admin("GET", "/admin/v1/requests/unheard")
    equal((status, error_of(answer)["code"]), (404, "not_found"))
    contains(answer["error"]["message"], "'unheard'", "x-request-id")
    head, text = raw(gw, "/admin/v1/usage?by=key,day&format=csv")
    equal((head["content-type"], text), ("text/csv; charset=utf-8; header=present", ",".join(["time", "key"] + SUMS) + "\r\n"))
    head, text = raw(gw, "/admin/v1/requests?format=csv")
    equal(text, ",".join(RECORD) + "\r\n")
    head, text = raw(gw, "/admin/v1/requests?format=ndjson")
    equal((head["content-type"], text), ("application/x-ndjson", ""))


def test_bad_questions_are_refused_by_name(s):
    for path, param, message in (
            ("usage?by=modle", "by", "did you mean 'model'?"), ("usage?by=day,hour", "by", "one of minute, hour and day"),
            ("usage?by=,", "by", "does not know ''"), ("usage?from=yesterday", "from", "must be a time like"),
            ("usage?to=2026-13-01", "to", "must be a time"), ("usage?from=2026-11-02&to=2026-11-01", "from", "before 'to'"),
            ("usage?from=2026-11-01&to=2026-11-01", "from", "before 'to'"), ("usage?format=xml", "format", "json, ndjson or csv"),
            ("usage?by=minute&from=2020-01-01", "from", "kept for 2 days"), ("usage?by=hour&from=2020-01-01", "from", "90 days"),
            ("usage?by=key&top=0", "top", "from 1 to 100"), ("usage?by=key&top=101", "top", "from 1 to 100"),
            ("usage?by=key,model&top=5", "top", "one of key, group"), ("usage?by=day&top=5", "top", "one of key, group"),
            ("usage?by=key&top_by=cost_usd", "top_by", "goes with 'top'"), ("usage?by=key&top=5&top_by=cost", "top_by", "sums that a row has"),
            ("usage/report?by=key,day", "by", "needs 'top'"), ("usage/report?by=key&top=5", "by", "needs 'top'"),
            ("usage/report?by=day&top=5", "top", "one of key, group"), ("usage/report?by=key,day&top=5&before=x", "before", "must be a time"),
            ("usage/report?by=key,day&top=5&before=2099-01-01", "before", "before 'from'"),
            ("usage/report?by=key,minute&top=5&from=2020-01-01", "from", "kept for 2 days"),
            ("usage/report?by=key,day&top=5&format=csv", "format", "unknown parameter"),
            ("usage?modle=x", "modle", "did you mean 'model'?"), ("usage?limit=1", "limit", "unknown parameter"),
            ("requests?limit=0", "limit", "from 1 to 1000"), ("requests?cursor=x", "cursor", "what 'next' gave"),
            ("requests?cursor=" + "g" * 24, "cursor", "what 'next' gave"), ("requests?status=ok", "status", "429"),
            ("requests?status=99", "status", "429"), ("requests?status=6xx", "status", "4xx"),
            ("requests?cache=hit", "cache", "did you mean 'HIT'?"), ("requests?cache=x", "cache", "HIT, MISS, BYPASS, STALE"),
            ("usage?cache=HIT", "cache", "unknown parameter"), ("requests?outcom=x", "outcom", "did you mean 'outcome'?"), ("requests?format=", "format", "json, ndjson or csv"),
            ("requests?from=x", "from", "must be a time"), ("requests/x?format=csv", "format", "unknown parameter")):
        status, answer = s.gw.admin("GET", "/admin/v1/" + path)
        equal((status, error_of(answer)["param"]), (400, param), path)
        contains(answer["error"]["message"], message)
    equal(s.gw.admin("POST", "/admin/v1/usage")[0], 405)
    equal(ask(s.gw, "/admin/v1/usage")[0], 401)
    equal(ask(s.gw, "/admin/v1/requests")[0], 401)


def test_ranges_are_told_as_they_are_covered(s):
    answer = usage(s.gw, "?by=day&from=2026-01-05T11:12:13%2B02:00&to=2026-01-07")
    equal((answer["from"], answer["to"]), ("2026-01-05T00:00:00.000Z", "2026-01-07T00:00:00.000Z"))


def test_ctl_says_what_is_wrong(s):
    for words, message in (
            (("usage", "--since", "soon"), "--since takes"), (("usage", "--since", "1h", "--from", "2026-01-01"), "give one"),
            (("requests", "list", "--limit", "0"), "--limit takes"), (("requests", "tail", "-o", "csv"), "tail prints lines"),
            (("requests", "tail", "--every", "0"), "--every takes"), (("requests", "show", ""), "not the id of a request"),
            (("requests", "lsit"), "did you mean 'list'?")):
        code, out, err = s.ctl(*words)
        equal((code, out), (2, ""), words)
        contains(err, message)
    code, out, err = s.ctl("usage", "--by", "kye")
    equal((code, out), (1, ""))
    contains(err, "did you mean 'key'?")
    code, out, err = s.ctl("requests", "show", "unheard")
    equal((code, out), (4, ""))

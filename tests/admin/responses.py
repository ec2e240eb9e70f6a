"""What is kept of answers of /v1/responses: over restarts and crashes, and how much of it.
SPDX-License-Identifier: MIT"""
import json
import os

from api import create
from scene import CONFIG, contains, equal

SMALL = CONFIG + 'responses = { size = "16MiB"; };\n'
BOUND, TEXT = 16 << 20, 200 << 10


def call(gw, secret, method, path, body=None):
    """(status, what was answered)"""
    status, _, text = gw.request(method, path, json.dumps(body) if body else None,
                                 {"Authorization": "Bearer " + secret, "Content-Type": "application/json"})
    return status, json.loads(text)


def ask(gw, secret, text, **more):
    status, got = call(gw, secret, "POST", "/v1/responses", dict({"model": "mock", "input": text}, **more))
    equal((status, got.get("status")), (200, "completed"), got)
    return got["id"]


def again(gw, secret, id):
    """A conversation is gone on with: (status, what is wrong)."""
    status, got = call(gw, secret, "POST", "/v1/responses",
                       {"model": "mock", "input": "and?", "previous_response_id": id})
    return status, (got["error"] or {}).get("code")


def test_answers_survive_a_restart_and_what_was_deleted_does_not_come_back(s):
    gw = s.new()
    secret, other = create(gw, name="k")[1], create(gw, name="other")[1]
    kept, gone = ask(gw, secret, "keep me"), ask(gw, secret, "forget me")
    was = call(gw, secret, "GET", "/v1/responses/" + kept)
    equal(call(gw, secret, "DELETE", "/v1/responses/" + gone)[0], 200)
    equal(gw.stop(), None)
    gw.start()
    equal(call(gw, secret, "GET", "/v1/responses/" + kept), was)
    equal(call(gw, secret, "GET", "/v1/responses/" + gone)[0], 404)
    equal(call(gw, other, "GET", "/v1/responses/" + kept)[0], 404, "another key")
    equal(again(gw, secret, kept), (200, None))
    equal(again(gw, secret, gone), (400, "previous_response_not_found"))


def test_an_answer_that_was_read_survives_a_crash(s):
    gw = s.new()
    secret = create(gw, name="k")[1]
    ids = []
    for i in range(5):
        ids.append(ask(gw, secret, f"turn {i}", **({"previous_response_id": ids[-1]} if ids else {})))
        gw.process.kill()
        gw.process.wait()
        gw.start()
    equal([call(gw, secret, "GET", "/v1/responses/" + id)[0] for id in ids], [200] * 5)
    items = call(gw, secret, "GET", f"/v1/responses/{ids[0]}/input_items")[1]["data"]
    equal(items[0]["content"], [{"type": "input_text", "text": "turn 0"}])
    equal(again(gw, secret, ids[-1]), (200, None))


def test_a_shorter_time_to_live_holds_for_what_comes_after_it(s):
    gw = s.new()
    secret = create(gw, name="k")[1]
    long = ask(gw, secret, "long")
    equal(gw.stop(), None)
    gw.write_config(CONFIG + 'responses = { ttl = "1ms"; };\n')
    gw.start()
    short = ask(gw, secret, "short")
    s.wait(lambda: call(gw, secret, "GET", "/v1/responses/" + short)[0] == 404)
    equal(call(gw, secret, "GET", "/v1/responses/" + long)[0], 200)


def test_the_oldest_go_where_there_is_no_more_room(s):
    gw = s.new(SMALL)
    secret = create(gw, name="k")[1]
    ids = [ask(gw, secret, f"{i} " + "x" * TEXT) for i in range(50)]
    path = f"{gw.dir}/state/responses"
    size = sum(os.stat(os.path.join(path, f)).st_blocks * 512 for f in os.listdir(path))
    equal(size <= BOUND + (1 << 20), True, size)
    equal(call(gw, secret, "GET", "/v1/responses/" + ids[-1])[0], 200)
    equal(call(gw, secret, "GET", "/v1/responses/" + ids[0])[0], 404)
    status, got = call(gw, secret, "POST", "/v1/responses",
                       {"model": "mock", "input": "and?", "previous_response_id": ids[0]})
    equal((status, got["error"]["code"]), (400, "previous_response_not_found"))
    contains(got["error"]["message"], "too old")


def test_an_answer_that_is_too_large_is_given_and_not_kept(s):
    gw = s.new(SMALL)
    secret = create(gw, name="k")[1]
    id = ask(gw, secret, "x" * (BOUND // 16))
    equal(call(gw, secret, "GET", "/v1/responses/" + id)[0], 404)
    contains(gw.log_text(), "too large to be kept")

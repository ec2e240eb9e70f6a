"""The stream of events: what it says, to whom, from where on, and that nobody who looks costs more than it may.
SPDX-License-Identifier: MIT"""
import json
import socket
import threading
import time

from scene import CONFIG, contains, equal, error_of, lacks
from sessions import Browser

STATS = ["active", "cache_hits", "cached_tokens", "cost_usd", "errors", "inflight", "input_tokens", "latency_us", "output_tokens",
         "overhead_p99_us", "requests", "streams", "time", "ttft_us"]


class Viewer:
    """Reads events as they come, byte by byte of what the gateway sends."""

    def __init__(self, s, gw, query="", headers=None, receive=None):
        self.s, self.gw = s, gw
        self.socket = socket.socket()
        if receive:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        self.socket.settimeout(30 * s.slow)
        self.socket.connect(("127.0.0.1", gw.admin_port))
        head = {"Host": "localhost", "Authorization": "Bearer " + gw.token, **(headers or {})}
        lines = "".join(f"{k}: {v}\r\n" for k, v in head.items() if v is not None)
        self.socket.sendall(f"GET /admin/v1/events{query} HTTP/1.1\r\n{lines}\r\n".encode())
        self.raw, self.text, self.ended, self.events = b"", "", False, []
        while b"\r\n\r\n" not in self.raw:
            self.receive()
        head, self.raw = self.raw.split(b"\r\n\r\n", 1)
        self.status = int(head.split()[1])
        self.head = {k.lower(): v for k, v in (line.split(": ", 1) for line in head.decode().split("\r\n")[1:])}

    def receive(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise EOFError
        self.raw += piece

    def dechunk(self):
        """Whole chunks out of what came."""
        while b"\r\n" in self.raw and not self.ended:
            size, rest = self.raw.split(b"\r\n", 1)
            n = int(size, 16)
            if len(rest) < n + 2:
                return
            self.text += rest[:n].decode()
            self.raw = rest[n + 2:]
            self.ended = n == 0

    def more(self):
        """Frames that are there now: (event, id, data), comments as ('', None, text)."""
        self.dechunk()
        out = []
        while "\n\n" in self.text:
            frame, self.text = self.text.split("\n\n", 1)
            fields = {}
            for line in frame.split("\n"):
                name, _, value = line.partition(":")
                if name in fields:
                    raise AssertionError(f"two lines of {name!r}: {frame!r}")
                fields[name] = value.lstrip(" ")
            data = fields.get("data")
            out.append((fields.get("event", ""), int(fields["id"]) if "id" in fields else None,
                        json.loads(data) if data else fields))
        return out

    def until(self, wanted, seconds=8):
        """The first frame for which wanted(event, data) is true; all before it stay in self.events."""
        deadline = time.monotonic() + seconds * self.s.slow
        while True:
            for i, frame in enumerate(self.events):
                if wanted(frame[0], frame[2]):
                    self.events = self.events[i + 1:]
                    return frame
            self.seen = self.events
            if time.monotonic() > deadline:
                raise AssertionError(f"waited in vain; {len(self.events)} others came: {str(self.events)[:1500]}")
            self.socket.settimeout(max(0.05, deadline - time.monotonic()))
            try:
                self.receive()
            except TimeoutError:
                pass
            self.events += self.more()

    def close(self):
        self.socket.close()

    def end(self, seconds=8):
        """Reads to the end mark."""
        self.socket.settimeout(seconds * self.s.slow)
        while not self.ended:
            self.receive()
            self.events += self.more()
        return self.events


def is_topic(name):
    return lambda event, data: event == name


def rows_of(data):
    return data if isinstance(data, list) else [data]


def chat(gw, model="mock", stream=False, id=None, **more):
    body = json.dumps({"model": model, "stream": stream, "messages": [{"role": "user", "content": "hi"}], **more})
    head = {"Authorization": "Bearer " + gw.key(), "Content-Type": "application/json"}
    if id:
        head["X-Request-Id"] = id
    return gw.request("POST", "/v1/chat/completions", body, head)


def test_stats_come_each_second_and_add_up(s):
    gw = s.new()
    gw.key()
    v = Viewer(s, gw, "?topics=stats")
    equal((v.status, v.head["content-type"], v.head["cache-control"]), (200, "text/event-stream", "no-store"))
    first = v.until(is_topic("stats"))
    equal(sorted(first[2]), STATS)
    equal((first[2]["requests"], first[2]["latency_us"]["p50"], first[2]["overhead_p99_us"]), (0, None, None))
    for _ in range(20):
        equal(chat(gw)[0], 200)
    equal(chat(gw, stream=True)[0], 200)
    equal(chat(gw, model="nobody")[0], 404)
    equal(gw.request("GET", "/v1/models", None, {"Authorization": "Bearer " + gw.key()})[0], 200)
    total = {"requests": 0, "input_tokens": 0, "output_tokens": 0}
    errors, cost, ids, slowest = 0, 0.0, [first[1]], 0
    while total["requests"] < 22:
        _, id, data = v.until(is_topic("stats"))
        ids.append(id)
        for name in total:
            total[name] += data[name]
        errors += data["errors"].get("caller", 0)
        cost += float(data["cost_usd"])
        if data["requests"]:
            q = data["latency_us"]
            equal(0 < q["p50"] <= q["p95"] <= q["p99"] < 60e6, True, q)
            equal(0 < data["overhead_p99_us"] <= q["p99"] * 1.2, True, data)
    equal(total["requests"], 22, "and the list of models is none")
    equal(errors, 1)
    equal(ids, sorted(set(ids)), "ids grow")
    sums = s.wait(lambda: (lambda u: u if u["requests"] == 21 else None)(
        gw.admin("GET", "/admin/v1/usage")[1]["total"]))
    equal((total["input_tokens"], total["output_tokens"]), (sums["input_tokens"], sums["output_tokens"]))
    equal(round(cost, 9), float(sums["cost_usd"]))


def test_known_answers_count_as_usage_counts_them(s):
    gw = s.new(CONFIG + 'cache = { type = "memory"; ttl = "10m"; scope = "global"; };\n')
    gw.key()
    v = Viewer(s, gw, "?topics=stats")
    for _ in range(3):
        equal(chat(gw, temperature=0)[0], 200)
    hits = requests = tokens = 0
    while requests < 3:
        data = v.until(is_topic("stats"))[2]
        requests, hits, tokens = requests + data["requests"], hits + data["cache_hits"], tokens + data["output_tokens"]
        if data["requests"] and data["requests"] == data["cache_hits"]:
            equal(data["latency_us"]["p50"], None)
    sums = s.wait(lambda: (lambda u: u if u["requests"] == 3 else None)(gw.admin("GET", "/admin/v1/usage")[1]["total"]))
    equal((hits, tokens), (2, sums["output_tokens"]))


def test_streams_and_requests_under_way_are_counted(s):
    gw = s.new(CONFIG.replace("-n20-", "-n60-"))     # three seconds: some look falls into them
    gw.key()
    v = Viewer(s, gw, "?topics=stats")
    threads = [threading.Thread(target=chat, args=(gw, "slow", True)) for _ in range(3)]
    for t in threads:
        t.start()
    _, _, data = v.until(lambda e, d: e == "stats" and d["streams"] == 3 and sum(d["inflight"].values()) == 3)
    equal((data["active"], set(data["inflight"]) <= {"mock", "far"}), (3, True))
    for t in threads:
        t.join()
    _, _, data = v.until(lambda e, d: e == "stats" and d["streams"] == 0)
    equal((data["active"], data["inflight"]), (0, {}))


def test_requests_are_what_the_list_says(s):
    gw = s.gw
    gw.key()
    v = Viewer(s, gw, "?topics=requests")
    ids = [f"event-{i}" for i in range(5)]
    for id in ids:
        equal(chat(gw, id=id, metadata={"a": "b"})[0], 200)
    rows = []
    while len(rows) < 5:
        rows += [r for r in rows_of(v.until(is_topic("requests"))[2]) if r["id"].startswith("event-")]
    equal([r["id"] for r in rows], ids)
    for row in rows:
        listed = s.wait(lambda: (lambda a: a[1] if a[0] == 200 else None)(gw.admin("GET", "/admin/v1/requests/" + row["id"])))
        equal(row, listed, "the same members")


def test_only_the_topics_that_were_asked_for_come(s):
    gw = s.gw
    v = Viewer(s, gw, "?topics=changes")
    chat(gw)
    equal(gw.admin("POST", "/admin/v1/keys", {"name": "told"})[0], 201)
    _, _, data = v.until(is_topic("changes"))
    equal((data["type"], data["entry"]["action"], data["entry"]["kind"]), ("audit", "create", "key"))
    time.sleep(1.5)
    v.socket.settimeout(0.2)
    try:
        v.receive()
    except TimeoutError:
        pass
    equal([e[0] for e in v.events + v.more()], [], "and nothing else")
    for query in ("?topics=stat", "?topics=stats,,", "?topics=all", "?topic=stats", "?topics=stats&limit=3"):
        equal(Viewer(s, gw, query).status, 400, query)


def test_changes_tell_reloads_and_entries(s):
    gw = s.new()
    v = Viewer(s, gw)
    equal(gw.admin("POST", "/admin/v1/reload")[0], 200)
    _, _, data = v.until(is_topic("changes"))
    equal((data["type"], data["ok"], data["generation"], data["last_reload"]), ("reload", True, 2, "ok"))
    gw.write_config("nonsense = ")
    equal(gw.admin("POST", "/admin/v1/reload")[0], 400)
    _, _, data = v.until(is_topic("changes"))
    equal((data["type"], data["ok"], data["generation"]), ("reload", False, 2))
    id = gw.admin("POST", "/admin/v1/keys", {"name": "a"})[1]["key"]["id"]
    gw.admin("PATCH", f"/admin/v1/keys/{id}", {"rpm": 5})
    gw.admin("DELETE", f"/admin/v1/keys/{id}")
    actions = [v.until(is_topic("changes"))[2]["entry"]["action"] for _ in range(3)]
    equal(actions, ["create", "update", "delete"])


def test_health_tells_of_states_that_changed(s):
    gw = s.new()
    v = Viewer(s, gw, "?topics=health,changes")
    equal(gw.admin("POST", "/admin/v1/targets/mock/mock/drain")[0], 200)
    _, _, data = v.until(is_topic("health"))
    equal((data["target"], data["provider"], data["model"], data["was"], data["state"], data["credential"]["state"]),
          ("mock/mock", "mock", "mock", "ready", "drained", "drained"))
    equal(gw.admin("POST", "/admin/v1/targets/mock/mock/enable")[0], 200)
    _, _, data = v.until(is_topic("health"))
    equal((data["was"], data["state"]), ("drained", "ready"))


def test_a_page_begins_with_the_last_minutes_of_stats(s):
    gw = s.new()
    gw.key()
    for _ in range(3):
        chat(gw)
    time.sleep(3.2)
    started = time.monotonic()
    v = Viewer(s, gw, "?topics=stats,requests")
    rows = [v.until(is_topic("stats"))[2] for _ in range(3)]
    # Live ones would take two seconds at least.
    equal(time.monotonic() - started < 1.5 * s.slow, True, "at once")
    while sum(r["requests"] for r in rows) < 3:        # on a slow machine they came later than in the first second
        rows.append(v.until(is_topic("stats"))[2])
    equal(sum(r["requests"] for r in rows), 3)
    lacks([e[0] for e in v.events], "requests", "gap")


def test_who_comes_back_hears_what_it_has_missed_once(s):
    gw = s.new()
    gw.key()
    v = Viewer(s, gw, "?topics=stats,requests")
    chat(gw, id="before")
    seen = v.until(is_topic("requests"))
    last = max([seen[1]] + [e[1] for e in v.events if e[1]])
    v.close()
    for i in range(4):
        chat(gw, id=f"missed-{i}")
        time.sleep(0.3)
    for how in (("?topics=stats,requests", {"Last-Event-ID": str(last)}),
                (f"?topics=stats,requests&last_event_id={last}", {})):
        v = Viewer(s, gw, *how)
        rows, ids = [], []
        while len(rows) < 4:
            event, id, data = v.until(lambda e, d: e in ("requests", "gap", "stats"))
            ids.append(id)
            equal(event != "gap", True, "nothing is missing")
            rows += rows_of(data) if event == "requests" else []
        equal([r["id"] for r in rows], [f"missed-{i}" for i in range(4)], how)
        equal((ids, ids[0] > last), (sorted(set(ids)), True), "in their order, each once")
        v.close()


def test_ids_of_another_life_begin_anew(s):
    gw = s.new()
    gw.key()
    v = Viewer(s, gw, "?topics=stats,requests")
    last = v.until(is_topic("stats"))[1]
    equal(last < 1 << 53, True, "a number that scripts can hold")
    equal(gw.stop(), None)
    gw.start()
    for id in (str(last), str(last + 100), "1", "0", "x", "18446744073709551616", "-1", "9" * 400):
        v = Viewer(s, gw, "?topics=stats,requests", {"Last-Event-ID": id})
        equal((v.status, v.until(is_topic("gap"))[2]), (200, {"topics": ["requests"]}), id)
        equal(v.until(is_topic("stats"))[2]["requests"], 0)
        v.close()


def test_what_nobody_has_gathered_is_a_gap(s):
    gw = s.new()
    v = Viewer(s, gw, "?topics=stats")
    last = v.until(is_topic("stats"))[1]
    v.close()
    v = Viewer(s, gw, "?topics=requests,health", {"Last-Event-ID": str(last)})
    equal(v.until(is_topic("gap"))[2], {"topics": ["requests", "health"]})


def test_sixty_four_look_on_and_no_more(s):
    gw = s.new()
    gw.key()
    viewers = [Viewer(s, gw, "?topics=stats,requests") for _ in range(64)]
    equal([v.status for v in viewers], [200] * 64)
    last = Viewer(s, gw)
    equal((last.status, last.head["retry-after"]), (503, "5"))
    contains(last.raw.decode(), '"code":"overloaded"')
    chat(gw, id="for-all")
    for v in viewers:
        equal(rows_of(v.until(is_topic("requests"))[2])[-1]["id"], "for-all")
    viewers[0].close()
    s.wait(lambda: Viewer(s, gw).status == 200)


def test_a_slow_viewer_misses_some_and_costs_nothing(s):
    gw = s.new()
    gw.key()
    began = time.monotonic()
    slow = Viewer(s, gw, "?topics=requests", receive=4096)
    fast = Viewer(s, gw, "?topics=requests")
    before = gw.rss_kb()

    def many(n):
        for _ in range(n):
            chat(gw, metadata={"filler": "x" * 450})

    threads = [threading.Thread(target=many, args=(600,)) for _ in range(6)]
    for t in threads:
        t.start()
    while any(t.is_alive() for t in threads):
        try:
            fast.socket.settimeout(0.2)
            fast.receive()
        except TimeoutError:
            pass
        fast.events += fast.more()
    for t in threads:
        t.join()
    seen = sum(len(rows_of(e[2])) for e in fast.events if e[0] == "requests")
    equal(seen > 300, True, f"the fast one has seen {seen}")
    contains([e[2] for e in fast.events if e[0] == "requests" and isinstance(e[2], list)][0][0]["metadata"]["filler"], "xxx")
    if s.slow == 1:                            # a sanitizer keeps what was freed
        equal(gw.rss_kb() - before < 40 << 10, True, f"grown by {gw.rss_kb() - before} KiB")
    try:
        equal(slow.until(is_topic("gap"), 20)[2], {"topics": ["requests"]}, "it is told")
        equal(slow.until(is_topic("requests"))[1] > 0, True, "and goes on")
    except (EOFError, ConnectionError):        # or it was cut: it took nothing for half a minute
        equal(time.monotonic() - began > 25, True, "a machine that is so slow that it had the time")


def test_a_sign_of_life_comes_each_fifteen_seconds(s):
    v = Viewer(s, s.gw, "?topics=health")
    started = time.monotonic()
    v.until(lambda e, d: e == "" and "" in d, 20)
    equal(13 < time.monotonic() - started < 18 * s.slow, True)


def test_head_says_what_get_would(s):
    status, head, data = s.gw.request("HEAD", "/admin/v1/events", None, {"Authorization": "Bearer " + s.gw.token},
                                      port=s.gw.admin_port)
    equal((status, head["content-type"], data), (200, "text/event-stream", b""))


def test_only_who_may_look_looks(s):
    gw = s.gw
    for headers, status in (({"Authorization": None}, 401), ({"Authorization": "Bearer x"}, 401),
                            ({"Origin": "https://evil.test"}, 403), ({"Authorization": None, "Host": "evil.test"}, 403)):
        v = Viewer(s, gw, "", headers)
        equal(v.status, status, headers)
    b = Browser(gw)
    v = Viewer(s, gw, "?topics=stats", {"Authorization": None, "Cookie": b.cookie, "Host": b.host})
    equal(v.status, 200)
    v.until(is_topic("stats"))
    equal(b.ask("DELETE", "/admin/v1/session")[0], 204)
    v.end(4)
    equal(gw.admin("POST", "/admin/v1/events")[0], 405)


def test_another_token_ends_the_streams_of_the_old_one(s):
    gw = s.new()
    v = Viewer(s, gw, "?topics=stats")
    with open(f"{gw.dir}/state/admin.token", "w") as f:
        f.write("another-admin-token-of-this-gateway\n")
    equal(gw.admin("POST", "/admin/v1/reload")[0], 200)
    v.end(4)
    gw.token = "another-admin-token-of-this-gateway"
    equal(Viewer(s, gw, "?topics=stats").status, 200)


def test_viewers_end_when_the_gateway_does(s):
    gw = s.new()
    viewers = [Viewer(s, gw) for _ in range(5)]
    for v in viewers:
        v.until(is_topic("stats"))
    started = time.monotonic()
    equal(gw.stop(), None)
    equal(time.monotonic() - started < 5 * s.slow, True, "nobody waits for viewers")
    for v in viewers:
        v.end(1)


def test_hostile_names_are_carried_as_json(s):
    gw = s.new()
    names = ['</script><script>alert(1)</script>', '"\\\n\r\t\x00\x1f', "\u202eevil\u2066\u200f", "\u2028\u2029", "data: x\n\nevent: stats",
             "\U0001f4a5" * 30]
    v = Viewer(s, gw, "?topics=changes,requests")
    for i, name in enumerate(names):
        status, answer = gw.admin("POST", "/admin/v1/keys", {"name": name, "metadata": {"x": name}})
        if status != 201:
            equal(status, 400, name)
            continue
        v.until(is_topic("changes"))
        body = json.dumps({"model": "mock", "messages": [{"role": "user", "content": name}], "metadata": {"n": name}},
                          indent=2).replace(": ", ":\r\n")
        equal(gw.request("POST", "/v1/chat/completions", body, {
            "Authorization": "Bearer " + answer["secret"], "Content-Type": "application/json",
            "User-Agent": name.encode("utf-8", "replace").decode("latin-1").translate({c: 0x2e for c in range(32)})})[0], 200, name)
        row = rows_of(v.until(is_topic("requests"))[2])[-1]
        equal(row["metadata"], {"n": name}, "whole")
        equal(row["key"], answer["key"]["id"])
    # Far too long: refused where it would be kept, cut where it is only told.
    equal(gw.admin("POST", "/admin/v1/keys", {"name": "x" * 10240})[0], 400)
    long = "<b>" * 1500
    equal(gw.request("POST", "/v1/chat/completions", json.dumps(
        {"model": "mock", "messages": [{"role": "user", "content": "hi"}]}),
        {"Authorization": "Bearer " + gw.key(), "Content-Type": "application/json", "User-Agent": long})[0], 200)
    row = rows_of(v.until(is_topic("requests"))[2])[-1]
    equal((long.startswith(row["agent"]), len(row["agent"]) < 2000), (True, True))

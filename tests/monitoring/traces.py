"""Spans and metrics for a collector: what is in them, and what becomes of them when it is not well.
SPDX-License-Identifier: MIT"""
import json
import time

from collector import DRIP, GONE, HALF, Collector
from figures import ask, metric
from scene import CONFIG, SECRET, contains, equal, lacks
from upstream import Answer, Upstream

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SERVER, CLIENT, ERROR = 2, 3, 2


class Traced:
    def __init__(self, s, otlp="", telemetry="", config=CONFIG, collector=True, **env):
        self.s, self.collector = s, Collector() if collector else None
        port = self.collector.port if collector else 9
        self.gw = s.new(config + 'telemetry = { %s otlp = { endpoint = "http://127.0.0.1:%d"; interval = "100ms"; %s }; };\n' %
                        (telemetry, port, otlp), env=env)
        self.key = self.gw.key("main")

    def spans(self, id, count, seconds=8):
        """Those of one request: its own, then its attempts."""
        found = []

        def look():
            spans = self.collector.spans()
            root = [x for x in spans if x[1].get("conduit.request.id") == id]
            found[:] = root + [x for x in spans if root and x[0].parent_span_id == root[0][0].span_id]
            return len(found) >= count
        try:
            self.s.wait(look, seconds)
        except AssertionError:
            raise AssertionError(f"{len(found)} spans of {count}; {self.gw.log_text()[-1500:]}")
        equal(len(found), count, [x[0].name for x in found])
        return found

    def ask(self, model="mock", **more):
        status, head, data = ask(self.gw, model, self.key, **more)
        return status, head["x-request-id"], data

    def metric(self, name):
        return metric(self.gw, "conduit_export_" + name) or 0

    def stop(self):
        if self.collector:
            self.collector.stop()


def test_a_request_and_its_attempt(s):
    t = Traced(s)
    status, id, _ = t.ask(headers={"x-session-id": "s-1", "User-Agent": "tester/1"})
    equal(status, 200)
    (root, a), (call, b) = t.spans(id, 2)
    equal((root.name, root.kind, call.name, call.kind), ("POST /v1/chat/completions", SERVER, "chat mock", CLIENT))
    equal(call.trace_id, root.trace_id)
    equal((root.parent_span_id, root.status.code, call.status.code), (b"", 0, 0))
    equal(root.start_time_unix_nano <= call.start_time_unix_nano <= call.end_time_unix_nano <= root.end_time_unix_nano, True)
    equal(abs(root.end_time_unix_nano / 1e9 - time.time()) < 30, True)
    record = s.wait(lambda: (lambda a: a[1] if a[0] == 200 else None)(t.gw.admin("GET", "/admin/v1/requests/" + id)))
    for name, want in (("http.request.method", "POST"), ("http.route", "/v1/chat/completions"), ("url.path", "/v1/chat/completions"),
                       ("http.response.status_code", 200), ("client.address", "127.0.0.1"), ("user_agent.original", "tester/1"),
                       ("gen_ai.conversation.id", "s-1"), ("conduit.key.id", record["key"]), ("conduit.model.public", "mock"),
                       ("conduit.attempts", 1)):
        equal(a.get(name), want, name)
    equal(round(a["conduit.cost_usd"], 9), round(float(record["cost_usd"]), 9))
    for name, want in (("gen_ai.operation.name", "chat"), ("gen_ai.provider.name", "mock"), ("gen_ai.request.model", "mock"),
                       ("gen_ai.usage.input_tokens", record["input_tokens"]), ("conduit.target", "mock/mock"),
                       ("gen_ai.usage.output_tokens", record["output_tokens"]), ("conduit.attempt", 1)):
        equal(b.get(name), want, name)
    equal([v.string_value for v in b["gen_ai.response.finish_reasons"].values], ["stop"])
    lacks(str(t.collector.spans()), "hello there", t.key)
    # One id links them all: header, log, record, trace.
    line = t.gw.access_line(id)
    equal((line["trace"], line["session"]), (root.trace_id.hex(), "s-1"))
    equal(record["trace"], root.trace_id.hex())
    t.stop()


def test_a_stream_says_when_it_began(s):
    t = Traced(s)
    _, id, _ = t.ask("slow", stream=True)
    spans = t.spans(id, 2)
    call, b = spans[-1]
    equal([e.name for e in call.events], ["first_chunk"])
    equal((b["gen_ai.request.stream"], b["gen_ai.response.time_to_first_chunk"] > 0), (True, True))
    t.stop()


FAILING = """
server = { listen = ( { address = "127.0.0.1"; port = 0; } ); workers = 1; };
admin = { listen = ( { address = "127.0.0.1"; port = 0; } ); };
providers = ( { name = "up"; type = "openai"; base_url = "http://127.0.0.1:@port@/v1"; keys = ( { secret = "env:SCENE_SECRET"; } ); },
  { name = "mock"; type = "mock"; } );
models = ( { name = "m"; targets = ( { provider = "up"; model = "m1"; }, { provider = "mock"; model = "mock"; } ); unpriced = "free"; } );
routing = { retry_wait = "0s"; };
"""


def failing(s, **more):
    up = Upstream()
    return up, Traced(s, config=FAILING.replace("@port@", str(up.port)), **more)


def test_each_attempt_has_its_span(s):
    up, t = failing(s)
    up.expect(Answer(status=500, body=b'{"error":{"message":"no"}}'))
    status, id, _ = t.ask("m")
    equal(status, 200)
    (root, a), (bad, b), (good, c) = t.spans(id, 3)
    equal((bad.status.code, b["error.type"], b["http.response.status_code"]), (ERROR, "UPSTREAM", 500))
    equal((b["server.address"], b["server.port"], b["gen_ai.request.model"]), ("127.0.0.1", up.port, "m1"))
    equal((good.status.code, "error.type" in c, c["conduit.attempt"], c["conduit.target"]), (0, False, 2, "mock/mock"))
    equal([e.name for e in root.events], ["retry"])
    equal((root.status.code, "error.type" in a, a["conduit.attempts"]), (0, False, 2))
    equal(len({bad.span_id, good.span_id, root.span_id}), 3)
    t.stop()
    up.close()


def test_refusals_have_a_span_too(s):
    t = Traced(s)
    status, id, _ = t.ask("nothing")
    (root, a), = t.spans(id, 1)
    equal((status, a["error.type"], a["http.response.status_code"], root.status.code), (404, "MODEL_NOT_FOUND", 404, 0))
    t.stop()


def test_a_trace_goes_on_here(s):
    t = Traced(s)
    _, id, _ = t.ask(headers={"traceparent": PARENT, "tracestate": "other=1"})
    root, _ = t.spans(id, 2)[0]
    equal((root.trace_id.hex(), root.parent_span_id.hex(), root.trace_state), (PARENT[3:35], PARENT[36:52], "other=1"))
    for bad in (PARENT.upper(), "00-" + "0" * 32 + PARENT[35:], PARENT[:36] + "0" * 16 + "-01", "ff" + PARENT[2:], PARENT + "-x",
                PARENT[:-1], "nonsense", PARENT.replace("-01", "-0g")):
        _, id, _ = t.ask(headers={"traceparent": bad})
        root, _ = t.spans(id, 2)[0]
        equal((root.trace_id.hex() == PARENT[3:35], root.parent_span_id), (False, b""), bad)
    _, id, _ = t.ask(headers={"traceparent": "01" + PARENT[2:] + "-later"})
    equal(t.spans(id, 2)[0][0].trace_id.hex(), PARENT[3:35], "later versions")
    # Not for a key that proves nothing.
    status, head, _ = ask(t.gw, "mock", "wrong", headers={"traceparent": PARENT})
    equal(status, 401)
    equal(t.spans(head["x-request-id"], 1)[0][0].trace_id.hex() == PARENT[3:35], False)
    t.stop()


def test_callers_say_what_is_sampled(s):
    t = Traced(s, otlp='sample = "0%";')
    _, plain, _ = t.ask()
    _, unsampled, _ = t.ask(headers={"traceparent": PARENT[:-2] + "00"})
    _, sampled, _ = t.ask(headers={"traceparent": PARENT})
    t.spans(sampled, 2)
    time.sleep(0.5 * s.slow)
    equal({a["conduit.request.id"] for _, a in t.collector.spans() if "conduit.request.id" in a}, {sampled})
    equal(t.gw.access_line(unsampled)["trace"], PARENT[3:35], "the log knows it nevertheless")
    t.stop()


def test_trust_can_be_refused(s):
    t = Traced(s, telemetry='trust_traceparent = "never";')
    _, id, _ = t.ask(headers={"traceparent": PARENT})
    equal(t.spans(id, 2)[0][0].parent_span_id, b"")
    t.stop()


def test_upstreams_are_told_when_that_is_wanted(s):
    for told in (False, True):
        up, t = failing(s, telemetry="propagate = %s;" % str(told).lower())
        up.expect(Answer(body=json.dumps({"id": "x", "object": "chat.completion", "created": 1, "model": "m1", "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hi"}}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}).encode()))
        _, id, _ = t.ask("m", headers={"traceparent": PARENT, "tracestate": "other=1"})
        call, _ = t.spans(id, 2)[1]
        head = up.requests[0].headers
        equal(head.get("traceparent"), f"00-{PARENT[3:35]}-{call.span_id.hex()}-01" if told else None)
        equal(head.get("tracestate"), "other=1" if told else None)
        t.stop()
        up.close()


def test_content_is_told_by_opt_in_only(s):
    t = Traced(s, otlp="content = true;")
    _, id, _ = t.ask(messages=[{"role": "system", "content": "be kind"}, {"role": "user", "content": [
        {"type": "text", "text": "what is \"this\"?"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}])
    _, a = t.spans(id, 2)[0]
    equal(json.loads(a["gen_ai.input.messages"]), [
        {"role": "system", "parts": [{"type": "text", "content": "be kind"}]},
        {"role": "user", "parts": [{"type": "text", "content": "what is \"this\"?"}, {"type": "image_url"}]}])
    # Of strangers nothing is told but that they came.
    status, head, _ = ask(t.gw, "mock", "wrong", messages=[{"role": "user", "content": "from a stranger"}])
    (_, a), = t.spans(head["x-request-id"], 1)
    equal((status, a["error.type"]), (401, "BAD_KEY"))
    lacks(str(t.collector.spans()), "from a stranger")
    t.stop()


def test_metrics_have_the_names_of_their_version(s):
    latest = {"gen_ai.client.inference.duration", "gen_ai.client.inference.usage.input_tokens",
              "gen_ai.client.inference.operation.output_tokens", "gen_ai.client.inference.time_to_first_chunk"}
    old = {"gen_ai.client.operation.duration", "gen_ai.client.token.usage", "gen_ai.client.operation.time_to_first_chunk"}
    same = {"gen_ai.server.request.duration", "gen_ai.server.time_to_first_token", "gen_ai.server.time_per_output_token"}
    for semconv, want, lacking in (("latest", latest, old), ("1.41", old, latest), ("both", latest | old, set())):
        t = Traced(s, otlp=f'semconv = "{semconv}";')
        equal([t.ask()[0] for _ in range(3)] + [t.ask("slow", stream=True)[0]], [200] * 4)
        s.wait(lambda: (want | same) <= set(t.collector.metrics()) and sum(
            p.count for p in t.collector.metrics()["gen_ai.server.request.duration"].histogram.data_points) == 4, 10)
        found = t.collector.metrics()
        equal(lacking & set(found), set(), semconv)
        if semconv != "1.41":
            points = found["gen_ai.client.inference.usage.input_tokens"].sum
            tokens = sum(p.as_int for p in points.data_points)
            equal((points.is_monotonic, points.aggregation_temporality, tokens > 0), (True, 2, True))
            s.wait(lambda: tokens == t.gw.admin("GET", "/admin/v1/usage")[1]["total"]["input_tokens"])
        for m in found.values():
            for p in m.histogram.data_points:
                equal((len(p.bucket_counts), sum(p.bucket_counts)), (len(p.explicit_bounds) + 1, p.count), m.name)
        t.stop()


# --- collectors that are not well ---------------------------------------------------------------

def test_one_that_is_busy_is_asked_again(s):
    t = Traced(s)
    t.collector.answers = [(429, [("Retry-After", "1")], b"", 0), (503, [], b"later", 0)]
    _, id, _ = t.ask()
    t.spans(id, 2, 12)
    with t.collector.lock:
        times = [at for path, _, _, _, at in t.collector.requests if path == "/v1/traces"]
    equal((len(times), times[1] - times[0] > 0.9), (3, True), "Retry-After is kept to")
    equal(t.metric('retries_total{exporter="otlp_traces"}'), 2)
    s.wait(lambda: t.metric('sent_total{exporter="otlp_traces"}') == 2)
    equal(sum(t.metric('dropped_total{exporter="otlp_traces",reason="%s"}' % r) for r in
              ("queue", "refused", "expired", "partial")), 0)
    t.stop()


def test_one_that_refuses_is_not(s):
    t = Traced(s)
    t.collector.answers = [(400, [], b'{"message":"no such tenant"}', 0)]
    t.ask()
    s.wait(lambda: t.metric('dropped_total{exporter="otlp_traces",reason="refused"}') == 2)
    s.wait(lambda: "the collector refuses what it is sent" in t.gw.log_text())
    contains(t.gw.log_text(), "no such tenant")
    _, id, _ = t.ask()
    t.spans(id, 2)
    equal(t.metric('retries_total{exporter="otlp_traces"}'), 0)
    t.stop()


def test_one_that_takes_a_part_is_believed(s):
    t = Traced(s)
    t.collector.answers = [(200, [], b'{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"}}', 0)]
    t.ask()
    s.wait(lambda: t.metric('dropped_total{exporter="otlp_traces",reason="partial"}') == 1)
    s.wait(lambda: t.metric('sent_total{exporter="otlp_traces"}') == 1)
    t.stop()


def test_one_that_is_slow_or_gone_delays_nobody(s):
    t = Traced(s, otlp='queue = "64KiB";', collector=False)
    started = time.monotonic()
    for _ in range(300):
        equal(t.ask()[0], 200)
    took = time.monotonic() - started
    equal(took < 60 * s.slow, True, took)      # a collector that is waited for costs ten seconds each
    s.wait(lambda: t.metric('dropped_total{exporter="otlp_traces",reason="queue"}') > 100, 10)
    started = time.monotonic()
    equal(t.gw.stop(), None)
    equal(time.monotonic() - started < 6 * s.slow, True, "the end does not wait for it")
    slow = Traced(s)
    slow.collector.answers = [(200, [], b"{}", 3)]
    until, longest = time.monotonic() + 1, 0
    while time.monotonic() < until:
        started = time.monotonic()
        _, id, _ = slow.ask()
        longest = max(longest, time.monotonic() - started)
    equal(longest < 2 * s.slow, True, f"{longest:.2f} s: the collector takes three")
    slow.spans(id, 2, 12)
    slow.stop()


def test_one_that_breaks_off_is_asked_again(s):
    t = Traced(s)
    t.collector.answers = [(GONE, [], b"", 0), (HALF, [], b"", 0)]
    _, id, _ = t.ask()
    t.spans(id, 2, 15)
    equal(t.metric('retries_total{exporter="otlp_traces"}'), 2)
    s.wait(lambda: t.metric('sent_total{exporter="otlp_traces"}') == 2)
    t.stop()


def test_a_web_page_is_no_collector(s):
    t = Traced(s)
    t.collector.answers = [(200, [("Content-Type", "text/html; charset=utf-8")], b"<!doctype html>\r\n2026 forged\x1b[31m", 0)]
    t.ask()
    s.wait(lambda: t.metric('dropped_total{exporter="otlp_traces",reason="refused"}') == 2)
    s.wait(lambda: "what answers is no collector" in t.gw.log_text())
    contains(t.gw.log_text(), "<!doctype html>")
    lacks(t.gw.log_text(), "\n2026 forged", "\r", "\x1b")
    equal(t.metric('sent_total{exporter="otlp_traces"}'), 0)
    t.collector.answers = [(200, [], b"{not json", 0)]
    _, id, _ = t.ask()
    t.spans(id, 2)
    s.wait(lambda: t.metric('sent_total{exporter="otlp_traces"}') == 2)
    t.stop()


def test_one_that_wants_much_patience_gets_none(s):
    t = Traced(s)
    t.collector.answers = [(429, [("Retry-After", "99999999999")], b"", 0)]
    t.ask()
    s.wait(lambda: t.metric('dropped_total{exporter="otlp_traces",reason="expired"}') == 2)
    # Nor does it get all the rest at once: two minutes nothing, but for the end.
    _, id, _ = t.ask()
    time.sleep(0.5)
    equal(t.collector.spans(), [])
    equal(t.gw.stop(), None)
    t.spans(id, 2)
    t.stop()


def test_reload_and_end_while_it_is_slow(s):
    """Nobody waits for it: not requests, nor a reload, nor the end."""
    for how in ((200, [], b"{}", 60), (DRIP, [], b"", 0)):
        t = Traced(s)
        t.collector.answers = [how] * 50
        t.ask()
        s.wait(lambda: t.collector.requests)
        for _ in range(5):
            started = time.monotonic()
            equal(t.gw.admin("POST", "/admin/v1/reload")[0], 200)
            equal([t.ask()[0] for _ in range(10)], [200] * 10)
            equal(time.monotonic() - started < 3 * s.slow, True, how)
        started = time.monotonic()
        equal(t.gw.stop(), None)
        equal(time.monotonic() - started < 6 * s.slow, True, f"{how}: the end waits for it")
        t.stop()


def test_what_waits_is_sent_at_the_end(s):
    t = Traced(s, otlp='service = "the gate"; headers = ( { name = "x-tenant"; value = "env:SCENE_SECRET"; } );')
    t.gw.stop()
    t.gw.write_config(open(t.gw.config_path).read().replace('"100ms"', '"1h"'))
    t.gw.start()
    _, id, _ = t.ask()
    equal([a for _, a in t.collector.spans() if a.get("conduit.request.id") == id], [])
    equal(t.gw.stop(), None)
    t.spans(id, 2)
    path, headers, message, _, _ = [r for r in t.collector.requests if r[0] == "/v1/traces"][-1]
    equal((headers["x-tenant"], headers["content-type"]), (SECRET, "application/json"))
    resource = {a.key: a.value.string_value for a in message.resource_spans[0].resource.attributes}
    equal(resource["service.name"], "the gate")
    t.stop()


def test_without_a_collector_there_is_nothing(s):
    gw = s.new()
    status, head, _ = ask(gw, "mock", gw.key("main"), headers={"traceparent": PARENT})
    equal((status, "trace" in gw.access_line(head["x-request-id"])), (200, False))
    equal(metric(gw, 'conduit_export_sent_total{exporter="otlp_traces"}'), None)


def test_variables_of_opentelemetry_are_enough(s):
    """And none of their secrets is shown."""
    collector = Collector()
    gw = s.new(env={"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.port}", "OTEL_SERVICE_NAME": "from outside",
                    "OTEL_EXPORTER_OTLP_HEADERS": f"x-tenant={SECRET}", "OTEL_RESOURCE_ATTRIBUTES": 'deployment.environment.name=a%22b'})
    ask(gw, "mock", gw.key("main"))
    equal(gw.stop(), None)
    path, headers, message, _, _ = [r for r in collector.requests if r[0] == "/v1/traces"][-1]
    equal(headers["x-tenant"], SECRET)
    resource = {a.key: a.value.string_value for a in message.resource_spans[0].resource.attributes}
    equal((resource["service.name"], resource["deployment.environment.name"]), ("from outside", 'a"b'))
    gw.start()
    shown = gw.admin("GET", "/admin/v1/config")[1].decode()
    contains(shown, "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_SERVICE_NAME", "from outside")
    lacks(shown + gw.log_text(), SECRET)
    collector.stop()

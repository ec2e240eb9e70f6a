"""A collector on loopback that takes OTLP over HTTP and checks it against the schema.
SPDX-License-Identifier: MIT"""
import base64
import http.server
import json
import threading
import time

from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

KINDS = {"/v1/traces": trace_service_pb2.ExportTraceServiceRequest,
         "/v1/metrics": metrics_service_pb2.ExportMetricsServiceRequest}
IDS = {"traceId": 16, "spanId": 8, "parentSpanId": 8}


def check(path, text):
    """The message; raises when the schema does not allow it.  Ids are hex in OTLP's JSON, enums numbers, and 64-bit
    numbers texts."""
    def turn(v, key=None):
        if isinstance(v, dict):
            return {k: turn(x, k) for k, x in v.items()}
        if isinstance(v, list):
            return [turn(x) for x in v]
        if key in IDS:
            raw = bytes.fromhex(v)
            assert len(raw) == IDS[key] and any(raw) and v == v.lower(), f"{key} is {v}"
            return base64.b64encode(raw).decode()
        if key in ("kind", "code", "aggregationTemporality"):
            assert isinstance(v, int), f"{key} is {v!r}"
        if key in ("startTimeUnixNano", "endTimeUnixNano", "timeUnixNano", "intValue", "count", "asInt"):
            assert isinstance(v, str), f"{key} is {v!r}"
        return v

    return json_format.Parse(json.dumps(turn(json.loads(text))), KINDS[path]())


def attributes(of):
    return {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in of}


GONE, HALF, DRIP = -1, -2, -3


class Collector:
    """answers: for the next exports of spans, (status, headers, body, delay); then 200.  Status GONE: the connection
    ends without an answer; HALF: in the middle of one; DRIP: it comes byte by byte, and never ends."""

    def __init__(self):
        self.answers, self.requests, self.wrong, self.lock = [], [], [], threading.Lock()
        self.stopped, outer = False, self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers, answer, delay = outer.take(
                    self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                time.sleep(delay)
                try:
                    if status < 0:
                        self.misbehave(status)
                        return
                    self.send_response(status)
                    for name, value in headers:
                        self.send_header(name, value)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    pass

            def misbehave(self, how):
                self.close_connection = True
                if how != GONE:
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
                while how == DRIP and not outer.stopped:
                    self.wfile.write(b" ")
                    time.sleep(1)

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, path, headers, body):
        with self.lock:
            answer = self.answers.pop(0) if self.answers and path == "/v1/traces" else (200, (), b"{}", 0)
            try:
                message = check(path, body)
            except Exception as e:  # whatever it is, the test must hear of it
                self.wrong.append(f"{path}: {e}: {body[:2000]!r}")
                message = None
            self.requests.append((path, headers, message, answer[0], time.monotonic()))
            return answer

    def spans(self, taken_only=True):
        """[(span, attributes)] of what was taken."""
        with self.lock:
            found = [m for path, _, m, status, _ in self.requests if path == "/v1/traces" and m and
                     (status == 200 or not taken_only)]
        return [(s, attributes(s.attributes)) for m in found for r in m.resource_spans for sc in r.scope_spans for s in sc.spans]

    def metrics(self):
        """{name: metric} of the latest export."""
        with self.lock:
            found = [m for path, _, m, _, _ in self.requests if path == "/v1/metrics" and m]
        return {x.name: x for r in found[-1].resource_metrics for sc in r.scope_metrics for x in sc.metrics} if found else {}

    def stop(self):
        self.stopped = True
        self.server.shutdown()
        self.server.server_close()
        assert not self.wrong, self.wrong[0]

"""The gateway itself over cache_redis: no request fails, whatever the server does.
SPDX-License-Identifier: MIT
"""
import json
import time

import gateway
from servers import Server, until

CONFIG = """
server: { workers = 2; };
providers = ( { name = "mock"; type = "mock"; } );
models = ( { name = "mock"; targets = ( { provider = "mock"; model = "mock"; } ); } );
cache: { type = "redis"; deadline = "%s"; options: { url = "%s"; deadline = "%s"; }; };
"""


class Asker:
    def __init__(self, scene, server, deadline):
        config = CONFIG % (deadline, server.url, deadline)
        self.gateway = gateway.Gateway(scene.args, config, scene.slack)
        scene.keep(self)
        self.key = self.gateway.start().key()

    def __call__(self, number):
        """HIT or MISS, and how long it took."""
        body = {"model": "mock", "messages": [{"role": "user", "content": f"Question {number}"}]}
        started = time.monotonic()
        status, head, _ = self.gateway.request(
            "POST", "/v1/chat/completions", json.dumps(body).encode(),
            {"Content-Type": "application/json", "Authorization": "Bearer " + self.key})
        assert status == 200, f"a request failed with {status}"
        return head["x-cache"], (time.monotonic() - started) * 1000

    def close(self):
        try:
            self.gateway.stop()
        finally:
            self.gateway.remove()


def median(times):
    return sorted(times)[len(times) // 2]


def test_no_request_fails(scene):
    server = scene.keep(Server())
    ask = Asker(scene, server, scene.patient(20))
    until(lambda: ask(1)[0] == "HIT", what="a hit")
    usual = median([ask(1)[1] for _ in range(50)])
    for trouble, mend in ((server.stop, server.go_on), (server.kill, server.start)):
        trouble()
        asked = [ask(i % 10) for i in range(150)]
        mend()
        assert all(a[0] == "MISS" for a in asked)
        added = median([a[1] for a in asked]) - usual
        assert added < 20 * scene.slack, f"{added} ms were added to each request"
        until(lambda: [ask(2)[0] for _ in range(4)] == ["HIT"] * 4, 15, "hits")

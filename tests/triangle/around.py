"""Requests made by dice: from a client of each dialect to an upstream of each format, and what reached that,
sent by a client of that dialect, to an upstream of each format again.  Each hop is the request that went in,
but for what carried.py lists.
SPDX-License-Identifier: MIT"""
import json

from expect import Wrong, same

import carried
import dice
from readers import READERS
from upstream import Answer
from writers import WRITERS

ANSWERS = {
    "chat": {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}},
    "messages": {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
                 "stop_sequence": None, "content": [{"type": "text", "text": "Yes."}],
                 "usage": {"input_tokens": 1, "output_tokens": 1}},
}


class Hop:
    """One request of a client to an upstream."""

    def __init__(self, stage, client, format):
        self.stage, self.client, self.format = stage, client, format
        self.name = f"{client} -> {format}"

    def send(self, body):
        """(what reached the upstream, what was left out by the header)"""
        self.stage.upstream.expect(Answer(body=json.dumps(ANSWERS[self.format]).encode()))
        body = dict(body, model="to-" + self.format)
        status, head, answer = self.stage.gateway.request(
            "POST", WRITERS[self.client][0], json.dumps(body, ensure_ascii=False).encode(), {
                "Authorization": "Bearer " + self.stage.key, "Content-Type": "application/json",
                "anthropic-version": "2023-06-01"})
        if status != 200:
            raise Wrong(f"{self.name}: the status is {status}: {answer.decode()[:600]}")
        left = [n.strip() for n in head.get("x-conduit-dropped", "").split(",") if n.strip()]
        return json.loads(self.stage.upstream.requests[-1].body), left

    def check(self, request, body):
        """The body that reached the upstream, after it was found to be the request."""
        got, left = self.send(body)
        if self.client == self.format == "messages":
            same(self.name + ": relayed", {k: v for k, v in got.items() if k != "model"},
                 {k: v for k, v in body.items() if k != "model"})
            return got
        want, told = carried.carried(self.client, self.format, request)
        compare(self.name, READERS[self.format](got), want, self.client != "messages" and self.format != "messages")
        same(self.name + ": x-conduit-dropped", sorted(left), sorted(told))
        return got


def compare(name, got, want, bytewise):
    """bytewise: arguments of calls are texts here and there."""
    got, want = (request if bytewise else with_values(request) for request in (got, want))
    for i, (g, w) in enumerate(zip(got["turns"], want["turns"])):
        same(f"{name}: turn {i}", g, w)
    for member in sorted(set(got) | set(want)):
        same(f"{name}: {member}", got.get(member), want.get(member))


def with_values(request):
    out = json.loads(json.dumps(request), parse_float=str)
    for role, said in out["turns"]:
        for call in said["calls"] if role == "assistant" else []:
            call["arguments"] = json.loads(call["arguments"])
    return out


def check(stage, seed):
    """All ways of two hops."""
    made = dice.request(seed)
    for client, (_, write) in WRITERS.items():
        for format in READERS:
            request = carried.sayable(client, made)
            body = Hop(stage, client, format).check(request, write(request))
            for last in READERS:
                try:
                    Hop(stage, format, last).check(READERS[format](body), body)
                except Wrong as e:
                    raise Wrong(f"after {client}: {e}") from None

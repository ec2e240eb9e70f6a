"""Each recorded answer to a client of each dialect, and back with the next question: the upstream hears
what a client of its own would have told it.
SPDX-License-Identifier: MIT"""
import json

from expect import Wrong, same

import table
from clients import QUESTION, Responses
from formats import next_of
from hosts.compatible import NATIVE
from upstream import Answer


class Talk:
    """One recorded answer, one kind of client."""

    def __init__(self, stage, fixture, format, kind):
        self.stage, self.fixture, self.format, self.kind = stage, fixture, format, kind
        self.name = f"{fixture.name} <-> {kind.name}"

    def is_native(self):
        """The gateway relays bytes: the upstream hears what the client says, whatever that is."""
        host = self.fixture.case.get("options", {}).get("host")
        return (self.format.name, self.kind.name) in table.RELAYED or (host in NATIVE and self.kind.name == "chat") \
            or self.format.name == "responses"

    def ask(self, client):
        """What reached the upstream."""
        step = self.fixture.steps[-1]
        self.stage.upstream.expect(Answer(200, step.type, self.format.wire(self.fixture), step.headers,
                                          how="chunked" if self.fixture.streamed else "whole"))
        path, body = client.ask()
        self.asked = json.loads(json.dumps(body))
        status, _, answer = self.stage.gateway.request("POST", path, json.dumps(body, ensure_ascii=False).encode(), {
            "Authorization": "Bearer " + self.stage.key, "Content-Type": "application/json",
            "anthropic-version": "2023-06-01"})
        if status != 200:
            raise Wrong(f"the status is {status}: {answer.decode()[:600]}")
        client.take(answer.decode())
        return json.loads(self.stage.upstream.requests[-1].body)

    def run(self):
        said = self.format.said(self.fixture)
        tools = sorted({p[2] for p in said if p[0] == "call"})
        client = self.kind(self.fixture.model, self.fixture.streamed, tools)
        client.relayed = self.is_native()
        self.ask(client)
        usage = client.usage
        client.go_on()
        body = self.ask(client)
        if self.is_native():
            kept = [{"role": "user", "content": QUESTION}] + self.format.relayable(self.fixture) \
                if self.kind is Responses else []
            same("messages", body.get("messages"), self.asked.get("messages"))
            same("input", body.get("input"), kept + self.asked["input"] if "input" in self.asked else None)
            same("the blocks", self.format.kept(body), self.format.blocks(self.fixture))
            return usage
        want = table.told(self.format.name, self.kind.name, said) + next_of(said)
        got = self.format.heard(body)
        for i, (g, w) in enumerate(zip(got, want)):
            same(f"piece {i} of what comes back", g, w)
        same("what else comes back", got[len(want):], want[len(got):])
        return usage


class Move(Talk):
    """The next question goes to another host, which can prove no thoughts of the first one."""

    def __init__(self, stage, fixture, format, kind, other):
        super().__init__(stage, fixture, format, kind)
        self.other, self.name = other, f"{self.name}, then {other.name}"

    def run(self):
        said = self.format.said(self.fixture)
        client = self.kind(self.fixture.model, self.fixture.streamed, sorted({p[2] for p in said if p[0] == "call"}))
        client.relayed = self.is_native()
        self.ask(client)
        client.go_on()
        self.fixture, client.model = self.other.plainest, self.other.plainest.model
        self.fixture.streamed = client.streamed = False
        client.relayed = False
        body = self.ask(client)
        same("what the other hears", bare(self.other.heard(body)), bare(said + next_of(said)))
        text = json.dumps(body)
        for p in said:
            proof = table.proof_of(p)
            if len(proof) > 16 and proof in text:
                raise Wrong(f"the other host is told what only {self.format.name} can read: {proof[:80]}")


def bare(pieces):
    """What any host understands: one text, calls by name, as many results."""
    text = "".join(p[1] for p in pieces if p[0] == "text")
    return [text] + [p[2:4] for p in pieces if p[0] == "call"] + [p[2] for p in pieces if p[0] == "result"]


def all_moves(stage, names):
    for format in stage.formats:
        for fixture in filter(format.movable, stage.made.get(format.name, stage.fixtures_of(format))[::3]):
            if names and not any(n in fixture.name for n in names):
                continue
            for other in stage.formats:
                yield from (Move(stage, fixture, format, kind, other) for kind in format.clients if other is not format
                            and other.plainest and (other.name, kind.name) not in table.RELAYED)


def all_talks(stage, names):
    for format in stage.formats:
        for fixture in stage.fixtures_of(format):
            if names and not any(n in fixture.name for n in names):
                continue
            yield [Talk(stage, fixture, format, kind) for kind in format.clients]


def check_usage(usages):
    """All clients are told the same numbers, each in the words of its dialect."""
    told = {k: u for k, u in usages.items() if u}
    for kind, usage in told.items():
        first = next(iter(told))
        same(f"usage: {first} and {kind}", usage, told[first])

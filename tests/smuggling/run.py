#!/usr/bin/env python3
"""smuggling/run.py - sends every request of requests.py to a server and judges what it does.

usage: run.py HOST PORT [--seed N]

Each one whole, split at every byte, and behind a good request on the same connection.  A bad
one must get 4xx or nothing, then the end of the connection; what is sent after it must never
be answered.  A good one must get as many answers as it has requests, none of them a refusal
by the front.  Works against any server that does not answer good requests with 400.
SPDX-License-Identifier: MIT
"""
import argparse
import asyncio
import random
import sys

sys.dont_write_bytecode = True          # no files of ours in the source tree

import requests as cases                # noqa: E402

AT_ONCE = 48              # connections
WAIT_S = 8.0              # for one connection
PAUSE_S = 0.002           # between two parts, so that the server sees them apart
SAMPLED_FROM = 600        # longer requests are split at some places only
SAMPLES = 40
REFUSALS = {400, 405, 408, 411, 413, 414, 417, 431, 501, 505}
FRONT_REFUSALS = REFUSALS - {405}


class Answers:
    """Splits what the server sent into answers; heads without bodies are told in advance."""

    def __init__(self, heads):
        self.data, self.statuses, self.heads = b"", [], heads

    def feed(self, data):
        self.data += data
        while self._one():
            pass

    def _one(self):
        end = self.data.find(b"\r\n\r\n")
        if end < 0:
            return False
        lines = self.data[:end].split(b"\r\n")
        status = int(lines[0].split(b" ")[1])
        fields = {}
        for field in lines[1:]:
            name, _, value = field.partition(b":")
            fields[name.strip().lower()] = value.strip()
        length = int(fields.get(b"content-length", b"0"))
        if status < 200 or len(self.statuses) in self.heads or status in (204, 304):
            length = 0
        elif fields.get(b"transfer-encoding") == b"chunked":
            stop = self.data.find(b"0\r\n\r\n", end + 4)
            if stop < 0:
                return False
            length = stop + 5 - end - 4
        if len(self.data) < end + 4 + length:
            return False
        self.data = self.data[end + 4 + length:]
        if status >= 200:
            self.statuses.append(status)
        return True


async def talk(address, parts, want, heads=()):
    """Statuses of the answers, and whether the server ended the connection."""
    answers, ended = Answers(heads), False
    reader, writer = await asyncio.open_connection(*address)

    async def read():
        nonlocal ended
        while want is None or len(answers.statuses) < want:
            data = await reader.read(65536)
            if not data:
                ended = True
                return
            answers.feed(data)

    task = asyncio.ensure_future(read())
    try:
        for i, part in enumerate(parts):
            if i:
                await asyncio.sleep(PAUSE_S)
            writer.write(part)
            await writer.drain()
        await asyncio.wait_for(task, WAIT_S)
    except (ConnectionError, asyncio.TimeoutError) as e:
        ended |= isinstance(e, ConnectionError)
        if not task.done():
            try:
                await asyncio.wait_for(task, WAIT_S if ended else 0.01)
            except (ConnectionError, asyncio.TimeoutError):
                pass
    finally:
        task.cancel()
        writer.close()
    return answers.statuses, ended


def splits(data, rng):
    if len(data) <= SAMPLED_FROM:
        return range(1, len(data))
    return sorted(rng.sample(range(1, len(data)), SAMPLES))


def ways(data, tail, rng):
    """(label, parts, answers that come before it)"""
    yield "whole", [data + tail], 0
    for at in splits(data, rng):
        yield f"split at {at}", [data[:at], data[at:] + tail], 0
    yield "behind a good one", [cases.GOOD + data + tail], 1
    yield "behind a good one, apart", [cases.GOOD, data + tail], 1
    if len(data) <= SAMPLED_FROM:
        yield "byte by byte", [data[i:i + 1] for i in range(len(data))] + [tail], 0


async def refused(address, parts, before):
    statuses, ended = await talk(address, parts, None)
    if not ended:
        return f"was not refused: {statuses}, still open"
    rest = statuses[before:]
    if statuses[:before] and statuses[0] in FRONT_REFUSALS:
        return f"the good request before it was refused: {statuses}"
    if len(rest) > 1:
        return f"a second request was answered: {statuses}"
    if rest and rest[0] not in REFUSALS:
        return f"was answered: {statuses}"
    return None


async def accepted(address, parts, before, want, heads):
    heads = {i + before for i in heads}
    statuses, _ = await talk(address, parts, before + want, heads)
    if len(statuses) != before + want or FRONT_REFUSALS & set(statuses):
        return f"expected {before + want} answers, got {statuses}"
    return None


async def run(host, port, seed):
    rng, address = random.Random(seed), (host, port)
    gate, counts, failures = asyncio.Semaphore(AT_ONCE), [0, 0], []

    async def one(name, label, coroutine):
        async with gate:
            try:
                why = await coroutine
            except OSError as e:
                why = str(e)
        counts[why is not None] += 1
        if why:
            failures.append(f"{name} ({label}): {why}")

    jobs = []
    for name, data in cases.REFUSED + cases.ALSO_REFUSED:
        for label, parts, before in ways(data, cases.SMUGGLED, rng):
            jobs.append(one(name, label, refused(address, parts, before)))
    for name, data, want in cases.ACCEPTED:
        heads = {0} if data.startswith(b"HEAD") else set()
        for label, parts, before in ways(data, b"", rng):
            jobs.append(one(name, label, accepted(address, parts, before, want, heads)))
    await asyncio.gather(*jobs)
    return counts[0], counts[1], failures


def check(host, port, seed=1):
    """(passed, failed, what failed)"""
    return asyncio.run(run(host, port, seed))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--seed", type=int, default=1, help="chooses where long ones are split")
    args = parser.parse_args()
    passed, failed, failures = check(args.host, args.port, args.seed)
    for failure in failures[:50]:
        print("FAIL", failure)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""How a real conduitd chooses targets, and what its clients see when upstreams fail.
SPDX-License-Identifier: MIT

usage: run.py --conduitd FILE --conduitctl FILE --plugins DIR [--slow N] [--long] [NAME...]

Each scene has gateways and upstreams of its own; figures that are asserted are printed.  They
mostly wait, so lanes of them run beside each other; what fails there, where others take their
part of the machine, is played again alone, and that counts.  --long, or ROUTING_LONG=1 in the environment: outages of
a minute at a thousand requests a second."""
import argparse
import os
import sys
import tempfile
import threading
import time
import traceback

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TOP, "tests", "support"), os.path.join(TOP, "tests", "bench")]
import gateway  # noqa: E402
import bursts  # noqa: E402
import credentials  # noqa: E402
import fallbacks  # noqa: E402
import hedges  # noqa: E402
import inputs  # noqa: E402
import outages  # noqa: E402
import rows  # noqa: E402
import shares  # noqa: E402
import steering  # noqa: E402
import streams  # noqa: E402
from stage import Failed, Stage  # noqa: E402

LANES = ((bursts, hedges), (shares, outages, steering, inputs), (streams, fallbacks, credentials))


def scenes_of(module):
    return [(f"{module.__name__}: {name[5:].replace('_', ' ')}", f)
            for name, f in vars(module).items() if name.startswith("test_")]


def play(args, tools, title, scene, word="FAIL"):
    """Did it go well?  Else word is said."""
    stage, problems, begin = Stage(args, tools), [], time.monotonic()
    try:
        scene(stage)
    except Exception as e:  # any surprise is a failed scene, not the end of the run
        problems.append(str(e) if isinstance(e, Failed) else traceback.format_exc())
    problems += ["at the end: " + p for p in stage.finish()]
    took = time.monotonic() - begin
    lines = ["     " + text for text in stage.said]
    lines += [f"{word} routing: {title} ({took:.1f} s)\n     {p}" for p in problems]
    print("\n".join(lines + ([] if problems else [f"ok   routing: {title} ({took:.1f} s)"])), flush=True)
    return not problems


def play_all(args, tools, rooms, results, again):
    for title, scene in [s for room in rooms for s in scenes_of(room)]:
        if args.names and not any(n in title for n in args.names):
            continue
        if play(args, tools, title, scene, "beside others: fail"):
            results.append(True)
        else:
            again.append((title, scene))


def main():
    parser = argparse.ArgumentParser()
    gateway.add_arguments(parser)
    parser.add_argument("--long", action="store_true", default=bool(os.environ.get("ROUTING_LONG")))
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    for name in ("conduitd", "conduitctl", "plugins"):
        setattr(args, name, os.path.abspath(getattr(args, name)))
    results, again, begin = [], [], time.monotonic()
    with tempfile.TemporaryDirectory(prefix="conduit-routing-") as folder:
        tools = rows.Tools(folder, pinned=False)
        try:
            lanes = [threading.Thread(target=play_all, args=(args, tools, rooms, results, again)) for rooms in LANES]
            for lane in lanes:
                lane.start()
            for lane in lanes:
                lane.join()
            results += [play(args, tools, title, scene) for title, scene in again]
        finally:
            tools.close()
    passed = sum(results)
    print(f"{len(results)} scenes in {time.monotonic() - begin:.1f} s")
    print(f"{passed} passed, {len(results) - passed} failed, 0 skipped")
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())

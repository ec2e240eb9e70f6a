#!/usr/bin/env python3
"""Known answers and shared flights, with a real conduitd: never a wrong answer, never half of one.
SPDX-License-Identifier: MIT

usage: scenes.py --conduitd FILE --conduitctl FILE --plugins DIR [--slow N] [NAME...]

Each scene has a gateway and upstreams of its own.  They mostly wait, so lanes of them run beside
each other; what fails there is played again alone, and that counts."""
import argparse
import os
import sys
import threading
import time
import traceback

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TOP, "tests", "support")]
import gateway  # noqa: E402
import faults  # noqa: E402
import flights  # noqa: E402
import sharing  # noqa: E402
import stale  # noqa: E402
import stored  # noqa: E402
import wrong_answers  # noqa: E402
from scene import Failed, Stage  # noqa: E402

LANES = ((wrong_answers, sharing, stored), (flights, stale, faults))


def scenes_of(module):
    return [(f"{module.__name__}: {name[5:].replace('_', ' ')}", f)
            for name, f in vars(module).items() if name.startswith("test_")]


def play(args, title, scene, word="FAIL"):
    """Did it go well?  Else word is said."""
    stage, problems, begin = Stage(args), [], time.monotonic()
    try:
        scene(stage)
    except Exception as e:  # any surprise is a failed scene, not the end of the run
        problems.append(str(e) if isinstance(e, Failed) else traceback.format_exc())
    problems += ["at the end: " + p for p in stage.finish()]
    took = time.monotonic() - begin
    lines = ["     " + text for text in stage.said]
    lines += [f"{word} cache: {title} ({took:.1f} s)\n     {p}" for p in problems]
    print("\n".join(lines + ([] if problems else [f"ok   cache: {title} ({took:.1f} s)"])), flush=True)
    return not problems


def play_all(args, rooms, results, again):
    for title, scene in [s for room in rooms for s in scenes_of(room)]:
        if args.names and not any(n in title for n in args.names):
            continue
        if play(args, title, scene, "beside others: fail"):
            results.append(True)
        else:
            again.append((title, scene))


def main():
    parser = argparse.ArgumentParser()
    gateway.add_arguments(parser)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    for name in ("conduitd", "conduitctl", "plugins"):
        setattr(args, name, os.path.abspath(getattr(args, name)))
    results, again, begin = [], [], time.monotonic()
    lanes = [threading.Thread(target=play_all, args=(args, rooms, results, again)) for rooms in LANES]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    results += [play(args, title, scene) for title, scene in again]
    passed = sum(results)
    print(f"{len(results)} scenes in {time.monotonic() - begin:.1f} s")
    print(f"{passed} passed, {len(results) - passed} failed, 0 skipped")
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())

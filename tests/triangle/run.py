#!/usr/bin/env python3
"""The triangle Chat - Messages - Responses: what goes there comes back.
SPDX-License-Identifier: MIT

usage: run.py --conduitd FILE --conduitctl FILE --plugins DIR [--seed N] [--count N] [--slow N] [-v] [NAME...]

Two families: every recorded answer to a client of every dialect and back (there_and_back.py), and requests
made of pieces by dice around the triangle (around.py).  A failure says its seed; --seed N --count 1 plays
that one again.  NAME: part of a recording's name, or "around".
"""
import argparse
import os
import sys
import time
import traceback

sys.dont_write_bytecode = True              # nothing goes into the tree
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(TOP, "tests", "support"), os.path.join(TOP, "tests", "fixtures")]
import around  # noqa: E402
import gateway  # noqa: E402
import stage  # noqa: E402
import there_and_back  # noqa: E402
from expect import Wrong  # noqa: E402


class Score:
    def __init__(self, loud):
        self.passed, self.failed, self.loud = 0, 0, loud

    def run(self, name, check):
        """What check() returns; None when it failed."""
        try:
            out = check()
        except Exception as e:                  # any surprise fails this one, not the run
            self.failed += 1
            why = str(e) if isinstance(e, Wrong) else traceback.format_exc()
            print(f"FAILED {name}\n      {why}", flush=True)
            return None
        self.passed += 1
        if self.loud:
            print("ok     " + name)
        return out


def main():
    parser = argparse.ArgumentParser()
    gateway.add_arguments(parser)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("-v", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    score, started = Score(args.v), time.monotonic()
    with stage.Stage(args) as s:
        for talks in there_and_back.all_talks(s, args.names):
            usages = {t.kind.name: score.run(t.name, t.run) for t in talks}
            score.run(talks[0].fixture.name + ": usage", lambda: there_and_back.check_usage(usages))
        for move in there_and_back.all_moves(s, args.names):
            score.run(move.name, move.run)
        for seed in range(args.seed, args.seed + args.count) if not args.names or "around" in args.names else ():
            score.run(f"around, --seed {seed} --count 1", lambda: around.check(s, seed))
        problem = s.finish()
    if problem:
        score.failed += 1
        print("FAILED at the end: " + problem)
    print(f"{time.monotonic() - started:.1f} s")
    print(f"{score.passed} passed, {score.failed} failed, 0 skipped")
    return 1 if score.failed or not score.passed else 0


if __name__ == "__main__":
    sys.exit(main())

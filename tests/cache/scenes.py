#!/usr/bin/env python3
"""Known answers and shared flights, with a real conduitd: never a wrong answer, never half of one.
SPDX-License-Identifier: MIT

usage: scenes.py --conduitd FILE --conduitctl FILE --plugins DIR [--slow N] [NAME...]

Each scene has a gateway and upstreams of its own."""
import argparse
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TOP, "tests", "support")]
import faults  # noqa: E402
import flights  # noqa: E402
import lanes  # noqa: E402
import sharing  # noqa: E402
import stale  # noqa: E402
import stored  # noqa: E402
import wrong_answers  # noqa: E402
from scene import Stage  # noqa: E402

LANES = ((wrong_answers, sharing, stored), (flights,), (stale, faults))


def main():
    args = lanes.read_args(argparse.ArgumentParser())
    return lanes.Run("cache", lambda: Stage(args), args.names).play_all(LANES)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""How a real conduitd chooses targets, and what its clients see when upstreams fail.
SPDX-License-Identifier: MIT

usage: run.py --conduitd FILE --conduitctl FILE --plugins DIR [--slow N] [--long] [NAME...]

Each scene has gateways and upstreams of its own; figures that are asserted are printed.  --long, or
ROUTING_LONG=1 in the environment: outages of a minute at a thousand requests a second."""
import argparse
import os
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TOP, "tests", "support"), os.path.join(TOP, "tests", "bench")]
import bursts  # noqa: E402
import credentials  # noqa: E402
import fallbacks  # noqa: E402
import hedges  # noqa: E402
import inputs  # noqa: E402
import lanes  # noqa: E402
import outages  # noqa: E402
import rows  # noqa: E402
import shares  # noqa: E402
import steering  # noqa: E402
import streams  # noqa: E402
from stage import Stage  # noqa: E402

LANES = ((bursts, hedges), (shares, outages, steering, inputs), (streams, fallbacks, credentials))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--long", action="store_true", default=bool(os.environ.get("ROUTING_LONG")))
    args = lanes.read_args(parser)
    with tempfile.TemporaryDirectory(prefix="conduit-routing-") as folder:
        tools = rows.Tools(folder, pinned=False)
        try:
            return lanes.Run("routing", lambda: Stage(args, tools), args.names).play_all(LANES)
        finally:
            tools.close()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Metrics by promtool, traces by a collector that knows OTLP's schema, on a real conduitd.
SPDX-License-Identifier: MIT

usage: run.py --conduitd FILE --conduitctl FILE --plugins DIR [--slow N] [-v] [NAME...]
"""
import argparse
import os
import sys
import time
import traceback

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
for folder in ("support", "admin", "monitoring"):
    sys.path.insert(0, os.path.join(TOP, "tests", folder))
import gateway  # noqa: E402
import figures  # noqa: E402
import hostile  # noqa: E402
import traces  # noqa: E402
import words  # noqa: E402
from scene import Scene  # noqa: E402

ROOMS = (figures, traces, hostile, words)


def main():
    parser = argparse.ArgumentParser()
    gateway.add_arguments(parser)
    parser.add_argument("-v", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    args.conduitd, args.conduitctl = os.path.abspath(args.conduitd), os.path.abspath(args.conduitctl)
    args.plugins = os.path.abspath(args.plugins)
    passed = failed = 0
    for module in ROOMS:
        scene = Scene(args)
        for name, test in list(vars(module).items()):
            title = f"{module.__name__}: {name[5:].replace('_', ' ')}"
            if not name.startswith("test_") or (args.names and not any(n in title for n in args.names)):
                continue
            started = time.monotonic()
            try:
                test(scene)
                passed += 1
                if args.v:
                    print(f"ok     {title} ({time.monotonic() - started:.1f} s)", flush=True)
            except Exception as e:  # any surprise is a failed test, not the end of the run
                failed += 1
                detail = str(e) if type(e) is AssertionError and str(e) else traceback.format_exc()
                print(f"FAILED {title}\n      {detail}", flush=True)
        for problem in scene.finish():
            failed += 1
            print(f"FAILED {module.__name__}: at the end: {problem}", flush=True)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Drives the admin API, conduitctl and conduitd's own options and signals on a real conduitd.
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
sys.path.insert(0, os.path.join(TOP, "tests", "support"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gateway  # noqa: E402
import api  # noqa: E402
import budgets  # noqa: E402
import caching  # noqa: E402
import cli  # noqa: E402
import clocks  # noqa: E402
import daemon  # noqa: E402
import events  # noqa: E402
import files  # noqa: E402
import groups  # noqa: E402
import known  # noqa: E402
import ledger  # noqa: E402
import models  # noqa: E402
import records  # noqa: E402
import responses  # noqa: E402
import sessions  # noqa: E402
import settings  # noqa: E402
import sizes  # noqa: E402
import steering  # noqa: E402
import usage  # noqa: E402
from scene import Scene  # noqa: E402

ROOMS = (api, sessions, files, events, groups, budgets, caching, usage, records, known, responses, ledger, models, cli,
         settings, steering, sizes, clocks, daemon)


def tests_of(module):
    return [(f"{module.__name__}: {name[5:].replace('_', ' ')}", f)
            for name, f in vars(module).items() if name.startswith("test_")]


def main():
    parser = argparse.ArgumentParser()
    gateway.add_arguments(parser)
    parser.add_argument("-v", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    args.conduitd, args.conduitctl = os.path.abspath(args.conduitd), os.path.abspath(args.conduitctl)
    args.plugins = os.path.abspath(args.plugins)
    passed = failed = 0
    started = time.monotonic()
    for module in ROOMS:
        scene = Scene(args)
        for title, test in tests_of(module):
            if args.names and not any(n in title for n in args.names):
                continue
            try:
                test(scene)
                passed += 1
                if args.v:
                    print("ok     " + title, flush=True)
            except Exception as e:  # any surprise is a failed test, not the end of the run
                failed += 1
                detail = str(e) if type(e) is AssertionError and str(e) else traceback.format_exc()
                print(f"FAILED {title}\n      {detail}", flush=True)
        for problem in scene.finish():
            failed += 1
            print(f"FAILED {module.__name__}: at the end: {problem}", flush=True)
    print(f"{passed + failed} tests in {time.monotonic() - started:.1f} s")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Drives cache_redis through the real host against real servers that come, go, hang and lie.
SPDX-License-Identifier: MIT

usage: run.py --conduitd FILE --conduitctl FILE --plugins DIR --drive FILE --check FILE [--slow N]
              [-v] [NAME...]
"""
import argparse
import os
import sys
import time
import traceback

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "support")]
import gateway  # noqa: E402
import redis_cluster  # noqa: E402
import redis_gateway  # noqa: E402
import redis_trouble  # noqa: E402
import redis_usual  # noqa: E402
from driver import Drive  # noqa: E402


class Scene:
    """What one test opens, closed in the other order."""

    def __init__(self, args):
        self.args, self.slack, self.open = args, args.slow, []

    def keep(self, thing):
        self.open.append(thing)
        return thing

    @property
    def plugin(self):
        return os.path.join(self.args.plugins, "cache_redis.so")

    def patient(self, ms=100):
        """A deadline, where it is not about time: other programs may run beside."""
        return f"{int(ms * self.slack)}ms"

    def drive(self, workers=1, **options):
        options.setdefault("deadline", self.patient())
        return self.keep(Drive(self.args.drive, self.plugin, workers, **options))

    def close(self):
        trouble = None
        while self.open:
            try:
                self.open.pop().close()
            except Exception as e:  # the others are closed all the same
                trouble = trouble or e
        if trouble:
            raise trouble


def run(args, title, test):
    scene = Scene(args)
    started = time.monotonic()
    try:
        try:
            test(scene)
        finally:
            scene.close()
    except Exception as e:  # any surprise is a failed test, not the end of the run
        detail = str(e) if type(e) is AssertionError and str(e) else traceback.format_exc()
        print(f"FAILED {title}\n      {detail}", flush=True)
        return False
    if args.v:
        print(f"ok     {title} ({time.monotonic() - started:.1f} s)", flush=True)
    return True


def main():
    parser = argparse.ArgumentParser()
    gateway.add_arguments(parser)
    parser.add_argument("--drive", required=True)
    parser.add_argument("--check", required=True, help="conduit-plugin-check")
    parser.add_argument("-v", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    passed = failed = 0
    for module in (redis_usual, redis_trouble, redis_cluster, redis_gateway):
        for name, test in list(vars(module).items()):
            title = f"{module.__name__}: {name[5:].replace('_', ' ')}"
            if not name.startswith("test_") or \
                    (args.names and not any(n in title for n in args.names)):
                continue
            good = run(args, title, test)
            passed, failed = passed + good, failed + (not good)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


sys.exit(main())

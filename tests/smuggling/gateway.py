#!/usr/bin/env python3
"""The smuggling list (requests.py) against a whole gateway.
SPDX-License-Identifier: MIT

usage: gateway.py --conduitd FILE --conduitctl FILE --plugins DIR [--slow N]"""
import argparse
import os
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "support"))
import gateway  # noqa: E402

CONFIG = """
server = { listen = ( { address = "127.0.0.1"; port = 0; } ); workers = 2; };
admin = { listen = ( { address = "127.0.0.1"; port = 0; } ); };
providers = ( { name = "mock"; type = "mock"; keys = ( ); } );
models = ( { name = "mock"; targets = ( { provider = "mock"; model = "mock"; } ); unpriced = "free"; } );
"""


def main():
    parser = argparse.ArgumentParser()
    gateway.add_arguments(parser)
    args = parser.parse_args()
    gw = gateway.Gateway(args, CONFIG, args.slow).start()
    try:
        run = [sys.executable, os.path.join(TOP, "tests", "smuggling", "run.py"), "127.0.0.1", str(gw.port)]
        code = subprocess.call(run)
        problem = gw.stop()
        if problem:
            print(problem)
            print("0 passed, 1 failed, 0 skipped")
        return 1 if problem else code
    finally:
        gw.remove()


if __name__ == "__main__":
    sys.exit(main())

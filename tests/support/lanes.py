"""Scenes in lanes: each is a function test_... of a module, played on a stage of its own.  They
mostly wait, so lanes of them run beside each other; what fails there, where others take their part
of the machine, is played again alone, and that counts.
SPDX-License-Identifier: MIT"""
import os
import threading
import time
import traceback

import gateway


class Failed(Exception):
    pass


def check(fine, what):
    if not fine:
        raise Failed(str(what)[:3000])


def equal(got, want, what=""):
    check(got == want, f"{what}: expected {want!r}, got {got!r}")


def wait_until(fact, seconds, step=0.01):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        got = fact()
        if got:
            return got
        time.sleep(step)
    return fact()


def read_args(parser):
    gateway.add_arguments(parser)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    for name in ("conduitd", "conduitctl", "plugins"):
        setattr(args, name, os.path.abspath(getattr(args, name)))
    return args


def scenes_of(module):
    return [(f"{module.__name__}: {name[5:].replace('_', ' ')}", f)
            for name, f in vars(module).items() if name.startswith("test_")]


class Run:
    """part: whose scenes.  make_stage(): has finish(), which gives what is wrong at the end, and
    said, a list of lines to print.  names: only scenes with one of them in their title."""

    def __init__(self, part, make_stage, names):
        self.part, self.make_stage, self.names = part, make_stage, names
        self.results, self.again = [], []

    def play(self, title, scene, word="FAIL"):
        """Did it go well?  Else word is said."""
        stage, problems, begin = self.make_stage(), [], time.monotonic()
        try:
            scene(stage)
        except Exception as e:  # any surprise is a failed scene, not the end of the run
            problems.append(str(e) if isinstance(e, Failed) else traceback.format_exc())
        problems += ["at the end: " + p for p in stage.finish()]
        took = time.monotonic() - begin
        lines = ["     " + text for text in stage.said]
        lines += [f"{word} {self.part}: {title} ({took:.1f} s)\n     {p}" for p in problems]
        print("\n".join(lines + ([] if problems else [f"ok   {self.part}: {title} ({took:.1f} s)"])), flush=True)
        return not problems

    def play_lane(self, modules):
        for title, scene in [s for module in modules for s in scenes_of(module)]:
            if self.names and not any(n in title for n in self.names):
                continue
            if self.play(title, scene, "beside others: fail"):
                self.results.append(True)
            else:
                self.again.append((title, scene))

    def play_all(self, lanes):
        """The exit status."""
        begin = time.monotonic()
        threads = [threading.Thread(target=self.play_lane, args=(modules,)) for modules in lanes]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.results += [self.play(title, scene) for title, scene in self.again]
        passed = sum(self.results)
        print(f"{len(self.results)} scenes in {time.monotonic() - begin:.1f} s")
        print(f"{passed} passed, {len(self.results) - passed} failed, 0 skipped")
        return 0 if self.results and all(self.results) else 1

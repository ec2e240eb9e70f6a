#!/usr/bin/env python3
"""Real coding agents take a turn with a tool call through a real conduitd, before a scripted upstream.
SPDX-License-Identifier: MIT

usage: run.py --conduitd FILE --conduitctl FILE --plugins DIR [--slow N] [-v] [NAME...]

NAME: only scenes (see below) or formats (chat, messages, gemini) of that name.  The programs are those of package-lock.json,
kept in AGENTS_CACHE (~/.cache/conduit-agents).  Each starts in an empty home with what "conduitctl env" prints, or by
"conduitctl run", and with nothing else.
"""
import argparse
import glob
import hashlib
import json
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests", "support"))
import gateway  # noqa: E402
from faces import FACES, FILE, PATCH, READ, Script  # noqa: E402

CONFIG = """
server = { listen = ( { address = "127.0.0.1"; port = 0; } ); workers = 1; };
admin = { listen = ( { address = "127.0.0.1"; port = 0; } ); };
logging = { level = "info"; };
routing = { retry_wait = "0"; };
"""
ASKED = f"Read the file {FILE} in this folder with a tool, then tell me the word that is in it."
QUIET = {"DISABLE_TELEMETRY": "1", "DISABLE_ERROR_REPORTING": "1", "DISABLE_AUTOUPDATER": "1", "OPENCODE_DISABLE_AUTOUPDATE": "1",
         "OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_LSP_DOWNLOAD": "1"}
PROGRAMS = {
    "claude": "@anthropic-ai/claude-code-linux-x64/claude",
    "codex": "@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex",
    "opencode": "opencode-linux-x64-baseline/bin/opencode",
}
CLAUDE = ("-p", ASKED, "--allowedTools", "Bash")
CODEX = ("exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", ASKED)
OPENCODE = ("run", ASKED)


@dataclass(frozen=True)
class Scene:
    agent: str
    words: tuple
    plan: tuple = (READ,)
    known_as: str = ""                  # the model's name begins so: what an agent knows of a model changes its tools
    by_run: bool = False                # started by conduitctl run
    other: tuple = ()                   # another text for one of the configuration
    says: str = ""                      # on its output; else the word
    asks: tuple = ()                    # routes


SCENES = {
    "claude": Scene("claude", CLAUDE),
    "claude-context": Scene("claude", ("-p", "/context"), (), by_run=True, says="Context Usage", asks=("/v1/messages/count_tokens", "/v1/models")),
    "codex": Scene("codex", CODEX),
    # A tool of free text with a grammar, and then one with arguments.
    "codex-patches": Scene("codex", CODEX, (PATCH, READ), known_as="gpt-5.5-", by_run=True),
    # Tools that come with a message, in namespaces, and programs that call others.
    "codex-programs": Scene("codex", CODEX, known_as="gpt-6-sol-"),
    "opencode": Scene("opencode", OPENCODE),
    "opencode-run": Scene("opencode", OPENCODE, by_run=True),
    "opencode-responses": Scene("opencode", OPENCODE, other=("@ai-sdk/openai-compatible", "@ai-sdk/openai"), asks=("/v1/responses",)),
    "opencode-messages": Scene("opencode", OPENCODE, other=("@ai-sdk/openai-compatible", "@ai-sdk/anthropic"), asks=("/v1/messages",)),
}


def install():
    """The folder of the programs: made once for each lock file."""
    with open(os.path.join(HERE, "package-lock.json"), "rb") as f:
        name = hashlib.sha256(f.read()).hexdigest()[:12]
    cache = os.environ.get("AGENTS_CACHE") or os.path.expanduser("~/.cache/conduit-agents")
    folder = os.path.join(cache, name)
    if not os.path.isdir(folder):
        os.makedirs(cache, exist_ok=True)
        new = tempfile.mkdtemp(prefix="new-", dir=cache)
        for f in ("package.json", "package-lock.json"):
            shutil.copy(os.path.join(HERE, f), new)
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=new, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            shutil.rmtree(new)
            sys.exit(f"npm ci failed:\n{done.stdout[-3000:]}\n0 passed, 1 failed, 0 skipped")
        os.rename(new, folder)
    return os.path.join(folder, "node_modules")


def configuration(port):
    providers = [f'{{ name = "{f.name}"; type = "{f.type}"; base_url = "http://127.0.0.1:{port}{f.path}"; '
                 f'keys = ( {{ secret = "env:AGENTS_SECRET"; }} ); }}' for f in FACES]
    models = [f'{{ name = "by-{f.name}"; aliases = [ "gpt-5.5-by-{f.name}", "gpt-6-sol-by-{f.name}" ]; targets = ( {{ provider = "{f.name}"; model = "upstream-{f.name}"; }} ); '
              f'capabilities = [ "chat", "tools" ]; context_window = 200000; unpriced = "free"; }}' for f in FACES]
    return CONFIG + f"providers = ( {', '.join(providers)} );\nmodels = ( {', '.join(models)} );\n"


class Turn:
    """One scene over one format."""

    def __init__(self, args, gw, script, programs, scene, face):
        self.args, self.gw, self.script, self.scene = args, gw, script, scene
        self.model = f"{scene.known_as}by-{face.name}"
        self.program = os.path.join(programs, PROGRAMS[scene.agent])
        self.home = tempfile.mkdtemp(prefix="conduit-agent-")
        self.work = os.path.join(self.home, "work")
        self.word = f"heron-{random.randrange(10**6):06d}"

    def settings(self):
        """The environment that conduitctl says; its file, too, is there then."""
        env = dict(self.gw.env, CONDUIT_URL=f"http://127.0.0.1:{self.gw.port}", CONDUIT_API_KEY=self.gw.key("agents"))
        done = subprocess.run([self.args.conduitctl, "env", self.scene.agent, "-m", self.model, "--shell", "json"], env=env,
                              capture_output=True, text=True, check=True)
        said = json.loads(done.stdout)
        if "file" in said:
            path = said["file"]["path"].replace("~", self.home)
            path = os.path.join(self.work, path)           # which an absolute one replaces
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as f:
                f.write(said["file"]["text"].replace(*self.scene.other) if self.scene.other else said["file"]["text"])
        return said["set"]

    def command(self):
        """(words, environment)"""
        env = {"HOME": self.home, "PATH": "/usr/local/bin:/usr/bin:/bin", "TMPDIR": self.home, **QUIET}
        if not self.scene.by_run:
            return [self.program, *self.scene.words], {**env, **self.settings()}
        env.update(CONDUIT_URL=f"http://127.0.0.1:{self.gw.port}", CONDUIT_API_KEY=self.gw.key("agents"),
                   CONDUIT_DATA_DIR=self.gw.env["CONDUIT_DATA_DIR"], PATH=os.path.dirname(self.program) + ":" + env["PATH"])
        return [self.args.conduitctl, "run", self.scene.agent, "-m", self.model, "--", *self.scene.words], env

    def run(self):
        """Raises when something is not as it is to be."""
        os.makedirs(self.work)
        if PATCH not in self.scene.plan:
            with open(os.path.join(self.work, FILE), "w", encoding="ascii") as f:
                f.write(f"The word of today is {self.word}.\n")
        seen = len(self.gw.access_lines())
        self.script.begin(self.scene.plan, self.word)
        words, env = self.command()
        agent = subprocess.Popen(words, cwd=self.work, env=env, stdin=subprocess.DEVNULL, text=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, start_new_session=True)
        try:
            out, err = agent.communicate(timeout=120 * self.args.slow)
        except subprocess.TimeoutExpired:
            agent.kill()
            out, err = agent.communicate()
            raise AssertionError(f"it did not end\n{out[-3000:]}\n{err[-3000:]}\n{self.told(seen)}") from None
        if self.args.v:
            print(self.told(seen), f"tools called: {self.script.called}, side requests: {self.script.side}", sep="\n")
        self.judge(agent.returncode, out, err, seen)

    def lines(self, seen):
        """The access log of the turn; it lags a little behind the answers."""
        deadline = time.monotonic() + 3 * self.args.slow
        while True:
            lines = self.gw.access_lines()[seen:]
            if sum(x["method"] == "POST" for x in lines) >= self.script.asked or time.monotonic() > deadline:
                return lines
            time.sleep(0.02)

    def told(self, seen):
        return "\n".join(f"  {x['method']} {x['route']} {x['status']} {x.get('kind', '')}" for x in self.lines(seen))

    def judge(self, code, out, err, seen):
        about = f"\n--- out\n{out[-3000:]}\n--- err\n{err[-3000:]}\n--- asked\n{self.told(seen)}"
        lines, script = self.lines(seen), self.script
        problems = [f"the upstream would refuse: {w}" for w in script.wrong]
        problems += [f"not answered: {x}" for x in lines if x["status"] >= 400]
        problems += [f"{r} was not asked for" for r in self.scene.asks if r not in {x["route"] for x in lines}]
        if code:
            problems.append(f"it ended with {code}")
        if len(script.called) != len(self.scene.plan):
            problems.append(f"tools that were called: {script.called}")
        if self.scene.plan and (not script.found or self.word not in script.found[-1]):
            problems.append(f"the tool's result did not come back: {script.found}")
        if (self.scene.says or self.word) not in out:
            problems.append("the answer was not printed")
        if problems:
            raise AssertionError("\n".join(problems) + about)

    def end(self):
        """Also what the agent has left running: it has our home in its environment."""
        mark = f"HOME={self.home}\0".encode()
        for path in glob.glob("/proc/[0-9]*/environ"):
            try:
                with open(path, "rb") as f:
                    if mark in f.read():
                        os.kill(int(path.split("/")[2]), signal.SIGKILL)
            except OSError:
                pass
        for _ in range(3):                              # who is being killed may still write
            shutil.rmtree(self.home, ignore_errors=True)


def chosen(names):
    scenes = [n for n in names if n in SCENES] or SCENES
    faces = [f for f in FACES if f.name in names] or FACES
    unknown = set(names) - set(SCENES) - {f.name for f in FACES}
    if unknown:
        sys.exit(f"there is no {', '.join(unknown)}\n0 passed, 1 failed, 0 skipped")
    return [(name, face) for name in scenes for face in faces]


def run_all(args, scenes, programs):
    script = Script()
    gw = gateway.Gateway(args, configuration(script.port), args.slow, env={"AGENTS_SECRET": "sk-upstream"})
    passed, failed = 0, 0
    try:
        gw.start()
        for name, face in scenes:
            started, turn = time.monotonic(), Turn(args, gw, script, programs, SCENES[name], face)
            try:
                turn.run()
                passed += 1
                print(f"ok     {name} over {face.name}, {time.monotonic() - started:.1f} s", flush=True)
            except Exception as e:  # any surprise is a failed turn, not the end of the run
                failed += 1
                print(f"FAILED {name} over {face.name}\n{e if type(e) is AssertionError else traceback.format_exc()}", flush=True)
            finally:
                turn.end()
        problem = gw.stop()
        if problem:
            failed += 1
            print("FAILED at the end: " + problem)
    finally:
        gw.remove()
        script.close()
    return passed, failed


def main():
    parser = argparse.ArgumentParser()
    gateway.add_arguments(parser)
    parser.add_argument("-v", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    args.conduitctl = os.path.abspath(args.conduitctl)
    scenes = chosen(args.names)
    if platform.machine() != "x86_64":
        print(f"the agents' packages are for x86_64\n0 passed, 0 failed, {len(scenes)} skipped")
        return 0
    passed, failed = run_all(args, scenes, install())
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())

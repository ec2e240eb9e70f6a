"""What the tests of this folder share: one gateway for those that do not break it, and checks.
SPDX-License-Identifier: MIT"""
import json
import os
import subprocess
import time

import gateway

CONFIG = """
server = { listen = ( { address = "127.0.0.1"; port = 0; } ); workers = 1; drain_timeout = "30s"; };
admin = { listen = ( { address = "127.0.0.1"; port = 0; }, { address = "unix:@dir@/admin.sock"; } ); };
providers = (
  { name = "mock"; type = "mock"; keys = ( ); },
  { name = "far"; type = "mock"; base_url = "http://127.0.0.1:9/"; keys = ( { id = "first"; secret = "env:SCENE_SECRET"; weight = 3; } ); }
);
models = (
  { name = "mock"; aliases = [ "mock-alias" ]; targets = ( { provider = "mock"; model = "mock"; } );
    capabilities = [ "chat", "tools" ]; context_window = 128000; price = { input = "2.50"; output = "10"; }; },
  { name = "slow"; targets = ( { provider = "mock"; model = "mock-n20-g50"; weight = 9; }, { provider = "far"; model = "mock-n20-g50"; } );
    fallbacks = [ "mock" ]; unpriced = "free"; },
  { name = "broken"; targets = ( { provider = "mock"; model = "mock-n5-b3"; } ); unpriced = "free"; }
);
"""
# Streams of three seconds: what is done meanwhile has the time.
LONG = CONFIG.replace("-n20-", "-n60-")
SECRET = "sk-scene-canary-81c7"
# What the environment of a developer may hold must not reach a test.
OURS = ("CONDUIT_ADMIN_URL", "CONDUIT_ADMIN_TOKEN_FILE", "CONDUIT_MASTER_KEY", "CONDUIT_URL", "CONDUIT_KEY", "CONDUIT_API_KEY", "NO_COLOR",
        "CONDUIT_HOST", "CONDUIT_PORT", "CONDUIT_ADMIN_PORT", "CONDUIT_STATE_DIR", "CONDUIT_LOG_LEVEL")


def equal(got, want, what=""):
    if got != want:
        raise AssertionError(f"{what}: expected {want!r}, got {got!r}"[:3000])


def contains(text, *parts):
    for part in parts:
        if part not in text:
            raise AssertionError(f"lacks {part!r}: {text[:3000]!r}")


def lacks(text, *parts):
    for part in parts:
        if part in text:
            raise AssertionError(f"should not have {part!r}: {text[:3000]!r}")


def error_of(answer):
    """The members of an error, whose shape is checked."""
    equal(sorted(answer["error"]), ["code", "message", "param", "type"], "members of the error")
    return answer["error"]


class Scene:
    def __init__(self, args):
        self.args, self.slow = args, args.slow
        self.gateways, self.shared = [], None

    def make(self, config=CONFIG, **more):
        env = dict(more.pop("env", {}), SCENE_SECRET=SECRET)
        gw = gateway.Gateway(self.args, config, self.slow, env=env, **more)
        for name in OURS:
            if name not in env:
                gw.env.pop(name, None)
        self.gateways.append(gw)
        return gw

    def new(self, config=CONFIG, **more):
        return self.make(config, **more).start()

    @property
    def gw(self):
        if not self.shared:
            self.shared = self.new()
        return self.shared

    def ctl(self, *words, gw=None, env=None, stdin="", key=None):
        """(exit code, stdout, stderr) of conduitctl against a gateway."""
        gw = gw or self.gw
        base = {k: v for k, v in gw.env.items() if k not in OURS}
        base.update(CONDUIT_ADMIN_URL=f"http://127.0.0.1:{gw.admin_port}", CONDUIT_URL=f"http://127.0.0.1:{gw.port}",
                    CONDUIT_ADMIN_TOKEN_FILE=f"{gw.dir}/state/admin.token", TERM="xterm")
        if key:
            base["CONDUIT_KEY"] = key
        base.update(env or {})
        base = {k: v for k, v in base.items() if v is not None}
        p = subprocess.run([self.args.conduitctl, *words], env=base, input=stdin, capture_output=True, text=True,
                           timeout=60 * self.slow)
        for word in ("AddressSanitizer", "LeakSanitizer", "runtime error:", "ThreadSanitizer"):
            lacks(p.stderr, word)
        return p.returncode, p.stdout, p.stderr

    def ok(self, *words, **more):
        """stdout of a conduitctl that must succeed."""
        code, out, err = self.ctl(*words, **more)
        if code:
            raise AssertionError(f"conduitctl {' '.join(words)}: exit {code}\n{out}{err}")
        return out

    def json(self, *words, **more):
        return json.loads(self.ok(*words, "-o", "json", **more))

    def run(self, *words, env=None):
        """(exit code, stdout, stderr) of conduitd, for options that end by themselves."""
        base = {k: v for k, v in os.environ.items() if k not in OURS}
        base.update(CONDUIT_PLUGIN_PATH=self.args.plugins, SCENE_SECRET=SECRET, **(env or {}))
        p = subprocess.run([self.args.conduitd, *words], env=base, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                           timeout=60 * self.slow)
        for word in ("AddressSanitizer", "LeakSanitizer", "runtime error:", "ThreadSanitizer"):
            lacks(p.stderr, word)
        return p.returncode, p.stdout, p.stderr

    def wait(self, what, seconds=5):
        """Until what() is true; what it says last."""
        deadline = time.monotonic() + seconds * self.slow
        while time.monotonic() < deadline:
            try:
                got = what()
                if got:
                    return got
            except OSError:
                pass
            time.sleep(0.02)
        raise AssertionError("waited in vain")

    def finish(self):
        problems = []
        for gw in self.gateways:
            problem = gw.stop()
            if problem:
                problems.append(problem)
            elif os.path.exists(gw.log_path) and SECRET in gw.log_text():
                problems.append("a secret is in the log")
            elif gw.token and os.path.exists(gw.log_path) and gw.token in gw.log_text():
                problems.append("the admin token is in the log")
            gw.remove()
        return problems

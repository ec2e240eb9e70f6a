"""conduitctl env and run: the settings of clients, and clients that are started with them.
SPDX-License-Identifier: MIT"""
import json
import os
import subprocess
import tomllib

from scene import contains, equal, lacks

KEY = "condt_of_a_client"
FAKE = r"""#!/bin/sh
echo "program ${0##*/}"
for word; do echo "word $word"; done
env | grep -E '^(ANTHROPIC|AIDER|CONDUIT_API|OPENAI)'
echo "$OPENCODE_CONFIG_CONTENT" | tr -d '\n'
exit 7
"""


def settings(s, *words, **more):
    return json.loads(s.ok("env", *words, "--shell", "json", **more))


def address(s):
    return f"http://127.0.0.1:{s.gw.port}"


def source(text, names):
    """What a shell knows after it has read that."""
    script = text + "".join(f'printf "%s\\n" "${{{n}-unset}}"\n' for n in names)
    p = subprocess.run(["sh", "-c", script], env={"PATH": os.environ["PATH"], "ANTHROPIC_API_KEY": "old"},
                       capture_output=True, text=True, check=True)
    return p.stdout.splitlines()


def started(s, *words, **more):
    """(exit code, stdout's lines, stderr) with each program of the list being a script that tells what it got."""
    folder = os.path.join(s.gw.dir, "fake")
    os.makedirs(folder, exist_ok=True)
    for name in ("aider", "claude", "codex", "opencode"):
        with open(os.path.join(folder, name), "w", encoding="ascii") as f:
            f.write(FAKE)
        os.chmod(f.name, 0o755)
    env = dict(more.pop("env", {}), PATH=folder + ":" + os.environ["PATH"])
    code, out, err = s.ctl("run", *words, env=env, **more)
    return code, out.splitlines(), err


# --- env --------------------------------------------------------------------------------------

def test_which_there_are(s):
    text = s.ok("env")
    contains(text, "\nclaude ", "\ncodex ", "\nopencode ", "\nopenai ", "\nanthropic ", "\naider ", "~/.codex/config.toml")
    names = s.ok("env", "-q").split()
    equal(names, sorted(names))
    for name in names:
        got = settings(s, name, "-m", "mock", "--key", KEY)
        equal(got["client"], name)
        contains(json.dumps(got), address(s))
        lacks(json.dumps(got), "@url@", "@key@", "@model@", "@text@")


def test_a_shell_takes_them(s):
    names = ["ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_MODEL", "ANTHROPIC_DEFAULT_HAIKU_MODEL", "ANTHROPIC_API_KEY"]
    text = s.ok("env", "claude", "--key", KEY, "-m", "claude/x:1")
    equal(source(text, names), [address(s), KEY, "claude/x:1", "claude/x:1", "unset"])
    # Without a model the client's own is asked for.
    equal(source(s.ok("env", "claude", "--key", KEY), names), [address(s), KEY, "unset", "unset", "unset"])
    text = s.ok("env", "openai", "--key", KEY)
    equal(source(text, ["OPENAI_BASE_URL", "OPENAI_API_KEY"]), [address(s) + "/v1", KEY])
    equal(s.ok("env", "openai", "--key", KEY, "--shell", "sh"), text)
    equal(s.ok("env", "openai", "--key", KEY, env={"CONDUIT_URL": address(s) + "//"}), text)


def test_fish_takes_them(s):
    equal(s.ok("env", "anthropic", "--key", KEY, "--shell", "fish"),
          f"set -gx ANTHROPIC_BASE_URL '{address(s)}'\nset -gx ANTHROPIC_API_KEY '{KEY}'\nset -e ANTHROPIC_AUTH_TOKEN\n")


def test_programs_take_them(s):
    equal(settings(s, "claude", "--key", KEY),
          {"client": "claude", "set": {"ANTHROPIC_BASE_URL": address(s), "ANTHROPIC_AUTH_TOKEN": KEY,
             "CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY": "1"}, "unset": ["ANTHROPIC_API_KEY"]})
    equal(s.json("env", "claude", "--key", KEY), settings(s, "claude", "--key", KEY))
    got = settings(s, "opencode", "--key", KEY, "-m", "a/b")
    equal((got["set"], got["file"]["path"]), ({"CONDUIT_API_KEY": KEY}, "opencode.json"))
    text = json.loads(got["file"]["text"])
    equal((text["model"], list(text["provider"]["conduit"]["models"])), ("conduit/a/b", ["a/b"]))
    equal(text["provider"]["conduit"]["options"]["baseURL"], address(s) + "/v1")


def test_a_file_is_printed_as_it_is_to_be(s):
    code, out, err = s.ctl("env", "codex", "-m", "mock", "--key", KEY)
    equal(code, 0, err)
    toml = tomllib.loads(out)
    equal((toml["model"], toml["model_provider"]), ("mock", "conduit"))
    equal(toml["model_providers"]["conduit"]["base_url"], address(s) + "/v1")
    contains(err, "~/.codex/config.toml", "CONDUIT_API_KEY")
    lacks(out + err, KEY)
    lacks(err, "no key is given")


def test_the_key_is_found(s):
    with open(os.path.join(s.gw.dir, "client.key"), "w", encoding="ascii") as f:
        f.write("from_a_file\n")
    every = {"CONDUIT_API_KEY": "from_api", "CONDUIT_KEY": "from_key"}
    for words, env, want in ((("--key", "said"), every, "said"), (("--key-file", f.name), every, "from_a_file"), ((), every, "from_api"),
                             ((), {"CONDUIT_KEY": "from_key", "CONDUIT_API_KEY": ""}, "from_key")):
        equal(settings(s, "openai", *words, env=env)["set"]["OPENAI_API_KEY"], want)


def test_without_a_key_nothing_is_printed(s):
    for words in (("claude",), ("openai", "--shell", "fish"), ("opencode", "-m", "mock", "-o", "json"), ("codex",)):
        code, out, err = s.ctl("env", *words)
        equal((code, out), (3, ""), words)
        contains(err, "no key is given: set CONDUIT_API_KEY", "conduitctl keys create")
    code, out, err = s.ctl("env", "codex", "-m", "mock")
    equal(code, 0, "the file holds no key")
    contains(err, "no key is given")


def test_the_admin_token_is_no_key(s):
    for env in ({"CONDUIT_API_KEY": s.gw.token}, {"CONDUIT_API_KEY": "master", "CONDUIT_MASTER_KEY": "master", "CONDUIT_ADMIN_TOKEN_FILE": None}):
        for words in (("env", "openai"), ("env", "codex", "-m", "mock"), ("run", "claude")):
            code, out, err = s.ctl(*words, env=env)
            equal((code, out), (3, ""), words)
            contains(err, "that is the admin token", "conduitctl keys create")
            lacks(err, s.gw.token)


def test_a_model_is_found_when_one_is_needed(s):
    secret = s.gw.key("for-settings", models=["slow"])
    equal(settings(s, "aider", "--key", secret)["set"]["AIDER_MODEL"], "openai/slow")
    equal(tomllib.loads(s.ok("env", "codex", key=secret))["model"], "slow")
    code, out, err = s.ctl("env", "codex", "--key", "condt_wrong")
    equal((code, out), (3, ""))
    contains(err, "conduitctl: ")


def test_what_settings_can_not_hold_is_refused(s):
    for words, what in ((("-m", "a'b"), "the model"), (("-m", "a b"), "the model"), (("-m", "$(x)"), "the model"), (("-m", "a\\"), "the model"),
                        (("--key", 'a"b'), "the key"), (("--key", "a\nb"), "the key"), (("-m", "x" * 300), "the name of the model")):
        code, out, err = s.ctl("env", "aider", "-m", "m", "--key", KEY, *words)
        equal((code, out), (2, ""), words)
        contains(err, what)
    code, _, err = s.ctl("env", "openai", "--key", KEY, env={"CONDUIT_URL": "http://x/'"})
    equal(code, 2)
    contains(err, "the address")


def test_wrong_words(s):
    for words, message in ((("env", "calude"), "did you mean 'claude'?"), (("env", "zzzzzzzz"), "conduitctl env lists them"),
                           (("env", "openai", "--shell", "tcsh"), "--shell takes sh, fish or json"), (("run",), "run"),
                           (("run", "openai", "--key", KEY), "conduitctl env openai"), (("run", "claude", "-p"), "unknown flag 'p'")):
        code, out, err = s.ctl(*words)
        equal((code, out), (2, ""), words)
        contains(err, message)
    code, _, err = s.ctl("env", env={"CONDUIT_DATA_DIR": "/nonexistent"})
    equal(code, 1)
    contains(err, "/nonexistent/clients.json")


# --- run --------------------------------------------------------------------------------------

def test_run_becomes_the_program(s):
    code, out, err = started(s, "claude", "-m", "mock", "--key", KEY, "--", "-p", "say 'hi'", "",
                             env={"ANTHROPIC_API_KEY": "the user's own"})
    equal((code, out[:4]), (7, ["program claude", "word -p", "word say 'hi'", "word "]), err)
    equal(sorted(out[4:]), sorted([f"ANTHROPIC_BASE_URL={address(s)}", f"ANTHROPIC_AUTH_TOKEN={KEY}", "ANTHROPIC_MODEL=mock"] +
                                  [f"ANTHROPIC_DEFAULT_{n}_MODEL=mock" for n in ("OPUS", "SONNET", "HAIKU")]))


def test_run_touches_no_file(s):
    code, out, err = started(s, "codex", "-m", "mock", "--", "exec", "hi", env={"CONDUIT_API_KEY": KEY, "HOME": "/nonexistent"})
    equal((code, out[0], out[-3:]), (7, "program codex", ["word exec", "word hi", f"CONDUIT_API_KEY={KEY}"]), err)
    said = out[1:-3]
    equal(set(said[::2]), {"word -c"})
    toml = tomllib.loads(s.ok("env", "codex", "-m", "mock"))
    overrides = tomllib.loads("\n".join(word.removeprefix("word ") for word in said[1::2]))
    equal(overrides, toml, "the overrides say what the file would")
    code, out, err = started(s, "opencode", "-m", "mock", "--key", KEY, "run", "hi")
    equal((code, out[:3]), (7, ["program opencode", "word run", "word hi"]), err)
    equal(json.loads(out[-1]), json.loads(settings(s, "opencode", "-m", "mock", "--key", KEY)["file"]["text"]))


def test_what_can_not_be_run_is_told(s):
    code, out, err = s.ctl("run", "claude", "--key", KEY, env={"PATH": "/nonexistent"})
    equal((code, out), (4, ""))
    contains(err, "claude is not installed, or not in PATH")
    code, out, err = started(s, "claude")
    equal((code, out), (3, []))
    contains(err, "no key is given")
    code, out, err = started(s, "aider", "--key", KEY, "-m", "m", "--", *["x"] * 70)
    equal((code, out), (2, []))

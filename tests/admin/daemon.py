"""conduitd: options, exit codes and signals.
SPDX-License-Identifier: MIT"""
import http.client
import json
import os
import re
import signal
import subprocess
import threading
import time

from api import ask, chat, create
from scene import CONFIG, LONG, SECRET, contains, equal, lacks


class Stream:
    """A streamed answer that is read on a thread."""

    def __init__(self, gw, secret, model="slow"):
        self.connection = http.client.HTTPConnection("127.0.0.1", gw.port, timeout=60)
        self.connection.request("POST", "/v1/chat/completions", json.dumps(
            {"model": model, "stream": True, "messages": [{"role": "user", "content": "hi"}]}),
            {"Authorization": "Bearer " + secret, "Content-Type": "application/json"})
        self.answer = self.connection.getresponse()
        self.text, self.cut = self.answer.readline(), False
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        try:
            self.text += self.answer.read()
        except (http.client.HTTPException, OSError):
            self.cut = True

    def join(self):
        self.thread.join()
        self.connection.close()
        return self.text.decode("utf-8", "replace")


def models(gw):
    return [m["id"] for m in gw.admin("GET", "/admin/v1/models")[1]["data"]]


# --- options ----------------------------------------------------------------------------------

def test_version_help_schema(s):
    code, out, _ = s.run("-V")
    equal((code, bool(re.fullmatch(r"conduitd \d+\.\d+\S*\n", out))), (0, True), out)
    equal(s.run("--version")[1], out)
    code, out, _ = s.run("-h")
    equal(code, 0)
    contains(out, "usage: conduitd", "--check-plugin")
    code, out, _ = s.run("--schema")
    equal(code, 0)
    json.loads(out)
    contains(out, "server.drain_timeout")


def test_wrong_usage_is_2(s):
    for words in (("-x",), ("--nope",), ("extra",), ("-c",), ("-t", "extra"), ("--check-plugin",)):
        code, out, err = s.run(*words)
        equal((code, out), (2, ""), words)
        contains(err, "usage: conduitd")


def test_a_good_configuration_passes(s):
    gw = s.make()
    code, out, err = s.run("-t", "-c", gw.config_path, "-g", f"storage.path={gw.dir}/never")
    equal((code, out), (0, ""))
    contains(err, "the configuration is fine")
    equal(os.path.exists(f"{gw.dir}/never"), False, "a test makes no state")


def test_print_shows_all_but_secrets(s):
    gw = s.make()
    code, out, _ = s.run("-T", "-c", gw.config_path, "-g", "server.workers=7")
    equal(code, 0)
    contains(out, "workers = 7;  # -g server.workers", "conduit.cfg:", "# default", "SCENE_SECRET")
    lacks(out, SECRET)


def test_wrong_configurations_are_78_with_file_and_line(s):
    for before, after, message in (
            ("base_url", "base_ulr", "did you mean 'base_url'?"), ('type = "mock"', 'type = "mokc"', "mokc"),
            ("drain_timeout", "drain_timout", "did you mean 'drain_timeout'?"), ('"30s"', '"thirty"', "drain_timeout"),
            ("workers = 1", "workers = 1000", "workers"), ('fallbacks = [ "mock" ]', 'fallbacks = [ "mokc" ]', "mokc"),
            ("env:SCENE_SECRET", "env:SCENE_NOTHING", "SCENE_NOTHING"), ('provider = "far"', 'provider = "fra"', "fra"),
            ('name = "slow"', 'name = "mock"', "mock"), ("models = (", "models = ", "error")):
        gw = s.make(CONFIG.replace(before, after, 1))
        for words in (("-t",), ("-T",), ()):
            code, _, err = s.run(*words, "-c", gw.config_path, "-g", f"storage.path={gw.dir}/state")
            equal(code, 78, f"{after} {words} {err}")
            equal(bool(re.search(r"conduit\.cfg:\d+: error: ", err)), True, err)
            contains(err, message)
    equal(s.run("-t", "-c", "/nonexistent.cfg")[0], 78)


def test_all_errors_are_told_at_once(s):
    gw = s.make(CONFIG.replace("base_url", "base_ulr").replace("drain_timeout", "drain_timout").replace("fallbacks", "falbacks"))
    code, _, err = s.run("-t", "-c", gw.config_path)
    equal((code, len(re.findall(r": error: ", err)) >= 3), (78, True), err)
    contains(err, "3 errors")


def test_check_plugin(s):
    code, out, _ = s.run("--check-plugin", f"{s.args.plugins}/provider_mock.so")
    equal((code, json.loads(out)[0]["features"][0]["name"]), (0, "mock"))
    for path in ("/nonexistent.so", "/etc/hostname", s.args.plugins):
        code, out, err = s.run("--check-plugin", path)
        equal((code, out), (78, ""), path)
        contains(err, path)


def test_a_second_one_on_the_same_state_is_refused(s):
    gw = s.new()
    code, _, err = s.run("-c", gw.config_path, "-g", f"storage.path={gw.dir}/state", "-g", f"server.runtime_dir={gw.dir}")
    equal(code, 1, err)
    contains(err, "state")


def test_a_taken_address_is_told(s):
    gw = s.make(CONFIG.replace("127.0.0.1", "192.0.2.1", 1))
    code, _, err = s.run("-c", gw.config_path, "-g", f"storage.path={gw.dir}/state", "-g", f"server.runtime_dir={gw.dir}")
    equal(code, 1, err)
    contains(err, "192.0.2.1")


# --- signals ----------------------------------------------------------------------------------

def test_hup_brings_a_new_model(s):
    gw = s.new()
    secret = create(gw, name="k")[1]
    gw.write_config(CONFIG.replace('name = "broken"', 'name = "fresh"').replace("mock-n5-b3", "mock"))
    equal(chat(gw, secret, "fresh")[0], 404)
    gw.process.send_signal(signal.SIGHUP)
    s.wait(lambda: "fresh" in models(gw))
    s.wait(lambda: chat(gw, secret, "fresh")[0] == 200)
    equal(chat(gw, secret, "broken")[0], 404)
    equal(gw.admin("GET", "/admin/v1/status")[1]["last_reload"], "ok")


def test_hup_with_errors_keeps_the_old_configuration(s):
    gw = s.new()
    secret = create(gw, name="k")[1]
    gw.write_config(CONFIG.replace("base_url", "base_ulr").replace('name = "broken"', 'name = "fresh"'))
    gw.process.send_signal(signal.SIGHUP)
    s.wait(lambda: gw.admin("GET", "/admin/v1/status")[1]["last_reload"].startswith("failed"))
    equal((models(gw), gw.admin("GET", "/admin/v1/status")[1]["generation"]), (["mock", "slow", "broken"], 1))
    equal(chat(gw, secret)[0], 200)
    contains(gw.log_text(), "did you mean 'base_url'?")


def test_running_requests_keep_the_configuration_they_began_with(s):
    gw = s.new()
    secret = create(gw, name="k")[1]
    stream = Stream(gw, secret)
    gw.write_config(CONFIG.replace('name = "slow"', 'name = "other"'))
    gw.process.send_signal(signal.SIGHUP)
    s.wait(lambda: "other" in models(gw))
    contains(stream.join(), "data: [DONE]")
    equal(chat(gw, secret, "slow")[0], 404)


def test_many_reloads_under_load_fail_nobody(s):
    gw = s.new()
    secret = create(gw, name="k")[1]
    stop, statuses = threading.Event(), []

    def ask_all_the_time():
        while not stop.is_set():
            statuses.append(chat(gw, secret)[0])
    threads = [threading.Thread(target=ask_all_the_time) for _ in range(2)]
    [t.start() for t in threads]
    for i in range(20):
        equal(gw.admin("POST", "/admin/v1/reload")[0], 200)
    stop.set()
    [t.join() for t in threads]
    equal((set(statuses), gw.admin("GET", "/admin/v1/status")[1]["generation"]), ({200}, 21))


def test_term_lets_running_streams_finish(s):
    gw = s.new(LONG)
    stream = Stream(gw, create(gw, name="k")[1])
    gw.process.send_signal(signal.SIGTERM)
    s.wait(lambda: ask(gw, "/health/ready")[0] == 503, 2)
    equal((json.loads(ask(gw, "/health/ready")[2])["status"], ask(gw, "/health/live")[0]), ("draining", 200))
    equal(gw.admin("GET", "/admin/v1/status")[1]["status"], "draining")
    contains(stream.join(), "data: [DONE]")
    equal(stream.cut, False)
    equal(gw.process.wait(10 * s.slow), 0)


def test_term_without_requests_ends_at_once(s):
    gw = s.new()
    started = time.monotonic()
    gw.process.send_signal(signal.SIGTERM)
    equal(gw.process.wait(10 * s.slow), 0)
    equal(time.monotonic() - started < 10 * s.slow, True, "it took long")


def test_int_is_as_good_as_term(s):
    gw = s.new()
    gw.process.send_signal(signal.SIGINT)
    equal(gw.process.wait(10 * s.slow), 0)


def test_a_second_term_does_not_wait(s):
    gw = s.new(CONFIG.replace("mock-n20-g50", "mock-n600-g100"))
    stream = Stream(gw, create(gw, name="k")[1])
    gw.process.send_signal(signal.SIGTERM)
    s.wait(lambda: ask(gw, "/health/ready")[0] == 503, 2)
    started = time.monotonic()
    gw.process.send_signal(signal.SIGTERM)
    equal(gw.process.wait(10 * s.slow), 0)
    equal(time.monotonic() - started < 10 * s.slow, True, "it waited")
    lacks(stream.join(), "[DONE]")


def test_the_drain_has_an_end(s):
    gw = s.new(CONFIG.replace("mock-n20-g50", "mock-n600-g100").replace('"30s"', '"500ms"'))
    stream = Stream(gw, create(gw, name="k")[1])
    gw.process.send_signal(signal.SIGTERM)
    equal(gw.process.wait(10 * s.slow), 0)
    lacks(stream.join(), "[DONE]")


def test_usr1_opens_the_access_log_again(s):
    gw = s.new()
    secret = create(gw, name="k")[1]
    equal(chat(gw, secret)[0], 200)
    s.wait(lambda: len(gw.access_lines()) >= 1)
    os.rename(gw.access_path, gw.access_path + ".1")
    gw.process.send_signal(signal.SIGUSR1)
    s.wait(lambda: os.path.exists(gw.access_path))

    def new_line():
        chat(gw, secret)
        return any(x["route"] == "/v1/chat/completions" for x in gw.access_lines())
    s.wait(new_line)


def test_the_access_log_can_be_what_web_servers_write(s):
    gw = s.new(CONFIG.replace("providers = (", 'logging = { access_format = "combined"; };\nproviders = (', 1))
    key, secret = create(gw, name="k")
    body = json.dumps({"model": "mock", "messages": [{"role": "user", "content": "hi"}]})
    head = {"Authorization": "Bearer " + secret, "Content-Type": "application/json", "User-Agent": 'quoted "agent"'}
    sent = gw.request("POST", "/v1/chat/completions", body, head)[2]
    gw.request("GET", "/nowhere")

    def lines():
        with open(gw.access_path) as f:
            found = [line for line in f.read().splitlines() if "/health/" not in line]
        return found if len(found) == 2 else None
    when = r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\]"
    first, second = s.wait(lines)
    equal(bool(re.fullmatch(rf'127\.0\.0\.1 - {key["id"]} {when} "POST /v1/chat/completions HTTP/1\.1" 200 {len(sent)} "-" '
                            r'"quoted \\x22agent\\x22"', first)), True, first)
    equal(bool(re.fullmatch(rf'127\.0\.0\.1 - - {when} "GET unknown HTTP/1\.1" 404 \d+ "-" "-"', second)), True, second)


def test_readiness_is_told_to_the_supervisor(s):
    import socket
    gw = s.make()
    path = f"{gw.dir}/notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as box:
        box.bind(path)
        box.settimeout(10 * s.slow)
        gw.env["NOTIFY_SOCKET"] = path
        gw.start()
        contains(box.recv(4096).decode(), "READY=1")
        gw.process.send_signal(signal.SIGHUP)
        contains(box.recv(4096).decode(), "RELOADING=1", "MONOTONIC_USEC=")
        contains(box.recv(4096).decode(), "READY=1")
        equal(gw.stop(), None)
        contains(box.recv(4096).decode(), "STOPPING=1")


def test_the_state_is_private(s):
    gw = s.new()
    equal(os.stat(f"{gw.dir}/state").st_mode & 0o777, 0o700)


def test_an_unreadable_token_file_stops_the_start(s):
    gw = s.make()
    os.makedirs(f"{gw.dir}/state", mode=0o700)
    with open(f"{gw.dir}/state/admin.token", "w") as f:
        f.write("short\n")
    p = subprocess.run(gw.command(), env=gw.env, capture_output=True, text=True, timeout=30 * s.slow)
    equal(p.returncode, 1, p.stderr)
    contains(p.stderr, "admin.token must hold one line")

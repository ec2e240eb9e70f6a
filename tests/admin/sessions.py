"""Logging in with a browser: the token, the session, the words against other sites, viewers.
SPDX-License-Identifier: MIT"""
import calendar
import http.client
import json
import os
import time

from scene import CONFIG, contains, equal, error_of, lacks

VIEWER = "viewer-token-0123456789abcdef"
VIEWED = CONFIG.replace("admin = {", 'admin = { viewer_token = "env:SCENE_VIEWER"; hosts = [ "gateway.test" ];')


def ask(gw, method, path, headers=None, body=None):
    text = json.dumps(body) if body is not None else None
    head = dict(headers or {})
    if text:
        head.setdefault("Content-Type", "application/json")
    status, heads, data = gw.request(method, path, text, head, port=gw.admin_port)
    return status, heads, json.loads(data) if data else None


class Browser:
    """Keeps the cookie and the word, as the web app does."""

    def __init__(self, gw, token=None, host=None):
        self.gw, self.host = gw, host or f"127.0.0.1:{gw.admin_port}"
        status, self.head, self.session = ask(gw, "POST", "/admin/v1/session", {"Host": self.host},
                                              {"token": token or gw.token})
        equal(status, 200, f"login: {self.session}")
        self.cookie = self.head["set-cookie"].split(";")[0]

    def ask(self, method, path, body=None, headers=None, csrf=True):
        head = {"Cookie": self.cookie, "Host": self.host, **(headers or {})}
        if csrf and method not in ("GET", "HEAD"):
            head["X-Conduit-CSRF"] = self.session["csrf"]
        return ask(self.gw, method, path, head, body)


def viewed(s):
    if not getattr(s, "viewed", None):
        s.viewed = s.new(VIEWED, env={"SCENE_VIEWER": VIEWER})
    return s.viewed


def test_login_gives_a_session_that_does_what_the_token_does(s):
    b = Browser(s.gw)
    equal(sorted(b.session), ["csrf", "expires_at", "role"])
    equal(b.session["role"], "admin")
    left = calendar.timegm(time.strptime(b.session["expires_at"][:19], "%Y-%m-%dT%H:%M:%S")) - time.time()
    equal(abs(left - 12 * 3600) < 60, True, f"twelve hours: {left}")
    equal(b.ask("GET", "/admin/v1/status")[0], 200)
    status, _, made = b.ask("POST", "/admin/v1/keys", {"name": "by a browser"})
    equal(status, 201, made)
    entry = s.gw.admin("GET", "/admin/v1/audit?limit=1")[1]["data"][0]
    equal((entry["actor"], entry["action"]), ("web", "create"))
    entries = s.gw.admin("GET", "/admin/v1/audit?limit=100")[1]["data"]
    came = next(e for e in entries if e["action"] == "login")
    equal((came["actor"], came["kind"], came["object"], came["note"]), ("web", "session", "admin", "from 127.0.0.1"))


def test_cookie_is_out_of_reach_of_scripts_and_other_sites(s):
    parts = [p.strip() for p in Browser(s.gw).head["set-cookie"].split(";")]
    equal(parts[1:], ["Path=/", "HttpOnly", "SameSite=Strict"])
    name, value = parts[0].split("=", 1)
    equal((name, len(value), value.isalnum()), ("conduit_session", 43, True))
    # Somebody in front of us speaks TLS with the browser.
    status, head, _ = ask(s.gw, "POST", "/admin/v1/session",
                          {"Host": "localhost", "Origin": "https://localhost"}, {"token": s.gw.token})
    equal(status, 200)
    contains(head["set-cookie"], "; Secure")


def test_session_is_told_again_and_ends(s):
    b = Browser(s.gw)
    status, head, again = b.ask("GET", "/admin/v1/session")
    equal((status, again["csrf"], again["role"]), (200, b.session["csrf"], "admin"))
    lacks(head, "set-cookie")
    equal(b.ask("DELETE", "/admin/v1/session", csrf=False)[0], 403, "without the word")
    status, head, _ = b.ask("DELETE", "/admin/v1/session")
    equal(status, 204)
    contains(head["set-cookie"], "conduit_session=;", "Max-Age=0")
    for path in ("/admin/v1/session", "/admin/v1/status"):
        equal(b.ask("GET", path)[0], 401, path)


def test_wrong_tokens_do_not_log_in_and_are_throttled_with_all_others(s):
    gw = s.new()
    for body in (None, {}, [], {"token": ""}, {"token": 7}, {"token": gw.token, "more": 1}):
        equal(ask(gw, "POST", "/admin/v1/session", None, body)[0], 400, body)
    for _ in range(5):
        status, head, answer = ask(gw, "POST", "/admin/v1/session", None, {"token": "x" * 43})
        equal((status, error_of(answer)["code"]), (401, "invalid_admin_token"))
        lacks(head, "set-cookie")
        equal(ask(gw, "GET", "/admin/v1/status", {"Authorization": "Bearer wrong"})[0], 401)
    statuses = []
    while 429 not in statuses and len(statuses) < 200:     # one comes back each second
        statuses.append(ask(gw, "POST", "/admin/v1/session", None, {"token": "x"})[0])
    contains(statuses, 429)
    equal(ask(gw, "POST", "/admin/v1/session", None, {"token": gw.token})[0], 200, "the right one")


def test_wrong_cookies_are_no_session(s):
    b = Browser(s.gw)
    name, value = b.cookie.split("=", 1)
    for cookie in (f"{name}={value[:-1]}", f"{name}={value}x", f"{name}={value.swapcase()}", f"x{name}={value}",
                   f"{name}=", name, "=" * 50, ";;;" * 100, f"{name}={'0' * 43}"):
        equal(ask(s.gw, "GET", "/admin/v1/status", {"Cookie": cookie})[0], 401, cookie)
    equal(ask(s.gw, "GET", "/admin/v1/status", {"Cookie": f"a=b; {name}={value} ; c=d"})[0], 200, "among others")


def test_changes_need_the_word(s):
    b = Browser(s.gw)
    word = b.session["csrf"]
    for sent in (None, "", "x", word[:-1], word + "x", word.swapcase(), Browser(s.gw).session["csrf"]):
        head = {} if sent is None else {"X-Conduit-CSRF": sent}
        status, _, answer = b.ask("POST", "/admin/v1/keys", {"name": "forged"}, head, csrf=False)
        equal((status, error_of(answer)["code"]), (403, "operation_not_allowed"), sent)
    names = [k["name"] for k in s.gw.admin("GET", "/admin/v1/keys?limit=1000")[1]["data"]]
    lacks(names, "forged")


def test_a_foreign_origin_gets_nothing_with_a_good_cookie(s):
    b = Browser(s.gw)
    for origin in ("https://evil.test", "null", "http://127.0.0.1:1", "http://localhost.evil.test",
                   f"http://127.0.0.1:{s.gw.admin_port}.evil.test"):
        equal(b.ask("GET", "/admin/v1/status", headers={"Origin": origin})[0], 403, origin)
        equal(b.ask("POST", "/admin/v1/keys", {}, {"Origin": origin})[0], 403, origin)
        equal(ask(s.gw, "POST", "/admin/v1/session", {"Origin": origin}, {"token": s.gw.token})[0], 403, origin)
    equal(b.ask("GET", "/admin/v1/status", headers={"Origin": f"http://{b.host}"})[0], 200, "its own")


def test_a_borrowed_name_is_refused(s):
    gw = viewed(s)
    b = Browser(gw)
    port = gw.admin_port
    for host in ("evil.test", f"evil.test:{port}", "localhost.evil.test", "127.0.0.1.evil.test", "gateway.test.evil"):
        equal(b.ask("GET", "/admin/v1/status", headers={"Host": host})[0], 403, host)
        equal(ask(gw, "POST", "/admin/v1/session", {"Host": host}, {"token": gw.token})[0], 403, host)
        status, _, answer = ask(gw, "GET", "/admin/v1/status", {"Host": host})
        equal(status, 403, host)
        contains(error_of(answer)["message"], "admin.hosts")
        # Whoever has the token needs no cookie of a browser: it is no page.
        equal(ask(gw, "GET", "/admin/v1/status", {"Host": host, "Authorization": "Bearer " + gw.token})[0], 200, host)
    for host in ("localhost", f"LOCALHOST:{port}", "[::1]:7", "192.0.2.7", "gateway.test", f"Gateway.Test:{port}"):
        equal(Browser(gw, host=host).ask("GET", "/admin/v1/status")[0], 200, host)


def test_viewers_look_and_change_nothing(s):
    gw = viewed(s)
    b = Browser(gw, VIEWER)
    equal(b.session["role"], "viewer")
    bearer = {"Authorization": "Bearer " + VIEWER}
    for path in ("/admin/v1/status", "/admin/v1/keys", "/admin/v1/models", "/admin/v1/requests", "/admin/v1/audit"):
        equal(b.ask("GET", path)[0], 200, path)
        equal(ask(gw, "GET", path, bearer)[0], 200, path)
    equal(gw.admin("POST", "/admin/v1/keys", {"name": "kept"})[0], 201)
    id = gw.admin("GET", "/admin/v1/keys")[1]["data"][0]["id"]
    for method, path, body in (("POST", "/admin/v1/keys", {"name": "x"}), ("PATCH", f"/admin/v1/keys/{id}", {"name": "y"}),
                               ("DELETE", f"/admin/v1/keys/{id}", None), ("POST", f"/admin/v1/keys/{id}/rotate", None),
                               ("POST", "/admin/v1/groups", {"name": "g"}), ("POST", "/admin/v1/reload", None),
                               ("POST", "/admin/v1/backup", None), ("DELETE", "/admin/v1/cache", None),
                               ("POST", "/admin/v1/targets/mock/mock/drain", None)):
        for answer in (b.ask(method, path, body), ask(gw, method, path, bearer, body)):
            equal((answer[0], error_of(answer[2])["code"]), (403, "operation_not_allowed"), path)
    lacks(json.dumps(b.ask("GET", "/admin/v1/keys")[2]), "condt_")
    equal(b.ask("DELETE", "/admin/v1/session")[0], 204, "but they may leave")
    equal(b.ask("GET", "/admin/v1/status")[0], 401)


def test_another_token_ends_the_sessions_of_the_old_one(s):
    gw = s.make(CONFIG.replace("admin = {", 'admin = { viewer_token = "file:@dir@/viewer";'))
    write(gw, "viewer", VIEWER)
    gw.start()
    admin, viewer = Browser(gw), Browser(gw, VIEWER)
    write(gw, "viewer", VIEWER + "-2")
    equal(gw.admin("POST", "/admin/v1/reload")[0], 200)
    equal((admin.ask("GET", "/admin/v1/status")[0], viewer.ask("GET", "/admin/v1/status")[0]), (200, 401))
    equal(ask(gw, "POST", "/admin/v1/session", None, {"token": VIEWER})[0], 401)
    viewer = Browser(gw, VIEWER + "-2")
    write(gw, "state/admin.token", "another-admin-token-of-this-gateway")
    equal(gw.admin("POST", "/admin/v1/reload")[0], 200)
    equal((admin.ask("GET", "/admin/v1/status")[0], viewer.ask("GET", "/admin/v1/status")[0]), (401, 200))
    equal(gw.admin("GET", "/admin/v1/status")[0], 401, "the old token")
    gw.token = "another-admin-token-of-this-gateway"
    equal(gw.admin("GET", "/admin/v1/status")[0], 200)
    # One that can not be read changes nothing.
    write(gw, "state/admin.token", "short")
    equal(gw.admin("POST", "/admin/v1/reload")[0], 200)
    equal(gw.admin("GET", "/admin/v1/status")[0], 200)
    contains(gw.log_text(), "the admin token stays as it was")


def write(gw, name, text):
    with open(f"{gw.dir}/{name}", "w") as f:
        f.write(text + "\n")


def test_the_oldest_of_too_many_sessions_makes_room(s):
    gw = s.new()
    first, second = Browser(gw), Browser(gw)
    time.sleep(0.02)                           # they are told apart by the millisecond
    equal(first.ask("GET", "/admin/v1/status")[0], 200)
    for _ in range(255):
        last = Browser(gw)
    equal((first.ask("GET", "/admin/v1/status")[0], second.ask("GET", "/admin/v1/status")[0],
           last.ask("GET", "/admin/v1/status")[0]), (200, 401, 200))


def test_strangers_can_not_send_much(s):
    gw = s.new()
    link = http.client.HTTPConnection("127.0.0.1", gw.admin_port, timeout=10 * s.slow)
    link.putrequest("POST", "/admin/v1/session")
    link.putheader("Content-Type", "application/json")
    link.putheader("Content-Length", str((1 << 20) + 1))
    link.endheaders()
    equal(link.getresponse().status, 413)
    link.close()


def test_restart_ends_sessions(s):
    gw = s.new()
    b = Browser(gw)
    equal(gw.stop(), None)
    gw.start()
    equal(b.ask("GET", "/admin/v1/status")[0], 401)


def test_secrets_of_sessions_are_not_logged(s):
    gw = s.new()
    b = Browser(gw)
    b.ask("POST", "/admin/v1/keys", {"name": "x"})
    lacks(gw.log_text(), b.cookie.split("=")[1], b.session["csrf"], gw.token)
    contains(gw.log_text(), "somebody has logged in role=admin client=127.0.0.1")


def test_tokens_that_are_no_good_are_told_in_the_log(s):
    gw = s.new(VIEWED, env={"SCENE_VIEWER": "short"})
    contains(gw.log_text(), "the token of viewers is short: it can be guessed")
    equal(Browser(gw, "short").session["role"], "viewer")
    gw = s.make(VIEWED.replace("env:SCENE_VIEWER", "file:@dir@/state/admin.token"))
    os.makedirs(f"{gw.dir}/state", mode=0o700)
    write(gw, "state/admin.token", "the-same-token-for-everybody")
    gw.start()
    contains(gw.log_text(), "the token of viewers is the admin token")
    equal(Browser(gw).session["role"], "admin")

"""The web app's files: which one answers, under which rules, and that no name leaves the folder.
SPDX-License-Identifier: MIT"""
import gzip
import http.client
import os
import socket

from scene import CONFIG, contains, equal, lacks

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
CSP = ("default-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
       "form-action 'self'")
SCRIPT, INDEX = "/assets/index-D3xk2q_Z.js", b"<!doctype html><title>app</title>"
SERVED = CONFIG.replace("admin = {", 'admin = { web_dir = "@dir@/web";')


def write(gw, path, data):
    path = os.path.join(gw.dir, "web" + path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def served(s):
    if not getattr(s, "served", None):
        gw = s.served = s.make(SERVED)
        write(gw, "/index.html", INDEX)
        write(gw, SCRIPT, b"plain script")
        write(gw, SCRIPT + ".br", b"small brotli")
        write(gw, SCRIPT + ".gz", gzip.compress(b"plain script"))
        write(gw, "/assets/only-gzip.css", b"plain style")
        write(gw, "/assets/only-gzip.css.gz", gzip.compress(b"plain style"))
        write(gw, "/favicon.svg", b"<svg/>")
        write(gw, "/assets/.hidden.js", b"kept back")
        write(gw, "/assets/odd.exe", b"odd")
        with open(f"{gw.dir}/outside.txt", "w") as f:
            f.write("from outside")
        os.symlink("../outside.txt", f"{gw.dir}/web/link.txt")
        os.symlink("..", f"{gw.dir}/web/up")
        os.symlink("index.html", f"{gw.dir}/web/inner.html")
        os.mkfifo(f"{gw.dir}/web/pipe.txt")
        os.mkdir(f"{gw.dir}/web/folder.js")
        gw.start()
    return s.served


def get(gw, path, headers=None, method="GET"):
    return gw.request(method, path, None, headers or {}, port=gw.admin_port)


def raw(gw, target):
    """The status, and all that came, of a path that no client would send."""
    with socket.create_connection(("127.0.0.1", gw.admin_port), timeout=10) as c:
        c.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        data = b""
        while piece := c.recv(65536):
            data += piece
    return int(data.split()[1]), data


def test_every_page_of_the_app_is_its_index(s):
    gw = served(s)
    for path in ("/", "/requests", "/keys/abc", "/models/gpt-4.1", "/models/a%2Fb", "/requests?status=4xx", "/deep/er/and/er/still"):
        status, head, data = get(gw, path, HTML)
        equal((status, data, head["content-type"]), (200, INDEX, "text/html; charset=utf-8"), path)
        equal((head["cache-control"], head["content-security-policy"]), ("no-cache", CSP), path)


def test_index_is_json_for_those_who_want_no_page(s):
    status, head, data = get(served(s), "/")
    equal((status, head["content-type"]), (200, "application/json"))
    contains(data.decode(), '"api":"/admin/v1"')
    equal(get(served(s), "/requests")[0], 404)
    equal(get(served(s), "/requests", {"Accept": "text/html;q=0, */*"})[0], 404)


def test_api_is_never_a_page(s):
    for path, status in (("/admin/v1/status", 401), ("/admin/v1/nothing", 404), ("/health/live", 200), ("/metrics", 200),
                         ("/health/nothing", 404), ("/admin/x.js", 404)):
        got, head, data = get(served(s), path, HTML)
        equal(got, status, path)
        lacks(head["content-type"], "html")


def test_rules_are_on_pages_and_files(s):
    for path in ("/", SCRIPT, "/favicon.svg"):
        head = get(served(s), path, HTML)[1]
        equal([head.get(n) for n in ("content-security-policy", "x-content-type-options", "referrer-policy",
                                     "cross-origin-opener-policy", "cross-origin-resource-policy")],
              [CSP, "nosniff", "no-referrer", "same-origin", "same-origin"], path)
        lacks(head, "set-cookie", "access-control-allow-origin", "server")


def test_files_say_what_they_are(s):
    for path, type in ((SCRIPT, "text/javascript; charset=utf-8"), ("/assets/only-gzip.css", "text/css; charset=utf-8"),
                       ("/favicon.svg", "image/svg+xml")):
        equal(get(served(s), path)[1]["content-type"], type)


def test_only_hashed_names_are_kept_for_ever(s):
    gw = served(s)
    equal(get(gw, SCRIPT)[1]["cache-control"], "public, max-age=31536000, immutable")
    for path in ("/assets/only-gzip.css", "/assets/data-overview.js", "/assets/a.js", "/top-D3xk2q_Z.js"):
        if not os.path.exists(f"{gw.dir}/web{path}"):
            write(gw, path, b"x")
        equal(get(gw, path)[1]["cache-control"], "no-cache", path)


def test_smaller_ones_are_given_to_those_who_take_them(s):
    gw = served(s)
    for accepted, encoding, body in (
            ("gzip, deflate, br, zstd", "br", b"small brotli"), ("br;q=0.1", "br", b"small brotli"),
            ("br;q=0, gzip", "gzip", gzip.compress(b"plain script")), ("GZIP", "gzip", None),
            ("identity", None, b"plain script"), ("br;q=0.0", None, b"plain script"), ("bro, xgzip", None, b"plain script"),
            (None, None, b"plain script")):
        status, head, data = get(gw, SCRIPT, {"Accept-Encoding": accepted} if accepted else {"Accept-Encoding": ""})
        equal((status, head.get("content-encoding"), head["vary"]), (200, encoding, "Accept-Encoding"), accepted)
        equal(head["content-type"], "text/javascript; charset=utf-8")
        if body and encoding != "gzip":
            equal(data, body, accepted)
        if encoding == "gzip":
            equal(gzip.decompress(data), b"plain script")
    head = get(gw, "/assets/only-gzip.css", {"Accept-Encoding": "br, gzip"})[1]
    equal(head["content-encoding"], "gzip")
    equal(get(gw, SCRIPT + ".br")[0], 404, "not by its own name")


def test_what_has_not_changed_is_not_sent_again(s):
    gw = served(s)
    tags = []
    for accepted in ("br", "gzip", ""):
        head = get(gw, SCRIPT, {"Accept-Encoding": accepted})[1]
        tag = head["etag"]
        tags.append(tag)
        equal((tag[0], tag[-1]), ('"', '"'), "a strong one")
        for sent in (tag, f'"x", {tag}', "W/" + tag, "*"):
            status, again, data = get(gw, SCRIPT, {"Accept-Encoding": accepted, "If-None-Match": sent})
            equal((status, data, again["etag"], again["cache-control"]), (304, b"", tag, head["cache-control"]), sent)
            lacks(again, "content-type")
        equal(get(gw, SCRIPT, {"Accept-Encoding": accepted, "If-None-Match": '"x"'})[0], 200)
    equal(len(set(tags)), 3, "each has its own")
    before = get(gw, "/", HTML)[1]["etag"]
    write(gw, "/index.html", INDEX)
    status, head, _ = get(gw, "/", {**HTML, "If-None-Match": before})
    equal((status, head["etag"] != before), (200, True), "written again")


def test_head_is_the_head_of_get(s):
    gw = served(s)
    for path in ("/", SCRIPT, "/favicon.svg"):
        status, head, data = get(gw, path, HTML)
        status_2, head_2, none = get(gw, path, HTML, "HEAD")
        for h in (head, head_2):
            h.pop("date")
        equal((status_2, head_2, none), (status, head, b""), path)
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        equal(get(gw, SCRIPT, HTML, method)[0] in (404, 405, 501), True, method)


def test_no_name_leaves_the_folder(s):
    gw = served(s)
    for target in (b"/../outside.txt", b"/assets/../../outside.txt", b"/%2e%2e/outside.txt", b"/%2E%2E%2Foutside.txt",
                   b"/..%2foutside.txt", b"/..%5coutside.txt", b"/..\\outside.txt", b"//outside.txt", b"/./outside.txt",
                   b"//etc/passwd", b"/%00/../outside.txt", b"/outside.txt%00.js", b"/index.html%00", b"/index.html\x00.js",
                   b"/assets/%2e%2e/%2e%2e/outside.txt", b"/%c0%ae%c0%ae/outside.txt", b"/%252e%252e/outside.txt",
                   b"/link.txt", b"/up/outside.txt", b"/up/web/index.html", b"/inner.html", b"/assets/.hidden.js",
                   b"/assets/odd.exe", b"/pipe.txt", b"/folder.js", b"/folder.js/", b"/index.html/", b"/index.html/x.js",
                   b"/assets//index-D3xk2q_Z.js", b"/" + b"a/" * 60 + b"x.js", b"/" + b"x" * 3000 + b".js", b"/.js", b"/..js",
                   b"http://evil.test/../outside.txt"):
        status, data = raw(gw, target)
        equal(status in (400, 403, 404), True, f"{target!r}: {status}")
        lacks(data, b"from outside", b"kept back", b"root:", INDEX)


def test_a_foreign_name_gets_no_page(s):
    gw = served(s)
    status, head, data = get(gw, "/", {**HTML, "Host": "evil.test"})
    equal((status, head["content-type"], head["content-security-policy"]), (403, "text/html; charset=utf-8", CSP))
    contains(data.decode(), "admin.hosts")
    lacks(data.decode(), "evil.test")
    equal(get(gw, SCRIPT, {"Host": "evil.test"})[0], 403)


def test_a_missing_folder_is_a_page_that_says_what_to_do(s):
    gw = s.new(CONFIG.replace("admin = {", 'admin = { web_dir = "@dir@/nowhere";'))
    status, head, data = get(gw, "/", HTML)
    equal((status, head["content-type"], head["content-security-policy"]), (404, "text/html; charset=utf-8", CSP))
    contains(data.decode(), "admin.web_dir", "conduitctl", "--disable-web")
    lacks(data.decode(), "<script", "<style", "style=")
    equal(get(gw, "/")[0], 200, "the API's index")
    # It comes later: nothing needs to be told.
    os.makedirs(f"{gw.dir}/nowhere")
    with open(f"{gw.dir}/nowhere/index.html", "wb") as f:
        f.write(INDEX)
    equal(get(gw, "/", HTML)[2], INDEX)


def test_many_files_on_one_connection(s):
    gw = served(s)
    write(gw, "/assets/large.js", os.urandom(1 << 20))
    c = http.client.HTTPConnection("127.0.0.1", gw.admin_port, timeout=20)
    for path, size in (("/", len(INDEX)), (SCRIPT, 12), ("/assets/large.js", 1 << 20)) * 20:
        c.request("GET", path, headers=HTML)
        equal(len(c.getresponse().read()), size, path)
    c.close()

"""A server that is there: ways to reach it, what is kept, clear, keys of others.
SPDX-License-Identifier: MIT
"""
import json
import os
import subprocess
import tempfile
import time

from driver import ABORTED, ABSENT, LIMIT, OK, key_of
from servers import Server, until

PREFIX = "conduit:cache:"


def test_does_what_every_cache_has_to(scene):
    server = scene.keep(Server())
    options = json.dumps({"url": server.url, "deadline": scene.patient(500)})
    done = subprocess.run([scene.args.check, "--options", options, scene.plugin], text=True,
                          capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_keeps_what_it_is_given(scene):
    server = scene.keep(Server())
    d = scene.drive(workers=2, url=server.url, max_value="1MiB").comes()
    refused, _ = d.refused_and_failures()
    assert not d.has("nobody", "x")
    for i, size in enumerate((1, 2, 2048, 65536, 1 << 20)):
        assert d.put(f"k{i}", f"seed{i}", size).wait().status == OK
        assert d.has(f"k{i}", f"seed{i}", size, worker=1), f"{size} bytes were not found"
    assert d.put("large", "x", (1 << 20) + 1).wait().status == LIMIT
    assert d.put("k0", "other", 300).wait().status == OK and d.has("k0", "other", 300)
    assert d.drop("k0") == OK and not d.has("k0", "other", 300) and d.drop("k0") == OK
    assert server.cli("CLIENT", "LIST").count("name=conduit") == 2
    after = d.refused_and_failures()
    assert after == (refused + 1, 0) and not d.log, (after, d.log)


def test_forgets_when_the_time_is_over(scene):
    d = scene.drive(url=scene.keep(Server()).url).comes()
    d.put("short", "s", ttl_s=1).wait()
    assert d.put("absurd", "s", ttl_s=4294967295).wait().status == OK
    assert d.put("none", "s", ttl_s=0).wait().status == ABORTED
    assert d.has("short", "s")
    until(lambda: not d.has("short", "s"), 2, "the end of an entry")
    assert d.has("absurd", "s")


def test_gives_each_of_many_its_own(scene):
    d = scene.drive(workers=2, url=scene.keep(Server()).url).comes().comes(worker=1)
    puts = [d.put(f"m{i}", f"seed{i}", 100 + i, worker=i % 2) for i in range(3000)]
    assert all(p.wait().status == OK for p in puts)
    gets = [d.get(f"m{i}", worker=(i + 1) % 2) for i in range(3000)]
    found = sum(g.wait().status == OK for g in gets)
    for i in range(0, 3000, 7):
        d.has(f"m{i}", f"seed{i}", 100 + i)
    # In one burst some of the last may come after their deadline.
    assert found > 300, f"only {found} of 3000 were found"


def test_logs_in(scene):
    server = scene.keep(Server("--requirepass", "se cret", auth=("-a", "se cret", "--no-auth-warning")))
    server.cli("ACL", "SETUSER", "conduit", "on", ">p@ss/word", "~conduit:*", "+@all", "-@dangerous")
    at = f"127.0.0.1:{server.port}"
    for options in ({"url": f"redis://:se%20cret@{at}"}, {"url": f"redis://conduit:p%40ss%2fword@{at}/0"},
                    {"url": f"redis://{at}", "user": "conduit", "password": "p@ss/word"},
                    {"url": f"unix:{server.socket}", "password": "se cret"}):
        scene.drive(**options).comes()


def test_uses_its_database(scene):
    server = scene.keep(Server())
    scene.drive(url=f"{server.url}/3").comes()
    scene.drive(url=server.url, database=5, prefix="other{1}:").comes()
    assert server.cli("-n", "0", "DBSIZE") == "0"
    assert key_of("probe") in server.cli("-n", "3", "KEYS", PREFIX + "*")
    assert key_of("probe") in server.cli("-n", "5", "KEYS", "other{1}:*")


def test_waits_until_a_password_is_right(scene):
    server = scene.keep(Server("--requirepass", "right", auth=("-a", "right", "--no-auth-warning")))
    d = scene.drive(url=server.url, password="wrong password")
    until(lambda: d.said("is away", "WRONGPASS"), what="a line about the password")
    assert d.get("a").wait().status == ABSENT and d.put("a", "b").wait().status == ABORTED
    server.cli("CONFIG", "SET", "requirepass", "wrong password")
    server.auth[1] = "wrong password"
    d.comes()
    until(lambda: d.said("is back"), 1, "a line")
    assert len(d.said("is away")) == 1 and not d.said("wrong password"), d.log


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def make_certificates(folder):
    with open(os.path.join(folder, "names"), "w") as f:
        f.write("subjectAltName=IP:127.0.0.1,DNS:redis.test\n")
    for ca in ("ca", "stranger"):
        openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-keyout", ca + ".key", "-out", ca + ".pem", "-days", "2", "-subj", "/CN=" + ca)
    openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", "it.key", "-out", "it.csr", "-subj", "/CN=it")
    openssl(folder, "x509", "-req", "-in", "it.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-out", "it.pem", "-days", "2", "-extfile", "names")


def test_speaks_tls(scene):
    folder = scene.keep(Folder())
    make_certificates(folder.path)
    ca, stranger, cert, key = (folder.file(n) for n in ("ca.pem", "stranger.pem", "it.pem", "it.key"))
    server = scene.keep(Server("--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file",
                               ca, "--tls-auth-clients", "yes", tls=True))
    url = server.url.replace("redis:", "rediss:")
    ours = {"tls_cert": cert, "tls_key": key}
    d = scene.drive(url=url, tls_ca=ca, deadline=scene.patient(1000), **ours).comes()
    for size in (1, 16384, 1 << 20, 8 << 20):
        assert d.put("t", "tls", size).wait().status == OK
        until(lambda: d.has("t", "tls", size), 2, f"{size} bytes")
    puts = [d.put(f"m{i}", f"seed{i}", 50 * i) for i in range(1, 400)]
    assert all(p.wait().status == OK for p in puts) and d.has("m399", "seed399", 50 * 399)
    scene.drive(url=server.url, tls=True, tls_ca=ca, tls_name="redis.test", **ours).comes()
    for why, options in (("certificate", {"tls_ca": stranger, **ours}),
                         ("mismatch", {"tls_ca": ca, "tls_name": "example.test", **ours}),
                         ("away", {"tls_ca": ca})):
        d = scene.drive(url=url, **options)
        until(lambda: d.said("is away", why), what="a line about TLS")
        assert d.get("t").wait().status == ABSENT
    d = scene.drive(url=server.url)
    until(lambda: d.said("is away"), what="a line")


class Folder:
    def __init__(self):
        self.dir = tempfile.TemporaryDirectory(prefix="conduit-tls-")
        self.path = self.dir.name

    def file(self, name):
        return os.path.join(self.path, name)

    def close(self):
        self.dir.cleanup()


def test_resolves_names(scene):
    server = scene.keep(Server())
    scene.drive(url=f"redis://localhost:{server.port}").comes()
    d = scene.drive(url="redis://no-such-host.invalid")
    until(lambda: d.said("is away"), what="a line")
    assert d.get("a").wait().status == ABSENT


def test_clears_at_once_for_all(scene):
    server = scene.keep(Server())
    one, two = (scene.drive(workers=2, url=server.url).comes().comes(worker=1) for _ in range(2))
    theirs = [PREFIX + "x", PREFIX + "7:zz", PREFIX + "7:" + "A" * 64, "other:7:" + "a" * 64]
    for key in theirs:
        server.cli("SET", key, "theirs")
    puts = [one.put(f"c{i}", "seed") for i in range(2000)]
    assert all(p.wait().status == OK for p in puts)
    assert one.clear() == OK
    assert not any(one.has(f"c{i}", "seed", worker=i % 2) for i in range(50))
    assert one.put("new", "seed").wait().status == OK and one.has("new", "seed")
    until(lambda: not any(two.has(f"c{i}", "seed") for i in range(5)), 3, "the other's clear")
    until(lambda: two.has("new", "seed"), 3, "the other's generation")
    until(lambda: int(server.cli("DBSIZE")) <= len(theirs) + 4, 5, "the sweep")
    assert all(server.cli("EXISTS", key) == "1" for key in theirs)
    third = scene.drive(url=server.url).comes()
    assert third.has("new", "seed") and not third.has("c1", "seed")


def test_clears_while_the_server_is_away(scene):
    server = scene.keep(Server("--appendonly", "yes", "--appendfsync", "always"))
    d = scene.drive(url=server.url).comes()
    assert d.put("a", "seed").wait().status == OK
    server.kill()
    assert d.clear() == OK
    server.start()
    d.comes()
    assert not d.has("a", "seed")
    until(lambda: server.cli("DBSIZE") == "2", 5, "the sweep")


def test_leaves_keys_of_others_alone(scene):
    server = scene.keep(Server())
    d = scene.drive(url=server.url, max_value="64KiB").comes()
    at = PREFIX + "0:"
    server.cli("LPUSH", at + key_of("list"), "x")
    server.cli("SETRANGE", at + key_of("huge"), str(64 << 20), "x")
    server.cli("SET", at + key_of("empty"), "")
    for key in ("list", "huge", "empty"):
        gets = [d.get(key).wait() for _ in range(20)]
        assert all(g.status == ABSENT for g in gets), key
    assert d.put("list", "ours").wait().status == OK and d.has("list", "ours")
    assert d.has("probe", "probe") and not d.log, d.log


def test_goes_by_its_own_number_where_the_key_is_anothers(scene):
    server = scene.keep(Server())
    server.cli("LPUSH", PREFIX + "generation", "x")
    d = scene.drive(url=server.url).comes()
    d.put("a", "seed").wait()
    assert d.clear() == OK and not d.has("a", "seed")
    time.sleep(1.2)
    assert not d.has("a", "seed") and d.comes(key="b").has("b", "probe")
    server.cli("DEL", PREFIX + "generation")
    server.cli("SET", PREFIX + "generation", "not a number")
    time.sleep(1.2)
    assert d.has("b", "probe") and server.cli("GET", PREFIX + "generation") == "not a number"


def test_refuses_options_that_cannot_be(scene):
    for options in ({"url": "http://x"}, {"url": "redis://"}, {"url": "redis://h:99999"},
                    {"url": "redis://h/x"}, {"nodes": [""]}, {"tls": True, "tls_ca": "/none"},
                    {"tls_ca": "/etc/passwd"}, {"deadline": "0ms"}, {"max_value": 0},
                    {"cluster": True, "database": 3}, {"user": "x"}, {"database": -1},
                    {"tls": True, "tls_cert": "/none"}, {"max_waiting": 0}):
        d = scene.drive(**options)
        assert d.process.wait(10) == 1, options
        scene.open.remove(d)

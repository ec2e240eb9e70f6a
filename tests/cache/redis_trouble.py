"""A server that goes, hangs, dawdles, is full, or is none: gets end in time, and it comes back.
SPDX-License-Identifier: MIT
"""
import threading
import time

from driver import ABORTED, ABSENT, DEADLINE, LIMIT, OK, quick
from servers import Impostor, Proxy, Server, until


def filled(scene, server, **options):
    d = scene.drive(url=server.url, deadline=DEADLINE, **options).comes()
    assert all(d.put(f"steady{i}", "seed").wait().status == OK for i in range(50))
    return d


def hits(answers):
    return sum(a.status == OK for a in answers)


def memory_kib(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


def test_is_killed_and_comes_back(scene):
    server = scene.keep(Server())
    d = filled(scene, server)
    before = d.steadily(0.5)
    assert hits(before) > len(before) * 0.8
    server.kill()
    away = d.steadily(1.5)
    assert hits(away) == 0
    assert max(a.ms for a in away[20:]) < 20 * scene.slack, "a server that is away costs time"
    assert d.put("x", "y").wait().status == ABORTED
    server.start()
    d.comes()
    quick(before + away + d.steadily(0.5), slack=scene.slack)
    assert len(d.said("is away")) == 1 and len(d.said("is back")) == 1, d.log


def test_is_killed_again_and_again(scene):
    server = scene.keep(Server())
    d = filled(scene, server)
    for _ in range(3):
        quick(d.steadily(0.1), slack=scene.slack)
        server.kill()
        quick(d.steadily(0.15), slack=scene.slack)
        server.start()
    d.comes()
    assert len(d.log) <= 6, d.log


def test_hangs(scene):
    server = scene.keep(Server())
    d = filled(scene, server, workers=2).comes(worker=1)
    server.stop()
    hung = d.steadily(3)
    late = [a for a in hung if a.ms >= 4]
    quick(hung, slack=scene.slack)
    assert hits(hung) == 0 and len(late) < 60, f"{len(late)} of {len(hung)} waited"
    server.go_on()
    d.comes().comes(worker=1)
    assert len(d.said("is away")) == 1 and len(d.said("is back")) == 1, d.log


def test_hangs_with_a_lot_on_its_way(scene):
    server = scene.keep(Server())
    d = scene.drive(url=server.url, deadline=DEADLINE, max_waiting=100).comes()
    server.stop()
    before = memory_kib(d.process.pid)
    puts = [d.put(f"p{i}", "x", 4 << 20) for i in range(60)]
    gets = [d.get(f"g{i}") for i in range(300)]
    most = max(memory_kib(d.process.pid) for _ in range(20) if not time.sleep(0.05))
    ended = [p.wait().status for p in puts]
    assert ended.count(LIMIT) > 2 and ended.count(OK) == 0, ended
    assert all(g.wait().status == ABSENT for g in gets)
    assert most - before < (64 << 10) * scene.slack, f"{most - before} KiB more"
    assert max(p.ms for p in puts) < 3000 * scene.slack, max(p.ms for p in puts)
    server.go_on()
    d.comes()


def test_sleeps(scene):
    server = scene.keep(Server())
    d = filled(scene, server)
    asleep = [d.get("steady1")]
    t = threading.Thread(target=server.cli, args=("DEBUG", "SLEEP", "0.6"))
    t.start()
    asleep += d.steadily(0.8)
    t.join()
    quick(asleep, slack=scene.slack)
    assert d.comes(3).has("steady1", "seed")


def test_is_slow(scene):
    server = scene.keep(Server())
    proxy = scene.keep(Proxy(server.port))
    d = scene.drive(url=f"redis://127.0.0.1:{proxy.port}", deadline=DEADLINE).comes()
    d.put("steady1", "seed").wait()
    proxy.delay_s = 0.03
    slow = d.steadily(2)
    waited = sum(a.ms >= 4 for a in slow)
    quick(slow, slack=scene.slack)
    assert waited < 60, f"{waited} of {len(slow)} gets waited for a slow server"
    assert len(d.said("is away", "too late")) == 1, d.log
    proxy.delay_s = 0
    d.comes(3)
    until(lambda: d.said("is back"), 1, "a line")


def test_is_full(scene):
    server = scene.keep(Server("--maxmemory", "3mb", "--maxmemory-policy", "noeviction"))
    d = scene.drive(url=server.url)
    until(lambda: d.put("a", "seed", 10).wait().status in (OK, LIMIT))
    ended = [d.put(f"f{i}", "x", 100000).wait().status for i in range(40)]
    assert ended[-1] == LIMIT, ended
    assert len(d.log) == len(d.said("OOM")) == 1 and d.get("none").wait().status == ABSENT
    refused, failures = d.refused_and_failures()
    assert refused >= ended.count(LIMIT) and failures >= ended.count(LIMIT)


def test_becomes_a_replica(scene):
    server = scene.keep(Server())
    d = filled(scene, server)
    server.cli("REPLICAOF", "127.0.0.1", "1")
    until(lambda: d.put("a", "seed").wait().status == ABORTED, 2, "a refusal")
    until(lambda: d.said("replica"), 2, "a line")
    quick(d.steadily(0.5), slack=scene.slack)
    server.cli("REPLICAOF", "NO", "ONE")
    d.comes()
    assert d.has("steady1", "seed")


def test_wants_a_password_suddenly(scene):
    server = scene.keep(Server())
    d = filled(scene, server)
    server.cli("CONFIG", "SET", "requirepass", "new")
    server.auth += ["-a", "new", "--no-auth-warning"]
    server.cli("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    until(lambda: d.said("is away"), what="a line")
    assert hits(d.steadily(0.3)) == 0
    server.cli("CONFIG", "SET", "requirepass", "")
    del server.auth[:]
    d.comes()


def test_loads_its_file(scene):
    server = scene.keep(Server())
    d = filled(scene, server)
    server.cli("DEBUG", "POPULATE", "20000", "x", "1000")
    server.cli("CONFIG", "SET", "key-load-delay", "50")
    t = threading.Thread(target=server.cli, args=("DEBUG", "RELOAD"))
    t.start()
    loading = d.steadily(1.5)
    t.join()
    quick(loading, slack=scene.slack)
    d.comes()


def garbage(client):
    client.recv(100)
    client.sendall(bytes(range(256)) * 64)
    time.sleep(0.2)


def endless(client):
    client.recv(100)
    client.sendall(b"+OK\r\n+PONG\r\n$4000000000\r\n")
    while True:
        client.sendall(b"x" * 65536)


def chatty(client):
    client.sendall(b"+OK\r\n" * 1000)
    time.sleep(0.2)


def nested(client):
    client.recv(100)
    client.sendall(b"*1\r\n" * 100 + b"+OK\r\n")
    time.sleep(0.2)


def silent(client):
    time.sleep(5)


def shut(client):
    client.recv(1)


def loading(client):
    while client.recv(1000):
        client.sendall(b"-LOADING Redis is loading the dataset in memory\r\n" * 2)


def odd(client):
    """Greets well, then answers with the wrong types."""
    client.recv(1000)
    client.sendall(b"+OK\r\n+PONG\r\n")
    for answer in (b"$0\r\n\r\n", b":7\r\n", b"*-1\r\n", b"*2\r\n:1\r\n:2\r\n", b"+OK\r\n", b"-ERR\r\n",
                   b"-\r\n", b"-MOVED\r\n", b"-MOVED 1 x:y\r\n", b"-ASK 99999 1:2\r\n") * 100:
        if not client.recv(65536):
            return
        client.sendall(answer)


def test_is_no_redis(scene):
    drives = []
    for speak in (garbage, endless, chatty, nested, silent, shut, loading, odd):
        for cluster in (False, True):
            impostor = scene.keep(Impostor(speak))
            drives.append((speak, scene.drive(url=impostor.url, cluster=cluster,
                                              deadline=DEADLINE, max_value="1MiB"), impostor))
    for _ in range(15):
        gets = [(speak, d.get("a"), d.put("a", "b")) for speak, d, _ in drives]
        for speak, get, put in gets:
            assert get.wait().status == ABSENT, speak
            assert put.wait().status != OK or speak is odd, speak
            quick([get], slack=scene.slack * 4)
        time.sleep(0.1)
    for speak, d, impostor in drives:
        assert d.said("is away") or speak is odd, speak
        assert memory_kib(d.process.pid) < (60 << 10) * scene.slack, speak
        assert impostor.calls < 20, f"{impostor.calls} connections to one that is {speak}"


def test_has_nobody_there(scene):
    d = scene.drive(url="unix:/nobody/there")
    assert d.get("a").wait().ms < 20 * scene.slack and d.put("a", "b").wait().status == ABORTED
    until(lambda: d.said("is away"), what="a line")
    # An address that swallows what is sent to it.
    d = scene.drive(url="redis://192.0.2.1:6379", connect_timeout="200ms")
    until(lambda: d.said("is away"), what="a line")
    assert d.get("a").wait().status == ABSENT

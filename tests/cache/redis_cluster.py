"""A cluster of three: slots that move, nodes that die, a replica that takes over.
SPDX-License-Identifier: MIT
"""
from driver import ABSENT, OK, key_of, quick
from servers import Cluster, Server, until

PREFIX = "conduit:cache:0:"


def slot_of(key):
    crc = 0
    for byte in (PREFIX + key_of(key)).encode():
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xffff
    return crc % 16384


def whole(d, keys):
    """Until every node takes and gives."""
    until(lambda: all(d.put(k, k).wait().status == OK and d.has(k, k) for k in keys), 15,
          "the whole cluster")


def a_key_of_each(count=1):
    found = [[], [], []]
    i = 0
    while min(map(len, found)) < count:
        third = min(slot_of(f"k{i}") * 3 // 16384, 2)
        found[third].append(f"k{i}")
        i += 1
    return [keys[:count] for keys in found]


def migrate(cluster, slot, source, target):
    """Halfway: the slot is here and there."""
    a, b = source.cli("CLUSTER", "MYID"), target.cli("CLUSTER", "MYID")
    target.cli("CLUSTER", "SETSLOT", str(slot), "IMPORTING", a)
    source.cli("CLUSTER", "SETSLOT", str(slot), "MIGRATING", b)
    return b


def test_a_cluster(scene):
    cluster = scene.keep(Cluster())
    nodes = [f"127.0.0.1:{n.port}" for n in cluster.nodes[:2]]
    each = a_key_of_each(4)
    d = scene.drive(workers=2, nodes=nodes)
    whole(d, [k[0] for k in each])
    d.comes(worker=1)
    all_slots(d, cluster)
    follows_ask_and_moved(d, cluster, each[0][1])
    clears(d, cluster)
    loses_a_node(scene, d, cluster, each)
    fails_over(scene, d, cluster, each)


def all_slots(d, cluster):
    keys = [f"all{i}" for i in range(2000)]
    puts = [d.put(k, k, worker=i % 2) for i, k in enumerate(keys)]
    assert all(p.wait().status == OK for p in puts)
    assert sum(d.has(k, k) for k in keys) > 1990
    assert all(int(n.cli("DBSIZE")) > 400 for n in cluster.nodes[:3])


def follows_ask_and_moved(d, cluster, key):
    source, target, slot = cluster.nodes[0], cluster.nodes[1], slot_of(key)
    assert d.put(key, "before").wait().status == OK
    target_id = migrate(cluster, slot, source, target)
    source.cli("MIGRATE", "127.0.0.1", str(target.port), "", "0", "1000", "KEYS", PREFIX + key_of(key))
    for _ in range(20):                               # ASK, each time
        assert d.has(key, "before")
    assert d.put(key, "asked").wait().status == OK and d.has(key, "asked")
    for n in (target, source, cluster.nodes[2]):
        n.cli("CLUSTER", "SETSLOT", str(slot), "NODE", target_id)
    for _ in range(20):                               # MOVED, once
        assert d.has(key, "asked")
    assert d.put(key, "moved").wait().status == OK and d.has(key, "moved", worker=1)
    assert d.drop(key) == OK and not d.has(key, "moved")
    assert not d.said("is away"), d.log


def clears(d, cluster):
    keys = [f"all{i}" for i in range(300)]
    assert d.clear() == OK
    assert not any(d.has(k, k, worker=i % 2) for i, k in enumerate(keys))
    until(lambda: sum(int(n.cli("DBSIZE")) for n in cluster.nodes[:3]) <= 1, 5, "the sweep")


def loses_a_node(scene, d, cluster, each):
    whole(d, [k[0] for k in each])
    cluster.nodes[2].kill()
    answers = [d.get(k) for k in (each[0] + each[1] + each[2]) * 20]
    quick([a.wait() for a in answers], slow_part=0.2, slack=scene.slack, deadline_ms=100)
    until(lambda: d.said(f":{cluster.nodes[2].port} is away"), 3, "a line")
    # The others go on: names changed with the generation, so by where keys are now.
    kept = [k for i in range(60) for k in [f"rest{i}"] if d.put(k, k).wait().status == OK]
    assert len(kept) > 20, f"{len(kept)} of 60 were kept by two of three nodes"
    assert all(d.has(k, k) for k in kept)
    cluster.nodes[2].start()
    until(lambda: all(d.put(f"rest{i}", "x").wait().status == OK for i in range(60)), 15,
          "the node that was killed")


def fails_over(scene, d, cluster, each):
    keys = [f"over{i}" for i in range(60)]
    assert all(d.put(k, k).wait().status == OK for k in keys)
    until(lambda: "master_link_status:up" in cluster.nodes[3].cli("INFO", "replication"), 10, "a replica")
    cluster.nodes[0].kill()
    during = d.steadily(1)
    quick(during, slow_part=0.1, slack=scene.slack, deadline_ms=100)
    until(lambda: all(d.put(k, k, worker=1).wait().status == OK for k in keys), 20,
          "the replica that takes over")
    until(lambda: all(d.has(k, k) for k in keys), 5, "the other worker's map")
    cluster.nodes[0].start()
    quick(d.steadily(0.3), slow_part=0.1, slack=scene.slack, deadline_ms=100)


def test_a_cluster_that_nobody_said(scene):
    """One of its nodes, taken for a server of its own: away, with the reason."""
    server = scene.keep(Cluster.node())
    d = scene.drive(url=server.url)
    until(lambda: d.said("is away", "CLUSTERDOWN"), 5, "a line")
    assert d.get("a").wait().status == ABSENT
    server.cli("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
    d.comes()


def test_no_cluster_where_one_was_said(scene):
    d = scene.drive(url=scene.keep(Server()).url, cluster=True)
    until(lambda: d.said("is away", "cluster support disabled"), 5, "a line")
    assert d.get("a").wait().status == ABSENT

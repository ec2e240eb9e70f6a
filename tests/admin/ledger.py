"""The ledger seen from outside, and backups of it: made beside traffic, put back, refused when damaged.
SPDX-License-Identifier: MIT"""
import hashlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

from api import chat, create
from scene import CONFIG, contains, equal, error_of, lacks


def spend(s, state):
    """Charges money to keys of its own in a state folder that no gateway uses; False: it was not built."""
    tool = os.path.join(os.path.dirname(s.args.conduitd), "tests", "crash", "spend")
    if not os.path.exists(tool):
        return False
    acks = os.path.join(state, "acks")
    p = subprocess.Popen([tool, "run", state, acks, "1"], stderr=subprocess.DEVNULL)
    s.wait(lambda: os.path.getsize(acks) > 2000, 30)
    p.kill()
    p.wait()
    os.remove(acks)
    return True


def spent_gateway(s):
    """A running gateway whose ledger has entries, when there is a way to make them; and whether there was."""
    gw = s.new()
    create(gw, name="first")
    for _ in range(10):
        equal(gw.stop(), None)
        spent = spend(s, gw.dir + "/state")
        gw.start()
        # It may have been killed when nothing was held.
        if not spent or [e["kind"] for e in gw.admin("GET", "/admin/v1/ledger?limit=1")[1]["data"]] == ["recover"]:
            break
    return gw, spent


# --- entries ----------------------------------------------------------------------------------

def test_the_ledger_is_listed_and_recomputed(s):
    gw, spent = spent_gateway(s)
    status, sums = gw.admin("GET", "/admin/v1/ledger/verify")
    equal((status, sums["ok"], sums["disagreement"], sums["holds"], sums["held"]), (200, True, None, 0, "0"))
    code, out, _ = s.ctl("ledger", "verify", "-o", "json", gw=gw)
    equal((code, json.loads(out)["entries"], json.loads(out)["chain"]), (0, sums["entries"], sums["chain"]))
    equal(s.ok("ledger", "verify", "-q", gw=gw), "yes\n")
    status, page = gw.admin("GET", "/admin/v1/ledger?limit=2")
    equal(status, 200)
    if not spent:
        equal(page, {"data": [], "next": None})
        return
    entries = page["data"]
    equal([e["number"] for e in entries], [sums["entries"], sums["entries"] - 1])
    equal(sorted(entries[0]), ["accounts", "amount", "attempt", "chain", "held", "hold", "key", "kind", "number", "reason",
                               "request", "time", "tokens"])
    equal(entries[0]["chain"], sums["chain"], "the newest entry's chain is the ledger's")
    equal((entries[0]["kind"], entries[0]["reason"], entries[0]["amount"]), ("recover", "estimated", "0.000000007"))
    equal(sorted(entries[0]["tokens"].items()),
          [(k, None) for k in ("cache_write", "cached", "input", "output", "reasoning")])
    account = entries[0]["accounts"][1]
    equal((account["kind"], account["owner"][:3], account["budget"], account["period_start"]), ("key", "key", "1", None))
    second = gw.admin("GET", "/admin/v1/ledger?limit=2&cursor=" + page["next"])[1]
    equal(second["data"][0]["number"], sums["entries"] - 2)
    listed = s.json("ledger", "list", "--limit", "1500", gw=gw)["data"]
    equal([e["number"] for e in listed], list(range(sums["entries"], max(0, sums["entries"] - 1500), -1)), "several pages")
    contains(s.ok("ledger", "list", "--limit", "3", gw=gw), "NUMBER", "0.000000007")
    equal(gw.admin("GET", "/admin/v1/ledger?key=AAAAAAAAAAAA")[1], {"data": [], "next": None})
    equal(gw.admin("GET", "/admin/v1/ledger?group=key1")[1], {"data": [], "next": None}, "an owner, but no group")
    # Charges are of 1970, but for what was recovered just now.
    equal({e["kind"] for e in s.json("ledger", "list", "--from", "2020-01-01", gw=gw)["data"]}, {"recover"})
    lacks({e["kind"] for e in s.json("ledger", "list", "--to", "2020-01-01", gw=gw)["data"]}, "recover")


def test_questions_to_the_ledger_are_checked(s):
    for query, param in (("key=x", "key"), ("group=a%20b", "group"), ("from=noon", "from"), ("to=x", "to"), ("limit=0", "limit"),
                         ("limit=1001", "limit"), ("cursor=x", "cursor"), ("cursor=0", "cursor"), ("grop=x", "grop")):
        status, answer = s.gw.admin("GET", "/admin/v1/ledger?" + query)
        equal((status, error_of(answer)["param"]), (400, param), query)
    equal(s.ctl("ledger", "list", "--limit", "0")[0], 2)
    equal(s.gw.admin("POST", "/admin/v1/ledger")[0], 405)


def test_metrics_know_the_ledger(s):
    text = s.gw.request("GET", "/metrics", port=s.gw.admin_port)[2].decode()
    contains(text, "conduit_ledger_waiting 0\n", "conduit_ledger_side_bytes 0\n", "conduit_ledger_open_holds 0\n")
    free = next(line for line in text.split("\n") if line.startswith("conduit_state_disk_free_bytes "))
    equal(float(free.split()[1]) > 0, True, free)


# --- backups ----------------------------------------------------------------------------------

def make_backup(s, gw):
    """(path, its bytes) of a backup of a running gateway."""
    path = os.path.join(gw.dir, "saved")
    if os.path.exists(path):
        os.remove(path)
    s.ok("backup", path, gw=gw)
    with open(path, "rb") as f:
        return path, f.read()


def restore(s, path, state, *more):
    return s.run("-g", f"storage.path={state}", "--restore", path, *more)


def test_a_backup_makes_another_gateway_with_the_same_keys(s):
    gw, spent = spent_gateway(s)
    key, secret = create(gw, name="kept")
    sums = gw.admin("GET", "/admin/v1/ledger/verify")[1]
    path, data = make_backup(s, gw)
    equal(os.stat(path).st_mode & 0o777, 0o600)
    lines = data.split(b"\n", 3)
    equal(lines[0], b"CONDUIT BACKUP 1")
    manifest = json.loads(lines[1])
    equal(hashlib.sha256(lines[0] + b"\n" + lines[1] + b"\n").hexdigest().encode(), lines[2])
    equal((len(lines[3]), hashlib.sha256(lines[3]).hexdigest()), (manifest["image_bytes"], manifest["image_sha256"]))
    equal((manifest["schema"], manifest["entries"], manifest["chain"]), (1, sums["entries"], sums["chain"]))
    equal([n for n in os.listdir(gw.dir + "/state") if "backup" in n], [], "nothing is left behind")
    create(gw, name="later")
    other = s.make()
    code, out, err = restore(s, path, other.dir + "/state")
    equal((code, out), (0, ""), err)
    contains(err, "the backup of ", f"{sums['entries']} entries", " USD charged")
    equal(sorted(os.listdir(other.dir + "/state")), ["ledger", "lock", "pepper"])
    equal(os.stat(other.dir + "/state/pepper").st_mode & 0o777, 0o600)
    other.start()
    equal([k["name"] for k in other.admin("GET", "/admin/v1/keys")[1]["data"] if k["id"] == key["id"]], ["kept"])
    equal(len(other.admin("GET", "/admin/v1/keys")[1]["data"]), 2)
    equal(chat(other, secret)[0], 200, "the key's secret is good")
    again = other.admin("GET", "/admin/v1/ledger/verify")[1]
    equal({k: v for k, v in again.items() if k != "took_ms"}, {k: v for k, v in sums.items() if k != "took_ms"})
    equal(spent, again["entries"] > 0)


def test_where_conduitctl_puts_a_backup(s):
    path = s.gw.dir + "/one"
    s.ok("backup", path)
    code, _, err = s.ctl("backup", path)
    equal(code, 5)
    contains(err, "--force")
    s.ok("backup", path, "--force")
    code, _, err = s.ctl("backup", s.gw.dir + "/missing/one")
    equal(code, 1)
    contains(err, "No such file")
    code, _, err = s.ctl("backup", path + "-2", env={"CONDUIT_ADMIN_TOKEN_FILE": None, "CONDUIT_MASTER_KEY": "wrong"})
    equal((code, os.path.exists(path + "-2"), os.path.exists(path + "-2.new")), (3, False, False), "half a backup is none")
    base = dict(os.environ, CONDUIT_ADMIN_URL=f"http://127.0.0.1:{s.gw.admin_port}",
                CONDUIT_ADMIN_TOKEN_FILE=s.gw.dir + "/state/admin.token")
    p = subprocess.run([s.args.conduitctl, "backup", "-"], env=base, capture_output=True, timeout=60 * s.slow)
    equal((p.returncode, p.stderr), (0, b""))
    with open(path + "-3", "wb") as f:
        f.write(p.stdout)
    state = tempfile.mkdtemp(prefix="conduit-")
    p = subprocess.run([s.args.conduitctl, "restore", "-", "--state", state], input=p.stdout, capture_output=True,
                       timeout=60 * s.slow)
    equal(p.returncode, 0, p.stderr)
    equal(sorted(os.listdir(state)), ["ledger", "lock", "pepper"])
    code, _, err = s.ctl("restore", path + "-3", "--state", state)
    equal(code, 1)
    contains(err, "--force")
    shutil.rmtree(state)


def test_what_is_there_is_not_overwritten(s):
    gw = s.new()
    _, secret = create(gw, name="old")
    path, _ = make_backup(s, gw)
    state = gw.dir + "/state"
    code, _, err = restore(s, path, state, "--force")
    equal(code, 1)
    contains(err, "is in use by process")
    equal(chat(gw, secret)[0], 200)
    _, late = create(gw, name="late")
    equal(gw.stop(), None)
    code, _, err = restore(s, path, state)
    equal(code, 1)
    contains(err, "has a ledger or a pepper already", "--force")
    code, _, err = restore(s, path, state, "--force")
    equal(code, 0, err)
    contains(err, ".before-restore-")
    names = sorted(n.split("-restore-")[0] for n in os.listdir(state) if "before" in n)
    equal(names, ["ledger.before", "pepper.before"])
    gw.start()
    equal((chat(gw, secret)[0], chat(gw, late)[0]), (200, 401))


def test_damaged_backups_change_nothing(s):
    gw = s.new()
    _, secret = create(gw, name="safe")
    path, data = make_backup(s, gw)
    equal(gw.stop(), None)
    state, bad = gw.dir + "/state", gw.dir + "/bad"
    before = sorted(os.listdir(state))

    def refused(content, *words):
        with open(bad, "wb") as f:
            f.write(content)
        code, _, err = restore(s, bad, state, "--force")
        equal(code, 1, err)
        contains(err, "conduitd: not restored: ", *words)
        equal(sorted(os.listdir(state)), before, "the folder is as it was")
    for i in range(20):
        at = len(data) * i // 20
        refused(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:], "backup")
        refused(data[:at], "backup")
    refused(data + b"x", "more follows its end")
    refused(b"", "this is no backup of Conduit")
    refused(b"hello\n" * 1000, "this is no backup of Conduit")
    refused(os.urandom(100000), "this is no backup of Conduit")
    code, _, err = restore(s, gw.dir + "/none", state)
    equal(code, 1)
    contains(err, "No such file")
    gw.start()
    equal(chat(gw, secret)[0], 200)


def remade(data, image=None, version=b"1", **members):
    """A backup with other members in its manifest, and digests that are right."""
    lines = data.split(b"\n", 3)
    image = lines[3] if image is None else image
    manifest = dict(json.loads(lines[1]), image_bytes=len(image), image_sha256=hashlib.sha256(image).hexdigest(), **members)
    head = b"CONDUIT BACKUP " + version + b"\n" + json.dumps(manifest).encode() + b"\n"
    return head + hashlib.sha256(head).hexdigest().encode() + b"\n" + image


def test_backups_of_newer_versions_and_other_ledgers_are_refused(s):
    gw, spent = spent_gateway(s)
    path, data = make_backup(s, gw)
    state, bad = gw.dir + "/fresh", gw.dir + "/bad"

    def refused(content, expected, *words):
        with open(bad, "wb") as f:
            f.write(content)
        code, _, err = restore(s, bad, state)
        equal(code, expected, err)
        contains(err, *words)
        equal([n for n in os.listdir(state) if n != "lock"], [])
    refused(remade(data, version=b"2"), 78, "newer version (layout 2")
    refused(remade(data, schema=2), 78, "newer version", "schema 2; this one knows 1")
    refused(remade(data, pepper="short"), 1, "its manifest can not be read")
    refused(remade(data, image=b"\0" * 8192), 1, "damaged")
    refused(remade(data, image=os.urandom(65536)), 1, "damaged")
    refused(remade(data, entries=10 ** 9), 1, "the newest entry is missing")
    if spent:
        refused(remade(data, chain="0" * 32), 1, "the newest entry is missing")
        # An amount that somebody has changed in the image itself.
        image = bytearray(data.split(b"\n", 3)[3])
        at = image.rfind((2000 + 60).to_bytes(8, "big"))
        equal(at > 0, True, "the hold of the 60th is there")
        image[at + 7] ^= 1
        refused(remade(data, image=bytes(image)), 1, "the ledger in the backup is wrong")
    equal(restore(s, path, state)[0], 0)


def test_a_restore_that_was_cut_short_is_noticed(s):
    gw = s.new()
    path, _ = make_backup(s, gw)
    equal(gw.stop(), None)
    state = gw.dir + "/state"
    equal(restore(s, path, gw.dir + "/other")[0], 0)
    os.mkdir(state + "/restore.new", 0o700)
    shutil.move(gw.dir + "/other/ledger", state + "/restore.new/ledger")
    os.rename(state + "/ledger", state + "/ledger.before-restore-X")
    p = subprocess.run(gw.command(), env=gw.env, capture_output=True, text=True, timeout=60 * s.slow)
    equal(p.returncode, 1)
    contains(p.stderr, "was cut short: restore it again")
    equal(restore(s, path, state, "--force")[0], 0)
    gw.start()


def test_a_backup_is_made_beside_traffic_and_a_slow_client(s):
    gw = s.new()
    for i in range(300):
        create(gw, name="n" * 100 + str(i), metadata={"text": "m" * 3000})
    c = http.client.HTTPConnection("127.0.0.1", gw.admin_port, timeout=30 * s.slow)
    c.request("POST", "/admin/v1/backup", headers={"Authorization": "Bearer " + gw.token})
    answer = c.getresponse()
    equal(answer.status, 200)
    contains(answer.getheader("content-disposition"), 'filename="conduit-')
    first = answer.read(1000)
    status, other = gw.admin("POST", "/admin/v1/backup")
    equal((status, error_of(other)["code"]), (409, "conflict"), "one at a time")
    create(gw, name="meanwhile")
    rest = answer.read()
    c.close()
    head, image = (first + rest).split(b"\n", 3)[1::2]
    equal(len(image), json.loads(head)["image_bytes"])
    # A client that leaves in the middle ends its backup.
    c = http.client.HTTPConnection("127.0.0.1", gw.admin_port, timeout=30 * s.slow)
    c.request("POST", "/admin/v1/backup", headers={"Authorization": "Bearer " + gw.token})
    c.sock.recv(10)
    c.close()
    s.wait(lambda: gw.admin("POST", "/admin/v1/backup")[0] == 200)
    # And one that is under way does not keep the gateway from ending.
    c = http.client.HTTPConnection("127.0.0.1", gw.admin_port, timeout=30 * s.slow)
    c.request("POST", "/admin/v1/backup", headers={"Authorization": "Bearer " + gw.token})
    c.sock.recv(10)
    gw.process.send_signal(signal.SIGTERM)
    equal(gw.stop(), None)
    c.close()
    lacks(gw.log_text(), json.loads(head)["pepper"])

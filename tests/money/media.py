"""Pictures, speech, transcriptions and rankings: each costs what its price says, and no budget overflows,
however many are asked for at once.
SPDX-License-Identifier: MIT"""
import json
import os
import random
import struct
import threading

from support import check, entries_after, make_key, nano, spending, wait_until_nothing_is_held

CONFIG = """
server = { workers = 2; };
models_file = "models.json";
providers = ( { name = "mock"; type = "mock"; catalog = "acme"; } );
models = (
  { name = "painter"; targets = ( { provider = "mock"; model = "mock"; catalog_model = "paint"; } ); },
  { name = "speaker"; targets = ( { provider = "mock"; model = "mock"; catalog_model = "speak"; } ); },
  { name = "listener"; targets = ( { provider = "mock"; model = "mock"; catalog_model = "listen"; } ); },
  { name = "deaf"; targets = ( { provider = "mock"; model = "mock-w"; catalog_model = "listen"; } ); },
  { name = "judge"; targets = ( { provider = "mock"; model = "mock"; catalog_model = "rank"; } ); },
  { name = "censor"; targets = ( { provider = "mock"; model = "mock"; catalog_model = "moderate"; } ); },
  { name = "unpriced"; targets = ( { provider = "mock"; model = "mock"; } ); }
);
"""
CATALOGUE = """{"meta":{"currency":"USD","sources":{"generated":"2026-11-20"}},"models":{"acme":{
"paint":{"mode":"image_generation","price":{"img":0.04},"img_by":{"hd/1024x1024":0.08,"512x512":0.018}},
"speak":{"mode":"audio_speech","price":{"char_in":15}},
"listen":{"mode":"audio_transcription","price":{"sec_in":0.0001}},
"rank":{"mode":"rerank","price":{"query":0.002}},
"moderate":{"mode":"moderation","price":{"in":0}}}}}
"""
BOUNDARY = "----media"


def make(gateway, args):
    gw = gateway.Gateway(args, CONFIG, args.slow, access_log=False)
    with open(os.path.join(gw.dir, "models.json"), "w") as f:
        f.write(CATALOGUE)
    return gw.start()


def wave(seconds):
    samples = b"\0\0" * (8000 * seconds)
    return b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt " + \
        struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16) + b"data" + struct.pack("<I", len(samples)) + samples


def ask(gw, secret, path, body=None, file=None, **fields):
    """(status, headers, body)"""
    head = {"Authorization": "Bearer " + secret, "Content-Type": "application/json"}
    if file is None:
        return gw.request("POST", path, json.dumps(body), head)
    head["Content-Type"] = "multipart/form-data; boundary=" + BOUNDARY
    parts = b"".join(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items())
    parts += (f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n'
              "Content-Type: audio/wav\r\n\r\n").encode() + file + f"\r\n--{BOUNDARY}--\r\n".encode()
    return gw.request("POST", path, parts, head)


def picture(n, **more):
    return "/v1/images/generations", dict({"model": "painter", "prompt": "a tree", "n": n}, **more)


def sound(model, seconds):
    return lambda gw, secret: ask(gw, secret, "/v1/audio/transcriptions", file=wave(seconds), model=model)


def plain(path, body):
    return lambda gw, secret: ask(gw, secret, path, body)


def requests():
    """What is asked, what it costs in nano-USD, how that is known."""
    documents = ["text"] * 101
    return (
        (plain(*picture(2)), 80000000, "reported"),
        (plain(*picture(1, size="1024x1024", quality="hd")), 80000000, "reported"),
        (plain(*picture(3, size="512x512")), 54000000, "reported"),
        (plain("/v1/audio/speech", {"model": "speaker", "voice": "a", "input": "Grüße!\u00a0\U0001f600"}), 8 * 15000, "reported"),
        (sound("listener", 2), 200000, "reported"),
        (sound("deaf", 2), 200050, "estimated"),
        (plain("/v1/rerank", {"model": "judge", "query": "q", "documents": ["a", "b"]}), 2000000, "reported"),
        (plain("/v1/rerank", {"model": "judge", "query": "q", "documents": documents}), 4000000, "reported"),
        (plain("/v1/moderations", {"model": "censor", "input": "hello"}), 0, "reported"),
    )


def each_costs_what_its_price_says(gw):
    key = make_key(gw, "rich", budgets=[{"usd": "10", "period": "total"}])
    spent = 0
    for i, (send, cost, reason) in enumerate(requests()):
        status, head, body = send(gw, key["secret"])
        check(status == 200, f"request {i}: {status} {body[:300]}")
        now = nano(wait_until_nothing_is_held(gw, key["id"], 10 * gw.slow)["spent"])
        # A header of 44 bytes is not sound.
        check(abs(now - spent - cost) <= (3000 if reason == "estimated" else 0), f"request {i} cost {now - spent}, not {cost}")
        last = next(e for e in entries_after(gw, 0))
        check(last["reason"] == reason, f"request {i}: {last['reason']}, not {reason}")
        spent = now
    status, _, body = ask(gw, key["secret"], "/v1/images/generations", {"model": "unpriced", "prompt": "x"})
    check(status != 200, f"a model without a price was served: {body[:300]}")


def what_can_not_be_paid_is_refused(gw):
    for i, (send, usd) in enumerate((
            (plain(*picture(2)), "0.0799"), (plain(*picture(1, size="auto")), "0.0799"),
            (plain("/v1/audio/speech", {"model": "speaker", "voice": "a", "input": "hello"}), "0.000074"),
            (sound("listener", 20), "0.0019"),
            (plain("/v1/rerank", {"model": "judge", "query": "q", "documents": ["a"]}), "0.0019"))):
        key = make_key(gw, f"poor-{i}", budgets=[{"usd": usd, "period": "total"}])
        status, _, body = send(gw, key["secret"])
        check(status == 402, f"request {i}: {status} {body[:300]}")
        check(spending(gw, key["id"])["spent"] == "0", f"request {i} was billed")


def no_budget_overflows(gw, seed):
    rng = random.Random(seed)
    key = make_key(gw, f"crowd-{seed}", budgets=[{"usd": "1", "period": "total"}])
    kinds, answers, most, done = requests(), [], [0], threading.Event()

    def work(which):
        for send in which:
            answers.append(send(gw, key["secret"])[0])

    def watch():
        while not done.wait(0.01):
            s = spending(gw, key["id"])
            most[0] = max(most[0], nano(s["spent"]) + nano(s["held"]))

    eye = threading.Thread(target=watch)
    eye.start()
    hands = [threading.Thread(target=work, args=([rng.choice(kinds)[0] for _ in range(12)],)) for _ in range(16)]
    for t in hands:
        t.start()
    for t in hands:
        t.join()
    done.set()
    eye.join()
    s = wait_until_nothing_is_held(gw, key["id"], 30 * gw.slow)
    most = max(most[0], nano(s["spent"]))
    check(most <= 10 ** 9, f"seed {seed}: {most / 1e9} USD of 1")
    check(answers.count(402) > 0 and answers.count(200) > 0, f"seed {seed}: {sorted(set(answers))}")
    check(set(answers) <= {200, 402}, f"seed {seed}: {sorted(set(answers))}")
    check(nano(s["spent"]) > 8 * 10 ** 8, f"seed {seed}: only {s['spent']} USD were spent")


def run(gw, _ups, args):
    each_costs_what_its_price_says(gw)
    what_can_not_be_paid_is_refused(gw)
    for seed in range(args.seeds):
        no_budget_overflows(gw, args.seed + seed)
    print(f"     {len(requests())} kinds of media cost what they should; 1 USD was never passed")

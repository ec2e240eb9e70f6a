"""Who gets how much: weights, speed, load, sessions, warm prompts.
SPDX-License-Identifier: MIT"""
import collections
import random
import time

from stage import Client, check, config, equal, in_parallel, model, provider, steer, wait_until

WEIGHTS = (6, 3, 1)
REQUESTS = 10000


def test_shares_follow_the_weights(s):
    """Ten thousand requests on targets of weights 6, 3 and 1, for each policy that weighs."""
    names = ("random", "roundrobin", "simple")
    mocks = {name: [s.mock() for _ in WEIGHTS] for name in names}
    providers = [provider(f"{name}-{i}", m.port) for name in names for i, m in enumerate(mocks[name])]
    models = [model(name, [(f"{name}-{i}", "mock-s100", f"weight = {w};") for i, w in enumerate(WEIGHTS)],
                    f'policy = "{name}";') for name in names]
    gw = s.gateway(config(providers, models, policies=names))
    for name in names:
        got = s.load(gw, name, "-c", 16, "-n", REQUESTS, "-t", 60).result()
        counts = [m.asked for m in mocks[name]]
        off = max(abs(n / REQUESTS - w / sum(WEIGHTS)) for n, w in zip(counts, WEIGHTS))
        s.say(f"{name}: {counts} of {REQUESTS}, at most {off:.2%} from 6:3:1; {got['per_second']:.0f} requests/s")
        equal((got["failed"], sum(counts)), (0, REQUESTS), f"{name}: failed, asked")
        check(off <= 0.02, f"{name}: {counts} is {off:.2%} from the weights")


def rise(mocks, seconds):
    before = [m.asked for m in mocks]
    time.sleep(seconds)
    return [m.asked - n for m, n in zip(mocks, before)]


def test_traffic_moves_to_the_fastest(s):
    """leastlatency: a target that becomes three times faster has its traffic within 5 s."""
    for left in (1, 0):
        counts, failed = one_change(s)
        share = counts[2] / max(1, sum(counts))
        s.say(f"5 s after the change the faster one has {share:.1%}: {counts}")
        equal(failed, 0, "failed")
        if share >= 0.90:
            return
        check(left, f"the faster target has {share:.1%}: {counts}")


def one_change(s):
    """What each of three was asked 5 s after the last became three times faster."""
    mocks = [s.mock() for _ in range(3)]
    for m in mocks:
        m.order("delay=120")
    gw = s.gateway(config([provider(f"p{i}", m.port) for i, m in enumerate(mocks)],
                          [model("fast", [(f"p{i}", "mock-s100") for i in range(3)], 'policy = "leastlatency";')],
                          policies=("leastlatency",)))
    load = s.load(gw, "fast", "-r", 300, "-c", 200, "-t", 12)
    time.sleep(1)
    mocks[2].order("delay=40")
    time.sleep(5)
    counts = rise(mocks, 1)
    load.stop()
    return counts, load.result()["failed"]


def test_a_slow_target_gets_less(s):
    """leastused: a target that needs four times as long holds its part of what runs, not of what comes."""
    mocks = [s.mock() for _ in range(2)]
    mocks[0].order("delay=40")
    mocks[1].order("delay=10")
    gw = s.gateway(config([provider(f"p{i}", m.port) for i, m in enumerate(mocks)],
                          [model("even", [(f"p{i}", "mock-s100") for i in range(2)], 'policy = "leastused";')],
                          policies=("leastused",)))
    load = s.load(gw, "even", "-c", 32, "-t", 2.5)
    time.sleep(0.5)
    busy = [[m.counts()["busy"] for m in mocks] for _ in range(30) if not time.sleep(0.05)]
    got = load.result()
    counts = [m.asked for m in mocks]
    held = [sum(b[i] for b in busy) / len(busy) for i in range(2)]
    share = counts[1] / sum(counts)
    s.say(f"the faster one answers {share:.1%}; {held[0]:.1f} and {held[1]:.1f} run at a time")
    equal(got["failed"], 0, "failed")
    check(share >= 0.70, f"the faster target answers {share:.1%}: {counts}")
    check(abs(held[0] - held[1]) <= 6, f"what runs at a time is uneven: {held}")


# --- sessions ------------------------------------------------------------------------------

def homes(gw, sessions):
    """session -> the provider that answered it."""
    clients = [Client(gw) for _ in range(4)]

    def one(part):
        return [(i, clients[part].ask("sticky", text=f"I am {i}", routing={"sticky": f"session-{i}"}))
                for i in sessions if i % len(clients) == part]

    out = {}
    for replies in in_parallel(len(clients), one, range(len(clients))):
        for i, r in replies:
            equal(r.status, 200, f"session {i}: {r}")
            out[i] = r.provider
    for c in clients:
        c.close()
    return out


def stayed(home, now, without=()):
    """The part of sessions, but those at home at a provider that is away, that are where they were."""
    asked = [i for i in now if home[i] not in without]
    return sum(now[i] == home[i] for i in asked) / len(asked)


def comes_and_goes(s, away, back):
    """500 sessions on five targets, of which the third one goes away and comes back."""
    mocks = [s.mock() for _ in range(5)]
    health = 'health = { failures = 5; cooldown = "1s"; cooldown_max = "1s"; };'
    gw = s.gateway(config([provider(f"p{i}", m.port, health) for i, m in enumerate(mocks)],
                          [model("sticky", [(f"p{i}", "mock-s100") for i in range(5)], 'policy = "sticky";')],
                          policies=("sticky",)))
    sessions = range(500)
    home = homes(gw, sessions)
    sizes = collections.Counter(home.values())
    check(len(sizes) == 5 and max(sizes.values()) <= 3 * min(sizes.values()), f"sessions are uneven: {sizes}")
    away(gw, mocks[2])
    stay = stayed(home, homes(gw, sessions), ("p2",))
    back(gw, mocks[2])
    # Who answers for a target that was away sees its sessions go home again.
    last = [0.0]

    def at_home():
        last[0] = stayed(home, homes(gw, sessions))
        return last[0] >= 0.99

    wait_until(at_home, 8 * s.slow, 0.2)
    s.say(f"500 sessions on {sorted(sizes.values())}: {stay:.1%} stayed while another target was away, "
          f"{last[0]:.1%} are at home afterwards")
    check(stay >= 0.99, f"only {stay:.1%} of the sessions of other targets stayed")
    check(last[0] >= 0.99, f"only {last[0]:.1%} are at home again")


def test_sessions_stay_while_a_target_fails(s):
    """sticky: one of five answers 500 for a while."""
    comes_and_goes(s, lambda gw, mock: mock.order("status=500"), lambda gw, mock: mock.order())


def test_sessions_stay_while_a_target_is_drained(s):
    """sticky: one of five is drained and enabled again."""
    comes_and_goes(s, lambda gw, mock: steer(gw, "p2/mock-s100", "drain"),
                   lambda gw, mock: steer(gw, "p2/mock-s100", "enable"))


# --- prompt caches -------------------------------------------------------------------------

TALKS, TURNS = 100, 10


def talk_through(gw, name):
    """Cached tokens that clients were told of, in talks whose turns are mixed."""
    talks = [[{"role": "system", "content": "You are of help. " * 20},
              {"role": "user", "content": f"This is talk {i}. " * 10}] for i in range(TALKS)]
    dice = random.Random(7)
    clients = [Client(gw) for _ in range(4)]

    def turn(part):
        cached = 0
        mine = [t for i, t in enumerate(talks) if i % len(clients) == part]
        for t in mine:
            r = clients[part].ask(name, messages=t)
            equal(r.status, 200, str(r))
            cached += r.document["usage"]["prompt_tokens_details"]["cached_tokens"]
            t += [{"role": "assistant", "content": r.text},
                  {"role": "user", "content": f"And {len(t)}? " * 30}]
        return cached

    total = 0
    for _ in range(TURNS):
        dice.shuffle(talks)
        total += sum(in_parallel(len(clients), turn, range(len(clients))))
    for c in clients:
        c.close()
    return total


def test_conversations_find_their_warm_prompt(s):
    """sticky: 100 conversations of 10 turns over four targets that bill cached prompts."""
    figures = {}
    for name, count in (("best", 1), ("sticky", 4), ("random", 4)):
        ups = [s.up(caches=True) for _ in range(count)]
        policy = "simple" if name == "best" else name
        gw = s.gateway(config([provider(f"p{i}", u.port) for i, u in enumerate(ups)],
                              [model("talk", [f"p{i}" for i in range(count)], f'policy = "{policy}";')],
                              policies=(policy,)))
        figures[name] = talk_through(gw, "talk")
        spread = [u.asked for u in ups]
        check(min(spread) >= TALKS, f"{name}: a target is hardly asked: {spread}")
        asked = sum(u.asked for u in ups)
        equal(asked, TALKS * TURNS, f"{name}: attempts")
    best = figures["best"]
    s.say(f"cached tokens of {best} that one target alone finds: sticky {figures['sticky'] / best:.1%}, "
          f"random {figures['random'] / best:.1%}")
    check(figures["sticky"] >= 0.95 * best, f"sticky finds {figures['sticky'] / best:.1%} of the cached tokens")


def test_the_client_chooses_the_strategy(s):
    """routing.strategy in a request goes before the model's policy, however it is written."""
    ups = [s.up([f"p{i}"]) for i in range(3)]
    gw = s.gateway(config([provider(f"p{i}", u.port) for i, u in enumerate(ups)],
                          [model("m", ["p0", "p1", "p2"])], policies=("roundrobin",)))
    client = Client(gw)
    equal({client.ask("m").provider for _ in range(6)}, {"p0"}, "without a wish")
    for name in ("roundrobin", "round_robin", "RoundRobin"):
        got = [client.ask("m", routing={"strategy": name}).provider for _ in range(6)]
        equal(set(got), {"p0", "p1", "p2"}, name)
    client.close()

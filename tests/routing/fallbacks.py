"""Other models, when a model's own targets do not answer.
SPDX-License-Identifier: MIT"""
import time

from stage import PATIENT, STOIC, ask, check, config, equal, model, provider, wait_until

TOO_LONG = dict(status=400, code="context_length_exceeded", type="invalid_request_error",
                message="This model's maximum context length is 4096 tokens.")
FILTERED = dict(status=400, code="content_filter", type="invalid_request_error",
                message="The response was filtered.")
KINDS = (("fallbacks", dict(status=500)), ("context_fallbacks", TOO_LONG), ("content_fallbacks", FILTERED))


def two(s, more, last_more=""):
    """"main" on one target, "other" on another; both upstreams."""
    a, b = s.up(["main"]), s.up(["other"])
    gw = s.gateway(config([provider("a", a.port, PATIENT + STOIC), provider("b", b.port, PATIENT + STOIC)],
                          [model("main", ["a"], more), model("other", ["b"], last_more)]))
    return gw, a, b


def test_each_kind_of_failure_has_its_own_fallback(s):
    """An error, a prompt that is too long, a content filter: whole and streamed."""
    for member, fault in KINDS:
        gw, a, b = two(s, f'{member} = [ "other" ];')
        for stream in (False, True):
            for other, failure in KINDS:
                a.play(**failure)
                a.clear(), b.clear()
                r = ask(gw, "main", stream)
                what = f"{member} on {other}, stream {stream}: {r}"
                if other == member:
                    equal((r.status, r.text, r.provider), (200, "other", "b"), what)
                    equal(b.asked, 1, what)
                    names = {e["model"] for e in r.events} if stream else {r.document["model"]}
                    equal(names, {"main"}, f"the name that was asked for: {what}")
                else:
                    check(r.status >= 400 and b.asked == 0, what)


def test_an_error_inside_a_stream_finds_the_fallback(s):
    gw, a, _ = two(s, 'fallbacks = [ "other" ];')
    a.play(stop="role", then="error")
    r = ask(gw, "main", True)
    equal((r.status, r.text, r.done, r.error), (200, "other", True, None), str(r))


def test_a_circle_ends(s):
    """main falls back to other on errors, other to main on a content filter, and nobody answers."""
    gw, a, b = two(s, 'fallbacks = [ "other" ];', 'content_fallbacks = [ "main" ];')
    a.play(status=500)
    b.play(**FILTERED)
    for stream in (False, True):
        a.clear(), b.clear()
        r = ask(gw, "main", stream)
        s.say(f"stream {stream}: {r.status} {r.code} after {a.asked} and {b.asked} attempts in {r.took:.2f} s")
        check(r.status in (400, 502) and r.error, str(r))
        check(1 <= a.asked <= 3 and 1 <= b.asked <= 3, f"{a.asked} and {b.asked} attempts")
        check(r.took <= 3 * s.slow, f"took {r.took:.2f} s")


def test_fallbacks_go_on_to_the_next(s):
    """Two fallbacks, of which the first fails too; a fallback's own fallbacks count."""
    a, b, c = s.up(["a"]), s.up(["b"]), s.up(["c"])
    gw = s.gateway(config([provider(n, u.port, PATIENT + STOIC) for n, u in zip("abc", (a, b, c))],
                          [model("list", ["a"], 'fallbacks = [ "b", "c" ];'), model("chain", ["a"], 'fallbacks = [ "bc" ];'),
                           model("b", ["b"]), model("bc", ["b"], 'fallbacks = [ "c" ];'), model("c", ["c"])]))
    a.play(status=500)
    b.play(status=503)
    r = ask(gw, "list")
    equal((r.status, r.text), (200, "c"), str(r))
    r = ask(gw, "chain")
    s.say(f"a fallback's fallback: {r.status} from {r.provider}")


def test_the_client_says_no_fallback(s):
    """routing.fallback_enabled = false: one target, one error."""
    for targets, more in ((["a", "b"], ""), (["a"], 'fallbacks = [ "other" ];')):
        a, b = s.up(["main"]), s.up(["other"])
        gw = s.gateway(config([provider("a", a.port, PATIENT + STOIC), provider("b", b.port, PATIENT + STOIC)],
                              [model("main", targets, more), model("other", ["b"])]))
        for stream in (False, True):
            for fault in (dict(status=500), dict(stop="role", then="error"), dict(stop="ask", then="reset")):
                a.play(**fault)
                b.clear()
                r = ask(gw, "main", stream, routing={"fallback_enabled": False})
                what = f"{targets} stream {stream} {fault}: {r}"
                equal(b.asked, 0, what)
                check(r.error and not r.done, what)
                check(stream or r.status >= 500, what)
                equal(ask(gw, "main", stream).text, "other", "with fallbacks")


def test_a_request_that_is_wrong_is_wrong_once(s):
    """400 is the client's: nobody else is asked."""
    gw, a, b = two(s, 'fallbacks = [ "other" ];')
    a.play(status=400, code="invalid_value", type="invalid_request_error", message="No such voice.")
    for stream in (False, True):
        a.clear()
        r = ask(gw, "main", stream)
        equal((r.status, a.asked, b.asked), (400, 1, 0), str(r))


def test_a_window_that_is_larger_is_tried(s):
    """A route of its own: a prompt that is too long for one target goes only to one with more room."""
    a, b, c = s.up(["a"]), s.up(["b"]), s.up(["c"])
    gw = s.gateway(config([provider(n, u.port, PATIENT + STOIC) for n, u in zip("abc", (a, b, c))],
                          [model("main", ["a", "b"], "context_window = 4096;"),
                           model("wide", ["c"], "context_window = 100000;"),
                           model("both", ["a"], 'context_window = 4096; context_fallbacks = [ "wide" ];')]))
    a.play(**TOO_LONG)
    r = ask(gw, "main")
    equal((r.status, r.code, b.asked), (400, "context_length_exceeded", 0), str(r))
    r = ask(gw, "both")
    equal((r.status, r.text), (200, "c"), str(r))


def test_a_reply_that_comes_late_is_not_waited_for_twice(s):
    """The whole of a request ends in time, however many could be asked."""
    a, b = s.up(["main"]), s.up(["other"])
    a.play(stop="ask")
    b.play(stop="ask")
    more = 'timeout = { connect = "300ms"; first_byte = "400ms"; idle = "400ms"; };' + STOIC
    gw = s.gateway(config([provider("a", a.port, more), provider("b", b.port, more)],
                          [model("main", ["a", "b"])]))
    begin = time.monotonic()
    r = ask(gw, "main")
    s.say(f"both hang: {r.status} {r.code} after {time.monotonic() - begin:.2f} s, "
          f"{a.asked} and {b.asked} attempts")
    equal((r.status, r.code), (504, "upstream_timeout"), str(r))
    check(r.took <= 2.5 * s.slow, f"took {r.took:.2f} s")
    check(wait_until(lambda: all(q.closed_at for q in a.requests + b.requests), 2 * s.slow), "an upstream was not left")

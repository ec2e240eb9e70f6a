#!/usr/bin/env python3
"""Can conduit-plugin-check fail?  The template's plugin passes it; with one fault each it does not.
SPDX-License-Identifier: MIT

usage: run.py CHECKER
"""
import os
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TEMPLATE = os.path.join(TOP, "sdk", "template")

# name: (what stands in the template, what stands there instead, the check that must say so, what it says)
FAULTS = {
    "a cut answer passes for whole": (".finish = acme_finish,", "", "cut anywhere", "no choice at all"),
    "a second end": ("if (*ended)", "if (*ended && !self && 0)", "mutations", "something after the stop"),
    "a crash": ("usage = cdt_get(doc, \"usage\");", "usage = cdt_get(doc, \"usage\");\n"
                "\tif (cdt_type(usage) == CDT_LIST)\n\t\t*(volatile int *)8 = 1;", "mutations", "signal 11"),
    "who goes on when the receiver has left": (
        "st = cdt_emit_text(sink, 0, cdt_text(cdt_get(doc, \"text\")));",
        "(void)cdt_emit_text(sink, 0, cdt_text(cdt_get(doc, \"text\")));", "receiver leaves", "went on"),
    "a credential in the body": ("cdt_put_text(o, \"model\", req->model);",
                                 "cdt_put_text(o, \"model\", req->model);\n\tcdt_put_text(o, \"key\", req->secret);",
                                 "request", "the secret is in the body"),
    "a member that is not sent": ("cdt_put_val(o, \"messages\", cdt_get(req->doc, \"messages\"));", "", "request",
                                  "at .messages"),
    "another address": ("\"/v1/chat\"", "\"/v1/chats\"", "request", "another url"),
    "an error misread": ("err->reason = CDT_ERR_CONTEXT_LENGTH;", "err->reason = CDT_ERR_AUTH;", "events", "wanted error"),
    "another stop": ("CDT_STOP_LENGTH : CDT_STOP_END", "CDT_STOP_END : CDT_STOP_END", "events", "0 stop end length"),
    "a request without url": ("http->api->url(http, base, CDT_STR(\"/v1/chat\"));", "(void)base;", "request", "MISUSE"),
}


def checked(checker, folder, source):
    """(exit status, output)"""
    c, so = os.path.join(folder, "provider_acme.c"), os.path.join(folder, "provider_acme.so")
    with open(c, "w", encoding="utf-8") as f:
        f.write(source)
    subprocess.run(["cc", "-std=c11", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", "-I",
                    os.path.join(TOP, "sdk", "include"), "-o", so, c, "-w"], check=True)
    done = subprocess.run([checker, "--cases", os.path.join(TEMPLATE, "t"), "--mutations", "2000", so],
                          capture_output=True, text=True, env={**os.environ, "ASAN_OPTIONS": "handle_segv=0"})
    return done.returncode, done.stdout


def finds(output, check, sentence):
    """One line that is not ok, of that check, and the sentence below it."""
    blocks = output.split("\nnot ok ")[1:]
    return any(check in b.split("\n")[0] and sentence in b.split("\nok ")[0] for b in blocks)


def main():
    with open(os.path.join(TEMPLATE, "acme.c"), encoding="utf-8") as f:
        good = f.read()
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        status, output = checked(sys.argv[1], folder, good)
        if status:
            print("not ok the template passes\n" + output)
            failed += 1
        for name, (old, new, check, sentence) in FAULTS.items():
            assert good.count(old) == 1, name
            status, output = checked(sys.argv[1], folder, good.replace(old, new))
            found = status == 1 and finds(output, check, sentence)
            passed, failed = passed + found, failed + (not found)
            if not found:
                print(f"not ok {name} is found\n{output}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Can conduit-plugin-check fail?  The template's plugins pass it; with one fault each they do not.
SPDX-License-Identifier: MIT

usage: run.py CHECKER
"""
import concurrent.futures
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
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


# The same of the template's cache.
GET_DONE = "t->api->done(t, n ? CDT_OK : CDT_E_ABSENT, (cdt_str){ copy, n });"
KEEP = "memcpy(p->value, value.p, p->n = value.n);"
FITS = "\tif (value.n <= VALUE_MAX_BYTES)\n"
OPS = "static const struct cdt_cache_ops ops = {"
CARE = """
static cdt_status clear(void *self) { (void)self; return CDT_OK; }
static const void *extension(void *self, const char *id)
{
    static const struct cdt_cache_care care = { .size = sizeof care, .clear = clear };
    (void)self;
    return strcmp(id, CDT_EXT_CACHE_CARE) ? NULL : &care;
}
"""
CACHE_FAULTS = {
    "a second answer": (GET_DONE, GET_DONE + GET_DONE, "a miss", "finished twice"),
    "a status that there is not": (GET_DONE, GET_DONE.replace("CDT_OK", "7"), "kept and given back", "status -7"),
    "an error for a miss": (GET_DONE, GET_DONE.replace("CDT_E_ABSENT", "CDT_E_UPSTREAM"), "a miss", "not with CDT_E_ABSENT"),
    "the value of another key": ("memcmp(p->key, key.p, KEY_BYTES) == 0 && ", "", "ten thousand at once",
                                 "not what was kept under its key"),
    "no time to live": (" && s->host->now_ms(s->host) < p->ends_ms", "", "its time is over", "a second later"),
    "a short value": (KEEP, KEEP + "\n\tp->n -= p->n > 100;", "kept and given back", "4095 bytes of the 4096"),
    "a spoiled value": (KEEP, KEEP + "\n\tp->value[p->n / 2] ^= 1;", "kept and given back", "other bytes"),
    "a pointer that is kept": (KEEP, KEEP + "\n\tstatic const char *last;\n\tif (last)\n\t\tmemcpy(p->key, last, 4);\n"
                               "\tlast = p->key;", "kept and given back", "does not find"),
    "a part of a large value": (FITS, "\tif (value.n > VALUE_MAX_BYTES)\n\t\tvalue.n = VALUE_MAX_BYTES;\n" + FITS, "a megabyte",
                                "others"),
    "a large value that does not fit": (FITS, "\tif (value.n)\n", "a megabyte", "signal"),
    "nobody home": (FITS, "\tif (0)\n", "kept and given back", "is the backend there at all"),
    "the first value stays": (KEEP, "if (p->n && value.n)\n\t\tvalue.n = 0;\n\telse\n\t\t" + KEEP, "overwritten", "gave"),
    "a drop that drops nothing": ("keep(self, key, CDT_STR(\"\"), 0);", "(void)self, (void)key;", "dropped", "what was dropped"),
    "no answer": ("\tkeep(self, key, CDT_STR(\"\"), 0);\n\tt->api->done(t, CDT_OK, CDT_STR(\"\"));\n",
                  "\tkeep(self, key, CDT_STR(\"\"), 0);\n\t(void)t;\n", "dropped", "not answered in five seconds"),
    "a clear that clears nothing": (OPS, CARE + OPS + " .extension = extension,", "stats and clear", "was cleared"),
    "a descriptor that stays": ("	(void)config;", "	extern int dup(int);\n	(void)config, (void)dup(0);", "closes",
                                "1 descriptors open"),
    "no self": ("	return s;", "	return (free(s), NULL);", "opens", "refused its options"),
}
# late.c, which answers from a thread of its own.
LATE_DONE = "        j->t->api->done(j->t, CDT_OK, CDT_STR(\"\"));\n".replace("        ", "\t\t")
LATE_FAULTS = {
    "a second answer, late": (LATE_DONE, LATE_DONE * 2, "kept and given back", "finished twice"),
    "an answer that is lost now and then": (LATE_DONE, "\t\tif (p->n != 777)\n" + LATE_DONE, "ten thousand at once",
                                            "not answered in five seconds"),
    "the value of a moment ago": ("*p = j->kept;", "memcpy(p->key, j->kept.key, KEY_BYTES), p->value = j->kept.value, "
                                  "p->ends_ms = j->kept.ends_ms, p->n = p->n && j->what == PUT ? p->n : j->kept.n;",
                                  "overwritten", "get gave"),
    "a thread that runs on": ("\tl->ending = true;\n", "\tpthread_mutex_unlock(&l->lock);\n\tif (l)\n\t\treturn;\n", "closes", "1 threads running"),
}
# A backend that does not open without what the operator or the gateway says.
WANTS = "	(void)config;\n	if (!cdt_text(cdt_get(config, \"url\")).n || !cdt_text(cdt_get(config, \"path\")).n || " \
    "cdt_i64(cdt_get(config, \"size\"), 0) < 1 << 20)\n		return (free(s), NULL);\n"
TABLE = """static const struct cdt_option options[] = {
    { "url", CDT_OPT_TEXT, CDT_OPT_REQUIRED, NULL, "", NULL }, { "path", CDT_OPT_TEXT, 0, NULL, "", NULL },
    { "size", CDT_OPT_SIZE, 0, "1KiB", "", NULL }, { NULL, 0, 0, NULL, NULL, NULL },
};
"""


def built(folder, name, source):
    """The plugin's path."""
    c, so = os.path.join(folder, name + ".c"), os.path.join(folder, name + ".so")
    with open(c, "w", encoding="utf-8") as f:
        f.write(source)
    subprocess.run(["cc", "-std=c11", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", "-I",
                    os.path.join(TOP, "sdk", "include"), "-o", so, c, "-w"], check=True)
    return so


def checked(checker, *args):
    """(exit status, output)"""
    done = subprocess.run([checker, *args], capture_output=True, text=True,
                          env={**os.environ, "ASAN_OPTIONS": "handle_segv=0"})
    return done.returncode, done.stdout


def finds(output, check, sentence):
    """One line that is not ok, of that check, and the sentence below it."""
    blocks = output.split("\nnot ok ")[1:]
    return any(check in b.split("\n")[0] and sentence in b.split("\nok ")[0] for b in blocks)


class Trials:
    """Plugins made of one source; each is checked in a folder of its own, several at a time."""

    def __init__(self, checker, pool):
        self.checker, self.pool, self.trials = checker, pool, []

    def add(self, name, source, args, found):
        self.trials.append((name, found, self.pool.submit(self.check, source, args)))

    def check(self, source, args):
        with tempfile.TemporaryDirectory() as folder:
            return checked(self.checker, *args, built(folder, "plugin", source))

    def add_faults(self, source, faults, args):
        self.add("it passes", source, args, lambda status, output: status == 0)
        for name, (old, new, check, sentence) in faults.items():
            assert source.count(old) == 1, name
            self.add(f"{name} is found", source.replace(old, new), args,
                     lambda status, output, c=check, s=sentence: status == 1 and finds(output, c, s))

    def report(self):
        failed = 0
        for name, found, trial in self.trials:
            if not found(*trial.result()):
                failed += 1
                print(f"not ok {name}\n{trial.result()[1]}")
        print(f"{len(self.trials) - failed} passed, {failed} failed, 0 skipped")
        return 1 if failed else 0


def read(name):
    with open(os.path.join(TEMPLATE, name), encoding="utf-8") as f:
        return f.read()


def add_options(trials, cache):
    picky = cache.replace("	(void)config;\n", WANTS).replace(OPS, TABLE + OPS).replace(".ops = &ops", ".options = options, .ops = &ops")
    trials.add("a required option is asked for", picky, [], lambda status, output: status == 1 and finds(output, "opens", "url"))
    trials.add("options, size and path are given", picky, ["--options", '{"url": "x://y"}'], lambda status, output: status == 0)


def main():
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        trials = Trials(sys.argv[1], pool)
        trials.add_faults(read("acme.c"), FAULTS, ["--cases", os.path.join(TEMPLATE, "t"), "--mutations", "2000"])
        trials.add_faults(read("shelf.c"), CACHE_FAULTS, [])
        add_options(trials, read("shelf.c"))
        trials.add_faults(read(os.path.join(HERE, "late.c")), LATE_FAULTS, [])
        return trials.report()


if __name__ == "__main__":
    sys.exit(main())

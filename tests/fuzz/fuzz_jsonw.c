/* fuzz/fuzz_jsonw.c - escaping and unescaping undo each other; what the writer says is fine
 * is JSON, however its verbs were mixed.
 * SPDX-License-Identifier: MIT */
#include "base/jsonw.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonscan.h"
#include "base/mem.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { CAP = 1 << 20 };

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void round_trip(cdt_str text)
{
	struct buf b;
	struct jsonw w;
	struct jsonscan scan;
	char *back = mem_new(text.n * 6 + 1);
	size_t n;

	buf_init(&b, CAP);
	jsonw_init(&w, &b);
	jsonw_text(&w, text);
	must(jsonw_status(&w) == CDT_OK);
	must(jsonscan(&scan, buf_str(&b)) == CDT_OK && scan.type == CDT_TEXT);
	n = json_unescape((cdt_str){ b.p + 1, b.n - 2 }, back);
	must(n <= b.n);
	must(str_utf8_ok((cdt_str){ back, n }));
	if (str_utf8_ok(text))
		must(str_eq((cdt_str){ back, n }, text));
	buf_fini(&b);
	/* Text that is no JSON must not lead it astray either. */
	must(json_unescape(text, back) <= text.n);
	mem_free(back);
}

/* One verb of the writer for each byte; texts are taken from what follows it. */
static void one_verb(struct jsonw *w, cdt_str rest)
{
	double v = 0;
	char key[9] = "";

	memcpy(&v, rest.p, rest.n < sizeof v ? rest.n : sizeof v);
	for (size_t i = 0; i < 8 && i < rest.n; i++)
		key[i] = rest.p[i];
	switch ((uint8_t)rest.p[0] % 11) {
	case 0: jsonw_open(w, '{'); break;
	case 1: jsonw_open(w, '['); break;
	case 2: jsonw_close(w); break;
	case 3: case 4: jsonw_key(w, key); break;
	case 5: jsonw_text(w, (cdt_str){ rest.p, rest.n < 20 ? rest.n : 20 }); break;
	case 6: jsonw_i64(w, v > -1e18 && v < 1e18 ? (int64_t)v : INT64_MIN); break;
	case 7: jsonw_f64(w, v); break;
	case 8: jsonw_flag(w, rest.n & 1); break;
	case 9: jsonw_null(w); break;
	default: jsonw_put_i64(w, key, 1); break;
	}
}

static void any_verbs(cdt_str script)
{
	struct buf b;
	struct jsonw w;
	struct jsonscan scan;

	buf_init(&b, CAP);
	jsonw_init(&w, &b);
	jsonw_open(&w, '[');
	for (; script.n && w.status == CDT_OK && w.depth; script = str_skip(script, 1))
		one_verb(&w, script);
	while (w.depth && !w.after_key && w.status == CDT_OK)
		jsonw_close(&w);
	/* The writer does not look for keys that come twice: its callers know their keys. */
	if (jsonw_status(&w) == CDT_OK && jsonscan(&scan, buf_str(&b)) != CDT_OK)
		must(strcmp(scan.error, "duplicate key") == 0 ||
		     strcmp(scan.error, "a NUL character in a key") == 0);
	buf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	cdt_str text = { (const char *)bytes, size < CAP / 16 ? size : CAP / 16 };

	round_trip(text);
	any_verbs(text);
	return 0;
}

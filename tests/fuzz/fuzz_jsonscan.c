/* fuzz/fuzz_jsonscan.c - what jsonscan lets in, json_parse reads; its print is let in again
 * and means the same; spans are inside the text; documents over text answer like the tree.
 * SPDX-License-Identifier: MIT */
#include "base/jsonscan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool inside(cdt_str part, cdt_str whole)
{
	return part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

static void same_again(struct json *tree)
{
	struct jsonscan scan;
	cdt_str print = json_print(tree);
	struct json *again;

	must(jsonscan(&scan, print) == CDT_OK);
	again = json_parse(print);
	must(again != NULL);
	must(str_eq(json_print(again), print));
	json_free(again);
}

static void members_match(const struct jsonscan *s, cdt_str text, const struct json *tree)
{
	must(json_count(tree) == (s->type == CDT_MAP ? s->count : json_count(tree)));
	for (size_t i = 0; i < s->count; i++) {
		const struct json_member *m = &s->member[i];
		char *key = mem_new(m->key.n + 1);
		struct json *alone = json_parse(m->value), *child;

		must(inside(m->key, text) && inside(m->value, text));
		key[json_unescape(m->key, key)] = '\0';
		must(jsonscan_find(s, key) == m);
		child = json_get(tree, key);
		must(child && alone && m->type == json_type(child));
		must(str_eq(json_print(child), json_print(alone)));
		if (json_plain_text(m).p)
			must(str_eq(json_plain_text(m), json_text(child)));
		json_free(alone);
		mem_free(key);
	}
}

static void lazy_matches(cdt_str text, const struct json *tree)
{
	struct arena a;
	struct json_lazy *lazy;
	cdt_val root, plain = json_val(tree), lv, pv;
	size_t it = 0, plain_it = 0;
	cdt_str key, plain_key;

	arena_init(&a, 1024, text.n / 2 + 512);
	lazy = json_lazy_new(&a, text);
	root = json_lazy_val(lazy);
	while (lazy && root.api->next(root, &it, &key, &lv)) {
		must(plain.api->next(plain, &plain_it, &plain_key, &pv));
		must(str_eq(key, plain_key) && cdt_type(lv) == cdt_type(pv));
		must(str_eq(cdt_text(lv), cdt_text(pv)) && cdt_i64(lv, 7) == cdt_i64(pv, 7));
		must(lv.api->flag(lv, 7) == pv.api->flag(pv, 7));
	}
	must(!lazy || cdt_type(root) == cdt_type(plain));
	json_lazy_free(lazy);
	arena_fini(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	cdt_str text = { (const char *)bytes, size };
	struct jsonscan scan;
	struct json *tree;

	if (jsonscan(&scan, text) != CDT_OK) {
		must(scan.error && scan.error_at <= size);
		must(strlen(scan.error_key) < sizeof scan.error_key);
		json_free(json_parse(text));            /* may say anything, must not break */
		return 0;
	}
	tree = json_parse(text);
	must(tree != NULL);
	must(json_type(tree) == scan.type);
	members_match(&scan, text, tree);
	lazy_matches(text, tree);
	same_again(tree);
	json_free(tree);
	return 0;
}

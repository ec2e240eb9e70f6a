/* fuzz/fuzz_member.c - the light walk over JSON reads nothing outside of its bytes, whatever
 * they are; on what jsonscan lets in it finds the same members.
 * SPDX-License-Identifier: MIT */
#include "api/member.h"

#include <stdlib.h>
#include <string.h>

#include "base/jsonscan.h"
#include "base/jsonwalk.h"
#include "base/mem.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void look(cdt_str text, const char *name)
{
	struct member_span m;

	if (!member_find(text, name, &m))
		return;
	must(m.value_at < m.value_end && m.value_end <= text.n);
	must(m.cut_at < m.value_at && m.cut_end >= m.value_end && m.cut_end <= text.n);
}

/* What is left of a map without a member is a map without it. */
static void cut_out(cdt_str text, const struct member_span *m, const char *name, size_t count)
{
	size_t n = m->cut_at + (text.n - m->cut_end);
	char *left = mem_try(NULL, n + 1);
	struct jsonscan scan;

	memcpy(left, text.p, m->cut_at);
	memcpy(left + m->cut_at, text.p + m->cut_end, text.n - m->cut_end);
	must(jsonscan(&scan, (cdt_str){ left, n }) == CDT_OK);
	must(scan.count + 1 == count && !jsonscan_find(&scan, name));
	mem_free(left);
}

static void agrees(cdt_str text, const struct jsonscan *scan)
{
	for (size_t i = 0; i < scan->count; i++) {
		const struct json_member *m = &scan->member[i];
		struct member_span span;
		char *name;

		if (m->flags & JSON_KEY_ESCAPED || memchr(m->key.p, 0, m->key.n))
			continue;
		name = mem_text(m->key.p, m->key.n);
		must(member_find(text, name, &span));
		must(text.p + span.value_at == m->value.p);
		must(span.value_end - span.value_at == m->value.n);
		must(jsonwalk_type(m->value) == m->type);
		cut_out(text, &span, name, scan->count);
		mem_free(name);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char *const names[] = { "model", "usage", "choices", "", "a" };
	char *copy = mem_try(NULL, size ? size : 1);   /* its very end is guarded */
	cdt_str text = { copy, size };
	struct jsonscan scan;

	if (size)
		memcpy(copy, bytes, size);
	must(jsonwalk_blanks(text).n <= size && jsonwalk_value(text) <= size);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		look(text, names[i]);
	if (jsonscan(&scan, text) == CDT_OK && scan.type == CDT_MAP)
		agrees(text, &scan);
	mem_free(copy);
	return 0;
}

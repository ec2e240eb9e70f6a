/* What browsers take, and which tags they have.
 * SPDX-License-Identifier: MIT */
#include "admin/web/accept.h"

#include "base/str.h"
#include "unit/unit.h"

static void lists_are_read_word_by_word(void)
{
	static const struct { const char *list; bool has; } cases[] = {
		{ "br", true }, { "gzip, deflate, br", true }, { "BR;q=0.001", true },
		{ " gzip , br ; q=1.0 ", true }, { "br;level=0;q=1", true }, { "br;q=", true },
		{ "", false }, { "bro", false }, { "xbr", false }, { "*", false },
		{ "br;q=0", false }, { "br;q=0.000", false }, { "br; Q=0, br", false },
		{ "gzip;q=br", false }, { ",,;;", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CU_ASSERT(accept_has(str_z(cases[i].list), "br") == cases[i].has);
	CU_ASSERT(!accept_has((cdt_str){ NULL, 0 }, "br"));
}

static void tags_are_compared_whole(void)
{
	static const struct { const char *list; bool has; } cases[] = {
		{ "\"a\"", true }, { "W/\"a\"", true }, { "\"b\", \"a\"", true }, { "*", true },
		{ "", false }, { "a", false }, { "\"A\"", false }, { "\"aa\"", false },
		{ "\"a", false }, { "w/\"a\"", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CU_ASSERT(accept_tag(str_z(cases[i].list), "\"a\"") == cases[i].has);
}

static const struct unit_test tests[] = {
	{ "lists are read word by word", lists_are_read_word_by_word },
	{ "tags are compared whole", tags_are_compared_whole },
	{ NULL, NULL },
};
const struct unit_suite admin_accept_suite = { "admin/accept", tests };

/* lib_turns/ids.c - ids of tool calls in the letters that the upstream takes, and different
 * from each other: some clients count from call_0 in every turn.
 * SPDX-License-Identifier: MIT */
#include "lib_turns/turns.h"

#include "lib_words/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CALLS_ALL_MAX = 16384, TRIES_MAX = 64 };

static int fits(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
	       || c == '-' || c == '_';
}

int turns_plain(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!fits(s.p[i]))
			return 0;
	return s.n > 0;
}

cdt_str turns_fit(struct turns *t, cdt_str s)
{
	char *p;

	if (turns_plain(s))
		return s;
	if (s.n == 0)
		return CDT_STR("tool");
	p = t->call->api->scratch(t->call, s.n + 1);
	if (!p) {
		turns_refuse(t, CDT_E_LIMIT, "messages",
		             "The ids of tool calls are too long.");
		return CDT_STR("tool");
	}
	for (size_t i = 0; i < s.n; i++)
		p[i] = fits(s.p[i]) ? s.p[i] : '_';
	return (cdt_str){ p, s.n };
}

uint64_t turns_hash(cdt_str s)
{
	uint64_t h = UINT64_C(14695981039346656037);     /* FNV-1a */

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(1099511628211);
	return h ? h : 1;
}

/* 1: new, and noted.  A false match only makes an id another one. */
static int note(struct turns *t, cdt_str id)
{
	uint64_t h = turns_hash(id);
	size_t at = h & (t->ids_room - 1);

	while (t->ids[at] && t->ids[at] != h)
		at = (at + 1) & (t->ids_room - 1);
	if (t->ids[at] == h)
		return 0;
	t->ids[at] = h;
	t->ids_count++;
	return 1;
}

/* A table twice as large as the number of calls, so that a search ends soon. */
static int has_room(struct turns *t)
{
	if (t->ids || t->calls_all > CALLS_ALL_MAX)
		return t->ids != NULL;
	for (t->ids_room = 16; t->ids_room < 2 * t->calls_all; t->ids_room *= 2)
		;
	t->ids = t->call->api->scratch(t->call, t->ids_room * sizeof *t->ids);
	if (t->ids)
		memset(t->ids, 0, t->ids_room * sizeof *t->ids);
	return t->ids != NULL;
}

cdt_str turns_id(struct turns *t, cdt_str id)
{
	cdt_str wire = t->wire->fit_id(t->draft, id);
	cdt_str stem = id.n ? id : CDT_STR("tool");
	char end[32];

	if (!has_room(t)) {
		turns_refuse(t, CDT_E_LIMIT, "messages",
		             "'messages' holds more than 16384 tool calls.");
		return wire;
	}
	for (size_t i = 0; i < TRIES_MAX && !note(t, wire); i++) {
		(void)snprintf(end, sizeof end, "_%" PRIu64, (uint64_t)t->ids_count + i);
		wire = t->wire->fit_id(t->draft, words_join(t->call,
			(cdt_str[]){ stem, words_z(end) }, 2));
	}
	return wire;
}

/* provider_bedrock/ids.c - ids and names of tools in the letters that Converse takes.  Ids are
 * also made different from each other: some clients count from call_0 in every turn.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CALLS_ALL_MAX = 16384, TRIES_MAX = 64, WORD_BYTES = 64, NINE = 9 };

static int fits(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
	       || c == '-' || c == '_';
}

static int all_fit(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!fits(s.p[i]))
			return 0;
	return s.n > 0 && s.n <= WORD_BYTES;
}

static uint64_t hash(cdt_str s)
{
	uint64_t h = UINT64_C(14695981039346656037);     /* FNV-1a */

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(1099511628211);
	return h ? h : 1;
}

/* Nine letters and digits out of the hash. */
static cdt_str nine(struct draft *d, cdt_str s)
{
	static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "abcdefghijklmnopqrstuvwxyz";
	char *p = d->call->api->scratch(d->call, NINE);
	uint64_t h = hash(s);

	for (int i = 0; p && i < NINE; i++, h /= 62)
		p[i] = letters[h % 62];
	return (cdt_str){ p ? p : "000000000", NINE };
}

static int is_nine(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!fits(s.p[i]) || s.p[i] == '-' || s.p[i] == '_')
			return 0;
	return s.n == NINE;
}

/* Each byte that does not fit becomes '_'; what is too long ends with its hash. */
static cdt_str fitted(struct draft *d, cdt_str s)
{
	char *p = d->call->api->scratch(d->call, WORD_BYTES + 1);
	size_t n = s.n < WORD_BYTES ? s.n : WORD_BYTES;

	if (s.n == 0 || !p)
		return CDT_STR("tool");
	for (size_t i = 0; i < n; i++)
		p[i] = fits(s.p[i]) ? s.p[i] : '_';
	if (s.n > WORD_BYTES)
		(void)snprintf(p + WORD_BYTES - 17, 18, "_%016" PRIx64, hash(s));
	return (cdt_str){ p, n };
}

/* 1: new, and noted.  A false match only makes an id another one. */
static int note(struct draft *d, cdt_str id)
{
	uint64_t h = hash(id);
	size_t at = h & (d->ids_room - 1);

	while (d->ids[at] && d->ids[at] != h)
		at = (at + 1) & (d->ids_room - 1);
	if (d->ids[at] == h)
		return 0;
	d->ids[at] = h;
	d->ids_count++;
	return 1;
}

/* A table twice as large as the number of calls, so that a search ends soon. */
static int has_room(struct draft *d)
{
	if (d->ids || d->calls_all > CALLS_ALL_MAX)
		return d->ids != NULL;
	for (d->ids_room = 16; d->ids_room < 2 * d->calls_all; d->ids_room *= 2)
		;
	d->ids = d->call->api->scratch(d->call, d->ids_room * sizeof *d->ids);
	if (d->ids)
		memset(d->ids, 0, d->ids_room * sizeof *d->ids);
	return d->ids != NULL;
}

static cdt_str on_wire(struct draft *d, cdt_str id)
{
	if (d->can & MODEL_NINE)
		return is_nine(id) ? id : nine(d, id);
	return all_fit(id) ? id : fitted(d, id);
}

cdt_str bedrock_tool_id(struct draft *d, cdt_str id)
{
	cdt_str wire = on_wire(d, id);
	char end[32];

	if (!has_room(d)) {
		bedrock_refuse(d, CDT_E_LIMIT, "messages",
		               "'messages' holds more than 16384 tool calls.");
		return wire;
	}
	for (size_t i = 0; i < TRIES_MAX && !note(d, wire); i++) {
		(void)snprintf(end, sizeof end, "_%" PRIu64, (uint64_t)d->ids_count + i);
		wire = on_wire(d, words_join(d->call, (cdt_str[]){ id, words_z(end) }, 2));
	}
	return wire;
}

cdt_str bedrock_tool_name(struct draft *d, cdt_str name)
{
	return all_fit(name) ? name : fitted(d, name);
}

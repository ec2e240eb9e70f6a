/* provider_anthropic/ids.c - ids and names of tools in the letters that Anthropic takes.  Ids
 * are also made different from each other: some clients count from call_0 in every turn.
 * SPDX-License-Identifier: MIT */
#include "anthropic.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CALLS_ALL_MAX = 16384, TRIES_MAX = 64, NAME_MAX_BYTES = 128 };

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
	return s.n > 0;
}

/* Each byte that does not fit becomes '_'. */
static cdt_str fitted(struct draft *d, cdt_str s)
{
	char *p = d->call->api->scratch(d->call, s.n + 1);

	if (s.n == 0)
		return CDT_STR("tool");
	if (!p) {
		anthropic_refuse(d, CDT_E_LIMIT, "messages",
		                 "The ids of tool calls are too long.");
		return CDT_STR("tool");
	}
	for (size_t i = 0; i < s.n; i++)
		p[i] = fits(s.p[i]) ? s.p[i] : '_';
	return (cdt_str){ p, s.n };
}

static uint64_t hash(cdt_str s)
{
	uint64_t h = UINT64_C(14695981039346656037);     /* FNV-1a */

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(1099511628211);
	return h ? h : 1;
}

/* 1: new, and noted.  A false match only makes an id longer. */
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

cdt_str anthropic_tool_id(struct draft *d, cdt_str id)
{
	cdt_str wire = all_fit(id) ? id : fitted(d, id);
	cdt_str longer = wire;
	char end[32];

	if (!has_room(d)) {
		anthropic_refuse(d, CDT_E_LIMIT, "messages",
		                 "'messages' holds more than 16384 tool calls.");
		return wire;
	}
	for (size_t i = 0; i < TRIES_MAX && !note(d, longer); i++) {
		(void)snprintf(end, sizeof end, "_%" PRIu64, (uint64_t)d->ids_count + i);
		longer = words_join(d->call, (cdt_str[]){ wire, words_z(end) }, 2);
	}
	return longer;
}

cdt_str anthropic_tool_name(struct draft *d, cdt_str name)
{
	cdt_str wire = name.n > NAME_MAX_BYTES ? (cdt_str){ name.p, NAME_MAX_BYTES } : name;

	return all_fit(wire) ? wire : fitted(d, wire);
}

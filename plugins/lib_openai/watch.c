/* lib_openai/watch.c - pictures, sounds and the like that the gateway relays as they came: what
 * they cost, and whether the last event of a stream came.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>

static bool ends(cdt_str s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && memcmp(s.p + s.n - n, with, n) == 0;
}

/* Events of a stream say what they are; the last is "....completed" or "....done". */
static cdt_status event(const struct reading *r, cdt_val doc)
{
	cdt_str type = cdt_text(cdt_get(doc, "type"));
	cdt_status st;

	if (!ends(type, ".completed") && !ends(type, ".done"))
		return CDT_OK;
	st = openai_usage_media(r->sink, doc, -1);
	return st == CDT_OK ? openai_stop_choice(r, 0, CDT_STR("")) : st;
}

static cdt_status whole(const struct reading *r, cdt_val doc)
{
	cdt_val list = cdt_get(doc, "data");
	int64_t images = r->turn->op == CDT_OP_IMAGE ? (int64_t)cdt_count(list) : -1;
	cdt_status st;

	if (r->turn->op == CDT_OP_IMAGE && images == 0)
		return CDT_E_UPSTREAM;
	st = openai_usage_media(r->sink, doc, images);
	return st == CDT_OK ? openai_stop_choice(r, 0, CDT_STR("")) : st;
}

cdt_status openai_watch_frame(const struct reading *r, cdt_str bytes)
{
	struct turn *t = r->turn;
	cdt_status st;
	cdt_val doc;

	if (!bytes.n)
		return CDT_OK;
	if (t->bytes || (t->op == CDT_OP_TRANSCRIBE && *bytes.p != '{' && !t->events)) {
		t->started = true;
		return CDT_OK;
	}
	st = r->call->api->parse(r->call, bytes, &doc);
	if (st != CDT_OK)
		return st;
	if (cdt_type(doc) != CDT_MAP || openai_answer_errs(doc))
		return CDT_E_UPSTREAM;
	t->started = true;
	return t->events ? event(r, doc) : whole(r, doc);
}

/* Bytes and texts end where they end; a stream of events has to say so. */
cdt_status openai_watch_finish(const struct reading *r)
{
	const struct choice *c = openai_turn_choice(r, 0);

	if (!r->turn->started || !c || (r->turn->events && !c->stopped))
		return CDT_E_UPSTREAM;
	return openai_stop_choice(r, 0, CDT_STR(""));
}

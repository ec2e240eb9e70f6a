/* lib_openai/extra.c - what is kept for the client without being understood.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

/* Of the whole answer; each is passed on once, from the first frame that has it.  The last
 * two are Perplexity's, on every chunk. */
static const char *const names[] = {
	"system_fingerprint", "service_tier", "moderation", "citations", "search_results",
};

static bool says_something(cdt_val v)
{
	uint32_t type = cdt_type(v);

	if (type == CDT_TEXT)
		return has_text(v);
	return type == CDT_MAP || type == CDT_LIST ? cdt_count(v) > 0 : type > CDT_NULL;
}

/* Tiers of other hosts have names of their own, which clients of this API refuse to read. */
static bool is_ours(const char *name, cdt_val v)
{
	static const char tiers[] = "auto default flex scale priority fast";

	return !cdt_is(CDT_STR("service_tier"), name) ||
	       openai_words_have(tiers, cdt_text(v));
}

static cdt_str named(const char *z)
{
	size_t n = 0;

	while (z[n])
		n++;
	return (cdt_str){ z, n };
}

cdt_status openai_extra_emit(const struct reading *r, cdt_val frame)
{
	cdt_status st = CDT_OK;

	for (size_t i = 0; st == CDT_OK && i < sizeof names / sizeof *names; i++) {
		uint32_t bit = UINT32_C(1) << i;
		cdt_val v;

		if (r->turn->extras_sent & bit)
			continue;
		v = cdt_get(frame, names[i]);
		if (!says_something(v) || !is_ours(names[i], v))
			continue;
		r->turn->extras_sent |= bit;
		st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_EXTRA,
			.name = named(names[i]), .doc = v });
	}
	return st;
}

cdt_status openai_extra_logprobs(const struct reading *r, uint32_t index, cdt_val logprobs)
{
	bool filled = false;
	size_t it = 0;
	cdt_str key;
	cdt_val v;

	if (cdt_type(logprobs) != CDT_MAP)
		return CDT_OK;
	while (!filled && logprobs.api->next(logprobs, &it, &key, &v))
		filled = says_something(v);
	return !filled ? CDT_OK : cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_EXTRA,
		.choice = index, .name = CDT_STR("logprobs"), .doc = logprobs });
}

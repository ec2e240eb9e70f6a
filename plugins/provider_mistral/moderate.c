/* provider_mistral/moderate.c - the results of a moderation, with what clients of OpenAI's API
 * look for beside what Mistral says: a verdict, their own names of categories, what is meant.
 * SPDX-License-Identifier: MIT */
#include "mistral.h"

enum { RESULTS_MAX = 4096, NAMES_ROOM = 2048 };

/* Each of theirs, and the nearest of Mistral's; NULL: it has none, so it is never found. */
static const struct { const char *name, *wire; } categories[] = {
	{ "harassment", NULL }, { "harassment/threatening", NULL },
	{ "hate", "hate_and_discrimination" }, { "hate/threatening", NULL },
	{ "illicit", "dangerous_and_criminal_content" }, { "illicit/violent", NULL },
	{ "self-harm", "selfharm" }, { "self-harm/instructions", NULL },
	{ "self-harm/intent", NULL }, { "sexual", "sexual" }, { "sexual/minors", NULL },
	{ "violence", "violence_and_threats" }, { "violence/graphic", NULL },
};
enum { CATEGORIES = sizeof categories / sizeof *categories };

/* Room was made for all of it before. */
struct text { char *p; size_t n; };

static void add(struct text *t, cdt_str s)
{
	if (s.n)
		memcpy(t->p + t->n, s.p, s.n);
	t->n += s.n;
}

static void add_z(struct text *t, const char *z) { add(t, (cdt_str){ z, strlen(z) }); }

static bool is_flagged(cdt_val map)
{
	cdt_str key;
	cdt_val v;

	for (size_t it = 0; map.api->next(map, &it, &key, &v);)
		if (v.api->flag(v, 0))
			return true;
	return false;
}

/* Theirs first, then Mistral's under its own names. */
static void add_map(struct text *t, cdt_val map, const char *otherwise)
{
	cdt_str own = cdt_type(map) == CDT_MAP ? map.api->raw(map) : CDT_STR("{}");
	bool first = true;

	add_z(t, "{");
	for (size_t i = 0; i < CATEGORIES; i++) {
		cdt_val v = cdt_get(map, categories[i].wire ? categories[i].wire : "");

		if (cdt_type(cdt_get(map, categories[i].name)) != CDT_ABSENT)
			continue;                          /* comes with the others */
		add_z(t, first ? "\"" : ",\"");
		add_z(t, categories[i].name);
		add_z(t, "\":");
		add(t, cdt_type(v) > CDT_NULL ? v.api->raw(v)
		                              : (cdt_str){ otherwise, strlen(otherwise) });
		first = false;
	}
	if (cdt_count(map)) {
		add_z(t, first ? "" : ",");
		add(t, (cdt_str){ own.p + 1, own.n - 2 });
	}
	add_z(t, "}");
}

static void add_result(struct text *t, cdt_val result)
{
	cdt_val said = cdt_get(result, "categories");

	add_z(t, is_flagged(said) ? "{\"flagged\":true,\"categories\":"
	                          : "{\"flagged\":false,\"categories\":");
	add_map(t, said, "false");
	add_z(t, ",\"category_scores\":");
	add_map(t, cdt_get(result, "category_scores"), "0");
	add_z(t, ",\"category_applied_input_types\":{");
	for (size_t i = 0; i < CATEGORIES; i++) {
		add_z(t, i ? ",\"" : "\"");
		add_z(t, categories[i].name);
		add_z(t, "\":[\"text\"]");
	}
	add_z(t, "}}");
}

/* All results as one document: an answer may not be read again and again. */
static cdt_status rewrite(const struct reading *r, cdt_val results, cdt_val *out)
{
	size_t count = cdt_count(results), room = 2 * results.api->raw(results).n;
	struct text t = { NULL, 0 };

	if (count > RESULTS_MAX)
		return CDT_E_LIMIT;
	t.p = r->call->api->scratch(r->call, room + count * NAMES_ROOM + 2);
	if (!t.p)
		return CDT_E_LIMIT;
	for (size_t i = 0; i < count; i++) {
		if (cdt_type(cdt_get(cdt_at(results, i), "categories")) != CDT_MAP)
			return CDT_E_UPSTREAM;
		add_z(&t, i ? "," : "[");
		add_result(&t, cdt_at(results, i));
	}
	add_z(&t, "]");
	return r->call->api->parse(r->call, (cdt_str){ t.p, t.n }, out);
}

static cdt_status show(const struct reading *r, cdt_val results)
{
	size_t n = cdt_count(results);
	cdt_status st = CDT_OK;

	for (size_t i = 0; st == CDT_OK && i < n; i++)
		st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_DELTA,
			.index = (uint32_t)i, .kind = CDT_PART_RESULT,
			.doc = cdt_at(results, i) });
	return st;
}

cdt_status mistral_verdicts(const struct reading *r, cdt_val doc)
{
	cdt_val results = cdt_get(doc, "results"), usage = cdt_get(doc, "usage");
	cdt_val all;
	cdt_status st;

	if (cdt_type(results) != CDT_LIST || !cdt_count(results))
		return CDT_E_UPSTREAM;
	st = rewrite(r, results, &all);
	if (st != CDT_OK)
		return st;
	r->turn->started = true;
	st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_START,
		.id = cdt_text(cdt_get(doc, "id")), .name = cdt_text(cdt_get(doc, "model")) });
	if (st == CDT_OK)
		st = show(r, all);
	if (st == CDT_OK && cdt_type(usage) == CDT_MAP)
		st = openai_usage_emit(r->sink, CDT_OP_MODERATE, usage);
	return st == CDT_OK ? openai_stop_choice(r, 0, CDT_STR("")) : st;
}

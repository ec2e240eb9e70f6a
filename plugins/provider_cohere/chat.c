/* provider_cohere/chat.c - the members of a chat request.  What Cohere can not do is left out
 * by name, or refused: that is the gateway's choice.
 * SPDX-License-Identifier: MIT */
#include "cohere.h"

/* Models that can not think; they have a "tool_plan" instead.  Unknown names are taken for new
 * models. */
static const char *const thoughtless[] = {
	"c4ai-", "command-a-03", "command-a-translate", "command-a-vision", "command-light",
	"command-nightly", "command-r", NULL
};

static int can_think(cdt_str model)
{
	if (cdt_is(model, "command") || cdt_is(model, "command-a"))
		return 0;
	for (const char *const *name = thoughtless; *name; name++)
		if (words_begin(model, *name))
			return 0;
	return 1;
}

static int above_one(cdt_val v) { return cdt_i64(v, 1) > 1; }
static int above_zero(cdt_val v) { return cdt_i64(v, 0) > 0; }
static int filled(cdt_val v) { return cdt_count(v) > 0; }
static int said(cdt_val v) { return cdt_type(v) != CDT_ABSENT; }
static int is_off(cdt_val v) { return cdt_type(v) == CDT_FLAG && !v.api->flag(v, 1); }
static int is_map(cdt_val v) { return cdt_type(v) == CDT_MAP; }

static int is_loud(cdt_val modalities)
{
	for (size_t i = 0; i < cdt_count(modalities); i++)
		if (!cdt_is(cdt_text(cdt_at(modalities, i)), "text"))
			return 1;
	return 0;
}

/* What changes an answer and has no equal there. */
static const struct { const char *member; int (*matters)(cdt_val); } missing[] = {
	{ "audio", said },
	{ "logit_bias", filled },
	{ "modalities", is_loud },
	{ "n", above_one },
	{ "parallel_tool_calls", is_off },
	{ "prediction", said },
	{ "top_logprobs", above_zero },
	{ "verbosity", said },
	{ "web_search_options", is_map },
};

static void drop_missing(struct draft *d)
{
	for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++)
		if (missing[i].matters(cdt_get(d->doc, missing[i].member)))
			cohere_drop(d, missing[i].member);
}

/* JSON beside tools or documents is refused by Cohere. */
static void write_format(struct draft *d)
{
	cdt_val format = cdt_get(d->doc, "response_format");
	cdt_str type = cdt_text(cdt_get(format, "type"));
	struct cdt_out *o = d->o;

	if (type.n == 0 || cdt_is(type, "text"))
		return;
	if (d->tools || cdt_count(cdt_get(d->doc, "documents"))
	    || (!cdt_is(type, "json_object") && !cdt_is(type, "json_schema"))) {
		cohere_drop(d, "response_format");
		return;
	}
	o->api->key(o, "response_format");
	cdt_open(o, '{');
	cdt_put_text(o, "type", CDT_STR("json_object"));
	cdt_put_val(o, "json_schema", cdt_get(cdt_get(format, "json_schema"), "schema"));
	cdt_close(o);
}

/* Neither tools nor documents go together with it. */
static void write_safety(struct draft *d)
{
	cdt_val wish = cdt_get(d->doc, "safety_mode");
	int alone = !d->tools && !cdt_count(cdt_get(d->doc, "documents"));

	if (cdt_type(wish) == CDT_TEXT && !alone)
		cohere_drop(d, "safety_mode");
	else if (cdt_type(wish) == CDT_TEXT)
		cdt_put_val(d->o, "safety_mode", wish);
	else if (d->self->safety_mode[0] && alone)
		cdt_put_text(d->o, "safety_mode", words_z(d->self->safety_mode));
}

/* Cohere's own members, for clients that know them. */
static void write_own(struct draft *d)
{
	static const char *const names[] = { "documents", "citation_options", "priority" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		cdt_put_val(d->o, names[i], cdt_get(d->doc, names[i]));
}

void cohere_write_chat(struct draft *d)
{
	d->thinks = can_think(d->req->model);
	drop_missing(d);
	cohere_choose_tools(d);
	if (d->req->flags & CDT_REQ_STREAM)
		cdt_put_flag(d->o, "stream", 1);
	cohere_write_sampling(d);
	cohere_write_thinking(d);
	write_format(d);
	write_safety(d);
	write_own(d);
	cohere_write_tools(d);
	cohere_write_messages(d);
}

/* provider_ollama/options.c - what a client may ask for beside its messages: which of it goes
 * into the map of options, what becomes format and think, and what the server can not do.
 * SPDX-License-Identifier: MIT */
#include "ollama.h"

#include <string.h>

enum { KEY_MAX = 64 };

/* Members of the request that go into options, under the server's name. */
static const struct { const char *client, *wire; } renamed[] = {
	{ "frequency_penalty", "frequency_penalty" },
	{ "presence_penalty", "presence_penalty" },
	{ "seed", "seed" },
	{ "stop", "stop" },
	{ "temperature", "temperature" },
	{ "top_k", "top_k" },
	{ "top_p", "top_p" },
};

/* The server's own options, when a client gives them beside the others. */
static const char *const own[] = {
	"min_p", "mirostat", "mirostat_eta", "mirostat_tau", "num_keep", "repeat_last_n",
	"repeat_penalty", "typical_p",
};

/* Those of a client's own "options", which win; what belongs to the machine stays with its
 * operator. */
static const char *const kept_back[] = {
	"f16_kv", "logits_all", "low_vram", "main_gpu", "num_batch", "num_gpu", "num_thread",
	"numa", "use_mlock", "use_mmap", "vocab_only",
	"num_ctx", "num_predict",                        /* have functions of their own */
};

static bool listed(cdt_str key, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (cdt_is(key, names[i]))
			return true;
	return false;
}

static void put(struct draft *d, const char *name, cdt_val v)
{
	if (ollama_has(v) && cdt_type(cdt_get(cdt_get(d->doc, "options"), name)) == CDT_ABSENT)
		cdt_put_val(d->o, name, v);
}

static void write_theirs(struct draft *d)
{
	cdt_val theirs = cdt_get(d->doc, "options"), v;
	char name[KEY_MAX];
	cdt_str key;

	if (cdt_type(theirs) != CDT_MAP)
		return;
	for (size_t it = 0; theirs.api->next(theirs, &it, &key, &v);) {
		if (key.n >= KEY_MAX || !ollama_has(v) ||
		    listed(key, kept_back, sizeof kept_back / sizeof *kept_back))
			continue;
		memcpy(name, key.p, key.n);
		name[key.n] = 0;
		cdt_put_val(d->o, name, v);
	}
}

/* A client's own num_ctx could make the server load the model anew for each request: it counts
 * only when the operator has set none. */
static void write_num_ctx(struct draft *d)
{
	cdt_val theirs = cdt_get(cdt_get(d->doc, "options"), "num_ctx");

	if (!ollama_has(theirs))
		theirs = cdt_get(d->doc, "num_ctx");
	if (d->self->num_ctx > 0)
		cdt_put_i64(d->o, "num_ctx", d->self->num_ctx);
	else if (cdt_type(theirs) == CDT_INT)
		cdt_put_val(d->o, "num_ctx", theirs);
}

/* The gateway may have lowered the request's own limit: it wins. */
static void write_limit(struct draft *d)
{
	cdt_val limit = cdt_get(d->doc, d->req->op == CDT_OP_CHAT ? "max_completion_tokens"
	                                                          : "max_tokens");

	if (!ollama_has(limit))
		limit = cdt_get(cdt_get(d->doc, "options"), "num_predict");
	if (cdt_type(limit) == CDT_INT)
		cdt_put_val(d->o, "num_predict", limit);
}

static void write_keep_alive(struct draft *d)
{
	if (!d->self->has_keep_alive)
		cdt_put_val(d->o, "keep_alive", cdt_get(d->doc, "keep_alive"));
	else if (d->self->keep_alive.n)
		cdt_put_text(d->o, "keep_alive", d->self->keep_alive);
	else
		cdt_put_i64(d->o, "keep_alive", d->self->keep_alive_s);
}

void ollama_write_options(struct draft *d)
{
	write_keep_alive(d);
	d->o->api->key(d->o, "options");
	cdt_open(d->o, '{');
	write_num_ctx(d);
	write_limit(d);
	for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
		put(d, renamed[i].wire, cdt_get(d->doc, renamed[i].client));
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		put(d, own[i], cdt_get(d->doc, own[i]));
	write_theirs(d);
	cdt_close(d->o);
}

void ollama_write_format(struct draft *d)
{
	cdt_val wanted = cdt_get(d->doc, "response_format");

	if (ollama_type_is(wanted, "json_object")) {
		cdt_put_text(d->o, "format", CDT_STR("json"));
	} else if (ollama_type_is(wanted, "json_schema")) {
		cdt_val schema = cdt_get(cdt_get(wanted, "json_schema"), "schema");

		if (ollama_has(schema))
			cdt_put_val(d->o, "format", schema);
		else
			cdt_put_text(d->o, "format", CDT_STR("json"));
	} else if (!ollama_has(wanted)) {
		cdt_put_val(d->o, "format", cdt_get(d->doc, "format"));
	}
}

/* Models with levels know three, the others take any of them as "yes". */
static const struct { const char *effort, *level; } levels[] = {
	{ "minimal", "low" }, { "low", "low" }, { "medium", "medium" }, { "high", "high" },
	{ "xhigh", "high" }, { "max", "high" },
};

static void write_effort(struct draft *d, cdt_str effort)
{
	if (cdt_is(effort, "none"))
		cdt_put_flag(d->o, "think", 0);
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (cdt_is(effort, levels[i].effort))
			cdt_put_text(d->o, "think", (cdt_str){ levels[i].level,
			                                       strlen(levels[i].level) });
}

void ollama_write_think(struct draft *d)
{
	cdt_val think = cdt_get(d->doc, "think"), thinking = cdt_get(d->doc, "thinking");
	cdt_str effort = cdt_text(cdt_get(d->doc, "reasoning_effort"));

	if (ollama_has(think))
		cdt_put_val(d->o, "think", think);
	else if (effort.n)
		write_effort(d, effort);
	else if (cdt_type(thinking) == CDT_MAP)
		cdt_put_flag(d->o, "think", !ollama_type_is(thinking, "disabled"));
	cdt_put_val(d->o, "logprobs", cdt_get(d->doc, "logprobs"));
	cdt_put_val(d->o, "top_logprobs", cdt_get(d->doc, "top_logprobs"));
}

static bool flag_of(cdt_val doc, const char *name, int dflt)
{
	cdt_val v = cdt_get(doc, name);

	return v.api->flag(v, dflt) != 0;
}

static bool wants_sound(cdt_val doc)
{
	cdt_val list = cdt_get(doc, "modalities");

	for (size_t i = 0; i < cdt_count(list); i++)
		if (!cdt_is(cdt_text(cdt_at(list, i)), "text"))
			return true;
	return false;
}

static void check_complete(struct draft *d)
{
	if (flag_of(d->doc, "echo", 0))
		ollama_lacks(d, "echo");
	if (cdt_i64(cdt_get(d->doc, "best_of"), 1) > 1)
		ollama_lacks(d, "best_of");
	if (ollama_has(cdt_get(d->doc, "logprobs")))
		ollama_lacks(d, "logprobs");
}

static void check_chat(struct draft *d)
{
	if (!flag_of(d->doc, "parallel_tool_calls", 1))
		ollama_lacks(d, "parallel_tool_calls");
	if (wants_sound(d->doc))
		ollama_lacks(d, "modalities");
	if (ollama_has(cdt_get(d->doc, "web_search_options")))
		ollama_lacks(d, "web_search_options");
	if (ollama_has(cdt_get(d->doc, "verbosity")))
		ollama_lacks(d, "verbosity");
}

void ollama_check_members(struct draft *d)
{
	if (d->req->op == CDT_OP_EMBED)
		return;
	if (cdt_i64(cdt_get(d->doc, "n"), 1) > 1)
		ollama_lacks(d, "n");
	if (cdt_count(cdt_get(d->doc, "logit_bias")) > 0)
		ollama_lacks(d, "logit_bias");
	if (d->req->op == CDT_OP_COMPLETE)
		check_complete(d);
	else
		check_chat(d);
}

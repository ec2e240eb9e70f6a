/* lib_turns/tools.c - the client's tools under names that the wire takes, those that only the
 * history still knows, and custom tools, whose whole input is one text.
 * SPDX-License-Identifier: MIT */
#include "lib_turns/turns.h"

#include "lib_words/words.h"

int turns_has_tool(const struct turns *t, cdt_str name)
{
	for (size_t i = 0; i < cdt_count(t->tools); i++)
		if (words_same(turns_own_name(cdt_at(t->tools, i)), name))
			return 1;
	return 0;
}

cdt_str turns_tool_name(struct turns *t, struct turns_alias **all, cdt_str client, int freeform)
{
	cdt_str wire = t->wire->fit_name(t->draft, client);
	struct turns_alias *a;

	if (!freeform && words_same(wire, client))
		return wire;
	a = t->call->api->keep(t->call, sizeof *a);
	if (a) {
		*a = (struct turns_alias){ *all, words_keep(t->call, wire),
			words_keep(t->call, client), freeform };
		*all = a;
	}
	if (!a || !a->wire.p || !a->client.p)
		turns_refuse(t, CDT_E_LIMIT, "tools", "The names of the tools are too long.");
	return wire;
}

const struct turns_alias *turns_alias_of(const struct turns_alias *all, cdt_str wire)
{
	for (; all; all = all->next)
		if (words_same(all->wire, wire))
			return all;
	return NULL;
}

static int is_new(const cdt_str *names, size_t n, cdt_str name)
{
	for (size_t i = 0; i < n; i++)
		if (words_same(names[i], name))
			return 0;
	return 1;
}

size_t turns_past_tools(const struct turns *t, cdt_str names[TURNS_PAST_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < cdt_count(t->messages); i++) {
		cdt_val calls = cdt_get(cdt_at(t->messages, i), "tool_calls");

		for (size_t k = 0; k < cdt_count(calls) && n < TURNS_PAST_MAX; k++) {
			cdt_str own = turns_own_name(cdt_at(calls, k));

			names[n] = t->wire->fit_name(t->draft, own);
			n += (size_t)is_new(names, n, names[n]);
		}
	}
	return n;
}

cdt_str turns_call_plea(const struct turns *t)
{
	if (t->choice_name.n == 0)
		return CDT_STR("You must answer by calling one of the tools.");
	return words_join(t->call, (cdt_str[]){
		CDT_STR("You must answer by calling the tool "),
		t->wire->fit_name(t->draft, t->choice_name), CDT_STR(".") }, 3);
}

/* A grammar can not be enforced here; the model is told of it. */
static cdt_str grammar(const struct turns *t, cdt_val custom)
{
	cdt_val format = cdt_get(custom, "format"), inner = cdt_get(format, "grammar");
	cdt_val rules = cdt_type(inner) == CDT_MAP ? inner : format;
	cdt_str text = cdt_text(cdt_get(rules, "definition"));

	if (text.n == 0)
		return CDT_STR("The whole input as plain text.");
	return words_join(t->call, (cdt_str[]){
		CDT_STR("The whole input as plain text, by this "),
		cdt_text(cdt_get(rules, "syntax")), CDT_STR(" grammar:\n"), text }, 4);
}

void turns_write_freeform(const struct turns *t, cdt_val custom, int closed)
{
	struct cdt_out *o = t->o;

	cdt_open(o, '{');
	cdt_put_text(o, "type", CDT_STR("object"));
	o->api->key(o, "properties");
	cdt_open(o, '{');
	o->api->key(o, "input");
	cdt_open(o, '{');
	cdt_put_text(o, "type", CDT_STR("string"));
	cdt_put_text(o, "description", grammar(t, custom));
	cdt_close(o);
	cdt_close(o);
	o->api->key(o, "required");
	cdt_open(o, '[');
	o->api->text(o, CDT_STR("input"));
	cdt_close(o);
	if (closed)
		cdt_put_flag(o, "additionalProperties", 0);
	cdt_close(o);
}

/* provider_mock/calls.c - tool calls: which of the offered tools, with which arguments.
 * SPDX-License-Identifier: MIT */
#include "mock.h"

#include <stdio.h>
#include <string.h>

enum { ARGUMENT_PIECE = 8 };                     /* bytes */

/* Which tools are to be called. */
struct picking { bool any, all; cdt_str name; };

static struct picking pick(const struct speech *s, cdt_val choice)
{
	const struct wish *w = s->plan->wish;
	struct picking p = { .name = cdt_text(cdt_get(cdt_get(choice, "function"), "name")) };
	bool must = p.name.n || cdt_is(cdt_text(choice), "required");

	if (cdt_is(cdt_text(choice), "none"))
		return p;
	p.all = mock_asked(w, WISH_CALL_ALL) && !s->ask->after_tool;
	p.any = must || p.all || (mock_asked(w, WISH_CALL) && !s->ask->after_tool);
	return p;
}

static bool chosen(const struct picking *p, cdt_str name)
{
	return !p->name.n || (name.n == p->name.n && memcmp(name.p, p->name.p, name.n) == 0);
}

static void open_call(struct speech *s, cdt_str name, bool custom)
{
	struct text line = { .p = NULL };
	char id[40];
	int n = snprintf(id, sizeof id, "call_%08x%02x%02x",
	                 (unsigned)(s->ask->seed & UINT32_MAX), (unsigned)s->choice & 0xff,
	                 (unsigned)s->part & 0xff);

	mock_add_z(&line, "{\"c\":");
	mock_add_u64(&line, s->choice);
	mock_add_z(&line, ",\"p\":");
	mock_add_u64(&line, s->part);
	mock_add_z(&line, ",\"call\":");
	mock_add_json(&line, (cdt_str){ id, n > 0 ? (size_t)n : 0 });
	mock_add_z(&line, ",\"name\":");
	mock_add_json(&line, name);
	mock_add_z(&line, custom ? ",\"custom\":true}" : "}");
	mock_plan_piece(s->plan, mock_str(&line));
	mock_text_fini(&line);
}

static void close_call(struct speech *s)
{
	struct text line = { .p = NULL };

	mock_add_z(&line, "{\"c\":");
	mock_add_u64(&line, s->choice);
	mock_add_z(&line, ",\"p\":");
	mock_add_u64(&line, s->part - 1);
	mock_add_z(&line, ",\"close\":true}");
	mock_plan_line(s->plan, mock_str(&line));
	mock_text_fini(&line);
}

/* A name counts as a word, so that a call without arguments costs something. */
static void write_call(struct speech *s, cdt_val tool, cdt_str name, bool custom)
{
	struct text arguments = { .p = NULL };
	cdt_val schema = cdt_get(cdt_get(tool, "function"), "parameters");

	if (custom)
		mock_add(&arguments, s->ask->said);
	else if (cdt_type(schema) == CDT_MAP)
		mock_instance(&arguments, schema, name);
	else
		mock_add_z(&arguments, "{}");
	open_call(s, name, custom);
	mock_say(s, "arguments", mock_str(&arguments),
	         (arguments.n + ARGUMENT_PIECE - 1) / ARGUMENT_PIECE);
	close_call(s);
	s->words++;
	s->plan->steps.failed |= arguments.failed;
	mock_text_fini(&arguments);
}

uint64_t mock_calls(struct speech *s, cdt_val doc)
{
	struct picking p = pick(s, cdt_get(doc, "tool_choice"));
	cdt_val tools = cdt_get(doc, "tools");
	size_t n = p.any && cdt_type(tools) == CDT_LIST ? cdt_count(tools) : 0;
	uint64_t count = 0;

	for (size_t i = 0; i < n && (p.all || !count); i++) {
		cdt_val tool = cdt_at(tools, i);
		bool custom = cdt_is(cdt_text(cdt_get(tool, "type")), "custom");
		cdt_str name = cdt_text(cdt_get(cdt_get(tool, custom ? "custom" : "function"),
		                                "name"));

		if (!name.n || !chosen(&p, name))
			continue;
		write_call(s, tool, name, custom);
		count++;
	}
	return count;
}

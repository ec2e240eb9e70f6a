/* provider_bedrock/results.c - tool calls and their results.  Every call of a turn is to be
 * answered in the next one, all of them there, and no answer comes without a call.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <string.h>

static void remember(struct draft *d, cdt_str client, cdt_str wire)
{
	if (!d->pending) {
		size_t room = d->calls_all < CALLS_MAX ? d->calls_all : CALLS_MAX;

		d->pending = d->call->api->scratch(d->call, room * sizeof *d->pending);
	}
	if (!d->pending || d->pending_count == CALLS_MAX) {
		bedrock_refuse(d, CDT_E_LIMIT, "messages",
		               "A turn holds more than 1024 tool calls.");
		return;
	}
	d->pending[d->pending_count++] = (struct pending_call){ client, wire };
}

/* The arguments are text and have to become a map; what is no map is kept as text. */
static void write_input(struct draft *d, cdt_str text)
{
	struct cdt_out *o = d->o;

	if (words_is_map(text)) {
		o->api->bytes(o, text);
		return;
	}
	cdt_open(o, '{');
	if (!words_blank(text) && !cdt_is(text, "null"))
		cdt_put_text(o, "_raw", text);
	cdt_close(o);
}

void bedrock_write_call(struct draft *d, cdt_val call)
{
	cdt_val function = cdt_get(call, "function"), custom = cdt_get(call, "custom");
	int freeform = cdt_type(custom) == CDT_MAP;
	cdt_str client = cdt_text(cdt_get(call, "id"));
	cdt_str wire = bedrock_tool_id(d, client);
	struct cdt_out *o = d->o;

	bedrock_block_begin(d, "toolUse");
	cdt_put_text(o, "toolUseId", wire);
	cdt_put_text(o, "name", bedrock_tool_name(d,
		cdt_text(cdt_get(freeform ? custom : function, "name"))));
	o->api->key(o, "input");
	if (freeform) {
		cdt_open(o, '{');
		cdt_put_text(o, "input", cdt_text(cdt_get(custom, "input")));
		cdt_close(o);
	} else {
		write_input(d, cdt_text(cdt_get(function, "arguments")));
	}
	bedrock_block_end(d);
	bedrock_write_mark(d, call, MODEL_CACHE);
	remember(d, client, wire);
}

static void begin_result(struct draft *d, cdt_str wire)
{
	d->place = PLACE_USER;
	bedrock_block_begin(d, "toolResult");
	cdt_put_text(d->o, "toolUseId", wire);
	d->o->api->key(d->o, "content");
	cdt_open(d->o, '[');
}

static void end_result(struct draft *d, int failed)
{
	cdt_close(d->o);
	if (failed && d->can & MODEL_STATUS)
		cdt_put_text(d->o, "status", CDT_STR("error"));
	bedrock_block_end(d);
}

static void write_result(struct draft *d, cdt_str wire, cdt_val message)
{
	cdt_val failed = cdt_get(message, "is_error"), content = cdt_get(message, "content");
	size_t said = 0;

	begin_result(d, wire);
	d->place = PLACE_RESULT;
	for (size_t i = 0; i < cdt_count(content) && d->status == CDT_OK; i++) {
		said += !cdt_is(cdt_text(cdt_get(cdt_at(content, i), "type")), "text")
		        || bedrock_says(cdt_at(content, i));
		bedrock_write_part(d, cdt_at(content, i));
	}
	d->place = PLACE_USER;
	if (!said) {                                    /* an empty list is refused */
		cdt_open(d->o, '{');
		cdt_put_text(d->o, "text", CDT_STR("(empty)"));
		cdt_close(d->o);
	}
	end_result(d, failed.api->flag(failed, 0));
	for (size_t i = 0; i < cdt_count(content); i++)
		bedrock_write_mark(d, cdt_at(content, i), MODEL_CACHE);
	bedrock_write_mark(d, message, MODEL_CACHE);
}

/* The client went away, or cut its history, before the call was answered. */
static void write_no_result(struct draft *d, cdt_str wire)
{
	begin_result(d, wire);
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "text", CDT_STR("no result"));
	cdt_close(d->o);
	end_result(d, 1);
}

struct found { size_t at; cdt_str id; };

static size_t collect(struct draft *d, size_t from, size_t to, struct found *found)
{
	size_t n = 0;

	for (size_t i = from; i < to && n < CALLS_MAX; i++) {
		cdt_val m = cdt_at(d->messages, i);

		if (cdt_is(cdt_text(cdt_get(m, "role")), "tool"))
			found[n++] = (struct found){ i, cdt_text(cdt_get(m, "tool_call_id")) };
	}
	return n;
}

/* Usually in the same order as the calls: so the search goes on from the last match. */
static size_t match(const struct found *found, size_t n, size_t start, cdt_str id,
                    const unsigned char *used, size_t from)
{
	for (size_t k = 0; k < n; k++) {
		size_t i = (start + k) % n;

		if (!used[found[i].at - from] && words_same(found[i].id, id))
			return i;
	}
	return n;
}

void bedrock_write_results(struct draft *d, size_t from, size_t to, unsigned char *used)
{
	size_t room = to - from < CALLS_MAX ? to - from : CALLS_MAX, n, start = 0;
	struct found *found;

	if (d->pending_count == 0)
		return;
	found = d->call->api->scratch(d->call, (room + 1) * sizeof *found);
	if (!found) {
		bedrock_refuse(d, CDT_E_LIMIT, "messages",
		               "'messages' holds too many tool results.");
		return;
	}
	n = collect(d, from, to, found);
	for (size_t i = 0; i < d->pending_count && d->status == CDT_OK; i++) {
		size_t k = match(found, n, start, d->pending[i].client, used, from);

		if (k == n) {
			write_no_result(d, d->pending[i].wire);
			continue;
		}
		used[found[k].at - from] = 1;
		write_result(d, d->pending[i].wire, cdt_at(d->messages, found[k].at));
		start = k + 1;
	}
	d->pending_count = 0;
}

/* What the tool said is worth keeping, though nobody asked. */
void bedrock_write_orphan(struct draft *d, cdt_val message)
{
	cdt_str id = cdt_text(cdt_get(message, "tool_call_id"));
	cdt_val content = cdt_get(message, "content");

	bedrock_write_text(d, words_join(d->call, (cdt_str[]){
		CDT_STR("Result of an earlier tool call ("), id, CDT_STR("):") }, 3));
	for (size_t i = 0; i < cdt_count(content) && d->status == CDT_OK; i++)
		bedrock_write_part(d, cdt_at(content, i));
}

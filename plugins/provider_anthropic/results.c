/* provider_anthropic/results.c - tool calls and their results.  Anthropic wants every call of
 * a turn answered at the beginning of the next one, and no answer without a call.
 * SPDX-License-Identifier: MIT */
#include "anthropic.h"

#include <string.h>

static void remember(struct draft *d, cdt_str client, cdt_str wire)
{
	if (!d->pending) {
		size_t room = d->calls_all < CALLS_MAX ? d->calls_all : CALLS_MAX;

		d->pending = d->call->api->scratch(d->call, room * sizeof *d->pending);
	}
	if (!d->pending || d->pending_count == CALLS_MAX) {
		anthropic_refuse(d, CDT_E_LIMIT, "messages",
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

void anthropic_write_call(struct draft *d, cdt_val call)
{
	cdt_val function = cdt_get(call, "function"), custom = cdt_get(call, "custom");
	int freeform = cdt_type(custom) == CDT_MAP;
	cdt_str client = cdt_text(cdt_get(call, "id"));
	cdt_str wire = anthropic_tool_id(d, client);
	struct cdt_out *o = d->o;

	anthropic_block_begin(d, "tool_use");
	cdt_put_text(o, "id", wire);
	cdt_put_text(o, "name", anthropic_tool_name(d,
		cdt_text(cdt_get(freeform ? custom : function, "name"))));
	o->api->key(o, "input");
	if (freeform) {
		cdt_open(o, '{');
		cdt_put_text(o, "input", cdt_text(cdt_get(custom, "input")));
		cdt_close(o);
	} else {
		write_input(d, cdt_text(cdt_get(function, "arguments")));
	}
	anthropic_block_end(d, cdt_get(call, "cache_control"));
	remember(d, client, wire);
}

static void write_parts(struct draft *d, cdt_val content)
{
	d->place = PLACE_RESULT;
	d->list_open = 0;
	for (size_t i = 0; i < cdt_count(content) && d->status == CDT_OK; i++)
		anthropic_write_part(d, cdt_at(content, i));
	if (d->list_open)
		cdt_close(d->o);
	d->place = PLACE_USER;
}

static void write_result(struct draft *d, cdt_str wire, cdt_val message)
{
	cdt_val failed = cdt_get(message, "is_error");

	d->place = PLACE_USER;
	anthropic_block_begin(d, "tool_result");
	cdt_put_text(d->o, "tool_use_id", wire);
	write_parts(d, cdt_get(message, "content"));
	if (failed.api->flag(failed, 0))
		cdt_put_flag(d->o, "is_error", 1);
	anthropic_block_end(d, cdt_get(message, "cache_control"));
}

/* The client went away, or cut its history, before the call was answered. */
static void write_no_result(struct draft *d, cdt_str wire)
{
	d->place = PLACE_USER;
	anthropic_block_begin(d, "tool_result");
	cdt_put_text(d->o, "tool_use_id", wire);
	cdt_put_text(d->o, "content", CDT_STR("no result"));
	cdt_put_flag(d->o, "is_error", 1);
	anthropic_block_end(d, UNMARKED);
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

void anthropic_write_results(struct draft *d, size_t from, size_t to, unsigned char *used)
{
	size_t room = to - from < CALLS_MAX ? to - from : CALLS_MAX, n, start = 0;
	struct found *found;

	if (d->pending_count == 0)
		return;
	found = d->call->api->scratch(d->call, (room + 1) * sizeof *found);
	if (!found) {
		anthropic_refuse(d, CDT_E_LIMIT, "messages",
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
void anthropic_write_orphan(struct draft *d, cdt_val message)
{
	cdt_str id = cdt_text(cdt_get(message, "tool_call_id"));
	cdt_val content = cdt_get(message, "content");

	anthropic_write_text(d, words_join(d->call, (cdt_str[]){
		CDT_STR("Result of an earlier tool call ("), id, CDT_STR("):") }, 3), UNMARKED);
	for (size_t i = 0; i < cdt_count(content) && d->status == CDT_OK; i++)
		anthropic_write_part(d, cdt_at(content, i));
}

/* lib_turns/results.c - tool calls and their results.  Every call of a turn is to be answered
 * at the beginning of the next one, and no answer comes without a call.
 * SPDX-License-Identifier: MIT */
#include "lib_turns/turns.h"

#include "lib_words/words.h"

static void remember(struct turns *t, cdt_str client, cdt_str wire)
{
	if (!t->pending) {
		size_t room = t->calls_all < TURNS_CALLS_MAX ? t->calls_all : TURNS_CALLS_MAX;

		t->pending = t->call->api->scratch(t->call, room * sizeof *t->pending);
	}
	if (!t->pending || t->pending_count == TURNS_CALLS_MAX) {
		turns_refuse(t, CDT_E_LIMIT, "messages",
		             "A turn holds more than 1024 tool calls.");
		return;
	}
	t->pending[t->pending_count++] = (struct turns_call){ client, wire };
}

cdt_str turns_called_name(cdt_val call)
{
	cdt_val custom = cdt_get(call, "custom");

	return cdt_text(cdt_get(cdt_type(custom) == CDT_MAP ? custom
	                        : cdt_get(call, "function"), "name"));
}

/* Arguments are text and have to become a map; what is no map is kept as text. */
void turns_write_input(struct turns *t, cdt_val call)
{
	cdt_str text = cdt_text(cdt_get(cdt_get(call, "function"), "arguments"));
	cdt_val custom = cdt_get(call, "custom");
	struct cdt_out *o = t->o;

	if (cdt_type(custom) != CDT_MAP && words_is_map(text)) {
		o->api->bytes(o, text);
		return;
	}
	cdt_open(o, '{');
	if (cdt_type(custom) == CDT_MAP)
		cdt_put_text(o, "input", cdt_text(cdt_get(custom, "input")));
	else if (!words_blank(text) && !cdt_is(text, "null"))
		cdt_put_text(o, "_raw", text);
	cdt_close(o);
}

void turns_write_call(struct turns *t, cdt_val call)
{
	cdt_str client = cdt_text(cdt_get(call, "id")), wire = turns_id(t, client);

	t->wire->write_call(t->draft, call, wire);
	remember(t, client, wire);
}

struct found { size_t at; cdt_str id; };

static size_t collect(struct turns *t, size_t from, size_t to, struct found *found)
{
	size_t n = 0;

	for (size_t i = from; i < to && n < TURNS_CALLS_MAX; i++) {
		cdt_val m = cdt_at(t->messages, i);

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

void turns_write_results(struct turns *t, size_t from, size_t to, unsigned char *used)
{
	size_t room = to - from < TURNS_CALLS_MAX ? to - from : TURNS_CALLS_MAX, n, start = 0;
	struct found *found;

	if (t->pending_count == 0)
		return;
	found = t->call->api->scratch(t->call, (room + 1) * sizeof *found);
	if (!found) {
		turns_refuse(t, CDT_E_LIMIT, "messages",
		             "'messages' holds too many tool results.");
		return;
	}
	n = collect(t, from, to, found);
	/* Who has no result has gone away, or cut the history, before there was one. */
	for (size_t i = 0; i < t->pending_count && t->status == CDT_OK; i++) {
		size_t k = match(found, n, start, t->pending[i].client, used, from);

		t->place = PLACE_USER;
		if (k == n) {
			t->wire->write_no_result(t->draft, t->pending[i].wire);
			continue;
		}
		used[found[k].at - from] = 1;
		t->wire->write_result(t->draft, t->pending[i].wire,
		                      cdt_at(t->messages, found[k].at));
		start = k + 1;
	}
	t->pending_count = 0;
}

/* What the tool said is worth keeping, though nobody asked. */
void turns_write_orphan(struct turns *t, cdt_val message)
{
	cdt_str id = cdt_text(cdt_get(message, "tool_call_id"));
	cdt_val content = cdt_get(message, "content");

	t->wire->write_text(t->draft, words_join(t->call, (cdt_str[]){
		CDT_STR("Result of an earlier tool call ("), id, CDT_STR("):") }, 3));
	for (size_t i = 0; i < cdt_count(content) && t->status == CDT_OK; i++)
		t->wire->write_part(t->draft, cdt_at(content, i));
}

/* api/responses/store.c - answers that are kept: what they were, and what was asked.  Each is
 * known by its virtual key and its id, so that nobody finds another's.  A conversation is put
 * together from them for whoever answers next, be it another provider: no upstream is asked
 * for what it may have kept itself.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "api/responses/responses.h"
#include "api/responses/turn.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/jsonwalk.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/str.h"
#include "config/config.h"
#include "store/shelf.h"

enum { CHAIN_DEPTH_MAX = 512, CHAIN_BYTES_MAX = 32 << 20, STEM = ULID_SIZE - 1 };

void responses_key(const struct exchange *x, cdt_str id, uint8_t out[32])
{
	struct sha256_sum *sum = sha256_sum_new();

	sha256_sum_add(sum, CDT_STR("response"));
	sha256_sum_add(sum, str_from(x->key->id, KEY_ID_SIZE));
	sha256_sum_add(sum, id);
	sha256_sum_end_free(sum, out);
}

cdt_status responses_record(struct exchange *x, cdt_str id, cdt_str *record)
{
	struct shelf *shelf = flow_parts(x->flow)->remembered;
	uint8_t key[SHELF_KEY_SIZE];
	cdt_status st;

	if (!shelf || !id.n || id.n > RESPONSES_ID_MAX)
		return CDT_E_ABSENT;
	responses_key(x, id, key);
	st = shelf_get(shelf, key, clock_wall_ms(), &x->arena, record);
	if (st == CDT_E_UPSTREAM)
		log_error(LOG_FLOW, x->id.p, "a kept response can not be read");
	if (st == CDT_OK && jsonwalk_type(jsonwalk_get(*record, "response")) == CDT_MAP)
		return CDT_OK;
	return st == CDT_OK ? CDT_E_ABSENT : st;       /* an empty one: it was deleted */
}

/* --- what is written --- */

/* A text is a message of the user's. */
static void put_input(struct buf *out, cdt_str input)
{
	if (jsonwalk_type(input) != CDT_TEXT) {
		buf_add(out, jsonwalk_type(input) == CDT_LIST ? input : CDT_STR("[]"));
		return;
	}
	buf_add_z(out, "[{\"type\":\"message\",\"role\":\"user\",\"content\":"
	          "[{\"type\":\"input_text\",\"text\":");
	buf_add(out, input);
	buf_add_z(out, "}]}]");
}

static cdt_str id_of(cdt_str response)
{
	cdt_str id = jsonwalk_get(response, "id");

	return id.n > 2 && *id.p == '"' ? str_from(id.p + 1, id.n - 2) : CDT_STR("");
}

bool responses_remember(struct exchange *x, struct shelf_value *out)
{
	const struct responses_ask *ask = responses_ask_of(x);
	const struct turn *t = x->surface_state;
	int64_t ttl_ms = exchange_config(x)->responses.ttl_ms;
	/* A relayed one may have blanks around it. */
	cdt_str response = !x->ask.stream ? str_trim(buf_str(x->relay.closing)) :
	                   t ? t->final : CDT_STR("");
	cdt_str id = id_of(response);

	if (!ask->stores || !ttl_ms || (t && t->unseen) || !id.n || id.n > RESPONSES_ID_MAX)
		return false;
	responses_key(x, id, out->key);
	out->expires_ms = clock_wall_ms() + ttl_ms;
	buf_init(&out->bytes, SHELF_VALUE_MAX);
	buf_print(&out->bytes, "{\"previous\":\"%.*s\",\"input\":", STR_ARG(ask->previous));
	put_input(&out->bytes, ask->input);
	buf_add_z(&out->bytes, ",\"response\":");
	buf_add(&out->bytes, response);
	buf_add_c(&out->bytes, '}');
	return true;
}

/* --- the conversation so far --- */

struct said { cdt_str record[CHAIN_DEPTH_MAX]; size_t count, bytes; };

static cdt_status not_found(struct exchange *x, cdt_str id, const char *why)
{
	cdt_status st = responses_refuse(x, "previous_response_id",
		"Previous response with id '%.*s' not found%s.",
		id.n < 64 ? (int)id.n : 64, id.p, why);

	x->problem.error.code = CDT_STR("previous_response_not_found");
	return st;
}

static cdt_status load_chain(struct exchange *x, cdt_str id, struct said *c)
{
	while (id.n) {
		cdt_status st;
		cdt_str *record = &c->record[c->count];

		if (c->count == CHAIN_DEPTH_MAX || c->bytes > CHAIN_BYTES_MAX)
			return responses_refuse(x, "previous_response_id", "The conversation "
				"behind 'previous_response_id' is too long: at most %d answers "
				"and %d bytes.", CHAIN_DEPTH_MAX, CHAIN_BYTES_MAX);
		st = responses_record(x, id, record);
		if (st == CDT_E_LIMIT)
			return st;
		if (st != CDT_OK)
			return not_found(x, id, c->count
				? ": an earlier one of its conversation is deleted or too old"
				: ": it is unknown, deleted, too old, made with store false, "
				  "or another API key's");
		c->bytes += record->n;
		c->count++;
		id = jsonwalk_get(*record, "previous");
		id = id.n > 2 ? str_from(id.p + 1, id.n - 2) : CDT_STR("");
	}
	return CDT_OK;
}

/* A list's elements behind those that are there. */
static void put_elements(struct buf *out, cdt_str list, bool *some)
{
	cdt_str inside = jsonwalk_inside(list);

	if (inside.n)
		inside.n--;                            /* the bracket */
	inside = str_trim(inside);
	if (!inside.n)
		return;
	if (*some)
		buf_add_c(out, ',');
	buf_add(out, inside);
	*some = true;
}

static bool is_type(const struct json *item, const char *type)
{
	return str_is(json_text(json_get(item, "type")), type);
}

/* Its id says who made it: ours hold the answer's. */
static bool is_ours(const struct json *item, cdt_str response_id)
{
	cdt_str id = json_text(json_get(item, "id"));
	size_t at = str_find(id, '_');

	return at < id.n && response_id.n > 5 && id.n > at + STEM &&
	       str_eq(str_from(id.p + at + 1, STEM), str_skip(response_id, 5));
}

/* One item of an answer, as another upstream can be told of it: ids are known to nobody else,
 * and thoughts that only their maker has are no thoughts. */
static void put_output(struct buf *out, struct json *item, cdt_str response_id, bool *some)
{
	static const char *const plain[] = { "message", "function_call", "custom_tool_call",
	                                     "reasoning" };

	if (is_type(item, "reasoning") && !is_ours(item, response_id) &&
	    !json_text(json_get(item, "encrypted_content")).n)
		return;
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (is_type(item, plain[i]))
			json_remove(item, "id");
	if (*some)
		buf_add_c(out, ',');
	buf_add(out, json_print(item));
	*some = true;
}

static void put_outputs(struct buf *out, cdt_str response, bool *some)
{
	struct json *list = json_parse(jsonwalk_get(response, "output"));

	for (size_t i = 0; i < json_count(list); i++)
		put_output(out, json_at(list, i), id_of(response), some);
	json_free(list);
}

/* The answer that was looked into last: references come in rows. */
struct lookup { struct exchange *x; cdt_str stem, record; size_t count; };

static bool look(struct lookup *l, cdt_str stem)
{
	cdt_str id;

	if (str_eq(stem, l->stem))
		return true;
	id = arena_print(&l->x->arena, "resp_%.*s", STR_ARG(stem));
	if (responses_record(l->x, id, &l->record) != CDT_OK)
		return false;
	l->stem = str_skip(id, id.n - stem.n);
	return true;
}

/* The item of that id out of the answer that it names; false: there is none. */
static bool put_referred(struct lookup *l, cdt_str id, struct buf *out, bool *some)
{
	size_t at = str_find(id, '_');
	struct json *list;
	cdt_str response;
	bool found = false;

	if (id.n < at + 1 + STEM || id.n > RESPONSES_ID_MAX ||
	    !look(l, str_from(id.p + at + 1, STEM)))
		return false;
	response = jsonwalk_get(l->record, "response");
	list = json_parse(jsonwalk_get(response, "output"));
	for (size_t i = 0; !found && i < json_count(list); i++) {
		found = str_eq(json_text(json_get(json_at(list, i), "id")), id);
		if (found)
			put_output(out, json_at(list, i), id_of(response), some);
	}
	json_free(list);
	return found;
}

static const char reference[] = "item_reference";

static bool refers(cdt_str input)
{
	return memmem(input.p, input.n, reference, sizeof reference - 1) != NULL;
}

static bool is_reference(const struct json *item)
{
	return is_type(item, reference) || (!json_get(item, "type") && json_get(item, "id") &&
	                                    !json_get(item, "role"));
}

static cdt_status put_item(struct lookup *l, struct json *item, struct buf *out, bool *some)
{
	bool refers_to = is_reference(item);

	if (refers_to && ++l->count > CHAIN_DEPTH_MAX)
		return responses_refuse(l->x, "input", "'input' refers to too many items: at "
		                        "most %d.", CHAIN_DEPTH_MAX);
	if (refers_to && put_referred(l, json_text(json_get(item, "id")), out, some))
		return CDT_OK;
	if (*some)
		buf_add_c(out, ',');
	buf_add(out, json_print(item));
	*some = true;
	return CDT_OK;
}

/* The client's own items; those that it refers to by their ids take the references' places. */
static cdt_status put_own(struct exchange *x, cdt_str input, struct buf *out, bool *some)
{
	struct json *list = refers(input) ? json_parse(input) : NULL;
	struct lookup l = { .x = x, .stem = CDT_STR("") };
	cdt_status st = CDT_OK;
	struct buf text;

	if (json_type(list) != CDT_LIST) {
		buf_init(&text, CHAIN_BYTES_MAX);
		put_input(&text, input);
		put_elements(out, buf_str(&text), some);
		buf_fini(&text);
	}
	for (size_t i = 0; st == CDT_OK && i < json_count(list); i++)
		st = put_item(&l, json_at(list, i), out, some);
	json_free(list);
	return st;
}

static void put_rest(const struct exchange *x, struct buf *out)
{
	static const char *const replaced[] = { "input", "previous_response_id" };

	for (size_t i = 0; i < x->ask.member_count; i++) {
		const struct json_member *m = &x->ask.members[i];

		if (json_key_is(m, replaced[0]) || json_key_is(m, replaced[1]))
			continue;
		buf_add_c(out, '"');
		buf_add(out, m->key);
		buf_add_z(out, "\":");
		buf_add(out, m->value);
		buf_add_c(out, ',');
	}
}

static cdt_status replace_body(struct exchange *x, const struct buf *body)
{
	struct jsonscan scan;
	struct json_member *members;

	if (body->status != CDT_OK)
		return responses_refuse(x, "input", "The conversation is too long: at most %d "
		                        "bytes.", CHAIN_BYTES_MAX);
	x->ask.body = arena_str(&x->arena, buf_str(body));
	if (!x->ask.body.p)
		return CDT_E_LIMIT;
	if (jsonscan(&scan, x->ask.body) != CDT_OK)
		return responses_refuse(x, "input", "The conversation can not be put "
		                        "together: %s.", scan.error);
	members = arena_take(&x->arena, (scan.count + 1) * sizeof *members);
	if (!members)
		return CDT_E_LIMIT;
	memcpy(members, scan.member, scan.count * sizeof *members);
	x->ask.members = members;
	x->ask.member_count = scan.count;
	return CDT_OK;
}

static cdt_status put_together(struct exchange *x, const struct said *c, cdt_str input)
{
	struct buf body;
	bool some = false;
	cdt_status st;

	buf_init(&body, CHAIN_BYTES_MAX);
	buf_add_c(&body, '{');
	put_rest(x, &body);
	buf_add_z(&body, "\"input\":[");
	for (size_t i = c->count; i-- > 0;) {
		put_elements(&body, jsonwalk_get(c->record[i], "input"), &some);
		put_outputs(&body, jsonwalk_get(c->record[i], "response"), &some);
	}
	st = put_own(x, input, &body, &some);
	buf_add_z(&body, "]}");
	if (st == CDT_OK)
		st = replace_body(x, &body);
	buf_fini(&body);
	return st;
}

cdt_status responses_expand(struct exchange *x, struct responses_ask *ask)
{
	cdt_str input = ask_value(&x->ask, "input");
	struct said *c;
	cdt_status st;

	if (ask->previous.n > RESPONSES_ID_MAX)
		return responses_refuse(x, "previous_response_id", "'previous_response_id' "
		                        "must have at most %d characters.", RESPONSES_ID_MAX);
	if (ask->stores) {
		ask->input = arena_str(&x->arena, input);
		if (!ask->input.p)
			return CDT_E_LIMIT;
	}
	if (!ask->previous.n && !refers(input))
		return CDT_OK;
	c = arena_take(&x->arena, sizeof *c);
	if (!c)
		return CDT_E_LIMIT;
	st = load_chain(x, ask->previous, c);
	return st == CDT_OK ? put_together(x, c, input) : st;
}

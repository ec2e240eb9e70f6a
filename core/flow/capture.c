/* flow/capture.c - writes down what an attempt brings, as an upstream that speaks the client's
 * dialect would have sent it, and decides whether it is worth keeping.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "canon/op.h"
#include "flow/recall.h"

bool capture_is_on(const struct exchange *x)
{
	return x->recall && x->recall->flight && x->recall->leads;
}

bool capture_takes_text(const struct exchange *x)
{
	return x->ask.raw || promise_binds(x);
}

void capture_again(struct exchange *x)
{
	if (x->recall && x->recall->items)
		items_again(x);
	if (!capture_is_on(x))
		return;
	flight_again(x->recall->flight, x->serving == x->route ? CDT_STR("")
	                                                       : x->serving->name);
	x->recall->frame_us = x->attempt_us;
	x->recall->unfit = false;
	/* Now: the request may be gone when its answer is whole. */
	if (x->serving == x->route || x->recall->idempotent)
		memcpy(x->recall->keep_key, x->recall->key, KEPT_KEY_SIZE);
	else
		recall_name(x, x->serving, x->recall->keep_key);
}

void capture_frame(struct exchange *x, cdt_str event, cdt_str body)
{
	struct recall *r = x->recall;
	uint64_t now_us;
	struct kept_frame f = { event, body, 0 };

	if (!capture_is_on(x) || r->unfit)
		return;
	now_us = clock_us();
	f.after_ms = (uint32_t)((now_us - r->frame_us) / 1000);
	r->frame_us = now_us;
	r->unfit = flight_add(r->flight, &f) != CDT_OK;
}

/* The value of a field of an event, or {NULL,0}. */
static cdt_str field(cdt_str line, const char *name)
{
	size_t n = strlen(name);

	if (!str_starts(line, name))
		return (cdt_str){ NULL, 0 };
	return str_skip(line, line.n > n && line.p[n] == ' ' ? n + 1 : n);
}

/* As the surface wrote it: one data line an event. */
static void capture_event(struct exchange *x, cdt_str text)
{
	cdt_str event = CDT_STR(""), body = { NULL, 0 };

	while (text.n) {
		cdt_str line = str_cut(&text, '\n'), name = field(line, "event:");

		if (name.p)
			event = name;
		else if (!body.p)
			body = field(line, "data:");
	}
	if (body.p && !str_is(body, "[DONE]"))
		capture_frame(x, event, body);
}

void capture_text(struct exchange *x, cdt_str text)
{
	static const char border[] = "\n\n";

	if (!capture_is_on(x) || !text.n)
		return;
	if (capture_takes_text(x)) {
		capture_frame(x, CDT_STR(""), text);
		return;
	}
	while (text.n) {
		const char *end = memmem(text.p, text.n, border, 2);
		size_t n = end ? (size_t)(end - text.p) : text.n;

		capture_event(x, (cdt_str){ text.p, n });
		text = str_skip(text, end ? n + 2 : n);
	}
}

void capture_spoil(struct exchange *x)
{
	if (capture_is_on(x))
		x->recall->unfit = true;
}

void capture_doubt(struct exchange *x)
{
	if (capture_is_on(x))
		x->recall->keeps = false;
}

cdt_status capture_whole(struct exchange *x, struct buf *out)
{
	cdt_status st = CDT_OK;

	if (x->recall && x->recall->items)
		st = items_capture(x, out);
	if (st == CDT_OK)
		capture_frame(x, CDT_STR(""), buf_str(out));
	return st;
}

void capture_show(struct exchange *x)
{
	if (capture_is_on(x))
		flight_show(x->recall->flight);
}

/* Whole answers only: none that was cut, held back, or is to be forgotten. */
static bool is_fit(const struct exchange *x)
{
	const uint32_t good = 1u << CDT_STOP_END | 1u << CDT_STOP_SEQUENCE;
	uint32_t may = good;

	if (exchange_config(x)->cache.tool_calls)
		may |= 1u << CDT_STOP_TOOL;
	if (op_has_output(x->ask.op) &&
	    (x->relay.stops < (uint64_t)x->ask.n || x->relay.stop_kinds & ~may))
		return false;
	return !x->recall->unfit;
}

static int64_t stamp(const struct exchange *x)
{
	return marks_stamp(answers_marks(desk_answers(flow_desk(x->flow))), clock_wall_ms());
}

void capture_head(const struct exchange *x, struct kept *k)
{
	const struct target *t = x->tried->target;

	*k = (struct kept){
		.stored_ms = stamp(x), .ttl_ms = x->recall->rules.ttl_ms,
		.cost = x->bill.amount, .took_us = (int64_t)(clock_us() - x->started_us),
		.usage = x->bill.usage, .stream = x->ask.stream,
		.provider = t->provider, .target = t->name, .model = t->model,
		.route = x->serving->name, .key = { x->key->id, KEY_ID_SIZE },
		.type = x->relay.type,
	};
	memcpy(k->body, x->recall->body, sizeof k->body);
}

cdt_status capture_pack(struct exchange *x, const uint8_t key[KEPT_KEY_SIZE],
                        struct buf *value)
{
	struct kept k;
	cdt_status st;

	capture_head(x, &k);
	kept_head(&k, value);
	st = flight_frames(x->recall->flight, value);
	if (st == CDT_OK)
		kept_seal(key, value);
	return st;
}

/* Models refuse in a member of its own, and then stop as if all were well.  In texts the quotes
 * of its name would be escaped. */
static bool refuses(cdt_str value)
{
	static const char name[] = "\"refusal\":";
	const char *at;

	while ((at = memmem(value.p, value.n, name, sizeof name - 1)) != NULL) {
		value = str_skip(value, (size_t)(at - value.p) + sizeof name - 1);
		while (value.n && *value.p == ' ')
			value = str_skip(value, 1);
		if (value.n > 1 && value.p[0] == '"' && value.p[1] != '"')
			return true;
	}
	return false;
}

static void keep(struct exchange *x)
{
	const struct config_cache *c = &exchange_config(x)->cache;
	int64_t beyond_ms = c->revalidate_ms > c->if_error_ms ? c->revalidate_ms
	                                                      : c->if_error_ms;
	const uint8_t *key = x->recall->keep_key;
	struct buf value;

	buf_init(&value, (size_t)c->max_entry);
	if (capture_pack(x, key, &value) == CDT_OK &&
	    !(op_has_output(x->ask.op) && refuses(buf_str(&value))))
		desk_keep(flow_desk(x->flow), key, buf_str(&value),
		          x->recall->rules.ttl_ms + beyond_ms);
	buf_fini(&value);
}

void capture_end(struct exchange *x)
{
	struct recall *r = x->recall;
	struct kept k;

	if (!capture_is_on(x))
		return;
	if (r->keeps && is_fit(x) && !r->items)
		keep(x);
	capture_head(x, &k);
	if (r->items)
		items_head(x, &k);
	flight_end(r->flight, r->unfit ? FLIGHT_DROPPED : FLIGHT_LANDED, &k, NULL);
}

/* flow/recall_items.c - requests for many things, each of which is known or not by itself: only
 * those that are not are asked for, and the answer is put together of both.  What the things
 * are, the surface knows.
 *
 * An answer never mixes two upstream models: what is known by one of them counts for an attempt
 * with that one; any other candidate is asked for all.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/clock.h"
#include "base/jsonwalk.h"
#include "base/map.h"
#include "base/str.h"
#include "flow/recall.h"

/* In one request; more are kept as one answer. */
enum { ITEMS_MAX = 4096 };

struct item {
	struct items *of;
	cdt_str text;                  /* of the request, while that is there: JSON */
	int64_t weight;
	uint8_t key[KEPT_KEY_SIZE];
	struct look look;
	cdt_str part;                  /* of an answer; {NULL,0}: it is not known */
	struct kept from;              /* of the part, or the share of one that has come */
	const struct target *target;
};

/* What is sent upstream. */
struct wording {
	cdt_str body;                  /* "": there is none */
	const struct json_member *members;
	uint32_t *item;                /* those that it asks for, in order */
	size_t count;
};

struct items {
	struct exchange *exchange;
	struct item *each;             /* no two are alike */
	size_t count, known;
	uint32_t *place;               /* which of them the request has where */
	size_t place_count;
	cdt_str model;                 /* the upstream's, of those that are known */
	struct wording whole, less;    /* less: without what is known, or is there twice */
	size_t out;                    /* looks that have not come back */
	bool asking;
	struct timer deadline;
};

static struct desk *desk_of(const struct exchange *x)
{
	return flow_desk(x->flow);
}

/* --- taking apart --- */

/* The keys of all of them by that model. */
static void name_all(struct exchange *x, const struct route *route)
{
	struct items *it = x->recall->items;
	uint8_t rest[KEPT_KEY_SIZE];

	recall_name_rest(x, route, x->surface->items->member, rest);
	for (size_t i = 0; i < it->count; i++)
		fingerprint_of_item(desk_fingerprints(desk_of(x)), rest, it->each[i].text,
		                    it->each[i].key);
}

static cdt_str key_of(const struct item *i)
{
	return (cdt_str){ (const char *)i->key, KEPT_KEY_SIZE };
}

/* Those that are there twice become one. */
static void find_twins(struct items *it)
{
	struct map seen;
	size_t n = 0;

	map_init_lent(&seen);
	for (size_t i = 0; i < it->place_count; i++) {
		struct item *first = map_find(&seen, key_of(&it->each[i]));

		if (!first) {
			first = &it->each[n++];
			*first = it->each[i];
			(void)map_put(&seen, key_of(first), first);
		}
		it->place[i] = (uint32_t)(first - it->each);
	}
	map_fini(&seen);
	it->count = n;
}

/* What it is of a request: its tokens where those are numbers, else its bytes. */
static int64_t weight_of(cdt_str text)
{
	cdt_str rest = jsonwalk_inside(text), one;
	int64_t n = 0;

	if (*text.p != '[')
		return (int64_t)text.n;
	while (jsonwalk_element(&rest, &one))
		n++;
	return n;
}

static struct items *take_items(struct exchange *x, size_t count)
{
	struct items *it = arena_take(&x->arena, sizeof *it);

	if (!it)
		return NULL;
	it->exchange = x;
	it->count = it->place_count = count;
	it->each = arena_take(&x->arena, count * sizeof *it->each);
	it->place = arena_take(&x->arena, count * sizeof *it->place);
	it->less.item = arena_take(&x->arena, count * sizeof *it->less.item);
	return it->each && it->place && it->less.item ? it : NULL;
}

void items_begin(struct exchange *x)
{
	const struct surface_items *ops = x->surface->items;
	struct arena_mark mark = arena_here(&x->arena);
	struct items *it;
	cdt_str value, *texts;
	size_t count;

	if (!ops)
		return;
	value = ask_value(&x->ask, ops->member);
	count = ops->split(value, NULL, ITEMS_MAX);
	it = count ? take_items(x, count) : NULL;
	texts = it ? arena_take(&x->arena, count * sizeof *texts) : NULL;
	if (!texts) {
		arena_back(&x->arena, mark);
		return;
	}
	(void)ops->split(value, texts, count);
	for (size_t i = 0; i < count; i++) {
		it->each[i].text = texts[i];
		it->each[i].weight = weight_of(texts[i]);
	}
	it->whole = (struct wording){ x->ask.body, x->ask.members, it->place, count };
	x->recall->items = it;
	name_all(x, x->route);
	find_twins(it);
	for (size_t i = 0; i < it->count; i++)
		it->each[i].of = it;
}

/* --- looking --- */

static void read_value(struct item *i, cdt_str value)
{
	struct exchange *x = i->of->exchange;
	struct kept_frame f;
	cdt_str frames;

	value = value.p ? arena_str(&x->arena, value) : value;
	if (!value.p || !kept_read(value, i->key, &i->from))
		return;
	i->target = replay_target(x, &i->from);
	frames = i->from.frames;
	if (i->target && recall_is_fresh(x->recall, &i->from, 0) && kept_next(&frames, &f))
		i->part = f.body;
}

/* [from inside desk_look, or the loop] */
static void on_found(void *arg, cdt_str value)
{
	struct item *i = arg;
	struct items *it = i->of;

	read_value(i, value);
	if (--it->out || it->asking)
		return;
	timer_fini(&it->deadline);
	recall_items_here(it->exchange);
}

static void forget_all(struct items *it)
{
	for (size_t i = 0; it->out && i < it->count; i++)
		desk_forget(&it->each[i].look);
	it->out = 0;
}

static void on_deadline(void *arg)
{
	struct items *it = arg;

	forget_all(it);
	timer_fini(&it->deadline);
	recall_items_here(it->exchange);
}

bool items_look(struct exchange *x)
{
	struct items *it = x->recall->items;

	it->out = it->count;
	it->asking = true;
	for (size_t i = 0; i < it->count; i++) {
		struct item *one = &it->each[i];

		one->look.found = on_found;
		one->look.arg = one;
		(void)desk_look(desk_of(x), one->key, 0, &one->look);
	}
	it->asking = false;
	if (!it->out)
		return true;
	timer_init(&it->deadline, flow_worker(x->flow), on_deadline, it);
	timer_set(&it->deadline, clock_ms(), exchange_config(x)->cache.deadline_ms);
	return false;
}

void items_fini(struct exchange *x)
{
	struct items *it = x->recall->items;

	if (!it)
		return;
	forget_all(it);
	timer_fini(&it->deadline);
}

/* --- what is to be asked --- */

/* The first known one decides whose are known. */
static void sift(struct items *it)
{
	for (size_t i = 0; i < it->count; i++) {
		struct item *one = &it->each[i];

		if (one->part.p && !it->known)
			it->model = one->from.model;
		if (one->part.p && str_eq(one->from.model, it->model))
			it->known++;
		else
			it->less.item[it->less.count++] = (uint32_t)i;
	}
	for (size_t i = 0; i < it->less.count; i++)
		it->each[it->less.item[i]].part = (cdt_str){ NULL, 0 };
}

static char *put(char *at, cdt_str s)
{
	memcpy(at, s.p, s.n);
	return at + s.n;
}

/* The list of what is not known, at that place; where it ends. */
static char *put_list(const struct items *it, char *at)
{
	*at++ = '[';
	for (size_t i = 0; i < it->less.count; i++) {
		if (i)
			*at++ = ',';
		at = put(at, it->each[it->less.item[i]].text);
	}
	*at++ = ']';
	return at;
}

static size_t list_bytes(const struct items *it)
{
	size_t n = it->less.count + 1;

	for (size_t i = 0; i < it->less.count; i++)
		n += it->each[it->less.item[i]].text.n;
	return n;
}

/* Where a piece of the whole body is in one whose value has another length. */
static cdt_str moved(cdt_str piece, cdt_str whole, cdt_str value, cdt_str body)
{
	size_t at = (size_t)(piece.p - whole.p);

	if (piece.p > value.p)
		at = at + body.n - whole.n;
	return (cdt_str){ body.p + at, piece.n };
}

/* False: it can not be said. */
static bool word_less(struct exchange *x, struct items *it)
{
	const struct json_member *m = ask_member(&x->ask, x->surface->items->member);
	cdt_str whole = x->ask.body, value = m->value, body;
	size_t before = (size_t)(value.p - whole.p), list = list_bytes(it);
	struct json_member *members;
	char *p;

	body.n = whole.n - value.n + list;
	body.p = p = arena_take(&x->arena, body.n + 1);
	members = arena_take(&x->arena, x->ask.member_count * sizeof *members);
	if (!p || !members)
		return false;
	p = put_list(it, put(p, (cdt_str){ whole.p, before }));
	(void)put(p, str_skip(whole, before + value.n));
	for (size_t i = 0; i < x->ask.member_count; i++) {
		members[i] = x->ask.members[i];
		members[i].key = moved(members[i].key, whole, value, body);
		members[i].value = moved(members[i].value, whole, value, body);
		if (&x->ask.members[i] != m)
			continue;
		members[i].value.n = list;
		members[i].type = CDT_LIST;
		members[i].flags &= ~(uint32_t)JSON_VALUE_ESCAPED;
	}
	it->less.body = body;
	it->less.members = members;
	return true;
}

static bool is_less(const struct exchange *x, const struct items *it)
{
	return it->less.body.n && x->ask.body.p == it->less.body.p;
}

static void say(struct exchange *x, const struct wording *w)
{
	x->ask.body = w->body;
	x->ask.members = w->members;
	if (x->charge)
		x->charge->extent.n = 0;       /* it was of another body */
}

static int64_t sum_of(const struct items *it, int64_t *tokens)
{
	int64_t cost = 0;

	*tokens = 0;
	for (size_t i = 0; i < it->place_count; i++) {
		const struct kept *k = &it->each[it->place[i]].from;

		cost += k->cost;
		*tokens += k->usage.input > 0 ? k->usage.input : 0;
	}
	return cost;
}

/* All are known: as one answer. */
static void add_up(struct exchange *x, struct items *it)
{
	struct kept *k = &x->recall->from;
	int64_t until_ms = INT64_MAX;

	*k = it->each[0].from;
	for (size_t i = 0; i < it->count; i++) {
		const struct kept *one = &it->each[i].from;

		if (one->stored_ms + one->ttl_ms < until_ms)
			until_ms = one->stored_ms + one->ttl_ms;
		if (one->stored_ms < k->stored_ms)
			k->stored_ms = one->stored_ms;
	}
	k->ttl_ms = until_ms - k->stored_ms;
	k->cost = sum_of(it, &k->usage.input);
	k->frames = (cdt_str){ NULL, 0 };
	x->recall->target = it->each[0].target;
}

bool items_known(struct exchange *x)
{
	struct items *it = x->recall->items;

	sift(it);
	if (!it->less.count) {
		add_up(x, it);
		return true;
	}
	if (it->less.count == it->place_count || !word_less(x, it))
		it->known = 0;
	else
		say(x, &it->less);
	return false;
}

bool items_suit(const struct exchange *x, const struct candidate *c)
{
	const struct items *it = x->recall ? x->recall->items : NULL;

	return !it || !it->known || !is_less(x, it) || str_eq(c->target->model, it->model);
}

void items_aim(struct exchange *x, const struct candidate *c)
{
	struct items *it = x->recall ? x->recall->items : NULL;
	const struct wording *w;

	if (!it || !it->less.body.n)
		return;
	w = !it->known || str_eq(c->target->model, it->model) ? &it->less : &it->whole;
	if (x->ask.body.p != w->body.p)
		say(x, w);
}

/* --- the answer --- */

void items_again(struct exchange *x)
{
	if (x->recall->items && x->serving != x->route)
		name_all(x, x->serving);
}

cdt_status items_join(struct exchange *x, struct buf *out)
{
	const struct items *it = x->recall->items;
	cdt_str *parts = arena_take(&x->arena, it->place_count * sizeof *parts);
	int64_t tokens;

	if (!parts)
		return CDT_E_LIMIT;
	for (size_t i = 0; i < it->place_count; i++)
		parts[i] = it->each[it->place[i]].part;
	(void)sum_of(it, &tokens);
	return x->surface->items->join(x, parts, it->place_count, tokens, out);
}

/* Of a total, up to so much of all; what is known to be nothing or unknown stays so. */
static int64_t part_of(int64_t total, int64_t up_to, int64_t all)
{
	return total > 0 && all > 0 ? (int64_t)((__int128)total * up_to / all) : total;
}

/* Each gets its share of tokens and costs; all of them together are exactly what was billed. */
static void share_out(struct exchange *x, const struct wording *w)
{
	static const struct cdt_usage unknown = CDT_USAGE_INIT;
	struct items *it = x->recall->items;
	int64_t all = 0, done = 0, tokens = x->bill.usage.input;

	for (size_t i = 0; i < w->count; i++)
		all += it->each[w->item[i]].weight;
	for (size_t i = 0; i < w->count; i++) {
		struct item *one = &it->each[w->item[i]];
		int64_t next = done + one->weight;

		one->from.usage = unknown;
		one->from.cost = part_of(x->bill.amount, next, all) -
		                 part_of(x->bill.amount, done, all);
		if (tokens >= 0)
			one->from.usage.input = part_of(tokens, next, all) -
			                        part_of(tokens, done, all);
		done = next;
	}
}

static void keep(struct exchange *x, const struct item *one, const struct kept *like,
                 struct buf *value)
{
	struct kept k = *like;

	k.cost = one->from.cost;
	k.usage = one->from.usage;
	buf_clear(value);
	kept_head(&k, value);
	if (kept_add(value, &(struct kept_frame){ CDT_STR(""), one->part, 0 }) != CDT_OK)
		return;
	kept_seal(one->key, value);
	desk_keep(desk_of(x), one->key, buf_str(value), k.ttl_ms);
}

static void keep_all(struct exchange *x, const struct wording *w)
{
	struct kept like;
	struct buf value;

	if (!x->recall->keeps)
		return;
	capture_head(x, &like);
	buf_init(&value, (size_t)exchange_config(x)->cache.max_entry);
	for (size_t i = 0; i < w->count; i++)
		keep(x, &x->recall->items->each[w->item[i]], &like, &value);
	buf_fini(&value);
}

cdt_status items_capture(struct exchange *x, struct buf *out)
{
	struct recall *r = x->recall;
	struct items *it = r->items;
	const struct wording *w = is_less(x, it) ? &it->less : &it->whole;
	cdt_str *parts = arena_take(&x->arena, w->count * sizeof *parts);
	struct buf came;
	int64_t ignored;
	cdt_status st = parts ? x->surface->items->parts(buf_str(out), parts, w->count)
	                      : CDT_E_LIMIT;

	if (st != CDT_OK)
		return w == &it->whole ? CDT_OK : st;
	for (size_t i = 0; i < w->count; i++)
		it->each[w->item[i]].part = parts[i];
	share_out(x, w);
	keep_all(x, w);
	r->saved = sum_of(it, &ignored) - x->bill.amount;
	if (w == &it->whole) {
		r->saved = 0;
		return CDT_OK;
	}
	came = *out;                           /* the parts point into it */
	buf_init(out, came.cap_bytes);
	st = items_join(x, out);
	buf_fini(&came);
	return st;
}

void items_head(const struct exchange *x, struct kept *k)
{
	if (is_less(x, x->recall->items))
		k->cost = sum_of(x->recall->items, &k->usage.input);
}

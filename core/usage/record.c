/* usage/record.c - the layout of a stored record, and what is cut so that it always fits.
 * SPDX-License-Identifier: MIT */
#include "usage/inside.h"
#include "usage/pack.h"

#include "base/str.h"

/* What was new in each; all are read. */
enum { VERSION_FIRST = 1, VERSION_DECISION, VERSION_CACHE, VERSION_TRACE,
       VERSION = VERSION_TRACE };
enum { STREAM = 1, ESTIMATED = 2, SHORTENED = 4 };

/* In bytes.  The tight ones are for those few that would be too large with the others. */
struct caps { uint16_t agent, client, price, json, target, model, outcome, trace; };
static const struct caps wide = { 128, 64, 128, 512, 96, 128, 32, 32 };
static const struct caps tight = { 32, 48, 64, 0, 48, 48, 24, 32 };
static const struct caps tightest = { 0, 48, 24, 0, 16, 16, 16, 0 };
/* What is filtered and summed by is the same in both. */
enum { ID_MAX = 128, KEY_MAX = 32, GROUP_MAX = 64, WORD_MAX = 32, PROVIDER_MAX = 64,
       CACHE_MAX = 10 };

/* A JSON text can not be cut. */
static void put_json(struct packer *p, cdt_str s, size_t max)
{
	pack_text(p, s.n <= max ? s : CDT_STR(""), max);
}

static void put_attempt(struct packer *p, const struct usage_attempt *a, const struct caps *c)
{
	pack_text(p, a->target, c->target);
	pack_text(p, a->provider, PROVIDER_MAX);
	pack_text(p, a->model, c->model);
	pack_text(p, a->outcome, c->outcome);
	pack_text(p, a->charge, c->outcome);
	pack_u64(p, a->http_status);
	pack_i64(p, a->cost);
	pack_i64(p, a->start_us);
	pack_i64(p, a->head_us);
	pack_i64(p, a->first_us);
	pack_i64(p, a->end_us);
}

static bool attempt_fits(const struct usage_attempt *a, const struct caps *c)
{
	return a->target.n <= c->target && a->provider.n <= PROVIDER_MAX &&
	       a->model.n <= c->model && a->outcome.n <= c->outcome &&
	       a->charge.n <= c->outcome;
}

static bool answerer_fits(const struct usage_answerer *a, const struct caps *c)
{
	return a->target.n <= c->target && a->provider.n <= PROVIDER_MAX &&
	       a->model.n <= c->model;
}

static bool fits(const struct usage_record *r, const struct caps *c)
{
	bool all = r->id.n <= ID_MAX && r->key.n <= KEY_MAX && r->group.n <= GROUP_MAX &&
	           r->model.n <= NAME_TEXT_MAX && r->operation.n <= WORD_MAX &&
	           r->outcome.n <= WORD_MAX && r->client.n <= c->client &&
	           r->agent.n <= c->agent && r->price.n <= c->price &&
	           r->metadata.n <= c->json && r->decision.n <= c->json &&
	           r->attempt_count <= USAGE_ATTEMPTS_MAX && r->cache.n <= CACHE_MAX &&
	           r->trace.n <= c->trace &&
	           answerer_fits(&r->answered_by, c);

	for (uint32_t i = 0; all && i < r->attempt_count; i++)
		all = attempt_fits(&r->attempt[i], c);
	return all;
}

static void put_numbers(struct packer *p, const struct usage_record *r)
{
	const int64_t numbers[] = {
		r->input, r->cached, r->cache_write, r->output, r->reasoning, r->cost,
		r->held, r->first_us, r->total_us, r->overhead_us, r->bytes_in, r->bytes_out,
	};

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		pack_i64(p, numbers[i]);
}

static void put_known(struct packer *p, const struct usage_record *r, const struct caps *c)
{
	pack_i64(p, r->saved);
	pack_text(p, r->cache, CACHE_MAX);
	pack_text(p, r->answered_by.target, c->target);
	pack_text(p, r->answered_by.provider, PROVIDER_MAX);
	pack_text(p, r->answered_by.model, c->model);
}

static uint32_t count_of(const struct usage_record *r)
{
	return r->attempt_count < USAGE_ATTEMPTS_MAX ? r->attempt_count : USAGE_ATTEMPTS_MAX;
}

/* 0: it does not fit. */
static size_t encode(const struct usage_record *r, const struct caps *c, char out[RECORD_MAX])
{
	struct packer p = { out, out + RECORD_MAX, false };

	pack_u64(&p, VERSION);
	pack_u64(&p, (r->stream ? STREAM : 0) | (r->estimated ? ESTIMATED : 0) |
	             (fits(r, c) ? 0 : SHORTENED));
	pack_i64(&p, r->wall_ms);
	pack_u64(&p, r->status);
	pack_text(&p, r->id, ID_MAX);
	pack_text(&p, r->key, KEY_MAX);
	pack_text(&p, r->group, GROUP_MAX);
	pack_text(&p, r->model, NAME_TEXT_MAX);
	pack_text(&p, r->operation, WORD_MAX);
	pack_text(&p, r->outcome, WORD_MAX);
	pack_text(&p, r->client, c->client);
	pack_text(&p, r->agent, c->agent);
	pack_text(&p, r->price, c->price);
	put_json(&p, r->metadata, c->json);
	put_numbers(&p, r);
	pack_u64(&p, count_of(r));
	for (uint32_t i = 0; i < count_of(r); i++)
		put_attempt(&p, &r->attempt[i], c);
	put_json(&p, r->decision, c->json);
	put_known(&p, r, c);
	pack_text(&p, r->trace, c->trace);
	return p.full ? 0 : (size_t)(p.at - out);
}

size_t record_encode(const struct usage_record *r, char out[RECORD_MAX])
{
	size_t n = encode(r, &wide, out);

	n = n ? n : encode(r, &tight, out);
	return n ? n : encode(r, &tightest, out);
}

/* --- back --- */

static void get_attempt(struct unpacker *u, struct usage_attempt *a)
{
	a->target = unpack_text(u);
	a->provider = unpack_text(u);
	a->model = unpack_text(u);
	a->outcome = unpack_text(u);
	a->charge = unpack_text(u);
	a->http_status = (uint32_t)unpack_u64(u);
	a->cost = unpack_i64(u);
	a->start_us = unpack_i64(u);
	a->head_us = unpack_i64(u);
	a->first_us = unpack_i64(u);
	a->end_us = unpack_i64(u);
}

static void get_numbers(struct unpacker *u, struct usage_record *r)
{
	int64_t *const numbers[] = {
		&r->input, &r->cached, &r->cache_write, &r->output, &r->reasoning, &r->cost,
		&r->held, &r->first_us, &r->total_us, &r->overhead_us, &r->bytes_in,
		&r->bytes_out,
	};

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		*numbers[i] = unpack_i64(u);
}

static void get_known(struct unpacker *u, struct usage_record *r)
{
	r->saved = unpack_i64(u);
	r->cache = unpack_text(u);
	r->answered_by.target = unpack_text(u);
	r->answered_by.provider = unpack_text(u);
	r->answered_by.model = unpack_text(u);
}

bool record_decode(cdt_str bytes, struct usage_record *r)
{
	struct unpacker u = { bytes.p, bytes.p + bytes.n, false };
	uint64_t version = unpack_u64(&u), flags;

	if (version < VERSION_FIRST || version > VERSION)
		return false;
	flags = unpack_u64(&u);
	r->stream = flags & STREAM;
	r->estimated = flags & ESTIMATED;
	r->shortened = flags & SHORTENED;
	r->wall_ms = unpack_i64(&u);
	r->status = (uint32_t)unpack_u64(&u);
	r->id = unpack_text(&u);
	r->key = unpack_text(&u);
	r->group = unpack_text(&u);
	r->model = unpack_text(&u);
	r->operation = unpack_text(&u);
	r->outcome = unpack_text(&u);
	r->client = unpack_text(&u);
	r->agent = unpack_text(&u);
	r->price = unpack_text(&u);
	r->metadata = unpack_text(&u);
	get_numbers(&u, r);
	r->attempt_count = (uint32_t)unpack_u64(&u);
	if (u.bad || r->attempt_count > USAGE_ATTEMPTS_MAX)
		return false;
	for (uint32_t i = 0; i < r->attempt_count; i++)
		get_attempt(&u, &r->attempt[i]);
	r->decision = version >= VERSION_DECISION ? unpack_text(&u) : CDT_STR("");
	r->cache = r->answered_by.target = CDT_STR("");
	r->answered_by.provider = r->answered_by.model = CDT_STR("");
	r->saved = 0;
	if (version >= VERSION_CACHE)
		get_known(&u, r);
	r->trace = version >= VERSION_TRACE ? unpack_text(&u) : CDT_STR("");
	return !u.bad;
}

const char *const usage_cache_words[] = {
	[USAGE_CACHE_BYPASS] = "BYPASS", [USAGE_CACHE_MISS] = "MISS",
	[USAGE_CACHE_HIT] = "HIT", [USAGE_CACHE_STALE] = "STALE",
	[USAGE_CACHE_JOINED] = "COALESCED", [USAGE_CACHE_REPLAYED] = "REPLAYED", NULL
};

bool record_is_hit(const struct usage_record *r)
{
	return r->cache.n && !str_is(r->cache, usage_cache_words[USAGE_CACHE_BYPASS]) &&
	       !str_is(r->cache, usage_cache_words[USAGE_CACHE_MISS]);
}

cdt_str usage_provider(const struct usage_record *r)
{
	return r->attempt_count ? r->attempt[r->attempt_count - 1].provider
	                        : r->answered_by.provider;
}

/* What a record keeps, and what it leaves out when it would be too large.
 * SPDX-License-Identifier: MIT */
#include "usage/inside.h"

#include <string.h>

#include "base/str.h"
#include "unit/unit.h"

static struct usage_record plain(void)
{
	struct usage_record r = {
		.wall_ms = 1795322005123, .id = CDT_STR("req-1"), .key = CDT_STR("4fGh2kLmN0pQ"),
		.group = CDT_STR("interns"), .model = CDT_STR("fast"),
		.operation = CDT_STR("chat"), .outcome = CDT_STR("OK"),
		.client = CDT_STR("192.0.2.1"), .agent = CDT_STR("curl/8"),
		.price = CDT_STR("main/gpt"), .metadata = CDT_STR("{\"team\":\"one\"}"),
		.status = 200, .stream = true, .estimated = true, .input = 12, .cached = -1,
		.cache_write = 3, .output = 40, .reasoning = 0, .cost = 1234567, .held = 99,
		.first_us = 1500, .total_us = 90000, .overhead_us = 70, .bytes_in = 300,
		.bytes_out = 4000, .attempt_count = 2, .cache = CDT_STR("COALESCED"),
		.saved = 7654321,
		.answered_by = { CDT_STR("t0"), CDT_STR("first"), CDT_STR("m0") },
		.trace = CDT_STR("0af7651916cd43dd8448eb211c80319c"),
	};

	r.attempt[0] = (struct usage_attempt){
		CDT_STR("t1"), CDT_STR("far"), CDT_STR("m1"), CDT_STR("OVERLOADED"),
		CDT_STR("void"), 503, 0, 10, 20, -1, 30, 1,
	};
	r.attempt[1] = (struct usage_attempt){
		CDT_STR("t2"), CDT_STR("near"), CDT_STR("m2"), CDT_STR("OK"),
		CDT_STR("reported"), 200, 1234567, 40, 50, 60, 70, 2,
	};
	return r;
}

static void check_texts(const struct usage_record *a, const struct usage_record *b)
{
	CU_ASSERT(str_eq(a->id, b->id));
	CU_ASSERT(str_eq(a->key, b->key));
	CU_ASSERT(str_eq(a->group, b->group));
	CU_ASSERT(str_eq(a->model, b->model));
	CU_ASSERT(str_eq(a->operation, b->operation));
	CU_ASSERT(str_eq(a->outcome, b->outcome));
	CU_ASSERT(str_eq(a->client, b->client));
	CU_ASSERT(str_eq(a->agent, b->agent));
	CU_ASSERT(str_eq(a->price, b->price));
	CU_ASSERT(str_eq(a->metadata, b->metadata));
	CU_ASSERT(str_eq(a->cache, b->cache));
	CU_ASSERT(str_eq(a->answered_by.target, b->answered_by.target));
	CU_ASSERT(str_eq(a->trace, b->trace));
	CU_ASSERT(str_eq(a->answered_by.provider, b->answered_by.provider));
	CU_ASSERT(str_eq(a->answered_by.model, b->answered_by.model));
}

static void check_numbers(const struct usage_record *a, const struct usage_record *b)
{
	CU_ASSERT_EQUAL(a->wall_ms, b->wall_ms);
	CU_ASSERT_EQUAL(a->status, b->status);
	CU_ASSERT_EQUAL(a->stream, b->stream);
	CU_ASSERT_EQUAL(a->estimated, b->estimated);
	CU_ASSERT_EQUAL(a->input, b->input);
	CU_ASSERT_EQUAL(a->cached, b->cached);
	CU_ASSERT_EQUAL(a->cache_write, b->cache_write);
	CU_ASSERT_EQUAL(a->output, b->output);
	CU_ASSERT_EQUAL(a->reasoning, b->reasoning);
	CU_ASSERT_EQUAL(a->cost, b->cost);
	CU_ASSERT_EQUAL(a->held, b->held);
	CU_ASSERT_EQUAL(a->saved, b->saved);
	CU_ASSERT_EQUAL(a->first_us, b->first_us);
	CU_ASSERT_EQUAL(a->total_us, b->total_us);
	CU_ASSERT_EQUAL(a->overhead_us, b->overhead_us);
	CU_ASSERT_EQUAL(a->bytes_in, b->bytes_in);
	CU_ASSERT_EQUAL(a->bytes_out, b->bytes_out);
	CU_ASSERT_EQUAL(a->attempt_count, b->attempt_count);
}

static void check_attempt(const struct usage_attempt *a, const struct usage_attempt *b)
{
	CU_ASSERT(str_eq(a->target, b->target));
	CU_ASSERT(str_eq(a->provider, b->provider));
	CU_ASSERT(str_eq(a->model, b->model));
	CU_ASSERT(str_eq(a->outcome, b->outcome));
	CU_ASSERT(str_eq(a->charge, b->charge));
	CU_ASSERT_EQUAL(a->http_status, b->http_status);
	CU_ASSERT_EQUAL(a->cost, b->cost);
	CU_ASSERT_EQUAL(a->start_us, b->start_us);
	CU_ASSERT_EQUAL(a->head_us, b->head_us);
	CU_ASSERT_EQUAL(a->first_us, b->first_us);
	CU_ASSERT_EQUAL(a->end_us, b->end_us);
}

static void all_members_come_back(void)
{
	struct usage_record in = plain(), out;
	char bytes[RECORD_MAX];
	size_t n = record_encode(&in, bytes);

	CU_ASSERT(n > 0 && n < 300);
	CU_ASSERT_FATAL(record_decode(str_from(bytes, n), &out));
	check_texts(&in, &out);
	check_numbers(&in, &out);
	check_attempt(&in.attempt[0], &out.attempt[0]);
	check_attempt(&in.attempt[1], &out.attempt[1]);
	CU_ASSERT(!out.shortened);
	CU_ASSERT(str_is(usage_provider(&out), "near"));
}

static void a_hit_names_who_had_answered(void)
{
	struct usage_record in = plain(), out;
	char bytes[RECORD_MAX];
	size_t n;

	in.attempt_count = 0;
	n = record_encode(&in, bytes);
	CU_ASSERT_FATAL(record_decode(str_from(bytes, n), &out));
	CU_ASSERT(record_is_hit(&out));
	CU_ASSERT(str_is(usage_provider(&out), "first"));
	out.cache = CDT_STR("HIT");
	CU_ASSERT(record_is_hit(&out));
	out.cache = CDT_STR("STALE");
	CU_ASSERT(record_is_hit(&out));
	out.cache = CDT_STR("MISS");
	CU_ASSERT(!record_is_hit(&out));
	out.cache = CDT_STR("BYPASS");
	CU_ASSERT(!record_is_hit(&out));
	out.cache = CDT_STR("");
	CU_ASSERT(!record_is_hit(&out));
}

/* As they were written before there were known answers. */
static void old_ones_are_read(void)
{
	static const char old[] =
		"\x02\x01\x86\x9a\xbe\x98\xc0\x68\xc8\x01\x05req-1\x0c"
		"4fGh2kLmN0pQ\x00\x04" "fast\x04" "chat\x02OK\x09" "192.0.2.1\0\0\0"
		"\x18\x01\x00\x50\x00\x8e\xda\x96\x01\x00\x00\xa0\xfe\x0a\0\0\0"
		"\x01\x02t1\x04near\x02m1\x02OK\x08reported\xc8\x01\x8e\xda\x96\x01"
		"\x14\x28\x3c\x50\x02{}";
	char first[sizeof old];
	struct usage_record out;

	memset(&out, 0xff, sizeof out);
	CU_ASSERT_FATAL(record_decode(str_from(old, sizeof old - 1), &out));
	CU_ASSERT(str_is(out.id, "req-1"));
	CU_ASSERT(str_is(out.model, "fast"));
	CU_ASSERT(str_is(out.decision, "{}"));
	CU_ASSERT(str_is(usage_provider(&out), "near"));
	CU_ASSERT(!out.cache.n && !out.answered_by.target.n && !out.answered_by.model.n);
	CU_ASSERT_EQUAL(out.saved, 0);
	CU_ASSERT_EQUAL(out.cost, 1234567);
	CU_ASSERT_EQUAL(out.attempt[0].end_us, 40);
	memcpy(first, old, sizeof first);              /* the first had no decision either */
	first[0] = 1;
	CU_ASSERT_FATAL(record_decode(str_from(first, sizeof old - 4), &out));
	CU_ASSERT(!out.decision.n && !out.cache.n);
}

static void an_empty_one_comes_back(void)
{
	static const struct usage_record in;
	struct usage_record out;
	char bytes[RECORD_MAX];
	size_t n = record_encode(&in, bytes);

	CU_ASSERT_FATAL(record_decode(str_from(bytes, n), &out));
	check_texts(&in, &out);
	check_numbers(&in, &out);
	CU_ASSERT(str_is(usage_provider(&out), ""));
}

/* Everything as large as can be. */
static struct usage_record huge(cdt_str text)
{
	struct usage_record r = {
		.wall_ms = INT64_MAX, .id = text, .key = text, .group = text, .model = text,
		.operation = text, .outcome = text, .client = text, .agent = text,
		.price = text, .metadata = text, .decision = text, .status = UINT32_MAX,
		.input = INT64_MIN,
		.cached = INT64_MIN, .cache_write = INT64_MIN, .output = INT64_MIN,
		.reasoning = INT64_MIN, .cost = INT64_MIN, .held = INT64_MIN,
		.first_us = INT64_MIN, .total_us = INT64_MIN, .overhead_us = INT64_MIN,
		.bytes_in = INT64_MIN, .bytes_out = INT64_MIN, .attempt_count = 9,
		.cache = text, .saved = INT64_MIN, .answered_by = { text, text, text },
		.trace = text,
	};

	for (size_t i = 0; i < USAGE_ATTEMPTS_MAX; i++)
		r.attempt[i] = (struct usage_attempt){
			text, text, text, text, text, UINT32_MAX, INT64_MIN,
			INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, 0,
		};
	return r;
}

static void the_largest_one_is_shortened(void)
{
	char text[4096], bytes[RECORD_MAX];
	struct usage_record in, out;
	size_t n;

	memset(text, 'x', sizeof text);
	in = huge(str_from(text, sizeof text));
	n = record_encode(&in, bytes);
	CU_ASSERT(n > 0);
	CU_ASSERT_FATAL(record_decode(str_from(bytes, n), &out));
	CU_ASSERT(out.shortened);
	CU_ASSERT_EQUAL(out.attempt_count, USAGE_ATTEMPTS_MAX);
	CU_ASSERT_EQUAL(out.id.n, 128);
	CU_ASSERT_EQUAL(out.group.n, 64);
	CU_ASSERT_EQUAL(out.metadata.n, 0);
	CU_ASSERT_EQUAL(out.attempt[3].provider.n, 64);
	CU_ASSERT_EQUAL(out.answered_by.provider.n, 64);
	CU_ASSERT_EQUAL(out.saved, INT64_MIN);
	CU_ASSERT_EQUAL(out.cost, INT64_MIN);
	in = plain();
	in.agent = str_from(text, 129);
	n = record_encode(&in, bytes);
	CU_ASSERT_FATAL(record_decode(str_from(bytes, n), &out));
	CU_ASSERT(out.shortened);
	CU_ASSERT_EQUAL(out.agent.n, 128);
	CU_ASSERT(str_eq(out.metadata, in.metadata));
	in.agent.n = 128;
	n = record_encode(&in, bytes);
	CU_ASSERT(record_decode(str_from(bytes, n), &out) && !out.shortened);
}

/* Those from before there were traces end a byte earlier. */
static void ones_without_a_trace_are_read(void)
{
	struct usage_record in = plain(), out;
	char bytes[RECORD_MAX];
	size_t n;

	in.trace = CDT_STR("");
	n = record_encode(&in, bytes);
	bytes[0] = 3;
	memset(&out, 0xff, sizeof out);
	CU_ASSERT_FATAL(record_decode(str_from(bytes, n - 1), &out));
	CU_ASSERT_EQUAL(out.trace.n, 0);
	CU_ASSERT(str_eq(out.answered_by.model, in.answered_by.model));
}

static void damaged_ones_are_refused(void)
{
	struct usage_record in = plain(), out;
	char bytes[RECORD_MAX], bad[RECORD_MAX];
	size_t n = record_encode(&in, bytes);

	for (size_t i = 0; i < n; i++)                 /* cut short */
		CU_ASSERT(!record_decode(str_from(bytes, i), &out));
	for (size_t i = 0; i < n; i++)                 /* any byte else: no crash */
		for (unsigned flip = 1; flip < 256; flip <<= 1) {
			memcpy(bad, bytes, n);
			bad[i] = (char)(bad[i] ^ flip);
			if (record_decode(str_from(bad, n), &out))
				CU_ASSERT(out.attempt_count <= USAGE_ATTEMPTS_MAX);
		}
	memcpy(bad, bytes, n);
	bad[0] = 5;                                    /* another version */
	CU_ASSERT(!record_decode(str_from(bad, n), &out));
}

static const struct unit_test tests[] = {
	{ "all members come back", all_members_come_back },
	{ "a hit names who had answered", a_hit_names_who_had_answered },
	{ "old ones are read", old_ones_are_read },
	{ "an empty one comes back", an_empty_one_comes_back },
	{ "the largest one is shortened", the_largest_one_is_shortened },
	{ "ones without a trace are read", ones_without_a_trace_are_read },
	{ "damaged ones are refused", damaged_ones_are_refused },
	{ NULL, NULL },
};
const struct unit_suite usage_record_suite = { "usage/record", tests };

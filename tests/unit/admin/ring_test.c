/* What the ring of events keeps, for how long, and what those are told who come too late.
 * SPDX-License-Identifier: MIT */
#include "admin/events/ring.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "unit/unit.h"

enum { NOW = 5000, EPOCH = 7, ALL = (1 << TOPIC_COUNT) - 1 };

static void put_n(struct ring *r, enum topic t, int n, uint64_t now_ms)
{
	char text[16];

	(void)snprintf(text, sizeof text, "{\"n\":%d}", n);
	ring_put(r, t, str_z(text), now_ms);
}

/* The numbers of all that comes from that place on, as "1 2 3", and "!" for what is missing. */
static char *read_all(const struct ring *r, uint32_t topics, struct ring_place *place,
                      char out[256])
{
	const struct event *e;
	uint32_t missed;
	size_t n = 0;

	out[0] = '\0';
	do {
		const char *at;

		e = ring_next(r, topics, place, &missed);
		if (missed)
			n += (size_t)snprintf(out + n, 256 - n, "!");
		at = e ? strstr(e->text, "\"n\":") : NULL;
		if (at)
			n += (size_t)snprintf(out + n, 256 - n, "%.*s ", (int)strspn(at + 4,
			                      "0123456789"), at + 4);
	} while (e);
	return out;
}

static void all_topics_come_in_one_order(void)
{
	struct ring *r = ring_new(EPOCH);
	struct ring_place place;
	char text[256];

	CU_ASSERT(ring_find(r, (uint64_t)EPOCH << 32, &place));
	put_n(r, TOPIC_REQUESTS, 1, NOW);
	put_n(r, TOPIC_STATS, 2, NOW);
	put_n(r, TOPIC_REQUESTS, 3, NOW);
	put_n(r, TOPIC_CHANGES, 4, NOW);
	CU_ASSERT_STRING_EQUAL(read_all(r, ALL, &place, text), "1 2 3 4 ");
	CU_ASSERT_STRING_EQUAL(read_all(r, ALL, &place, text), "");
	put_n(r, TOPIC_HEALTH, 5, NOW);
	CU_ASSERT_STRING_EQUAL(read_all(r, ALL, &place, text), "5 ");
	CU_ASSERT(ring_find(r, (uint64_t)EPOCH << 32 | 1, &place));
	CU_ASSERT_STRING_EQUAL(read_all(r, 1U << TOPIC_REQUESTS, &place, text), "3 ");
	ring_free(r);
	ring_free(NULL);
}

static void who_is_new_gets_the_history_of_stats_alone(void)
{
	struct ring *r = ring_new(EPOCH);
	struct ring_place place;
	char text[256];

	put_n(r, TOPIC_REQUESTS, 1, NOW);
	put_n(r, TOPIC_STATS, 2, NOW);
	put_n(r, TOPIC_STATS, 3, NOW);
	ring_end(r, &place);
	put_n(r, TOPIC_REQUESTS, 4, NOW);
	CU_ASSERT_STRING_EQUAL(read_all(r, ALL, &place, text), "2 3 4 ");
	ring_free(r);
}

static void frames_are_lines_of_one_event(void)
{
	struct ring *r = ring_new(EPOCH);
	struct ring_place place;
	const struct event *e;
	uint32_t missed;

	ring_put(r, TOPIC_STATS, CDT_STR("{\"a\":\r\n\n1}"), NOW);
	ring_end(r, &place);
	e = ring_next(r, ALL, &place, &missed);
	CU_ASSERT(e && str_is(str_from(e->text, e->n),
	                      "id: 30064771073\nevent: stats\ndata: {\"a\":   1}\n\n"));
	ring_free(r);
}

static void ids_of_another_life_are_not_found(void)
{
	struct ring *r = ring_new(EPOCH), *last = ring_new(UINT32_MAX);
	const uint64_t base = (uint64_t)EPOCH << 32;
	struct ring_place place;
	char text[256];

	put_n(r, TOPIC_STATS, 1, NOW);
	put_n(r, TOPIC_REQUESTS, 2, NOW);
	CU_ASSERT(ring_find(r, base + 2, &place));
	CU_ASSERT(!ring_find(r, base + 3, &place));
	CU_ASSERT_STRING_EQUAL(read_all(r, ALL, &place, text), "1 ");
	CU_ASSERT(!ring_find(r, base - 1, &place) && !ring_find(r, 0, &place));
	CU_ASSERT(!ring_find(r, base + (UINT64_C(1) << 32), &place));
	CU_ASSERT(!ring_find(r, UINT64_MAX, &place));
	put_n(last, TOPIC_REQUESTS, 1, NOW);
	CU_ASSERT(ring_find(last, (((UINT64_C(1) << 21) - 1) << 32) + 1, &place));
	ring_free(r);
	ring_free(last);
}

static void ten_minutes_are_kept_and_the_rest_is_a_gap(void)
{
	struct ring *r = ring_new(EPOCH);
	const uint64_t base = (uint64_t)EPOCH << 32;
	struct ring_place place, fresh;
	char text[256];

	put_n(r, TOPIC_HEALTH, 1, NOW);
	put_n(r, TOPIC_HEALTH, 2, NOW + RING_SPAN_MS);
	CU_ASSERT(ring_find(r, base, &place));
	CU_ASSERT_STRING_EQUAL(read_all(r, ALL, &place, text), "1 2 ");
	put_n(r, TOPIC_STATS, 3, NOW + RING_SPAN_MS + 1);
	CU_ASSERT(ring_find(r, base, &place));
	CU_ASSERT_STRING_EQUAL(read_all(r, ALL, &place, text), "!2 3 ");
	CU_ASSERT(ring_find(r, base + 1, &place));     /* it has heard what is gone */
	CU_ASSERT_STRING_EQUAL(read_all(r, ALL, &place, text), "2 3 ");
	put_n(r, TOPIC_STATS, 4, NOW + 2 * RING_SPAN_MS + 2);
	ring_end(r, &fresh);
	CU_ASSERT_STRING_EQUAL(read_all(r, ALL, &fresh, text), "4 ");
	ring_free(r);
}

static void bytes_and_counts_are_bounded_a_topic(void)
{
	static char large[64 << 10];
	struct ring *r = ring_new(EPOCH);
	struct ring_place place;
	char text[256];

	put_n(r, TOPIC_CHANGES, 1, NOW);
	memset(large, ' ', sizeof large);
	CU_ASSERT(ring_find(r, (uint64_t)EPOCH << 32, &place));
	for (int i = 0; i < 1000; i++)
		ring_put(r, TOPIC_REQUESTS, str_from(large, sizeof large), NOW);
	CU_ASSERT(ring_bytes(r) < (4 << 20) + (1 << 20));
	put_n(r, TOPIC_REQUESTS, 2, NOW);
	CU_ASSERT_STRING_EQUAL(read_all(r, ALL, &place, text), "!1 2 ");
	for (int i = 0; i < 10000; i++)
		put_n(r, TOPIC_STATS, 3, NOW);
	ring_end(r, &place);
	for (uint32_t missed, n = 0; n < 640; n++)
		CU_ASSERT(ring_next(r, 1U << TOPIC_STATS, &place, &missed) && !missed);
	CU_ASSERT_STRING_EQUAL(read_all(r, 1U << TOPIC_STATS, &place, text), "");
	ring_free(r);
}

static void what_is_too_large_or_skipped_is_a_gap(void)
{
	static char huge[2 << 20];
	struct ring *r = ring_new(EPOCH);
	struct ring_place place, fresh;
	char text[256];

	memset(huge, ' ', sizeof huge);
	put_n(r, TOPIC_HEALTH, 1, NOW);
	CU_ASSERT(ring_find(r, (uint64_t)EPOCH << 32 | 1, &place));
	ring_put(r, TOPIC_HEALTH, str_from(huge, sizeof huge), NOW);
	CU_ASSERT_STRING_EQUAL(read_all(r, ALL, &place, text), "!");
	CU_ASSERT_STRING_EQUAL(read_all(r, ALL, &place, text), "");
	ring_skip(r, TOPIC_CHANGES);
	ring_end(r, &fresh);
	CU_ASSERT_STRING_EQUAL(read_all(r, ALL, &place, text), "!");
	CU_ASSERT_STRING_EQUAL(read_all(r, ALL, &fresh, text), "");
	ring_free(r);
}

static const struct unit_test tests[] = {
	{ "all topics come in one order", all_topics_come_in_one_order },
	{ "who is new gets the history of stats alone",
	  who_is_new_gets_the_history_of_stats_alone },
	{ "frames are lines of one event", frames_are_lines_of_one_event },
	{ "ids of another life are not found", ids_of_another_life_are_not_found },
	{ "ten minutes are kept, and the rest is a gap",
	  ten_minutes_are_kept_and_the_rest_is_a_gap },
	{ "bytes and counts are bounded, a topic", bytes_and_counts_are_bounded_a_topic },
	{ "what is too large or skipped is a gap", what_is_too_large_or_skipped_is_a_gap },
	{ NULL, NULL },
};
const struct unit_suite admin_ring_suite = { "admin/ring", tests };

/* fuzz/fuzz_zone.c - whatever a time zone's file says, days follow each other, and every
 * instant is in the period that has it.
 * The first eight bytes of the input choose an instant, the rest is the file.
 * SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/period.h"
#include "ledger/tzrule.h"

enum { DAY_S = 86400 };

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void check_day(const struct zone *z, int64_t utc_s)
{
	int32_t offset = zone_offset(z, utc_s);
	int64_t day = zone_day(z, utc_s), start, end;

	must(offset >= TZ_OFFSET_MIN_S && offset <= TZ_OFFSET_MAX_S);
	start = zone_midnight(z, day);
	end = zone_midnight(z, day + 1);
	must(start <= utc_s && start <= end);
	must(zone_day(z, start) >= day && zone_day(z, start - 1) < day);
	must(zone_day(z, end) > day && zone_day(z, end - 1) <= day);
}

static void check_period(enum period_unit unit, const struct zone *z, int64_t wall_ms)
{
	struct period p = { unit, 5 * 3600000 };
	struct period_span s = period_at(&p, z, wall_ms), other;

	must(s.start_ms <= wall_ms && wall_ms < s.end_ms);
	if (s.start_ms > 0) {
		other = period_at(&p, z, s.start_ms);
		must(other.start_ms == s.start_ms && other.end_ms == s.end_ms);
		must(period_at(&p, z, s.start_ms - 1).end_ms == s.start_ms);
	}
	if (s.end_ms < PERIOD_TIME_MAX_MS)
		must(period_at(&p, z, s.end_ms).start_ms == s.end_ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct zone *z;
	uint64_t chosen;
	char *copy;

	if (size < sizeof chosen)
		return 0;
	memcpy(&chosen, input, sizeof chosen);
	input += sizeof chosen;
	size -= sizeof chosen;
	copy = malloc(size ? size : 1);            /* a sanitizer sees what reads past it */
	memcpy(copy, input, size);
	if (zone_parse((cdt_str){ copy, size }, &z) == CDT_OK) {
		int64_t wall_ms = (int64_t)(chosen % (uint64_t)PERIOD_TIME_MAX_MS);

		check_day(z, wall_ms / 1000);
		check_day(z, wall_ms % (1 << 12) * DAY_S);
		check_day(z, -(wall_ms / 1000));
		for (int unit = PERIOD_TOTAL; unit <= PERIOD_EVERY; unit++) {
			check_period((enum period_unit)unit, z, wall_ms);
			check_period((enum period_unit)unit, z, wall_ms % (INT64_C(1) << 41));
		}
		zone_free(z);
	}
	free(copy);
	return 0;
}

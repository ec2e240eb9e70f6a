/* sim/clocks.c - what clock_gettime and adjtimex say.  The monotonic clock is the queue's; the
 * wall clock jumps, drifts and is set right again.
 * SPDX-License-Identifier: MIT */
#include "sim.h"

#include <sys/timex.h>
#include <time.h>

#include "ledger/period.h"

#define HOUR_MS INT64_C(3600000)
enum { MONO_BEGIN_S = 1000 };

static int64_t begin_ms, off_ms, drift_ppm;
static uint64_t drift_from_us;
static bool is_synchronised;

/* Somewhere in the years around a change of summer time, or anywhere. */
void clocks_reset(void)
{
	static const int64_t about_s[] = { 1711846800, 1730077200, 1743296400, 1761440400,
	                                   1710054000, 1730613600, 1735689600, 1740787200 };

	begin_ms = 1000 * about_s[dice(sizeof about_s / sizeof *about_s)] -
	           dice_between(0, 72) * HOUR_MS;
	off_ms = drift_ppm = 0;
	drift_from_us = 0;
	is_synchronised = false;
}

static int64_t drifted_ms(void)
{
	return (int64_t)((queue_now_us() - drift_from_us) / 1000) * drift_ppm / 1000000;
}

int64_t clocks_wall_ms(void)
{
	return begin_ms + (int64_t)(queue_now_us() / 1000) + off_ms + drifted_ms();
}

void clocks_disturb(void)
{
	off_ms += drifted_ms();
	drift_from_us = queue_now_us();
	switch (dice(6)) {
	case 0:
		off_ms += 24 * HOUR_MS;
		break;
	case 1:
		off_ms -= 24 * HOUR_MS;
		break;
	case 2:
		off_ms += dice_between(-3 * HOUR_MS, 3 * HOUR_MS);
		break;
	case 3:
		drift_ppm = dice_between(-500, 500);
		break;
	case 4:
		is_synchronised = !is_synchronised;
		break;
	default:
		off_ms = drift_ppm = 0;
	}
	trace_note("wall", is_synchronised, clocks_wall_ms());
}

/* --- libc's --- */

int clock_gettime(clockid_t id, struct timespec *out)
{
	int64_t ns = (int64_t)queue_now_us() * 1000;

	if (id == CLOCK_REALTIME)
		ns = clocks_wall_ms() * 1000000;
	else
		ns += MONO_BEGIN_S * INT64_C(1000000000);
	out->tv_sec = (time_t)(ns / 1000000000);
	out->tv_nsec = (long)(ns % 1000000000);
	return 0;
}

int adjtimex(struct timex *t)
{
	(void)t;
	return is_synchronised ? TIME_OK : TIME_ERROR;
}

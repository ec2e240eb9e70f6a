/* sim/main.c - conduit-sim: runs seeds, each one a small world of its own.
 *
 *   conduit-sim [--seed N | --seeds FROM-TO] [--events M] [--verbose]
 *
 * M events under fire, then all is well again until nothing is under way and everything must be
 * in order.  The same seed and M give the same trace, byte by byte: its hash is printed.
 * Exit: 0 all held, 1 something did not, 2 usage.
 * SPDX-License-Identifier: MIT */
#include "sim.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { EVENTS = 2000, VERIFY_EVERY = 500, CALM_MAX = 200000 };

static bool is_calm;

/* --- what the world does --- */

static void burst(void *arg)
{
	uint64_t most_us = dice_permille(30) ? UINT64_C(400000) * 1000000 :
	                   dice_permille(300) ? 600000000 : 3000000;

	(void)arg;
	if (is_calm)
		return;
	visits_burst();
	queue_add(1 + dice(most_us), OF_WORLD, "burst", burst, NULL);
}

static void again(void *arg);

static void stop(void)
{
	gateway_crash();
	queue_add((uint64_t)dice_between(1, 5000) * 1000, OF_WORLD, "start", again, NULL);
}

static void again(void *arg)
{
	(void)arg;
	gateway_start();
	if (!gateway.ledger)
		stop();
}

static void mend(void *arg)
{
	(void)arg;
	disk_set(DISK_FINE);
}

static void spoil_disk(void)
{
	disk_set(dice_permille(250) ? DISK_BROKEN : DISK_FULL);
	queue_add((uint64_t)dice_between(1, 20000) * 1000, OF_WORLD, "mend", mend, NULL);
}

static void mischief(void *arg)
{
	size_t what = dice(100);

	(void)arg;
	if (is_calm)
		return;
	if (what < 40)
		visits_one_leaves();
	else if (what < 75)
		owners_change();
	else if (what < 85)
		clocks_disturb();
	else if (what < 93)
		spoil_disk();
	else if (gateway.ledger)
		stop();
	queue_add(1 + dice(visits_open() ? 4000000 : 60000000), OF_WORLD, "mischief", mischief,
	          NULL);
}

/* --- one seed --- */

static void begin(uint64_t seed, uint64_t events, bool verbose)
{
	trace_reset(seed, events, verbose);
	dice_seed(seed);
	queue_reset();
	disk_reset();
	keeper_reset();
	truth_reset();
	leases_reset();
	clocks_reset();
	targets_reset();
	owners_reset();
	upstreams_reset();
	visits_reset();
	gateway = (struct gateway){ .ledger = NULL };
	is_calm = false;
	gateway_start();
	queue_add(0, OF_WORLD, "burst", burst, NULL);
	queue_add(1000000, OF_WORLD, "mischief", mischief, NULL);
}

static bool step(void)
{
	bool more = queue_step();

	truth_event();
	if (more && gateway.ledger && trace_sum().events % VERIFY_EVERY == 0)
		truth_verify();
	return more;
}

/* No more faults; whoever is under way comes to an end. */
static void calm_down(void)
{
	uint64_t most = trace_sum().events + CALM_MAX;

	is_calm = true;
	upstreams_behave(true);
	if (disk_fault() == DISK_BROKEN)
		stop();
	disk_set(DISK_FINE);
	while (step())
		if (trace_sum().events > most)
			sim_fail("%d events later something is still under way", CALM_MAX);
}

static struct truth_sums run(uint64_t seed, uint64_t events, bool verbose)
{
	begin(seed, events, verbose);
	while (trace_sum().events < events && step())
		;
	calm_down();
	if (visits_open())
		sim_fail("%zu visits have no end", visits_open());
	truth_verify();
	truth_end();
	leases_end();
	gateway_end();
	gateway_start();                       /* what was closed in order opens as it was */
	truth_end();
	gateway_end();
	return truth_sums();
}

/* --- the program --- */

struct wishes { uint64_t from, to, events; bool verbose; };

static void print(uint64_t seed, const struct truth_sums *s)
{
	struct trace_end end = trace_sum();

	(void)printf("seed %" PRIu64 " hash %016" PRIx64 ": %" PRIu64 " events, %" PRIu64
	             " holds, %" PRIu64 " entries (%" PRIu64 " recovered), %" PRIu64
	             " promised, %" PRIu64 " breaches, charged %" PRId64 ", billed %" PRId64
	             ", over %" PRId64 ", under %" PRId64 "\n", seed, end.hash, end.events,
	             s->holds, s->entries, s->recovered, s->promised, s->breaches, s->charged,
	             s->billed, s->over, s->under);
}

static bool number(const char *text, uint64_t *out, char **end)
{
	*out = strtoull(text, end, 10);
	return *text >= '0' && *text <= '9';
}

static bool read_wish(const char *name, const char *value, struct wishes *w)
{
	char *end = NULL;

	if (!value)
		return false;
	if (!strcmp(name, "--seed") && number(value, &w->from, &end)) {
		w->to = w->from;
		return !*end;
	}
	if (!strcmp(name, "--events"))
		return number(value, &w->events, &end) && !*end && w->events;
	return !strcmp(name, "--seeds") && number(value, &w->from, &end) && *end == '-' &&
	       number(end + 1, &w->to, &end) && !*end && w->to >= w->from;
}

static int usage(void)
{
	(void)fputs("usage: conduit-sim [--seed N | --seeds FROM-TO] [--events M] "
	            "[--verbose]\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct wishes w = { .from = 1, .to = 1, .events = EVENTS };
	uint64_t events = 0, entries = 0;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--verbose"))
			w.verbose = true;
		else if (!read_wish(argv[i], argv[i + 1], &w))
			return usage();
		else
			i++;
	}
	owners_open();
	log_set_fd(open("/dev/null", O_WRONLY));
	for (uint64_t seed = w.from;; seed++) {
		struct truth_sums sums = run(seed, w.events, w.verbose);

		events += trace_sum().events;
		entries += sums.entries;
		print(seed, &sums);
		if (seed == w.to)
			break;
	}
	(void)printf("%" PRIu64 " seeds, %" PRIu64 " events, %" PRIu64 " entries: all held\n",
	             w.to - w.from + 1, events, entries);
	return 0;
}

/* sim/trace.c - what has happened: a hash of all of it, and the last events as text.
 * SPDX-License-Identifier: MIT */
#include "sim.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 20, NOTES = 6 };

static struct line {
	uint64_t number, at_us;
	const char *name;
	size_t count;
	struct { const char *what; uint64_t whose; int64_t much; } note[NOTES];
} lines[SHOWN];
static uint64_t seed, asked, number, hash;
static bool is_verbose;

void trace_reset(uint64_t of_seed, uint64_t events, bool verbose)
{
	memset(lines, 0, sizeof lines);
	seed = of_seed;
	asked = events;
	number = 0;
	hash = UINT64_C(0xcbf29ce484222325);
	is_verbose = verbose;
}

static void stir(uint64_t v)
{
	hash = (hash ^ v) * UINT64_C(0x100000001b3);
	hash ^= hash >> 29;
}

static void stir_text(const char *s)
{
	while (*s)
		stir((unsigned char)*s++);
}

static void print(const struct line *l)
{
	(void)fprintf(stderr, "%6" PRIu64 " %12.6f %s", l->number, (double)l->at_us / 1e6,
	              l->name);
	for (size_t i = 0; i < l->count && i < NOTES; i++)
		(void)fprintf(stderr, "; %s %" PRIu64 " %" PRId64, l->note[i].what,
		              l->note[i].whose, l->note[i].much);
	(void)fprintf(stderr, "%s\n", l->count > NOTES ? "; ..." : "");
}

static struct line *here(void)
{
	return &lines[number % SHOWN];
}

void trace_event(const char *name, uint64_t at_us)
{
	if (is_verbose && number)
		print(here());
	number++;
	*here() = (struct line){ .number = number, .at_us = at_us, .name = name };
	stir_text(name);
	stir(at_us);
}

void trace_note(const char *what, uint64_t whose, int64_t much)
{
	struct line *l = here();

	stir_text(what);
	stir(whose);
	stir((uint64_t)much);
	if (l->count < NOTES) {
		l->note[l->count].what = what;
		l->note[l->count].whose = whose;
		l->note[l->count].much = much;
	}
	l->count++;
}

struct trace_end trace_sum(void)
{
	return (struct trace_end){ number, hash };
}

void sim_fail(const char *fmt, ...)
{
	va_list ap;

	(void)fflush(stdout);
	(void)fprintf(stderr, "conduit-sim: seed %" PRIu64 ", event %" PRIu64 ": ", seed,
	              number);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "\nThe last events:\n");
	for (size_t i = 1; i <= SHOWN; i++)
		if (lines[(number + i) % SHOWN].number)
			print(&lines[(number + i) % SHOWN]);
	(void)fprintf(stderr, "Again: conduit-sim --seed %" PRIu64 " --events %" PRIu64
	              " --verbose\n", seed, asked);
	exit(1);
}

/* telemetry/trace.c - traceparent: read, made up, written.
 * SPDX-License-Identifier: MIT */
#include "telemetry/trace.h"

#include <string.h>

#include "base/digest.h"
#include "base/rand.h"
#include "base/str.h"

/* 00-<32 digits>-<16 digits>-<2 digits>; later versions may go on after that. */
enum { VERSION_AT = 0, ID_AT = 3, PARENT_AT = 36, FLAGS_AT = 53, FIRST_VERSION_N = 55 };
enum { SAMPLED = 1, NO_VERSION = 0xff };

/* Lower case only: the standard says so. */
static bool read_at(cdt_str s, size_t at, uint8_t *out, size_t n)
{
	return hex_read(str_from(s.p + at, 2 * n), out, n);
}

static bool is_zero(const uint8_t *p, size_t n)
{
	while (n && !*p) {
		p++;
		n--;
	}
	return n == 0;
}

static void new_span(uint8_t span[SPAN_ID_SIZE])
{
	uint64_t v;

	do
		v = rand_u64();
	while (!v);                                    /* 0 is none */
	memcpy(span, &v, SPAN_ID_SIZE);
}

void trace_new(struct trace *t, uint32_t sample_millionths)
{
	uint64_t dice;

	*t = (struct trace){ .state = { "", 0 } };
	new_span(t->id);
	new_span(t->id + SPAN_ID_SIZE);
	new_span(t->span);
	memcpy(&dice, t->id + SPAN_ID_SIZE, sizeof dice);
	t->sampled = dice % 1000000 < sample_millionths;
	(void)hex_of(t->id, TRACE_ID_SIZE, t->text);
}

bool trace_join(struct trace *t, cdt_str parent, cdt_str state)
{
	struct trace in = { .has_parent = true, .state = { "", 0 } };
	uint8_t version, flags;

	if (parent.n < FIRST_VERSION_N || !read_at(parent, VERSION_AT, &version, 1) ||
	    version == NO_VERSION || parent.p[ID_AT - 1] != '-' ||
	    parent.p[PARENT_AT - 1] != '-' || parent.p[FLAGS_AT - 1] != '-')
		return false;
	if (parent.n > FIRST_VERSION_N && (!version || parent.p[FIRST_VERSION_N] != '-'))
		return false;
	if (!read_at(parent, ID_AT, in.id, TRACE_ID_SIZE) ||
	    !read_at(parent, PARENT_AT, in.parent, SPAN_ID_SIZE) ||
	    !read_at(parent, FLAGS_AT, &flags, 1) || is_zero(in.id, TRACE_ID_SIZE) ||
	    is_zero(in.parent, SPAN_ID_SIZE))
		return false;
	in.sampled = flags & SAMPLED;
	if (state.n <= TRACE_STATE_MAX)
		in.state = state;
	new_span(in.span);
	memcpy(in.text, parent.p + ID_AT, TRACE_TEXT_SIZE - 1);
	*t = in;
	return true;
}

/* Reckoned from the request's own span, so that nobody has to remember it. */
void trace_attempt(const struct trace *t, uint32_t n, uint8_t span[SPAN_ID_SIZE])
{
	uint64_t v;

	memcpy(&v, t->span, sizeof v);
	v += n * UINT64_C(0x9e3779b97f4a7c15);
	v = (v ^ v >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	v = (v ^ v >> 27) * UINT64_C(0x94d049bb133111eb);
	v ^= v >> 31;
	v += !v;
	memcpy(span, &v, SPAN_ID_SIZE);
}

char *trace_print(const struct trace *t, const uint8_t span[SPAN_ID_SIZE],
                  char out[TRACEPARENT_SIZE])
{
	memcpy(out, "00-", 3);
	memcpy(out + ID_AT, t->text, TRACE_TEXT_SIZE);
	out[PARENT_AT - 1] = '-';
	(void)hex_of(span, SPAN_ID_SIZE, out + PARENT_AT);
	memcpy(out + FLAGS_AT - 1, t->sampled ? "-01" : "-00", 4);
	return out;
}

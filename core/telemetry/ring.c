/* telemetry/ring.c - a record lies in one piece: its length, its struct as far as it is used,
 * then its texts in order.  What does not fit before the end of the ring begins at its start.
 * SPDX-License-Identifier: MIT */
#include "telemetry/ring.h"

#include <string.h>

#include "base/mem.h"

enum { ALIGN = 16, SKIP = 0 };                 /* a length of 0: go to the start */
struct lead { uint64_t n; uint64_t unused; };  /* n: with the lead, a multiple of ALIGN */
_Static_assert(sizeof(struct lead) == ALIGN, "what follows is aligned");

void record_ring_init(struct record_ring *r, size_t size)
{
	*r = (struct record_ring){ .size = size / ALIGN * ALIGN };
}

void record_ring_fini(struct record_ring *r)
{
	mem_free(atomic_load(&r->bytes));
}

static size_t used_of(const struct telemetry_record *record)
{
	return offsetof(struct telemetry_record, attempt) +
	       record->attempt_count * sizeof record->attempt[0];
}

static size_t texts_size(const struct telemetry_record *record)
{
	size_t n = 0;

	for (size_t i = 0; i < RECORD_TEXTS; i++)
		n += record->text[i].n;
	for (uint32_t k = 0; k < record->attempt_count; k++)
		for (size_t i = 0; i < ATTEMPT_TEXTS; i++)
			n += record->attempt[k].text[i].n;
	return n;
}

static char *put_texts(char *at, const cdt_str *text, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (text[i].n)
			memcpy(at, text[i].p, text[i].n);
		at += text[i].n;
	}
	return at;
}

static char *bytes_of(struct record_ring *r)
{
	char *bytes = atomic_load_explicit(&r->bytes, memory_order_relaxed);

	if (bytes)
		return bytes;
	bytes = mem_resize(NULL, r->size);             /* pages come as they are touched */
	atomic_store_explicit(&r->bytes, bytes, memory_order_release);
	return bytes;
}

/* Where n bytes in one piece begin, counted on from head; UINT64_MAX: there is no room. */
static uint64_t place(struct record_ring *r, uint64_t head, size_t n)
{
	size_t at = head % r->size;
	uint64_t from = at + n <= r->size ? head : head + (r->size - at);

	if (n > r->size / 2)
		return UINT64_MAX;
	if (from + n - r->tail_seen > r->size)
		r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);
	return from + n - r->tail_seen > r->size ? UINT64_MAX : from;
}

bool record_ring_put(struct record_ring *r, const struct telemetry_record *record)
{
	const size_t used = used_of(record);
	const size_t n = (sizeof(struct lead) + used + texts_size(record) + ALIGN - 1) /
	                 ALIGN * ALIGN;
	uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	uint64_t from = place(r, head, n);
	struct lead lead = { .n = n };
	char *bytes, *at;

	if (from == UINT64_MAX) {
		atomic_fetch_add_explicit(&r->dropped, 1 + record->attempt_count,
		                          memory_order_relaxed);
		return false;
	}
	bytes = bytes_of(r);
	if (from != head)
		memcpy(bytes + head % r->size, &(struct lead){ .n = SKIP }, sizeof lead);
	at = bytes + from % r->size;
	memcpy(at, &lead, sizeof lead);
	memcpy(at + sizeof lead, record, used);
	at = put_texts(at + sizeof lead + used, record->text, RECORD_TEXTS);
	for (uint32_t k = 0; k < record->attempt_count; k++)
		at = put_texts(at, record->attempt[k].text, ATTEMPT_TEXTS);
	atomic_store_explicit(&r->head, from + n, memory_order_release);
	return true;
}

static const char *get_texts(const char *at, cdt_str *text, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		text[i].p = text[i].n ? at : "";
		at += text[i].n;
	}
	return at;
}

/* At a record, if there is one: past what was skipped. */
static const char *first(struct record_ring *r, struct lead *lead)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	uint64_t head = atomic_load_explicit(&r->head, memory_order_acquire);
	const char *bytes = atomic_load_explicit(&r->bytes, memory_order_acquire);

	if (tail == head)
		return NULL;
	memcpy(lead, bytes + tail % r->size, sizeof *lead);
	if (lead->n == SKIP) {
		tail += r->size - tail % r->size;
		atomic_store_explicit(&r->tail, tail, memory_order_release);
		memcpy(lead, bytes, sizeof *lead);
	}
	return bytes + tail % r->size;
}

bool record_ring_look(struct record_ring *r, struct telemetry_record *out)
{
	struct lead lead;
	const char *at = first(r, &lead);

	if (!at)
		return false;
	at += sizeof lead;
	memcpy(out, at, offsetof(struct telemetry_record, attempt));
	memcpy(out, at, used_of(out));
	at = get_texts(at + used_of(out), out->text, RECORD_TEXTS);
	for (uint32_t k = 0; k < out->attempt_count; k++)
		at = get_texts(at, out->attempt[k].text, ATTEMPT_TEXTS);
	return true;
}

void record_ring_pass(struct record_ring *r)
{
	struct lead lead;

	if (first(r, &lead))
		atomic_fetch_add_explicit(&r->tail, lead.n, memory_order_release);
}

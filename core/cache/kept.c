/* cache/kept.c - the bytes of a kept answer:
 *   "CDTK", version, 3 of zero; 8 of check; then, checked: 4 whole numbers of 8, usage in as
 *   many as it says, a flag, the request's digest, 6 texts with their lengths in 2; frames.
 * A frame: 4 of delay, 2 and 4 of length, the name, the data.
 * SPDX-License-Identifier: MIT */
#include "cache/kept.h"

#include <string.h>

#include "base/bigend.h"
#include "base/siphash.h"

enum { VERSION = 1, PREFIX = 8, CHECK = 8, FRAME_HEAD = 10, SIP_ROUNDS = 2, SIP_LAST = 4 };

/* In the order in which they are written; new ones go to the end. */
static const size_t usage_fields[] = {
	offsetof(struct cdt_usage, input), offsetof(struct cdt_usage, output),
	offsetof(struct cdt_usage, cache_read), offsetof(struct cdt_usage, cache_write),
	offsetof(struct cdt_usage, reasoning), offsetof(struct cdt_usage, audio_in),
	offsetof(struct cdt_usage, audio_out), offsetof(struct cdt_usage, images),
	offsetof(struct cdt_usage, seconds_ms), offsetof(struct cdt_usage, characters),
	offsetof(struct cdt_usage, cost_nanousd), offsetof(struct cdt_usage, image_in),
	offsetof(struct cdt_usage, image_out), offsetof(struct cdt_usage, searches),
};
enum { USAGE_FIELDS = sizeof usage_fields / sizeof *usage_fields };

static const char prefix[PREFIX] = { 'C', 'D', 'T', 'K', VERSION, 0, 0, 0 };

/* --- writing --- */

static void put(struct buf *out, uint64_t v, size_t bytes)
{
	char at[8];

	big_put(at, v, bytes);
	buf_add(out, (cdt_str){ at, bytes });
}

static void put_text(struct buf *out, cdt_str s)
{
	if (s.n > KEPT_TEXT_MAX)
		s.n = KEPT_TEXT_MAX;
	put(out, s.n, 2);
	buf_add(out, s);
}

cdt_status kept_add(struct buf *frames, const struct kept_frame *f)
{
	if (f->event.n > UINT16_MAX || f->body.n > UINT32_MAX)
		return CDT_E_LIMIT;
	put(frames, f->after_ms, 4);
	put(frames, f->event.n, 2);
	put(frames, f->body.n, 4);
	buf_add(frames, f->event);
	buf_add(frames, f->body);
	return frames->status;
}

size_t kept_begin(struct buf *frames)
{
	static const char head[FRAME_HEAD];

	buf_add(frames, (cdt_str){ head, sizeof head });
	return frames->n;
}

cdt_status kept_end(struct buf *frames, size_t begun)
{
	size_t n = frames->n - begun;

	if (frames->status == CDT_OK && n > UINT32_MAX)
		return CDT_E_LIMIT;
	if (frames->status == CDT_OK)
		big_put(frames->p + begun - 4, n, 4);
	return frames->status;
}

void kept_head(const struct kept *k, struct buf *out)
{
	buf_add(out, (cdt_str){ prefix, PREFIX });
	put(out, 0, CHECK);
	put(out, (uint64_t)k->stored_ms, 8);
	put(out, (uint64_t)k->ttl_ms, 8);
	put(out, (uint64_t)k->cost, 8);
	put(out, (uint64_t)k->took_us, 8);
	put(out, USAGE_FIELDS, 1);
	for (size_t i = 0; i < USAGE_FIELDS; i++) {
		int64_t v;

		memcpy(&v, (const char *)&k->usage + usage_fields[i], sizeof v);
		put(out, (uint64_t)v, 8);
	}
	put(out, k->stream, 1);
	buf_add(out, (cdt_str){ (const char *)k->body, sizeof k->body });
	put_text(out, k->provider);
	put_text(out, k->target);
	put_text(out, k->model);
	put_text(out, k->route);
	put_text(out, k->key);
	put_text(out, k->type);
}

/* SipHash-2-4 under the entry's own key, of which it takes half: the rest comes before the
 * text. */
static uint64_t check_of(const uint8_t key[KEPT_KEY_SIZE], cdt_str s)
{
	uint64_t words[4], v[4];

	memcpy(words, key, sizeof words);
	sip_start(v, words);
	sip_take(v, words[2], SIP_ROUNDS);
	sip_take(v, words[3], SIP_ROUNDS);
	sip_take_text(v, s, SIP_ROUNDS);
	v[2] ^= 0xff;
	sip_rounds(v, SIP_LAST);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void kept_seal(const uint8_t key[KEPT_KEY_SIZE], struct buf *out)
{
	const size_t from = PREFIX + CHECK;

	if (out->status == CDT_OK)
		big_put(out->p + PREFIX,
		        check_of(key, (cdt_str){ out->p + from, out->n - from }), CHECK);
}

/* --- reading --- */

/* What is left; NULL once something was missing. */
struct reader { const char *p; size_t n; };

static cdt_str take(struct reader *r, size_t n)
{
	cdt_str s = { r->p, n };

	if (!r->p || r->n < n) {
		r->p = NULL;
		return (cdt_str){ NULL, 0 };
	}
	r->p += n;
	r->n -= n;
	return s;
}

static uint64_t take_number(struct reader *r, size_t bytes)
{
	cdt_str s = take(r, bytes);

	return s.p ? big_get(s.p, bytes) : 0;
}

static cdt_str take_text(struct reader *r)
{
	return take(r, take_number(r, 2));
}

static void take_usage(struct reader *r, struct cdt_usage *u)
{
	static const struct cdt_usage unknown = CDT_USAGE_INIT;
	size_t count = take_number(r, 1);

	*u = unknown;
	for (size_t i = 0; i < count; i++) {
		int64_t v = (int64_t)take_number(r, 8);

		if (i < USAGE_FIELDS)
			memcpy((char *)u + usage_fields[i], &v, sizeof v);
	}
}

bool kept_read(cdt_str value, const uint8_t key[KEPT_KEY_SIZE], struct kept *out)
{
	struct reader r = { value.p, value.n };
	cdt_str start = take(&r, PREFIX), digest;
	uint64_t check = take_number(&r, CHECK);

	if (!r.p || memcmp(start.p, prefix, PREFIX) ||
	    check_of(key, (cdt_str){ r.p, r.n }) != check)
		return false;
	out->stored_ms = (int64_t)take_number(&r, 8);
	out->ttl_ms = (int64_t)take_number(&r, 8);
	out->cost = (int64_t)take_number(&r, 8);
	out->took_us = (int64_t)take_number(&r, 8);
	take_usage(&r, &out->usage);
	out->stream = take_number(&r, 1) != 0;
	digest = take(&r, sizeof out->body);
	if (digest.p)
		memcpy(out->body, digest.p, sizeof out->body);
	out->provider = take_text(&r);
	out->target = take_text(&r);
	out->model = take_text(&r);
	out->route = take_text(&r);
	out->key = take_text(&r);
	out->type = take_text(&r);
	out->frames = (cdt_str){ r.p, r.n };
	return r.p != NULL;
}

bool kept_next(cdt_str *frames, struct kept_frame *f)
{
	struct reader r = { frames->p, frames->n };
	size_t event_n, body_n;

	if (frames->n < FRAME_HEAD)
		return false;
	f->after_ms = (uint32_t)take_number(&r, 4);
	event_n = take_number(&r, 2);
	body_n = take_number(&r, 4);
	f->event = take(&r, event_n);
	f->body = take(&r, body_n);
	if (!r.p)
		return false;
	*frames = (cdt_str){ r.p, r.n };
	return true;
}

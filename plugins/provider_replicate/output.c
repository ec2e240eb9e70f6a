/* provider_replicate/output.c - the output of a prediction as parts of the canonical answer: a
 * text in pieces that belong together, or pictures as addresses, data: URLs or bytes.
 * SPDX-License-Identifier: MIT */
#include "replicate.h"

#include <string.h>

enum { SLICE = 6144 };                          /* bytes at once; a multiple of three */

static cdt_status open_part(const struct reader *r, uint32_t kind, cdt_str name)
{
	r->job->flags |= JOB_OPEN;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_OPEN,
		.index = r->job->index, .kind = kind, .name = name });
}

static cdt_status close_part(const struct reader *r, uint32_t kind)
{
	if (!(r->job->flags & JOB_OPEN))
		return CDT_OK;
	r->job->flags &= ~(uint32_t)JOB_OPEN;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_CLOSE,
		.index = r->job->index, .kind = kind });
}

cdt_status replicate_piece(const struct reader *r, cdt_str piece)
{
	cdt_status st = CDT_OK;

	if (piece.n == 0)
		return CDT_OK;
	if (!(r->job->flags & JOB_OPEN))
		st = open_part(r, CDT_PART_TEXT, CDT_STR(""));
	r->job->sent += piece.n;
	return st != CDT_OK ? st : cdt_emit_text(r->sink, r->job->index, piece);
}

/* A piece that begins at byte *at of the output: what was shown of it is left out. */
static cdt_status grow(const struct reader *r, cdt_str piece, size_t *at)
{
	size_t shown = r->job->sent > *at ? r->job->sent - *at : 0;

	*at += piece.n;
	return replicate_piece(r, words_after(piece, shown));
}

cdt_status replicate_text(const struct reader *r, cdt_val output)
{
	cdt_status st = CDT_OK;
	size_t at = 0;

	if (cdt_type(output) == CDT_TEXT)
		return grow(r, cdt_text(output), &at);
	if (cdt_type(output) <= CDT_NULL)
		return CDT_OK;
	if (cdt_type(output) != CDT_LIST)
		return CDT_E_UPSTREAM;
	for (size_t i = 0; i < cdt_count(output) && st == CDT_OK; i++)
		st = cdt_type(cdt_at(output, i)) == CDT_TEXT
			? grow(r, cdt_text(cdt_at(output, i)), &at) : CDT_E_UPSTREAM;
	return st;
}

/* data:TYPE;base64,BYTES; 0: it is not like that. */
static int take_apart(cdt_str url, cdt_str *type, cdt_str *bytes)
{
	cdt_str head = words_after(url, 5);
	size_t comma = words_find(head, CDT_STR(","));

	*bytes = words_after(head, comma + 1);
	head.n = comma < head.n ? comma : head.n;
	*type = (cdt_str){ head.p, words_find(head, CDT_STR(";")) };
	return words_begin(url, "data:") && words_end(head, ";base64") && bytes->n;
}

static cdt_status emit_picture(const struct reader *r, cdt_str type, cdt_str name,
                               cdt_str piece)
{
	cdt_status st = open_part(r, CDT_PART_IMAGE, type);

	if (st == CDT_OK)
		st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_DELTA,
			.index = r->job->index, .kind = CDT_PART_IMAGE, .name = name,
			.data = piece });
	return st != CDT_OK ? st : close_part(r, CDT_PART_IMAGE);
}

/* Only pictures at the upstream's own places are fetched for a client that wants bytes; of
 * others it gets the address. */
static int is_fetched(const struct reader *r, cdt_str url)
{
	return r->job->wish == WISH_BASE64 && r->self->crypto
	       && replicate_delivers(r->job->base, url);
}

/* What comes behind a picture that is fetched waits for it. */
static cdt_status picture(const struct reader *r, uint32_t number, cdt_str url)
{
	struct job *j = r->job;
	cdt_str type, bytes, kept;

	j->index = number;
	if (url.n == 0)
		return CDT_E_UPSTREAM;
	if (j->wish != WISH_URL && take_apart(url, &type, &bytes))
		return emit_picture(r, type, CDT_STR(""), bytes);
	if (j->fetch_count == 0 && !is_fetched(r, url))
		return emit_picture(r, CDT_STR(""), CDT_STR("url"), url);
	kept = words_keep(r->call, url);
	if (!kept.p)
		return CDT_E_LIMIT;
	j->fetch_index[j->fetch_count] = number;
	j->fetch[j->fetch_count++] = kept;
	return CDT_OK;
}

/* One address or a list of them.  None is a failure: somebody paid for a picture. */
cdt_status replicate_pictures(const struct reader *r, cdt_val output)
{
	int list = cdt_type(output) == CDT_LIST;
	size_t n = list ? cdt_count(output) : cdt_type(output) == CDT_TEXT;
	cdt_status st = CDT_OK;

	if (n == 0 || n > PICTURES_MAX)
		return CDT_E_UPSTREAM;
	for (size_t i = 0; i < n && st == CDT_OK; i++)
		st = picture(r, (uint32_t)i, cdt_text(list ? cdt_at(output, i) : output));
	r->job->flags |= JOB_SHOWN;
	r->job->usage.images = (int64_t)n;
	return st;
}

/* --- pictures that are fetched --- */

static cdt_status emit_base64(const struct reader *r, cdt_str bytes)
{
	char out[SLICE / 3 * 4 + 4];

	if (bytes.n == 0)
		return CDT_OK;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_DELTA,
		.index = r->job->index, .kind = CDT_PART_IMAGE,
		.data = { out, r->self->crypto->base64(bytes, 0, out, sizeof out) } });
}

/* Three bytes at least, so that all but the last piece end without padding. */
static cdt_status complete_carry(const struct reader *r, cdt_str *bytes)
{
	struct job *j = r->job;

	while (j->carry_n && j->carry_n < 3 && bytes->n) {
		j->carry[j->carry_n++] = (unsigned char)bytes->p[0];
		*bytes = words_after(*bytes, 1);
	}
	if (j->carry_n < 3)
		return CDT_OK;
	j->carry_n = 0;
	return emit_base64(r, (cdt_str){ (const char *)j->carry, 3 });
}

cdt_status replicate_picture_bytes(const struct reader *r, cdt_str bytes)
{
	struct job *j = r->job;
	cdt_status st = CDT_OK;

	if (!(j->flags & JOB_OPEN) && bytes.n)
		st = open_part(r, CDT_PART_IMAGE, words_z(j->type));
	if (st == CDT_OK)
		st = complete_carry(r, &bytes);
	while (st == CDT_OK && bytes.n >= 3) {
		size_t n = bytes.n < SLICE ? bytes.n - bytes.n % 3 : SLICE;

		st = emit_base64(r, (cdt_str){ bytes.p, n });
		bytes = words_after(bytes, n);
	}
	for (size_t i = 0; st == CDT_OK && i < bytes.n; i++)
		j->carry[j->carry_n++] = (unsigned char)bytes.p[i];
	return st;
}

static cdt_status stop(const struct reader *r)
{
	struct job *j = r->job;
	int cut = j->limit > 0 && j->usage.output >= j->limit;
	cdt_status st = CDT_OK;

	j->flags |= JOB_ENDED | JOB_FINAL;
	if (j->usage.input >= 0 || j->usage.output >= 0 || j->usage.seconds_ms >= 0
	    || j->usage.images >= 0)
		st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_USAGE,
			.usage = &j->usage });
	return st != CDT_OK ? st : cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_STOP,
		.kind = cut ? CDT_STOP_LENGTH : CDT_STOP_END, .data = CDT_STR("succeeded") });
}

/* The next picture, or the end. */
static cdt_status go_on(const struct reader *r)
{
	struct job *j = r->job;
	cdt_status st = CDT_OK;

	for (; j->fetch_at < j->fetch_count && st == CDT_OK; j->fetch_at++) {
		j->index = j->fetch_index[j->fetch_at];
		if (is_fetched(r, j->fetch[j->fetch_at]))
			break;
		st = emit_picture(r, CDT_STR(""), CDT_STR("url"), j->fetch[j->fetch_at]);
	}
	if (st != CDT_OK)
		return st;
	if (j->fetch_at == j->fetch_count)
		return stop(r);
	j->stage = STAGE_FETCH;
	j->flags |= JOB_MORE;
	r->call->api->follow(r->call, 0);
	return CDT_OK;
}

cdt_status replicate_picture_end(const struct reader *r)
{
	struct job *j = r->job;
	cdt_status st;

	if (!(j->flags & JOB_OPEN))
		return CDT_E_UPSTREAM;          /* no bytes came */
	st = emit_base64(r, (cdt_str){ (const char *)j->carry, j->carry_n });
	j->carry_n = 0;
	j->fetch_at++;
	if (st == CDT_OK)
		st = close_part(r, CDT_PART_IMAGE);
	return st != CDT_OK ? st : go_on(r);
}

/* The prediction is over and has been shown, but for pictures that are to be fetched. */
cdt_status replicate_end(const struct reader *r)
{
	cdt_status st = close_part(r, CDT_PART_TEXT);

	return st != CDT_OK ? st : go_on(r);
}

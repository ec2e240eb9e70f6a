/* upstream/awsframes.c - reads one message.  All numbers have their high byte first:
 *
 *     total u32 | bytes of headers u32 | crc of these 8 | headers | payload | crc of all before
 *     header: length of name u8 | name | type u8 | value
 *
 * SPDX-License-Identifier: MIT */
#include "upstream/awsframes.h"

#include <stdbool.h>

#include "base/bigend.h"
#include "base/digest.h"
#include "base/str.h"

enum { PRELUDE_BYTES = 12, CRC_BYTES = 4, LEAST_BYTES = PRELUDE_BYTES + CRC_BYTES };
enum { TYPE_BYTES = 6, TYPE_STRING = 7, TYPE_COUNT = 10 };

/* Bytes of a value by its type; LONG: a u16 says how many follow. */
enum { LONG = 255 };
static const uint8_t value_bytes[TYPE_COUNT] = { 0, 0, 1, 2, 4, 8, LONG, LONG, 8, 16 };

/* What the headers say; the rest of them means nothing here. */
struct said { cdt_str kind, event, exception, code, message; };

static void note(struct said *said, cdt_str name, cdt_str value)
{
	const struct { const char *name; cdt_str *to; } known[] = {
		{ ":error-code", &said->code },
		{ ":error-message", &said->message },
		{ ":event-type", &said->event },
		{ ":exception-type", &said->exception },
		{ ":message-type", &said->kind },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (str_is(name, known[i].name))
			*known[i].to = value;
}

/* Takes n bytes off s. */
static bool take(cdt_str *s, size_t n, cdt_str *out)
{
	if (n > s->n)
		return false;
	*out = (cdt_str){ s->p, n };
	*s = str_skip(*s, n);
	return true;
}

static bool take_number(cdt_str *s, size_t bytes, size_t *out)
{
	cdt_str digits;

	if (!take(s, bytes, &digits))
		return false;
	*out = (size_t)big_get(digits.p, bytes);
	return true;
}

static bool take_header(cdt_str *s, struct said *said)
{
	cdt_str name, value;
	size_t n, type;

	if (!take_number(s, 1, &n) || !take(s, n, &name) || !take_number(s, 1, &type) ||
	    type >= TYPE_COUNT)
		return false;
	n = value_bytes[type];
	if (n == LONG && !take_number(s, 2, &n))
		return false;
	if (!take(s, n, &value))
		return false;
	if (type == TYPE_STRING)
		note(said, name, value);
	return true;
}

static bool crc_fits(cdt_str s, size_t at)
{
	return big_get(s.p + at, CRC_BYTES) == crc32_of((cdt_str){ s.p, at });
}

/* An exception has a type of its own and says more in its payload; an error has a code and a
 * sentence, and no payload. */
static void tell(const struct said *said, struct cdt_frame *frame)
{
	if (str_is(said->kind, "exception")) {
		frame->flags = CDT_FRAME_ERROR;
		frame->event = said->exception;
	} else if (str_is(said->kind, "error")) {
		frame->flags = CDT_FRAME_ERROR;
		frame->event = said->code;
		if (!frame->data.n)
			frame->data = said->message;
	} else {
		frame->event = said->event;
	}
}

cdt_status awsframes_take(cdt_str s, size_t max_bytes, struct cdt_frame *frame, size_t *bytes)
{
	const cdt_str none = { "", 0 };
	struct said said = { none, none, none, none, none };
	size_t total, headers_n;
	cdt_str headers;

	*bytes = 0;
	if (s.n < PRELUDE_BYTES)
		return CDT_OK;
	total = (size_t)big_get(s.p, 4);
	headers_n = (size_t)big_get(s.p + 4, 4);
	if (!crc_fits(s, PRELUDE_BYTES - CRC_BYTES) || total < LEAST_BYTES ||
	    headers_n > AWSFRAME_HEADERS_MAX || headers_n > total - LEAST_BYTES)
		return CDT_E_UPSTREAM;
	if (total > max_bytes)
		return CDT_E_LIMIT;
	if (s.n < total)
		return CDT_OK;
	if (!crc_fits(s, total - CRC_BYTES))
		return CDT_E_UPSTREAM;
	*frame = (struct cdt_frame){ .size = sizeof *frame };
	headers = (cdt_str){ s.p + PRELUDE_BYTES, headers_n };
	frame->data = (cdt_str){ headers.p + headers_n, total - LEAST_BYTES - headers_n };
	while (headers.n)
		if (!take_header(&headers, &said))
			return CDT_E_UPSTREAM;
	tell(&said, frame);
	*bytes = total;
	return CDT_OK;
}

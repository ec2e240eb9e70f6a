/* fetch/h1.c - where an answer's head ends, what its body's length is, and what of it is
 * framing.  A length that two readers could understand differently is refused.
 * SPDX-License-Identifier: MIT */
#include "fetch/h1.h"

#include <string.h>

#include "base/str.h"
#include "fetch/outreq.h"

enum { STATUS_SWITCHING = 101, STATUS_NO_CONTENT = 204, STATUS_NOT_MODIFIED = 304 };
enum { CHUNK_BITS = 60 };              /* of a chunk's size: no sum of two overflows */

void h1_init(struct h1 *a)
{
	buf_init(&a->held, H1_HEAD_MAX);
}

void h1_fini(struct h1 *a)
{
	buf_fini(&a->held);
}

void h1_begin(struct h1 *a, bool to_a_head_request)
{
	buf_clear(&a->held);
	a->state = H1_IN_HEAD;
	a->status = 0;
	a->bodyless = to_a_head_request;
	a->keeps = true;
}

/* --- the head --- */

/* How the body is framed, as far as the headers say. */
struct framing { bool has_length, chunked; uint64_t length; };

static bool read_length(struct framing *f, cdt_str value)
{
	uint64_t length;

	if (!str_u64(value, &length) || (f->has_length && length != f->length))
		return false;
	f->has_length = true;
	f->length = length;
	return true;
}

static void read_connection(struct h1 *a, cdt_str value)
{
	while (value.n) {
		cdt_str word = str_trim(str_cut(&value, ','));

		if (str_is_nocase(word, "close"))
			a->keeps = false;
		else if (str_is_nocase(word, "keep-alive"))
			a->keeps = true;
	}
}

static bool read_framing(struct h1 *a, struct framing *f, const struct cdt_header *h)
{
	if (str_is_nocase(h->name, "connection"))
		read_connection(a, h->value);
	if (str_is_nocase(h->name, "content-length"))
		return read_length(f, h->value);
	if (!str_is_nocase(h->name, "transfer-encoding"))
		return true;
	if (f->chunked || !str_is_nocase(h->value, "chunked"))
		return false;                          /* nobody asked for another one */
	f->chunked = true;
	return true;
}

/* HTTP/1.1 200 OK */
static bool read_status(struct h1 *a, cdt_str line)
{
	cdt_str version = str_cut(&line, ' ');
	uint64_t status;

	if (version.n != 8 || !str_starts(version, "HTTP/1.") || version.p[7] < '0' ||
	    version.p[7] > '9')
		return false;
	a->keeps = version.p[7] != '0';
	if (!str_u64(str_cut(&line, ' '), &status) || status < 100 || status > 999)
		return false;
	a->status = (uint32_t)status;
	return true;
}

/* A line goes on when the next one begins with a blank: the break becomes blanks. */
static char *line_end(char *p, char *end, bool may_fold)
{
	char *stop = memchr(p, '\n', (size_t)(end - p));

	while (stop && may_fold && stop + 1 < end && (stop[1] == ' ' || stop[1] == '\t')) {
		*stop = ' ';
		if (stop[-1] == '\r')
			stop[-1] = ' ';
		stop = memchr(stop, '\n', (size_t)(end - stop));
	}
	return stop;
}

/* Tabs are fine. */
static bool has_control_byte(cdt_str s)
{
	while (outreq_has_control_byte(s)) {
		size_t tab = str_find(s, '\t');

		if (tab == s.n || outreq_has_control_byte(str_from(s.p, tab)))
			return true;
		s = str_skip(s, tab + 1);
	}
	return false;
}

static bool read_header(struct h1 *a, struct framing *f, cdt_str line,
                        struct h1_found *out)
{
	struct cdt_header *h = &out->header[out->header_count];

	if (out->header_count == H1_HEADERS_MAX)
		return false;
	h->name = str_cut(&line, ':');
	h->value = str_trim(line);
	/* A name with its whole line in it had no colon. */
	if (line.p == h->name.p + h->name.n || !outreq_is_name(h->name) ||
	    has_control_byte(h->value))
		return false;
	out->header_count++;
	return read_framing(a, f, h);
}

static bool choose_body(struct h1 *a, const struct framing *f)
{
	bool none = a->bodyless || a->status == STATUS_NO_CONTENT ||
	            a->status == STATUS_NOT_MODIFIED;

	if (f->chunked && f->has_length)
		a->keeps = false;              /* RFC 9112, 6.3: chunked counts, but beware */
	a->left = f->length;
	a->line_bytes = 0;
	a->chunk_digits = a->in_extension = false;
	if (none || (!f->chunked && f->has_length && !f->length))
		a->state = H1_WHOLE;
	else if (f->chunked)
		a->state = H1_CHUNK_LINE;
	else
		a->state = f->has_length ? H1_IN_BODY : H1_UNTIL_CLOSE;
	a->keeps = a->keeps && a->state != H1_UNTIL_CLOSE;
	return true;
}

/* From the status line to the empty line. */
static bool read_head(struct h1 *a, char *p, char *end, struct h1_found *out)
{
	struct framing f = { .has_length = false };
	bool first = true;

	out->header_count = 0;
	while (p < end) {
		char *stop = line_end(p, end, !first);
		cdt_str line = str_from(p, (size_t)(stop - p));

		p = stop + 1;
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (!line.n)
			break;
		if (first ? !read_status(a, line) : !read_header(a, &f, line, out))
			return false;
		first = false;
	}
	if (first || a->status == STATUS_SWITCHING)    /* nobody asked to switch protocols */
		return false;
	return a->status < 200 || choose_body(a, &f);
}

/* Past the empty line that ends a head, or 0.  Lines before from have been looked at. */
static size_t head_end(const char *p, size_t n, size_t from)
{
	const char *end = p + n, *at = p + from;

	while ((at = memchr(at, '\n', (size_t)(end - at)))) {
		if (end - at > 1 && at[1] == '\n')
			return (size_t)(at - p) + 2;
		if (end - at > 2 && at[1] == '\r' && at[2] == '\n')
			return (size_t)(at - p) + 3;
		at++;
	}
	return 0;
}

/* What is held and what came, up to the end of the head; 0: it has not come yet.  Sets *p to
 * its beginning.  A head that comes in one piece is read where it is. */
static size_t gather_head(struct h1 *a, char *in, size_t n, char **p)
{
	size_t before = a->held.n, from = before > 2 ? before - 2 : 0, end = 0;

	*p = in;
	if (!before)
		end = head_end(in, n, 0);
	if (end)
		return end;
	if (n > H1_HEAD_MAX - before)
		n = H1_HEAD_MAX - before;
	buf_add(&a->held, str_from(in, n));
	*p = a->held.p;
	return head_end(*p, a->held.n, from);
}

static enum h1_part next_head(struct h1 *a, char **in, size_t *n,
                                  struct h1_found *out)
{
	size_t before = a->held.n, end;
	char *p;

	end = gather_head(a, *in, *n, &p);
	if (!end && *n > a->held.n - before)
		return H1_BAD;                     /* too long */
	if (!end) {
		*in += *n;
		*n = 0;
		return H1_MORE;
	}
	*in += end - before;
	*n -= end - before;
	if (end > H1_HEAD_MAX || !read_head(a, p, p + end, out))
		return H1_BAD;
	a->held.n = 0;                         /* out may point there until more comes */
	if (a->status >= 200)
		return H1_HEAD;
	a->status = 0;                         /* an interim one */
	return H1_MORE;
}

/* --- the body --- */

/* 1f4;extension */
static bool chunk_line_byte(struct h1 *a, char c)
{
	int digit = a->in_extension ? -1 : str_hex_digit(c);

	if (c == '\n') {
		if (!a->chunk_digits)
			return false;
		a->state = a->left ? H1_CHUNK : H1_TRAILERS;
		a->chunk_digits = a->in_extension = a->folded = false;
		a->line_bytes = 0;
		return true;
	}
	if (digit >= 0) {
		a->left = (a->chunk_digits ? a->left << 4 : 0) | (uint64_t)digit;
		a->chunk_digits = true;
	} else if (!a->in_extension) {
		a->in_extension = true;
		if (!a->chunk_digits || (c != ';' && c != ' ' && c != '\t' && c != '\r'))
			return false;
	}
	return !(a->left >> CHUNK_BITS) && ++a->line_bytes < H1_HEAD_MAX;
}

static bool framing_byte(struct h1 *a, char c)
{
	if (a->state == H1_CHUNK_LINE)
		return chunk_line_byte(a, c);
	if (a->state == H1_CHUNK_END) {
		if (c == '\n')
			a->state = H1_CHUNK_LINE;
		return c == '\n' || (c == '\r' && !a->line_bytes++);
	}
	if (c == '\n' && !a->folded)
		a->state = H1_WHOLE;
	if (c != '\r')
		a->folded = c != '\n';
	return ++a->line_bytes < H1_HEAD_MAX;
}

/* Chunks at hand become one piece: later ones move up over the framing between them. */
static enum h1_part next_chunks(struct h1 *a, char **in, size_t *n,
                                    struct h1_found *out)
{
	char *p = *in, *end = p + *n, *body = NULL;
	size_t bytes = 0;
	bool ok = true;

	while (ok && p < end && a->state != H1_WHOLE) {
		size_t part = (size_t)(end - p);

		if (a->state != H1_CHUNK) {
			ok = framing_byte(a, *p++);
			continue;
		}
		if (part > a->left)
			part = (size_t)a->left;
		if (!body)
			body = p;
		else
			memmove(body + bytes, p, part);
		bytes += part;
		p += part;
		a->left -= part;
		if (!a->left) {
			a->state = H1_CHUNK_END;
			a->line_bytes = 0;
		}
	}
	*n = (size_t)(end - p);
	*in = p;
	if (!ok)
		return H1_BAD;
	out->body = str_from(body, bytes);
	if (bytes)
		return H1_BODY;
	return a->state == H1_WHOLE ? H1_END : H1_MORE;
}

static enum h1_part next_bytes(struct h1 *a, char **in, size_t *n,
                                   struct h1_found *out)
{
	size_t part = *n;

	if (a->state == H1_IN_BODY && part > a->left)
		part = (size_t)a->left;
	out->body = str_from(*in, part);
	*in += part;
	*n -= part;
	if (a->state == H1_IN_BODY) {
		a->left -= part;
		if (!a->left)
			a->state = H1_WHOLE;
	}
	return H1_BODY;
}

enum h1_part h1_next(struct h1 *a, char **in, size_t *n, struct h1_found *out)
{
	enum h1_part part = H1_MORE;

	if (a->state == H1_WHOLE)
		return H1_END;
	while (a->state == H1_IN_HEAD && part == H1_MORE && *n)
		part = next_head(a, in, n, out);
	if (part != H1_MORE || !*n)
		return part;
	if (a->state == H1_IN_BODY || a->state == H1_UNTIL_CLOSE)
		return next_bytes(a, in, n, out);
	return next_chunks(a, in, n, out);
}

bool h1_ends_here(const struct h1 *a)
{
	return a->state == H1_WHOLE || a->state == H1_UNTIL_CLOSE;
}

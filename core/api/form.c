/* api/form.c - the grammar: boundary, parts, their headers, the parameters of those.
 * SPDX-License-Identifier: MIT */
#include "api/form.h"

#include <string.h>

#include "base/str.h"

static cdt_status refuse(struct form *f, const char *why)
{
	f->error = why;
	return CDT_E_INVALID;
}

static bool has_control_byte(cdt_str s, const char *but)
{
	for (size_t i = 0; i < s.n; i++)
		if (((uint8_t)s.p[i] < 0x20 || s.p[i] == 0x7f) &&
		    !(s.p[i] && strchr(but, s.p[i])))
			return true;
	return false;
}

/* --- parameters of a header: ; name=value; name="value" --- */

/* What may stand in a boundary without quotes, and what else inside them (RFC 2046). */
static bool is_boundary_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c && strchr("'()+_,-./:=? ", c));
}

static size_t blanks(cdt_str s)
{
	size_t i = 0;

	while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t'))
		i++;
	return i;
}

/* Up to the closing quote; SIZE_MAX: there is none.  Of backslashes only those before a quote
 * or another one are escapes: some clients send paths of Windows. */
static size_t quoted_end(cdt_str s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '"')
			return i;
		if (s.p[i] == '\\' && i + 1 < s.n && (s.p[i + 1] == '"' || s.p[i + 1] == '\\'))
			i++;
	}
	return SIZE_MAX;
}

struct parameter { cdt_str name, value; bool quoted; };

/* The next one of *rest: 1, or 0 at the end, or -1: it is none. */
static int next_parameter(cdt_str *rest, struct parameter *p)
{
	size_t n;

	*rest = str_skip(*rest, blanks(*rest));
	if (!rest->n)
		return 0;
	if (*rest->p != ';')
		return -1;
	*rest = str_skip(*rest, 1);
	*rest = str_skip(*rest, blanks(*rest));
	for (n = 0; n < rest->n && str_is_token_byte(rest->p[n]); n++)
		;
	if (!rest->n)
		return 0;                      /* a semicolon at the end is harmless */
	p->name = (cdt_str){ rest->p, n };
	*rest = str_skip(*rest, n);
	if (!n || rest->n < 2 || *rest->p != '=')
		return -1;
	*rest = str_skip(*rest, 1);
	p->quoted = *rest->p == '"';
	for (n = 0; !p->quoted && n < rest->n && rest->p[n] != ';' && rest->p[n] != '"' &&
	            rest->p[n] != ' ' && rest->p[n] != '\t'; n++)
		;
	if (p->quoted)
		n = quoted_end(*rest);
	if (!n || n == SIZE_MAX)
		return -1;
	p->value = p->quoted ? (cdt_str){ rest->p + 1, n - 1 } : (cdt_str){ rest->p, n };
	*rest = str_skip(*rest, p->quoted ? n + 1 : n);
	return 1;
}

bool form_is(cdt_str content_type)
{
	cdt_str rest = content_type;

	return str_is_nocase(str_trim(str_cut(&rest, ';')), "multipart/form-data");
}

static cdt_status find_boundary(struct form *f, cdt_str content_type, cdt_str *out)
{
	size_t type = str_find(content_type, ';');
	cdt_str rest = str_skip(content_type, type), boundary = { NULL, 0 };
	struct parameter p;
	int found;

	while ((found = next_parameter(&rest, &p)) > 0) {
		if (!str_is_nocase(p.name, "boundary"))
			continue;
		if (boundary.p)
			return refuse(f, "the content type names two boundaries");
		boundary = p.value;
	}
	if (found < 0)
		return refuse(f, "the content type's parameters can not be read");
	if (!boundary.n)
		return refuse(f, "the content type names no boundary");
	if (boundary.n > FORM_BOUNDARY_MAX)
		return refuse(f, "the boundary is longer than 70 bytes");
	for (size_t i = 0; i < boundary.n; i++)
		if (!is_boundary_byte(boundary.p[i]))
			return refuse(f, "the boundary contains a forbidden byte");
	if (boundary.p[boundary.n - 1] == ' ')
		return refuse(f, "the boundary ends with a blank");
	*out = boundary;
	return CDT_OK;
}

/* --- names --- */

/* Without the backslashes that are escapes; in place where there are none. */
static cdt_status unquote(struct arena *a, cdt_str s, cdt_str *out)
{
	char *copy;
	size_t n = 0;

	*out = s;
	if (str_find(s, '\\') == s.n)
		return CDT_OK;
	copy = arena_take(a, s.n);
	if (!copy)
		return CDT_E_LIMIT;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n && (s.p[i + 1] == '"' || s.p[i + 1] == '\\'))
			i++;
		copy[n++] = s.p[i];
	}
	*out = (cdt_str){ copy, n };
	return CDT_OK;
}

/* UTF-8''%e2%82%ac.png (RFC 8187). */
static cdt_status read_extended(struct form *f, struct arena *a, const struct parameter *p,
                                cdt_str *out)
{
	static const char bad[] = "a filename* is not UTF-8'' and percent-encoded bytes";
	cdt_str rest = p->value, charset = str_cut(&rest, '\'');
	char *copy;
	size_t n = 0;

	if (p->quoted || !str_is_nocase(charset, "utf-8") || str_find(rest, '\'') == rest.n)
		return refuse(f, bad);
	(void)str_cut(&rest, '\'');                    /* the language */
	copy = arena_take(a, rest.n + 1);
	if (!copy)
		return CDT_E_LIMIT;
	for (size_t i = 0; i < rest.n; i++) {
		int high = -1, low = -1;

		if (rest.p[i] != '%') {
			copy[n++] = rest.p[i];
			continue;
		}
		if (i + 2 < rest.n) {
			high = str_hex_digit(rest.p[i + 1]);
			low = str_hex_digit(rest.p[i + 2]);
		}
		if (high < 0 || low < 0)
			return refuse(f, bad);
		copy[n++] = (char)(high * 16 + low);
		i += 2;
	}
	*out = (cdt_str){ copy, n };
	return CDT_OK;
}

/* --- the head of a part --- */

struct head { bool disposition, name, filename, extended, type; };

static cdt_status check_names(struct form *f, const struct form_part *p)
{
	if (!p->name.n)
		return refuse(f, "a part has no name");
	if (p->name.n > FORM_NAME_MAX || p->filename.n > FORM_FILENAME_MAX)
		return refuse(f, "a part's name or file name is too long");
	if (has_control_byte(p->name, "") || has_control_byte(p->filename, ""))
		return refuse(f, "a part's name or file name contains a control byte");
	if (!str_utf8_ok(p->name) || !str_utf8_ok(p->filename))
		return refuse(f, "a part's name or file name is not UTF-8");
	return CDT_OK;
}

static cdt_status take_parameter(struct form *f, struct arena *a, const struct parameter *q,
                                 struct head *h, struct form_part *p)
{
	static const char twice[] = "a part's name or file name is given twice";

	if (str_is_nocase(q->name, "name")) {
		if (h->name)
			return refuse(f, twice);
		h->name = true;
		return unquote(a, q->value, &p->name);
	}
	if (str_is_nocase(q->name, "filename*")) {
		if (h->extended)
			return refuse(f, twice);
		h->extended = p->is_file = true;
		return read_extended(f, a, q, &p->filename);
	}
	if (!str_is_nocase(q->name, "filename"))
		return CDT_OK;
	if (h->filename)
		return refuse(f, twice);
	h->filename = p->is_file = true;
	return h->extended ? CDT_OK : unquote(a, q->value, &p->filename);
}

static cdt_status take_disposition(struct form *f, struct arena *a, cdt_str value,
                                   struct head *h, struct form_part *p)
{
	size_t word = str_find(value, ';');
	cdt_str rest = str_skip(value, word);
	struct parameter q;
	cdt_status st = CDT_OK;
	int found = 1;

	if (h->disposition)
		return refuse(f, "a part has two Content-Disposition headers");
	h->disposition = true;
	if (!str_is_nocase(str_trim((cdt_str){ value.p, word }), "form-data"))
		return refuse(f, "a part's Content-Disposition is not form-data");
	while (st == CDT_OK && (found = next_parameter(&rest, &q)) > 0)
		st = take_parameter(f, a, &q, h, p);
	return found < 0 ? refuse(f, "a part's Content-Disposition can not be read") : st;
}

static cdt_status take_type(struct form *f, cdt_str value, struct head *h, struct form_part *p)
{
	if (h->type)
		return refuse(f, "a part has two Content-Type headers");
	h->type = true;
	if (value.n > FORM_TYPE_MAX)
		return refuse(f, "a part's Content-Type is too long");
	if (value.n >= 10 && str_is_nocase((cdt_str){ value.p, 10 }, "multipart/"))
		return refuse(f, "a part is multipart itself");
	p->type = value;
	return CDT_OK;
}

static cdt_status take_header(struct form *f, struct arena *a, cdt_str line, struct head *h,
                              struct form_part *p)
{
	cdt_str rest = line, name = str_cut(&rest, ':'), value = str_trim(rest);

	if (name.n == line.n || !name.n)
		return refuse(f, "a part's header is not a name, a colon and a value");
	for (size_t i = 0; i < name.n; i++)
		if (!str_is_token_byte(name.p[i]))
			return refuse(f, "a part's header has a forbidden byte in its name");
	if (has_control_byte(value, "\t"))
		return refuse(f, "a part's header contains a control byte");
	if (str_is_nocase(name, "content-disposition"))
		return take_disposition(f, a, value, h, p);
	if (str_is_nocase(name, "content-type"))
		return take_type(f, value, h, p);
	if (str_is_nocase(name, "content-transfer-encoding") &&
	    !str_is_nocase(value, "binary") && !str_is_nocase(value, "8bit") &&
	    !str_is_nocase(value, "7bit"))
		return refuse(f, "a part has a Content-Transfer-Encoding; send its bytes as "
		                 "they are");
	return CDT_OK;
}

/* Lines up to and with a blank one, from the beginning of *rest. */
static cdt_status read_head(struct form *f, struct arena *a, cdt_str *rest, struct form_part *p)
{
	static const char none[] = "a part's headers do not end with a blank line";
	cdt_str head = { rest->p, rest->n < FORM_HEAD_MAX ? rest->n : FORM_HEAD_MAX };
	struct head h = { .name = false };
	size_t lines = 0;

	for (;;) {
		size_t n = str_search(head, CDT_STR("\r\n"));
		cdt_status st;

		if (n == head.n)
			return refuse(f, rest->n > FORM_HEAD_MAX
			                 ? "a part's headers are too long" : none);
		if (n == 0)
			break;
		if (lines++ == FORM_HEADERS_MAX)
			return refuse(f, "a part has too many headers");
		st = take_header(f, a, (cdt_str){ head.p, n }, &h, p);
		if (st != CDT_OK)
			return st;
		head = str_skip(head, n + 2);
	}
	*rest = str_skip(*rest, (size_t)(head.p - rest->p) + 2);
	if (!h.disposition)
		return refuse(f, "a part has no Content-Disposition");
	return check_names(f, p);
}

/* --- parts --- */

static cdt_status check_text(struct form *f, const struct form_part *p, size_t *texts)
{
	if (p->bytes.n > FORM_TEXT_MAX - *texts)
		return refuse(f, "the fields that are no files are longer than 1 MiB; a file "
		                 "needs a filename");
	*texts += p->bytes.n;
	if (!str_utf8_ok(p->bytes) || has_control_byte(p->bytes, "\t\r\n"))
		return refuse(f, "a field is not plain UTF-8 text; a file needs a filename");
	return CDT_OK;
}

/* What follows a boundary: another part (1), the end (0), or neither. */
static int after_boundary(cdt_str *rest)
{
	if (rest->n >= 2 && !memcmp(rest->p, "\r\n", 2)) {
		*rest = str_skip(*rest, 2);
		return 1;
	}
	if (rest->n < 2 || memcmp(rest->p, "--", 2))
		return -1;
	*rest = str_skip(*rest, 2);
	return rest->n == 0 || str_is(*rest, "\r\n") ? 0 : -1;
}

/* One part; *rest is behind the boundary that ends it. */
static cdt_status read_part(struct form *f, struct arena *a, cdt_str delimiter, cdt_str *rest,
                            size_t *texts)
{
	struct form_part *p = &f->part[f->count];
	cdt_status st;
	size_t n;

	if (f->count == FORM_PARTS_MAX)
		return refuse(f, "there are more than 64 parts");
	*p = (struct form_part){ .name = { "", 0 }, .filename = { "", 0 }, .type = { "", 0 } };
	st = read_head(f, a, rest, p);
	if (st != CDT_OK)
		return st;
	n = str_search(*rest, delimiter);
	if (n == rest->n)
		return refuse(f, "the last boundary is missing: the form is not whole");
	p->bytes = (cdt_str){ rest->p, n };
	*rest = str_skip(*rest, n + delimiter.n);
	if (!p->is_file && check_text(f, p, texts) != CDT_OK)
		return CDT_E_INVALID;
	if (!p->is_file || p->filename.n || p->bytes.n)
		f->count++;
	return CDT_OK;
}

cdt_status form_parse(struct form *f, struct arena *a, cdt_str content_type, cdt_str body)
{
	cdt_str boundary, delimiter, rest = body;
	cdt_status st;
	size_t texts = 0;
	int more;

	f->count = 0;
	f->error = NULL;
	st = find_boundary(f, content_type, &boundary);
	if (st != CDT_OK)
		return st;
	delimiter = arena_print(a, "\r\n--%.*s", STR_ARG(boundary));
	if (!delimiter.p)
		return CDT_E_LIMIT;
	if (rest.n >= 2 && !memcmp(rest.p, "\r\n", 2))
		rest = str_skip(rest, 2);
	if (rest.n < delimiter.n - 2 || memcmp(rest.p, delimiter.p + 2, delimiter.n - 2))
		return refuse(f, "the body does not begin with the boundary");
	rest = str_skip(rest, delimiter.n - 2);
	while ((more = after_boundary(&rest)) > 0) {
		st = read_part(f, a, delimiter, &rest, &texts);
		if (st != CDT_OK)
			return st;
	}
	return more ? refuse(f, "something else than a line's end or the form's end follows a "
	                        "boundary") : CDT_OK;
}

/* http/fields.c - which headers decide about framing, and which values they may have.
 * SPDX-License-Identifier: MIT */
#include "http/fields.h"

#include <string.h>

#include "base/str.h"

enum { LENGTH_DIGITS = 18 };             /* of a Content-Length: fits an int64 */

const char field_letters[256] = {
	['!'] = '!', ['#'] = '#', ['$'] = '$', ['%'] = '%', ['&'] = '&', ['\''] = '\'',
	['*'] = '*', ['+'] = '+', ['-'] = '-', ['.'] = '.', ['^'] = '^', ['_'] = '_',
	['`'] = '`', ['|'] = '|', ['~'] = '~',
	['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5',
	['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9',
	['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd', ['E'] = 'e', ['F'] = 'f',
	['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k', ['L'] = 'l',
	['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r',
	['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x',
	['Y'] = 'y', ['Z'] = 'z',
	['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e', ['f'] = 'f',
	['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j', ['k'] = 'k', ['l'] = 'l',
	['m'] = 'm', ['n'] = 'n', ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r',
	['s'] = 's', ['t'] = 't', ['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x',
	['y'] = 'y', ['z'] = 'z',
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	char small = (char)(c | 0x20);

	return small >= 'a' && small <= 'z';
}

/* Is v this word, in any case?  small has n letters, all of them fit for a name. */
static bool is_word(cdt_str v, const char *small, size_t n)
{
	if (v.n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (field_letters[(unsigned char)v.p[i]] != small[i])
			return false;
	return true;
}
#define IS_WORD(v, literal) is_word(v, literal, sizeof(literal) - 1)

/* [A-Za-z0-9._-]+ or [v6 address], then perhaps :port. */
static const char *take_host(struct guard *g, cdt_str v)
{
	size_t i = 0, port = 0;

	(void)g;
	if (v.n && v.p[0] == '[') {
		i = 1;
		while (i < v.n && (str_hex_digit(v.p[i]) >= 0 || v.p[i] == ':' ||
		                   v.p[i] == '.'))
			i++;
		if (i < 3 || i == v.n || v.p[i++] != ']')
			return "the Host header is not a host name";
	} else {
		while (i < v.n && (is_letter(v.p[i]) || is_digit(v.p[i]) || v.p[i] == '.' ||
		                   v.p[i] == '-' || v.p[i] == '_'))
			i++;
	}
	if (i && i < v.n && v.p[i] == ':')
		for (i++; i < v.n && is_digit(v.p[i]) && port < 5; port++)
			i++;
	return i && i == v.n ? NULL : "the Host header is not a host name";
}

static const char *take_length(struct guard *g, cdt_str v)
{
	uint64_t length = 0;

	if (!v.n || v.n > LENGTH_DIGITS || (v.n > 1 && v.p[0] == '0'))
		return "Content-Length is not a plain number";
	for (size_t i = 0; i < v.n; i++) {
		if (!is_digit(v.p[i]))
			return "Content-Length is not a plain number";
		length = length * 10 + (uint64_t)(v.p[i] - '0');
	}
	g->body_n = g->left = length;
	return NULL;
}

static const char *take_coding(struct guard *g, cdt_str v)
{
	if (!IS_WORD(v, "chunked"))
		return "the only transfer coding understood here is chunked";
	g->chunked = true;
	return NULL;
}

static const char *take_expect(struct guard *g, cdt_str v)
{
	if (IS_WORD(v, "100-continue")) {
		g->expects = true;
	} else {
		g->verdict = GUARD_EXPECTATION;
		g->why = "the only expectation understood here is 100-continue";
	}
	return NULL;
}

static const char *take_connection(struct guard *g, cdt_str v)
{
	while (v.n) {
		const char *comma = memchr(v.p, ',', v.n);
		size_t n = comma ? (size_t)(comma - v.p) : v.n;
		cdt_str word = { v.p, n };

		for (; word.n && field_is_blank(*word.p); word.n--)
			word.p++;
		while (word.n && field_is_blank(word.p[word.n - 1]))
			word.n--;
		g->close |= IS_WORD(word, "close");
		g->keep_alive |= IS_WORD(word, "keep-alive");
		n += comma != NULL;
		v = (cdt_str){ v.p + n, v.n - n };
	}
	return NULL;
}

static const struct field {
	const char *name;
	size_t n;
	const char *(*take)(struct guard *g, cdt_str value);    /* NULL: only once */
} fields[] = {
	[FIELD_PLAIN] = { "", 0, NULL },
	[FIELD_CONNECTION] = { "connection", 10, take_connection },
	[FIELD_CONTENT_LENGTH] = { "content-length", 14, take_length },
	[FIELD_HOST] = { "host", 4, take_host },
	[FIELD_TRANSFER_ENCODING] = { "transfer-encoding", 17, take_coding },
	{ "expect", 6, take_expect },
	{ "api-key", 7, NULL },
	{ "authorization", 13, NULL },
	{ "content-encoding", 16, NULL },
	{ "content-type", 12, NULL },
	{ "idempotency-key", 15, NULL },
	{ "x-api-key", 9, NULL },
	{ "x-virtual-key", 13, NULL },
};
enum { FIELDS = sizeof fields / sizeof fields[0] };

uint8_t field_find(const char *name, size_t n)
{
	char first = field_letters[(unsigned char)name[0]];

	for (unsigned i = 1; i < FIELDS; i++)
		if (fields[i].n == n && fields[i].name[0] == first &&
		    is_word((cdt_str){ name, n }, fields[i].name, n))
			return (uint8_t)i;
	return FIELD_PLAIN;
}

bool field_has_meaning(uint8_t field)
{
	return fields[field].take;
}

const char *field_take(struct guard *g, uint8_t field, cdt_str value)
{
	while (value.n && field_is_blank(value.p[value.n - 1]))
		value.n--;
	return fields[field].take ? fields[field].take(g, value) : NULL;
}

/* lib_openai/look.c - finds the few members that matter in a frame without parsing it.
 * Called for every chunk of every stream: 32 bytes a step, and only a quote that is followed
 * by the first letter of a wanted name is looked at closer.  A quote inside a string is
 * escaped, so text of an answer never looks like a member; at worst a frame is parsed in vain.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { LANES = 16, STEP = 2 * LANES };
typedef uint8_t lanes __attribute__((vector_size(LANES)));

static lanes load(const char *p)
{
	lanes v;

	memcpy(&v, p, sizeof v);
	return v;
}

/* Bit i: the i-th lane is not zero. */
static uint32_t mask(lanes hit)
{
#ifdef __SSE2__
	return (uint32_t)_mm_movemask_epi8((__m128i)hit);
#else
	uint32_t bits = 0;
	uint64_t half[2];

	memcpy(half, &hit, sizeof half);
	for (int i = 0; (half[0] | half[1]) && i < LANES; i++)
		bits |= (uint32_t)(hit[i] & 1) << i;
	return bits;
#endif
}

/* Bit i: p[i] may begin a wanted name, a quote and then u, e or f (u and e differ in one bit).
 * Reads LANES + 1 bytes. */
static uint32_t marks(const char *p)
{
	lanes name = load(p + 1);
	lanes wanted = (lanes)((name & 0xef) == 'e') | (lanes)(name == 'f');

	return mask((lanes)(load(p) == '"') & wanted);
}

/* Reads STEP + 1 bytes. */
static uint32_t marks_of_step(const char *p)
{
	return marks(p) | marks(p + LANES) << LANES;
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* p is behind the name.  The first byte of the member's value; NULL: no member. */
static const char *value_at(const char *p, const char *end)
{
	if (end - p > 1 && p[0] == ':' && p[1] > ' ')
		return p + 1;                              /* as nearly everybody writes it */
	p = skip_blanks(p, end);
	if (p == end || *p != ':')
		return NULL;
	p = skip_blanks(p + 1, end);
	return p < end ? p : NULL;
}

static bool begins(const char *p, const char *end, const char *word, size_t n)
{
	return (size_t)(end - p) >= n && memcmp(p, word, n) == 0;
}

static uint32_t found(struct look *l, uint32_t what, const char *value)
{
	l->rest = (cdt_str){ value, (size_t)(l->end - value) };
	return what;
}

/* The wanted member whose name begins at p, and how long that name is; 0: none. */
static uint32_t named(const struct look *l, const char *p, size_t *length)
{
	*length = 7;
	if (begins(p, l->end, "\"usage\"", 7))
		return LOOK_USAGE;
	if (begins(p, l->end, "\"error\"", 7))
		return LOOK_ERROR;
	*length = LOOK_NAME_MAX;
	return begins(p, l->end, "\"finish_reason\"", LOOK_NAME_MAX) ? LOOK_FINISH : 0;
}

/* p points at a quote and the first letter of a name. */
static uint32_t examine(struct look *l, const char *p)
{
	size_t length;
	uint32_t what = named(l, p, &length);
	const char *v;

	if (!what)
		return 0;
	if (!l->first)
		l->first = p;
	v = value_at(p + length, l->end);
	if (!v || *v == 'n')
		return 0;
	if (what == LOOK_USAGE && *v != '{')
		return 0;
	if (what == LOOK_FINISH && (*v != '"' || l->end - v < 2 || v[1] == '"'))
		return 0;
	return found(l, what, v);
}

/* The first of the marked places that is what we look for. */
static uint32_t examine_marks(struct look *l, const char *base, uint32_t marked)
{
	for (; marked; marked &= marked - 1) {
		const char *p = base + __builtin_ctz(marked);
		uint32_t what = examine(l, p);

		if (what) {
			l->at = p + 1;
			return what;
		}
	}
	return 0;
}

/* What a step can not reach: less than STEP + 1 bytes.  They are read as the end of a whole
 * step if the frame is long enough for one. */
static uint32_t look_tail(struct look *l)
{
	size_t left = (size_t)(l->end - l->at);
	const char *base = left > 1 && l->end - l->begin > STEP ? l->end - STEP - 1 : NULL;
	const char *at = l->at;

	l->at = l->end;
	if (base)
		return examine_marks(l, base,
		                     marks_of_step(base) & UINT32_MAX << (STEP + 1 - left));
	for (; at < l->end; at++) {
		uint32_t what = *at == '"' ? examine(l, at) : 0;

		if (what) {
			l->at = at + 1;
			return what;
		}
	}
	return 0;
}

void openai_look_init(struct look *l, cdt_str bytes, size_t from)
{
	*l = (struct look){ .begin = bytes.p, .at = bytes.p + from, .end = bytes.p + bytes.n };
}

uint32_t openai_look_next(struct look *l)
{
	while (l->end - l->at > STEP) {
		const char *base = l->at;
		uint32_t marked = marks_of_step(base), what;

		l->at += STEP;
		what = marked ? examine_marks(l, base, marked) : 0;
		if (what)
			return what;
	}
	return l->at < l->end ? look_tail(l) : 0;
}

cdt_str openai_look_map(cdt_str s)
{
	bool quoted = false;
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			depth++;
		else if (!quoted && (c == '}' || c == ']') && --depth == 0)
			return (cdt_str){ s.p, i + 1 };
	}
	return CDT_STR("");
}

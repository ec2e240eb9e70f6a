/* lib_openai/tags.c - thoughts that stand in the text itself, between <think> and </think> at
 * its start.  A tag may come in pieces: what could be the beginning of one is held back.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>

enum { BEFORE, THINKING, BEHIND, SPEAKING };
enum { BLANKS_MAX = 8 };

static const char opening[] = "<think>", closing[] = "</think>";
_Static_assert(BLANKS_MAX + sizeof opening <= HELD_MAX, "what is held fits");

static bool blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/* How much of s may be the beginning of the tag, at its end. */
static size_t promising(cdt_str s, const char *tag, size_t tag_n)
{
	size_t n = s.n < tag_n - 1 ? s.n : tag_n - 1;

	while (n > 0 && memcmp(s.p + s.n - n, tag, n) != 0)
		n--;
	return n;
}

static cdt_str skip(cdt_str s, size_t n) { return (cdt_str){ s.p + n, s.n - n }; }

static void hold(struct choice *c, cdt_str s)
{
	if (s.n)
		memcpy(c->held, s.p, s.n);
	c->held_n = (uint8_t)s.n;
}

/* Blanks, and then the tag, or not. */
static void before(struct choice *c, cdt_str *s)
{
	size_t blanks = 0, left, n = sizeof opening - 1;

	while (blanks < s->n && blank(s->p[blanks]))
		blanks++;
	left = s->n - blanks;
	if (blanks <= BLANKS_MAX && left < n && memcmp(s->p + blanks, opening, left) == 0) {
		hold(c, *s);
		*s = CDT_STR("");
		return;
	}
	c->tags = SPEAKING;
	if (blanks > BLANKS_MAX || left < n || memcmp(s->p + blanks, opening, n) != 0)
		return;
	c->tags = THINKING;
	*s = skip(*s, blanks + n);
}

static cdt_status thinking(const struct reading *r, uint32_t index, struct choice *c,
                           cdt_str *s)
{
	size_t n = sizeof closing - 1, at = 0, kept;
	cdt_status st;

	while (at + n <= s->n && memcmp(s->p + at, closing, n) != 0)
		at++;
	if (at + n <= s->n) {
		st = openai_part_piece(r, index, CDT_PART_REASONING, (cdt_str){ s->p, at });
		*s = skip(*s, at + n);
		c->tags = BEHIND;
		return st;
	}
	kept = promising(*s, closing, n);
	st = openai_part_piece(r, index, CDT_PART_REASONING, (cdt_str){ s->p, s->n - kept });
	hold(c, skip(*s, s->n - kept));
	*s = CDT_STR("");
	return st;
}

static void behind(struct choice *c, cdt_str *s)
{
	while (s->n && blank(*s->p))
		*s = skip(*s, 1);
	if (s->n)
		c->tags = SPEAKING;
}

cdt_status openai_tags_piece(const struct reading *r, uint32_t index, cdt_str s)
{
	struct choice *c = openai_turn_choice(r, index);
	cdt_status st = CDT_OK;

	if (!c)
		return CDT_E_UPSTREAM;
	if (c->held_n && s.n) {
		char *both = r->call->api->scratch(r->call, c->held_n + s.n);

		if (!both)
			return CDT_E_NOMEM;
		memcpy(both, c->held, c->held_n);
		memcpy(both + c->held_n, s.p, s.n);
		s = (cdt_str){ both, c->held_n + s.n };
		c->held_n = 0;
	}
	while (st == CDT_OK && s.n && c->tags != SPEAKING) {
		if (c->tags == BEFORE)
			before(c, &s);
		else if (c->tags == THINKING)
			st = thinking(r, index, c, &s);
		else
			behind(c, &s);
	}
	return st == CDT_OK ? openai_part_piece(r, index, CDT_PART_TEXT, s) : st;
}

cdt_status openai_tags_end(const struct reading *r, uint32_t index)
{
	struct choice *c = openai_turn_choice(r, index);
	cdt_str s;

	if (!c || !c->held_n)
		return CDT_OK;
	s = (cdt_str){ c->held, c->held_n };
	c->held_n = 0;
	return openai_part_piece(r, index, c->tags == THINKING ? CDT_PART_REASONING
	                                                       : CDT_PART_TEXT, s);
}

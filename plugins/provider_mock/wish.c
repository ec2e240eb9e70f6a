/* provider_mock/wish.c - the directives: "mock-d20-n100-g10" in the model's name, or
 * {"mock":{"delay_ms":20,...}} at the begin of the last user message.
 * SPDX-License-Identifier: MIT */
#include "mock.h"

#include <stdio.h>

enum { ONE_MINUTE_MS = 60000 };

/* Both spellings of each directive; max 1 is a flag. */
static const struct directive { char letter; const char *name; int64_t min, max; } table[] = {
	[WISH_BREAK]     = { 'b', "break_after", 0, 10000 },
	[WISH_DELAY]     = { 'd', "delay_ms",    0, 10 * ONE_MINUTE_MS },
	[WISH_ERROR]     = { 'e', "error_after", 0, 10000 },
	[WISH_LENGTH]    = { 'f', "length",      0, 1 },
	[WISH_GAP]       = { 'g', "gap_ms",      0, 10 * ONE_MINUTE_MS },
	[WISH_HANG]      = { 'h', "hang_ms",     0, 60 * ONE_MINUTE_MS },
	[WISH_CHUNKS]    = { 'n', "chunks",      1, 10000 },
	[WISH_CALL_ALL]  = { 'p', "call_all",    0, 1 },
	[WISH_REASONING] = { 'r', "reasoning",   0, 1 },
	[WISH_BYTES]     = { 's', "bytes",       1, 1 << 20 },
	[WISH_CALL]      = { 't', "call",        0, 1 },
	[WISH_NO_USAGE]  = { 'w', "no_usage",    0, 1 },
	[WISH_STATUS]    = { 'x', "status",      400, 599 },
};

static void refuse(struct wish *w, cdt_str what, const char *why)
{
	if (!*w->wrong)
		(void)snprintf(w->wrong, sizeof w->wrong, "mock: directive \"%.*s\" %s",
		               what.n > 32 ? 32 : (int)what.n, what.p, why);
}

static void grant(struct wish *w, int i, cdt_str what, int64_t v)
{
	if (v < table[i].min || v > table[i].max)
		refuse(w, what, "is out of range");
	else
		w->v[i] = v;
}

static bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool digit(char c) { return c >= '0' && c <= '9'; }

/* A letter and digits, or a flag's letter.  Anything else is part of the name. */
static void read_token(struct wish *w, cdt_str token)
{
	int64_t v = 0;
	size_t i = 1;
	int at = 0;

	if (!token.n || !letter(*token.p))
		return;
	for (; i < token.n && digit(token.p[i]) && v < INT32_MAX; i++)
		v = v * 10 + (token.p[i] - '0');
	if (i < token.n)
		return;
	while (at < WISH_COUNT && table[at].letter != *token.p)
		at++;
	if (at == WISH_COUNT)
		refuse(w, token, "is unknown");
	else if (token.n == 1 && table[at].max != 1)
		refuse(w, token, "needs a number");
	else
		grant(w, at, token, token.n == 1 ? 1 : v);
}

static cdt_str next_token(cdt_str *rest)
{
	cdt_str token = *rest;
	size_t i = 0;

	while (i < rest->n && rest->p[i] != '-')
		i++;
	token.n = i;
	i += i < rest->n;
	*rest = (cdt_str){ rest->p + i, rest->n - i };
	return token;
}

void mock_wish_model(struct wish *w, cdt_str model)
{
	cdt_str rest = model, first = next_token(&rest);

	*w = (struct wish){ .text = CDT_STR("") };
	for (int i = 0; i < WISH_COUNT; i++)
		w->v[i] = -1;
	w->echo = cdt_is(first, "echo");
	if (!w->echo && !cdt_is(first, "mock"))
		return;
	while (rest.n)
		read_token(w, next_token(&rest));
}

static void read_member(struct wish *w, cdt_str key, cdt_val v)
{
	int at = 0;

	if (cdt_is(key, "text")) {
		w->text = cdt_text(v);
		return;
	}
	while (at < WISH_COUNT && !cdt_is(key, table[at].name))
		at++;
	if (at == WISH_COUNT)
		refuse(w, key, "is unknown");
	else if (cdt_type(v) == CDT_FLAG && table[at].max == 1)
		w->v[at] = v.api->flag(v, 0);
	else if (cdt_type(v) == CDT_INT)
		grant(w, at, key, cdt_i64(v, 0));
	else
		refuse(w, key, "has the wrong type");
}

/* Bytes of the JSON object that s begins with; 0: none, or it does not end. */
static size_t object_end(cdt_str s)
{
	size_t depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < s.n && (i == 0 ? *s.p == '{' : true); i++) {
		char c = s.p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && c == '{')
			depth++;
		else if (!quoted && c == '}' && --depth == 0)
			return i + 1;
	}
	return 0;
}

void mock_wish_message(struct wish *w, struct cdt_call *call, cdt_str *said)
{
	size_t n = object_end(*said), it = 0;
	cdt_val doc, mine, v;
	cdt_str key;

	if (!n || call->api->parse(call, (cdt_str){ said->p, n }, &doc) != CDT_OK)
		return;
	mine = cdt_get(doc, "mock");
	if (cdt_type(mine) != CDT_MAP)
		return;
	while (mine.api->next(mine, &it, &key, &v))
		read_member(w, key, v);
	while (n < said->n && (said->p[n] == ' ' || said->p[n] == '\n'))
		n++;
	*said = (cdt_str){ said->p + n, said->n - n };
}

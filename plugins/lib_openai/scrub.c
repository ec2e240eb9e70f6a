/* lib_openai/scrub.c - makes an upstream's message safe to show: no keys, no names of the
 * operator's accounts, no HTML, no control bytes, not endless.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>

enum { MESSAGE_MAX = 1000 };

/* What begins with one of these is a credential, or says whose account we use. */
static const char *const secrets[] = {
	"sk-", "sk_", "gsk_", "hf_", "xai-", "nvapi-", "pplx-", "csk-", "fw_", "r8_", "AIza",
	"eyJ", "org-", "proj_", "key-", "Bearer ", "bearer ", NULL
};

static bool word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '*' || c == '.' || c == '/' || c == '+' || c == '=';
}

static size_t secret_at(cdt_str s)
{
	for (const char *const *p = secrets; *p; p++) {
		size_t n = strlen(*p);

		if (s.n > n && memcmp(s.p, *p, n) == 0 && word_byte(s.p[n]))
			return n;
	}
	return 0;
}

/* "sk-...abcd" and "abc*****xyz": whole words that hide something. */
static size_t word_length(cdt_str s)
{
	size_t n = 0;

	while (n < s.n && word_byte(s.p[n]))
		n++;
	return n;
}

static bool starred(cdt_str word)
{
	size_t stars = 0;

	for (size_t i = 0; i < word.n && stars < 3; i++)
		stars = word.p[i] == '*' ? stars + 1 : 0;
	return stars == 3;
}

static bool holds(cdt_str s, const char *what)
{
	size_t n = strlen(what);

	for (size_t i = 0; i + n <= s.n; i++)
		if (memcmp(s.p + i, what, n) == 0)
			return true;
	return false;
}

static bool is_markup(cdt_str s)
{
	return holds(s, "</") || holds(s, "<!DOCTYPE") || holds(s, "<!doctype") ||
	       holds(s, "<html") || holds(s, "<HTML");
}

static bool control(char c) { return (unsigned char)c < 0x20 || c == 0x7f; }

/* How many bytes of s to hide; 0 = none. */
static size_t hidden(cdt_str s)
{
	size_t n = secret_at(s);
	size_t word = word_length(s);

	if (n)
		return n + word_length((cdt_str){ s.p + n, s.n - n });
	return starred((cdt_str){ s.p, word }) ? word : 0;
}

/* Not in the middle of a character. */
static size_t cut(cdt_str s, size_t max)
{
	size_t n = s.n < max ? s.n : max;

	while (n > 0 && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

cdt_str openai_scrub_message(struct cdt_call *call, cdt_str said, const char *instead)
{
	char *out = call->api->scratch(call, MESSAGE_MAX + 3);
	size_t n = 0, max = cut(said, MESSAGE_MAX);
	bool inside = false;                             /* of a word that goes through */

	if (!out || !said.n || is_markup(said))
		return (cdt_str){ instead, strlen(instead) };
	for (size_t i = 0; i < max && n < MESSAGE_MAX;) {
		size_t skip = inside ? 0 : hidden((cdt_str){ said.p + i, max - i });

		if (skip) {
			memcpy(out + n, "***", 3);
			n += 3;
			i += skip;
			continue;
		}
		inside = word_byte(said.p[i]);
		out[n++] = control(said.p[i]) ? ' ' : said.p[i];
		i++;
	}
	return (cdt_str){ out, n };
}

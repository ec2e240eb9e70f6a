/* lib_openai/words.c - lists of words in one text, with a blank between two.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>

static cdt_str next_word(const char **at)
{
	const char *p = *at;
	size_t n = 0;

	while (*p == ' ')
		p++;
	while (p[n] && p[n] != ' ')
		n++;
	*at = p + n;
	return (cdt_str){ p, n };
}

static bool starts(cdt_str s, cdt_str with)
{
	return s.n >= with.n && memcmp(s.p, with.p, with.n) == 0;
}

static bool covers(cdt_str word, cdt_str s)
{
	if (word.p[word.n - 1] == '*')
		return starts(s, (cdt_str){ word.p, word.n - 1 });
	return s.n == word.n && starts(s, word);
}

bool openai_words_have(const char *words, cdt_str s)
{
	const char *at = words;

	for (cdt_str w; at && (w = next_word(&at)).n;)
		if (covers(w, s))
			return true;
	return false;
}

cdt_str openai_words_value(const char *words, cdt_str key)
{
	const char *at = words;

	for (cdt_str w; at && (w = next_word(&at)).n;)
		if (w.n > key.n && w.p[key.n] == '=' && starts(w, key))
			return (cdt_str){ w.p + key.n + 1, w.n - key.n - 1 };
	return CDT_STR("");
}

cdt_str openai_words_fitting(const char *words, cdt_str s)
{
	const char *at = words;
	cdt_str key, value;

	while (openai_words_next(&at, &key, &value))
		if (key.n && covers(key, s))
			return value;
	return CDT_STR("");
}

bool openai_words_next(const char **at, cdt_str *key, cdt_str *value)
{
	cdt_str w = *at ? next_word(at) : CDT_STR("");
	const char *equals = w.n ? memchr(w.p, '=', w.n) : NULL;

	*key = equals ? (cdt_str){ w.p, (size_t)(equals - w.p) } : w;
	*value = equals ? (cdt_str){ equals + 1, w.n - key->n - 1 } : CDT_STR("");
	return w.n > 0;
}

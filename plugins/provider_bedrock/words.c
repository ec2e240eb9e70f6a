/* provider_bedrock/words.c - what lib_words has not.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

char bedrock_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

cdt_str bedrock_cut(cdt_str *s, char c)
{
	size_t n = 0;
	cdt_str head;

	while (n < s->n && s->p[n] != c)
		n++;
	head = (cdt_str){ s->p, n };
	*s = words_after(*s, n + 1);
	return head;
}

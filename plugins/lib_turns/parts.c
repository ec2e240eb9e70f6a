/* lib_turns/parts.c - a part of a message, by its type.
 * SPDX-License-Identifier: MIT */
#include "lib_turns/turns.h"

#include <string.h>

/* A text to go on from must not end in white space. */
cdt_str turns_text(const struct turns *t, cdt_val part, const char *member)
{
	cdt_str text = cdt_text(cdt_get(part, member));

	if (!t->ends_with_text || part.node != t->last_text)
		return text;
	while (text.n && strchr(" \t\r\n", text.p[text.n - 1]))
		text.n--;
	return text;
}

int turns_write_kind(struct turns *t, const struct turns_kind *kinds, size_t count,
                     cdt_val part)
{
	cdt_str type = cdt_text(cdt_get(part, "type"));

	if (cdt_is(type, "reasoning"))
		return 1;
	for (size_t i = 0; i < count; i++) {
		if (!cdt_is(type, kinds[i].type))
			continue;
		if (kinds[i].assistant || t->place != PLACE_ASSISTANT)
			kinds[i].write(t->draft, part);
		else
			t->call->api->log(t->call, CDT_LOG_DEBUG, "an assistant's image or "
			                  "file was left out: only the user's are taken");
		return 1;
	}
	return 0;
}

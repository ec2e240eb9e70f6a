/* http/fields.h - the few headers that the guard looks into.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef HTTP_FIELDS_H
#define HTTP_FIELDS_H
#include "http/guard.h"

/* FIELD_PLAIN: any value will do.  From FIELD_ONCE on: twice is malformed, because two
 * readers could pick different ones.  The others exist by number only. */
enum {
	FIELD_PLAIN, FIELD_CONNECTION, FIELD_ONCE,
	FIELD_CONTENT_LENGTH = FIELD_ONCE, FIELD_HOST, FIELD_TRANSFER_ENCODING,
};

/* Which one is this?  name: as sent, of name bytes only. */
uint8_t field_find(const char *name, size_t n);
bool field_has_meaning(uint8_t field);          /* else its value is not kept */
/* Takes what the value means into *g.  Returns why it is malformed, or NULL. */
const char *field_take(struct guard *g, uint8_t field, cdt_str value);

/* The letters of a header name in lower case; 0 = must not be in a name. */
extern const char field_letters[256];

static inline bool field_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

#endif

/* config/value.h - one scalar: is it what the schema wants, and what is its value?  Private
 * to the room.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H
#include "config/schema.h"
#include "config/tree.h"

struct value {
	struct tree *tree;
	const struct schema_row *row;
	struct node *node;
	char why[256];                 /* what it should be */
};

/* Sets node->value and, where there is a canonical spelling, node->text.  False: why. */
bool value_read(struct value *v);
/* "2.50" to 2500000 where places is 6; at most so many decimals (up to 9).  Pure. */
bool value_decimal(cdt_str s, size_t places, int64_t *out);

#endif

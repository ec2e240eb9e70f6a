/* usage/names.c - keys, groups, models and providers as numbers, so that sums are small and
 * quick to compare.  A number is never used again; there are so many and no more.
 * SPDX-License-Identifier: MIT */
#include "usage/inside.h"
#include "usage/pack.h"

#include <string.h>

#include "base/bigend.h"
#include "base/str.h"

enum { BY_NUMBER = 0x80, NUMBER_SIZE = 4, NUMBER_KEY_SIZE = 1 + NUMBER_SIZE };

/* Models and groups are words of clients and operators: what is past it is summed as one. */
static const uint32_t most[USAGE_DIMS] = {
	[USAGE_KEY] = 4000000, [USAGE_GROUP] = 100000,
	[USAGE_MODEL] = 100000, [USAGE_PROVIDER] = 10000,
};

static cdt_str text_key(enum usage_dim d, cdt_str text, char out[NAME_KEY_MAX])
{
	size_t n = text.n < NAME_TEXT_MAX ? text.n : NAME_TEXT_MAX;

	out[0] = (char)d;
	memcpy(out + 1, text.p, n);
	return str_from(out, n + 1);
}

static cdt_str number_key(enum usage_dim d, uint32_t number, char out[NUMBER_KEY_SIZE])
{
	out[0] = (char)(d | BY_NUMBER);
	big_put(out + 1, number, NUMBER_SIZE);
	return str_from(out, NUMBER_KEY_SIZE);
}

static bool read_number(cdt_str bytes, uint32_t *number)
{
	if (bytes.n != NUMBER_SIZE)
		return false;
	*number = (uint32_t)big_get(bytes.p, NUMBER_SIZE);
	return true;
}

cdt_status name_put(struct store_txn *txn, struct fresh *f, enum usage_dim d, cdt_str text,
                    uint32_t *number)
{
	char by_text[NAME_KEY_MAX], by_number[NUMBER_KEY_SIZE], bytes[NUMBER_SIZE];
	cdt_str key = text_key(d, text, by_text), found;
	cdt_status st;

	*number = NAME_NONE;
	if (!text.n)
		return CDT_OK;
	st = txn_get(txn, STORE_NAMES, key, &found);
	if (st == CDT_OK && read_number(found, number))
		return CDT_OK;
	*number = NAME_OTHER;
	if (f->names[d] >= most[d])
		return CDT_OK;
	*number = NAME_FIRST + f->names[d]++;
	big_put(bytes, *number, NUMBER_SIZE);
	st = txn_put(txn, STORE_NAMES, key, str_from(bytes, NUMBER_SIZE));
	if (st != CDT_OK)
		return st;
	return txn_put(txn, STORE_NAMES, number_key(d, *number, by_number), str_skip(key, 1));
}

cdt_status name_find(struct store_read *r, enum usage_dim d, cdt_str text, uint32_t *number)
{
	char by_text[NAME_KEY_MAX];
	cdt_str found;
	cdt_status st;

	*number = NAME_NONE;
	if (!text.n)
		return CDT_OK;
	st = store_get(r, STORE_NAMES, text_key(d, text, by_text), &found);
	return st == CDT_OK && !read_number(found, number) ? CDT_E_UPSTREAM : st;
}

cdt_str name_text(struct store_read *r, enum usage_dim d, uint32_t number)
{
	char by_number[NUMBER_KEY_SIZE];
	cdt_str found = { "", 0 };

	if (number == NAME_NONE)
		return found;
	if (number == NAME_OTHER ||
	    store_get(r, STORE_NAMES, number_key(d, number, by_number), &found) != CDT_OK)
		return CDT_STR("(other)");
	return found;
}

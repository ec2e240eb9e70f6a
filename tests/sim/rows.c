/* sim/rows.c - see rows.h.
 * SPDX-License-Identifier: MIT */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

cdt_str bytes_copy(cdt_str s)
{
	char *p = malloc(s.n + 1);

	if (!p)
		abort();
	memcpy(p, s.p, s.n);
	return (cdt_str){ p, s.n };
}

void bytes_free(cdt_str s)
{
	union { const char *in; void *out; } p = { .in = s.p };

	free(p.out);
}

static bool is_before(cdt_str a, cdt_str b)
{
	int d = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return d < 0 || (d == 0 && a.n < b.n);
}

size_t rows_find(const struct rows *t, cdt_str key, bool *there)
{
	size_t from = 0, to = t->count;

	if (to && is_before(t->row[to - 1].key, key))   /* entries come at the end */
		from = to;
	while (from < to) {
		size_t middle = (from + to) / 2;

		if (is_before(t->row[middle].key, key))
			from = middle + 1;
		else
			to = middle;
	}
	*there = from < t->count && str_eq(t->row[from].key, key);
	return from;
}

void rows_set(struct rows *t, cdt_str key, cdt_str value)
{
	bool there;
	size_t i = rows_find(t, key, &there);

	if (there) {
		bytes_free(t->row[i].value);
	} else {
		if (t->count == t->room) {
			t->room = t->room ? 2 * t->room : 64;
			t->row = realloc(t->row, t->room * sizeof *t->row);
			if (!t->row)
				abort();
		}
		memmove(&t->row[i + 1], &t->row[i], (t->count++ - i) * sizeof *t->row);
		t->row[i].key = bytes_copy(key);
	}
	t->row[i].value = bytes_copy(value);
}

void rows_unset(struct rows *t, cdt_str key)
{
	bool there;
	size_t i = rows_find(t, key, &there);

	if (!there)
		return;
	bytes_free(t->row[i].key);
	bytes_free(t->row[i].value);
	memmove(&t->row[i], &t->row[i + 1], (--t->count - i) * sizeof *t->row);
}

void rows_clear(struct rows *t)
{
	for (size_t i = 0; i < t->count; i++) {
		bytes_free(t->row[i].key);
		bytes_free(t->row[i].value);
	}
	free(t->row);
	*t = (struct rows){ .count = 0 };
}

/* config/cross_telemetry.c - how many headers and attributes an export can have, and what they
 * can be called: otherwise every export would be refused, and only the collector would know.
 * SPDX-License-Identifier: MIT */
#include "config/cross_telemetry.h"

#include <string.h>

#include "base/str.h"

enum { HEADERS_MAX = 8, ATTRIBUTES_MAX = 16, NAME_MAX_BYTES = 128 };

struct kind {
	const char *list, *noun;
	bool (*takes)(char c);                 /* what its names are made of */
	size_t most;
};

static bool is_attribute_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("._-/:", c));
}

static bool is_good(const char *name, const struct kind *k)
{
	size_t n = 0;

	while (k->takes(name[n]))
		n++;
	return n > 0 && n <= NAME_MAX_BYTES && !name[n];
}

/* OTLP wants keys to be unique; of two headers of one name the last would be sent. */
static bool is_there_before(const struct node *list, const struct node *g)
{
	const struct node *other = list->first;

	while (other != g && strcmp(node_text(other, "name"), node_text(g, "name")) != 0)
		other = other->next;
	return other != g;
}

static void check(struct tree *t, const struct node *otlp, const struct kind *k)
{
	const struct node *list = node_get(otlp, k->list);

	if (list && list->count > k->most)
		config_report_error(t->report, list->at, "telemetry.otlp.%s can have %zu at "
		                    "most", k->list, k->most);
	for (const struct node *g = list ? list->first : NULL; g; g = g->next) {
		const char *name = node_text(g, "name");

		if (!is_good(name, k))
			config_report_error(t->report, g->at, "'%.64s' can not be the name of "
			                    "%s", name, k->noun);
		else if (is_there_before(list, g))
			config_report_error(t->report, g->at, "telemetry.otlp.%s has '%.64s' "
			                    "twice", k->list, name);
	}
}

void cross_check_telemetry(struct tree *t)
{
	static const struct kind kinds[] = {
		{ "headers", "a header", str_is_token_byte, HEADERS_MAX },
		{ "resource", "an attribute", is_attribute_byte, ATTRIBUTES_MAX },
	};
	const struct node *otlp = node_get(node_get(t->root, "telemetry"), "otlp");

	for (size_t i = 0; otlp && i < sizeof kinds / sizeof *kinds; i++)
		check(t, otlp, &kinds[i]);
}

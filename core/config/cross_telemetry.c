/* config/cross_telemetry.c - how many headers and attributes an export can have, and what they
 * can be called: otherwise every export would be refused, and only the collector would know.
 * SPDX-License-Identifier: MIT */
#include "config/cross_telemetry.h"

#include <string.h>

enum { HEADERS_MAX = 8, ATTRIBUTES_MAX = 16, NAME_MAX_BYTES = 128 };

struct kind {
	const char *list, *noun, *letters;     /* that a name can have beside a-z A-Z 0-9 */
	size_t most;
};

static bool is_letter(char c, const char *more)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr(more, c));
}

static bool is_good(const char *name, const struct kind *k)
{
	size_t n = 0;

	while (is_letter(name[n], k->letters))
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
		/* RFC 9110 5.6.2 */
		{ "headers", "a header", "!#$%&'*+-.^_`|~", HEADERS_MAX },
		{ "resource", "an attribute", "._-/:", ATTRIBUTES_MAX },
	};
	const struct node *otlp = node_get(node_get(t->root, "telemetry"), "otlp");

	for (size_t i = 0; otlp && i < sizeof kinds / sizeof *kinds; i++)
		check(t, otlp, &kinds[i]);
}

/* provider_compatible/catalog.c - whose prices hold: the host's, while it is asked at home.
 * SPDX-License-Identifier: MIT */
#include "compatible.h"

#include <string.h>

/* The last two labels of a URL's host: "deepseek.com"; all of a host without. */
static cdt_str home_of(cdt_str url)
{
	const char *end, *at;
	int dots = 0;

	for (size_t i = 0; i + 2 < url.n; i++)
		if (!memcmp(url.p + i, "://", 3)) {
			url.p += i + 3;
			url.n -= i + 3;
			break;
		}
	for (end = url.p; end < url.p + url.n && *end != '/' && *end != ':'; end++)
		;
	for (at = end; at > url.p; at--)
		if (at[-1] == '.' && ++dots == 2)
			break;
	return (cdt_str){ at, (size_t)(end - at) };
}

static bool is_home(const struct openai_host *row, cdt_str base_url)
{
	cdt_str own = row->base_url
		? home_of((cdt_str){ row->base_url, strlen(row->base_url) }) : CDT_STR("");
	cdt_str asked = home_of(base_url);

	/* The whole host is the customer's own. */
	if (!base_url.n || (own.n && memchr(own.p, '{', own.n) && !memchr(own.p, '.', own.n)))
		return true;
	return own.n == asked.n && !memcmp(own.p, asked.p, own.n);
}

static cdt_str list(void *self, cdt_str base_url)
{
	const struct openai *me = self;
	const char *name = me->row.name;

	if (!strcmp(name, "other") || !is_home(&me->row, base_url))
		return CDT_STR("");
	if (!strcmp(name, "github"))
		name = "github-models";
	return (cdt_str){ name, strlen(name) };
}

const void *compatible_extension(void *self, const char *id)
{
	static const struct cdt_provider_catalog catalog = {
		.size = sizeof catalog, .list = list,
	};

	(void)self;
	return strcmp(id, CDT_EXT_PROVIDER_CATALOG) ? NULL : &catalog;
}

/* provider_bedrock/catalog.c - under which names the catalogue of models may have what an id
 * means: with its region, whose prices are its own, then without, then without its version.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

static cdt_str list(void *self, cdt_str base_url)
{
	(void)self;
	return base_url.n == 0 || words_hold(base_url, "amazonaws.com") ? CDT_STR("bedrock")
	                                                                : CDT_STR("");
}

/* "amazon.nova-lite-v1:0" without ":0", then without "-v1"; "" when there is none. */
static cdt_str shorter(cdt_str id, char mark)
{
	size_t n = id.n;

	while (n && id.p[n - 1] != mark)
		n--;
	if (n == 0 || (mark == '-' && (n == id.n || id.p[n] != 'v')))
		return CDT_STR("");
	return (cdt_str){ id.p, n - 1 };
}

static cdt_str model(void *self, cdt_str id, uint32_t i)
{
	cdt_str now = bedrock_family(id, CDT_STR("")), name[3];
	uint32_t n = 0;

	(void)self;
	if (now.n < id.n)
		name[n++] = now;
	for (int cut = 0; cut < 2; cut++) {
		cdt_str next = shorter(now, cut ? '-' : ':');

		if (next.n)
			name[n++] = now = next;
	}
	return i < n ? name[i] : CDT_STR("");
}

const struct cdt_provider_catalog bedrock_catalog = {
	.size = sizeof bedrock_catalog, .list = list, .model = model,
};

/* provider_bedrock/catalog.c - what a model is called where its price stands: by its profile's
 * whole name, else by the model's.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <string.h>

static cdt_str list(void *self, cdt_str base_url)
{
	(void)self;
	(void)base_url;
	return CDT_STR("bedrock");
}

/* Of an ARN what is behind its last slash. */
static cdt_str without_arn(cdt_str model)
{
	size_t at = model.n;

	while (at > 0 && model.p[at - 1] != '/')
		at--;
	return (cdt_str){ model.p + at, model.n - at };
}

/* "us.vendor.model" is "vendor.model". */
static cdt_str without_region(cdt_str model)
{
	static const char *const regions[] = { "global.", "us.", "eu.", "apac.", "jp.", "au.",
		"ca.", "us-gov.", NULL };

	for (const char *const *r = regions; *r; r++) {
		size_t n = strlen(*r);

		if (model.n > n && !memcmp(model.p, *r, n))
			return (cdt_str){ model.p + n, model.n - n };
	}
	return model;
}

static cdt_str other_name(void *self, cdt_str model, uint32_t i)
{
	cdt_str name = without_arn(model);

	(void)self;
	return i == 0 ? name : i == 1 ? without_region(name) : CDT_STR("");
}

const struct cdt_provider_catalog bedrock_catalog = {
	.size = sizeof bedrock_catalog, .list = list, .model = other_name,
};

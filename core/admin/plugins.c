/* admin/plugins.c - the modules that were found, what they offer, why some were refused.
 * SPDX-License-Identifier: MIT */
#include "admin/inquiry.h"

cdt_status admin_plugins_list(struct inquiry *c)
{
	jsonw_open(&c->json, '{');
	jsonw_key(&c->json, "data");
	registry_print_json(c->admin->parts.registry, &c->json);
	jsonw_put_null(&c->json, "next");
	jsonw_close(&c->json);
	return CDT_OK;
}

/* provider_replicate/address.c - which prediction a model's name asks for: of an official
 * model, of a version of any model, or of a deployment.  A name becomes a part of the URL, so
 * it may only have the letters that names have.
 * SPDX-License-Identifier: MIT */
#include "replicate.h"

enum { VERSION_HEX = 64 };

static int is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
	       || c == '-' || c == '_' || c == '.';
}

static int is_name(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_letter(s.p[i]))
			return 0;
	return s.n > 0 && s.p[0] != '.';
}

static int is_hex(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return 0;
	return s.n == VERSION_HEX;
}

static int is_owned(cdt_str s)
{
	size_t slash = words_find(s, CDT_STR("/"));

	return slash < s.n && is_name((cdt_str){ s.p, slash })
	       && is_name(words_after(s, slash + 1));
}

void replicate_address(struct draft *d, cdt_str *path, cdt_str *version)
{
	cdt_str model = d->req->model;
	size_t colon = words_find(model, CDT_STR(":"));
	cdt_str name = { model.p, colon };

	*version = is_hex(model) ? model : words_after(model, colon + (colon < model.n));
	*path = CDT_STR("/predictions");
	if (is_hex(model) || (colon < model.n && is_owned(name) && is_name(*version)))
		return;
	*version = CDT_STR("");
	if (colon < model.n || !is_owned(name)) {
		replicate_refuse(d, CDT_E_INVALID, "model", "A model is called owner/name, "
		                 "owner/name:version, or by a version alone.");
		return;
	}
	*path = words_join(d->call, (cdt_str[]){
		d->self->deployments ? CDT_STR("/deployments/") : CDT_STR("/models/"), name,
		CDT_STR("/predictions") }, 3);
	if (!path->p)
		replicate_refuse(d, CDT_E_LIMIT, "model", "The model's name is too long.");
}

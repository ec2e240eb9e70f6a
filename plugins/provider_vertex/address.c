/* provider_vertex/address.c - where a request goes: by location, project and kind of model.
 * SPDX-License-Identifier: MIT */
#include "vertex.h"

/* "global" has no name in front, the multi-regions have hosts of their own. */
static cdt_str host_of(const struct vertex *v, struct cdt_call *call)
{
	cdt_str at = words_z(v->location);

	if (at.n == 0 || cdt_is(at, "global"))
		return CDT_STR("https://aiplatform.googleapis.com");
	if (cdt_is(at, "us") || cdt_is(at, "eu"))
		return words_join(call, (cdt_str[]){ CDT_STR("https://aiplatform."), at,
			CDT_STR(".rep.googleapis.com") }, 3);
	return words_join(call, (cdt_str[]){ CDT_STR("https://"), at,
		CDT_STR("-aiplatform.googleapis.com") }, 3);
}

/* Of a whole resource name: nothing.  Of a tuned model's endpoint or a model: what stands
 * before it. */
static cdt_str folder_of(const struct vertex *v, struct cdt_call *call, cdt_str model)
{
	int publisher = words_begin(model, "publishers/");
	cdt_str kind = publisher || words_begin(model, "endpoints/")
	               ? CDT_STR("") : CDT_STR("publishers/google/models/");

	if (words_begin(model, "projects/"))
		return CDT_STR("/");
	if (!v->project[0])                             /* express mode */
		return words_join(call, (cdt_str[]){ CDT_STR("/"), kind }, 2);
	return words_join(call, (cdt_str[]){ CDT_STR("/projects/"), words_z(v->project),
		CDT_STR("/locations/"), words_z(v->location), CDT_STR("/"), kind }, 6);
}

void vertex_address(const struct gemini *self, struct cdt_call *call, struct cdt_http_out *http,
                    const struct gemini_place *place, const char *verb)
{
	const struct vertex *v = (const struct vertex *)(const void *)self;
	cdt_str base = gemini_trimmed(place->base), model = place->model;

	if (words_begin(model, "models/"))
		model = words_after(model, sizeof "models/" - 1);
	if (base.n == 0)
		base = host_of(v, call);
	http->api->method(http, "POST");
	http->api->url(http, base, words_join(call, (cdt_str[]){
		gemini_has_version(base) ? CDT_STR("") : CDT_STR("/"),
		gemini_has_version(base) ? CDT_STR("") : words_z(v->version),
		folder_of(v, call, model), gemini_escaped(call, model), CDT_STR(":"),
		words_z(verb) }, 6));
	if (v->auth == AUTH_KEY)
		http->api->secret_header(http, "x-goog-api-key", CDT_STR(""), place->secret);
	else
		http->api->secret_header(http, "authorization", CDT_STR("Bearer "),
		                         place->secret);
	http->api->header(http, "content-type", CDT_STR("application/json"));
}

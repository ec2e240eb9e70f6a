/* provider_bedrock/place.c - where a request goes: host and region, and the path with the
 * model's id as one encoded segment.  An ARN keeps its slashes in it.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <string.h>

/* "bedrock-runtime.eu-west-1.amazonaws.com", also behind "bedrock-runtime-fips" and in the
 * names of private endpoints.  "" when the host is of another kind. */
static cdt_str region_of_host(cdt_str host)
{
	cdt_str label = bedrock_cut(&host, '.');

	while (host.n) {
		if (words_begin(label, "bedrock-") || cdt_is(label, "bedrock"))
			return words_hold(host, ".amazonaws.com") ? bedrock_cut(&host, '.')
			                                           : CDT_STR("");
		label = bedrock_cut(&host, '.');
	}
	return CDT_STR("");
}

/* arn:aws:bedrock:REGION:account:kind/name; "" when it is no ARN, or one of no region. */
static cdt_str region_of_arn(cdt_str model)
{
	if (!words_begin(model, "arn:"))
		return CDT_STR("");
	for (int i = 0; i < 3; i++)
		(void)bedrock_cut(&model, ':');         /* only what follows matters */
	return bedrock_cut(&model, ':');
}

/* As it is sent, so that it can be signed: no port that is the usual one. */
static cdt_str host_of(cdt_str base)
{
	int plain = words_begin(base, "http://");
	cdt_str rest = words_after(base, plain ? 7 : 8), host = bedrock_cut(&rest, '/');
	const char *usual = plain ? ":80" : ":443";

	if (words_end(host, usual))
		host.n -= strlen(usual);
	return host;
}

static cdt_str encoded(struct cdt_call *call, cdt_str s)
{
	static const char digits[] = "0123456789ABCDEF";
	char *p = call->api->scratch(call, 3 * s.n + 1);
	size_t n = 0;

	for (size_t i = 0; p && i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		int plain = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z')
		            || c == '-' || c == '.' || c == '_' || c == '~';

		if (!plain) {
			p[n++] = '%';
			p[n++] = digits[c >> 4];
		}
		p[n++] = plain ? (char)c : digits[c & 15];
	}
	return (cdt_str){ p, n };
}

static cdt_str base_of(const struct bedrock *self, struct cdt_call *call, cdt_str region,
                       const char *service)
{
	return words_join(call, (cdt_str[]){ CDT_STR("https://"), words_z(service),
		self->fips ? CDT_STR("-fips.") : CDT_STR("."), region,
		words_begin(region, "cn-") ? CDT_STR(".amazonaws.com.cn")
		                              : CDT_STR(".amazonaws.com") }, 5);
}

/* Ranking has a host of its own beside that of the models. */
static cdt_str other_host(struct cdt_call *call, cdt_str base, const char *service)
{
	cdt_str usual = CDT_STR("bedrock-runtime");
	size_t at = words_find(base, usual);

	if (at == base.n || cdt_is(usual, service))
		return base;
	return words_join(call, (cdt_str[]){ { base.p, at }, words_z(service),
		words_after(base, at + usual.n) }, 3);
}

/* What of the base comes behind its host. */
static cdt_str prefix_of(cdt_str base)
{
	size_t at = words_begin(base, "http://") ? 7 : 8;

	while (at < base.n && base.p[at] != '/')
		at++;
	return words_after(base, at);
}

cdt_status bedrock_place(const struct bedrock *self, struct cdt_call *call,
                         const struct asked *a, const char *service, struct place *out)
{
	cdt_str base = a->base_url, region = region_of_arn(a->model);

	while (base.n && base.p[base.n - 1] == '/')
		base.n--;
	if (base.n == 0) {
		region = region.n ? region : words_z(self->region);
		base = base_of(self, call, region, service);
	} else {
		base = other_host(call, base, service);
		region = region_of_host(host_of(base));
		region = region.n ? region : words_z(self->region);
	}
	out->base = base;
	out->host = host_of(base);
	out->region = region;
	return out->host.p && base.p ? CDT_OK : CDT_E_LIMIT;
}

cdt_status bedrock_go(struct cdt_call *call, struct place *p, cdt_str model, const char *verb,
                      struct cdt_http_out *http)
{
	cdt_str path = words_z(verb);

	if (model.n)
		path = words_join(call, (cdt_str[]){ CDT_STR("/model/"),
			encoded(call, model), path }, 3);
	p->path = words_join(call, (cdt_str[]){ prefix_of(p->base), path }, 2);
	if (!p->path.p)
		return CDT_E_LIMIT;
	http->api->method(http, "POST");
	http->api->url(http, p->base, path);
	http->api->header(http, "content-type", CDT_STR("application/json"));
	return CDT_OK;
}

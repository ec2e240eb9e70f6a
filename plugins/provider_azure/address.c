/* provider_azure/address.c - the two surfaces: a deployment's own URL with the version of the
 * API behind it, or /openai/v1, where the deployment is the model of the body.
 * SPDX-License-Identifier: MIT */
#include "azure.h"

#include <string.h>

enum { BASE_MAX = 1024, MODEL_MAX = 256, VERSION_MAX = 64 };

size_t azure_escape(cdt_str s, char *out)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || (c && strchr("-_.~", c))) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '%';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	return n;
}

static bool take_end(cdt_str *s, const char *end)
{
	size_t n = strlen(end);

	if (s->n < n || memcmp(s->p + s->n - n, end, n) != 0)
		return false;
	s->n -= n;
	return true;
}

/* The resource's own address, however much of the path the operator has written. */
static cdt_str resource(cdt_str base)
{
	while (take_end(&base, "/") || take_end(&base, "/openai/v1") ||
	       take_end(&base, "/openai/deployments") || take_end(&base, "/openai"))
		;
	return base;
}

struct line { char *p; size_t n; };

static void add(struct line *l, const char *z)
{
	size_t n = strlen(z);

	memcpy(l->p + l->n, z, n);
	l->n += n;
}

static void write_path(const struct azure *me, const struct cdt_request *req, cdt_str path,
                       struct line *l)
{
	add(l, me->v1 ? "/openai/v1" : "/openai/deployments/");
	if (!me->v1)
		l->n += azure_escape(req->model, l->p + l->n);
	memcpy(l->p + l->n, path.p, path.n);
	l->n += path.n;
	if (!*me->api_version)
		return;
	add(l, "?api-version=");
	add(l, me->api_version);
}

static bool refuse(struct cdt_call *call, const char *why)
{
	if (CDT_CAN(struct cdt_call_api, call->api, refuse))
		call->api->refuse(call, "", (cdt_str){ why, strlen(why) });
	return false;
}

bool azure_address(const struct azure *me, struct cdt_call *call, const struct cdt_request *req,
                   struct cdt_http_out *http)
{
	char room[VERSION_MAX + 3 * MODEL_MAX + 128];
	struct line l = { room, 0 };
	cdt_str base = resource(req->base_url);
	cdt_str path = openai_where_path(&me->base, req);

	if (!base.n || base.n > BASE_MAX)
		return refuse(call, "This provider needs the address of its resource "
		                    "(base_url) in the configuration.");
	if (req->model.n > MODEL_MAX)
		return refuse(call, "The name of the deployment is too long.");
	write_path(me, req, path, &l);
	http->api->url(http, base, (cdt_str){ l.p, l.n });
	return true;
}

/* provider_huggingface/address.c - where each operation of each server is.
 * SPDX-License-Identifier: MIT */
#include "hf.h"

enum { MODEL_MAX = 256, PATH_ROOM = 3 * MODEL_MAX + 64 };

static bool take_end(cdt_str *s, const char *end)
{
	size_t n = strlen(end);

	if (s->n < n || memcmp(s->p + s->n - n, end, n) != 0)
		return false;
	s->n -= n;
	return true;
}

static cdt_str or_dflt(cdt_str base, cdt_str dflt)
{
	return base.n ? base : dflt;
}

/* "org/name" keeps its slash; what is no letter of a path is escaped. */
static size_t put_model(cdt_str model, char *out)
{
	static const char hex[] = "0123456789ABCDEF", plain[] = "-._~/";
	size_t n = 0;

	for (size_t i = 0; i < model.n; i++) {
		unsigned char c = (unsigned char)model.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || (c && strchr(plain, c))) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '%';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	return n;
}

/* A model that climbs out of its folder would be another URL. */
static bool is_model(cdt_str model)
{
	for (size_t i = 0; i + 1 < model.n; i++)
		if (model.p[i] == '.' && model.p[i + 1] == '.')
			return false;
	return model.n && model.n <= MODEL_MAX && model.p[0] != '/';
}

static bool pipeline(const struct asking *a, struct cdt_http_out *http, cdt_str base)
{
	char path[PATH_ROOM] = "/models/";
	const char *rest = a->req->op == CDT_OP_EMBED ? "/pipeline/feature-extraction"
	                                              : "/v1/chat/completions";
	size_t n = strlen(path);

	if (!is_model(a->req->model)) {
		(void)openai_member_refuse(a, "model", "This is no name of a model there.");
		return false;
	}
	while (take_end(&base, "/") || take_end(&base, "/models"))
		;
	n += put_model(a->req->model, path + n);
	memcpy(path + n, rest, strlen(rest));
	if (!base.n)
		base = CDT_STR("https://router.huggingface.co/hf-inference");
	http->api->url(http, base, (cdt_str){ path, n + strlen(rest) });
	return true;
}

static cdt_str path_of(const struct cdt_request *req)
{
	switch (req->op) {
	case CDT_OP_EMBED: return CDT_STR("/embed");
	case CDT_OP_RERANK: return CDT_STR("/rerank");
	case CDT_OP_COMPLETE:
		return req->flags & CDT_REQ_STREAM ? CDT_STR("/generate_stream")
		                                   : CDT_STR("/generate");
	default: return CDT_STR("/v1/chat/completions");
	}
}

bool hf_address(const struct asking *a, struct cdt_http_out *http)
{
	cdt_str base = a->req->base_url;

	switch (hf_of(a->me)->api) {
	case API_INFERENCE:
		return pipeline(a, http, base);
	case API_ROUTER:
		http->api->url(http, or_dflt(base, CDT_STR("https://router.huggingface.co/v1")),
		               CDT_STR("/chat/completions"));
		return true;
	default:
		while (take_end(&base, "/") || take_end(&base, "/v1"))
			;
		http->api->url(http, or_dflt(base, CDT_STR("http://localhost:8080")),
		               path_of(a->req));
		return true;
	}
}

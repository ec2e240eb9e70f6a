/* lib_anthropic/betas.c - names of the anthropic-beta header: which go where.  A cloud refuses
 * a request that has one it does not know, and clients send those of Anthropic's own API.
 * SPDX-License-Identifier: MIT */
#include "lib_anthropic/inside.h"

enum { LISTS_MAX = 4, BETAS_MAX = 24 };

cdt_str claude_header(struct cdt_call *call, const struct cdt_request *req, const char *name)
{
	if (!(req->flags & CDT_REQ_NATIVE) ||
	    !CDT_CAN(struct cdt_call_api, call->api, client_header))
		return CDT_STR("");
	return call->api->client_header(call, name);
}

/* The next name of a list with commas; "": no more. */
static cdt_str next_name(cdt_str *list)
{
	cdt_str name = { list->p, 0 };

	while (list->n && name.n == 0) {
		name = (cdt_str){ list->p, words_find(*list, CDT_STR(",")) };
		*list = words_after(*list, name.n + 1);
		while (name.n && *name.p == ' ')
			name = words_after(name, 1);
		while (name.n && name.p[name.n - 1] == ' ')
			name.n--;
	}
	return name;
}

static int has_name(cdt_str list, cdt_str name)
{
	cdt_str one;

	while ((one = next_name(&list)).n)
		if (words_same(one, name))
			return 1;
	return 0;
}

cdt_str claude_betas(struct cdt_call *call, const cdt_str *lists, size_t count)
{
	cdt_str pieces[2 * LISTS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < count && i < LISTS_MAX; i++) {
		if (lists[i].n == 0 || (i && has_name(lists[0], lists[i])))
			continue;
		if (n)
			pieces[n++] = CDT_STR(",");
		pieces[n++] = lists[i];
	}
	return n ? words_join(call, pieces, n) : CDT_STR("");
}

/* What a cloud calls it; NULL: it does not know it. */
static const struct { const char *name, *bedrock, *vertex; } clouds[] = {
#define BOTH(name) { name, name, name }
	{ "advanced-tool-use-2025-11-20", "tool-search-tool-2025-10-19",
	  "tool-search-tool-2025-10-19" },
	BOTH("compact-2026-01-12"),
	BOTH("computer-use-2025-01-24"),
	BOTH("computer-use-2025-11-24"),
	BOTH("context-1m-2025-08-07"),
	BOTH("context-management-2025-06-27"),
	{ "effort-2025-11-24", "effort-2025-11-24", NULL },
	{ "fine-grained-tool-streaming-2025-05-14", "fine-grained-tool-streaming-2025-05-14",
	  NULL },
	{ "interleaved-thinking-2025-05-14", NULL, "interleaved-thinking-2025-05-14" },
	BOTH("tool-search-tool-2025-10-19"),
	{ "web-search-2025-03-05", NULL, "web-search-2025-03-05" },
};

static cdt_str cloud_name(const struct claude *self, cdt_str name)
{
	const char *known = NULL;

	for (size_t i = 0; i < sizeof clouds / sizeof clouds[0]; i++)
		if (cdt_is(name, clouds[i].name))
			known = self->where == CLAUDE_ON_BEDROCK ? clouds[i].bedrock
			                                         : clouds[i].vertex;
	return known ? words_z(known) : CDT_STR("");
}

cdt_str claude_cloud_betas(const struct claude *self, struct cdt_call *call,
                           const struct cdt_request *req)
{
	cdt_str rest = claude_header(call, req, "anthropic-beta"), one;
	cdt_str pieces[2 * BETAS_MAX];
	size_t n = 0;

	while (n + 2 <= sizeof pieces / sizeof pieces[0] && (one = next_name(&rest)).n) {
		cdt_str known = cloud_name(self, one);
		int twice = known.n == 0;

		for (size_t i = 0; i < n; i += 2)
			twice |= words_same(pieces[i], known);
		if (twice)
			continue;
		pieces[n++] = known;
		pieces[n++] = CDT_STR(",");
	}
	return n ? words_join(call, pieces, n - 1) : CDT_STR("");
}

/* auth/proxies.c - walks X-Forwarded-For from its trustworthy end.  The header Forwarded is not
 * read: one source of truth is enough to get wrong.
 * SPDX-License-Identifier: MIT */
#include "auth/proxies.h"

#include <arpa/inet.h>
#include <string.h>

#include "auth/net.h"
#include "base/mem.h"
#include "base/str.h"

enum { V4_AT = 12, HOPS_MAX = 32 };

struct proxies { size_t count; struct net nets[]; };

struct proxies *proxies_new(const char *const *cidrs, size_t count)
{
	struct proxies *p;

	if (!count)
		return NULL;
	p = mem_new(sizeof *p + count * sizeof *p->nets);
	for (size_t i = 0; i < count; i++)
		p->count += net_parse(str_z(cidrs[i]), &p->nets[p->count]);
	return p;
}

void proxies_free(struct proxies *p)
{
	mem_free(p);
}

static bool has(const struct proxies *p, const uint8_t address[16])
{
	for (size_t i = 0; i < p->count; i++)
		if (net_has(&p->nets[i], address))
			return true;
	return false;
}

bool proxies_trust(const struct proxies *p, cdt_str peer)
{
	uint8_t address[16];

	return p && net_address(peer, address) && has(p, address);
}

static bool is_port(cdt_str s)
{
	uint64_t port;

	return str_u64(s, &port) && port <= UINT16_MAX;
}

/* "a.b.c.d", "a.b.c.d:port", "v6", "[v6]", "[v6]:port". */
static bool read_hop(cdt_str hop, uint8_t address[16])
{
	cdt_str rest;
	size_t end;

	if (str_starts(hop, "[")) {
		end = str_find(hop, ']');
		if (end == hop.n)
			return false;
		rest = str_skip(hop, end + 1);
		if (rest.n && (rest.p[0] != ':' || !is_port(str_skip(rest, 1))))
			return false;
		hop = str_from(hop.p + 1, end - 1);
		return str_find(hop, ':') < hop.n && net_address(hop, address);
	}
	end = str_find(hop, ':');
	if (end < hop.n && str_find(hop, '.') < end && is_port(str_skip(hop, end + 1)))
		hop.n = end;
	return net_address(hop, address);
}

static cdt_str print(const uint8_t address[16], struct arena *a)
{
	static const struct net v4 = { .address = { [10] = 0xff, 0xff }, .bits = 96 };
	char text[INET6_ADDRSTRLEN];
	bool is_v4 = net_has(&v4, address);

	/* Can not fail: the text has room for both. */
	(void)inet_ntop(is_v4 ? AF_INET : AF_INET6, address + (is_v4 ? V4_AT : 0), text,
	                sizeof text);
	return arena_str(a, str_z(text));
}

/* Cuts the last element off. */
static cdt_str cut_last(cdt_str *list)
{
	size_t at = list->n;
	cdt_str last;

	while (at && list->p[at - 1] != ',')
		at--;
	last = str_trim(str_skip(*list, at));
	list->n = at ? at - 1 : 0;
	return last;
}

cdt_str proxies_client(const struct proxies *p, cdt_str peer, cdt_str forwarded,
                       struct arena *a)
{
	uint8_t address[16], nearest[16];
	bool moved = false;

	for (size_t i = 0; forwarded.n && i < HOPS_MAX; i++) {
		if (!read_hop(cut_last(&forwarded), address))
			break;
		memcpy(nearest, address, sizeof nearest);
		moved = true;
		if (!has(p, address))
			break;
	}
	return moved ? print(nearest, a) : peer;
}

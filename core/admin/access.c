/* admin/access.c - who may ask: the token, the browser's origin, how often one may be wrong.
 * SPDX-License-Identifier: MIT */
#include "admin/inquiry.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

/* In this order. */
static cdt_str token_of(const struct http_request *r)
{
	static const char *const names[] = { "x-master-key", "x-api-key" };
	cdt_str value = http_header(r, "authorization");

	if (value.n > 7 && str_is_nocase(str_from(value.p, 7), "bearer "))
		return str_trim(str_skip(value, 7));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		value = str_trim(http_header(r, names[i]));
		if (value.n)
			return value;
	}
	return CDT_STR("");
}

/* Through their hashes, so that neither the length nor the first difference shows in time. */
static bool is_token(const struct admin *a, cdt_str token)
{
	uint8_t hash[SHA256_SIZE];

	sha256(token, hash);
	return digest_equal(hash, a->token_hash, sizeof hash);
}

/* The part before the port; brackets of IPv6 off. */
static cdt_str host_name(cdt_str host)
{
	if (str_starts(host, "["))
		return str_from(host.p + 1, str_find(host, ']') - 1);
	return str_cut(&host, ':');
}

/* A page from elsewhere that had its own name point to us sends that name. */
static bool is_near(const struct http_request *r)
{
	cdt_str peer = http_peer(r), name = host_name(http_header(r, "host"));
	char text[INET6_ADDRSTRLEN] = "";
	unsigned char address[16];

	if (str_is(peer, "unix"))
		return true;
	if (!str_starts(peer, "127.") && !str_is(peer, "::1"))
		return false;
	if (name.n && name.n < sizeof text)
		memcpy(text, name.p, name.n);
	return str_is_nocase(name, "localhost") || inet_pton(AF_INET, text, address) == 1 ||
	       inet_pton(AF_INET6, text, address) == 1;
}

/* Browsers say where a page came from; it must be from here. */
static bool is_same_origin(const struct http_request *r)
{
	cdt_str origin = http_header(r, "origin"), host = http_header(r, "host");
	size_t at = str_search(origin, CDT_STR("://"));

	if (!origin.p)
		return true;
	if (!host.n || at + 3 >= origin.n)
		return false;
	origin = str_skip(origin, at + 3);
	return origin.n == host.n && strncasecmp(origin.p, host.p, host.n) == 0;
}

static cdt_status refuse(struct inquiry *c)
{
	cdt_str peer = http_peer(c->request);
	uint64_t wait_ms = throttle_take(c->admin->throttle, peer, clock_ms());
	char seconds[24];

	if (!wait_ms) {
		log_warn(LOG_ADMIN, NULL, "a wrong admin token was refused client=%.*s",
		         STR_ARG(peer));
		return REFUSE(c, PROBLEM_BAD_KEY, NULL, "this is not the admin token of this "
		              "gateway");
	}
	(void)snprintf(seconds, sizeof seconds, "%" PRIu64, (wait_ms + 999) / 1000);
	(void)http_head_add(&c->head, "Retry-After", str_z(seconds));  /* digits */
	return REFUSE(c, PROBLEM_RATE_LIMIT, NULL, "too many wrong admin tokens from your "
	              "address; try again in %s s", seconds);
}

cdt_status access_check(struct inquiry *c, uint32_t access)
{
	cdt_str token = token_of(c->request);

	if (!is_same_origin(c->request))
		return REFUSE(c, PROBLEM_NOT_ALLOWED, NULL, "pages of another origin may not "
		              "use the admin API");
	if (access & ACCESS_PUBLIC || is_token(c->admin, token))
		return CDT_OK;
	if (access & ACCESS_LOCAL && !token.n && is_near(c->request))
		return CDT_OK;
	if (token.n)
		return refuse(c);
	return REFUSE(c, PROBLEM_NO_KEY, NULL, "no admin token: send it in the header "
	              "'Authorization: Bearer ...'; conduitd keeps it in admin.token of its "
	              "state folder, or takes it from CONDUIT_MASTER_KEY");
}

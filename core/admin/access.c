/* admin/access.c - who may ask: the token or a session, the browser's origin and the name it
 * uses, how often one may be wrong.
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
enum admin_role access_role(const struct admin *a, cdt_str token)
{
	uint8_t hash[SHA256_SIZE];

	sha256(token, hash);
	if (digest_equal(hash, a->token_hash[ROLE_ADMIN], sizeof hash))
		return ROLE_ADMIN;
	if (a->has_viewer && digest_equal(hash, a->token_hash[ROLE_VIEWER], sizeof hash))
		return ROLE_VIEWER;
	return ROLE_NONE;
}

/* Of the cookies of one header line; {NULL,0}: it is not among them. */
static cdt_str cookie_in(cdt_str line, const char *name)
{
	while (line.n) {
		cdt_str value = str_trim(str_cut(&line, ';'));

		if (str_is(str_trim(str_cut(&value, '=')), name))
			return str_trim(value);
	}
	return (cdt_str){ NULL, 0 };
}

static struct session *session_of(const struct inquiry *c)
{
	struct session *s = NULL;
	cdt_str line;

	for (size_t i = 0; !s && (line = http_header_next(c->request, "cookie", i)).p; i++) {
		cdt_str id = cookie_in(line, "conduit_session");

		if (id.n == SESSION_TEXT)
			s = session_use(c->admin->sessions, id, clock_ms());
	}
	return s;
}

/* The part before the port; brackets of IPv6 off. */
static cdt_str host_name(cdt_str host)
{
	if (str_starts(host, "["))
		return str_from(host.p + 1, str_find(host, ']') - 1);
	return str_cut(&host, ':');
}

static bool is_listed(const struct config *c, cdt_str name)
{
	for (size_t i = 0; i < c->admin_host_count; i++)
		if (str_is_nocase(name, c->admin_hosts[i]))
			return true;
	return false;
}

bool access_is_own_host(const struct inquiry *c)
{
	cdt_str name = host_name(http_header(c->request, "host"));
	char text[INET6_ADDRSTRLEN] = "";
	unsigned char address[16];

	if (name.n && name.n < sizeof text)
		memcpy(text, name.p, name.n);
	return str_is_nocase(name, "localhost") || inet_pton(AF_INET, text, address) == 1 ||
	       inet_pton(AF_INET6, text, address) == 1 ||
	       is_listed(admin_config(c->admin), name);
}

static bool is_near(const struct inquiry *c)
{
	cdt_str peer = http_peer(c->request);

	if (str_is(peer, "unix"))
		return true;
	return (str_starts(peer, "127.") || str_is(peer, "::1")) && access_is_own_host(c);
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

cdt_status access_refuse_token(struct inquiry *c)
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

static bool is_looking(const struct inquiry *c)
{
	cdt_str method = http_method(c->request);

	return str_is(method, "GET") || str_is(method, "HEAD");
}

/* Only scripts of our own pages can read that word, and only they can send such a header. */
static bool has_csrf(const struct inquiry *c)
{
	cdt_str sent = http_header(c->request, "x-conduit-csrf");

	return sent.n == SESSION_TEXT &&
	       digest_equal((const uint8_t *)sent.p, (const uint8_t *)c->session->csrf,
	                    SESSION_TEXT);
}

/* Who it is, is known: may they do that? */
static cdt_status check_role(struct inquiry *c, uint32_t access)
{
	if (is_looking(c))
		return CDT_OK;
	if (c->session && !has_csrf(c))
		return REFUSE(c, PROBLEM_NOT_ALLOWED, NULL, "the header X-Conduit-CSRF must be "
		              "what GET /admin/v1/session says: load the page again");
	if (c->role != ROLE_ADMIN && !(access & ACCESS_LOOKS))
		return REFUSE(c, PROBLEM_NOT_ALLOWED, NULL, "viewers can look at everything "
		              "and change nothing; log in with the admin token");
	return CDT_OK;
}

static cdt_status refuse_host(struct inquiry *c)
{
	return REFUSE(c, PROBLEM_NOT_ALLOWED, NULL, "this gateway is not known by the name "
	              "'%.64s'; use localhost or its IP address, or list the name in "
	              "admin.hosts of its configuration",
	              arena_str(&c->arena, http_header(c->request, "host")).p);
}

cdt_status access_check(struct inquiry *c, uint32_t access)
{
	cdt_str token = token_of(c->request);

	if (!is_same_origin(c->request))
		return REFUSE(c, PROBLEM_NOT_ALLOWED, NULL, "pages of another origin may not "
		              "use the admin API");
	if (access & ACCESS_PUBLIC)
		return CDT_OK;
	c->role = token.n ? access_role(c->admin, token) : ROLE_NONE;
	if (c->role)                   /* whoever has it is no page with a borrowed name */
		return check_role(c, access);
	if (!str_is(http_peer(c->request), "unix") && http_header(c->request, "host").n &&
	    !access_is_own_host(c))
		return refuse_host(c);
	if (access & ACCESS_LOGIN)
		return CDT_OK;
	if (token.n)
		return access_refuse_token(c);
	c->session = session_of(c);
	c->role = c->session ? c->session->role : ROLE_NONE;
	if (c->role)
		return check_role(c, access);
	if (access & ACCESS_LOCAL && is_near(c))
		return CDT_OK;
	return REFUSE(c, PROBLEM_NO_KEY, NULL, "no admin token: send it in the header "
	              "'Authorization: Bearer ...'; conduitd keeps it in admin.token of its "
	              "state folder, or takes it from CONDUIT_MASTER_KEY");
}

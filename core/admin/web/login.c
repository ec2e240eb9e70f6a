/* admin/web/login.c - a browser gives the token once, and gets a session for it.
 * SPDX-License-Identifier: MIT */
#include "admin/web/session.h"

#include <stdio.h>
#include <string.h>

#include "admin/records.h"
#include "audit/audit.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/store.h"

enum { COOKIE_SIZE = 160 };

/* In front of us somebody else may speak TLS: then the page says so. */
static bool is_secret(const struct http_request *r)
{
	return http_is_secret(r) || str_starts(http_header(r, "origin"), "https://");
}

/* id "": the browser forgets it. */
static void put_cookie(struct inquiry *c, const char *id)
{
	char text[COOKIE_SIZE];

	(void)snprintf(text, sizeof text, "conduit_session=%s; Path=/; HttpOnly; "
	               "SameSite=Strict%s%s", id, is_secret(c->request) ? "; Secure" : "",
	               id[0] ? "" : "; Max-Age=0");
	(void)http_head_add(&c->head, "Set-Cookie", str_z(text));      /* ours */
	explicit_bzero(text, sizeof text);
}

/* --- whoever reads the audit log sees who has come, and from where --- */

struct arrival { struct audit_entry entry; char client[AUDIT_NOTE_MAX]; };

static cdt_status put_arrival(void *arg, struct store_txn *txn)
{
	const struct arrival *a = arg;

	return audit_put(txn, &a->entry);
}

static void on_put(void *arg, cdt_status st)
{
	if (st != CDT_OK)
		log_warn(LOG_ADMIN, NULL, "a login is not in the audit log status=%d", (int)st);
	mem_free(arg);
}

static void tell_audit(struct inquiry *c)
{
	struct arrival *a = mem_new(sizeof *a);
	struct store_op op = { put_arrival, on_put, a, NULL };

	(void)snprintf(a->client, sizeof a->client, "from %.*s",
	               STR_ARG(http_peer(c->request)));
	a->entry = (struct audit_entry){
		.wall_ms = clock_wall_ms(), .actor = "web", .action = "login",
		.kind = "session", .object = str_z(role_name(c->role)),
		.changed = CDT_STR("[]"), .note = a->client,
	};
	if (store_submit(c->admin->parts.store, &op) != CDT_OK)
		on_put(a, CDT_E_LIMIT);
}

/* --- calls --- */

cdt_status admin_session_show(struct inquiry *c)
{
	char text[CLOCK_TEXT_SIZE];
	uint64_t left_ms;

	if (!c->session)
		return REFUSE(c, PROBLEM_NO_KEY, NULL, "there is no session: POST "
		              "/admin/v1/session with the token begins one");
	left_ms = session_left_ms(c->session, clock_ms());
	jsonw_open(&c->json, '{');
	jsonw_put_z(&c->json, "role", role_name(c->session->role));
	jsonw_put_z(&c->json, "csrf", c->session->csrf);
	jsonw_put_z(&c->json, "expires_at", clock_text(clock_wall_ms() + (int64_t)left_ms,
	                                               text));
	jsonw_close(&c->json);
	return CDT_OK;
}

cdt_status admin_session_begin(struct inquiry *c)
{
	static const char *const known[] = { "token", NULL };
	cdt_str name, token = { NULL, 0 };
	char id[SESSION_SIZE];
	struct json *value;
	size_t it = 0;

	if (!c->body || json_type(c->body) != CDT_MAP)
		return REFUSE(c, PROBLEM_INVALID_VALUE, NULL, "the body must be "
		              "{\"token\":\"...\"}");
	while (json_next(c->body, &it, &name, &value)) {
		if (!str_is(name, "token"))
			return record_unknown_member(c, name, known);
		token = json_text(value);
	}
	if (!token.n)
		return REFUSE(c, PROBLEM_INVALID_VALUE, "token", "'token' must be the admin "
		              "token, or that of viewers");
	c->role = access_role(c->admin, token);
	if (!c->role)
		return access_refuse_token(c);
	c->session = session_begin(c->admin->sessions, c->role, clock_ms(), id);
	log_info(LOG_ADMIN, NULL, "somebody has logged in role=%s client=%.*s",
	         role_name(c->role), STR_ARG(http_peer(c->request)));
	tell_audit(c);
	put_cookie(c, id);
	explicit_bzero(id, sizeof id);
	return admin_session_show(c);
}

cdt_status admin_session_end(struct inquiry *c)
{
	if (!c->session)
		return admin_session_show(c);          /* says that there is none */
	session_end(c->session);
	c->session = NULL;
	put_cookie(c, "");
	c->status = 204;
	c->type = NULL;
	return CDT_OK;
}

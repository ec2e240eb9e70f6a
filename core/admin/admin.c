/* admin/admin.c - the table of admin calls; finds the one that is asked for, and reads its
 * body.  What each says is its own file's affair.
 * SPDX-License-Identifier: MIT */
#include "admin/admin.h"

#include <stdio.h>
#include <string.h>

#include "admin/events/events.h"
#include "admin/records.h"
#include "admin/web/files.h"
#include "base/jsonscan.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/query.h"
#include "base/str.h"
#include "fetch/fetch.h"
#include "router/route.h"
#include "store/store.h"

/* A function fills c->json or c->out, or the problem; or says inquiry_wait, answers later. */
enum {
	TAKES_BODY = 16, TAKES_PAGE = 32, TAKES_AUDIT = 64, TAKES_SUMS = 128,
	TAKES_REPORT = 256, TAKES_RECORDS = 512, TAKES_FILTER = 1024, TAKES_MODELS = 2048,
	TAKES_PART = 4096, TAKES_NAMES = 8192, TAKES_TOPICS = 16384, TAKES_SPAN = 32768
};
static const struct entry {
	/* "{id}" stands for one piece, "{name}" for all but the last one that follow. */
	const char *method, *path;
	cdt_status (*run)(struct inquiry *c);
	uint32_t flags;                        /* with ACCESS_... */
	const struct record_kind *kind;        /* of records that it is about */
} entries[] = {
	{ "GET", "/", admin_index_show, ACCESS_PUBLIC, NULL },
	{ "GET", "/admin/v1/access", admin_access_show, TAKES_PAGE, NULL },
	{ "GET", "/admin/v1/audit", admin_audit_list, TAKES_AUDIT, NULL },
	{ "POST", "/admin/v1/backup", admin_backup_make, 0, NULL },
	{ "GET", "/admin/v1/cache", admin_cache_show, 0, NULL },
	{ "DELETE", "/admin/v1/cache", admin_cache_purge, TAKES_PART, NULL },
	{ "GET", "/admin/v1/config", admin_config_show, 0, NULL },
	{ "POST", "/admin/v1/config/check", admin_config_check, 0, NULL },
	{ "GET", "/admin/v1/events", admin_events_show, TAKES_TOPICS, NULL },
	{ "GET", "/admin/v1/groups", record_list, TAKES_PAGE, &record_group },
	{ "POST", "/admin/v1/groups", admin_groups_create, TAKES_BODY, &record_group },
	{ "GET", "/admin/v1/groups/{id}", record_show, 0, &record_group },
	{ "PATCH", "/admin/v1/groups/{id}", record_update, TAKES_BODY, &record_group },
	{ "DELETE", "/admin/v1/groups/{id}", record_delete, 0, &record_group },
	{ "POST", "/admin/v1/groups/{id}/credit", admin_groups_credit, TAKES_BODY,
	  &record_group },
	{ "GET", "/admin/v1/keys", record_list, TAKES_PAGE, &record_key },
	{ "POST", "/admin/v1/keys", admin_keys_create, TAKES_BODY, &record_key },
	{ "GET", "/admin/v1/keys/{id}", record_show, 0, &record_key },
	{ "PATCH", "/admin/v1/keys/{id}", record_update, TAKES_BODY, &record_key },
	{ "DELETE", "/admin/v1/keys/{id}", record_delete, 0, &record_key },
	{ "POST", "/admin/v1/keys/{id}/chat", admin_keys_chat, TAKES_BODY, &record_key },
	{ "POST", "/admin/v1/keys/{id}/disable", record_disable, 0, &record_key },
	{ "POST", "/admin/v1/keys/{id}/enable", record_enable, 0, &record_key },
	{ "POST", "/admin/v1/keys/{id}/explain", admin_keys_explain, TAKES_BODY, &record_key },
	{ "POST", "/admin/v1/keys/{id}/rotate", admin_keys_rotate, TAKES_BODY, &record_key },
	{ "GET", "/admin/v1/ledger", admin_ledger_list, TAKES_FILTER, NULL },
	{ "GET", "/admin/v1/ledger/verify", admin_ledger_verify, 0, NULL },
	{ "PATCH", "/admin/v1/log", admin_log_update, TAKES_BODY, NULL },
	{ "GET", "/admin/v1/models", admin_models_list, TAKES_MODELS, NULL },
	{ "GET", "/admin/v1/models/{id}", admin_models_show, 0, NULL },
	{ "GET", "/admin/v1/overview", admin_overview_show, TAKES_SPAN, NULL },
	{ "GET", "/admin/v1/plugins", admin_plugins_list, 0, NULL },
	{ "GET", "/admin/v1/prices", admin_prices_list, TAKES_MODELS, NULL },
	{ "GET", "/admin/v1/providers", admin_providers_list, 0, NULL },
	{ "POST", "/admin/v1/reload", admin_config_reload, 0, NULL },
	{ "GET", "/admin/v1/requests", admin_requests_list, TAKES_RECORDS, NULL },
	{ "GET", "/admin/v1/requests/{id}", admin_requests_show, TAKES_NAMES, NULL },
	{ "GET", "/admin/v1/routes", admin_routes_list, 0, NULL },
	{ "GET", "/admin/v1/serving", admin_serving_show, TAKES_SPAN, NULL },
	{ "DELETE", "/admin/v1/session", admin_session_end, ACCESS_LOOKS, NULL },
	{ "GET", "/admin/v1/session", admin_session_show, 0, NULL },
	{ "POST", "/admin/v1/session", admin_session_begin, ACCESS_LOGIN | TAKES_BODY, NULL },
	{ "GET", "/admin/v1/settings", admin_settings_show, 0, NULL },
	{ "GET", "/admin/v1/start", admin_start_show, 0, NULL },
	{ "GET", "/admin/v1/status", admin_status_show, 0, NULL },
	{ "GET", "/admin/v1/targets", admin_targets_list, 0, NULL },
	{ "POST", "/admin/v1/targets/{name}/drain", admin_targets_drain, 0, NULL },
	{ "POST", "/admin/v1/targets/{name}/enable", admin_targets_enable, 0, NULL },
	{ "POST", "/admin/v1/targets/{name}/reset", admin_targets_reset, 0, NULL },
	{ "GET", "/admin/v1/usage", admin_usage_show, TAKES_SUMS, NULL },
	{ "GET", "/admin/v1/usage/report", admin_usage_report, TAKES_REPORT, NULL },
	{ "GET", "/health/live", admin_health_live, ACCESS_PUBLIC, NULL },
	{ "GET", "/health/ready", admin_health_ready, ACCESS_PUBLIC, NULL },
	{ "GET", "/metrics", admin_metrics_show, ACCESS_LOCAL, NULL },
};
enum { ENTRY_COUNT = sizeof entries / sizeof *entries, ALLOW_SIZE = 64 };

/* --- which --- */

/* first and what of *rest belongs to the name, whose own slashes need not be escaped. */
static cdt_str up_to_last(cdt_str first, cdt_str *rest)
{
	size_t n = rest->n;

	while (n > 0 && rest->p[n - 1] != '/')
		n--;
	if (n > 0) {
		first.n = (size_t)(rest->p + n - 1 - first.p);
		*rest = str_skip(*rest, n);
	}
	return first;
}

static bool takes_path(const char *pattern, cdt_str path, cdt_str *id)
{
	cdt_str wanted = str_z(pattern), found = { "", 0 };

	if (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	while (wanted.n || path.n) {
		cdt_str w = str_cut(&wanted, '/'), p = str_cut(&path, '/');

		if (str_is(w, "{name}"))
			found = p = up_to_last(p, &path);
		else if (str_is(w, "{id}") && p.n)
			found = p;
		else if (!str_eq(w, p))
			return false;
	}
	*id = found;
	return true;
}

static bool takes_method(const struct entry *e, cdt_str method)
{
	return str_is(method, e->method) ||
	       (str_is(method, "HEAD") && !strcmp(e->method, "GET"));
}

static void add_method(char allowed[ALLOW_SIZE], const char *method)
{
	size_t n = strlen(allowed);

	(void)snprintf(allowed + n, ALLOW_SIZE - n, "%s%s%s", n ? ", " : "", method,
	               strcmp(method, "GET") ? "" : ", HEAD");
}

/* NULL: the problem is filled. */
static const struct entry *find(struct inquiry *c)
{
	cdt_str path = http_path(c->request), method = http_method(c->request), id;
	char allowed[ALLOW_SIZE] = "";

	for (size_t i = 0; i < ENTRY_COUNT; i++) {
		if (!takes_path(entries[i].path, path, &id))
			continue;
		if (takes_method(&entries[i], method)) {
			c->id = query_decode(&c->arena, id);
			return &entries[i];
		}
		add_method(allowed, entries[i].method);
	}
	if (allowed[0]) {
		(void)http_head_add(&c->head, "Allow", str_z(allowed));        /* plain words */
		(void)REFUSE(c, PROBLEM_WRONG_METHOD, NULL, "%.*s is not allowed here; use %s",
		             STR_ARG(method), allowed);
	} else {
		(void)REFUSE(c, PROBLEM_UNKNOWN_URL, NULL, "there is no %.128s; the admin API "
		             "lives under /admin/v1, for example GET /admin/v1/status",
		             arena_str(&c->arena, path).p);
	}
	return NULL;
}

/* --- what was sent --- */

static bool is_json_type(cdt_str type)
{
	cdt_str name = str_trim(str_cut(&type, ';'));

	return !name.n || str_is_nocase(name, "application/json");
}

static cdt_status read_body(struct inquiry *c, const struct entry *e)
{
	cdt_str text = str_trim(http_body(c->request));
	struct jsonscan *scan;

	if (!text.n)
		return CDT_OK;
	if (!is_json_type(http_header(c->request, "content-type")))
		return REFUSE(c, PROBLEM_MEDIA_TYPE, NULL, "send 'Content-Type: "
		              "application/json'");
	scan = arena_take(&c->arena, sizeof *scan);
	if (scan && jsonscan(scan, text) != CDT_OK)
		return REFUSE(c, PROBLEM_INVALID_JSON, NULL, "the body is not good JSON at "
		              "byte %zu: %s%s%s", scan->error_at, scan->error,
		              scan->error_key[0] ? ": " : "", scan->error_key);
	c->body = scan ? json_parse(text) : NULL;
	if (!c->body)
		return REFUSE(c, PROBLEM_INVALID_JSON, NULL, "the body is not good JSON");
	if (!(e->flags & TAKES_BODY) && (json_type(c->body) != CDT_MAP || json_count(c->body)))
		return REFUSE(c, PROBLEM_INVALID_VALUE, NULL, "this call takes no body");
	return CDT_OK;
}

/* The words that may stand after '?'. */
static const char *const *words_of(const struct entry *e)
{
	static const struct { uint32_t flag; const char *words[14]; } known[] = {
		{ TAKES_PAGE, { "after", "limit" } },
		{ TAKES_AUDIT, { "actor", "action", "kind", "object", "from", "to", "cursor",
		                 "limit", "format" } },
		{ TAKES_SUMS, { "from", "to", "by", "key", "group", "model", "provider",
		                "top", "top_by", "format" } },
		{ TAKES_REPORT, { "from", "to", "before", "by", "key", "group", "model",
		                  "provider", "top", "top_by" } },
		{ TAKES_RECORDS, { "from", "to", "key", "group", "model", "provider",
		                   "status", "outcome", "cache", "cursor", "limit",
		                   "format", "sums" } },
		{ TAKES_MODELS, { "capability", "model", "provider" } },
		{ TAKES_FILTER, { "cursor", "from", "group", "key", "limit", "to" } },
		{ TAKES_PART, { "key", "model" } },
		{ TAKES_NAMES, { "key_names" } },
		{ TAKES_TOPICS, { "last_event_id", "topics" } },
		{ TAKES_SPAN, { "by", "from", "to" } },
		{ UINT32_MAX, { NULL } },
	};
	size_t i = 0;

	while (known[i].flag != UINT32_MAX && !(known[i].flag & e->flags))
		i++;
	return known[i].words;
}

/* Misspelt words after '?' are told, as those of bodies are. */
static cdt_status check_query(struct inquiry *c, const struct entry *e)
{
	const char *const *known = words_of(e);
	cdt_str query = http_query(c->request);

	if (e->flags & (ACCESS_PUBLIC | ACCESS_LOCAL))
		return CDT_OK;
	while (query.n) {
		cdt_str pair = str_cut(&query, '&'), name = str_cut(&pair, '=');
		const char *near = config_nearest(name, known);
		char hint[CONFIG_HINT_SIZE];

		if (near && str_is(name, near))
			continue;
		name = arena_str(&c->arena, query_decode(&c->arena, name));
		return REFUSE(c, PROBLEM_INVALID_VALUE, name.p, "unknown parameter "
		              "'%.64s'%s", name.p ? name.p : "", config_hint(near, hint));
	}
	return CDT_OK;
}

static cdt_status run(struct inquiry *c, const struct entry *e)
{
	cdt_str if_match = http_header(c->request, "if-match");

	c->run = e->run;
	c->kind = e->kind;
	c->actor = str_is(http_peer(c->request), "unix") ? "socket"
	           : c->session ? "web" : "admin";
	if (if_match.p)
		c->if_match = arena_str(&c->arena, if_match);
	return e->run(c);
}

/* --- the door --- */

/* Whoever came in by another token has to come again. */
static void adopt_token(struct admin *a, enum admin_role role, const struct secret *token)
{
	uint8_t hash[SHA256_SIZE] = { 0 };

	if (token)
		sha256(secret_bytes(token), hash);
	if (digest_equal(hash, a->token_hash[role], sizeof hash))
		return;
	memcpy(a->token_hash[role], hash, sizeof hash);
	sessions_end_role(a->sessions, role);
	events_end_role(a->events, role);
}

static void adopt_viewer(struct admin *a, const struct config *c)
{
	admin_token_judge(c->viewer_token, "the token of viewers");
	adopt_token(a, ROLE_VIEWER, c->viewer_token);
	a->has_viewer = c->viewer_token != NULL;
	if (a->has_viewer && digest_equal(a->token_hash[ROLE_VIEWER],
	                                  a->token_hash[ROLE_ADMIN], SHA256_SIZE))
		log_warn(LOG_ADMIN, NULL, "the token of viewers is the admin token: they may "
		         "do everything");
}

void admin_adopt(struct admin *a, const struct config *c)
{
	char why[256];
	struct secret *token = c ? admin_token_open(c, why) : NULL;

	events_reloaded(a->events, c != NULL);
	if (!c)
		return;
	if (token)
		adopt_token(a, ROLE_ADMIN, token);
	else
		log_error(LOG_ADMIN, NULL, "the admin token stays as it was: %s", why);
	secret_free(token);
	adopt_viewer(a, c);
}

const struct config *admin_config(const struct admin *a)
{
	return router_config(a->parts.ops->router(a->parts.arg));
}

struct admin *admin_new(const struct admin_parts *parts)
{
	struct admin *a = mem_new(sizeof *a);

	a->parts = *parts;
	list_init(&a->inquiries);
	a->sessions = sessions_new();
	a->events = events_new(a);
	sha256(secret_bytes(parts->token), a->token_hash[ROLE_ADMIN]);
	adopt_viewer(a, admin_config(a));
	a->throttle = throttle_new();
	audit_rounds_begin(a);
	usage_rounds_begin(a);
	return a;
}

void admin_drain(struct admin *a)
{
	events_end(a->events);
}

void admin_free(struct admin *a)
{
	if (!a)
		return;
	/* The writer still reads inquiries whose changes it has not come to: it does now. */
	store_settle(a->parts.store);
	verification_end(a);
	backup_end(a);
	fetch_free(a->inward);
	/* Those whose change the store never told us about: nobody listens any more. */
	LIST_EACH(link, &a->inquiries)
		inquiry_free(LIST_OF(link, struct inquiry, link));
	events_free(a->events);
	timer_fini(&a->audit_round);
	timer_fini(&a->usage_round);
	throttle_free(a->throttle);
	sessions_free(a->sessions);
	mem_free(a);
}

static cdt_status serve(struct inquiry *c)
{
	const struct entry *e = find(c);
	cdt_status st = e ? access_check(c, e->flags) : CDT_E_INVALID;

	if (st == CDT_OK)
		st = check_query(c, e);
	if (st == CDT_OK)
		st = read_body(c, e);
	return st == CDT_OK ? run(c, e) : st;
}

void admin_request(void *arg, struct http_request *r)
{
	struct inquiry *c = inquiry_new(arg, r);
	cdt_status st = files_want(c) ? files_show(c) : serve(c);

	if (!c->later)
		inquiry_answer(c, st);
}

void admin_refusal(void *arg, cdt_str path, const struct problem *p, struct buf *out)
{
	(void)arg, (void)path;
	answer_problem(p, (cdt_str){ NULL, 0 }, out);
}

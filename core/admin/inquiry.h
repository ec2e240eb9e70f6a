/* admin/inquiry.h - one request to the admin API and what its answer will be.  Private to the
 * room.  [main]
 * SPDX-License-Identifier: MIT */
#ifndef ADMIN_INQUIRY_H
#define ADMIN_INQUIRY_H
#include "admin/admin.h"
#include "admin/web/session.h"
#include "base/jsonw.h"
#include "base/list.h"
#include "limit/throttle.h"
#include "loop/worker.h"

struct backup;
struct events;
struct fetch;
struct key_names;
struct passage;
struct record_kind;
struct recount;
struct viewer;
struct word;

struct admin {
	struct admin_parts parts;
	uint8_t token_hash[ROLE_COUNT][SHA256_SIZE];
	bool has_viewer;                       /* is there a token of viewers? */
	struct sessions *sessions;
	struct throttle *throttle;             /* of those who send wrong tokens */
	struct timer audit_round, usage_round;
	struct backup *backup;                 /* NULL: none is being made */
	struct events *events;                 /* for those who look on */
	struct recount *recount;               /* NULL: the ledger is not being verified */
	struct fetch *inward;                  /* to our own clients' side; NULL: not yet */
	size_t passages;                       /* requests that are there */
	struct list inquiries;                     /* all that are not answered yet */
};

struct inquiry {
	struct admin *admin;
	struct list link;                      /* admin->inquiries */
	struct http_request *request;          /* NULL: the client has left */
	struct arena arena;
	struct json *body;                     /* NULL: none was sent */
	cdt_str id;                            /* what stands for {id} */
	/* The answer: status and type have defaults; json writes into out. */
	uint32_t status;
	const char *type, *caching;            /* Content-Type (NULL: none), Cache-Control */
	struct buf out, head;
	struct jsonw json;
	struct problem problem;                /* the answer instead, when a function fails */
	cdt_str report;                        /* told beside the problem; or {NULL,0} */
	/* What the entry of the table runs, and how often somebody else was faster; the answer
	 * may come after the client has left, so If-Match is kept.  {NULL,0}: not sent. */
	cdt_status (*run)(struct inquiry *c);
	uint32_t conflicts;
	cdt_str if_match;
	enum admin_role role;                  /* of who asks */
	struct session *session;               /* that the request came with; or NULL */
	const char *actor, *action;            /* for the audit log, */
	const char *usd, *note;                /* and of a credit */
	/* Changes of keys and groups: what is waited for, and what is said then. */
	const struct record_kind *kind;
	char handle[KEY_GROUP_MAX + 1], secret[KEY_TEXT_SIZE + 1];
	uint32_t version;                      /* that the change is based on; 0 = new */
	void (*then)(struct inquiry *c);
	const struct word *word;               /* about a target; see targets.c */
	struct key_names *key_names;           /* to be told in the end; or NULL */
	const char *part[2];                   /* of the cache: model, key; NULL: all */
	/* Of an answer that is streamed: the client takes more again, or has left.  May end
	 * the inquiry.  NULL: whole answers need not know. */
	void (*on_peer)(struct inquiry *c);
	struct passage *passage;               /* to the clients' side; or NULL */
	struct viewer *viewer;                 /* whose events it is answered with; or NULL */
	bool later;                            /* inquiry_answer comes when the store is done */
};

/* What is in effect now. */
const struct config *admin_config(const struct admin *a);

struct inquiry *inquiry_new(struct admin *a, struct http_request *r);
void inquiry_free(struct inquiry *c);
/* Says what it has, or its problem when st is not CDT_OK, and frees it. */
void inquiry_answer(struct inquiry *c, cdt_status st);
/* The head of an answer that is streamed; what follows goes to c->request. */
void inquiry_begin(struct inquiry *c);
/* A member of the answer that another call would answer with, unless st says that something has
 * failed before. */
cdt_status inquiry_put(struct inquiry *c, cdt_status st, const char *name,
                       cdt_status (*put)(struct inquiry *c));
/* From now on the client may leave: the call lives until inquiry_answer. */
void inquiry_wait(struct inquiry *c);

/* May what has this version be changed?  If-Match decides, if it was sent. */
bool inquiry_matches(const struct inquiry *c, uint32_t version);
void inquiry_put_version(struct inquiry *c, uint32_t version);     /* as ETag */

/* Old entries of the audit log are dropped now and then; so are old records of usage. */
void audit_rounds_begin(struct admin *a);
void usage_rounds_begin(struct admin *a);
/* A backup that is under way is cut short, when its copying is over. */
void backup_end(struct admin *a);
/* A verification of the ledger that is under way is cut short. */
void verification_end(struct admin *a);

/* One that is short, and may be NULL, is told of in the log. */
void admin_token_judge(const struct secret *s, const char *name);

#define REFUSE(c, cause, param, ...) \
	problem_set(&(c)->problem, &(c)->arena, cause, param, __VA_ARGS__)

/* {"error":{message,type,param,code}}, and the report when there is one. */
void answer_problem(const struct problem *p, cdt_str report, struct buf *out);

/* May they?  CDT_OK, or CDT_E_INVALID with the problem.  PUBLIC, LOCAL: nobody, or nobody near,
 * needs a token.  LOGIN: the token is in the body.  LOOKS: viewers may, though it is no GET. */
enum { ACCESS_PUBLIC = 1, ACCESS_LOCAL = 2, ACCESS_LOGIN = 4, ACCESS_LOOKS = 8 };
cdt_status access_check(struct inquiry *c, uint32_t access);
/* Whose token that is; ROLE_NONE: nobody's. */
enum admin_role access_role(const struct admin *a, cdt_str token);
/* A wrong token came. */
cdt_status access_refuse_token(struct inquiry *c);
/* Does the browser ask us by a name that we have?  A page from elsewhere that had its own name
 * point to us sends that name. */
bool access_is_own_host(const struct inquiry *c);

/* --- what stands in the table of calls; each writes into c->json or c->out --- */
cdt_status admin_access_show(struct inquiry *c);
cdt_status admin_audit_list(struct inquiry *c);
cdt_status admin_backup_make(struct inquiry *c);
cdt_status admin_cache_purge(struct inquiry *c);
cdt_status admin_cache_show(struct inquiry *c);
cdt_status admin_config_check(struct inquiry *c);
cdt_status admin_config_reload(struct inquiry *c);
cdt_status admin_config_show(struct inquiry *c);
cdt_status admin_events_show(struct inquiry *c);
cdt_status admin_groups_create(struct inquiry *c);
cdt_status admin_groups_credit(struct inquiry *c);
cdt_status admin_health_live(struct inquiry *c);
cdt_status admin_health_ready(struct inquiry *c);
cdt_status admin_index_show(struct inquiry *c);
cdt_status admin_keys_chat(struct inquiry *c);
cdt_status admin_keys_create(struct inquiry *c);
cdt_status admin_keys_explain(struct inquiry *c);
cdt_status admin_keys_rotate(struct inquiry *c);
cdt_status admin_ledger_list(struct inquiry *c);
cdt_status admin_ledger_verify(struct inquiry *c);
cdt_status admin_log_update(struct inquiry *c);
cdt_status admin_metrics_show(struct inquiry *c);
cdt_status admin_plugins_list(struct inquiry *c);
cdt_status admin_models_list(struct inquiry *c);
cdt_status admin_models_show(struct inquiry *c);
cdt_status admin_prices_list(struct inquiry *c);
cdt_status admin_providers_list(struct inquiry *c);
cdt_status admin_requests_list(struct inquiry *c);
cdt_status admin_requests_show(struct inquiry *c);
cdt_status admin_routes_list(struct inquiry *c);
cdt_status admin_serving_show(struct inquiry *c);
cdt_status admin_session_begin(struct inquiry *c);
cdt_status admin_session_end(struct inquiry *c);
cdt_status admin_session_show(struct inquiry *c);
cdt_status admin_overview_show(struct inquiry *c);
cdt_status admin_settings_show(struct inquiry *c);
cdt_status admin_start_show(struct inquiry *c);
cdt_status admin_status_show(struct inquiry *c);
cdt_status admin_targets_drain(struct inquiry *c);
cdt_status admin_targets_enable(struct inquiry *c);
cdt_status admin_targets_list(struct inquiry *c);
cdt_status admin_targets_reset(struct inquiry *c);
cdt_status admin_usage_show(struct inquiry *c);
cdt_status admin_usage_report(struct inquiry *c);

#endif

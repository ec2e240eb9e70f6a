/* admin/admin.h - the admin API (contract.md 3): one file a resource.  Runs on the main
 * thread's worker, apart from client traffic.
 * SPDX-License-Identifier: MIT */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H
#include "auth/keyring.h"
#include "base/secret.h"
#include "config/config.h"
#include "http/server.h"
#include "plugin/registry.h"

struct admin;
struct answers;
struct journal;
struct ledger;
struct metrics;
struct router;
struct store;
struct tape;

/* What the process looks like from outside; filled by app when asked. */
struct admin_status {
	const char *version;
	int64_t started_wall_ms;
	uint32_t workers, generation;          /* generation: 1 at start, +1 a reload */
	size_t active, connections;            /* client exchanges and connections now */
	size_t streams, waiting;               /* of the exchanges */
	int64_t reloaded_wall_ms;              /* when what is in use was read */
	bool draining;
	const char *last_reload;               /* "ok", "failed: ..." or "never" */
};

struct admin_ops {
	void (*status)(void *arg, struct admin_status *out);
	/* The router of new exchanges; valid until the next turn of the loop. */
	struct router *(*router)(void *arg);
	/* Loads the configuration again: CDT_OK, or CDT_E_INVALID; out gets the report's
	 * lines.  only_checks: nothing changes. */
	cdt_status (*reload)(void *arg, bool only_checks, struct buf *out);
};

struct admin_parts {
	struct worker *worker;
	struct keyring *keyring;
	struct store *store;
	struct metrics *metrics;
	struct registry *registry;
	struct journal *journal;
	const struct secret *token;
	const struct admin_ops *ops;
	void *arg;
	struct ledger *ledger;
	struct answers *answers;
	struct tape *tape;
};

struct admin *admin_new(const struct admin_parts *parts);
void admin_free(struct admin *a);
/* Nobody waits for what will not happen any more. */
void admin_drain(struct admin *a);
/* A new configuration is in effect, and its tokens are, too.  NULL: it was refused. */
void admin_adopt(struct admin *a, const struct config *c);

/* For http_server_ops; arg is the struct admin. */
void admin_request(void *arg, struct http_request *r);
void admin_refusal(void *arg, cdt_str path, const struct problem *p, struct buf *out);

/* CONDUIT_MASTER_KEY, the configured token, or $state_dir/admin.token, made (0600) when it is
 * not there.  The caller owns it.  NULL: why says so. */
struct secret *admin_token_open(const struct config *c, char why[256]);

#endif

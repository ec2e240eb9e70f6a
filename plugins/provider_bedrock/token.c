/* provider_bedrock/token.c - credentials of the machine: asked of the instance's metadata
 * service (version 2: a token first) or of the container's agent, in the words in which a
 * stored secret is written.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 5000, MARGIN_MS = 5 * 60 * 1000, UNSAID_MS = 15 * 60 * 1000 };
enum { ROLE_MAX = 512, SESSION_MAX = 1024, MADE_MAX = 8192, LEAST_MS = 1000 };

struct errand {
	const struct bedrock *self;
	struct cdt_worker *worker;
	struct cdt_ticket *ticket;
	const struct stage *stage;
	char session[SESSION_MAX], role[ROLE_MAX];
};

struct stage {
	const char *method, *path;
	/* What the answer gives to the next stage; 0: it can not be used. */
	int (*take)(struct errand *, cdt_str body);
};

static void ask(struct errand *e);

static void end(struct errand *e, cdt_status st, cdt_str value)
{
	struct cdt_ticket *ticket = e->ticket;

	ticket->api->done(ticket, st, value);
	memset(e, 0, sizeof *e);
	free(e);
}

static int copy_word(char *out, size_t room, cdt_str s)
{
	while (s.n && strchr(" \t\r\n", s.p[s.n - 1]))
		s.n--;
	if (s.n == 0 || s.n >= room)
		return 0;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 0x20 || s.p[i] > 0x7e)
			return 0;
	memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return 1;
}

static int take_session(struct errand *e, cdt_str body)
{
	return copy_word(e->session, sizeof e->session, body);
}

/* One role a line; the first one is the instance's. */
static int take_role(struct errand *e, cdt_str body)
{
	return copy_word(e->role, sizeof e->role, bedrock_cut(&body, '\n'));
}

static uint64_t lasts(const struct bedrock *self, cdt_str body)
{
	int64_t until = bedrock_iso_date(bedrock_member(body, "Expiration"));
	int64_t left = until < 0 ? UNSAID_MS : until - self->host->wall_ms(self->host);

	left = left > 2 * MARGIN_MS ? left - MARGIN_MS : left / 2;
	return left < LEAST_MS ? LEAST_MS : (uint64_t)left;
}

static int take_keys(struct errand *e, cdt_str body)
{
	char made[MADE_MAX];
	struct keys keys;
	int n;

	if (!bedrock_keys(body, &keys))
		return 0;
	n = snprintf(made, sizeof made, "%.*s:%.*s:%.*s", (int)keys.id.n, keys.id.p,
	             (int)keys.secret.n, keys.secret.p, (int)keys.token.n, keys.token.p);
	if (n < 0 || (size_t)n >= sizeof made)
		return 0;
	if (CDT_CAN(struct cdt_ticket_api, e->ticket->api, lasts))
		e->ticket->api->lasts(e->ticket, lasts(e->self, body));
	end(e, CDT_OK, (cdt_str){ made, (size_t)n });
	memset(made, 0, sizeof made);
	return 1;
}

static const struct stage of_instance[] = {
	{ "PUT", "/latest/api/token", take_session },
	{ "GET", "/latest/meta-data/iam/security-credentials/", take_role },
	{ "GET", "/latest/meta-data/iam/security-credentials/", take_keys },
};
static const struct stage of_container[] = { { "GET", "", take_keys } };

static void fill(void *arg, struct cdt_http_out *http)
{
	struct errand *e = arg;
	const struct bedrock *self = e->self;
	char path[ROLE_MAX + 64];

	(void)snprintf(path, sizeof path, "%s%s", e->stage->path, e->role);
	http->api->method(http, e->stage->method);
	http->api->url(http, words_z(self->credentials_url), words_z(path));
	if (e->session[0])
		http->api->secret_header(http, "x-aws-ec2-metadata-token", CDT_STR(""),
		                         words_z(e->session));
	else if (self->credentials == CREDENTIALS_INSTANCE)
		http->api->header(http, "x-aws-ec2-metadata-token-ttl-seconds",
		                  CDT_STR("21600"));
	else if (self->credentials_token[0])
		http->api->secret_header(http, "authorization", CDT_STR(""),
		                         words_z(self->credentials_token));
}

static void answer(void *arg, cdt_status st, const struct cdt_http_head *head, cdt_str body)
{
	struct errand *e = arg;
	int (*take)(struct errand *, cdt_str) = e->stage->take;

	if (st != CDT_OK || !head || head->status != 200) {
		e->self->host->log(e->self->host, CDT_LOG_ERROR,
		                   "the machine's credentials could not be had");
		end(e, CDT_E_UPSTREAM, CDT_STR(""));
		return;
	}
	if (!take(e, body)) {
		e->self->host->log(e->self->host, CDT_LOG_ERROR,
		                   "the machine's credentials could not be read");
		end(e, CDT_E_UPSTREAM, CDT_STR(""));
	} else if (take != take_keys) {
		e->stage++;
		ask(e);
	}
}

static void ask(struct errand *e)
{
	cdt_status st = CDT_E_ABORTED;

	if (!CDT_CAN(struct cdt_ticket_api, e->ticket->api, cancelled)
	    || !e->ticket->api->cancelled(e->ticket))
		st = e->self->http->fetch(e->worker, TIMEOUT_MS, fill, answer, e);
	if (st != CDT_OK)
		end(e, st, CDT_STR(""));
}

static void token(void *self, struct cdt_worker *worker, cdt_str secret,
                  struct cdt_ticket *ticket)
{
	const struct bedrock *b = self;
	struct errand *e = b->http ? calloc(1, sizeof *e) : NULL;

	(void)secret;                                   /* there is none */
	if (!e) {
		ticket->api->done(ticket, CDT_E_UNSUPPORTED, CDT_STR(""));
		return;
	}
	e->self = b;
	e->worker = worker;
	e->ticket = ticket;
	e->stage = b->credentials == CREDENTIALS_INSTANCE ? of_instance : of_container;
	ask(e);
}

const void *bedrock_extension(void *self, const char *id)
{
	static const struct cdt_provider_auth auth = { .size = sizeof auth, .token = token };
	const struct bedrock *b = self;

	if (strcmp(id, CDT_EXT_PROVIDER_CATALOG) == 0)
		return &bedrock_catalog;
	return b->credentials != CREDENTIALS_STORED && strcmp(id, CDT_EXT_PROVIDER_AUTH) == 0
	       ? &auth : NULL;
}

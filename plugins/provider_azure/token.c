/* provider_azure/token.c - an application's secret becomes a token of Entra: one form out, one
 * small JSON map back.
 * SPDX-License-Identifier: MIT */
#include "azure.h"

#include <stdlib.h>
#include <string.h>

enum { ASK_MS = 15000, SECRET_MAX = 4096, TOKEN_MAX = 16384, LASTS_DFLT_S = 300 };

/* One token under way. */
struct wish {
	const struct azure *me;
	struct cdt_ticket *ticket;
	size_t secret_n;
	char secret[];
};

/* Without leaving it behind in memory; what the compiler may not leave out. */
static void wipe(char *p, size_t n)
{
	volatile char *at = p;

	while (n--)
		*at++ = 0;
}

static void drop(struct wish *w)
{
	wipe(w->secret, w->secret_n);
	free(w);
}

static size_t put(char *out, const char *name, cdt_str value)
{
	size_t n = strlen(name);

	memcpy(out, name, n);
	return n + azure_escape(value, out + n);
}

static cdt_str str(const char *z) { return (cdt_str){ z, strlen(z) }; }

static void fill(void *arg, struct cdt_http_out *http)
{
	const struct wish *w = arg;
	const struct azure *me = w->me;
	size_t max = 128 + 3 * (strlen(me->client_id) + strlen(me->scope) + w->secret_n), n;
	char *form = malloc(max);
	struct cdt_out *o;

	http->api->url(http, str(me->token_url), CDT_STR(""));
	http->api->header(http, "content-type",
	                  CDT_STR("application/x-www-form-urlencoded"));
	o = http->api->body(http);
	if (!form)
		return;                                    /* an empty form is refused there */
	n = put(form, "grant_type=client_credentials&client_id=", str(me->client_id));
	n += put(form + n, "&scope=", str(me->scope));
	n += put(form + n, "&client_secret=", (cdt_str){ w->secret, w->secret_n });
	o->api->bytes(o, (cdt_str){ form, n });
	wipe(form, max);
	free(form);
}

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* The value of a member: a text without its quotes, or a number.  Tokens, numbers and words of
 * errors have no escapes, and no member is inside of another one. */
static cdt_str member(cdt_str json, const char *quoted_name)
{
	size_t n = strlen(quoted_name), i = 0, from;
	bool quoted;

	while (i + n <= json.n && memcmp(json.p + i, quoted_name, n) != 0)
		i++;
	for (i += n; i < json.n && (blank(json.p[i]) || json.p[i] == ':'); i++)
		;
	if (i >= json.n)
		return CDT_STR("");
	quoted = json.p[i] == '"';
	from = i += quoted;
	while (i < json.n && (quoted ? json.p[i] != '"' && json.p[i] != '\\'
	                             : json.p[i] >= '0' && json.p[i] <= '9'))
		i++;
	if (i == json.n || (quoted && json.p[i] != '"'))
		return CDT_STR("");
	return (cdt_str){ json.p + from, i - from };
}

static uint64_t seconds(cdt_str s)
{
	uint64_t v = 0;

	for (size_t i = 0; i < s.n && i < 9; i++)
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	return s.n ? v : LASTS_DFLT_S;
}

/* A refused secret or an unknown application is our credential's fault; all else is theirs. */
static bool is_ours(const struct cdt_http_head *head, cdt_str body)
{
	cdt_str word = member(body, "\"error\"");

	return cdt_is(word, "invalid_client") || cdt_is(word, "unauthorized_client") ||
	       cdt_is(word, "invalid_scope") || cdt_is(word, "invalid_request") ||
	       head->status == 401 || head->status == 403;
}

static void answer(void *arg, cdt_status st, const struct cdt_http_head *head, cdt_str body)
{
	struct wish *w = arg;
	struct cdt_ticket *t = w->ticket;
	bool good = st == CDT_OK && head && head->status == 200;
	cdt_str token = good ? member(body, "\"access_token\"") : CDT_STR("");

	if (token.n && token.n <= TOKEN_MAX) {
		t->api->lasts(t, 1000 * seconds(member(body, "\"expires_in\"")));
		t->api->done(t, CDT_OK, token);
	} else if (st == CDT_OK && head && is_ours(head, body)) {
		t->api->done(t, CDT_E_INVALID, CDT_STR(""));
	} else {
		t->api->done(t, CDT_E_UPSTREAM, CDT_STR(""));
	}
	drop(w);
}

static void token(void *self, struct cdt_worker *worker, cdt_str secret,
                  struct cdt_ticket *ticket)
{
	const struct azure *me = self;
	struct wish *w = secret.n <= SECRET_MAX ? malloc(sizeof *w + secret.n) : NULL;

	if (!w) {
		ticket->api->done(ticket, CDT_E_NOMEM, CDT_STR(""));
		return;
	}
	*w = (struct wish){ .me = me, .ticket = ticket, .secret_n = secret.n };
	if (secret.n)
		memcpy(w->secret, secret.p, secret.n);
	if (me->http && me->http->fetch(worker, ASK_MS, fill, answer, w) == CDT_OK)
		return;
	drop(w);
	ticket->api->done(ticket, CDT_E_UPSTREAM, CDT_STR(""));
}

const struct cdt_provider_auth azure_auth = { .size = sizeof azure_auth, .token = token };

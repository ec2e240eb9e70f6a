/* provider_vertex/token.c - a stored credential becomes a token: one call of the token service.
 * The gateway keeps the token and asks again in time.  How a ticket ends:
 *
 *     CDT_OK          the token
 *     CDT_E_INVALID   the credential is at fault, or the service refused it
 *     CDT_E_UPSTREAM  the service did not answer, or not so that it can be read
 *
 * Logs say why; they never hold the key, the form or the token.
 * SPDX-License-Identifier: MIT */
#include "vertex.h"

#include <stdio.h>
#include <stdlib.h>

enum { TIME_MS = 15000, WORDS_MAX = 200, LASTS_OTHER_S = 3600 };

/* One token that is being asked for. */
struct wish {
	const struct vertex *v;
	struct cdt_ticket *ticket;
	char *form;
	char url[URL_MAX];
};

static void say(const struct vertex *v, const char *what, const char *more)
{
	char line[WORDS_MAX + 160];

	(void)snprintf(line, sizeof line, "no token for Vertex: %s%s%.200s", what,
	               more ? ": " : "", more ? more : "");
	v->host->log(v->host, CDT_LOG_WARN, line);
}

static void finish(struct cdt_ticket *ticket, cdt_status st, cdt_str token)
{
	ticket->api->done(ticket, st, token);
}

static void fill(void *arg, struct cdt_http_out *http)
{
	const struct wish *w = arg;
	struct cdt_out *o;

	http->api->method(http, "POST");
	http->api->url(http, words_z(w->url), CDT_STR(""));
	http->api->header(http, "content-type", CDT_STR("application/x-www-form-urlencoded"));
	o = http->api->body(http);
	o->api->bytes(o, words_z(w->form));
}

/* "invalid_grant: Invalid JWT Signature." - the service's words are about the form, and hold
 * nothing of it; what is not plain is left out all the same. */
static void say_refused(const struct vertex *v, uint32_t status, cdt_str body)
{
	char words[WORDS_MAX], *error = vertex_member(body, "error");
	char *more = vertex_member(body, "error_description");

	(void)snprintf(words, sizeof words, "status %u %.60s %.100s", (unsigned)status,
	               error ? error : "", more ? more : "");
	for (char *p = words; *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = ' ';
	say(v, "the token service refused the credential", words);
	vertex_wipe(error);
	vertex_wipe(more);
}

/* It says 400 or 401 of a bad credential, and 5xx or 429 of itself. */
static cdt_status refused(const struct vertex *v, const struct cdt_http_head *head,
                          cdt_str body)
{
	char words[32];

	if (head->status >= 400 && head->status < 500 && head->status != 408
	    && head->status != 429) {
		say_refused(v, head->status, body);
		return CDT_E_INVALID;
	}
	(void)snprintf(words, sizeof words, "status %u", (unsigned)head->status);
	say(v, "the token service did not serve", words);
	return CDT_E_UPSTREAM;
}

static void take(struct wish *w, cdt_str body)
{
	char *token = vertex_member(body, "access_token");
	int64_t lasts_s = vertex_number(body, "expires_in", LASTS_OTHER_S);

	if (!token || !token[0] || words_z(token).n > TOKEN_MAX) {
		say(w->v, "the token service's answer can not be read", NULL);
		finish(w->ticket, CDT_E_UPSTREAM, CDT_STR(""));
	} else {
		if (CDT_CAN(struct cdt_ticket_api, w->ticket->api, lasts))
			w->ticket->api->lasts(w->ticket, (uint64_t)lasts_s * 1000);
		finish(w->ticket, CDT_OK, words_z(token));
	}
	vertex_wipe(token);
}

static void wish_free(struct wish *w)
{
	vertex_wipe(w->form);
	free(w);
}

static void answer(void *arg, cdt_status st, const struct cdt_http_head *head, cdt_str body)
{
	struct wish *w = arg;

	if (st != CDT_OK || !head) {
		say(w->v, "the token service can not be reached", NULL);
		finish(w->ticket, CDT_E_UPSTREAM, CDT_STR(""));
	} else if (head->status < 200 || head->status > 299) {
		finish(w->ticket, refused(w->v, head, body), CDT_STR(""));
	} else {
		take(w, body);
	}
	wish_free(w);
}

static struct wish *wish_new(const struct vertex *v, cdt_str secret, const char **wrong)
{
	struct wish *w = calloc(1, sizeof *w);
	struct account a;

	*wrong = vertex_account_read(&a, secret);
	if (w && !*wrong) {
		w->v = v;
		w->form = vertex_form(v, &a, wrong);
		(void)snprintf(w->url, sizeof w->url, "%s", a.token_uri ? a.token_uri
		               : "https://oauth2.googleapis.com/token");
	}
	vertex_account_free(&a);
	if (w && w->form)
		return w;
	free(w);
	return NULL;
}

void vertex_token(void *self, struct cdt_worker *worker, cdt_str secret,
                  struct cdt_ticket *ticket)
{
	const struct vertex *v = self;
	const char *wrong;
	struct wish *w = wish_new(v, secret, &wrong);

	if (!w) {
		say(v, wrong ? wrong : "out of memory", NULL);
		finish(ticket, wrong ? CDT_E_INVALID : CDT_E_NOMEM, CDT_STR(""));
		return;
	}
	w->ticket = ticket;
	if (v->http->fetch(worker, TIME_MS, fill, answer, w) == CDT_OK)
		return;
	say(v, "the token service can not be asked", NULL);
	finish(ticket, CDT_E_UPSTREAM, CDT_STR(""));
	wish_free(w);
}

/* plugin/tokens.c - see tokens.h.  A token that ends soon is still given out while the next is
 * being made.
 * SPDX-License-Identifier: MIT */
#include "plugin/tokens.h"

#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/worker.h"
#include "plugin/enter.h"
#include "plugin/host_ticket.h"
#include "plugin/inside.h"

enum { SECRETS_MAX = 1024 };
/* How long a plugin may take; how long before its end a token is not given out, and is made
 * anew; how soon a failure is tried again. */
enum { MAKE_MS = 20000, MARGIN_MS = 10000, EARLY_MS = 300000, RETRY_MS = 1000 };

struct token {
	struct list link;                      /* of tokens.all */
	struct tokens *owner;
	char *secret, *value;                  /* value NULL: none */
	size_t secret_n, value_n;
	uint64_t until_ms, renew_ms;           /* clock_ms */
	struct list waiting;                   /* token_waits */
	struct ticket *ticket;                 /* under way; NULL: not */
	struct timer late;
};

struct tokens {
	struct instance_self *self;
	struct list all;
	size_t count;
};

struct tokens *tokens_new(struct instance_self *s)
{
	struct tokens *t = mem_new(sizeof *t);

	t->self = s;
	list_init(&t->all);
	return t;
}

static void wipe(char **p, size_t n)
{
	if (*p)
		explicit_bzero(*p, n);
	mem_free(*p);
	*p = NULL;
}

static void token_free(struct token *k)
{
	if (k->ticket)
		ticket_forget(k->ticket);
	LIST_EACH(link, &k->waiting)
		list_remove(link);
	timer_fini(&k->late);
	list_remove(&k->link);
	wipe(&k->secret, k->secret_n);
	wipe(&k->value, k->value_n);
	mem_free(k);
}

void tokens_free(struct tokens *t)
{
	if (!t)
		return;
	LIST_EACH(link, &t->all)
		token_free(LIST_OF(link, struct token, link));
	mem_free(t);
}

static char *copy(cdt_str s)
{
	char *p = mem_new(s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	return p;
}

static void keep(struct token *k, cdt_str value, uint64_t lasts_ms)
{
	uint64_t now_ms = clock_ms();
	uint64_t early_ms = lasts_ms / 5 < EARLY_MS ? lasts_ms / 5 : EARLY_MS;

	wipe(&k->value, k->value_n);
	k->value = copy(value);
	k->value_n = value.n;
	if (lasts_ms == UINT64_MAX) {
		k->until_ms = k->renew_ms = UINT64_MAX;
		return;
	}
	k->until_ms = now_ms + (lasts_ms > 2 * MARGIN_MS ? lasts_ms - MARGIN_MS : lasts_ms);
	k->renew_ms = now_ms + lasts_ms - early_ms;
}

/* Each waiter may ask again, or go away with its memory. */
static void tell_all(struct token *k, cdt_status st)
{
	struct list those;

	list_init(&those);
	LIST_EACH(link, &k->waiting) {
		list_remove(link);
		list_push(&those, link);
	}
	while (!list_empty(&those)) {
		struct token_wait *w = LIST_OF(those.next, struct token_wait, link);

		list_remove(&w->link);
		w->fn(w->arg, st);
	}
}

static void on_made(void *arg, cdt_status st, cdt_str value, uint64_t lasts_ms)
{
	struct token *k = arg;

	k->ticket = NULL;
	timer_stop(&k->late);
	if (st == CDT_OK && value.n && lasts_ms) {
		keep(k, value, lasts_ms);
	} else {
		st = st == CDT_OK ? CDT_E_UPSTREAM : st;
		k->renew_ms = clock_ms() + RETRY_MS;
		log_warn(LOG_PLUGIN, NULL, "no token could be had provider=%s status=%d",
		         k->owner->self->instance->name, (int)st);
	}
	tell_all(k, st);
}

static void on_late(void *arg)
{
	struct token *k = arg;

	ticket_forget(k->ticket);
	on_made(k, CDT_E_UPSTREAM, CDT_STR(""), 0);
}

/* False: too many tickets are out. */
static bool make(struct token *k)
{
	struct instance_self *s = k->owner->self;
	struct enter e;

	k->ticket = ticket_take(s->tickets, on_made, k);
	if (!k->ticket)
		return false;
	timer_set(&k->late, clock_ms(), MAKE_MS);
	enter_begin(&e, s->instance, ENTER_TOKEN);
	s->instance->auth.token(s->self, (struct cdt_worker *)(void *)s->worker,
	                        (cdt_str){ k->secret, k->secret_n }, ticket_abi(k->ticket));
	enter_end(&e);
	return true;
}

static struct token *find(struct tokens *t, cdt_str secret)
{
	LIST_EACH(link, &t->all) {
		struct token *k = LIST_OF(link, struct token, link);

		if (str_eq((cdt_str){ k->secret, k->secret_n }, secret))
			return k;
	}
	return NULL;
}

static struct token *add(struct tokens *t, cdt_str secret)
{
	struct token *k;

	if (t->count == SECRETS_MAX)
		return NULL;
	k = mem_new(sizeof *k);
	k->owner = t;
	k->secret = copy(secret);
	k->secret_n = secret.n;
	list_init(&k->waiting);
	timer_init(&k->late, t->self->worker, on_late, k);
	list_push(&t->all, &k->link);
	t->count++;
	return k;
}

enum token_state tokens_ask(struct tokens *t, cdt_str secret, struct token_wait *w,
                            cdt_str *token)
{
	uint64_t now_ms = clock_ms();
	struct token *k = find(t, secret);

	if (!k)
		k = add(t, secret);
	if (!k)
		return TOKEN_NONE;
	if (!k->ticket && now_ms >= k->renew_ms && !make(k))
		return TOKEN_NONE;
	if (k->value && now_ms < k->until_ms) {
		*token = (cdt_str){ k->value, k->value_n };
		return TOKEN_HERE;
	}
	if (!k->ticket)
		return TOKEN_NONE;             /* it has just failed */
	list_push(&k->waiting, &w->link);
	return TOKEN_COMES;
}

void tokens_spoil(struct tokens *t, cdt_str secret)
{
	struct token *k = find(t, secret);

	if (!k || k->ticket)
		return;
	wipe(&k->value, k->value_n);
	k->renew_ms = 0;
}

/* admin/ledger.c - the entries of the ledger, newest first, and whether they add up.
 * SPDX-License-Identifier: MIT */
#include "ledger/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "admin/records.h"
#include "base/clock.h"
#include "base/query.h"
#include "base/str.h"
#include "ledger/money.h"
#include "ledger/page.h"
#include "ledger/recount.h"

enum { NUMBER_SIZE = 24 };

static const char *const kinds[] = {
	[ENTRY_POST] = "post", [ENTRY_VOID] = "void", [ENTRY_RECOVER] = "recover",
	[ENTRY_ADJUST] = "adjust",
};
static const char *const reasons[] = {
	[REASON_REPORTED] = "reported", [REASON_ESTIMATED] = "estimated",
	[REASON_REFUSED] = "refused", [REASON_UNREACHED] = "unreached",
	[REASON_HOLD] = "hold", [REASON_OPERATOR] = "operator",
	[REASON_CACHED] = "cached",
};

static const char *word(const char *const *words, size_t count, uint8_t number)
{
	return number < count && words[number] ? words[number] : "unknown";
}

/* --- one entry --- */

static cdt_str fixed(const char *text, size_t size)
{
	return str_from(text, strnlen(text, size));
}

static void put_money(struct jsonw *w, const char *key, int64_t nanousd)
{
	char text[MONEY_TEXT_SIZE];

	jsonw_put_z(w, key, money_text(nanousd, text));
}

static void put_tokens(struct jsonw *w, const char *key, int64_t n)
{
	if (n < 0)
		jsonw_put_null(w, key);
	else
		jsonw_put_i64(w, key, n);
}

/* Numbers beyond 2^53 would be rounded by most readers. */
static void put_number(struct jsonw *w, const char *key, uint64_t n)
{
	char text[NUMBER_SIZE];

	(void)snprintf(text, sizeof text, "%" PRIu64, n);
	jsonw_put_z(w, key, text);
}

/* Owners whose names are too long stand there as a hash. */
static void put_owner(struct jsonw *w, const char owner[OWNER_SIZE])
{
	char hex[2 * OWNER_SIZE + 1];

	if ((uint8_t)owner[0] == 0xff)
		jsonw_put_z(w, "owner", hex_of(owner, OWNER_SIZE, hex));
	else
		jsonw_put_text(w, "owner", fixed(owner, OWNER_SIZE));
}

static void put_account(struct jsonw *w, const struct account_id *a)
{
	char text[CLOCK_TEXT_SIZE];

	jsonw_open(w, '{');
	jsonw_put_z(w, "kind", a->kind == OWNER_GROUP ? "group" : "key");
	put_owner(w, a->owner);
	put_number(w, "budget", a->budget);
	if (a->period_start_ms)
		jsonw_put_z(w, "period_start", clock_text(a->period_start_ms, text));
	else
		jsonw_put_null(w, "period_start");
	jsonw_close(w);
}

static void put_entry(void *arg, const struct entry *e, const uint8_t chain[CHAIN_SIZE])
{
	char text[CLOCK_TEXT_SIZE], hold[NUMBER_SIZE + 12], hex[2 * CHAIN_SIZE + 1];
	struct jsonw *w = arg;

	(void)snprintf(hold, sizeof hold, "%" PRIu32 "-%" PRIu64, e->hold.epoch,
	               e->hold.number);
	jsonw_open(w, '{');
	jsonw_put_i64(w, "number", (int64_t)e->number);
	jsonw_put_z(w, "time", clock_text(e->wall_ms, text));
	jsonw_put_z(w, "kind", word(kinds, sizeof kinds / sizeof *kinds, e->kind));
	jsonw_put_z(w, "reason", word(reasons, sizeof reasons / sizeof *reasons, e->reason));
	jsonw_put_text(w, "key", fixed(e->key, OWNER_SIZE));
	jsonw_put_text(w, "request", fixed(e->request, REQUEST_SIZE));
	jsonw_put_i64(w, "attempt", e->attempt);
	jsonw_put_z(w, "hold", hold);
	put_money(w, "held", e->held);
	put_money(w, "amount", e->amount);
	jsonw_key(w, "tokens");
	jsonw_open(w, '{');
	put_tokens(w, "input", e->input);
	put_tokens(w, "cached", e->cached);
	put_tokens(w, "cache_write", e->cache_write);
	put_tokens(w, "output", e->output);
	put_tokens(w, "reasoning", e->reasoning);
	jsonw_close(w);
	jsonw_key(w, "accounts");
	jsonw_open(w, '[');
	for (uint32_t i = 0; i < e->account_count; i++)
		put_account(w, &e->account[i]);
	jsonw_close(w);
	jsonw_put_z(w, "chain", hex_of(chain, CHAIN_SIZE, hex));
	jsonw_close(w);
}

/* --- the list --- */

static cdt_str parameter(struct inquiry *c, const char *name)
{
	return query_value(&c->arena, http_query(c->request), name);
}

static cdt_status read_time(struct inquiry *c, const char *name, int64_t *ms)
{
	cdt_str text = parameter(c, name);

	if (text.n && !clock_parse(text, ms))
		return REFUSE(c, PROBLEM_INVALID_VALUE, name, "'%s' must be a time like "
		              "'2026-11-21T10:00:00Z' or a date", name);
	return CDT_OK;
}

static cdt_status read_filter(struct inquiry *c, struct ledger_filter *f)
{
	cdt_str key = parameter(c, "key"), group = parameter(c, "group");

	*f = (struct ledger_filter){ .by_key = key.n > 0, .by_group = group.n > 0,
	                             .from_ms = INT64_MIN, .to_ms = INT64_MAX };
	if (key.n && !key_is_id(key))
		return REFUSE(c, PROBLEM_INVALID_VALUE, "key", "'key' must be the id of a key");
	if (group.n && !key_is_group_name(group))
		return REFUSE(c, PROBLEM_INVALID_VALUE, "group", "'group' must be the name of "
		              "a group");
	owner_text(f->key, key);
	owner_text(f->group, group);
	if (read_time(c, "from", &f->from_ms) != CDT_OK)
		return CDT_E_INVALID;
	return read_time(c, "to", &f->to_ms);
}

static cdt_status no_ledger(struct inquiry *c)
{
	return REFUSE(c, PROBLEM_OVERLOADED, NULL, "the ledger is not open");
}

cdt_status admin_ledger_list(struct inquiry *c)
{
	cdt_str cursor = parameter(c, "cursor");
	struct ledger_filter f;
	uint64_t next = 0;
	cdt_status st;

	if (!c->admin->parts.ledger)
		return no_ledger(c);
	if (read_filter(c, &f) != CDT_OK || record_limit(c, &f.limit) != CDT_OK)
		return CDT_E_INVALID;
	if (cursor.n && (!str_u64(cursor, &f.before) || !f.before))
		return REFUSE(c, PROBLEM_INVALID_VALUE, "cursor", "'cursor' must be what "
		              "'next' gave");
	jsonw_open(&c->json, '{');
	jsonw_key(&c->json, "data");
	jsonw_open(&c->json, '[');
	st = ledger_page(c->admin->parts.store, &f, put_entry, &c->json, &next);
	if (st == CDT_E_LIMIT)
		return REFUSE(c, PROBLEM_OVERLOADED, NULL, "the store is busy; try again");
	if (st != CDT_OK)
		return REFUSE(c, PROBLEM_INTERNAL, NULL, "an entry of the ledger can not be "
		              "read; GET /admin/v1/ledger/verify says more");
	jsonw_close(&c->json);
	if (next)
		put_number(&c->json, "next", next);
	else
		jsonw_put_null(&c->json, "next");
	jsonw_close(&c->json);
	return CDT_OK;
}

/* --- does it add up? --- */

static void say_result(struct inquiry *c, const struct recount_result *r)
{
	char hex[2 * CHAIN_SIZE + 1];
	struct jsonw *w = &c->json;

	jsonw_open(w, '{');
	jsonw_put_flag(w, "ok", r->st == CDT_OK);
	if (r->st == CDT_OK)
		jsonw_put_null(w, "disagreement");
	else
		jsonw_put_z(w, "disagreement", r->why);
	jsonw_put_i64(w, "entries", (int64_t)r->sums.entries);
	jsonw_put_i64(w, "holds", (int64_t)r->sums.holds);
	jsonw_put_i64(w, "accounts", (int64_t)r->sums.accounts);
	put_money(w, "posted", r->sums.posted);
	put_money(w, "held", r->sums.held);
	jsonw_put_z(w, "chain", hex_of(r->head.chain, CHAIN_SIZE, hex));
	jsonw_put_i64(w, "took_ms", (int64_t)r->took_ms);
	jsonw_close(w);
}

void verification_end(struct admin *a)
{
	recount_free(a->recount);
	a->recount = NULL;
}

static void on_recounted(void *arg, const struct recount_result *result)
{
	struct inquiry *c = arg;
	struct admin *a = c->admin;
	cdt_status st = result->st;

	if (st == CDT_OK || st == CDT_E_UPSTREAM) {
		say_result(c, result);
		st = CDT_OK;
	} else {
		(void)REFUSE(c, PROBLEM_OVERLOADED, NULL, "the store is busy; try again");
	}
	inquiry_answer(c, st);
	verification_end(a);
}

cdt_status admin_ledger_verify(struct inquiry *c)
{
	struct admin *a = c->admin;

	if (!a->parts.ledger)
		return no_ledger(c);
	if (a->recount)
		return REFUSE(c, PROBLEM_CONFLICT, NULL, "the ledger is being verified for "
		              "somebody else; try again in a while");
	a->recount = recount_new(a->parts.store, a->parts.worker, on_recounted, c);
	if (!a->recount)
		return REFUSE(c, PROBLEM_OVERLOADED, NULL, "there is no thread to be had; try "
		              "again");
	inquiry_wait(c);
	return CDT_OK;
}

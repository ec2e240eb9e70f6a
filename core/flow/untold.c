/* flow/untold.c - brings charges and records together when they are not written as one.
 * SPDX-License-Identifier: MIT */
#include "flow/untold.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "canon/op.h"
#include "flow/exchange.h"
#include "usage/record.h"

enum { UNTOLD_MAX = 2 * ATTEMPTS_MAX, INTERRUPTED_STATUS = 500 };

struct untold {
	size_t count;
	uint64_t hold[UNTOLD_MAX];
};

/* --- what money is for: the operation, the model and the target, each with a NUL --- */

/* A text that is too long is cut. */
static void put_part(struct purpose *p, cdt_str part)
{
	size_t room = sizeof p->text - p->n, n;

	if (!room)
		return;
	n = str_fit(part, room - 1);
	if (n)
		memcpy(p->text + p->n, part.p, n);
	p->text[p->n + n] = '\0';
	p->n += (uint32_t)n + 1;
}

void untold_purpose(const struct exchange *x, const struct target *t, struct purpose *out)
{
	out->n = 0;
	put_part(out, str_z(op_name(x->ask.op)));
	put_part(out, x->route->name);
	put_part(out, t ? t->name : CDT_STR(""));
}

/* --- with the exchange --- */

static bool note(struct exchange *x, uint64_t hold)
{
	if (!x->untold)
		x->untold = arena_take(&x->arena, sizeof *x->untold);
	if (!x->untold || x->untold->count == UNTOLD_MAX)
		return false;
	x->untold->hold[x->untold->count++] = hold;
	return true;
}

bool untold_note(struct exchange *x, const struct ledger_hold *h)
{
	return note(x, ledger_hold_number(h));
}

/* One that does not fit gets a record of its own at the next start. */
void untold_merge(struct exchange *into, const struct exchange *from)
{
	for (size_t i = 0; from->untold && i < from->untold->count; i++)
		if (!note(into, from->untold->hold[i]))
			log_warn(LOG_FLOW, into->id.p, "a charge has no place in its record");
}

/* --- with the record --- */

struct parcel {
	const struct ledger *ledger;
	struct usage_post *post;
	struct untold untold;
};

struct parcel *parcel_new_give(const struct exchange *x, struct usage_post *post)
{
	struct parcel *p = mem_new(sizeof *p);

	*p = (struct parcel){ .ledger = flow_parts(x->flow)->ledger, .post = post,
	                      .untold = *x->untold };
	return p;
}

void parcel_free(struct parcel *p)
{
	usage_post_free(p->post);
	mem_free(p);
}

cdt_status parcel_apply(struct parcel *p, struct store_txn *txn)
{
	cdt_status st = usage_post_apply(p->post, txn);

	for (size_t i = 0; st == CDT_OK && i < p->untold.count; i++)
		st = ledger_told(p->ledger, txn, p->untold.hold[i]);
	return st;
}

/* --- after a process that died --- */

struct witness {
	struct keyring *keys;
	bool records;
};

static cdt_str fixed_str(const char *text, size_t size)
{
	return str_from(text, strnlen(text, size));
}

static cdt_status put_record(struct store_txn *txn, const struct entry *e, cdt_str group)
{
	cdt_str purpose = str_from(e->purpose.text, e->purpose.n);
	cdt_str operation = str_cut(&purpose, '\0'), model = str_cut(&purpose, '\0');
	cdt_str target = str_cut(&purpose, '\0'), rest = target;
	cdt_str provider = str_cut(&rest, '/');
	struct usage_record r = {
		.wall_ms = e->wall_ms, .id = fixed_str(e->request, sizeof e->request),
		.key = fixed_str(e->key, sizeof e->key), .group = group,
		.model = model, .operation = operation,
		.outcome = CDT_STR("INTERRUPTED"), .client = CDT_STR(""), .agent = CDT_STR(""),
		.price = CDT_STR(""), .metadata = CDT_STR(""), .decision = CDT_STR(""),
		.status = INTERRUPTED_STATUS, .estimated = e->reason != REASON_REPORTED,
		.input = e->input, .cached = e->cached, .cache_write = e->cache_write,
		.output = e->output, .reasoning = e->reasoning,
		.cost = e->amount, .held = e->held,
		.first_us = -1, .total_us = -1, .overhead_us = -1, .bytes_in = -1,
		.bytes_out = -1, .cache = CDT_STR(""), .trace = CDT_STR(""),
		.answered_by = { CDT_STR(""), CDT_STR(""), CDT_STR("") },
		.attempt[0] = {
			.target = target, .provider = provider, .model = rest,
			.outcome = CDT_STR("INTERRUPTED"),
			.charge = str_z(bill_word(e->reason)), .cost = e->amount,
			.start_us = -1, .head_us = -1, .first_us = -1, .end_us = -1,
		},
		.attempt_count = target.n > 0,
	};
	struct usage_post *p = usage_post_new(&r);
	cdt_status st = p ? usage_post_apply(p, txn) : CDT_E_LIMIT;

	usage_post_free(p);
	return st;
}

static cdt_status tell(void *arg, struct store_txn *txn, const struct entry *e)
{
	const struct witness *w = arg;
	struct key *k;
	cdt_status st;

	if (!w->records)
		return CDT_OK;
	k = keyring_take(w->keys, fixed_str(e->key, sizeof e->key));
	st = put_record(txn, e, k ? str_z(k->group) : CDT_STR(""));
	keyring_give(w->keys, k);
	return st;
}

void flow_tell_untold(struct ledger *l, struct keyring *keys, bool records)
{
	struct witness w = { keys, records };
	uint64_t told = ledger_tell_all(l, tell, &w);

	if (told && records)
		log_info(LOG_FLOW, NULL, "what the last run had no record of has one now "
		         "charges=%llu", (unsigned long long)told);
}

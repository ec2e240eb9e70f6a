/* admin/audit.c - the audit log: shown, newest first, and kept as long as the configuration
 * wants.
 * SPDX-License-Identifier: MIT */
#include "audit/audit.h"

#include "admin/key_names.h"
#include "admin/records.h"
#include "admin/usage.h"
#include "base/clock.h"
#include "base/jsonwalk.h"
#include "base/query.h"
#include "base/str.h"

enum { ROUND_MS = 3600000, MORE_MS = 100 };

/* --- what is asked, and told --- */

/* By its members' names; "" fits all. */
enum { ASK_ACTOR, ASK_ACTION, ASK_KIND, ASK_OBJECT, ASK_COUNT };
static const char *const asked_names[ASK_COUNT] = { "actor", "action", "kind", "object" };

struct asked {
	struct sheet sheet;
	cdt_str only[ASK_COUNT];
	bool any;                              /* is there something to compare? */
};

static void put_text(struct sheet *s, const struct json *e, const char *name)
{
	sheet_text(s, name, json_text(json_get(e, name)));
}

/* For CSV. */
static void put_cells(struct sheet *s, const void *row)
{
	struct json *changed = json_get(row, "changed");
	struct buf names;

	buf_init(&names, 64 << 10);
	for (size_t i = 0; i < json_count(changed); i++) {
		buf_add_z(&names, i ? " " : "");
		buf_add(&names, json_text(json_at(changed, i)));
	}
	sheet_row_begin(s);
	put_text(s, row, "time");
	for (size_t i = 0; i < ASK_COUNT; i++)
		put_text(s, row, asked_names[i]);
	sheet_text(s, "changed", buf_str(&names));
	put_text(s, row, "usd");
	put_text(s, row, "note");
	sheet_row_end(s);
	buf_fini(&names);
}

/* Of objects a part is enough. */
static bool fits(const struct asked *a, const struct json *e)
{
	for (size_t i = 0; i < ASK_COUNT; i++) {
		cdt_str is = json_text(json_get(e, asked_names[i])), want = a->only[i];

		if (want.n && (i == ASK_OBJECT ? str_search(is, want) == is.n
		                               : !str_eq(is, want)))
			return false;
	}
	return true;
}

/* Ids have nothing that is escaped. */
static cdt_str unquoted(cdt_str text)
{
	return text.n > 2 ? (cdt_str){ text.p + 1, text.n - 2 } : (cdt_str){ "", 0 };
}

static bool take(void *arg, cdt_str text)
{
	struct asked *a = arg;
	struct sheet *s = &a->sheet;
	struct json *e = a->any || s->format == SHEET_CSV ? json_parse(text) : NULL;
	bool ok = !a->any || fits(a, e);

	if (ok && s->format == SHEET_CSV) {
		put_cells(s, e);
	} else if (ok && s->format == SHEET_NDJSON) {
		buf_add(&s->c->out, text);
		buf_add_c(&s->c->out, '\n');
	} else if (ok) {
		if (str_is(jsonwalk_get(text, "kind"), "\"key\""))
			key_names_add(s->c, unquoted(jsonwalk_get(text, "object")));
		jsonw_raw(&s->c->json, text);
	}
	json_free(e);
	return ok;
}

static cdt_status read_question(struct inquiry *c, struct audit_question *q, struct asked *a)
{
	cdt_str query = http_query(c->request);

	*q = (struct audit_question){ .to_ms = INT64_MAX, .take = take, .arg = a };
	a->any = false;
	for (size_t i = 0; i < ASK_COUNT; i++) {
		a->only[i] = query_value(&c->arena, query, asked_names[i]);
		a->any = a->any || a->only[i].n;
	}
	q->cursor = query_value(&c->arena, query, "cursor");
	if (record_limit(c, &q->limit) != CDT_OK ||
	    usage_read_time(c, "from", &q->from_ms) != CDT_OK ||
	    usage_read_time(c, "to", &q->to_ms) != CDT_OK)
		return CDT_E_INVALID;
	return usage_check_times(c, q->from_ms, q->to_ms);
}

cdt_status admin_audit_list(struct inquiry *c)
{
	char next[AUDIT_CURSOR_SIZE + 1];
	struct audit_question q;
	struct asked a;
	cdt_status st = read_question(c, &q, &a);

	if (st == CDT_OK)
		st = sheet_begin(&a.sheet, c, put_cells, NULL);
	if (st == CDT_OK)
		st = audit_look(c->admin->parts.store, &q, next);
	if (st == CDT_E_INVALID && c->problem.cause == PROBLEM_NONE)
		return REFUSE(c, PROBLEM_INVALID_VALUE, "cursor", "'cursor' must be what "
		              "'next' gave");
	if (st == CDT_OK)
		st = sheet_end(&a.sheet, next);
	if (st == CDT_OK && a.sheet.format == SHEET_JSON)
		jsonw_close(&c->json);
	return st;
}

/* --- old ones go --- */

static void on_round(void *arg)
{
	struct admin *a = arg;
	const struct config *c = admin_config(a);
	int64_t before_ms = clock_wall_ms() - c->audit_retain_ms;
	bool more = audit_drop(a->parts.store, before_ms) == AUDIT_BATCH;

	timer_set(&a->audit_round, clock_ms(), more ? MORE_MS : ROUND_MS);
}

void audit_rounds_begin(struct admin *a)
{
	timer_init(&a->audit_round, a->parts.worker, on_round, a);
	timer_set(&a->audit_round, clock_ms(), MORE_MS);
}

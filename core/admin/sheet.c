/* admin/sheet.c - rows in three formats.  What is in them, the files of the resources know.
 * SPDX-License-Identifier: MIT */
#include "admin/sheet.h"

#include "admin/key_names.h"
#include "base/clock.h"
#include "base/csv.h"
#include "base/query.h"
#include "base/str.h"
#include "ledger/money.h"

static const struct { const char *word, *type; } formats[] = {
	[SHEET_JSON] = { "json", "application/json" },
	[SHEET_NDJSON] = { "ndjson", "application/x-ndjson" },
	[SHEET_CSV] = { "csv", "text/csv; charset=utf-8; header=present" },
};

static cdt_status choose(struct sheet *s)
{
	cdt_str word;

	s->format = SHEET_JSON;
	if (!query_find(&s->c->arena, http_query(s->c->request), "format", &word))
		return CDT_OK;
	while (s->format <= SHEET_CSV && !str_is(word, formats[s->format].word))
		s->format++;
	if (s->format > SHEET_CSV)
		return REFUSE(s->c, PROBLEM_INVALID_VALUE, "format", "'format' must be json, "
		              "ndjson or csv");
	s->c->type = formats[s->format].type;
	return CDT_OK;
}

cdt_status sheet_begin(struct sheet *s, struct inquiry *c,
                       void (*put_row)(struct sheet *s, const void *row), const void *any)
{
	*s = (struct sheet){ .c = c, .arena = &c->arena };
	s->w = &c->json;
	if (choose(s) != CDT_OK)
		return CDT_E_INVALID;
	if (s->format == SHEET_JSON) {
		jsonw_open(&c->json, '{');
		jsonw_key(&c->json, "data");
		jsonw_open(&c->json, '[');
	}
	s->head = s->format == SHEET_CSV;
	if (s->head)
		put_row(s, any);
	if (s->format == SHEET_JSON)
		key_names_begin(c);
	s->head = false;
	return CDT_OK;
}

void sheet_row_begin(struct sheet *s)
{
	s->first = true;
	if (s->format == SHEET_NDJSON) {
		jsonw_init(&s->line, &s->c->out);
		s->w = &s->line;
	}
	if (s->format != SHEET_CSV)
		jsonw_open(s->w, '{');
}

void sheet_row_end(struct sheet *s)
{
	if (s->format != SHEET_CSV)
		jsonw_close(s->w);
	if (s->format == SHEET_NDJSON)
		buf_add_c(&s->c->out, '\n');
	if (s->format == SHEET_CSV)
		buf_add_z(&s->c->out, "\r\n");
}

static void add_cell(struct sheet *s, const char *name, cdt_str text)
{
	if (!s->first)
		buf_add_c(&s->c->out, ',');
	s->first = false;
	csv_cell(&s->c->out, s->head ? str_z(name) : text);
}

void sheet_text(struct sheet *s, const char *name, cdt_str text)
{
	if (s->format == SHEET_CSV)
		add_cell(s, name, text);
	else if (text.n)
		jsonw_put_text(s->w, name, text);
	else
		jsonw_put_null(s->w, name);
}

void sheet_key(struct sheet *s, const char *name, cdt_str id)
{
	sheet_text(s, name, id);
	if (s->c)
		key_names_add(s->c, id);
}

void sheet_i64(struct sheet *s, const char *name, int64_t v)
{
	if (s->format != SHEET_CSV) {
		jsonw_put_i64(s->w, name, v);
		return;
	}
	add_cell(s, name, CDT_STR(""));
	if (!s->head)
		buf_add_i64(&s->c->out, v);
}

void sheet_count(struct sheet *s, const char *name, int64_t v)
{
	if (v >= 0)
		sheet_i64(s, name, v);
	else
		sheet_text(s, name, CDT_STR(""));
}

void sheet_flag(struct sheet *s, const char *name, bool v)
{
	if (s->format == SHEET_CSV)
		add_cell(s, name, v ? CDT_STR("true") : CDT_STR("false"));
	else
		jsonw_put_flag(s->w, name, v);
}

void sheet_time(struct sheet *s, const char *name, int64_t wall_ms)
{
	char text[CLOCK_TEXT_SIZE];

	sheet_text(s, name, str_z(clock_text(wall_ms, text)));
}

void sheet_usd(struct sheet *s, const char *name, int64_t nanousd)
{
	char text[MONEY_TEXT_SIZE];

	sheet_text(s, name, str_z(money_text(nanousd, text)));
}

cdt_status sheet_end(struct sheet *s, const char *next)
{
	if (s->format == SHEET_JSON) {
		jsonw_close(&s->c->json);
		if (next[0])
			jsonw_put_z(&s->c->json, "next", next);
		else
			jsonw_put_null(&s->c->json, "next");
		key_names_put(s->c);
	} else if (next[0]) {
		(void)http_head_add(&s->c->head, "X-Next-Cursor", str_z(next));    /* hex */
	}
	return s->c->out.status;
}

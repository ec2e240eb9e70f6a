/* admin/sheet.h - an answer of rows: JSON ({"data":[...]}), lines of JSON, or CSV, whichever
 * the query's "format" asks for.  Private to the room.  [main]
 * SPDX-License-Identifier: MIT */
#ifndef ADMIN_SHEET_H
#define ADMIN_SHEET_H
#include "admin/inquiry.h"

enum sheet_format { SHEET_JSON, SHEET_NDJSON, SHEET_CSV };
struct sheet {
	struct inquiry *c;             /* NULL: it is one row of JSON, no answer */
	struct arena *arena;
	enum sheet_format format;
	struct jsonw *w;               /* JSON of either kind */
	struct jsonw line;             /* of one line */
	bool alone;                    /* the answer is this row, with key_names */
	bool head;                     /* CSV: names instead of values */
	bool first;                    /* no cell yet in this row */
};

/* Reads "format"; the first row, of any values, gives CSV its names and is not told. */
cdt_status sheet_begin(struct sheet *s, struct inquiry *c,
                       void (*put_row)(struct sheet *s, const void *row), const void *any);
void sheet_row_begin(struct sheet *s);
void sheet_row_end(struct sheet *s);
/* "" is null. */
void sheet_text(struct sheet *s, const char *name, cdt_str text);
/* The id of a key, whose name the answer tells in the end. */
void sheet_key(struct sheet *s, const char *name, cdt_str id);
void sheet_i64(struct sheet *s, const char *name, int64_t v);
void sheet_count(struct sheet *s, const char *name, int64_t v);        /* below 0 is null */
void sheet_flag(struct sheet *s, const char *name, bool v);
void sheet_time(struct sheet *s, const char *name, int64_t wall_ms);
void sheet_usd(struct sheet *s, const char *name, int64_t nanousd);
/* After the rows.  next: "" = this was the last page.  With JSON the map stays open, for what
 * else there is to say; the caller closes c->json then (s->format says so). */
cdt_status sheet_end(struct sheet *s, const char *next);

#endif

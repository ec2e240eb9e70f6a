/* base/jsonw.h - writes JSON straight into a buf: no tree.  Errors stick: write all, ask
 * jsonw_status once.  One thread at a time.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_JSONW_H
#define BASE_JSONW_H
#include "base/buf.h"
#include "conduit/doc.h"

#include <stdbool.h>

enum { JSONW_DEPTH = 64 };
struct jsonw {
	struct cdt_out out;            /* first: a plugin writes through &w->out */
	struct buf *buf;
	cdt_status status;             /* CDT_E_MISUSE: unbalanced or keyless */
	uint32_t depth;
	bool need_comma, after_key;
	char braces[JSONW_DEPTH];
};

void jsonw_init(struct jsonw *w, struct buf *out);
void jsonw_open(struct jsonw *w, char brace);              /* '{' or '[' */
void jsonw_close(struct jsonw *w);
void jsonw_key(struct jsonw *w, const char *key);
/* Quoted and escaped; bad UTF-8 becomes U+FFFD. */
void jsonw_text(struct jsonw *w, cdt_str s);
void jsonw_z(struct jsonw *w, const char *z);
void jsonw_i64(struct jsonw *w, int64_t v);
void jsonw_f64(struct jsonw *w, double v);                 /* shortest that reads back equal */
void jsonw_flag(struct jsonw *w, bool v);
void jsonw_null(struct jsonw *w);
void jsonw_raw(struct jsonw *w, cdt_str json);             /* one finished value */
void jsonw_val(struct jsonw *w, cdt_val v);                /* a whole subtree */
cdt_status jsonw_status(const struct jsonw *w);            /* also CDT_E_MISUSE while open */

/* Both at once, for the many members of maps. */
void jsonw_put_text(struct jsonw *w, const char *key, cdt_str s);
void jsonw_put_z(struct jsonw *w, const char *key, const char *z);
void jsonw_put_i64(struct jsonw *w, const char *key, int64_t v);
void jsonw_put_f64(struct jsonw *w, const char *key, double v);
void jsonw_put_flag(struct jsonw *w, const char *key, bool v);
void jsonw_put_null(struct jsonw *w, const char *key);
void jsonw_put_raw(struct jsonw *w, const char *key, cdt_str json);
void jsonw_put_val(struct jsonw *w, const char *key, cdt_val v);   /* nothing when absent */

/* What jsonw_f64 writes, with a NUL; returns its length.  NaN and infinities are "null". */
enum { JSON_F64_SIZE = 32 };
size_t json_f64_print(double v, char out[JSON_F64_SIZE]);

/* Appends s as the inside of a JSON string (no quotes). */
void json_escape(struct buf *out, cdt_str s);

#endif

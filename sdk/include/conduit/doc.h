/* conduit/doc.h - read and write structured data without knowing its library.
 * SPDX-License-Identifier: MIT */
#ifndef CONDUIT_DOC_H
#define CONDUIT_DOC_H
#include "base.h"

enum { CDT_ABSENT, CDT_NULL, CDT_FLAG, CDT_INT, CDT_REAL, CDT_TEXT, CDT_LIST, CDT_MAP };

/* A node of a document.  Frozen, passed by value (two registers).
 * Every reader takes every node: asking an absent node, or one of another
 * type, gives absent / "" / the default.  So chains need no checks. */
typedef struct cdt_val { const struct cdt_doc_api *api; const void *node; } cdt_val;

struct cdt_doc_api {                                        /* [any, one thread at a time] */
	uint32_t size, reserved;
	uint32_t (*type)(cdt_val);
	size_t   (*count)(cdt_val);                         /* of a list or map */
	cdt_val  (*get)(cdt_val map, const char *key);
	cdt_val  (*at)(cdt_val list, size_t i);
	int      (*next)(cdt_val map, size_t *it, cdt_str *key, cdt_val *val);
	cdt_str  (*text)(cdt_val);
	int64_t  (*i64)(cdt_val, int64_t dflt);
	double   (*f64)(cdt_val, double dflt);
	int      (*flag)(cdt_val, int dflt);
	cdt_str  (*raw)(cdt_val);                           /* its JSON text */
};

/* A writer.  Errors stick: write all, ask status once. */
struct cdt_out { const struct cdt_out_api *api; };
struct cdt_out_api {
	uint32_t size, reserved;
	void (*bytes)(struct cdt_out *, cdt_str);           /* as they are */
	void (*open)(struct cdt_out *, char brace);         /* '{' or '[' */
	void (*close)(struct cdt_out *);
	void (*key)(struct cdt_out *, const char *);
	void (*text)(struct cdt_out *, cdt_str);            /* quoted, escaped */
	void (*i64)(struct cdt_out *, int64_t);
	void (*f64)(struct cdt_out *, double);
	void (*flag)(struct cdt_out *, int);
	void (*val)(struct cdt_out *, cdt_val);             /* a whole subtree */
	cdt_status (*status)(const struct cdt_out *);
};

static inline cdt_val  cdt_get(cdt_val v, const char *k) { return v.api->get(v, k); }
static inline cdt_val  cdt_at(cdt_val v, size_t i)       { return v.api->at(v, i); }
static inline size_t   cdt_count(cdt_val v)              { return v.api->count(v); }
static inline uint32_t cdt_type(cdt_val v)               { return v.api->type(v); }
static inline cdt_str  cdt_text(cdt_val v)               { return v.api->text(v); }
static inline int64_t  cdt_i64(cdt_val v, int64_t d)     { return v.api->i64(v, d); }
static inline void cdt_open(struct cdt_out *o, char b)   { o->api->open(o, b); }
static inline void cdt_close(struct cdt_out *o)          { o->api->close(o); }
static inline void cdt_put_text(struct cdt_out *o, const char *k, cdt_str s)
{ o->api->key(o, k); o->api->text(o, s); }
static inline void cdt_put_i64(struct cdt_out *o, const char *k, int64_t i)
{ o->api->key(o, k); o->api->i64(o, i); }
static inline void cdt_put_flag(struct cdt_out *o, const char *k, int f)
{ o->api->key(o, k); o->api->flag(o, f); }
/* Copies v under key k; writes nothing when v is absent. */
static inline void cdt_put_val(struct cdt_out *o, const char *k, cdt_val v)
{ if (cdt_type(v) != CDT_ABSENT) { o->api->key(o, k); o->api->val(o, v); } }
#endif

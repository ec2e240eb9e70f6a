/* canon/ask.h - what a client wants, whatever dialect it speaks.  Filled by a surface's
 * decode; lives in the exchange's arena.
 * SPDX-License-Identifier: MIT */
#ifndef CANON_ASK_H
#define CANON_ASK_H
#include "base/json.h"
#include "base/jsonscan.h"
#include "conduit/provider.h"

#include <stdbool.h>

enum { ASK_NAMES_MAX = 16 };

/* Members of chat documents that hold a JSON schema: long, and mostly passed on as they came
 * (json_parse_but). */
extern const char *const ask_schemas[];

/* The client's wishes about routing (contract.md 2, "routing"). */
struct ask_routing {
	cdt_str order[ASK_NAMES_MAX], only[ASK_NAMES_MAX], ignore[ASK_NAMES_MAX];
	size_t order_count, only_count, ignore_count;
	bool no_fallback, has_max_price;
	bool is_override;                      /* only is provider_override's */
	int64_t max_price;                     /* nano-USD that the request may cost */
	cdt_str strategy;                      /* a policy's name or type; "" = the model's */
	cdt_str sticky;                        /* same text, same target; "" = not said */
	bool not_sticky;                       /* said: sticky is false */
	bool has_strict, strict;               /* params: refuse what can not be done */
};

/* The client's wishes about the cache (contract.md 2, "cache_control"). */
struct ask_cache {
	bool no_cache, no_store;
	int64_t ttl_ms;                        /* how long it is kept, how old it may be; -1 */
	cdt_str ns;                            /* namespace; "" = not said */
};

struct ask {
	uint32_t op;                           /* CDT_OP_... */
	bool stream;
	bool wants_usage;                      /* in a stream: show it to the client */
	bool wants_base64;                     /* embeddings */
	bool raw;                              /* the stream is bytes: nothing of ours in it */
	/* It is asked for something that lasts, or leans on what does: no known answer can
	 * stand in for a new one. */
	bool has_effects;
	/* Tools that run at a host go to providers of the dialect only. */
	bool leaves_hosted;
	const void *own;                       /* the surface's: what else it has read */
	/* Of completions: the member that no chat can stand in for; NULL: there is none. */
	const char *no_chat;
	int64_t max_output;                    /* tokens asked for; 0 = not said, or none */
	int64_t n;                             /* answers; at least 1 after decode */
	int64_t characters;                    /* to be spoken; 0 = none */
	cdt_str model;                         /* as the client named it */
	/* The client's bytes, scanned; of a form its fields, as the API would have them in
	 * JSON, with {"blob":N} for files. */
	cdt_str body;
	const struct json_member *members;     /* of body's outermost map */
	size_t member_count;
	const char *const *own_members;        /* Conduit's: never forwarded; ends with NULL */
	const struct ask_routing *routing;     /* never NULL after decode */
	const struct ask_cache *cache;         /* NULL: nothing was said */
	cdt_str type;                          /* the request's Content-Type */
	/* Those of its headers that the dialect lets through; copies. */
	const struct cdt_header *passed;
	size_t passed_count;
	/* Of a form: its fields as they came (sdk/canon, "Forms"), and its files, which point
	 * into the request that came.  "" and none: it was JSON. */
	cdt_str form;
	const struct cdt_blob *blobs;
	size_t blob_count;
	/* The canonical document (sdk/canon), made when a provider first needs it. */
	struct json *doc;
};

/* Who has no wishes. */
extern const struct ask_routing ask_no_routing;

/* The member of that name, or NULL. */
const struct json_member *ask_member(const struct ask *a, const char *name);
/* Its value as it is written; "": not there, or null. */
cdt_str ask_value(const struct ask *a, const char *name);

#endif

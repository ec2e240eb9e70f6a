/* plugin/host.h - the gateway's side of the plugin ABI, one file a table.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef PLUGIN_HOST_H
#define PLUGIN_HOST_H
#include "base/arena.h"
#include "base/jsonw.h"
#include "conduit/http.h"
#include "conduit/module.h"
#include "fetch/outreq.h"

#include <stdbool.h>

struct instance;
struct native_body;
struct plugin_surroundings;

enum { HOST_METRICS_MAX = 64, HOST_LAST_WORDS = 256 };

/* What a plugin holds as struct cdt_host: an instance's, or (during load) a module's. */
struct host {
	struct cdt_host abi;                   /* first */
	const struct plugin_surroundings *surroundings;
	const char *name;                      /* of the instance or module, for logs */
	const char *type;                      /* of the feature; NULL for a module */
	struct { uint32_t id, labels; } metric[HOST_METRICS_MAX];
	uint32_t metric_count;
	/* What it logged last while it was opened: the reason when it refuses. */
	bool opening;
	char last_words[HOST_LAST_WORDS];
};
void host_init(struct host *h, const struct plugin_surroundings *s, const char *name,
               const char *type);

/* The service tables. */
extern const struct cdt_io host_io;
extern const struct cdt_crypto host_crypto;
extern const struct cdt_http host_http;
extern const struct cdt_metrics host_metrics;

/* A plugin's log line under the name of name. */
void host_say(const char *name, const char *xid, uint32_t level, const char *msg);

/* A request in the making: struct cdt_http_out over struct outreq.  On the stack of the one
 * callback that may use it. */
enum { PATCHES_MAX = 16 };
struct patch {
	cdt_str member;                        /* the plugin's; valid until build returns */
	struct jsonw w;
	size_t from, to;                       /* what w wrote to the request's body */
	cdt_str text;                          /* that, when all is written; "": leave it out */
	bool used;                             /* found among the client's members */
};
struct http_out {
	struct cdt_http_out abi;               /* first */
	struct outreq *request;
	const struct native_body *native;      /* NULL: patch is misuse */
	const struct cdt_blob *blobs;          /* their bytes need no copy in part */
	size_t blob_count;
	struct jsonw body;
	struct patch patch[PATCHES_MAX];
	size_t patch_count;
	struct patch *open_patch;              /* the one that writes now */
	struct buf whole;                      /* of a patched body, once it was asked for */
	struct buf nowhere;                    /* for writers that can not be: no room */
	struct jsonw scrap;
	char boundary[40];                     /* of a multipart body, or "" */
	bool has_body;
	const char *misuse;                    /* what was wrong, for the log */
};
void http_out_begin(struct http_out *h, struct outreq *request,
                    const struct native_body *native);
/* Body and headers are complete; st: what the plugin's function returned.  Returns what the
 * request is worth; h is gone afterwards. */
cdt_status http_out_end(struct http_out *h, cdt_status st);

/* The client's text with changed members, as pieces of request.  (splice.c) */
cdt_status splice(const struct native_body *native, struct patch *patches, size_t count,
                  struct outreq *request);

#endif

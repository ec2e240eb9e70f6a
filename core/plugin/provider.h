/* plugin/provider.h - calls into provider instances (kind conduit.provider/1), wrapped: who
 * runs, for how long, what it may not do.  Adapts old ABI minors, so that callers see one.
 * [worker]
 * SPDX-License-Identifier: MIT */
#ifndef PLUGIN_PROVIDER_H
#define PLUGIN_PROVIDER_H
#include "base/buf.h"
#include "base/list.h"
#include "conduit/provider.h"
#include "fetch/outreq.h"
#include "plugin/instance.h"

/* Read once at open; immutable. */
struct provider_caps {
	uint64_t ops, stream_ops;
	uint32_t flags;                    /* CDT_CAPS_... */
	const char *const *dialects;       /* ends with NULL */
};
const struct provider_caps *provider_caps(const struct instance *i);
/* Does that model, at base_url, take the dialect as it is?  [any thread] */
bool provider_speaks(const struct instance *i, cdt_str dialect, cdt_str model,
                     cdt_str base_url);

enum { CALL_DROPPED_MAX = 32 };

/* The plugin's side of one attempt.  Embedded by its owner (upstream/attempt). */
struct call {
	struct cdt_call abi;               /* first */
	struct instance_self *self;
	struct arena *keep;                /* lives until call_end returns */
	struct arena scratch;              /* emptied after each callback */
	struct json_lazy *parsed[8];       /* documents of this callback; freed after it */
	size_t parsed_count;
	void *slot;
	const char *xid;                   /* of the exchange: for logs and upstream headers */
	/* What the plugin said of the upstream's remaining quota; -1 = nothing. */
	int64_t headroom_requests, headroom_tokens, headroom_reset_ms;
	cdt_str refusal, refused_param;  /* why the plugin refuses the request; "" = not said */
	bool strict;                       /* unsupported members are refused */
	const struct cdt_header *passed;   /* of the client's request; see client_header */
	size_t passed_count;
	cdt_str dropped[CALL_DROPPED_MAX];     /* else they are left out; in keep */
	size_t dropped_count;
	bool follows;                      /* the plugin wants another request, */
	uint32_t follow_ms;                /* after so long */
	bool marked;                       /* the owner saw "[DONE]": set before call_finish */
	bool building, ended;              /* building: build was called, so done will be */
	/* The room's own from here on. */
	size_t kept_bytes;
	struct arena_mark scratch_rest;    /* what stays of scratch between callbacks */
	cdt_str secret;                    /* of this attempt: may not come back in a message */
	struct {                           /* what relay said of this frame */
		bool said;
		size_t event_n;            /* text is the event's name, and the data */
		struct buf text;
	} relay;
	struct call_sink {                 /* stands before the caller's sink */
		struct cdt_sink abi;       /* first */
		struct cdt_sink *to;       /* NULL: nothing may be emitted now */
		cdt_status stuck;          /* what to said once it said no */
		struct call *call;
	} sink;
};

/* build's request document: the client's members, some of them patched (CDT_REQ_NATIVE). */
struct native_body {
	cdt_str text;                      /* the client's body */
	const struct json_member *members; /* of the scan of text */
	size_t count;
	const char *const *drop;           /* our own members; ends with NULL */
};

void call_begin(struct call *c, struct instance_self *self, struct arena *keep,
                const char *xid);
/* Asks the plugin for the upstream request; out is fresh from outreq_init.  native: NULL
 * unless req has CDT_REQ_NATIVE; then out's pieces point into native->text where nothing was
 * patched (and out->body is not what is sent).  A body without Content-Type gets
 * application/json.  CDT_E_MISUSE is logged with the plugin's name and counted. */
cdt_status call_build(struct call *c, const struct cdt_request *req,
                      const struct native_body *native, struct outreq *out);
/* The answer that has ended well is not all: the plugin wants another request, after
 * c->follow_ms. */
bool call_follows(const struct call *c);
cdt_status call_follow(struct call *c, struct outreq *out);
/* Can the plugin tell the upstream that nobody waits any more?  What does; CDT_E_ABSENT:
 * nothing is to be told. */
bool call_leaves(const struct call *c);
cdt_status call_leave(struct call *c, struct outreq *out);
/* *frames: what the plugin wants, CDT_FRAMES_AUTO unless it said otherwise. */
cdt_status call_head(struct call *c, const struct cdt_http_head *head, uint32_t *frames);
cdt_status call_frame(struct call *c, const struct cdt_frame *frame, struct cdt_sink *sink);
/* What the client of a native request gets for a frame that call_frame has seen: the frame, or
 * what the plugin said in its place, in room; NULL: nothing.  Until the next call. */
const struct cdt_frame *call_relayed(const struct call *c, const struct cdt_frame *frame,
                                     struct cdt_frame *room);
cdt_status call_finish(struct call *c, struct cdt_sink *sink);
/* Fills *err (strings copied into keep): reason by status first, retry_after from the header,
 * then whatever the plugin knows better. */
void call_error(struct call *c, const struct cdt_http_head *head, cdt_str body,
                struct cdt_error *err);
/* done, exactly once; frees scratch.  Also fine after call_begin alone. */
void call_end(struct call *c);

/* The local extension of a provider that needs no network, or NULL. */
const struct cdt_provider_local *provider_local(const struct instance *i);
void *provider_self(const struct instance_self *s);        /* what the plugin's functions get */

/* The list of the catalogue that it says is its upstream's at base_url; {NULL,0}: it does not
 * say; "": none.  [any thread] */
cdt_str provider_catalog(const struct instance *i, cdt_str base_url);
/* The n-th of the other names of a model there, a part of model; "": no more.  [any thread] */
cdt_str provider_catalog_model(const struct instance *i, cdt_str model, uint32_t n);

/* Providers that turn stored secrets into short-lived tokens (conduit.provider.auth/1).  Each
 * is made once for all attempts of a worker, kept while it lasts, and renewed early. */
bool provider_makes_tokens(const struct instance *i);
/* fn comes once, later, on this worker: ask again, which may wait again.  To be forgotten when
 * its owner goes away first; zeroed before its first use. */
struct token_wait {
	struct list link;
	void (*fn)(void *arg, cdt_status st);
	void *arg;
};
enum token_state { TOKEN_HERE, TOKEN_COMES, TOKEN_NONE };
/* TOKEN_HERE: *token lives until the worker's next turn.  TOKEN_NONE: it has just failed. */
enum token_state provider_token(struct instance_self *s, cdt_str secret, struct token_wait *w,
                                cdt_str *token);
void provider_token_forget(struct token_wait *w);
/* The upstream did not take the token of that secret: the next one is made anew. */
void provider_token_spoil(struct instance_self *s, cdt_str secret);

#endif

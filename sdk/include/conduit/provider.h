/* conduit/provider.h - teach the gateway one upstream's language.
 *
 * A provider translates; it does no I/O.  The gateway sends what build wrote,
 * cuts the answer into frames and feeds them in order.  Per attempt:
 *
 *     build -> [head] -> frame... -> [finish] -> [done]     status 2xx
 *     build -> [head] -> error -> [done]                    any other status
 *     build -> [done]                                       no answer at all
 *
 * [x] may be NULL.  An attempt can end after any step when the client leaves:
 * then only done follows.
 *
 * An upstream can also say no inside a 200 answer.  frame then returns
 * CDT_E_UPSTREAM and emits nothing for it; the gateway calls error with the
 * answer's head (status 200) and that frame's data as body, then done.
 *
 * finish is called when the upstream closed the answer in good order.  A
 * provider whose stream has an end mark of its own (not "[DONE]", which the
 * gateway looks for itself, see marked of cdt_call) returns CDT_E_UPSTREAM from
 * finish when the mark never came: a cut answer is an error, not an end.
 *
 * CDT_REQ_NATIVE: client and upstream speak the same dialect, so the gateway
 * relays the answer's bytes and frame only *observes*: it emits USAGE and STOP
 * (and returns CDT_E_UPSTREAM for an error) and may skip everything else.  It is
 * called for each chunk of a stream: look before you parse.  An upstream that
 * wraps the dialect's events up has them unwrapped with relay of cdt_call.
 * SPDX-License-Identifier: MIT */
#ifndef CONDUIT_PROVIDER_H
#define CONDUIT_PROVIDER_H
#include "event.h"
#include "http.h"
#include "module.h"

#define CDT_KIND_PROVIDER "conduit.provider/1"

enum { CDT_OP_CHAT = 1, CDT_OP_COMPLETE, CDT_OP_EMBED, CDT_OP_IMAGE, CDT_OP_SPEECH,
       CDT_OP_TRANSCRIBE, CDT_OP_MODERATE, CDT_OP_RERANK, CDT_OP_COUNT, CDT_OP_MODELS };
#define CDT_OP_BIT(op) (UINT64_C(1) << (op))

enum {
	CDT_CAPS_ABORT_STOPS_BILLING = 1,  /* who hangs up pays what was produced */
	/* Upstream can not fetch pictures and files itself: what comes as an http(s) URL in the
	 * canonical document is fetched by the gateway, if it may, and given as a data: URL. */
	CDT_CAPS_INLINE_MEDIA = 2,
	/* Upstream can be told that a tool has failed: is_error of tool messages is read.  To
	 * all others the gateway says it in the message's text, and leaves is_error out. */
	CDT_CAPS_TOOL_ERRORS = 4,
};
struct cdt_caps {
	uint32_t size, flags;              /* CDT_CAPS_... */
	uint64_t ops;                      /* CDT_OP_BIT | ... */
	uint64_t stream_ops;               /* those that can stream */
	/* Client dialects whose body may go through unchanged: "openai.chat",
	 * "openai.responses", "anthropic.messages"...  Ends with NULL. */
	const char *const *dialects;
};

struct cdt_blob { cdt_str name, filename, type, data; };               /* frozen */

enum { CDT_REQ_STREAM = 1, CDT_REQ_NATIVE = 2 };
/* NATIVE: doc is the client's own document (its members are parsed one by one, on
 * demand, so asking for a small one is cheap).  The members "model", the one for
 * max_output and, when the dialect has it, "stream" are the provider's to patch; those
 * that are Conduit's own ("routing", ...) are gone already. */
struct cdt_request {
	uint32_t size, op;
	uint32_t flags, attempt;
	cdt_str  model;       /* upstream's name for it */
	cdt_str  base_url;    /* of the target; "" = provider's own */
	cdt_str  secret;      /* the credential picked for this attempt */
	cdt_val  doc;         /* canonical; or the client's own when CDT_REQ_NATIVE */
	cdt_str  dialect;     /* of the client: names doc's schema when NATIVE */
	const struct cdt_blob *blobs;                 /* uploaded files, if any */
	size_t   blob_count;
	/* Tokens of one answer that the upstream must be limited to, because money was set
	 * aside for so many: the canonical doc says the same; a NATIVE one may not, and is to
	 * be patched.  0: as doc says. */
	int64_t  max_output;
};

enum { CDT_FRAMES_AUTO = 0,  /* by content-type */
       CDT_FRAMES_WHOLE, CDT_FRAMES_SSE, CDT_FRAMES_LINES, CDT_FRAMES_AWS, CDT_FRAMES_BYTES };
enum { CDT_FRAME_ERROR = 1 };  /* AWS: an exception (event: its type) or an error (its code) */
struct cdt_frame {
	uint32_t size, flags;               /* CDT_FRAME_... */
	cdt_str event;        /* SSE event name, AWS :event-type, or "" */
	cdt_str data;         /* SSE "data:" lines joined; never "[DONE]" */
};

/* One attempt, seen by the plugin.  keep and scratch never fail up to 1 MiB. */
struct cdt_call { const struct cdt_call_api *api; };
struct cdt_call_api {
	uint32_t size, reserved;
	void *(*keep)(struct cdt_call *, size_t n);     /* zeroed; lives until done  */
	void *(*scratch)(struct cdt_call *, size_t n);  /* until this callback returns */
	/* Tree and its strings live until this callback returns.  Members of the
	 * outermost map are parsed when they are first asked for. */
	cdt_status (*parse)(struct cdt_call *, cdt_str json, cdt_val *out);
	void **(*slot)(struct cdt_call *);              /* the plugin's own, NULL at first */
	void (*log)(struct cdt_call *, uint32_t level, const char *msg);
	cdt_str (*id)(struct cdt_call *);               /* for upstream headers */
	/* What upstream's headers say is left for this credential; -1 = not said. */
	void (*headroom)(struct cdt_call *, int64_t requests, int64_t tokens,
	                 int64_t reset_ms);
	/* Why build (or frame) returns CDT_E_INVALID or CDT_E_UNSUPPORTED: a sentence
	 * that the client will read, so safe to show.  param: the request's member
	 * at fault, or "".  Both are copied; of several the first one counts. */
	void (*refuse)(struct cdt_call *, const char *param, cdt_str message);
	/* In build: upstream can not do what the request's member `param` asks for.  CDT_OK:
	 * leave it out (the gateway tells the client); CDT_E_UNSUPPORTED: who configured it
	 * wants such requests refused; return that status, the reason has been said.  Only for
	 * members that change the answer: not for hints ("user", "store", "metadata"). */
	cdt_status (*unsupported)(struct cdt_call *, const char *param);
	/* In head, frame or finish: the answer is not whole yet.  When this one has ended well
	 * and wait_ms have passed, follow (of the ops) is asked for the next request. */
	void (*follow)(struct cdt_call *, uint32_t wait_ms);
	/* In finish: did the stream end with "[DONE]"?  Some upstreams say nothing else at
	 * their end. */
	int (*marked)(struct cdt_call *);
	/* In build: a header of the client's own request, of the few that its dialect lets
	 * through to an upstream ("anthropic-beta", "anthropic-version", "openai-beta"; never
	 * one that says who asks).  In small letters.  "": it was not sent, or may not be
	 * passed on.  Several lines of one name are one value with commas.  Lives until
	 * done. */
	cdt_str (*client_header)(struct cdt_call *, const char *name);
	/* In frame of a NATIVE request: what the client gets in this frame's place, for
	 * upstreams that wrap the dialect's events into something else.  Is copied; a later
	 * one replaces an earlier one.  data "": the client gets nothing for this frame. */
	void (*relay)(struct cdt_call *, cdt_str event, cdt_str data);
};

/* Some upstreams answer in more than one step: a job is made, then asked for until it is
 * done.  A plugin that calls follow (of cdt_call) while it reads an answer gets another turn
 * when that answer has ended well, finish included:
 *
 *     ... -> [finish] -> follow -> [head] -> frame... -> [finish] -> follow ... -> [done]
 *
 * All answers of one attempt are one: their events go on where the last one's ended. */
struct cdt_provider_ops {
	uint32_t size, reserved;
	/* [main] Both optional.  config has passed the option table.  Returning
	 * NULL refuses the config; say why with host->log. */
	void *(*open)(const struct cdt_host *, cdt_val config);
	void  (*close)(void *self);
	const struct cdt_caps *(*caps)(void *self);     /* [main] once, after open */
	/* [worker] Optional: what worker_open returns replaces self below. */
	void *(*worker_open)(void *self, struct cdt_worker *);
	void  (*worker_close)(void *worker_self);
	/* [worker] from here on; build, frame and error must be there. */
	cdt_status (*build)(void *self, struct cdt_call *, const struct cdt_request *,
	                    struct cdt_http_out *);
	cdt_status (*head)(void *self, struct cdt_call *, const struct cdt_http_head *,
	                   uint32_t *frames);
	cdt_status (*frame)(void *self, struct cdt_call *, const struct cdt_frame *,
	                    struct cdt_sink *);
	cdt_status (*finish)(void *self, struct cdt_call *, struct cdt_sink *);
	cdt_status (*error)(void *self, struct cdt_call *, const struct cdt_http_head *,
	                    cdt_str body, struct cdt_error *);
	void (*done)(void *self, struct cdt_call *);
	/* [main] optional powers by id: "conduit.provider.auth/1", ... */
	const void *(*extension)(void *self, const char *id);
	/* Optional.  The next request of an attempt that asked for one with call's follow. */
	cdt_status (*follow)(void *self, struct cdt_call *, struct cdt_http_out *);
	/* Optional.  The client left before the end: a request that stops upstream's work, sent
	 * without anybody waiting for its answer.  CDT_E_ABSENT: nothing is to be sent. */
	cdt_status (*leave)(void *self, struct cdt_call *, struct cdt_http_out *);
	/* [any thread] Optional.  Does this model, there, take a dialect that caps names?
	 * Without it all of them do.  base_url: "" = the provider's own. */
	int (*speaks)(void *self, cdt_str dialect, cdt_str model, cdt_str base_url);
};

#define CDT_EXT_PROVIDER_AUTH "conduit.provider.auth/1"
struct cdt_provider_auth {   /* short-lived tokens: OAuth, service accounts, STS */
	uint32_t size, reserved;
	/* [worker] Turn a stored secret into a token; say how long it lasts and
	 * end the ticket with it.  The gateway keeps it, asks again before it runs
	 * out, and asks once for many requests.  It then comes as req->secret. */
	void (*token)(void *self, struct cdt_worker *, cdt_str secret,
	              struct cdt_ticket *);
};

#define CDT_EXT_PROVIDER_CATALOG "conduit.provider.catalog/1"
/* Whose prices and windows of the catalogue hold, where the configuration does not say.
 * Without this extension it is the list called like the feature, if the base URL is none or
 * one of a host called so.  Pure functions. */
struct cdt_provider_catalog {                                          /* [any thread] */
	uint32_t size, reserved;
	/* The list of who is asked at base_url ("" = the provider's own); "": of nobody known.
	 * Lives as long as self. */
	cdt_str (*list)(void *self, cdt_str base_url);
	/* Optional.  The list has no `model`: the i-th of its other names, from 0 on, each a
	 * part of `model` (without a region in front, without a version behind).  "": no
	 * more. */
	cdt_str (*model)(void *self, cdt_str model, uint32_t i);
};

#define CDT_EXT_PROVIDER_LOCAL "conduit.provider.local/1"
/* The answering end of one attempt.  Valid until end was called or stop came.
 * Called on the worker that called start, also from inside start. */
struct cdt_wire { const struct cdt_wire_api *api; };
struct cdt_wire_api {                                                    /* [worker] */
	uint32_t size, reserved;
	void (*head)(struct cdt_wire *, uint32_t status, const struct cdt_header *,
	             size_t count);
	void (*body)(struct cdt_wire *, cdt_str bytes);             /* are copied */
	/* CDT_OK: the answer is whole.  CDT_E_UPSTREAM: the connection broke. */
	void (*end)(struct cdt_wire *, cdt_status);
};
/* A provider that plays its own upstream: an in-process model, a mock.  What build
 * wrote is not sent anywhere but handed to start, and what the plugin writes to the
 * wire, at once or later (timers of conduit.io/1), is treated like an upstream's
 * answer: cut into frames, fed to frame, error and finish. */
struct cdt_provider_local {                                              /* [worker] */
	uint32_t size, reserved;
	/* Returns a handle for stop, or NULL when it has called end already. */
	void *(*start)(void *self, struct cdt_worker *, cdt_str body, struct cdt_wire *);
	/* Nobody listens any more: forget the wire.  Never after end. */
	void  (*stop)(void *handle);
	/* The client is slow: write no more until resumed.  Optional. */
	void  (*pause)(void *handle, int paused);
};
#endif

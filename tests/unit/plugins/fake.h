/* unit/plugins/fake.h - the host's side of the plugin ABI, for tests that drive a plugin's
 * functions directly: no loader, no loop, no network.  Bodies are checked as strictly as the
 * gateway does it.  One thread.
 * SPDX-License-Identifier: MIT */
#ifndef UNIT_PLUGINS_FAKE_H
#define UNIT_PLUGINS_FAKE_H
#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/jsonscan.h"
#include "base/jsonw.h"
#include "check/fake_sink.h"
#include "conduit/policy.h"
#include "conduit/provider.h"

/* fake.c - one attempt.  Between two callbacks: fake_call_step. */
enum { FAKE_PARSED_MAX = 16, FAKE_PATCHES_MAX = 8 };
struct fake_call {
	struct cdt_call abi;               /* first */
	struct arena keep, scratch;
	struct json_lazy *parsed[FAKE_PARSED_MAX];
	size_t parsed_count;
	unsigned parses;                   /* calls of parse so far */
	void *slot;
	char said[256];                    /* the last line logged */
	char refusal[256], param[64];      /* what refuse said */
	char dropped[256];                 /* names that were unsupported, with commas */
	int strict;                        /* those are refused */
	int follows;                       /* follow was called */
	uint32_t follow_ms;
	int unmarked;                      /* "[DONE]" did not come */
	int64_t requests, tokens, reset_ms;        /* headroom; -2 = never called */
};
void fake_call_init(struct fake_call *c);
void fake_call_fini(struct fake_call *c);
/* Frees what lives until a callback returns. */
void fake_call_step(struct fake_call *c);

/* A document that lives until fake_doc_fini: canonical, a client's own, or a config. */
struct fake_doc { struct arena arena; struct json_lazy *lazy; cdt_val val; };
void fake_doc_init(struct fake_doc *d, const char *json);
void fake_doc_fini(struct fake_doc *d);

/* The request that build writes. */
struct fake_patch { const char *member; struct buf text; struct jsonw w; };
struct fake_http {
	struct cdt_http_out abi;           /* first */
	struct buf url, headers;           /* "name: value\n" in order of writing */
	struct buf text;                   /* of body */
	struct jsonw w;
	struct fake_patch patch[FAKE_PATCHES_MAX];
	size_t patch_count;
	struct buf sent;                   /* what fake_http_body put together */
};
void fake_http_init(struct fake_http *h);
void fake_http_fini(struct fake_http *h);
/* What would be sent; client: its body when the request is native, else NULL. */
cdt_str fake_http_body(struct fake_http *h, const char *client);

/* Events are checked and collected by check/fake_sink.h. */

/* fake_feed.c - cuts a recorded answer (.sse, .chunks.txt, .json by its name) and
 * feeds frame; calls finish when all went well. */
cdt_status fake_feed(const struct cdt_provider_ops *ops, void *self, struct fake_call *c,
                     struct fake_sink *s, const char *name, cdt_str bytes);
/* The file under $CONDUIT_SRCDIR (or "."), NUL-ended; mem_free its p.  p NULL: not there. */
cdt_str fake_read(const char *path);

/* fake_loop.c - a host with conduit.io/1 whose clock the test turns, and a wire. */
enum { FAKE_TIMERS_MAX = 64 };
struct fake_timer { uint64_t at_ms; void (*fire)(void *arg); void *arg; int armed; };
struct fake_loop {
	struct cdt_host host;              /* first */
	uint64_t now_ms;
	struct fake_timer timer[FAKE_TIMERS_MAX];
	char said[256];
	int without_io;                    /* service gives NULL */
};
void fake_loop_init(struct fake_loop *l);
/* As struct cdt_worker for calls. */
struct cdt_worker *fake_loop_worker(struct fake_loop *l);
unsigned fake_loop_armed(const struct fake_loop *l);
/* Fires what is due on the way; returns how many fired. */
unsigned fake_loop_run(struct fake_loop *l, uint64_t ms);

/* A plugin's feature, opened with that config (JSON).  self NULL: it refused. */
struct fake_plugin {
	struct fake_loop loop;
	struct fake_doc config;
	const struct cdt_provider_ops *ops;
	void *self;
};
void fake_plugin_open(struct fake_plugin *p, const struct cdt_feature *f, const char *config);
void fake_plugin_close(struct fake_plugin *p);

/* One attempt at it, from build to done. */
struct fake_try {
	struct fake_plugin *plugin;
	struct fake_call call;
	struct fake_http http;
	struct fake_sink sink;
	struct fake_doc doc;
	cdt_status built;
};
struct fake_ask { uint32_t op, flags; const char *model, *dialect, *base_url, *secret, *doc; };
void fake_try_init(struct fake_try *t, struct fake_plugin *p, const struct fake_ask *ask);
void fake_try_fini(struct fake_try *t);

struct fake_wire {
	struct cdt_wire abi;               /* first */
	struct buf body, headers;
	uint32_t status;
	unsigned heads, writes, ends;
	cdt_status end;
	/* Called after each write, for tests that pause or stop in the middle. */
	void (*on_body)(struct fake_wire *w, void *arg);
	void *arg;
};
void fake_wire_init(struct fake_wire *w);
void fake_wire_fini(struct fake_wire *w);

#endif

/* unit/plugins/anthropic_host.h - a gateway small enough for tests: one attempt of a provider,
 * with all that the plugin is handed.  Strict about lifetimes: what a callback got from parse
 * and scratch is freed when it returns.
 * SPDX-License-Identifier: MIT */
#ifndef UNIT_PLUGINS_ANTHROPIC_HOST_H
#define UNIT_PLUGINS_ANTHROPIC_HOST_H
#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "conduit/provider.h"

enum { TRIAL_PARTS_MAX = 256, TRIAL_TREES_MAX = 8, TRIAL_HEADERS_MAX = 16 };

struct seen_part {
	uint32_t index, kind;
	bool open, closed;
	char id[128], name[128];
	struct buf text, signature, redacted;   /* text: also arguments and refusals */
	size_t citations;
	int64_t begins, ends;                   /* of the last citation, in characters */
};

/* What the sink was told, and the first breach of the grammar in it. */
struct seen {
	struct cdt_sink sink;                   /* first */
	const char *wrong;
	size_t events, starts, stops, usages, extras, part_count;
	size_t fail_at;                         /* emit fails at this event; 0 = never */
	bool native;                            /* only usage and stop are due */
	uint32_t stop;
	char id[128], model[128], word[64];
	struct cdt_usage usage;
	struct seen_part part[TRIAL_PARTS_MAX];
};

struct trial_http {
	struct cdt_http_out http;               /* first */
	struct jsonw body, patch;
	struct buf body_text, patch_text;
	char method[8], url[256], patched[64], secret[512];
	char header[TRIAL_HEADERS_MAX][2][256];
	size_t header_count;
};

struct trial {
	struct cdt_call call;                   /* first */
	const struct cdt_provider_ops *ops;
	void *self;
	void *slot;
	struct arena keep, scratch, trees;
	struct json_lazy *tree[TRIAL_TREES_MAX];
	size_t tree_count;
	int64_t headroom[3];
	char log[256];                          /* the last line */
	char refusal[256], param[64];           /* what refuse said */
	struct seen seen;
	struct trial_http http;
};

struct trial *trial_new(const struct cdt_provider_ops *ops, void *self);
/* done, and all freed. */
void trial_free(struct trial *h);

cdt_status trial_build(struct trial *h, cdt_str model, uint32_t flags, cdt_val doc);
cdt_status trial_frame(struct trial *h, cdt_str event, cdt_str bytes);
cdt_status trial_finish(struct trial *h);
void trial_head(struct trial *h, const struct cdt_http_head *head);
/* What err points to lives until trial_free. */
void trial_error(struct trial *h, uint32_t status, cdt_str body, struct cdt_error *err);

/* NULL: all that was emitted fits the grammar; complete: and the answer is whole. */
const char *trial_breach(struct trial *h, bool complete);
const struct seen_part *trial_part(const struct trial *h, uint32_t kind, size_t nth);

/* The plugin, opened with its defaults. */
const struct cdt_provider_ops *trial_ops(void);
void *trial_self(void);                 /* close with trial_ops()->close */

/* For open: the services of a gateway. */
const struct cdt_host *trial_gateway(bool with_crypto);

#endif

/* config/sections_telemetry.c - what is measured, and who is told.
 * SPDX-License-Identifier: MIT */
#include "config/sections.h"

#include <string.h>

static enum trace_trust trust_of(const char *word)
{
	return !strcmp(word, "always") ? TRUST_ALWAYS
	     : !strcmp(word, "never") ? TRUST_NEVER : TRUST_AUTHENTICATED;
}

static enum semconv semconv_of(const char *word)
{
	return !strcmp(word, "1.41") ? SEMCONV_1_41
	     : !strcmp(word, "both") ? SEMCONV_BOTH : SEMCONV_LATEST;
}

static size_t count_of(const struct node *list)
{
	return list ? list->count : 0;
}

static void read_headers(struct tree *t, const struct node *list, struct config_otlp *o)
{
	struct config_header *out = tree_take(t, (count_of(list) + 1) * sizeof *out);

	o->headers = out;
	o->header_count = count_of(list);
	for (const struct node *g = list ? list->first : NULL; g; g = g->next)
		*out++ = (struct config_header){ node_text(g, "name"),
		                                 node_get(g, "value")->secret };
}

static void read_resource(struct tree *t, const struct node *list, struct config_otlp *o)
{
	struct config_pair *out = tree_take(t, (count_of(list) + 1) * sizeof *out);

	o->resource = out;
	o->resource_count = count_of(list);
	for (const struct node *g = list ? list->first : NULL; g; g = g->next)
		*out++ = (struct config_pair){ node_text(g, "name"), node_text(g, "value") };
}

static bool is_on(const struct node *g, const char *name)
{
	return node_value(g, name, 0) != 0;
}

void sections_telemetry(struct tree *t, struct config *c)
{
	const struct node *g = node_get(t->root, "telemetry"), *otlp = node_get(g, "otlp");

	c->telemetry = (struct config_telemetry){
		.prometheus = is_on(g, "prometheus"), .propagate = is_on(g, "propagate"),
		.trust = trust_of(node_text(g, "trust_traceparent")),
	};
	if (!otlp)
		return;
	c->telemetry.otlp = (struct config_otlp){
		.endpoint = node_text(otlp, "endpoint"), .service = node_text(otlp, "service"),
		.semconv = semconv_of(node_text(otlp, "semconv")),
		.traces = is_on(otlp, "traces"), .metrics = is_on(otlp, "metrics"),
		.content = is_on(otlp, "content"),
		.interval_ms = (uint32_t)node_value(otlp, "interval", 0),
		.sample_millionths = (uint32_t)node_value(otlp, "sample", 0),
		.queue_bytes = (uint64_t)node_value(otlp, "queue", 0),
	};
	read_headers(t, node_get(otlp, "headers"), &c->telemetry.otlp);
	read_resource(t, node_get(otlp, "resource"), &c->telemetry.otlp);
}

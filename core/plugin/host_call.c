/* plugin/host_call.c - cdt_call: what one attempt lends to the plugin.  Memory that ends with
 * the callback, memory that ends with the attempt, and documents over upstream's text.
 * SPDX-License-Identifier: MIT */
#include "plugin/host_call.h"

#include "base/jsonscan.h"
#include "base/str.h"
#include "plugin/inside.h"

enum {
	SCRATCH_FIRST_BYTES = 1 << 10, SCRATCH_CAP_BYTES = 1 << 20,
	DOCUMENT_BYTES = 32 << 10,             /* the table of members of one document */
	KEEP_CAP_BYTES = 1 << 20,
	BLOCK_KEPT_BYTES = 4 << 10,
	PARSED_MAX = sizeof ((struct call *)NULL)->parsed / sizeof(struct json_lazy *),
};

static struct call *call_of(struct cdt_call *c)
{
	return (struct call *)(void *)c;               /* abi is its first member */
}

/* A small first block stays for the callbacks to come, so that frames cost no allocation. */
static void note_block(struct call *c)
{
	if (!c->scratch_rest.block && c->scratch.used_bytes <= BLOCK_KEPT_BYTES)
		c->scratch_rest = (struct arena_mark){ .block = c->scratch.block };
}

static void *call_keep(struct cdt_call *abi, size_t n)
{
	struct call *c = call_of(abi);

	if (n > KEEP_CAP_BYTES - c->kept_bytes)
		return NULL;
	c->kept_bytes += n;
	return arena_take(c->keep, n);
}

static void *call_scratch(struct cdt_call *abi, size_t n)
{
	struct call *c = call_of(abi);
	void *p = arena_take(&c->scratch, n);

	note_block(c);
	return p;
}

/* Upstream's text is looked at as strictly as a client's: what two readers could
 * understand in two ways is refused. */
static cdt_status call_parse(struct cdt_call *abi, cdt_str json, cdt_val *out)
{
	struct call *c = call_of(abi);
	struct jsonscan scan;
	struct json_lazy *l;

	*out = json_absent();
	if (c->parsed_count == PARSED_MAX)
		return CDT_E_LIMIT;
	if (jsonscan(&scan, json) != CDT_OK)
		return CDT_E_UPSTREAM;
	l = json_lazy_of(&c->scratch, json, scan.member, scan.type == CDT_MAP ? scan.count : 0);
	if (!l)
		return CDT_E_LIMIT;
	note_block(c);
	c->parsed[c->parsed_count++] = l;
	*out = json_lazy_val(l);
	return CDT_OK;
}

static void **call_slot(struct cdt_call *abi)
{
	return &call_of(abi)->slot;
}

static void call_log(struct cdt_call *abi, uint32_t level, const char *msg)
{
	const struct call *c = call_of(abi);

	host_say(c->self->instance->name, c->xid, level, msg);
}

static cdt_str call_id(struct cdt_call *abi)
{
	return str_z(call_of(abi)->xid);
}

static void call_headroom(struct cdt_call *abi, int64_t requests, int64_t tokens,
                          int64_t reset_ms)
{
	struct call *c = call_of(abi);

	c->headroom_requests = requests;
	c->headroom_tokens = tokens;
	c->headroom_reset_ms = reset_ms;
}

static const struct cdt_call_api api = {
	.size = sizeof api,
	.keep = call_keep, .scratch = call_scratch, .parse = call_parse, .slot = call_slot,
	.log = call_log, .id = call_id, .headroom = call_headroom,
};

void host_call_init(struct call *c)
{
	c->abi.api = &api;
	arena_init(&c->scratch, SCRATCH_FIRST_BYTES,
	           SCRATCH_CAP_BYTES + PARSED_MAX * DOCUMENT_BYTES);
}

void host_call_rest(struct call *c)
{
	while (c->parsed_count)
		json_lazy_free(c->parsed[--c->parsed_count]);
	if (c->scratch.block)
		arena_back(&c->scratch, c->scratch_rest);
}

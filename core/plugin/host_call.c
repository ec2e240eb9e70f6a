/* plugin/host_call.c - cdt_call: what one attempt lends to the plugin.  Memory that ends with
 * the callback, memory that ends with the attempt, and documents over upstream's text.
 * SPDX-License-Identifier: MIT */
#include "plugin/host_call.h"

#include <string.h>

#include "base/jsonscan.h"
#include "base/str.h"
#include "plugin/inside.h"

enum {
	SCRATCH_FIRST_BYTES = 2 << 10, SCRATCH_CAP_BYTES = 1 << 20,
	DOCUMENT_BYTES = 32 << 10,             /* the table of members of one document */
	KEEP_CAP_BYTES = 1 << 20,
	BLOCK_KEPT_BYTES = 4 << 10,
	VALUES_MAX = 8 << 20,                  /* 2,048 vectors of 3,072 numbers */
	RELAY_CAP_BYTES = 16 << 20,            /* as much as a frame may have */
	SECRET_MIN_BYTES = 8,               /* shorter ones are words that a message may need */
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
	if (jsonscan_up_to(&scan, json, VALUES_MAX) != CDT_OK)
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

static void hide(char *text, size_t n, cdt_str secret)
{
	size_t at = 0;

	if (secret.n < SECRET_MIN_BYTES)
		return;
	while ((at += str_search((cdt_str){ text + at, n - at }, secret)) < n) {
		memset(text + at, '*', secret.n);
		at += secret.n;
	}
}

cdt_str host_call_clean(struct call *c, cdt_str s, size_t cap)
{
	char *copy;

	s.n = s.p ? str_fit(s, cap) : 0;
	copy = s.n ? arena_take(c->keep, s.n) : NULL;
	if (!copy)
		return (cdt_str){ "", 0 };
	memcpy(copy, s.p, s.n);
	s.p = copy;
	hide(copy, s.n, c->secret);
	for (size_t i = 0; i < s.n; i++)
		if ((uint8_t)copy[i] < 0x20 || copy[i] == 0x7f)
			copy[i] = ' ';
	return str_trim(s);
}

static void call_refuse(struct cdt_call *abi, const char *param, cdt_str message)
{
	struct call *c = call_of(abi);

	if (c->refusal.n)
		return;
	c->refusal = host_call_clean(c, message, MESSAGE_MAX_BYTES);
	c->refused_param = host_call_clean(c, str_z(param), WORD_MAX_BYTES);
}

/* Lists a member that the upstream request is without, once. */
static void note_dropped(struct call *c, const char *param)
{
	cdt_str name = host_call_clean(c, str_z(param), WORD_MAX_BYTES);

	for (size_t i = 0; i < c->dropped_count; i++)
		if (str_eq(c->dropped[i], name))
			return;
	if (name.n && c->dropped_count < CALL_DROPPED_MAX)
		c->dropped[c->dropped_count++] = name;
}

static cdt_status call_unsupported(struct cdt_call *abi, const char *param)
{
	struct call *c = call_of(abi);
	cdt_str why;

	if (!c->strict) {
		note_dropped(c, param);
		return CDT_OK;
	}
	why = arena_print(c->keep, "'%s' is not supported by this model's provider. Leave it "
	                  "out, or allow it to be dropped (params = \"drop\").", param);
	call_refuse(abi, param, why);
	return CDT_E_UNSUPPORTED;
}

static void call_ask_on(struct cdt_call *abi, uint32_t wait_ms)
{
	struct call *c = call_of(abi);

	c->follows = true;
	c->follow_ms = wait_ms;
}

static int call_marked(struct cdt_call *abi)
{
	return call_of(abi)->marked;
}

static cdt_str call_client_header(struct cdt_call *abi, const char *name)
{
	const struct call *c = call_of(abi);

	for (size_t i = 0; i < c->passed_count; i++)
		if (str_is(c->passed[i].name, name))
			return c->passed[i].value;
	return CDT_STR("");
}

/* What does not fit is told by the buffer's status: see call_frame. */
static void call_relay(struct cdt_call *abi, cdt_str event, cdt_str bytes)
{
	struct call *c = call_of(abi);

	buf_clear(&c->relay.text);
	buf_add(&c->relay.text, event);
	c->relay.event_n = event.n;
	buf_add(&c->relay.text, bytes);
	c->relay.said = true;
}

static const struct cdt_call_api api = {
	.size = sizeof api,
	.keep = call_keep, .scratch = call_scratch, .parse = call_parse, .slot = call_slot,
	.log = call_log, .id = call_id, .headroom = call_headroom,
	.refuse = call_refuse, .unsupported = call_unsupported, .follow = call_ask_on,
	.marked = call_marked, .client_header = call_client_header, .relay = call_relay,
};

void host_call_init(struct call *c)
{
	c->abi.api = &api;
	buf_init(&c->relay.text, RELAY_CAP_BYTES);
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

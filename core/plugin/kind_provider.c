/* plugin/kind_provider.c - kind conduit.provider/1: checks its table, asks what it can do, and
 * wraps the callbacks of one attempt.  What error() says is told in call_error.c.
 * SPDX-License-Identifier: MIT */
#include "plugin/provider.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "plugin/host_call.h"
#include "plugin/inside.h"
#include "plugin/tokens.h"

enum { DIALECTS_MAX = 16, SECRET_KEPT_MAX = 4096 };

static const char *flaw(const void *table)
{
	const struct cdt_provider_ops *ops = table;

	if (!CDT_CAN(struct cdt_provider_ops, ops, build))
		return "a provider without build";
	if (!CDT_CAN(struct cdt_provider_ops, ops, frame))
		return "a provider without frame";
	if (!CDT_CAN(struct cdt_provider_ops, ops, error))
		return "a provider without error";
	if (ops->worker_close && !ops->worker_open)
		return "a provider with worker_close, but without worker_open";
	return NULL;
}

static void adopt(union plugin_ops *out, struct plugin_life *life, const void *table)
{
	struct cdt_provider_ops *ops = &out->provider;

	plugin_copy_sized(ops, sizeof *ops, table);
	*life = (struct plugin_life){ ops->open, ops->close, ops->worker_open,
	                              ops->worker_close, ops->extension };
}

static bool copy_dialects(struct instance *i, const char *const *from)
{
	size_t count = 0;

	while (from && from[count] && count <= DIALECTS_MAX)
		count++;
	if (count > DIALECTS_MAX) {
		log_error(LOG_PLUGIN, NULL, "plugin names more than %d dialects plugin=%s",
		          DIALECTS_MAX, i->name);
		return false;
	}
	i->dialects = mem_new_array(count + 1, sizeof *i->dialects);
	for (size_t k = 0; k < count; k++)
		i->dialects[k] = from[k];
	i->caps.dialects = i->dialects;
	return true;
}

/* A provider that does not say what it can do can chat. */
static bool read_caps(struct instance *i)
{
	struct cdt_caps caps = {
		.ops = CDT_OP_BIT(CDT_OP_CHAT), .stream_ops = CDT_OP_BIT(CDT_OP_CHAT),
	};
	const struct cdt_caps *said = NULL;
	struct enter e;

	enter_begin(&e, i, ENTER_OPEN);
	if (i->ops.provider.caps)
		said = i->ops.provider.caps(i->self);
	enter_end(&e);
	if (said)
		plugin_copy_sized(&caps, sizeof caps, said);
	i->caps.ops = caps.ops;
	i->caps.flags = caps.flags;
	i->caps.stream_ops = caps.stream_ops & caps.ops;
	if (!caps.ops)
		log_error(LOG_PLUGIN, NULL, "plugin can do nothing plugin=%s", i->name);
	return caps.ops && copy_dialects(i, caps.dialects);
}

static const void *extension(struct instance *i, const char *id)
{
	const void *found = NULL;
	struct enter e;

	enter_begin(&e, i, ENTER_OPEN);
	if (i->life.extension)
		found = i->life.extension(i->self, id);
	enter_end(&e);
	return found;
}

static bool opened(struct instance *i)
{
	const void *local, *auth, *catalog;

	if (!read_caps(i))
		return false;
	local = extension(i, CDT_EXT_PROVIDER_LOCAL);
	auth = extension(i, CDT_EXT_PROVIDER_AUTH);
	catalog = extension(i, CDT_EXT_PROVIDER_CATALOG);
	if (local)
		plugin_copy_sized(&i->local, sizeof i->local, local);
	if (auth)
		plugin_copy_sized(&i->auth, sizeof i->auth, auth);
	if (catalog)
		plugin_copy_sized(&i->catalog, sizeof i->catalog, catalog);
	i->has_local = i->local.start && i->local.stop;
	if (local && !i->has_local)
		log_error(LOG_PLUGIN, NULL, "plugin's local extension lacks start or stop "
		          "plugin=%s", i->name);
	return !local || i->has_local;
}

const struct plugin_kind kind_provider = {
	CDT_KIND_PROVIDER, "provider", flaw, adopt, opened,
};

const struct provider_caps *provider_caps(const struct instance *i)
{
	return &i->caps;
}

static bool names_dialect(const struct instance *i, cdt_str dialect)
{
	for (const char *const *d = i->caps.dialects; d && *d; d++)
		if (str_is(dialect, *d))
			return true;
	return false;
}

bool provider_speaks(const struct instance *i, cdt_str dialect, cdt_str model,
                     cdt_str base_url)
{
	struct enter e;
	bool speaks;

	if (!names_dialect(i, dialect))
		return false;
	if (!i->ops.provider.speaks)
		return true;
	enter_begin(&e, i, ENTER_CATALOG);
	speaks = i->ops.provider.speaks(i->self, dialect, model, base_url) != 0;
	enter_end(&e);
	return speaks;
}

const struct cdt_provider_local *provider_local(const struct instance *i)
{
	return i->has_local ? &i->local : NULL;
}

cdt_str provider_catalog(const struct instance *i, cdt_str base_url)
{
	cdt_str list = { NULL, 0 };
	struct enter e;

	if (!i->catalog.list)
		return list;
	enter_begin(&e, i, ENTER_CATALOG);
	list = i->catalog.list(i->self, base_url);
	enter_end(&e);
	return list.n ? list : CDT_STR("");
}

/* Other text than a part of the model's would be anybody's. */
static bool is_part_of(cdt_str part, cdt_str whole)
{
	return part.n && part.p >= whole.p && part.n <= whole.n &&
	       part.p <= whole.p + (whole.n - part.n);
}

cdt_str provider_catalog_model(const struct instance *i, cdt_str model, uint32_t n)
{
	cdt_str other;
	struct enter e;

	if (!i->catalog.model)
		return CDT_STR("");
	enter_begin(&e, i, ENTER_CATALOG);
	other = i->catalog.model(i->self, model, n);
	enter_end(&e);
	if (other.n && !is_part_of(other, model)) {
		enter_misuse(i, NULL, "a catalogue's name that is no part of the model's");
		other.n = 0;
	}
	return other.n ? other : CDT_STR("");
}

void *provider_self(const struct instance_self *s)
{
	return s->self;
}

bool provider_makes_tokens(const struct instance *i)
{
	return i->auth.token != NULL;
}

enum token_state provider_token(struct instance_self *s, cdt_str secret, struct token_wait *w,
                                cdt_str *token)
{
	if (!s->tokens)
		s->tokens = tokens_new(s);
	return tokens_ask(s->tokens, secret, w, token);
}

void provider_token_forget(struct token_wait *w)
{
	list_remove(&w->link);
}

void provider_token_spoil(struct instance_self *s, cdt_str secret)
{
	if (s->tokens)
		tokens_spoil(s->tokens, secret);
}

/* --- one attempt --- */

static cdt_status guarded_emit(struct cdt_sink *abi, const struct cdt_event *ev)
{
	struct call_sink *s = (struct call_sink *)(void *)abi;   /* abi is its first member */
	struct cdt_event whole;

	if (s->stuck != CDT_OK)
		return s->stuck;
	if (!s->to || !CDT_HAS(struct cdt_event, ev, kind)) {
		enter_misuse(s->call->self->instance, s->call->xid,
		             s->to ? "an event without size"
		                   : "an event outside of frame and finish");
		return s->stuck = CDT_E_MISUSE;
	}
	if (ev->size < sizeof whole) {
		plugin_copy_sized(&whole, sizeof whole, ev);
		ev = &whole;
	}
	s->stuck = s->to->api->emit(s->to, ev);
	return s->stuck;
}

static const struct cdt_sink_api guard_api = { .size = sizeof guard_api, .emit = guarded_emit };

/* A status that no plugin may return is misuse; one from the future is upstream's fault. */
static cdt_status sane(const struct call *c, cdt_status st, const char *what)
{
	if (st > CDT_OK) {
		enter_misuse(c->self->instance, c->xid, what);
		return CDT_E_MISUSE;
	}
	return st < CDT_E_ABSENT ? CDT_E_UPSTREAM : st;
}

void call_begin(struct call *c, struct instance_self *self, struct arena *keep,
                const char *xid)
{
	*c = (struct call){
		.self = self, .keep = keep, .xid = xid,
		.headroom_requests = -1, .headroom_tokens = -1, .headroom_reset_ms = -1,
		.sink = { .abi = { &guard_api }, .call = c },
	};
	host_call_init(c);
}

static void remember_secret(struct call *c, cdt_str secret)
{
	if (secret.n && secret.n <= SECRET_KEPT_MAX)
		c->secret = arena_str(c->keep, secret);
}

/* What the plugin wrote is a request, or no. */
static cdt_status built(struct call *c, struct http_out *http, cdt_status st, const char *what)
{
	if (st > CDT_OK)
		http->misuse = what;
	st = http_out_end(http, st);
	if (st == CDT_E_MISUSE)
		enter_misuse(c->self->instance, c->xid,
		             http->misuse ? http->misuse : "build said so itself");
	host_call_rest(c);
	return st;
}

cdt_status call_build(struct call *c, const struct cdt_request *req,
                      const struct native_body *native, struct outreq *out)
{
	const struct instance *i = c->self->instance;
	struct http_out http;
	struct enter e;
	cdt_status st;

	c->building = true;
	remember_secret(c, req->secret);
	http_out_begin(&http, out, req->flags & CDT_REQ_NATIVE ? native : NULL);
	http.blobs = req->blobs;
	http.blob_count = req->blob_count;
	enter_begin(&e, i, ENTER_BUILD);
	st = i->ops.provider.build(c->self->self, &c->abi, req, &http.abi);
	enter_end(&e);
	return built(c, &http, st, "build returned a status that does not exist");
}

/* The requests after the first: follow's and leave's. */
static cdt_status build_more(struct call *c, struct outreq *out,
                             cdt_status (*fn)(void *, struct cdt_call *, struct cdt_http_out *))
{
	struct http_out http;
	struct enter e;
	cdt_status st;

	http_out_begin(&http, out, NULL);
	enter_begin(&e, c->self->instance, ENTER_BUILD);
	st = fn(c->self->self, &c->abi, &http.abi);
	enter_end(&e);
	return built(c, &http, st, "follow or leave returned a status that does not exist");
}

cdt_status call_follow(struct call *c, struct outreq *out)
{
	c->follows = false;
	return build_more(c, out, c->self->instance->ops.provider.follow);
}

bool call_leaves(const struct call *c)
{
	return c->building && c->self->instance->ops.provider.leave;
}

cdt_status call_leave(struct call *c, struct outreq *out)
{
	return build_more(c, out, c->self->instance->ops.provider.leave);
}

bool call_follows(const struct call *c)
{
	return c->follows && c->self->instance->ops.provider.follow;
}

cdt_status call_head(struct call *c, const struct cdt_http_head *head, uint32_t *frames)
{
	const struct instance *i = c->self->instance;
	uint32_t wanted = CDT_FRAMES_AUTO;
	struct enter e;
	cdt_status st;

	*frames = CDT_FRAMES_AUTO;
	if (!i->ops.provider.head)
		return CDT_OK;
	enter_begin(&e, i, ENTER_HEAD);
	st = i->ops.provider.head(c->self->self, &c->abi, head, &wanted);
	enter_end(&e);
	host_call_rest(c);
	if (st == CDT_OK && wanted <= CDT_FRAMES_BYTES)
		*frames = wanted;
	return st == CDT_OK ? st : sane(c, st, "head returned a status that does not exist");
}

/* What frame and finish leave behind: the receiver's no wins over what the plugin says. */
static cdt_status settle(struct call *c, cdt_status st, const char *what)
{
	c->sink.to = NULL;
	if (c->parsed_count || c->scratch.used_bytes)
		host_call_rest(c);
	if (c->sink.stuck != CDT_OK)
		return c->sink.stuck;
	return st == CDT_OK ? st : sane(c, st, what);
}

cdt_status call_frame(struct call *c, const struct cdt_frame *frame, struct cdt_sink *sink)
{
	const struct instance *i = c->self->instance;
	struct enter e;
	cdt_status st;

	c->sink.to = sink;
	c->relay.said = false;
	enter_begin_often(&e, i, ENTER_FRAME);
	st = i->ops.provider.frame(c->self->self, &c->abi, frame, &c->sink.abi);
	enter_end(&e);
	if (st == CDT_OK && c->relay.said && c->relay.text.status != CDT_OK)
		st = c->relay.text.status;
	return settle(c, st, "frame returned a status that does not exist");
}

const struct cdt_frame *call_relayed(const struct call *c, const struct cdt_frame *frame,
                                     struct cdt_frame *room)
{
	cdt_str text = buf_str(&c->relay.text);

	if (!c->relay.said)
		return frame;
	if (text.n == c->relay.event_n)
		return NULL;
	*room = (struct cdt_frame){ .size = sizeof *room,
		.event = { text.p, c->relay.event_n },
		.data = str_skip(text, c->relay.event_n) };
	return room;
}

cdt_status call_finish(struct call *c, struct cdt_sink *sink)
{
	const struct instance *i = c->self->instance;
	struct enter e;
	cdt_status st;

	if (!i->ops.provider.finish)
		return CDT_OK;
	c->sink.to = sink;
	enter_begin(&e, i, ENTER_FINISH);
	st = i->ops.provider.finish(c->self->self, &c->abi, &c->sink.abi);
	enter_end(&e);
	return settle(c, st, "finish returned a status that does not exist");
}

void call_end(struct call *c)
{
	struct enter e;

	if (c->ended || !c->self)
		return;
	c->ended = true;
	if (c->building && c->self->instance->ops.provider.done) {
		enter_begin(&e, c->self->instance, ENTER_DONE);
		c->self->instance->ops.provider.done(c->self->self, &c->abi);
		enter_end(&e);
	}
	host_call_rest(c);
	buf_fini(&c->relay.text);
	arena_fini(&c->scratch);
}

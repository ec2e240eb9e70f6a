/* admin/playground.c - POST /admin/v1/keys/{id}/chat and /explain: a request in the name of a
 * key.  It goes to our own clients' side, over client.sock, with a pass instead of the key's
 * secret: there it is one like any other of that key, and its answer is passed on as it comes.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "admin/records.h"
#include "auth/keyring.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "fetch/fetch.h"

enum { PASSAGES_MAX = 16, PATH_SIZE = 512 };

struct passage {
	struct inquiry *c;
	struct outreq req;
	struct fetch_call *call;               /* NULL: it has ended */
	bool begun;                            /* the answer's head is out */
	bool full, paused;                     /* the client takes no more for now */
};

static struct fetch *inward(struct admin *a)
{
	const struct config *config = admin_config(a);
	char path[PATH_SIZE];
	struct fetch_limits limits;

	if (a->inward)
		return a->inward;
	(void)snprintf(path, sizeof path, "%s/client.sock", config->runtime_dir);
	fetch_limits_default(&limits);
	limits.socket_path = path;
	limits.connections = PASSAGES_MAX;
	a->inward = fetch_new(a->parts.worker, &limits);
	return a->inward;
}

/* The passage lives in c's arena. */
static struct inquiry *leave(struct passage *p)
{
	struct inquiry *c = p->c;

	outreq_fini(&p->req);
	c->admin->passages--;
	c->passage = NULL;
	return c;
}

/* --- the answer --- */

static bool is_passed_on(cdt_str name)
{
	return str_is_nocase(name, "x-request-id") || str_is_nocase(name, "retry-after") ||
	       (name.n > 10 && str_is_nocase(str_from(name.p, 10), "x-conduit-"));
}

static void on_head(void *arg, const struct cdt_http_head *head)
{
	struct passage *p = arg;
	struct inquiry *c = p->c;
	cdt_str type = fetch_header(head, "content-type");

	c->status = head->status;
	c->type = type.n ? arena_str(&c->arena, type).p : NULL;
	for (size_t i = 0; i < head->count; i++) {
		const struct cdt_header *h = &head->headers[i];

		if (is_passed_on(h->name))     /* it came through the same checks */
			(void)http_head_add(&c->head, arena_str(&c->arena, h->name).p,
			                    h->value);
	}
	p->begun = true;
	inquiry_begin(c);
}

static bool on_body(void *arg, cdt_str bytes)
{
	struct passage *p = arg;

	p->paused = p->full;
	if (!p->paused)
		p->full = http_write(p->c->request, &bytes, 1);
	return !p->paused;
}

static void on_end(void *arg, enum fetch_end how)
{
	struct passage *p = arg;
	bool begun = p->begun;
	struct inquiry *c = leave(p);

	if (how != FETCH_OK)
		log_warn(LOG_ADMIN, NULL, "a request in the name of a key broke off why=%s",
		         fetch_end_name(how));
	if (!begun) {
		(void)REFUSE(c, PROBLEM_OVERLOADED, NULL, "the gateway did not reach itself "
		             "over client.sock of server.runtime_dir; its log says why");
		inquiry_answer(c, CDT_E_INVALID);
		return;
	}
	if (how == FETCH_OK)
		http_end(c->request);
	else
		http_cut(c->request);
	inquiry_free(c);
}

/* The client takes more again, or has left: then nobody needs the rest. */
static void on_peer(struct inquiry *c)
{
	struct passage *p = c->passage;

	if (!c->request) {
		fetch_cancel(p->call);
		inquiry_free(leave(p));
		return;
	}
	p->full = false;
	if (p->paused)
		fetch_resume(p->call);
}

/* --- the request --- */

static void write_request(struct passage *p, const char *path)
{
	struct inquiry *c = p->c;
	char text[KEY_TEXT_SIZE + 1], value[KEY_TEXT_SIZE + 8];

	keyring_pass(record_ring(c), c->id, clock_wall_ms(), text);
	(void)snprintf(value, sizeof value, "Bearer %s", text);
	outreq_init(&p->req, &c->arena, 0);
	outreq_set_url(&p->req, CDT_STR("http://conduit"), str_z(path));
	outreq_add_header(&p->req, CDT_STR("authorization"), str_z(value), true);
	outreq_add_header(&p->req, CDT_STR("content-type"), CDT_STR("application/json"),
	                  false);
	outreq_add_header(&p->req, CDT_STR("user-agent"), CDT_STR("conduit-playground"),
	                  false);
	explicit_bzero(text, sizeof text);
	explicit_bzero(value, sizeof value);
	p->req.piece[0] = http_body(c->request);
	p->req.piece_count = 1;
	p->req.streamed = true;
}

static cdt_status begin(struct inquiry *c, const char *path)
{
	/* The clients' side has deadlines of its own: these are for when it is stuck. */
	static const struct fetch_timeouts timeouts = { 2000, 3600000, 3600000, 7200000 };
	static const struct fetch_ops ops = { on_head, on_body, on_end };
	struct passage *p = arena_take(&c->arena, sizeof *p);

	if (!p || !inward(c->admin))
		return CDT_E_LIMIT;
	*p = (struct passage){ .c = c };
	write_request(p, path);
	if (p->req.status != CDT_OK) {
		outreq_fini(&p->req);
		return p->req.status;
	}
	log_info(LOG_ADMIN, NULL, "asked for in the name of a key path=%s key=%.*s by=%s",
	         path, STR_ARG(c->id), c->actor);
	c->admin->passages++;
	c->passage = p;
	c->on_peer = on_peer;
	inquiry_wait(c);
	p->call = fetch_start(c->admin->inward, &p->req, &timeouts, &ops, p);
	return CDT_OK;
}

static cdt_status pass_on(struct inquiry *c, const char *path)
{
	struct key *k = record_take_copy(c);

	if (!k)
		return CDT_E_INVALID;
	key_free(k);
	if (!c->body)
		return REFUSE(c, PROBLEM_INVALID_VALUE, NULL, "the body must be a request of "
		              "POST %s", path);
	if (c->admin->passages >= PASSAGES_MAX)
		return REFUSE(c, PROBLEM_OVERLOADED, NULL, "%d requests in the name of keys "
		              "are under way here already; wait until one has ended",
		              PASSAGES_MAX);
	return begin(c, path);
}

cdt_status admin_keys_chat(struct inquiry *c)
{
	return pass_on(c, "/v1/chat/completions");
}

cdt_status admin_keys_explain(struct inquiry *c)
{
	return pass_on(c, "/v1/explain");
}

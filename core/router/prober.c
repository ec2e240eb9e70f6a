/* router/prober.c - looks at each provider once an interval; any answer below 500 ends the
 * cool-down of what has failed there: the next request shows more.
 * SPDX-License-Identifier: MIT */
#include "router/prober.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/worker.h"

enum { REQUEST_FIRST = 1024, REQUEST_MAX = 32 << 10, BAD_STATUS = 500 };

/* Of one provider. */
struct probe {
	struct prober *prober;
	const struct config_provider *config;
	struct timer timer;
	struct fetch_call *call;               /* NULL: none is under way */
};

struct prober {
	const struct router *router;
	struct worker *worker;
	struct fetch *fetch;
	struct probe *probes;
	size_t count;
};

/* How many targets' credentials of it wait for a probe; warm: they do no longer. */
static size_t visit(const struct probe *b, bool warm, uint64_t now_ms)
{
	const struct route *r;
	size_t n = 0;

	for (size_t i = 0; (r = router_at(b->prober->router, i)); i++)
		for (size_t k = 0; k < r->target_count; k++) {
			const struct target *t = r->targets[k];
			size_t all = t->config == b->config ? credential_count(t->config) : 0;

			for (size_t c = 0; c < all; c++)
				n += warm ? health_warm(t->healths[c], now_ms)
				          : health_is_failing(t->healths[c], now_ms);
		}
	return n;
}

/* --- the answer --- */

static void on_head(void *arg, const struct cdt_http_head *head)
{
	struct probe *b = arg;
	size_t n;

	fetch_cancel(b->call);                         /* its body says nothing more */
	b->call = NULL;
	if (head->status >= BAD_STATUS)
		return;
	n = visit(b, true, clock_ms());
	if (n)
		log_info(LOG_ROUTER, NULL, "a provider answers again: its cool-down ends "
		         "provider=%s status=%d targets=%zu", b->config->name,
		         (int)head->status, n);
}

static bool on_body(void *arg, cdt_str bytes)
{
	(void)arg;
	(void)bytes;
	return true;
}

/* Without a head: nothing is known that was not. */
static void on_end(void *arg, enum fetch_end how)
{
	struct probe *b = arg;

	b->call = NULL;
	log_debug(LOG_ROUTER, NULL, "a probe was not answered provider=%s end=%s",
	          b->config->name, fetch_end_name(how));
}

/* --- the question --- */

static void ask(struct probe *b)
{
	static const struct fetch_ops ops = { on_head, on_body, on_end };
	const struct config_provider *c = b->config;
	const struct fetch_timeouts timeouts = {
		c->timeouts.connect_ms, c->timeouts.first_byte_ms, c->timeouts.idle_ms,
		c->timeouts.total_ms,
	};
	struct arena arena;
	struct outreq q;

	arena_init(&arena, REQUEST_FIRST, REQUEST_MAX);
	outreq_init(&q, &arena, 0);
	outreq_set_method(&q, "GET");
	outreq_set_url(&q, str_z(c->base_url), str_z(c->health.probe));
	outreq_add_header(&q, CDT_STR("accept"), CDT_STR("*/*"), false);
	outreq_seal(&q);
	if (q.status == CDT_OK)                        /* the configuration was checked */
		b->call = fetch_start(b->prober->fetch, &q, &timeouts, &ops, b);
	outreq_fini(&q);
	arena_fini(&arena);                            /* small: fetch has its own copy */
}

static void on_time(void *arg)
{
	struct probe *b = arg;
	uint64_t now_ms = clock_ms();

	if (!b->call && visit(b, false, now_ms))
		ask(b);
	timer_set(&b->timer, now_ms, b->config->health.probe_interval_ms);
}

/* --- the door --- */

static void probe_init(struct probe *b, struct prober *p, const struct config_provider *c)
{
	*b = (struct probe){ .prober = p, .config = c };
	timer_init(&b->timer, p->worker, on_time, b);
	timer_set(&b->timer, clock_ms(), c->health.probe_interval_ms);
}

struct prober *prober_new(const struct router *r, struct worker *w, struct fetch *f)
{
	const struct config *c = router_config(r);
	struct prober *p = mem_new(sizeof *p);

	*p = (struct prober){ .router = r, .worker = w, .fetch = f };
	p->probes = mem_new_array(c->provider_count + 1, sizeof *p->probes);
	for (size_t i = 0; i < c->provider_count; i++)
		if (c->providers[i].health.probe)
			probe_init(&p->probes[p->count++], p, &c->providers[i]);
	if (p->count)
		return p;
	prober_free(p);
	return NULL;
}

void prober_free(struct prober *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->count; i++) {
		if (p->probes[i].call)
			fetch_cancel(p->probes[i].call);
		timer_fini(&p->probes[i].timer);
	}
	mem_free(p->probes);
	mem_free(p);
}

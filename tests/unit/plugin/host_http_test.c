/* unit/plugin/host_http_test.c - side calls of plugins over a real fetch.
 * SPDX-License-Identifier: MIT */
#include "plugin/host.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "fetch/fetch.h"
#include "plugin/enter.h"
#include "unit/fetch/upstream.h"
#include "unit/plugin/rig.h"
#include "unit/unit.h"

static struct fetch *the_fetch;                        /* of the one worker of a test */

static struct fetch *fetch_of(struct worker *w)
{
	(void)w;
	return the_fetch;
}

struct asked {
	char base[64];
	bool came, bad;
	cdt_status st;
	uint32_t status;
	char body[64], kind[32];
};

static enum after say_token(struct peer *p)
{
	peer_say(p, "HTTP/1.1 201 Created\r\nX-Kind: test\r\nContent-Length: 5\r\n\r\ntoken");
	return CLOSE;
}

static enum after say_nothing(struct peer *p)
{
	(void)p;
	return CLOSE;
}

static void fill(void *arg, struct cdt_http_out *http)
{
	struct asked *a = arg;
	struct cdt_out *o = http->api->body(http);

	http->api->url(http, a->bad ? CDT_STR("ftp://x") : str_z(a->base), CDT_STR("/token"));
	o->api->bytes(o, CDT_STR("grant=1"));
	http->api->header(http, "content-type", CDT_STR("application/x-www-form-urlencoded"));
}

static void answer(void *arg, cdt_status st, const struct cdt_http_head *head, cdt_str body)
{
	struct asked *a = arg;

	a->came = true;
	a->st = st;
	a->status = head ? head->status : 0;
	for (size_t i = 0; head && i < head->count; i++)
		if (str_is_nocase(head->headers[i].name, "x-kind"))
			snprintf(a->kind, sizeof a->kind, "%.*s",
			         STR_ARG(head->headers[i].value));
	snprintf(a->body, sizeof a->body, "%.*s", STR_ARG(body));
}

static cdt_status ask(serve_fn *serve, struct asked *a)
{
	struct worker *w = worker_new(0);
	struct upstream *u = upstream_new(serve, NULL);
	const struct cdt_http *http;
	struct fetch_limits limits;
	struct plugrig g;
	struct enter e;
	cdt_status st;

	CU_ASSERT_EQUAL_FATAL(fetch_global_init(), CDT_OK);
	fetch_limits_default(&limits);
	the_fetch = fetch_new(w, &limits);
	plugrig_init(&g, NULL);
	plugrig_offer_fetch(&g, fetch_of);
	CU_ASSERT_PTR_NOT_NULL_FATAL(plugrig_open(&g, "policy", "good", NULL, w));
	http = instance_host(g.instance)->service(instance_host(g.instance), CDT_SVC_HTTP);
	CU_ASSERT_PTR_NOT_NULL_FATAL(http);
	snprintf(a->base, sizeof a->base, "http://127.0.0.1:%u", upstream_port(u));
	enter_begin(&e, g.instance, ENTER_EVENT);      /* as if a plugin asked */
	st = http->fetch((struct cdt_worker *)(void *)w, 3000, fill, answer, a);
	enter_end(&e);
	if (st == CDT_OK)
		plugrig_turn(w, &a->came);
	fetch_free(the_fetch);
	plugrig_fini(&g);
	upstream_free(u);
	worker_free(w);
	return st;
}

static void brings_head_and_body(void)
{
	struct asked a = { .came = false };

	CU_ASSERT_EQUAL(ask(say_token, &a), CDT_OK);
	CU_ASSERT_EQUAL(a.st, CDT_OK);
	CU_ASSERT_EQUAL(a.status, 201);
	CU_ASSERT_STRING_EQUAL(a.body, "token");
	CU_ASSERT_STRING_EQUAL(a.kind, "test");
}

static void tells_of_an_upstream_that_says_nothing(void)
{
	struct asked a = { .came = false };

	CU_ASSERT_EQUAL(ask(say_nothing, &a), CDT_OK);
	CU_ASSERT_EQUAL(a.st, CDT_E_UPSTREAM);
	CU_ASSERT_EQUAL(a.status, 0);
}

static void refuses_a_bad_url_at_once(void)
{
	struct asked a = { .bad = true };

	CU_ASSERT_EQUAL(ask(say_token, &a), CDT_E_INVALID);
	CU_ASSERT(!a.came);
}

static const struct unit_test tests[] = {
	{ "brings head and body", brings_head_and_body },
	{ "tells of an upstream that says nothing", tells_of_an_upstream_that_says_nothing },
	{ "refuses a bad URL at once", refuses_a_bad_url_at_once },
	{ NULL, NULL },
};
const struct unit_suite plugin_host_http_suite = { "plugin/host_http", tests };

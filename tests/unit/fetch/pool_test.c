/* unit/fetch/pool_test.c - what connections are made of: TLS, proxies, environment.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "unit/fetch/rig.h"
#include "unit/unit.h"

static enum after ok(struct peer *p)
{
	peer_say(p, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	return KEEP;
}

static enum after one_by_one(struct peer *p)
{
	(void)ok(p);
	return CLOSE;
}

/* Opens a tunnel, which ends at itself; then says what it was asked for. */
static enum after proxy(struct peer *p)
{
	static const char connect[] = "CONNECT upstream.invalid:80 HTTP/1.1\r\n";
	char answer[512];
	int n = (int)strcspn(p->head, "\r");

	if (p->number == 1) {
		CU_ASSERT_EQUAL(strncmp(p->head, connect, sizeof connect - 1), 0);
		peer_say(p, "HTTP/1.1 200 Connected\r\n\r\n");
		return KEEP;
	}
	(void)snprintf(answer, sizeof answer,
	               "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%.*s", n, n, p->head);
	peer_say(p, answer);
	return KEEP;
}

static void a_trusted_certificate_is_accepted(void)
{
	char *dir = unit_dir_new();
	struct rig r;

	rig_open_tls(&r, ok, dir, "127.0.0.1", true);
	for (int i = 0; i < 5; i++)
		rig_ok(&r);
	CU_ASSERT_EQUAL(upstream_accepted(r.upstream), 1);
	rig_close(&r);
	rig_open_tls(&r, one_by_one, dir, "127.0.0.1", true);
	for (int i = 0; i < 5; i++)
		rig_ok(&r);
	CU_ASSERT_EQUAL(upstream_accepted(r.upstream), 5);
	rig_close(&r);
	unit_dir_drop(dir);
}

static const struct { const char *name; bool trust; } refused[] = {
	{ "127.0.0.1", false },        /* self-made, unknown */
	{ "127.0.0.2", true },         /* known, of another address */
	{ "localhost", true },         /* of another name */
};

static void other_certificates_are_refused_before_a_byte_is_sent(void)
{
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		char *dir = unit_dir_new();
		struct probe p;
		struct rig r;

		rig_open_tls(&r, ok, dir, refused[i].name, refused[i].trust);
		probe_init(&p, &r);
		outreq_add_header(&p.req, CDT_STR("Authorization"), CDT_STR("Bearer k"), true);
		probe_run(&p);
		CU_ASSERT_EQUAL(p.end, FETCH_NO_TLS);
		CU_ASSERT_EQUAL(upstream_requests(r.upstream), 0);
		CU_ASSERT_EQUAL(upstream_plain_bytes(r.upstream), 0);
		probe_fini(&p);
		rig_close(&r);
		unit_dir_drop(dir);
	}
}

static void tls_to_a_plain_upstream_is_no_tls(void)
{
	char base[64];
	struct rig r;
	struct probe p;

	rig_open(&r, ok, NULL);
	probe_init(&p, &r);
	(void)snprintf(base, sizeof base, "https://127.0.0.1:%u", upstream_port(r.upstream));
	outreq_set_url(&p.req, str_z(base), CDT_STR("/"));
	p.timeouts.connect_ms = 300;
	probe_run(&p);
	CU_ASSERT(p.end == FETCH_NO_TLS || p.end == FETCH_LATE_CONNECT);
	probe_fini(&p);
	rig_close(&r);
}

static void bodies_arrive_whole_over_tls(void)
{
	char *dir = unit_dir_new();
	struct rig r;

	rig_open_tls(&r, ok, dir, "127.0.0.1", true);
	for (size_t n = 1; n < 3000000; n = n * 5 + 1) {
		struct probe p;

		probe_init(&p, &r);
		for (size_t i = 0; i < n; i++)
			buf_add_c(&p.req.body, 'x');
		probe_run(&p);
		CU_ASSERT_EQUAL(p.end, FETCH_OK);
		probe_fini(&p);
	}
	CU_ASSERT_EQUAL(upstream_accepted(r.upstream), 1);
	CU_ASSERT(upstream_plain_bytes(r.upstream) > 2000000);
	rig_close(&r);
	unit_dir_drop(dir);
}

static void dead_tls_connections_fail_no_request(void)
{
	char *dir = unit_dir_new();
	struct rig r;

	rig_open_tls(&r, ok, dir, "127.0.0.1", true);
	for (int i = 0; i < 10; i++) {
		rig_ok(&r);
		upstream_end_idle(r.upstream, i % 2 ? RESET : CLOSE);
		if (i % 4 > 1)
			rig_turn_for(&r, 10);
	}
	rig_close(&r);
	unit_dir_drop(dir);
}

static void the_environment_names_no_proxy(void)
{
	static const char *const names[] = { "http_proxy", "HTTP_PROXY", "https_proxy",
	                                     "all_proxy", "ALL_PROXY" };
	struct rig r;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		setenv(names[i], "http://127.0.0.1:9", 1);
	rig_open(&r, ok, NULL);
	rig_ok(&r);
	rig_close(&r);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unsetenv(names[i]);
}

static void a_configured_proxy_is_used(void)
{
	struct upstream *through = upstream_new(proxy, NULL);
	struct fetch_limits limits;
	char url[64];
	struct rig r;
	struct probe p;

	fetch_limits_default(&limits);
	(void)snprintf(url, sizeof url, "http://127.0.0.1:%u", upstream_port(through));
	limits.proxy = url;
	rig_open(&r, ok, &limits);
	probe_init(&p, &r);
	outreq_set_url(&p.req, CDT_STR("http://upstream.invalid"), CDT_STR("/v1"));
	probe_run(&p);
	CU_ASSERT_EQUAL(p.end, FETCH_OK);
	CU_ASSERT_STRING_EQUAL(p.body, "POST /v1 HTTP/1.1");
	probe_fini(&p);
	rig_close(&r);
	upstream_free(through);
}

static void a_file_that_is_no_bundle_makes_no_tls(void)
{
	char *dir = unit_dir_new();
	struct fetch_limits limits;
	struct rig r;
	struct probe p;

	rig_open_tls(&r, ok, dir, "127.0.0.1", true);
	fetch_free(r.fetch);
	fetch_limits_default(&limits);
	limits.ca_file = "/nonexistent/ca.pem";
	r.fetch = fetch_new(r.worker, &limits);
	probe_init(&p, &r);
	probe_run(&p);
	CU_ASSERT_EQUAL(p.end, FETCH_NO_TLS);
	probe_fini(&p);
	rig_close(&r);
	unit_dir_drop(dir);
}

static const struct unit_test tests[] = {
	{ "a trusted certificate is accepted", a_trusted_certificate_is_accepted },
	{ "other certificates are refused before a byte is sent",
	  other_certificates_are_refused_before_a_byte_is_sent },
	{ "TLS to a plain upstream is no TLS", tls_to_a_plain_upstream_is_no_tls },
	{ "bodies arrive whole over TLS", bodies_arrive_whole_over_tls },
	{ "dead TLS connections fail no request", dead_tls_connections_fail_no_request },
	{ "the environment names no proxy", the_environment_names_no_proxy },
	{ "a configured proxy is used", a_configured_proxy_is_used },
	{ "a file that is no bundle makes no TLS", a_file_that_is_no_bundle_makes_no_tls },
	{ NULL, NULL }
};
const struct unit_suite fetch_pool_suite = { "fetch/pool", tests };

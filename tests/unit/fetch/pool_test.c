/* unit/fetch/pool_test.c - what connections are made of: TLS, proxies, environment.
 * SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "unit/fetch/rig.h"
#include "unit/unit.h"

static enum after ok(struct peer *p)
{
	peer_say(p, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	return KEEP;
}

static enum after say_head(struct peer *p)
{
	char answer[512];

	(void)snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
	               p->head_bytes);
	peer_say(p, answer);
	peer_send(p, p->head, p->head_bytes);
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

static enum after say_resumed(struct peer *p)
{
	peer_say(p, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
	peer_say(p, peer_resumed(p) ? "old" : "new");
	return CLOSE;
}

static void tls_sessions_are_resumed(void)
{
	char *dir = unit_dir_new();
	struct rig r;

	rig_open_tls(&r, say_resumed, dir, "127.0.0.1", true);
	for (int i = 0; i < 4; i++) {
		struct probe p;

		probe_init(&p, &r);
		probe_run(&p);
		CU_ASSERT_STRING_EQUAL(p.body, i ? "old" : "new");
		probe_fini(&p);
	}
	rig_close(&r);
	unit_dir_drop(dir);
}

static void a_silent_handshake_is_given_up(void)
{
	struct rig r;
	struct probe p;

	rig_open(&r, ok, NULL);
	(void)snprintf(r.base, sizeof r.base, "https://127.0.0.1:%u", upstream_port(r.upstream));
	probe_init(&p, &r);
	p.timeouts.connect_ms = 100;
	probe_run(&p);
	CU_ASSERT_EQUAL(p.end, FETCH_LATE_CONNECT);
	probe_start(&p);
	rig_turn_for(&r, 20);
	fetch_cancel(p.call);
	CU_ASSERT_EQUAL(fetch_counts(r.fetch).open, 0);
	probe_fini(&p);
	rig_close(&r);
}

static unsigned count_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* A listener that accepts nothing, and whose queue is full. */
static void fill_queue(int fds[4], unsigned *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t n = sizeof at;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(fds[0], (const struct sockaddr *)&at, sizeof at) || listen(fds[0], 0) ||
	    getsockname(fds[0], (struct sockaddr *)&at, &n))
		abort();
	for (int i = 1; i < 4; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)connect(fds[i], (const struct sockaddr *)&at, sizeof at);
	}
	*port = ntohs(at.sin_port);
}

static void a_connection_that_does_not_come_leaves_nothing(void)
{
	unsigned port, before;
	int fds[4];
	struct rig r;
	struct probe p;

	rig_open(&r, ok, NULL);
	rig_ok(&r);
	fill_queue(fds, &port);
	(void)snprintf(r.base, sizeof r.base, "http://127.0.0.1:%u", port);
	before = count_descriptors();
	for (int i = 0; i < 20; i++) {
		probe_init(&p, &r);
		p.timeouts.connect_ms = 50;
		probe_start(&p);
		rig_turn_for(&r, 5);
		if (i < 18)
			fetch_cancel(p.call);
		else
			CU_ASSERT_TRUE(probe_wait(&p, 1000));
		CU_ASSERT_EQUAL(p.ends, i >= 18);
		probe_fini(&p);
		CU_ASSERT_EQUAL(count_descriptors(), before);
	}
	CU_ASSERT_EQUAL(p.end, FETCH_LATE_CONNECT);
	for (int i = 0; i < 4; i++)
		(void)close(fds[i]);
	rig_close(&r);
}

static void idle_connections_are_few_and_young(void)
{
	struct fetch_limits limits;
	struct probe p[5];
	struct rig r;

	fetch_limits_default(&limits);
	limits.connections = 2;
	limits.connection_age_s = 1;
	rig_open(&r, ok, &limits);
	for (int i = 0; i < 5; i++) {
		probe_init(&p[i], &r);
		probe_start(&p[i]);
	}
	for (int i = 0; i < 5; i++) {
		CU_ASSERT_TRUE(probe_wait(&p[i], 2000));
		probe_fini(&p[i]);
	}
	CU_ASSERT_EQUAL(upstream_accepted(r.upstream), 5);
	CU_ASSERT_EQUAL(fetch_counts(r.fetch).open, 2);
	rig_turn_for(&r, 1200);
	CU_ASSERT_EQUAL(fetch_counts(r.fetch).open, 0);
	rig_ok(&r);
	rig_close(&r);
}

/* A name has several addresses; the first may be the wrong one (::1, and nobody is there). */
static void names_are_resolved_and_said(void)
{
	static const struct { const char *base, *path, *line; } rows[] = {
		{ "http://localhost", "/v1", "GET /v1 HTTP/1.1\r\nHost: localhost:" },
		{ "http://LOCALHOST", "", "GET / HTTP/1.1\r\nHost: LOCALHOST:" },
		{ "HTTP://127.0.0.1", "?a=/b?", "GET /?a=/b? HTTP/1.1\r\nHost: 127.0.0.1:" },
	};
	struct rig r;

	rig_open(&r, say_head, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct probe p;
		char base[64];

		(void)snprintf(base, sizeof base, "%s:%u", rows[i].base,
		               upstream_port(r.upstream));
		probe_init(&p, &r);
		outreq_set_url(&p.req, str_z(base), str_z(rows[i].path));
		outreq_set_method(&p.req, "GET");
		probe_run(&p);
		CU_ASSERT_EQUAL(p.end, FETCH_OK);
		CU_ASSERT_EQUAL(strncmp(p.body, rows[i].line, strlen(rows[i].line)), 0);
		probe_fini(&p);
	}
	rig_close(&r);
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
	{ "TLS sessions are resumed", tls_sessions_are_resumed },
	{ "a silent handshake is given up", a_silent_handshake_is_given_up },
	{ "a connection that does not come leaves nothing",
	  a_connection_that_does_not_come_leaves_nothing },
	{ "idle connections are few and young", idle_connections_are_few_and_young },
	{ "names are resolved and said", names_are_resolved_and_said },
	{ "TLS to a plain upstream is no TLS", tls_to_a_plain_upstream_is_no_tls },
	{ "bodies arrive whole over TLS", bodies_arrive_whole_over_tls },
	{ "dead TLS connections fail no request", dead_tls_connections_fail_no_request },
	{ "the environment names no proxy", the_environment_names_no_proxy },
	{ "a configured proxy is used", a_configured_proxy_is_used },
	{ "a file that is no bundle makes no TLS", a_file_that_is_no_bundle_makes_no_tls },
	{ NULL, NULL }
};
const struct unit_suite fetch_pool_suite = { "fetch/pool", tests };

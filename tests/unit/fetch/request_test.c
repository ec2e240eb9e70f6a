/* unit/fetch/request_test.c - the request as the upstream reads it.
 * SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/str.h"
#include "unit/fetch/rig.h"
#include "unit/unit.h"

/* Says what it was sent: length and checksum of the body, then the head. */
static enum after mirror(struct peer *p)
{
	char body[3500], head[128];

	(void)snprintf(body, sizeof body, "%zu %08x\n%.3000s", p->body_bytes, p->body_crc,
	               p->head);
	(void)snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
	               strlen(body));
	peer_say(p, head);
	peer_say(p, body);
	return KEEP;
}

static enum after refuse_early(struct peer *p)
{
	(void)p;
	return RESET;
}

static void check_sent(struct probe *p, cdt_str body)
{
	char want[64];

	(void)snprintf(want, sizeof want, "%zu %08x\n", body.n, crc32_of(body));
	CU_ASSERT_EQUAL(p->end, FETCH_OK);
	CU_ASSERT_EQUAL(strncmp(p->body, want, strlen(want)), 0);
}

static char *make_body(size_t n)
{
	char *body = mem_resize(NULL, n + 1);

	for (size_t i = 0; i < n; i++)
		body[i] = (char)((i * 2654435761u) >> 11);
	return body;
}

/* Bodies of all sizes around the limits, in pieces, on one connection. */
static void bodies_arrive_whole(void)
{
	static const size_t sizes[] = { 0, 1, 2000, 61440, 61441, 65536, 100000, 1, 1048576,
	                                1048577, 5000000, 7, 70000, 0 };
	char *body = make_body(5000000);
	struct rig r;

	rig_open(&r, mirror, NULL);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (size_t pieces = 1; pieces <= 7; pieces += 3) {
			struct probe p;
			size_t n = sizes[i], at = 0;

			probe_init(&p, &r);
			for (size_t k = 1; k <= pieces; k++) {
				size_t end = k == pieces ? n : n * k / pieces;

				p.req.piece[k - 1] = str_from(body + at, end - at);
				p.req.piece_count = k;
				at = end;
			}
			probe_run(&p);
			check_sent(&p, str_from(body, n));
			probe_fini(&p);
		}
	CU_ASSERT_EQUAL(upstream_accepted(r.upstream), 1);
	rig_close(&r);
	mem_free(body);
}

/* The connection died while it idled: the body is sent again from its beginning. */
static void bodies_are_sent_again_whole(void)
{
	static const size_t sizes[] = { 2000, 100000, 5000000 };
	char *body = make_body(5000000);
	struct rig r;

	rig_open(&r, mirror, NULL);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (int how = CLOSE; how <= RESET; how++) {
			struct probe p;

			rig_ok(&r);
			upstream_end_idle(r.upstream, (enum after)how);
			usleep(2000);
			probe_init(&p, &r);
			p.req.piece[p.req.piece_count++] = str_from(body, 999);
			p.req.piece[p.req.piece_count++] = str_from(body + 999, sizes[i] - 999);
			probe_run(&p);
			check_sent(&p, str_from(body, sizes[i]));
			probe_fini(&p);
		}
	rig_close(&r);
	mem_free(body);
}

static const struct {
	const char *method;
	const char *body;
	const char *line;
	bool length;
} methods[] = {
	{ "POST", "{}", "POST /v1/x HTTP/1.1", true },
	{ "GET", "", "GET /v1/x HTTP/1.1", false },
	{ "POST", "", "POST /v1/x HTTP/1.1", true },
	{ "HEAD", "", "HEAD /v1/x HTTP/1.1", false },
	{ "PUT", "{}", "PUT /v1/x HTTP/1.1", true },
	{ "GET", "", "GET /v1/x HTTP/1.1", false },
	{ "DELETE", "", "DELETE /v1/x HTTP/1.1", false },
	{ "PATCH", "{}", "PATCH /v1/x HTTP/1.1", true },
	{ "POST", "{}", "POST /v1/x HTTP/1.1", true },
	{ "GET", "{}", "GET /v1/x HTTP/1.1", true },
	{ "POST", "{}", "POST /v1/x HTTP/1.1", true },
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char last_head[4096];

static enum after keep_head(struct peer *p)
{
	pthread_mutex_lock(&lock);
	(void)snprintf(last_head, sizeof last_head, "%.4000s", p->head);
	pthread_mutex_unlock(&lock);
	peer_say(p, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	return KEEP;
}

/* A copy of the last request's head. */
static const char *seen(void)
{
	static char copy[sizeof last_head];

	pthread_mutex_lock(&lock);
	memcpy(copy, last_head, sizeof copy);
	pthread_mutex_unlock(&lock);
	return copy;
}

static void methods_change_on_one_connection(void)
{
	struct rig r;

	rig_open(&r, keep_head, NULL);
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		struct probe p;

		probe_init(&p, &r);
		outreq_set_method(&p.req, methods[i].method);
		buf_add_z(&p.req.body, methods[i].body);
		probe_run(&p);
		CU_ASSERT_EQUAL(p.end, FETCH_OK);
		CU_ASSERT_PTR_EQUAL(strstr(seen(), methods[i].line), seen());
		CU_ASSERT_EQUAL(strstr(seen(), "Content-Length:") != NULL,
		                methods[i].length);
		probe_fini(&p);
	}
	CU_ASSERT_EQUAL(upstream_accepted(r.upstream), 1);
	rig_close(&r);
}

static void headers_go_out_as_written_and_no_others(void)
{
	struct rig r;
	struct probe p;

	rig_open(&r, keep_head, NULL);
	probe_init(&p, &r);
	outreq_add_header(&p.req, CDT_STR("X-One"), CDT_STR("1 ; a"), false);
	outreq_add_header(&p.req, CDT_STR("X-Empty"), CDT_STR(""), false);
	outreq_add_header(&p.req, CDT_STR("Authorization"), CDT_STR("Bearer k"), true);
	for (int i = 0; i < 30000; i++)
		buf_add_z(&p.req.body, "0123456789012345678901234567890123456789");
	probe_run(&p);
	CU_ASSERT_PTR_NOT_NULL(strstr(seen(), "\r\nX-One: 1 ; a\r\nX-Empty:\r\n"
	                                         "Authorization: Bearer k\r\n"));
	CU_ASSERT_PTR_NULL(strstr(seen(), "Expect"));
	CU_ASSERT_PTR_NULL(strstr(seen(), "Content-Type"));
	CU_ASSERT_PTR_NULL(strstr(seen(), "Encoding"));
	CU_ASSERT_PTR_NULL(strstr(seen(), "User-Agent"));
	probe_fini(&p);
	probe_init(&p, &r);
	outreq_add_header(&p.req, CDT_STR("content-type"), CDT_STR("application/json"), false);
	probe_run(&p);
	CU_ASSERT_PTR_NOT_NULL(strstr(seen(), "\r\ncontent-type: application/json\r\n"));
	CU_ASSERT_PTR_NULL(strstr(seen(), "X-One"));
	CU_ASSERT_PTR_NULL(strstr(seen(), "Authorization"));
	probe_fini(&p);
	rig_close(&r);
}

static void a_request_with_all_its_headers_fits(void)
{
	char name[16], value[700];
	struct rig r;
	struct probe p;

	rig_open(&r, mirror, NULL);
	probe_init(&p, &r);
	memset(value, 'v', sizeof value);
	for (int i = 0; i < OUTREQ_HEADERS_MAX; i++) {
		(void)snprintf(name, sizeof name, "X-%d", i);
		outreq_add_header(&p.req, str_z(name), str_from(value, sizeof value), false);
	}
	probe_run(&p);
	CU_ASSERT_EQUAL(p.end, FETCH_OK);
	probe_fini(&p);
	rig_close(&r);
}

static enum after too_large(struct peer *p)
{
	peer_say(p, "HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge");
	peer_sleep(p, 50);
	return CLOSE;
}

/* The upstream answers, and closes, while the body is still on its way. */
static void an_answer_may_come_before_the_request_is_sent(void)
{
	struct rig r;
	struct probe p;

	rig_open(&r, too_large, NULL);
	upstream_answer_early(r.upstream);
	for (int i = 0; i < 3; i++) {
		probe_init(&p, &r);
		for (int n = 0; n < 300000; n++)       /* no socket holds that much */
			buf_add_z(&p.req.body, "0123456789012345678901234567890123456789");
		probe_run(&p);
		CU_ASSERT_EQUAL(p.end, FETCH_OK);
		CU_ASSERT_EQUAL(p.status, 413);
		CU_ASSERT_STRING_EQUAL(p.body, "large");
		CU_ASSERT_EQUAL(fetch_counts(r.fetch).open, 0);
		probe_fini(&p);
	}
	CU_ASSERT_EQUAL(upstream_accepted(r.upstream), 3);
	rig_close(&r);
}

static void a_header_of_the_request_replaces_host(void)
{
	struct rig r;
	struct probe p;

	rig_open(&r, keep_head, NULL);
	probe_init(&p, &r);
	outreq_add_header(&p.req, CDT_STR("host"), CDT_STR("signed.example"), false);
	probe_run(&p);
	CU_ASSERT_PTR_NOT_NULL(strstr(seen(), "\r\nhost: signed.example\r\n"));
	CU_ASSERT_PTR_NULL(strstr(seen(), "Host:"));
	probe_fini(&p);
	rig_close(&r);
}

/* An upstream that answers nothing while a large body is on its way. */
static void an_upload_that_breaks_is_no_answer(void)
{
	struct rig r;
	struct probe p;

	rig_open(&r, refuse_early, NULL);
	probe_init(&p, &r);
	for (int i = 0; i < 100000; i++)
		buf_add_z(&p.req.body, "01234567890123456789012345678901234567890123456789");
	probe_run(&p);
	CU_ASSERT_EQUAL(p.end, FETCH_NO_ANSWER);
	CU_ASSERT_EQUAL(upstream_requests(r.upstream), 1);
	probe_fini(&p);
	rig_close(&r);
}

static const struct unit_test tests[] = {
	{ "bodies arrive whole", bodies_arrive_whole },
	{ "bodies are sent again whole", bodies_are_sent_again_whole },
	{ "methods change on one connection", methods_change_on_one_connection },
	{ "headers go out as written, and no others", headers_go_out_as_written_and_no_others },
	{ "a request with all its headers fits", a_request_with_all_its_headers_fits },
	{ "an answer may come before the request is sent",
	  an_answer_may_come_before_the_request_is_sent },
	{ "a header of the request replaces Host", a_header_of_the_request_replaces_host },
	{ "an upload that breaks is no answer", an_upload_that_breaks_is_no_answer },
	{ NULL, NULL }
};
const struct unit_suite fetch_request_suite = { "fetch/request", tests };

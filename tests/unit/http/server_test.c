/* unit/http/server_test.c - connections and requests over real sockets: hand-over, order,
 * refusals, deadlines, clients that leave, limits, draining.
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "unit/http/front.h"

#define HOST "Host: a\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define GET_CLOSE(path) "GET " path " HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"

static void a_request_is_handed_over_with_all_its_parts(void)
{
	struct front f;
	struct heard h = { .text = NULL };

	front_init(&f);
	front_start(&f);
	CU_ASSERT_TRUE(ask(&f, "POST /p/a%20b?q=1&r HTTP/1.1\r\n" HOST "X-TEST: \t v w \t\r\n"
	                   "Content-Length: 4\r\nConnection: close\r\n\r\nbody", &h));
	CU_ASSERT_EQUAL(times(&h, "HTTP/1.1 200 OK\r\nDate: "), 1);
	CU_ASSERT_EQUAL(times(&h, "\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n"
	                      "POST /p/a%20b ?q=1&r x=v w peer=127.0.0.1 body=4:body"), 1);
	heard_fini(&h);
	front_stop(&f);
}

static void requests_on_one_connection_are_answered_in_order(void)
{
	struct front f;
	struct heard h = { .text = NULL };

	front_init(&f);
	front_start(&f);
	CU_ASSERT_TRUE(ask(&f, GET("/1") GET("/later") "POST /3 HTTP/1.1\r\n" HOST
	                   "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"
	                   GET("/later") GET_CLOSE("/5") GET("/6"), &h));
	CU_ASSERT_EQUAL(times(&h, "HTTP/1.1 200 OK"), 5);
	CU_ASSERT_TRUE(strstr(h.text, "/1 ") < strstr(h.text, "later"));
	CU_ASSERT_TRUE(strstr(h.text, "later") < strstr(h.text, "/3 ?"));
	CU_ASSERT_EQUAL(times(&h, "body=4:abcd"), 1);
	CU_ASSERT_TRUE(strstr(h.text, "/3 ?") < strstr(h.text, "/5 ?"));
	CU_ASSERT_EQUAL(times(&h, "/6"), 0);
	CU_ASSERT_EQUAL(times(&h, "0\r\n\r\n"), 0);
	heard_fini(&h);
	front_stop(&f);
}

static void many_pipelined_requests_pass_through_a_full_queue(void)
{
	struct front f;
	struct heard h = { .text = NULL };
	char head[] = GET("/later");
	int fd;

	front_init(&f);
	front_start(&f);
	fd = front_connect(&f);
	for (int i = 0; i < 900; i++)
		CU_ASSERT_TRUE(say(fd, head));
	CU_ASSERT_TRUE(say(fd, GET_CLOSE("/last")));
	CU_ASSERT_TRUE(hear_end(fd, &h));
	CU_ASSERT_EQUAL(times(&h, "later"), 900);
	CU_ASSERT_EQUAL(times(&h, "/last"), 1);
	heard_fini(&h);
	close(fd);
	front_stop(&f);
}

static void a_long_body_arrives_whole(void)
{
	enum { BODY = 700 << 10 };
	struct front f;
	struct heard h = { .text = NULL };
	char *body = mem_new(BODY), head[160];
	int fd;

	for (size_t i = 0; i < BODY; i++)
		body[i] = (char)('a' + i % 23);
	(void)snprintf(head, sizeof head, "POST /long HTTP/1.1\r\n" HOST "Connection: close\r\n"
	               "Content-Length: %d\r\n\r\n", BODY);
	front_init(&f);
	front_start(&f);
	fd = front_connect(&f);
	CU_ASSERT_TRUE(say(fd, head) && say_bytes(fd, body, BODY) && hear_end(fd, &h));
	CU_ASSERT_TRUE(h.n > BODY && !memcmp(h.text + h.n - BODY, body, BODY));
	heard_fini(&h);
	close(fd);
	mem_free(body);
	front_stop(&f);
}

static void a_client_that_asks_first_is_told_to_go_on(void)
{
	struct front f;
	struct heard h = { .text = NULL };
	int fd;

	front_init(&f);
	front_start(&f);
	fd = front_connect(&f);
	CU_ASSERT_TRUE(say(fd, "POST /e HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n"
	                   "Connection: close\r\nContent-Length: 3\r\n\r\n"));
	CU_ASSERT_TRUE(hear(fd, &h, "HTTP/1.1 100 Continue\r\n\r\n"));
	CU_ASSERT_TRUE(say(fd, "abc") && hear_end(fd, &h));
	CU_ASSERT_EQUAL(times(&h, "100 Continue"), 1);
	CU_ASSERT_EQUAL(times(&h, "body=3:abc"), 1);
	heard_fini(&h);
	close(fd);
	CU_ASSERT_TRUE(ask(&f, "POST /e HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n"
	                   "Content-Length: 99999999\r\n\r\n", &h));
	CU_ASSERT_EQUAL(times(&h, "100 Continue"), 0);
	CU_ASSERT_EQUAL(times(&h, "HTTP/1.1 413 Content Too Large\r\n"), 1);
	heard_fini(&h);
	front_stop(&f);
}

/* The names of the request, both the same, are the last headers before the body. */
static bool is_named(const struct heard *h)
{
	enum { ID = 26 };
	static const char before[] = "\r\nContent-Type: application/json\r\nx-request-id: ";
	const char *id = h->text ? strstr(h->text, before) : NULL;
	char want[96];
	int n;

	if (!id)
		return false;
	id += sizeof before - 1;
	if (strspn(id, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != ID)
		return false;
	n = snprintf(want, sizeof want, "%.26s\r\nrequest-id: %.26s\r\n\r\n{\"path\":", id, id);
	return strncmp(id, want, (size_t)n) == 0;
}

static void refusals_have_a_body_by_the_owner_and_end_the_connection(void)
{
	static const struct { const char *bytes, *want; } rows[] = {
		{ "GET /x?y HTTP/1.1\r\nA B\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n" },
		{ "GET /x?y HTTP/1.1\r\nA B\r\n\r\n", "{\"path\":\"/x\",\"why\":\"a header" },
		{ "GET /x y HTTP/1.1\r\n", "{\"path\":\"/x\"" },
		{ "GET /x\x01", "{\"path\":\"\"" },
		{ "nonsense\r\n", "\r\n\r\n{\"path\":\"\",\"why\":" },
		{ "POST /x HTTP/1.1\r\n" HOST "Content-Length: 10485761\r\n\r\n",
		  "\"status\":413" },
		{ "POST /x HTTP/1.1\r\n" HOST "Expect: tea\r\n\r\n", "\"status\":417" },
		{ GET("/good") "BAD / HTTP/1.1\r\n" GET("/second"), "HTTP/1.1 400" },
	};
	struct front f;

	front_init(&f);
	front_start(&f);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct heard h = { .text = NULL };

		CU_ASSERT_TRUE(ask(&f, rows[i].bytes, &h));
		CU_ASSERT_EQUAL(times(&h, rows[i].want), 1);
		CU_ASSERT_EQUAL(times(&h, "Connection: close\r\n"), 1);
		CU_ASSERT_TRUE(is_named(&h));
		CU_ASSERT_EQUAL(times(&h, "/second"), 0);
		heard_fini(&h);
	}
	CU_ASSERT_EQUAL(atomic_load(&f.requests), 1);
	front_stop(&f);
}

static void a_refusal_reaches_a_client_that_is_still_sending(void)
{
	enum { MORE = 1 << 20 };
	struct front f;
	struct heard h = { .text = NULL };
	char *more = mem_new(MORE);
	int fd;

	front_init(&f);
	front_start(&f);
	fd = front_connect(&f);
	CU_ASSERT_TRUE(say(fd, "POST /x HTTP/1.1\r\n" HOST "Content-Length: 99999999\r\n\r\n"));
	CU_ASSERT_TRUE(say_bytes(fd, more, MORE));
	CU_ASSERT_TRUE(hear_end(fd, &h));
	CU_ASSERT_EQUAL(times(&h, "\"status\":413"), 1);
	heard_fini(&h);
	close(fd);
	mem_free(more);
	front_stop(&f);
}

static void slow_clients_are_not_waited_for(void)
{
	static const struct { const char *bytes, *want; } rows[] = {
		{ "", NULL },
		{ "GET /x HTTP/1.1\r\nHo",
		  "HTTP/1.1 408 Request Timeout\r\n" },
		{ "GET /x HTTP/1.1\r\nHo",
		  "{\"path\":\"/x\",\"why\":\"the head of the request" },
		{ "POST /x HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nab",
		  "\"status\":408,\"cause\":\"SLOW_REQUEST\"" },
		{ "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3",
		  "\"status\":408,\"cause\":\"SLOW_REQUEST\"" },
		{ GET("/good"), "/good" },
	};
	struct front f;

	front_init(&f);
	f.limits.head_ms = f.limits.body_ms = f.limits.idle_ms = 150;
	front_start(&f);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct heard h = { .text = NULL };
		uint64_t from = clock_ms();

		CU_ASSERT_TRUE(ask(&f, rows[i].bytes, &h));
		CU_ASSERT_TRUE(clock_ms() - from >= 140);
		CU_ASSERT_TRUE(clock_ms() - from < 2000);
		if (rows[i].want)
			CU_ASSERT_EQUAL(times(&h, rows[i].want), 1);
		if (!rows[i].want)
			CU_ASSERT_EQUAL(h.n, 0);
		heard_fini(&h);
	}
	front_stop(&f);
}

static void a_dribbling_client_does_not_push_its_deadline_back(void)
{
	struct timeval soon = { 0, 20000 };
	uint64_t from = clock_ms();
	char text[1024] = "";
	ssize_t n = -1;
	struct front f;
	int fd;

	front_init(&f);
	f.limits.head_ms = 200;
	front_start(&f);
	fd = front_connect(&f);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
	CU_ASSERT_TRUE(say(fd, "GET /x HTTP/1.1\r\nX: "));
	while (n < 0 && clock_ms() - from < 2000) {
		(void)say(fd, "x");
		n = recv(fd, text, sizeof text - 1, 0);
	}
	CU_ASSERT_TRUE(n > 0 && !strncmp(text, "HTTP/1.1 408 Request Timeout\r\n", 30));
	CU_ASSERT_TRUE(clock_ms() - from < 1500);
	close(fd);
	front_stop(&f);
}

static void the_owner_hears_at_once_that_the_client_has_gone(void)
{
	struct front f;
	uint64_t from;
	int fd;

	front_init(&f);
	front_start(&f);
	fd = front_connect(&f);
	CU_ASSERT_TRUE(say(fd, GET("/hold")) && front_until(&f.requests, 1));
	usleep(20000);
	CU_ASSERT_EQUAL(atomic_load(&f.gone), 0);
	from = clock_us();
	close(fd);
	CU_ASSERT_TRUE(front_until(&f.gone, 1));
	CU_ASSERT_TRUE(clock_us() - from < 1000000);
	front_stop(&f);
	CU_ASSERT_EQUAL(atomic_load(&f.gone), 1);
}

static void so_does_one_whose_client_had_sent_too_much(void)
{
	struct front f;
	char more[40000];
	int fd;

	memset(more, 'x', sizeof more);
	front_init(&f);
	front_start(&f);
	fd = front_connect(&f);
	CU_ASSERT_TRUE(say(fd, GET("/hold")) && front_until(&f.requests, 1));
	CU_ASSERT_TRUE(say_bytes(fd, more, sizeof more));
	usleep(20000);
	close(fd);
	CU_ASSERT_TRUE(front_until(&f.gone, 1));
	front_stop(&f);
}

static void a_half_closed_client_is_gone_unless_configured(void)
{
	for (int ok = 0; ok < 2; ok++) {
		struct front f;
		struct heard h = { .text = NULL };
		int fd;

		front_init(&f);
		f.limits.half_close_ok = ok;
		front_start(&f);
		fd = front_connect(&f);
		CU_ASSERT_TRUE(say(fd, GET("/hold")) && front_until(&f.requests, 1));
		(void)shutdown(fd, SHUT_WR);
		usleep(30000);
		front_release(&f);
		CU_ASSERT_TRUE(hear_end(fd, &h));
		CU_ASSERT_EQUAL(times(&h, "released"), (unsigned)ok);
		CU_ASSERT_EQUAL(atomic_load(&f.gone), (unsigned)!ok);
		heard_fini(&h);
		close(fd);
		front_stop(&f);
	}
}

static void a_request_nobody_watches_may_be_answered_after_its_client_left(void)
{
	struct front f;
	int fd;

	front_init(&f);
	front_start(&f);
	fd = front_connect(&f);
	CU_ASSERT_TRUE(say(fd, GET("/forget")) && front_until(&f.requests, 1));
	close(fd);
	usleep(20000);
	CU_ASSERT_EQUAL(front_connections(&f), 1);
	front_release(&f);
	CU_ASSERT_EQUAL(front_connections(&f), 0);
	CU_ASSERT_EQUAL(atomic_load(&f.gone), 0);
	front_stop(&f);
}

static void watch_late(void *arg)
{
	front_watch(arg);
}

static void one_that_is_watched_later_hears_that_its_client_left(void)
{
	struct front f;
	int fd;

	front_init(&f);
	front_start(&f);
	fd = front_connect(&f);
	CU_ASSERT_TRUE(say(fd, GET("/forget")) && front_until(&f.requests, 1));
	close(fd);
	usleep(20000);
	front_run(&f, watch_late, &f);
	CU_ASSERT_TRUE(front_until(&f.gone, 1));
	CU_ASSERT_EQUAL(front_connections(&f), 0);
	front_stop(&f);
}

static void open_requests_hear_of_the_end_of_the_server(void)
{
	struct front f;
	int fd;

	front_init(&f);
	front_start(&f);
	fd = front_connect(&f);
	CU_ASSERT_TRUE(say(fd, GET("/hold")) && front_until(&f.requests, 1));
	front_stop(&f);
	CU_ASSERT_EQUAL(atomic_load(&f.gone), 1);
	close(fd);
}

static void a_connection_serves_a_number_of_requests(void)
{
	struct front f;
	struct heard h = { .text = NULL };

	front_init(&f);
	f.limits.requests = 2;
	front_start(&f);
	CU_ASSERT_TRUE(ask(&f, GET("/1") GET("/2") GET("/3"), &h));
	CU_ASSERT_EQUAL(times(&h, "HTTP/1.1 200"), 2);
	CU_ASSERT_EQUAL(times(&h, "Connection: close"), 1);
	heard_fini(&h);
	front_stop(&f);
}

static void connections_past_the_limit_are_closed(void)
{
	struct front f;
	struct heard h = { .text = NULL };
	int fd[3];

	front_init(&f);
	f.limits.connections = 2;
	front_start(&f);
	for (int i = 0; i < 2; i++) {
		fd[i] = front_connect(&f);
		CU_ASSERT_TRUE(say(fd[i], GET("/hold")) && front_until(&f.requests, 1u + i));
	}
	fd[2] = front_connect(&f);
	CU_ASSERT_TRUE(hear_end(fd[2], &h));
	CU_ASSERT_EQUAL(h.n, 0);
	heard_fini(&h);
	close(fd[0]);
	CU_ASSERT_TRUE(front_until(&f.gone, 1));
	usleep(20000);
	CU_ASSERT_TRUE(ask(&f, GET_CLOSE("/again"), &h));
	CU_ASSERT_EQUAL(times(&h, "/again"), 1);
	heard_fini(&h);
	close(fd[1]);
	close(fd[2]);
	front_stop(&f);
}

static void running_out_of_descriptors_is_survived(void)
{
	enum { SPARE = 64 };
	struct front f;
	struct heard h = { .text = NULL };
	struct rlimit old, few;
	int known, fresh, spare[SPARE], n = 0;

	front_init(&f);
	front_start(&f);
	known = front_connect(&f);
	CU_ASSERT_TRUE(say(known, GET("/known")) && hear(known, &h, "/known"));
	heard_fini(&h);
	fresh = socket(AF_INET, SOCK_STREAM, 0);
	(void)getrlimit(RLIMIT_NOFILE, &old);
	few = (struct rlimit){ (rlim_t)fresh + SPARE / 2, old.rlim_max };
	(void)setrlimit(RLIMIT_NOFILE, &few);
	while (n < SPARE && (spare[n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		n++;
	front_connect_with(&f, fresh);
	CU_ASSERT_TRUE(say(fresh, GET("/fresh")));
	CU_ASSERT_FALSE(front_until(&f.requests, 2));
	CU_ASSERT_TRUE(say(known, GET("/still")) && hear(known, &h, "/still"));
	heard_fini(&h);
	while (n)
		close(spare[--n]);
	(void)setrlimit(RLIMIT_NOFILE, &old);
	usleep(200000);                         /* the pause is over */
	CU_ASSERT_TRUE(ask(&f, GET_CLOSE("/after"), &h));
	CU_ASSERT_EQUAL(times(&h, "/after"), 1);
	heard_fini(&h);
	close(fresh);
	close(known);
	front_stop(&f);
}

static void drain(void *arg)
{
	http_server_drain(arg);
}

static void draining_closes_what_is_idle_and_ends_what_is_not(void)
{
	struct front f;
	struct heard h = { .text = NULL };
	int idle, busy;

	front_init(&f);
	front_start(&f);
	idle = front_connect(&f);
	busy = front_connect(&f);
	CU_ASSERT_TRUE(say(idle, GET("/x")) && hear(idle, &h, "/x"));
	CU_ASSERT_TRUE(say(busy, GET("/hold")) && front_until(&f.requests, 2));
	front_run(&f, drain, f.server);
	CU_ASSERT_TRUE(hear_end(idle, &h));
	heard_fini(&h);
	front_release(&f);
	CU_ASSERT_TRUE(hear_end(busy, &h));
	CU_ASSERT_EQUAL(times(&h, "Connection: close\r\n"), 1);
	CU_ASSERT_EQUAL(times(&h, "released"), 1);
	heard_fini(&h);
	close(idle);
	close(busy);
	front_stop(&f);
}

static const struct unit_test tests[] = {
	{ "a request is handed over with all its parts",
	  a_request_is_handed_over_with_all_its_parts },
	{ "requests on one connection are answered in order",
	  requests_on_one_connection_are_answered_in_order },
	{ "many pipelined requests pass through a full queue",
	  many_pipelined_requests_pass_through_a_full_queue },
	{ "a long body arrives whole", a_long_body_arrives_whole },
	{ "a client that asks first is told to go on",
	  a_client_that_asks_first_is_told_to_go_on },
	{ "refusals have a body by the owner and end the connection",
	  refusals_have_a_body_by_the_owner_and_end_the_connection },
	{ "a refusal reaches a client that is still sending",
	  a_refusal_reaches_a_client_that_is_still_sending },
	{ "slow clients are not waited for", slow_clients_are_not_waited_for },
	{ "a dribbling client does not push its deadline back",
	  a_dribbling_client_does_not_push_its_deadline_back },
	{ "the owner hears at once that the client has gone",
	  the_owner_hears_at_once_that_the_client_has_gone },
	{ "so does one whose client had sent too much",
	  so_does_one_whose_client_had_sent_too_much },
	{ "a half-closed client is gone unless configured",
	  a_half_closed_client_is_gone_unless_configured },
	{ "a request nobody watches may be answered after its client left",
	  a_request_nobody_watches_may_be_answered_after_its_client_left },
	{ "one that is watched later hears that its client left",
	  one_that_is_watched_later_hears_that_its_client_left },
	{ "open requests hear of the end of the server",
	  open_requests_hear_of_the_end_of_the_server },
	{ "a connection serves a number of requests",
	  a_connection_serves_a_number_of_requests },
	{ "connections past the limit are closed", connections_past_the_limit_are_closed },
	{ "running out of descriptors is survived", running_out_of_descriptors_is_survived },
	{ "draining closes what is idle and ends what is not",
	  draining_closes_what_is_idle_and_ends_what_is_not },
	{ NULL, NULL },
};
const struct unit_suite http_server_suite = { "http/server", tests };

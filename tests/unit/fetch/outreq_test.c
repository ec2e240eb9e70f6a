/* unit/fetch/outreq_test.c - what may stand in a request.
 * SPDX-License-Identifier: MIT */
#include "fetch/outreq.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "unit/unit.h"

struct made { struct arena arena; struct outreq req; };

static void open_made(struct made *m)
{
	arena_init(&m->arena, 1024, 1 << 20);
	outreq_init(&m->req, &m->arena, 1 << 20);
}

static void close_made(struct made *m)
{
	outreq_fini(&m->req);
	arena_fini(&m->arena);
}

static const struct { const char *base, *path, *url; } urls[] = {
	{ "http://a", "/b", "http://a/b" },
	{ "https://a///", "/b?c=d&e", "https://a/b?c=d&e" },
	{ "https://a/v1", "b", "https://a/v1/b" },
	{ "https://api.x.com", ".evil.com/", "https://api.x.com/.evil.com/" },
	{ "https://a/v1", "?k=1", "https://a/v1?k=1" },
	{ "HTTPS://a-b_c.d:8443", "", "HTTPS://a-b_c.d:8443" },
	{ "http://[::1]:80", "/", "http://[::1]:80/" },
	{ "http://[fe80::1%25eth0]", "/", "http://[fe80::1%25eth0]/" },
	{ "https://a", "/x@y:z", "https://a/x@y:z" },
	/* refused */
	{ "ftp://a", "/", NULL }, { "file:///etc/passwd", "", NULL }, { "a", "/", NULL },
	{ "http:/a", "/", NULL }, { "http://", "/x", NULL }, { "http:///x", "", NULL },
	{ "http://u@a", "/", NULL }, { "http://u:p@a", "/", NULL },
	{ "http://a", "/b#c", NULL }, { "http://a#@b", "/", NULL },
	{ "http://a\\@b", "/", NULL }, { "http://a", "/b c", NULL },
	{ "http://a", "/b\r\nX: y", NULL }, { "http://a", "/\x7f", NULL },
	{ "http://a", "/\xc3\xa9", NULL }, { "http://\xc3\xa9", "/", NULL },
	{ "http://a:", "/", NULL }, { "http://a:0", "/", NULL },
	{ "http://a:65536", "/", NULL },
	{ "http://a:8x", "/", NULL }, { "http://a:80:80", "/", NULL },
	{ "http://[]", "/", NULL },
	{ "http://[::1", "/", NULL }, { "http://[::1]x", "/", NULL },
	{ "http://a%2eb", "/", NULL },
	{ "http://:80", "/", NULL }, { " http://a", "/", NULL },
};

static void urls_are_joined_and_checked(void)
{
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		struct made m;

		open_made(&m);
		outreq_set_url(&m.req, str_z(urls[i].base), str_z(urls[i].path));
		if ((m.req.status == CDT_OK) != (urls[i].url != NULL))
			printf("\n%s %s: %d\n", urls[i].base, urls[i].path, m.req.status);
		CU_ASSERT_EQUAL(m.req.status, urls[i].url ? CDT_OK : CDT_E_INVALID);
		CU_ASSERT_TRUE(str_is(m.req.url, urls[i].url ? urls[i].url : ""));
		CU_ASSERT_EQUAL(m.req.url.p[m.req.url.n], '\0');
		close_made(&m);
	}
}

static void a_url_has_no_nul_byte_and_an_end(void)
{
	static char path[OUTREQ_URL_MAX];
	struct made m;

	open_made(&m);
	outreq_set_url(&m.req, CDT_STR("http://a"), CDT_STR("/b\0c"));
	CU_ASSERT_EQUAL(m.req.status, CDT_E_INVALID);
	close_made(&m);
	memset(path, '/', sizeof path);
	open_made(&m);
	outreq_set_url(&m.req, CDT_STR("http://a"), str_from(path, sizeof path - 8));
	CU_ASSERT_EQUAL(m.req.status, CDT_OK);
	outreq_set_url(&m.req, CDT_STR("http://a"), str_from(path, sizeof path - 7));
	CU_ASSERT_EQUAL(m.req.status, CDT_E_LIMIT);
	close_made(&m);
}

static const struct { const char *name; cdt_str value; cdt_status status; } headers[] = {
	{ "X-A", { "b", 1 }, CDT_OK }, { "x_a.b~", { "", 0 }, CDT_OK },
	{ "Host", { "b", 1 }, CDT_OK }, { "X", { "\xc3\xa9", 2 }, CDT_OK },
	{ "", { "b", 1 }, CDT_E_INVALID }, { "A:B", { "b", 1 }, CDT_E_INVALID },
	{ "A B", { "b", 1 }, CDT_E_INVALID }, { "A\n", { "b", 1 }, CDT_E_INVALID },
	{ "\xc3\xa9", { "b", 1 }, CDT_E_INVALID },
	{ "X", { "a\r\nB: c", 7 }, CDT_E_INVALID }, { "X", { "a\nb", 3 }, CDT_E_INVALID },
	{ "X", { "a\0b", 3 }, CDT_E_INVALID }, { "X", { "a\tb", 3 }, CDT_E_INVALID },
	{ "X", { "\x7f", 1 }, CDT_E_INVALID }, { "X", { "\x1f", 1 }, CDT_E_INVALID },
	{ "Content-Length", { "1", 1 }, CDT_E_INVALID },
	{ "transfer-encoding", { "chunked", 7 }, CDT_E_INVALID },
	{ "CONNECTION", { "close", 5 }, CDT_E_INVALID },
	{ "Proxy-Authorization", { "x", 1 }, CDT_E_INVALID },
	{ "Expect", { "x", 1 }, CDT_E_INVALID },
	{ "Accept-Encoding", { "gzip", 4 }, CDT_E_INVALID },
	{ "te", { "x", 1 }, CDT_E_INVALID }, { "Upgrade", { "x", 1 }, CDT_E_INVALID },
};

static void headers_are_checked(void)
{
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		struct made m;

		open_made(&m);
		outreq_add_header(&m.req, str_z(headers[i].name), headers[i].value, false);
		if (m.req.status != headers[i].status)
			printf("\nheader %zu: %d\n", i, m.req.status);
		CU_ASSERT_EQUAL(m.req.status, headers[i].status);
		CU_ASSERT_EQUAL(m.req.header_count, headers[i].status == CDT_OK);
		close_made(&m);
	}
}

static void a_header_is_copied_and_replaced_by_name(void)
{
	char value[] = "one";
	struct made m;

	open_made(&m);
	outreq_add_header(&m.req, CDT_STR("X-A"), str_z(value), false);
	memset(value, '-', sizeof value - 1);
	CU_ASSERT_TRUE(str_is(m.req.header[0].value, "one"));
	outreq_add_header(&m.req, CDT_STR("X-B"), CDT_STR("two"), false);
	outreq_add_header(&m.req, CDT_STR("x-a"), CDT_STR("three"), true);
	CU_ASSERT_EQUAL(m.req.header_count, 2);
	CU_ASSERT_TRUE(str_is(m.req.header[0].value, "three"));
	CU_ASSERT_TRUE(m.req.header[0].secret);
	close_made(&m);
}

static void headers_have_limits(void)
{
	static char big[OUTREQ_HEAD_MAX];
	char name[16];
	struct made m;

	open_made(&m);
	for (int i = 0; i <= OUTREQ_HEADERS_MAX; i++) {
		CU_ASSERT_EQUAL(m.req.status, CDT_OK);
		(void)snprintf(name, sizeof name, "X-%d", i);
		outreq_add_header(&m.req, str_z(name), CDT_STR("v"), false);
	}
	CU_ASSERT_EQUAL(m.req.status, CDT_E_LIMIT);
	CU_ASSERT_EQUAL(m.req.header_count, OUTREQ_HEADERS_MAX);
	close_made(&m);
	memset(big, 'x', sizeof big);
	open_made(&m);
	outreq_add_header(&m.req, CDT_STR("X"), str_from(big, sizeof big), false);
	CU_ASSERT_EQUAL(m.req.status, CDT_E_LIMIT);
	close_made(&m);
}

static void the_first_error_stays(void)
{
	struct made m;

	open_made(&m);
	outreq_set_url(&m.req, CDT_STR("gopher://a"), CDT_STR("/"));
	outreq_set_url(&m.req, CDT_STR("http://a"), CDT_STR("/"));
	outreq_add_header(&m.req, CDT_STR("X"), CDT_STR("v"), false);
	outreq_seal(&m.req);
	CU_ASSERT_EQUAL(m.req.status, CDT_E_INVALID);
	close_made(&m);
}

static void secrets_are_wiped(void)
{
	const char *at;
	struct made m;

	open_made(&m);
	outreq_add_header(&m.req, CDT_STR("Authorization"), CDT_STR("Bearer sk-1"), true);
	outreq_add_header(&m.req, CDT_STR("X-Plain"), CDT_STR("plain"), false);
	at = m.req.header[0].value.p;
	outreq_add_header(&m.req, CDT_STR("Authorization"), CDT_STR("Bearer sk-2"), true);
	CU_ASSERT_EQUAL(at[0], '\0');
	at = m.req.header[0].value.p;
	CU_ASSERT_STRING_EQUAL(at, "Bearer sk-2");
	outreq_fini(&m.req);
	for (int i = 0; i < 11; i++)
		CU_ASSERT_EQUAL(at[i], '\0');
	arena_fini(&m.arena);
}

static void methods_are_checked(void)
{
	static const char *const bad[] = { "", "get", "GE T", "G\r\n", "ABCDEFGHIJKLMNOPQ" };
	struct made m;

	open_made(&m);
	CU_ASSERT_STRING_EQUAL(m.req.method, "POST");
	outreq_set_method(&m.req, "DELETE");
	CU_ASSERT_STRING_EQUAL(m.req.method, "DELETE");
	CU_ASSERT_EQUAL(m.req.status, CDT_OK);
	close_made(&m);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		open_made(&m);
		outreq_set_method(&m.req, bad[i]);
		CU_ASSERT_EQUAL(m.req.status, CDT_E_INVALID);
		close_made(&m);
	}
}

static void sealing_sends_what_was_written(void)
{
	struct made m;

	open_made(&m);
	outreq_set_url(&m.req, CDT_STR("http://a"), CDT_STR("/"));
	buf_add_z(&m.req.body, "{}");
	outreq_seal(&m.req);
	CU_ASSERT_EQUAL(m.req.status, CDT_OK);
	CU_ASSERT_EQUAL(m.req.piece_count, 1);
	CU_ASSERT_EQUAL(outreq_body_bytes(&m.req), 2);
	close_made(&m);

	open_made(&m);
	outreq_seal(&m.req);
	CU_ASSERT_EQUAL(m.req.status, CDT_E_MISUSE);           /* no URL */
	close_made(&m);

	open_made(&m);
	outreq_set_url(&m.req, CDT_STR("http://a"), CDT_STR("/"));
	m.req.piece[m.req.piece_count++] = CDT_STR("ab");
	m.req.piece[m.req.piece_count++] = CDT_STR("cde");
	outreq_seal(&m.req);
	CU_ASSERT_EQUAL(m.req.piece_count, 2);
	CU_ASSERT_EQUAL(outreq_body_bytes(&m.req), 5);
	close_made(&m);
}

static void a_body_past_its_cap_is_an_error(void)
{
	struct made m;

	arena_init(&m.arena, 1024, 1 << 20);
	outreq_init(&m.req, &m.arena, 4);
	outreq_set_url(&m.req, CDT_STR("http://a"), CDT_STR("/"));
	buf_add_z(&m.req.body, "12345");
	outreq_seal(&m.req);
	CU_ASSERT_EQUAL(m.req.status, CDT_E_LIMIT);
	close_made(&m);
}

static void nothing_is_left_of_the_memory_that_it_was_made_in(void)
{
	struct made m;

	memset(&m.req, 0xff, sizeof m.req);
	arena_init(&m.arena, 1024, 1 << 20);
	outreq_init(&m.req, &m.arena, 0);
	CU_ASSERT_FALSE(m.req.streamed);
	CU_ASSERT(!m.req.header_count && !m.req.piece_count && m.req.status == CDT_OK);
	CU_ASSERT_STRING_EQUAL(m.req.method, "POST");
	outreq_set_url(&m.req, CDT_STR("http://a"), CDT_STR("/"));
	outreq_seal(&m.req);                           /* no body at all */
	CU_ASSERT_EQUAL(m.req.status, CDT_OK);
	CU_ASSERT_EQUAL(outreq_body_bytes(&m.req), 0);
	close_made(&m);
}

static const struct unit_test tests[] = {
	{ "URLs are joined and checked", urls_are_joined_and_checked },
	{ "a URL has no NUL byte, and an end", a_url_has_no_nul_byte_and_an_end },
	{ "headers are checked", headers_are_checked },
	{ "a header is copied, and replaced by name", a_header_is_copied_and_replaced_by_name },
	{ "headers have limits", headers_have_limits },
	{ "the first error stays", the_first_error_stays },
	{ "secrets are wiped", secrets_are_wiped },
	{ "methods are checked", methods_are_checked },
	{ "sealing sends what was written", sealing_sends_what_was_written },
	{ "a body past its cap is an error", a_body_past_its_cap_is_an_error },
	{ "nothing is left of the memory that it was made in",
	  nothing_is_left_of_the_memory_that_it_was_made_in },
	{ NULL, NULL }
};
const struct unit_suite fetch_outreq_suite = { "fetch/outreq", tests };

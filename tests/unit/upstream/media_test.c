/* unit/upstream/media_test.c - pictures that requests name by address: what is fetched, what is
 * refused, and what they become.
 * SPDX-License-Identifier: MIT */
#include "upstream/media.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "unit/fetch/rig.h"
#include "unit/unit.h"

static _Atomic int asked;

static void say_large(struct peer *p, size_t n)
{
	char head[128], *bytes = calloc(1, n);

	(void)snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
	               "Content-Length: %zu\r\n\r\n", n);
	peer_say(p, head);
	peer_send(p, bytes, n);
	free(bytes);
}

static const struct { const char *path, *answer; } answers[] = {
	{ "/png", "HTTP/1.1 200 OK\r\nContent-Type: IMAGE/PNG; q=1\r\nContent-Length: 3\r\n\r\nabc" },
	{ "/gif", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nGIF89a" },
	{ "/lie", "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 5\r\n\r\n%PDF-" },
	{ "/html", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n<a>" },
	{ "/empty", "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 0\r\n\r\n" },
	{ "/gone", "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n" },
	{ "/there", "HTTP/1.1 302 Go\r\nLocation: /png\r\nContent-Length: 0\r\n\r\n" },
	{ "/round", "HTTP/1.1 302 Go\r\nLocation: /round\r\nContent-Length: 0\r\n\r\n" },
	{ "/away", "HTTP/1.1 302 Go\r\nLocation: http://127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n" },
	{ "/in", "HTTP/1.1 302 Go\r\nLocation: https://169.254.169.254/x\r\nContent-Length: 0\r\n\r\n" },
	{ "/odd", "HTTP/1.1 302 Go\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n" },
};

/* "GET /png HTTP/1.1" asks for "/png". */
static bool asks_for(const struct peer *p, const char *path)
{
	size_t n = strlen(path);

	return !strncmp(p->head, "GET ", 4) && !strncmp(p->head + 4, path, n);
}

static enum after serve(struct peer *p)
{
	asked++;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		if (asks_for(p, answers[i].path)) {
			peer_say(p, answers[i].answer);
			return KEEP;
		}
	if (asks_for(p, "/large"))
		say_large(p, MEDIA_BYTES_MAX + 1);
	else if (asks_for(p, "/nine"))
		say_large(p, 9 << 20);
	return CLOSE;
}

struct trier {
	struct rig net;
	struct fetch *far;
	struct arena arena;
	const char *origins[2];
	struct media *media;
	unsigned done;
};

static void on_done(void *arg)
{
	struct trier *t = arg;

	t->done++;
}

static void trier_init(struct trier *t)
{
	struct fetch_limits limits;

	*t = (struct trier){ .done = 0 };
	rig_open(&t->net, serve, NULL);
	fetch_limits_default(&limits);
	limits.public_only = true;
	t->far = fetch_new(t->net.worker, &limits);
	arena_init(&t->arena, 1024, 1 << 20);
	t->origins[0] = t->net.base;
	asked = 0;
}

static void trier_fini(struct trier *t)
{
	media_free(t->media);
	fetch_free(t->far);
	arena_fini(&t->arena);
	rig_close(&t->net);
}

/* Absolute, or a path at the rig's upstream. */
static cdt_str url_of(struct trier *t, const char *url)
{
	return *url == '/' ? arena_print(&t->arena, "%s%s", t->net.base, url) : str_z(url);
}

static void begin(struct trier *t)
{
	struct media_order o = {
		.arena = &t->arena, .far = t->far, .near = t->net.fetch, .origins = t->origins,
		.done = on_done, .arg = t,
	};

	media_free(t->media);
	t->media = media_new(&o);
	t->done = 0;
}

static const char *get(struct trier *t, const char *url, cdt_str *inlined)
{
	cdt_str which;

	begin(t);
	media_want(t->media, url_of(t, url));
	if (media_start(t->media))
		CU_ASSERT(rig_until(&t->net, &t->done, 9000));
	*inlined = media_find(t->media, url_of(t, url));
	return media_fault(t->media, &which);
}

static void fetches_what_may_be_fetched(void)
{
	static const struct { const char *url, *inlined; } rows[] = {
		{ "/png", "data:image/png;base64,YWJj" },
		{ "/gif", "data:image/gif;base64,R0lGODlh" },
		{ "/lie", "data:application/pdf;base64,JVBERi0=" },
		{ "/there", "data:image/png;base64,YWJj" },
	};
	struct trier t;
	cdt_str inlined;

	trier_init(&t);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CU_ASSERT_PTR_NULL(get(&t, rows[i].url, &inlined));
		CU_ASSERT(str_is(inlined, rows[i].inlined));
	}
	trier_fini(&t);
}

static void refuses_the_rest_and_says_why(void)
{
	static const struct { const char *url, *why; } rows[] = {
		{ "/html", "it is neither a picture, sound, film, PDF nor plain text" },
		{ "/empty", "it is empty" },
		{ "/gone", "its server does not have it" },
		{ "/nothing", "its server can not be reached" },
		{ "/large", "it is larger than 10 MiB" },
		{ "/round", "it is redirected too often, or elsewhere" },
		{ "/odd", "only public addresses over https are fetched" },
		{ "/away", "only public addresses over https are fetched" },
		{ "/in", "only public addresses over https are fetched" },
		{ "http://example.org/x", "only public addresses over https are fetched" },
		{ "https://127.0.0.1/x", "only public addresses over https are fetched" },
		{ "https://2130706433/x", "only public addresses over https are fetched" },
		{ "https://[::1]/x", "only public addresses over https are fetched" },
		{ "https://localhost/x", "only public addresses over https are fetched" },
		{ "https://a.example:8443/x", "only public addresses over https are fetched" },
		{ "https://u:p@a.example/x", "only public addresses over https are fetched" },
		{ "https://a.example/x#y", "it is not an address that can be fetched" },
	};
	struct trier t;
	cdt_str inlined;

	trier_init(&t);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *why = get(&t, rows[i].url, &inlined);

		if (!why || strcmp(why, rows[i].why))
			fprintf(stderr, "\n%s: %s\n", rows[i].url, why ? why : "fetched");
		CU_ASSERT(why && !strcmp(why, rows[i].why));
		CU_ASSERT_EQUAL(inlined.n, 0);
	}
	trier_fini(&t);
}

/* A name that leads into a private network is public by its looks only. */
static void a_name_is_judged_by_where_it_leads(void)
{
	struct trier t;
	cdt_str inlined;
	const char *why;

	trier_init(&t);
	why = get(&t, "https://ip6-localhost.localdomain/x", &inlined);
	CU_ASSERT(why && !inlined.n);
	CU_ASSERT_EQUAL(asked, 0);
	trier_fini(&t);
}

static void the_list_is_of_whole_origins(void)
{
	struct trier t;
	cdt_str inlined;
	char url[96];

	trier_init(&t);
	(void)snprintf(url, sizeof url, "%s0/png", t.net.base);        /* another port */
	CU_ASSERT_PTR_NOT_NULL(get(&t, url, &inlined));
	(void)snprintf(url, sizeof url, "%s@evil.example/png", t.net.base);
	CU_ASSERT_PTR_NOT_NULL(get(&t, url, &inlined));
	CU_ASSERT_EQUAL(asked, 0);
	trier_fini(&t);
}

static void each_is_fetched_once_and_all_are_bounded(void)
{
	struct trier t;
	cdt_str which;
	char path[16];

	trier_init(&t);
	begin(&t);
	for (int i = 0; i < 5; i++)
		media_want(t.media, url_of(&t, i % 2 ? "/png" : "/gif"));
	CU_ASSERT(media_start(t.media) && rig_until(&t.net, &t.done, 9000));
	CU_ASSERT(!media_fault(t.media, &which) && asked == 2);
	begin(&t);
	for (int i = 0; i < 4; i++) {
		(void)snprintf(path, sizeof path, "/nine%d", i);
		media_want(t.media, url_of(&t, path));
	}
	CU_ASSERT(media_start(t.media) && rig_until(&t.net, &t.done, 9000));
	CU_ASSERT_STRING_EQUAL(media_fault(t.media, &which), "all together are more than 32 MiB");
	begin(&t);
	for (int i = 0; i <= MEDIA_MAX; i++) {
		(void)snprintf(path, sizeof path, "/%d", i);
		media_want(t.media, url_of(&t, path));
	}
	CU_ASSERT(!media_start(t.media) && media_fault(t.media, &which));
	begin(&t);                                     /* left in the middle */
	media_want(t.media, url_of(&t, "/large"));
	CU_ASSERT(media_start(t.media));
	rig_turn_for(&t.net, 3);
	begin(&t);
	CU_ASSERT(media_is_empty(t.media) && !media_start(t.media));
	trier_fini(&t);
}

static const struct unit_test tests[] = {
	{ "fetches what may be fetched", fetches_what_may_be_fetched },
	{ "refuses the rest and says why", refuses_the_rest_and_says_why },
	{ "a name is judged by where it leads", a_name_is_judged_by_where_it_leads },
	{ "the list is of whole origins", the_list_is_of_whole_origins },
	{ "each is fetched once, and all are bounded", each_is_fetched_once_and_all_are_bounded },
	{ NULL, NULL }
};
const struct unit_suite upstream_media_suite = { "upstream/media", tests };

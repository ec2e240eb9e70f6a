/* unit/plugins/redis_test.c - what cache_redis reads without a server: addresses, slots and
 * redirects; how long it waits, and what it tells operators.
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cache_redis/news.h"
#include "cache_redis/slots.h"

static void reads_addresses(void)
{
	static const struct { const char *text, *host; uint16_t port; } good[] = {
		{ "h", "h", 6379 }, { "h:1", "h", 1 }, { "10.0.0.1:65535", "10.0.0.1", 65535 },
		{ "[::1]", "::1", 6379 }, { "[::1]:7", "::1", 7 }, { "::1:7", "::1", 7 },
		{ "/var/run/redis", "/var/run/redis", 0 },
	};
	static const char *const bad[] = {
		"", ":1", "h h", "h/1", "h:", "h:0", "h:65536", "h:x", "h:-1", "h:99999999999", "[::1", "[::1]7",
		"[]", "[]:1",
	};
	char name[PLACE_NAME_SIZE];
	struct place p;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		CU_ASSERT_PTR_NULL_FATAL(place_read(str_z(good[i].text), &p));
		CU_ASSERT_STRING_EQUAL(p.host, good[i].host);
		CU_ASSERT_EQUAL(p.port, good[i].port);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CU_ASSERT_PTR_NOT_NULL(place_read(str_z(bad[i]), &p));
	place_name(&p, name);
	CU_ASSERT_STRING_EQUAL(name, "/var/run/redis");
	CU_ASSERT_PTR_NOT_NULL(place_read((cdt_str){ "a\0b", 3 }, &p));
}

static void refuses_hosts_that_are_too_long(void)
{
	char text[PLACE_HOST_SIZE + 1];
	struct place p;

	memset(text, 'h', sizeof text);
	CU_ASSERT_PTR_NULL(place_read((cdt_str){ text, PLACE_HOST_SIZE - 1 }, &p));
	CU_ASSERT_PTR_NOT_NULL(place_read((cdt_str){ text, PLACE_HOST_SIZE }, &p));
}

static void reads_urls(void)
{
	static const struct {
		const char *url, *host; uint16_t port; const char *user, *password;
		int64_t database; bool tls;
	} good[] = {
		{ "redis://h", "h", 6379, "", "", 0, false },
		{ "redis://h/", "h", 6379, "", "", 0, false },
		{ "rediss://h:1/15", "h", 1, "", "", 15, true },
		{ "redis://:p@h", "h", 6379, "", "p", 0, false },
		{ "redis://u:p@[::1]:9/2", "::1", 9, "u", "p", 2, false },
		{ "redis://u:p%40%2F%3a:x@h", "h", 6379, "u", "p@/::x", 0, false },
		{ "redis://u:p@p@h", "h", 6379, "u", "p@p", 0, false },
		{ "unix:/a/b", "/a/b", 0, "", "", 0, false },
		{ "unix:///a/b", "/a/b", 0, "", "", 0, false },
	};
	static const char *const bad[] = {
		"", "h", "http://h", "redis:/h", "redis://", "redis:///1", "redis://h/x",
		"redis://h/-1", "redis://h/1/2", "redis://:%4@h", "redis://:%zz@h", "redis://:%00@h",
		"redis://u:p@", "unix:a", "unix:",
	};
	struct login l;
	struct place p;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		CU_ASSERT_PTR_NULL_FATAL(place_read_url(str_z(good[i].url), &p, &l));
		CU_ASSERT_STRING_EQUAL(p.host, good[i].host);
		CU_ASSERT_EQUAL(p.port, good[i].port);
		CU_ASSERT_STRING_EQUAL(l.user, good[i].user);
		CU_ASSERT_STRING_EQUAL(l.password, good[i].password);
		CU_ASSERT_EQUAL(l.database, good[i].database);
		CU_ASSERT_EQUAL(l.tls, good[i].tls);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CU_ASSERT_PTR_NOT_NULL(place_read_url(str_z(bad[i]), &p, &l));
}

static void knows_the_slots_of_keys(void)
{
	static const struct { const char *key; uint16_t slot; } keys[] = {
		{ "123456789", 12739 }, { "foo", 12182 }, { "bar", 5061 }, { "a{foo}b", 12182 },
		{ "{foo}{bar}", 12182 }, { "", 0 },
	};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		CU_ASSERT_EQUAL(slots_of(str_z(keys[i].key)), keys[i].slot);
	CU_ASSERT_NOT_EQUAL(slots_of(str_z("x{}{foo}")), 12182);
	CU_ASSERT_NOT_EQUAL(slots_of(str_z("x{foo")), 12182);
	CU_ASSERT_EQUAL(slots_of(str_z("x{{foo}}y")), slots_of(str_z("{foo")));
}

static void follows_redirects(void)
{
	static const struct {
		const char *text, *host; uint16_t slot, port; bool ask;
	} good[] = {
		{ "MOVED 3999 127.0.0.1:6381", "127.0.0.1", 3999, 6381, false },
		{ "ASK 0 h:1", "h", 0, 1, true },
		{ "MOVED 16383 ::1:7", "::1", 16383, 7, false },
		{ "MOVED 1 :6381", "", 1, 6381, false },
	};
	static const char *const bad[] = {
		"", "MOVED", "MOVED ", "MOVED 1", "MOVED 1 ", "MOVED x h:1", "MOVED 16384 h:1",
		"MOVED 999999 h:1", "MOVED -1 h:1", "MOVED 1 h:x", "MOVED 1 :", "MOVED 1 :x",
		"MOVED 1 /path", "ASK 1  ", "ERR MOVED 1 h:1", "TRYAGAIN", "moved 1 h:1",
	};
	struct redirect r;
	char text[600];

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		CU_ASSERT_FATAL(slots_redirect(str_z(good[i].text), &r));
		CU_ASSERT_STRING_EQUAL(r.to.host, good[i].host);
		CU_ASSERT_EQUAL(r.to.port, good[i].port);
		CU_ASSERT_EQUAL(r.slot, good[i].slot);
		CU_ASSERT_EQUAL(r.ask, good[i].ask);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CU_ASSERT_FALSE(slots_redirect(str_z(bad[i]), &r));
	memset(text, ':', sizeof text);
	memcpy(text, "MOVED 1 ", 8);
	CU_ASSERT_FALSE(slots_redirect((cdt_str){ text, sizeof text }, &r));
}

static void waits_longer_each_time(void)
{
	static const uint32_t middle[] = { 100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000 };

	for (unsigned i = 0; i < sizeof middle / sizeof *middle; i++)
		for (uint32_t random = 0; random < 70000; random += 7) {
			uint32_t ms = backoff_ms(i, random * 61);

			CU_ASSERT_FATAL(ms >= middle[i] - middle[i] / 4);
			CU_ASSERT_FATAL(ms <= middle[i] + middle[i] / 4 + 1);
		}
	CU_ASSERT(backoff_ms(4000000000u, 0) >= 7500);
}

/* --- news --- */

struct bench { struct cdt_host host; uint64_t now_ms; unsigned lines; char last[512]; };

static uint64_t now_ms(const struct cdt_host *h)
{
	return ((const struct bench *)(const void *)h)->now_ms;
}

static void note(const struct cdt_host *h, uint32_t level, const char *line)
{
	struct bench *b = (struct bench *)(uintptr_t)h;

	(void)level;
	b->lines++;
	(void)snprintf(b->last, sizeof b->last, "%s", line);
}

static void tells_once_that_a_server_is_away(void)
{
	struct bench b = { .host = { .size = sizeof b.host, .log = note, .now_ms = now_ms },
	                   .now_ms = 1000 };
	struct place at = { "h", 1 }, other = { "h", 2 };
	struct news *n = news_new(&b.host);

	news_away(n, &at, "why");
	CU_ASSERT_STRING_EQUAL(b.last, "h:1 is away, requests go on without it: why");
	news_away(n, &at, "why");                          /* another worker */
	CU_ASSERT_EQUAL(b.lines, 1);
	news_back(n, &at);
	CU_ASSERT_EQUAL(b.lines, 1);
	news_back(n, &at);
	CU_ASSERT_STRING_EQUAL(b.last, "h:1 is back");
	news_away(n, &at, "again");                        /* flaps */
	news_back(n, &at);
	CU_ASSERT_EQUAL(b.lines, 2);
	news_away(n, &at, "still");
	b.now_ms += 4900;
	news_tick(n);
	CU_ASSERT_EQUAL(b.lines, 2);
	b.now_ms += 200;
	news_tick(n);
	news_tick(n);
	CU_ASSERT_EQUAL(b.lines, 3);
	CU_ASSERT_STRING_EQUAL(b.last, "h:1 is away, requests go on without it: still");
	news_away(n, &other, "too");
	CU_ASSERT_EQUAL(b.lines, 4);
	news_forget(n, &other);
	news_back(n, &other);
	CU_ASSERT_EQUAL(b.lines, 4);
	news_free(n);
	news_free(NULL);
}

static const struct unit_test tests[] = {
	{ "reads addresses", reads_addresses },
	{ "refuses hosts that are too long", refuses_hosts_that_are_too_long },
	{ "reads URLs", reads_urls },
	{ "knows the slots of keys", knows_the_slots_of_keys },
	{ "follows redirects", follows_redirects },
	{ "waits longer each time", waits_longer_each_time },
	{ "tells once that a server is away", tells_once_that_a_server_is_away },
	{ NULL, NULL },
};
const struct unit_suite plugins_redis_suite = { "plugins/redis", tests };

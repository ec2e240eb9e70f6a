/* unit/http/listen_test.c - listening sockets: options, ports, unix sockets, errors.
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "unit/http/front.h"

#define ASK "GET /u HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

static int option(int fd, int level, int name)
{
	int v = -1;
	socklen_t n = sizeof v;

	(void)getsockopt(fd, level, name, &v, &n);
	return v;
}

static void a_socket_is_ready_for_many_workers_and_short_writes(void)
{
	static const char *const addresses[] = { "127.0.0.1", "localhost", "[::1]", "*" };

	for (size_t i = 0; i < 4; i++) {
		char why[128];
		int fd = http_listen(addresses[i], 0, why), second;

		if (fd < 0 && i == 2)
			continue;               /* a machine without IPv6 */
		CU_ASSERT_TRUE_FATAL(fd >= 0);
		CU_ASSERT_TRUE(http_port_of(fd) > 0);
		CU_ASSERT_EQUAL(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
		CU_ASSERT_EQUAL(option(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
		second = http_listen(addresses[i], http_port_of(fd), why);
		CU_ASSERT_TRUE(second >= 0);
		close(second);
		close(fd);
	}
}

static void what_cannot_be_listened_on_is_explained(void)
{
	static const struct { const char *address; unsigned port; const char *why; } rows[] = {
		{ "192.0.2.1", 0, "bind: " }, { "127.0.0.1", 70000, "no such" },
		{ "not a host", 0, "not a host: " }, { "unix:/nonexistent/x/y", 0, "bind: " },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char why[128] = "";

		CU_ASSERT_EQUAL(http_listen(rows[i].address, rows[i].port, why), -1);
		CU_ASSERT_EQUAL(strncmp(why, rows[i].why, strlen(rows[i].why)), 0);
	}
}

static void a_unix_socket_serves_its_owner_only(void)
{
	struct front f;
	struct heard h = { .text = NULL };
	char *dir = unit_dir_new(), address[256];
	struct stat st;

	(void)snprintf(address, sizeof address, "unix:%s/s", dir);
	front_init(&f);
	f.address = address;
	front_start(&f);
	CU_ASSERT_EQUAL(stat(address + 5, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	CU_ASSERT_TRUE(ask(&f, ASK, &h));
	CU_ASSERT_EQUAL(times(&h, "peer=unix "), 1);
	heard_fini(&h);
	front_stop(&f);
	unit_dir_drop(dir);
}

static void a_unix_socket_left_from_a_crash_is_replaced_a_live_one_is_not(void)
{
	char *dir = unit_dir_new(), address[256], why[128];
	int fd, other;

	(void)snprintf(address, sizeof address, "unix:%s/s", dir);
	fd = http_listen(address, 0, why);
	CU_ASSERT_TRUE(fd >= 0);
	CU_ASSERT_EQUAL(http_listen(address, 0, why), -1);
	close(fd);
	other = http_listen(address, 0, why);
	CU_ASSERT_TRUE(other >= 0);
	close(other);
	unit_dir_drop(dir);
}

static const struct unit_test tests[] = {
	{ "a socket is ready for many workers and short writes",
	  a_socket_is_ready_for_many_workers_and_short_writes },
	{ "what cannot be listened on is explained", what_cannot_be_listened_on_is_explained },
	{ "a unix socket serves its owner only", a_unix_socket_serves_its_owner_only },
	{ "a unix socket left from a crash is replaced, a live one is not",
	  a_unix_socket_left_from_a_crash_is_replaced_a_live_one_is_not },
	{ NULL, NULL },
};
const struct unit_suite http_listen_suite = { "http/listen", tests };

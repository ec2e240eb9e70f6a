/* Where the admin token comes from.
 * SPDX-License-Identifier: MIT */
#include "admin/admin.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "unit/unit.h"

static void write_file(const char *dir, const char *text)
{
	char path[4096];
	int fd;

	(void)snprintf(path, sizeof path, "%s/admin.token", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	CU_ASSERT_EQUAL(close(fd), 0);
}

static void the_configured_token_wins(void)
{
	char *dir = unit_dir_new(), why[256] = "";
	struct secret *given = secret_new(CDT_STR("a token of the configuration"));
	struct config c = { .state_dir = dir, .admin_token = given };
	struct secret *s;

	write_file(dir, "a token that stands in the file");
	s = admin_token_open(&c, why);
	CU_ASSERT(str_is(secret_bytes(s), "a token of the configuration"));
	secret_free(s);
	secret_free(given);
	unit_dir_drop(dir);
}

static void a_token_is_made_once_and_only_we_may_read_it(void)
{
	char *dir = unit_dir_new(), why[256] = "", path[4096];
	struct config c = { .state_dir = dir };
	struct secret *first = admin_token_open(&c, why), *second = admin_token_open(&c, why);
	struct stat about;

	CU_ASSERT_EQUAL(secret_bytes(first).n, 43);
	CU_ASSERT(str_eq(secret_bytes(first), secret_bytes(second)));
	(void)snprintf(path, sizeof path, "%s/admin.token", dir);
	CU_ASSERT_EQUAL(stat(path, &about), 0);
	CU_ASSERT_EQUAL(about.st_mode & 0777, 0600);
	CU_ASSERT_EQUAL(about.st_size, 44);
	(void)snprintf(path, sizeof path, "%s/admin.token.new", dir);
	CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
	secret_free(first);
	secret_free(second);
	unit_dir_drop(dir);
}

static void two_folders_get_two_tokens(void)
{
	char *one = unit_dir_new(), *two = unit_dir_new(), why[256] = "";
	struct config a = { .state_dir = one }, b = { .state_dir = two };
	struct secret *first = admin_token_open(&a, why), *second = admin_token_open(&b, why);

	CU_ASSERT(!str_eq(secret_bytes(first), secret_bytes(second)));
	secret_free(first);
	secret_free(second);
	unit_dir_drop(one);
	unit_dir_drop(two);
}

static void files_that_can_not_be_right_are_refused(void)
{
	static const struct { const char *text, *why; } rows[] = {
		{ "", "must hold one line" }, { "\n", "must hold one line" },
		{ "short\n", "must hold one line" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *dir = unit_dir_new(), why[256] = "";
		struct config c = { .state_dir = dir };

		write_file(dir, rows[i].text);
		CU_ASSERT_PTR_NULL(admin_token_open(&c, why));
		CU_ASSERT_PTR_NOT_NULL(strstr(why, rows[i].why));
		unit_dir_drop(dir);
	}
}

static void a_link_or_a_missing_folder_is_told(void)
{
	char *dir = unit_dir_new(), why[256] = "", path[4096];
	struct config c = { .state_dir = dir }, nowhere = { .state_dir = "/nonexistent/state" };

	(void)snprintf(path, sizeof path, "%s/admin.token", dir);
	CU_ASSERT_EQUAL(symlink("/etc/hostname", path), 0);
	CU_ASSERT_PTR_NULL(admin_token_open(&c, why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "can not open"));
	CU_ASSERT_PTR_NULL(admin_token_open(&nowhere, why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "can not make"));
	unit_dir_drop(dir);
}

static const struct unit_test tests[] = {
	{ "the configured token wins", the_configured_token_wins },
	{ "a token is made once, and only we may read it",
	  a_token_is_made_once_and_only_we_may_read_it },
	{ "two folders get two tokens", two_folders_get_two_tokens },
	{ "files that can not be right are refused", files_that_can_not_be_right_are_refused },
	{ "a link or a missing folder is told", a_link_or_a_missing_folder_is_told },
	{ NULL, NULL },
};
const struct unit_suite admin_token_suite = { "admin/token", tests };

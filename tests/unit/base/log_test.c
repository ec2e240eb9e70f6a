/* unit/base/log_test.c - lines, read back from a pipe.
 * SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "unit/unit.h"

struct tap { int ends[2]; char text[8192]; };

static void tap_open(struct tap *t)
{
	CU_ASSERT_EQUAL_FATAL(pipe2(t->ends, O_NONBLOCK | O_CLOEXEC), 0);
	log_set_fd(t->ends[1]);
}

/* All that was written so far. */
static cdt_str tap_read(struct tap *t)
{
	ssize_t n = read(t->ends[0], t->text, sizeof t->text);

	return str_from(t->text, n < 0 ? 0 : (size_t)n);
}

static void tap_close(struct tap *t)
{
	log_set_fd(-1);
	CU_ASSERT_TRUE(log_set_levels("info"));
	(void)close(t->ends[0]);
	(void)close(t->ends[1]);
}

static void a_line_has_time_level_room_text_and_id(void)
{
	struct tap t;
	cdt_str line;

	tap_open(&t);
	log_warn(LOG_ROUTER, "01ABC", "target cooling down for_ms=%d", 5);
	line = tap_read(&t);
	CU_ASSERT_TRUE(str_is(str_skip(line, 24),
	                      " warn  router  target cooling down for_ms=5 x=01ABC\n"));
	CU_ASSERT_EQUAL(line.p[10], 'T');
	CU_ASSERT_EQUAL(line.p[23], 'Z');
	log_error(LOG_UPSTREAM, NULL, "x");
	CU_ASSERT_TRUE(str_is(str_skip(tap_read(&t), 24), " error upstream x\n"));
	tap_close(&t);
}

static void peers_can_not_forge_lines(void)
{
	struct tap t;

	tap_open(&t);
	log_info(LOG_HTTP, "a\nb", "%s", "one\r\ntwo\x1b[31m\x7f \xc3\xa4");
	CU_ASSERT_TRUE(str_is(str_skip(tap_read(&t), 24),
	                      " info  http    one??two?[31m? \xc3\xa4 x=a?b\n"));
	tap_close(&t);
}

static void long_lines_are_cut_and_keep_their_id(void)
{
	struct tap t;
	cdt_str line;
	char big[5000];

	memset(big, 'y', sizeof big);
	big[sizeof big - 1] = '\0';
	tap_open(&t);
	log_info(LOG_APP, "ID", "%s", big);
	line = tap_read(&t);
	CU_ASSERT_TRUE(line.n <= 2048);
	CU_ASSERT_TRUE(line.n > 2000);
	CU_ASSERT_TRUE(str_ends(line, "y x=ID\n"));
	tap_close(&t);
}

static void levels_are_set_for_all_or_for_a_room(void)
{
	struct tap t;

	tap_open(&t);
	CU_ASSERT_TRUE(log_set_levels("warn,router=debug, http=error"));
	CU_ASSERT_FALSE(log_enabled(LOG_APP, CDT_LOG_INFO));
	CU_ASSERT_TRUE(log_enabled(LOG_APP, CDT_LOG_WARN));
	CU_ASSERT_TRUE(log_enabled(LOG_ROUTER, CDT_LOG_DEBUG));
	CU_ASSERT_FALSE(log_enabled(LOG_HTTP, CDT_LOG_WARN));
	CU_ASSERT_STRING_EQUAL(log_room_name(LOG_ROUTER), "router");
	CU_ASSERT_STRING_EQUAL(log_level_name(LOG_ROUTER), "debug");
	CU_ASSERT_STRING_EQUAL(log_level_name(LOG_APP), "warn");
	CU_ASSERT_TRUE(log_levels_ok("debug"));
	CU_ASSERT_STRING_EQUAL(log_level_name(LOG_APP), "warn");
	log_info(LOG_APP, NULL, "no");
	log_warn(LOG_HTTP, NULL, "no");
	log_debug(LOG_ROUTER, NULL, "yes");
	CU_ASSERT_TRUE(str_is(str_skip(tap_read(&t), 24), " debug router  yes\n"));
	CU_ASSERT_TRUE(log_set_levels("debug"));
	CU_ASSERT_TRUE(log_enabled(LOG_HTTP, CDT_LOG_DEBUG));
	tap_close(&t);
}

static void what_is_not_understood_changes_nothing(void)
{
	static const char *const bad[] = {
		"", "loud", "router", "router=", "nobody=info", "info,router=loud",
		"debug,,info", "=info", "info=router",
	};

	CU_ASSERT_TRUE(log_set_levels("error"));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CU_ASSERT_FALSE(log_set_levels(bad[i]) || log_levels_ok(bad[i]));
	CU_ASSERT_FALSE(log_enabled(LOG_APP, CDT_LOG_WARN));
	CU_ASSERT_TRUE(log_set_levels("info"));
	CU_ASSERT_TRUE(log_enabled(LOG_APP, CDT_LOG_INFO));
}

static const struct unit_test tests[] = {
	{ "a line has time, level, room, text and id", a_line_has_time_level_room_text_and_id },
	{ "peers can not forge lines", peers_can_not_forge_lines },
	{ "long lines are cut and keep their id", long_lines_are_cut_and_keep_their_id },
	{ "levels are set for all or for a room", levels_are_set_for_all_or_for_a_room },
	{ "what is not understood changes nothing", what_is_not_understood_changes_nothing },
	{ NULL, NULL },
};
const struct unit_suite base_log_suite = { "base/log", tests };

/* How long sessions last, and that there are never too many.
 * SPDX-License-Identifier: MIT */
#include "admin/web/session.h"

#include <string.h>

#include "base/str.h"
#include "unit/unit.h"

enum { NOW = 1000 };

static cdt_str text_of(const char id[SESSION_SIZE])
{
	return str_from(id, SESSION_TEXT);
}

static void it_is_found_by_its_id_only(void)
{
	struct sessions *all = sessions_new();
	char a[SESSION_SIZE], b[SESSION_SIZE];
	struct session *s;

	CU_ASSERT_PTR_NULL(session_use(all, CDT_STR("none at all"), NOW));
	s = session_begin(all, ROLE_VIEWER, NOW, a);
	CU_ASSERT(s->role == ROLE_VIEWER);
	CU_ASSERT(session_begin(all, ROLE_ADMIN, NOW, b) != s);
	CU_ASSERT(session_use(all, text_of(a), NOW) == s);
	CU_ASSERT(strcmp(a, b) && strlen(a) == SESSION_TEXT && strcmp(a, s->csrf));
	CU_ASSERT_PTR_NULL(session_use(all, str_from(a, SESSION_TEXT - 1), NOW));
	a[0]++;
	CU_ASSERT_PTR_NULL(session_use(all, text_of(a), NOW));
	sessions_free(all);
	sessions_free(NULL);
}

static void use_keeps_it_for_twelve_hours_more(void)
{
	struct sessions *all = sessions_new();
	char id[SESSION_SIZE];
	uint64_t now = NOW;
	struct session *s = session_begin(all, ROLE_ADMIN, now, id);

	CU_ASSERT(session_left_ms(s, now) == SESSION_IDLE_MS);
	for (int i = 0; i < 10; i++) {
		now += SESSION_IDLE_MS - 1;
		CU_ASSERT_PTR_NOT_NULL(session_use(all, text_of(id), now));
	}
	CU_ASSERT_PTR_NULL(session_use(all, text_of(id), now + SESSION_IDLE_MS));
	CU_ASSERT_PTR_NULL(session_use(all, text_of(id), now));        /* it is over for good */
	sessions_free(all);
}

static void nothing_keeps_it_past_seven_days(void)
{
	struct sessions *all = sessions_new();
	char id[SESSION_SIZE];
	struct session *s = session_begin(all, ROLE_ADMIN, NOW, id);
	uint64_t end = NOW + SESSION_LIFE_MS;

	for (uint64_t now = NOW; now < end; now += SESSION_IDLE_MS / 2)
		CU_ASSERT_PTR_NOT_NULL(session_use(all, text_of(id), now));
	CU_ASSERT(session_left_ms(s, end - 5) == 5);
	CU_ASSERT(session_lasts(all, s->number, end - 1));
	CU_ASSERT(!session_lasts(all, s->number, end));
	CU_ASSERT_PTR_NULL(session_use(all, text_of(id), end));
	sessions_free(all);
}

static void the_one_used_longest_ago_makes_room(void)
{
	struct sessions *all = sessions_new();
	char first[SESSION_SIZE], second[SESSION_SIZE], id[SESSION_SIZE];

	session_begin(all, ROLE_ADMIN, NOW, first);
	session_begin(all, ROLE_ADMIN, NOW + 1, second);
	for (int i = 2; i < SESSIONS_MAX; i++)
		session_begin(all, ROLE_ADMIN, NOW + 2, id);
	CU_ASSERT_PTR_NOT_NULL(session_use(all, text_of(first), NOW + 3));
	session_begin(all, ROLE_ADMIN, NOW + 4, id);
	CU_ASSERT_PTR_NOT_NULL(session_use(all, text_of(first), NOW + 5));
	CU_ASSERT_PTR_NULL(session_use(all, text_of(second), NOW + 5));
	sessions_free(all);
}

static void viewers_make_room_before_admins(void)
{
	struct sessions *all = sessions_new();
	char admin[SESSION_SIZE], id[SESSION_SIZE], newest[SESSION_SIZE];

	session_begin(all, ROLE_ADMIN, NOW, admin);
	for (int i = 0; i < 2 * SESSIONS_MAX; i++)
		session_begin(all, ROLE_VIEWER, NOW + 1, id);
	session_begin(all, ROLE_ADMIN, NOW + 2, newest);
	CU_ASSERT_PTR_NOT_NULL(session_use(all, text_of(admin), NOW + 3));
	CU_ASSERT_PTR_NOT_NULL(session_use(all, text_of(newest), NOW + 3));
	sessions_free(all);
}

static void one_that_is_over_makes_room_first(void)
{
	struct sessions *all = sessions_new();
	char old[SESSION_SIZE], id[SESSION_SIZE];
	uint64_t later = NOW + SESSION_IDLE_MS - 1;

	for (int i = 1; i < SESSIONS_MAX; i++)
		session_begin(all, ROLE_ADMIN, later, i == 1 ? old : id);
	session_begin(all, ROLE_ADMIN, NOW, id);
	session_begin(all, ROLE_ADMIN, later + 1, id);
	CU_ASSERT_PTR_NOT_NULL(session_use(all, text_of(old), later + 1));
	sessions_free(all);
}

static void a_role_ends_at_once_and_numbers_do_not_come_back(void)
{
	struct sessions *all = sessions_new();
	char a[SESSION_SIZE], v[SESSION_SIZE], id[SESSION_SIZE];
	uint64_t admin = session_begin(all, ROLE_ADMIN, NOW, a)->number;
	uint64_t viewer = session_begin(all, ROLE_VIEWER, NOW, v)->number;

	CU_ASSERT(!session_lasts(all, 0, NOW));
	sessions_end_role(all, ROLE_VIEWER);
	CU_ASSERT_PTR_NULL(session_use(all, text_of(v), NOW));
	CU_ASSERT(!session_lasts(all, viewer, NOW) && session_lasts(all, admin, NOW));
	CU_ASSERT(session_begin(all, ROLE_VIEWER, NOW, id)->number > viewer);
	CU_ASSERT(!session_lasts(all, viewer, NOW));
	sessions_free(all);
}

static const struct unit_test tests[] = {
	{ "it is found by its id only", it_is_found_by_its_id_only },
	{ "use keeps it for twelve hours more", use_keeps_it_for_twelve_hours_more },
	{ "nothing keeps it past seven days", nothing_keeps_it_past_seven_days },
	{ "the one used longest ago makes room", the_one_used_longest_ago_makes_room },
	{ "viewers make room before admins", viewers_make_room_before_admins },
	{ "one that is over makes room first", one_that_is_over_makes_room_first },
	{ "a role ends at once, and numbers do not come back",
	  a_role_ends_at_once_and_numbers_do_not_come_back },
	{ NULL, NULL },
};
const struct unit_suite admin_session_suite = { "admin/session", tests };

/* The zones of the process, each read once.
 * SPDX-License-Identifier: MIT */
#include "ledger/zones.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/str.h"
#include "unit/ledger/rig.h"
#include "unit/unit.h"

static void use(const char *dir)
{
	CU_ASSERT_EQUAL(setenv("TZDIR", dir, 1), 0);
}

static void use_rig(void)
{
	char dir[RIG_PATH_SIZE];

	use(rig_path("", dir));
}

static void a_zone_is_read_once(void)
{
	const struct zone *one = NULL, *two = NULL;

	use_rig();
	CU_ASSERT_EQUAL(zones_find(CDT_STR("America/New_York"), &one), CDT_OK);
	use("/nowhere");
	CU_ASSERT_EQUAL(zones_find(CDT_STR("America/New_York"), &two), CDT_OK);
	CU_ASSERT(one && one == two);
	CU_ASSERT_PTR_EQUAL(zones_stored(CDT_STR("America/New_York")), one);
	CU_ASSERT_EQUAL(zone_offset(one, 1720000000), -4 * 3600);
	CU_ASSERT_EQUAL(zones_find(CDT_STR("UTC"), &two), CDT_OK);
	CU_ASSERT_PTR_EQUAL(two, zone_utc());
	use_rig();
}

static void what_is_no_zone_is_told_apart(void)
{
	const struct zone *z = NULL;

	use_rig();
	CU_ASSERT_EQUAL(zones_find(CDT_STR("Europe/Atlantis"), &z), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(zones_find(CDT_STR("../x"), &z), CDT_E_INVALID);
	CU_ASSERT_EQUAL(zones_find(CDT_STR("Europe"), &z), CDT_E_UNSUPPORTED);
	CU_ASSERT_PTR_NULL(z);
}

static void a_stored_zone_without_its_file_is_utc(void)
{
	const struct zone *z = NULL;
	char *dir = unit_dir_new();
	char path[512];
	struct buf bytes;
	FILE *f;

	use(dir);
	CU_ASSERT_PTR_EQUAL(zones_stored(CDT_STR("Gone")), zone_utc());
	CU_ASSERT_PTR_EQUAL(zones_stored(CDT_STR("Gone")), zone_utc());
	CU_ASSERT_PTR_EQUAL(zones_stored(CDT_STR("UTC")), zone_utc());
	CU_ASSERT_EQUAL(zones_find(CDT_STR("Gone"), &z), CDT_E_ABSENT);
	rig_read("Europe/London", &bytes);
	(void)snprintf(path, sizeof path, "%s/Gone", dir);
	f = fopen(path, "we");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
	CU_ASSERT_EQUAL(fclose(f), 0);
	CU_ASSERT_PTR_EQUAL(zones_stored(CDT_STR("Gone")), zone_utc());
	CU_ASSERT_EQUAL(zones_find(CDT_STR("Gone"), &z), CDT_OK);
	CU_ASSERT_PTR_NOT_EQUAL(z, zone_utc());
	CU_ASSERT_PTR_EQUAL(zones_stored(CDT_STR("Gone")), z);
	buf_fini(&bytes);
	unit_dir_drop(dir);
	use_rig();
}

static void the_nearest_name_is_found(void)
{
	static const struct { const char *wanted, *near; } cases[] = {
		{ "Europe/Berln", "Europe/Berlin" }, { "europe/berlin", "Europe/Berlin" },
		{ "Berlin", "Europe/Berlin" }, { "utc", "UTC" }, { "Mars/Phobos", "" },
		{ "America/New York", "America/New_York" }, { "", "" }, { "X", "" },
	};
	static const char tab[] = "# a comment\tx\tBerlin\nDE\t+5230+01322\tEurope/Berlin\tmost\n"
	                          "US\t+404251-0740023\tAmerica/New_York\nshort\n\n";
	char *dir = unit_dir_new();
	char path[512], near[ZONE_NAME_MAX + 1];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/zone.tab", dir);
	f = fopen(path, "we");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(tab, f);
	CU_ASSERT_EQUAL(fclose(f), 0);
	use(dir);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool found;

		near[0] = '\0';
		found = zones_nearest(str_z(cases[i].wanted), near);
		CU_ASSERT_EQUAL(found, cases[i].near[0] != '\0');
		CU_ASSERT_STRING_EQUAL(near, cases[i].near);
	}
	unit_dir_drop(dir);
	use_rig();
}

static const struct unit_test tests[] = {
	{ "a zone is read once", a_zone_is_read_once },
	{ "what is no zone is told apart", what_is_no_zone_is_told_apart },
	{ "a stored zone without its file is UTC", a_stored_zone_without_its_file_is_utc },
	{ "the nearest name is found", the_nearest_name_is_found },
	{ NULL, NULL },
};
const struct unit_suite ledger_zones_suite = { "ledger/zones", tests };

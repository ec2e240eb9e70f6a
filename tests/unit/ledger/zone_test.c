/* unit/ledger/zone_test.c - zones from files, good ones and others.  When their days begin is
 * period_test.c's.
 * SPDX-License-Identifier: MIT */
#include "ledger/zone.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "unit/ledger/rig.h"
#include "unit/unit.h"

static cdt_status load(const char *name)
{
	char dir[RIG_PATH_SIZE];
	struct zone *z = NULL;
	cdt_status st = zone_load(rig_path("", dir), str_z(name), &z);

	CU_ASSERT((st == CDT_OK) == (z != NULL));
	zone_free(z);
	return st;
}

static void zones_are_found_by_name(void)
{
	CU_ASSERT_EQUAL(load("Europe/London"), CDT_OK);
	CU_ASSERT_EQUAL(load("UTC"), CDT_OK);
	CU_ASSERT_EQUAL(load("Europe/Atlantis"), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(load("utc"), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(load("Europe"), CDT_E_UNSUPPORTED);
	CU_ASSERT_EQUAL(load("Europe/London/"), CDT_E_ABSENT);
}

static void utc_needs_no_file(void)
{
	struct zone *z = NULL;

	CU_ASSERT_EQUAL_FATAL(zone_load("/nowhere", CDT_STR("UTC"), &z), CDT_OK);
	CU_ASSERT_EQUAL(zone_offset(z, 1700000000), 0);
	CU_ASSERT_EQUAL(zone_midnight(z, 20000), 20000 * INT64_C(86400));
	CU_ASSERT_EQUAL(zone_offset(zone_utc(), 1700000000), 0);
	CU_ASSERT_EQUAL(zone_midnight(zone_utc(), -1), -86400);
	zone_free(z);
	zone_free(NULL);
}

static void names_can_not_leave_their_folder(void)
{
	static const char *const bad[] = {
		"", "/etc/passwd", "/", "..", "../London", "Europe/../London", ".", "Europe/./London",
		"Europe\\London", "Europe London", "Europe/London\n", "Z\xc3\xbcrich", "a:b", "%2e",
		"A2345678901234567890123456789012345678901234567890123456789012345",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		CU_ASSERT_FALSE(zone_name_ok(str_z(bad[i])));
		CU_ASSERT_EQUAL(load(bad[i]), CDT_E_INVALID);
	}
	CU_ASSERT_FALSE(zone_name_ok(str_from("UTC\0", 4)));
	CU_ASSERT_TRUE(zone_name_ok(CDT_STR("Etc/GMT+5")));
	CU_ASSERT_TRUE(zone_name_ok(CDT_STR("America/Argentina/Buenos_Aires")));
	CU_ASSERT_TRUE(zone_name_ok(CDT_STR("America/Port-au-Prince")));
}

/* A copy of exactly those bytes: a sanitizer sees what reads past them. */
static cdt_status parse(cdt_str s, struct zone **z)
{
	char *copy = mem_resize(NULL, s.n ? s.n : 1);
	cdt_status st;

	memcpy(copy, s.p, s.n);
	st = zone_parse(str_from(copy, s.n), z);
	mem_free(copy);
	return st;
}

static void files_that_are_cut_off_are_refused(void)
{
	struct zone *z = NULL;
	struct buf file;

	rig_read("Asia/Beirut", &file);
	for (size_t n = 0; n < buf_str(&file).n; n++)
		CU_ASSERT_EQUAL(parse(str_from(buf_str(&file).p, n), &z), CDT_E_UNSUPPORTED);
	CU_ASSERT_EQUAL(parse(buf_str(&file), &z), CDT_OK);
	zone_free(z);
	buf_fini(&file);
}

/* One byte of a file with two changes is another one. */
static const char two[] =
	"TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
	"\0\0\0\0\0\0UTC\0"
	"TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2\0\0\0\2\0\0\0\4"
	"\0\0\0\0\0\0\0\x64" "\0\0\0\0\0\0\0\xc8" "\1\0" "\0\0\0\0\0\0" "\0\0\x0e\x10\1\0" "ABC\0"
	"\n\n";
enum { SECOND = 54, TIMES = SECOND + 44, NUMBERS = TIMES + 16, TYPES = NUMBERS + 2 };

static const struct { size_t at; char byte; cdt_status st; } broken[] = {
	{ 4, '2', CDT_OK }, { SECOND + 4, '4', CDT_OK }, { TIMES, '\x80', CDT_OK },
	{ 0, 'U', CDT_E_UNSUPPORTED }, { 4, 0, CDT_E_UNSUPPORTED },
	{ 20, 1, CDT_E_UNSUPPORTED }, { 31, 1, CDT_E_UNSUPPORTED },
	{ 32, 127, CDT_E_UNSUPPORTED }, { 36, '\xff', CDT_E_UNSUPPORTED },
	{ SECOND, 'U', CDT_E_UNSUPPORTED }, { SECOND + 4, '1', CDT_E_UNSUPPORTED },
	{ SECOND + 31, 1, CDT_E_UNSUPPORTED },                 /* leap seconds */
	{ SECOND + 32, '\xff', CDT_E_UNSUPPORTED }, { SECOND + 35, 3, CDT_E_UNSUPPORTED },
	{ SECOND + 38, 1, CDT_E_UNSUPPORTED }, { SECOND + 39, 0, CDT_E_UNSUPPORTED },
	{ SECOND + 43, 5, CDT_E_UNSUPPORTED },
	{ TIMES + 15, 100, CDT_E_UNSUPPORTED },                /* not after the one before */
	{ NUMBERS, 2, CDT_E_UNSUPPORTED },                     /* no such type */
	{ TYPES, 1, CDT_E_UNSUPPORTED }, { TYPES, '\x80', CDT_E_UNSUPPORTED },
	{ sizeof two - 3, 'A', CDT_E_UNSUPPORTED }, { sizeof two - 2, 'A', CDT_E_UNSUPPORTED },
};

static void files_with_wrong_numbers_are_refused(void)
{
	struct zone *z = NULL;
	char copy[sizeof two];

	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		memcpy(copy, two, sizeof two);
		copy[broken[i].at] = broken[i].byte;
		CU_ASSERT_EQUAL(parse(str_from(copy, sizeof two - 1), &z), broken[i].st);
		if (broken[i].st == CDT_OK)
			zone_free(z);
	}
}

static void a_zone_without_rule_stays_as_it_is(void)
{
	struct zone *z = NULL;

	CU_ASSERT_EQUAL_FATAL(parse(str_from(two, sizeof two - 1), &z), CDT_OK);
	CU_ASSERT_EQUAL(zone_offset(z, INT64_MIN), 0);
	CU_ASSERT_EQUAL(zone_offset(z, 99), 0);
	CU_ASSERT_EQUAL(zone_offset(z, 100), 3600);
	CU_ASSERT_EQUAL(zone_offset(z, 199), 3600);
	CU_ASSERT_EQUAL(zone_offset(z, 200), 0);
	CU_ASSERT_EQUAL(zone_offset(z, INT64_MAX), 0);
	zone_free(z);
}

static void feet_must_be_rules(void)
{
	static const struct { cdt_str foot; cdt_status st; } cases[] = {
		{ CDT_STR("\nCET-1CEST,M3.5.0,M10.5.0/3\n"), CDT_OK }, { CDT_STR("\n\n"), CDT_OK },
		{ CDT_STR("\n"), CDT_E_UNSUPPORTED }, { CDT_STR(""), CDT_E_UNSUPPORTED },
		{ CDT_STR("\nCET-1CEST\n"), CDT_E_UNSUPPORTED }, { CDT_STR("\nCET-1"), CDT_E_UNSUPPORTED },
		{ CDT_STR("\nCET-1\n\n"), CDT_E_UNSUPPORTED }, { CDT_STR("CET-1\n"), CDT_E_UNSUPPORTED },
		{ CDT_STR("\nCET-1\0\n"), CDT_E_UNSUPPORTED },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct zone *z = NULL;
		struct buf file;

		rig_tzif(cases[i].foot, &file);
		CU_ASSERT_EQUAL(parse(buf_str(&file), &z), cases[i].st);
		zone_free(z);
		buf_fini(&file);
	}
}

static void files_have_a_longest_size(void)
{
	char *dir = unit_dir_new(), path[512];
	struct zone *z = NULL;
	struct buf file;
	FILE *f;

	rig_read("Europe/London", &file);
	(void)snprintf(path, sizeof path, "%s/Long", dir);
	f = fopen(path, "wb");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (size_t n = 0; n <= ZONE_FILE_MAX; n += buf_str(&file).n)
		(void)fwrite(buf_str(&file).p, 1, buf_str(&file).n, f);
	(void)fclose(f);
	CU_ASSERT_EQUAL(zone_load(dir, CDT_STR("Long"), &z), CDT_E_UNSUPPORTED);
	(void)snprintf(path, sizeof path, "%s/Pipe", dir);
	CU_ASSERT_EQUAL_FATAL(mkfifo(path, 0600), 0);
	CU_ASSERT_EQUAL(zone_load(dir, CDT_STR("Pipe"), &z), CDT_E_UNSUPPORTED);
	buf_fini(&file);
	unit_dir_drop(dir);
}

static unsigned seen, refused;

static int visit(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	const char *name = path + strlen(ZONE_DIR) + 1;
	struct zone *z = NULL;
	char magic[5] = "";
	FILE *f;

	(void)st, (void)ftw;
	/* "right" counts leap seconds; the rest of what is no zone does not begin like one. */
	if (flag != FTW_F || !strncmp(name, "right/", 6) || !(f = fopen(path, "rb")))
		return 0;
	if (fread(magic, 1, 4, f) == 4 && !strcmp(magic, "TZif")) {
		seen++;
		refused += zone_load(ZONE_DIR, str_z(name), &z) != CDT_OK;
	}
	(void)fclose(f);
	zone_free(z);
	return 0;
}

static void every_zone_of_the_system_can_be_read(void)
{
	seen = refused = 0;
	CU_ASSERT_EQUAL(nftw(ZONE_DIR, visit, 16, 0), 0);
	CU_ASSERT(seen > 300);
	CU_ASSERT_EQUAL(refused, 0);
}

static const struct unit_test tests[] = {
	{ "zones are found by name", zones_are_found_by_name },
	{ "UTC needs no file", utc_needs_no_file },
	{ "names can not leave their folder", names_can_not_leave_their_folder },
	{ "files that are cut off are refused", files_that_are_cut_off_are_refused },
	{ "files with wrong numbers are refused", files_with_wrong_numbers_are_refused },
	{ "a zone without rule stays as it is", a_zone_without_rule_stays_as_it_is },
	{ "feet must be rules", feet_must_be_rules },
	{ "files have a longest size", files_have_a_longest_size },
	{ "every zone of the system can be read", every_zone_of_the_system_can_be_read },
	{ NULL, NULL }
};
const struct unit_suite ledger_zone_suite = { "ledger/zone", tests };

/* ledger/zone.c - reads TZif files (RFC 8536) and answers from them.  Files are not trusted:
 * every count is checked against the bytes that are there.
 * SPDX-License-Identifier: MIT */
#include "ledger/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bigend.h"
#include "base/mem.h"
#include "base/str.h"
#include "ledger/tzrule.h"

enum { DAY_S = 86400 };
enum { HEAD_BYTES = 44, COUNTS_AT = 20, TYPE_BYTES = 6, TYPES_MAX = 256 };

struct change { int64_t at_s; int32_t offset_s; };

struct zone {
	int32_t first_offset_s;        /* before the first change */
	bool has_rule;                 /* how it goes on after the last */
	struct tzrule rule;
	size_t count;
	struct change *changes;        /* ascending */
};

/* From one change to the next. */
struct stretch { int32_t offset_s; int64_t until_s; };

static const struct zone utc;

/* --- bytes --- */

/* Cuts n bytes off; NULL when there are fewer. */
static const char *take(cdt_str *s, uint64_t n)
{
	const char *p = s->p;

	if (s->n < n)
		return NULL;
	*s = str_skip(*s, (size_t)n);
	return p;
}

/* In the order of the file. */
struct counts { uint64_t ut, std, leap, time, type, abbreviation; };

static bool read_head(cdt_str *s, struct counts *c)
{
	const char *p = take(s, HEAD_BYTES);

	if (!p || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
		return false;
	p += COUNTS_AT;
	*c = (struct counts){ big_get(p, 4), big_get(p + 4, 4), big_get(p + 8, 4),
		big_get(p + 12, 4), big_get(p + 16, 4), big_get(p + 20, 4) };
	return true;
}

/* The first half of a file repeats the second with times of 32 bits. */
static bool skip_old_half(cdt_str *s)
{
	struct counts c;

	return read_head(s, &c) && take(s, c.time * 5 + c.type * TYPE_BYTES + c.abbreviation +
	                                   c.leap * 8 + c.std + c.ut);
}

static bool read_types(const char *p, size_t count, int32_t offsets[TYPES_MAX])
{
	for (size_t i = 0; i < count; i++, p += TYPE_BYTES) {
		offsets[i] = (int32_t)(uint32_t)big_get(p, 4);
		if (offsets[i] < TZ_OFFSET_MIN_S || offsets[i] > TZ_OFFSET_MAX_S)
			return false;
	}
	return true;
}

/* Times first, then a byte for each: the number of its type. */
static bool read_changes(struct zone *z, const char *times, const char *types,
                         const int32_t *offsets, size_t type_count)
{
	for (size_t i = 0; i < z->count; i++) {
		size_t type = (uint8_t)types[i];
		int64_t at = (int64_t)big_get(times + i * 8, 8);

		if (type >= type_count || (i > 0 && at <= z->changes[i - 1].at_s))
			return false;
		z->changes[i] = (struct change){ at, offsets[type] };
	}
	return true;
}

static bool read_foot(struct zone *z, cdt_str s)
{
	cdt_str rule;

	if (s.n < 2 || s.p[0] != '\n' || s.p[s.n - 1] != '\n')
		return false;
	rule = (cdt_str){ s.p + 1, s.n - 2 };
	z->has_rule = rule.n > 0;
	return !z->has_rule || tzrule_parse(rule, &z->rule);
}

static bool read_new_half(struct zone *z, cdt_str s)
{
	int32_t offsets[TYPES_MAX];
	const char *times, *types, *kinds;
	struct counts c;

	if (!read_head(&s, &c) || c.type < 1 || c.type > TYPES_MAX || c.leap)
		return false;
	times = take(&s, c.time * 8);
	types = take(&s, c.time);
	kinds = take(&s, c.type * TYPE_BYTES);
	if (!times || !types || !kinds || !take(&s, c.abbreviation + c.std + c.ut) ||
	    !read_types(kinds, (size_t)c.type, offsets))
		return false;
	z->first_offset_s = offsets[0];
	z->count = (size_t)c.time;
	z->changes = mem_new_array(z->count, sizeof *z->changes);
	return read_changes(z, times, types, offsets, (size_t)c.type) && read_foot(z, s);
}

/* --- files --- */

/* False: errno is 0 when the file is too long or is not one. */
static bool read_file(const char *path, char *bytes, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	ssize_t got = 1;

	if (fd < 0)
		return false;
	*n = 0;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		got = -1;
	while (got > 0 && *n <= ZONE_FILE_MAX) {
		got = read(fd, bytes + *n, ZONE_FILE_MAX + 1 - *n);
		*n += got > 0 ? (size_t)got : 0;
	}
	(void)close(fd);                               /* nothing was written */
	errno = 0;
	return got == 0 && *n <= ZONE_FILE_MAX;
}

bool zone_name_ok(cdt_str name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz" "0123456789" "_+/-";

	if (name.n == 0 || name.n > ZONE_NAME_MAX || name.p[0] == '/')
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!memchr(allowed, name.p[i], sizeof allowed - 1))
			return false;
	return true;
}

cdt_status zone_load(const char *dir, cdt_str name, struct zone **out)
{
	char path[512], *bytes;
	cdt_status st;
	size_t n;

	if (!zone_name_ok(name))
		return CDT_E_INVALID;
	if (str_is(name, "UTC")) {
		*out = mem_new(sizeof **out);
		return CDT_OK;
	}
	n = strlen(dir);
	if (n + 1 + name.n >= sizeof path)
		return CDT_E_ABSENT;
	memcpy(path, dir, n);
	path[n] = '/';
	memcpy(path + n + 1, name.p, name.n);
	path[n + 1 + name.n] = '\0';
	bytes = mem_new(ZONE_FILE_MAX + 1);
	if (read_file(path, bytes, &n))
		st = zone_parse(str_from(bytes, n), out);
	else
		st = errno ? CDT_E_ABSENT : CDT_E_UNSUPPORTED;
	mem_free(bytes);
	return st;
}

cdt_status zone_parse(cdt_str tzif, struct zone **out)
{
	struct zone *z = mem_new(sizeof *z);

	if (tzif.n > ZONE_FILE_MAX || !skip_old_half(&tzif) || !read_new_half(z, tzif)) {
		zone_free(z);
		return CDT_E_UNSUPPORTED;
	}
	*out = z;
	return CDT_OK;
}

void zone_free(struct zone *z)
{
	if (z)
		mem_free(z->changes);
	mem_free(z);
}

const struct zone *zone_utc(void)
{
	return &utc;
}

/* --- answers --- */

static int64_t within(int64_t v, int64_t most)
{
	return v > most ? most : v < -most ? -most : v;
}

static struct stretch stretch_at(const struct zone *z, int64_t utc_s)
{
	size_t low = 0, high = z->count;               /* changes up to utc_s: low of them */
	struct stretch s;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (z->changes[middle].at_s <= utc_s)
			low = middle + 1;
		else
			high = middle;
	}
	s.offset_s = low ? z->changes[low - 1].offset_s : z->first_offset_s;
	s.until_s = low < z->count ? z->changes[low].at_s : INT64_MAX;
	if (low == z->count && z->has_rule)
		s.offset_s = tzrule_offset(&z->rule, utc_s, &s.until_s);
	return s;
}

int32_t zone_offset(const struct zone *z, int64_t utc_s)
{
	return stretch_at(z, within(utc_s, ZONE_TIME_MAX_S)).offset_s;
}

int64_t zone_day(const struct zone *z, int64_t utc_s)
{
	int64_t local;

	utc_s = within(utc_s, ZONE_TIME_MAX_S);
	local = utc_s + zone_offset(z, utc_s);
	return local / DAY_S - (local % DAY_S < 0);
}

int64_t zone_midnight(const struct zone *z, int64_t day)
{
	int64_t local = within(day, ZONE_TIME_MAX_S / DAY_S + 2) * DAY_S;
	int64_t from = local - TZ_OFFSET_MAX_S - 1;    /* no clock shows that day yet */

	for (;;) {
		struct stretch s = stretch_at(z, from);
		int64_t at = local - s.offset_s;

		if (at < from)
			at = from;                     /* a change went past midnight */
		if (at < s.until_s)
			return at;
		from = s.until_s;
	}
}

/* unit/ledger/rig.c - reads and makes TZif files.
 * SPDX-License-Identifier: MIT */
#include "unit/ledger/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "unit/unit.h"

uint64_t rig_random(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

int64_t rig_upto(uint64_t *seed, int64_t most)
{
	return (int64_t)(rig_random(seed) % ((uint64_t)most + 1));
}

char *rig_path(const char *name, char out[RIG_PATH_SIZE])
{
	const char *root = getenv("CONDUIT_SRCDIR") ? getenv("CONDUIT_SRCDIR") : ".";

	(void)snprintf(out, RIG_PATH_SIZE, "%s/tests/unit/ledger/zones%s%s", root,
	               *name ? "/" : "", name);
	return out;
}

void rig_read(const char *name, struct buf *out)
{
	char path[RIG_PATH_SIZE], piece[4096];
	FILE *f = fopen(rig_path(name, path), "rb");
	size_t n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	buf_init(out, ZONE_FILE_MAX);
	while ((n = fread(piece, 1, sizeof piece, f)) > 0)
		buf_add(out, str_from(piece, n));
	(void)fclose(f);
}

struct zone *rig_zone(const char *name)
{
	char dir[RIG_PATH_SIZE];
	struct zone *z = NULL;

	CU_ASSERT_EQUAL_FATAL(zone_load(rig_path("", dir), str_z(name), &z), CDT_OK);
	return z;
}

void rig_tzif(cdt_str foot, struct buf *out)
{
	/* No changes, one type (UTC), four letters for its name. */
	static const char half[] = "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\0\0\0\0\0"
		"\0\0\0\0\0\0\0\1\0\0\0\4" "\0\0\0\0\0\0" "UTC";

	CU_ASSERT_EQUAL_FATAL(sizeof half, 44 + 6 + 4);
	buf_init(out, ZONE_FILE_MAX);
	buf_add(out, str_from(half, sizeof half));
	buf_add(out, str_from(half, sizeof half));
	buf_add(out, foot);
}

struct zone *rig_zone_by_foot(const char *name)
{
	struct buf file, cut;
	struct zone *z = NULL;
	cdt_str foot;

	rig_read(name, &file);
	foot = buf_str(&file);
	for (size_t i = foot.n - 1; i-- > 0;)
		if (foot.p[i] == '\n') {
			foot = str_skip(foot, i);
			break;
		}
	rig_tzif(foot, &cut);
	CU_ASSERT_EQUAL_FATAL(zone_parse(buf_str(&cut), &z), CDT_OK);
	buf_fini(&cut);
	buf_fini(&file);
	return z;
}

/* ledger/zones.c - reads each zone once, for all budgets.  What is in one is zone.c's.
 * SPDX-License-Identifier: MIT */
#include "ledger/zones.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/map.h"
#include "base/str.h"

enum { NEAR_MAX = 3, LINE_SIZE = 512, PATH_SIZE = 512 };

/* Name -> zone; UTC stands for one that can not be read.  There are never more than files and
 * stored names. */
static struct map known;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const char *folder(void)
{
	const char *dir = getenv("TZDIR");

	return dir && dir[0] ? dir : ZONE_DIR;
}

/* The map takes pointers to what may be written; nobody does. */
static void keep(cdt_str name, const struct zone *z)
{
	(void)map_put(&known, name, (void *)(uintptr_t)z);
}

/* [locked] */
static cdt_status find(cdt_str name, const struct zone **out)
{
	const struct zone *z = map_find(&known, name);
	struct zone *fresh;
	cdt_status st;

	if (z && z != zone_utc()) {
		*out = z;
		return CDT_OK;
	}
	st = zone_load(folder(), name, &fresh);
	if (st == CDT_OK) {
		keep(name, fresh);
		*out = fresh;
	}
	return st;
}

cdt_status zones_find(cdt_str name, const struct zone **out)
{
	cdt_status st;

	if (str_is(name, "UTC")) {
		*out = zone_utc();
		return CDT_OK;
	}
	pthread_mutex_lock(&lock);
	st = find(name, out);
	pthread_mutex_unlock(&lock);
	return st;
}

const struct zone *zones_stored(cdt_str name)
{
	const struct zone *z = zone_utc();
	bool missing = false;

	if (str_is(name, "UTC"))
		return z;
	pthread_mutex_lock(&lock);
	if (!map_find(&known, name) && find(name, &z) != CDT_OK) {
		keep(name, zone_utc());
		missing = true;
	}
	z = map_find(&known, name);
	pthread_mutex_unlock(&lock);
	if (missing)
		log_warn(LOG_LEDGER, NULL, "a time zone of budgets can not be read: their "
		         "periods begin and end in UTC until it is there and conduitd is "
		         "started again; is tzdata installed? zone=%.*s folder=%s",
		         STR_ARG(name), folder());
	return z;
}

/* --- "did you mean" --- */

/* "Berlin" is as near to "Europe/Berlin" as one letter off. */
static size_t distance(cdt_str wanted, cdt_str name)
{
	cdt_str rest = name, place = name;

	while (rest.n)
		place = str_cut(&rest, '/');
	if (wanted.n == name.n && str_is_nocase(name, wanted.p))
		return 0;
	if (str_eq(wanted, place))
		return 1;
	return str_distance(wanted, name, NEAR_MAX);
}

/* A line is "country TAB place TAB name ..." */
static cdt_str name_of(const char *line)
{
	cdt_str rest = str_trim(str_z(line));

	if (line[0] == '#')
		return (cdt_str){ NULL, 0 };
	(void)str_cut(&rest, '\t');
	(void)str_cut(&rest, '\t');
	return str_cut(&rest, '\t');
}

struct nearest { cdt_str wanted; size_t far; char *out; };

static void look(struct nearest *n, cdt_str name)
{
	size_t far = name.n && name.n <= ZONE_NAME_MAX ? distance(n->wanted, name) : n->far;

	if (far >= n->far || 2 * far >= n->wanted.n)
		return;
	n->far = far;
	(void)snprintf(n->out, ZONE_NAME_MAX + 1, "%.*s", STR_ARG(name));
}

bool zones_nearest(cdt_str name, char out[ZONE_NAME_MAX + 1])
{
	char wanted[ZONE_NAME_MAX + 1], path[PATH_SIZE], line[LINE_SIZE];
	struct nearest n = { .far = NEAR_MAX + 1, .out = out };
	FILE *f;

	if (name.n > ZONE_NAME_MAX)
		return false;
	(void)snprintf(wanted, sizeof wanted, "%.*s", STR_ARG(name));
	n.wanted = str_z(wanted);
	look(&n, CDT_STR("UTC"));
	(void)snprintf(path, sizeof path, "%s/zone.tab", folder());
	f = fopen(path, "re");
	while (f && fgets(line, sizeof line, f))
		look(&n, name_of(line));
	if (f)
		(void)fclose(f);
	return n.far <= NEAR_MAX;
}

/* ctl/filter.c - which rows are meant.  What is a good value, the API says.
 * SPDX-License-Identifier: MIT */
#include "ctl/filter.h"

#include "base/clock.h"
#include "base/str.h"
#include "ctl/ask.h"

void filter_add_pair(struct buf *path, const char *name, const char *value)
{
	buf_add_c(path, str_find(buf_str(path), '?') < path->n ? '&' : '?');
	buf_add_z(path, name);
	buf_add_c(path, '=');
	ask_add_part(path, value);
}

static int add_since(const struct ctl *c, struct buf *path)
{
	const char *since = args_value(c, "since");
	char from[CLOCK_TEXT_SIZE];
	uint64_t ms;

	if (!since)
		return CTL_OK;
	if (args_value(c, "from"))
		return ctl_fail(CTL_USAGE, "--since and --from say the same: give one");
	if (!duration_parse(str_z(since), &ms) || !ms || ms > INT64_MAX / 4)
		return ctl_fail(CTL_USAGE, "--since takes a duration like '7d' or '90m'");
	filter_add_pair(path, "from", clock_text(clock_wall_ms() - (int64_t)ms, from));
	return CTL_OK;
}

int filter_add(const struct ctl *c, struct buf *path)
{
	static const char *const names[] = {
		"from", "to", "key", "group", "model", "provider", "status", "outcome",
		"cache", "actor", "action", "kind", "object",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (args_value(c, names[i]))
			filter_add_pair(path, names[i], args_value(c, names[i]));
	return add_since(c, path);
}

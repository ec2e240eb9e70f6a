/* ctl/pages.c - asks for one page after the other.
 * SPDX-License-Identifier: MIT */
#include "ctl/pages.h"

#include "base/str.h"
#include "ctl/ask.h"
#include "ctl/filter.h"

enum { PATH_MAX_BYTES = 4096, CURSOR_SIZE = 128, PAGE_ROWS = 1000, LIMIT_MAX = 1000000 };

static int limit_of(const struct ctl *c, const struct pages_order *o, uint64_t *limit)
{
	const char *text = args_value(c, "limit");

	*limit = o->limit;
	if (!text || (str_u64(str_z(text), limit) && *limit >= 1 && *limit <= LIMIT_MAX))
		return CTL_OK;
	return ctl_fail(CTL_USAGE, "--limit takes a number from 1 to %d", LIMIT_MAX);
}

/* The path of at most left rows after the cursor, ended as C wants it. */
static int make_path(const struct ctl *c, const struct pages_order *o, uint64_t left,
                     const char *cursor, struct buf *path)
{
	char number[24];
	int code;

	(void)snprintf(number, sizeof number, "%llu",
	               (unsigned long long)(left < PAGE_ROWS ? left : PAGE_ROWS));
	buf_add_z(path, o->path);
	filter_add_pair(path, "limit", number);
	if (cursor[0])
		filter_add_pair(path, o->cursor, cursor);
	code = filter_add(c, path);
	buf_add_c(path, '\0');
	if (code == CTL_OK && path->status != CDT_OK)
		code = ctl_fail(CTL_USAGE, "that is too long");
	return code;
}

/* cursor becomes that of the next page, or "". */
static int add_page(const char *path, char cursor[CURSOR_SIZE], struct json *all)
{
	struct ask_answer a;
	int code = ask_json("GET", path, (cdt_str){ NULL, 0 }, &a);
	struct json *rows = json_get(a.json, "data");

	for (size_t i = 0; code == CTL_OK && i < json_count(rows); i++)
		json_push_give(all, json_share(json_at(rows, i)));
	(void)snprintf(cursor, CURSOR_SIZE, "%.*s",
	               STR_ARG(json_text(json_get(a.json, "next"))));
	ask_fini(&a);
	return code;
}

int pages_gather(const struct ctl *c, const struct pages_order *o, struct json *all)
{
	char cursor[CURSOR_SIZE] = "";
	uint64_t limit;
	struct buf path;
	int code = limit_of(c, o, &limit);

	buf_init(&path, PATH_MAX_BYTES);
	while (code == CTL_OK && json_count(all) < limit) {
		buf_clear(&path);
		code = make_path(c, o, limit - json_count(all), cursor, &path);
		if (code == CTL_OK)
			code = add_page(path.p, cursor, all);
		if (!cursor[0])
			break;
	}
	buf_fini(&path);
	return code;
}

int pages_show(const struct ctl *c, const struct pages_order *o, const struct column *columns)
{
	struct json *all = json_new_list();
	int code = pages_gather(c, o, all);

	if (code == CTL_OK)
		show_list(c, all, columns);
	json_free(all);
	return code;
}

/* ctl/log.c - conduitctl log: how much the running gateway tells in its log.
 * SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "ctl/ask.h"
#include "ctl/show.h"

/* One row a room. */
static int show_levels(struct ctl *c, const struct json *log)
{
	static const struct column columns[] = {
		{ "ROOM", "room" }, { "LEVEL", "level" }, { NULL, NULL },
	};
	struct json *rooms = json_get(log, "rooms"), *rows, *level;
	size_t at = 0;
	cdt_str room;

	if (c->style == STYLE_JSON) {
		show_one(c, log, columns);
		return CTL_OK;
	}
	rows = json_new_list();
	while (json_next(rooms, &at, &room, &level)) {
		struct json *row = json_new_map();

		json_set_give(row, "room", json_new_text(room));
		json_set_give(row, "level", json_share(level));
		json_push_give(rows, row);
	}
	show_list(c, rows, columns);
	json_free(rows);
	return CTL_OK;
}

static int show(struct ctl *c)
{
	struct ask_answer a;
	int code = ask_json("GET", "/admin/v1/settings", (cdt_str){ NULL, 0 }, &a);

	if (code == CTL_OK)
		code = show_levels(c, json_get(a.json, "log"));
	ask_fini(&a);
	return code;
}

static int set(struct ctl *c)
{
	struct json *body = json_new_map();
	struct ask_answer a;
	int code;

	json_set_give(body, "levels", json_new_text(str_z(c->args[0])));
	code = ask_json("PATCH", "/admin/v1/log", json_print(body), &a);
	if (code == CTL_OK)
		code = show_levels(c, a.json);
	ask_fini(&a);
	json_free(body);
	return code;
}

static const struct verb verbs[] = {
	{ "show", "", "the level of each room",
	  { "conduitctl log show", "conduitctl log show -o json" }, 0, 0, NULL, show },
	{ "set", "LEVELS", "changes levels at once, until the next reload or start",
	  { "conduitctl log set debug", "conduitctl log set info,router=debug" }, 1, 1, NULL,
	  set },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_log = { "log", "levels of the gateway's log", verbs, true };

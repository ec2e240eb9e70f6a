/* admin/settings.c - what the web app's page of settings shows, in one answer; and the levels
 * of the log, which can be changed while conduitd runs.
 * SPDX-License-Identifier: MIT */
#include "admin/records.h"
#include "audit/audit.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "config/config.h"
#include "store/store.h"

enum { CONFIG_TEXT_MAX = 32 << 20 };

static void put_log(struct inquiry *c)
{
	struct jsonw *w = &c->json;

	jsonw_open(w, '{');
	jsonw_put_z(w, "configured", admin_config(c->admin)->log_level);
	jsonw_key(w, "rooms");
	jsonw_open(w, '{');
	for (size_t r = 0; r < LOG_ROOM_COUNT; r++)
		jsonw_put_z(w, log_room_name((enum log_room)r),
		            log_level_name((enum log_room)r));
	jsonw_close(w);
	jsonw_close(w);
}

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

static void put_build(struct jsonw *w)
{
	jsonw_open(w, '{');
	jsonw_put_z(w, "compiler", COMPILER);
	jsonw_put_i64(w, "pointer_bits", (int64_t)sizeof(void *) * 8);
	jsonw_put_z(w, "license", "MIT");
	jsonw_close(w);
}

static void put_files(struct jsonw *w, const struct config *config)
{
	jsonw_open(w, '[');
	for (size_t i = 0; i < config->file_count; i++)
		jsonw_z(w, config->files[i]);
	jsonw_close(w);
}

cdt_status admin_settings_show(struct inquiry *c)
{
	struct jsonw *w = &c->json;
	struct buf text;
	cdt_status st;

	buf_init(&text, CONFIG_TEXT_MAX);
	config_print(admin_config(c->admin), &text);
	jsonw_open(w, '{');
	jsonw_key(w, "status");
	st = admin_status_show(c);
	jsonw_key(w, "log");
	put_log(c);
	jsonw_key(w, "build");
	put_build(w);
	jsonw_key(w, "files");
	put_files(w, admin_config(c->admin));
	jsonw_put_text(w, "config", buf_str(&text));
	jsonw_close(w);
	if (st == CDT_OK)
		st = text.status;
	buf_fini(&text);
	return st;
}

/* --- levels of the log --- */

static cdt_status put_note(void *arg, struct store_txn *txn)
{
	const struct inquiry *c = arg;
	struct audit_entry e = {
		.wall_ms = clock_wall_ms(), .actor = c->actor, .action = "update",
		.kind = "log", .object = CDT_STR("levels"),
		.changed = CDT_STR("[\"levels\"]"), .note = c->note,
	};

	return audit_put(txn, &e);
}

static void on_noted(void *arg, cdt_status st)
{
	struct inquiry *c = arg;

	if (st == CDT_OK) {
		(void)log_set_levels(c->note);         /* they were understood before */
		log_info(LOG_ADMIN, NULL, "levels of the log changed levels=%s by=%s", c->note,
		         c->actor);
		put_log(c);
	} else {
		(void)REFUSE(c, PROBLEM_OVERLOADED, NULL, "the change could not be written; "
		             "nothing was done");
	}
	inquiry_answer(c, st);
}

static cdt_status read_levels(struct inquiry *c, cdt_str *levels)
{
	static const char *const known[] = { "levels", NULL };
	struct json *value;
	cdt_str name;
	size_t it = 0;

	while (c->body && json_next(c->body, &it, &name, &value)) {
		if (!str_is(name, "levels"))
			return record_unknown_member(c, name, known);
		*levels = json_text(value);
	}
	return CDT_OK;
}

cdt_status admin_log_update(struct inquiry *c)
{
	struct store_op op = { put_note, on_noted, c, c->admin->parts.worker };
	cdt_str levels = { NULL, 0 };

	if (read_levels(c, &levels) != CDT_OK)
		return CDT_E_INVALID;
	c->note = arena_str(&c->arena, levels).p;
	if (!levels.n || levels.n > AUDIT_NOTE_MAX || !log_levels_ok(c->note))
		return REFUSE(c, PROBLEM_INVALID_VALUE, "levels", "'levels' must be debug, "
		              "info, warn or error, or like \"info,router=debug\"");
	if (store_submit(c->admin->parts.store, &op) != CDT_OK)
		return REFUSE(c, PROBLEM_OVERLOADED, NULL, "the store is busy; try again");
	inquiry_wait(c);
	return CDT_OK;
}

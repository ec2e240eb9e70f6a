/* ctl/records.c - asks the admin API about keys and groups, which are much alike.
 * SPDX-License-Identifier: MIT */
#include "ctl/records.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/jsonscan.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "base/str.h"
#include "ctl/ask.h"
#include "ctl/budgets.h"
#include "ctl/caching.h"
#include "ctl/pages.h"

enum { LIST_MAX = 1000000, PATH_MAX_BYTES = 2048, BODY_MAX = 1 << 20, NEAR_MAX = 4 };

const struct flag record_delete_flags[] = {
	{ "yes", 'y', NULL, "do not ask" }, { NULL, 0, NULL, NULL },
};

#define LIMIT_LINES \
	{ "rpm", "rpm" }, { "rpd", "rpd" }, { "tpm", "tpm" }, \
	{ "input tpm", "input_tpm" }, { "output tpm", "output_tpm" }, \
	{ "concurrency", "concurrency" }, { "shadow", "shadow" }

static const struct column key_rows[] = {
	{ "ID", "id" }, { "NAME", "name" }, { "GROUP", "group" }, { "MODELS", "models" },
	{ "OPERATIONS", "operations" }, { "BUDGETS", "budgets" },
	{ "EXPIRES", "expires_at" }, { "DISABLED", "disabled" }, { NULL, NULL },
};
static const struct column key_lines[] = {
	{ "id", "id" }, { "name", "name" }, { "group", "group" }, { "models", "models" },
	{ "operations", "operations" }, { "allowed ips", "allowed_ips" },
	{ "policy", "policy" }, LIMIT_LINES, { "cache", "cache" },
	{ "budgets", "budgets" }, { "clamp", "clamp" }, { "disconnect", "on_disconnect" },
	{ "expires", "expires_at" }, { "disabled", "disabled" }, { "metadata", "metadata" },
	{ "old secret", "overlap_until" },
	{ "created", "created_at" }, { "updated", "updated_at" },
	{ "version", "version" }, { NULL, NULL },
};

static const struct column group_rows[] = {
	{ "NAME", "name" }, { "MODELS", "models" }, { "OPERATIONS", "operations" },
	{ "BUDGETS", "budgets" }, { "CREDIT", "balance.credit" }, { "DISABLED", "disabled" },
	{ NULL, NULL },
};
static const struct column group_lines[] = {
	{ "name", "name" }, { "models", "models" }, { "operations", "operations" },
	{ "allowed ips", "allowed_ips" }, { "policy", "policy" },
	LIMIT_LINES, { "cache", "cache" },
	{ "budgets", "budgets" }, { "credit", "balance.credit" }, { "clamp", "clamp" },
	{ "disconnect", "on_disconnect" },
	{ "disabled", "disabled" }, { "metadata", "metadata" },
	{ "created", "created_at" }, { "updated", "updated_at" },
	{ "version", "version" }, { NULL, NULL },
};
static const struct column key_gone[] = {
	{ "id", "id" }, { "deleted", "deleted" }, { NULL, NULL },
};
static const struct column group_gone[] = {
	{ "name", "name" }, { "deleted", "deleted" }, { NULL, NULL },
};
static const struct kind {
	const char *word, *handle, *path;
	const struct column *rows, *lines, *gone;
} kinds[] = {
	{ "key", "id", "/admin/v1/keys", key_rows, key_lines, key_gone },
	{ "group", "name", "/admin/v1/groups", group_rows, group_lines, group_gone },
};

static const struct kind *kind_of(const struct ctl *c)
{
	return &kinds[c->noun != &ctl_keys];
}

/* --- what flags say, as the API's body --- */

/* "a,b" -> ["a","b"]; "" -> null, which resets. */
static int put_list(struct jsonw *w, const char *member, const char *text)
{
	cdt_str rest = str_z(text);

	jsonw_key(w, member);
	if (!rest.n) {
		jsonw_null(w);
		return CTL_OK;
	}
	jsonw_open(w, '[');
	while (rest.n) {
		cdt_str word = str_trim(str_cut(&rest, ','));

		if (word.n)
			jsonw_text(w, word);
	}
	jsonw_close(w);
	return CTL_OK;
}

static int put_text(struct jsonw *w, const char *member, const char *text)
{
	jsonw_put_z(w, member, text);
	return CTL_OK;
}

static int put_name(struct jsonw *w, const char *member, const char *text)
{
	if (text[0])
		jsonw_put_z(w, member, text);
	else
		jsonw_put_null(w, member);
	return CTL_OK;
}

static int put_switch(struct jsonw *w, const char *member, const char *text)
{
	if (strcmp(text, "yes") && strcmp(text, "no"))
		return ctl_fail(CTL_USAGE, "--%s takes 'yes' or 'no'", member);
	jsonw_put_flag(w, member, !strcmp(text, "yes"));
	return CTL_OK;
}

static int put_yes(struct jsonw *w, const char *member, const char *text)
{
	(void)text;
	jsonw_put_flag(w, member, true);
	return CTL_OK;
}

static int put_no(struct jsonw *w, const char *member, const char *text)
{
	(void)text;
	jsonw_put_flag(w, member, false);
	return CTL_OK;
}

/* "30d" from now, a time, or "never". */
static int put_expiry(struct jsonw *w, const char *member, const char *text)
{
	char at[CLOCK_TEXT_SIZE];
	uint64_t in_ms;
	int64_t ms;

	jsonw_key(w, member);
	if (!text[0] || !strcmp(text, "never"))
		jsonw_null(w);
	else if (clock_parse(str_z(text), &ms))
		jsonw_z(w, text);
	else if (duration_parse(str_z(text), &in_ms) && in_ms && in_ms < INT64_MAX / 4)
		jsonw_z(w, clock_text(clock_wall_ms() + (int64_t)in_ms, at));
	else
		return ctl_fail(CTL_USAGE, "--expires takes '30d', '2027-01-31', a time or "
		                "'never'");
	return CTL_OK;
}

static int put_metadata(struct jsonw *w, const char *member, const char *text)
{
	struct jsonscan *scan = mem_new(sizeof *scan);
	bool good = jsonscan(scan, str_z(text)) == CDT_OK && scan->type == CDT_MAP;

	mem_free(scan);
	if (!text[0])
		jsonw_put_null(w, member);
	else if (good)
		jsonw_put_raw(w, member, str_z(text));
	else
		return ctl_fail(CTL_USAGE, "--metadata takes a JSON object");
	return CTL_OK;
}

/* Which numbers are good, the API knows. */
static int put_number(struct jsonw *w, const char *member, const char *text)
{
	int64_t n;

	if (!text[0] || !strcmp(text, "none"))
		jsonw_put_null(w, member);
	else if (str_i64(str_z(text), &n))
		jsonw_put_i64(w, member, n);
	else
		return ctl_fail(CTL_USAGE, "a limit is a whole number, or 'none'; this is '%s'",
		                text);
	return CTL_OK;
}

static const struct {
	const char *flag, *member;
	int (*put)(struct jsonw *w, const char *member, const char *text);
} fields[] = {
	{ "name", "name", put_text }, { "group", "group", put_name },
	{ "models", "models", put_list }, { "policy", "policy", put_name },
	{ "operations", "operations", put_list }, { "expires", "expires_at", put_expiry },
	{ "allowed-ips", "allowed_ips", put_list }, { "metadata", "metadata", put_metadata },
	{ "disabled", "disabled", put_switch },
	{ "rpm", "rpm", put_number }, { "rpd", "rpd", put_number },
	{ "tpm", "tpm", put_number },
	{ "input-tpm", "input_tpm", put_number }, { "output-tpm", "output_tpm", put_number },
	{ "concurrency", "concurrency", put_number }, { "shadow", "shadow", put_switch },
	{ "clamp", "clamp", put_yes }, { "no-clamp", "clamp", put_no },
	{ "on-disconnect", "on_disconnect", put_name },
};
enum { FIELDS = sizeof fields / sizeof *fields };

/* How many were given, or -1: one was wrong, and that is told. */
static int put_fields(const struct ctl *c, struct jsonw *w)
{
	int n = budgets_put(c, w), caching = n >= 0 ? caching_put(c, w) : -1;

	if (caching >= 0 && args_value(c, "clamp") && args_value(c, "no-clamp")) {
		(void)ctl_fail(CTL_USAGE, "--clamp or --no-clamp, not both");
		return -1;
	}
	if (caching < 0)
		return -1;
	n += caching;
	for (size_t i = 0; i < FIELDS; i++) {
		const char *value = args_value(c, fields[i].flag);

		if (!value)
			continue;
		if (fields[i].put(w, fields[i].member, value) != CTL_OK)
			return -1;
		n++;
	}
	return n;
}

/* --- asking --- */

static void path_of(const struct ctl *c, const char *rest, struct buf *path)
{
	const char *id = c->args[0];

	buf_init(path, PATH_MAX_BYTES);
	if (!id[0])
		path->status = CDT_E_INVALID;          /* that would be the list */
	buf_add_z(path, kind_of(c)->path);
	buf_add_c(path, '/');
	ask_add_part(path, id);
	buf_add_z(path, rest);
	buf_add_c(path, '\0');
}

static size_t distance(const struct json *k, cdt_str wanted)
{
	size_t id = str_distance(wanted, json_text(json_get(k, "id")), NEAR_MAX);
	size_t name = str_distance(wanted, json_text(json_get(k, "name")), NEAR_MAX);

	return id < name ? id : name;
}

void record_suggest_key(const char *wanted)
{
	const struct json *best = NULL;
	size_t near = NEAR_MAX + 1;
	struct ask_answer a;
	struct json *keys;
	int code = ask_json("GET", "/admin/v1/keys?limit=1000", (cdt_str){ NULL, 0 }, &a);

	keys = code == CTL_OK ? json_get(a.json, "data") : NULL;
	for (size_t i = 0; i < json_count(keys); i++) {
		const struct json *k = json_at(keys, i);
		size_t far = distance(k, str_z(wanted));

		if (far >= near || 2 * far >= strlen(wanted))
			continue;
		near = far;
		best = k;
	}
	if (best)
		(void)ctl_fail(CTL_ABSENT, "did you mean %.*s (%.*s)?",
		               STR_ARG(json_text(json_get(best, "id"))),
		               STR_ARG(json_text(json_get(best, "name"))));
	ask_fini(&a);
}

/* Asks about the first argument. */
static int ask_one(const struct ctl *c, const char *method, const char *rest, cdt_str body,
                   struct ask_answer *a)
{
	struct buf path;
	int code;

	path_of(c, rest, &path);
	if (path.status != CDT_OK)
		*a = (struct ask_answer){ .json = NULL };
	code = path.status == CDT_OK ? ask_json(method, path.p, body, a)
	                             : ctl_fail(CTL_USAGE, "this is not the %s of a %s",
	                                        kind_of(c)->handle, kind_of(c)->word);
	buf_fini(&path);
	if (code == CTL_ABSENT && c->noun == &ctl_keys)        /* of groups the API does */
		record_suggest_key(c->args[0]);
	return code;
}

/* Tables have budgets in the words of the command line. */
static void prepare(const struct ctl *c, struct json *record)
{
	if (c->style != STYLE_TABLE && c->style != STYLE_CSV)
		return;
	budgets_spell(record);
	caching_spell(record);
}

static void show_record(const struct ctl *c, struct json *record)
{
	prepare(c, record);
	show_one(c, record, kind_of(c)->lines);
}

static int change_one(const struct ctl *c, const char *method, const char *rest, cdt_str body)
{
	struct ask_answer a;
	int code = ask_one(c, method, rest, body, &a);

	if (code == CTL_OK)
		show_record(c, a.json);
	ask_fini(&a);
	return code;
}

/* --- verbs --- */

int record_list(struct ctl *c)
{
	struct pages_order order = { kind_of(c)->path, "after", LIST_MAX };
	struct json *all = json_new_list();
	int code = pages_gather(c, &order, all);

	for (size_t i = 0; i < json_count(all); i++)
		prepare(c, json_at(all, i));
	if (code == CTL_OK)
		show_list(c, all, kind_of(c)->rows);
	json_free(all);
	return code;
}

static int say_secret(struct ctl *c, struct json *answer)
{
	cdt_str secret = json_text(json_get(answer, "secret"));

	if (c->quiet) {
		printf("%.*s\n", STR_ARG(secret));
		return CTL_OK;
	}
	if (c->style == STYLE_JSON || c->style == STYLE_NDJSON) {
		show_one(c, answer, kind_of(c)->lines);
		return CTL_OK;
	}
	prepare(c, json_get(answer, "key"));
	json_set_give(json_get(answer, "key"), "secret", json_new_text(secret));
	show_one(c, json_get(answer, "key"), (const struct column[]){
		{ "id", "id" }, { "name", "name" }, { "models", "models" },
		{ "operations", "operations" }, { "budgets", "budgets" },
		{ "expires", "expires_at" }, { "secret", "secret" }, { NULL, NULL },
	});
	fprintf(stderr, "The secret is shown this once only.\n");
	return CTL_OK;
}

/* The name is an argument, or a flag like the rest. */
static int check_name(const struct ctl *c)
{
	bool flagged = args_value(c, "name") != NULL;

	if (flagged && c->arg_count)
		return ctl_fail(CTL_USAGE, "the name is said twice: '%s' and --name '%s'",
		                c->args[0], args_value(c, "name"));
	if (!flagged && !c->arg_count)
		return ctl_fail(CTL_USAGE, "%s create needs NAME; see conduitctl help %s",
		                c->noun->name, c->noun->name);
	return CTL_OK;
}

int record_create(struct ctl *c)
{
	struct ask_answer a;
	struct jsonw w;
	struct buf body;
	int code = check_name(c);

	if (code != CTL_OK)
		return code;
	code = CTL_USAGE;
	buf_init(&body, BODY_MAX);
	jsonw_init(&w, &body);
	jsonw_open(&w, '{');
	if (c->arg_count)
		jsonw_put_z(&w, "name", c->args[0]);
	if (put_fields(c, &w) >= 0) {
		jsonw_close(&w);
		code = ask_json("POST", kind_of(c)->path, buf_str(&body), &a);
		if (code == CTL_OK && c->noun == &ctl_keys)
			code = say_secret(c, a.json);
		else if (code == CTL_OK)
			show_record(c, a.json);
		ask_fini(&a);
	}
	buf_fini(&body);
	return code;
}

int record_show(struct ctl *c)
{
	return change_one(c, "GET", "", (cdt_str){ NULL, 0 });
}

int record_update(struct ctl *c)
{
	int n, code = CTL_USAGE;
	struct jsonw w;
	struct buf body;

	buf_init(&body, BODY_MAX);
	jsonw_init(&w, &body);
	jsonw_open(&w, '{');
	n = put_fields(c, &w);
	jsonw_close(&w);
	if (n > 0)
		code = change_one(c, "PATCH", "", buf_str(&body));
	else if (n == 0)
		code = ctl_fail(CTL_USAGE, "nothing to change; see help %s update",
		                c->noun->name);
	buf_fini(&body);
	return code;
}

int record_rotate(struct ctl *c)
{
	const char *overlap = args_value(c, "overlap");
	struct ask_answer a;
	struct jsonw w;
	struct buf body;
	int code;

	buf_init(&body, BODY_MAX);
	jsonw_init(&w, &body);
	jsonw_open(&w, '{');
	if (overlap)
		jsonw_put_z(&w, "overlap", overlap);
	jsonw_close(&w);
	code = ask_one(c, "POST", "/rotate", buf_str(&body), &a);
	if (code == CTL_OK)
		code = say_secret(c, a.json);
	ask_fini(&a);
	buf_fini(&body);
	return code;
}

int record_disable(struct ctl *c)
{
	return change_one(c, "POST", "/disable", CDT_STR("{}"));
}

int record_enable(struct ctl *c)
{
	return change_one(c, "POST", "/enable", CDT_STR("{}"));
}

int record_credit(struct ctl *c)
{
	const char *note = args_value(c, "note");
	struct jsonw w;
	struct buf body;
	int code;

	buf_init(&body, BODY_MAX);
	jsonw_init(&w, &body);
	jsonw_open(&w, '{');
	jsonw_put_z(&w, "usd", c->args[1]);
	if (note)
		jsonw_put_z(&w, "note", note);
	jsonw_close(&w);
	code = change_one(c, "POST", "/credit", buf_str(&body));
	buf_fini(&body);
	return code;
}

/* A person is asked; a script is not. */
static bool is_sure(const struct ctl *c)
{
	char answer[16] = "";

	if (args_value(c, "yes") || !isatty(STDIN_FILENO))
		return true;
	fprintf(stderr, "Delete the %s %s for good? [y/N] ", kind_of(c)->word,
	        c->args[0]);
	return fgets(answer, sizeof answer, stdin) && (answer[0] | 0x20) == 'y';
}

int record_delete(struct ctl *c)
{
	struct ask_answer a;
	int code;

	if (!is_sure(c))
		return ctl_fail(CTL_FAILED, "nothing was deleted");
	code = ask_one(c, "DELETE", "", (cdt_str){ NULL, 0 }, &a);
	if (code == CTL_OK)
		show_one(c, a.json, kind_of(c)->gone);
	ask_fini(&a);
	return code;
}

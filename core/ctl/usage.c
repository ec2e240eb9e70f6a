/* ctl/usage.c - conduitctl usage: what was used, and what it cost.
 * SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "ctl/ask.h"
#include "ctl/filter.h"
#include "ctl/show.h"

enum { PATH_MAX_BYTES = 4096, COLUMNS_MAX = 24 };

static const struct column dims[] = {
	{ "TIME", "time" }, { "KEY", "key" }, { "GROUP", "group" }, { "MODEL", "model" },
	{ "PROVIDER", "provider" }, { NULL, NULL },
};
static const struct column few[] = {
	{ "REQUESTS", "requests" }, { "ERRORS", "errors" }, { "INPUT", "input_tokens" },
	{ "CACHED", "cached_tokens" }, { "OUTPUT", "output_tokens" },
	{ "MEAN US", "mean_total_us" }, { "USD", "cost_usd" },
	{ "HITS", "hits" }, { "SAVED USD", "saved_usd" }, { NULL, NULL },
};
static const struct column all[] = {
	{ "requests", "requests" }, { "errors", "errors" }, { "estimated", "estimated" },
	{ "input_tokens", "input_tokens" }, { "cached_tokens", "cached_tokens" },
	{ "cache_write_tokens", "cache_write_tokens" }, { "output_tokens", "output_tokens" },
	{ "reasoning_tokens", "reasoning_tokens" }, { "total_us", "total_us" },
	{ "total_count", "total_count" }, { "first_us", "first_us" },
	{ "first_count", "first_count" }, { "cost_usd", "cost_usd" },
	{ "hits", "hits" }, { "saved_usd", "saved_usd" }, { NULL, NULL },
};

static bool has_word(cdt_str list, const char *word)
{
	while (list.n)
		if (str_is(str_cut(&list, ','), word))
			return true;
	return false;
}

static bool is_asked(const char *by, const char *dim)
{
	cdt_str list = str_z(by);

	if (!str_is(str_z(dim), "time"))
		return has_word(list, dim);
	return has_word(list, "minute") || has_word(list, "hour") || has_word(list, "day");
}

static void choose_columns(const struct ctl *c, const char *by, struct column *out)
{
	size_t n = 0;

	for (const struct column *d = dims; d->title; d++)
		if (is_asked(by, d->path))
			out[n++] = *d;
	for (const struct column *s = c->style == STYLE_CSV ? all : few; s->title; s++)
		out[n++] = *s;
	out[n] = (struct column){ NULL, NULL };
}

static void show(const struct ctl *c, const char *by, struct json *answer)
{
	struct column columns[COLUMNS_MAX];
	struct json *rows = json_get(answer, "data");

	choose_columns(c, by, columns);
	if (c->style == STYLE_JSON && !c->quiet) {
		show_one(c, answer, columns);
		return;
	}
	if (c->style == STYLE_TABLE && !c->quiet && json_count(rows) > 1) {
		struct json *total = json_take(answer, "total");

		json_set_give(total, columns[0].path, json_new_text(CDT_STR("TOTAL")));
		json_push_give(rows, total);
	}
	show_list(c, rows, columns);
}

static void add_flag(const struct ctl *c, struct buf *path, const char *flag, const char *name)
{
	const char *value = args_value(c, flag);

	if (value)
		filter_add_pair(path, name, value);
}

static int run(struct ctl *c)
{
	const char *by = args_value(c, "by");
	struct ask_answer a;
	struct buf path;
	int code;

	if (!by)
		by = "day";
	buf_init(&path, PATH_MAX_BYTES);
	buf_add_z(&path, "/admin/v1/usage");
	filter_add_pair(&path, "by", by);
	add_flag(c, &path, "top", "top");
	add_flag(c, &path, "top-by", "top_by");
	code = filter_add(c, &path);
	buf_add_c(&path, '\0');
	if (code == CTL_OK && path.status != CDT_OK)
		code = ctl_fail(CTL_USAGE, "that is too long");
	if (code == CTL_OK) {
		code = ask_json("GET", path.p, (cdt_str){ NULL, 0 }, &a);
		if (code == CTL_OK)
			show(c, by, a.json);
		ask_fini(&a);
	}
	buf_fini(&path);
	return code;
}

static const struct flag flags[] = {
	{ "by", 0, "a,b", "key, group, model, provider; minute, hour or day; default day" },
	{ "top", 0, "n", "of --by key, group, model or provider: the biggest, and (other)" },
	{ "top-by", 0, "sum", "what is big: cost_usd (default), requests, input_tokens, ..." },
	FILTER_FLAGS, { NULL, 0, NULL, NULL },
};
static const struct verb verbs[] = {
	{ "", "", "what was used, and what it cost",
	  { "conduitctl usage --by key,day --since 7d",
	    "conduitctl usage --by model,provider --from 2026-11-01 -o csv" },
	  0, 0, flags, run },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_usage = { "usage", "what was used, and what it cost", verbs, false };

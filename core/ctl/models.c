/* ctl/models.c - conduitctl models: what clients may ask for, what it can do and what it costs.
 * SPDX-License-Identifier: MIT */
#include "base/buf.h"
#include "ctl/ask.h"
#include "ctl/filter.h"
#include "ctl/show.h"

enum { PATH_MAX_BYTES = 2048 };

static const struct column rows[] = {
	{ "ID", "id" }, { "STATUS", "status" }, { "ENDS", "ends" }, { "ALIASES", "aliases" },
	{ "TARGETS", "targets" }, { "CAPABILITIES", "capabilities" },
	{ "WINDOW", "context_window" }, { "OUT", "max_output" }, { "INPUT", "price.input" },
	{ "OUTPUT", "price.output" }, { "PRICED BY", "price_row" },
	{ "DEFINED AT", "defined_at" }, { NULL, NULL },
};
static const struct column lines[] = {
	{ "id", "id" }, { "status", "status" }, { "ends", "ends" }, { "aliases", "aliases" },
	{ "defined at", "defined_at" }, { "capabilities", "capabilities" },
	{ "they are from", "capabilities_from" }, { "dimensions", "dimensions" },
	{ "unpriced", "unpriced" }, { NULL, NULL },
};
static const struct column ways[] = {
	{ "TARGET", "target" }, { "STATUS", "status" }, { "ENDS", "ends" },
	{ "WINDOW", "context_window" }, { "FROM", "context_window_from" },
	{ "OUT", "max_output" }, { "FROM", "max_output_from" }, { NULL, NULL },
};
/* USD for a million tokens, and for one of the rest. */
static const struct column prices[] = {
	{ "MODEL", "model" }, { "TARGET", "target" }, { "ABOVE", "above" },
	{ "INPUT", "input" }, { "CACHED", "cached_input" }, { "WRITE", "cache_write" },
	{ "OUTPUT", "output" }, { "REASONING", "reasoning" }, { "REQUEST", "per_request" },
	{ "IMAGE", "per_image" }, { "SECOND", "per_second" }, { "CHARACTER", "per_character" },
	{ "SEARCH", "per_search" }, { "PRICED BY", "price_row" }, { NULL, NULL },
};
static const struct column tiers[] = {
	{ "TARGET", "target" }, { "ABOVE", "above" }, { "INPUT", "input" },
	{ "CACHED", "cached_input" }, { "WRITE", "cache_write" }, { "1H", "cache_write_1h" },
	{ "OUTPUT", "output" }, { "REASONING", "reasoning" }, { "AUDIO IN", "audio_input" },
	{ "AUDIO OUT", "audio_output" }, { "IMAGE IN", "image_input" },
	{ "IMAGE OUT", "image_output" }, { "REQUEST", "per_request" },
	{ "IMAGE", "per_image" }, { "SECOND", "per_second" }, { "CHARACTER", "per_character" },
	{ "SEARCH", "per_search" }, { "PRICED BY", "price_row" }, { NULL, NULL },
};
static const struct column pictures[] = {
	{ "SIZE", "size" }, { "QUALITY", "quality" }, { "USD", "per_image" }, { NULL, NULL },
};

/* --- lists --- */

static int list_of(const struct ctl *c, const char *base, const char *model,
                   const struct column *columns)
{
	static const char *const filters[] = { "provider", "capability" };
	struct buf path;
	int code;

	buf_init(&path, PATH_MAX_BYTES);
	buf_add_z(&path, base);
	for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
		if (args_value(c, filters[i]))
			filter_add_pair(&path, filters[i], args_value(c, filters[i]));
	if (model)
		filter_add_pair(&path, "model", model);
	buf_add_c(&path, '\0');
	code = path.status == CDT_OK ? show_resource(c, path.p, columns)
	                             : ctl_fail(CTL_USAGE, "the filters are too long");
	buf_fini(&path);
	return code;
}

static int list(struct ctl *c)
{
	return list_of(c, "/admin/v1/models", NULL, rows);
}

static int list_prices(struct ctl *c)
{
	return list_of(c, "/admin/v1/prices", c->arg_count ? c->args[0] : NULL, prices);
}

/* --- one --- */

/* Of all targets the pictures by size. */
static void show_pictures(const struct ctl *c, const struct json *targets)
{
	for (size_t i = 0; i < json_count(targets); i++) {
		const struct json *price = json_get(json_at(targets, i), "price");
		const struct json *images = json_get(price, "images");

		if (!json_count(images))
			continue;
		putchar('\n');
		show_list(c, images, pictures);
	}
}

static int show_it(const struct ctl *c, const struct json *j)
{
	const struct json *targets = json_get(j, "ways");
	bool tables = c->style == STYLE_TABLE && !c->quiet;
	int code;

	show_one(c, j, lines);
	if (!tables)
		return CTL_OK;
	putchar('\n');
	show_list(c, targets, ways);
	putchar('\n');
	code = list_of(c, "/admin/v1/prices", c->args[0], tiers);
	show_pictures(c, targets);
	return code;
}

static int show(struct ctl *c)
{
	struct ask_answer a;
	struct buf path;
	int code;

	buf_init(&path, PATH_MAX_BYTES);
	buf_add_z(&path, "/admin/v1/models/");
	ask_add_part(&path, c->args[0]);
	buf_add_c(&path, '\0');
	if (path.status != CDT_OK || !c->args[0][0]) {
		buf_fini(&path);
		return ctl_fail(CTL_USAGE, "this is not the name of a model");
	}
	code = ask_json("GET", path.p, CDT_STR(""), &a);
	if (code == CTL_OK)
		code = show_it(c, a.json);
	ask_fini(&a);
	buf_fini(&path);
	return code;
}

/* --- the table --- */

static const struct flag filters[] = {
	{ "provider", 0, "NAME", "only models that lead to it" },
	{ "capability", 0, "WORD", "only models that can do this: chat, vision, images..." },
	{ NULL, 0, NULL, NULL },
};
static const struct verb verbs[] = {
	{ "list", "", "names, aliases, targets, abilities, USD for a million tokens",
	  { "conduitctl models", "conduitctl models list --capability vision -o csv" }, 0, 0,
	  filters, list },
	{ "show", "MODEL", "windows, prices by tier, abilities, and where each is from",
	  { "conduitctl models show gpt-4o", "conduitctl models show gpt-4o -o json" }, 1, 1,
	  NULL, show },
	{ "prices", "[MODEL]", "USD for a million tokens, and for one of anything else",
	  { "conduitctl models prices", "conduitctl models prices --provider main -o json" },
	  0, 1, filters, list_prices },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_models = { "models", "what clients may ask for", verbs, true };

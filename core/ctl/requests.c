/* ctl/requests.c - conduitctl requests: records of single requests.
 * SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "ctl/ask.h"
#include "ctl/filter.h"
#include "ctl/pages.h"

enum { PATH_MAX_BYTES = 4096 };
enum { TAIL_WINDOW_MS = 600000, TAIL_FIRST = 10, TAIL_ROWS = 1000, TAIL_SECONDS_MAX = 3600 };

static const struct column rows[] = {
	{ "TIME", "time" }, { "ID", "id" }, { "KEY", "key" }, { "MODEL", "model" },
	{ "PROVIDER", "provider" }, { "STATUS", "status" }, { "OUTCOME", "outcome" },
	{ "CACHE", "cache" }, { "INPUT", "input_tokens" }, { "OUTPUT", "output_tokens" },
	{ "US", "total_us" }, { "USD", "cost_usd" }, { "SAVED USD", "saved_usd" },
	{ NULL, NULL },
};
static const struct column ids[] = { { "ID", "id" }, { NULL, NULL } };
static const struct column lines[] = {
	{ "id", "id" }, { "time", "time" }, { "key", "key" }, { "group", "group" },
	{ "model", "model" }, { "operation", "operation" }, { "stream", "stream" },
	{ "status", "status" }, { "outcome", "outcome" }, { "input", "input_tokens" },
	{ "cached", "cached_tokens" }, { "cache write", "cache_write_tokens" },
	{ "output", "output_tokens" }, { "reasoning", "reasoning_tokens" },
	{ "estimated", "estimated" }, { "usd", "cost_usd" }, { "held usd", "held_usd" },
	{ "price", "price" }, { "first us", "first_us" }, { "total us", "total_us" },
	{ "overhead us", "overhead_us" }, { "bytes in", "bytes_in" },
	{ "bytes out", "bytes_out" }, { "client", "client" }, { "agent", "agent" },
	{ "metadata", "metadata" }, { "policy", "decision.policy" },
	{ "fallback", "decision.fallback" }, { "order", "decision.order" },
	{ "skipped", "decision.skipped" },
	{ "cache", "cache" }, { "saved usd", "saved_usd" },
	{ "answered by", "answered_by.target" },
	{ "shortened", "shortened" }, { "trace", "trace" }, { NULL, NULL },
};
static const struct column attempts[] = {
	{ "TARGET", "target" }, { "PROVIDER", "provider" }, { "MODEL", "model" },
	{ "HTTP", "http_status" }, { "OUTCOME", "outcome" }, { "START US", "start_us" },
	{ "HEAD US", "head_us" }, { "FIRST US", "first_us" }, { "END US", "end_us" },
	{ "CHARGE", "charge" }, { "USD", "cost_usd" }, { NULL, NULL },
};

/* --- list --- */

static int list(struct ctl *c)
{
	static const struct pages_order order = { "/admin/v1/requests", "cursor", 50 };

	return pages_show(c, &order, c->quiet ? ids : rows);
}

/* --- show --- */

static int show(struct ctl *c)
{
	struct ask_answer a;
	struct buf path;
	int code;

	buf_init(&path, PATH_MAX_BYTES);
	buf_add_z(&path, "/admin/v1/requests/");
	ask_add_part(&path, c->args[0]);
	buf_add_c(&path, '\0');
	if (path.status != CDT_OK || !c->args[0][0]) {
		buf_fini(&path);
		return ctl_fail(CTL_USAGE, "this is not the id of a request");
	}
	code = ask_json("GET", path.p, (cdt_str){ NULL, 0 }, &a);
	if (code == CTL_OK)
		show_one(c, a.json, lines);
	if (code == CTL_OK && c->style == STYLE_TABLE && !c->quiet) {
		putchar('\n');
		show_list(c, json_get(a.json, "attempts"), attempts);
	}
	ask_fini(&a);
	buf_fini(&path);
	return code;
}

/* --- tail --- */

static bool is_among(const struct json *list, const struct json *one)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *j = json_at(list, i);

		if (str_eq(json_text(json_get(j, "id")), json_text(json_get(one, "id"))) &&
		    str_eq(json_text(json_get(j, "time")), json_text(json_get(one, "time"))))
			return true;
	}
	return false;
}

static void print_member(const struct json *j, const char *name, int width)
{
	struct json *member = json_get(j, name);
	cdt_str s = json_type(member) == CDT_TEXT ? json_text(member)
	            : json_type(member) == CDT_NULL ? CDT_STR("-") : json_print(member);

	show_text(stdout, s, false);
	printf("%*s", width > (int)s.n ? width - (int)s.n + 2 : 2, "");
}

static void print_line(const struct ctl *c, struct json *j)
{
	if (c->quiet) {
		show_text(stdout, json_text(json_get(j, "id")), false);
	} else if (c->style == STYLE_NDJSON) {
		printf("%.*s", STR_ARG(json_print(j)));
	} else {
		print_member(j, "time", 24);
		print_member(j, "status", 3);
		print_member(j, "outcome", 8);
		print_member(j, "cache", 6);
		print_member(j, "key", 12);
		print_member(j, "model", 16);
		print_member(j, "provider", 12);
		print_member(j, "total_us", 9);
		print_member(j, "cost_usd", 10);
		show_text(stdout, json_text(json_get(j, "id")), false);
	}
	putchar('\n');
}

/* Those of now that were not there before, the oldest first. */
static void print_new(const struct ctl *c, const struct json *before, const struct json *now)
{
	size_t n = json_count(now);

	if (!before && n > TAIL_FIRST)
		n = TAIL_FIRST;
	while (n-- > 0)
		if (!is_among(before, json_at(now, n)))
			print_line(c, json_at(now, n));
	(void)fflush(stdout);                          /* main looks at ferror */
}

static int poll_once(const struct ctl *c, struct json **before)
{
	struct json *now = json_new_list();
	struct pages_order order = { .cursor = "cursor", .limit = TAIL_ROWS };
	char from[CLOCK_TEXT_SIZE], path[128];
	int code;

	(void)clock_text(clock_wall_ms() - TAIL_WINDOW_MS, from);
	(void)snprintf(path, sizeof path, "/admin/v1/requests?from=%s", from);
	order.path = path;
	code = pages_gather(c, &order, now);
	if (code != CTL_OK) {
		json_free(now);
		return code;
	}
	print_new(c, *before, now);
	json_free(*before);
	*before = now;
	return CTL_OK;
}

static int tail(struct ctl *c)
{
	struct json *before = NULL;
	uint64_t seconds = 2;
	const char *every = args_value(c, "every");
	int code = CTL_OK;

	if (every && (!str_u64(str_z(every), &seconds) || !seconds ||
	              seconds > TAIL_SECONDS_MAX))
		code = ctl_fail(CTL_USAGE, "--every takes a number from 1 to %d",
		                TAIL_SECONDS_MAX);
	if (code == CTL_OK && c->style != STYLE_TABLE && c->style != STYLE_NDJSON)
		code = ctl_fail(CTL_USAGE, "tail prints lines: -o table or ndjson");
	while (code == CTL_OK) {
		code = poll_once(c, &before);
		if (code == CTL_OK && ferror(stdout))
			break;                         /* nobody reads any more */
		if (code == CTL_OK)
			(void)sleep((unsigned)seconds);
	}
	json_free(before);
	return code;
}

/* --- the table --- */

#define WHICH_FLAGS \
	{ "status", 0, "429|4xx", "answered so" }, \
	{ "outcome", 0, "WORD", "OK, CLIENT_GONE, TIMEOUT ..." }, \
	{ "cache", 0, "WORD", "HIT, MISS, BYPASS, STALE, COALESCED, REPLAYED; '' = none" }

static const struct flag list_flags[] = {
	FILTER_FLAGS, WHICH_FLAGS,
	{ "limit", 0, "N", "how many; default 50" }, { NULL, 0, NULL, NULL },
};
static const struct flag tail_flags[] = {
	{ "key", 0, "ID", "of this key" }, { "group", 0, "NAME", "of this group" },
	{ "model", 0, "NAME", "that asked for this model" },
	{ "provider", 0, "NAME", "that this provider answered" }, WHICH_FLAGS,
	{ "every", 0, "N", "seconds between two looks; default 2" }, { NULL, 0, NULL, NULL },
};
static const struct verb verbs[] = {
	{ "list", "", "the latest requests, newest first",
	  { "conduitctl requests list --status 5xx --since 1h",
	    "conduitctl requests list --key 4fGh2kLmN0pQ --limit 10000 -o csv" },
	  0, 0, list_flags, list },
	{ "show", "ID", "one request, with every attempt",
	  { "conduitctl requests show req_8Vx2",
	    "conduitctl requests show req_8Vx2 -o json" }, 1, 1, NULL, show },
	{ "tail", "", "prints requests as they end, until it is stopped",
	  { "conduitctl requests tail", "conduitctl requests tail --status 5xx -o ndjson" },
	  0, 0, tail_flags, tail },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_requests = { "requests", "records of single requests", verbs, false };

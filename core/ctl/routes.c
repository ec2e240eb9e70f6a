/* ctl/routes.c - conduitctl routes: who is asked for a model, and who next; as configured, or
 * for one request, as the client API explains it.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/str.h"
#include "ctl/ask.h"
#include "ctl/client.h"
#include "ctl/filter.h"
#include "ctl/show.h"

enum { EXPLAIN_MS = 10 * 1000, PATH_MAX_BYTES = 1024 };

/* --- list --- */

static int list(struct ctl *c)
{
	static const struct column columns[] = {
		{ "MODEL", "model" }, { "POLICY", "policy" }, { "TARGETS", "targets[].target" },
		{ "WEIGHTS", "targets[].weight" }, { "FALLBACKS", "fallbacks" }, { NULL, NULL },
	};

	return show_resource(c, "/admin/v1/routes", columns);
}

/* --- explain --- */

static struct json *one_message(cdt_str text)
{
	struct json *list = json_new_list(), *message = json_new_map();

	json_set_give(message, "role", json_new_text(CDT_STR("user")));
	json_set_give(message, "content", json_new_text(text));
	json_push_give(list, message);
	return list;
}

/* The smallest request of an endpoint. */
static struct json *smallest(const char *endpoint, cdt_str text)
{
	struct json *body = json_new_map();

	if (endpoint && str_ends(str_z(endpoint), "/embeddings"))
		json_set_give(body, "input", json_new_text(text));
	else if (endpoint && str_ends(str_z(endpoint), "/completions") &&
	         !str_ends(str_z(endpoint), "/chat/completions"))
		json_set_give(body, "prompt", json_new_text(text));
	else
		json_set_give(body, "messages", one_message(text));
	return body;
}

/* NULL, and told. */
static struct json *given_body(const struct ctl *c)
{
	bool whole = args_value(c, "stdin");
	struct json *body = NULL;
	struct buf text;
	int code;

	if (whole && c->arg_count > 1) {
		(void)ctl_fail(CTL_USAGE, "TEXT or --stdin, not both");
		return NULL;
	}
	buf_init(&text, CLIENT_TEXT_MAX);
	code = whole ? client_read_stdin(&text) : client_read_text(c, 1, &text);
	if (code == CTL_OK && whole) {
		body = ask_parse(buf_str(&text));
		if (json_type(body) != CDT_MAP) {
			(void)ctl_fail(CTL_USAGE, "--stdin takes a request, a JSON object");
			json_free(body);
			body = NULL;
		}
	} else if (code == CTL_OK) {
		body = smallest(args_value(c, "endpoint"),
		                text.n ? buf_str(&text) : CDT_STR("hi"));
	}
	buf_fini(&text);
	return body;
}

static struct json *make_body(const struct ctl *c)
{
	const char *strategy = args_value(c, "strategy");
	struct json *body = given_body(c);

	if (!body)
		return NULL;
	json_set_give(body, "model", json_new_text(str_z(c->args[0])));
	if (!strategy)
		return body;
	if (json_type(json_get(body, "routing")) != CDT_MAP)
		json_set_give(body, "routing", json_new_map());
	json_set_give(json_get(body, "routing"), "strategy", json_new_text(str_z(strategy)));
	return body;
}

static void show_explained(const struct ctl *c, const struct json *j)
{
	static const struct column head[] = {
		{ "model", "model" }, { "route", "route" }, { "operation", "operation" },
		{ "policy", "policy" }, { "affinity", "affinity" },
		{ "input", "estimated_input_tokens" }, { "output", "estimated_output_tokens" },
		{ "fallbacks", "fallbacks" }, { "refused", "refused" }, { NULL, NULL },
	};
	static const struct column candidates[] = {
		{ "TARGET", "target" }, { "CREDENTIAL", "credential" }, { "STATE", "state" },
		{ "WEIGHT", "weight" }, { "TIER", "tier" }, { "INFLIGHT", "inflight" },
		{ "TTFT MS", "ttft_ms" }, { "TOKENS/S", "tokens_per_second" },
		{ "ERRORS", "error_rate" }, { "USD", "estimated_usd" }, { NULL, NULL },
	};
	static const struct column skipped[] = {
		{ "SKIPPED", "target" }, { "WHY", "why" }, { NULL, NULL },
	};
	bool tables = c->style == STYLE_TABLE && !c->quiet;

	if (c->style == STYLE_JSON || c->style == STYLE_NDJSON) {
		show_one(c, j, head);
		return;
	}
	if (tables) {
		show_one(c, j, head);
		putchar('\n');
	}
	show_list(c, json_get(j, "candidates"), candidates);
	if (tables && json_count(json_get(j, "skipped"))) {
		putchar('\n');
		show_list(c, json_get(j, "skipped"), skipped);
	}
}

static int ask_explain(const struct ctl *c, struct json *body)
{
	const char *endpoint = args_value(c, "endpoint");
	struct client_order o = { .method = "POST", .body = json_print(body),
	                          .total_ms = EXPLAIN_MS };
	struct json *j = NULL;
	struct client k;
	struct buf path;
	int code = CTL_AUTH;

	buf_init(&path, PATH_MAX_BYTES);
	buf_add_z(&path, "/v1/explain");
	if (endpoint)
		filter_add_pair(&path, "endpoint", endpoint);
	buf_add_c(&path, '\0');
	o.path = path.p;
	if (path.status != CDT_OK)
		code = ctl_fail(CTL_USAGE, "--endpoint is too long");
	else if (client_open(&k, c))
		code = client_json(&k, &o, &j);
	if (code == CTL_OK)
		show_explained(c, j);
	client_close(&k);
	json_free(j);
	buf_fini(&path);
	return code;
}

static int explain(struct ctl *c)
{
	struct json *body = make_body(c);
	int code = body ? ask_explain(c, body) : CTL_USAGE;

	json_free(body);
	return code;
}

/* --- the table --- */

static const struct flag explain_flags[] = {
	{ "strategy", 0, "NAME", "as if the request named this policy" },
	{ "endpoint", 0, "PATH", "/v1/chat/completions, /v1/completions, /v1/embeddings" },
	{ "stdin", 0, NULL, "a whole request comes as JSON; MODEL goes before its model" },
	CLIENT_FLAGS, { NULL, 0, NULL, NULL },
};
static const struct verb verbs[] = {
	{ "list", "", "models with their targets, weights and fallbacks",
	  { "conduitctl routes", "conduitctl routes list -o json" }, 0, 0, NULL, list },
	{ "explain", "MODEL [TEXT|-]", "who would be asked, and why; nobody is",
	  { "conduitctl routes explain gpt-4o --strategy leastcost",
	    "conduitctl routes explain gpt-4o --stdin -o json < request.json" },
	  1, CTL_ARGS_MAX, explain_flags, explain },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_routes = { "routes", "who is asked for a model, and who next", verbs,
                                 true };

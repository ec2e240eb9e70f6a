/* ctl/client.c - asks the client API where CONDUIT_URL says.
 * SPDX-License-Identifier: MIT */
#include "ctl/client.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "ctl/ask.h"

enum { URL_SIZE = 4096, BASE_MAX = 2048, READ_BYTES = 4096, LIST_MS = 10 * 1000 };

static const char bearer[] = "Authorization: Bearer ";
static const char *const key_variables[] = { "CONDUIT_API_KEY", "CONDUIT_KEY" };

/* --- where, and as whom --- */

cdt_str client_url(void)
{
	const char *said = getenv("CONDUIT_URL");
	cdt_str url = str_z(said && said[0] ? said : "http://127.0.0.1:5000");

	while (url.n && url.p[url.n - 1] == '/')
		url.n--;
	return url;
}

static const char *find_key(const struct ctl *c)
{
	const char *key = args_value(c, "key");

	for (size_t i = 0; i < sizeof key_variables / sizeof *key_variables && !key; i++) {
		key = getenv(key_variables[i]);
		if (key && !key[0])
			key = NULL;
	}
	return key;
}

bool client_open(struct client *k, const struct ctl *c)
{
	const char *file = args_value(c, "key-file"), *key = file ? NULL : find_key(c);
	char line[CLIENT_KEY_SIZE];

	k->bearer[0] = '\0';
	if (file && !ask_read_line(file, line, sizeof line))
		return false;
	if (file || (key && key[0]))
		(void)snprintf(k->bearer, sizeof k->bearer, "%s%s", bearer, file ? line : key);
	if (file)
		explicit_bzero(line, sizeof line);
	return true;
}

const char *client_key(const struct client *k)
{
	return k->bearer[0] ? k->bearer + sizeof bearer - 1 : "";
}

void client_close(struct client *k)
{
	explicit_bzero(k->bearer, sizeof k->bearer);
}

void client_send(const struct client *k, const struct client_order *o,
                 struct wire_answer *out)
{
	cdt_str base = client_url();
	char url[URL_SIZE];
	struct wire_request q = {
		.method = o->method, .url = url, .body = o->body, .total_ms = o->total_ms,
		.part = o->part, .arg = o->arg,
		.headers = { "Content-Type: application/json",
		             o->part ? "Accept: text/event-stream" : "Accept: application/json",
		             k->bearer[0] ? k->bearer : NULL },
	};

	base.n = base.n < BASE_MAX ? base.n : BASE_MAX;
	(void)snprintf(url, sizeof url, "%.*s%s", STR_ARG(base), o->path);
	wire_ask(&q, out);
}

int client_unreachable(const struct wire_answer *a)
{
	cdt_str base = client_url();

	return ctl_fail(CTL_UNREACHABLE, "%.*s does not answer (%s); CONDUIT_URL says where",
	                STR_ARG(base), a->why);
}

static int judge(const struct wire_answer *a, const struct json *j)
{
	if (!a->whole)
		return client_unreachable(a);
	if (a->status / 100 != 2)
		return ask_refused(a, j);
	if (json_type(j) != CDT_MAP)
		return ctl_fail(CTL_UNREACHABLE, "whoever answers there is not conduitd; "
		                "CONDUIT_URL says where");
	return CTL_OK;
}

int client_json(const struct client *k, const struct client_order *o, struct json **out)
{
	struct wire_answer a;
	struct json *j;
	int code;

	client_send(k, o, &a);
	j = a.whole ? ask_parse(buf_str(&a.body)) : NULL;
	code = judge(&a, j);
	if (code != CTL_OK) {
		json_free(j);
		j = NULL;
	}
	wire_fini(&a);
	*out = j;
	return code;
}

int client_first_model(const struct client *k, char *model, size_t size)
{
	const struct client_order o = { .method = "GET", .path = "/v1/models",
	                                .total_ms = LIST_MS };
	struct json *j;
	cdt_str id;
	int code = client_json(k, &o, &j);

	id = json_text(json_get(json_at(json_get(j, "data"), 0), "id"));
	if (code == CTL_OK && (!id.n || id.n >= size))
		code = ctl_fail(CTL_ABSENT, "this key may use no model");
	(void)snprintf(model, size, "%.*s", STR_ARG(id));
	json_free(j);
	return code;
}

/* --- what is said to it --- */

int client_read_stdin(struct buf *out)
{
	char bytes[READ_BYTES];
	size_t n;

	while ((n = fread(bytes, 1, sizeof bytes, stdin)) > 0)
		buf_add(out, (cdt_str){ bytes, n });
	if (out->status != CDT_OK)
		return ctl_fail(CTL_USAGE, "the text is too long");
	return CTL_OK;
}

int client_read_text(const struct ctl *c, size_t first, struct buf *out)
{
	if (c->arg_count == first + 1 && !strcmp(c->args[first], "-"))
		return client_read_stdin(out);
	for (size_t i = first; i < c->arg_count; i++) {
		buf_add_z(out, i > first ? " " : "");
		buf_add_z(out, c->args[i]);
	}
	if (out->status != CDT_OK)
		return ctl_fail(CTL_USAGE, "the text is too long");
	return CTL_OK;
}

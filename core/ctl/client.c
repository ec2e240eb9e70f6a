/* ctl/client.c - asks the client API where CONDUIT_URL says.
 * SPDX-License-Identifier: MIT */
#include "ctl/client.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "ctl/ask.h"

enum { URL_SIZE = 4096, BASE_MAX = 2048, READ_BYTES = 4096 };

static const char *base_url(void)
{
	const char *url = getenv("CONDUIT_URL");

	return url && url[0] ? url : "http://127.0.0.1:5000";
}

bool client_open(struct client *k, const struct ctl *c)
{
	const char *file = args_value(c, "key-file"), *key = getenv("CONDUIT_KEY");
	char line[CLIENT_KEY_SIZE];

	k->bearer[0] = '\0';
	if (file && !ask_read_line(file, line, sizeof line))
		return false;
	if (file || (key && key[0]))
		(void)snprintf(k->bearer, sizeof k->bearer, "Authorization: Bearer %s",
		               file ? line : key);
	if (file)
		explicit_bzero(line, sizeof line);
	return true;
}

void client_close(struct client *k)
{
	explicit_bzero(k->bearer, sizeof k->bearer);
}

void client_send(const struct client *k, const struct client_order *o,
                 struct wire_answer *out)
{
	const char *base = base_url();
	size_t n = strlen(base);
	char url[URL_SIZE];
	struct wire_request q = {
		.method = o->method, .url = url, .body = o->body, .total_ms = o->total_ms,
		.part = o->part, .arg = o->arg,
		.headers = { "Content-Type: application/json",
		             o->part ? "Accept: text/event-stream" : "Accept: application/json",
		             k->bearer[0] ? k->bearer : NULL },
	};

	while (n && base[n - 1] == '/')
		n--;
	(void)snprintf(url, sizeof url, "%.*s%s", (int)(n < BASE_MAX ? n : BASE_MAX), base,
	               o->path);
	wire_ask(&q, out);
}

int client_unreachable(const struct wire_answer *a)
{
	return ctl_fail(CTL_UNREACHABLE, "%s does not answer (%s); CONDUIT_URL says where",
	                base_url(), a->why);
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

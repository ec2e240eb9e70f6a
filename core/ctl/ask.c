/* ctl/ask.c - finds the gateway and its token, asks, and turns refusals into words and exit
 * codes.
 * SPDX-License-Identifier: MIT */
#include "ctl/ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/jsonscan.h"
#include "base/mem.h"
#include "base/str.h"

enum { URL_SIZE = 4096, TOKEN_SIZE = 1200, BEARER_SIZE = TOKEN_SIZE + 32, ADMIN_MS = 60000 };

static const char default_socket[] = RUNTIMEDIR "/admin.sock";
static const char default_token[] = STATEDIR "/admin.token";

struct place { const char *base, *socket; };

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] ? value : NULL;
}

static struct place find_place(void)
{
	const char *url = variable("CONDUIT_ADMIN_URL");

	if (url && str_starts(str_z(url), "unix:"))
		return (struct place){ "http://localhost", url + 5 };
	if (url)
		return (struct place){ url, NULL };
	if (!access(default_socket, R_OK | W_OK))
		return (struct place){ "http://localhost", default_socket };
	return (struct place){ "http://127.0.0.1:5001", NULL };
}

bool ask_read_line(const char *path, char *out, size_t size)
{
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(out, 1, size, f) : 0;
	cdt_str line = str_trim(str_from(out, n));

	if (f)
		(void)fclose(f);                       /* was only read */
	if (!f || !line.n || line.n >= size || str_find(line, '\n') < line.n) {
		(void)ctl_fail(CTL_AUTH, "%s: %s", path,
		               f ? "must hold one line" : strerror(errno));
		return false;
	}
	memmove(out, line.p, line.n);
	out[line.n] = '\0';
	return true;
}

/* False: there should be one, but it can not be read. */
static bool find_token(char token[TOKEN_SIZE])
{
	const char *file = variable("CONDUIT_ADMIN_TOKEN_FILE");
	const char *master = variable("CONDUIT_MASTER_KEY");

	token[0] = '\0';
	if (file)
		return ask_read_line(file, token, TOKEN_SIZE);
	if (master && strlen(master) < TOKEN_SIZE)
		memcpy(token, master, strlen(master) + 1);
	else if (!access(default_token, R_OK))
		return ask_read_line(default_token, token, TOKEN_SIZE);
	return true;
}

bool ask_is_token(const char *key)
{
	char token[TOKEN_SIZE] = "";
	bool same = find_token(token) && token[0] && !strcmp(token, key);

	explicit_bzero(token, sizeof token);
	return same;
}

int ask_code(long status)
{
	static const struct { long status; int code; } codes[] = {
		{ 401, CTL_AUTH }, { 403, CTL_AUTH },
		{ 404, CTL_ABSENT }, { 409, CTL_CONFLICT },
	};

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (codes[i].status == status)
			return codes[i].code;
	if (status / 100 == 2)
		return CTL_OK;
	return status / 100 == 4 ? CTL_FAILED : CTL_UNREACHABLE;
}

int ask_refused(const struct wire_answer *w, const struct json *j)
{
	cdt_str message = json_text(json_get(json_get(j, "error"), "message"));
	cdt_str report = json_text(json_get(j, "report"));

	if (message.n)
		(void)ctl_fail(CTL_FAILED, "%.*s", STR_ARG(message));
	else
		(void)ctl_fail(CTL_FAILED, "the answer was HTTP status %ld", w->status);
	if (report.n)
		fprintf(stderr, "%.*s", STR_ARG(report));
	return ask_code(w->status);
}

struct json *ask_parse(cdt_str body)
{
	struct jsonscan *scan = mem_new(sizeof *scan);
	struct json *j = jsonscan(scan, body) == CDT_OK ? json_parse(body) : NULL;

	mem_free(scan);
	return j;
}

void ask_add_part(struct buf *path, const char *part)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                            "0123456789-._~";

	for (; *part; part++) {
		if (strchr(plain, *part))
			buf_add_c(path, *part);
		else
			buf_print(path, "%%%02X", (unsigned char)*part);
	}
}

static int unreachable(const struct place *at, const struct wire_answer *w)
{
	return ctl_fail(CTL_UNREACHABLE, "%s does not answer (%s); is conduitd running? "
	                "CONDUIT_ADMIN_URL says where", at->socket ? at->socket : at->base,
	                w->why);
}

int ask_order(const struct ask_order *o, struct ask_answer *out)
{
	struct place at = find_place();
	char url[URL_SIZE], token[TOKEN_SIZE], bearer[BEARER_SIZE];
	struct wire_request q = {
		.method = o->method, .url = url, .socket = at.socket, .body = o->body,
		.total_ms = o->total_ms, .direct = true, .part = o->part, .arg = o->arg,
		.headers = { "Accept: application/json", "Content-Type: application/json" },
	};
	size_t base_n = strlen(at.base);
	int n;

	*out = (struct ask_answer){ .json = NULL };
	while (base_n && at.base[base_n - 1] == '/')
		base_n--;
	n = snprintf(url, sizeof url, "%.*s%s", (int)base_n, at.base, o->path);
	if (n < 0 || n >= URL_SIZE)
		return ctl_fail(CTL_USAGE, "the address is too long");
	if (!find_token(token))
		return CTL_AUTH;
	(void)snprintf(bearer, sizeof bearer, "Authorization: Bearer %s", token);
	q.headers[2] = token[0] ? bearer : NULL;
	wire_ask(&q, &out->wire);
	explicit_bzero(token, sizeof token);
	explicit_bzero(bearer, sizeof bearer);
	if (!out->wire.whole)
		return unreachable(&at, &out->wire);
	out->json = ask_parse(buf_str(&out->wire.body));
	if (out->wire.status / 100 == 2)
		return CTL_OK;
	return ask_refused(&out->wire, out->json);
}

int ask_admin(const char *method, const char *path, cdt_str body, struct ask_answer *out)
{
	const struct ask_order o = { .method = method, .path = path, .body = body,
	                             .total_ms = ADMIN_MS };

	return ask_order(&o, out);
}

static int expect_map(int code, const struct ask_answer *out)
{
	if (code == CTL_OK && json_type(out->json) != CDT_MAP)
		return ctl_fail(CTL_UNREACHABLE, "whoever answers there is not conduitd's "
		                "admin API; CONDUIT_ADMIN_URL says where");
	return code;
}

int ask_json(const char *method, const char *path, cdt_str body, struct ask_answer *out)
{
	return expect_map(ask_admin(method, path, body, out), out);
}

int ask_long(const char *method, const char *path, struct ask_answer *out)
{
	const struct ask_order o = { .method = method, .path = path, .total_ms = ASK_LONG_MS };

	return expect_map(ask_order(&o, out), out);
}

void ask_fini(struct ask_answer *a)
{
	wire_fini(&a->wire);
	json_free(a->json);
}

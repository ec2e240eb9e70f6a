/* ctl/clients.c - see clients.h.
 * SPDX-License-Identifier: MIT */
#include "ctl/clients.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "ctl/ask.h"

enum { PATH_SIZE = 4096, FILE_MAX = 1 << 20, READ_BYTES = 4096, NAMES_MAX = 64 };

/* --- the file --- */

static bool read_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "re");
	char bytes[READ_BYTES];
	size_t n;

	while (f && (n = fread(bytes, 1, sizeof bytes, f)) > 0)
		buf_add(out, str_from(bytes, n));
	if (!f || ferror(f))
		(void)ctl_fail(CTL_FAILED, "%s: %s", path, strerror(errno));
	else if (out->status != CDT_OK)
		(void)ctl_fail(CTL_FAILED, "%s is too long", path);
	if (!f)
		return false;
	(void)fclose(f);                               /* was only read */
	return out->n && out->status == CDT_OK;
}

struct json *clients_read(void)
{
	const char *dir = getenv("CONDUIT_DATA_DIR");
	char path[PATH_SIZE];
	struct json *j = NULL;
	struct buf text;

	(void)snprintf(path, sizeof path, "%s/clients.json", dir && dir[0] ? dir : PKGDATADIR);
	buf_init(&text, FILE_MAX);
	if (read_file(path, &text)) {
		j = ask_parse(buf_str(&text));
		if (!j)
			(void)ctl_fail(CTL_FAILED, "%s is not JSON", path);
	}
	buf_fini(&text);
	return j;
}

static int find(struct setup *s, const char *name)
{
	const struct json *list = json_get(s->file, "clients");
	const char *names[NAMES_MAX] = { NULL }, *near;
	size_t n = 0;

	for (size_t i = 0; i < json_count(list); i++) {
		cdt_str known = json_text(json_get(json_at(list, i), "name"));

		if (str_is(known, name)) {
			s->of = json_at(list, i);
			return CTL_OK;
		}
		if (n + 1 < NAMES_MAX)
			names[n++] = known.p;          /* json-c's texts end with NUL */
	}
	near = ctl_nearest(str_z(name), names);
	if (near)
		return ctl_fail(CTL_USAGE, "unknown client '%s'; did you mean '%s'?", name,
		                near);
	return ctl_fail(CTL_USAGE, "unknown client '%s'; conduitctl env lists them", name);
}

/* --- what is filled in --- */

/* It goes between quotes of shells, TOML, YAML and JSON. */
static int check_plain(const char *what, cdt_str text)
{
	for (; text.n; text = str_skip(text, 1))
		if ((unsigned char)*text.p <= ' ' || strchr("\"'\\`$\x7f", *text.p))
			return ctl_fail(CTL_USAGE, "%s has a character that settings can "
			                "not hold", what);
	return CTL_OK;
}

static int no_key(void)
{
	return ctl_fail(CTL_AUTH, "no key is given: set CONDUIT_API_KEY, or say --key or "
	                "--key-file; conduitctl keys create NAME makes one");
}

static int find_model(struct setup *s, const char *wanted)
{
	bool needed = str_is(json_text(json_get(s->of, "model")), "needed");

	if (wanted && strlen(wanted) >= sizeof s->model)
		return ctl_fail(CTL_USAGE, "the name of the model is too long");
	if (wanted) {
		(void)snprintf(s->model, sizeof s->model, "%s", wanted);
		return CTL_OK;
	}
	if (!needed)
		return CTL_OK;
	if (!client_key(&s->client)[0])
		return no_key();
	return client_first_model(&s->client, s->model, sizeof s->model);
}

static int check(const struct setup *s)
{
	const char *key = client_key(&s->client);
	int code = check_plain("the address", client_url());

	if (code == CTL_OK)
		code = check_plain("the key", str_z(key));
	if (code == CTL_OK)
		code = check_plain("the model", str_z(s->model));
	if (code == CTL_OK && key[0] && ask_is_token(key))
		return ctl_fail(CTL_AUTH, "that is the admin token, which clients must not "
		                "have; make a key: conduitctl keys create NAME");
	return code;
}

int clients_open(struct setup *s, const struct ctl *c)
{
	int code;

	*s = (struct setup){ .file = clients_read() };
	if (!s->file)
		return CTL_FAILED;
	if (!client_open(&s->client, c))
		return CTL_AUTH;
	code = find(s, c->args[0]);
	if (code == CTL_OK)
		code = find_model(s, args_value(c, "model"));
	return code == CTL_OK ? check(s) : code;
}

void clients_close(struct setup *s)
{
	client_close(&s->client);
	json_free(s->file);
}

/* --- texts --- */

bool clients_applies(const struct setup *s, cdt_str text)
{
	return s->model[0] || str_search(text, CDT_STR("@model@")) == text.n;
}

static int add_key(const struct setup *s, struct buf *out)
{
	const char *key = client_key(&s->client);

	if (!key[0])
		return no_key();
	buf_add_z(out, key);
	return CTL_OK;
}

static int add_url(const struct setup *s, struct buf *out)
{
	(void)s;                                       /* the same for all of them */
	buf_add(out, client_url());
	return CTL_OK;
}

static int add_model(const struct setup *s, struct buf *out)
{
	buf_add_z(out, s->model);
	return CTL_OK;
}

int clients_fill(const struct setup *s, cdt_str text, struct buf *out)
{
	static const struct {
		cdt_str mark;
		int (*add)(const struct setup *s, struct buf *out);
	} marks[] = {
		{ CDT_STR("@key@"), add_key },
		{ CDT_STR("@model@"), add_model },
		{ CDT_STR("@text@"), clients_fill_text },
		{ CDT_STR("@url@"), add_url },
	};
	int code = CTL_OK;

	while (text.n && code == CTL_OK) {
		size_t taken = 0;

		for (size_t i = 0; i < sizeof marks / sizeof *marks && !taken; i++)
			if (str_starts(text, marks[i].mark.p)) {
				code = marks[i].add(s, out);
				taken = marks[i].mark.n;
			}
		if (!taken)
			buf_add_c(out, text.p[0]);
		text = str_skip(text, taken ? taken : 1);
	}
	if (out->status != CDT_OK)
		return ctl_fail(CTL_FAILED, "the settings are too long");
	return code;
}

int clients_fill_text(const struct setup *s, struct buf *out)
{
	const struct json *lines = json_get(s->of, "text");
	int code = CTL_OK;

	for (size_t i = 0; i < json_count(lines) && code == CTL_OK; i++) {
		code = clients_fill(s, json_text(json_at(lines, i)), out);
		buf_add_c(out, '\n');
	}
	return code;
}

/* ctl/env.c - conduitctl env: prints the settings that make a program use the gateway.
 * SPDX-License-Identifier: MIT */
#include "base/jsonw.h"
#include "base/str.h"
#include "ctl/clients.h"
#include "ctl/show.h"

#include <string.h>

/* How a shell is told. */
struct shell { const char *name, *set, *between, *unset; };
static const struct shell shells[] = {
	{ "fish", "set -gx ", " ", "set -e " },
	{ "json", NULL, NULL, NULL },
	{ "sh", "export ", "=", "unset " },
	{ NULL, NULL, NULL, NULL },
};

static int find_shell(const struct ctl *c, const struct shell **out)
{
	const char *name = args_value(c, "shell");

	if (!name)
		name = c->style == STYLE_JSON ? "json" : "sh";
	for (*out = shells; (*out)->name; (*out)++)
		if (!strcmp((*out)->name, name))
			return CTL_OK;
	return ctl_fail(CTL_USAGE, "--shell takes sh, fish or json");
}

/* --- for shells --- */

/* No quote is in what is filled in, and none in the settings of clients.json. */
static int add_variables(const struct setup *s, const struct shell *sh, struct buf *out)
{
	const struct json *set = json_get(s->of, "set"), *unset = json_get(s->of, "unset");
	int code = CTL_OK;
	struct json *value;
	size_t it = 0;
	cdt_str name;

	while (code == CTL_OK && json_next(set, &it, &name, &value)) {
		if (!clients_applies(s, json_text(value)))
			continue;
		buf_print(out, "%s%.*s%s'", sh->set, STR_ARG(name), sh->between);
		code = clients_fill(s, json_text(value), out);
		buf_add_z(out, "'\n");
	}
	for (size_t i = 0; i < json_count(unset); i++)
		buf_print(out, "%s%.*s\n", sh->unset, STR_ARG(json_text(json_at(unset, i))));
	return code;
}

/* What the file does not hold is said beside it: the output can go straight into the file. */
static void tell_rest(const struct setup *s)
{
	cdt_str note = json_text(json_get(s->of, "note"));
	cdt_str file = json_text(json_get(s->of, "file"));
	const struct json *set = json_get(s->of, "set");
	struct json *value;
	size_t it = 0;
	cdt_str name;

	fprintf(stderr, "conduitctl: this is for %.*s", STR_ARG(file));
	while (json_next(set, &it, &name, &value))
		fprintf(stderr, "; the key is read from %.*s%s", STR_ARG(name),
		        client_key(&s->client)[0] ? "" : ", and no key is given");
	if (note.n)
		fprintf(stderr, "; %.*s", STR_ARG(note));
	fputc('\n', stderr);
}

/* --- for programs --- */

static int put_map(const struct setup *s, struct jsonw *w, const char *member)
{
	const struct json *map = json_get(s->of, member);
	struct json *value;
	struct buf text;
	int code = CTL_OK;
	size_t it = 0;
	cdt_str name;

	buf_init(&text, CLIENTS_TEXT_MAX);
	while (code == CTL_OK && json_next(map, &it, &name, &value)) {
		if (!clients_applies(s, json_text(value)))
			continue;
		buf_clear(&text);
		code = clients_fill(s, json_text(value), &text);
		jsonw_put_text(w, name.p, buf_str(&text));
	}
	buf_fini(&text);
	return code;
}

static int put_file(const struct setup *s, struct jsonw *w)
{
	struct buf text;
	int code;

	buf_init(&text, CLIENTS_TEXT_MAX);
	code = clients_fill_text(s, &text);
	jsonw_key(w, "file");
	jsonw_open(w, '{');
	jsonw_put_text(w, "path", json_text(json_get(s->of, "file")));
	jsonw_put_text(w, "text", buf_str(&text));
	jsonw_close(w);
	buf_fini(&text);
	return code;
}

static int add_json(const struct setup *s, struct buf *out)
{
	struct jsonw w;
	int code;

	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_put_text(&w, "client", json_text(json_get(s->of, "name")));
	jsonw_key(&w, "set");
	jsonw_open(&w, '{');
	code = put_map(s, &w, "set");
	jsonw_close(&w);
	if (json_get(s->of, "unset"))
		jsonw_put_val(&w, "unset", json_val(json_get(s->of, "unset")));
	if (code == CTL_OK && json_get(s->of, "file"))
		code = put_file(s, &w);
	jsonw_close(&w);
	buf_add_c(out, '\n');
	return code;
}

/* --- the verb --- */

static int print(const struct setup *s, const struct shell *sh)
{
	bool file = sh->set && json_get(s->of, "file");
	struct buf out;
	int code;

	buf_init(&out, 2 * CLIENTS_TEXT_MAX);
	if (file)
		code = clients_fill_text(s, &out);
	else
		code = sh->set ? add_variables(s, sh, &out) : add_json(s, &out);
	if (code == CTL_OK)
		(void)fwrite(out.p, 1, out.n, stdout);         /* main looks at ferror */
	if (code == CTL_OK && file)
		tell_rest(s);
	buf_fini(&out);
	return code;
}

static int list(const struct ctl *c)
{
	static const struct column columns[] = {
		{ "CLIENT", "name" }, { "IS", "title" }, { "FILE", "file" },
		{ "PROGRAM", "program" }, { NULL, NULL },
	};
	struct json *all = clients_read();

	if (!all)
		return CTL_FAILED;
	show_list(c, json_get(all, "clients"), columns);
	json_free(all);
	return CTL_OK;
}

static int run(struct ctl *c)
{
	const struct shell *sh;
	struct setup s;
	int code;

	if (!c->arg_count)
		return list(c);
	code = find_shell(c, &sh);
	if (code != CTL_OK)
		return code;
	code = clients_open(&s, c);
	if (code == CTL_OK)
		code = print(&s, sh);
	clients_close(&s);
	return code;
}

static const struct flag flags[] = {
	CLIENTS_FLAGS,
	{ "shell", 0, "SHELL", "sh, fish or json; default: sh" },
	{ NULL, 0, NULL, NULL },
};
static const struct verb verbs[] = {
	{ "", "[CLIENT]", "what makes a client use the gateway; alone: which there are",
	  { "eval \"$(conduitctl env claude)\"",
	    "conduitctl env codex -m gpt-5 >>~/.codex/config.toml" }, 0, 1, flags, run },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_env = { "env", "settings for clients of the gateway", verbs, false };

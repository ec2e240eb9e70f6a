/* ctl/start.c - conduitctl run: becomes a program that uses the gateway, by its environment and
 * arguments: no file of the user's is touched.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "ctl/clients.h"

enum { WORDS_MAX = 2 * CTL_ARGS_MAX };

static int set_variables(const struct setup *s, const char *member, struct buf *text)
{
	const struct json *map = json_get(s->of, member);
	struct json *value;
	int code = CTL_OK;
	size_t it = 0;
	cdt_str name;

	while (code == CTL_OK && json_next(map, &it, &name, &value)) {
		if (!clients_applies(s, json_text(value)))
			continue;
		buf_clear(text);
		code = clients_fill(s, json_text(value), text);
		buf_add_c(text, '\0');
		if (code == CTL_OK && setenv(name.p, text->p, 1))
			code = ctl_fail(CTL_FAILED, "%s: %s", name.p, strerror(errno));
	}
	return code;
}

static int set_all(const struct setup *s)
{
	const struct json *unset = json_get(s->of, "unset");
	struct buf text;
	int code;

	buf_init(&text, CLIENTS_TEXT_MAX);
	for (size_t i = 0; i < json_count(unset); i++)
		(void)unsetenv(json_text(json_at(unset, i)).p);
	code = set_variables(s, "set", &text);
	if (code == CTL_OK)
		code = set_variables(s, "run", &text);
	buf_fini(&text);
	return code;
}

/* The program's own words, then the user's; each is to be freed. */
static int make_words(const struct setup *s, const struct ctl *c, char **argv, size_t *count)
{
	const struct json *args = json_get(s->of, "args");
	size_t ours = json_count(args);
	int code = CTL_OK;
	struct buf text;

	if (1 + ours + c->arg_count >= WORDS_MAX)
		return ctl_fail(CTL_USAGE, "too many arguments");
	buf_init(&text, CLIENTS_TEXT_MAX);
	for (size_t i = 0; i <= ours && code == CTL_OK; i++) {
		const struct json *word = i ? json_at(args, i - 1) : json_get(s->of, "program");

		buf_clear(&text);
		code = clients_fill(s, json_text(word), &text);
		argv[(*count)++] = mem_text(text.p, text.n);
	}
	buf_fini(&text);
	for (size_t i = 1; i < c->arg_count; i++)
		argv[(*count)++] = mem_text(c->args[i], strlen(c->args[i]));
	return code;
}

static int become(char **argv)
{
	int error;

	(void)execvp(argv[0], argv);
	error = errno;
	if (error == ENOENT)
		return ctl_fail(CTL_ABSENT, "%s is not installed, or not in PATH", argv[0]);
	return ctl_fail(CTL_FAILED, "%s can not be run: %s", argv[0], strerror(error));
}

static int start(const struct setup *s, const struct ctl *c)
{
	char *argv[WORDS_MAX] = { NULL };
	size_t count = 0;
	int code;

	if (!json_get(s->of, "program"))
		return ctl_fail(CTL_USAGE, "%s is nothing that can be started; its settings: "
		                "conduitctl env %s", c->args[0], c->args[0]);
	code = set_all(s);
	if (code == CTL_OK)
		code = make_words(s, c, argv, &count);
	if (code == CTL_OK)
		code = become(argv);
	for (size_t i = 0; i < count; i++)
		mem_free(argv[i]);
	return code;
}

static int run(struct ctl *c)
{
	struct setup s;
	int code = clients_open(&s, c);

	if (code == CTL_OK)
		code = start(&s, c);
	clients_close(&s);
	return code;
}

static const struct flag flags[] = { CLIENTS_FLAGS, { NULL, 0, NULL, NULL } };
static const struct verb verbs[] = {
	{ "", "CLIENT [-- ARGUMENTS]", "starts a client against the gateway",
	  { "conduitctl run claude",
	    "conduitctl run codex -m gpt-5 -- exec 'What is in this folder?'" },
	  1, CTL_ARGS_MAX, flags, run },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_run = { "run", "starts a client against the gateway", verbs, false };

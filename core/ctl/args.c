/* ctl/args.c - reads the command line by the tables of nouns, verbs and flags.
 * SPDX-License-Identifier: MIT */
#include "ctl/ctl.h"

#include <string.h>

#include "base/str.h"

enum { NAMES_MAX = 64 };

static const struct flag globals[] = {
	{ "output", 'o', "FORMAT", "table, json, ndjson or csv" },
	{ "quiet", 'q', NULL, "ids or the secret only" },
	{ "help", 'h', NULL, "what this does" },
	{ "version", 'V', NULL, "print the version" },
	{ NULL, 0, NULL, NULL },
};

/* --- "did you mean" --- */

static int unknown(const char *what, cdt_str word, const char *const *names)
{
	const char *near = ctl_nearest(word, names);

	if (near)
		return ctl_fail(CTL_USAGE, "unknown %s '%.*s'; did you mean '%s'?", what,
		                STR_ARG(word), near);
	return ctl_fail(CTL_USAGE, "unknown %s '%.*s'; see conduitctl help", what,
	                STR_ARG(word));
}

const struct noun *args_noun(const char *name)
{
	const char *names[NAMES_MAX] = { NULL };
	size_t n = 0;

	for (size_t i = 0; ctl_nouns[i]; i++) {
		if (!strcmp(ctl_nouns[i]->name, name))
			return ctl_nouns[i];
		if (n + 1 < NAMES_MAX)
			names[n++] = ctl_nouns[i]->name;
	}
	(void)unknown("command", str_z(name), names);
	return NULL;
}

const struct verb *args_verb(const struct noun *noun, const char *name)
{
	const char *names[NAMES_MAX] = { NULL };
	char what[64];
	size_t n = 0;

	for (const struct verb *v = noun->verbs; v->name; v++) {
		if (!strcmp(v->name, name))
			return v;
		if (n + 1 < NAMES_MAX)
			names[n++] = v->name;
	}
	(void)snprintf(what, sizeof what, "verb of %s", noun->name);
	(void)unknown(what, str_z(name), names);
	return NULL;
}

/* --- words --- */

static int take_word(struct ctl *c, const char *word)
{
	if (!c->noun) {
		c->noun = args_noun(word);
		if (!c->noun)
			return CTL_USAGE;
		if (!c->noun->verbs->name[0])
			c->verb = c->noun->verbs;
		return CTL_OK;
	}
	if (!c->verb) {
		c->verb = args_verb(c->noun, word);
		return c->verb ? CTL_OK : CTL_USAGE;
	}
	if (c->arg_count == CTL_ARGS_MAX)
		return ctl_fail(CTL_USAGE, "more than %d arguments", CTL_ARGS_MAX);
	c->args[c->arg_count++] = word;
	return CTL_OK;
}

/* --- flags --- */

static bool is_flag(const struct flag *f, cdt_str name, bool is_long)
{
	return is_long ? str_is(name, f->name) : f->letter && f->letter == name.p[0];
}

static const struct flag *find_flag(const struct ctl *c, cdt_str name, bool is_long)
{
	for (const struct flag *f = globals; f->name; f++)
		if (is_flag(f, name, is_long))
			return f;
	for (const struct flag *f = c->verb ? c->verb->flags : NULL; f && f->name; f++)
		if (is_flag(f, name, is_long))
			return f;
	return NULL;
}

static int unknown_flag(const struct ctl *c, cdt_str name)
{
	const char *names[NAMES_MAX] = { NULL };
	size_t n = 0;

	for (const struct flag *f = globals; f->name; f++)
		names[n++] = f->name;
	for (const struct flag *f = c->verb ? c->verb->flags : NULL; f && f->name; f++)
		if (n + 1 < NAMES_MAX)
			names[n++] = f->name;
	return unknown("flag", name, names);
}

static int set_style(struct ctl *c, const char *word)
{
	static const char *const names[] = { "table", "json", "ndjson", "csv", NULL };

	for (size_t i = 0; names[i]; i++)
		if (!strcmp(names[i], word)) {
			c->style = (enum style)i;
			return CTL_OK;
		}
	return unknown("output format", str_z(word), names);
}

static int set_flag(struct ctl *c, const struct flag *f, const char *value)
{
	if (f == &globals[0])
		return set_style(c, value);
	c->quiet |= f == &globals[1];
	c->help |= f == &globals[2];
	c->version |= f == &globals[3];
	if (c->given_count == CTL_FLAGS_MAX)
		return ctl_fail(CTL_USAGE, "more than %d flags", CTL_FLAGS_MAX);
	c->given[c->given_count].flag = f;
	c->given[c->given_count++].value = value ? value : "";
	return CTL_OK;
}

/* "--name", "--name=value", "--name value", "-n", "-nvalue", "-n value".  *i moves on when
 * the next word is the value. */
static int take_flag(struct ctl *c, char **argv, int *i)
{
	bool is_long = argv[*i][1] == '-';
	cdt_str word = str_z(argv[*i] + (is_long ? 2 : 1)), name = word;
	const char *value = is_long ? strchr(word.p, '=') : word.n > 1 ? word.p + 1 : NULL;
	const struct flag *f;

	if (value)
		name.n = (size_t)(value - word.p);
	if (value && is_long)
		value++;
	f = find_flag(c, name, is_long);
	if (!f)
		return unknown_flag(c, name);
	if (!f->value && value && is_long)
		return ctl_fail(CTL_USAGE, "--%s takes no value", f->name);
	if (!f->value && value)
		return ctl_fail(CTL_USAGE, "-%c takes no value: write the flags apart",
		                f->letter);
	if (f->value && !value) {
		value = argv[*i + 1];
		if (!value)
			return ctl_fail(CTL_USAGE, "--%s needs a value (%s)", f->name,
			                f->value);
		(*i)++;
	}
	return set_flag(c, f, value);
}

/* --- the whole --- */

/* "-5" is an amount. */
static bool looks_like_flag(const char *word)
{
	return word[0] == '-' && word[1] && !(word[1] >= '0' && word[1] <= '9');
}

static int check(struct ctl *c)
{
	if (c->noun && !c->verb && c->noun->bare && !c->help)
		c->verb = c->noun->verbs;
	if (!c->verb || c->help || c->version)
		return CTL_OK;
	if (c->arg_count < c->verb->min_args)
		return ctl_fail(CTL_USAGE, "%s %s needs %s; see conduitctl help %s",
		                c->noun->name, c->verb->name, c->verb->args,
		                c->noun->name);
	if (c->arg_count > c->verb->max_args)
		return ctl_fail(CTL_USAGE, "unexpected argument '%s'; see conduitctl help %s",
		                c->args[c->verb->max_args], c->noun->name);
	return CTL_OK;
}

int args_read(struct ctl *c, int argc, char **argv)
{
	bool words_only = false;
	int code = CTL_OK;

	for (int i = 1; code == CTL_OK && i < argc; i++) {
		if (!words_only && !strcmp(argv[i], "--"))
			words_only = true;
		else if (!words_only && looks_like_flag(argv[i]))
			code = take_flag(c, argv, &i);
		else
			code = take_word(c, argv[i]);
	}
	return code == CTL_OK ? check(c) : code;
}

const char *args_value(const struct ctl *c, const char *name)
{
	for (size_t i = c->given_count; i > 0; i--)    /* the last one wins */
		if (!strcmp(c->given[i - 1].flag->name, name))
			return c->given[i - 1].value;
	return NULL;
}

/* ctl/help.c - what the tables say, for people.
 * SPDX-License-Identifier: MIT */
#include "ctl/ctl.h"

#include <string.h>

static const char tail[] =
	"\n"
	"Flags of all commands, at any place:\n"
	"  -o, --output FORMAT   table, json, ndjson or csv\n"
	"  -q, --quiet           ids or the secret only\n"
	"  -h, --help            what this does, with examples\n"
	"  -V, --version         print the version\n";

static const char surroundings[] =
	"\n"
	"Which gateway: CONDUIT_ADMIN_URL (http://..., unix:/path), else the installed\n"
	"socket, else http://127.0.0.1:5001.  Its token: the file CONDUIT_ADMIN_TOKEN_FILE,\n"
	"else CONDUIT_MASTER_KEY, else the installed file.  chat, env, routes explain and\n"
	"run ask as clients do: CONDUIT_URL, CONDUIT_API_KEY (or CONDUIT_KEY).\n"
	"\n"
	"Exit: 0 fine, 1 failed, 2 wrong usage, 3 not allowed, 4 not found, 5 conflict,\n"
	"6 unreachable.\n";

static void print_verb(FILE *to, const struct noun *n, const struct verb *v)
{
	char left[64];

	(void)snprintf(left, sizeof left, "%s%s%s%s%s", n->name, v->name[0] ? " " : "", v->name,
	               v->args[0] ? " " : "", v->args);
	fprintf(to, "  %-34s  %s\n", left, v->help);
}

static void print_examples(FILE *to, const struct verb *v)
{
	fprintf(to, "  %s\n  %s\n", v->examples[0], v->examples[1]);
}

static void print_flags(FILE *to, const struct flag *f)
{
	if (f && f->name)
		fputs("\nFlags:\n", to);
	for (; f && f->name; f++) {
		char left[64], letter[] = { '-', f->letter, ',', ' ', 0 };

		(void)snprintf(left, sizeof left, "%s--%s%s%s", f->letter ? letter : "    ",
		               f->name, f->value ? " " : "", f->value ? f->value : "");
		fprintf(to, "  %-24s  %s\n", left, f->help);
	}
}

static void print_all(FILE *to)
{
	fputs("conduitctl - talks to a running conduitd\n\n"
	      "usage: conduitctl [FLAGS] COMMAND [VERB] [ARGUMENTS]\n\n"
	      "Examples:\n"
	      "  conduitctl status\n"
	      "  KEY=$(conduitctl keys create -q ci --models 'gpt-*' --expires 30d)\n\n"
	      "Commands:\n", to);
	for (size_t i = 0; ctl_nouns[i]; i++)
		fprintf(to, "  %-12s  %s\n", ctl_nouns[i]->name, ctl_nouns[i]->help);
	fputs(tail, to);
	fputs(surroundings, to);
}

static void print_noun(FILE *to, const struct noun *n)
{
	const struct verb *first = n->verbs, *second = first + 1;

	fprintf(to, "conduitctl %s - %s\n\nExamples:\n", n->name, n->help);
	if (second->name)
		fprintf(to, "  %s\n  %s\n", first->examples[0], second->examples[0]);
	else
		print_examples(to, first);
	fputs("\nVerbs:\n", to);
	for (const struct verb *v = n->verbs; v->name; v++)
		print_verb(to, n, v);
	fputs(tail, to);
}

void help_print(FILE *to, const struct noun *n, const struct verb *v)
{
	if (!n) {
		print_all(to);
		return;
	}
	if (!v) {
		print_noun(to, n);
		return;
	}
	fputs("usage: conduitctl ", to);
	fprintf(to, "%s%s%s%s%s [FLAGS]\n\n%s\n\nExamples:\n", n->name, v->name[0] ? " " : "",
	        v->name, v->args[0] ? " " : "", v->args, v->help);
	print_examples(to, v);
	print_flags(to, v->flags);
	fputs(tail, to);
}

static int run(struct ctl *c)
{
	const struct noun *n = c->arg_count ? args_noun(c->args[0]) : NULL;
	const struct verb *v = NULL;

	if (c->arg_count && !n)
		return CTL_USAGE;
	if (n && !n->verbs->name[0])
		v = n->verbs;
	if (n && c->arg_count > 1) {
		v = args_verb(n, c->args[1]);
		if (!v)
			return CTL_USAGE;
	}
	help_print(stdout, n, v);
	return CTL_OK;
}

static const struct verb verbs[] = {
	{ "", "[COMMAND [VERB]]", "explains a command",
	  { "conduitctl help keys", "conduitctl help keys create" }, 0, 2, NULL, run },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_help = { "help", "explains a command", verbs, false };

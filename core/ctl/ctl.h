/* ctl/ctl.h - conduitctl: what was asked for on the command line, and the table of what can be.
 * One thread; the process ends soon.
 * SPDX-License-Identifier: MIT */
#ifndef CTL_CTL_H
#define CTL_CTL_H
#include "conduit/base.h"

#include <stdbool.h>
#include <stdio.h>

enum exit_code {
	CTL_OK, CTL_FAILED, CTL_USAGE, CTL_AUTH, CTL_ABSENT, CTL_CONFLICT, CTL_UNREACHABLE
};
enum style { STYLE_TABLE, STYLE_JSON, STYLE_NDJSON, STYLE_CSV };
enum { CTL_ARGS_MAX = 64, CTL_FLAGS_MAX = 32 };

struct ctl;
struct flag {
	const char *name;              /* "--name" */
	char letter;                   /* 0: none */
	const char *value, *help;      /* value NULL: a switch */
};
struct verb {
	const char *name;              /* "": the noun alone says it */
	const char *args, *help;
	const char *examples[2];
	size_t min_args, max_args;
	const struct flag *flags;      /* ends with a NULL name; or NULL */
	int (*run)(struct ctl *c);     /* an exit_code */
};
struct noun {
	const char *name, *help;
	const struct verb *verbs;      /* ends with a NULL name */
	bool bare;                     /* without a verb the first is meant */
};

struct ctl {
	const struct noun *noun;
	const struct verb *verb;
	const char *args[CTL_ARGS_MAX];
	size_t arg_count;
	struct { const struct flag *flag; const char *value; } given[CTL_FLAGS_MAX];
	size_t given_count;
	enum style style;
	bool quiet, help, version;
};

extern const struct noun ctl_api, ctl_audit, ctl_backup, ctl_cache, ctl_chat, ctl_config,
	ctl_env, ctl_groups, ctl_help, ctl_keys, ctl_ledger, ctl_log, ctl_models, ctl_plugins,
	ctl_providers, ctl_reload, ctl_requests, ctl_restore, ctl_routes, ctl_run, ctl_status,
	ctl_targets, ctl_usage;
extern const struct noun *const ctl_nouns[];           /* sorted; ends with NULL */

/* Reads the command line; says what is wrong on stderr. */
int args_read(struct ctl *c, int argc, char **argv);
/* The value of a flag of the verb ("" of a switch), or NULL when it was not given. */
const char *args_value(const struct ctl *c, const char *name);
const struct noun *args_noun(const char *name);        /* NULL: there is none, and said so */
const struct verb *args_verb(const struct noun *n, const char *name);

/* For the whole (noun NULL), a noun (verb NULL) or a verb. */
void help_print(FILE *to, const struct noun *n, const struct verb *v);

/* "conduitctl: ..." on stderr.  Returns code. */
int ctl_fail(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The nearest of names (which end with NULL) or NULL. */
const char *ctl_nearest(cdt_str word, const char *const *names);

#endif

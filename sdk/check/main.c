/* check/main.c - conduit-plugin-check: loads a plugin as the gateway does, opens what it
 * offers, replays the cases of a provider, and tries what a cache has to do.
 * SPDX-License-Identifier: MIT */
#include "check/check.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "check/recording.h"
#include "conduit/cache.h"

enum { DEFAULT_MUTATIONS = 10000, DEFAULT_CUTS = 4096 };

static const char usage[] =
	"usage: conduit-plugin-check [OPTION]... PLUGIN.so\n"
	"\n"
	"Loads the plugin as the gateway does, opens what it offers, and replays cases of a\n"
	"provider: requests that it has to build, and recorded answers that it has to read.\n"
	"A cache is tried with keys and values of all kinds.\n"
	"Says what it found in the Test Anything Protocol.\n"
	"\n"
	"  --cases DIR      the folder with the recorded answers, and with requests/*.json\n"
	"  --only TEXT      only cases whose name has TEXT in it\n"
	"  --options JSON   options for cases that do not say (DIR/options.json)\n"
	"  --update         write what the plugin makes of answers to their .events files\n"
	"  --mutations N    spoil each answer so many times (10000)\n"
	"  --cuts N         cut each answer at about so many places (4096)\n"
	"  --seed N         other dice (1)\n"
	"  --help, --version\n";

bool check_wants(const struct check *c, const char *name)
{
	return !c->only || strstr(name, c->only);
}

struct instance_self *check_self(const struct check *c, const struct json *rule,
                                 char why[STAGE_WHY_SIZE])
{
	struct json *options = json_get(rule, "options");
	cdt_str type = json_text(json_get(rule, "type"));
	const struct cdt_feature *f = stage_feature(c->stage, CDT_KIND_PROVIDER, type);

	if (f)
		return stage_self(c->stage, f, options ? json_print(options)
		                                       : str_z(c->options), why);
	(void)snprintf(why, STAGE_WHY_SIZE, "the plugin offers no such provider");
	return NULL;
}

/* Everything that it offers opens with the options that were given, when they are for it.
 * Caches have files, threads and servers: they are opened where they are tried. */
static void open_all(const struct check *c)
{
	const struct cdt_feature *const *f = stage_module(c->stage)->features;

	for (; f && *f; f++) {
		char why[STAGE_WHY_SIZE], name[200];

		if (!strcmp((*f)->kind, CDT_KIND_CACHE))
			continue;
		(void)snprintf(name, sizeof name, "%s %s opens", (*f)->kind, (*f)->name);
		if (!strcmp((*f)->kind, CDT_KIND_PROVIDER) || !c->cases)
			report_line(c->report, stage_self(c->stage, *f, str_z(c->options), why),
			            name, "", why);
	}
}

static bool number(const char *text, uint64_t *out)
{
	if (str_u64(str_z(text), out))
		return true;
	(void)fprintf(stderr, "conduit-plugin-check: '%s' is not a number\n", text);
	return false;
}

static const struct option options[] = {
	{ "cases", required_argument, NULL, 'c' }, { "only", required_argument, NULL, 'o' },
	{ "options", required_argument, NULL, 'O' }, { "update", no_argument, NULL, 'u' },
	{ "mutations", required_argument, NULL, 'm' }, { "cuts", required_argument, NULL, 'C' },
	{ "seed", required_argument, NULL, 's' }, { "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 },
};

/* What was asked for; or the exit status. */
static int read_arguments(int argc, char **argv, struct check *c)
{
	uint64_t mutations = DEFAULT_MUTATIONS, cuts = DEFAULT_CUTS;
	int o;

	while ((o = getopt_long(argc, argv, "hV", options, NULL)) != -1)
		switch (o) {
		case 'c': c->cases = optarg; break;
		case 'o': c->only = optarg; break;
		case 'O': c->options = optarg; break;
		case 'u': c->update = true; break;
		case 'm': if (!number(optarg, &mutations)) return 2; break;
		case 'C': if (!number(optarg, &cuts)) return 2; break;
		case 's': if (!number(optarg, &c->seed)) return 2; break;
		case 'h': (void)fputs(usage, stdout); return 0;
		case 'V': printf("conduit-plugin-check %s\n", PACKAGE_VERSION); return 0;
		default: (void)fputs(usage, stderr); return 2;
		}
	c->mutations = (size_t)mutations;
	c->cuts = (size_t)cuts;
	if (argc == optind + 1)
		return -1;
	(void)fputs(usage, stderr);
	return 2;
}

/* What the folder says of all its cases, when the command line does not. */
static char *read_options(struct check *c)
{
	char path[1100], *text;
	struct buf b;

	if (c->options)
		return NULL;
	(void)snprintf(path, sizeof path, "%s/options.json", c->cases ? c->cases : ".");
	buf_init(&b, 64 << 10);
	if (!c->cases || !recording_file(path, &b))
		buf_add_z(&b, "{}");
	text = mem_text(b.p, b.n);
	buf_fini(&b);
	c->options = text;
	return text;
}

static void check_plugin(struct check *c, const char *path)
{
	char why[STAGE_WHY_SIZE] = "";
	struct stat st;

	c->stage = stage_new(path, why);
	report_line(c->report, c->stage != NULL, path, "loads", why);
	if (!c->stage)
		return;
	open_all(c);
	check_caches(c, path);
	if (c->cases && (stat(c->cases, &st) || !S_ISDIR(st.st_mode))) {
		report_line(c->report, false, c->cases, "", "is not a folder");
	} else if (c->cases) {
		check_requests(c);
		check_answers(c);
	}
	stage_free(c->stage);
}

int main(int argc, char **argv)
{
	struct report report = { 0, 0, 0 };
	struct check c = { .report = &report, .seed = 1 };
	int status = read_arguments(argc, argv, &c);
	char *options_text;

	if (status >= 0)
		return status;
	(void)log_set_levels("error");         /* warnings belong to spoiled answers */
	options_text = read_options(&c);
	check_plugin(&c, argv[optind]);
	mem_free(options_text);
	return report_end(&report);
}

/* main.c - conduitd's arguments, and what needs no gateway: a backup is put back.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "base/clock.h"
#include "base/log.h"
#include "ledger/archive.h"
#include "ledger/money.h"

enum { OVERRIDES_MAX = 64, OPTION_SCHEMA = 256, OPTION_CHECK_PLUGIN, OPTION_RESTORE,
       OPTION_FORCE };

static const char usage_text[] =
	"usage: conduitd [-c FILE] [-t] [-T] [-g PATH=VALUE]... [-l LEVEL] [-V] [-h]\n"
	"       conduitd [-c FILE] [-g PATH=VALUE]... --restore FILE [--force]\n"
	"\n"
	"  -c FILE          configuration (default: " SYSCONFDIR "/conduit/conduit.cfg when\n"
	"                   it is there, else built-in defaults and the providers whose keys\n"
	"                   are in the environment)\n"
	"  -t               test the configuration and the plugins, then exit\n"
	"  -T               as -t, and print what is in effect; secrets are not shown\n"
	"  -g PATH=VALUE    override one value, e.g. -g server.workers=2\n"
	"  -l LEVEL         debug, info, warn or error; also \"info,router=debug\"\n"
	"  -V               print the version\n"
	"      --schema     print the configuration's schema as JSON\n"
	"      --check-plugin FILE   load one plugin and print what it offers\n"
	"      --restore FILE        put a backup ('-' = standard input) into the state\n"
	"                   folder, which nobody uses; with --force what is there is moved\n"
	"                   aside\n"
	"\n"
	"Stays in the foreground.  HUP reloads, USR1 reopens logs, TERM drains and exits.\n"
	"Exit status: 0 fine, 1 failed at run time, 2 wrong usage, 78 wrong configuration.\n";

static const struct option longs[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "schema", no_argument, NULL, OPTION_SCHEMA },
	{ "check-plugin", required_argument, NULL, OPTION_CHECK_PLUGIN },
	{ "restore", required_argument, NULL, OPTION_RESTORE },
	{ "force", no_argument, NULL, OPTION_FORCE },
	{ NULL, 0, NULL, 0 },
};

static int print_schema(void)
{
	struct buf out;

	buf_init(&out, 8 << 20);
	config_print_schema(&out);
	printf("%.*s\n", (int)out.n, out.p);
	buf_fini(&out);
	return 0;
}

static int wrong_usage(void)
{
	fprintf(stderr, "%s", usage_text);
	return EXIT_USAGE;
}

static void say_restored(const char *dir, const struct restore_outcome *done)
{
	char text[CLOCK_TEXT_SIZE], posted[MONEY_TEXT_SIZE], held[MONEY_TEXT_SIZE];

	fprintf(stderr, "conduitd: the backup of %s is in %s: %llu entries, %s USD charged, "
	        "%s USD held\n", clock_text(done->created_ms, text), dir,
	        (unsigned long long)done->sums.entries, money_text(done->sums.posted, posted),
	        money_text(done->sums.held, held));
	if (done->aside[0])
		fprintf(stderr, "conduitd: the names of what was there end in %s now\n",
		        done->aside);
}

static int restore_into(const struct config *c, const char *file, bool force)
{
	struct restore_order o = {
		.dir = c->state_dir, .map_size = c->map_size, .wall_ms = clock_wall_ms(),
		.force = force,
		.fd = strcmp(file, "-") ? open(file, O_RDONLY | O_CLOEXEC) : STDIN_FILENO,
	};
	struct restore_outcome done;
	char why[256];
	cdt_status st;

	if (o.fd < 0) {
		fprintf(stderr, "conduitd: %s: %s\n", file, strerror(errno));
		return EXIT_RUNTIME;
	}
	st = archive_restore(&o, &done, why);
	(void)close(o.fd);                             /* was only read */
	if (st == CDT_OK)
		say_restored(c->state_dir, &done);
	else
		fprintf(stderr, "conduitd: not restored: %s\n", why);
	return st == CDT_OK ? 0 : st == CDT_E_UNSUPPORTED ? EXIT_CONFIG : EXIT_RUNTIME;
}

/* --restore */
static int restore(const struct config_source *source, const char *file, bool force)
{
	struct config_report report;
	struct config *c;
	int code = EXIT_CONFIG;

	config_report_init(&report);
	c = config_load(source, &report);
	if (report.text.n)
		fprintf(stderr, "%.*s", (int)report.text.n, report.text.p);
	if (c)
		code = restore_into(c, file, force);
	config_report_fini(&report);
	config_give(c);
	return code;
}

int main(int argc, char **argv)
{
	const char *overrides[OVERRIDES_MAX + 1] = { NULL };
	char file[4096], models[4096], web[4096];
	const char *backup = NULL;
	size_t override_count = 0;
	bool force = false;
	struct app_options o = {
		.source = { .overrides = overrides, .default_state_dir = STATEDIR,
		            .default_plugin_dir = PLUGINDIR, .default_runtime_dir = RUNTIMEDIR,
		            .default_file = SYSCONFDIR "/conduit/conduit.cfg",
		            .environment_file = file, .default_models_file = models,
		            .default_web_dir = WEBDIR[0] ? web : NULL },
	};
	/* CONDUIT_DATA_DIR: running from a build folder, without an installation. */
	const char *files_dir = getenv("CONDUIT_DATA_DIR");
	int c;

	(void)snprintf(file, sizeof file, "%s/environment.cfg",
	               files_dir ? files_dir : PKGDATADIR);
	(void)snprintf(models, sizeof models, "%s/models.json",
	               files_dir ? files_dir : PKGDATADIR);
	(void)snprintf(web, sizeof web, "%s%s", files_dir ? files_dir : WEBDIR,
	               files_dir ? "/web" : "");

	while ((c = getopt_long(argc, argv, "c:tTg:l:Vh", longs, NULL)) != -1) {
		switch (c) {
		case 'c': o.source.file = optarg; break;
		case 't': o.test = true; break;
		case 'T': o.print = true; break;
		case 'l': o.log_level = optarg; break;
		case 'V': printf("conduitd %s\n", PACKAGE_VERSION); return 0;
		case 'h': printf("%s", usage_text); return 0;
		case OPTION_SCHEMA: return print_schema();
		case OPTION_CHECK_PLUGIN: return app_check_plugin(optarg);
		case OPTION_RESTORE: backup = optarg; break;
		case OPTION_FORCE: force = true; break;
		case 'g':
			if (override_count == OVERRIDES_MAX)
				return wrong_usage();
			overrides[override_count++] = optarg;
			break;
		default: return wrong_usage();
		}
	}
	if (o.log_level && !log_set_levels(o.log_level)) {
		fprintf(stderr, "conduitd: '%s' is no log level: debug, info, warn or error\n",
		        o.log_level);
		return EXIT_USAGE;
	}
	if (optind < argc) {
		fprintf(stderr, "conduitd: unexpected argument '%s'\n%s", argv[optind],
		        usage_text);
		return EXIT_USAGE;
	}
	if (force && !backup) {
		fprintf(stderr, "conduitd: --force belongs to --restore\n");
		return EXIT_USAGE;
	}
	return backup ? restore(&o.source, backup, force) : app_run(&o);
}

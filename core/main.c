/* main.c - conduitd's arguments.
 * SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "app.h"
#include "base/log.h"

enum { OVERRIDES_MAX = 64, OPTION_SCHEMA = 256, OPTION_CHECK_PLUGIN };

static const char usage_text[] =
	"usage: conduitd [-c FILE] [-t] [-T] [-g PATH=VALUE]... [-l LEVEL] [-V] [-h]\n"
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
	"\n"
	"Stays in the foreground.  HUP reloads, USR1 reopens logs, TERM drains and exits.\n"
	"Exit status: 0 fine, 1 failed at run time, 2 wrong usage, 78 wrong configuration.\n";

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

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ "schema", no_argument, NULL, OPTION_SCHEMA },
		{ "check-plugin", required_argument, NULL, OPTION_CHECK_PLUGIN },
		{ NULL, 0, NULL, 0 },
	};
	const char *overrides[OVERRIDES_MAX + 1] = { NULL };
	char file[4096], models[4096];
	size_t override_count = 0;
	struct app_options o = {
		.source = { .overrides = overrides, .default_state_dir = STATEDIR,
		            .default_plugin_dir = PLUGINDIR, .default_runtime_dir = RUNTIMEDIR,
		            .default_file = SYSCONFDIR "/conduit/conduit.cfg",
		            .environment_file = file, .default_models_file = models },
	};
	/* CONDUIT_DATA_DIR: running from a build folder, without an installation. */
	const char *files_dir = getenv("CONDUIT_DATA_DIR");
	int c;

	(void)snprintf(file, sizeof file, "%s/environment.cfg",
	               files_dir ? files_dir : PKGDATADIR);
	(void)snprintf(models, sizeof models, "%s/models.json",
	               files_dir ? files_dir : PKGDATADIR);

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
	return app_run(&o);
}

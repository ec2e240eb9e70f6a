/* vet.c - conduitd --check-plugin: loads one plugin as a start would, and says what is in it.
 * SPDX-License-Identifier: MIT */
#include "vet.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app.h"
#include "base/jsonw.h"
#include "metrics/metrics.h"
#include "plugin/registry.h"

void vet_remove_dir(const char *path)
{
	char file[512];
	struct dirent *entry;
	DIR *d = opendir(path);

	while (d && (entry = readdir(d)) != NULL) {
		(void)snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
		if (entry->d_name[0] != '.')
			(void)unlink(file);           /* left over is harmless: it is in /tmp */
	}
	if (d)
		(void)closedir(d);
	(void)rmdir(path);
}

int app_check_plugin(const char *path)
{
	char dir[] = "/tmp/conduit-check-XXXXXX", private_dir[64], why[256];
	struct plugin_surroundings s = { .version = PACKAGE_VERSION, .private_dir = private_dir,
	                                 .trust_any_owner = 1 };
	struct registry *r;
	struct jsonw w;
	struct buf out;
	cdt_status st;

	if (!mkdtemp(dir)) {
		perror(dir);
		return EXIT_RUNTIME;
	}
	(void)snprintf(private_dir, sizeof private_dir, "%s/plugins", dir);
	s.metrics = metrics_new(1);
	r = registry_new(&s);
	st = registry_load_file(r, path, why);
	if (st == CDT_OK) {
		buf_init(&out, 1 << 20);
		jsonw_init(&w, &out);
		registry_print_json(r, &w);
		printf("%.*s\n", (int)out.n, out.p);
		buf_fini(&out);
	} else {
		fprintf(stderr, "conduitd: %s: %s\n", path, why);
	}
	registry_free(r);
	metrics_free(s.metrics);
	vet_remove_dir(private_dir);
	vet_remove_dir(dir);
	return st == CDT_OK ? 0 : EXIT_CONFIG;
}

/* unit/config/scene.c - writes, loads, compares.
 * SPDX-License-Identifier: MIT */
#include "unit/config/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static const char *const variables[] = {
	"CONDUIT_HOST", "CONDUIT_PORT", "CONDUIT_ADMIN_PORT", "CONDUIT_MASTER_KEY",
	"CONDUIT_STATE_DIR", "CONDUIT_PLUGIN_PATH", "CONDUIT_LOG_LEVEL", NULL
};

const char *scene_path(struct scene *s, const char *name)
{
	memmove(s->paths[1], s->paths[0], sizeof s->paths - sizeof s->paths[0]);
	(void)snprintf(s->paths[0], sizeof s->paths[0], "%s/%s", s->dir, name);
	return s->paths[0];
}

void scene_write(struct scene *s, const char *name, const char *text, unsigned mode)
{
	FILE *f = fopen(scene_path(s, name), "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fwrite(text, 1, strlen(text), f), strlen(text));
	CU_ASSERT_EQUAL(fclose(f), 0);
	CU_ASSERT_EQUAL(chmod(s->paths[0], mode), 0);
}

void scene_init(struct scene *s, const char *text)
{
	*s = (struct scene){ .dir = unit_dir_new() };
	for (const char *const *v = variables; *v; v++)
		CU_ASSERT_EQUAL(unsetenv(*v), 0);
	config_report_init(&s->report);
	if (!text)
		return;
	scene_write(s, "conduit.cfg", text, 0600);
	s->source.file = mem_text(s->paths[0], strlen(s->paths[0]));
}

/* The report without "DIR/". */
static char *strip(const struct scene *s)
{
	size_t n = strlen(s->dir) + 1, used = 0;
	char *out = mem_new(s->report.text.n + 1);
	const char *p = s->report.text.p, *end = p + s->report.text.n;

	while (p < end) {
		if ((size_t)(end - p) >= n && memcmp(p, s->dir, n - 1) == 0 && p[n - 1] == '/')
			p += n;
		else
			out[used++] = *p++;
	}
	return out;
}

void scene_load(struct scene *s)
{
	s->config = config_load(&s->source, &s->report);
	s->text = strip(s);
}

void scene_open(struct scene *s, const char *text)
{
	scene_init(s, text);
	scene_load(s);
}

void scene_fini(struct scene *s)
{
	if (s->source.file)
		mem_free((void *)(uintptr_t)s->source.file);
	config_give(s->config);
	config_report_fini(&s->report);
	mem_free(s->text);
	unit_dir_drop(s->dir);
}

void scene_check(const struct scene_row *rows)
{
	for (; rows->config; rows++) {
		struct scene s;

		scene_open(&s, rows->config);
		if (strcmp(s.text, rows->report) != 0)
			fprintf(stderr, "\nwritten:\n%s\nreported:\n%s\nexpected:\n%s\n",
			        rows->config, s.text, rows->report);
		CU_ASSERT_STRING_EQUAL(s.text, rows->report);
		CU_ASSERT_EQUAL(s.config == NULL, s.report.errors > 0);
		scene_fini(&s);
	}
}

/* unit/plugin/registry_test.c - loading files and folders, and the list of what is offered.
 * SPDX-License-Identifier: MIT */
#include "plugin/registry.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "conduit/cache.h"
#include "conduit/policy.h"
#include "unit/plugin/rig.h"
#include "unit/unit.h"

static void copy(const char *plugin, const char *dir, const char *as, size_t at_most)
{
	char from[PLUGRIG_PATH_SIZE], to[PLUGRIG_PATH_SIZE], byte[4096];
	FILE *in = fopen(plugrig_path(plugin, from), "rb"), *out;
	size_t got;

	(void)snprintf(to, sizeof to, "%s/%s", dir, as);
	out = fopen(to, "wb");
	CU_ASSERT_PTR_NOT_NULL_FATAL(in);
	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	while (at_most && (got = fread(byte, 1, at_most < 4096 ? at_most : 4096, in)) > 0) {
		(void)fwrite(byte, 1, got, out);
		at_most -= got;
	}
	fclose(in);
	fclose(out);
}

static void write_text(const char *dir, const char *as, const char *text)
{
	char path[PLUGRIG_PATH_SIZE];
	FILE *out;

	(void)snprintf(path, sizeof path, "%s/%s", dir, as);
	out = fopen(path, "wb");
	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	(void)fputs(text, out);
	fclose(out);
}

static void finds_a_feature_by_kind_and_name(void)
{
	struct plugrig g;

	plugrig_init(&g, "good");
	CU_ASSERT_PTR_NOT_NULL(registry_find(g.registry, CDT_KIND_PROVIDER, "good"));
	CU_ASSERT_PTR_NOT_NULL(registry_find(g.registry, CDT_KIND_POLICY, "good"));
	CU_ASSERT_PTR_NOT_NULL(registry_find(g.registry, CDT_KIND_CACHE, "good"));
	CU_ASSERT_PTR_NULL(registry_find(g.registry, CDT_KIND_CACHE, "goo"));
	CU_ASSERT_PTR_NULL(registry_find(g.registry, "conduit.engine/9", "good"));
	CU_ASSERT_STRING_EQUAL(registry_names(g.registry, CDT_KIND_POLICY)[0], "good");
	CU_ASSERT_PTR_NULL(registry_names(g.registry, CDT_KIND_POLICY)[1]);
	plugrig_fini(&g);
}

static void says_why_a_file_is_refused(void)
{
	static const struct { const char *plugin, *sentence; } rows[] = {
		{ "nosymbol", "has no conduit_module_1" },
		{ "future", "made for ABI 2, this gateway speaks 1" },
		{ "newer", "needs ABI minor 7, this gateway has 0" },
		{ "nobuild", "provider nobuild: a provider without build" },
		{ "isnotthere", "No such file or directory" },
	};
	char why[256];
	struct plugrig g;

	plugrig_init(&g, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		CU_ASSERT_EQUAL(plugrig_load(&g, rows[i].plugin, why), CDT_E_INVALID);
		CU_ASSERT_STRING_EQUAL(why, rows[i].sentence);
	}
	CU_ASSERT_STRING_EQUAL(registry_modules(g.registry)->why, rows[0].sentence);
	CU_ASSERT_PTR_NULL(registry_modules(g.registry)->module);
	plugrig_fini(&g);
}

static void names_both_files_that_offer_one_name(void)
{
	char why[256];
	struct plugrig g;

	plugrig_init(&g, "good");
	CU_ASSERT_EQUAL(plugrig_load(&g, "twin", why), CDT_E_INVALID);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "offers policy good, which "));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "/good.so offers already"));
	plugrig_fini(&g);
}

static void loads_a_folder_and_skips_the_broken_ones(void)
{
	char plugins[PLUGRIG_PATH_SIZE];
	const struct plugin_module *m;
	struct plugrig g;

	plugrig_init(&g, NULL);
	(void)snprintf(plugins, sizeof plugins, "%s/plugins", g.dir);
	CU_ASSERT_EQUAL(mkdir(plugins, 0755), 0);
	copy("good", plugins, "b.so", SIZE_MAX);
	copy("good", plugins, "cut.so", 2000);
	copy("workers", plugins, "a.so", SIZE_MAX);
	copy("options", plugins, "not-a-plugin.txt", SIZE_MAX);
	write_text(plugins, "text.so", "this is text\n");
	CU_ASSERT_EQUAL(registry_load_dir(g.registry, plugins), 2);
	m = registry_modules(g.registry);
	CU_ASSERT_STRING_EQUAL(m->module->id, "org.example.workers");      /* sorted */
	CU_ASSERT_STRING_EQUAL(m->next->module->id, "org.example.good");
	CU_ASSERT_PTR_NOT_NULL(strstr(m->next->next->why, "cut off"));
	CU_ASSERT_STRING_EQUAL(m->next->next->next->why, "not an ELF file");
	CU_ASSERT_PTR_NULL(m->next->next->next->next);
	plugrig_fini(&g);
}

static void takes_a_missing_folder_for_an_empty_one(void)
{
	struct plugrig g;

	plugrig_init(&g, NULL);
	CU_ASSERT_EQUAL(registry_load_dir(g.registry, "/nowhere/at/all"), 0);
	CU_ASSERT_PTR_NULL(registry_modules(g.registry));
	plugrig_fini(&g);
}

static struct registry *distrusting(const struct plugrig *g)
{
	struct plugin_surroundings s = { .version = "0", .private_dir = g->private_dir };

	return registry_new(&s);
}

static void refuses_what_others_may_write_to(void)
{
	char plugins[PLUGRIG_PATH_SIZE], path[PLUGRIG_PATH_SIZE], link[PLUGRIG_PATH_SIZE];
	char why[256];
	struct registry *r;
	struct plugrig g;

	plugrig_init(&g, NULL);
	r = distrusting(&g);
	(void)snprintf(plugins, sizeof plugins, "%s/plugins", g.dir);
	(void)snprintf(path, sizeof path, "%.400s/good.so", plugins);
	(void)snprintf(link, sizeof link, "%.400s/link.so", plugins);
	CU_ASSERT_EQUAL(mkdir(plugins, 0755), 0);
	copy("good", plugins, "good.so", SIZE_MAX);
	CU_ASSERT_EQUAL(chmod(plugins, 0777), 0);
	CU_ASSERT_EQUAL(registry_load_dir(r, plugins), 0);
	CU_ASSERT_EQUAL(chmod(plugins, 0755), 0);
	CU_ASSERT_EQUAL(chmod(path, 0664), 0);
	CU_ASSERT_EQUAL(registry_load_file(r, path, why), CDT_E_INVALID);
	CU_ASSERT_STRING_EQUAL(why, "can be written by others than its owner");
	CU_ASSERT_EQUAL(symlink("good.so", link), 0);
	CU_ASSERT_EQUAL(registry_load_file(r, link, why), CDT_E_INVALID);
	CU_ASSERT_STRING_EQUAL(why, "is a symbolic link");
	CU_ASSERT_EQUAL(chmod(path, 0644), 0);
	CU_ASSERT_EQUAL(registry_load_dir(r, plugins), 1);     /* the link is still refused */
	registry_free(r);
	plugrig_fini(&g);
}

static void keeps_a_private_copy_under_its_hash(void)
{
	char path[PLUGRIG_PATH_SIZE + 80];
	const struct plugin_module *m;
	struct stat dir, file;
	struct plugrig g;

	plugrig_init(&g, "good");
	m = registry_modules(g.registry);
	(void)snprintf(path, sizeof path, "%s/%s.so", g.private_dir, m->sha256);
	CU_ASSERT_EQUAL(strlen(m->sha256), 64);
	CU_ASSERT_EQUAL(stat(g.private_dir, &dir), 0);
	CU_ASSERT_EQUAL(stat(path, &file), 0);
	CU_ASSERT_EQUAL(dir.st_mode & 07777, 0700);
	CU_ASSERT_EQUAL(file.st_mode & 07777, 0500);
	plugrig_fini(&g);
}

static void does_not_trust_a_copy_with_other_bytes(void)
{
	char path[PLUGRIG_PATH_SIZE + 80], why[256];
	struct plugin_surroundings s;
	struct registry *second;
	struct stat file;
	struct plugrig g;

	plugrig_init(&g, "good");
	s = *registry_surroundings(g.registry);
	(void)snprintf(path, sizeof path, "%s/%s.so", g.private_dir,
	               registry_modules(g.registry)->sha256);
	CU_ASSERT_EQUAL(unlink(path), 0);
	write_text(g.private_dir, path + strlen(g.private_dir) + 1, "something else\n");
	second = registry_new(&s);
	CU_ASSERT_EQUAL(plugrig_load(&(struct plugrig){ .registry = second }, "good", why),
	                CDT_OK);
	CU_ASSERT_EQUAL(stat(path, &file), 0);
	CU_ASSERT(file.st_size > 4000);
	registry_free(second);
	plugrig_fini(&g);
}

static void refuses_a_private_folder_that_others_can_read(void)
{
	char why[256];
	struct plugrig g;

	plugrig_init(&g, NULL);
	CU_ASSERT_EQUAL(mkdir(g.private_dir, 0755), 0);
	CU_ASSERT_EQUAL(plugrig_load(&g, "good", why), CDT_E_INVALID);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "is not ours alone"));
	plugrig_fini(&g);
}

static void does_not_read_past_the_end_of_short_tables(void)
{
	struct plugrig g;

	plugrig_init(&g, "oldsize");                       /* load and unload are not called */
	CU_ASSERT_PTR_NOT_NULL(plugrig_open(&g, "provider", "oldsize", NULL, NULL));
	CU_ASSERT_PTR_NULL(provider_caps(g.instance)->dialects[0]);
	CU_ASSERT_PTR_NULL(provider_local(g.instance));
	plugrig_fini(&g);
}

static void prints_every_file_with_its_features(void)
{
	char why[256];
	struct jsonw w;
	struct buf b;
	struct plugrig g;
	struct json *j, *first;

	plugrig_init(&g, "options");
	(void)plugrig_load(&g, "future", why);
	buf_init(&b, 1 << 16);
	jsonw_init(&w, &b);
	registry_print_json(g.registry, &w);
	CU_ASSERT_EQUAL(jsonw_status(&w), CDT_OK);
	j = json_parse(buf_str(&b));
	CU_ASSERT_EQUAL(json_count(j), 2);
	first = json_at(json_get(json_at(j, 0), "features"), 0);
	CU_ASSERT_EQUAL(json_count(json_get(first, "options")), 8);
	CU_ASSERT_STRING_EQUAL(json_text(json_get(json_at(j, 1), "status")).p, "refused");
	json_free(j);
	buf_fini(&b);
	plugrig_fini(&g);
}

static const struct unit_test tests[] = {
	{ "finds a feature by kind and name", finds_a_feature_by_kind_and_name },
	{ "says why a file is refused", says_why_a_file_is_refused },
	{ "names both files that offer one name", names_both_files_that_offer_one_name },
	{ "loads a folder and skips the broken ones",
	  loads_a_folder_and_skips_the_broken_ones },
	{ "takes a missing folder for an empty one", takes_a_missing_folder_for_an_empty_one },
	{ "refuses what others may write to", refuses_what_others_may_write_to },
	{ "keeps a private copy under its hash", keeps_a_private_copy_under_its_hash },
	{ "does not trust a copy with other bytes", does_not_trust_a_copy_with_other_bytes },
	{ "refuses a private folder that others can read",
	  refuses_a_private_folder_that_others_can_read },
	{ "does not read past the end of short tables",
	  does_not_read_past_the_end_of_short_tables },
	{ "prints every file with its features", prints_every_file_with_its_features },
	{ NULL, NULL },
};
const struct unit_suite plugin_registry_suite = { "plugin/registry", tests };

/* plugin/registry.c - which modules there are, which features they offer, and why one was not
 * taken.  Opening files is loader.c's, using features instance.c's.
 * SPDX-License-Identifier: MIT */
#include "plugin/registry.h"

#include <dirent.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "plugin/host_ticket.h"
#include "plugin/inside.h"
#include "plugin/loader.h"
#include "plugin/options.h"

enum { KINDS = 3, FEATURES_MAX = 512, MODULE_FEATURES_MAX = 64, NAME_MAX_BYTES = 64 };

static const struct plugin_kind *const kinds[KINDS] = {
	&kind_provider, &kind_policy, &kind_cache,
};

struct offer { const struct cdt_feature *feature; const struct plugin_module *by; };

/* A module, and the host that its load function saw. */
struct shelf {
	struct plugin_module module;           /* first */
	struct host host;
	char *path;
};

struct registry {
	struct plugin_surroundings surroundings;
	char *version, *private_dir;           /* its strings, owned */
	struct plugin_module *first, **last;
	/* By kind, in load order; names is the same list for "did you mean". */
	struct offer offer[KINDS][FEATURES_MAX];
	const char *names[KINDS][FEATURES_MAX + 1];
	size_t count[KINDS];
	struct list graves;
};

struct registry *registry_new(const struct plugin_surroundings *s)
{
	struct registry *r = mem_new(sizeof *r);

	r->surroundings = *s;
	r->surroundings.version = r->version = mem_text(s->version, strlen(s->version));
	r->surroundings.private_dir = r->private_dir = mem_text(s->private_dir,
	                                                        strlen(s->private_dir));
	r->last = &r->first;
	list_init(&r->graves);
	return r;
}

void registry_free(struct registry *r)
{
	if (!r)
		return;
	for (struct plugin_module *m = r->first, *next; m; m = next) {
		struct shelf *s = (struct shelf *)(void *)m;   /* module is its first member */

		next = m->next;
		if (m->module && CDT_CAN(struct cdt_module, m->module, unload))
			m->module->unload();
		mem_free(s->path);
		mem_free(s);
	}
	tickets_free_all(&r->graves);
	mem_free(r->version);
	mem_free(r->private_dir);
	mem_free(r);
}

const struct plugin_surroundings *registry_surroundings(const struct registry *r)
{
	return &r->surroundings;
}

struct list *registry_graves(struct registry *r)
{
	return &r->graves;
}

static size_t kind_index(const char *id)
{
	size_t k = 0;

	while (k < KINDS && strcmp(kinds[k]->id, id))
		k++;
	return k;
}

static const struct offer *find(const struct registry *r, const char *kind, const char *name)
{
	size_t k = kind_index(kind);

	for (size_t i = 0; k < KINDS && i < r->count[k]; i++)
		if (strcmp(r->offer[k][i].feature->name, name) == 0)
			return &r->offer[k][i];
	return NULL;
}

const struct cdt_feature *registry_find(const struct registry *r, const char *kind,
                                        const char *name)
{
	const struct offer *o = find(r, kind, name);

	return o ? o->feature : NULL;
}

const char *const *registry_names(const struct registry *r, const char *kind)
{
	static const char *const none[] = { NULL };
	size_t k = kind_index(kind);

	return k < KINDS ? r->names[k] : none;
}

const struct plugin_module *registry_modules(const struct registry *r)
{
	return r->first;
}

__attribute__((format(printf, 2, 3)))
static cdt_status refuse(char why[PLUGIN_WHY_SIZE], const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(why, PLUGIN_WHY_SIZE, fmt, args);      /* a long path may be cut */
	va_end(args);
	return CDT_E_INVALID;
}

/* What a config file can name without quotes or doubt. */
static bool is_name(const char *name)
{
	size_t n = strnlen(name, NAME_MAX_BYTES + 1);

	return n > 0 && n <= NAME_MAX_BYTES &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.-") == n;
}

/* One feature, alone and against those that there are already. */
static cdt_status check_feature(const struct registry *r, const struct cdt_feature *f,
                                char why[PLUGIN_WHY_SIZE])
{
	const struct offer *twin;
	const char *flaw;
	size_t k;

	if (!CDT_HAS(struct cdt_feature, f, ops) || !f->kind || !f->name || !is_name(f->name))
		return refuse(why, "a feature without kind or name, or smaller than ABI 1.0's");
	k = kind_index(f->kind);
	if (k == KINDS)
		return CDT_OK;
	twin = find(r, f->kind, f->name);
	if (twin)
		return refuse(why, "offers %s %s, which %s offers already", kinds[k]->word,
		              f->name, twin->by->path);
	flaw = f->ops ? kinds[k]->flaw(f->ops) : "no functions";
	if (flaw)
		return refuse(why, "%s %s: %s", kinds[k]->word, f->name, flaw);
	flaw = options_flaw(f->options);
	if (flaw)
		return refuse(why, "%s %s has %s", kinds[k]->word, f->name, flaw);
	return r->count[k] < FEATURES_MAX ? CDT_OK
	                                  : refuse(why, "too many features of one kind");
}

static bool is_twice(const struct cdt_module *m, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(m->features[k]->kind, m->features[i]->kind) == 0 &&
		    strcmp(m->features[k]->name, m->features[i]->name) == 0)
			return true;
	return false;
}

static cdt_status check_module(const struct registry *r, const struct cdt_module *m,
                               char why[PLUGIN_WHY_SIZE])
{
	if (!CDT_HAS(struct cdt_module, m, features))
		return refuse(why, "its module table is smaller than in ABI 1.0");
	if (m->abi_need > CDT_ABI_MINOR)
		return refuse(why, "needs ABI minor %u, this gateway has %d",
		              (unsigned)m->abi_need, CDT_ABI_MINOR);
	if (!m->id || !*m->id)
		return refuse(why, "its module has no id");
	for (size_t i = 0; m->features && m->features[i]; i++) {
		cdt_status st = i < MODULE_FEATURES_MAX
		              ? check_feature(r, m->features[i], why)
		              : refuse(why, "more than %d features", MODULE_FEATURES_MAX);

		if (st != CDT_OK)
			return st;
		if (is_twice(m, i))
			return refuse(why, "offers %s twice", m->features[i]->name);
	}
	return CDT_OK;
}

static void take_features(struct registry *r, const struct plugin_module *by)
{
	const struct cdt_module *m = by->module;

	for (size_t i = 0; m->features && m->features[i]; i++) {
		const struct cdt_feature *f = m->features[i];
		size_t k = kind_index(f->kind);

		if (k == KINDS) {
			log_info(LOG_PLUGIN, NULL, "unknown kind of feature file=%s kind=%s "
			         "name=%s", by->path, f->kind, f->name);
			continue;
		}
		r->offer[k][r->count[k]] = (struct offer){ f, by };
		r->names[k][r->count[k]++] = f->name;
	}
}

static cdt_status load(struct registry *r, struct shelf *s, char why[PLUGIN_WHY_SIZE])
{
	const struct cdt_module *m;
	cdt_status st = loader_open(s->path, r->surroundings.private_dir,
	                            r->surroundings.trust_any_owner != 0, s->module.sha256, &m,
	                            why);

	if (st == CDT_OK)
		st = check_module(r, m, why);
	if (st != CDT_OK)
		return st;
	host_init(&s->host, &r->surroundings, m->id, NULL);
	if (CDT_CAN(struct cdt_module, m, load) && m->load(&s->host.abi) != CDT_OK)
		return refuse(why, "its load function refused");
	s->module.module = m;
	take_features(r, &s->module);
	return CDT_OK;
}

cdt_status registry_load_file(struct registry *r, const char *path, char why[256])
{
	struct shelf *s = mem_new(sizeof *s);
	cdt_status st;

	s->path = mem_text(path, strlen(path));
	s->module.path = s->path;
	*r->last = &s->module;
	r->last = &s->module.next;
	why[0] = '\0';
	st = load(r, s, why);
	memcpy(s->module.why, why, sizeof s->module.why);
	return st;
}

static int is_plugin(const struct dirent *d)
{
	return d->d_name[0] != '.' && str_ends(str_z(d->d_name), ".so");
}

static bool load_one(struct registry *r, const char *dir, const char *name)
{
	char path[PATH_MAX], why[PLUGIN_WHY_SIZE] = "its path is too long";
	int n = snprintf(path, sizeof path, "%s/%s", dir, name);

	if (n > 0 && (size_t)n < sizeof path && registry_load_file(r, path, why) == CDT_OK)
		return true;
	log_warn(LOG_PLUGIN, NULL, "plugin refused file=%s/%s why=\"%s\"", dir, name, why);
	return false;
}

size_t registry_load_dir(struct registry *r, const char *dir)
{
	char why[PLUGIN_WHY_SIZE];
	struct dirent **names;
	size_t loaded = 0;
	int count;
	cdt_status st = loader_trusts_dir(dir, why);

	if (st == CDT_E_ABSENT)
		return 0;
	if (st != CDT_OK && !r->surroundings.trust_any_owner) {
		log_error(LOG_PLUGIN, NULL, "plugin folder refused dir=%s why=\"%s\"", dir,
		          why);
		return 0;
	}
	count = scandir(dir, &names, is_plugin, alphasort);
	for (int i = 0; i < count; i++) {
		loaded += load_one(r, dir, names[i]->d_name);
		mem_free(names[i]);            /* scandir's memory is malloc's, as ours is */
	}
	if (count >= 0)
		mem_free(names);
	return loaded;
}

static void print_options(const struct cdt_feature *f, struct jsonw *w)
{
	jsonw_key(w, "options");
	jsonw_open(w, '[');
	for (const struct cdt_option *o = f->options; o && o->name; o++) {
		const char *type = options_type_name(o->type);

		jsonw_open(w, '{');
		jsonw_put_z(w, "name", o->name);
		jsonw_put_z(w, "type", type ? type : "text");
		jsonw_put_flag(w, "required", o->flags & CDT_OPT_REQUIRED);
		if (o->dflt)
			jsonw_put_z(w, "default", o->dflt);
		if (o->help)
			jsonw_put_z(w, "help", o->help);
		jsonw_close(w);
	}
	jsonw_close(w);
}

static void print_module(const struct cdt_module *m, struct jsonw *w)
{
	jsonw_put_z(w, "id", m->id);
	jsonw_put_z(w, "version", m->version ? m->version : "");
	jsonw_put_z(w, "license", m->license ? m->license : "");
	jsonw_put_i64(w, "abi_minor", m->abi_minor);
	jsonw_key(w, "features");
	jsonw_open(w, '[');
	for (size_t i = 0; m->features && m->features[i]; i++) {
		const struct cdt_feature *f = m->features[i];

		jsonw_open(w, '{');
		jsonw_put_z(w, "kind", f->kind);
		jsonw_put_z(w, "name", f->name);
		jsonw_put_z(w, "summary", f->summary ? f->summary : "");
		jsonw_put_flag(w, "known", kind_index(f->kind) < KINDS);
		print_options(f, w);
		jsonw_close(w);
	}
	jsonw_close(w);
}

/* A list with one map a file, also of those that were refused. */
void registry_print_json(const struct registry *r, struct jsonw *w)
{
	jsonw_open(w, '[');
	for (const struct plugin_module *m = r->first; m; m = m->next) {
		jsonw_open(w, '{');
		jsonw_put_z(w, "file", m->path);
		jsonw_put_z(w, "sha256", m->sha256);
		jsonw_put_z(w, "status", m->module ? "loaded" : "refused");
		if (m->module)
			print_module(m->module, w);
		else
			jsonw_put_z(w, "why", m->why);
		jsonw_close(w);
	}
	jsonw_close(w);
}

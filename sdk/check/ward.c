/* check/ward.c - opens a cache backend in a process and a folder of its own, tries it step by
 * step, and looks at what it leaves behind.  What a backend has to do is in cache.c.
 * SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700                       /* nftw */
#define _DEFAULT_SOURCE
#include "check/ward.h"

#include <dirent.h>
#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"

enum { TRIAL_SECONDS = 300, LEFT_MAX_MS = 2000, LOOK_EACH_MS = 50 };
#define SIZE "64MiB"
#define NAME "it"                               /* of the instance, for its misuses */

struct trial { const char *so, *feature, *options, *dir; };

void ward_fail(struct ward *w, const char *form, ...)
{
	va_list args;

	if (w->why[0])
		return;
	va_start(args, form);
	(void)vsnprintf(w->why, sizeof w->why, form, args);
	va_end(args);
}

/* --- what it leaves behind --- */

static unsigned entries_of(const char *folder)
{
	DIR *d = opendir(folder);
	unsigned n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

struct belongings { unsigned files, threads; };

static struct belongings look_around(void)
{
	return (struct belongings){ entries_of("/proc/self/fd"),
		entries_of("/proc/self/task") };
}

static void *end_at_once(void *arg)
{
	return arg;
}

/* With the first thread a sanitizer starts one of its own, which stays. */
static struct belongings look_around_first(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, end_at_once, NULL) == 0)
		pthread_join(thread, NULL);
	return look_around();
}

/* A thread that was joined may be seen for a moment. */
static void close_all(struct ward *w, struct belongings before)
{
	struct belongings now;

	for (size_t k = 0; k < STAGE_WORKERS; k++)
		instance_worker_close(w->desk[k].self);
	instance_close(w->instance);
	for (int ms = 0; ms < LEFT_MAX_MS; ms += LOOK_EACH_MS) {
		desk_turn(&w->desk[0], LOOK_EACH_MS);
		now = look_around();
		if (now.files <= before.files && now.threads <= before.threads)
			return;
	}
	ward_fail(w, "close left %d descriptors open and %d threads running",
	          (int)now.files - (int)before.files, (int)now.threads - (int)before.threads);
}

/* --- the trial --- */

/* What the gateway fills in.  The caller frees. */
static struct json *usual_new(const char *dir)
{
	struct json *usual = json_new_map();
	char path[PATH_MAX + 16];

	(void)snprintf(path, sizeof path, "%s/entries", dir);
	json_set_give(usual, "size", json_new_text(CDT_STR(SIZE)));
	json_set_give(usual, "path", json_new_text(str_z(path)));
	return usual;
}

static bool open_all(struct ward *w, struct stage *s, const struct trial *t)
{
	const struct cdt_feature *f = stage_feature(s, CDT_KIND_CACHE, str_z(t->feature));
	struct json *usual = usual_new(t->dir);
	char why[STAGE_WHY_SIZE] = "";

	w->instance = stage_instance(s, f, NAME, t->options, usual, why);
	json_free(usual);
	if (!w->instance) {
		ward_fail(w, "%s", why);
		return false;
	}
	for (size_t k = 0; k < STAGE_WORKERS; k++) {
		w->desk[k].self = instance_worker_open(w->instance, w->desk[k].worker);
		if (!w->desk[k].self)
			ward_fail(w, "worker_open gave no self");
	}
	return !w->why[0];
}

static void end_step(struct ward *w, struct stage *s, struct verdicts *v)
{
	unsigned misuses = stage_misuses_of(s, NAME);

	if (misuses > w->misuses)
		ward_fail(w, "it broke its contract %u times: an operation was finished twice",
		          misuses - w->misuses);
	w->misuses = misuses;
	verdict_end(v, w->why);
	w->why[0] = '\0';
}

/* Who does not answer is not asked on: each time takes seconds. */
static void run_steps(struct ward *w, struct stage *s, struct verdicts *v,
                      const struct trial *t)
{
	struct belongings before = look_around_first();
	bool open;

	verdict_begin(v, "opens");
	open = open_all(w, s, t);
	end_step(w, s, v);
	for (const struct ward_step *k = cache_steps; open && k->what; k++) {
		if (w->desk[0].silent || w->desk[1].silent)
			break;
		verdict_begin(v, k->what);
		k->run(w);
		end_step(w, s, v);
	}
	verdict_begin(v, "closes");
	close_all(w, before);
	end_step(w, s, v);
}

/* In its process.  Its folders are made below the trial's, which the parent removes. */
static void try_cache(struct verdicts *v, void *arg)
{
	const struct trial *t = arg;
	struct ward *w = mem_new(sizeof *w);
	struct stage *s;

	verdict_begin(v, "loads");
	(void)setenv("TMPDIR", t->dir, 1);             /* else they lie where they always do */
	s = stage_new_live(t->so, w->why);
	for (unsigned k = 0; s && k < STAGE_WORKERS; k++)
		desk_init(&w->desk[k], worker_new(k));
	if (s)
		run_steps(w, s, v, t);
	else
		verdict_end(v, w->why);
	for (size_t k = 0; s && k < STAGE_WORKERS; k++)
		desk_fini(&w->desk[k]);
	stage_free(s);
	for (size_t k = 0; k < STAGE_WORKERS; k++)
		worker_free(w->desk[k].worker);
	mem_free(w);
}

static int drop_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	(void)remove(path);                            /* a leftover is not a failure */
	return 0;
}

void check_caches(const struct check *c, const char *path)
{
	const struct cdt_feature *const *f = stage_module(c->stage)->features;
	const char *parent = getenv("TMPDIR");
	char dir[PATH_MAX], name[200];

	for (; f && *f; f++) {
		struct trial t = { path, (*f)->name, c->options, dir };

		(void)snprintf(name, sizeof name, "%s %s", (*f)->kind, (*f)->name);
		if (strcmp((*f)->kind, CDT_KIND_CACHE) || !check_wants(c, name))
			continue;
		(void)snprintf(dir, sizeof dir, "%s/conduit-check.XXXXXX",
		               parent ? parent : "/tmp");
		if (!mkdtemp(dir)) {
			report_line(c->report, false, name, "", "no temporary folder");
			continue;
		}
		report_trial(c->report, name, TRIAL_SECONDS, try_cache, &t);
		(void)nftw(dir, drop_one, 16, FTW_DEPTH | FTW_PHYS);
	}
}

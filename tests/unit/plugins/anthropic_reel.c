/* unit/plugins/anthropic_reel.c - cuts recordings into frames as the gateway would.
 * SPDX-License-Identifier: MIT */
#include "unit/plugins/anthropic_reel.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

const struct cdt_module *anthropic_module_1(void);

enum { NAMES_MAX = 512, FRAME_MAX = 4 << 20 };

const struct cdt_provider_ops *trial_ops(void)
{
	return anthropic_module_1()->features[0]->ops;
}

void *trial_self(void)
{
	struct json *config = json_new_map();
	void *self = trial_ops()->open(trial_gateway(true), json_val(config));

	json_free(config);
	return self;
}

static void path_of(char *out, size_t room, const char *name)
{
	const char *root = getenv("CONDUIT_SRCDIR");

	(void)snprintf(out, room, "%s/plugins/provider_anthropic/t/%s", root ? root : ".",
	               name);
}

char *reel_load(const char *name, size_t *n)
{
	char path[512], *text;
	long size;
	FILE *f;

	path_of(path, sizeof path, name);
	f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET)) {
		perror(path);
		exit(1);
	}
	text = mem_new((size_t)size + 1);
	*n = fread(text, 1, (size_t)size, f);
	(void)fclose(f);                       /* it was only read */
	return text;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **reel_names(const char *folder)
{
	char path[512], **names = mem_new_array(NAMES_MAX + 1, sizeof *names);
	size_t n = 0;
	const struct dirent *e;
	DIR *d;

	path_of(path, sizeof path, folder);
	d = opendir(path);
	if (!d) {
		perror(path);
		exit(1);
	}
	while ((e = readdir(d)) != NULL && n < NAMES_MAX)
		if (strchr(e->d_name, '.') > e->d_name)
			names[n++] = mem_text(e->d_name, strlen(e->d_name));
	(void)closedir(d);
	qsort(names, n, sizeof *names, by_name);
	return names;
}

void reel_names_free(char **names)
{
	for (size_t i = 0; names[i]; i++)
		mem_free(names[i]);
	mem_free(names);
}

/* Where the play stands. */
struct play {
	const struct reel *reel;
	void *self;
	struct trial *host;              /* NULL between answers */
	cdt_status status;
	size_t frames, answers;
	bool stopped;                   /* message_stop was seen */
};

static void end_answer(struct play *p)
{
	if (!p->host)
		return;
	if (p->status == CDT_OK)
		p->status = trial_finish(p->host);
	p->reel->ended(p->host, p->status, p->answers++, p->reel->arg);
	trial_free(p->host);
	p->host = NULL;
}

static void begin_answer(struct play *p)
{
	cdt_val doc;
	struct json *j = json_parse(CDT_STR("{\"schema\":\"chat/1\",\"messages\":[{\"role\":"
	                                    "\"user\",\"content\":[{\"type\":\"text\",\"text\":"
	                                    "\"hi\"}]}]}"));

	doc = json_val(j);
	p->host = trial_new(trial_ops(), p->self);
	p->host->seen.fail_at = p->reel->fail_at;
	(void)trial_build(p->host, CDT_STR("claude-sonnet-4-5"), p->reel->flags, doc);
	json_free(j);
	p->status = CDT_OK;
	p->stopped = false;
}

static void play_frame(struct play *p, cdt_str event, cdt_str bytes)
{
	bool starts = str_search(bytes, CDT_STR("\"message_start\"")) < bytes.n;

	if (p->reel->frames_max && p->frames == p->reel->frames_max)
		return;
	p->frames++;
	if (p->host && p->stopped && starts)
		end_answer(p);
	if (!p->host)
		begin_answer(p);
	if (p->status != CDT_OK)
		return;                                /* the gateway hung up */
	p->stopped = str_search(bytes, CDT_STR("\"message_stop\"")) < bytes.n;
	p->status = trial_frame(p->host, event, bytes);
}

/* The type stands first in each recorded line. */
static cdt_str type_of(cdt_str line)
{
	cdt_str mark = CDT_STR("\"type\":\"");
	cdt_str rest = str_skip(line, str_search(line, mark));

	rest = str_skip(rest, mark.n);
	return str_cut(&rest, '"');
}

static void play_lines(struct play *p, cdt_str text)
{
	while (text.n) {
		cdt_str line = str_trim(str_cut(&text, '\n'));

		if (line.n)
			play_frame(p, type_of(line), line);
	}
}

static void play_sse(struct play *p, cdt_str text)
{
	cdt_str event = CDT_STR("");
	struct buf bytes;

	buf_init(&bytes, FRAME_MAX);
	while (text.n) {
		cdt_str line = str_cut(&text, '\n');

		if (str_starts(line, "event: "))
			event = str_skip(line, 7);
		else if (str_starts(line, "data: "))
			buf_add(&bytes, str_skip(line, 6));
		if ((line.n == 0 || text.n == 0) && bytes.n) {
			play_frame(p, event, buf_str(&bytes));
			buf_clear(&bytes);
			event = CDT_STR("");
		}
	}
	buf_fini(&bytes);
}

size_t reel_play(const struct reel *r)
{
	struct play p = { .reel = r, .self = trial_self() };

	if (strstr(r->name, ".sse.txt"))
		play_sse(&p, r->bytes);
	else if (strstr(r->name, ".chunks.txt"))
		play_lines(&p, r->bytes);
	else
		play_frame(&p, CDT_STR(""), r->bytes);
	end_answer(&p);
	trial_ops()->close(p.self);
	return p.frames;
}

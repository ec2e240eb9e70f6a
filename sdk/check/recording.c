/* check/recording.c - finds recordings and makes of each what its upstream sent.
 * SPDX-License-Identifier: MIT */
#include "check/recording.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/jsonscan.h"
#include "base/mem.h"
#include "base/str.h"

enum { FILE_MAX_BYTES = 64 << 20, PATH_SIZE = 1024 };

/* How a file's name ends, what the upstream called such an answer, and whether it was one that
 * was streamed.  Lines: one event's JSON a line, without its framing. */
static const struct form { const char *end, *type; bool stream, lines; } forms[] = {
	{ ".eventstream.bin", "application/vnd.amazon.eventstream", true, false },
	{ ".chunks.txt", "text/event-stream", true, true },
	{ ".sse.txt", "text/event-stream", true, false },
	{ ".sse", "text/event-stream", true, false },
	{ ".lines", "application/x-ndjson", true, false },
	{ ".bin", "application/octet-stream", true, false },
	{ ".json", "application/json", false, false },
};
static const char *const besides[] = {
	".case.json", ".meta.json", ".request.json",
};

static const struct form *form_of(const char *name)
{
	for (size_t i = 0; i < sizeof besides / sizeof *besides; i++)
		if (str_ends(str_z(name), besides[i]))
			return NULL;
	if (!strcmp(name, "options.json"))             /* of all cases */
		return NULL;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (str_ends(str_z(name), forms[i].end))
			return &forms[i];
	return NULL;
}

static size_t stem_bytes(const char *name)
{
	const struct form *f = form_of(name);

	return strlen(name) - (f ? strlen(f->end) : 0);
}

bool recording_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	size_t got = 1;

	if (!f)
		return false;
	while (got && buf_reserve(out, 65536) == CDT_OK) {
		got = fread(out->p + out->n, 1, 65536, f);
		out->n += got;
	}
	(void)fclose(f);                       /* was only read */
	return out->status == CDT_OK;
}

struct json *recording_json(const char *path, struct buf *why)
{
	struct jsonscan *scan = mem_new(sizeof *scan);
	struct json *j = NULL;
	struct buf text;

	buf_init(&text, FILE_MAX_BYTES);
	if (!recording_file(path, &text))
		buf_print(why, "%s can not be read", path);
	else if (jsonscan(scan, str_trim(buf_str(&text))) != CDT_OK)
		buf_print(why, "%s, byte %zu: %s", path, scan->error_at, scan->error);
	else
		j = json_parse(buf_str(&text));
	buf_fini(&text);
	mem_free(scan);
	return j;
}

/* --- the list --- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_there(const char *dir, const char *stem, size_t n, const char *end)
{
	char path[PATH_SIZE];

	(void)snprintf(path, sizeof path, "%s/%.*s%s", dir, (int)n, stem, end);
	return access(path, R_OK) == 0;
}

/* A case without a recording of its own name has answers of other files. */
static bool is_case_alone(const char *dir, const char *name)
{
	size_t n = strlen(name) - strlen(".case.json");

	if (!str_ends(str_z(name), ".case.json") || is_there(dir, name, n, ""))
		return false;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (is_there(dir, name, n, forms[i].end))
			return false;
	return true;
}

static bool mentions(const struct json *answers, const char *name)
{
	for (size_t i = 0; i < json_count(answers); i++) {
		const struct json *a = json_at(answers, i);

		if (str_is(json_text(a), name) || str_is(json_text(json_get(a, "file")), name))
			return true;
	}
	return false;
}

/* Marks what is a step of the case `name`: it is no answer of its own. */
static void mark_steps(const char *dir, const char *name, char **names, bool *gone)
{
	char path[PATH_SIZE];
	struct json *rule;
	struct buf why;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	buf_init(&why, PATH_SIZE);
	rule = recording_json(path, &why);     /* a bad one is told when it is its turn */
	buf_fini(&why);
	for (size_t i = 0; names[i]; i++)
		gone[i] |= mentions(json_get(rule, "answers"), names[i]);
	json_free(rule);
}

static void drop_steps(const char *dir, char **names, size_t count)
{
	bool *gone = mem_new_array(count + 1, sizeof *gone);
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (!form_of(names[i]))
			mark_steps(dir, names[i], names, gone);
	for (size_t i = 0; i < count; i++) {
		if (gone[i])
			mem_free(names[i]);
		else
			names[kept++] = names[i];
	}
	names[kept] = NULL;
	mem_free(gone);
}

char **recording_names(const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	char **names = d ? mem_new(sizeof *names) : NULL;
	size_t n = 0;

	while (d && (e = readdir(d)) != NULL) {
		if (*e->d_name == '.' ||
		    (!form_of(e->d_name) && !is_case_alone(dir, e->d_name)))
			continue;
		names = mem_resize(names, (n + 2) * sizeof *names);
		names[n++] = mem_text(e->d_name, strlen(e->d_name));
		names[n] = NULL;
	}
	if (d)
		(void)closedir(d);             /* was only read */
	if (names) {
		qsort(names, n, sizeof *names, by_name);
		drop_steps(dir, names, n);
	}
	return names;
}

void recording_names_free(char **names)
{
	for (size_t i = 0; names && names[i]; i++)
		mem_free(names[i]);
	mem_free(names);
}

/* Two recordings that differ in their endings only have their companions under full names. */
static bool stem_is_shared(const char *name, char **names)
{
	size_t n = stem_bytes(name);

	for (size_t i = 0; names[i]; i++)
		if (strcmp(names[i], name) && stem_bytes(names[i]) == n && form_of(names[i]) &&
		    strncmp(names[i], name, n) == 0)
			return true;
	return false;
}

static char *stem_of(const char *dir, const char *name, char **names)
{
	size_t n = form_of(name) ? stem_bytes(name) : strlen(name) - strlen(".case.json");
	char path[PATH_SIZE];

	if (form_of(name) && (stem_is_shared(name, names) ||
	    is_there(dir, name, strlen(name), ".events") ||
	    is_there(dir, name, strlen(name), ".case.json")))
		n = strlen(name);
	(void)snprintf(path, sizeof path, "%s/%.*s", dir, (int)n, name);
	return mem_text(path, strlen(path));
}

/* --- what the upstream sent --- */

/* The text of the outermost member "type", as it is: streams that name their events have it. */
static cdt_str type_of(cdt_str line)
{
	struct jsonscan *scan = mem_new(sizeof *scan);
	const struct json_member *m = NULL;
	cdt_str type = { "", 0 };

	if (jsonscan(scan, line) == CDT_OK)
		m = jsonscan_find(scan, "type");
	if (m && m->type == CDT_TEXT && json_plain_text(m).p)
		type = json_plain_text(m);
	mem_free(scan);
	return type;
}

/* Puts the framing back that chunks were recorded without. */
static void frame_lines(struct buf *out, cdt_str lines)
{
	bool done = str_search(lines, CDT_STR("\"choices\"")) < lines.n;

	while (lines.n) {
		cdt_str line = str_trim(str_cut(&lines, '\n'));
		cdt_str type = line.n ? type_of(line) : CDT_STR("");

		if (type.n)
			buf_print(out, "event: %.*s\n", STR_ARG(type));
		if (line.n) {
			buf_add_z(out, "data: ");
			buf_add(out, line);
			buf_add_z(out, "\n\n");
		}
	}
	if (done)
		buf_add_z(out, "data: [DONE]\n\n");
}

static void add_headers(struct reply *p, const struct json *headers)
{
	struct json *v;
	size_t it = 0;
	cdt_str key;

	while (p->header_count < REPLY_HEADERS_MAX && json_next(headers, &it, &key, &v))
		p->header[p->header_count++] = (struct cdt_header){ key, json_text(v) };
}

static cdt_str content_type(const struct reply *p)
{
	for (size_t i = 0; i < p->header_count; i++)
		if (str_is_nocase(p->header[i].name, "content-type"))
			return p->header[i].value;
	return (cdt_str){ NULL, 0 };
}

static bool read_reply(struct recording *r, const char *dir, const char *name,
                       const struct json *rule, struct buf *why)
{
	struct reply *p = &r->reply[r->reply_count];
	const struct form *form = form_of(name);
	char path[PATH_SIZE];
	struct buf file;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	buf_init(&p->wire, FILE_MAX_BYTES);
	buf_init(&file, FILE_MAX_BYTES);
	r->reply_count++;
	p->status = (uint32_t)json_i64(json_get(rule, "status"), 200);
	p->rule = rule;
	add_headers(p, json_get(rule, "headers"));
	if (!content_type(p).p && p->header_count < REPLY_HEADERS_MAX)
		p->header[p->header_count++] = (struct cdt_header){ CDT_STR("content-type"),
			str_z(form ? form->type : "application/json") };
	if (!form || !recording_file(path, &file)) {
		buf_print(why, "%s is no recording", path);
	} else if (form->lines && str_starts(content_type(p), "text/event-stream") &&
	           !str_starts(buf_str(&file), "data:")) {
		frame_lines(&p->wire, buf_str(&file));
	} else {
		buf_add(&p->wire, buf_str(&file));
	}
	buf_fini(&file);
	return why->n == 0;
}

/* "answers": names, or {"file", "status", "headers", "url", "secret"}: where the plugin had to
 * go for it, and whether with the secret. */
static bool read_replies(struct recording *r, const char *dir, struct buf *why)
{
	const struct json *answers = json_get(r->rule, "answers");

	if (json_count(answers) == 0 || json_count(answers) > REPLIES_MAX) {
		buf_print(why, "its case has no answers, or more than %d", REPLIES_MAX);
		return false;
	}
	for (size_t i = 0; i < json_count(answers); i++) {
		const struct json *a = json_at(answers, i);
		bool map = json_type(a) == CDT_MAP;
		cdt_str file = json_text(map ? json_get(a, "file") : a);
		char *z = mem_text(file.p, file.n);
		bool ok = read_reply(r, dir, z, map ? a : NULL, why);

		r->stream = ok && form_of(z)->stream;
		mem_free(z);
		if (!ok)
			return false;
	}
	return true;
}

bool recording_read(struct recording *r, const char *dir, const char *name, char **names,
                    struct buf *why)
{
	char path[PATH_SIZE];
	bool ok;

	*r = (struct recording){ .name = name, .path_stem = stem_of(dir, name, names) };
	(void)snprintf(path, sizeof path, "%s.case.json", r->path_stem);
	if (access(path, R_OK) == 0)
		r->rule = recording_json(path, why);
	else
		r->rule = json_new_map();
	if (!r->rule)
		return false;
	if (form_of(name) && !json_count(json_get(r->rule, "answers"))) {
		r->stream = form_of(name)->stream;
		ok = read_reply(r, dir, name, r->rule, why);
	} else {
		ok = read_replies(r, dir, why);
	}
	r->stream = json_flag(json_get(r->rule, "stream"), r->stream);
	return ok;
}

void recording_fini(struct recording *r)
{
	for (size_t i = 0; i < r->reply_count; i++)
		buf_fini(&r->reply[i].wire);
	json_free(r->rule);
	mem_free(r->path_stem);
}

/* router/catalog.c - the lists of the catalogue and how a model is found in one.  What a
 * record means is catalog_record.c's.
 * SPDX-License-Identifier: MIT */
#include "router/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/jsonscan.h"
#include "base/jsonwalk.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "config/config.h"
#include "router/catalog_record.h"

enum { LISTS_MAX = 512, DATE_BYTES = 10 };

struct slot { uint32_t hash, at; };            /* at: of the name's quote in the text */

struct catalog_list {
	cdt_str name, text;
	struct slot *slots;                    /* sorted by hash */
	size_t count;
};

struct catalog {
	struct arena arena;                    /* all below */
	cdt_str date;
	const char *today;
	const char **names;                    /* of all lists in the file; ends with NULL */
	size_t name_count;
	struct catalog_list *lists;            /* those that were wanted */
	size_t list_count;
};

struct reading {
	struct catalog *catalog;
	cdt_str text;
	const char *const *wanted;
	struct catalog_fault *fault;
};

/* --- reading --- */

static uint32_t line_of(cdt_str text, size_t at)
{
	uint32_t line = 1;

	for (size_t i = 0; i < at && i < text.n; i++)
		line += text.p[i] == '\n';
	return line;
}

__attribute__((format(printf, 3, 4)))
static bool wrong(struct reading *r, const char *at, const char *fmt, ...)
{
	va_list args;

	r->fault->line = line_of(r->text, (size_t)(at - r->text.p));
	va_start(args, fmt);
	(void)vsnprintf(r->fault->why, sizeof r->fault->why, fmt, args);       /* may be cut */
	va_end(args);
	return false;
}

static bool is_name(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\\' || (unsigned char)s.p[i] < ' ')
			return false;
	return s.n > 0 && s.n <= CATALOG_NAME_MAX;
}

static bool is_wanted(const struct reading *r, cdt_str name)
{
	const char *const *w = r->wanted;

	while (*w && !str_is(name, *w))
		w++;
	return *w != NULL;
}

static int by_hash(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	return (x->hash > y->hash) - (x->hash < y->hash);
}

static void keep_list(struct catalog *c, cdt_str name, cdt_str text, size_t count)
{
	struct catalog_list *l = &c->lists[c->list_count++];
	cdt_str rest, key, value;

	l->name = arena_str(&c->arena, name);
	l->text = arena_str(&c->arena, text);
	l->slots = arena_take(&c->arena, (count + 1) * sizeof *l->slots);
	rest = jsonwalk_inside(l->text);
	while (jsonwalk_member(&rest, &key, &value))
		l->slots[l->count++] = (struct slot){ (uint32_t)hash_bytes(key),
			(uint32_t)(key.p - 1 - l->text.p) };
	qsort(l->slots, l->count, sizeof *l->slots, by_hash);
}

static bool check_records(struct reading *r, cdt_str list, cdt_str records, size_t *count)
{
	cdt_str rest = jsonwalk_inside(records), name, record;
	char why[RECORD_WHY_SIZE];
	struct catalog_model m;

	*count = 0;
	while (jsonwalk_member(&rest, &name, &record)) {
		if (!is_name(name))
			return wrong(r, name.p, "a model of '%.*s' has a name that can not be "
			             "asked for", STR_ARG(list));
		if (!record_read(record, r->catalog->today, &m, why))
			return wrong(r, name.p, "%.*s/%.*s: %s", STR_ARG(list), STR_ARG(name),
			             why);
		++*count;
	}
	return true;
}

static bool read_list(struct reading *r, cdt_str name, cdt_str records)
{
	struct catalog *c = r->catalog;
	size_t count;

	if (!is_name(name) || jsonwalk_type(records) != CDT_MAP)
		return wrong(r, name.p, "a list must have a name and be a map");
	if (c->name_count == LISTS_MAX)
		return wrong(r, name.p, "more than %d lists", LISTS_MAX);
	if (!check_records(r, name, records, &count))
		return false;
	c->names[c->name_count++] = arena_str(&c->arena, name).p;
	if (is_wanted(r, name))
		keep_list(c, name, records, count);
	return true;
}

static bool read_lists(struct reading *r, cdt_str models)
{
	struct catalog *c = r->catalog;
	cdt_str rest = jsonwalk_inside(models), name, records;
	size_t wanted = 0;

	while (r->wanted[wanted])
		wanted++;
	c->names = arena_take(&c->arena, (LISTS_MAX + 1) * sizeof *c->names);
	c->lists = arena_take(&c->arena, (wanted + 1) * sizeof *c->lists);
	while (jsonwalk_member(&rest, &name, &records))
		if (!read_list(r, name, records))
			return false;
	return true;
}

static bool read_meta(struct reading *r, cdt_str meta)
{
	cdt_str made = jsonwalk_get(jsonwalk_get(meta, "sources"), "generated");
	cdt_str date = made.n > 2 ? str_from(made.p + 1, made.n - 2) : made;

	if (!str_is(jsonwalk_get(meta, "currency"), "\"USD\""))
		return wrong(r, meta.p, "meta.currency must be \"USD\"");
	if (!record_is_date(date))
		return wrong(r, meta.p, "meta.sources.generated must be a date");
	r->catalog->date = arena_str(&r->catalog->arena, date);
	return true;
}

static bool read_all(struct reading *r)
{
	struct jsonscan scan;
	const struct json_member *meta, *models;

	if (jsonscan_up_to(&scan, r->text, CATALOG_VALUES_MAX) != CDT_OK)
		return wrong(r, r->text.p + scan.error_at, "%s%s%s", scan.error,
		             scan.error_key[0] ? ": " : "", scan.error_key);
	meta = scan.type == CDT_MAP ? jsonscan_find(&scan, "meta") : NULL;
	models = scan.type == CDT_MAP ? jsonscan_find(&scan, "models") : NULL;
	if (!meta || !models || meta->type != CDT_MAP || models->type != CDT_MAP)
		return wrong(r, r->text.p, "it is no catalogue of models: \"meta\" and "
		             "\"models\" must be maps");
	return read_meta(r, meta->value) && read_lists(r, models->value);
}

struct catalog *catalog_read(cdt_str text, const char *today, const char *const *wanted,
                             struct catalog_fault *fault)
{
	struct catalog *c = mem_new(sizeof *c);
	struct reading r = { c, text, wanted, fault };

	/* What is kept is less than the text and its index; wanted may name a list twice. */
	arena_init(&c->arena, 256, (size_t)CATALOG_BYTES_MAX * 4);
	c->today = arena_str(&c->arena, str_z(today)).p;
	if (text.n > CATALOG_BYTES_MAX)
		*fault = (struct catalog_fault){ 0, "it is too big" };
	else if (read_all(&r))
		return c;
	catalog_free(c);
	return NULL;
}

void catalog_free(struct catalog *c)
{
	if (!c)
		return;
	arena_fini(&c->arena);
	mem_free(c);
}

/* --- the file --- */

/* Not the heap, which would keep what is needed for a moment only; and not the file's own
 * pages, which someone may cut off meanwhile. */
static char *borrow_pages(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* False: see errno. */
static bool read_file(int fd, char *to, size_t size, size_t *n)
{
	ssize_t got = 1;

	for (*n = 0; *n < size && got != 0; *n += got > 0 ? (size_t)got : 0) {
		got = read(fd, to + *n, size - *n);
		if (got < 0 && errno != EINTR)
			return false;
	}
	return true;
}

static struct catalog *catalog_of(int fd, const char *today, const char *const *wanted,
                                  struct catalog_fault *fault)
{
	struct catalog *c = NULL;
	struct stat st;
	char *pages;
	size_t n;

	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		errno = EINVAL;
	else if (st.st_size > CATALOG_BYTES_MAX)
		errno = EFBIG;
	else if ((pages = borrow_pages((size_t)st.st_size + 1)) != NULL) {
		if (read_file(fd, pages, (size_t)st.st_size + 1, &n)) {
			c = catalog_read((cdt_str){ pages, n }, today, wanted, fault);
		}
		(void)munmap(pages, (size_t)st.st_size + 1);       /* it is ours */
	}
	return c;
}

struct catalog *catalog_open(const char *path, const char *today, const char *const *wanted,
                             struct catalog_fault *fault)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct catalog *c = NULL;

	*fault = (struct catalog_fault){ 0, "" };
	if (fd >= 0)
		c = catalog_of(fd, today, wanted, fault);
	if (!c && !fault->why[0])
		(void)snprintf(fault->why, sizeof fault->why, "%s", strerror(errno));
	if (fd >= 0)
		(void)close(fd);                       /* was only read */
	return c;
}

/* --- asking --- */

cdt_str catalog_date(const struct catalog *c)
{
	return c->date;
}

const struct catalog_list *catalog_list(const struct catalog *c, cdt_str name)
{
	for (size_t i = 0; i < c->list_count; i++)
		if (str_eq(c->lists[i].name, name))
			return &c->lists[i];
	return NULL;
}

cdt_str catalog_list_name(const struct catalog_list *l)
{
	return l->name;
}

const char *catalog_nearest(const struct catalog *c, cdt_str name)
{
	return config_nearest(name, c->names);
}

/* The first slot of that hash or of one above it. */
static size_t slot_of(const struct catalog_list *l, uint32_t hash)
{
	size_t low = 0, high = l->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->slots[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool find_exactly(const struct catalog *c, const struct catalog_list *l, cdt_str model,
                         struct catalog_model *out)
{
	uint32_t hash = (uint32_t)hash_bytes(model);
	char why[RECORD_WHY_SIZE];

	for (size_t i = slot_of(l, hash); i < l->count && l->slots[i].hash == hash; i++) {
		cdt_str rest = str_skip(l->text, l->slots[i].at), name, record;

		if (!jsonwalk_member(&rest, &name, &record) || !str_eq(name, model))
			continue;
		out->name = name;
		return record_read(record, c->today, out, why);        /* did so once */
	}
	return false;
}

static bool all_digits(cdt_str s)
{
	uint64_t ignored;

	return s.n <= 8 && str_u64(s, &ignored);
}

/* The name without its date; the whole name when it has none. */
static cdt_str undated(cdt_str model)
{
	size_t at = model.n;
	cdt_str end = str_skip(model, at > DATE_BYTES ? at - DATE_BYTES - 1 : at);

	if (str_ends(model, "-latest"))
		return str_from(model.p, model.n - (sizeof "-latest" - 1));
	if (end.n && *end.p == '-' && record_is_date(str_skip(end, 1)))
		return str_from(model.p, model.n - end.n);
	while (at > 0 && model.p[at - 1] != '-' && model.p[at - 1] != '@')
		at--;
	end = str_skip(model, at);
	if (at > 1 && all_digits(end) && (model.p[at - 1] == '@' || end.n == 8))
		return str_from(model.p, at - 1);
	return model;
}

bool catalog_find(const struct catalog *c, const struct catalog_list *l, cdt_str model,
                  struct catalog_model *out)
{
	cdt_str rest = undated(model);

	return find_exactly(c, l, model, out) ||
	       (rest.n && rest.n < model.n && find_exactly(c, l, rest, out));
}

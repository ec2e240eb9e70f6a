/* cache/fingerprint.c - hashes a request member by member, in the order of their names.  Each
 * piece goes in with its length, so that no two requests run into each other.
 * SPDX-License-Identifier: MIT */
#include "cache/fingerprint.h"

#include <stdlib.h>
#include <string.h>

#include "base/bigend.h"
#include "base/digest.h"
#include "base/jsonwalk.h"
#include "base/mem.h"
#include "base/str.h"

enum { PIECE = 4096, VERSION = 1 };

const char *const fingerprint_ignored[] = {
	"stream", "stream_options",            /* how it comes, not what it is */
	"user", "safety_identifier",           /* who asks */
	"prompt_cache_key",                    /* where the upstream looks first */
	"cache_control",                       /* ours: it says how to look for it */
	"model",                               /* may be an alias: the route says it */
	NULL,
};

/* Those of them that say who asks, or are as private. */
static const char *const who_asks[] = { "user", "safety_identifier", "prompt_cache_key", NULL };

struct fingerprints {
	struct sha256_sum *sum;
	/* Members in the order of their names: of one call. */
	const struct json_member *sorted[JSON_MEMBERS_MAX];
};

struct fingerprints *fingerprints_new(void)
{
	struct fingerprints *s = mem_new(sizeof *s);

	s->sum = sha256_sum_new();
	return s;
}

void fingerprints_free(struct fingerprints *s)
{
	uint8_t ignored[SHA256_SIZE];

	if (!s)
		return;
	sha256_sum_end_free(s->sum, ignored);
	mem_free(s);
}

static void add(struct sha256_sum *sum, cdt_str s)
{
	char n[8];

	big_put(n, s.n, sizeof n);
	sha256_sum_add(sum, (cdt_str){ n, sizeof n });
	sha256_sum_add(sum, s);
}

/* Bytes up to the first white space between tokens. */
static size_t run(cdt_str v)
{
	size_t n = 0;

	while (n < v.n && !jsonwalk_is_blank(v.p[n]))
		n += v.p[n] == '"' ? jsonwalk_value(str_skip(v, n)) : 1;
	return n;
}

/* Without the white space between tokens.  A byte that JSON has nowhere ends it. */
static void add_json(struct sha256_sum *sum, cdt_str v)
{
	char piece[PIECE];
	size_t n = 0, more;

	for (v = jsonwalk_blanks(v); v.n; v = jsonwalk_blanks(str_skip(v, more))) {
		more = run(v);
		if (more > sizeof piece - n) {
			sha256_sum_add(sum, (cdt_str){ piece, n });
			n = 0;
		}
		if (more > sizeof piece) {
			sha256_sum_add(sum, (cdt_str){ v.p, more });
			continue;
		}
		memcpy(piece + n, v.p, more);
		n += more;
	}
	sha256_sum_add(sum, (cdt_str){ piece, n });
	sha256_sum_add(sum, (cdt_str){ "\0", 1 });
}

static bool is_one_of(const struct json_member *m, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count && names[i]; i++)
		if (json_key_is(m, names[i]))
			return true;
	return false;
}

static bool counts(const struct fingerprint *f, const struct json_member *m)
{
	if (f->whole_body)
		return true;
	if (f->without && json_key_is(m, f->without))
		return false;
	if (f->with_stream && json_key_is(m, "stream"))
		return true;
	if (f->with_who_asks && is_one_of(m, who_asks, SIZE_MAX))
		return true;
	return !is_one_of(m, fingerprint_ignored, SIZE_MAX) &&
	       !is_one_of(m, f->ignored, f->ignored_count);
}

static int by_name(const void *a, const void *b)
{
	const struct json_member *x = *(const struct json_member *const *)a;
	const struct json_member *y = *(const struct json_member *const *)b;
	size_t n = x->key.n < y->key.n ? x->key.n : y->key.n;
	int diff = memcmp(x->key.p, y->key.p, n);

	return diff ? diff : (x->key.n > y->key.n) - (x->key.n < y->key.n);
}

static void add_member(struct sha256_sum *sum, const struct json_member *m)
{
	add(sum, m->key);
	add_json(sum, m->value);
}

static void add_members(struct fingerprints *s, const struct fingerprint *f)
{
	const struct ask *a = f->ask;
	size_t n = 0;

	for (size_t i = 0; i < a->member_count; i++) {
		const struct json_member *m = &a->members[i];

		if (n < JSON_MEMBERS_MAX && counts(f, m))
			s->sorted[n++] = m;
	}
	qsort(s->sorted, n, sizeof *s->sorted, by_name);
	for (size_t i = 0; i < n; i++)
		add_member(s->sum, s->sorted[i]);
}

/* Files of a form: their bytes, and what they are called by. */
static void add_files(struct sha256_sum *sum, const struct ask *a)
{
	for (size_t i = 0; i < a->blob_count; i++) {
		const struct cdt_blob *b = &a->blobs[i];

		add(sum, b->name);
		add(sum, b->filename);
		add(sum, b->type);
		add(sum, b->data);
	}
}

void fingerprint_of(struct fingerprints *s, const struct fingerprint *f,
                    uint8_t out[KEPT_KEY_SIZE])
{
	const char version[1] = { VERSION };

	add(s->sum, (cdt_str){ version, sizeof version });
	add(s->sum, str_z(f->scope));
	add(s->sum, f->owner);
	add(s->sum, f->ns);
	add(s->sum, f->wish);
	add(s->sum, f->dialect);
	add(s->sum, f->route);
	add_members(s, f);
	add_files(s->sum, f->ask);
	sha256_sum_end(s->sum, out);
}

/* The first piece is longer than a version: no whole request begins like this. */
void fingerprint_of_item(struct fingerprints *s, const uint8_t rest[KEPT_KEY_SIZE],
                         cdt_str item, uint8_t out[KEPT_KEY_SIZE])
{
	add(s->sum, (cdt_str){ (const char *)rest, KEPT_KEY_SIZE });
	add_json(s->sum, item);
	sha256_sum_end(s->sum, out);
}

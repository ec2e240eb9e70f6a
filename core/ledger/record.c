/* ledger/record.c - the layout of what the ledger stores.  Decides no amounts.
 * SPDX-License-Identifier: MIT */
#include "ledger/record.h"

#include <string.h>

#include "base/bigend.h"
#include "base/digest.h"
#include "base/str.h"

/* Holds that say what they are for are of the second. */
enum { VERSION = 1, VERSION_PURPOSE };

_Static_assert(ACCOUNTS_MAX * ACCOUNT_KEY_SIZE + 200 + 2 + PURPOSE_SIZE <= RECORD_MAX,
               "the largest record fits");

/* --- writing --- */

struct pen { char *begin, *at; };

static void put_number(struct pen *p, uint64_t v, size_t bytes)
{
	big_put(p->at, v, bytes);
	p->at += bytes;
}

static void put_i64(struct pen *p, int64_t v)
{
	put_number(p, (uint64_t)v, 8);
}

static void put_bytes(struct pen *p, const void *bytes, size_t n)
{
	memcpy(p->at, bytes, n);
	p->at += n;
}

static struct pen pen_on(char *out, unsigned version)
{
	struct pen p = { out, out };

	put_number(&p, version, 1);
	return p;
}

static cdt_str written(const struct pen *p)
{
	return str_from(p->begin, (size_t)(p->at - p->begin));
}

/* Later times sort later, also before 1970. */
static void put_time(struct pen *p, int64_t ms)
{
	put_number(p, (uint64_t)ms ^ 1ull << 63, 8);
}

static void put_account_id(struct pen *p, const struct account_id *id)
{
	put_number(p, id->kind, 1);
	put_bytes(p, id->owner, OWNER_SIZE);
	put_number(p, id->budget, 8);
	put_time(p, id->period_start_ms);
}

static void put_hold_id(struct pen *p, struct hold_id id)
{
	put_number(p, id.epoch, 4);
	put_number(p, id.number, 8);
}

static void put_accounts(struct pen *p, const struct account_id *id, uint32_t count)
{
	put_number(p, count, 1);
	for (uint32_t i = 0; i < count; i++)
		put_account_id(p, &id[i]);
}

/* --- reading --- */

/* ok turns false at the first thing that does not fit, and stays so. */
struct reader { cdt_str rest; bool ok; };

static uint64_t get_number(struct reader *r, size_t bytes)
{
	uint64_t v;

	r->ok = r->ok && r->rest.n >= bytes;
	if (!r->ok)
		return 0;
	v = big_get(r->rest.p, bytes);
	r->rest = str_skip(r->rest, bytes);
	return v;
}

static int64_t get_i64(struct reader *r)
{
	return (int64_t)get_number(r, 8);
}

static void get_bytes(struct reader *r, void *out, size_t n)
{
	r->ok = r->ok && r->rest.n >= n;
	if (!r->ok)
		return;
	memcpy(out, r->rest.p, n);
	r->rest = str_skip(r->rest, n);
}

static struct reader reader_of(cdt_str bytes)
{
	struct reader r = { bytes, true };

	r.ok = get_number(&r, 1) == VERSION && r.ok;
	return r;
}

static void get_purpose(struct reader *r, struct purpose *p)
{
	p->n = (uint32_t)get_number(r, 2);
	r->ok = r->ok && p->n > 0 && p->n <= PURPOSE_SIZE;
	get_bytes(r, p->text, p->n);
}

static bool read_whole(const struct reader *r)
{
	return r->ok && !r->rest.n;
}

static void get_account_id(struct reader *r, struct account_id *id)
{
	id->kind = (uint8_t)get_number(r, 1);
	get_bytes(r, id->owner, OWNER_SIZE);
	id->budget = get_number(r, 8);
	id->period_start_ms = (int64_t)(get_number(r, 8) ^ 1ull << 63);
	r->ok = r->ok && (id->kind == OWNER_KEY || id->kind == OWNER_GROUP);
}

static struct hold_id get_hold_id(struct reader *r)
{
	struct hold_id id;

	id.epoch = (uint32_t)get_number(r, 4);
	id.number = get_number(r, 8);
	return id;
}

static uint32_t get_accounts(struct reader *r, struct account_id *id)
{
	uint32_t count = (uint32_t)get_number(r, 1);

	r->ok = r->ok && count <= ACCOUNTS_MAX;
	for (uint32_t i = 0; r->ok && i < count; i++)
		get_account_id(r, &id[i]);
	return count;
}

/* --- keys --- */

cdt_str account_key(const struct account_id *id, char out[ACCOUNT_KEY_SIZE])
{
	struct pen p = { out, out };

	put_account_id(&p, id);
	return written(&p);
}

cdt_str hold_key(struct hold_id id, char out[HOLD_KEY_SIZE])
{
	struct pen p = { out, out };

	put_hold_id(&p, id);
	return written(&p);
}

cdt_str entry_key(uint64_t number, char out[ENTRY_KEY_SIZE])
{
	struct pen p = { out, out };

	put_number(&p, number, 8);
	return written(&p);
}

bool account_id_of(cdt_str key, struct account_id *id)
{
	struct reader r = { key, true };

	get_account_id(&r, id);
	return read_whole(&r);
}

/* --- values --- */

cdt_str account_encode(const struct account *a, char out[RECORD_MAX])
{
	struct pen p = pen_on(out, VERSION);

	put_i64(&p, a->posted);
	put_i64(&p, a->held);
	put_number(&p, a->entries, 8);
	return written(&p);
}

bool account_decode(cdt_str bytes, struct account *a)
{
	struct reader r = reader_of(bytes);

	a->posted = get_i64(&r);
	a->held = get_i64(&r);
	a->entries = get_number(&r, 8);
	return read_whole(&r);
}

cdt_str hold_encode(const struct hold *h, char out[RECORD_MAX])
{
	struct pen p = pen_on(out, h->purpose.n ? VERSION_PURPOSE : VERSION);

	put_hold_id(&p, h->id);
	put_i64(&p, h->amount);
	put_i64(&p, h->seen);
	put_i64(&p, h->margin);
	put_i64(&p, h->wall_ms);
	put_number(&p, h->attempt, 4);
	put_bytes(&p, h->key, OWNER_SIZE);
	put_bytes(&p, h->request, REQUEST_SIZE);
	put_accounts(&p, h->account, h->account_count);
	if (h->purpose.n) {
		put_number(&p, h->purpose.n, 2);
		put_bytes(&p, h->purpose.text, h->purpose.n);
	}
	return written(&p);
}

bool hold_decode(cdt_str bytes, struct hold *h)
{
	struct reader r = { bytes, true };
	uint64_t version = get_number(&r, 1);

	h->id = get_hold_id(&r);
	h->amount = get_i64(&r);
	h->seen = get_i64(&r);
	h->margin = get_i64(&r);
	h->wall_ms = get_i64(&r);
	h->attempt = (uint32_t)get_number(&r, 4);
	get_bytes(&r, h->key, OWNER_SIZE);
	get_bytes(&r, h->request, REQUEST_SIZE);
	h->account_count = get_accounts(&r, h->account);
	h->purpose.n = 0;
	if (version == VERSION_PURPOSE)
		get_purpose(&r, &h->purpose);
	return read_whole(&r) && (version == VERSION || version == VERSION_PURPOSE) &&
	       h->amount >= 0 && h->seen >= 0 && h->margin >= 0;
}

cdt_str entry_encode(const struct entry *e, char out[RECORD_MAX])
{
	const int64_t numbers[] = { e->held, e->amount, e->wall_ms, e->input, e->cached,
	                            e->cache_write, e->output, e->reasoning };
	struct pen p = pen_on(out, VERSION);

	put_number(&p, e->number, 8);
	put_number(&p, e->kind, 1);
	put_number(&p, e->reason, 1);
	put_hold_id(&p, e->hold);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		put_i64(&p, numbers[i]);
	put_bytes(&p, e->key, OWNER_SIZE);
	put_bytes(&p, e->request, REQUEST_SIZE);
	put_number(&p, e->attempt, 4);
	put_accounts(&p, e->account, e->account_count);
	put_bytes(&p, e->before, CHAIN_SIZE);
	return written(&p);
}

bool entry_decode(cdt_str bytes, struct entry *e)
{
	int64_t *const numbers[] = { &e->held, &e->amount, &e->wall_ms, &e->input, &e->cached,
	                             &e->cache_write, &e->output, &e->reasoning };
	struct reader r = reader_of(bytes);

	e->number = get_number(&r, 8);
	e->kind = (uint8_t)get_number(&r, 1);
	e->reason = (uint8_t)get_number(&r, 1);
	e->hold = get_hold_id(&r);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		*numbers[i] = get_i64(&r);
	get_bytes(&r, e->key, OWNER_SIZE);
	get_bytes(&r, e->request, REQUEST_SIZE);
	e->attempt = (uint32_t)get_number(&r, 4);
	e->account_count = get_accounts(&r, e->account);
	get_bytes(&r, e->before, CHAIN_SIZE);
	return read_whole(&r);
}

void entry_chain(cdt_str bytes, uint8_t out[CHAIN_SIZE])
{
	uint8_t whole[SHA256_SIZE];

	sha256(bytes, whole);
	memcpy(out, whole, CHAIN_SIZE);
}

void owner_text(char out[OWNER_SIZE], cdt_str name)
{
	uint8_t hash[SHA256_SIZE];

	fixed_text(out, OWNER_SIZE, name);
	if (name.n <= OWNER_SIZE)
		return;
	sha256(name, hash);
	out[0] = (char)0xff;
	memcpy(out + 1, hash, OWNER_SIZE - 1);
}

void fixed_text(char *out, size_t size, cdt_str text)
{
	size_t n = text.n < size ? text.n : size;

	memset(out, 0, size);
	if (n)
		memcpy(out, text.p, n);
}

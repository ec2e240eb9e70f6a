/* cache_lmdb/view.c - look-ups through one thread's view.
 * SPDX-License-Identifier: MIT */
#define _GNU_SOURCE                            /* nanosleep */
#include "view.h"

#include <string.h>
#include <time.h>

enum { HIDE_NAP_NS = 200000 };

static void place_fini(struct place *p)
{
	if (p->txn)
		mdb_txn_abort(p->txn);
	*p = (struct place){ NULL };
}

/* Into the middle of a transaction when a value of it is lent: a get from inside an answer. */
static bool place_enter(struct place *p)
{
	if (p->lent)
		return true;
	if (p->txn)
		return !mdb_txn_renew(p->txn);
	return !mdb_txn_begin(p->segment->env, NULL, MDB_RDONLY, &p->txn);
}

static void place_leave(struct place *p)
{
	if (!p->lent)
		mdb_txn_reset(p->txn);
}

void view_show(struct reader *r, struct segment *newest)
{
	struct place *p = r->all;

	while (p->segment)
		p++;                                   /* there are as many as segments */
	p->segment = newest;
	if (place_enter(p))
		place_leave(p);
	pthread_mutex_lock(&r->lock);
	memmove(r->view + 1, r->view, r->count * sizeof *r->view);
	r->view[0] = p;
	r->count++;
	pthread_mutex_unlock(&r->lock);
}

/* [r's lock is held] */
static struct place *take_place(struct reader *r, const struct segment *gone)
{
	size_t i = 0;
	struct place *p;

	while (r->view[i]->segment != gone)
		i++;
	p = r->view[i];
	r->count--;
	memmove(r->view + i, r->view + i + 1, (r->count - i) * sizeof *r->view);
	return p;
}

void view_hide(struct reader *r, const struct segment *gone)
{
	const struct timespec moment = { .tv_nsec = HIDE_NAP_NS };
	struct place *p;

	pthread_mutex_lock(&r->lock);
	p = take_place(r, gone);
	while (p->lent) {                              /* its value is being copied */
		pthread_mutex_unlock(&r->lock);
		(void)nanosleep(&moment, NULL);        /* shorter is fine */
		pthread_mutex_lock(&r->lock);
	}
	pthread_mutex_unlock(&r->lock);
	place_fini(p);
}

void reader_init(struct reader *r, struct shelf *s)
{
	*r = (struct reader){ .shelf = s };
	pthread_mutex_init(&r->lock, NULL);
	pthread_mutex_lock(&s->lock);
	for (size_t i = s->count; i-- > 0;)
		view_show(r, s->segment[i]);
	r->next = s->readers;
	s->readers = r;
	pthread_mutex_unlock(&s->lock);
}

void reader_fini(struct reader *r)
{
	struct reader **at;

	pthread_mutex_lock(&r->shelf->lock);
	for (at = &r->shelf->readers; *at != r; at = &(*at)->next)
		;
	*at = r->next;
	for (size_t i = 0; i < SEGMENTS; i++)
		place_fini(&r->all[i]);
	pthread_mutex_unlock(&r->shelf->lock);
	pthread_mutex_destroy(&r->lock);
}

enum looked { NOT_THERE, THERE, IN_TROUBLE };

static enum looked look(struct place *p, const uint8_t *key, uint64_t hash, struct kept *out)
{
	const struct segment *s = p->segment;

	if (s->filter && !filter_may_have(s->filter, hash))
		return NOT_THERE;
	if (!place_enter(p))
		return IN_TROUBLE;
	if (segment_get(s, p->txn, key, out)) {
		p->lent++;
		return THERE;
	}
	place_leave(p);
	return NOT_THERE;
}

/* Trouble ends it: what an older segment has may be outdated. */
bool reader_begin(struct reader *r, const uint8_t *key, uint64_t hash, uint64_t cleared,
                  size_t skip, struct loan *out)
{
	enum looked seen = NOT_THERE;

	pthread_mutex_lock(&r->lock);
	for (size_t i = skip; i < r->count; i++)
		if (r->view[i]->segment->filter)
			filter_prefetch(r->view[i]->segment->filter, hash);
	for (size_t i = skip; i < r->count && seen == NOT_THERE; i++) {
		if (r->view[i]->segment->number <= cleared)
			break;                         /* and so are all older ones */
		seen = look(r->view[i], key, hash, &out->kept);
		out->place = r->view[i];
		if (seen == THERE && i >= SEGMENTS / 2)
			segment_note_use(r->view[i]->segment, hash);
	}
	pthread_mutex_unlock(&r->lock);
	return seen == THERE;
}

void reader_end(struct reader *r, struct loan *l)
{
	pthread_mutex_lock(&r->lock);
	l->place->lent--;
	place_leave(l->place);
	pthread_mutex_unlock(&r->lock);
}

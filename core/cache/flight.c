/* cache/flight.c - a flight's frames lie in blocks that only grow: a reader that has seen how
 * far it may read needs no lock for the bytes.  News go to each worker once, however many sit
 * there.
 * SPDX-License-Identifier: MIT */
#include "cache/flight.h"

#include <pthread.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/worker.h"

enum { BLOCK_BYTES = 16 << 10, FRAME_BYTES = 16, TEXTS_BYTES = 1024, TEXTS_MAX = 64 << 10 };

struct flight_block {
	struct flight_block *next;
	size_t n, room;
	char bytes[];
};

/* Those of one worker that sit in. */
struct row {
	struct list link;                      /* of its flight */
	struct flight *flight;
	struct worker *worker;
	struct list seats;                     /* the worker's own */
	bool posted;
};

struct flight {
	struct list link;                      /* of home */
	struct flights *home;                  /* NULL: alone from the beginning */
	struct flights *table;                 /* NULL: nobody can join */
	uint8_t key[KEPT_KEY_SIZE];
	_Atomic size_t shares;
	struct flight_lead lead;
	/* The leader's. */
	struct flight_block *last;
	size_t bytes;
	bool is_full;
	pthread_mutex_t lock;                  /* guards all below */
	struct flight_block *first, *seen;
	size_t seen_n;                         /* of the block seen */
	enum flight_end end;
	struct list rows;
	size_t seated;
	bool left;
	struct arena texts;
	cdt_str stand_in;                      /* settled when something was seen */
	struct kept head;
	struct problem problem;
};

struct flights {
	pthread_mutex_t lock;
	struct map map;                        /* by key: those that can be joined */
	struct list all;
};

struct flights *flights_new(void)
{
	struct flights *f = mem_new(sizeof *f);

	pthread_mutex_init(&f->lock, NULL);
	map_init_lent(&f->map);
	list_init(&f->all);
	return f;
}

static cdt_str key_of(const struct flight *f)
{
	return (cdt_str){ (const char *)f->key, sizeof f->key };
}

struct flight *flight_alone(const struct flight_lead *lead)
{
	struct flight *f = mem_new(sizeof *f);

	f->shares = 1;
	f->lead = *lead;
	pthread_mutex_init(&f->lock, NULL);
	list_init(&f->rows);
	arena_init(&f->texts, TEXTS_BYTES, TEXTS_MAX);
	return f;
}

struct flight *flight_take(struct flights *t, const uint8_t key[KEPT_KEY_SIZE],
                           const struct flight_lead *lead, bool *leads)
{
	struct flight *f;

	pthread_mutex_lock(&t->lock);
	f = map_find(&t->map, (cdt_str){ (const char *)key, KEPT_KEY_SIZE });
	*leads = f == NULL;
	if (!f) {
		f = flight_alone(lead);
		f->table = f->home = t;
		list_push(&t->all, &f->link);
		memcpy(f->key, key, sizeof f->key);
		(void)map_put(&t->map, key_of(f), f);
	} else if (f->shares > FLIGHT_SEATS_MAX) {
		f = NULL;
	} else {
		f->shares++;
	}
	pthread_mutex_unlock(&t->lock);
	return f;
}

static void drop_blocks(struct flight *f)
{
	for (struct flight_block *b = f->first, *next; b; b = next) {
		next = b->next;
		mem_free(b);
	}
	f->first = f->last = NULL;
	f->bytes = 0;
}

static void drop(struct flight *f)
{
	drop_blocks(f);
	LIST_EACH(link, &f->rows)
		mem_free(LIST_OF(link, struct row, link));
	arena_fini(&f->texts);
	pthread_mutex_destroy(&f->lock);
	mem_free(f);
}

void flight_give(struct flight *f)
{
	if (!f || --f->shares)
		return;
	flight_close(f);
	if (f->home) {
		pthread_mutex_lock(&f->home->lock);
		list_remove(&f->link);
		pthread_mutex_unlock(&f->home->lock);
	}
	drop(f);
}

/* What is left had news for a worker that ended before it heard them. */
void flights_free(struct flights *f)
{
	if (!f)
		return;
	LIST_EACH(link, &f->all)
		drop(LIST_OF(link, struct flight, link));
	map_fini(&f->map);
	pthread_mutex_destroy(&f->lock);
	mem_free(f);
}

const struct flight_lead *flight_lead_of(const struct flight *f)
{
	return &f->lead;
}

/* --- the leader --- */

static struct flight_block *room_for(struct flight *f, size_t n)
{
	struct flight_block *b = f->last;
	size_t room = n > BLOCK_BYTES ? n : BLOCK_BYTES;

	if (b && b->room - b->n >= n)
		return b;
	b = mem_new(sizeof *b + room);
	b->room = room;
	return b;
}

/* Readers look at next and first under the lock only. */
static void append(struct flight *f, struct flight_block *b)
{
	if (b == f->last)
		return;
	pthread_mutex_lock(&f->lock);
	if (f->last)
		f->last->next = b;
	else
		f->first = b;
	f->last = b;
	pthread_mutex_unlock(&f->lock);
}

cdt_status flight_add(struct flight *f, const struct kept_frame *frame)
{
	size_t n = FRAME_BYTES + frame->event.n + frame->body.n;
	struct flight_block *b;
	struct buf out;
	cdt_status st;

	if (f->is_full || n > FLIGHT_BYTES_MAX || f->bytes + n > FLIGHT_BYTES_MAX) {
		f->is_full = true;
		return CDT_E_LIMIT;
	}
	b = room_for(f, n);
	/* The block's own memory, lent: it has the room, so that it is never grown. */
	out = (struct buf){ b->bytes, b->n, b->room, b->room, CDT_OK };
	st = kept_add(&out, frame);
	f->bytes += out.n - b->n;
	b->n = out.n;
	append(f, b);
	return st;
}

void flight_again(struct flight *f, cdt_str stand_in)
{
	if (f->seen)
		return;
	pthread_mutex_lock(&f->lock);
	drop_blocks(f);
	f->stand_in = stand_in.n ? arena_str(&f->texts, stand_in) : stand_in;
	pthread_mutex_unlock(&f->lock);
	f->is_full = false;
}

static void on_news(void *arg)
{
	struct row *row = arg;
	struct flight *f = row->flight;

	pthread_mutex_lock(&f->lock);
	row->posted = false;
	pthread_mutex_unlock(&f->lock);
	LIST_EACH(link, &row->seats) {
		struct flight_seat *seat = LIST_OF(link, struct flight_seat, link);

		seat->news(seat->arg);
	}
	flight_give(f);
}

/* With the lock held. */
static void tell(struct flight *f, struct row *row)
{
	if (row->posted)
		return;
	row->posted = true;
	f->shares++;
	worker_post(row->worker, on_news, row);
}

/* With the lock held. */
static void show(struct flight *f)
{
	f->seen = f->last;
	f->seen_n = f->last ? f->last->n : 0;
	LIST_EACH(link, &f->rows)
		tell(f, LIST_OF(link, struct row, link));
}

void flight_led_by(struct flight *f, void *arg)
{
	f->lead.arg = arg;                     /* read on this worker only */
}

void flight_show(struct flight *f)
{
	pthread_mutex_lock(&f->lock);
	show(f);
	pthread_mutex_unlock(&f->lock);
}

void flight_close(struct flight *f)
{
	struct flights *t = f->table;

	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	if (map_find(&t->map, key_of(f)) == f)
		(void)map_remove(&t->map, key_of(f));
	f->table = NULL;
	pthread_mutex_unlock(&t->lock);
}

static void copy_head(struct flight *f, const struct kept *head)
{
	cdt_str *const texts[] = { &f->head.provider, &f->head.target, &f->head.model,
	                           &f->head.route, &f->head.key, &f->head.type };

	f->head = *head;
	f->head.frames = CDT_STR("");
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = arena_str(&f->texts, *texts[i]);
}

static void copy_problem(struct flight *f, const struct problem *p)
{
	struct cdt_error *e = &f->problem.error;
	cdt_str *const texts[] = { &e->code, &e->message, &e->param };

	f->problem = *p;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = arena_str(&f->texts, *texts[i]);
}

void flight_end(struct flight *f, enum flight_end end, const struct kept *head,
                const struct problem *problem)
{
	flight_close(f);
	pthread_mutex_lock(&f->lock);
	if (f->end == FLIGHT_GOES_ON) {
		f->end = end;
		if (head)
			copy_head(f, head);
		if (problem)
			copy_problem(f, problem);
		f->lead.deserted = NULL;
		show(f);
	}
	pthread_mutex_unlock(&f->lock);
}

bool flight_leave(struct flight *f)
{
	bool worth;

	pthread_mutex_lock(&f->lock);
	f->left = true;
	worth = f->seated > 0;
	pthread_mutex_unlock(&f->lock);
	return worth;
}

bool flight_is_shared(struct flight *f)
{
	bool shared;

	pthread_mutex_lock(&f->lock);
	shared = f->seated > 0 && !f->is_full;
	pthread_mutex_unlock(&f->lock);
	return shared;
}

cdt_status flight_frames(struct flight *f, struct buf *out)
{
	if (f->is_full)
		return CDT_E_LIMIT;
	for (const struct flight_block *b = f->first; b; b = b->next)
		buf_add(out, (cdt_str){ b->bytes, b->n });
	return out->status;
}

/* --- those that sit in --- */

/* With the lock held. */
static struct row *row_of(struct flight *f, struct worker *w)
{
	struct row *row;

	LIST_EACH(link, &f->rows)
		if (LIST_OF(link, struct row, link)->worker == w)
			return LIST_OF(link, struct row, link);
	row = mem_new(sizeof *row);
	row->flight = f;
	row->worker = w;
	list_init(&row->seats);
	list_push(&f->rows, &row->link);
	return row;
}

void flight_sit(struct flight *f, struct worker *w, struct flight_seat *seat)
{
	struct row *row;

	seat->flight = f;
	seat->block = NULL;
	seat->at = 0;
	pthread_mutex_lock(&f->lock);
	f->seated++;
	row = row_of(f, w);
	list_push(&row->seats, &seat->link);
	tell(f, row);
	pthread_mutex_unlock(&f->lock);
}

/* [the leader's worker] */
static void on_deserted(void *arg)
{
	struct flight *f = arg;
	void (*deserted)(void *arg) = NULL;

	pthread_mutex_lock(&f->lock);
	if (f->end == FLIGHT_GOES_ON && !f->seated)
		deserted = f->lead.deserted;
	pthread_mutex_unlock(&f->lock);
	if (deserted)
		deserted(f->lead.arg);
	flight_give(f);
}

void flight_rise(struct flight_seat *seat)
{
	struct flight *f = seat->flight;

	if (!f)
		return;
	seat->flight = NULL;
	pthread_mutex_lock(&f->lock);
	list_remove(&seat->link);
	if (--f->seated == 0 && f->left && f->end == FLIGHT_GOES_ON) {
		f->shares++;
		worker_post(f->lead.worker, on_deserted, f);
	}
	pthread_mutex_unlock(&f->lock);
}

bool flight_read(struct flight_seat *seat, struct kept_frame *frame)
{
	struct flight *f = seat->flight;
	cdt_str rest = { NULL, 0 };

	pthread_mutex_lock(&f->lock);
	if (!seat->block && f->seen)
		seat->block = f->first;
	while (seat->block && seat->block != f->seen && seat->at == seat->block->n) {
		seat->block = seat->block->next;
		seat->at = 0;
	}
	if (seat->block)
		rest = (cdt_str){ seat->block->bytes + seat->at,
		                  (seat->block == f->seen ? f->seen_n : seat->block->n) -
		                  seat->at };
	pthread_mutex_unlock(&f->lock);
	if (!rest.n || !kept_next(&rest, frame))
		return false;
	seat->at = (size_t)(rest.p - seat->block->bytes);
	return true;
}

cdt_str flight_stand_in(const struct flight_seat *seat)
{
	return seat->flight->stand_in;
}

enum flight_end flight_state(const struct flight_seat *seat)
{
	struct flight *f = seat->flight;
	enum flight_end end;

	pthread_mutex_lock(&f->lock);
	end = f->end;
	/* The last frames may have come since it looked. */
	if (f->seen && (seat->block != f->seen || seat->at < f->seen_n))
		end = FLIGHT_GOES_ON;
	pthread_mutex_unlock(&f->lock);
	return end;
}

const struct kept *flight_head(const struct flight *f)
{
	return &f->head;
}

const struct problem *flight_problem(const struct flight *f)
{
	return &f->problem;
}

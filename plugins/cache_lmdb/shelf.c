/* cache_lmdb/shelf.c - begins, seals and drops segments, within the bound: the room of a new
 * one is free before it is made.
 * SPDX-License-Identifier: MIT */
#include "shelf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "view.h"

static size_t bytes_of(const struct shelf *s)
{
	size_t sum = 0;

	for (size_t i = 0; i < s->count; i++)
		sum += s->segment[i]->file_bytes;
	return sum;
}

void shelf_count(struct shelf *s)
{
	int64_t entries = 0, bytes = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct segment *one = s->segment[i];

		if (one->entries > one->outdated)
			entries += (int64_t)(one->entries - one->outdated);
		bytes += (int64_t)one->used_bytes;
	}
	atomic_store_explicit(&s->entries, entries, memory_order_relaxed);
	atomic_store_explicit(&s->bytes, bytes, memory_order_relaxed);
}

/* The oldest one; the caller drops or closes it. */
static struct segment *take_oldest(struct shelf *s)
{
	struct segment *gone;

	pthread_mutex_lock(&s->lock);
	gone = s->segment[--s->count];
	for (struct reader *r = s->readers; r; r = r->next)
		view_hide(r, gone);
	pthread_mutex_unlock(&s->lock);
	return gone;
}

static void evict(struct shelf *s)
{
	struct segment *gone = take_oldest(s);

	if (gone->entries > gone->outdated)
		atomic_fetch_add_explicit(&s->evicted,
		                          (int64_t)(gone->entries - gone->outdated),
		                          memory_order_relaxed);
	segment_drop(gone);
}

static void put_first(struct shelf *s, struct segment *fresh)
{
	pthread_mutex_lock(&s->lock);
	memmove(s->segment + 1, s->segment, s->count * sizeof *s->segment);
	s->segment[0] = fresh;
	s->count++;
	for (struct reader *r = s->readers; r; r = r->next)
		view_show(r, fresh);
	pthread_mutex_unlock(&s->lock);
}

bool shelf_is_full(const struct shelf *s)
{
	return s->count && (s->count == SEGMENTS ||
	                    bytes_of(s) + s->share_bytes > s->size_bytes);
}

void shelf_seal(struct shelf *s)
{
	if (s->count)
		segment_seal(s->segment[0]);
}

int shelf_begin(struct shelf *s, uint64_t number, uint32_t era)
{
	struct segment *fresh;
	int rc = 0;

	shelf_seal(s);
	while (shelf_is_full(s))
		evict(s);
	if (!folder_note_version(&s->folder))
		return errno ? errno : EIO;
	fresh = segment_new(&s->folder, number, s->share_bytes, &rc);
	if (!fresh && rc == ENOSPC && s->count) {
		evict(s);                              /* others filled the disk */
		fresh = segment_new(&s->folder, number, s->share_bytes, &rc);
	}
	if (!fresh)
		return rc;
	fresh->era = era;
	put_first(s, fresh);
	shelf_count(s);
	return 0;
}

void shelf_drop_to(struct shelf *s, uint64_t number)
{
	while (s->count && s->segment[s->count - 1]->number <= number)
		segment_drop(take_oldest(s));
	folder_sync(&s->folder);
	shelf_count(s);
}

uint64_t shelf_newest(const struct shelf *s)
{
	return s->count ? s->segment[0]->number : 0;
}

/* Newest first, as many as there is room for.  Returns how many are no segments. */
static size_t open_all(struct shelf *s, const uint64_t *number, size_t count)
{
	size_t spoilt = 0;

	for (size_t i = 0; i < count && s->count < SEGMENTS; i++) {
		struct segment *one = segment_open(&s->folder, number[i], s->count == 0);

		if (!one)
			spoilt++;
		else if (bytes_of(s) + one->file_bytes > s->size_bytes)
			segment_close(one);            /* the size was set lower */
		else
			s->segment[s->count++] = one;
	}
	return spoilt;
}

void shelf_open(struct shelf *s, size_t *spoilt, bool *stranger)
{
	uint64_t number[FOLDER_LIST_MAX];
	size_t count = folder_list(&s->folder, number, stranger);

	pthread_mutex_init(&s->lock, NULL);
	*spoilt = open_all(s, number, count);
	for (size_t i = 0; i < s->count; i++)
		number[i] = s->segment[i]->number;
	folder_sweep(&s->folder, number, s->count);
	shelf_count(s);
}

void shelf_close(struct shelf *s)
{
	shelf_seal(s);
	while (s->count)
		segment_close(s->segment[--s->count]);
	pthread_mutex_destroy(&s->lock);
}

/* flow/line.c - who waits, and when each is tried again.  What was given back on
 * another worker is found by looking, not by being told.
 * SPDX-License-Identifier: MIT */
#include "flow/line.h"

#include <string.h>

#include "base/clock.h"

static struct exchange *first_of(const struct list *l)
{
	return LIST_OF(l->next, struct exchange, waiting.link);
}

static void set_timer(struct line *l, uint64_t now_ms)
{
	uint64_t next_ms = UINT64_MAX;

	LIST_EACH(it, &l->waiting) {
		const struct exchange *x = LIST_OF(it, struct exchange, waiting.link);

		if (x->waiting.retry_ms < next_ms)
			next_ms = x->waiting.retry_ms;
	}
	if (next_ms != UINT64_MAX)
		timer_set(&l->timer, now_ms, next_ms > now_ms ? next_ms - now_ms : 1);
}

/* The first of another key than the last one served, so that keys take turns. */
static struct exchange *take_fairly(struct list *all, const struct key *last)
{
	struct exchange *x = first_of(all);

	LIST_EACH(it, all) {
		struct exchange *other = LIST_OF(it, struct exchange, waiting.link);

		if (other->key != last) {
			x = other;
			break;
		}
	}
	list_remove(&x->waiting.link);
	return x;
}

static void count_wait(struct exchange *x)
{
	uint64_t now_us = clock_us();

	x->waited_us += now_us - x->waiting.since_us;
	x->waiting.since_us = now_us;
}

/* They are taken out first: what one of them sets going may change the line. */
static void on_time(void *arg)
{
	struct line *l = arg;
	const struct key *last = NULL;
	uint64_t now_ms = clock_ms();
	struct list all;

	list_init(&all);
	while (!list_empty(&l->waiting)) {
		struct exchange *x = first_of(&l->waiting);

		list_remove(&x->waiting.link);
		list_push(&all, &x->waiting.link);
	}
	while (!list_empty(&all)) {
		struct exchange *x = take_fairly(&all, last);

		last = x->key;
		l->count--;
		count_wait(x);
		if (x->waiting.retry_ms > now_ms || x->waiting.again(x, now_ms)) {
			list_push(&l->waiting, &x->waiting.link);
			l->count++;
		}
	}
	set_timer(l, now_ms);
}

void line_init(struct line *l, struct worker *w)
{
	list_init(&l->waiting);
	l->count = 0;
	timer_init(&l->timer, w, on_time, l);
}

void line_fini(struct line *l)
{
	timer_fini(&l->timer);
}

static size_t waiting_of(const struct line *l, const struct key *k)
{
	size_t n = 0;

	LIST_EACH(it, &l->waiting)
		n += !strcmp(LIST_OF(it, struct exchange, waiting.link)->key->id, k->id);
	return n;
}

bool line_has(const struct line *l, const struct key *k)
{
	return l->count && waiting_of(l, k);
}

bool line_join(struct line *l, struct exchange *x, uint64_t now_ms, uint64_t retry_ms)
{
	if (l->count >= LINE_MAX_WAITING || waiting_of(l, x->key) >= LINE_MAX_KEY)
		return false;
	x->waiting.retry_ms = now_ms + retry_ms;
	x->waiting.since_us = clock_us();
	list_push(&l->waiting, &x->waiting.link);
	l->count++;
	set_timer(l, now_ms);
	return true;
}

void line_leave(struct line *l, struct exchange *x)
{
	if (!x->waiting.link.next)
		return;
	list_remove(&x->waiting.link);
	l->count--;
	count_wait(x);
}

void line_stir(struct line *l)
{
	uint64_t now_ms;

	if (!l->count)
		return;
	now_ms = clock_ms();
	LIST_EACH(it, &l->waiting) {
		struct exchange *x = LIST_OF(it, struct exchange, waiting.link);

		if (!x->waiting.patient)
			x->waiting.retry_ms = now_ms;
	}
	set_timer(l, now_ms);
}

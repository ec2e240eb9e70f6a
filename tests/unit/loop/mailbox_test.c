/* unit/loop/mailbox_test.c - messages from many threads to one loop.
 * SPDX-License-Identifier: MIT */
#include "loop/mailbox.h"

#include <pthread.h>
#include <stdbool.h>

#include <event2/event.h>

#include "unit/unit.h"

enum { THREADS = 4, POSTS = 5000 };

struct seen { unsigned count[THREADS], wrong, total; };
struct note { struct seen *seen; unsigned thread, number; };
struct poster {
	pthread_t thread;
	struct mailbox *box;
	struct note note[POSTS];
};

static void read_note(void *arg)
{
	const struct note *n = arg;
	struct seen *s = n->seen;

	s->wrong += s->count[n->thread]++ != n->number;
	s->total++;
}

static void *post_all(void *arg)
{
	struct poster *p = arg;

	for (unsigned i = 0; i < POSTS; i++)
		mailbox_post(p->box, read_note, &p->note[i]);
	return NULL;
}

static void keeps_the_order_of_each_thread(void)
{
	static struct poster posters[THREADS];         /* too large for a stack */
	struct event_base *base = event_base_new();
	struct mailbox *box = mailbox_new(base);
	struct seen seen = { .total = 0 };

	for (unsigned t = 0; t < THREADS; t++) {
		posters[t].box = box;
		for (unsigned i = 0; i < POSTS; i++)
			posters[t].note[i] = (struct note){ &seen, t, i };
		CU_ASSERT_EQUAL_FATAL(
		    pthread_create(&posters[t].thread, NULL, post_all, &posters[t]), 0);
	}
	while (seen.total < THREADS * POSTS)
		(void)event_base_loop(base, EVLOOP_ONCE);
	for (unsigned t = 0; t < THREADS; t++) {
		(void)pthread_join(posters[t].thread, NULL);
		CU_ASSERT_EQUAL(seen.count[t], POSTS);
	}
	CU_ASSERT_EQUAL(seen.wrong, 0);
	mailbox_free(box);
	event_base_free(base);
}

struct chain { struct mailbox *box; unsigned runs; };

static void post_again(void *arg)
{
	struct chain *c = arg;

	if (++c->runs < 10)
		mailbox_post(c->box, post_again, c);
}

static void a_message_may_post_another(void)
{
	struct event_base *base = event_base_new();
	struct chain c = { mailbox_new(base), 0 };

	mailbox_post(c.box, post_again, &c);
	for (int i = 0; i < 20 && c.runs < 10; i++)
		(void)event_base_loop(base, EVLOOP_ONCE);
	CU_ASSERT_EQUAL(c.runs, 10);
	mailbox_free(c.box);
	event_base_free(base);
}

static void drops_what_nobody_read(void)
{
	struct event_base *base = event_base_new();
	struct chain c = { mailbox_new(base), 0 };

	mailbox_post(c.box, post_again, &c);
	mailbox_post(c.box, post_again, &c);
	mailbox_free(c.box);                           /* the sanitizer looks for leaks */
	CU_ASSERT_EQUAL(c.runs, 0);
	mailbox_free(NULL);
	event_base_free(base);
}

static const struct unit_test tests[] = {
	{ "keeps the order of each thread", keeps_the_order_of_each_thread },
	{ "a message may post another", a_message_may_post_another },
	{ "drops what nobody read", drops_what_nobody_read },
	{ NULL, NULL }
};
const struct unit_suite loop_mailbox_suite = { "loop/mailbox", tests };

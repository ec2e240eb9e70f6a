/* loop/mailbox.c - a queue behind one lock and an eventfd that wakes its reader.  The lock
 * is never held while a message runs.
 * SPDX-License-Identifier: MIT */
#include "loop/mailbox.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/log.h"
#include "base/mem.h"

struct message {
	struct message *next;
	void (*run)(void *arg);
	void *arg;
};

struct mailbox {
	pthread_mutex_t lock;              /* guards first, last, woken */
	struct message *first, **last;
	bool woken;                       /* the eventfd has been written since the last read */
	int fd;
	struct event *event;
};

static struct message *take_all(struct mailbox *m)
{
	struct message *all;

	pthread_mutex_lock(&m->lock);
	all = m->first;
	m->first = NULL;
	m->last = &m->first;
	m->woken = false;
	pthread_mutex_unlock(&m->lock);
	return all;
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct mailbox *m = arg;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof count) < 0)
		log_debug(LOG_LOOP, NULL, "a mailbox woke without a message");
	for (struct message *it = take_all(m), *next; it; it = next) {
		next = it->next;
		it->run(it->arg);
		mem_free(it);
	}
}

struct mailbox *mailbox_new(struct event_base *base)
{
	struct mailbox *m = mem_new(sizeof *m);

	pthread_mutex_init(&m->lock, NULL);
	m->last = &m->first;
	m->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	m->event = m->fd < 0 ? NULL : event_new(base, m->fd, EV_READ | EV_PERSIST, on_wake, m);
	if (!m->event || event_add(m->event, NULL)) {
		mailbox_free(m);
		return NULL;
	}
	return m;
}

void mailbox_free(struct mailbox *m)
{
	if (!m)
		return;
	for (struct message *it = take_all(m), *next; it; it = next) {
		next = it->next;
		mem_free(it);
	}
	if (m->event)
		event_free(m->event);
	if (m->fd >= 0)
		(void)close(m->fd);                    /* an eventfd has nothing to flush */
	pthread_mutex_destroy(&m->lock);
	mem_free(m);
}

void mailbox_post(struct mailbox *m, void (*run)(void *arg), void *arg)
{
	static const uint64_t one = 1;
	struct message *msg = mem_new(sizeof *msg);
	bool wake;

	msg->run = run;
	msg->arg = arg;
	pthread_mutex_lock(&m->lock);
	*m->last = msg;
	m->last = &msg->next;
	wake = !m->woken;
	m->woken = true;
	pthread_mutex_unlock(&m->lock);
	if (wake && write(m->fd, &one, sizeof one) < 0)
		log_error(LOG_LOOP, NULL, "a worker could not be woken");
}

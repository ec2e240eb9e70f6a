/* admin/backup.c - POST /admin/v1/backup: the answer is the backup.  A thread copies the store
 * and reads the copy, one piece at a time as the client takes them; the loop only passes on.
 * SPDX-License-Identifier: MIT */
#include "ledger/archive.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "admin/inquiry.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/thread.h"

enum { PIECE = 64 << 10, NAME_SIZE = 96 };

/* One at a time.  What the thread does is awaited before the loop asks for more, so that only
 * `wanted` and `stopped` are touched by both at once. */
struct backup {
	struct admin *admin;
	struct inquiry *call;
	const char *version;           /* of conduitd */
	pthread_t thread;
	pthread_mutex_t lock;          /* guards wanted, stopped */
	pthread_cond_t woken;
	bool wanted, stopped;
	bool busy;                     /* the loop's: a post of the thread will come */
	bool begun;                    /* the answer's head is out */
	struct archive *archive;       /* NULL: why says so */
	char why[256];
	uint64_t at;
	int64_t n;                     /* bytes of piece; 0 = the end, -1 = it broke off */
	char piece[PIECE];
};

/* --- the thread --- */

static bool is_wanted(struct backup *b)
{
	bool more;

	pthread_mutex_lock(&b->lock);
	while (!b->wanted && !b->stopped)
		pthread_cond_wait(&b->woken, &b->lock);
	b->wanted = false;
	more = !b->stopped;
	pthread_mutex_unlock(&b->lock);
	return more;
}

static void on_piece(void *arg);

static void *run_thread(void *arg)
{
	struct backup *b = arg;

	b->archive = archive_new(b->admin->parts.ledger, b->version, clock_wall_ms(), b->why);
	do {
		b->n = b->archive ? archive_read(b->archive, b->at, b->piece, PIECE) : -1;
		b->at += b->n > 0 ? (uint64_t)b->n : 0;
		worker_post(b->admin->parts.worker, on_piece, b);
	} while (is_wanted(b));
	return NULL;
}

/* --- the loop --- */

static void want(struct backup *b)
{
	b->busy = true;
	pthread_mutex_lock(&b->lock);
	b->wanted = true;
	pthread_cond_signal(&b->woken);
	pthread_mutex_unlock(&b->lock);
}

void backup_end(struct admin *a)
{
	struct backup *b = a->backup;

	if (!b)
		return;
	a->backup = NULL;
	pthread_mutex_lock(&b->lock);
	b->stopped = true;
	pthread_cond_signal(&b->woken);
	pthread_mutex_unlock(&b->lock);
	pthread_join(b->thread, NULL);
	pthread_cond_destroy(&b->woken);
	pthread_mutex_destroy(&b->lock);
	archive_free(b->archive);
	explicit_bzero(b->piece, sizeof b->piece);
	mem_free(b);
}

static void begin(struct backup *b)
{
	char name[NAME_SIZE];
	struct tm utc;
	time_t second = (time_t)(clock_wall_ms() / 1000);

	if (!gmtime_r(&second, &utc) ||
	    !strftime(name, sizeof name,
	              "attachment; filename=\"conduit-%Y%m%dT%H%M%SZ.backup\"", &utc))
		(void)snprintf(name, sizeof name, "attachment");
	b->begun = true;
	b->call->type = "application/octet-stream";
	(void)http_head_add(&b->call->head, "Content-Disposition", str_z(name));      /* ours */
	inquiry_begin(b->call);
}

/* The call is over: well, badly, or because the client has left. */
static void finish(struct backup *b)
{
	struct inquiry *c = b->call;

	if (!c->request)
		log_warn(LOG_ADMIN, NULL, "the client has left before its backup was whole");
	else if (b->n == 0)
		log_info(LOG_ADMIN, NULL, "a backup was sent to=%s bytes=%llu", c->actor,
		         (unsigned long long)b->at);
	else
		log_error(LOG_ADMIN, NULL, "a backup failed: %s",
		          b->archive ? "its copy can not be read" : b->why);
	if (c->request && b->begun && b->n == 0)
		http_end(c->request);
	else if (c->request && b->begun)
		http_cut(c->request);
	else if (c->request)
		(void)REFUSE(c, PROBLEM_INTERNAL, NULL, "no backup: %s", b->why);
	if (b->begun || !c->request)
		inquiry_free(c);
	else
		inquiry_answer(c, CDT_E_INVALID);
	backup_end(b->admin);
}

/* The client takes more again, or has left. */
static void on_peer(struct inquiry *c)
{
	struct backup *b = c->admin->backup;

	if (b->busy)
		return;                        /* on_piece will see */
	if (c->request)
		want(b);
	else
		finish(b);
}

static void on_piece(void *arg)
{
	struct backup *b = arg;
	cdt_str piece = str_from(b->piece, b->n > 0 ? (size_t)b->n : 0);

	b->busy = false;
	if (!b->call->request || b->n <= 0) {
		finish(b);
		return;
	}
	if (!b->begun)
		begin(b);
	if (!http_write(b->call->request, &piece, 1))
		want(b);
}

cdt_status admin_backup_make(struct inquiry *c)
{
	struct admin *a = c->admin;
	struct admin_status s;
	struct backup *b;

	if (!a->parts.ledger)
		return REFUSE(c, PROBLEM_OVERLOADED, NULL, "the ledger is not open");
	if (a->backup)
		return REFUSE(c, PROBLEM_CONFLICT, NULL, "a backup is being made for somebody "
		              "else; try again in a while");
	b = mem_new(sizeof *b);
	b->admin = a;
	b->call = c;
	a->parts.ops->status(a->parts.arg, &s);
	b->version = s.version;
	b->busy = true;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->woken, NULL);
	if (!thread_start(&b->thread, "backup", run_thread, b)) {
		pthread_cond_destroy(&b->woken);
		pthread_mutex_destroy(&b->lock);
		mem_free(b);
		return REFUSE(c, PROBLEM_OVERLOADED, NULL, "there is no thread to be had; try "
		              "again");
	}
	a->backup = b;
	c->on_peer = on_peer;
	inquiry_wait(c);
	return CDT_OK;
}

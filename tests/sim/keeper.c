/* sim/keeper.c - ledger/keeper.h and ledger/side.h: the side journal on the same disk, whose
 * blocks were allocated before, so that a full disk does not matter to it.
 * SPDX-License-Identifier: MIT */
#include "ledger/keeper.h"

#include "base/mem.h"
#include "ledger/side.h"
#include "loop/worker.h"
#include "sim.h"

enum { SLOTS = 512 };

struct side { int unused; };
struct keeper { struct list jobs; uint64_t live; bool is_writing; };

static struct side side;
static struct entry slots[SLOTS];              /* durable */
static size_t used, left;                      /* left: by this process and earlier ones */
static bool is_broken;

void keeper_reset(void)
{
	used = left = 0;
	is_broken = false;
}

void keeper_crash(void)
{
	is_broken = false;
}

bool keeper_has(uint32_t epoch, uint64_t number)
{
	for (size_t i = 0; i < left; i++)
		if (slots[i].hold.epoch == epoch && slots[i].hold.number == number)
			return true;
	return false;
}

/* --- side.h --- */

struct side *side_open(const char *path, size_t count, char why[256])
{
	(void)path, (void)count, (void)why;
	used = 0;                              /* what is left is written over */
	return &side;
}

void side_close(struct side *s)
{
	(void)s;
}

cdt_status side_clear(struct side *s)
{
	(void)s;
	used = left = 0;
	return CDT_OK;
}

cdt_status side_read(struct side *s, cdt_status (*each)(void *arg, const struct entry *e),
                     void *arg, uint64_t *damaged)
{
	cdt_status st = CDT_OK;

	(void)s;
	*damaged = 0;
	for (size_t i = 0; st == CDT_OK && i < left; i++)
		st = each(arg, &slots[i]);
	return st;
}

/* --- keeper.h --- */

struct keeper *keeper_new(struct side *s, const char *dir, uint64_t reserve_bytes)
{
	struct keeper *k = mem_new(sizeof *k);

	(void)s, (void)dir, (void)reserve_bytes;
	list_init(&k->jobs);
	return k;
}

void keeper_free(struct keeper *k)
{
	mem_free(k);
}

static void deliver(void *arg)
{
	struct keeper_job *job = arg;

	job->written(job->arg, job->st);
}

static bool append(const struct entry *e)
{
	if (is_broken || used == SLOTS)
		return false;
	if (disk_fault() == DISK_BROKEN && dice_permille(200)) {
		is_broken = true;
		return false;
	}
	slots[used++] = *e;
	left = used > left ? used : left;
	return true;
}

static void write_all(void *arg)
{
	struct keeper *k = arg;

	k->is_writing = false;
	LIST_EACH(it, &k->jobs) {
		struct keeper_job *job = LIST_OF(it, struct keeper_job, link);
		bool fine = append(job->entry);

		list_remove(&job->link);
		job->st = fine ? CDT_OK : CDT_E_ABORTED;
		k->live -= !fine;
		trace_note("aside", job->entry->hold.number, fine);
		worker_post(job->worker, deliver, job);
	}
}

static void clear(void *arg)
{
	struct keeper *k = arg;

	if (!k->live && used && !is_broken)
		(void)side_clear(&side);
}

void keeper_write(struct keeper *k, struct keeper_job *job)
{
	list_push(&k->jobs, &job->link);
	k->live++;
	if (!k->is_writing)
		queue_add((uint64_t)dice_between(300, 5000), OF_GATEWAY, "side", write_all, k);
	k->is_writing = true;
}

void keeper_done(struct keeper *k)
{
	if (--k->live == 0)
		queue_add(1000, OF_GATEWAY, "clear side", clear, k);
}

bool keeper_is_short(const struct keeper *k)
{
	(void)k;
	return false;
}

uint64_t keeper_free_bytes(const struct keeper *k)
{
	(void)k;
	return UINT64_MAX;
}

uint64_t keeper_journal_bytes(const struct keeper *k)
{
	(void)k;
	return used;
}

/* ledger/side.c - slots of magic, length, CRC-32 and an encoded entry.
 * SPDX-License-Identifier: MIT */
#include "ledger/side.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bigend.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

enum { HEAD_SIZE = 12, LENGTH_AT = 4, CRC_AT = 8 };
static const char magic[LENGTH_AT] = { 'C', 'S', 'J', '1' };

_Static_assert(HEAD_SIZE + RECORD_MAX <= SIDE_SLOT, "the largest entry fits a slot");

struct side {
	int fd;
	size_t slots, used;
	bool dirty;                    /* not all is as side_clear leaves it */
	bool broken;                   /* writing has failed */
};

static void put_u32(char *at, uint32_t v)
{
	big_put(at, v, sizeof v);
}

static uint32_t get_u32(const char *at)
{
	return (uint32_t)big_get(at, sizeof(uint32_t));
}

/* All blocks are there, so that writing needs no space. */
static bool allocate(int fd, off_t size)
{
	struct stat about;
	int rc;

	if (fstat(fd, &about))
		return false;
	if (about.st_size >= size && (off_t)about.st_blocks * 512 >= size)
		return true;
	rc = posix_fallocate(fd, 0, size);
	if (!rc && !fsync(fd))
		return true;
	log_warn(LOG_STORE, NULL, "the side journal of the ledger can not be allocated: what "
	         "the store refuses waits in memory: %s", strerror(rc ? rc : errno));
	return false;
}

struct side *side_open(const char *path, size_t slots, char why[256])
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct side *s;

	if (fd < 0) {
		(void)snprintf(why, 256, "can not open %.150s: %s", path, strerror(errno));
		return NULL;
	}
	s = mem_new(sizeof *s);
	*s = (struct side){ .fd = fd, .slots = slots, .dirty = true };
	s->broken = !allocate(fd, (off_t)slots * SIDE_SLOT);
	return s;
}

void side_close(struct side *s)
{
	if (!s)
		return;
	(void)close(s->fd);                            /* what counts is durable already */
	mem_free(s);
}

static cdt_status fail(struct side *s)
{
	if (!s->broken)
		log_error(LOG_STORE, NULL, "the side journal can not be written: what the "
		          "store refuses waits in memory: %s", strerror(errno));
	s->broken = true;
	return CDT_E_ABORTED;
}

static bool put_slot(struct side *s, size_t number, const struct entry *e)
{
	char slot[SIDE_SLOT] = { 0 };
	cdt_str bytes = entry_encode(e, slot + HEAD_SIZE);

	memcpy(slot, magic, sizeof magic);
	put_u32(slot + LENGTH_AT, (uint32_t)bytes.n);
	put_u32(slot + CRC_AT, crc32_of(bytes));
	return pwrite(s->fd, slot, SIDE_SLOT, (off_t)number * SIDE_SLOT) == SIDE_SLOT;
}

cdt_status side_append(struct side *s, const struct entry *const *entries, size_t count)
{
	if (s->broken)
		return CDT_E_ABORTED;
	if (count > s->slots - s->used)
		return CDT_E_LIMIT;
	s->dirty = true;
	for (size_t i = 0; i < count; i++)
		if (!put_slot(s, s->used + i, entries[i]))
			return fail(s);
	if (fdatasync(s->fd))
		return fail(s);
	s->used += count;
	return CDT_OK;
}

cdt_status side_clear(struct side *s)
{
	static const char nothing[SIDE_SLOT];

	if (s->broken || !s->dirty)
		return s->broken ? CDT_E_ABORTED : CDT_OK;
	if (pwrite(s->fd, nothing, sizeof nothing, 0) != sizeof nothing || fdatasync(s->fd))
		return fail(s);
	s->used = 0;
	s->dirty = false;
	return CDT_OK;
}

static bool read_slot(const char slot[SIDE_SLOT], struct entry *e)
{
	uint32_t n = get_u32(slot + LENGTH_AT);
	cdt_str bytes = { slot + HEAD_SIZE, n };

	return !memcmp(slot, magic, sizeof magic) && n <= SIDE_SLOT - HEAD_SIZE &&
	       crc32_of(bytes) == get_u32(slot + CRC_AT) && entry_decode(bytes, e);
}

static bool is_blank(const char slot[SIDE_SLOT])
{
	for (size_t i = 0; i < SIDE_SLOT; i++)
		if (slot[i])
			return false;
	return true;
}

cdt_status side_read(struct side *s, cdt_status (*each)(void *arg, const struct entry *e),
                     void *arg, uint64_t *damaged)
{
	char slot[SIDE_SLOT];

	*damaged = 0;
	for (size_t i = 0; i < s->slots; i++) {
		struct entry e;
		cdt_status st = CDT_OK;
		ssize_t n = pread(s->fd, slot, SIDE_SLOT, (off_t)i * SIDE_SLOT);

		if (n < 0)
			return CDT_E_ABORTED;
		if (n < SIDE_SLOT || is_blank(slot))
			break;
		if (read_slot(slot, &e))
			st = each(arg, &e);
		else
			++*damaged;
		if (st != CDT_OK)
			return st;
	}
	return CDT_OK;
}

uint64_t side_bytes(const struct side *s)
{
	return s->broken ? 0 : (uint64_t)s->used * SIDE_SLOT;
}

/* cache_lmdb/filter.c - a Bloom filter of blocks of 32 bytes: a key has one bit in each of the
 * eight words of its block.
 * SPDX-License-Identifier: MIT */
#define _GNU_SOURCE                            /* O_CLOEXEC and its like */
#include "filter.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORDS = 8, WORD_SHIFT = 27 };           /* the upper 5 of 32 bits name a bit */

static const char magic[8] = "cdtblm1";

/* Also the file. */
struct image {
	char magic[8];
	uint64_t number, blocks, reserved;
	struct { _Atomic uint32_t word[WORDS]; } block[];
};

struct filter { struct image *image; size_t size; };

static const uint32_t salts[WORDS] = {
	0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947,
	0x5c6bfb31,
};

static struct filter *adopt(void *map, size_t size)
{
	struct filter *f = map == MAP_FAILED ? NULL : calloc(1, sizeof *f);

	if (f)
		*f = (struct filter){ map, size };
	else if (map != MAP_FAILED)
		(void)munmap(map, size);               /* it is ours */
	return f;
}

static struct filter *blank(size_t size)
{
	return adopt(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	                  0), size);
}

struct filter *filter_new(uint64_t number, size_t size)
{
	struct filter *f = size > sizeof *f->image ? blank(size) : NULL;

	if (!f)
		return NULL;
	memcpy(f->image->magic, magic, sizeof magic);
	f->image->number = number;
	f->image->blocks = (size - sizeof *f->image) / sizeof *f->image->block;
	return f;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	(void)munmap(f->image, f->size);               /* it is ours */
	free(f);
}

static size_t block_of(const struct filter *f, uint64_t hash)
{
	return (size_t)((hash >> 32) * f->image->blocks >> 32);
}

static uint32_t bit_of(uint64_t hash, size_t i)
{
	return UINT32_C(1) << (((uint32_t)hash * salts[i]) >> WORD_SHIFT);
}

void filter_add(struct filter *f, uint64_t hash)
{
	_Atomic uint32_t *word = f->image->block[block_of(f, hash)].word;

	for (size_t i = 0; i < WORDS; i++)
		atomic_fetch_or_explicit(&word[i], bit_of(hash, i), memory_order_relaxed);
}

bool filter_may_have(const struct filter *f, uint64_t hash)
{
	_Atomic uint32_t *word = f->image->block[block_of(f, hash)].word;
	uint32_t missing = 0;

	for (size_t i = 0; i < WORDS; i++)
		missing |= bit_of(hash, i) &
		           ~atomic_load_explicit(&word[i], memory_order_relaxed);
	return !missing;
}

void filter_prefetch(const struct filter *f, uint64_t hash)
{
	__builtin_prefetch((const void *)&f->image->block[block_of(f, hash)]);
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

bool filter_save(const struct filter *f, const char *path)
{
	char fresh[FILTER_PATH_SIZE];
	int n = snprintf(fresh, sizeof fresh, "%s.new", path), fd;
	bool good;

	if (n < 0 || (size_t)n >= sizeof fresh)
		return false;
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	good = fd >= 0 && write_all(fd, (const char *)f->image, f->size) && !fdatasync(fd);
	good = fd >= 0 && !close(fd) && good && !rename(fresh, path);
	if (!good)
		(void)unlink(fresh);                   /* it may not be there */
	return good;
}

static bool read_all(int fd, char *p, size_t n)
{
	while (n) {
		ssize_t got = read(fd, p, n);

		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

static bool is_sound(const struct filter *f, uint64_t number)
{
	const struct image *im = f->image;

	return !memcmp(im->magic, magic, sizeof magic) && im->number == number && im->blocks &&
	       im->blocks == (f->size - sizeof *im) / sizeof *im->block;
}

static struct filter *load(int fd, uint64_t number, bool to_add)
{
	struct filter *f;
	struct stat st;
	size_t size;

	if (fstat(fd, &st) || st.st_size <= (off_t)sizeof *f->image)
		return NULL;
	size = (size_t)st.st_size;
	f = to_add ? blank(size) : adopt(mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0), size);
	if (f && (!to_add || read_all(fd, (char *)f->image, size)) && is_sound(f, number))
		return f;
	filter_free(f);
	return NULL;
}

struct filter *filter_load(const char *path, uint64_t number, bool to_add)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct filter *f = fd >= 0 ? load(fd, number, to_add) : NULL;

	if (fd >= 0)
		(void)close(fd);                       /* only read */
	return f;
}

/* bench/allocs.c - counts what a process allocates, for who looks at it from outside:
 *   LD_PRELOAD=allocs.so ALLOCS=FILE program
 * FILE, which exists and is large enough, is mapped and holds struct allocs: calls that may
 * take new memory, and, while wants_sites is set, where they came from.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* SKIP: frames of our own.  hits.py reads the same layout. */
enum { SITES_MAX = 512, DEPTH = 20, SKIP = 2 };

struct site { uint64_t calls, bytes, frames[DEPTH]; };
struct allocs {
	_Atomic uint64_t calls, wants_sites, sites_lost;
	struct site sites[SITES_MAX];
};

/* Before FILE is mapped, and without one. */
static struct allocs nowhere;
static struct allocs *counts = &nowhere;
static atomic_flag sites_lock = ATOMIC_FLAG_INIT;
static _Thread_local bool inside;

/* The allocator's own, by which dlsym is not needed: it allocates, too. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t align, size_t size);

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("ALLOCS");
	void *frames[DEPTH], *map;
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;

	(void)backtrace(frames, DEPTH);                /* loads what it needs */
	map = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof nowhere, PROT_READ | PROT_WRITE,
	                                 MAP_SHARED, fd, 0);
	if (map != MAP_FAILED)
		counts = map;
	if (fd >= 0)
		(void)close(fd);
}

static void add_site(void *const *frames, size_t bytes)
{
	for (size_t i = 0; i < SITES_MAX; i++) {
		struct site *s = &counts->sites[i];

		if (!s->calls)
			memcpy(s->frames, frames, sizeof s->frames);
		else if (memcmp(s->frames, frames, sizeof s->frames) != 0)
			continue;
		s->calls++;
		s->bytes += bytes;
		return;
	}
	counts->sites_lost++;
}

static void __attribute__((noinline)) count(size_t bytes)
{
	void *frames[DEPTH + SKIP] = { NULL };

	atomic_fetch_add(&counts->calls, 1);
	if (!counts->wants_sites || inside)
		return;
	inside = true;
	(void)backtrace(frames, DEPTH + SKIP);
	while (atomic_flag_test_and_set(&sites_lock))
		;
	add_site(frames + SKIP, bytes);
	atomic_flag_clear(&sites_lock);
	inside = false;
}

void *malloc(size_t size)
{
	count(size);
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	count(n * size);
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	count(size);
	return __libc_realloc(p, size);
}

int posix_memalign(void **out, size_t align, size_t size)
{
	void *p;

	count(size);
	p = __libc_memalign(align, size);
	if (!p)
		return ENOMEM;
	*out = p;
	return 0;
}

void *aligned_alloc(size_t align, size_t size)
{
	count(size);
	return __libc_memalign(align, size);
}

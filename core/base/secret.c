/* base/secret.c - pages of their own for each secret: locked, not in core files, read-only,
 * wiped at the end.  Does not decide who may see one.
 * SPDX-License-Identifier: MIT */
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct secret {
	size_t n, map_bytes;
	char bytes[];
};

enum { HINT_FROM = 16 };          /* shorter ones would be half told by their hint */

static char printable(char c)
{
	return c > ' ' && c < 0x7f ? c : '?';
}

struct secret *secret_new(cdt_str bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = (sizeof(struct secret) + bytes.n + page) / page * page;
	struct secret *s = mmap(NULL, size, PROT_READ | PROT_WRITE,
	                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (s == MAP_FAILED)
		abort();                /* like mem_new: what is this small does not fail */
	/* Both are protection in depth: a low RLIMIT_MEMLOCK must not keep us from starting. */
	(void)mlock(s, size);
	(void)madvise(s, size, MADV_DONTDUMP);
	s->n = bytes.n;
	s->map_bytes = size;
	if (bytes.n)
		memcpy(s->bytes, bytes.p, bytes.n);
	(void)mprotect(s, size, PROT_READ);
	return s;
}

void secret_free(struct secret *s)
{
	size_t size = s ? s->map_bytes : 0;

	if (!s)
		return;
	if (mprotect(s, size, PROT_READ | PROT_WRITE) == 0)
		explicit_bzero(s, size);
	(void)munmap(s, size);          /* fails for addresses that are not ours only */
}

cdt_str secret_bytes(const struct secret *s)
{
	return s ? (cdt_str){ s->bytes, s->n } : (cdt_str){ "", 0 };
}

char *secret_hint(const struct secret *s, char out[16])
{
	if (!s || s->n < HINT_FROM) {
		memcpy(out, "***", 4);
		return out;
	}
	memcpy(out + 3, "...", 3);
	for (size_t i = 0; i < 3; i++)
		out[i] = printable(s->bytes[i]);
	for (size_t i = 0; i < 4; i++)
		out[6 + i] = printable(s->bytes[s->n - 4 + i]);
	out[10] = '\0';
	return out;
}

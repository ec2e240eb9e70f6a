/* base/rand.h - random numbers and ids.  [any thread]
 * SPDX-License-Identifier: MIT */
#ifndef BASE_RAND_H
#define BASE_RAND_H
#include "conduit/base.h"

void rand_bytes(void *out, size_t n);          /* from the kernel; aborts if it can not */
uint64_t rand_u64(void);                       /* fast, for dice, not for secrets */
uint64_t rand_below(uint64_t n);               /* 0 <= r < n, n > 0; fast */

enum { ULID_SIZE = 27 };                       /* with NUL */
/* Time-ordered id, 26 characters of Crockford base32.  Returns out. */
char *ulid_new(int64_t wall_ms, char out[ULID_SIZE]);

#endif

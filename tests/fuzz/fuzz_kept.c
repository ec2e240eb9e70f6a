/* fuzz/fuzz_kept.c - whatever a cache gives back, nothing outside of it is read; what passes is
 * made of frames that end with it.
 * SPDX-License-Identifier: MIT */
#include "cache/kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void walk(cdt_str frames)
{
	const char *end = frames.p + frames.n;
	struct kept_frame f;
	size_t before = frames.n;

	while (kept_next(&frames, &f)) {
		must(frames.n < before && frames.p + frames.n == end);
		must(!f.body.n || (f.body.p + f.body.n <= end && f.event.n <= UINT16_MAX));
		before = frames.n;
	}
}

/* As it is, and with the beginning and the check that it would need. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const uint8_t key[KEPT_KEY_SIZE] = { 1 };
	const struct kept nothing = { .usage = CDT_USAGE_INIT };
	enum { START = 16 };
	struct kept k;
	struct buf b;

	walk((cdt_str){ (const char *)bytes, size });
	must(!kept_read((cdt_str){ (const char *)bytes, size }, key, &k) || size > START);
	buf_init(&b, 1 << 20);
	kept_head(&nothing, &b);
	b.n = START;
	buf_add(&b, (cdt_str){ (const char *)bytes, size });
	kept_seal(key, &b);
	if (kept_read(buf_str(&b), key, &k)) {
		must(!k.type.n || k.type.p + k.type.n <= b.p + b.n);
		walk(k.frames);
	}
	buf_fini(&b);
	return 0;
}

/* unit/plugins/fake_feed.c - feeds recorded answers to a plugin's functions.
 * SPDX-License-Identifier: MIT */
#include "unit/plugins/fake.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"

enum { TEXT_MAX = 16 << 20 };

static cdt_status feed_one(const struct cdt_provider_ops *ops, void *self, struct fake_call *c,
                           struct fake_sink *s, const struct cdt_frame *frame)
{
	/* A block of its own, so that a byte too far is seen. */
	char *copy = mem_text(frame->data.p, frame->data.n);
	struct cdt_frame f = *frame;
	cdt_status st;

	copy = mem_resize(copy, frame->data.n ? frame->data.n : 1);
	f.size = sizeof f;
	f.data.p = copy;
	st = ops->frame(self, &c->abi, &f, &s->abi);
	fake_call_step(c);
	mem_free(copy);
	return st;
}

/* One line of a stream: *event is the last "event:" line. */
static cdt_status feed_line(const struct cdt_provider_ops *ops, void *self,
                            struct fake_call *c, struct fake_sink *s,
                            struct cdt_frame *frame)
{
	cdt_str line = frame->data;

	if (str_starts(line, "event:")) {
		frame->event = str_trim(str_skip(line, 6));
		return CDT_OK;
	}
	if (str_starts(line, "data:"))
		frame->data = str_trim(str_skip(line, 5));
	else if (!str_starts(line, "{"))
		return CDT_OK;
	if (str_is(frame->data, "[DONE]"))
		return CDT_OK;
	return feed_one(ops, self, c, s, frame);
}

cdt_status fake_feed(const struct cdt_provider_ops *ops, void *self, struct fake_call *c,
                     struct fake_sink *s, const char *name, cdt_str bytes)
{
	struct cdt_frame frame = { .data = bytes, .event = CDT_STR("") };
	cdt_status st = CDT_OK;

	if (str_ends(str_z(name), ".json"))
		st = feed_one(ops, self, c, s, &frame);
	else
		while (st == CDT_OK && bytes.n) {
			frame.data = str_trim(str_cut(&bytes, '\n'));
			st = feed_line(ops, self, c, s, &frame);
		}
	if (st == CDT_OK && ops->finish)
		st = ops->finish(self, &c->abi, &s->abi);
	fake_call_step(c);
	return st;
}

cdt_str fake_read(const char *path)
{
	const char *dir = getenv("CONDUIT_SRCDIR");
	char full[512];
	struct buf b;
	size_t got = 1;
	FILE *f;

	(void)snprintf(full, sizeof full, "%s/%s", dir ? dir : ".", path);
	f = fopen(*path == '/' ? path : full, "rb");
	if (!f)
		return (cdt_str){ NULL, 0 };
	buf_init(&b, TEXT_MAX);
	while (got && buf_reserve(&b, 65536) == CDT_OK) {
		got = fread(b.p + b.n, 1, 65536, f);
		b.n += got;
	}
	(void)fclose(f);                           /* was only read */
	buf_add_c(&b, '\0');                       /* so that it is a C string, too */
	b.n--;
	return buf_str(&b);
}

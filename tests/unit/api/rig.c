/* unit/api/rig.c - see rig.h.
 * SPDX-License-Identifier: MIT */
#include "unit/api/rig.h"

#include <string.h>

#include "base/mem.h"

void apirig_init(struct apirig *r, const struct surface *s, const char *body)
{
	size_t n = strlen(body);

	*r = (struct apirig){ .body = mem_try(NULL, n ? n : 1) };
	memcpy(r->body, body, n);
	arena_init(&r->x.arena, 1024, 16 << 20);
	buf_init(&r->out, 1 << 20);
	r->x.surface = s;
	r->x.id = (cdt_str){ "id-1", 4 };
	r->x.wall_ms = 1700000000000;
	r->x.ask.op = s->op;
	r->x.ask.body = (cdt_str){ r->body, n };
	r->x.ask.routing = &ask_no_routing;
	r->x.ask.own_members = s->dialect->own_members;
}

void apirig_fini(struct apirig *r)
{
	json_free(r->x.ask.doc);
	arena_fini(&r->x.arena);
	buf_fini(&r->out);
	mem_free(r->body);
}

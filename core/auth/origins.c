/* auth/origins.c - may a key come from there?  What an address is, net.c knows.
 * SPDX-License-Identifier: MIT */
#include "auth/origins.h"

#include "auth/fields.h"
#include "base/mem.h"
#include "base/str.h"

struct key_origins *origins_take(char **texts, size_t count)
{
	struct key_origins *o = mem_new(sizeof *o);
	bool good = count > 0;

	o->nets = mem_new_array(count, sizeof *o->nets);
	for (size_t i = 0; good && i < count; i++)
		good = net_parse(str_z(texts[i]), &o->nets[i]);
	if (!good) {
		origins_free(o);
		return NULL;
	}
	o->texts = texts;
	o->count = count;
	return o;
}

struct key_origins *origins_copy(const struct key_origins *o)
{
	return o ? origins_take(texts_copy(o->texts, o->count), o->count) : NULL;
}

void origins_free(struct key_origins *o)
{
	if (!o)
		return;
	texts_free(o->texts, o->count);
	mem_free(o->nets);
	mem_free(o);
}

bool origins_have(const struct key_origins *o, cdt_str peer)
{
	uint8_t address[16];

	if (!net_address(peer, address))
		return false;
	for (size_t i = 0; i < o->count; i++)
		if (net_has(&o->nets[i], address))
			return true;
	return false;
}

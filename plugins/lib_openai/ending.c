/* lib_openai/ending.c - the end of a stream from a host that gives each choice its reason to
 * stop.  A stream that just ceases between two frames was cut off.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

static bool has_stopped(const struct turn *t, uint32_t index)
{
	const struct choice *block = t->block[index / CHOICE_BLOCK];

	return block && block[index % CHOICE_BLOCK].stopped;
}

static bool block_is_open(const struct choice *block)
{
	for (uint32_t i = 0; i < CHOICE_BLOCK; i++)
		if (block[i].seen && !block[i].stopped)
			return true;
	return false;
}

/* Of a watched stream only ends are seen, so as many must have come as were asked for. */
static bool was_cut(const struct turn *t)
{
	uint32_t wanted = t->native ? t->wanted : 1;

	for (uint32_t i = 0; i < wanted; i++)
		if (!has_stopped(t, i))
			return true;
	for (uint32_t i = 0; i < CHOICE_BLOCKS && i <= t->last_block; i++)
		if (t->block[i] && block_is_open(t->block[i]))
			return true;
	return false;
}

cdt_status openai_ending_said(void *self, struct cdt_call *call, struct cdt_sink *sink)
{
	const struct turn *t = openai_turn_of(call);

	if (!t)
		return CDT_E_NOMEM;
	if (t->stream && t->op != CDT_OP_EMBED && was_cut(t))
		return CDT_E_UPSTREAM;
	return openai_ops_finish(self, call, sink);
}

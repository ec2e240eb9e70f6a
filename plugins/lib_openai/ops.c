/* lib_openai/ops.c - the steps of an attempt that only choose.  What goes out is decided
 * in build.c, what comes in elsewhere.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

cdt_status openai_ops_frame(void *self, struct cdt_call *call, const struct cdt_frame *frame,
                        struct cdt_sink *sink)
{
	struct reading r = { self, call, openai_turn_of(call), sink };

	if (!r.turn)
		return CDT_E_NOMEM;
	return r.turn->native ? openai_observe_frame(&r, frame->data)
	                      : openai_answer_frame(&r, frame->data);
}

/* The gateway has seen [DONE] or the end of the body.  An answer that said nothing is none. */
cdt_status openai_ops_finish(void *self, struct cdt_call *call, struct cdt_sink *sink)
{
	struct reading r = { self, call, openai_turn_of(call), sink };

	if (!r.turn)
		return CDT_E_NOMEM;
	return r.turn->started ? openai_stop_rest(&r) : CDT_E_UPSTREAM;
}

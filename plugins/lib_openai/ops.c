/* lib_openai/ops.c - the steps of an attempt that only choose.  What goes out is decided
 * in build.c, what comes in elsewhere.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

static bool is_talk(const struct turn *t)
{
	return t->op == CDT_OP_CHAT || t->op == CDT_OP_COMPLETE || t->op == CDT_OP_EMBED;
}

cdt_status openai_ops_frame(void *self, struct cdt_call *call, const struct cdt_frame *frame,
                            struct cdt_sink *sink)
{
	struct reading r = { self, call, openai_turn_of(call), sink };

	if (!r.turn)
		return CDT_E_NOMEM;
	if (r.turn->responses)
		return openai_responses_frame(&r, frame);
	if (is_talk(r.turn))
		return r.turn->native ? openai_observe_frame(&r, frame->data)
		                      : openai_answer_frame(&r, frame->data);
	return r.turn->native ? openai_watch_frame(&r, frame->data)
	                      : openai_given_frame(&r, frame->data);
}

/* The gateway has seen [DONE] or the end of the body.  An answer that said nothing is none. */
cdt_status openai_ops_finish(void *self, struct cdt_call *call, struct cdt_sink *sink)
{
	struct reading r = { self, call, openai_turn_of(call), sink };

	if (!r.turn)
		return CDT_E_NOMEM;
	if (r.turn->responses)
		return openai_responses_finish(&r);
	if (!is_talk(r.turn))
		return r.turn->native ? openai_watch_finish(&r) : openai_given_finish(&r);
	return r.turn->started ? openai_stop_rest(&r) : CDT_E_UPSTREAM;
}

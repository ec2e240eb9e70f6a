/* provider_mistral/answers.c - which of the readers an answer is for.  Chats, completions and
 * embeddings are lib_openai's.
 * SPDX-License-Identifier: MIT */
#include "mistral.h"

cdt_status mistral_frame(void *self, struct cdt_call *call, const struct cdt_frame *frame,
                         struct cdt_sink *sink)
{
	struct reading r = { self, call, openai_turn_of(call), sink };
	cdt_val doc;

	if (!r.turn)
		return CDT_E_NOMEM;
	if (r.turn->op != CDT_OP_MODERATE && r.turn->op != CDT_OP_TRANSCRIBE)
		return openai_ops_frame(self, call, frame, sink);
	if (call->api->parse(call, frame->data, &doc) != CDT_OK || cdt_type(doc) != CDT_MAP ||
	    openai_answer_errs(doc))
		return CDT_E_UPSTREAM;
	return r.turn->op == CDT_OP_MODERATE ? mistral_verdicts(&r, doc)
	                                     : mistral_heard(&r, doc);
}

/* What was said about the end: openai_stop_choice has noted it. */
static bool has_ended(const struct turn *t)
{
	return t->block[0] && t->block[0][0].stopped;
}

cdt_status mistral_finish(void *self, struct cdt_call *call, struct cdt_sink *sink)
{
	const struct turn *t = openai_turn_of(call);

	if (!t)
		return CDT_E_NOMEM;
	if (t->op == CDT_OP_MODERATE || t->op == CDT_OP_TRANSCRIBE)
		return has_ended(t) ? CDT_OK : CDT_E_UPSTREAM;
	return openai_ops_finish(self, call, sink);
}

/* provider_bedrock/build.c - which of Bedrock's ways serves the request.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

cdt_status bedrock_build(void *self, struct cdt_call *call, const struct cdt_request *req,
                         struct cdt_http_out *http)
{
	const struct bedrock *b = self;
	struct answer *answer = bedrock_answer(call);
	struct draft d = { .self = b, .call = call, .req = req, .doc = req->doc,
		.answer = answer, .max_tokens = -1,
		.turns = { .draft = &d, .wire = &bedrock_wire, .call = call,
		           .thoughts_lead = 1 },
		.can = bedrock_abilities(req->model, words_z(b->base_model)) };
	struct invocation v = { .self = b, .call = call, .req = req, .answer = answer,
		.op = req->op, .family = bedrock_family(req->model, words_z(b->base_model)) };

	if (!answer)
		return CDT_E_NOMEM;
	answer->op = req->op;
	if (req->flags & CDT_REQ_NATIVE && req->op == CDT_OP_CHAT)
		return bedrock_claude(b, call, req, http);
	return req->op == CDT_OP_CHAT ? bedrock_chat(&d, http) : bedrock_invoke(&v, http);
}

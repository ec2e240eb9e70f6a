/* provider_mock/listen.c - transcriptions: the mock hears what it was sent, not what was said.
 * SPDX-License-Identifier: MIT */
#include "mock.h"

#include <stdio.h>

static void add_extra(struct plan *p, const char *name, const char *json, cdt_str more)
{
	struct text line = { .p = NULL };

	mock_add_z(&line, "{\"extra\":\"");
	mock_add_z(&line, name);
	mock_add_z(&line, "\",\"value\":");
	mock_add_z(&line, json);
	mock_add(&line, more);
	mock_add_z(&line, "}");
	mock_plan_line(p, mock_str(&line));
	p->steps.failed |= line.failed;
	mock_text_fini(&line);
}

/* All of it as one segment. */
static void add_times(struct plan *p, double seconds, cdt_str said)
{
	struct text segment = { .p = NULL };
	char duration[32], head[80];

	(void)snprintf(duration, sizeof duration, "%.3f", seconds);
	(void)snprintf(head, sizeof head, "[{\"id\":0,\"start\":0.0,\"end\":%.3f,\"text\":",
	               seconds);
	mock_add_json(&segment, said);
	mock_add_z(&segment, "}]");
	add_extra(p, "language", "\"english\"", CDT_STR(""));
	add_extra(p, "duration", duration, CDT_STR(""));
	add_extra(p, "segments", head, mock_str(&segment));
	p->steps.failed |= segment.failed;
	mock_text_fini(&segment);
}

static void hear(struct text *t, const struct cdt_blob *b, bool translates)
{
	mock_add_z(t, translates ? "In English: you sent " : "You sent ");
	mock_add(t, b->filename);
	mock_add_z(t, ", ");
	mock_add_u64(t, b->data.n);
	mock_add_z(t, " bytes.");
}

cdt_status mock_listen(struct cdt_call *call, const struct cdt_request *req,
                       const struct wish *w, struct cdt_out *o)
{
	struct plan p = { .wish = w, .stream = (req->flags & CDT_REQ_STREAM) != 0 };
	struct ask none = { .choices = 1 };
	struct speech s = { .plan = &p, .ask = &none };
	int64_t number = cdt_i64(cdt_get(cdt_get(req->doc, "file"), "blob"), -1);
	struct text said = { .p = NULL };
	const struct cdt_blob *b;
	cdt_status st;

	if (number < 0 || (uint64_t)number >= req->blob_count) {
		call->api->refuse(call, "file", CDT_STR("There is no sound."));
		return CDT_E_INVALID;
	}
	b = &req->blobs[number];
	hear(&said, b, cdt_is(cdt_text(cdt_get(req->doc, "task")), "translate"));
	mock_plan_begin(&p, mock_hash(b->data.n, b->filename), req->model);
	mock_say(&s, "text", mock_str(&said), 0);
	if (!mock_asked(w, WISH_NO_USAGE))
		add_times(&p, mock_sound_seconds(b->data), mock_str(&said));
	mock_say_stop(&s, "stop");
	mock_plan_end(&p, mock_tokens_of(b->data.n), s.words, 0);
	st = p.steps.failed || said.failed ? CDT_E_LIMIT : CDT_OK;
	if (st == CDT_OK)
		mock_plan_write(&p, o);
	mock_text_fini(&said);
	mock_text_fini(&p.steps);
	return st;
}

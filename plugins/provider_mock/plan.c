/* provider_mock/plan.c - the program that play.c follows: when the head, each line and the end
 * come, and where the answer breaks.
 * SPDX-License-Identifier: MIT */
#include "mock.h"

#include <stdio.h>

static void step(struct text *t, const char *verb, cdt_str argument)
{
	mock_add_z(t, verb);
	mock_add(t, argument);
	mock_add_z(t, "\n");
}

static void step_wait(struct text *t, uint64_t ms)
{
	if (!ms)
		return;
	mock_add_z(t, "wait ");
	mock_add_u64(t, ms);
	mock_add_z(t, "\n");
}

static uint64_t asked_ms(const struct wish *w, int what)
{
	return w->v[what] > 0 ? (uint64_t)w->v[what] : 0;
}

static void maybe_cut(struct plan *p)
{
	const struct wish *w = p->wish;

	if (w->v[WISH_BREAK] >= 0 && (uint64_t)w->v[WISH_BREAK] == p->pieces) {
		mock_add_z(&p->steps, "break\n");
		p->cut = true;
	} else if (w->v[WISH_ERROR] >= 0 && (uint64_t)w->v[WISH_ERROR] == p->pieces) {
		step(&p->steps, "send ", CDT_STR("{\"error\":{\"message\":\"the mock failed as "
		                                 "told\",\"type\":\"server_error\","
		                                 "\"code\":\"mock_error\"}}"));
		mock_add_z(&p->steps, "end\n");
		p->cut = true;
	}
}

void mock_plan_line(struct plan *p, cdt_str line)
{
	if (!p->cut)
		step(&p->steps, "send ", line);
}

void mock_plan_step(struct plan *p, const char *verb, cdt_str argument)
{
	if (!p->cut)
		step(&p->steps, verb, argument);
}

/* The id is made of the question: the same one is answered the same. */
void mock_plan_begin(struct plan *p, uint64_t seed, cdt_str model)
{
	struct text line = { .p = NULL };
	char id[32];
	int n = snprintf(id, sizeof id, "mock-%016llx", (unsigned long long)seed);

	mock_add_z(&line, "{\"start\":");
	mock_add_json(&line, (cdt_str){ id, n > 0 ? (size_t)n : 0 });
	mock_add_z(&line, ",\"model\":");
	mock_add_json(&line, model);
	mock_add_z(&line, "}");
	mock_plan_line(p, mock_str(&line));
	mock_text_fini(&line);
}

void mock_plan_end(struct plan *p, uint64_t input, uint64_t output, uint64_t reasoning)
{
	struct text line = { .p = NULL };

	mock_add_z(&line, "{\"usage\":{\"input\":");
	mock_add_u64(&line, input);
	mock_add_z(&line, ",\"output\":");
	mock_add_u64(&line, output);
	if (reasoning) {
		mock_add_z(&line, ",\"reasoning\":");
		mock_add_u64(&line, reasoning);
	}
	mock_add_z(&line, "}}");
	if (!mock_asked(p->wish, WISH_NO_USAGE))
		mock_plan_line(p, mock_str(&line));
	mock_plan_line(p, CDT_STR("{\"done\":true}"));
	mock_text_fini(&line);
}

void mock_plan_piece(struct plan *p, cdt_str line)
{
	mock_plan_chunk(p, "send ", line);
}

void mock_plan_chunk(struct plan *p, const char *verb, cdt_str line)
{
	uint64_t gap_ms = p->pieces ? asked_ms(p->wish, WISH_GAP) : 0;

	if (!p->cut && p->pieces == 0)
		maybe_cut(p);
	if (p->cut)
		return;
	if (p->stream)
		step_wait(&p->steps, gap_ms);
	else
		p->waited_ms += gap_ms;
	step(&p->steps, verb, line);
	p->pieces++;
	maybe_cut(p);
}

void mock_plan_write(struct plan *p, struct cdt_out *o)
{
	struct text head = { .p = NULL };
	uint64_t delay_ms = asked_ms(p->wish, WISH_DELAY);

	step_wait(&head, asked_ms(p->wish, WISH_HANG));
	if (!p->stream)
		step_wait(&head, delay_ms + p->waited_ms);
	mock_add_z(&head, p->sound ? p->sound : "head 200 application/x-ndjson\n");
	if (p->stream)
		step_wait(&head, delay_ms);
	if (!p->cut)
		mock_add_z(&p->steps, "end\n");
	o->api->bytes(o, mock_str(&head));
	o->api->bytes(o, mock_str(&p->steps));
	mock_text_fini(&head);
}

void mock_plan_refuse(struct cdt_out *o, const struct wish *w, uint32_t status, cdt_str said)
{
	struct text t = { .p = NULL };

	step_wait(&t, asked_ms(w, WISH_HANG));
	mock_add_z(&t, "head ");
	mock_add_u64(&t, status);
	mock_add_z(&t, " application/json\nsend {\"error\":{\"message\":");
	mock_add_json(&t, said);
	mock_add_z(&t, ",\"type\":\"mock_error\",\"code\":\"mock_");
	mock_add_u64(&t, status);
	mock_add_z(&t, "\"}}\nend\n");
	o->api->bytes(o, mock_str(&t));
	mock_text_fini(&t);
}

/* provider_mock/plan.c - the program that play.c follows: when the head, each line and the end
 * come, and where the answer breaks.
 * SPDX-License-Identifier: MIT */
#include "mock.h"

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

void mock_plan_piece(struct plan *p, cdt_str line)
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
	step(&p->steps, "send ", line);
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
	mock_add_z(&head, "head 200\n");
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
	mock_add_z(&t, "\nsend {\"error\":{\"message\":");
	mock_add_json(&t, said);
	mock_add_z(&t, ",\"type\":\"mock_error\",\"code\":\"mock_");
	mock_add_u64(&t, status);
	mock_add_z(&t, "\"}}\nend\n");
	o->api->bytes(o, mock_str(&t));
	mock_text_fini(&t);
}

/* canon/answer.c - puts a provider's events together.  Judges their order only as far as
 * memory demands; what the parts mean is the surface's affair.
 * SPDX-License-Identifier: MIT */
#include "canon/answer.h"

#include <string.h>

#include "base/str.h"

static struct answer_choice *choice_at(struct answer *a, uint32_t n)
{
	if (n >= ANSWER_CHOICES_MAX)
		return NULL;
	if (n >= a->choice_room) {
		uint32_t room = n < 8 ? 8 : 2 * n;
		struct answer_choice **grown = arena_take(a->arena, room * sizeof *grown);

		if (!grown)
			return NULL;
		if (a->choice_count)
			memcpy(grown, a->choices, a->choice_count * sizeof *grown);
		a->choices = grown;
		a->choice_room = room;
	}
	while (a->choice_count <= n) {
		struct answer_choice *c = arena_take(a->arena, sizeof *c);

		if (!c)
			return NULL;
		c->last_part = &c->parts;
		a->choices[a->choice_count++] = c;
	}
	return a->choices[n];
}

static struct answer_part *part_find(const struct answer_choice *c, uint32_t index,
                                     uint32_t kind)
{
	for (struct answer_part *p = c->parts; p; p = p->next)
		if (p->index == index && (!kind || p->kind == kind))
			return p;
	return NULL;
}

static struct answer_part *part_new(struct answer *a, struct answer_choice *c,
                                    const struct cdt_event *ev)
{
	struct answer_part *p;

	if (c->part_count >= ANSWER_PARTS_MAX)
		return NULL;
	p = arena_take(a->arena, sizeof *p);
	if (!p)
		return NULL;
	p->kind = ev->kind;
	p->index = ev->index;
	p->id = arena_str(a->arena, ev->id);
	if (ev->type == CDT_EV_OPEN)
		p->name = arena_str(a->arena, ev->name);
	buf_init(&p->text, ANSWER_BYTES_MAX);
	buf_init(&p->signature, ANSWER_BYTES_MAX);
	buf_init(&p->redacted, ANSWER_BYTES_MAX);
	buf_init(&p->url, ANSWER_BYTES_MAX);
	buf_init(&p->revised, ANSWER_BYTES_MAX);
	*c->last_part = p;
	c->last_part = &p->next;
	c->part_count++;
	return p;
}

static struct buf *part_buf(struct answer_part *p, cdt_str name)
{
	if (p->kind == CDT_PART_REASONING && name.n)
		return str_is(name, "signature") ? &p->signature : &p->redacted;
	if (p->kind == CDT_PART_IMAGE && name.n)
		return str_is(name, "url") ? &p->url : &p->revised;
	return &p->text;
}

static cdt_str doc_text(struct answer *a, cdt_val doc)
{
	if (!doc.api || doc.api->type(doc) == CDT_ABSENT)
		return (cdt_str){ NULL, 0 };
	return arena_str(a->arena, doc.api->raw(doc));
}

static cdt_status add_delta(struct answer *a, struct answer_choice *c,
                            const struct cdt_event *ev)
{
	struct answer_part *p = part_find(c, ev->index, ev->kind);
	cdt_str json = doc_text(a, ev->doc);
	struct buf *b;

	if (!p || (p->json.n && json.n))               /* each citation is a part of its own */
		p = part_new(a, c, ev);
	if (!p)
		return CDT_E_LIMIT;
	if (json.n)
		p->json = json;
	a->bytes += ev->data.n + json.n;
	b = part_buf(p, ev->name);
	buf_add(b, ev->data);
	return a->bytes > ANSWER_BYTES_MAX ? CDT_E_LIMIT : b->status;
}

static cdt_status add_extra(struct answer *a, struct answer_extra **list,
                            const struct cdt_event *ev)
{
	struct answer_extra *x;

	for (x = *list; x && !str_eq(x->name, ev->name); x = x->next)
		;
	if (!x) {
		x = arena_take(a->arena, sizeof *x);
		if (!x)
			return CDT_E_LIMIT;
		x->name = arena_str(a->arena, ev->name);
		x->next = *list;
		*list = x;
	}
	x->json = doc_text(a, ev->doc);
	return CDT_OK;
}

static cdt_status add_stop(struct answer *a, struct answer_choice *c,
                           const struct cdt_event *ev)
{
	c->stop = ev->kind;
	c->stop_word = arena_str(a->arena, ev->data);
	return CDT_OK;
}

/* Members of the answer, not of a choice: see sdk/canon. */
static bool is_of_answer(cdt_str name)
{
	return !str_is(name, "logprobs");
}

void answer_init(struct answer *a, struct arena *arena)
{
	*a = (struct answer){ .arena = arena, .usage = CDT_USAGE_INIT };
}

void answer_fini(struct answer *a)
{
	for (uint32_t i = 0; i < a->choice_count; i++)
		for (struct answer_part *p = a->choices[i]->parts; p; p = p->next) {
			buf_fini(&p->text);
			buf_fini(&p->signature);
			buf_fini(&p->redacted);
			buf_fini(&p->url);
			buf_fini(&p->revised);
		}
	a->choice_count = 0;
}

cdt_status answer_add(struct answer *a, const struct cdt_event *ev)
{
	struct answer_choice *c;

	switch (ev->type) {
	case CDT_EV_START:
		a->id = arena_str(a->arena, ev->id);
		a->model = arena_str(a->arena, ev->name);
		return CDT_OK;
	case CDT_EV_USAGE:
		if (ev->usage)
			usage_copy(&a->usage, ev->usage);
		a->has_usage = true;
		return CDT_OK;
	case CDT_EV_EXTRA:
		if (is_of_answer(ev->name))
			return add_extra(a, &a->extras, ev);
		break;
	case CDT_EV_OPEN: case CDT_EV_DELTA: case CDT_EV_STOP:
		break;
	default:
		return CDT_OK;                         /* CLOSE, and what later minors add */
	}
	c = choice_at(a, ev->choice);
	if (!c)
		return CDT_E_LIMIT;
	if (ev->type == CDT_EV_EXTRA)
		return add_extra(a, &c->extras, ev);
	if (ev->type == CDT_EV_STOP)
		return add_stop(a, c, ev);
	if (ev->type == CDT_EV_OPEN)
		return part_new(a, c, ev) ? CDT_OK : CDT_E_LIMIT;
	return add_delta(a, c, ev);
}

cdt_str answer_text(struct answer *a, const struct answer_choice *c, uint32_t kind)
{
	struct buf all;
	cdt_str joined = { NULL, 0 };
	const struct answer_part *only = NULL;
	size_t found = 0;

	for (const struct answer_part *p = c->parts; p; p = p->next)
		if (p->kind == kind) {
			only = p;
			found++;
		}
	if (found <= 1)
		return only ? (only->text.n ? buf_str(&only->text) : CDT_STR("")) : joined;
	buf_init(&all, ANSWER_BYTES_MAX);
	for (const struct answer_part *p = c->parts; p; p = p->next)
		if (p->kind == kind)
			buf_add(&all, buf_str(&p->text));
	joined = arena_str(a->arena, buf_str(&all));
	buf_fini(&all);
	return joined;
}

void usage_copy(struct cdt_usage *dst, const struct cdt_usage *src)
{
	static const struct cdt_usage unknown = CDT_USAGE_INIT;
	size_t n = src->size < sizeof *dst ? src->size : sizeof *dst;
	int64_t *const counts[] = {
		&dst->input, &dst->output, &dst->cache_read, &dst->cache_write,
		&dst->reasoning, &dst->audio_in, &dst->audio_out, &dst->images,
		&dst->seconds_ms, &dst->characters, &dst->image_in, &dst->image_out,
		&dst->searches,
	};

	*dst = unknown;
	memcpy(dst, src, n);
	dst->size = sizeof *dst;
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		if (*counts[i] < 0 || *counts[i] > CDT_COUNT_MAX)
			*counts[i] = -1;
	if (dst->cost_nanousd < 0 || dst->cost_nanousd > ANSWER_COST_MAX_NANOUSD)
		dst->cost_nanousd = -1;
}

/* api/openai/pictures.c - pictures as the Images API gives them: base64 or an address,
 * whichever the upstream has; whole, or as one event each when a stream was asked for.
 * SPDX-License-Identifier: MIT */
#include "api/openai/pictures.h"

#include "api/native.h"
#include "base/jsonwalk.h"
#include "base/str.h"

static const char *event_type(const struct exchange *x)
{
	return x->surface == &openai_edits ? "image_edit.completed"
	                                   : "image_generation.completed";
}

/* b64_json or url, and revised_prompt. */
static void write_picture(struct jsonw *w, const struct answer_part *p)
{
	if (p->url.n)
		jsonw_put_text(w, "url", buf_str(&p->url));
	else
		jsonw_put_text(w, "b64_json", buf_str(&p->text));
	if (p->revised.n)
		jsonw_put_text(w, "revised_prompt", buf_str(&p->revised));
}

static bool is_picture(const struct answer_part *p)
{
	return p->kind == CDT_PART_IMAGE && (p->url.n || p->text.n);
}

static size_t count(const struct answer *a)
{
	size_t n = 0;

	for (uint32_t i = 0; i < a->choice_count; i++)
		for (const struct answer_part *p = a->choices[i]->parts; p; p = p->next)
			n += is_picture(p);
	return n;
}

/* Each picture in turn; write makes something of it. */
static void each(struct exchange *x, const struct answer *a, struct jsonw *w,
                 void (*write)(struct exchange *x, struct jsonw *w,
                               const struct answer_part *p))
{
	for (uint32_t i = 0; i < a->choice_count; i++)
		for (const struct answer_part *p = a->choices[i]->parts; p; p = p->next)
			if (is_picture(p))
				write(x, w, p);
}

static void write_item(struct exchange *x, struct jsonw *w, const struct answer_part *p)
{
	(void)x;
	jsonw_open(w, '{');
	write_picture(w, p);
	jsonw_close(w);
}

cdt_status pictures_whole(struct exchange *x, struct answer *a, struct buf *out)
{
	struct jsonw w;

	if (!count(a))
		return CDT_E_UPSTREAM;
	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_put_i64(&w, "created", x->wall_ms / 1000);
	jsonw_key(&w, "data");
	jsonw_open(&w, '[');
	each(x, a, &w, write_item);
	jsonw_close(&w);
	openai_extras(&w, a->extras);
	openai_usage_tokens(&w, &x->usage, NULL, true);
	jsonw_close(&w);
	return jsonw_status(&w);
}

/* --- streams of translated answers: a picture is shown when all of it is there --- */

cdt_status pictures_event(struct exchange *x, const struct cdt_event *ev, struct buf *out)
{
	(void)out;
	return answer_add(&x->relay.answer, ev);
}

static void write_event(struct exchange *x, struct jsonw *w, const struct answer_part *p)
{
	struct buf *out = w->buf;

	openai_sse_typed(out, w, event_type(x), true);
	jsonw_put_i64(w, "created_at", x->wall_ms / 1000);
	write_picture(w, p);
	openai_extras(w, x->relay.answer.extras);
	openai_usage_tokens(w, &x->usage, NULL, true);
	jsonw_close(w);
	openai_sse_end(out);
}

cdt_status pictures_end(struct exchange *x, struct buf *out)
{
	struct jsonw w;

	if (x->native)
		return CDT_OK;
	if (!count(&x->relay.answer))
		return CDT_E_UPSTREAM;
	jsonw_init(&w, out);
	each(x, &x->relay.answer, &w, write_event);
	return jsonw_status(&w);
}

/* --- native --- */

cdt_status pictures_native_frame(struct exchange *x, const struct cdt_frame *f,
                                 struct buf *out, bool *meaningful)
{
	*meaningful = true;
	(void)openai_typed_frame(x, f, out, ".completed");
	x->relay.images = x->relay.stops;
	return CDT_OK;
}

static void copy_member(struct jsonw *w, cdt_str from, const char *name)
{
	cdt_str value = jsonwalk_get(from, name);

	if (value.p)
		jsonw_put_raw(w, name, value);
}

/* What an upstream that can not stream has answered, as the events of a stream. */
static cdt_status write_native_event(struct exchange *x, cdt_str body, cdt_str picture,
                                     struct buf *out)
{
	static const char *const of_picture[] = { "b64_json", "url", "revised_prompt", NULL };
	static const char *const of_answer[] = { "background", "output_format", "quality",
	                                         "size", "usage", NULL };
	struct jsonw w;
	size_t from;

	buf_print(out, "event: %s\n", event_type(x));
	from = out->n;
	openai_sse_typed(out, &w, event_type(x), false);
	jsonw_put_i64(&w, "created_at", x->wall_ms / 1000);
	for (size_t i = 0; of_picture[i]; i++)
		copy_member(&w, picture, of_picture[i]);
	for (size_t i = 0; of_answer[i]; i++)
		copy_member(&w, body, of_answer[i]);
	jsonw_close(&w);
	native_join_lines(out, from);
	openai_sse_end(out);
	return jsonw_status(&w);
}

cdt_status pictures_native_whole(struct exchange *x, cdt_str body, struct buf *out)
{
	cdt_str rest = jsonwalk_inside(jsonwalk_get(body, "data")), picture;
	struct jsonscan scan;
	cdt_status st = CDT_OK;

	if (x->ask.stream && jsonscan(&scan, body) != CDT_OK)
		return CDT_E_UPSTREAM;
	for (; st == CDT_OK && jsonwalk_element(&rest, &picture); x->relay.images++)
		if (x->ask.stream)
			st = write_native_event(x, body, picture, out);
	if (!x->ask.stream)
		return native_whole(x, body, out);
	return st == CDT_OK && !x->relay.images ? CDT_E_UPSTREAM : st;
}

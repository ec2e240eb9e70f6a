/* api/openai/answer.c - what all OpenAI answers have in common: stamps, usage, finish reasons,
 * the framing of streams.
 * SPDX-License-Identifier: MIT */
#include "api/openai/openai.h"
#include "base/str.h"

const char *openai_finish(uint32_t stop)
{
	static const char *const words[] = {
		[CDT_STOP_END] = "stop", [CDT_STOP_LENGTH] = "length",
		[CDT_STOP_TOOL] = "tool_calls",
		[CDT_STOP_FILTER] = "content_filter", [CDT_STOP_SEQUENCE] = "stop",
		[CDT_STOP_REFUSAL] = "content_filter", [CDT_STOP_PAUSE] = "stop",
		[CDT_STOP_OTHER] = "stop",
	};

	return stop && stop < sizeof words / sizeof *words ? words[stop] : "stop";
}

static int64_t known(int64_t v)
{
	return v < 0 ? 0 : v;
}

/* Members of *_details are optional: only what the upstream said. */
static void put_known(struct jsonw *w, const char *key, int64_t v)
{
	if (v >= 0)
		jsonw_put_i64(w, key, v);
}

void openai_usage(struct jsonw *w, const struct cdt_usage *u)
{
	jsonw_key(w, "usage");
	if (u->input < 0 && u->output < 0) {
		jsonw_null(w);                         /* unknown is not zero */
		return;
	}
	jsonw_open(w, '{');
	jsonw_put_i64(w, "prompt_tokens", known(u->input));
	jsonw_put_i64(w, "completion_tokens", known(u->output));
	jsonw_put_i64(w, "total_tokens", known(u->input) + known(u->output));
	if (u->cache_read >= 0 || u->cache_write >= 0 || u->audio_in >= 0) {
		jsonw_key(w, "prompt_tokens_details");
		jsonw_open(w, '{');
		put_known(w, "cached_tokens", u->cache_read);
		put_known(w, "cache_write_tokens", u->cache_write);
		put_known(w, "audio_tokens", u->audio_in);
		jsonw_close(w);
	}
	if (u->reasoning >= 0 || u->audio_out >= 0) {
		jsonw_key(w, "completion_tokens_details");
		jsonw_open(w, '{');
		put_known(w, "reasoning_tokens", u->reasoning);
		put_known(w, "audio_tokens", u->audio_out);
		jsonw_close(w);
	}
	jsonw_close(w);
}

void openai_usage_tokens(struct jsonw *w, const struct cdt_usage *u, const char *type,
                         bool pictures)
{
	if (u->input < 0 && u->output < 0)
		return;
	jsonw_key(w, "usage");
	jsonw_open(w, '{');
	if (type)
		jsonw_put_z(w, "type", type);
	jsonw_put_i64(w, "input_tokens", known(u->input));
	jsonw_put_i64(w, "output_tokens", known(u->output));
	jsonw_put_i64(w, "total_tokens", known(u->input) + known(u->output));
	if (pictures) {
		int64_t image = known(u->image_in), whole = known(u->input);

		jsonw_key(w, "input_tokens_details");
		jsonw_open(w, '{');
		jsonw_put_i64(w, "text_tokens", image < whole ? whole - image : 0);
		jsonw_put_i64(w, "image_tokens", image);
		jsonw_close(w);
	}
	if (u->audio_in >= 0) {
		jsonw_key(w, "input_token_details");
		jsonw_open(w, '{');
		jsonw_put_i64(w, "audio_tokens", u->audio_in);
		jsonw_close(w);
	}
	jsonw_close(w);
}

cdt_str openai_answer_id(struct exchange *x, const char *prefix, cdt_str upstreams)
{
	return upstreams.n ? upstreams : arena_print(&x->arena, "%s%s", prefix, x->id.p);
}

void openai_stamp(struct exchange *x, struct jsonw *w, const char *object, cdt_str id)
{
	jsonw_put_text(w, "id", id);
	jsonw_put_z(w, "object", object);
	jsonw_put_i64(w, "created", x->wall_ms / 1000);
	jsonw_put_text(w, "model", x->ask.model);
}

void openai_extras(struct jsonw *w, const struct answer_extra *extras)
{
	for (; extras; extras = extras->next) {
		char key[64];

		if (extras->name.n >= sizeof key || !extras->json.n)
			continue;
		for (size_t i = 0; i < extras->name.n; i++)
			key[i] = extras->name.p[i];
		key[extras->name.n] = 0;
		jsonw_put_raw(w, key, extras->json);
	}
}

void openai_sse_begin(struct buf *out, struct jsonw *w)
{
	buf_add_z(out, "data: ");
	jsonw_init(w, out);
	jsonw_open(w, '{');
}

void openai_sse_typed(struct buf *out, struct jsonw *w, const char *type, bool named)
{
	if (named)
		buf_print(out, "event: %s\n", type);
	openai_sse_begin(out, w);
	jsonw_put_z(w, "type", type);
}

void openai_sse_end(struct buf *out)
{
	buf_add_z(out, "\n\n");
}

void openai_done(struct buf *out)
{
	buf_add_z(out, "data: [DONE]\n\n");
}

void openai_usage_chunk(struct exchange *x, struct buf *out, const char *object, cdt_str id)
{
	struct jsonw w;

	if (!x->ask.wants_usage)
		return;
	openai_sse_begin(out, &w);
	openai_stamp(x, &w, object, id);
	jsonw_key(&w, "choices");
	jsonw_open(&w, '[');
	jsonw_close(&w);
	openai_usage(&w, &x->usage);
	jsonw_close(&w);
	openai_sse_end(out);
}

/* api/openai/transcripts.c - a transcript as JSON, plain text or subtitles.  Subtitles are made
 * of segments: a provider that gives none can not give them.
 * SPDX-License-Identifier: MIT */
#include "api/openai/transcripts.h"

#include "base/str.h"

cdt_str transcript_text(struct answer *a)
{
	cdt_str text = { NULL, 0 };

	if (a->choice_count)
		text = answer_text(a, a->choices[0], CDT_PART_TEXT);
	return text.p ? text : CDT_STR("");
}

static cdt_str extra(const struct answer *a, const char *name)
{
	for (const struct answer_extra *e = a->extras; e; e = e->next)
		if (str_is(e->name, name))
			return e->json;
	return (cdt_str){ NULL, 0 };
}

void transcript_usage(const struct exchange *x, struct jsonw *w)
{
	const struct cdt_usage *u = &x->usage;
	int64_t ms = u->seconds_ms >= 0 ? u->seconds_ms : x->relay.seconds_ms;

	if (u->input >= 0 || u->output >= 0) {
		openai_usage_tokens(w, u, "tokens", false);
	} else if (ms > 0) {
		jsonw_key(w, "usage");
		jsonw_open(w, '{');
		jsonw_put_z(w, "type", "duration");
		jsonw_put_i64(w, "seconds", (ms + 999) / 1000);
		jsonw_close(w);
	}
}

/* --- JSON --- */

static cdt_status write_json(struct exchange *x, struct answer *a, struct buf *out)
{
	cdt_str logprobs = extra(a, "logprobs");
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_put_text(&w, "text", transcript_text(a));
	if (logprobs.n)
		jsonw_put_raw(&w, "logprobs", logprobs);
	transcript_usage(x, &w);
	jsonw_close(&w);
	return jsonw_status(&w);
}

static cdt_status write_verbose(struct exchange *x, struct answer *a, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_put_z(&w, "task", x->surface == &openai_translations ? "translate"
	                                                           : "transcribe");
	jsonw_put_text(&w, "text", transcript_text(a));
	openai_extras(&w, a->extras);
	transcript_usage(x, &w);
	jsonw_close(&w);
	return jsonw_status(&w);
}

static cdt_status write_text(struct exchange *x, struct answer *a, struct buf *out)
{
	(void)x;
	buf_add(out, transcript_text(a));
	buf_add_c(out, '\n');
	return CDT_OK;
}

/* --- subtitles --- */

/* 00:01:02,345 */
static void add_time(struct buf *out, double seconds, char point)
{
	int64_t ms = seconds > 0 && seconds < 1e9 ? (int64_t)(seconds * 1000 + 0.5) : 0;

	buf_print(out, "%02lld:%02lld:%02lld%c%03lld", (long long)(ms / 3600000),
	          (long long)(ms / 60000 % 60), (long long)(ms / 1000 % 60), point,
	          (long long)(ms % 1000));
}

/* On one line: a blank one would end the subtitle. */
static void add_words(struct buf *out, cdt_str text)
{
	text = str_trim(text);
	for (size_t i = 0; i < text.n; i++)
		buf_add_c(out, text.p[i] == '\n' || text.p[i] == '\r' ? ' ' : text.p[i]);
	buf_add_z(out, "\n\n");
}

static cdt_status write_subtitles(struct answer *a, struct buf *out, bool vtt)
{
	struct json *segments = json_parse(extra(a, "segments"));
	char point = vtt ? '.' : ',';

	if (vtt)
		buf_add_z(out, "WEBVTT\n\n");
	for (size_t i = 0; i < json_count(segments); i++) {
		const struct json *s = json_at(segments, i);

		if (!vtt)
			buf_print(out, "%zu\n", i + 1);
		add_time(out, json_f64(json_get(s, "start"), 0), point);
		buf_add_z(out, " --> ");
		add_time(out, json_f64(json_get(s, "end"), 0), point);
		buf_add_c(out, '\n');
		add_words(out, json_text(json_get(s, "text")));
	}
	json_free(segments);
	return CDT_OK;
}

static cdt_status write_srt(struct exchange *x, struct answer *a, struct buf *out)
{
	(void)x;
	return write_subtitles(a, out, false);
}

static cdt_status write_vtt(struct exchange *x, struct answer *a, struct buf *out)
{
	(void)x;
	return write_subtitles(a, out, true);
}

/* --- all of them --- */

static const struct form {
	const char *name, *type;
	bool needs_segments;
	cdt_status (*write)(struct exchange *x, struct answer *a, struct buf *out);
} forms[] = {
	{ "json", "application/json", false, write_json },
	{ "verbose_json", "application/json", false, write_verbose },
	{ "diarized_json", "application/json", true, write_verbose },
	{ "text", "text/plain; charset=utf-8", false, write_text },
	{ "srt", "text/plain; charset=utf-8", true, write_srt },
	{ "vtt", "text/plain; charset=utf-8", true, write_vtt },
};

static const struct form *form_of(struct exchange *x)
{
	cdt_str said = body_text(x, "response_format");

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (str_is(said, forms[i].name))
			return &forms[i];
	return &forms[0];
}

cdt_status transcript_whole(struct exchange *x, struct answer *a, struct buf *out)
{
	const struct form *f = form_of(x);
	cdt_str segments = extra(a, "segments");

	if (f->needs_segments && (segments.n < 2 || *segments.p != '['))
		return problem_set(&x->problem, &x->arena, PROBLEM_UNSUPPORTED_PARAMETER,
		                   "response_format",
		                   "'response_format' %s needs segments, which this model's "
		                   "provider does not give; use json or text.", f->name);
	relay_type(x, str_z(f->type));
	return f->write(x, a, out);
}

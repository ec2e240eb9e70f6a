/* check/fake_show.c - events as text.
 * SPDX-License-Identifier: MIT */
#include "check/fake_sink.h"

#include "base/digest.h"
#include "base/str.h"

/* Longer texts are shown by their beginning and a digest, and so are bytes that are no text. */
enum { SHOWN_WHOLE_MAX = 64 << 10, SHOWN_HEAD = 100, SHOWN_HEX = 16 };

static const char *const kinds[] = {
	"?", "text", "reasoning", "call", "refusal", "image", "audio", "citation", "vector",
	"result",
};
static const char *const stops[] = {
	"?", "end", "length", "tool", "filter", "sequence", "refusal", "pause", "other",
};

static void show_text(struct buf *b, cdt_str s)
{
	char hex[SHA256_HEX_SIZE];
	uint8_t sum[SHA256_SIZE];

	if (!s.n)
		return;
	if (s.n <= SHOWN_WHOLE_MAX && str_utf8_ok(s)) {
		buf_add_c(b, ' ');
		buf_add(b, s);
		return;
	}
	sha256(s, sum);
	if (str_utf8_ok(s))
		buf_print(b, " %.*s...", SHOWN_HEAD, s.p);
	buf_print(b, " (%zu bytes, sha256 %.*s)", s.n, SHOWN_HEX,
	          hex_of(sum, sizeof sum, hex));
}

static void show_part(struct buf *b, uint32_t choice, const struct fake_part *p)
{
	buf_print(b, "%u.%u %s", choice, p->index,
	          p->kind < sizeof kinds / sizeof *kinds ? kinds[p->kind] : "?");
	if (p->id.n || p->name.n)
		buf_print(b, " %.*s %.*s", STR_ARG(p->id), STR_ARG(p->name));
	buf_add_z(b, ":");
	show_text(b, buf_str(&p->text));
	show_text(b, buf_str(&p->other));
	buf_add_c(b, '\n');
}

static void show_stop(struct buf *b, const struct fake_choice *c, uint32_t kind)
{
	if (c->stop)
		buf_print(b, "%u stop %s %.*s\n", c->number,
		          kind < sizeof stops / sizeof *stops ? stops[kind] : "?",
		          STR_ARG(c->word));
}

static void show_usage(struct buf *b, const struct fake_sink *s)
{
	const struct cdt_usage *u = &s->usage;
	const struct { const char *name; int64_t n, least; } counts[] = {
		{ "cached", u->cache_read, 0 }, { "written", u->cache_write, 0 },
		{ "reasoning", u->reasoning, 0 }, { "audio_in", u->audio_in, 1 },
		{ "audio_out", u->audio_out, 1 }, { "images", u->images, 1 },
		{ "seconds_ms", u->seconds_ms, 1 }, { "characters", u->characters, 1 },
		{ "cost_nanousd", u->cost_nanousd, 1 }, { "image_in", u->image_in, 1 },
		{ "image_out", u->image_out, 1 }, { "searches", u->searches, 1 },
	};

	if (!s->usages)
		return;
	buf_print(b, "usage %lld %lld", (long long)u->input, (long long)u->output);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		if (counts[i].n >= counts[i].least)
			buf_print(b, " %s=%lld", counts[i].name, (long long)counts[i].n);
	buf_add_c(b, '\n');
}

cdt_str fake_sink_show_core(struct fake_sink *s)
{
	struct buf *b = &s->shown;

	buf_clear(b);
	if (s->starts)
		buf_print(b, "start %.*s %.*s\n", STR_ARG(s->id), STR_ARG(s->model));
	for (size_t c = 0; c < s->choice_count; c++) {
		const struct fake_choice *choice = s->choice[c];

		for (size_t i = 0; i < choice->part_count; i++)
			show_part(b, choice->number, choice->part[i]);
		show_stop(b, choice, choice->stop);
	}
	return buf_str(b);
}

cdt_str fake_sink_show(struct fake_sink *s)
{
	(void)fake_sink_show_core(s);
	show_usage(&s->shown, s);
	buf_add(&s->shown, buf_str(&s->extras));
	return buf_str(&s->shown);
}

cdt_str fake_sink_show_stops(struct fake_sink *s)
{
	buf_clear(&s->shown);
	for (size_t c = 0; c < s->choice_count; c++) {
		uint32_t kind = s->choice[c]->stop;

		show_stop(&s->shown, s->choice[c], kind == CDT_STOP_TOOL ? CDT_STOP_END : kind);
	}
	return buf_str(&s->shown);
}

cdt_str fake_sink_show_ends(struct fake_sink *s)
{
	(void)fake_sink_show_stops(s);
	show_usage(&s->shown, s);
	return buf_str(&s->shown);
}

cdt_str fake_sink_text(struct fake_sink *s, uint32_t choice, uint32_t kind)
{
	const struct fake_choice *c = fake_sink_choice(s, choice);

	buf_clear(&s->shown);
	for (size_t i = 0; c && i < c->part_count; i++)
		if (c->part[i]->kind == kind)
			buf_add(&s->shown, buf_str(&c->part[i]->text));
	return buf_str(&s->shown);
}

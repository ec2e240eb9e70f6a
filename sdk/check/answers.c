/* check/answers.c - what a plugin makes of recorded answers: whole, in pieces, cut short,
 * relayed, with a receiver that leaves, and spoiled.
 * SPDX-License-Identifier: MIT */
#include "check/check.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "check/mutate.h"
#include "check/play.h"
#include "check/recording.h"
#include "check/same.h"

enum {
	SPLITS = 6, BORDERS_MAX = 100000, SMALL_BYTES = 4096, WHY_MAX = VERDICT_WHY_SIZE,
	TEXT_MAX = 64 << 20, TRIAL_SECONDS = 1800, ABORTS_MAX = 96,
};

struct answer_check {
	const struct check *check;
	struct recording r;
	struct wish wish, native;
	bool has_native;
	struct instance_self *self;
	cdt_str wire[REPLIES_MAX];
	struct buf whole, core, ends;          /* of the undisturbed answer */
	struct buf stops;                      /* of the relayed one */
	bool whole_ok, native_ok;              /* they ended well */
	unsigned events;
	size_t *border, border_count;          /* in the only reply */
	struct buf why;
	struct verdicts *v;
};

static void say(struct answer_check *a, cdt_str s)
{
	if (!a->why.n)
		buf_add(&a->why, s.n < WHY_MAX / 2 ? s : str_from(s.p, WHY_MAX / 2));
}

static void end(struct answer_check *a)
{
	char *z = mem_text(a->why.p, a->why.n);

	verdict_end(a->v, a->why.n ? z : "");
	mem_free(z);
	buf_clear(&a->why);
}

/* Plays; what is wrong whatever the answer was is said. */
static void run(struct answer_check *a, struct outcome *o, const struct wish *w,
                const struct play_how *how)
{
	unsigned before = stage_misuses(a->check->stage);
	struct play_how h = *how;

	if (!h.wire)
		h.wire = a->wire;
	play(o, a->self, w, &a->r, &h);
	if (o->wrong.n)
		say(a, buf_str(&o->wrong));
	if (stage_misuses(a->check->stage) != before)
		say(a, CDT_STR("the plugin broke its contract; standard error says how"));
}

/* --- whole --- */

static void diff(struct answer_check *a, cdt_str want, cdt_str got)
{
	size_t n = 1;

	while (want.n && got.n) {
		cdt_str w = str_cut(&want, '\n'), g = str_cut(&got, '\n');

		if (str_eq(w, g)) {
			n++;
			continue;
		}
		want = str_from(w.p, w.n < 600 ? w.n : 600);
		got = str_from(g.p, g.n < 600 ? g.n : 600);
		break;
	}
	if (a->why.n == 0)
		buf_print(&a->why, "line %zu:\nwanted %.*s\ngot    %.*s\n", n,
		          (int)(want.n < 600 ? want.n : 600), want.p,
		          (int)(got.n < 600 ? got.n : 600), got.p);
}

static void write_events(struct answer_check *a, const char *path, cdt_str text)
{
	FILE *f = fopen(path, "wb");
	bool ok = f && fwrite(text.p, 1, text.n, f) == text.n;

	if ((f && fclose(f)) || !ok)
		say(a, CDT_STR("its .events can not be written"));
}

static void compare_events(struct answer_check *a, cdt_str got)
{
	char path[1100];
	struct buf want;

	(void)snprintf(path, sizeof path, "%s.events", a->r.path_stem);
	if (a->check->update) {
		write_events(a, path, got);
		return;
	}
	buf_init(&want, TEXT_MAX);
	if (!recording_file(path, &want))
		buf_print(&a->why, "%s is missing; --update writes what the plugin says, "
		          "which is then to be read\n", path);
	else if (!str_eq(buf_str(&want), got))
		diff(a, buf_str(&want), got);
	buf_fini(&want);
}

static uint32_t reason_of(cdt_str word)
{
	static const char *const words[] = {
		"", "OTHER", "BAD_REQUEST", "AUTH", "FORBIDDEN", "NO_MODEL", "CONTEXT_LENGTH",
		"FILTERED", "RATE_LIMITED", "NO_CREDIT", "OVERLOADED", "TIMEOUT", "UPSTREAM",
		"TOO_LARGE",
	};

	for (uint32_t i = 1; i < sizeof words / sizeof *words; i++)
		if (str_is(word, words[i]))
			return i;
	return 0;
}

/* "error" of the case: what it says must be so. */
static void compare_error(struct answer_check *a, const struct outcome *o)
{
	const struct json *e = json_get(a->r.rule, "error");
	const struct json *retry = json_get(e, "retry_after_ms"), *code = json_get(e, "code");

	if (!e)
		return;
	if (!o->has_error)
		say(a, CDT_STR("an error was expected"));
	else if (json_get(e, "reason") &&
	         reason_of(json_text(json_get(e, "reason"))) != o->error.reason)
		say(a, CDT_STR("another reason"));
	else if (retry && json_i64(retry, -1) != o->error.retry_after_ms)
		say(a, CDT_STR("another retry_after_ms"));
	else if (code && !str_eq(json_text(code), o->error.code))
		say(a, CDT_STR("another code"));
}

static void check_whole(struct answer_check *a)
{
	struct outcome o;

	verdict_begin(a->v, "events");
	run(a, &o, &a->wish, &(struct play_how){ .split = 0 });
	buf_add(&a->whole, play_show(&o));
	buf_add(&a->core, fake_sink_show_core(&o.sink));
	buf_add(&a->ends, fake_sink_show_ends(&o.sink));
	a->whole_ok = o.status == CDT_OK;
	a->events = o.sink.events;
	compare_events(a, buf_str(&a->whole));
	compare_error(a, &o);
	outcome_fini(&o);
	end(a);
}

/* --- in pieces --- */

static bool is_sse(const struct answer_check *a)
{
	const struct reply *p = &a->r.reply[0];

	for (size_t i = 0; i < p->header_count; i++)
		if (str_is_nocase(p->header[i].name, "content-type"))
			return str_starts(p->header[i].value, "text/event-stream");
	return false;
}

/* The same with the lines of an event stream ended by CR LF, as some servers do. */
static void check_crlf(struct answer_check *a)
{
	cdt_str text = a->wire[0], wire[REPLIES_MAX];
	struct buf crlf;
	struct outcome o;

	if (!is_sse(a) || str_find(text, '\r') < text.n || a->r.reply_count > 1)
		return;
	buf_init(&crlf, 2 * text.n + 2);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n')
			buf_add_c(&crlf, '\r');
		buf_add_c(&crlf, text.p[i]);
	}
	wire[0] = buf_str(&crlf);
	run(a, &o, &a->wish, &(struct play_how){ .wire = wire, .split = 2 });
	if (!str_eq(play_show(&o), buf_str(&a->whole)))
		diff(a, buf_str(&a->whole), play_show(&o));
	outcome_fini(&o);
	buf_fini(&crlf);
}

static void check_split(struct answer_check *a)
{
	verdict_begin(a->v, "split anywhere");
	a->border = mem_new_array(BORDERS_MAX, sizeof *a->border);
	for (uint64_t split = 1; split <= SPLITS; split++) {
		bool first = split == 1 && a->r.reply_count == 1;
		struct play_how how = { .split = first ? 1 : split + a->check->seed };
		struct outcome o;

		a->v->at = split;
		if (first) {
			how.border = a->border;
			how.border_max = BORDERS_MAX;
		}
		run(a, &o, &a->wish, &how);
		if (first)
			a->border_count = o.border_count;
		if (!str_eq(play_show(&o), buf_str(&a->whole)))
			diff(a, buf_str(&a->whole), play_show(&o));
		outcome_fini(&o);
	}
	check_crlf(a);
	end(a);
}

/* --- cut short --- */

/* All that an answer can not be without has come: then a cut is no cut. */
static void judge_cut(struct answer_check *a, struct outcome *o, cdt_str want, bool native)
{
	cdt_str got;

	if (o->status != CDT_OK) {
		if (o->status != CDT_E_UPSTREAM && o->status != CDT_E_LIMIT)
			buf_print(&a->why, "cut at byte %llu: status %s\n",
			          (unsigned long long)a->v->at, status_word(o->status));
		return;
	}
	if (o->plain_bytes)
		return;                        /* only the length tells: the host's business */
	got = native ? fake_sink_show_stops(&o->sink) : fake_sink_show_core(&o->sink);
	if ((native ? a->native_ok : a->whole_ok) && str_eq(got, want))
		return;
	if (!a->why.n)
		buf_print(&a->why, "cut at byte %llu: passes for whole, as\n%.*s\n",
		          (unsigned long long)a->v->at, (int)(got.n < 1000 ? got.n : 1000),
		          got.p);
}

static void cut_at(struct answer_check *a, size_t reply, size_t at, bool native)
{
	cdt_str wire[REPLIES_MAX];
	struct outcome o;

	memcpy(wire, a->wire, sizeof wire);
	wire[reply].n = at;
	a->v->at = at;
	run(a, &o, native ? &a->native : &a->wish, &(struct play_how){ .wire = wire });
	judge_cut(a, &o, buf_str(native ? &a->stops : &a->core), native);
	outcome_fini(&o);
}

/* Every byte of small ones; of others around the borders of frames, and a spread of bytes. */
static void cut_everywhere(struct answer_check *a, bool native)
{
	size_t last = a->r.reply_count - 1, n = a->wire[last].n, most = a->check->cuts;
	size_t step = n <= SMALL_BYTES && n <= most ? 1 : n / (most / 4 + 1) + 1;
	size_t every = a->border_count / (most / 4 + 1) + 1;

	for (size_t i = 0; i < last; i++)
		for (size_t at = 0; at < a->wire[i].n; at += 1 + a->wire[i].n / 64)
			cut_at(a, i, at, native);
	for (size_t at = 0; at < n; at += step)
		cut_at(a, last, at, native);
	for (size_t i = 0; step > 1 && i < a->border_count; i += every)
		for (size_t at = a->border[i] - 1; at < n && at <= a->border[i] + 1; at++)
			cut_at(a, last, at, native);
}

static void check_cuts(struct answer_check *a)
{
	verdict_begin(a->v, "cut anywhere");
	cut_everywhere(a, false);
	end(a);
}

/* --- relayed --- */

static void check_native(struct answer_check *a)
{
	struct outcome o;

	if (!a->has_native)
		return;
	verdict_begin(a->v, "relayed");
	run(a, &o, &a->native, &(struct play_how){ .split = 0 });
	if (a->whole_ok && o.status != CDT_OK)
		buf_print(&a->why, "relayed it is an error: %.*s\n", STR_ARG(play_show(&o)));
	else if (a->whole_ok && !str_eq(fake_sink_show_ends(&o.sink), buf_str(&a->ends)))
		diff(a, buf_str(&a->ends), fake_sink_show_ends(&o.sink));
	a->native_ok = o.status == CDT_OK;
	buf_add(&a->stops, fake_sink_show_stops(&o.sink));
	outcome_fini(&o);
	cut_everywhere(a, true);
	end(a);
}

/* --- a receiver that leaves --- */

static void check_leaving(struct answer_check *a)
{
	unsigned step = a->events / ABORTS_MAX + 1;

	verdict_begin(a->v, "receiver leaves");
	for (unsigned at = 1; at <= a->events; at += at < ABORTS_MAX / 2 ? 1 : step) {
		struct outcome o;

		a->v->at = at;
		run(a, &o, &a->wish, &(struct play_how){ .abort_at = at });
		if (o.status != CDT_E_ABORTED)
			buf_print(&a->why, "event %u met ABORTED, the call ended with %s\n", at,
			          status_word(o.status));
		outcome_fini(&o);
	}
	for (size_t i = 0; i < a->border_count; i += a->border_count / 16 + 1) {
		struct outcome o;
		cdt_str wire = str_from(a->wire[0].p, a->border[i]);

		run(a, &o, &a->wish, &(struct play_how){ .wire = &wire, .leave = true });
		outcome_fini(&o);
	}
	end(a);
}

/* --- spoiled --- */

static void check_mutations(struct answer_check *a)
{
	struct buf mutant;

	verdict_begin(a->v, "mutations");
	for (size_t i = 0; i < a->check->mutations && !a->why.n; i++) {
		struct dice d = { a->check->seed * UINT64_C(1000003) + i };
		size_t reply = dice_below(&d, a->r.reply_count);
		cdt_str wire[REPLIES_MAX];
		struct outcome o;

		a->v->at = i;
		memcpy(wire, a->wire, sizeof wire);
		buf_init(&mutant, a->wire[reply].n + (4 << 20));
		mutate(&d, a->wire[reply], &mutant);
		wire[reply] = buf_str(&mutant);
		run(a, &o, a->has_native && i % 4 == 3 ? &a->native : &a->wish,
		    &(struct play_how){ .wire = wire, .split = i % 8 == 5 ? i : 0 });
		if (a->why.n)
			buf_print(&a->why, "mutation %zu of seed %llu", i,
			          (unsigned long long)a->check->seed);
		outcome_fini(&o);
		buf_fini(&mutant);
	}
	end(a);
}

/* --- all of it --- */

static void check_one(struct verdicts *v, void *arg)
{
	struct answer_check *a = arg;

	a->v = v;
	buf_init(&a->why, WHY_MAX);
	buf_init(&a->whole, TEXT_MAX);
	buf_init(&a->core, TEXT_MAX);
	buf_init(&a->ends, TEXT_MAX);
	buf_init(&a->stops, TEXT_MAX);
	check_whole(a);
	if (!a->check->update) {
		check_split(a);
		check_cuts(a);
		check_native(a);
		check_leaving(a);
		check_mutations(a);
	}
	mem_free(a->border);
	buf_fini(&a->why);
	buf_fini(&a->whole);
	buf_fini(&a->core);
	buf_fini(&a->ends);
	buf_fini(&a->stops);
}

static bool prepare(struct answer_check *a, struct buf *why)
{
	char said[STAGE_WHY_SIZE];

	a->self = check_self(a->check, a->r.rule, said);
	if (!a->self) {
		buf_add_z(why, said);
		return false;
	}
	for (size_t i = 0; i < a->r.reply_count; i++)
		a->wire[i] = buf_str(&a->r.reply[i].wire);
	if (!wish_read(&a->wish, a->r.rule, a->r.stream, why))
		return false;
	if (a->r.reply_count == 1)
		a->has_native = wish_read_native(&a->native, a->r.rule, instance_of(a->self),
		                                 a->r.stream, why);
	return true;
}

static void check_recording(const struct check *c, const char *name, char **names)
{
	struct answer_check *a = mem_new(sizeof *a);
	struct buf why;

	buf_init(&why, 2000);
	a->check = c;
	if (recording_read(&a->r, c->cases, name, names, &why) && prepare(a, &why)) {
		stage_set_clock(c->stage, json_i64(json_get(a->r.rule, "wall_ms"),
		                                   STAGE_WALL_MS));
		report_trial(c->report, name, TRIAL_SECONDS, check_one, a);
	} else {
		char *z = mem_text(why.p, why.n);

		report_line(c->report, false, name, "", z);
		mem_free(z);
	}
	wish_fini(&a->wish);
	wish_fini(&a->native);
	recording_fini(&a->r);
	buf_fini(&why);
	mem_free(a);
}

void check_answers(const struct check *c)
{
	char **names = recording_names(c->cases);

	for (size_t i = 0; names && names[i]; i++)
		if (check_wants(c, names[i]))
			check_recording(c, names[i], names);
	recording_names_free(names);
}

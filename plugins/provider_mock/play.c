/* provider_mock/play.c - plays the program that build wrote: head, lines and end at their
 * times, stopping while the client is slow and for good when nobody listens.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "mock.h"

/* One answer being played.  [worker]  Freed when it has ended, or by stop. */
struct playing {
	const struct cdt_io *io;
	struct cdt_worker *worker;
	struct cdt_wire *wire;
	void *timer;                                     /* NULL: not waiting */
	size_t at, n;
	bool paused, in_step, stopped, ended;
	char program[];
};

static cdt_str next_line(struct playing *p)
{
	const char *from = p->program + p->at;
	const char *end = memchr(from, '\n', p->n - p->at);
	cdt_str line = { from, end ? (size_t)(end - from) : p->n - p->at };

	p->at += line.n + (end != NULL);
	return line;
}

static bool starts(cdt_str line, const char *verb, cdt_str *argument)
{
	size_t n = strlen(verb);

	if (line.n < n || memcmp(line.p, verb, n) != 0)
		return false;
	*argument = (cdt_str){ line.p + n, line.n - n };
	return true;
}

static uint32_t number(cdt_str s)
{
	uint32_t v = 0;

	for (size_t i = 0; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && v < 100000000; i++)
		v = v * 10 + (uint32_t)(s.p[i] - '0');
	return v;
}

/* What stands behind the first blank. */
static cdt_str second(cdt_str s)
{
	const char *blank = s.n ? memchr(s.p, ' ', s.n) : NULL;
	size_t at = blank ? (size_t)(blank - s.p) + 1 : s.n;

	return (cdt_str){ s.p + at, s.n - at };
}

static void send_head(struct playing *p, uint32_t status, cdt_str type)
{
	const struct cdt_header headers[] = {
		{ { "content-type", 12 }, type },
		{ { "retry-after", 11 }, { "1", 1 } },
	};
	bool later = status == 429 || status == 503;

	p->wire->api->head(p->wire, status, headers, later ? 2 : 1);
}

static void send_sound_head(struct playing *p, uint32_t samples)
{
	char head[SOUND_HEAD_BYTES];

	mock_sound_head(head, samples);
	p->wire->api->body(p->wire, (cdt_str){ head, sizeof head });
}

static void send_tone(struct playing *p, uint32_t from, uint32_t to)
{
	char bytes[2 * SOUND_PIECE_MAX];
	size_t n = mock_sound_tone(bytes, from, to);

	p->wire->api->body(p->wire, (cdt_str){ bytes, n });
}

static void finish(struct playing *p, cdt_status st)
{
	p->ended = true;
	p->wire->api->end(p->wire, st);
}

static void play(struct playing *p);

static void on_time(void *arg)
{
	struct playing *p = arg;

	p->timer = NULL;
	play(p);
}

static void step(struct playing *p)
{
	cdt_str line, argument;

	if (p->at == p->n) {
		finish(p, CDT_E_UPSTREAM);                 /* a program without an end */
		return;
	}
	line = next_line(p);
	if (starts(line, "send ", &argument)) {
		/* With its line end, which is part of the program. */
		argument.n += p->program + p->at > line.p + line.n;
		p->wire->api->body(p->wire, argument);
	} else if (starts(line, "wait ", &argument)) {
		if (p->io)
			p->timer = p->io->after(p->worker, number(argument), on_time, p);
	} else if (starts(line, "head ", &argument)) {
		send_head(p, number(argument), second(argument));
	} else if (starts(line, "sound ", &argument)) {
		send_sound_head(p, number(argument));
	} else if (starts(line, "tone ", &argument)) {
		send_tone(p, number(argument), number(second(argument)));
	} else if (starts(line, "break", &argument)) {
		finish(p, CDT_E_UPSTREAM);
	} else {
		finish(p, CDT_OK);
	}
}

/* Until it has to wait.  The wire may pause, resume or stop us from within a step: then this
 * loop goes on, or frees, when the step returns. */
static void play(struct playing *p)
{
	if (p->in_step)
		return;
	p->in_step = true;
	while (!p->paused && !p->stopped && !p->ended && !p->timer)
		step(p);
	p->in_step = false;
	if (p->stopped || p->ended)
		free(p);
}

static void *mock_start(void *self, struct cdt_worker *worker, cdt_str body,
                        struct cdt_wire *wire)
{
	const struct mock *me = self;
	struct playing *p = calloc(1, sizeof *p + body.n);

	if (!p) {
		wire->api->end(wire, CDT_E_NOMEM);
		return NULL;
	}
	p->io = me->io;
	p->worker = worker;
	p->wire = wire;
	p->n = body.n;
	if (body.n)
		memcpy(p->program, body.p, body.n);
	/* As in play, but the caller must learn whether there is still something to stop. */
	p->in_step = true;
	while (!p->paused && !p->ended && !p->timer)
		step(p);
	p->in_step = false;
	if (!p->ended)
		return p;
	free(p);
	return NULL;
}

static void mock_stop(void *handle)
{
	struct playing *p = handle;

	if (p->timer)
		p->io->forget(p->timer);
	p->timer = NULL;
	p->stopped = true;
	if (!p->in_step)
		free(p);
}

static void mock_pause(void *handle, int paused)
{
	struct playing *p = handle;

	p->paused = paused != 0;
	if (!p->paused)
		play(p);
}

const struct cdt_provider_local mock_local = {
	.size = sizeof mock_local, .start = mock_start, .stop = mock_stop, .pause = mock_pause,
};

/* One leads, many follow, on several threads: each reads all of it in order, and nothing is
 * left.
 * SPDX-License-Identifier: MIT */
#include "cache/flight.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "loop/worker.h"
#include "unit/unit.h"

enum { WORKERS = 3, SEATS = 40, FRAMES = UNIT_MANY(5000) };

static const uint8_t key[KEPT_KEY_SIZE] = { 9 };

struct hall {
	struct worker *workers[WORKERS];
	struct flights *flights;
	_Atomic unsigned done, wrong, deserted;
};

/* One that sits in; on its worker. */
struct guest {
	struct flight_seat seat;
	struct hall *hall;
	struct worker *worker;
	struct flight *flight;
	size_t read, leave_after;              /* 0: it stays */
	enum flight_end end;
};

static struct hall *hall_open(void)
{
	struct hall *h = mem_new(sizeof *h);

	h->flights = flights_new();
	for (unsigned i = 0; i < WORKERS; i++) {
		h->workers[i] = worker_new(i);
		CU_ASSERT_EQUAL_FATAL(worker_start(h->workers[i]), CDT_OK);
	}
	return h;
}

static void hall_close(struct hall *h)
{
	for (unsigned i = 0; i < WORKERS; i++)
		worker_stop(h->workers[i]);
	for (unsigned i = 0; i < WORKERS; i++)
		worker_join(h->workers[i]);
	for (unsigned i = 0; i < WORKERS; i++)
		worker_free(h->workers[i]);
	flights_free(h->flights);
	mem_free(h);
}

static void wait_for(const _Atomic unsigned *what, unsigned count)
{
	for (int i = 0; i < 20000 && *what < count; i++)
		usleep(1000);
	CU_ASSERT_EQUAL(*what, count);
}

static void go(struct guest *g)
{
	flight_rise(&g->seat);
	flight_give(g->flight);
	g->flight = NULL;
	g->hall->done++;
}

static void on_news(void *arg)
{
	struct guest *g = arg;
	struct kept_frame f;
	char want[32];

	while (flight_read(&g->seat, &f)) {
		(void)snprintf(want, sizeof want, "frame %zu", g->read++);
		if (!str_is(f.body, want) || f.after_ms != g->read)
			g->hall->wrong++;
		if (g->read == g->leave_after) {
			go(g);
			return;
		}
	}
	g->end = flight_state(&g->seat);
	if (g->end == FLIGHT_GOES_ON)
		return;
	if (g->end == FLIGHT_LANDED && !str_is(flight_head(g->flight)->target, "up/m"))
		g->hall->wrong++;
	if (g->end == FLIGHT_BROKEN && !str_is(flight_problem(g->flight)->error.message, "no"))
		g->hall->wrong++;
	go(g);
}

static void sit(void *arg)
{
	struct guest *g = arg;

	g->seat.news = on_news;
	g->seat.arg = g;
	flight_sit(g->flight, g->worker, &g->seat);
}

static void on_deserted(void *arg)
{
	struct hall *h = arg;

	h->deserted++;
}

static struct flight *lead(struct hall *h)
{
	struct flight_lead l = { .stream = true, .worker = h->workers[0],
	                         .deserted = on_deserted, .arg = h };
	bool leads = false;
	struct flight *f = flight_take(h->flights, key, &l, &leads);

	CU_ASSERT_TRUE_FATAL(f && leads);
	return f;
}

static void join(struct hall *h, struct guest *g, unsigned number)
{
	struct flight_lead ignored = { .stream = false };
	bool leads = true;

	*g = (struct guest){ .hall = h, .worker = h->workers[number % WORKERS] };
	g->flight = flight_take(h->flights, key, &ignored, &leads);
	CU_ASSERT_TRUE_FATAL(g->flight && !leads);
	CU_ASSERT_TRUE(flight_lead_of(g->flight)->stream);
}

static void add_frame(struct flight *f, size_t i)
{
	char text[32];
	struct kept_frame frame = { CDT_STR(""), { text, 0 }, (uint32_t)i + 1 };

	frame.body.n = (size_t)snprintf(text, sizeof text, "frame %zu", i);
	CU_ASSERT_EQUAL(flight_add(f, &frame), CDT_OK);
	if (i % 7 == 0)
		flight_show(f);
}

/* Each third leaves on the way; all others join while it flies. */
static void fly(enum flight_end how)
{
	static struct guest guests[SEATS];
	struct hall *h = hall_open();
	struct flight *f = lead(h);
	struct kept head = { .stream = true, .target = CDT_STR("up/m") };
	struct problem why = { .cause = PROBLEM_UPSTREAM, .error.message = CDT_STR("no") };
	size_t all = 0;

	for (size_t i = 0; i < FRAMES; i++) {
		add_frame(f, i);
		if (i % (FRAMES / SEATS) || all == SEATS)
			continue;
		join(h, &guests[all], (unsigned)all);
		guests[all].leave_after = all % 3 ? 0 : 1 + all * 11;
		worker_post(guests[all].worker, sit, &guests[all]);
		all++;
	}
	flight_end(f, how, how == FLIGHT_LANDED ? &head : NULL,
	           how == FLIGHT_BROKEN ? &why : NULL);
	flight_end(f, FLIGHT_BROKEN, NULL, &why);      /* means nothing */
	flight_give(f);
	wait_for(&h->done, SEATS);
	CU_ASSERT_EQUAL(h->wrong, 0);
	CU_ASSERT_EQUAL(h->deserted, 0);
	for (size_t i = 0; i < all; i++) {
		bool left = guests[i].leave_after && guests[i].read == guests[i].leave_after;

		CU_ASSERT_TRUE(left || (guests[i].read == FRAMES && guests[i].end == how));
	}
	hall_close(h);
}

static void everybody_reads_all_of_it(void) { fly(FLIGHT_LANDED); }
static void everybody_hears_of_a_break(void) { fly(FLIGHT_BROKEN); }
static void everybody_hears_of_a_drop(void) { fly(FLIGHT_DROPPED); }

static void who_leads_is_told_when_all_have_left(void)
{
	static struct guest guests[SEATS];
	struct hall *h = hall_open();
	struct flight *f = lead(h);

	CU_ASSERT_FALSE(flight_is_shared(f));
	for (unsigned i = 0; i < SEATS; i++) {
		join(h, &guests[i], i);
		guests[i].leave_after = 1;
		worker_post(guests[i].worker, sit, &guests[i]);
	}
	while (!flight_is_shared(f))
		usleep(100);
	CU_ASSERT_TRUE(flight_leave(f));
	add_frame(f, 0);                               /* is shown */
	wait_for(&h->done, SEATS);
	for (int i = 0; i < 5000 && !h->deserted; i++)
		usleep(1000);
	CU_ASSERT_TRUE(h->deserted >= 1);
	CU_ASSERT_FALSE(flight_leave(f));
	flight_end(f, FLIGHT_DROPPED, NULL, NULL);
	flight_give(f);
	hall_close(h);
}

/* Who sits in learns who speaks. */
static void a_stand_in_is_named(void)
{
	struct hall *h = hall_open();
	struct flight *f = lead(h);
	struct flight_seat seat = { .flight = f };
	struct kept_frame frame;

	flight_again(f, CDT_STR("another"));
	add_frame(f, 0);
	flight_again(f, CDT_STR(""));                  /* too late */
	CU_ASSERT_TRUE(flight_read(&seat, &frame));
	CU_ASSERT_TRUE(str_is(flight_stand_in(&seat), "another"));
	flight_end(f, FLIGHT_DROPPED, NULL, NULL);
	flight_give(f);
	hall_close(h);
}

static void what_nobody_saw_can_be_taken_back(void)
{
	struct hall *h = hall_open();
	struct flight *f = lead(h);
	struct kept_frame wrong = { CDT_STR(""), CDT_STR("wrong"), 0 };
	struct buf all;

	CU_ASSERT_EQUAL(flight_add(f, &wrong), CDT_OK);
	flight_again(f, CDT_STR("another"));
	add_frame(f, 0);                               /* is shown */
	flight_again(f, CDT_STR(""));
	buf_init(&all, 1024);
	CU_ASSERT_EQUAL(flight_frames(f, &all), CDT_OK);
	CU_ASSERT_PTR_NULL(memmem(all.p, all.n, "wrong", 5));
	CU_ASSERT_PTR_NOT_NULL(memmem(all.p, all.n, "frame 0", 7));
	buf_fini(&all);
	flight_end(f, FLIGHT_DROPPED, NULL, NULL);
	flight_give(f);
	hall_close(h);
}

static void nobody_joins_what_is_closed(void)
{
	struct hall *h = hall_open();
	struct flight *one = lead(h), *two;

	flight_close(one);
	two = lead(h);
	CU_ASSERT_PTR_NOT_EQUAL(one, two);
	flight_end(one, FLIGHT_DROPPED, NULL, NULL);   /* two stays in the table */
	{
		struct guest g;

		join(h, &g, 0);
		CU_ASSERT_PTR_EQUAL(g.flight, two);
		flight_give(g.flight);
	}
	flight_end(two, FLIGHT_DROPPED, NULL, NULL);
	flight_give(one);
	flight_give(two);
	hall_close(h);
}

static void so_many_and_so_much_is_enough(void)
{
	struct hall *h = hall_open();
	struct flight *f = lead(h);
	struct flight_lead ignored = { .stream = false };
	char *text = mem_try(NULL, FLIGHT_BYTES_MAX);
	struct kept_frame large = { CDT_STR(""), { text, FLIGHT_BYTES_MAX / 2 }, 0 };
	struct buf all;
	size_t joined = 0;
	bool leads;

	memset(text, 'x', FLIGHT_BYTES_MAX);
	while (flight_take(h->flights, key, &ignored, &leads))
		joined++;
	CU_ASSERT_FALSE(leads);
	CU_ASSERT_EQUAL(joined, FLIGHT_SEATS_MAX);
	while (joined--)
		flight_give(f);
	CU_ASSERT_EQUAL(flight_add(f, &large), CDT_OK);
	CU_ASSERT_EQUAL(flight_add(f, &large), CDT_E_LIMIT);
	large.body.n = 1;
	CU_ASSERT_EQUAL(flight_add(f, &large), CDT_E_LIMIT);
	buf_init(&all, FLIGHT_BYTES_MAX);
	CU_ASSERT_EQUAL(flight_frames(f, &all), CDT_E_LIMIT);
	buf_fini(&all);
	flight_end(f, FLIGHT_DROPPED, NULL, NULL);
	flight_give(f);
	mem_free(text);
	hall_close(h);
}

/* Their workers stop before they are told. */
static void what_nobody_hears_is_freed(void)
{
	struct hall *h = hall_open();
	struct flight *f = lead(h);
	static struct guest g;

	join(h, &g, 1);
	g.leave_after = 1;
	worker_post(g.worker, sit, &g);
	while (!flight_is_shared(f))
		usleep(100);
	worker_stop(h->workers[1]);
	worker_join(h->workers[1]);
	add_frame(f, 0);                               /* news that never come */
	flight_rise(&g.seat);
	flight_give(g.flight);
	memset(&g, 0, sizeof g);                       /* who looks for leaks finds no trace */
	flight_end(f, FLIGHT_DROPPED, NULL, NULL);
	flight_give(f);
	hall_close(h);
}

static const struct unit_test tests[] = {
	{ "everybody reads all of it", everybody_reads_all_of_it },
	{ "everybody hears of a break", everybody_hears_of_a_break },
	{ "everybody hears of a drop", everybody_hears_of_a_drop },
	{ "who leads is told when all have left", who_leads_is_told_when_all_have_left },
	{ "what nobody saw can be taken back", what_nobody_saw_can_be_taken_back },
	{ "a stand-in is named", a_stand_in_is_named },
	{ "nobody joins what is closed", nobody_joins_what_is_closed },
	{ "so many and so much is enough", so_many_and_so_much_is_enough },
	{ "what nobody hears is freed", what_nobody_hears_is_freed },
	{ NULL, NULL }
};
const struct unit_suite cache_flight_suite = { "cache/flight", tests };

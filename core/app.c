/* app.c - start, reload, drain, stop.
 * SPDX-License-Identifier: MIT */
#include "app.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/admin.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "fixed.h"
#include "front.h"
#include "loop/signals.h"
#include "loop/worker.h"
#include "notify.h"
#include "rooms.h"
#include "usage/journal.h"
#include "vet.h"

enum { DRAIN_POLL_MS = 20, ADMIN_CONNECTIONS = 512, ADMIN_BODY_BYTES = 1 << 20 };

struct app {
	const struct app_options *options;
	struct config *config;
	struct rooms rooms;
	struct worker *main_worker;            /* the admin API, signals, timers */
	struct signals *signals;
	struct admin *admin;
	struct http_server **admin_servers;
	size_t admin_server_count;
	struct front **fronts;                 /* one a client worker */
	uint32_t front_count;
	struct generation *generation;         /* the current one */
	struct list generations;               /* and those that streams still use */
	struct timer drain_timer;
	uint64_t drain_until_ms;
	int64_t started_wall_ms;
	uint32_t generation_number;
	int64_t reloaded_wall_ms;
	char last_reload[256];
	bool draining;
	int exit_status;
};

static struct app *the_app;            /* for fetch_of, which plugins' services call */

/* --- generations of the configuration --- */

struct generation {
	struct list link;                      /* of its app */
	struct app *app;
	struct router *router;
	_Atomic uint32_t fronts_left;          /* workers that still have it open */
};

static void generation_free(void *arg)
{
	struct generation *g = arg;

	list_remove(&g->link);
	router_free(g->router);
	mem_free(g);
}

/* [a worker] The last one tells main. */
static void generation_gone(void *arg)
{
	struct generation *g = arg;

	if (--g->fronts_left == 0)
		worker_post(g->app->main_worker, generation_free, g);
}

static struct generation *generation_new(struct app *a, struct config *c,
                                         struct config_report *report)
{
	struct router *router = router_new(c, a->rooms.registry, a->rooms.stats, report);
	struct generation *g;

	if (!router)
		return NULL;
	g = mem_new(sizeof *g);
	g->app = a;
	g->router = router;
	g->fronts_left = a->front_count;
	list_push(&a->generations, &g->link);
	return g;
}

/* --- reload --- */

static void adopt(struct app *a, struct generation *g, struct config *c)
{
	for (uint32_t i = 0; i < a->front_count; i++)
		front_adopt(a->fronts[i], g->router, generation_gone, g);
	a->generation = g;
	a->generation_number++;
	a->reloaded_wall_ms = clock_wall_ms();
	config_give(a->config);
	config_take(c);
	a->config = c;
	(void)log_set_levels(a->options->log_level ? a->options->log_level : c->log_level);
	log_info(LOG_APP, NULL, "configuration reloaded generation=%u", a->generation_number);
}

static void conclude(struct app *a, struct generation *g, struct config *c,
                     const struct config_report *report)
{
	if (g)
		adopt(a, g, c);
	else
		log_error(LOG_APP, NULL, "configuration not reloaded errors=%u\n%.*s",
		          report->errors, (int)report->text.n, report->text.p);
	(void)snprintf(a->last_reload, sizeof a->last_reload, g ? "ok" : "failed: %u errors",
	               report->errors);
	admin_adopt(a->admin, g ? c : NULL);
}

static cdt_status app_reload(void *arg, bool only_checks, struct buf *out)
{
	struct app *a = arg;
	struct config_report report;
	struct config *c;
	struct generation *g = NULL;

	config_report_init(&report);
	c = config_load(&a->options->source, &report);
	if (c) {
		fixed_warn(a->config, a->front_count, c, &report);
		g = generation_new(a, c, &report);
	}
	if (!only_checks)
		conclude(a, g, c, &report);
	else if (g)
		generation_free(g);
	buf_add(out, buf_str(&report.text));
	config_give(c);
	config_report_fini(&report);
	return g ? CDT_OK : CDT_E_INVALID;
}

/* --- draining --- */

static size_t of_fronts(const struct app *a, size_t (*each)(const struct front *f))
{
	size_t n = 0;

	for (uint32_t i = 0; i < a->front_count; i++)
		n += each(a->fronts[i]);
	return n;
}

static size_t active_exchanges(const struct app *a)
{
	return of_fronts(a, front_active);
}

static size_t open_connections(const struct app *a)
{
	return of_fronts(a, front_connections);
}

/* An answer that is settled may still be on its way to a slow client: idle connections were
 * closed, so the others are worth waiting for. */
static void on_drain_time(void *arg)
{
	struct app *a = arg;
	uint64_t now_ms = clock_ms();
	size_t left = active_exchanges(a);

	if ((left || open_connections(a)) && now_ms < a->drain_until_ms) {
		timer_set(&a->drain_timer, now_ms, DRAIN_POLL_MS);
		return;
	}
	if (left)
		log_warn(LOG_APP, NULL, "stopping with exchanges under way left=%zu", left);
	worker_stop(a->main_worker);
}

static void drain(struct app *a)
{
	uint64_t now_ms = clock_ms();

	if (a->draining) {                             /* the second signal: now */
		a->drain_until_ms = now_ms;
		timer_set(&a->drain_timer, now_ms, 1);
		return;
	}
	a->draining = true;
	a->drain_until_ms = now_ms + a->config->drain_timeout_ms;
	log_info(LOG_APP, NULL, "draining active=%zu timeout_ms=%u", active_exchanges(a),
	         a->config->drain_timeout_ms);
	notify_supervisor("STOPPING=1");
	for (uint32_t i = 0; i < a->front_count; i++)
		front_drain(a->fronts[i]);
	admin_drain(a->admin);
	timer_set(&a->drain_timer, now_ms, DRAIN_POLL_MS);
}

static void on_signal(void *arg, int number)
{
	struct app *a = arg;
	struct buf ignored;

	switch (number) {
	case SIGHUP:
		notify_supervisor("RELOADING=1");
		buf_init(&ignored, 64 << 10);
		(void)app_reload(a, false, &ignored);  /* has logged its outcome */
		buf_fini(&ignored);
		notify_supervisor("READY=1");
		break;
	case SIGUSR1:
		journal_reopen(a->rooms.journal);
		break;
	default:
		drain(a);
	}
}

/* --- what the admin API asks --- */

static void app_status(void *arg, struct admin_status *out)
{
	struct app *a = arg;

	*out = (struct admin_status){
		.version = PACKAGE_VERSION, .started_wall_ms = a->started_wall_ms,
		.workers = a->front_count, .generation = a->generation_number,
		.active = active_exchanges(a), .draining = a->draining,
		.last_reload = a->last_reload, .connections = open_connections(a),
		.streams = of_fronts(a, front_streams),
		.waiting = of_fronts(a, front_waiting),
		.reloaded_wall_ms = a->reloaded_wall_ms,
	};
}

static struct router *app_router(void *arg)
{
	struct app *a = arg;

	return a->generation->router;
}

static const struct admin_ops admin_ops = { app_status, app_router, app_reload };

/* --- start --- */

static struct fetch *fetch_of(struct worker *w)
{
	for (uint32_t i = 0; i < the_app->front_count; i++)
		if (front_worker(the_app->fronts[i]) == w)
			return front_fetch(the_app->fronts[i]);
	return NULL;
}

static bool print_report(struct config_report *report, const struct config *c)
{
	if (report->text.n)
		fprintf(stderr, "%.*s", (int)report->text.n, report->text.p);
	if (report->errors || !c)
		fprintf(stderr, "conduitd: %u error%s, %u warning%s\n", report->errors,
		        report->errors == 1 ? "" : "s", report->warnings,
		        report->warnings == 1 ? "" : "s");
	return c && !report->errors;
}

static bool start_answers(struct app *a)
{
	struct config_report report;
	bool ok;

	config_report_init(&report);
	ok = rooms_open_answers(&a->rooms, a->config, &report);
	(void)print_report(&report, a->config);
	config_report_fini(&report);
	if (!ok)
		a->exit_status = EXIT_CONFIG;
	return ok;
}

static bool start_fronts(struct app *a)
{
	char why[256];

	a->fronts = mem_new_array(a->config->workers, sizeof *a->fronts);
	for (uint32_t i = 0; i < a->config->workers; i++) {
		a->fronts[i] = front_new(&a->rooms, a->config, i, why);
		if (!a->fronts[i])
			return rooms_fail("worker", why);
		a->front_count++;
	}
	return true;
}

/* The admin API's unix socket, for conduitctl on this machine.  Serving goes on without. */
static void start_socket(struct app *a, const struct http_limits *limits,
                         const struct http_server_ops *ops)
{
	char address[512], why[256];
	struct config_listen l = { .address = address };
	struct http_server *s;

	/* It may be there; else listening says why. */
	(void)mkdir(a->config->runtime_dir, 0750);
	(void)snprintf(address, sizeof address, "unix:%s/admin.sock", a->config->runtime_dir);
	s = front_listen(&l, a->main_worker, limits, ops, a->admin, why);
	if (s)
		a->admin_servers[a->admin_server_count++] = s;
	else
		log_warn(LOG_APP, NULL, "the admin API has no unix socket: %s", why);
}

static bool start_admin(struct app *a)
{
	static const struct http_server_ops ops = { admin_request, admin_refusal };
	static const int numbers[] = { SIGHUP, SIGUSR1, SIGTERM, SIGINT, 0 };
	const struct rooms *r = &a->rooms;
	struct admin_parts parts = {
		a->main_worker, r->keyring, r->store, r->metrics, r->registry, r->journal,
		r->admin_token, &admin_ops, a, r->ledger, r->answers, r->tape,
	};
	struct http_limits limits;
	char why[256];

	a->admin = admin_new(&parts);
	a->signals = signals_new(a->main_worker, numbers, on_signal, a);
	timer_init(&a->drain_timer, a->main_worker, on_drain_time, a);
	http_limits_default(&limits);
	limits.connections = ADMIN_CONNECTIONS;        /* what strangers can send is bounded */
	limits.body_bytes = ADMIN_BODY_BYTES;
	a->admin_servers = mem_new_array(a->config->admin_listen_count + 2,
	                                 sizeof *a->admin_servers);
	for (size_t i = 0; i < a->config->admin_listen_count; i++) {
		struct http_server *s = front_listen(&a->config->admin_listens[i],
		                                     a->main_worker, &limits, &ops, a->admin,
		                                     why);

		if (!s)
			return rooms_fail("admin listener", why);
		a->admin_servers[a->admin_server_count++] = s;
	}
	start_socket(a, &limits, &ops);
	return a->signals ? true : rooms_fail("signals", "could not be caught");
}

static bool start_generation(struct app *a)
{
	struct config_report report;

	config_report_init(&report);
	a->generation = generation_new(a, a->config, &report);
	(void)print_report(&report, a->config);
	config_report_fini(&report);
	if (!a->generation)
		a->exit_status = EXIT_CONFIG;
	return a->generation != NULL;
}

static bool start_serving(struct app *a)
{
	char why[256];

	mem_tune();
	for (uint32_t i = 0; i < a->front_count; i++) {
		front_adopt(a->fronts[i], a->generation->router, generation_gone,
		            a->generation);
		if (!front_start(a->fronts[i], why))
			return rooms_fail("listener", why);
	}
	return true;
}

static void announce(const struct app *a)
{
	const struct config *c = a->config;

	for (size_t i = 0; i < c->listen_count; i++)
		log_info(LOG_APP, NULL, "serving clients address=%s port=%u tls=%s",
		         c->listens[i].address, c->listens[i].port,
		         c->listens[i].tls_cert ? "yes" : "no");
	log_info(LOG_APP, NULL, "ready version=%s workers=%u providers=%zu models=%zu keys=%zu "
	         "state=%s start_ms=%lld", PACKAGE_VERSION, a->front_count, c->provider_count,
	         c->model_count, keyring_count(a->rooms.keyring), c->state_dir,
	         (long long)(clock_wall_ms() - a->started_wall_ms));
	notify_supervisor("READY=1");
}

/* --- stop --- */

static void stop(struct app *a)
{
	for (uint32_t i = 0; i < a->front_count; i++)
		front_stop(a->fronts[i]);
	for (size_t i = 0; i < a->admin_server_count; i++)
		http_server_free(a->admin_servers[i]);
	mem_free(a->admin_servers);
	admin_free(a->admin);
	rooms_settle(&a->rooms);
	for (uint32_t i = 0; i < a->front_count; i++)
		front_free(a->fronts[i]);
	LIST_EACH(it, &a->generations)
		generation_free(LIST_OF(it, struct generation, link));
	mem_free(a->fronts);
	rooms_close(&a->rooms);
	timer_fini(&a->drain_timer);
	signals_free(a->signals);
	worker_free(a->main_worker);
	config_give(a->config);
}

static void set_limits(void)
{
	struct rlimit nofile, core = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &core);           /* a core file would hold secrets */
	if (!getrlimit(RLIMIT_NOFILE, &nofile)) {
		nofile.rlim_cur = nofile.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &nofile);       /* what there is, is used */
	}
	(void)signal(SIGPIPE, SIG_IGN);             /* a peer that left is a write that fails */
}

static int serve(struct app *a)
{
	char private_dir[4096];

	a->exit_status = EXIT_RUNTIME;
	a->started_wall_ms = clock_wall_ms();
	a->reloaded_wall_ms = a->started_wall_ms;
	a->generation_number = 1;
	(void)snprintf(a->last_reload, sizeof a->last_reload, "never");
	(void)snprintf(private_dir, sizeof private_dir, "%s/plugins", a->config->state_dir);
	a->main_worker = worker_new(a->config->workers);
	if (fetch_global_init() == CDT_OK && a->main_worker &&
	    rooms_open(&a->rooms, a->config)) {
		rooms_load_plugins(&a->rooms, a->config, private_dir, fetch_of);
		if (start_answers(a) && start_fronts(a) && start_generation(a) &&
		    start_admin(a) && start_serving(a)) {
			announce(a);
			worker_run(a->main_worker);
			log_info(LOG_APP, NULL, "stopped");
			a->exit_status = 0;
		}
	}
	stop(a);
	return a->exit_status;
}

/* Everything but listening and the state folder. */
static int test(struct app *a)
{
	char dir[] = "/tmp/conduit-test-XXXXXX", private_dir[64];
	bool ok;

	if (!mkdtemp(dir)) {
		perror(dir);
		return EXIT_RUNTIME;
	}
	(void)snprintf(private_dir, sizeof private_dir, "%s/plugins", dir);
	rooms_open_for_test(&a->rooms);
	rooms_load_plugins(&a->rooms, a->config, private_dir, fetch_of);
	ok = start_generation(a);
	if (ok)
		generation_free(a->generation);
	rooms_close(&a->rooms);
	config_give(a->config);
	vet_remove_dir(private_dir);
	vet_remove_dir(dir);
	if (ok)
		fprintf(stderr, "conduitd: the configuration is fine\n");
	return ok ? 0 : EXIT_CONFIG;
}

int app_run(const struct app_options *o)
{
	struct app app = { .options = o,
	                   .generations = { &app.generations, &app.generations } };
	struct config_report report;
	struct buf text;

	mem_tune_start();
	set_limits();                                  /* before "auto" looks at them */
	config_report_init(&report);
	app.config = config_load(&o->source, &report);
	if (!print_report(&report, app.config)) {
		config_report_fini(&report);
		config_give(app.config);
		return EXIT_CONFIG;
	}
	config_report_fini(&report);
	(void)log_set_levels(o->log_level ? o->log_level : app.config->log_level);
	if (o->print) {
		buf_init(&text, 8 << 20);
		config_print(app.config, &text);
		printf("%.*s", (int)text.n, text.p);
		buf_fini(&text);
	}
	the_app = &app;
	if (!o->test && !o->print)
		return serve(&app);
	return test(&app);
}

/* telemetry/figures.c - sums by operation, provider, model and error; past FIGURES_MAX of
 * these, models are put together as "_other".
 * SPDX-License-Identifier: MIT */
#include "telemetry/figures.h"

#include "base/jsonw.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"

/* So many, with OTHERS_MAX, fit into one export, in both versions of the names. */
enum { FIGURES_MAX = 400, OTHERS_MAX = 100, BOUNDS_MAX = 16, NAME_SIZE = 512, PARTS = 4 };

/* The bounds that the conventions advise; ours go on to where long thoughts end. */
struct scale { size_t count; double bound[BOUNDS_MAX]; };
static const struct scale seconds = {
	16, { 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96,
	      81.92, 163.84, 327.68 }
};
static const struct scale first_seconds = {
	16, { 0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5,
	      10 }
};
static const struct scale tokens = {
	14, { 1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216,
	      67108864 }
};

struct spread { uint64_t count, in[BOUNDS_MAX + 1]; double sum; };

/* What is measured of one series.  SERVER_*: as clients see it. */
enum measure { M_DURATION, M_FIRST, M_INPUT, M_OUTPUT, M_SERVER, M_SERVER_FIRST, M_SERVER_EACH,
               M_COUNT };
enum total { T_INPUT, T_OUTPUT, T_CACHED, T_WRITTEN, T_REASONING, T_COUNT };

struct figure {
	struct figure *next;
	char *operation, *type, *model, *error;
	struct spread spread[M_COUNT];
	uint64_t total[T_COUNT];
};

struct figures {
	enum semconv semconv;
	int64_t since_ms;
	struct map by_name;
	struct figure *first, **last;
	size_t count;
};

struct figures *figures_new(enum semconv s, int64_t now_ms)
{
	struct figures *f = mem_new(sizeof *f);

	f->semconv = s;
	f->since_ms = now_ms;
	f->last = &f->first;
	map_init(&f->by_name);
	return f;
}

void figures_free(struct figures *f)
{
	if (!f)
		return;
	for (struct figure *g = f->first, *next; g; g = next) {
		next = g->next;
		mem_free(g->operation);
		mem_free(g->type);
		mem_free(g->model);
		mem_free(g->error);
		mem_free(g);
	}
	map_fini(&f->by_name);
	mem_free(f);
}

/* --- adding --- */

static void spread_add(struct spread *s, const struct scale *scale, double v)
{
	size_t i = 0;

	if (!(v >= 0))
		return;
	while (i < scale->count && v > scale->bound[i])
		i++;
	s->in[i]++;
	s->count++;
	s->sum += v;
}

static char *copy(cdt_str s)
{
	return mem_text(s.n ? s.p : "", s.n);
}

static struct figure *add_figure(struct figures *f, cdt_str name, const cdt_str part[PARTS])
{
	struct figure *g = mem_new(sizeof *g);

	g->operation = copy(part[0]);
	g->type = copy(part[1]);
	g->model = copy(part[2]);
	g->error = copy(part[3]);
	(void)map_put(&f->by_name, name, g);           /* was not there */
	*f->last = g;
	f->last = &g->next;
	f->count++;
	return g;
}

/* NULL: it is not there, and would be one too many. */
static struct figure *find_figure(struct figures *f, const cdt_str part[PARTS], size_t most)
{
	struct figure *g;
	struct buf text;

	buf_init(&text, NAME_SIZE);
	for (size_t i = 0; i < PARTS; i++) {
		buf_add(&text, part[i]);
		buf_add_c(&text, '\n');
	}
	g = map_find(&f->by_name, buf_str(&text));
	if (!g && f->count < most)
		g = add_figure(f, buf_str(&text), part);
	buf_fini(&text);
	return g;
}

static struct figure *figure_of(struct figures *f, cdt_str operation, cdt_str type,
                                cdt_str model, cdt_str error)
{
	const cdt_str own[PARTS] = { operation, type, model, error };
	const cdt_str other[PARTS] = { operation, type, CDT_STR("_other"), error };
	struct figure *g = find_figure(f, own, FIGURES_MAX);

	return g ? g : find_figure(f, other, FIGURES_MAX + OTHERS_MAX);
}

static double since(int64_t from_us, int64_t to_us)
{
	return from_us >= 0 && to_us >= from_us ? (double)(to_us - from_us) / 1e6 : -1;
}

static cdt_str error_of(cdt_str outcome)
{
	return str_is(outcome, "OK") ? CDT_STR("") : outcome;
}

static void add_total(struct figure *g, enum total t, int64_t n)
{
	if (n > 0)
		g->total[t] += (uint64_t)n;
}

static void add_tokens(struct figure *g, const struct telemetry_record *r)
{
	add_total(g, T_INPUT, r->input);
	add_total(g, T_OUTPUT, r->output);
	add_total(g, T_CACHED, r->cached);
	add_total(g, T_WRITTEN, r->cache_write);
	add_total(g, T_REASONING, r->reasoning);
	spread_add(&g->spread[M_INPUT], &tokens, (double)r->input);
	spread_add(&g->spread[M_OUTPUT], &tokens, (double)r->output);
}

static void add_server(struct figure *g, const struct telemetry_record *r)
{
	double first = r->stream ? since(0, r->first_us) : -1;

	spread_add(&g->spread[M_SERVER], &seconds, since(0, r->total_us));
	spread_add(&g->spread[M_SERVER_FIRST], &first_seconds, first);
	if (first >= 0 && r->output > 1)
		spread_add(&g->spread[M_SERVER_EACH], &first_seconds,
		           since(r->first_us, r->total_us) / (double)(r->output - 1));
}

void figures_add(struct figures *f, const struct telemetry_record *r)
{
	const cdt_str operation = otlp_operation(r->operation);

	for (uint32_t i = 0; i < r->attempt_count; i++) {
		const struct telemetry_attempt *a = &r->attempt[i];
		struct figure *g = figure_of(f, operation, a->type, a->model,
		                             error_of(a->outcome));

		if (!g)
			continue;
		spread_add(&g->spread[M_DURATION], &seconds, since(a->start_us, a->end_us));
		if (r->stream)
			spread_add(&g->spread[M_FIRST], &seconds,
			           since(a->start_us, a->first_us));
		if (i + 1 < r->attempt_count)
			continue;
		add_tokens(g, r);
		add_server(g, r);
	}
}

/* --- printing --- */

struct page { struct buf *out; uint64_t from_ns, to_ns; const struct figures *figures; };

static void put_labels(const struct page *p, const struct figure *g)
{
	struct buf *out = p->out;

	buf_add(out, CDT_STR("\"attributes\":["));
	otlp_text(out, "gen_ai.operation.name", str_z(g->operation));
	otlp_text(out, "gen_ai.provider.name", str_z(g->type));
	otlp_text(out, "gen_ai.request.model", str_z(g->model));
	otlp_text(out, "error.type", str_z(g->error));
}

static void put_times(const struct page *p)
{
	otlp_u64(p->out, "startTimeUnixNano", p->from_ns);
	otlp_u64(p->out, "timeUnixNano", p->to_ns);
}

static void put_point(const struct page *p, const struct spread *s, const struct scale *scale)
{
	char text[JSON_F64_SIZE];

	put_times(p);
	otlp_u64(p->out, "count", s->count);
	buf_add(p->out, CDT_STR(",\"sum\":"));
	buf_add(p->out, str_from(text, json_f64_print(s->sum, text)));
	buf_add(p->out, CDT_STR(",\"bucketCounts\":["));
	for (size_t i = 0; i <= scale->count; i++)
		buf_print(p->out, "%s\"%llu\"", i ? "," : "", (unsigned long long)s->in[i]);
	buf_add(p->out, CDT_STR("],\"explicitBounds\":["));
	for (size_t i = 0; i < scale->count; i++)
		buf_print(p->out, "%s%g", i ? "," : "", scale->bound[i]);
	buf_add(p->out, CDT_STR("]}"));
}

static void open_metric(const struct page *p, const char *name, const char *unit,
                        const char *kind)
{
	otlp_next(p->out);
	buf_print(p->out, "{\"name\":\"%s\",\"unit\":\"%s\",\"%s\":{"
	          "\"aggregationTemporality\":2,%s\"dataPoints\":[", name, unit, kind,
	          kind[0] == 's' ? "\"isMonotonic\":true," : "");
}

static void put_spread(const struct page *p, const char *name, const char *unit,
                       enum measure m, const struct scale *scale)
{
	size_t before = p->out->n;
	bool any = false;

	open_metric(p, name, unit, "histogram");
	for (const struct figure *g = p->figures->first; g; g = g->next) {
		if (!g->spread[m].count)
			continue;
		otlp_next(p->out);
		buf_add_c(p->out, '{');
		put_labels(p, g);
		buf_add_c(p->out, ']');
		put_point(p, &g->spread[m], scale);
		any = true;
	}
	buf_add(p->out, CDT_STR("]}}"));
	if (!any && p->out->status == CDT_OK)
		p->out->n = before;                    /* nothing was measured */
}

/* The histogram of 1.41 that has both kinds of tokens. */
static void put_tokens_old(const struct page *p, const char *name)
{
	static const struct { enum measure m; const char *type; } kinds[] = {
		{ M_INPUT, "input" }, { M_OUTPUT, "output" },
	};

	open_metric(p, name, "{token}", "histogram");
	for (const struct figure *g = p->figures->first; g; g = g->next)
		for (size_t i = 0; i < 2; i++) {
			if (!g->spread[kinds[i].m].count)
				continue;
			otlp_next(p->out);
			buf_add_c(p->out, '{');
			put_labels(p, g);
			otlp_text(p->out, "gen_ai.token.type", str_z(kinds[i].type));
			buf_add_c(p->out, ']');
			put_point(p, &g->spread[kinds[i].m], &tokens);
		}
	buf_add(p->out, CDT_STR("]}}"));
}

static void put_total(const struct page *p, const char *name, enum total t)
{
	open_metric(p, name, "{token}", "sum");
	for (const struct figure *g = p->figures->first; g; g = g->next) {
		if (!g->total[t])
			continue;
		otlp_next(p->out);
		buf_add_c(p->out, '{');
		put_labels(p, g);
		otlp_text(p->out, "gen_ai.token.modality", CDT_STR("unknown"));
		buf_add_c(p->out, ']');
		put_times(p);
		otlp_u64(p->out, "asInt", g->total[t]);
		buf_add_c(p->out, '}');
	}
	buf_add(p->out, CDT_STR("]}}"));
}

static void put_spreads(const struct page *p)
{
	static const struct {
		enum otlp_name name;
		enum measure m;
		const struct scale *scale;
		const char *unit;
	} rows[] = {
		{ OTLP_DURATION, M_DURATION, &seconds, "s" },
		{ OTLP_TO_FIRST, M_FIRST, &seconds, "s" },
		{ OTLP_INPUT, M_INPUT, &tokens, "{token}" },
		{ OTLP_OUTPUT, M_OUTPUT, &tokens, "{token}" },
		{ OTLP_SERVER_DURATION, M_SERVER, &seconds, "s" },
		{ OTLP_SERVER_FIRST, M_SERVER_FIRST, &first_seconds, "s" },
		{ OTLP_SERVER_EACH, M_SERVER_EACH, &first_seconds, "s" },
	};
	const char *names[2];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t n = otlp_names(rows[i].name, p->figures->semconv, names);

		for (size_t k = 0; k < n; k++)
			put_spread(p, names[k], rows[i].unit, rows[i].m, rows[i].scale);
	}
}

bool figures_put(const struct figures *f, struct buf *out, int64_t now_ms)
{
	static const struct { enum otlp_name name; enum total total; } totals[] = {
		{ OTLP_INPUT_SUM, T_INPUT }, { OTLP_OUTPUT_SUM, T_OUTPUT },
		{ OTLP_CACHED_SUM, T_CACHED }, { OTLP_WRITTEN_SUM, T_WRITTEN },
		{ OTLP_REASONING_SUM, T_REASONING },
	};
	struct page p = { out, (uint64_t)f->since_ms * 1000000, (uint64_t)now_ms * 1000000, f };
	const char *names[2];

	if (!f->first)
		return false;
	put_spreads(&p);
	for (size_t i = 0; i < sizeof totals / sizeof *totals; i++)
		if (otlp_names(totals[i].name, f->semconv, names))
			put_total(&p, names[0], totals[i].total);
	if (otlp_names(OTLP_TOKENS_OLD, f->semconv, names))
		put_tokens_old(&p, names[0]);
	return true;
}

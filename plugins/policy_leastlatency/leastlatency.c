/* policy_leastlatency/leastlatency.c - what answers this request soonest goes first: the time
 * to its first token, plus that for the tokens that may come; where that is not known the time
 * of a whole answer, or to the first token alone.  Who fails makes one try again, so times are
 * divided by the rate of success.  A target without figures and without a request goes first:
 * one request at a time finds them out.  A few requests go to one that is not the best.
 * SPDX-License-Identifier: MIT */
#include <conduit/rank.h>

#include <stdbool.h>
#include <stdlib.h>

enum { HUNDREDTHS = 10000 };                   /* of a percent, in the whole */
/* The dice of a request, beside those of its targets, which are 0 to 65535. */
enum { DIE_WHETHER = 1 << 16, DIE_WHICH };
#define SUCCESS_LEAST 0.01

struct explorer { uint64_t hundredths; };

/* "5%", "2.5", at most two decimals. */
static bool percent(cdt_str s, uint64_t *out)
{
	uint64_t value = 0, unit = HUNDREDTHS / 100;
	size_t i = 0, digits;

	if (s.n && s.p[s.n - 1] == '%')
		s.n--;
	for (; i < s.n && i < 3 && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		value = value * 10 + (uint64_t)(s.p[i] - '0');
	digits = i;
	value *= unit;
	if (i < s.n && s.p[i] == '.')
		for (i++; i < s.n && unit > 1 && s.p[i] >= '0' && s.p[i] <= '9'; i++)
			value += (uint64_t)(s.p[i] - '0') * (unit /= 10);
	if (!digits || i < s.n || value > HUNDREDTHS)
		return false;
	*out = value;
	return true;
}

static void *open_instance(const struct cdt_host *host, cdt_val config)
{
	struct explorer *me;
	uint64_t hundredths;

	if (!percent(cdt_text(cdt_get(config, "explore")), &hundredths)) {
		host->log(host, CDT_LOG_ERROR, "explore is no percentage: \"5%\", \"0.25%\"");
		return NULL;
	}
	me = malloc(sizeof *me);
	if (me)
		me->hundredths = hundredths;
	return me;
}

static void close_instance(void *self)
{
	free(self);
}

/* Negative or no number: not known. */
static double expected_ms(const struct cdt_route *r, const struct cdt_target *t)
{
	if (t->ttft_ms >= 0 && t->tokens_per_s > 0 && r->output_tokens > 0)
		return t->ttft_ms + (double)r->output_tokens * 1000 / t->tokens_per_s;
	return t->total_ms >= 0 ? t->total_ms : t->ttft_ms;
}

static double success(const struct cdt_target *t)
{
	double rate = t->error_rate >= 0 ? 1 - t->error_rate : 1;

	return rate > SUCCESS_LEAST ? rate : SUCCESS_LEAST;
}

/* Unknown ones are in front when nobody is finding out about them and they have not failed. */
static struct cdt_rank_key key(void *self, const struct cdt_route *r, size_t i)
{
	const struct cdt_target *t = r->targets[i];
	double ms = expected_ms(r, t);
	bool asked = t->inflight > 0 || t->error_rate > 0;

	if (ms >= 0)
		return (struct cdt_rank_key){ ms / success(t), -(double)t->weight };
	return (struct cdt_rank_key){
		asked ? INFINITY : -1, cdt_rank_chance(self, r, i).first,
	};
}

/* Sends this request to another than the best one, drawn by weight. */
static void explore(const struct cdt_route *r, uint16_t *order, size_t ready)
{
	size_t at = cdt_rank_draw(r, order + 1, ready - 1,
	                          cdt_rank_mix(r->random + DIE_WHICH));

	if (at < ready - 1)
		cdt_rank_lead(order, at + 1);
}

static size_t rank(void *self, const struct cdt_route *r, uint16_t *order, size_t cap)
{
	const struct explorer *me = self;
	size_t n = cdt_rank_by(r, order, cap, key, self);
	size_t ready = cdt_rank_ready(r, order, n);

	if (ready > 1 && cdt_rank_mix(r->random + DIE_WHETHER) % HUNDREDTHS < me->hundredths)
		explore(r, order, ready);
	return n;
}

static const struct cdt_option options[] = {
	{ "explore", CDT_OPT_TEXT, 0, "5%",
	  "percentage of requests that go to a target which is not the best", NULL },
	{ NULL, 0, 0, NULL, NULL, NULL },
};

static const struct cdt_policy_ops ops = {
	.size = sizeof ops, .open = open_instance, .close = close_instance, .rank = rank,
};

static const struct cdt_feature feature = {
	.size = sizeof feature, .kind = CDT_KIND_POLICY, .name = "leastlatency",
	.summary = "the soonest answer to this request first; explores the others",
	.options = options, .ops = &ops,
};
static const struct cdt_feature *const features[] = { &feature, NULL };

CDT_MODULE(.id = "org.conduit.policy.leastlatency", .version = "1.0", .license = "MIT",
           .features = features);

/* routing/odd.c - a policy that does what none should.
 * SPDX-License-Identifier: MIT */
#include <conduit/policy.h>

#include <stdint.h>
#include <time.h>

enum { SLOW_NS = 100000000 };

static size_t twice(void *self, const struct cdt_route *r, uint16_t *order, size_t cap)
{
	(void)self, (void)r;
	for (size_t i = 0; i < cap; i++)
		order[i] = 0;
	return cap;
}

static size_t beyond(void *self, const struct cdt_route *r, uint16_t *order, size_t cap)
{
	(void)self, (void)r;
	for (size_t i = 0; i < cap; i++)
		order[i] = (uint16_t)(UINT16_MAX - i);
	return cap;
}

static size_t more(void *self, const struct cdt_route *r, uint16_t *order, size_t cap)
{
	(void)self, (void)r, (void)order;
	return cap + 1000;
}

static size_t nobody(void *self, const struct cdt_route *r, uint16_t *order, size_t cap)
{
	(void)self, (void)r, (void)order, (void)cap;
	return 0;
}

/* A right answer, much too late. */
static size_t slow(void *self, const struct cdt_route *r, uint16_t *order, size_t cap)
{
	struct timespec left = { 0, SLOW_NS };
	size_t n = r->count < cap ? r->count : cap;

	(void)self;
	while (nanosleep(&left, &left) != 0)
		;
	for (size_t i = 0; i < n; i++)
		order[i] = (uint16_t)(n - 1 - i);
	return n;
}

#define ODD(which) \
	static const struct cdt_policy_ops which##_ops = { \
		.size = sizeof which##_ops, .rank = which }; \
	static const struct cdt_feature which##_feature = { \
		.size = sizeof which##_feature, .kind = CDT_KIND_POLICY, \
		.name = "odd-" #which, \
		.summary = "does what no policy should", .ops = &which##_ops }

ODD(twice);
ODD(beyond);
ODD(more);
ODD(nobody);
ODD(slow);

static const struct cdt_feature *const features[] = {
	&twice_feature, &beyond_feature, &more_feature, &nobody_feature, &slow_feature, NULL,
};

CDT_MODULE(.id = "org.conduit.test.odd", .version = "1.0", .license = "MIT",
           .features = features);

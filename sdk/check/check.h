/* check/check.h - what conduit-plugin-check was asked for, and its two halves.
 * SPDX-License-Identifier: MIT */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H
#include "check/report.h"
#include "check/stage.h"

struct check {
	struct stage *stage;
	struct report *report;
	const char *cases;                     /* the folder, or NULL */
	const char *only;                      /* a part of the names of cases, or NULL */
	const char *options;                   /* of instances whose case has none */
	uint64_t seed;
	size_t mutations, cuts;                /* of each recording */
	bool update;                           /* .events are written, not compared */
};

bool check_wants(const struct check *c, const char *name);
/* The instance that a case is for; NULL: why says why not. */
struct json;
struct instance_self *check_self(const struct check *c, const struct json *rule,
                                 char why[STAGE_WHY_SIZE]);

/* requests.c - DIR/requests/NAME.json */
void check_requests(const struct check *c);
/* ward.c - the cache backends that the plugin in that file offers */
void check_caches(const struct check *c, const char *path);
/* answers.c - recorded answers in DIR */
void check_answers(const struct check *c);

#endif

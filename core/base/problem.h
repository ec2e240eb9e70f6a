/* base/problem.h - what the client must see when something is wrong.  Filled where the
 * cause is known, rendered only by the surface (or the admin API).
 * SPDX-License-Identifier: MIT */
#ifndef BASE_PROBLEM_H
#define BASE_PROBLEM_H
#include "base/arena.h"
#include "conduit/event.h"

#include <stdbool.h>

/* The causes of contract.md 2; each has one HTTP status, and one type and code a dialect. */
#define PROBLEMS(X) \
	X(NONE, 0) \
	X(INVALID_JSON, 400) X(INVALID_VALUE, 400) X(UNSUPPORTED_PARAMETER, 400) \
	X(CONTEXT_LENGTH, 400) X(CONTENT_FILTER, 400) \
	X(NO_KEY, 401) X(BAD_KEY, 401) X(BUDGET, 402) \
	X(MODEL_NOT_ALLOWED, 403) X(NOT_ALLOWED, 403) X(KEY_EXPIRED, 403) X(KEY_DISABLED, 403) \
	X(IP_NOT_ALLOWED, 403) X(MODEL_NOT_FOUND, 404) X(NOT_FOUND, 404) X(UNKNOWN_URL, 404) \
	X(WRONG_METHOD, 405) X(SLOW_REQUEST, 408) X(CONFLICT, 409) X(TOO_LARGE, 413) \
	X(MEDIA_TYPE, 415) \
	X(RATE_LIMIT, 429) X(UPSTREAM_RATE, 429) X(INTERNAL, 500) \
	X(UPSTREAM_AUTH, 502) X(UPSTREAM, 502) X(OVERLOADED, 503) X(TIMEOUT, 504)
#define PROBLEM_ID(id, status) PROBLEM_##id,
enum problem_cause { PROBLEMS(PROBLEM_ID) PROBLEM_COUNT };

struct problem {
	enum problem_cause cause;
	uint32_t status;               /* HTTP; the cause's own unless a provider knew better */
	struct cdt_error error;        /* strings live in the arena that was handed in */
	bool upstreams;                /* an upstream said so, not we */
};

/* Fills *p; message is formatted into a.  param may be NULL.  Returns CDT_E_INVALID, so
 * that callers can `return problem_set(...)`. */
cdt_status problem_set(struct problem *p, struct arena *a, enum problem_cause cause,
                       const char *param, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
uint32_t problem_status(enum problem_cause cause);
const char *problem_name(enum problem_cause cause);      /* "BAD_KEY": for logs and metrics */

#endif

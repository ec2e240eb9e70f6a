/* flow/step_decode.c - what does the client want: the surface reads it, or answers at once.
 * SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "flow/exchange.h"
#include "flow/report.h"

enum { METADATA_MAX = 4096, PASSED_MAX = 4096, SESSION_MAX = 128 };

/* Surfaces that need no upstream: lists, health, the caller's own key. */
static enum step_result answer_here(struct exchange *x)
{
	struct buf body;
	cdt_status st;

	buf_init(&body, ANSWER_BYTES_MAX);
	x->status = 200;
	st = x->surface->answer(x, &body);
	if (st != CDT_OK || body.status != CDT_OK) {
		if (!x->problem.cause)
			(void)problem_set(&x->problem, &x->arena, PROBLEM_INTERNAL, NULL,
			                  "The answer could not be written.");
		buf_fini(&body);
		return STEP_FAILED;
	}
	if (x->keepsake)
		return keepsake_wait(x, &body);
	exchange_reply(x, buf_str(&body));
	buf_fini(&body);
	return STEP_DONE;
}

/* What headers say about the body and the client's patience. */
static cdt_status read_headers(struct exchange *x)
{
	cdt_str coding = http_header(x->request, "content-encoding");
	cdt_str patience = http_header(x->request, "x-conduit-timeout-ms");
	cdt_str session = http_header(x->request, "x-session-id");
	uint64_t ms = 0;

	if (coding.n && !str_is_nocase(coding, "identity"))
		return problem_set(&x->problem, &x->arena, PROBLEM_MEDIA_TYPE, NULL,
		                   "The Content-Encoding '%.*s' is not supported; send the "
		                   "body as it is.", STR_ARG(coding));
	if (patience.p && (!str_u64(patience, &ms) || !ms))
		return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE,
		                   "X-Conduit-Timeout-Ms",
		                   "X-Conduit-Timeout-Ms must be a number of milliseconds "
		                   "above 0.");
	if (session.n && session.n <= SESSION_MAX)
		x->session = arena_str(&x->arena, session);
	x->timeout_ms = ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
	return CDT_OK;
}

/* All lines of that name as one value; "": there is none, or it is too long. */
static cdt_str joined_header(struct exchange *x, const char *name)
{
	struct buf all;
	cdt_str copy, line = http_header(x->request, name);

	buf_init(&all, PASSED_MAX);
	for (size_t i = 1; line.p; line = http_header_next(x->request, name, i++)) {
		if (all.n && line.n)
			buf_add_z(&all, ",");
		buf_add(&all, line);
	}
	copy = all.status == CDT_OK ? arena_str(&x->arena, buf_str(&all)) : CDT_STR("");
	buf_fini(&all);
	return copy;
}

/* Copies: attempts may be made when the request is gone. */
static void keep_passed(struct exchange *x)
{
	const char *const *names = x->surface->dialect->passed_headers;
	struct cdt_header *kept;
	size_t count = 0;

	while (names && names[count])
		count++;
	kept = count ? arena_take(&x->arena, count * sizeof *kept) : NULL;
	for (size_t i = 0; kept && i < count; i++) {
		cdt_str value = joined_header(x, names[i]);

		if (value.n)
			kept[x->ask.passed_count++] = (struct cdt_header){ str_z(names[i]),
			                                                   value };
	}
	x->ask.passed = kept;
}

/* For records: the body may be gone by then. */
static void keep_metadata(struct exchange *x)
{
	const struct json_member *m = ask_member(&x->ask, "metadata");

	if (m && m->type == CDT_MAP && m->value.n <= METADATA_MAX)
		x->metadata = arena_str(&x->arena, m->value);
}

enum step_result step_decode(struct exchange *x)
{
	if (!x->surface->op)
		return answer_here(x);
	if (read_headers(x) != CDT_OK)
		return STEP_FAILED;
	x->ask.op = x->surface->op;
	x->ask.body = http_body(x->request);
	x->ask.type = http_header(x->request, "content-type");
	x->ask.routing = &ask_no_routing;
	x->ask.own_members = x->surface->dialect->own_members;
	if (x->surface->decode(x) != CDT_OK)
		return STEP_FAILED;
	keep_metadata(x);
	keep_passed(x);
	if (x->ask.stream && !x->surface->event) {
		(void)problem_set(&x->problem, &x->arena, PROBLEM_UNSUPPORTED_PARAMETER,
		                  "stream", "%s can not be streamed.", x->surface->path);
		return STEP_FAILED;
	}
	if (x->ask.stream)
		report_stream(x);
	return STEP_NEXT;
}

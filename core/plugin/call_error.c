/* plugin/call_error.c - what an upstream's no means: the host's own reading first, then what
 * the plugin knows better, cleaned so that it can be shown.
 * SPDX-License-Identifier: MIT */
#include "plugin/provider.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "conduit/easy.h"
#include "fetch/fetch.h"
#include "plugin/host_call.h"
#include "plugin/inside.h"

enum {
	BODY_MAX_BYTES = 64 << 10,
	RETRY_AFTER_MAX_MS = 24 * 3600 * 1000,
};

static int64_t bounded_ms(uint64_t ms)
{
	return ms > RETRY_AFTER_MAX_MS ? RETRY_AFTER_MAX_MS : (int64_t)ms;
}

/* "12" or "12.5", in units of unit_ms; -1: not a number. */
static int64_t number_ms(cdt_str s, uint64_t unit_ms)
{
	cdt_str whole = str_cut(&s, '.');
	uint64_t n, tenth = 0;

	if (!str_u64(whole, &n) || (s.n && !str_u64((cdt_str){ s.p, 1 }, &tenth)))
		return -1;
	return n > RETRY_AFTER_MAX_MS ? RETRY_AFTER_MAX_MS
	                              : bounded_ms(n * unit_ms + tenth * unit_ms / 10);
}

static unsigned month_of(cdt_str name)
{
	unsigned m = 0;

	while (m < 12 && !(name.n == 3 && memcmp(clock_months + m * 3, name.p, 3) == 0))
		m++;
	return m + 1;                                   /* 13: none */
}

/* "Sun, 06 Nov 1994 08:49:37 GMT"; -1: not a date of RFC 9110. */
static int64_t date_ms(cdt_str s)
{
	char text[CLOCK_TEXT_SIZE];
	int64_t wall_ms, in_ms;
	unsigned month;

	if (s.n != 29 || !str_ends(s, " GMT"))
		return -1;
	month = month_of((cdt_str){ s.p + 8, 3 });
	if (month > 12)
		return -1;
	memcpy(text, "YYYY-MM-DDThh:mm:ssZ", 20);
	memcpy(text, s.p + 12, 4);
	text[5] = (char)('0' + month / 10);
	text[6] = (char)('0' + month % 10);
	memcpy(text + 8, s.p + 5, 2);
	memcpy(text + 11, s.p + 17, 8);
	if (!clock_parse((cdt_str){ text, 20 }, &wall_ms))
		return -1;
	in_ms = wall_ms - clock_wall_ms();
	return in_ms < 0 ? 0 : bounded_ms((uint64_t)in_ms);
}

static int64_t retry_after(const struct cdt_http_head *head)
{
	cdt_str precise = str_trim(fetch_header(head, "retry-after-ms"));
	cdt_str s = str_trim(fetch_header(head, "retry-after"));
	int64_t ms = number_ms(precise, 1);

	if (ms < 0)
		ms = number_ms(s, 1000);
	return ms < 0 ? date_ms(s) : ms;
}

/* Error pages of proxies: nothing in them is meant for an API's client. */
static bool is_html(cdt_str s)
{
	static const char *const marks[] = { "<!doctype", "<html", "<head", "<body", "<?xml" };
	cdt_str start = str_trim(s);

	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		size_t n = strlen(marks[i]);

		if (start.n >= n && str_is_nocase((cdt_str){ start.p, n }, marks[i]))
			return true;
	}
	return false;
}

static void set_default(struct cdt_error *err, const struct cdt_http_head *head)
{
	*err = (struct cdt_error){
		.size = sizeof *err,
		/* Below 400 it is an error inside of an answer that looked good. */
		.reason = head->status < 400 ? CDT_ERR_UPSTREAM : cdt_reason(head->status),
		.retry_after_ms = retry_after(head),
		.code = { "", 0 }, .message = { "", 0 }, .param = { "", 0 },
	};
}

static void ask_plugin(struct call *c, const struct cdt_http_head *head, cdt_str body,
                       struct cdt_error *err)
{
	const struct instance *i = c->self->instance;
	struct cdt_error said = *err;
	struct enter e;
	cdt_status st;

	if (body.n > BODY_MAX_BYTES)
		body.n = BODY_MAX_BYTES;
	enter_begin(&e, i, ENTER_ERROR);
	st = i->ops.provider.error(c->self->self, &c->abi, head, body, &said);
	enter_end(&e);
	if (st != CDT_OK)
		return;
	*err = said;
	err->size = sizeof *err;
	if (err->reason < CDT_ERR_OTHER || err->reason > CDT_ERR_TOO_LARGE)
		err->reason = CDT_ERR_OTHER;
	err->retry_after_ms = said.retry_after_ms < 0 ? -1
	                    : bounded_ms((uint64_t)said.retry_after_ms);
}

void call_error(struct call *c, const struct cdt_http_head *head, cdt_str body,
                struct cdt_error *err)
{
	set_default(err, head);
	ask_plugin(c, head, body, err);
	err->code = host_call_clean(c, err->code, WORD_MAX_BYTES);
	err->param = host_call_clean(c, err->param, WORD_MAX_BYTES);
	err->message = is_html(err->message) ? CDT_STR("")
	             : host_call_clean(c, err->message, MESSAGE_MAX_BYTES);
	if (!err->message.n)
		err->message = arena_print(c->keep, "The upstream answered with status %u.",
		                           (unsigned)head->status);
	host_call_rest(c);
}

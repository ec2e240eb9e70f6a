/* fetch/ends.c - the names of ends, as logs and metrics write them; headers by their names.
 * SPDX-License-Identifier: MIT */
#include "fetch/fetch.h"

#include "base/str.h"

static const char *const names[] = {
	[FETCH_OK] = "ok",
	[FETCH_NO_CONNECTION] = "no_connection",
	[FETCH_NO_TLS] = "no_tls",
	[FETCH_BLOCKED] = "blocked",
	[FETCH_NO_ANSWER] = "no_answer",
	[FETCH_CUT] = "cut",
	[FETCH_BAD_ANSWER] = "bad_answer",
	[FETCH_LATE_CONNECT] = "late_connect",
	[FETCH_LATE_FIRST_BYTE] = "late_first_byte",
	[FETCH_LATE_IDLE] = "late_idle",
	[FETCH_LATE_TOTAL] = "late_total",
};

const char *fetch_end_name(enum fetch_end e)
{
	return e <= FETCH_LATE_TOTAL ? names[e] : "unknown";
}

bool fetch_end_is_late(enum fetch_end e)
{
	return e >= FETCH_LATE_CONNECT && e <= FETCH_LATE_TOTAL;
}

cdt_str fetch_header(const struct cdt_http_head *head, const char *name)
{
	for (size_t i = 0; i < head->count; i++)
		if (str_is_nocase(head->headers[i].name, name))
			return head->headers[i].value;
	return CDT_STR("");
}

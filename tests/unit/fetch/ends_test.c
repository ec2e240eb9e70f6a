/* unit/fetch/ends_test.c - curl's results, by how far the call had come.
 * SPDX-License-Identifier: MIT */
#include "fetch/ends.h"

#include <string.h>

#include "unit/unit.h"

static const struct { CURLcode code; enum fetch_end unsent, sent, answered; } table[] = {
	{ CURLE_OK, FETCH_NO_ANSWER, FETCH_NO_ANSWER, FETCH_OK },
	{ CURLE_COULDNT_RESOLVE_HOST, FETCH_NO_CONNECTION, FETCH_NO_ANSWER, FETCH_CUT },
	{ CURLE_COULDNT_CONNECT, FETCH_NO_CONNECTION, FETCH_NO_ANSWER, FETCH_CUT },
	{ CURLE_SSL_CONNECT_ERROR, FETCH_NO_TLS, FETCH_NO_ANSWER, FETCH_CUT },
	{ CURLE_PEER_FAILED_VERIFICATION, FETCH_NO_TLS, FETCH_NO_ANSWER, FETCH_CUT },
	{ CURLE_SEND_ERROR, FETCH_NO_CONNECTION, FETCH_NO_ANSWER, FETCH_CUT },
	{ CURLE_RECV_ERROR, FETCH_NO_CONNECTION, FETCH_NO_ANSWER, FETCH_CUT },
	{ CURLE_GOT_NOTHING, FETCH_NO_CONNECTION, FETCH_NO_ANSWER, FETCH_CUT },
	{ CURLE_PARTIAL_FILE, FETCH_NO_CONNECTION, FETCH_NO_ANSWER, FETCH_CUT },
	{ CURLE_WEIRD_SERVER_REPLY, FETCH_NO_CONNECTION, FETCH_BAD_ANSWER, FETCH_BAD_ANSWER },
	{ CURLE_UNSUPPORTED_PROTOCOL, FETCH_BLOCKED, FETCH_BAD_ANSWER, FETCH_BAD_ANSWER },
	{ CURLE_OPERATION_TIMEDOUT,
	  FETCH_LATE_CONNECT, FETCH_LATE_FIRST_BYTE, FETCH_LATE_IDLE },
};

static void results_mean_what_the_table_says(void)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		CU_ASSERT_EQUAL(end_of(table[i].code, REACH_UNSENT), table[i].unsent);
		CU_ASSERT_EQUAL(end_of(table[i].code, REACH_SENT), table[i].sent);
		CU_ASSERT_EQUAL(end_of(table[i].code, REACH_ANSWERED), table[i].answered);
	}
}

/* "No answer byte" ends may be sent again elsewhere: none may come after one. */
static void no_result_denies_an_answer(void)
{
	for (int code = CURLE_OK + 1; code < CURL_LAST; code++) {
		enum fetch_end unsent = end_of((CURLcode)code, REACH_UNSENT);
		enum fetch_end answered = end_of((CURLcode)code, REACH_ANSWERED);

		CU_ASSERT(answered == FETCH_CUT || answered == FETCH_BAD_ANSWER ||
		          answered == FETCH_LATE_IDLE);
		CU_ASSERT(unsent == FETCH_NO_CONNECTION || unsent == FETCH_NO_TLS ||
		          unsent == FETCH_BLOCKED || unsent == FETCH_LATE_CONNECT);
	}
}

static void every_end_has_a_name(void)
{
	for (int e = FETCH_OK; e <= FETCH_LATE_TOTAL; e++) {
		const char *name = fetch_end_name((enum fetch_end)e);

		CU_ASSERT_STRING_NOT_EQUAL(name, "unknown");
		CU_ASSERT_EQUAL(fetch_end_is_late((enum fetch_end)e),
		                !strncmp(name, "late_", 5));
	}
}

static const struct unit_test tests[] = {
	{ "results mean what the table says", results_mean_what_the_table_says },
	{ "no result denies an answer", no_result_denies_an_answer },
	{ "every end has a name", every_end_has_a_name },
	{ NULL, NULL }
};
const struct unit_suite fetch_ends_suite = { "fetch/ends", tests };

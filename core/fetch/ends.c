/* fetch/ends.c - curl's results and the names of ours.  The same result means different
 * things before the request was sent, before an answer byte came, and after.
 * SPDX-License-Identifier: MIT */
#include "fetch/ends.h"

struct meaning { CURLcode code; enum fetch_end by_reach[3]; };

/* What is not listed: no connection, no answer, cut. */
static const struct meaning meanings[] = {
	{ CURLE_OK, { FETCH_NO_ANSWER, FETCH_NO_ANSWER, FETCH_OK } },
	{ CURLE_UNSUPPORTED_PROTOCOL, { FETCH_BLOCKED, FETCH_BAD_ANSWER, FETCH_BAD_ANSWER } },
	{ CURLE_URL_MALFORMAT, { FETCH_BLOCKED, FETCH_BAD_ANSWER, FETCH_BAD_ANSWER } },
	{ CURLE_WEIRD_SERVER_REPLY,
	  { FETCH_NO_CONNECTION, FETCH_BAD_ANSWER, FETCH_BAD_ANSWER } },
	/* A header line longer than curl's own cap ends so. */
	{ CURLE_OUT_OF_MEMORY, { FETCH_NO_CONNECTION, FETCH_BAD_ANSWER, FETCH_BAD_ANSWER } },
	{ CURLE_OPERATION_TIMEDOUT,
	  { FETCH_LATE_CONNECT, FETCH_LATE_FIRST_BYTE, FETCH_LATE_IDLE } },
	{ CURLE_SSL_CONNECT_ERROR, { FETCH_NO_TLS, FETCH_NO_ANSWER, FETCH_CUT } },
	{ CURLE_SSL_CERTPROBLEM, { FETCH_NO_TLS, FETCH_NO_ANSWER, FETCH_CUT } },
	{ CURLE_SSL_CIPHER, { FETCH_NO_TLS, FETCH_NO_ANSWER, FETCH_CUT } },
	{ CURLE_PEER_FAILED_VERIFICATION, { FETCH_NO_TLS, FETCH_NO_ANSWER, FETCH_CUT } },
	{ CURLE_BAD_CONTENT_ENCODING,
	  { FETCH_NO_CONNECTION, FETCH_BAD_ANSWER, FETCH_BAD_ANSWER } },
	{ CURLE_FILESIZE_EXCEEDED,
	  { FETCH_NO_CONNECTION, FETCH_BAD_ANSWER, FETCH_BAD_ANSWER } },
	{ CURLE_USE_SSL_FAILED, { FETCH_NO_TLS, FETCH_NO_ANSWER, FETCH_CUT } },
	{ CURLE_SSL_CACERT_BADFILE, { FETCH_NO_TLS, FETCH_NO_ANSWER, FETCH_CUT } },
	{ CURLE_SSL_ISSUER_ERROR, { FETCH_NO_TLS, FETCH_NO_ANSWER, FETCH_CUT } },
	{ CURLE_SSL_PINNEDPUBKEYNOTMATCH, { FETCH_NO_TLS, FETCH_NO_ANSWER, FETCH_CUT } },
	{ CURLE_SSL_INVALIDCERTSTATUS, { FETCH_NO_TLS, FETCH_NO_ANSWER, FETCH_CUT } },
	{ CURLE_SSL_CLIENTCERT, { FETCH_NO_TLS, FETCH_NO_ANSWER, FETCH_CUT } },
};
static const struct meaning others = { CURLE_OK,
	{ FETCH_NO_CONNECTION, FETCH_NO_ANSWER, FETCH_CUT } };

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

enum fetch_end end_of(CURLcode code, enum reach reach)
{
	const struct meaning *m = &others;

	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		if (meanings[i].code == code) {
			m = &meanings[i];
			break;
		}
	return m->by_reach[reach];
}

const char *fetch_end_name(enum fetch_end e)
{
	return e <= FETCH_LATE_TOTAL ? names[e] : "unknown";
}

bool fetch_end_is_late(enum fetch_end e)
{
	return e >= FETCH_LATE_CONNECT && e <= FETCH_LATE_TOTAL;
}

/* upstream/fault.c - the table of failed transfers.
 * SPDX-License-Identifier: MIT */
#include "upstream/fault.h"

#include "conduit/event.h"

struct fault fault_of(enum fetch_end how)
{
	static const struct fault faults[] = {
		[FETCH_OK]              = { CDT_ERR_UPSTREAM, "" },
		[FETCH_NO_CONNECTION] = { CDT_ERR_UPSTREAM,
			"The upstream could not be reached." },
		[FETCH_NO_TLS] = { CDT_ERR_UPSTREAM,
			"The upstream's certificate or TLS handshake was refused." },
		[FETCH_BLOCKED] = { CDT_ERR_UPSTREAM,
			"The upstream's address may not be called." },
		[FETCH_NO_ANSWER] = { CDT_ERR_UPSTREAM,
			"The upstream closed the connection without an answer." },
		[FETCH_CUT] = { CDT_ERR_UPSTREAM,
			"The upstream broke off in the middle of its answer." },
		[FETCH_BAD_ANSWER] = { CDT_ERR_UPSTREAM,
			"The upstream's answer could not be read." },
		[FETCH_LATE_CONNECT] = { CDT_ERR_TIMEOUT,
			"The upstream did not accept the connection in time." },
		[FETCH_LATE_FIRST_BYTE] = { CDT_ERR_TIMEOUT,
			"The upstream did not begin to answer in time." },
		[FETCH_LATE_IDLE] = { CDT_ERR_TIMEOUT,
			"The upstream fell silent in the middle of its answer." },
		[FETCH_LATE_TOTAL] = { CDT_ERR_TIMEOUT,
			"The upstream did not finish its answer in time." },
	};

	return faults[how];
}

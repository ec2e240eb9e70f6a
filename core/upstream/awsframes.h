/* upstream/awsframes.h - messages of application/vnd.amazon.eventstream: lengths, two
 * checksums, typed headers, payload.  Pure functions.  [any]
 * SPDX-License-Identifier: MIT */
#ifndef UPSTREAM_AWSFRAMES_H
#define UPSTREAM_AWSFRAMES_H
#include "conduit/provider.h"

enum { AWSFRAME_HEADERS_MAX = 128 << 10 };

/* The message that s begins with.  *bytes: its length; 0 while not all of it has come.  What
 * *frame says points into s; exceptions and errors have CDT_FRAME_ERROR.  CDT_E_UPSTREAM: that
 * is no message, or one that was damaged; CDT_E_LIMIT: one of more than max_bytes. */
cdt_status awsframes_take(cdt_str s, size_t max_bytes, struct cdt_frame *frame, size_t *bytes);

#endif

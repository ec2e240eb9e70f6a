/* fetch/ends.h - what curl's results mean.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef FETCH_ENDS_H
#define FETCH_ENDS_H
#include "fetch/fetch.h"

#include <curl/curl.h>

/* How far a call had come. */
enum reach { REACH_UNSENT, REACH_SENT, REACH_ANSWERED };

enum fetch_end end_of(CURLcode code, enum reach reach);

#endif

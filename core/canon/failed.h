/* canon/failed.h - results of tools that have failed, for providers that can not be told so.
 * SPDX-License-Identifier: MIT */
#ifndef CANON_FAILED_H
#define CANON_FAILED_H
#include "base/json.h"

/* Of chat/1: what is_error says of a message is said in its text. */
void failed_in_words(struct json *doc);

#endif

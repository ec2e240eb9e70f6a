/* config/report.h - what must not be shown when a line of a file is quoted.  Private to the
 * room.  Pure functions.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_REPORT_H
#define CONFIG_REPORT_H
#include "conduit/base.h"

#include <stdbool.h>

/* Does it name something that is usually a secret? */
bool report_is_delicate(cdt_str words);
/* A value that only says where the secret is. */
bool report_is_reference(cdt_str value);
/* What may be shown of a text: URLs in it without who logs in there. */
void report_put_text(struct buf *out, cdt_str text);

#endif

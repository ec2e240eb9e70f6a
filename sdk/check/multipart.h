/* check/multipart.h - a multipart body, read back.
 * SPDX-License-Identifier: MIT */
#ifndef CHECK_MULTIPART_H
#define CHECK_MULTIPART_H
#include "conduit/base.h"

#include <stdbool.h>

enum { PARTS_MAX = 256 };
struct form_part { cdt_str name, filename, type, bytes; };

/* type: the Content-Type header.  Points into body.  False: it is not multipart/form-data, or
 * broken. */
bool multipart_read(cdt_str type, cdt_str body, struct form_part part[PARTS_MAX],
                    size_t *count);

#endif

/* admin/web/accept.h - what a browser says that it takes, or has.  Pure functions.
 * SPDX-License-Identifier: MIT */
#ifndef ADMIN_WEB_ACCEPT_H
#define ADMIN_WEB_ACCEPT_H
#include "conduit/base.h"

#include <stdbool.h>

/* Is that word in the list, and not with q=0?  A "*" means nobody in particular. */
bool accept_has(cdt_str list, const char *word);
/* Is that tag in If-None-Match?  Weak ones match (RFC 9110 13.1.2). */
bool accept_tag(cdt_str list, const char *tag);

#endif

/* admin/web/files.h - the web app's files, as they lie in a folder.  Private to the room.
 * [main]
 * SPDX-License-Identifier: MIT */
#ifndef ADMIN_WEB_FILES_H
#define ADMIN_WEB_FILES_H
#include "admin/inquiry.h"

/* Is it a file or a page of the app that is asked for, and not the API? */
bool files_want(const struct inquiry *c);
/* The file, or the page that the app makes of its path, or one that says why there is none. */
cdt_status files_show(struct inquiry *c);

#endif

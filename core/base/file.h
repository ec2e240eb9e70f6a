/* base/file.h - files that are whole or not there, power cut or not.  [any thread, blocks]
 * SPDX-License-Identifier: MIT */
#ifndef BASE_FILE_H
#define BASE_FILE_H
#include <stdbool.h>

#include "conduit/base.h"

/* Makes dir/name, 0600, with that text: readers never see the half of it.  What an earlier
 * attempt left as dir/name.new is removed.  False: see errno. */
bool file_make(const char *dir, const char *name, cdt_str text);
/* Names in that directory are on disk.  False: see errno. */
bool dir_sync(const char *path);

#endif

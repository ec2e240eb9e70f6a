/* config/file.h - opens what the operator wrote, when nobody else could have written it.
 * Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H
#include "config/config.h"

enum { FILE_MAX = 4 << 20 };

/* The whole file.  False: reported at from. */
bool file_read(struct config_report *r, const char *path, struct config_origin from,
               struct buf *out);
bool file_exists(const char *path);
bool file_readable(const char *path);

/* Names in dir that end with ".cfg" and do not begin with a dot, sorted by byte.  Returns
 * how many; a dir that is not there has none.  Each and the array belong to the caller. */
size_t file_list(struct config_report *r, const char *dir, size_t max, char ***out);

#endif

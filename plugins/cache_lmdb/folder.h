/* cache_lmdb/folder.h - the folder of one cache: whose it is, of which version, what is in it.
 * SPDX-License-Identifier: MIT */
#ifndef CACHE_LMDB_FOLDER_H
#define CACHE_LMDB_FOLDER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FOLDER_PATH_SIZE = 512, FOLDER_FILE_SIZE = FOLDER_PATH_SIZE + 64 };
enum { FOLDER_WHY_SIZE = 256, FOLDER_LIST_MAX = 64 };

struct folder { char path[FOLDER_PATH_SIZE]; int lock_fd; };

/* Made if need be.  False: why says it, for an operator. */
bool folder_take(struct folder *f, const char *path, size_t length, char why[FOLDER_WHY_SIZE]);
void folder_give(struct folder *f);

/* Numbers of the segments that are there, newest first.  *stranger: the folder was written by
 * another version; nothing is listed then. */
size_t folder_list(const struct folder *f, uint64_t number[FOLDER_LIST_MAX], bool *stranger);
/* Before the first segment is made.  False: it can not be written. */
bool folder_note_version(const struct folder *f);
/* Removes our files but for those of the numbers to keep. */
void folder_sweep(const struct folder *f, const uint64_t *keep, size_t count);

/* What was removed stays so after a power cut. */
void folder_sync(const struct folder *f);

/* .segment, .segment-lock or .filter of a number. */
char *folder_file(const struct folder *f, uint64_t number, const char *suffix,
                  char out[FOLDER_FILE_SIZE]);

#endif

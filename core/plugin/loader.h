/* plugin/loader.h - from a path to a module table: who may write there, the private copy,
 * dlopen, the entry function.  [main]  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef PLUGIN_LOADER_H
#define PLUGIN_LOADER_H
#include "conduit/module.h"
#include "plugin/elf.h"

#include <stdbool.h>

enum { PLUGIN_FILE_MAX_BYTES = 64 << 20, SHA256_TEXT_SIZE = 65 };

/* Root's or ours, and nobody else may write there.  CDT_E_ABSENT: there is no such folder. */
cdt_status loader_trusts_dir(const char *dir, char why[PLUGIN_WHY_SIZE]);

/* Reads the file once; hash, ELF check and the copy that is opened are of the same bytes.
 * sha256 is written as soon as the file could be read, also when it is refused. */
cdt_status loader_open(const char *path, const char *private_dir, bool trust_any_owner,
                       char sha256_text[SHA256_TEXT_SIZE], const struct cdt_module **out,
                       char why[PLUGIN_WHY_SIZE]);

#endif

/* plugin/elf.h - is this file a plugin for this gateway?  Looks at bytes, runs nothing.
 * Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef PLUGIN_ELF_H
#define PLUGIN_ELF_H
#include "conduit/base.h"

enum { PLUGIN_WHY_SIZE = 256 };

/* file: the whole of it.  CDT_E_INVALID: why says what is wrong, as a sentence about it. */
cdt_status elf_check(cdt_str file, char why[PLUGIN_WHY_SIZE]);

#endif

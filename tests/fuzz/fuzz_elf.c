/* fuzz/fuzz_elf.c - whatever file it is, elf_check reads nothing outside of it, and says why it
 * refuses.  Good seeds are the plugins of the build.
 * SPDX-License-Identifier: MIT */
#include "plugin/elf.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char why[PLUGIN_WHY_SIZE] = "";
	char *copy = mem_resize(NULL, size);           /* its very end is guarded */
	cdt_status st;

	if (size)
		memcpy(copy, bytes, size);
	st = elf_check((cdt_str){ copy, size }, why);
	mem_free(copy);
	if (st != CDT_OK && st != CDT_E_INVALID)
		abort();
	if (strnlen(why, sizeof why) == sizeof why || (st != CDT_OK) != (why[0] != '\0'))
		abort();
	return 0;
}

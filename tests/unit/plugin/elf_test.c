/* unit/plugin/elf_test.c - which files are plugins, and what is said of the others.
 * SPDX-License-Identifier: MIT */
#include "plugin/elf.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "unit/plugin/rig.h"
#include "unit/unit.h"

static void read_fixture(const char *plugin, struct buf *out)
{
	char path[PLUGRIG_PATH_SIZE];
	FILE *f = fopen(plugrig_path(plugin, path), "rb");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	buf_init(out, 4 << 20);
	while (buf_reserve(out, 4096) == CDT_OK) {
		size_t got = fread(out->p + out->n, 1, 4096, f);

		out->n += got;
		if (!got)
			break;
	}
	fclose(f);
}

static void check(const char *plugin, cdt_status want, const char *sentence)
{
	char why[PLUGIN_WHY_SIZE] = "";
	struct buf file;

	read_fixture(plugin, &file);
	CU_ASSERT_EQUAL(elf_check(buf_str(&file), why), want);
	CU_ASSERT_STRING_EQUAL(why, sentence);
	buf_fini(&file);
}

static void takes_a_module_of_our_abi(void)
{
	check("good", CDT_OK, "");
}

static void says_that_the_entry_is_missing(void)
{
	check("nosymbol", CDT_E_INVALID, "has no conduit_module_1");
}

static void names_the_abi_that_a_module_was_made_for(void)
{
	check("future", CDT_E_INVALID, "made for ABI 2, this gateway speaks 1");
}

static void refuses_what_is_no_elf_file(void)
{
	static const char *const texts[] = {
		"", "\177EL", "#!/bin/sh\n", "not a plugin at all",
	};
	char why[PLUGIN_WHY_SIZE];

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		cdt_str file = { texts[i], strlen(texts[i]) };

		CU_ASSERT_EQUAL(elf_check(file, why), CDT_E_INVALID);
		CU_ASSERT_STRING_EQUAL(why, "not an ELF file");
	}
}

/* The symbols may still be there when only the end is gone, but nothing may be read outside. */
static void survives_a_cut_at_every_offset(void)
{
	char why[PLUGIN_WHY_SIZE];
	struct buf file, part;
	size_t taken = 0;

	read_fixture("good", &file);
	for (size_t n = 0; n < file.n; n += n < 128 ? 1 : 97) {
		buf_init(&part, file.n);
		buf_add(&part, (cdt_str){ file.p, n });
		taken += elf_check(buf_str(&part), why) == CDT_OK;
		buf_fini(&part);
	}
	CU_ASSERT_EQUAL(taken, 0);                     /* the section headers come last */
	buf_fini(&file);
}

static void says_what_is_wrong_with_a_header(void)
{
	static const struct {
		size_t at, size;
		unsigned value;
		const char *sentence;
	} rows[] = {
		{ EI_CLASS, 1, ELFCLASS32, "not a 64-bit file" },
		{ EI_DATA, 1, ELFDATA2MSB, "built for another machine" },
		{ offsetof(Elf64_Ehdr, e_machine), 2, EM_RISCV, "built for another machine" },
		{ offsetof(Elf64_Ehdr, e_type), 2, ET_EXEC, "not a shared object" },
		{ offsetof(Elf64_Ehdr, e_type), 2, ET_REL, "not a shared object" },
		{ offsetof(Elf64_Ehdr, e_shnum), 2, 0, "without a table of sections" },
		{ offsetof(Elf64_Ehdr, e_shoff), 8, 0xffffffff,
		  "cut off: its table of sections is not whole" },
	};
	char why[PLUGIN_WHY_SIZE];
	struct buf file;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint64_t value = rows[i].value;

		read_fixture("good", &file);
		memcpy(file.p + rows[i].at, &value, rows[i].size);
		CU_ASSERT_EQUAL(elf_check(buf_str(&file), why), CDT_E_INVALID);
		CU_ASSERT_STRING_EQUAL(why, rows[i].sentence);
		buf_fini(&file);
	}
}

static const struct unit_test tests[] = {
	{ "takes a module of our ABI", takes_a_module_of_our_abi },
	{ "says that the entry is missing", says_that_the_entry_is_missing },
	{ "names the ABI that a module was made for",
	  names_the_abi_that_a_module_was_made_for },
	{ "refuses what is no ELF file", refuses_what_is_no_elf_file },
	{ "survives a cut at every offset", survives_a_cut_at_every_offset },
	{ "says what is wrong with a header", says_what_is_wrong_with_a_header },
	{ NULL, NULL },
};
const struct unit_suite plugin_elf_suite = { "plugin/elf", tests };

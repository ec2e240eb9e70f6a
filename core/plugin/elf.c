/* plugin/elf.c - reads an ELF header and its dynamic symbols.  Trusts no offset of the file;
 * does not decide who may put a file where.
 * SPDX-License-Identifier: MIT */
#include "plugin/elf.h"

#include <elf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#else
#error "plugins are for x86-64 and aarch64"
#endif

static const char entry_prefix[] = "conduit_module_";
enum { PREFIX_SIZE = sizeof entry_prefix - 1, MAJOR_DIGITS_MAX = 4 };

/* The n bytes at offset at, copied: nothing in a file is aligned for sure. */
static bool read_at(cdt_str file, uint64_t at, void *out, size_t n)
{
	if (at > file.n || n > file.n - at)
		return false;
	memcpy(out, file.p + at, n);
	return true;
}

static const char *header_flaw(const Elf64_Ehdr *h, size_t file_bytes)
{
	uint64_t sections_end;

	if (h->e_ident[EI_CLASS] != ELFCLASS64)
		return "not a 64-bit file";
	if (h->e_ident[EI_DATA] != ELFDATA2LSB || h->e_machine != OUR_MACHINE)
		return "built for another machine";
	if (h->e_type != ET_DYN)
		return "not a shared object";
	if (h->e_shoff == 0 || h->e_shnum == 0 || h->e_shentsize != sizeof(Elf64_Shdr))
		return "without a table of sections";
	if (__builtin_add_overflow(h->e_shoff, (uint64_t)h->e_shnum * sizeof(Elf64_Shdr),
	                           &sections_end) || sections_end > file_bytes)
		return "cut off: its table of sections is not whole";
	return NULL;
}

static bool section_at(cdt_str file, const Elf64_Ehdr *h, uint64_t i, Elf64_Shdr *out)
{
	/* The table is whole: header_flaw has looked. */
	return i < h->e_shnum && read_at(file, h->e_shoff + i * sizeof *out, out, sizeof *out);
}

/* The bytes of a section, or nothing when they lie outside the file. */
static cdt_str section_bytes(cdt_str file, const Elf64_Shdr *s)
{
	if (s->sh_type == SHT_NOBITS || s->sh_offset > file.n ||
	    s->sh_size > file.n - s->sh_offset)
		return (cdt_str){ "", 0 };
	return (cdt_str){ file.p + s->sh_offset, s->sh_size };
}

static bool find_symbols(cdt_str file, const Elf64_Ehdr *h, cdt_str *symbols, cdt_str *names)
{
	Elf64_Shdr s, strings;

	for (uint64_t i = 0; i < h->e_shnum; i++) {
		if (!section_at(file, h, i, &s))
			return false;
		if (s.sh_type != SHT_DYNSYM || s.sh_entsize != sizeof(Elf64_Sym))
			continue;
		if (!section_at(file, h, s.sh_link, &strings))
			return false;
		*symbols = section_bytes(file, &s);
		*names = section_bytes(file, &strings);
		return true;
	}
	return false;
}

/* N of "conduit_module_N", 0 for every other name. */
static uint64_t major_of(cdt_str names, uint64_t at)
{
	cdt_str rest = str_skip(names, at);
	uint64_t major;
	size_t digits;

	if (at >= names.n || rest.n < PREFIX_SIZE || memcmp(rest.p, entry_prefix, PREFIX_SIZE))
		return 0;
	rest = str_skip(rest, PREFIX_SIZE);
	digits = str_find(rest, '\0');
	if (digits > MAJOR_DIGITS_MAX || digits == rest.n ||
	    !str_u64((cdt_str){ rest.p, digits }, &major))
		return 0;
	return major;
}

/* Sets *ours when the entry of our major is there, *other to the highest of the others. */
static void list_majors(cdt_str symbols, cdt_str names, bool *ours, uint64_t *other)
{
	Elf64_Sym sym;

	*ours = false;
	*other = 0;
	for (uint64_t at = 0; read_at(symbols, at, &sym, sizeof sym); at += sizeof sym) {
		uint64_t major;

		if (sym.st_shndx == SHN_UNDEF || ELF64_ST_BIND(sym.st_info) == STB_LOCAL)
			continue;
		major = major_of(names, sym.st_name);
		if (major == CDT_ABI_MAJOR)
			*ours = true;
		else if (major > *other)
			*other = major;
	}
}

static cdt_status refuse(char why[PLUGIN_WHY_SIZE], const char *text)
{
	(void)snprintf(why, PLUGIN_WHY_SIZE, "%s", text);      /* all of ours are short */
	return CDT_E_INVALID;
}

cdt_status elf_check(cdt_str file, char why[PLUGIN_WHY_SIZE])
{
	Elf64_Ehdr header;
	cdt_str symbols, names;
	const char *flaw;
	uint64_t other;
	bool ours;

	if (file.n < SELFMAG || memcmp(file.p, ELFMAG, SELFMAG))
		return refuse(why, "not an ELF file");
	if (!read_at(file, 0, &header, sizeof header))
		return refuse(why, "cut off: its ELF header is not whole");
	flaw = header_flaw(&header, file.n);
	if (flaw)
		return refuse(why, flaw);
	if (!find_symbols(file, &header, &symbols, &names))
		return refuse(why, "without dynamic symbols");
	list_majors(symbols, names, &ours, &other);
	if (ours)
		return CDT_OK;
	if (!other)
		return refuse(why, "has no conduit_module_1");
	(void)snprintf(why, PLUGIN_WHY_SIZE, "made for ABI %u, this gateway speaks %d",
	               (unsigned)other, CDT_ABI_MAJOR);
	return CDT_E_INVALID;
}

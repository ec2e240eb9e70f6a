/* router/known.h - what the catalogue knows of a model beside what it costs: what it is able to
 * do, and how long it lasts.  Pure functions.
 * SPDX-License-Identifier: MIT */
#ifndef ROUTER_KNOWN_H
#define ROUTER_KNOWN_H
#include "conduit/base.h"

#include <stdbool.h>

enum life { LIFE_GOOD, LIFE_DEPRECATED, LIFE_ENDED };

struct known {
	/* "LIST/MODEL DATE" of the catalogue; "" = it is not there. */
	cdt_str row;
	uint32_t abilities;            /* bits, see ability_name */
	int64_t dims;                  /* numbers of a vector; -1 = unknown */
	int64_t released_s;            /* since 1970; 0 = unknown */
	enum life life;
	cdt_str ends;                  /* "2026-11-21": it is shut down then; "" = not said */
};

/* The words of abilities, by the number of their bit: "chat", "vision"; NULL after the last. */
const char *ability_name(unsigned bit);
/* Bits of what models of a mode of the catalogue can do, and of its flags; 0: unknown word. */
uint32_t abilities_of_mode(cdt_str mode);
uint32_t abilities_of_flag(cdt_str flag);
/* The two are one word, in one of its spellings: "tools" is "function_calling". */
bool ability_same(cdt_str a, cdt_str b);
bool abilities_have(uint32_t abilities, cdt_str word);

#endif

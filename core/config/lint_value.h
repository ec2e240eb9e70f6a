/* config/lint_value.h - which plain value a bare word is.  Private to the room.  Pure.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_LINT_VALUE_H
#define CONFIG_LINT_VALUE_H
#include "conduit/base.h"

/* As libconfig tells them apart: elements of an array are all of one. */
enum lint_kind { LINT_NONE, LINT_FLAG, LINT_INT, LINT_LONG, LINT_REAL, LINT_TEXT };

enum { LINT_WHY_SIZE = 320 };
/* LINT_NONE: it is no value, and why says what to write.  repeat: may why show the word? */
enum lint_kind lint_value(cdt_str word, int repeat, char why[LINT_WHY_SIZE]);
/* A letter, then letters, digits, '-' and '_'. */
int lint_is_name(cdt_str word);

#endif

/* config/lint.h - looks at a file before libconfig does, for errors that say what to do.
 * Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_LINT_H
#define CONFIG_LINT_H
#include "config/config.h"

enum { LINT_INCLUDES_MAX = 32, LINT_DEPTH_MAX = 32, LINT_MEMBERS_MAX = 1000 };

struct lint_include { cdt_str path; uint32_t line; };      /* borrowed from the text */
struct lint_includes {
	struct lint_include at[LINT_INCLUDES_MAX];
	size_t count;
	/* The text ends in a comment without a newline, which libconfig does not take. */
	bool ends_in_comment;
};

/* False: errors were reported and libconfig would only say less about them. */
bool lint_text(struct config_report *r, const char *file, cdt_str text,
               struct lint_includes *includes);

#endif

/* api/form.h - multipart/form-data (RFC 7578), read in place: what it says points into the
 * body wherever that is possible, so that an uploaded file is never copied.  Strict: what two
 * readers could understand in two ways is refused.  Pure functions.
 * SPDX-License-Identifier: MIT */
#ifndef API_FORM_H
#define API_FORM_H
#include "base/arena.h"

#include <stdbool.h>

enum {
	FORM_PARTS_MAX = 64, FORM_BOUNDARY_MAX = 70,
	FORM_HEADERS_MAX = 8, FORM_HEAD_MAX = 4096,      /* of a part; bytes of its lines */
	FORM_NAME_MAX = 128, FORM_FILENAME_MAX = 1024, FORM_TYPE_MAX = 128,
	FORM_TEXT_MAX = 1 << 20,                         /* bytes of all that is no file */
};

struct form_part {
	cdt_str name, filename, type;  /* in the body, or in the arena where unescaped */
	cdt_str bytes;                 /* in the body; a text is UTF-8 without control bytes */
	bool is_file;
};

struct form {
	struct form_part part[FORM_PARTS_MAX];
	size_t count;
	/* When it is refused: a sentence for the client. */
	const char *error;
};

bool form_is(cdt_str content_type);            /* multipart/form-data, whatever follows */
/* CDT_OK, or CDT_E_INVALID with f->error; CDT_E_LIMIT when the arena is full.  A file that was
 * not chosen (no name, no bytes) is left out. */
cdt_status form_parse(struct form *f, struct arena *a, cdt_str content_type, cdt_str body);

#endif

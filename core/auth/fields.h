/* auth/fields.h - the members that the admin API's body and what it shows share.  Private to
 * the room.
 * SPDX-License-Identifier: MIT */
#ifndef AUTH_FIELDS_H
#define AUTH_FIELDS_H
#include "auth/key.h"

enum { PATTERN_MAX = 128 };

/* One member on its way into a key. */
struct setting {
	const char *name;              /* as problems name it */
	const struct json *value;
	struct arena *arena;
	struct problem *problem;
};

/* Each member of body; the first one that is wrong ends it, with *k half changed. */
cdt_status fields_apply(struct key *k, const struct json *body, struct arena *a,
                        struct problem *p);
/* Those of a record from before records were binary; others are left alone. */
cdt_status fields_read(struct key *k, const struct json *record);
/* Into an open map. */
void fields_print(const struct key *k, struct jsonw *w);

/* --- what members are made of --- */

/* "'name' must be ..." */
cdt_status setting_refuse(const struct setting *s, const char *must);
bool setting_is_null(const struct setting *s);
/* Text that a person can read on one line, of 1 to max bytes. */
bool setting_is_plain(const struct json *j, size_t max);
/* A list of at most max short texts; null empties it. */
cdt_status setting_list(const struct setting *s, size_t max, const char *must, char ***list,
                        size_t *count);

/* Lists of texts; a count of 0 goes with NULL. */
char **texts_copy(char *const *list, size_t count);
void texts_free(char **list, size_t count);
void texts_print(struct jsonw *w, const char *name, char *const *list, size_t count);

#endif

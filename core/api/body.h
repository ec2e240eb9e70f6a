/* api/body.h - what request bodies of all dialects have in common.
 * SPDX-License-Identifier: MIT */
#ifndef API_BODY_H
#define API_BODY_H
#include "flow/exchange.h"

/* One member that we know: its allowed JSON types as a set of BODY_T bits. */
struct body_field { const char *name; uint32_t types; };
#define BODY_T(type) (1u << (type))
enum {
	BODY_TEXT = BODY_T(CDT_TEXT), BODY_INT = BODY_T(CDT_INT),
	BODY_NUMBER = BODY_T(CDT_INT) | BODY_T(CDT_REAL),
	BODY_FLAG = BODY_T(CDT_FLAG), BODY_LIST = BODY_T(CDT_LIST), BODY_MAP = BODY_T(CDT_MAP),
	BODY_FILE = 1 << 16,           /* in forms nothing but a file */
};
/* Scans the body, checks the types of known members (null is always fine), fills model (which
 * may be there already, for those who name none), stream, routing.  fields ends with a NULL
 * name. */
cdt_status body_decode(struct exchange *x, const struct body_field *fields);
/* Reads "routing", if it is there.  wishes.c */
cdt_status body_wishes(struct exchange *x);
/* Reads "cache_control", if it is there.  cache_control.c */
cdt_status body_cache_control(struct exchange *x);

/* The value is of another type than it may be. */
cdt_status body_wrong_type(struct exchange *x, const char *name, uint32_t types, uint32_t type);
/* INVALID_VALUE when an integer member is there and out of range. */
cdt_status body_check_range(struct exchange *x, const char *name, int64_t min, int64_t max);
/* The same for any number. */
cdt_status body_check_number(struct exchange *x, const char *name, double min, double max);
/* The same when a text member is none of the words; they end with NULL. */
cdt_status body_check_word(struct exchange *x, const char *name, const char *const *words);
/* INVALID_VALUE for a member that must be there. */
cdt_status body_missing(struct exchange *x, const char *name);
/* The text of a text member; {NULL,0} when it is not there. */
cdt_str body_text(struct exchange *x, const char *name);
bool body_is_empty(const struct json_member *m);       /* "", [] or {} */

#endif

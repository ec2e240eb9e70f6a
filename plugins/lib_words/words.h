/* lib_words/words.h - text as providers need it: comparing, finding, joining, numbers in
 * texts, whether a text is JSON, and a header by its name.  Knows no upstream.
 *
 * A cdt_str is bytes that somebody else owns, not NUL-ended, of any content; {NULL,0} is an
 * empty one.  What a function returns points into its argument and lives as long as that one,
 * unless it says: in scratch (until the callback returns), or kept (as long as the call).  Made
 * texts are NUL-ended behind their n bytes, and {NULL,0} when there is no room.  const char *
 * is NUL-ended and not NULL.
 * SPDX-License-Identifier: MIT */
#ifndef LIB_WORDS_H
#define LIB_WORDS_H
#include <conduit/provider.h>

cdt_str words_z(const char *z);
int words_same(cdt_str a, cdt_str b);
int words_begin(cdt_str s, const char *word);
int words_end(cdt_str s, const char *word);
int words_blank(cdt_str s);                         /* empty, or white space only */
/* Position of the first, or s.n: there is none, or needle is empty. */
size_t words_find(cdt_str s, cdt_str needle);
int words_hold(cdt_str s, const char *word);
cdt_str words_after(cdt_str s, size_t n);           /* without its first n bytes */
size_t words_count(cdt_str s);                      /* characters of UTF-8 */
/* Into out, which has room for in.n bytes; what is no escape stays as it is. */
cdt_str words_unpercent(cdt_str in, char *out);

/* All pieces one after the other, in scratch. */
cdt_str words_join(struct cdt_call *call, const cdt_str *pieces, size_t count);
cdt_str words_number(struct cdt_call *call, int64_t n);             /* in scratch */
cdt_str words_keep(struct cdt_call *call, cdt_str s);               /* a copy, kept */

/* The digits s begins with, at most 15 of them; -1: none. */
int64_t words_digits(cdt_str s);
/* The value of the first header of that name (lower case), or "". */
cdt_str words_header(const struct cdt_http_head *head, const char *name);

/* Says why, to the log and the client; returns status. */
cdt_status words_refuse(struct cdt_call *call, cdt_status status, const char *param,
                        const char *why);
/* Leaves member out of the request, or returns CDT_E_UNSUPPORTED: see cdt_call's. */
cdt_status words_unsupported(struct cdt_call *call, const char *member);

int words_is_number(cdt_val v);
/* The text parts of a message's content, with blank lines between them, in scratch. */
cdt_str words_of_content(struct cdt_call *call, cdt_val content);

/* map.c: is the text one whole JSON map, white space around it or not?  At most 32 levels. */
int words_is_map(cdt_str json);
#endif

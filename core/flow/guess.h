/* flow/guess.h - how many tokens something was when nobody says, and how long: learned, for
 * each target, from the answers that did.  One worker's.
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_GUESS_H
#define FLOW_GUESS_H
#include <stdbool.h>

#include "base/map.h"

/* What is counted instead of tokens. */
enum guess_form {
	GUESS_BODY,                    /* bytes of the client's request */
	GUESS_TEXT,                    /* bytes of text in an answer that was translated */
	GUESS_FRAMES,                  /* frames of a stream that is passed on */
	GUESS_WHOLE,                   /* bytes of a whole answer that is passed on */
	GUESS_SOUND,                   /* bytes of an upload; milliseconds instead of tokens */
	GUESS_FORMS
};

struct guesses { struct map targets; };
void guesses_init(struct guesses *g);
void guesses_fini(struct guesses *g);

/* So many units were so many tokens.  Zero of either teaches nothing. */
void guess_learn(struct guesses *g, cdt_str target, enum guess_form form, int64_t units,
                 int64_t tokens);
/* Its answers have tokens that nobody sees, before those that one does. */
void guess_learn_reasons(struct guesses *g, cdt_str target);
bool guess_reasons(const struct guesses *g, cdt_str target);
/* Rounded up; 0 units are 0 tokens. */
int64_t guess_tokens(const struct guesses *g, cdt_str target, enum guess_form form,
                     int64_t units);
/* No more than this many units came for a token, as far as is known: a number of tokens that
 * surely has been reached. */
int64_t guess_least(const struct guesses *g, cdt_str target, enum guess_form form,
                    int64_t units);

#endif

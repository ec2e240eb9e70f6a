/* flow/measure.h - how much is asked of the operations that are not billed by text alone:
 * pictures, sound, characters to speak, documents to rank.  Read once, while the body is there.
 * Pure functions.
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_MEASURE_H
#define FLOW_MEASURE_H
#include "canon/ask.h"
#include "ledger/price.h"

enum { MEASURE_WORD_SIZE = 24 };

struct measure {
	int64_t images;                /* to be made */
	int64_t images_in;             /* to be looked at */
	int64_t images_partial;        /* shown before each is done */
	char size[MEASURE_WORD_SIZE], quality[MEASURE_WORD_SIZE];      /* as asked for; "" */
	int64_t characters;            /* to be spoken */
	/* Of sound that is made: as long as people take to say it; and at most. */
	int64_t spoken_ms, spoken_ms_max;
	/* Of sound that was uploaded: sound_ms as its own header says, else 0. */
	int64_t sound_bytes, sound_ms, sound_ms_max;
	/* Of a ranking: where no document is long, and where they are all as long as can be. */
	int64_t searches, searches_max;
	int64_t repeated_bytes;        /* that each of several documents is read with */
};

/* Of any operation; those of text alone have nothing to measure. */
void measure_of(const struct ask *a, struct measure *m);
/* Is the operation one of these? */
bool measure_matters(uint32_t op);
/* Lives as long as m. */
struct price_shape measure_shape(const struct measure *m);

/* Tokens that one picture can be made of, as p prices it. */
int64_t measure_picture_tokens(const struct measure *m, const struct price *p);

/* Milliseconds of a RIFF/WAVE file of plain samples; -1: it is none. */
int64_t measure_wave_ms(cdt_str bytes);

#endif

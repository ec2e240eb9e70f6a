/* usage/inside.h - what the files of this room share about records and their sums.  Private
 * to the room.
 * SPDX-License-Identifier: MIT */
#ifndef USAGE_INSIDE_H
#define USAGE_INSIDE_H
#include "store/store.h"
#include "usage/query.h"
#include "usage/record.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MINUTES 1440
#define DAY_MS (DAY_MINUTES * MINUTE_MS)

/* --- record.c: as bytes --- */

/* A table whose values are all smaller is dropped without being read (store/store.h). */
enum { RECORD_MAX = 1900 };
/* Always fits: longer texts are cut, the longest first left out.  Returns how many bytes. */
size_t record_encode(const struct usage_record *r, char out[RECORD_MAX]);
/* Texts are lent from the bytes.  False: they are damaged. */
bool record_decode(cdt_str bytes, struct usage_record *out);
/* It got a known answer. */
bool record_is_hit(const struct usage_record *r);

/* --- post.c --- */

struct usage_post {
	struct usage_sheaf *sheaf;             /* NULL: it lies alone */
	struct usage_post *next;               /* of a lane of a tape: what was there before */
	size_t n;
	char bytes[];
};

/* --- place.c: where records stand --- */

/* In the table of its day: records by time and number, then the way from ids to them, then
 * what filters look at. */
enum { PLACE_SIZE = 12, PLACE_KEY_SIZE = 13, PLACE_ID_SIZE = 10 };
enum store_table place_table(uint32_t day);    /* days and minutes since 1970 */
uint32_t place_minute(int64_t wall_ms);        /* times before and far after: the nearest */
/* Both are cut into what a key can hold: 48 bits. */
void place_key(int64_t wall_ms, uint64_t number, char out[PLACE_KEY_SIZE]);
int64_t place_wall_ms(const char key[PLACE_KEY_SIZE]);
/* part: ten minutes of the day, 0 to PLACE_PARTS - 1. */
enum { PLACE_PARTS = 144 };
unsigned place_part(int64_t wall_ms);
void place_id_key(unsigned part, cdt_str id, char out[PLACE_ID_SIZE]);
/* A span: some sixteen seconds, which may lie in two days. */
enum { PLACE_SPAN_BITS = 14, PLACE_CARD_SIZE = 9 };
uint64_t place_span(int64_t wall_ms);
int64_t place_span_ms(uint64_t span);          /* its beginning */
uint16_t place_part_ms(int64_t wall_ms);       /* since the beginning of its span */
void place_card_key(uint64_t span, uint32_t chunk, char out[PLACE_CARD_SIZE]);
bool place_is_card(cdt_str key, uint64_t *span);

/* --- sums.c --- */

/* The sums of one minute that are not in their tables yet, and where they belong. */
struct sum_line {
	uint32_t minute;                       /* since 1970 */
	uint32_t name[USAGE_DIMS], spare;
	int64_t sum[USAGE_SUM_COUNT];
};
/* The one row of STORE_USAGE: rewritten with each record.  Sums go from here to their tables
 * when there is no more room, so that those of busy keys are written now and then only;
 * readers add these lines to what the tables say. */
enum { FRESH_VERSION = 2, FRESH_LINES = 12, FRESH_LINES_OLD = 14 };
struct fresh {
	uint32_t version, count;
	uint64_t number;                       /* of the next record */
	uint32_t names[USAGE_DIMS];            /* how many each has */
	struct sum_line line[FRESH_LINES_OLD]; /* only of an old row more than FRESH_LINES */
};
/* What is stored, or an empty one when there is none or it is damaged (which is logged). */
void fresh_read(cdt_status st, cdt_str bytes, struct fresh *out);
/* As it is stored; it has FRESH_LINES at most.  Lent from it. */
cdt_str fresh_bytes(const struct fresh *f);
#define FRESH_KEY CDT_STR("fresh")

/* The sums that exist of each grain: each answers what asks for no other dimensions. */
struct sum_view { enum usage_grain grain; uint32_t dims; };
enum { SUM_VIEWS = 9, SUM_KEY_MAX = 5 + 4 * USAGE_DIMS, SUM_VALUE_MAX = 160 };
extern const struct sum_view sum_views[SUM_VIEWS];
extern const unsigned grain_minutes[USAGE_GRAINS];
enum store_table sum_table(enum usage_grain g, uint32_t bucket);
/* The key of one row; bucket counts minutes, hours or days since 1970. */
size_t sum_key(uint32_t bucket, uint32_t dims, const uint32_t name[USAGE_DIMS],
               char out[SUM_KEY_MAX]);
bool sum_decode(cdt_str bytes, int64_t sum[USAGE_SUM_COUNT]);
/* Stays at the largest number rather than turning. */
void sum_add(int64_t into[USAGE_SUM_COUNT], const int64_t sum[USAGE_SUM_COUNT]);

/* Adds what the record says.  [writer] */
cdt_status sums_put(struct store_txn *txn, struct fresh *f, const struct usage_record *r,
                    const uint32_t name[USAGE_DIMS]);

/* --- names.c: texts of sums as numbers --- */

enum { NAME_NONE = 0, NAME_OTHER = 1, NAME_FIRST = 2, NAME_KEY_MAX = 129, NAME_TEXT_MAX = 128 };
/* Gives it a number when it has none; NAME_OTHER when there are too many.  [writer] */
cdt_status name_put(struct store_txn *txn, struct fresh *f, enum usage_dim d, cdt_str text,
                    uint32_t *number);
/* CDT_E_ABSENT: nothing is known by that name. */
cdt_status name_find(struct store_read *r, enum usage_dim d, cdt_str text, uint32_t *number);
cdt_str name_text(struct store_read *r, enum usage_dim d, uint32_t number);

#endif

/* base/jsonkeys.h - the keys of all maps that are open during one scan, to find those that
 * come twice.  Only for jsonscan.c.  One thread at a time.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_JSONKEYS_H
#define BASE_JSONKEYS_H
#include "conduit/base.h"

#include <stdbool.h>
#include <string.h>

#define JSON_KEY_MIX 0x9e3779b97f4a7c15ull      /* odd: spreads marks over bits */

enum {
	JSON_KEYS_FEW = 128,       /* without the heap */
	JSON_KEYS_PAIRWISE = 16,   /* of one map: compared with each other */
};

struct json_key {
	uint64_t mark;             /* the bytes of short keys, a mix of longer ones */
	uint32_t at;               /* offset in the text, after the quote */
	uint32_t length;           /* twice that; odd when there are escapes */
};

struct json_keys {
	const char *text;
	struct json_key *key;      /* few, or on the heap */
	size_t count, room;
	const struct json_key *twice;      /* why it failed; NULL: no memory */
	struct json_key few[JSON_KEYS_FEW];
};

/* One open map.  seen has a bit for each mark: most keys need no comparison at all. */
struct json_level {
	size_t first;              /* of its keys */
	uint64_t seen;
	bool late;                 /* too many or escaped: compared when it closes */
};

void json_keys_init(struct json_keys *k, const char *text);
void json_keys_fini(struct json_keys *k);

/* The rare parts of what follows. */
bool json_keys_grow(struct json_keys *k);
bool json_keys_differ(struct json_keys *k, const struct json_level *l,
                      const struct json_key *mine);
bool json_keys_late_check(struct json_keys *k, const struct json_level *l);

static inline void json_keys_open(const struct json_keys *k, struct json_level *l)
{
	*l = (struct json_level){ .first = k->count };
}

/* Up to 8 bytes: all of them.  Longer: both ends mixed. */
static inline uint64_t json_key_mark(const char *p, size_t n)
{
	uint64_t head, tail;
	uint32_t low, high;

	if (n > 8) {
		memcpy(&head, p, 8);
		memcpy(&tail, p + n - 8, 8);
		return head ^ tail * JSON_KEY_MIX;
	}
	if (n >= 4) {
		memcpy(&low, p, 4);
		memcpy(&high, p + n - 4, 4);
		return (uint64_t)high << 32 | low;
	}
	if (n == 0)
		return 0;
	low = (uint32_t)(uint8_t)p[0] << 16 | (uint32_t)(uint8_t)p[n / 2] << 8;
	return low | (uint8_t)p[n - 1];
}

/* False: it came before, or there is no memory. */
static inline bool json_keys_add(struct json_keys *k, struct json_level *l, cdt_str key,
                                 bool escaped)
{
	uint64_t mark = json_key_mark(key.p, key.n);
	uint64_t bit = 1ull << (mark * JSON_KEY_MIX >> 58);
	struct json_key *mine;

	if (k->count == k->room && !json_keys_grow(k))
		return false;
	mine = &k->key[k->count++];
	mine->mark = mark;
	mine->at = (uint32_t)(key.p - k->text);         /* jsonscan saw that both fit */
	mine->length = (uint32_t)key.n << 1 | escaped;
	l->late |= escaped | (k->count - l->first > JSON_KEYS_PAIRWISE);
	if (l->seen & bit && !l->late && !json_keys_differ(k, l, mine))
		return false;
	l->seen |= bit;
	return true;
}

/* Forgets the keys of the level.  False: as above. */
static inline bool json_keys_close(struct json_keys *k, const struct json_level *l)
{
	if (l->late && !json_keys_late_check(k, l))
		return false;
	k->count = l->first;
	return true;
}

#endif

/* auth/tag.h - short tags of key texts, under a key of this process: a text that HMAC has
 * proven once is recognised by its tag afterwards, at a tenth of the price.  SipHash-2-4 with
 * 128 bits (Aumasson, Bernstein: "SipHash: a fast short-input PRF").  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef AUTH_TAG_H
#define AUTH_TAG_H
#include "conduit/base.h"

struct tag { uint64_t half[2]; };

/* Under the given key; pure. */
struct tag tag_under(const uint64_t key[2], cdt_str s);

#endif

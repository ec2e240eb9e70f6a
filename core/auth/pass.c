/* auth/pass.c - texts that open a key once, for requests that the gateway makes itself in its
 * name.  They are in memory only, and look as keys do.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "auth/ring.h"

void keyring_pass(struct keyring *r, cdt_str id, int64_t wall_ms,
                  char text[KEY_TEXT_SIZE + 1])
{
	char name[KEY_ID_SIZE + 1] = "";
	struct pass p = { .until_ms = wall_ms + PASS_MS };

	memcpy(name, id.p, id.n < KEY_ID_SIZE ? id.n : KEY_ID_SIZE);
	key_text_make(name, text);
	keyring_hash(r, (cdt_str){ text, KEY_TEXT_SIZE }, p.hash);
	pthread_mutex_lock(&r->passes.lock);
	r->passes.all[r->passes.next++ % PASSES] = p;
	pthread_mutex_unlock(&r->passes.lock);
}

bool ring_use_pass(struct keyring *r, const uint8_t hash[SHA256_SIZE], int64_t wall_ms)
{
	bool found = false;

	pthread_mutex_lock(&r->passes.lock);
	for (size_t i = 0; i < PASSES; i++) {
		struct pass *p = &r->passes.all[i];

		if (!p->until_ms || !digest_equal(p->hash, hash, SHA256_SIZE))
			continue;
		found = wall_ms < p->until_ms;
		*p = (struct pass){ .until_ms = 0 };
	}
	pthread_mutex_unlock(&r->passes.lock);
	return found;
}

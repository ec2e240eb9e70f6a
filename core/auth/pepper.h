/* auth/pepper.h - the secret under which keys are hashed.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef AUTH_PEPPER_H
#define AUTH_PEPPER_H
#include "base/digest.h"

/* Of $state_dir/pepper; made (whole or not at all) when it is missing and may_make.  NULL:
 * why has a sentence. */
struct hmac_key *pepper_open(const char *state_dir, bool may_make, char why[256]);

#endif

/* flow/affinity.h - what of a request should meet the same target again, so that the upstream's
 * prompt cache is warm there.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_AFFINITY_H
#define FLOW_AFFINITY_H
#include "canon/ask.h"
#include "base/arena.h"

/* What the client says (routing.sticky, prompt_cache_key, metadata.session_id), else the
 * beginning of its prompt: tools, system and first words, which all turns of a conversation
 * share; else its user.  "" = nothing, or the client wants none.  In the arena, or of ask. */
cdt_str affinity_of(const struct ask *ask, struct arena *a);

#endif

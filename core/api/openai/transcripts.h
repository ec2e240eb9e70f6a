/* api/openai/transcripts.h - what was said, in the forms that clients want.  Private to the
 * folder.
 * SPDX-License-Identifier: MIT */
#ifndef API_OPENAI_TRANSCRIPTS_H
#define API_OPENAI_TRANSCRIPTS_H
#include "api/openai/openai.h"

cdt_str transcript_text(struct answer *a);
/* Tokens, or else how long the sound was; nothing when neither is known. */
void transcript_usage(const struct exchange *x, struct jsonw *w);
/* As response_format says. */
cdt_status transcript_whole(struct exchange *x, struct answer *a, struct buf *out);

#endif

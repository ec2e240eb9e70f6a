/* api/openai/chat.h - chat.c (whole answers) and chunk.c (streams) among themselves.
 * SPDX-License-Identifier: MIT */
#ifndef API_OPENAI_CHAT_H
#define API_OPENAI_CHAT_H
#include "api/openai/openai.h"

const char *openai_finish_of(uint32_t stop, bool tools);
/* index: among those of a stream; -1: the answer is whole. */
void openai_thinking_block(struct jsonw *w, int64_t index, cdt_str text, cdt_str signature,
                           cdt_str redacted);
/* One of "images", of a part that openai_chat_shows; index as above. */
void openai_chat_picture(struct jsonw *w, int64_t index, const struct answer_part *p);
bool openai_chat_shows(const struct answer_part *p);
cdt_status openai_chat_event(struct exchange *x, const struct cdt_event *ev, struct buf *out);
cdt_status openai_chat_cut(struct exchange *x, struct buf *out);
cdt_status openai_chat_end(struct exchange *x, struct buf *out);

#endif

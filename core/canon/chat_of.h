/* canon/chat_of.h - a completion asked as a chat, of providers that only chat.
 * SPDX-License-Identifier: MIT */
#ifndef CANON_CHAT_OF_H
#define CANON_CHAT_OF_H
#include "base/json.h"

/* Makes chat/1 of complete/1: its prompt, which must be a single text, is what the user says.
 * What only completions have is left out; who asks for it must not come here. */
void complete_as_chat(struct json *doc);

#endif

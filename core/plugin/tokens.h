/* plugin/tokens.h - the short-lived tokens of one provider on one worker: each secret's is made
 * once for all who want it, kept while it lasts, and made anew before it runs out.  Private to
 * the room; callers see provider.h.  [worker]
 * SPDX-License-Identifier: MIT */
#ifndef PLUGIN_TOKENS_H
#define PLUGIN_TOKENS_H
#include "plugin/provider.h"

struct tokens;

struct tokens *tokens_new(struct instance_self *s);
/* Who still waits hears nothing.  NULL is fine. */
void tokens_free(struct tokens *t);

enum token_state tokens_ask(struct tokens *t, cdt_str secret, struct token_wait *w,
                            cdt_str *token);
void tokens_spoil(struct tokens *t, cdt_str secret);

#endif

/* config/secrets.h - where secrets come from.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_SECRETS_H
#define CONFIG_SECRETS_H
#include "config/tree.h"

/* Puts the secret that the text of n stands for into n->secret.  A secret that was written
 * out is wiped from the text.  False: reported. */
bool secrets_resolve(struct config_report *r, struct node *n);

#endif

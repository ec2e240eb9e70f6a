/* config/cross_price.h - do prices make sense as a whole?  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_CROSS_PRICE_H
#define CONFIG_CROSS_PRICE_H
#include "config/tree.h"

/* Those of all models and their targets: they name a price, and their tiers are in order. */
void cross_check_prices(struct tree *t);

#endif

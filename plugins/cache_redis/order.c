/* cache_redis/order.c - commands as bytes.
 * SPDX-License-Identifier: MIT */
#include "conn.h"

#include <stdlib.h>

struct order *order_new(struct lane *l, int argc, const char **argv, const size_t *argv_n,
                        void (*answered)(struct order *, struct conn *, const redisReply *))
{
	struct order *o = calloc(1, sizeof *o);
	int n;

	if (!o)
		return NULL;
	n = redisFormatCommandArgv(&o->bytes, argc, argv, argv_n);
	if (n < 0) {
		free(o);
		return NULL;
	}
	o->n = (size_t)n;
	o->lane = l;
	o->answered = answered;
	return o;
}

void order_free(struct order *o)
{
	if (!o)
		return;
	redisFreeCommand(o->bytes);
	free(o);
}

void order_done(struct order *o, struct conn *c, const redisReply *reply)
{
	(void)c, (void)reply;
	order_free(o);
}

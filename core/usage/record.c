/* temporary */
#include "usage/record.h"
struct usage_post { int x; };
struct usage_post *usage_post_new(const struct usage_record *r){(void)r;return 0;}
void usage_post_free(struct usage_post *p){(void)p;}
cdt_status usage_post_apply(struct usage_post *p, struct store_txn *t){(void)p;(void)t;return CDT_OK;}

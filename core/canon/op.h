/* canon/op.h - names of operations (CDT_OP_...), one table for keys, logs and models.
 * SPDX-License-Identifier: MIT */
#ifndef CANON_OP_H
#define CANON_OP_H
#include "conduit/provider.h"

#include <stdbool.h>

const char *op_name(uint32_t op);            /* "chat"; "" when unknown */
uint32_t op_find(cdt_str name);              /* 0: no such operation */
bool op_has_output(uint32_t op);             /* of tokens: may be limited, and is billed */
bool op_is_free(uint32_t op);                /* it uses no tokens, and no provider bills it */

#endif

/* policy_simple/simple.h - what module.c offers.
 * SPDX-License-Identifier: MIT */
#ifndef POLICY_SIMPLE_H
#define POLICY_SIMPLE_H
#include <conduit/policy.h>

extern const struct cdt_feature simple_feature;

#endif

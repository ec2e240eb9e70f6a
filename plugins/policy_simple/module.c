/* policy_simple/module.c - the door of the plugin: what it offers, nothing else.
 * SPDX-License-Identifier: MIT */
#include <conduit/policy.h>

#include "simple.h"

static const struct cdt_feature *const features[] = { &simple_feature, NULL };

CDT_MODULE(.id = "org.conduit.policy.simple", .version = "1.0", .license = "MIT",
           .features = features);

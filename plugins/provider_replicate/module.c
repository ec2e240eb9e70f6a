/* provider_replicate/module.c - the one symbol of this plugin.
 * SPDX-License-Identifier: MIT */
#include "replicate.h"

static const struct cdt_feature *const features[] = { &replicate_feature, NULL };

CDT_MODULE(.id = "org.conduit.provider.replicate", .version = "1.0", .license = "MIT",
           .features = features);

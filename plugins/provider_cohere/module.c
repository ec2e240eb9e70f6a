/* provider_cohere/module.c - the one symbol of this plugin.
 * SPDX-License-Identifier: MIT */
#include "cohere.h"

static const struct cdt_feature *const features[] = { &cohere_feature, NULL };

CDT_MODULE(.id = "org.conduit.provider.cohere", .version = "1.0", .license = "MIT",
           .features = features);

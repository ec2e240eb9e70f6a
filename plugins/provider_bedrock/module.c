/* provider_bedrock/module.c - what this plugin offers.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

extern const struct cdt_feature bedrock_feature;

static const struct cdt_feature *const features[] = { &bedrock_feature, NULL };

CDT_MODULE(.id = "org.conduit.provider.bedrock", .version = "1.0", .license = "MIT",
           .features = features);

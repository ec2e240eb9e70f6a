/* provider_openai/module.c - the door of the plugin: what it offers, nothing else.
 * SPDX-License-Identifier: MIT */
#include <conduit/easy.h>

extern const struct cdt_feature openai_feature;

static const struct cdt_feature *const features[] = { &openai_feature, NULL };

CDT_MODULE(.id = "org.conduit.provider.openai", .version = "1.0", .license = "MIT",
           .features = features);

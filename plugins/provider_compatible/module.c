/* provider_compatible/module.c - the door of the plugin: what it offers, nothing else.
 * SPDX-License-Identifier: MIT */
#include <conduit/easy.h>

extern const struct cdt_feature compatible_feature;

static const struct cdt_feature *const features[] = { &compatible_feature, NULL };

CDT_MODULE(.id = "org.conduit.provider.compatible", .version = "1.0", .license = "MIT",
           .features = features);

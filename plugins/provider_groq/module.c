/* provider_groq/module.c - the door of the plugin: what it offers, nothing else.
 * SPDX-License-Identifier: MIT */
#include <conduit/easy.h>

extern const struct cdt_feature groq_feature;

static const struct cdt_feature *const features[] = { &groq_feature, NULL };

CDT_MODULE(.id = "org.conduit.provider.groq", .version = "1.0", .license = "MIT",
           .features = features);

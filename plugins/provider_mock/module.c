/* provider_mock/module.c - the door of the plugin: what it offers, nothing else.
 * SPDX-License-Identifier: MIT */
#include "mock.h"

static const struct cdt_feature *const features[] = { &mock_feature, NULL };

CDT_MODULE(.id = "org.conduit.provider.mock", .version = "1.0", .license = "MIT",
           .features = features);

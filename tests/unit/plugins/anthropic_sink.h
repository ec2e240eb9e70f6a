/* unit/plugins/anthropic_sink.h - inside of anthropic_host.
 * SPDX-License-Identifier: MIT */
#ifndef UNIT_PLUGINS_ANTHROPIC_SINK_H
#define UNIT_PLUGINS_ANTHROPIC_SINK_H
#include "unit/plugins/anthropic_host.h"

void trial_seen_init(struct seen *s);          /* of zeroed memory */
void trial_seen_fini(struct seen *s);

#endif

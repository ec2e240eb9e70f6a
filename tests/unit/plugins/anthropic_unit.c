/* unit/plugins/anthropic_unit.c - the plugin's entry under a name of its own, so that several
 * plugins can be linked into one test program.  The plugin's other files are listed beside it.
 * SPDX-License-Identifier: MIT */
#include <conduit/easy.h>

const struct cdt_module *anthropic_module_1(void);

#define conduit_module_1 anthropic_module_1
#include "../../../plugins/provider_anthropic/module.c"

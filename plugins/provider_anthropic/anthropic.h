/* anthropic.h - what the files of this provider share.  Nobody else includes it.
 * SPDX-License-Identifier: MIT */
#ifndef PROVIDER_ANTHROPIC_H
#define PROVIDER_ANTHROPIC_H
#include "lib_anthropic/claude.h"

/* One configured instance.  Read-only after open, so shared by all workers. */
struct anthropic {
	struct claude claude;
	char version[32];                   /* anthropic-version */
	char beta[512];                     /* anthropic-beta, "" = none */
};

/* address.c */
cdt_status anthropic_build(void *self, struct cdt_call *call, const struct cdt_request *req,
                           struct cdt_http_out *http);

/* limits.c */
cdt_status anthropic_head(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                          uint32_t *frames);
#endif

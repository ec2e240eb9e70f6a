/* unit/plugins/anthropic_reel.h - plays recorded answers into the plugin, also cut short.
 * SPDX-License-Identifier: MIT */
#ifndef UNIT_PLUGINS_ANTHROPIC_REEL_H
#define UNIT_PLUGINS_ANTHROPIC_REEL_H
#include "unit/plugins/anthropic_host.h"

/* The plugin, opened with its defaults. */
const struct cdt_provider_ops *trial_ops(void);
void *trial_self(void);                 /* close with trial_ops()->close */

/* NUL-ended text of a file of the plugin's t/ folder; n without the NUL.  mem_free it. */
char *reel_load(const char *name, size_t *n);
/* Names of all recorded answers there, sorted, NULL at the end.  reel_names_free it. */
char **reel_names(const char *folder);
void reel_names_free(char **names);

/* One recording may hold several answers.  ended is called for each: status is that of the
 * frame that failed, or of finish. */
struct reel {
	const char *name;                /* its ending tells how it is framed */
	cdt_str bytes;
	uint32_t flags;                  /* CDT_REQ_NATIVE */
	size_t frames_max;               /* 0 = all */
	size_t fail_at;                  /* of the sink */
	void (*ended)(struct trial *h, cdt_status status, size_t answer, void *arg);
	void *arg;
};
/* Returns the number of frames. */
size_t reel_play(const struct reel *r);

#endif

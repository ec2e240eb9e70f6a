/* telemetry/figures.h - the GenAI conventions' metrics, reckoned from records.  Private to the
 * room.  [the exporter's thread]
 * SPDX-License-Identifier: MIT */
#ifndef TELEMETRY_FIGURES_H
#define TELEMETRY_FIGURES_H
#include "telemetry/otlp.h"

struct figures;
struct figures *figures_new(enum semconv s, int64_t now_ms);
void figures_free(struct figures *f);          /* NULL is fine */
void figures_add(struct figures *f, const struct telemetry_record *r);
/* All of them, cumulative since figures_new.  False: there is none yet. */
bool figures_put(const struct figures *f, struct buf *out, int64_t now_ms);

#endif

/* ctl/records.h - what conduitctl does with keys and with groups; the noun says with which.
 * SPDX-License-Identifier: MIT */
#ifndef CTL_RECORDS_H
#define CTL_RECORDS_H
#include "ctl/ctl.h"

int record_list(struct ctl *c);
int record_create(struct ctl *c);
int record_show(struct ctl *c);
int record_update(struct ctl *c);
int record_rotate(struct ctl *c);
int record_disable(struct ctl *c);
int record_enable(struct ctl *c);
int record_delete(struct ctl *c);
int record_credit(struct ctl *c);

extern const struct flag record_delete_flags[];
/* Tells the key that may have been meant: people remember names, the API wants ids. */
void record_suggest_key(const char *wanted);

/* The members that both have, as flags. */
#define RECORD_FLAGS \
	{ "models", 0, "a,b", "models it may use, '*' stands for any text; '' = all" }, \
	{ "operations", 0, "a,b", "chat, completions, embeddings, images ...; '' = all" }, \
	{ "policy", 0, "NAME", "how its targets are ordered; '' = as the model says" }, \
	{ "allowed-ips", 0, "a,b", "addresses or networks it may come from; '' = all" }, \
	{ "metadata", 0, "JSON", "an object, kept with it" }
#define RECORD_LIMIT_FLAGS \
	{ "rpm", 0, "N", "requests a minute; 'none' = what the configuration says" }, \
	{ "rpd", 0, "N", "requests a day" }, \
	{ "tpm", 0, "N", "tokens a minute" }, \
	{ "input-tpm", 0, "N", "input tokens a minute" }, \
	{ "output-tpm", 0, "N", "output tokens a minute" }, \
	{ "concurrency", 0, "N", "requests at once" }, \
	{ "shadow", 0, "yes|no", "only count what its limits would refuse" }

#endif

/* check/recording.h - recorded answers of an upstream and what stands beside them:
 * NAME.case.json and NAME.events.
 * SPDX-License-Identifier: MIT */
#ifndef CHECK_RECORDING_H
#define CHECK_RECORDING_H
#include "base/buf.h"
#include "base/json.h"
#include "conduit/provider.h"

#include <stdbool.h>

enum { REPLIES_MAX = 32, REPLY_HEADERS_MAX = 24 };

/* One answer of the upstream, as it goes over the wire. */
struct reply {
	uint32_t status;
	const struct json *rule;       /* of the case for this answer, or NULL */
	struct cdt_header header[REPLY_HEADERS_MAX];
	size_t header_count;
	struct buf wire;
};

struct recording {
	const char *name;              /* of the file, or of the case when it has several */
	char *path_stem;               /* of .case.json and .events */
	struct json *rule;             /* NAME.case.json, or an empty map */
	bool stream;
	struct reply reply[REPLIES_MAX];
	size_t reply_count;
};

/* Names of the recordings in dir and of cases with several answers; sorted, ends with NULL.
 * NULL: there is no such folder. */
char **recording_names(const char *dir);
void recording_names_free(char **names);
/* False: why says which file is missing or not what it should be. */
bool recording_read(struct recording *r, const char *dir, const char *name, char **names,
                    struct buf *why);
void recording_fini(struct recording *r);

/* A file of JSON, looked at as strictly as a client's.  NULL: why says what is wrong. */
struct json *recording_json(const char *path, struct buf *why);
/* The whole file; false: it can not be read. */
bool recording_file(const char *path, struct buf *out);

#endif

/* ctl/ask.h - asks the admin API; says on stderr what went wrong.
 * SPDX-License-Identifier: MIT */
#ifndef CTL_ASK_H
#define CTL_ASK_H
#include "base/json.h"
#include "ctl/ctl.h"
#include "ctl/wire.h"

struct ask_answer {
	struct wire_answer wire;
	struct json *json;                     /* NULL: the body is something else */
};

enum { ASK_LONG_MS = 24 * 3600 * 1000 };

struct ask_order {
	const char *method, *path;
	cdt_str body;                          /* {NULL,0}: none */
	uint32_t total_ms;
	void (*part)(void *arg, cdt_str bytes);        /* as in ctl/wire.h */
	void *arg;
};
int ask_order(const struct ask_order *o, struct ask_answer *out);
/* path: "/admin/v1/...".  body {NULL,0}: none.  Returns an exit_code; a refusal has been told
 * then, and out is filled all the same.  ask_fini in every case. */
int ask_admin(const char *method, const char *path, cdt_str body, struct ask_answer *out);
/* The same, and an answer that is not a JSON map is a failure. */
int ask_json(const char *method, const char *path, cdt_str body, struct ask_answer *out);
/* The same, for what takes long. */
int ask_long(const char *method, const char *path, struct ask_answer *out);
void ask_fini(struct ask_answer *a);

/* Whether that is what the admin API is asked with. */
bool ask_is_token(const char *key);

/* The exit code that a status stands for. */
int ask_code(long status);
/* Tells the message of {"error":{"message"}}, or what else there is. */
int ask_refused(const struct wire_answer *w, const struct json *j);
/* The answer's tree, or NULL. */
struct json *ask_parse(cdt_str body);
/* One line of a file, without its end.  False, and told, when it can not be had. */
bool ask_read_line(const char *path, char *out, size_t size);
/* Appends one piece of a path, percent-encoded. */
void ask_add_part(struct buf *path, const char *part);

#endif

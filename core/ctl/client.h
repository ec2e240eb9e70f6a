/* ctl/client.h - asks the client API, with a virtual key, as programs do; says on stderr what
 * went wrong.
 * SPDX-License-Identifier: MIT */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H
#include "base/json.h"
#include "ctl/ctl.h"
#include "ctl/wire.h"

enum { CLIENT_TEXT_MAX = 8 << 20, CLIENT_KEY_SIZE = 1024 };

/* The key: --key-file, else --key where that is a flag, else CONDUIT_API_KEY, else CONDUIT_KEY;
 * none is fine here. */
#define CLIENT_FLAGS \
	{ "key-file", 0, "FILE", "a file with the key; default: CONDUIT_API_KEY, CONDUIT_KEY" }

struct client { char bearer[CLIENT_KEY_SIZE + 32]; };  /* "": no key */
/* False, and told: the key can not be read.  client_close in every case. */
bool client_open(struct client *k, const struct ctl *c);
void client_close(struct client *k);
const char *client_key(const struct client *k);        /* "": no key */
/* Where the client API is, without a slash at its end. */
cdt_str client_url(void);

struct client_order {
	const char *method, *path;             /* "/v1/..." */
	cdt_str body;                          /* JSON; {NULL,0}: none */
	uint32_t total_ms;
	void (*part)(void *arg, cdt_str bytes);        /* of a stream, as in ctl/wire.h */
	void *arg;
};
/* wire_fini(out) in every case. */
void client_send(const struct client *k, const struct client_order *o,
                 struct wire_answer *out);
/* Returns CTL_UNREACHABLE, and tells it. */
int client_unreachable(const struct wire_answer *a);
/* A whole answer that must be 2xx and a JSON map.  *out: freed by the caller; NULL unless
 * CTL_OK. */
int client_json(const struct client *k, const struct client_order *o, struct json **out);

/* The first that the key may use. */
int client_first_model(const struct client *k, char *model, size_t size);

/* The arguments from that one on, with blanks between; only "-": standard input. */
int client_read_text(const struct ctl *c, size_t first, struct buf *out);
int client_read_stdin(struct buf *out);

#endif

/* ctl/clients.h - what each program wants to be told to use the gateway: read from the
 * installed clients.json, with the address, the key and the model filled in.
 * SPDX-License-Identifier: MIT */
#ifndef CTL_CLIENTS_H
#define CTL_CLIENTS_H
#include "ctl/client.h"

enum { CLIENTS_MODEL_SIZE = 256, CLIENTS_TEXT_MAX = 64 << 10 };

/* -m, --key and --key-file. */
#define CLIENTS_FLAGS \
	{ "model", 'm', "MODEL", "which model; default: the first that the key may use" }, \
	{ "key", 0, "KEY", "the key; default: CONDUIT_API_KEY, CONDUIT_KEY" }, CLIENT_FLAGS

struct setup {
	struct json *file;                     /* the whole clients.json */
	const struct json *of;                 /* the program's record in it */
	struct client client;                  /* with the key */
	char model[CLIENTS_MODEL_SIZE];        /* "": not said, and not needed */
};

/* The list of records; freed by the caller.  NULL, and told: it can not be read. */
struct json *clients_read(void);
/* For the program that the first argument names.  clients_close in every case. */
int clients_open(struct setup *s, const struct ctl *c);
void clients_close(struct setup *s);

/* Whether all that the text asks for is known: what names no model has no such setting. */
bool clients_applies(const struct setup *s, cdt_str text);
/* Appends the text with @url@, @key@, @model@ and @text@ (the file's) replaced.  CTL_AUTH, and
 * told: there is no key. */
int clients_fill(const struct setup *s, cdt_str text, struct buf *out);
/* Appends the lines of the program's file, if it has one. */
int clients_fill_text(const struct setup *s, struct buf *out);

#endif

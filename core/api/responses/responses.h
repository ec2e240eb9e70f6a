/* api/responses/responses.h - POST /v1/responses over any provider, its files among themselves.
 * Private to the folder.
 * SPDX-License-Identifier: MIT */
#ifndef API_RESPONSES_RESPONSES_H
#define API_RESPONSES_RESPONSES_H
#include "api/openai/openai.h"

enum { RESPONSES_ID_MAX = 128, RESPONSES_TOOLS_MAX = 1024 };

/* A tool that providers know by another name or form than the client does. */
struct responses_tool {
	cdt_str flat;                  /* as providers call it */
	cdt_str space, name;           /* its namespace ("" = none), and the name there */
	bool custom;                   /* free text instead of JSON */
};

/* Members of the request that its answer repeats. */
struct responses_echo { const char *name, *dflt; };
extern const struct responses_echo responses_echoes[];
enum { RESPONSES_ECHOES = 16 };

/* What the request says, for as long as the exchange lasts: its body may go sooner. */
struct responses_ask {
	cdt_str stem;                  /* of all ids of this answer */
	cdt_str id, previous;          /* "resp_" and the stem; "" = none */
	cdt_str input;                 /* the client's own, as JSON; only when it is kept */
	cdt_str echo[RESPONSES_ECHOES];        /* JSON; {NULL,0} = not said */
	bool stores;
	struct responses_tool *tools;  /* those with another name; NULL = none */
	size_t tool_count;
};

/* decode.c: of the exchange's request. */
const struct responses_ask *responses_ask_of(const struct exchange *x);
cdt_status responses_decode(struct exchange *x);
cdt_status responses_refuse(struct exchange *x, const char *param, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* --- canon.c, items.c, tools.c, added.c: the request as sdk/canon has it --- */
cdt_status responses_canonical(struct exchange *x, struct json **out);
/* The messages of input and instructions. */
cdt_status responses_messages(struct exchange *x, const struct json *body, struct json *doc);
cdt_status responses_tools(struct exchange *x, const struct json *body, struct json *doc);
/* added.c: whether the body may bring tools with its messages; puts them to its "tools". */
extern const char responses_added_type[];
bool responses_adds_tools(cdt_str body);
cdt_status responses_gather_tools(struct exchange *x, struct json *body);
/* Those that are known by other names; once, by decode. */
cdt_status responses_read_tools(struct exchange *x, struct responses_ask *ask);
/* How providers call it; made in the arena. */
cdt_str responses_flat_name(struct exchange *x, cdt_str space, cdt_str name);
const struct responses_tool *responses_tool_find(const struct responses_ask *ask, cdt_str flat);
/* The provider's request goes without it: said in a header, or refused.  where: the member of
 * the request that it is in, "" = it is one. */
cdt_status responses_skip(struct exchange *x, const char *where, cdt_str name);

/* --- store.c: what was said before --- */
/* Puts the conversation in front of the input, in x->ask.body. */
cdt_status responses_expand(struct exchange *x, struct responses_ask *ask);
/* The record of an answer that is kept. */
cdt_status responses_record(struct exchange *x, cdt_str id, cdt_str *record);
void responses_key(const struct exchange *x, cdt_str id, uint8_t out[32]);
struct shelf_value;
bool responses_remember(struct exchange *x, struct shelf_value *out);

/* --- answers --- */
cdt_status responses_whole(struct exchange *x, struct answer *a, struct buf *out);
cdt_status responses_event(struct exchange *x, const struct cdt_event *ev, struct buf *out);
cdt_status responses_cut(struct exchange *x, struct buf *out);
cdt_status responses_end(struct exchange *x, struct buf *out);
void responses_broken(struct exchange *x, struct buf *out);
cdt_status responses_native_whole(struct exchange *x, cdt_str body, struct buf *out);
cdt_status responses_native_frame(struct exchange *x, const struct cdt_frame *f,
                                  struct buf *out, bool *meaningful);

/* As surface.h has them. */
cdt_status responses_gather(cdt_str frames, struct buf *body);
cdt_status responses_scatter(cdt_str body, struct buf *frames);

extern const struct dialect responses_dialect;
extern const struct surface responses_create, responses_list, responses_get, responses_delete,
	responses_cancel;

#endif

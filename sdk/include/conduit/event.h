/* conduit/event.h - the canonical answer: events, usage, errors.
 * SPDX-License-Identifier: MIT */
#ifndef CONDUIT_EVENT_H
#define CONDUIT_EVENT_H
#include "doc.h"

enum {                       /* cdt_event.type; unknown types are skipped */
	CDT_EV_START = 1,    /* id = upstream id, name = model that answers  */
	CDT_EV_OPEN  = 2,    /* index, kind; id and name for a tool call     */
	CDT_EV_DELTA = 3,    /* index, data; a vector may come as doc        */
	CDT_EV_CLOSE = 4,    /* index                                        */
	CDT_EV_USAGE = 5,    /* usage; later ones replace earlier ones       */
	CDT_EV_STOP  = 6,    /* kind = CDT_STOP_..., data = upstream's word  */
	CDT_EV_EXTRA = 7,    /* name, doc: kept for the client, not understood */
};
enum { CDT_PART_TEXT = 1, CDT_PART_REASONING, CDT_PART_TOOL_CALL, CDT_PART_REFUSAL,
       CDT_PART_IMAGE, CDT_PART_AUDIO, CDT_PART_CITATION, CDT_PART_VECTOR,
       CDT_PART_RESULT /* of a moderation or a ranking: one item, as doc */ };
enum { CDT_STOP_END = 1, CDT_STOP_LENGTH, CDT_STOP_TOOL, CDT_STOP_FILTER,
       CDT_STOP_SEQUENCE, CDT_STOP_REFUSAL, CDT_STOP_PAUSE, CDT_STOP_OTHER };

/* More than this in one answer is a mistake or an attack: it counts as not said, so that
 * sums and prices of counts never overflow. */
enum { CDT_COUNT_MAX = 0x7fffffff };

struct cdt_usage {           /* -1 = upstream did not say */
	uint32_t size, flags;
	int64_t input, output;              /* all tokens, caches and reasoning included */
	int64_t cache_read, cache_write;    /* part of input  */
	int64_t reasoning;                  /* part of output */
	int64_t audio_in, audio_out, images, seconds_ms, characters;
	int64_t cost_nanousd;               /* only if upstream bills it itself */
	/* Tokens of pictures: parts of input and output.  -1: not told apart from text, which
	 * then costs what they do; say 0 where there are none. */
	int64_t image_in, image_out;
	int64_t searches;                   /* of a ranking, as it bills them */
};
#define CDT_USAGE_INIT { sizeof(struct cdt_usage), 0, -1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1, \
	-1,-1,-1 }

struct cdt_event {
	uint32_t size, type;
	uint32_t choice, index;     /* which answer of n; which part of it */
	uint32_t kind, flags;
	cdt_str id, name, data;
	cdt_val doc;
	const struct cdt_usage *usage;
};

/* Where events go.  The host has read everything when emit returns.
 * Anything but CDT_OK: stop and return that status. */
struct cdt_sink { const struct cdt_sink_api *api; };
struct cdt_sink_api {
	uint32_t size, reserved;
	cdt_status (*emit)(struct cdt_sink *, const struct cdt_event *);
};

/* Why an upstream said no.  The reason decides what the router does next. */
enum {
	CDT_ERR_OTHER = 1,         CDT_ERR_BAD_REQUEST = 2,   CDT_ERR_AUTH = 3,
	CDT_ERR_FORBIDDEN = 4,     CDT_ERR_NO_MODEL = 5,      CDT_ERR_CONTEXT_LENGTH = 6,
	CDT_ERR_FILTERED = 7,      CDT_ERR_RATE_LIMITED = 8,  CDT_ERR_NO_CREDIT = 9,
	CDT_ERR_OVERLOADED = 10,   CDT_ERR_TIMEOUT = 11,      CDT_ERR_UPSTREAM = 12,
	CDT_ERR_TOO_LARGE = 13,
};
struct cdt_error {           /* made by the host, filled by the plugin */
	uint32_t size, reason;      /* CDT_ERR_... */
	int64_t  retry_after_ms;    /* from the header already; -1 = not said */
	cdt_str  code;              /* upstream's own code, for logs and clients */
	cdt_str  message;           /* safe to show; no secrets */
	cdt_str  param;             /* offending field, or "" */
};

static inline cdt_status cdt_emit(struct cdt_sink *s, struct cdt_event ev)
{ ev.size = sizeof ev; return s->api->emit(s, &ev); }
#endif

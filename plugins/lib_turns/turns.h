/* lib_turns/turns.h - a conversation for upstreams that want turns which take turns: the user's
 * first, neighbours of one role as one turn, each tool call answered in the turn behind it, no
 * id of a call twice.  What blocks look like is the provider's.  Knows no upstream.
 * SPDX-License-Identifier: MIT */
#ifndef LIB_TURNS_H
#define LIB_TURNS_H
#include <conduit/easy.h>

enum { TURNS_TOOLS_MAX = 1024, TURNS_CALLS_MAX = 1024 };        /* calls of one turn */

struct draft;                           /* the provider's: one request being written */

/* How the provider writes.  All of it goes where the place says, into a turn that turns_enter
 * has opened. */
struct turns_wire {
	/* In the letters of the wire, the same for the same id. */
	cdt_str (*fit_id)(struct draft *, cdt_str id);
	cdt_str (*fit_name)(struct draft *, cdt_str name);      /* of a tool */
	void (*write_text)(struct draft *, cdt_str text);
	void (*write_part)(struct draft *, cdt_val part);
	void (*write_reasoning)(struct draft *, cdt_val part);  /* if the part is some */
	void (*write_call)(struct draft *, cdt_val call, cdt_str id);
	void (*write_result)(struct draft *, cdt_str id, cdt_val message);
	void (*write_no_result)(struct draft *, cdt_str id);
	/* What else belongs behind a message's content, or into a turn.  May be NULL. */
	void (*end_content)(struct draft *, cdt_val message);
	void (*end_turn)(struct draft *);
};

enum { CHOICE_UNSAID, CHOICE_AUTO, CHOICE_ANY, CHOICE_TOOL, CHOICE_NONE };
enum { PLACE_USER, PLACE_ASSISTANT, PLACE_RESULT };
struct turns_call { cdt_str client, wire; };    /* a call's id, here and there */

/* The conversation of one draft.  The first failure sticks in status. */
struct turns {
	struct draft *draft;
	const struct turns_wire *wire;
	struct cdt_call *call;
	struct cdt_out *o;              /* to be set before the first byte */
	cdt_val messages, tools;
	cdt_status status;
	int thoughts_lead;              /* to be set: a turn has its thoughts first, if any */

	/* plan.c */
	int has_turns;                  /* some message is not a system message */
	size_t calls_all;               /* tool calls in all messages */
	int loop_unsigned;              /* the last tool calls have lost their reasoning */
	int ends_with_text;             /* of the assistant: a prefill */
	const void *last_text;          /* node of that text */
	size_t marks_over;              /* cache marks still to be left out */

	/* choice.c */
	int choice;                     /* CHOICE_... */
	cdt_str choice_name;            /* as the client calls it */
	cdt_val allowed;                /* list, or absent = all */

	/* ids.c */
	uint64_t *ids;                  /* hashes of the tool ids used so far */
	size_t ids_count, ids_room;

	/* write.c, results.c */
	char role;                      /* of the open turn: 'u', 'a', 0 = none */
	int place;
	struct turns_call *pending;     /* calls that wait for their results */
	size_t pending_count;
};
/* Says why, to the log and the client: the first one counts.  param: the member, or "". */
void turns_refuse(struct turns *t, cdt_status status, const char *param, const char *why);

/* Before the first byte is written: sets messages, tools, and what plan.c knows of them.
 * tools_marked: cache marks of tools count, too. */
void turns_plan(struct turns *t, cdt_val doc, int tools_marked);
int turns_says(cdt_val part);           /* a text or refusal that is not blank */
/* 'u', 'a', 's' (hoisted: no turn of its own), 0 = no such role. */
char turns_side(const struct turns *t, cdt_val message);

void turns_choose(struct turns *t, cdt_val tool_choice);        /* sets what choice.c knows */
int turns_allowed(const struct turns *t, cdt_str name);
cdt_str turns_own_name(cdt_val tool);           /* as the client calls it */

/* thinking.c - what the client asks for */
enum { TURNS_BUDGET_MIN = 1024, TURNS_BUDGET_MAX = 64000 };     /* tokens */
struct turns_wish { int said, off; int64_t budget; const char *effort; };
struct turns_wish turns_wish(struct turns *t, cdt_val doc);
/* Not beside a forced tool, nor after tool calls whose reasoning is lost. */
int turns_takes_budget(const struct turns *t);

/* The signature, or the hidden text, of another host's thought: it would be refused. */
int turns_is_foreign(cdt_str proof);

/* tools.c */
struct turns_alias {            /* a tool whose name or kind on the wire is not the client's */
	struct turns_alias *next;
	cdt_str wire, client;
	int freeform;                   /* one string "input": unwrap it */
};
int turns_has_tool(const struct turns *t, cdt_str name);
/* On the wire; noted in all, for the answer, where the client's differs. */
cdt_str turns_tool_name(struct turns *t, struct turns_alias **all, cdt_str client,
                        int freeform);
const struct turns_alias *turns_alias_of(const struct turns_alias *all, cdt_str wire);
/* Names, on the wire, of the tools that earlier messages call.  A history with calls is refused
 * when the request names no tools. */
enum { TURNS_PAST_MAX = 64 };
size_t turns_past_tools(const struct turns *t, cdt_str names[TURNS_PAST_MAX]);
cdt_str turns_call_plea(const struct turns *t);         /* where a call can not be forced */
/* The schema of a custom tool: its text as the string "input".  closed: and nothing else. */
void turns_write_freeform(const struct turns *t, cdt_val custom, int closed);

/* cite.c - of an answer; kept until they are flushed */
struct turns_citation;
struct turns_cited { struct turns_citation *first, **end; size_t count, bytes; };
void turns_cite(struct cdt_call *call, struct turns_cited *all, cdt_val url, cdt_val title);
/* For those that have no place yet: the characters of their text. */
void turns_cite_place(struct turns_cited *all, int64_t begins, int64_t ends);
/* Emits them as one part. */
cdt_status turns_cite_flush(struct cdt_call *call, struct cdt_sink *sink,
                            struct turns_cited *all, uint32_t *next_index);

/* ids.c */
uint64_t turns_hash(cdt_str s);         /* never 0 */
int turns_plain(cdt_str s);             /* letters, digits, '-' and '_', at least one */
/* In scratch, if need be: each byte that is not plain becomes '_'. */
cdt_str turns_fit(struct turns *t, cdt_str s);

/* write.c: all turns, into an open list.  prefill: the last may be the assistant's. */
void turns_write(struct turns *t, int prefill);
void turns_enter(struct turns *t);      /* opens the place's turn, if need be */

/* results.c */
cdt_str turns_called_name(cdt_val call);        /* as the client calls the tool */
/* The arguments of a call, as a map; what is none goes into one. */
void turns_write_input(struct turns *t, cdt_val call);

/* parts.c */
struct turns_kind {
	const char *type;
	void (*write)(struct draft *, cdt_val part);
	int assistant;                  /* may it stand in an assistant's turn */
};
/* Reasoning is not written: it has its own way.  0: the part is of no such kind. */
int turns_write_kind(struct turns *t, const struct turns_kind *kinds, size_t count,
                     cdt_val part);
/* That member of the part; without white space behind it where the model goes on from it. */
cdt_str turns_text(const struct turns *t, cdt_val part, const char *member);

/* Between the files of lib_turns. */
cdt_str turns_id(struct turns *t, cdt_str id);  /* of a call, different from all before */
void turns_write_call(struct turns *t, cdt_val call);
/* The results of the pending calls among messages from..to; used[i - from] is set when message
 * i is one of them.  The others of that range become text when their turn comes. */
void turns_write_results(struct turns *t, size_t from, size_t to, unsigned char *used);
void turns_write_orphan(struct turns *t, cdt_val message);
#endif

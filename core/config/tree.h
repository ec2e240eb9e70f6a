/* config/tree.h - what the files, the environment and the flags say, with origins, in one
 * shape that knows neither libconfig nor the meaning of a member.  Private to the room;
 * one thread at a time while it is built, immutable afterwards.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_TREE_H
#define CONFIG_TREE_H
#include "base/arena.h"
#include "config/config.h"

enum node_type { NODE_FLAG, NODE_INT, NODE_REAL, NODE_TEXT, NODE_ARRAY, NODE_LIST, NODE_GROUP };

struct schema_row;
struct node {
	const char *name;              /* NULL: an element or the root */
	enum node_type type;
	/* Text that was made from a variable or a flag alone: "8" may stand for 8. */
	bool loose;
	bool failed;                   /* a variable was missing: the value has been reported */
	bool optional;                 /* a provider that may go unserved in silence */
	bool shrunk;                   /* a list of which something was left out */
	struct config_origin at;
	int64_t number;                /* NODE_INT, NODE_FLAG: as written */
	double real;                   /* NODE_REAL */
	char *text;                    /* NODE_TEXT; else "" */
	/* Set by validation: what the schema knows, and the value in the unit of its type:
	 * milliseconds, bytes, millionths of a decimal. */
	const struct schema_row *row;
	int64_t value;
	struct secret *secret;         /* owned by the tree */
	struct node *first, *last, *next;
	size_t count;                  /* of the children */
};

enum { TREE_NODES_MAX = 50000, TREE_TEXT_MAX = 16 << 20, TREE_FILES_MAX = 256 };
enum { TREE_DEPTH_MAX = 32 };

struct tree {
	struct arena *arena;           /* lives as long as the configuration */
	struct config_report *report;
	struct node *root;
	/* Files that were read, in order. */
	const char *files[TREE_FILES_MAX];
	size_t file_count;
	size_t nodes, text_bytes;      /* that came from files and flags */
	bool broken;                   /* a file is missing: do not judge what refers to it */
	bool full;                     /* one of the bounds above was passed, and said so */
};

void tree_init(struct tree *t, struct arena *a, struct config_report *r);
/* Secrets are freed; everything else belongs to the arena. */
void tree_drop_secrets(struct node *n);

/* Zeroed.  Never NULL: the bounds above keep the sum far below the arena's cap. */
void *tree_take(struct tree *t, size_t size);
char *tree_text(struct tree *t, cdt_str s);
char *tree_print(struct tree *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A new child at the end.  name is copied; NULL for an element. */
struct node *tree_add(struct tree *t, struct node *parent, const char *name,
                      enum node_type type, struct config_origin at);
struct node *tree_add_text(struct tree *t, struct node *parent, const char *name,
                           const char *text, struct config_origin at);
/* The same for what comes from outside, counted: NULL once the tree is full. */
struct node *tree_import(struct tree *t, struct node *parent, const char *name,
                         enum node_type type, struct config_origin at);
void tree_set_text(struct tree *t, struct node *n, cdt_str s);

struct node *node_get(const struct node *group, const char *name);     /* NULL: not there */
struct node *node_at(const struct node *list, size_t i);
void node_append(struct node *parent, struct node *child);
void node_remove(struct node *parent, struct node *child);

/* Readers for validated trees; they take NULL and nodes of another type. */
const char *node_text(const struct node *group, const char *name);     /* "" when absent */
int64_t node_value(const struct node *group, const char *name, int64_t dflt);

/* Adds what from says to the tree: groups member by member, lists that the schema names
 * grow, anything else that is there already is an error that quotes both places. */
void tree_merge(struct tree *t, struct node *from);

/* "conf.d/20-a.cfg:3", "CONDUIT_PORT" or "the defaults". */
const char *tree_place(struct tree *t, struct config_origin at);

/* A path as the file means it: relative ones count from the folder of the file. */
char *tree_path(struct tree *t, const struct node *n);

#endif

/* store/parts.h - what the files of this room share.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef STORE_PARTS_H
#define STORE_PARTS_H
#include "store/store.h"

#include <lmdb.h>
#include <pthread.h>

#include "base/buf.h"

enum { STORE_PATH_SIZE = 4096, STORE_WHY_SIZE = 256 };
/* Of one operation. */
enum { STORE_CHANGES_MAX = 256, STORE_CHANGE_BYTES_MAX = 4 << 20 };

/* Who reads is inside; shut while the map is replaced. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t empty;
	size_t inside;
	bool shut;
	/* The writer's. */
	bool lost;                     /* there is no map, and the gate is shut for good */
	uint64_t map_max;              /* how large the map may become */
	uint64_t again_ms, tell_ms;    /* when it may be tried, and told, again */
};

struct tables {
	MDB_env *env;
	struct gate *gate;
	MDB_dbi dbi[STORE_TABLE_COUNT];
};

struct store {
	struct tables tables;
	struct gate gate;
	char *dir;
	struct writer *writer;
	int lock_fd;                   /* flock: one process at a time */
};

/* One operation's changes; they wait here until the operation has succeeded, so that
 * undoing it costs nothing. */
enum change_kind { CHANGE_PUT, CHANGE_DELETE, CHANGE_CLEAR };
struct change {
	enum store_table table;
	enum change_kind kind;
	uint32_t key_at, key_n, value_at, value_n;     /* in bytes */
};
struct store_txn {
	const struct tables *tables;
	MDB_txn *txn;
	struct buf bytes;
	size_t count;
	cdt_status status;             /* sticky: a refused change fails the operation */
	struct change changes[STORE_CHANGES_MAX];
};

/* txn.c */
cdt_status store_status(int rc);                       /* of LMDB's or errno's number */
void txn_begin(struct store_txn *t, MDB_txn *txn);     /* a new operation; forgets the last */
cdt_status txn_flush(struct store_txn *t, int *rc);    /* its changes -> LMDB's transaction */

/* Returns out. */
enum { STORE_NAME_SIZE = 24 };
const char *store_table_name(enum store_table t, char out[STORE_NAME_SIZE]);

/* env.c: why has STORE_WHY_SIZE bytes. */
cdt_status tables_open(struct tables *t, const char *dir, uint64_t map_size, char *why);
void tables_close(struct tables *t);

/* growth.c */
void gate_init(struct gate *g);
void gate_fini(struct gate *g);
bool gate_enter(struct gate *g);                       /* false: not now */
void gate_leave(struct gate *g);
void tables_size(const struct tables *t, uint64_t *used, uint64_t *size);
/* [writer, between two transactions] Makes the map larger when it is time; full: a change did
 * not fit.  False: there is no map any more, and LMDB must not be asked anything. */
bool tables_make_room(const struct tables *t, bool full);

/* verify.c: may the file be mapped without a crash?  Asked in a child. */
bool verify_env(const char *path);

/* writer.c */
struct writer *writer_new(const struct tables *t);
void writer_free(struct writer *w);                    /* after all that is queued */
cdt_status writer_submit(struct writer *w, const struct store_op *op);
bool writer_is_here(const struct writer *w);
void writer_counts(const struct writer *w, struct store_counts *out);

#endif

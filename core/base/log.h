/* base/log.h - what the operator reads.  One event = one line; key=value at the end.  The
 * caller who handles a failure logs it, others return it.  Never a secret, never content.
 * [any thread]; a line is one write.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_LOG_H
#define BASE_LOG_H
#include "conduit/base.h"

/* Rooms, so that levels can be set apart: "info,router=debug". */
#define LOG_ROOMS(X) \
	X(APP, "app") X(LOOP, "loop") X(CONFIG, "config") X(STORE, "store") X(HTTP, "http") \
	X(FETCH, "fetch") X(PLUGIN, "plugin") X(AUTH, "auth") X(LIMIT, "limit") \
	X(LEDGER, "ledger") X(ROUTER, "router") X(UPSTREAM, "upstream") X(CACHE, "cache") \
	X(USAGE, "usage") X(FLOW, "flow") X(API, "api") X(ADMIN, "admin") \
	X(TELEMETRY, "telemetry")
#define LOG_ROOM_ID(id, name) LOG_##id,
enum log_room { LOG_ROOMS(LOG_ROOM_ID) LOG_ROOM_COUNT };

/* xid: id of the exchange the line belongs to, or NULL. */
void log_debug(enum log_room r, const char *xid, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void log_info(enum log_room r, const char *xid, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void log_warn(enum log_room r, const char *xid, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void log_error(enum log_room r, const char *xid, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* "warn" or "info,router=debug,http=error".  False: not understood, nothing changed. */
int log_set_levels(const char *spec);
int log_levels_ok(const char *spec);           /* only looks whether that is understood */
int log_enabled(enum log_room r, uint32_t level);
/* "router"; and "debug", from which on lines of that room are written. */
const char *log_room_name(enum log_room r);
const char *log_level_name(enum log_room r);
/* Where lines go; -1 = stderr. */
void log_set_fd(int fd);

#endif

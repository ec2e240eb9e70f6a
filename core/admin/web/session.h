/* admin/web/session.h - who has logged in with a browser.  Only in memory: a restart ends all
 * sessions.  What a browser holds is never kept, only its hash.  Time is passed in (clock_ms).
 * [main]
 * SPDX-License-Identifier: MIT */
#ifndef ADMIN_WEB_SESSION_H
#define ADMIN_WEB_SESSION_H
#include "base/digest.h"

enum admin_role { ROLE_NONE, ROLE_VIEWER, ROLE_ADMIN, ROLE_COUNT };
const char *role_name(enum admin_role role);           /* "viewer", "admin" */

enum { SESSIONS_MAX = 256 };
enum { SESSION_TEXT = 43, SESSION_SIZE = SESSION_TEXT + 1 };   /* 256 bits in base 62 */
/* Without a request for that long, or that long after the login, it ends. */
#define SESSION_IDLE_MS (12 * 3600000ULL)
#define SESSION_LIFE_MS (7 * 24 * 3600000ULL)

struct session {
	uint64_t number;                       /* never used again; 0 = free */
	enum admin_role role;
	uint8_t hash[SHA256_SIZE];             /* of its id */
	char csrf[SESSION_SIZE];               /* what changes must repeat */
	uint64_t begun_ms, used_ms;
};

struct sessions;
struct sessions *sessions_new(void);
void sessions_free(struct sessions *all);              /* NULL is fine */

/* Writes the id, which is told once.  Past SESSIONS_MAX the one that was used longest ago
 * makes room. */
struct session *session_begin(struct sessions *all, enum admin_role role, uint64_t now_ms,
                              char id[SESSION_SIZE]);
/* Uses it.  NULL: there is none of that id, or it is over. */
struct session *session_use(struct sessions *all, cdt_str id, uint64_t now_ms);
/* For how long it goes on without being used. */
uint64_t session_left_ms(const struct session *s, uint64_t now_ms);
void session_end(struct session *s);
void sessions_end_role(struct sessions *all, enum admin_role role);
/* Does the one of that number go on? */
bool session_lasts(const struct sessions *all, uint64_t number, uint64_t now_ms);

#endif

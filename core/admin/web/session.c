/* admin/web/session.c - the table of sessions.  Cookies and tokens are access.c's affair.
 * SPDX-License-Identifier: MIT */
#include "admin/web/session.h"

#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"

enum { ID_BYTES = 32 };

struct sessions {
	struct session *slot;                  /* SESSIONS_MAX; taken with the first login */
	uint64_t last_number;
};

const char *role_name(enum admin_role role)
{
	static const char *const names[ROLE_COUNT] = { "none", "viewer", "admin" };

	return names[role];
}

struct sessions *sessions_new(void)
{
	return mem_new(sizeof(struct sessions));
}

void sessions_free(struct sessions *all)
{
	if (!all)
		return;
	if (all->slot)
		explicit_bzero(all->slot, SESSIONS_MAX * sizeof *all->slot);
	mem_free(all->slot);
	mem_free(all);
}

uint64_t session_left_ms(const struct session *s, uint64_t now_ms)
{
	uint64_t idle_ms = s->used_ms + SESSION_IDLE_MS;
	uint64_t life_ms = s->begun_ms + SESSION_LIFE_MS;
	uint64_t end_ms = idle_ms < life_ms ? idle_ms : life_ms;

	return end_ms > now_ms ? end_ms - now_ms : 0;
}

void session_end(struct session *s)
{
	explicit_bzero(s, sizeof *s);
}

/* Viewers go first: they could log in until no other is left. */
static bool goes_before(const struct session *a, const struct session *b)
{
	if (a->role != b->role)
		return a->role == ROLE_VIEWER;
	return a->used_ms < b->used_ms;
}

static struct session *make_room(struct sessions *all, uint64_t now_ms)
{
	struct session *oldest = all->slot;

	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct session *s = &all->slot[i];

		if (s->number && !session_left_ms(s, now_ms))
			session_end(s);
		if (!s->number)
			return s;
		if (goes_before(s, oldest))
			oldest = s;
	}
	return oldest;
}

static void make_text(char out[SESSION_SIZE])
{
	uint8_t bytes[ID_BYTES];

	rand_bytes(bytes, sizeof bytes);
	base62_encode(bytes, sizeof bytes, out, SESSION_TEXT);
	out[SESSION_TEXT] = '\0';
	explicit_bzero(bytes, sizeof bytes);
}

struct session *session_begin(struct sessions *all, enum admin_role role, uint64_t now_ms,
                              char id[SESSION_SIZE])
{
	struct session *s;

	if (!all->slot)
		all->slot = mem_new_array(SESSIONS_MAX, sizeof *all->slot);
	s = make_room(all, now_ms);
	*s = (struct session){ .number = ++all->last_number, .role = role,
	                       .begun_ms = now_ms, .used_ms = now_ms };
	make_text(s->csrf);
	make_text(id);
	sha256(str_from(id, SESSION_TEXT), s->hash);
	return s;
}

/* All are looked at, whichever it is: time tells nothing. */
struct session *session_use(struct sessions *all, cdt_str id, uint64_t now_ms)
{
	uint8_t hash[SHA256_SIZE];
	struct session *found = NULL;

	sha256(id, hash);
	for (size_t i = 0; all->slot && i < SESSIONS_MAX; i++) {
		bool equal = digest_equal(all->slot[i].hash, hash, sizeof hash);

		if (equal && all->slot[i].number)
			found = &all->slot[i];
	}
	if (found && !session_left_ms(found, now_ms)) {
		session_end(found);
		return NULL;
	}
	if (found)
		found->used_ms = now_ms;
	return found;
}

void sessions_end_role(struct sessions *all, enum admin_role role)
{
	for (size_t i = 0; all->slot && i < SESSIONS_MAX; i++)
		if (all->slot[i].role == role)
			session_end(&all->slot[i]);
}

bool session_lasts(const struct sessions *all, uint64_t number, uint64_t now_ms)
{
	for (size_t i = 0; all->slot && i < SESSIONS_MAX; i++)
		if (all->slot[i].number == number)
			return number && session_left_ms(&all->slot[i], now_ms);
	return false;
}

/* base/log.c - levels of the rooms, and the shape of a line.
 * SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"

enum { LINE_MAX_BYTES = 2048, XID_MAX_BYTES = 64 };

#define LOG_ROOM_NAME(id, name) name,
static const char *const rooms[LOG_ROOM_COUNT] = { LOG_ROOMS(LOG_ROOM_NAME) };

static const struct { const char *name; uint32_t level; } level_names[] = {
	{ "debug", CDT_LOG_DEBUG }, { "info", CDT_LOG_INFO },
	{ "warn", CDT_LOG_WARN }, { "error", CDT_LOG_ERROR },
};

/* The logger is the process's own: all threads share its levels and its file.  0 = info. */
static atomic_uint levels[LOG_ROOM_COUNT];
static atomic_int out_fd = STDERR_FILENO;

static const char *level_text(uint32_t level)
{
	size_t i = 0;

	while (i < 3 && level_names[i].level < level)
		i++;
	return level_names[i].name;
}

static uint32_t level_of(cdt_str name)
{
	for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++)
		if (str_is(name, level_names[i].name))
			return level_names[i].level;
	return 0;
}

/* A line must stay a line: what a peer sent must not be able to forge another one. */
static void tame(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((uint8_t)p[i] < 0x20 || p[i] == 0x7f)
			p[i] = '?';
}

static size_t fits(int n, size_t room)
{
	return n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

__attribute__((format(printf, 4, 0)))
static void line(enum log_room r, uint32_t level, const char *xid, const char *fmt,
                 va_list args)
{
	char text[LINE_MAX_BYTES], at[CLOCK_TEXT_SIZE], tail[XID_MAX_BYTES] = "";
	size_t n, tail_n = 0, room;

	if (xid)
		tail_n = fits(snprintf(tail, sizeof tail, " x=%s", xid), sizeof tail);
	room = sizeof text - tail_n - 1;                /* 1: the newline */
	n = fits(snprintf(text, room, "%s %-5s %-7s ", clock_text(clock_wall_ms(), at),
	                  level_text(level), rooms[r]), room);
	n += fits(vsnprintf(text + n, room - n, fmt, args), room - n);
	memcpy(text + n, tail, tail_n);
	n += tail_n;
	tame(text, n);
	text[n++] = '\n';
	/* Nowhere to complain about a log that can not be written. */
	if (write(atomic_load_explicit(&out_fd, memory_order_relaxed), text, n) < 0)
		return;
}

#define LOG_VERB(verb, LEVEL) \
	void log_##verb(enum log_room r, const char *xid, const char *fmt, ...) \
	{ \
		va_list args; \
		if (!log_enabled(r, LEVEL)) \
			return; \
		va_start(args, fmt); \
		line(r, LEVEL, xid, fmt, args); \
		va_end(args); \
	}
LOG_VERB(debug, CDT_LOG_DEBUG)
LOG_VERB(info, CDT_LOG_INFO)
LOG_VERB(warn, CDT_LOG_WARN)
LOG_VERB(error, CDT_LOG_ERROR)

static size_t room_of(cdt_str name)
{
	size_t r = 0;

	while (r < LOG_ROOM_COUNT && !str_is(name, rooms[r]))
		r++;
	return r;
}

/* One "level" or "room=level" into wanted. */
static bool set_one(cdt_str part, uint32_t wanted[LOG_ROOM_COUNT])
{
	bool named = str_find(part, '=') < part.n;
	cdt_str room = named ? str_cut(&part, '=') : part;
	uint32_t level = level_of(str_trim(part));
	size_t r = named ? room_of(str_trim(room)) : 0;

	if (!level || r == LOG_ROOM_COUNT)
		return false;
	if (named)
		wanted[r] = level;
	for (r = 0; !named && r < LOG_ROOM_COUNT; r++)
		wanted[r] = level;
	return true;
}

static bool read_levels(const char *spec, uint32_t wanted[LOG_ROOM_COUNT])
{
	cdt_str rest = str_z(spec);

	for (size_t r = 0; r < LOG_ROOM_COUNT; r++)
		wanted[r] = CDT_LOG_INFO;
	do {
		if (!set_one(str_trim(str_cut(&rest, ',')), wanted))
			return false;
	} while (rest.n);
	return true;
}

int log_levels_ok(const char *spec)
{
	uint32_t wanted[LOG_ROOM_COUNT];

	return read_levels(spec, wanted);
}

int log_set_levels(const char *spec)
{
	uint32_t wanted[LOG_ROOM_COUNT];

	if (!read_levels(spec, wanted))
		return 0;
	for (size_t r = 0; r < LOG_ROOM_COUNT; r++)
		atomic_store_explicit(&levels[r], wanted[r], memory_order_relaxed);
	return 1;
}

static uint32_t level_from(enum log_room r)
{
	uint32_t at = atomic_load_explicit(&levels[r], memory_order_relaxed);

	return at ? at : CDT_LOG_INFO;
}

int log_enabled(enum log_room r, uint32_t level)
{
	return level >= level_from(r);
}

const char *log_room_name(enum log_room r)
{
	return rooms[r];
}

const char *log_level_name(enum log_room r)
{
	return level_text(level_from(r));
}

void log_set_fd(int fd)
{
	atomic_store_explicit(&out_fd, fd < 0 ? STDERR_FILENO : fd, memory_order_relaxed);
}

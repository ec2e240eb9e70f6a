/* usage/line.h - one line of the access log as text.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef USAGE_LINE_H
#define USAGE_LINE_H
#include "usage/journal.h"

enum { LINE_MAX_SIZE = 2048 };

/* A JSON object and a line feed; returns how many bytes.  Texts that would not fit are left
 * out. */
size_t line_print(const struct journal_line *l, char out[LINE_MAX_SIZE]);
/* As web servers write it: client, key, time, method and route, status, bytes, agent. */
size_t line_print_combined(const struct journal_line *l, char out[LINE_MAX_SIZE]);

#endif

/* unit/unit.h - how a unit test file presents itself to tests/unit/main.c.
 * SPDX-License-Identifier: MIT */
#ifndef UNIT_UNIT_H
#define UNIT_UNIT_H
#include <CUnit/CUnit.h>
#include <stdint.h>

struct unit_test { const char *name; void (*run)(void); };     /* ends with NULLs */
struct unit_suite { const char *name; const struct unit_test *tests; };

/* How many of what is only about size: ThreadSanitizer takes ten times as long for each. */
#ifdef __SANITIZE_THREAD__
#define UNIT_MANY(n) ((n) / 10)
#else
#define UNIT_MANY(n) (n)
#endif

/* A fresh folder for one test, removed with all that is in it by unit_dir_drop. */
char *unit_dir_new(void);
void unit_dir_drop(char *dir);

/* Milliseconds that this thread has computed, whatever else the machine does. */
uint64_t unit_cpu_ms(void);

#endif

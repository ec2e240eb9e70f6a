/* unit/main.c - runs the suites of unit/suites.h and says what failed.
 * usage: unit [-xPREFIX]... [FILTER]      only suites whose name contains FILTER, and none
 * whose name begins with a PREFIX
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <CUnit/Basic.h>

#include "base/log.h"
#include "base/mem.h"
#include "unit/suites.h"

#define DECLARE(name) extern const struct unit_suite name;
UNIT_SUITES(DECLARE)

#define ENTRY(name) &name,
static const struct unit_suite *const suites[] = { UNIT_SUITES(ENTRY) NULL };

static int drop_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

uint64_t unit_cpu_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);      /* is there */
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

char *unit_dir_new(void)
{
	const char *base = getenv("TMPDIR");
	char path[256];

	(void)snprintf(path, sizeof path, "%s/conduit-unit-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(path)) {
		perror(path);
		exit(1);
	}
	return mem_text(path, strlen(path));
}

void unit_dir_drop(char *dir)
{
	(void)nftw(dir, drop_one, 16, FTW_DEPTH | FTW_PHYS);   /* a leftover is not a failure */
	mem_free(dir);
}

static void add_suite(const struct unit_suite *s)
{
	CU_pSuite suite = CU_add_suite(s->name, NULL, NULL);

	for (const struct unit_test *t = s->tests; t->name; t++)
		if (!CU_add_test(suite, t->name, t->run)) {
			fprintf(stderr, "unit: %s: %s\n", t->name, CU_get_error_msg());
			exit(1);
		}
}

/* What failed, again and last: the tail of a long output is what people and CI keep. */
static void say_failures(void)
{
	for (const CU_FailureRecord *f = CU_get_failure_list(); f; f = f->pNext)
		printf("FAIL  %s: %s: %s:%u: %s\n", f->pSuite ? f->pSuite->pName : "",
		       f->pTest ? f->pTest->pName : "", f->strFileName, f->uiLineNumber,
		       f->strCondition);
}

static bool is_wanted(const char *name, char **argv)
{
	for (argv++; *argv && !strncmp(*argv, "-x", 2); argv++)
		if (!strncmp(name, *argv + 2, strlen(*argv + 2)))
			return false;
	return !*argv || strstr(name, *argv);
}

int main(int argc, char **argv)
{
	unsigned failed, ran;

	(void)argc;
	/* Provoked failures log a lot; UNIT_LOG=1 shows it. */
	if (!getenv("UNIT_LOG"))
		log_set_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	for (const struct unit_suite *const *s = suites; *s; s++)
		if (is_wanted((*s)->name, argv))
			add_suite(*s);
	CU_basic_set_mode(CU_BRM_NORMAL);
	(void)CU_basic_run_tests();                     /* the summary below has the result */
	failed = CU_get_number_of_tests_failed();
	ran = CU_get_number_of_tests_run();
	say_failures();
	CU_cleanup_registry();
	printf("%u passed, %u failed, 0 skipped\n", ran - failed, failed);
	return failed || !ran ? 1 : 0;
}

/* fuzz/fuzz_config.c - any bytes as a configuration file: lint, libconfig, schema, printing.
 * What is accepted must print as something that is accepted again.
 * SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/* The lint must have found it first, with a better message. */
static void expect_no_syntax_error(cdt_str report)
{
	static const cdt_str mark = { ": error: ", 9 };

	while (report.n) {
		cdt_str line = str_cut(&report, '\n');

		/* Lines of the file are quoted behind blanks. */
		if (str_starts(line, "/proc/") &&
		    str_starts(str_skip(line, str_search(line, mark) + mark.n), "syntax error"))
			abort();
	}
}

/* NULL: refused, with at least one error. */
static struct config *load(const void *bytes, size_t size)
{
	struct config_report report;
	struct config_source from = { 0 };
	struct config *c;
	char path[64];
	int fd = memfd_create("config", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || fchmod(fd, 0600) != 0)
		abort();
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);     /* fits */
	from.file = path;
	config_report_init(&report);
	c = config_load(&from, &report);
	if ((c == NULL) != (report.errors > 0) || report.text.status != CDT_OK)
		abort();
	expect_no_syntax_error(buf_str(&report.text));
	config_report_fini(&report);
	(void)close(fd);                                               /* was ours only */
	return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct config *c = load(input, size), *again;
	struct buf text;

	if (!c)
		return 0;
	buf_init(&text, 16 << 20);
	config_print(c, &text);
	again = load(text.p, text.n);
	if (!again)
		abort();
	config_give(again);
	config_give(c);
	buf_fini(&text);
	return 0;
}

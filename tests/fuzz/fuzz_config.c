/* fuzz/fuzz_config.c - any bytes as a configuration file: lint, libconfig, schema, printing.
 * What is accepted must print as something that is accepted again.
 * SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

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

/* fuzz/fuzz_catalog.c - whatever the bytes are, the catalogue is refused with a reason or every
 * model of it can be asked for, with a price that the ledger takes.
 * SPDX-License-Identifier: MIT */
#include "router/catalog.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonwalk.h"
#include "base/str.h"
#include "router/catalog_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define TODAY "2026-11-21"

static const char head[] =
	"{\"meta\":{\"currency\":\"USD\",\"sources\":{\"generated\":\"2026-11-20\"}},"
	"\"models\":{\"a\":";

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_models(const struct catalog *c, cdt_str list)
{
	const struct catalog_list *l = catalog_list(c, CDT_STR("a"));
	cdt_str rest = jsonwalk_inside(list), name, record;
	struct catalog_model m;

	while (l && jsonwalk_member(&rest, &name, &record)) {
		must(catalog_find(c, l, name, &m));
		must(str_eq(m.name, name));
		must(!m.is_priced || price_ok(&m.price));
		must(m.context_window == -1 || m.context_window > 0);
		must(m.max_output == -1 || m.max_output > 0);
	}
}

/* The input is a list of models, as it stands in a file that is otherwise fine. */
static void read_list(cdt_str list)
{
	static const char *const wanted[] = { "a", NULL };
	size_t n = sizeof head - 1;
	char *text = malloc(n + list.n + 2);
	struct catalog_fault fault;
	struct catalog *c;

	must(text != NULL);
	memcpy(text, head, n);
	if (list.n)
		memcpy(text + n, list.p, list.n);
	memcpy(text + n + list.n, "}}", 2);
	c = catalog_read((cdt_str){ text, n + list.n + 2 }, TODAY, wanted, &fault);
	free(text);
	if (c)
		check_models(c, list);
	else
		must(fault.line >= 1 && fault.why[0] && strlen(fault.why) < sizeof fault.why);
	catalog_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char *const wanted[] = { "a", NULL };
	cdt_str text = { (const char *)bytes, size }, name = { text.p, size > 64 ? 64 : size };
	struct catalog_fault fault;
	struct catalog *c = catalog_read(text, TODAY, wanted, &fault);
	const struct catalog_list *l = c ? catalog_list(c, CDT_STR("a")) : NULL;
	struct catalog_model m;

	if (l)
		(void)catalog_find(c, l, name, &m);    /* need not be there */
	catalog_free(c);
	read_list(text);
	return 0;
}

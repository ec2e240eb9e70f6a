/* unit/canon/failed_test.c - failures of tools, in words.
 * SPDX-License-Identifier: MIT */
#include "canon/failed.h"

#include "base/str.h"
#include "unit/unit.h"

#define DOC(message) "{\"messages\":[" message "]}"
#define TOOL(failed, content) \
	DOC("{\"role\":\"tool\"" failed ",\"content\":" content "}")
#define FAILED ",\"is_error\":true"
#define TEXT(text) "{\"type\":\"text\",\"text\":\"" text "\"}"
#define IMAGE "{\"type\":\"image_url\"}"

static void what_has_failed_is_said(void)
{
	static const char *const rows[][2] = {
		{ TOOL(FAILED, "[" TEXT("no file") "]"),
		  TOOL("", "[" TEXT("Error: no file") "]") },
		{ TOOL(FAILED, "[" TEXT("a") "," TEXT("b") "]"),
		  TOOL("", "[" TEXT("Error: a") "," TEXT("b") "]") },
		{ TOOL(FAILED, "[" IMAGE "," TEXT("b") "]"),
		  TOOL("", "[" IMAGE "," TEXT("Error: b") "]") },
		{ TOOL(FAILED, "[" IMAGE "]"), TOOL("", "[" IMAGE "," TEXT("Error") "]") },
		{ TOOL(FAILED, "[]"), TOOL("", "[" TEXT("Error") "]") },
		/* it says so itself */
		{ TOOL(FAILED, "[" TEXT(" ERROR 5") "]"), TOOL("", "[" TEXT(" ERROR 5") "]") },
		/* it is fine, or it is no flag */
		{ TOOL(",\"is_error\":false", "[" TEXT("a") "]"), TOOL("", "[" TEXT("a") "]") },
		{ TOOL(",\"is_error\":\"x\"", "[" TEXT("a") "]"), TOOL("", "[" TEXT("a") "]") },
		{ TOOL("", "[" TEXT("a") "]"), TOOL("", "[" TEXT("a") "]") },
		{ TOOL(FAILED, "5"), TOOL("", "5") },
		{ "{\"prompt\":[\"x\"]}", "{\"prompt\":[\"x\"]}" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct json *doc = json_parse(str_z(rows[i][0]));

		failed_in_words(doc);
		CU_ASSERT(str_is(json_print(doc), rows[i][1]));
		json_free(doc);
	}
}

static const struct unit_test tests[] = {
	{ "what has failed is said", what_has_failed_is_said },
	{ NULL, NULL }
};
const struct unit_suite canon_failed_suite = { "canon/failed", tests };

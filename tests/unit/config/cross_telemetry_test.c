/* unit/config/cross_telemetry_test.c - what can go along with an export.
 * SPDX-License-Identifier: MIT */
#include "unit/config/scene.h"

#include <stdlib.h>

#define P "providers = ( { name = \"p\"; type = \"x\"; } );\n"
#define T(rest) P "telemetry = { otlp = { endpoint = \"http://h\";\n" rest " }; };\n"
#define N(name) "{ name = \"" name "\"; value = \"v\"; }, "
#define A16 N("a") N("b") N("c") N("d") N("e") N("f") N("g") N("h") N("i") N("j") N("k") N("l") \
	N("m") N("n") N("o") N("p")
#define TWICE "resource = ( " N("a") "{ name = \"a\"; value = \"v\"; } );"
#define LAST "{ name = \"z\"; value = \"v\"; } );"
#define QUOTED "resource = ( { name = \"a\\\"b\"; value = \"v\"; } );"
#define EMPTY "resource = ( { name = \"\"; value = \"v\"; } );"

static void names_and_numbers_are_looked_at(void)
{
	static const struct scene_row rows[] = {
		{ T("resource = ( { name = \"deployment.environment.name\"; value = \"\\\"quoted\\\"\"; } );"),
		  "" },
		{ T("resource = (\n" A16 LAST),
		  "conduit.cfg:3: error: telemetry.otlp.resource can have 16 at most\n"
		  "    3 | resource = (\n" },
		{ T(QUOTED), "conduit.cfg:3: error: 'a\"b' can not be the name of an attribute\n"
		  "    3 | " QUOTED " }; };\n" },
		{ T(TWICE), "conduit.cfg:3: error: telemetry.otlp.resource has 'a' twice\n"
		  "    3 | " TWICE " }; };\n" },
		{ T(EMPTY), "conduit.cfg:3: error: '' can not be the name of an attribute\n"
		  "    3 | " EMPTY " }; };\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static const struct unit_test tests[] = {
	{ "names and numbers are looked at", names_and_numbers_are_looked_at },
	{ NULL, NULL },
};
const struct unit_suite config_cross_telemetry_suite = { "config/cross_telemetry", tests };

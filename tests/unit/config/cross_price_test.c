/* unit/config/cross_price_test.c - prices make sense as a whole, and each number for itself.
 * SPDX-License-Identifier: MIT */
#include "unit/config/scene.h"

#include <stdlib.h>

#define P "providers = ( { name = \"p\"; type = \"x\"; } );\n"
#define M(price) "models = ( { name = \"m\"; targets = ( { provider = \"p\"; } );\n" price " } );\n"
#define AT(line, price) "    " line " | " price " } );\n"
#define EMPTY "price = { };"
#define DOWN "price = { input = \"1\"; tiers = ( { above = 5; input = \"2\"; }, " \
	"{ above = 5; input = \"2\"; } ); };"
#define MUTE "price = { input = \"1\"; tiers = ( { above = 5; } ); };"
#define MANY "price = { input = \"1\"; tiers = ( { above = 1; input = \"2\"; }, " \
	"{ above = 2; input = \"2\"; }, { above = 3; input = \"2\"; }, " \
	"{ above = 4; input = \"2\"; } ); };"
#define FINE "price = { per_second = \"0.1234567891\"; };"
#define MINUS "price = { audio_input = \"-1\"; };"
#define DEAR "price = { per_request = \"1000000.1\"; };"
#define LOST "price = { input = \"1\"; tiers = ( { input = \"2\"; } ); };"

static void prices_say_something_and_their_tiers_ascend(void)
{
	static const struct scene_row rows[] = {
		{ P M(EMPTY), "conduit.cfg:3: error: model 'm': this price names none; for nothing: "
		  "input = \"0\"\n" AT("3", EMPTY) },
		{ P M(DOWN), "conduit.cfg:3: error: model 'm': tiers must ascend: above = 5 does not "
		  "follow 5\n" AT("3", DOWN) },
		{ P M(MUTE), "conduit.cfg:3: error: model 'm': this tier names no price\n"
		  AT("3", MUTE) },
		{ P M(MANY), "conduit.cfg:3: error: model 'm': a price has at most 3 tiers\n"
		  AT("3", MANY) },
		{ P "models = ( { name = \"m\"; targets = (\n{ provider = \"p\"; price = { }; } ); } );\n",
		  "conduit.cfg:3: error: model 'm': this price names none; for nothing: "
		  "input = \"0\"\n    3 | { provider = \"p\"; price = { }; } ); } );\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void prices_are_exact_and_not_negative(void)
{
	static const struct scene_row rows[] = {
		{ P M(FINE), "conduit.cfg:3: error: models[0] (\"m\").price.per_second must be a "
		  "decimal like \"2.50\", at most 9 digits after the point\n" AT("3", FINE) },
		{ P M(MINUS), "conduit.cfg:3: error: models[0] (\"m\").price.audio_input must be a "
		  "decimal like \"2.50\", at most 6 digits after the point\n" AT("3", MINUS) },
		{ P M(DEAR), "conduit.cfg:3: error: models[0] (\"m\").price.per_request must be \"0\" "
		  "to \"1000000\"\n" AT("3", DEAR) },
		{ P M(LOST), "conduit.cfg:3: error: models[0] (\"m\").price.tiers[0] needs 'above': of "
		  "the prompt; the tier prices all when there are more\n" AT("3", LOST) },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static const struct unit_test tests[] = {
	{ "prices say something and their tiers ascend",
	  prices_say_something_and_their_tiers_ascend },
	{ "prices are exact and not negative", prices_are_exact_and_not_negative },
	{ NULL, NULL }
};
const struct unit_suite config_cross_price_suite = { "config/cross_price", tests };

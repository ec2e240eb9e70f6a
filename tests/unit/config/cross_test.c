/* unit/config/cross_test.c - names lead somewhere, once, and not in circles.
 * SPDX-License-Identifier: MIT */
#include "unit/config/scene.h"

#include <stdlib.h>

#define P "providers = ( { name = \"openai-main\"; type = \"x\"; } );\n"
#define T "targets = ( { provider = \"openai-main\"; } ); "

static void targets_and_fallbacks_must_exist(void)
{
	static const struct scene_row rows[] = {
		{ P "models = ( { name = \"m\"; targets = (\n{ provider = \"openai-mian\"; } "
		    "); } );\n",
		  "conduit.cfg:3: error: model 'm': there is no provider 'openai-mian'; did "
		  "you mean 'openai-main'?\n"
		  "    3 | { provider = \"openai-mian\"; } ); } );\n" },
		{ P "models = ( { name = \"m\"; " T "context_fallbacks = [ \"zz\" ]; } );\n",
		  "conduit.cfg:2: error: model 'm': there is no model 'zz'\n"
		  "    2 | models = ( { name = \"m\"; " T
		  "context_fallbacks = [ \"zz\" ]; } );\n" },
		{ P "models = ( { name = \"m\"; targets = ( ); } );\n",
		  "conduit.cfg:2: error: model 'm' has no target\n"
		  "    2 | models = ( { name = \"m\"; targets = ( ); } );\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void fallbacks_must_not_go_in_circles(void)
{
	static const struct scene_row rows[] = {
		{ P "models = ( { name = \"a\"; " T "fallbacks = [ \"b\" ]; },\n"
		    "{ name = \"b\"; " T "fallbacks = [ \"c\" ]; },\n"
		    "{ name = \"c\"; aliases = [ \"cc\" ]; " T "fallbacks = [ \"a\" ]; } );\n",
		  "conduit.cfg:4: error: fallbacks go in a circle: 'c' leads back to 'a'\n"
		  "    4 | { name = \"c\"; aliases = [ \"cc\" ]; " T
		  "fallbacks = [ \"a\" ]; } );\n" },
		{ P "models = ( { name = \"a\"; aliases = [ \"x\" ]; " T
		    "content_fallbacks = [ \"x\" ]; } );\n",
		  "conduit.cfg:2: error: content_fallbacks go in a circle: 'a' leads back to "
		  "'x'\n"
		  "    2 | models = ( { name = \"a\"; aliases = [ \"x\" ]; " T
		  "content_fallbacks = [ \"x\" ]; } );\n" },
		/* Long prompts go to the big one; the small one helps when it is down. */
		{ P "models = ( { name = \"small\"; " T "context_fallbacks = [ \"big\" ]; },\n"
		    "{ name = \"big\"; " T "fallbacks = [ \"small\" ]; } );\n",
		  "" },
		{ P "models = ( { name = \"a\"; " T "fallbacks = [ \"b\", \"c\" ]; },\n"
		    "{ name = \"b\"; " T "fallbacks = [ \"c\" ]; }, { name = \"c\"; " T
		    "} );\n",
		  "" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

#define PROBED(url, path) "providers = ( { name = \"p\"; type = \"x\"; " url "\nhealth = { probe = \"" \
	path "\"; }; } );\n"

static void a_probe_is_a_path_below_a_known_url(void)
{
	static const struct scene_row rows[] = {
		{ PROBED("", "/models"),
		  "conduit.cfg:2: error: probe of 'p' needs its base_url: the provider's own is "
		  "not known here\n    2 | health = { probe = \"/models\"; }; } );\n" },
		{ PROBED("base_url = \"http://h/v1\";", "models"),
		  "conduit.cfg:2: error: probe of 'p' must be a path like '/models'\n"
		  "    2 | health = { probe = \"models\"; }; } );\n" },
		{ PROBED("base_url = \"http://h/v1\";", "/a b"),
		  "conduit.cfg:2: error: probe of 'p' must be a path like '/models'\n"
		  "    2 | health = { probe = \"/a b\"; }; } );\n" },
		{ PROBED("base_url = \"http://h/v1\";", ""),
		  "conduit.cfg:2: error: probe of 'p' must be a path like '/models'\n"
		  "    2 | health = { probe = \"\"; }; } );\n" },
		{ PROBED("base_url = \"http://h/v1\";", "/models?limit=1"), "" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void names_are_unique_and_both_places_are_quoted(void)
{
	static const struct scene_row rows[] = {
		{ P "models = (\n{ name = \"a\"; " T "},\n{ name = \"a\"; " T "} );\n",
		  "conduit.cfg:4: error: model 'a' is already defined at conduit.cfg:3\n"
		  "    4 | { name = \"a\"; " T "} );\n" },
		{ P "models = (\n{ name = \"a\"; " T "aliases = [ \"x\" ]; },\n"
		    "{ name = \"b\"; aliases = [ \"x\" ]; " T "} );\n",
		  "conduit.cfg:4: error: alias: model 'x' is already defined at conduit.cfg:3\n"
		  "    4 | { name = \"b\"; aliases = [ \"x\" ]; " T "} );\n" },
		{ P "models = (\n{ name = \"a\"; " T
		    "},\n{ name = \"b\"; aliases = [ \"a\" ]; " T "} );\n",
		  "conduit.cfg:4: error: alias: model 'a' is already defined at conduit.cfg:3\n"
		  "    4 | { name = \"b\"; aliases = [ \"a\" ]; " T "} );\n" },
		{ "providers = (\n{ name = \"p\"; type = \"x\"; },\n{ name = \"p\"; type = "
		  "\"y\"; } );\n",
		  "conduit.cfg:3: error: provider 'p' is already defined at conduit.cfg:2\n"
		  "    3 | { name = \"p\"; type = \"y\"; } );\n" },
		{ P "policies = ( { name = \"f\"; type = \"x\"; },\n{ name = \"f\"; type = "
		    "\"y\"; } );\n",
		  "conduit.cfg:3: error: policy 'f' is already defined at conduit.cfg:2\n"
		  "    3 | { name = \"f\"; type = \"y\"; } );\n" },
		{ "providers = ( { name = \"p\"; type = \"x\"; keys = (\n"
		  "{ id = \"a\"; secret = \"env:HOME\"; },\n{ id = \"a\"; secret = "
		  "\"env:HOME\"; } ); } );\n",
		  "conduit.cfg:3: error: key 'a' is already defined at conduit.cfg:2\n"
		  "    3 | { id = \"a\"; secret = \"env:HOME\"; } ); } );\n" },
		{ NULL, NULL }
	};

	CU_ASSERT_EQUAL(setenv("HOME", "/root", 1), 0);
	scene_check(rows);
}

static void listeners_have_places_of_their_own(void)
{
	static const struct scene_row rows[] = {
		{ P "admin = { listen = (\n{ port = 5000; } ); };\n",
		  "conduit.cfg:3: error: another listener is already at 127.0.0.1 port 5000 "
		  "(the defaults)\n"
		  "    3 | { port = 5000; } ); };\n" },
		{ P "server = { listen = ( { port = 80; },\n{ port = 80; } ); };\n",
		  "conduit.cfg:3: error: another listener is already at 127.0.0.1 port 80 "
		  "(conduit.cfg:2)\n"
		  "    3 | { port = 80; } ); };\n" },
		{ P "server = { listen = ( { address = \"unix:/run/a\"; port = 80; } ); };\n",
		  "conduit.cfg:2: error: a unix: listener has no port\n"
		  "    2 | server = { listen = ( { address = \"unix:/run/a\"; port = 80; } ); "
		  "};\n" },
		{ P "server = { listen = ( { port = 0; }, { port = 0; }, { address = "
		    "\"unix:/a\"; } ); };\n",
		  "" },
		{ P "admin = { listen = ( { address = \"0.0.0.0\"; } ); };\n",
		  "conduit.cfg:2: warning: the admin API is open to the network without TLS\n"
		  "    2 | admin = { listen = ( { address = \"0.0.0.0\"; } ); };\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void tls_files_must_be_readable(void)
{
	static const struct scene_row rows[] = {
		{ P "server = { listen = ( { tls = { cert = \"tls/c.pem\";\n key = "
		    "\"/nowhere/k.pem\"; }; } ); };\n",
		  "conduit.cfg:2: error: can not read tls/c.pem: No such file or directory\n"
		  "    2 | server = { listen = ( { tls = { cert = \"tls/c.pem\";\n"
		  "conduit.cfg:3: error: can not read /nowhere/k.pem: No such file or "
		  "directory\n"
		  "    3 |  key = \"***\"; }; } ); };\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void warns_of_a_tls_key_that_everybody_can_read(void)
{
	struct scene s;

	scene_init(
	    &s, P "server = { listen = ( {\ntls = { cert = \"c.pem\"; key = \"k.pem\"; }; } ); "
		  "};\n");
	scene_write(&s, "c.pem", "x", 0644);
	scene_write(&s, "k.pem", "x", 0644);
	scene_load(&s);
	CU_ASSERT_STRING_EQUAL(s.text,
	                       "conduit.cfg:3: warning: k.pem can be read by everybody or "
	                       "changed by others (mode 0644): chmod 0640\n"
	                       "    3 | tls = { cert = \"c.pem\"; key = \"***\"; }; } ); };\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.config);
	CU_ASSERT_STRING_EQUAL(s.config->listens[0].tls_key, scene_path(&s, "k.pem"));
	scene_fini(&s);
}

static void warns_when_there_is_no_provider(void)
{
	static const struct scene_row rows[] = {
		{ "", "configuration: warning: there is no provider: every request will be "
		      "refused\n" },
		{ "providers = [ ];",
		  "configuration: warning: there is no provider: every request will be "
		  "refused\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static const struct unit_test tests[] = {
	{ "targets and fallbacks must exist", targets_and_fallbacks_must_exist },
	{ "fallbacks must not go in circles", fallbacks_must_not_go_in_circles },
	{ "a probe is a path below a known URL", a_probe_is_a_path_below_a_known_url },
	{ "names are unique and both places are quoted",
	  names_are_unique_and_both_places_are_quoted },
	{ "listeners have places of their own", listeners_have_places_of_their_own },
	{ "TLS files must be readable", tls_files_must_be_readable },
	{ "warns of a TLS key that everybody can read",
	  warns_of_a_tls_key_that_everybody_can_read },
	{ "warns when there is no provider", warns_when_there_is_no_provider },
	{ NULL, NULL }
};
const struct unit_suite config_cross_suite = { "config/cross", tests };

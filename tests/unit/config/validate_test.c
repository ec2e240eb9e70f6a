/* unit/config/validate_test.c - unknown members, wrong types, values out of range.
 * SPDX-License-Identifier: MIT */
#include "unit/config/scene.h"

#include <string.h>

#include "base/str.h"

#define PROVIDER "providers = ( { name = \"p\"; type = \"x\"; } );\n"

static void suggests_the_member_that_was_meant(void)
{
	static const struct scene_row rows[] = {
		{ "servr = { };\n",
		  "conduit.cfg:1: error: unknown member 'servr'; did you mean 'server'?\n"
		  "    1 | servr = { };\n" },
		{ "providers = (\n { name = \"a\"; type = \"x\";\n   base_ulr = \"http://h\"; "
		  "} );\n",
		  "conduit.cfg:3: error: unknown member 'base_ulr' in providers[0] (\"a\"); "
		  "did you mean 'base_url'?\n"
		  "    3 |    base_ulr = \"http://h\"; } );\n" },
		{ "providers = ( { name = \"a\"; type = \"x\"; }, { name = \"b\"; type = "
		  "\"x\";\n"
		  " timeout = { fist_byte = \"5s\"; }; } );\n",
		  "conduit.cfg:2: error: unknown member 'fist_byte' in providers[1] "
		  "(\"b\").timeout; did you mean 'first_byte'?\n"
		  "    2 |  timeout = { fist_byte = \"5s\"; }; } );\n" },
		{ "server = { Workers = 2; };\n",
		  "conduit.cfg:1: error: unknown member 'Workers' in server; did you mean "
		  "'workers'?\n"
		  "    1 | server = { Workers = 2; };\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void says_where_a_misplaced_member_belongs(void)
{
	static const struct scene_row rows[] = {
		{ "providers = ( { name = \"a\"; type = \"x\"; tpm = 5; } );\n",
		  "conduit.cfg:1: error: unknown member 'tpm' in providers[0] (\"a\"); it "
		  "belongs in providers[].limits\n"
		  "    1 | providers = ( { name = \"a\"; type = \"x\"; tpm = 5; } );\n" },
		{ "server = { map_size = \"1GiB\"; };\n",
		  "conduit.cfg:1: error: unknown member 'map_size' in server; it belongs in "
		  "storage\n"
		  "    1 | server = { map_size = \"1GiB\"; };\n" },
		{ "server = { allow_direct = true; };\n",
		  "conduit.cfg:1: error: unknown member 'allow_direct' in server; it belongs "
		  "at the top\n"
		  "    1 | server = { allow_direct = true; };\n" },
		{ "server = { frobnicate = 1; };\n",
		  "conduit.cfg:1: error: unknown member 'frobnicate' in server\n"
		  "    1 | server = { frobnicate = 1; };\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void says_what_type_a_member_has(void)
{
	static const struct scene_row rows[] = {
		{ "server = 5;\n", "conduit.cfg:1: error: server must be a group: { ... }\n"
		                   "    1 | server = 5;\n" },
		{ "providers = { name = \"a\"; };\n",
		  "conduit.cfg:1: error: providers must be a list of groups: ( { ... }, { ... "
		  "} )\n"
		  "    1 | providers = { name = \"a\"; };\n" },
		{ "policies = ( \"fast\" );\n",
		  "conduit.cfg:1: error: policies[0] must be a group: { ... }\n"
		  "    1 | policies = ( \"fast\" );\n" },
		{ "server = { cors_origins = \"*\"; };\n",
		  "conduit.cfg:1: warning: server.cors_origins has no effect yet\n"
		  "    1 | server = { cors_origins = \"*\"; };\n"
		  "conduit.cfg:1: error: server.cors_origins must be an array of texts: [ "
		  "\"...\", \"...\" ]\n"
		  "    1 | server = { cors_origins = \"*\"; };\n" },
		{ "server = { max_connections = \"100\"; };\n",
		  "conduit.cfg:1: error: server.max_connections must be \"auto\" or a number "
		  "from 16 to 1000000\n"
		  "    1 | server = { max_connections = \"100\"; };\n" },
		{ "allow_direct = \"true\";\n",
		  "conduit.cfg:1: error: allow_direct must be true or false, without quotes\n"
		  "    1 | allow_direct = \"true\";\n" },
		{ "logging = { level = 5; };\n", "conduit.cfg:1: error: logging.level must be "
		                                 "debug, info, warn or error, also for one "
		                                 "room: \"info,router=debug\"\n"
		                                 "    1 | logging = { level = 5; };\n" },
		{ "cache = { options = 5; };\n",
		  "conduit.cfg:1: error: cache.options must be a group: { ... }\n"
		  "    1 | cache = { options = 5; };\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void checks_ranges(void)
{
	static const struct scene_row rows[] = {
		{ "server = { workers = 0; };\n", "conduit.cfg:1: error: server.workers must "
		                                  "be \"auto\" or a number from 1 to 256\n"
		                                  "    1 | server = { workers = 0; };\n" },
		{ "server = { listen = ( { port = 65536; } ); };\n",
		  "conduit.cfg:1: error: server.listen[0].port must be 0 to 65535\n"
		  "    1 | server = { listen = ( { port = 65536; } ); };\n" },
		{ "server = { listen = ( { port = -1; } ); };\n",
		  "conduit.cfg:1: error: server.listen[0].port must not be negative\n"
		  "    1 | server = { listen = ( { port = -1; } ); };\n" },
		{ "server = { max_body = \"2GiB\"; };\n",
		  "conduit.cfg:1: error: server.max_body must be 1024 to 1073741824 bytes\n"
		  "    1 | server = { max_body = \"2GiB\"; };\n" },
		{ "server = { idle_timeout = \"25h\"; };\n",
		  "conduit.cfg:1: error: server.idle_timeout must be 10 to 86400000 ms\n"
		  "    1 | server = { idle_timeout = \"25h\"; };\n" },
		{ "limits = { default = { rpm = 5000000000L; }; };\n",
		  "conduit.cfg:1: error: limits.default.rpm must be 0 to 1000000000 requests\n"
		  "    1 | limits = { default = { rpm = 5000000000L; }; };\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void checks_units_and_choices(void)
{
	static const struct scene_row rows[] = {
		{ "server = { drain_timeout = \"10 minutes\"; };\n",
		  "conduit.cfg:1: error: server.drain_timeout must be a duration like "
		  "\"250ms\", \"30s\", \"15m\", \"24h\" or \"30d\"\n"
		  "    1 | server = { drain_timeout = \"10 minutes\"; };\n" },
		{ "storage = { map_size = \"64 gigs\"; };\n",
		  "conduit.cfg:1: error: storage.map_size must be a size like \"64KiB\", "
		  "\"10MiB\" or \"4GiB\"\n"
		  "    1 | storage = { map_size = \"64 gigs\"; };\n" },
		{ "limits = { budget_status = 403; };\n",
		  "conduit.cfg:1: error: limits.budget_status must be one of 402|429\n"
		  "    1 | limits = { budget_status = 403; };\n" },
		{ "logging = { level = \"info,rooter=debug\"; };\n",
		  "conduit.cfg:1: error: logging.level must be debug, info, warn or error, "
		  "also for one room: \"info,router=debug\"\n"
		  "    1 | logging = { level = \"info,rooter=debug\"; };\n" },
		{ "server = { trusted_proxies = [ \"10.0.0.0/8\", \"10.0.0.0/33\" ]; };\n",
		  "conduit.cfg:1: error: server.trusted_proxies[1] must be an address or a "
		  "network like \"10.0.0.0/8\"\n"
		  "    1 | server = { trusted_proxies = [ \"10.0.0.0/8\", \"10.0.0.0/33\" ]; "
		  "};\n" },
		{ "server = { cors_origins = [ \"https://a/path\" ]; };\n",
		  "conduit.cfg:1: warning: server.cors_origins has no effect yet\n"
		  "    1 | server = { cors_origins = [ \"https://a/path\" ]; };\n"
		  "conduit.cfg:1: error: server.cors_origins[0] must be \"https://host\", with "
		  ":port if it has one and without a path, or \"*\"\n"
		  "    1 | server = { cors_origins = [ \"https://a/path\" ]; };\n" },
		{ "server = { listen = ( { address = \"example.org\"; } ); };\n",
		  "conduit.cfg:1: error: server.listen[0].address must be an IP address like "
		  "\"127.0.0.1\", \"0.0.0.0\" or \"::\", or \"unix:/path\"\n"
		  "    1 | server = { listen = ( { address = \"example.org\"; } ); };\n" },
		{ "policies = ( { name = \"a b\"; type = \"x\"; } );\n",
		  "conduit.cfg:1: error: policies[0] (\"a b\").name must be a name in quotes: "
		  "at most 64 letters, digits, '.', '_' and '-'\n"
		  "    1 | policies = ( { name = \"a b\"; type = \"x\"; } );\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void checks_base_urls(void)
{
#define URL(url) "providers = ( { name = \"p\"; type = \"x\"; base_url = \"" url "\"; } );"
#define SAYS(url, what)                                                                        \
	{                                                                                      \
		URL(url)                                                                       \
		"\n", "conduit.cfg:1: error: providers[0] (\"p\").base_url " what              \
		      "\n    1 | " URL(url) "\n"                                               \
	}
	static const struct scene_row rows[] = {
		SAYS("ftp://host", "must be a URL in quotes: http://host or https://host"),
		SAYS("file:///etc/passwd",
		     "must be a URL in quotes: http://host or https://host"),
		SAYS("https://", "must be a URL in quotes: http://host or https://host"),
		{ URL("https://u:pw@host/v1"), "conduit.cfg:1: error: providers[0] (\"p\").base_url "
		  "must not hold a user or password: use keys\n    1 | " URL("https://***@host/v1")
		  "\n" },
		SAYS("https://host/v1?x=1", "must be a plain URL, without query and blanks"),
		SAYS("https://host/a b", "must be a plain URL, without query and blanks"),
		{ URL("http://[::1]:8000/v1/") "\n", "" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void names_what_is_missing(void)
{
	static const struct scene_row rows[] = {
		{ "providers = ( { } );\n",
		  "conduit.cfg:1: error: providers[0] needs 'name': what targets call it\n"
		  "    1 | providers = ( { } );\n"
		  "conduit.cfg:1: error: providers[0] needs 'type': of the provider plugin\n"
		  "    1 | providers = ( { } );\n" },
		{ PROVIDER "models = (\n { name = \"m\"; } );\n",
		  "conduit.cfg:3: error: models[0] (\"m\") needs 'targets': who answers for "
		  "it\n"
		  "    3 |  { name = \"m\"; } );\n" },
		{ PROVIDER "server = { listen = ( { tls = { cert = \"/dev/null\"; }; } ); };\n",
		  "conduit.cfg:2: error: server.listen[0].tls needs 'key': PEM file\n"
		  "    2 | server = { listen = ( { tls = { cert = \"/dev/null\"; }; } ); "
		  "};\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void money_is_text(void)
{
#define PRICE(price)                                                                           \
	PROVIDER "models = ( { name = \"m\"; targets = ( { provider = \"p\"; } );\n"           \
		 "price = { input = " price "; }; } );"
#define REFUSED(price, what)                                                                   \
	{                                                                                      \
		PRICE(price)                                                                   \
		"\n", "conduit.cfg:3: error: models[0] (\"m\").price."                         \
		      "input " what "\n    3 | price = { input = " price "; }; } );\n"         \
	}
	static const struct scene_row rows[] = {
		REFUSED("2.5", "must stand in quotes: \"2.5\""),
		REFUSED("3", "must stand in quotes: \"3\""),
		REFUSED("\"1.1234567\"",
		        "must be a decimal like \"2.50\", at most 6 digits after the point"),
		REFUSED("\"-1\"",
		        "must be a decimal like \"2.50\", at most 6 digits after the point"),
		REFUSED("\"1e3\"",
		        "must be a decimal like \"2.50\", at most 6 digits after the point"),
		REFUSED("\"1000001\"", "must be \"0\" to \"1000000\""),
		REFUSED("\"99999999999999999999\"",
		        "must be a decimal like \"2.50\", at most 6 digits after the point"),
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void warns_once_a_section_of_what_has_no_effect_yet(void)
{
	static const struct scene_row rows[] = {
		{ PROVIDER
		  "limits = { default = { rpm = 600; tpm = 200000; concurrency = 64; }; };\n"
		  "cache = { type = \"lmdb\"; max_temperature = \"0.0\"; options = { a = 1; }; "
		  "};\n"
		  "logging = { content = \"none\"; retain = \"30d\"; };\n"
		  "telemetry = { prometheus = true; };\n",
		  "conduit.cfg:4: warning: logging.content has no effect yet\n"
		  "    4 | logging = { content = \"none\"; retain = \"30d\"; };\n" },
		{ "server = { workers = 2;\n trusted_proxies = [ ]; cors_origins = [ ]; };\n"
		  "providers = ( { name = \"p\"; type = \"x\"; },\n"
		  "{ name = \"q\"; type = \"x\"; limits = { rpm = 1; }; },\n"
		  "{ name = \"r\"; type = \"x\"; limits = { }; } );\n"
		  "models = ( { name = \"m\"; targets = ( { provider = \"p\"; } );\n"
		  "content_fallbacks = [ ]; fallbacks = [ ]; context_fallbacks = [ ]; } );\n",
		  "conduit.cfg:2: warning: server.cors_origins has no effect yet\n"
		  "    2 |  trusted_proxies = [ ]; cors_origins = [ ]; };\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void reports_all_errors_at_once_but_at_most_fifty(void)
{
	struct scene s;
	struct buf text;

	buf_init(&text, 1 << 16);
	for (int i = 0; i < 80; i++)
		buf_print(&text, "wrong%d = 1;\n", i);
	buf_add_c(&text, '\0');
	scene_open(&s, text.p);
	CU_ASSERT_PTR_NULL(s.config);
	CU_ASSERT_EQUAL(s.report.errors, 80);
	CU_ASSERT_TRUE(
	    str_search(str_z(s.text), CDT_STR("conduit.cfg:50: error: unknown member "
	                                      "'wrong49'")) < strlen(s.text));
	CU_ASSERT_EQUAL(str_search(str_z(s.text), CDT_STR("wrong50")), strlen(s.text));
	CU_ASSERT_TRUE(
	    str_ends(str_z(s.text), "configuration: error: more errors are not shown\n"));
	scene_fini(&s);
	buf_fini(&text);
}

static const struct unit_test tests[] = {
	{ "suggests the member that was meant", suggests_the_member_that_was_meant },
	{ "says where a misplaced member belongs", says_where_a_misplaced_member_belongs },
	{ "says what type a member has", says_what_type_a_member_has },
	{ "checks ranges", checks_ranges },
	{ "checks units and choices", checks_units_and_choices },
	{ "checks base URLs", checks_base_urls },
	{ "names what is missing", names_what_is_missing },
	{ "money is text", money_is_text },
	{ "warns once a section of what has no effect yet",
	  warns_once_a_section_of_what_has_no_effect_yet },
	{ "reports all errors at once, but at most fifty",
	  reports_all_errors_at_once_but_at_most_fifty },
	{ NULL, NULL }
};
const struct unit_suite config_validate_suite = { "config/validate", tests };

/* unit/config/environment_otel_test.c - what OTEL_* variables say, and what they do not.
 * SPDX-License-Identifier: MIT */
#include "unit/config/scene.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define PROVIDER "providers = ( { name = \"a\"; type = \"x\"; } );\n"
#define FILE_SAYS(otlp) PROVIDER "telemetry = { otlp = { " otlp " }; };\n"
#define HERE "OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318"

static const char *const all[] = {
	"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_SERVICE_NAME",
	"OTEL_RESOURCE_ATTRIBUTES", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG",
	"OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_SDK_DISABLED",
};

static void clear(void)
{
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		CU_ASSERT_EQUAL(unsetenv(all[i]), 0);
}

/* variables: name, value, ..., NULL */
static const struct config_otlp *load(struct scene *s, const char *file,
                                      const char *const *variables)
{
	clear();
	scene_init(s, file);
	for (; *variables; variables += 2)
		CU_ASSERT_EQUAL(setenv(variables[0], variables[1], 1), 0);
	scene_load(s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->config);
	return &s->config->telemetry.otlp;
}

static void fini(struct scene *s)
{
	scene_fini(s);
	clear();
}

static void an_endpoint_is_enough(void)
{
	struct scene s;
	const struct config_otlp *o = load(&s, PROVIDER, (const char *[]){ HERE, NULL });

	CU_ASSERT_STRING_EQUAL(s.text, "");
	CU_ASSERT_STRING_EQUAL(o->endpoint, "http://127.0.0.1:4318");
	CU_ASSERT_STRING_EQUAL(o->service, "conduit");
	CU_ASSERT_TRUE(o->traces && o->metrics && !o->content);
	CU_ASSERT_EQUAL(o->sample_millionths, 1000000);
	fini(&s);
}

static void all_that_is_known_is_taken(void)
{
	struct scene s;
	const struct config_otlp *o = load(&s, PROVIDER, (const char *[]){
		HERE, "OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20a+b%3D, x-team = one,,",
		"OTEL_SERVICE_NAME", "gate", "OTEL_RESOURCE_ATTRIBUTES",
		"service.name=other,deployment.environment.name=pro%2Cd", "OTEL_TRACES_SAMPLER",
		"parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG", "0.0125",
		"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", NULL });

	CU_ASSERT_STRING_EQUAL(s.text, "");
	CU_ASSERT_EQUAL_FATAL(o->header_count, 2);
	CU_ASSERT_STRING_EQUAL(o->headers[0].name, "authorization");
	CU_ASSERT_TRUE(str_is(secret_bytes(o->headers[0].value), "Basic a+b="));
	CU_ASSERT_STRING_EQUAL(o->headers[1].name, "x-team");
	CU_ASSERT_TRUE(str_is(secret_bytes(o->headers[1].value), "one"));
	CU_ASSERT_STRING_EQUAL(o->service, "gate");
	CU_ASSERT_EQUAL_FATAL(o->resource_count, 1);
	CU_ASSERT_STRING_EQUAL(o->resource[0].name, "deployment.environment.name");
	CU_ASSERT_STRING_EQUAL(o->resource[0].value, "pro,d");
	CU_ASSERT_EQUAL(o->sample_millionths, 12500);
	fini(&s);
}

static void the_service_may_be_an_attribute(void)
{
	struct scene s;
	const struct config_otlp *o = load(&s, PROVIDER, (const char *[]){
		HERE, "OTEL_RESOURCE_ATTRIBUTES", "service.name=other", NULL });

	CU_ASSERT_STRING_EQUAL(o->service, "other");
	CU_ASSERT_EQUAL(o->resource_count, 0);
	fini(&s);
}

static void what_the_file_says_stays(void)
{
	struct scene s;
	const struct config_otlp *o = load(&s, FILE_SAYS("endpoint = \"https://there\"; "
		"service = \"mine\"; sample = \"5%\"; headers = ( ); resource = ( );"),
		(const char *[]){ HERE, "OTEL_SERVICE_NAME", "gate", "OTEL_EXPORTER_OTLP_HEADERS",
		"a=b", "OTEL_RESOURCE_ATTRIBUTES", "a=b", "OTEL_TRACES_SAMPLER", "always_off",
		"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", NULL });

	CU_ASSERT_STRING_EQUAL(s.text, "");
	CU_ASSERT_STRING_EQUAL(o->endpoint, "https://there");
	CU_ASSERT_STRING_EQUAL(o->service, "mine");
	CU_ASSERT_EQUAL(o->sample_millionths, 50000);
	CU_ASSERT(o->header_count == 0 && o->resource_count == 0);
	fini(&s);
}

static void a_sampler_without_a_number_takes_all(void)
{
	struct scene s;
	const struct config_otlp *o = load(&s, PROVIDER, (const char *[]){
		HERE, "OTEL_TRACES_SAMPLER", "parentbased_traceidratio", NULL });

	CU_ASSERT_STRING_EQUAL(s.text, "");
	CU_ASSERT_EQUAL(o->sample_millionths, 1000000);
	fini(&s);
}

static void grpc_is_refused_also_where_the_file_leaves_it_open(void)
{
	struct scene s;

	clear();
	scene_init(&s, FILE_SAYS("service = \"x\";"));
	CU_ASSERT_EQUAL(setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317", 1), 0);
	CU_ASSERT_EQUAL(setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", 1), 0);
	scene_load(&s);
	CU_ASSERT_PTR_NULL(s.config);                  /* it needs an endpoint */
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "OTLP is spoken over HTTP only"));
	fini(&s);
}

static void what_the_file_leaves_open_is_filled(void)
{
	struct scene s;
	const struct config_otlp *o = load(&s, FILE_SAYS("endpoint = \"https://there\";"),
		(const char *[]){ "OTEL_SERVICE_NAME", "gate", "OTEL_TRACES_SAMPLER", "always_off",
		NULL });

	CU_ASSERT_STRING_EQUAL(o->service, "gate");
	CU_ASSERT_EQUAL(o->sample_millionths, 0);
	fini(&s);
}

static void nothing_is_exported_unless_it_can_be(void)
{
	static const struct { const char *variables[7], *report; } rows[] = {
		{ { "OTEL_SERVICE_NAME", "gate", NULL }, "" },
		{ { HERE, "OTEL_SDK_DISABLED", "TRUE", NULL }, "" },
		{ { "OTEL_EXPORTER_OTLP_ENDPOINT", " ", NULL }, "" },
		{ { HERE, "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", NULL },
		  "OTEL_EXPORTER_OTLP_PROTOCOL: warning: OTLP is spoken over HTTP only, so nothing "
		  "is exported: use http/json and the collector's HTTP port\n" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct scene s;
		const struct config_otlp *o = load(&s, PROVIDER, rows[i].variables);

		CU_ASSERT_PTR_NULL(o->endpoint);
		CU_ASSERT_STRING_EQUAL(s.text, rows[i].report);
		fini(&s);
	}
}

static void what_is_wrong_is_told_with_the_variable(void)
{
	static const struct { const char *variables[7], *part; bool refused; } rows[] = {
		{ { "OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", NULL },
		  "OTEL_EXPORTER_OTLP_ENDPOINT: error: telemetry.otlp.endpoint", true },
		{ { HERE, "OTEL_EXPORTER_OTLP_HEADERS", "a b=c", NULL },
		  "OTEL_EXPORTER_OTLP_HEADERS: error: 'a b' can not be the name of a header", true },
		{ { HERE, "OTEL_EXPORTER_OTLP_HEADERS", "a", NULL },
		  "OTEL_EXPORTER_OTLP_HEADERS: error: ", true },
		{ { HERE, "OTEL_TRACES_SAMPLER", "jaeger_remote", NULL },
		  "OTEL_TRACES_SAMPLER: warning: 'jaeger_remote' is not known here", false },
		{ { HERE, "OTEL_TRACES_SAMPLER", "traceidratio", "OTEL_TRACES_SAMPLER_ARG",
		    "0,25", NULL },
		  "OTEL_TRACES_SAMPLER_ARG: error: '0,25' must be a number from 0 to 1", true },
		{ { HERE, "OTEL_TRACES_SAMPLER", "traceidratio", "OTEL_TRACES_SAMPLER_ARG", "7", NULL },
		  "OTEL_TRACES_SAMPLER_ARG: error: telemetry.otlp.sample", true },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct scene s;

		clear();
		scene_init(&s, PROVIDER);
		for (const char *const *v = rows[i].variables; *v; v += 2)
			CU_ASSERT_EQUAL(setenv(v[0], v[1], 1), 0);
		scene_load(&s);
		CU_ASSERT_PTR_NOT_NULL(strstr(s.text, rows[i].part));
		CU_ASSERT_EQUAL(!s.config, rows[i].refused);
		fini(&s);
	}
}

static const struct unit_test tests[] = {
	{ "an endpoint is enough", an_endpoint_is_enough },
	{ "all that is known is taken", all_that_is_known_is_taken },
	{ "the service may be an attribute", the_service_may_be_an_attribute },
	{ "what the file says stays", what_the_file_says_stays },
	{ "a sampler without a number takes all", a_sampler_without_a_number_takes_all },
	{ "grpc is refused also where the file leaves it open",
	  grpc_is_refused_also_where_the_file_leaves_it_open },
	{ "what the file leaves open is filled", what_the_file_leaves_open_is_filled },
	{ "nothing is exported unless it can be", nothing_is_exported_unless_it_can_be },
	{ "what is wrong is told with the variable", what_is_wrong_is_told_with_the_variable },
	{ NULL, NULL },
};
const struct unit_suite config_environment_otel_suite = { "config/environment_otel", tests };

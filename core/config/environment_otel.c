/* config/environment_otel.c - the OTEL_* variables that each program which exports telemetry is
 * expected to know (OpenTelemetry specification, "Environment Variable Specification"), as
 * members of telemetry.otlp.  Unlike CONDUIT_* ones they say only what no file does.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/query.h"
#include "base/str.h"
#include "config/environment.h"
#include "config/report.h"

enum { PERCENT_DIGITS = 4 };

static cdt_str variable(const char *name)
{
	const char *value = getenv(name);

	return str_trim(str_z(value ? value : ""));
}

static struct config_origin origin(const char *name)
{
	return (struct config_origin){ name, 0 };
}

/* otlp's member, unless the file has it. */
static void say(struct tree *t, struct node *otlp, const char *member, const char *name,
                cdt_str value)
{
	if (value.n && !node_get(otlp, member))
		(void)tree_add_text(t, otlp, member, tree_text(t, value), origin(name));
}

/* "name=value,name=value", values percent-encoded.  The service has a member of its own. */
static void say_pairs(struct tree *t, struct node *otlp, const char *member, const char *name)
{
	cdt_str rest = variable(name);
	struct node *list;

	if (!rest.n || node_get(otlp, member))
		return;
	list = tree_add(t, otlp, member, NODE_LIST, origin(name));
	while (rest.n) {
		cdt_str value = str_cut(&rest, ','), key = str_trim(str_cut(&value, '='));
		struct node *pair;

		if (!key.n)
			continue;
		value = query_decode(t->arena, str_trim(value));
		if (str_is(key, "service.name")) {
			say(t, otlp, "service", name, value);
			continue;
		}
		pair = tree_add(t, list, NULL, NODE_GROUP, origin(name));
		(void)tree_add_text(t, pair, "name", tree_text(t, key), origin(name));
		(void)tree_add_text(t, pair, "value", tree_text(t, value), origin(name));
	}
}

/* "0.25" as the schema has it, "25%"; without one all are taken. */
static void say_share(struct tree *t, struct node *otlp)
{
	static const char name[] = "OTEL_TRACES_SAMPLER_ARG";
	cdt_str text = variable(name);
	char *end = NULL;
	double share = text.n ? strtod(text.p, &end) : 1;

	if (text.n && end != text.p + text.n)
		config_report_error(t->report, origin(name), "'%.*s' must be a number from 0 "
		                    "to 1", text.n > 64 ? 64 : (int)text.n, text.p);
	else
		say(t, otlp, "sample", name,
		    str_z(tree_print(t, "%.*f%%", PERCENT_DIGITS, 100 * share)));
}

/* The samplers that there are: all, none, or a part, with or without the parent's word. */
static void say_sample(struct tree *t, struct node *otlp)
{
	static const char name[] = "OTEL_TRACES_SAMPLER";
	cdt_str sampler = variable(name);

	if (!sampler.n || node_get(otlp, "sample"))
		return;
	if (str_starts(sampler, "parentbased_"))
		sampler = str_skip(sampler, strlen("parentbased_"));
	if (str_is(sampler, "always_off"))
		say(t, otlp, "sample", name, CDT_STR("0%"));
	else if (str_is(sampler, "traceidratio"))
		say_share(t, otlp);
	else if (!str_is(sampler, "always_on"))
		config_report_warning(t->report, origin(name), "'%.*s' is not known here; all "
		                      "traces are sampled",
		                      sampler.n > 64 ? 64 : (int)sampler.n, sampler.p);
}

static bool is_spoken(struct tree *t)
{
	static const char name[] = "OTEL_EXPORTER_OTLP_PROTOCOL";

	if (!str_starts(variable(name), "grpc"))
		return true;
	config_report_warning(t->report, origin(name), "OTLP is spoken over HTTP only, so "
	                      "nothing is exported: use http/json and the collector's HTTP "
	                      "port");
	return false;
}

void environment_otel(struct tree *t)
{
	static const char name[] = "OTEL_EXPORTER_OTLP_ENDPOINT";
	struct node *telemetry = node_get(t->root, "telemetry");
	struct node *otlp = node_get(telemetry, "otlp");

	if (str_is_nocase(variable("OTEL_SDK_DISABLED"), "true"))
		return;
	if (!node_get(otlp, "endpoint") && variable(name).n && !is_spoken(t))
		return;
	if (!otlp) {
		if (!variable(name).n)
			return;
		if (!telemetry)
			telemetry = tree_add(t, t->root, "telemetry", NODE_GROUP, origin(name));
		if (telemetry->type != NODE_GROUP)
			return;
		otlp = tree_add(t, telemetry, "otlp", NODE_GROUP, origin(name));
	}
	if (otlp->type != NODE_GROUP)
		return;
	say(t, otlp, "endpoint", name, variable(name));
	say(t, otlp, "service", "OTEL_SERVICE_NAME", variable("OTEL_SERVICE_NAME"));
	say_pairs(t, otlp, "headers", "OTEL_EXPORTER_OTLP_HEADERS");
	say_pairs(t, otlp, "resource", "OTEL_RESOURCE_ATTRIBUTES");
	say_sample(t, otlp);
}

/* unit/plugins/bedrock_test.c - what the recorded cases of provider_bedrock can not show:
 * clocks that differ, credentials of the machine, and answers in several steps.
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "plugin/host.h"
#include "unit/plugins/fake.h"

extern const struct cdt_feature bedrock_feature;

#define WALL_MS INT64_C(1735787045000)                 /* 2025-01-02T03:04:05Z */
#define CHAT "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":" \
	"\"hi\"}]}]}"
#define SKEWED "{\"message\":\"Signature expired: 20250102T030405Z is now earlier than " \
	"20250102T030905Z\"}"
enum { STEPS_MAX = 4 };

/* A machine: its clock, and what its endpoints answer, in order. */
struct machine {
	struct cdt_host host;                  /* first */
	int64_t wall_ms;
	size_t asked;
	struct buf log;                        /* method, address and headers of all requests */
	struct cdt_http_out out;
	const char *method;
};
static struct machine the;

static void host_log(const struct cdt_host *h, uint32_t level, const char *msg)
{
	(void)h, (void)level, (void)msg;
}

static int64_t host_wall(const struct cdt_host *h)
{
	(void)h;
	return the.wall_ms;
}

static void out_method(struct cdt_http_out *o, const char *method)
{
	(void)o;
	the.method = method;
}

static void out_url(struct cdt_http_out *o, cdt_str base, cdt_str path)
{
	(void)o;
	buf_print(&the.log, "%s %.*s%.*s", the.method, STR_ARG(base), STR_ARG(path));
}

static void out_secret(struct cdt_http_out *o, const char *name, cdt_str prefix, cdt_str secret)
{
	(void)o;
	buf_print(&the.log, " %s=%.*s%.*s", name, STR_ARG(prefix), STR_ARG(secret));
}

static void out_header(struct cdt_http_out *o, const char *name, cdt_str value)
{
	out_secret(o, name, CDT_STR(""), value);
}

struct answer_row { uint32_t status; const char *body; };
static const struct answer_row *the_answers;

static cdt_status fetch(struct cdt_worker *w, uint32_t timeout_ms,
                        void (*fill)(void *arg, struct cdt_http_out *),
                        void (*answer)(void *arg, cdt_status, const struct cdt_http_head *,
                                       cdt_str body), void *arg)
{
	static const struct cdt_http_out_api api = { .size = sizeof api, .method = out_method,
		.url = out_url, .header = out_header, .secret_header = out_secret };
	const struct answer_row *row = &the_answers[the.asked++];
	struct cdt_http_head head = { .size = sizeof head, .status = row->status };

	(void)w, (void)timeout_ms;
	the.out.api = &api;
	fill(arg, &the.out);
	buf_add_c(&the.log, '\n');
	if (!row->body)
		return CDT_E_LIMIT;
	answer(arg, row->status ? CDT_OK : CDT_E_UPSTREAM, row->status ? &head : NULL,
	       str_z(row->body));
	return CDT_OK;
}

static const void *host_service(const struct cdt_host *h, const char *id)
{
	static const struct cdt_http http = { .size = sizeof http, .fetch = fetch };

	(void)h;
	if (strcmp(id, CDT_SVC_CRYPTO) == 0)
		return &host_crypto;
	return strcmp(id, CDT_SVC_HTTP) == 0 ? &http : NULL;
}

static void *open_with(const char *config)
{
	struct fake_doc doc;
	void *self;

	the = (struct machine){ .host = { .size = sizeof the.host,
		.abi_major = CDT_ABI_MAJOR, .abi_minor = CDT_ABI_MINOR, .version = "test",
		.log = host_log, .service = host_service, .wall_ms = host_wall },
		.wall_ms = WALL_MS };
	buf_init(&the.log, 1 << 20);
	fake_doc_init(&doc, config);
	self = ((const struct cdt_provider_ops *)bedrock_feature.ops)->open(&the.host, doc.val);
	fake_doc_fini(&doc);
	return self;
}

static const struct cdt_provider_ops *ops(void)
{
	return bedrock_feature.ops;
}

static void close_it(void *self)
{
	ops()->close(self);
	buf_fini(&the.log);
}

struct attempt_of { struct fake_call call; struct fake_http http; struct fake_doc doc; };

static cdt_status build(struct attempt_of *a, void *self, uint32_t op, const char *model,
                        const char *doc)
{
	struct cdt_request req = { .size = sizeof req, .op = op, .model = str_z(model),
		.base_url = CDT_STR(""), .secret = CDT_STR("AKIDEXAMPLE:secretsecret") };
	cdt_status st;

	fake_call_init(&a->call);
	fake_http_init(&a->http);
	fake_doc_init(&a->doc, doc);
	req.doc = a->doc.val;
	st = ops()->build(self, &a->call.abi, &req, &a->http.abi);
	fake_call_step(&a->call);
	return st;
}

static void drop(struct attempt_of *a, void *self)
{
	ops()->done(self, &a->call.abi);
	fake_call_fini(&a->call);
	fake_http_fini(&a->http);
	fake_doc_fini(&a->doc);
}

static bool sends(struct attempt_of *a, const char *line)
{
	cdt_str headers = buf_str(&a->http.headers);

	return str_search(headers, str_z(line)) < headers.n;
}

/* --- clocks --- */

static bool stamps(void *self, const char *line)
{
	struct attempt_of a;
	bool ok = build(&a, self, CDT_OP_CHAT, "amazon.nova-micro-v1:0", CHAT) == CDT_OK &&
	          sends(&a, line);

	drop(&a, self);
	return ok;
}

static uint32_t refused(void *self, const char *type, const char *date, const char *body)
{
	struct cdt_header headers[] = {
		{ CDT_STR("X-Amzn-ErrorType"), str_z(type) }, { CDT_STR("Date"), str_z(date) },
	};
	struct cdt_http_head head = { sizeof head, 403, headers, 2 };
	struct cdt_error err = { .size = sizeof err, .retry_after_ms = -1 };
	struct fake_call call;

	fake_call_init(&call);
	CU_ASSERT(ops()->error(self, &call.abi, &head, str_z(body), &err) == CDT_OK);
	fake_call_fini(&call);
	return err.reason;
}

static void another_clock_is_learned_from_the_refusal(void)
{
	const char *type = "InvalidSignatureException", *date = "Thu, 02 Jan 2025 03:14:05 GMT";
	void *self = open_with("{}");

	CU_ASSERT(stamps(self, "x-amz-date: 20250102T030405Z\n"));
	CU_ASSERT(refused(self, type, date, SKEWED) == CDT_ERR_UPSTREAM);
	CU_ASSERT(stamps(self, "x-amz-date: 20250102T031405Z\n"));
	/* Once it is known, time is no excuse. */
	CU_ASSERT(refused(self, type, date, SKEWED) == CDT_ERR_AUTH);
	the.wall_ms += 60000;
	CU_ASSERT(stamps(self, "x-amz-date: 20250102T031505Z\n"));
	/* Our clock was set right meanwhile. */
	the.wall_ms += 10 * 60000;
	CU_ASSERT(refused(self, "RequestTimeTooSkewed", "Thu, 02 Jan 2025 03:15:05 GMT",
	                  "{}") == CDT_ERR_UPSTREAM);
	CU_ASSERT(stamps(self, "x-amz-date: 20250102T031505Z\n"));
	close_it(self);
}

static void a_refusal_that_is_not_about_time_teaches_nothing(void)
{
	static const struct { const char *type, *date, *body; } rows[] = {
		{ "UnrecognizedClientException", "Thu, 02 Jan 2025 03:14:05 GMT", "{}" },
		{ "InvalidSignatureException", "", SKEWED },
		{ "InvalidSignatureException", "yesterday", SKEWED },
		{ "InvalidSignatureException", "Thu, 02 Jan 2025 03:04:20 GMT", SKEWED },
		{ "InvalidSignatureException", "Thu, 02 Jan 2020 03:04:05 GMT", SKEWED },
	};
	void *self = open_with("{}");

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CU_ASSERT(refused(self, rows[i].type, rows[i].date, rows[i].body) ==
		          CDT_ERR_AUTH);
	CU_ASSERT(stamps(self, "x-amz-date: 20250102T030405Z\n"));
	close_it(self);
}

/* --- credentials of the machine --- */

struct got {
	struct cdt_ticket abi;                 /* first */
	unsigned ends;
	cdt_status st;
	uint64_t ms;
	char text[256];
};

static void got_end(struct cdt_ticket *t, cdt_status st, cdt_str value)
{
	struct got *g = (struct got *)(void *)t;

	g->ends++;
	g->st = st;
	(void)snprintf(g->text, sizeof g->text, "%.*s", STR_ARG(value));
}

static void got_lasts(struct cdt_ticket *t, uint64_t ms)
{
	((struct got *)(void *)t)->ms = ms;
}

static int got_cancelled(const struct cdt_ticket *t)
{
	(void)t;
	return 0;
}

static struct got ask(void *self, const struct answer_row *answers)
{
	static const struct cdt_ticket_api api = { .size = sizeof api, .done = got_end,
		.lasts = got_lasts, .cancelled = got_cancelled };
	const struct cdt_provider_auth *auth = ops()->extension(self, CDT_EXT_PROVIDER_AUTH);
	struct got g = { .abi = { &api } };

	the_answers = answers;
	the.asked = 0;
	buf_clear(&the.log);
	CU_ASSERT_FATAL(auth != NULL);
	auth->token(self, NULL, CDT_STR(""), &g.abi);
	CU_ASSERT(g.ends == 1);
	return g;
}

#define KEYS "{\"Code\" : \"Success\", \"AccessKeyId\" : \"ASIA1\", \"SecretAccessKey\" : " \
	"\"s/+\", \"Token\" : \"t==\", \"Expiration\" : \"2025-01-02T04:04:05Z\"}"
#define ROLES "/latest/meta-data/iam/security-credentials/"

static void an_instance_asks_its_metadata_service(void)
{
	static const struct answer_row rows[] = { { 200, "SESSION" }, { 200, "role-a\nrole-b" },
		{ 200, KEYS } };
	void *self = open_with("{\"credentials\":\"instance\"}");
	struct got g = ask(self, rows);

	CU_ASSERT(g.st == CDT_OK && the.asked == 3);
	CU_ASSERT_STRING_EQUAL(g.text, "ASIA1:s/+:t==");
	CU_ASSERT(g.ms == 55 * 60000);                 /* an hour, minus the margin */
	CU_ASSERT(str_is(buf_str(&the.log),
		"PUT http://169.254.169.254/latest/api/token "
		"x-aws-ec2-metadata-token-ttl-seconds=21600\n"
		"GET http://169.254.169.254" ROLES " x-aws-ec2-metadata-token=SESSION\n"
		"GET http://169.254.169.254" ROLES
		"role-a x-aws-ec2-metadata-token=SESSION\n"));
	close_it(self);
}

static void a_container_asks_its_agent(void)
{
	static const struct answer_row rows[] = { { 200, KEYS } };
	void *self = open_with("{\"credentials\":\"container\",\"credentials_url\":"
	                       "\"http://169.254.170.2/v2/x\",\"credentials_token\":\"tok\"}");
	struct got g;

	the.wall_ms += 58 * 60000;
	g = ask(self, rows);
	CU_ASSERT(g.st == CDT_OK);
	CU_ASSERT_STRING_EQUAL(g.text, "ASIA1:s/+:t==");
	CU_ASSERT(g.ms == 60000);                      /* half of what little is left */
	CU_ASSERT(str_is(buf_str(&the.log),
		"GET http://169.254.170.2/v2/x authorization=tok\n"));
	close_it(self);
}

static void what_can_not_be_had_is_an_error(void)
{
	static const struct answer_row rows[][STEPS_MAX] = {
		{ { 0, "" } }, { { 403, "no" } }, { { 200, "" } }, { { 200, "a b" } },
		{ { 200, NULL } }, { { 200, "S" }, { 404, "" } },
		{ { 200, "S" }, { 200, "\n" } },
		{ { 200, "S" }, { 200, "r" }, { 200, "{\"Code\":\"Failed\"}" } },
		{ { 200, "S" }, { 200, "r" }, { 200, "" } }, { { 200, "S" }, { 200, NULL } },
	};
	void *self = open_with("{\"credentials\":\"instance\"}");

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct got g = ask(self, rows[i]);

		CU_ASSERT(g.st != CDT_OK && g.text[0] == '\0');
	}
	close_it(self);
}

static void stored_secrets_need_no_machine(void)
{
	void *self = open_with("{}");

	CU_ASSERT(ops()->extension(self, CDT_EXT_PROVIDER_AUTH) == NULL);
	CU_ASSERT(ops()->extension(self, "other") == NULL);
	close_it(self);
}

static void wrong_options_are_refused(void)
{
	static const char *const bad[] = {
		"{\"auth\":\"x\"}", "{\"credentials\":\"x\"}",
		"{\"credentials\":\"container\"}", "{\"region\":\"US EAST\"}",
		"{\"region\":\"us/east\"}", "{\"guardrail\":\"a b\"}",
		"{\"latency\":\"much too long for any of its words\"}",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CU_ASSERT(open_with(bad[i]) == NULL);
}

/* --- names in the catalogue --- */

static void the_catalogue_is_asked_for_shorter_and_shorter_names(void)
{
	static const struct { const char *id, *names[4]; } rows[] = {
		{ "us.amazon.nova-lite-v1:0", { "amazon.nova-lite-v1:0", "amazon.nova-lite-v1",
		  "amazon.nova-lite", "" } },
		{ "amazon.titan-embed-text-v2:0", { "amazon.titan-embed-text-v2",
		  "amazon.titan-embed-text", "", "" } },
		{ "arn:aws:bedrock:us-east-1::foundation-model/zai.glm-4.7",
		  { "zai.glm-4.7", "", "", "" } },
		{ "minimax.minimax-m2", { "", "", "", "" } },
	};
	void *self = open_with("{}");
	const struct cdt_provider_catalog *c =
		ops()->extension(self, CDT_EXT_PROVIDER_CATALOG);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (uint32_t k = 0; k < 4; k++)
			CU_ASSERT(str_is(c->model(self, str_z(rows[i].id), k),
			                 rows[i].names[k]));
	CU_ASSERT(str_is(c->list(self, CDT_STR("")), "bedrock"));
	CU_ASSERT(str_is(c->list(self, CDT_STR("http://127.0.0.1:1")), ""));
	CU_ASSERT(str_is(c->list(self, CDT_STR("https://bedrock-runtime.eu-west-1.amazonaws.com"
	                                       "/")), "bedrock"));
	close_it(self);
}

/* --- several steps --- */

static void check_step(struct attempt_of *a, void *self, const char *answer, const char *next)
{
	const struct cdt_frame frame = { .size = sizeof frame, .data = str_z(answer) };
	struct fake_sink sink;

	fake_sink_init(&sink);
	a->call.follows = 0;
	CU_ASSERT(ops()->frame(self, &a->call.abi, &frame, &sink.abi) == CDT_OK);
	fake_call_step(&a->call);
	CU_ASSERT(ops()->finish(self, &a->call.abi, &sink.abi) == CDT_OK);
	CU_ASSERT(a->call.follows == (next != NULL));
	fake_sink_fini(&sink);
	if (!next)
		return;
	fake_http_fini(&a->http);
	fake_http_init(&a->http);
	CU_ASSERT(ops()->follow(self, &a->call.abi, &a->http.abi) == CDT_OK);
	CU_ASSERT(str_is(buf_str(&a->http.text), next));
	CU_ASSERT(sends(a, "authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
	fake_call_step(&a->call);
}

static void texts_are_embedded_one_after_the_other(void)
{
	static const char answer[] = "{\"embedding\":[1],\"inputTextTokenCount\":2}";
	void *self = open_with("{}");
	struct attempt_of a;

	CU_ASSERT(build(&a, self, CDT_OP_EMBED, "amazon.titan-embed-text-v1",
	                "{\"input\":[\"a\",\"b\",\"c\"]}") == CDT_OK);
	CU_ASSERT(str_is(buf_str(&a.http.text), "{\"inputText\":\"a\"}"));
	check_step(&a, self, answer, "{\"inputText\":\"b\"}");
	check_step(&a, self, answer, "{\"inputText\":\"c\"}");
	check_step(&a, self, answer, NULL);
	drop(&a, self);
	close_it(self);
}

static void pictures_are_asked_for_again_in_the_same_words(void)
{
	static const char answer[] =
		"{\"images\":[\"iVBORw0KGgo=\"],\"finish_reasons\":[null]}";
	static const char asked[] = "{\"prompt\":\"p\",\"mode\":\"text-to-image\","
		"\"output_format\":\"png\"}";
	void *self = open_with("{}");
	struct attempt_of a;

	CU_ASSERT(build(&a, self, CDT_OP_IMAGE, "stability.sd3-5-large-v1:0",
	                "{\"prompt\":\"p\",\"n\":2}") == CDT_OK);
	CU_ASSERT(str_is(buf_str(&a.http.text), asked));
	check_step(&a, self, answer, asked);
	check_step(&a, self, answer, NULL);
	drop(&a, self);
	close_it(self);
}

/* The wire format has one frame an answer: a second one is no part of it. */
static void a_second_frame_of_one_step_is_an_error(void)
{
	const struct cdt_frame frame = { .size = sizeof frame,
		.data = CDT_STR("{\"embedding\":[1]}") };
	void *self = open_with("{}");
	struct fake_sink sink;
	struct attempt_of a;

	fake_sink_init(&sink);
	CU_ASSERT(build(&a, self, CDT_OP_EMBED, "amazon.titan-embed-text-v1",
	                "{\"input\":[\"a\"]}") == CDT_OK);
	CU_ASSERT(ops()->frame(self, &a.call.abi, &frame, &sink.abi) == CDT_OK);
	CU_ASSERT(ops()->frame(self, &a.call.abi, &frame, &sink.abi) == CDT_E_UPSTREAM);
	fake_sink_fini(&sink);
	drop(&a, self);
	close_it(self);
}

static const struct unit_test tests[] = {
	{ "another clock is learned from the refusal",
	  another_clock_is_learned_from_the_refusal },
	{ "a refusal that is not about time teaches nothing",
	  a_refusal_that_is_not_about_time_teaches_nothing },
	{ "an instance asks its metadata service", an_instance_asks_its_metadata_service },
	{ "a container asks its agent", a_container_asks_its_agent },
	{ "what can not be had is an error", what_can_not_be_had_is_an_error },
	{ "stored secrets need no machine", stored_secrets_need_no_machine },
	{ "wrong options are refused", wrong_options_are_refused },
	{ "the catalogue is asked for shorter and shorter names",
	  the_catalogue_is_asked_for_shorter_and_shorter_names },
	{ "texts are embedded one after the other", texts_are_embedded_one_after_the_other },
	{ "pictures are asked for again in the same words",
	  pictures_are_asked_for_again_in_the_same_words },
	{ "a second frame of one step is an error", a_second_frame_of_one_step_is_an_error },
	{ NULL, NULL }
};
const struct unit_suite plugins_bedrock_suite = { "plugins/bedrock", tests };

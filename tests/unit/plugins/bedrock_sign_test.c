/* unit/plugins/bedrock_sign_test.c - signatures of Amazon's own suite and of Bedrock's
 * requests, and the dates around them.
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/str.h"
#include "plugin/host.h"
#include "provider_bedrock/bedrock.h"
#include "unit/plugins/fake.h"

#define VECTORS "plugins/provider_bedrock/t/vectors/"
enum { HEADERS_MAX = 16 };

/* One case: what is to be signed, and what must come of it. */
struct vector {
	struct cdt_header header[HEADERS_MAX];
	struct sigv4 s;
	cdt_str canonical, to_sign, signature;
};

static cdt_str hash(cdt_str body, char hex[SHA256_HEX_SIZE])
{
	uint8_t sum[SHA256_SIZE];

	sha256(body, sum);
	return str_z(hex_of(sum, sizeof sum, hex));
}

static void check(const char *name, struct vector *v)
{
	struct fake_call call;
	struct sigv4_text text;

	fake_call_init(&call);
	v->s.headers = v->header;
	CU_ASSERT(bedrock_sigv4(&call.abi, &host_crypto, &v->s, &text) == CDT_OK);
	if (!str_eq(text.canonical, v->canonical))
		fprintf(stderr, "\n%s:\n%.*s\nwanted\n%.*s\n", name, STR_ARG(text.canonical),
		        STR_ARG(v->canonical));
	CU_ASSERT(str_eq(text.canonical, v->canonical));
	CU_ASSERT(str_eq(text.to_sign, v->to_sign));
	CU_ASSERT(str_eq(text.signature, v->signature));
	CU_ASSERT(str_ends(text.authorization, "Signature=") == false);
	fake_call_fini(&call);
}

static void add_header(struct vector *v, cdt_str name, cdt_str value)
{
	CU_ASSERT(v->s.count < HEADERS_MAX);
	v->header[v->s.count++] = (struct cdt_header){ name, value };
}

/* "Name:value", and lines that go on with it. */
static void take_headers(struct vector *v, cdt_str *request)
{
	while (request->n && request->p[0] != '\n') {
		cdt_str line = str_cut(request, '\n'), value = line;
		cdt_str name = str_cut(&value, ':');

		if (line.p[0] != ' ') {
			add_header(v, name, value);
			continue;
		}
		v->header[v->s.count - 1].value.n =
			(size_t)(line.p + line.n - v->header[v->s.count - 1].value.p);
	}
}

/* METHOD TARGET HTTP/1.1; a target may have blanks in it. */
static void take_target(struct vector *v, cdt_str line)
{
	v->s.method = str_cut(&line, ' ');
	line.n -= sizeof " HTTP/1.1" - 1;
	v->s.path = str_cut(&line, '?');
	v->s.query = line;
}

static bool is_signed(cdt_str names, cdt_str name)
{
	while (names.n) {
		cdt_str one = str_cut(&names, ';');
		char z[64];

		(void)snprintf(z, sizeof z, "%.*s", STR_ARG(one));
		if (str_is_nocase(name, z))
			return true;
	}
	return false;
}

/* The signed request has all headers; which of them are signed stands in its last line. */
static void drop_unsigned(struct vector *v, cdt_str request)
{
	const cdt_str mark = CDT_STR("SignedHeaders=");
	cdt_str names = str_skip(request, str_search(request, mark) + mark.n);
	size_t kept = 0;

	names = str_cut(&names, ',');
	for (size_t i = 0; i < v->s.count; i++)
		if (is_signed(names, v->header[i].name))
			v->header[kept++] = v->header[i];
	v->s.count = kept;
}

static void check_suite_case(cdt_val c)
{
	cdt_val with = cdt_get(c, "context"), keys = cdt_get(with, "credentials");
	cdt_str request = cdt_text(cdt_get(c, "signed_request")), rest = request;
	char name[64], hex[SHA256_HEX_SIZE], stamp[BEDROCK_STAMP_SIZE];
	struct vector v = { .s = { .region = cdt_text(cdt_get(with, "region")),
		.service = cdt_text(cdt_get(with, "service")),
		.key_id = cdt_text(cdt_get(keys, "access_key_id")),
		.key = cdt_text(cdt_get(keys, "secret_access_key")),
		.as_is = !with.api->flag(cdt_get(with, "normalize"), 1) } };

	(void)snprintf(name, sizeof name, "%.*s", STR_ARG(cdt_text(cdt_get(c, "name"))));
	take_target(&v, str_cut(&rest, '\n'));
	take_headers(&v, &rest);
	drop_unsigned(&v, request);
	bedrock_stamp(bedrock_iso_date(cdt_text(cdt_get(with, "timestamp"))), stamp);
	v.s.stamp = str_z(stamp);
	v.s.body_sha256 = hash(str_skip(rest, 1), hex);
	v.canonical = cdt_text(cdt_get(c, "canonical_request"));
	v.to_sign = cdt_text(cdt_get(c, "string_to_sign"));
	v.signature = cdt_text(cdt_get(c, "signature"));
	check(name, &v);
}

static void each(const char *path, const char *member, void (*run)(cdt_val), size_t count)
{
	cdt_str text = fake_read(path);
	struct fake_doc doc;
	cdt_val list;
	char *p;

	CU_ASSERT_FATAL(text.p != NULL);
	fake_doc_init(&doc, text.p);
	list = member ? cdt_get(doc.val, member) : doc.val;
	CU_ASSERT(cdt_count(list) == count);
	for (size_t i = 0; i < cdt_count(list); i++)
		run(cdt_at(list, i));
	fake_doc_fini(&doc);
	memcpy(&p, &text.p, sizeof p);                 /* it was allocated for us */
	mem_free(p);
}

static void amazons_suite_is_signed_right(void)
{
	each(VECTORS "sigv4-suite.json", "cases", check_suite_case, 38);
}

static void check_bedrock_case(cdt_val c)
{
	cdt_val headers = cdt_get(c, "headers"), value;
	char hex[SHA256_HEX_SIZE];
	size_t at = 0;
	cdt_str key;
	struct vector v = { .s = { .method = cdt_text(cdt_get(c, "method")),
		.path = cdt_text(cdt_get(c, "wire_path")),
		.region = cdt_text(cdt_get(c, "region")),
		.service = cdt_text(cdt_get(c, "service")),
		.key_id = cdt_text(cdt_get(c, "access_key_id")),
		.key = cdt_text(cdt_get(c, "secret_access_key")),
		.stamp = cdt_text(cdt_get(headers, "x-amz-date")) } };

	while (headers.api->next(headers, &at, &key, &value))
		add_header(&v, key, cdt_text(value));
	v.s.body_sha256 = hash(cdt_text(cdt_get(c, "body")), hex);
	v.canonical = cdt_text(cdt_get(c, "canonical_request"));
	v.to_sign = cdt_text(cdt_get(c, "string_to_sign"));
	v.signature = cdt_text(cdt_get(c, "signature"));
	check("bedrock", &v);
}

static void bedrocks_paths_are_encoded_twice(void)
{
	each(VECTORS "sigv4-bedrock.json", NULL, check_bedrock_case, 4);
}

static void a_key_that_is_too_long_is_refused(void)
{
	char key[300];
	struct fake_call call;
	struct sigv4_text text;
	struct sigv4 s = { .key = { key, sizeof key }, .stamp = CDT_STR("20250102T030405Z") };

	memset(key, 'k', sizeof key);
	fake_call_init(&call);
	CU_ASSERT(bedrock_sigv4(&call.abi, &host_crypto, &s, &text) == CDT_E_INVALID);
	fake_call_fini(&call);
}

static void dates_are_read_and_written(void)
{
	static const struct { int64_t ms; const char *stamp, *iso, *http; } rows[] = {
		{ 0, "19700101T000000Z", "1970-01-01T00:00:00Z",
		  "Thu, 01 Jan 1970 00:00:00 GMT" },
		{ INT64_C(784111777000), "19941106T084937Z", "1994-11-06T08:49:37Z",
		  "Sun, 06 Nov 1994 08:49:37 GMT" },
		{ INT64_C(951782399000), "20000228T235959Z", "2000-02-28T23:59:59Z",
		  "Mon, 28 Feb 2000 23:59:59 GMT" },
		{ INT64_C(951782400000), "20000229T000000Z", "2000-02-29T00:00:00Z",
		  "Tue, 29 Feb 2000 00:00:00 GMT" },
		{ INT64_C(1735787045000), "20250102T030405Z", "2025-01-02T03:04:05Z",
		  "Thu, 02 Jan 2025 03:04:05 GMT" },
		{ INT64_C(1767225599000), "20251231T235959Z", "2025-12-31T23:59:59Z",
		  "Wed, 31 Dec 2025 23:59:59 GMT" },
	};
	char stamp[BEDROCK_STAMP_SIZE];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bedrock_stamp(rows[i].ms + 999, stamp);
		CU_ASSERT_STRING_EQUAL(stamp, rows[i].stamp);
		CU_ASSERT(bedrock_iso_date(str_z(rows[i].iso)) == rows[i].ms);
		CU_ASSERT(bedrock_http_date(str_z(rows[i].http)) == rows[i].ms);
	}
	CU_ASSERT(bedrock_iso_date(CDT_STR("2025-01-02T03:04:05.678Z")) ==
	          INT64_C(1735787045000));
}

static void what_is_no_date_is_none(void)
{
	static const char *const bad[] = {
		"", "Z", "2025-01-02 03:04:05Z", "2025-13-02T03:04:05Z", "2025-01-02T24:04:05Z",
		"2025-01-00T03:04:05Z", "x025-01-02T03:04:05Z", "Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nuv 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
		"Sun, 06 Nov 1994 08:49:37 GMTx",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		CU_ASSERT(bedrock_iso_date(str_z(bad[i])) == -1);
		CU_ASSERT(bedrock_http_date(str_z(bad[i])) == -1);
	}
}

static void secrets_are_taken_apart(void)
{
	static const struct { const char *secret, *id, *key, *token; int ok; } rows[] = {
		{ "A:b", "A", "b", "", 1 },
		{ "A:b:c==", "A", "b", "c==", 1 },
		{ "A:b:c:d", "A", "b", "c:d", 1 },
		{ "A", "", "", "", 0 },
		{ ":b", "", "", "", 0 },
		{ "A:", "", "", "", 0 },
		{ " { \"AccessKeyId\" : \"A\",\n\"SecretAccessKey\":\"b/+\", \"Token\":\"t\"}",
		  "A", "b/+", "t", 1 },
		{ "{\"x\":\"AccessKeyId\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"b\"}",
		  "A", "b", "", 1 },
		{ "{\"AccessKeyId\":\"A\"}", "", "", "", 0 },
		{ "{\"AccessKeyId\":1,\"SecretAccessKey\":\"b\"}", "", "", "", 0 },
		{ "{AccessKeyId", "", "", "", 0 },
		{ "{\"AccessKeyId\":\"A", "", "", "", 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct keys k;

		CU_ASSERT(!!bedrock_keys(str_z(rows[i].secret), &k) == rows[i].ok);
		if (!rows[i].ok)
			continue;
		CU_ASSERT(str_is(k.id, rows[i].id) && str_is(k.secret, rows[i].key));
		CU_ASSERT(str_is(k.token, rows[i].token));
	}
}

static const struct unit_test tests[] = {
	{ "Amazon's suite is signed right", amazons_suite_is_signed_right },
	{ "Bedrock's paths are encoded twice", bedrocks_paths_are_encoded_twice },
	{ "a key that is too long is refused", a_key_that_is_too_long_is_refused },
	{ "dates are read and written", dates_are_read_and_written },
	{ "what is no date is none", what_is_no_date_is_none },
	{ "secrets are taken apart", secrets_are_taken_apart },
	{ NULL, NULL }
};
const struct unit_suite plugins_bedrock_sign_suite = { "plugins/bedrock_sign", tests };

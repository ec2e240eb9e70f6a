/* unit/plugins/vertex_token_test.c - what provider_vertex, the plugin itself, makes of secrets:
 * the JWT that it signs, what it asks the token service, and how it reads its answers.
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/str.h"
#include "conduit/provider.h"
#include "plugin/host.h"
#include "unit/plugins/fake.h"

enum { NOW_S = 1800000000, PEM_SIZE = 4096, SECRET_SIZE = 8192 };

/* A gateway: its log, its HTTP client, and the ticket of one token. */
struct bench {
	struct cdt_host host;                  /* first */
	struct cdt_ticket ticket;
	void *so;
	const struct cdt_provider_ops *ops;
	struct fake_doc config;
	void *self;
	char said[512];
	int without_http, deaf;                /* deaf: fetch itself fails */
	struct fake_http form;
	unsigned fetches, dones;
	void (*answer)(void *, cdt_status, const struct cdt_http_head *, cdt_str);
	void *arg;
	cdt_status status;
	char token[256];
	uint64_t lasts_ms;
};

static struct bench *on;                       /* fetch and tickets have no argument for it */

static void say(const struct cdt_host *h, uint32_t level, const char *msg)
{
	struct bench *b = (struct bench *)(uintptr_t)h;

	(void)level;
	(void)snprintf(b->said, sizeof b->said, "%s", msg);
}

static uint64_t now_ms(const struct cdt_host *h) { (void)h; return 5; }
static int64_t wall_ms(const struct cdt_host *h) { (void)h; return NOW_S * INT64_C(1000); }

static cdt_status fetch(struct cdt_worker *w, uint32_t timeout_ms,
                        void (*fill)(void *, struct cdt_http_out *),
                        void (*answer)(void *, cdt_status, const struct cdt_http_head *,
                                       cdt_str), void *arg)
{
	(void)w, (void)timeout_ms;
	on->fetches++;
	if (on->deaf)
		return CDT_E_LIMIT;
	on->answer = answer;
	on->arg = arg;
	fill(arg, &on->form.abi);
	return CDT_OK;
}

static const void *service(const struct cdt_host *h, const char *id)
{
	static const struct cdt_http http = { .size = sizeof http, .fetch = fetch };

	if (strcmp(id, CDT_SVC_CRYPTO) == 0)
		return &host_crypto;
	return strcmp(id, CDT_SVC_HTTP) == 0 && !((const struct bench *)h)->without_http
	       ? &http : NULL;
}

static void done(struct cdt_ticket *t, cdt_status st, cdt_str value)
{
	(void)t;
	on->dones++;
	on->status = st;
	(void)snprintf(on->token, sizeof on->token, "%.*s", STR_ARG(value));
}

static void lasts(struct cdt_ticket *t, uint64_t ms)
{
	(void)t;
	on->lasts_ms = ms;
}

static void bench_init(struct bench *b, const char *config, int without_http)
{
	static const struct cdt_ticket_api ticket = {
		.size = sizeof ticket, .done = done, .lasts = lasts };
	const char *dir = getenv("CONDUIT_BUILDDIR");
	const struct cdt_module *(*entry)(void);
	char path[1024];

	*b = (struct bench){ .host = { .size = sizeof b->host, .abi_major = CDT_ABI_MAJOR,
		.version = "test", .log = say, .now_ms = now_ms, .service = service,
		.wall_ms = wall_ms }, .ticket = { &ticket }, .without_http = without_http };
	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);             /* the folder that make ran in */
	(void)snprintf(path, sizeof path, "%s/plugins/provider_vertex.so", dir);
	b->so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b->so);
	*(void **)&entry = dlsym(b->so, "conduit_module_1");
	b->ops = entry()->features[0]->ops;
	fake_doc_init(&b->config, config);
	fake_http_init(&b->form);
	on = b;
	b->self = b->ops->open(&b->host, b->config.val);
}

static void bench_fini(struct bench *b)
{
	if (b->self)
		b->ops->close(b->self);
	fake_http_fini(&b->form);
	fake_doc_fini(&b->config);
	(void)dlclose(b->so);
}

static void ask(struct bench *b, const char *secret)
{
	const struct cdt_provider_auth *auth = b->ops->extension(b->self,
	                                                         CDT_EXT_PROVIDER_AUTH);

	CU_ASSERT_PTR_NOT_NULL_FATAL(auth);
	auth->token(b->self, NULL, str_z(secret), &b->ticket);
}

static void answer(struct bench *b, uint32_t status, const char *body)
{
	struct cdt_http_head head = { .size = sizeof head, .status = status };

	b->answer(b->arg, CDT_OK, &head, str_z(body));
}

/* --- accounts --- */

static EVP_PKEY *new_key(char pem[PEM_SIZE])
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	BIO *out = BIO_new(BIO_s_mem());
	int n;

	CU_ASSERT(PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1);
	n = BIO_read(out, pem, PEM_SIZE - 1);
	pem[n > 0 ? n : 0] = '\0';
	BIO_free(out);
	return key;
}

/* As Google writes it: the lines of the key are one text with \n in it. */
static void account_of(char out[SECRET_SIZE], const char *pem)
{
	struct buf b;

	buf_init(&b, SECRET_SIZE);
	buf_add_z(&b, "{\n  \"type\": \"service_account\",\n  \"nested\": {\"private_key\": "
	              "\"}\", \"l\": [1, {}]},\n  \"private_key_id\": \"kid-1\",\n"
	              "  \"private_key\": \"");
	for (; *pem; pem++) {
		if (*pem == '\n')
			buf_add_z(&b, "\\n");
		else
			buf_add_c(&b, *pem);
	}
	buf_add_z(&b, "\",\n  \"client_email\": \"me\\u0040p.iam.gserviceaccount.com\",\n"
	              "  \"token_uri\": \"https://oauth2.example\\/token\"\n}\n");
	(void)snprintf(out, SECRET_SIZE, "%.*s", STR_ARG(buf_str(&b)));
	buf_fini(&b);
}

static size_t decoded(cdt_str s, char *out, size_t room)
{
	size_t n = base64_decode(s, out, room - 1);

	CU_ASSERT_FATAL(n < room);
	out[n] = '\0';
	return n;
}

static void verify(EVP_PKEY *key, cdt_str text, cdt_str sign)
{
	EVP_MD_CTX *run = EVP_MD_CTX_new();
	char bytes[1024];
	size_t n = decoded(sign, bytes, sizeof bytes);

	CU_ASSERT_EQUAL(EVP_DigestVerifyInit(run, NULL, EVP_sha256(), NULL, key), 1);
	CU_ASSERT_EQUAL(EVP_DigestVerify(run, (uint8_t *)bytes, n, (const uint8_t *)text.p,
	                                 text.n), 1);
	EVP_MD_CTX_free(run);
}

static void a_service_account_signs_for_its_token(void)
{
	static const char begins[] = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3A"
	                             "jwt-bearer&assertion=";
	char pem[PEM_SIZE], secret[SECRET_SIZE], text[2048];
	EVP_PKEY *key = new_key(pem);
	cdt_str form, header, claims, whole;
	struct bench b;

	account_of(secret, pem);
	bench_init(&b, "{\"project\":\"p\"}", 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b.self);
	ask(&b, secret);
	CU_ASSERT_EQUAL_FATAL(b.fetches, 1);
	CU_ASSERT(str_is(buf_str(&b.form.url), "https://oauth2.example/token"));
	CU_ASSERT(str_is(buf_str(&b.form.headers),
	                 "content-type: application/x-www-form-urlencoded\n"));
	form = buf_str(&b.form.text);
	CU_ASSERT_FATAL(str_starts(form, begins));
	whole = str_from(form.p + sizeof begins - 1, form.n - (sizeof begins - 1));
	form = whole;
	header = str_cut(&form, '.');
	claims = str_cut(&form, '.');
	(void)decoded(header, text, sizeof text);
	CU_ASSERT_STRING_EQUAL(text, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"kid-1\"}");
	(void)decoded(claims, text, sizeof text);
	CU_ASSERT_STRING_EQUAL(text, "{\"iss\":\"me@p.iam.gserviceaccount.com\",\"scope\":"
	                       "\"https://www.googleapis.com/auth/cloud-platform\",\"aud\":"
	                       "\"https://oauth2.example/token\",\"iat\":1799999990,"
	                       "\"exp\":1800003590}");
	verify(key, str_from(whole.p, header.n + 1 + claims.n), form);
	CU_ASSERT_EQUAL(b.dones, 0);
	answer(&b, 200, "{\"token_type\":\"Bearer\",\"expires_in\":3599,"
	                "\"access_token\":\"ya29.abc\"}");
	CU_ASSERT_EQUAL(b.dones, 1);
	CU_ASSERT_EQUAL(b.status, CDT_OK);
	CU_ASSERT_STRING_EQUAL(b.token, "ya29.abc");
	CU_ASSERT_EQUAL(b.lasts_ms, 3599000);
	CU_ASSERT_STRING_EQUAL(b.said, "");
	bench_fini(&b);
	EVP_PKEY_free(key);
}

static void a_person_shows_the_refresh_token(void)
{
	struct bench b;

	bench_init(&b, "{\"project\":\"p\"}", 0);
	ask(&b, "{\"type\":\"authorized_user\",\"client_id\":\"a b\",\"client_secret\":\"c&d\","
	        "\"refresh_token\":\"1//e\"}");
	CU_ASSERT_EQUAL_FATAL(b.fetches, 1);
	CU_ASSERT(str_is(buf_str(&b.form.url), "https://oauth2.googleapis.com/token"));
	CU_ASSERT(str_is(buf_str(&b.form.text), "grant_type=refresh_token&client_id=a%20b&"
	                 "client_secret=c%26d&refresh_token=1%2F%2Fe"));
	answer(&b, 200, "{\"access_token\":\"t\"}");
	CU_ASSERT_EQUAL(b.status, CDT_OK);
	CU_ASSERT_EQUAL(b.lasts_ms, 3600000);
	bench_fini(&b);
}

static void bad_secrets_are_refused_without_being_told(void)
{
	static const struct { const char *secret, *why; } all[] = {
		{ "", "not the JSON" },
		{ "canary", "not the JSON" },
		{ "[\"canary\"]", "not the JSON" },
		{ "{\"client_email\":\"canary\"", "not the JSON" },
		{ "{\"client_email\":\"canary\"}", "lacks" },
		{ "{\"client_email\":\"canary\",\"private_key\":\"canary\"}", "not in PEM" },
		{ "{\"client_email\":\"canary\",\"private_key\":\"-----BEGIN PRIVATE KEY-----"
		  "\\ncanary\\n-----END PRIVATE KEY-----\\n\"}", "can not sign" },
		{ "{\"client_email\":\"canary\",\"private_key\":\"-----BEGIN x\","
		  "\"token_uri\":\"http://canary/\"}", "token_uri" },
		{ "{\"client_email\":\"canary\",\"private_key\":7}", "lacks" },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct bench b;

		bench_init(&b, "{\"project\":\"p\"}", 0);
		ask(&b, all[i].secret);
		CU_ASSERT_EQUAL(b.fetches, 0);
		CU_ASSERT_EQUAL(b.dones, 1);
		CU_ASSERT_EQUAL(b.status, CDT_E_INVALID);
		CU_ASSERT_PTR_NOT_NULL(strstr(b.said, all[i].why));
		CU_ASSERT_PTR_NULL(strstr(b.said, "canary"));
		bench_fini(&b);
	}
}

static const char person[] = "{\"client_id\":\"canary\",\"client_secret\":\"canary\","
	"\"refresh_token\":\"canary\"}";

static void the_token_services_word_decides(void)
{
	static const struct {
		uint32_t status;
		const char *body, *said;
		cdt_status st;
	} all[] = {
		{ 400, "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT\"}",
		  "refused the credential: status 400 invalid_grant Invalid JWT", CDT_E_INVALID },
		{ 401, "{\"error\":\"invalid_client\"}", "invalid_client", CDT_E_INVALID },
		{ 404, "<html>", "status 404", CDT_E_INVALID },
		{ 429, "{}", "did not serve: status 429", CDT_E_UPSTREAM },
		{ 503, "", "did not serve: status 503", CDT_E_UPSTREAM },
		{ 200, "", "can not be read", CDT_E_UPSTREAM },
		{ 200, "{\"access_token\":\"\"}", "can not be read", CDT_E_UPSTREAM },
		{ 200, "{\"id_token\":\"canary\"}", "can not be read", CDT_E_UPSTREAM },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct bench b;

		bench_init(&b, "{\"project\":\"p\"}", 0);
		ask(&b, person);
		answer(&b, all[i].status, all[i].body);
		CU_ASSERT_EQUAL(b.dones, 1);
		CU_ASSERT_EQUAL(b.status, all[i].st);
		CU_ASSERT_PTR_NOT_NULL(strstr(b.said, all[i].said));
		CU_ASSERT_PTR_NULL(strstr(b.said, "canary"));
		bench_fini(&b);
	}
}

static void a_service_that_is_away_is_no_fault_of_the_credential(void)
{
	struct bench b;

	bench_init(&b, "{\"project\":\"p\"}", 0);
	ask(&b, person);
	b.answer(b.arg, CDT_E_UPSTREAM, NULL, CDT_STR(""));
	CU_ASSERT_EQUAL(b.status, CDT_E_UPSTREAM);
	CU_ASSERT_PTR_NOT_NULL(strstr(b.said, "can not be reached"));
	b.deaf = 1;
	ask(&b, person);
	CU_ASSERT_EQUAL(b.dones, 2);
	CU_ASSERT_EQUAL(b.status, CDT_E_UPSTREAM);
	bench_fini(&b);
}

static void options_are_checked(void)
{
	static const struct { const char *config; int without_http, opens, asks; } all[] = {
		{ "{\"project\":\"p\",\"location\":\"us-central1\"}", 0, 1, 1 },
		{ "{\"project\":\"p\"}", 1, 0, 0 },
		{ "{\"auth\":\"api_key\"}", 1, 1, 0 },
		{ "{\"auth\":\"token\",\"project\":\"p\"}", 1, 1, 0 },
		{ "{\"auth\":\"token\"}", 0, 0, 0 },
		{ "{}", 0, 0, 0 },
		{ "{\"project\":\"p\",\"auth\":\"magic\"}", 0, 0, 0 },
		{ "{\"project\":\"p/../q\"}", 0, 0, 0 },
		{ "{\"project\":\"p\",\"location\":\"a.b/c\"}", 0, 0, 0 },
		{ "{\"project\":\"p\",\"safety\":\"none!\"}", 0, 0, 0 },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct bench b;

		bench_init(&b, all[i].config, all[i].without_http);
		CU_ASSERT_EQUAL(b.self != NULL, all[i].opens);
		CU_ASSERT_EQUAL(b.said[0] != '\0', !all[i].opens);
		if (b.self)
			CU_ASSERT_EQUAL(b.ops->extension(b.self, CDT_EXT_PROVIDER_AUTH) != NULL,
			                all[i].asks);
		bench_fini(&b);
	}
}

static const struct unit_test tests[] = {
	{ "a service account signs for its token", a_service_account_signs_for_its_token },
	{ "a person shows the refresh token", a_person_shows_the_refresh_token },
	{ "bad secrets are refused without being told",
	  bad_secrets_are_refused_without_being_told },
	{ "the token service's word decides", the_token_services_word_decides },
	{ "a service that is away is no fault of the credential",
	  a_service_that_is_away_is_no_fault_of_the_credential },
	{ "options are checked", options_are_checked },
	{ NULL, NULL },
};

const struct unit_suite plugins_vertex_token_suite = { "plugins/vertex_token", tests };

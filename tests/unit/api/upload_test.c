/* unit/api/upload_test.c - forms as requests: their fields as members, their files by number.
 * SPDX-License-Identifier: MIT */
#include "api/openai/openai.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "unit/api/rig.h"

#define FIELD(name, value) \
	"--B\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"
#define FILE_PART(name, filename, bytes) \
	"--B\r\nContent-Disposition: form-data; name=\"" name "\"; filename=\"" filename \
	"\"\r\nContent-Type: a/b\r\n\r\n" bytes "\r\n"
#define SOUND FILE_PART("file", "s.wav", "RIFF")
#define END "--B--\r\n"

static void begin(struct apirig *r, const struct surface *s, const char *body)
{
	apirig_init(r, s, body);
	r->x.ask.type = CDT_STR("multipart/form-data; boundary=B");
}

static bool same(cdt_str got, const char *want)
{
	if (!str_is(got, want))
		fprintf(stderr, "\n%.*s\nwanted:\n%s\n", STR_ARG(got), want);
	return str_is(got, want);
}

static void fields_get_the_types_of_the_api(void)
{
	static const struct {
		const struct surface *s;
		const char *form, *typed, *native;
	} rows[] = {
		{ &openai_transcriptions, FIELD("model", "m") SOUND END,
		  "{\"model\":\"m\",\"file\":{\"blob\":0}}", "{\"model\":\"m\",\"file\":{\"blob\":0}}" },
		{ &openai_transcriptions,
		  SOUND FIELD("model", "7") FIELD("temperature", "0.5") FIELD("stream", "true")
		  FIELD("prompt", "12") FIELD("language", "de") END,
		  "{\"file\":{\"blob\":0},\"model\":\"7\",\"temperature\":0.5,\"stream\":true,"
		  "\"prompt\":\"12\",\"language\":\"de\"}",
		  "{\"file\":{\"blob\":0},\"model\":\"7\",\"temperature\":\"0.5\",\"stream\":\"true\","
		  "\"prompt\":\"12\",\"language\":\"de\"}" },
		{ &openai_transcriptions,
		  FIELD("model", "m") SOUND FIELD("timestamp_granularities[]", "word")
		  FIELD("include", "logprobs") FIELD("timestamp_granularities[]", "segment")
		  FIELD("chunking_strategy", "{\"type\":\"server_vad\"}") END,
		  "{\"model\":\"m\",\"file\":{\"blob\":0},\"timestamp_granularities\":[\"word\",\"segment\"],"
		  "\"include\":[\"logprobs\"],\"chunking_strategy\":{\"type\":\"server_vad\"}}",
		  "{\"model\":\"m\",\"file\":{\"blob\":0},\"timestamp_granularities[]\":[\"word\",\"segment\"],"
		  "\"include\":\"logprobs\",\"chunking_strategy\":\"{\\\"type\\\":\\\"server_vad\\\"}\"}" },
		{ &openai_transcriptions,
		  FIELD("model", "m") SOUND FIELD("chunking_strategy", "auto") FIELD("own", "1")
		  FIELD("own", "2") FIELD("routing", "{\"only\":[\"up\"]}") END,
		  "{\"model\":\"m\",\"file\":{\"blob\":0},\"chunking_strategy\":\"auto\","
		  "\"own\":[\"1\",\"2\"],\"routing\":{\"only\":[\"up\"]}}",
		  "{\"model\":\"m\",\"file\":{\"blob\":0},\"chunking_strategy\":\"auto\",\"own\":[\"1\",\"2\"]}" },
		{ &openai_edits,
		  FIELD("model", "m") FIELD("prompt", "p") FILE_PART("image[]", "a", "A")
		  FILE_PART("mask", "m", "M") FILE_PART("image[]", "b", "B") FIELD("n", "2") END,
		  "{\"model\":\"m\",\"prompt\":\"p\",\"image\":[{\"blob\":0},{\"blob\":2}],"
		  "\"mask\":{\"blob\":1},\"n\":2}",
		  "{\"model\":\"m\",\"prompt\":\"p\",\"image[]\":[{\"blob\":0},{\"blob\":2}],"
		  "\"mask\":{\"blob\":1},\"n\":\"2\"}" },
		{ &openai_edits, FIELD("model", "m") FIELD("prompt", "p") FILE_PART("image", "a", "A") END,
		  "{\"model\":\"m\",\"prompt\":\"p\",\"image\":[{\"blob\":0}]}",
		  "{\"model\":\"m\",\"prompt\":\"p\",\"image\":{\"blob\":0}}" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct apirig r;

		begin(&r, rows[i].s, rows[i].form);
		CU_ASSERT_EQUAL(rows[i].s->decode(&r.x), CDT_OK);
		CU_ASSERT(same(r.x.ask.body, rows[i].typed));
		CU_ASSERT(same(r.x.ask.form, rows[i].native));
		apirig_fini(&r);
	}
}

static void files_are_lent_not_copied(void)
{
	const struct cdt_blob *b;
	struct apirig r;
	size_t n;

	begin(&r, &openai_transcriptions, FIELD("model", "m") SOUND END);
	n = strlen(FIELD("model", "m") SOUND END);
	CU_ASSERT_EQUAL(openai_transcriptions.decode(&r.x), CDT_OK);
	CU_ASSERT_EQUAL_FATAL(r.x.ask.blob_count, 1);
	b = r.x.ask.blobs;
	CU_ASSERT(str_is(b->name, "file") && str_is(b->filename, "s.wav"));
	CU_ASSERT(str_is(b->type, "a/b") && str_is(b->data, "RIFF"));
	CU_ASSERT(b->data.p > r.body && b->data.p < r.body + n);
	apirig_fini(&r);
}

static void refuses_by_the_fields_name(void)
{
	static const struct {
		const struct surface *s;
		const char *form, *param, *said;
	} rows[] = {
		{ &openai_transcriptions, FIELD("model", "m") END, "file", "Missing" },
		{ &openai_transcriptions, SOUND END, "model", "Missing" },
		{ &openai_transcriptions, FIELD("model", "m") SOUND SOUND END, "file", "twice" },
		{ &openai_transcriptions, FIELD("model", "m") FIELD("model", "n") SOUND END, "model", "twice" },
		{ &openai_transcriptions, FIELD("model", "m") FIELD("model[]", "n") SOUND END, "model", "twice" },
		{ &openai_transcriptions, FIELD("model", "m") FIELD("file", "x") END, "file", "must be a file" },
		{ &openai_transcriptions, FIELD("model", "m") FIELD("file", "{\"blob\":7}") END, "file",
		  "must be a file" },
		{ &openai_transcriptions, FIELD("model", "m") FILE_PART("file", "f", "") END, "file", "empty" },
		{ &openai_transcriptions, FIELD("model", "m") SOUND FILE_PART("prompt", "f", "x") END, "prompt",
		  "expected a string" },
		{ &openai_transcriptions, FIELD("model", "m") SOUND FIELD("temperature", "hot") END,
		  "temperature", "a number" },
		{ &openai_transcriptions, FIELD("model", "m") SOUND FIELD("temperature", "3") END,
		  "temperature", "between 0 and 2" },
		{ &openai_transcriptions, FIELD("model", "m") SOUND FIELD("response_format", "xml") END,
		  "response_format", "json, text, srt" },
		{ &openai_transcriptions, FIELD("model", "m") SOUND FIELD("routing", "{\"x\":1}") END,
		  "routing", "routing.x" },
		{ &openai_transcriptions, FIELD("model", "m") SOUND, "", "can not be read" },
		{ &openai_edits, FIELD("model", "m") FIELD("prompt", "p") END, "image", "Missing" },
		{ &openai_edits, FIELD("model", "m") FILE_PART("image", "a", "A") END, "prompt", "Missing" },
		{ &openai_edits, FIELD("model", "m") FIELD("prompt", "p") FILE_PART("image", "a", "A")
		  FIELD("n", "two") END, "n", "expected an integer" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct problem *p;
		struct apirig r;

		begin(&r, rows[i].s, rows[i].form);
		p = &r.x.problem;
		CU_ASSERT_EQUAL(rows[i].s->decode(&r.x), CDT_E_INVALID);
		CU_ASSERT(p->cause == PROBLEM_INVALID_VALUE ||
		          p->cause == PROBLEM_UNSUPPORTED_PARAMETER);
		CU_ASSERT(same(p->error.param, rows[i].param));
		if (str_search(p->error.message, str_z(rows[i].said)) == p->error.message.n)
			fprintf(stderr, "\n%zu: %.*s\n", i, STR_ARG(p->error.message));
		CU_ASSERT(str_search(p->error.message, str_z(rows[i].said)) <
		          p->error.message.n);
		apirig_fini(&r);
	}
}

static void a_form_has_one_shape_too(void)
{
	struct json *doc = NULL;
	struct apirig r;

	begin(&r, &openai_edits, FIELD("model", "m") FIELD("prompt", "p") FILE_PART("image", "a", "A") END);
	CU_ASSERT_EQUAL(openai_edits.decode(&r.x), CDT_OK);
	CU_ASSERT_EQUAL(openai_edits.canonical(&r.x, &doc), CDT_OK);
	CU_ASSERT_EQUAL(json_i64(json_get(json_at(json_get(doc, "images"), 0), "blob"), -1), 0);
	CU_ASSERT_PTR_NULL(json_get(doc, "image"));
	json_free(doc);
	apirig_fini(&r);
	begin(&r, &openai_translations, FIELD("model", "m") SOUND END);
	CU_ASSERT_EQUAL(openai_translations.decode(&r.x), CDT_OK);
	CU_ASSERT_EQUAL(openai_translations.canonical(&r.x, &doc), CDT_OK);
	CU_ASSERT(str_is(json_text(json_get(doc, "task")), "translate"));
	CU_ASSERT_EQUAL(json_i64(json_get(json_get(doc, "file"), "blob"), -1), 0);
	json_free(doc);
	apirig_fini(&r);
}

static const struct unit_test tests[] = {
	{ "fields get the types of the API", fields_get_the_types_of_the_api },
	{ "files are lent, not copied", files_are_lent_not_copied },
	{ "refuses by the field's name", refuses_by_the_fields_name },
	{ "a form has one shape, too", a_form_has_one_shape_too },
	{ NULL, NULL }
};
const struct unit_suite api_upload_suite = { "api/upload", tests };

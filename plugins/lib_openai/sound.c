/* lib_openai/sound.c - what is asked of those who speak, and of those who listen.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>

static cdt_str str(const char *z) { return (cdt_str){ z, strlen(z) }; }

cdt_status openai_sound_speak(const struct asking *a)
{
	static const char *const members[] = {
		"voice", "instructions", "response_format", "speed" };
	static const char ruled[] =
		"schema input voice instructions response_format speed model stream_format "
		"cache_control";
	cdt_status st = CDT_OK;

	cdt_open(a->out, '{');
	cdt_put_text(a->out, "model", a->req->model);
	cdt_put_val(a->out, "input", cdt_get(a->req->doc, "input"));
	for (size_t i = 0; st == CDT_OK && i < sizeof members / sizeof *members; i++)
		st = openai_member_put(a, str(members[i]), cdt_get(a->req->doc, members[i]));
	if (st == CDT_OK)
		st = openai_member_unknown(a, ruled);
	cdt_close(a->out);
	return st;
}

/* Subtitles are made of what verbose_json has; the rest of its text alone. */
static cdt_str format_of(const struct asking *a)
{
	cdt_str said = cdt_text(cdt_get(a->req->doc, "response_format"));

	if (openai_words_have(a->me->row.plain_transcripts, a->req->model))
		return CDT_STR("json");
	if (cdt_is(said, "verbose_json") || cdt_is(said, "srt") || cdt_is(said, "vtt"))
		return CDT_STR("verbose_json");
	return cdt_is(said, "diarized_json") ? said : CDT_STR("json");
}

cdt_status openai_sound_write_down(const struct asking *a, const struct form *f)
{
	static const char ruled[] =
		"schema task file response_format model stream cache_control";
	cdt_val doc = a->req->doc, v;
	cdt_status st = CDT_OK;
	cdt_str key;

	openai_form_text(f, "model", a->req->model);
	openai_form_put(f, CDT_STR("file"), cdt_get(doc, "file"));
	openai_form_text(f, "response_format", format_of(a));
	for (size_t it = 0; st == CDT_OK && doc.api->next(doc, &it, &key, &v);) {
		if (openai_words_have(ruled, key))
			continue;
		if (openai_member_goes(a, key))
			openai_form_put(f, key, v);
		else if (!openai_words_have(a->me->row.drop, key))
			st = openai_member_leave(a, key);
	}
	return st;
}

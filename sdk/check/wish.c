/* check/wish.c - the request of a case.
 * SPDX-License-Identifier: MIT */
#include "check/play.h"

#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/str.h"

enum { WISH_BYTES = 128 << 20 };

static const char a_model[] = "a-model";

static const char messages[] = "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
	"\"text\",\"text\":\"hi\"}]}]";

/* What is asked for when a case does not say; native: by a client, without its last brace. */
static const struct ordinary {
	uint32_t op;
	const char *name, *doc;
	const char *dialects[4], *native;
} ordinary[] = {
	{ CDT_OP_CHAT, "chat", NULL, { "openai.chat", "anthropic.messages" },
	  "{\"model\":\"alias\",\"max_tokens\":100,\"messages\":[{\"role\":\"user\","
	  "\"content\":\"hi\"}]" },
	{ CDT_OP_COMPLETE, "complete", "{\"schema\":\"complete/1\",\"prompt\":[\"hi\"]}",
	  { "openai.completions" }, "{\"model\":\"alias\",\"prompt\":\"hi\"" },
	{ CDT_OP_EMBED, "embed", "{\"schema\":\"embed/1\",\"input\":[\"hi\"]}",
	  { "openai.embeddings" }, "{\"model\":\"alias\",\"input\":\"hi\"" },
	{ CDT_OP_IMAGE, "image", "{\"schema\":\"image/1\",\"prompt\":\"hi\",\"n\":1}",
	  { "openai.images" }, "{\"model\":\"alias\",\"prompt\":\"hi\"" },
	{ CDT_OP_SPEECH, "speech", "{\"schema\":\"speech/1\",\"input\":\"hi\",\"voice\":\"v\"}",
	  { "openai.speech" }, "{\"model\":\"alias\",\"input\":\"hi\",\"voice\":\"v\"" },
	{ CDT_OP_TRANSCRIBE, "transcribe", "{\"schema\":\"transcribe/1\",\"task\":"
	  "\"transcribe\",\"file\":{\"blob\":0}}", { NULL }, NULL },
	{ CDT_OP_MODERATE, "moderate", "{\"schema\":\"moderate/1\",\"input\":[{\"type\":"
	  "\"text\",\"text\":\"hi\"}]}", { "openai.moderations" },
	  "{\"model\":\"alias\",\"input\":\"hi\"" },
	{ CDT_OP_RERANK, "rerank", "{\"schema\":\"rerank/1\",\"query\":\"hi\",\"documents\":"
	  "[\"a\",\"b\",\"c\"]}", { NULL }, NULL },
	{ CDT_OP_COUNT, "count", NULL, { "anthropic.count" }, NULL },
	{ CDT_OP_MODELS, "models", "{}", { NULL }, NULL },
};

static const struct ordinary *ordinary_of(cdt_str op)
{
	for (size_t i = 0; i < sizeof ordinary / sizeof *ordinary; i++)
		if (str_is(op.n ? op : CDT_STR("chat"), ordinary[i].name))
			return &ordinary[i];
	return NULL;
}

static cdt_str keep_text(struct wish *w, const struct json *v, const char *otherwise)
{
	return json_type(v) == CDT_TEXT ? arena_str(&w->arena, json_text(v))
	                                : arena_str(&w->arena, str_z(otherwise));
}

static bool set_doc(struct wish *w, cdt_str text, struct buf *why)
{
	w->doc_text = arena_str(&w->arena, text);
	if (jsonscan(&w->scan, w->doc_text) != CDT_OK) {
		buf_print(why, "its document: %s", w->scan.error);
		return false;
	}
	w->doc = json_parse(w->doc_text);
	return w->doc != NULL;
}

static bool read_blob(struct wish *w, const struct json *v, struct buf *why)
{
	cdt_str text = json_text(json_get(v, "base64"));
	char *bytes = arena_take(&w->arena, text.n + 1);
	size_t n = bytes ? base64_decode(text, bytes, text.n) : SIZE_MAX;

	if (n == SIZE_MAX || w->blob_count == sizeof w->blob / sizeof *w->blob) {
		buf_print(why, "a blob that is not base64, or too many of them");
		return false;
	}
	w->blob[w->blob_count++] = (struct cdt_blob){
		keep_text(w, json_get(v, "name"), "file"),
		keep_text(w, json_get(v, "filename"), ""),
		keep_text(w, json_get(v, "type"), "application/octet-stream"), { bytes, n },
	};
	return true;
}

static bool read_blobs(struct wish *w, const struct json *rule, struct buf *why)
{
	const struct json *blobs = json_get(rule, "blobs");

	for (size_t i = 0; i < json_count(blobs); i++)
		if (!read_blob(w, json_at(blobs, i), why))
			return false;
	if (!json_count(blobs) && w->op == CDT_OP_TRANSCRIBE) {
		w->blob[0] = (struct cdt_blob){ CDT_STR("file"), CDT_STR("a.wav"),
			CDT_STR("audio/wav"), CDT_STR("RIFF") };
		w->blob_count = 1;
	}
	return true;
}

static void read_passed(struct wish *w, const struct json *headers)
{
	struct json *v;
	size_t it = 0;
	cdt_str key;

	while (w->passed_count < sizeof w->passed / sizeof *w->passed &&
	       json_next(headers, &it, &key, &v))
		w->passed[w->passed_count++] = (struct cdt_header){
			arena_str(&w->arena, key), keep_text(w, v, "") };
}

static bool begin(struct wish *w, const struct json *rule, const struct ordinary *o,
                  bool stream, struct buf *why)
{
	arena_init(&w->arena, 4096, WISH_BYTES);
	if (!o) {
		buf_print(why, "an unknown op");
		return false;
	}
	w->op = o->op;
	w->stream = stream || o->op == CDT_OP_SPEECH;
	w->strict = json_flag(json_get(rule, "strict"), 0);
	w->native = json_flag(json_get(rule, "native"), 0);
	w->max_output = json_i64(json_get(rule, "max_output"), 0);
	w->model = keep_text(w, json_get(rule, "model"), a_model);
	w->base_url = keep_text(w, json_get(rule, "base_url"), "");
	w->secret = keep_text(w, json_get(rule, "secret"), "secret-canary-1234");
	w->dialect = keep_text(w, json_get(rule, "dialect"), "");
	read_passed(w, json_get(rule, "client_headers"));
	return read_blobs(w, rule, why);
}

bool wish_read(struct wish *w, const struct json *rule, bool stream, struct buf *why)
{
	const struct ordinary *o = ordinary_of(json_text(json_get(rule, "op")));
	struct json *doc = json_get(rule, "doc");
	struct buf text;
	bool ok;

	*w = (struct wish){ .op = 0 };
	if (!begin(w, rule, o, stream, why))
		return false;
	buf_init(&text, WISH_BYTES);
	if (doc)
		buf_add(&text, json_print(doc));
	else if (o->doc)
		buf_add_z(&text, o->doc);
	else
		buf_print(&text, "{\"schema\":\"chat/1\",%s}", messages);
	ok = set_doc(w, buf_str(&text), why);
	buf_fini(&text);
	if (w->native && !w->dialect.n && o->dialects[0])
		w->dialect = str_z(o->dialects[0]);
	return ok;
}

/* Its answers look like nobody else's: only for cases that say so. */
static const char responses[] = "openai.responses";

static const char *spoken(const struct ordinary *o, const struct instance *i,
                          const struct json *rule)
{
	cdt_str wanted = json_text(json_get(rule, "dialect"));
	const struct json *said = json_get(rule, "model");
	cdt_str model = said ? json_text(said) : str_z(a_model);
	cdt_str base_url = json_text(json_get(rule, "base_url"));

	if (o->op == CDT_OP_CHAT && str_is(wanted, responses))
		return provider_speaks(i, wanted, model, base_url) ? responses : NULL;
	for (size_t k = 0; k < 4 && o->dialects[k]; k++)
		if ((!wanted.n || str_is(wanted, o->dialects[k])) &&
		    provider_speaks(i, str_z(o->dialects[k]), model, base_url))
			return o->dialects[k];
	return NULL;
}

bool wish_read_native(struct wish *w, const struct json *rule, const struct instance *i,
                      bool stream, struct buf *why)
{
	const struct ordinary *o = ordinary_of(json_text(json_get(rule, "op")));
	const char *dialect = o && o->native
	                    ? spoken(o, i, rule) : NULL;
	struct buf text;
	bool ok;

	if (!dialect)
		return false;
	*w = (struct wish){ .op = 0 };
	if (!begin(w, rule, o, stream, why))
		return false;
	w->native = true;
	w->dialect = str_z(dialect);
	buf_init(&text, WISH_BYTES);
	buf_add_z(&text, o->native);
	if (json_i64(json_get(json_get(rule, "doc"), "n"), 1) > 1)
		buf_print(&text, ",\"n\":%lld",
		          (long long)json_i64(json_get(json_get(rule, "doc"), "n"), 1));
	buf_add_z(&text, stream ? ",\"stream\":true}" : "}");
	ok = set_doc(w, buf_str(&text), why);
	buf_fini(&text);
	return ok;
}

void wish_fini(struct wish *w)
{
	json_free(w->doc);
	arena_fini(&w->arena);
}

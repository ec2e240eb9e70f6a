/* api/anthropic/blocks.c - one block of a message becomes one canonical part.  Blocks of the
 * upstream's own tools, and those that nobody knows, are left out and told.
 * SPDX-License-Identifier: MIT */
#include "api/anthropic/anthropic.h"
#include "base/jsonwalk.h"
#include "base/str.h"

void messages_write_mark(struct script *s, cdt_str block)
{
	cdt_str mark = messages_get(block, "cache_control");

	if (!mark.p && s->last_block == block.p)
		mark = s->last_mark;
	if (mark.n)
		jsonw_put_raw(&s->w, "cache_control", mark);
}

static void begin_part(struct script *s, const char *type)
{
	jsonw_open(&s->w, '{');
	jsonw_put_z(&s->w, "type", type);
}

static void end_part(struct script *s, cdt_str block)
{
	messages_write_mark(s, block);
	jsonw_close(&s->w);
}

static bool is_text(cdt_str json)
{
	return json.n >= 2 && *json.p == '"';
}

/* Is that member a text?  Else the request is refused. */
static bool needs_text(struct script *s, cdt_str map, const char *type, const char *key)
{
	if (is_text(messages_get(map, key)))
		return true;
	messages_refuse(s, "messages", "A block %s needs a text '%s'.", type, key);
	return false;
}

static void write_text(struct script *s, cdt_str block)
{
	if (!needs_text(s, block, "text", "text"))
		return;
	begin_part(s, "text");
	jsonw_put_raw(&s->w, "text", messages_get(block, "text"));
	end_part(s, block);
}

/* --- what is seen and read --- */

static void put_inlined(struct script *s, const char *key, cdt_str source)
{
	cdt_str type = messages_word(source, "media_type");
	cdt_str bytes = messages_word(source, "data");

	/* Both are insides of JSON texts already. */
	jsonw_put_raw(&s->w, key, arena_print(&s->x->arena, "\"data:%.*s;base64,%.*s\"",
	                                      STR_ARG(type), STR_ARG(bytes)));
}

static void write_image_url(struct script *s, cdt_str block, cdt_str source, bool inlined)
{
	if (!needs_text(s, source, "image", inlined ? "data" : "url"))
		return;
	begin_part(s, "image_url");
	jsonw_key(&s->w, "image_url");
	jsonw_open(&s->w, '{');
	if (inlined)
		put_inlined(s, "url", source);
	else
		jsonw_put_raw(&s->w, "url", messages_get(source, "url"));
	jsonw_close(&s->w);
	end_part(s, block);
}

/* name: tells what kind of file it is, or NULL. */
static void write_uploaded(struct script *s, cdt_str block, cdt_str source, const char *name)
{
	if (!needs_text(s, source, "image or document", "file_id"))
		return;
	begin_part(s, "file");
	jsonw_key(&s->w, "file");
	jsonw_open(&s->w, '{');
	jsonw_put_raw(&s->w, "file_id", messages_get(source, "file_id"));
	if (name)
		jsonw_put_z(&s->w, "filename", name);
	jsonw_close(&s->w);
	end_part(s, block);
}

static void write_image(struct script *s, cdt_str block)
{
	cdt_str source = messages_get(block, "source"), type = messages_word(source, "type");

	if (str_is(type, "base64") || str_is(type, "url"))
		write_image_url(s, block, source, str_is(type, "base64"));
	else if (str_is(type, "file"))
		write_uploaded(s, block, source, "image.png");
	else
		messages_refuse(s, "messages", "The source of an image must be base64, url or "
		                "file.");
}

static void put_title(struct script *s, cdt_str block)
{
	if (messages_word(block, "title").n)
		jsonw_put_raw(&s->w, "filename", messages_get(block, "title"));
}

static void write_pdf(struct script *s, cdt_str block, cdt_str source)
{
	if (!needs_text(s, source, "document", "data"))
		return;
	begin_part(s, "file");
	jsonw_key(&s->w, "file");
	jsonw_open(&s->w, '{');
	put_title(s, block);
	put_inlined(s, "file_data", source);
	jsonw_close(&s->w);
	end_part(s, block);
}

/* By its address: a provider that takes none says so. */
static void write_pdf_url(struct script *s, cdt_str block, cdt_str source)
{
	if (!needs_text(s, source, "document", "url"))
		return;
	begin_part(s, "file");
	jsonw_key(&s->w, "file");
	jsonw_open(&s->w, '{');
	put_title(s, block);
	jsonw_put_raw(&s->w, "file_data", messages_get(source, "url"));
	jsonw_close(&s->w);
	end_part(s, block);
}

/* A text with what it is called in front. */
static void write_titled(struct script *s, cdt_str block, cdt_str title, cdt_str text)
{
	begin_part(s, "text");
	jsonw_put_raw(&s->w, "text",
	              arena_print(&s->x->arena, "\"%.*s%s%.*s\"", STR_ARG(title),
	                          title.n ? "\\n\\n" : "", STR_ARG(text)));
	end_part(s, block);
}

static void write_plain(struct script *s, cdt_str block, cdt_str source)
{
	if (needs_text(s, source, "document", "data"))
		write_titled(s, block, messages_word(block, "title"),
		             messages_word(source, "data"));
}

static void write_inner(struct script *s, cdt_str block, cdt_str source)
{
	cdt_str title = messages_word(block, "title"), content;

	content = messages_get(source, "content");
	if (title.n)
		write_titled(s, CDT_STR("{}"), title, CDT_STR(""));
	if (content.p)
		messages_write_parts(s, content);
}

static void write_document_file(struct script *s, cdt_str block, cdt_str source)
{
	write_uploaded(s, block, source, NULL);
}

static const struct source {
	const char *type;
	void (*write)(struct script *, cdt_str block, cdt_str source);
} sources[] = {
	{ "base64", write_pdf },
	{ "content", write_inner },
	{ "file", write_document_file },
	{ "text", write_plain },
	{ "url", write_pdf_url },
};

static void write_document(struct script *s, cdt_str block)
{
	static const char *const hints[] = { "context", "citations" };
	cdt_str source = messages_get(block, "source"), type = messages_word(source, "type");

	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
		if (messages_get(block, hints[i]).p)
			messages_leave_out(s, "messages.document", str_z(hints[i]));
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
		if (str_is(type, sources[i].type)) {
			sources[i].write(s, block, source);
			return;
		}
	messages_refuse(s, "messages", "The source of a document must be base64, text, "
	                "content, url or file.");
}

static void write_search_result(struct script *s, cdt_str block)
{
	cdt_str content = messages_get(block, "content");

	write_titled(s, CDT_STR("{}"), messages_word(block, "title"),
	             messages_word(block, "source"));
	if (content.p)
		messages_write_parts(s, content);
}

/* --- reasoning: opaque values as they came --- */

static void write_thinking(struct script *s, cdt_str block)
{
	if (!needs_text(s, block, "thinking", "thinking"))
		return;
	begin_part(s, "reasoning");
	jsonw_put_raw(&s->w, "text", messages_get(block, "thinking"));
	if (messages_word(block, "signature").n)
		jsonw_put_raw(&s->w, "signature", messages_get(block, "signature"));
	jsonw_close(&s->w);
}

static void write_redacted(struct script *s, cdt_str block)
{
	if (!needs_text(s, block, "redacted_thinking", "data"))
		return;
	begin_part(s, "reasoning");
	jsonw_put_raw(&s->w, "redacted", messages_get(block, "data"));
	jsonw_close(&s->w);
}

/* --- all of them --- */

/* write NULL: its place is not in a content (turns.c). */
static const struct block_kind {
	const char *type;
	void (*write)(struct script *, cdt_str block);
} kinds[] = {
	{ "document", write_document },
	{ "image", write_image },
	{ "redacted_thinking", write_redacted },
	{ "search_result", write_search_result },
	{ "text", write_text },
	{ "thinking", write_thinking },
	{ "tool_result", NULL },
	{ "tool_use", NULL },
};

static const struct block_kind *kind_of(cdt_str block)
{
	cdt_str type = messages_word(block, "type");

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (str_is(type, kinds[i].type))
			return &kinds[i];
	return NULL;
}

/* An empty text says nothing, and some refuse it; a mark on it would be lost with it. */
static bool is_part(const struct script *s, cdt_str block)
{
	const struct block_kind *kind = kind_of(block);

	if (!kind || !kind->write || block.p == s->skipped_block)
		return false;
	return kind->write != write_text || !is_text(messages_get(block, "text")) ||
	       messages_word(block, "text").n;
}

size_t messages_count_parts(const struct script *s, cdt_str content)
{
	cdt_str rest = jsonwalk_inside(content), block;
	size_t n = 0;

	while (jsonwalk_element(&rest, &block))
		n += is_part(s, block);
	return n;
}

static void write_block(struct script *s, cdt_str block)
{
	cdt_str type = messages_word(block, "type");

	if (is_part(s, block))
		kind_of(block)->write(s, block);
	else if (!type.n)
		messages_refuse(s, "messages", "A block of a message must be an object with a "
		                "type.");
	else if (!kind_of(block))
		messages_leave_out(s, "messages", type);
}

void messages_write_parts(struct script *s, cdt_str content)
{
	cdt_str rest = jsonwalk_inside(content), block;

	if (is_text(content)) {
		if (content.n == 2)
			return;
		begin_part(s, "text");
		jsonw_put_raw(&s->w, "text", content);
		if (s->last_block == content.p)
			jsonw_put_raw(&s->w, "cache_control", s->last_mark);
		jsonw_close(&s->w);
		return;
	}
	while (s->status == CDT_OK && jsonwalk_element(&rest, &block))
		write_block(s, block);
}

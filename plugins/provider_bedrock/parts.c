/* provider_bedrock/parts.c - one part of a message becomes one block, or none.  Where the block
 * goes (a turn, or the content of a tool's result) is the draft's place.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <string.h>

/* A block of its own, behind the one that is marked. */
void bedrock_write_mark(struct draft *d, cdt_val marked, uint32_t ability)
{
	cdt_val mark = cdt_get(marked, "cache_control");
	cdt_str ttl = cdt_text(cdt_get(mark, "ttl"));

	if (cdt_type(mark) != CDT_MAP || d->place == PLACE_RESULT || !(d->can & ability))
		return;
	if (d->marks_over) {
		d->marks_over--;        /* later marks hold longer prefixes: those stay */
		return;
	}
	cdt_open(d->o, '{');
	d->o->api->key(d->o, "cachePoint");
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "type", CDT_STR("default"));
	if (ttl.n)
		cdt_put_text(d->o, "ttl", ttl);
	cdt_close(d->o);
	cdt_close(d->o);
}

void bedrock_block_begin(struct draft *d, const char *kind)
{
	if (d->place != PLACE_RESULT)
		bedrock_turn(d, d->place == PLACE_ASSISTANT ? 'a' : 'u');
	cdt_open(d->o, '{');
	d->o->api->key(d->o, kind);
	cdt_open(d->o, '{');
}

void bedrock_block_end(struct draft *d)
{
	cdt_close(d->o);
	cdt_close(d->o);
}

void bedrock_write_text(struct draft *d, cdt_str text)
{
	if (words_blank(text))
		return;
	if (d->place != PLACE_RESULT) {
		bedrock_turn(d, d->place == PLACE_ASSISTANT ? 'a' : 'u');
		d->turn_has_text = 1;
	}
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "text", text);
	cdt_close(d->o);
}

/* A text to go on from must not end in white space. */
static cdt_str trimmed(const struct draft *d, cdt_val part, cdt_str text)
{
	if (!d->ends_with_text || part.node != d->last_text)
		return text;
	while (text.n && strchr(" \t\r\n", text.p[text.n - 1]))
		text.n--;
	return text;
}

static void write_text(struct draft *d, cdt_val part)
{
	bedrock_write_text(d, trimmed(d, part, cdt_text(cdt_get(part, "text"))));
}

static void write_refusal(struct draft *d, cdt_val part)
{
	bedrock_write_text(d, trimmed(d, part, cdt_text(cdt_get(part, "refusal"))));
}

/* Written apart, before the other parts of its turn. */
static void skip(struct draft *d, cdt_val part)
{
	(void)d, (void)part;
}

static const struct {
	const char *type;
	void (*write)(struct draft *, cdt_val part);
	int assistant;                  /* may it stand in an assistant's turn */
} kinds[] = {
	{ "file", bedrock_write_file, 0 },
	{ "image_url", bedrock_write_image, 0 },
	{ "input_audio", bedrock_write_audio, 0 },
	{ "reasoning", skip, 1 },
	{ "refusal", write_refusal, 1 },
	{ "text", write_text, 1 },
};

void bedrock_write_part(struct draft *d, cdt_val part)
{
	cdt_str type = cdt_text(cdt_get(part, "type"));

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (!cdt_is(type, kinds[i].type))
			continue;
		if (kinds[i].assistant || d->place != PLACE_ASSISTANT)
			kinds[i].write(d, part);
		else
			d->call->api->log(d->call, CDT_LOG_DEBUG, "an assistant's image or "
			                  "file was left out: only the user's are taken");
		if (d->role)
			bedrock_write_mark(d, part, MODEL_CACHE);
		return;
	}
	bedrock_refuse(d, CDT_E_INVALID, "messages", "The type of a message's part must be "
	               "text, image_url, input_audio, file, refusal or reasoning.");
}

/* Signatures are opaque and bound to their text: both go as they came, or not at all. */
void bedrock_write_reasoning(struct draft *d, cdt_val part)
{
	cdt_str signature = cdt_text(cdt_get(part, "signature"));
	cdt_str redacted = cdt_text(cdt_get(part, "redacted"));
	struct cdt_out *o = d->o;

	if (!(d->can & (MODEL_BUDGET | MODEL_ADAPTIVE))
	    || !cdt_is(cdt_text(cdt_get(part, "type")), "reasoning"))
		return;
	if (redacted.n) {
		bedrock_block_begin(d, "reasoningContent");
		cdt_put_text(o, "redactedContent", redacted);
		bedrock_block_end(d);
	} else if (signature.n) {
		bedrock_block_begin(d, "reasoningContent");
		o->api->key(o, "reasoningText");
		cdt_open(o, '{');
		cdt_put_text(o, "text", cdt_text(cdt_get(part, "text")));
		cdt_put_text(o, "signature", signature);
		cdt_close(o);
		bedrock_block_end(d);
	}
}

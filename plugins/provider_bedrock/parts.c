/* provider_bedrock/parts.c - one part of a message becomes one block, or none.  Where the block
 * goes (a turn, or the content of a tool's result) is the draft's place.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

/* A block of its own, behind the one that is marked. */
void bedrock_write_mark(struct draft *d, cdt_val marked, uint32_t ability)
{
	cdt_val mark = cdt_get(marked, "cache_control");
	cdt_str ttl = cdt_text(cdt_get(mark, "ttl"));

	if (cdt_type(mark) != CDT_MAP || d->turns.place == PLACE_RESULT || !(d->can & ability))
		return;
	if (d->turns.marks_over) {
		d->turns.marks_over--;        /* later marks hold longer prefixes: those stay */
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
	turns_enter(&d->turns);
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
	turns_enter(&d->turns);
	d->turn_has_text |= d->turns.place != PLACE_RESULT;
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "text", text);
	cdt_close(d->o);
}

static void write_text(struct draft *d, cdt_val part)
{
	bedrock_write_text(d, turns_text(&d->turns, part, "text"));
}

static void write_refusal(struct draft *d, cdt_val part)
{
	bedrock_write_text(d, turns_text(&d->turns, part, "refusal"));
}

static const struct turns_kind kinds[] = {
	{ "file", bedrock_write_file, 0 },
	{ "image_url", bedrock_write_image, 0 },
	{ "input_audio", bedrock_write_audio, 0 },
	{ "refusal", write_refusal, 1 },
	{ "text", write_text, 1 },
};

void bedrock_write_part(struct draft *d, cdt_val part)
{
	if (!turns_write_kind(&d->turns, kinds, sizeof kinds / sizeof kinds[0], part))
		bedrock_refuse(d, CDT_E_INVALID, "messages", "The type of a message's part "
		               "must be text, image_url, input_audio, file, refusal or "
		               "reasoning.");
	else if (d->turns.role)
		bedrock_write_mark(d, part, MODEL_CACHE);
}

/* Signatures are opaque and bound to their text: both go as they came, or not at all. */
void bedrock_write_reasoning(struct draft *d, cdt_val part)
{
	cdt_str signature = cdt_text(cdt_get(part, "signature"));
	cdt_str redacted = cdt_text(cdt_get(part, "redacted"));
	struct cdt_out *o = d->o;

	if (!(d->can & (MODEL_BUDGET | MODEL_ADAPTIVE))
	    || !cdt_is(cdt_text(cdt_get(part, "type")), "reasoning")
	    || turns_is_foreign(signature) || turns_is_foreign(redacted))
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

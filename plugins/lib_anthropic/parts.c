/* lib_anthropic/parts.c - one part of a message becomes one block, or none.  Where the
 * block goes (a turn, or the content of a tool's result) is the draft's place.
 * SPDX-License-Identifier: MIT */
#include "lib_anthropic/inside.h"

void anthropic_put_mark(struct draft *d, cdt_val mark)
{
	if (!mark.api || cdt_type(mark) != CDT_MAP)
		return;
	if (d->turns.marks_over)
		d->turns.marks_over--;        /* later marks hold longer prefixes: those stay */
	else
		cdt_put_val(d->o, "cache_control", mark);
}

void anthropic_block_begin(struct draft *d, const char *type)
{
	if (d->turns.place == PLACE_RESULT && !d->list_open) {
		d->o->api->key(d->o, "content");
		cdt_open(d->o, '[');
		d->list_open = 1;
	}
	turns_enter(&d->turns);
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "type", words_z(type));
}

void anthropic_block_end(struct draft *d, cdt_val mark)
{
	anthropic_put_mark(d, mark);
	cdt_close(d->o);
}

void anthropic_write_text(struct draft *d, cdt_str text, cdt_val mark)
{
	if (words_blank(text))
		return;
	anthropic_block_begin(d, "text");
	cdt_put_text(d->o, "text", text);
	anthropic_block_end(d, mark);
}

static void write_text(struct draft *d, cdt_val part)
{
	anthropic_write_text(d, turns_text(&d->turns, part, "text"),
	                     cdt_get(part, "cache_control"));
}

static void write_refusal(struct draft *d, cdt_val part)
{
	anthropic_write_text(d, turns_text(&d->turns, part, "refusal"),
	                     cdt_get(part, "cache_control"));
}

static void refuse_audio(struct draft *d, cdt_val part)
{
	(void)part;
	anthropic_refuse(d, CDT_E_UNSUPPORTED, "messages",
	                 "This provider does not take 'input_audio'.");
}

static const struct turns_kind kinds[] = {
	{ "file", anthropic_write_file, 0 },
	{ "image_url", anthropic_write_image, 0 },
	{ "input_audio", refuse_audio, 1 },
	{ "refusal", write_refusal, 1 },
	{ "text", write_text, 1 },
};

void anthropic_write_part(struct draft *d, cdt_val part)
{
	if (turns_write_kind(&d->turns, kinds, sizeof kinds / sizeof kinds[0], part))
		return;
	anthropic_refuse(d, CDT_E_INVALID, "messages", "The type of a message's part must be "
	                 "text, image_url, file, refusal or reasoning.");
}

/* Signatures are opaque and bound to their text: both go as they came, or not at all. */
void anthropic_write_reasoning(struct draft *d, cdt_val part)
{
	cdt_str signature = cdt_text(cdt_get(part, "signature"));
	cdt_str redacted = cdt_text(cdt_get(part, "redacted"));
	int thinks = (d->model->abilities & (MODEL_BUDGET | MODEL_ADAPTIVE)) != 0;

	if (!thinks || !cdt_is(cdt_text(cdt_get(part, "type")), "reasoning")
	    || turns_is_foreign(signature) || turns_is_foreign(redacted))
		return;
	if (redacted.n) {
		anthropic_block_begin(d, "redacted_thinking");
		cdt_put_text(d->o, "data", redacted);
		cdt_close(d->o);
	} else if (signature.n) {
		anthropic_block_begin(d, "thinking");
		cdt_put_text(d->o, "thinking", cdt_text(cdt_get(part, "text")));
		cdt_put_text(d->o, "signature", signature);
		cdt_close(d->o);
	}
}

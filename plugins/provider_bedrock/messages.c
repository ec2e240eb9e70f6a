/* provider_bedrock/messages.c - the conversation in Converse's blocks: what the turns are is
 * lib_turns's.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <inttypes.h>
#include <stdio.h>

enum { WORD_BYTES = 64, NINE = 9 };

/* Nine letters and digits out of the hash. */
static cdt_str nine(struct draft *d, cdt_str s)
{
	static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                              "abcdefghijklmnopqrstuvwxyz";
	char *p = d->call->api->scratch(d->call, NINE);
	uint64_t h = turns_hash(s);

	for (int i = 0; p && i < NINE; i++, h /= 62)
		p[i] = letters[h % 62];
	return (cdt_str){ p ? p : "000000000", NINE };
}

static int is_nine(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '-' || s.p[i] == '_')
			return 0;
	return s.n == NINE && turns_plain(s);
}

/* What is too long ends with its hash. */
cdt_str bedrock_tool_name(struct draft *d, cdt_str name)
{
	char end[sizeof "_0123456789abcdef"];

	if (name.n <= WORD_BYTES)
		return turns_fit(&d->turns, name);
	(void)snprintf(end, sizeof end, "_%016" PRIx64, turns_hash(name));
	return turns_fit(&d->turns, words_join(d->call, (cdt_str[]){
		{ name.p, WORD_BYTES + 1 - sizeof end }, words_z(end) }, 2));
}

static cdt_str fit_id(struct draft *d, cdt_str id)
{
	if (d->can & MODEL_NINE)
		return is_nine(id) ? id : nine(d, id);
	return bedrock_tool_name(d, id);
}

static void write_call(struct draft *d, cdt_val call, cdt_str id)
{
	bedrock_block_begin(d, "toolUse");
	cdt_put_text(d->o, "toolUseId", id);
	cdt_put_text(d->o, "name", bedrock_tool_name(d, turns_called_name(call)));
	d->o->api->key(d->o, "input");
	turns_write_input(&d->turns, call);
	bedrock_block_end(d);
	bedrock_write_mark(d, call, MODEL_CACHE);
}

static void begin_result(struct draft *d, cdt_str id)
{
	bedrock_block_begin(d, "toolResult");
	cdt_put_text(d->o, "toolUseId", id);
	d->o->api->key(d->o, "content");
	cdt_open(d->o, '[');
}

static void end_result(struct draft *d, int failed)
{
	cdt_close(d->o);
	if (failed && d->can & MODEL_STATUS)
		cdt_put_text(d->o, "status", CDT_STR("error"));
	bedrock_block_end(d);
}

static void put_text(struct draft *d, const char *text)
{
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "text", words_z(text));
	cdt_close(d->o);
}

static void write_result(struct draft *d, cdt_str id, cdt_val message)
{
	cdt_val failed = cdt_get(message, "is_error"), content = cdt_get(message, "content");
	size_t said = 0;

	begin_result(d, id);
	d->turns.place = PLACE_RESULT;
	for (size_t i = 0; i < cdt_count(content) && d->turns.status == CDT_OK; i++) {
		said += !cdt_is(cdt_text(cdt_get(cdt_at(content, i), "type")), "text")
		        || turns_says(cdt_at(content, i));
		bedrock_write_part(d, cdt_at(content, i));
	}
	d->turns.place = PLACE_USER;
	if (!said)
		put_text(d, "(empty)");                 /* an empty list is refused */
	end_result(d, failed.api->flag(failed, 0));
	for (size_t i = 0; i < cdt_count(content); i++)
		bedrock_write_mark(d, cdt_at(content, i), MODEL_CACHE);
	bedrock_write_mark(d, message, MODEL_CACHE);
}

static void write_no_result(struct draft *d, cdt_str id)
{
	begin_result(d, id);
	put_text(d, "no result");
	end_result(d, 1);
}

static void end_content(struct draft *d, cdt_val message)
{
	bedrock_write_mark(d, message, MODEL_CACHE);
}

/* A document alone is refused: some text must stand beside it. */
static void end_turn(struct draft *d)
{
	if (d->turn_has_file && !d->turn_has_text)
		put_text(d, ".");
	d->turn_has_file = d->turn_has_text = 0;
}

const struct turns_wire bedrock_wire = {
	.fit_id = fit_id,
	.fit_name = bedrock_tool_name,
	.write_text = bedrock_write_text,
	.write_part = bedrock_write_part,
	.write_reasoning = bedrock_write_reasoning,
	.write_call = write_call,
	.write_result = write_result,
	.write_no_result = write_no_result,
	.end_content = end_content,
	.end_turn = end_turn,
};

void bedrock_write_messages(struct draft *d)
{
	d->o->api->key(d->o, "messages");
	cdt_open(d->o, '[');
	d->turns.place = PLACE_USER;
	if (!(d->can & MODEL_SYSTEM))
		bedrock_say_system(d);
	turns_write(&d->turns, !d->thinks && d->can & MODEL_PREFILL);
	cdt_close(d->o);
}

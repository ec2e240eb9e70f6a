/* lib_gemini/messages.c - the conversation: system texts apart, then turns.  Neighbours of one
 * role become one turn; a turn opens with its first part, so that a message without anything to
 * say leaves no trace.  Results of functions have turns of their own: another part beside them
 * is counted as a result too many.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

#include <string.h>

/* Ends the open turn, and begins that of role ('u', 'm', 'f'; 0: none). */
void gemini_turn(struct draft *d, char role)
{
	struct cdt_out *o = d->o;

	if (d->role == role)
		return;
	if (d->role) {
		cdt_close(o);
		cdt_close(o);
	}
	d->role = role;
	d->step_signed = 0;
	if (!role)
		return;
	cdt_open(o, '{');
	cdt_put_text(o, "role", role == 'm' ? CDT_STR("model") : CDT_STR("user"));
	o->api->key(o, "parts");
	cdt_open(o, '[');
}

static void put_text(struct draft *d, cdt_str text)
{
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "text", text);
	cdt_close(d->o);
}

void gemini_write_text(struct draft *d, char role, cdt_str text)
{
	if (text.n == 0)
		return;
	gemini_turn(d, role);
	put_text(d, text);
}

/* --- system --- */

static cdt_str text_of(cdt_val part)
{
	return cdt_text(cdt_get(part, "text"));
}

static cdt_str wanted_schema(struct draft *d)
{
	cdt_val format = cdt_get(d->doc, "response_format");
	cdt_val schema = cdt_get(cdt_get(format, "json_schema"), "schema");
	cdt_str type = cdt_text(cdt_get(format, "type"));

	if (!d->has_functions || d->model->abilities & MODEL_NEWER
	    || (!cdt_is(type, "json_object") && !cdt_is(type, "json_schema")))
		return CDT_STR("");
	if (cdt_type(schema) != CDT_MAP)
		return CDT_STR("Answer with one JSON object and nothing else.");
	return words_join(d->call, (cdt_str[]){
		CDT_STR("Answer with JSON by this schema and nothing else:\n"),
		schema.api->raw(schema) }, 2);
}

typedef void each_text(struct draft *, cdt_str text);

static size_t each_system(struct draft *d, each_text *run)
{
	cdt_str schema = wanted_schema(d);
	size_t n = 0;

	for (size_t i = 0; i < cdt_count(d->messages); i++) {
		cdt_val m = cdt_at(d->messages, i), content = cdt_get(m, "content");

		if (gemini_side(d, m) != 's')
			continue;
		for (size_t k = 0; k < cdt_count(content); k++) {
			if (text_of(cdt_at(content, k)).n == 0)
				continue;
			n++;
			run(d, text_of(cdt_at(content, k)));
		}
	}
	if (schema.n) {
		n++;
		run(d, schema);
	}
	return n;
}

static void open_and_put(struct draft *d, cdt_str text)
{
	if (!d->system_open) {
		d->o->api->key(d->o, "systemInstruction");
		cdt_open(d->o, '{');
		d->o->api->key(d->o, "parts");
		cdt_open(d->o, '[');
	}
	d->system_open = 1;
	put_text(d, text);
}

static void put_in_turn(struct draft *d, cdt_str text)
{
	gemini_write_text(d, 'u', text);
}

/* Models without it read the system's texts as the user's first ones. */
void gemini_write_system(struct draft *d)
{
	if (!(d->model->abilities & MODEL_SYSTEM))
		return;
	if (each_system(d, open_and_put)) {
		cdt_close(d->o);
		cdt_close(d->o);
	}
}

/* --- turns --- */

static const char *type_z(cdt_val part)
{
	cdt_str type = cdt_text(cdt_get(part, "type"));

	return cdt_is(type, "text") ? "text" : cdt_is(type, "refusal") ? "refusal" : NULL;
}

/* Position of the last part that says something; the content's length when none does. */
static size_t last_text(cdt_val content)
{
	for (size_t i = cdt_count(content); i > 0; i--) {
		const char *member = type_z(cdt_at(content, i - 1));

		if (member && cdt_text(cdt_get(cdt_at(content, i - 1), member)).n)
			return i - 1;
	}
	return cdt_count(content);
}

static cdt_str our_signature(cdt_val part)
{
	cdt_str s = cdt_text(cdt_get(part, "signature"));

	return words_begin(s, GEMINI_SIGNATURE) ? words_after(s, sizeof GEMINI_SIGNATURE - 1)
	                                          : CDT_STR("");
}

/* Thoughts that are not ours, or have lost their signature, are left out. */
static void write_thought(struct draft *d, cdt_val part)
{
	cdt_str signature = our_signature(part);

	if (text_of(part).n == 0 || signature.n == 0)
		return;
	gemini_turn(d, 'm');
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "text", text_of(part));
	cdt_put_flag(d->o, "thought", 1);
	cdt_put_text(d->o, "thoughtSignature", signature);
	cdt_close(d->o);
}

static void write_signed(struct draft *d, cdt_str text, cdt_str signature)
{
	gemini_turn(d, 'm');
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "text", text);
	cdt_put_text(d->o, "thoughtSignature", signature);
	cdt_close(d->o);
}

/* A signature without thoughts belongs to a text. */
static cdt_str lone_signature(cdt_val part)
{
	return text_of(part).n == 0 ? our_signature(part) : CDT_STR("");
}

static int is_text(cdt_val part)
{
	const char *member = type_z(part);

	return member && cdt_text(cdt_get(part, member)).n > 0;
}

/* To that in front of it; where there is none, for a chat tells thoughts first, to the last. */
static cdt_str signature_of_text(cdt_val content, size_t i)
{
	cdt_str signature = CDT_STR("");

	if (i + 1 < cdt_count(content))
		signature = lone_signature(cdt_at(content, i + 1));
	for (size_t k = i; signature.n == 0 && i == last_text(content) && k > 0; k--)
		if (k == 1 || !is_text(cdt_at(content, k - 2)))
			signature = lone_signature(cdt_at(content, k - 1));
	return signature;
}

static void write_said(struct draft *d, cdt_val content)
{
	size_t last = last_text(content);

	for (size_t i = 0; i < cdt_count(content) && d->status == CDT_OK; i++) {
		cdt_val part = cdt_at(content, i);
		cdt_str signature = is_text(part) ? signature_of_text(content, i)
		                                  : lone_signature(part);

		if (signature.n && is_text(part))
			write_signed(d, cdt_text(cdt_get(part, type_z(part))), signature);
		else if (signature.n && last == cdt_count(content))
			write_signed(d, CDT_STR(""), signature);
		else if (cdt_is(cdt_text(cdt_get(part, "type")), "reasoning"))
			write_thought(d, part);
		else
			gemini_write_part(d, 'm', part);
	}
}

static void write_model(struct draft *d, size_t from, size_t to)
{
	for (size_t i = from; i < to && d->status == CDT_OK; i++) {
		cdt_val m = cdt_at(d->messages, i), calls = cdt_get(m, "tool_calls");

		if (gemini_side(d, m) != 'm')
			continue;
		write_said(d, cdt_get(m, "content"));
		for (size_t k = 0; k < cdt_count(calls) && d->status == CDT_OK; k++)
			gemini_write_call(d, cdt_at(calls, k), i >= d->last_user);
	}
}

static void write_user(struct draft *d, size_t from, size_t to)
{
	unsigned char *used = d->call->api->scratch(d->call, to - from + 1);

	if (!used) {
		gemini_refuse(d, CDT_E_LIMIT, "messages",
		              "'messages' holds too many messages.");
		return;
	}
	memset(used, 0, to - from + 1);
	gemini_write_results(d, from, to, used);
	for (size_t i = from; i < to && d->status == CDT_OK; i++) {
		cdt_val m = cdt_at(d->messages, i), content = cdt_get(m, "content");
		char side = gemini_side(d, m);

		if (side == 'f' && !used[i - from])
			gemini_write_orphan(d, m);
		for (size_t k = 0; side == 'u' && k < cdt_count(content); k++)
			gemini_write_part(d, 'u', cdt_at(content, k));
	}
}

/* Messages of one side (the model's, or not), with the system's among them. */
static size_t run_end(const struct draft *d, size_t from, int *model)
{
	size_t i = from;

	*model = -1;
	for (; i < cdt_count(d->messages); i++) {
		char side = gemini_side(d, cdt_at(d->messages, i));

		if (side == 's')
			continue;
		if (*model >= 0 && *model != (side == 'm'))
			break;
		*model = side == 'm';
	}
	return i;
}

void gemini_write_contents(struct draft *d)
{
	size_t n = cdt_count(d->messages), to;
	int model, began = 0;

	d->o->api->key(d->o, "contents");
	cdt_open(d->o, '[');
	if (!(d->model->abilities & MODEL_SYSTEM))
		began = each_system(d, put_in_turn) > 0;
	for (size_t i = 0; i < n && d->status == CDT_OK; i = to) {
		to = run_end(d, i, &model);
		if (model == 1 && !began && !d->role)
			gemini_write_text(d, 'u', CDT_STR("."));
		if (model == 1)
			write_model(d, i, to);
		else
			write_user(d, i, to);
		began |= d->role != 0;
	}
	if (d->pending_count && d->status == CDT_OK)
		gemini_write_results(d, 0, 0, NULL);
	if (!d->role)
		gemini_refuse(d, CDT_E_INVALID, "messages",
		              "None of the messages says anything.");
	gemini_turn(d, 0);
	cdt_close(d->o);
}

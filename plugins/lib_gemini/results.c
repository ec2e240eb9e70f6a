/* lib_gemini/results.c - tool calls and their results.  All results of a model's turn stand in
 * one turn, as many as there were calls and in the same order: otherwise Google refuses them.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

/* What Google takes for the signature of a call that lost its own. */
#define NO_SIGNATURE "skip_thought_signature_validator"

static void remember(struct draft *d, cdt_str id, cdt_str name)
{
	if (!d->pending)
		d->pending = d->call->api->scratch(d->call, CALLS_MAX * sizeof *d->pending);
	if (!d->pending || d->pending_count == CALLS_MAX) {
		gemini_refuse(d, CDT_E_LIMIT, "messages",
		              "A message holds more than 1024 tool calls.");
		return;
	}
	d->pending[d->pending_count++] = (struct pending_call){ id, name };
}

static void write_args(struct draft *d, cdt_str arguments)
{
	struct cdt_out *o = d->o;

	o->api->key(o, "args");
	if (words_is_map(arguments)) {
		o->api->bytes(o, arguments);
		return;
	}
	cdt_open(o, '{');
	if (!words_blank(arguments) && !cdt_is(arguments, "null"))
		cdt_put_text(o, "_raw", arguments);
	cdt_close(o);
}

/* Vertex's ids are its own affair; AI Studio wants back those that it gave. */
static void put_id(struct draft *d, cdt_str id)
{
	if (!d->self->home->is_vertex && id.n)
		cdt_put_text(d->o, "id", id);
}

/* Of its id, or of the member that Google's own chat-compatible API has for it. */
static cdt_str signature_of(cdt_val call, const struct call_id *id)
{
	cdt_val google = cdt_get(cdt_get(call, "extra_content"), "google");
	cdt_str own = cdt_text(cdt_get(google, "thought_signature"));

	return own.n ? own : id->signature;
}

/* The first call of each step since the user spoke last must be signed. */
void gemini_write_call(struct draft *d, cdt_val call, int needs_signature)
{
	cdt_val function = cdt_get(call, "function"), custom = cdt_get(call, "custom");
	int freeform = cdt_is(cdt_text(cdt_get(call, "type")), "custom");
	cdt_str client = cdt_text(cdt_get(call, "id"));
	cdt_str name = cdt_text(cdt_get(freeform ? custom : function, "name"));
	struct call_id id = gemini_id_read(d->call, client);
	cdt_str signature = signature_of(call, &id);
	struct cdt_out *o = d->o;

	gemini_turn(d, 'm');
	name = gemini_tool_name(d, name);
	cdt_open(o, '{');
	o->api->key(o, "functionCall");
	cdt_open(o, '{');
	put_id(d, id.id);
	cdt_put_text(o, "name", name);
	if (freeform) {
		o->api->key(o, "args");
		cdt_open(o, '{');
		cdt_put_text(o, "input", cdt_text(cdt_get(custom, "input")));
		cdt_close(o);
	} else {
		write_args(d, cdt_text(cdt_get(function, "arguments")));
	}
	cdt_close(o);
	if (signature.n == 0 && needs_signature && !d->step_signed
	    && d->model->abilities & MODEL_NEWER)
		signature = CDT_STR(NO_SIGNATURE);
	if (signature.n)
		cdt_put_text(o, "thoughtSignature", signature);
	cdt_close(o);
	d->step_signed = 1;
	remember(d, client, name);
}

/* --- results --- */

static cdt_str joined_text(struct draft *d, cdt_val content)
{
	size_t n = cdt_count(content), used = 0;
	cdt_str *pieces = d->call->api->scratch(d->call, (2 * n + 1) * sizeof *pieces);

	if (!pieces) {
		gemini_refuse(d, CDT_E_LIMIT, "messages", "A tool's result is too large.");
		return CDT_STR("");
	}
	for (size_t i = 0; i < n; i++) {
		cdt_str text = cdt_text(cdt_get(cdt_at(content, i), "text"));

		if (text.n == 0)
			continue;
		if (used)
			pieces[used++] = CDT_STR("\n");
		pieces[used++] = text;
	}
	if (used == 1)
		return pieces[0];
	return words_join(d->call, pieces, used);
}

static void write_response(struct draft *d, cdt_str text, int failed)
{
	struct cdt_out *o = d->o;

	o->api->key(o, "response");
	if (!failed && words_is_map(text)) {
		o->api->bytes(o, text);
		return;
	}
	cdt_open(o, '{');
	cdt_put_text(o, failed ? "error" : "output", text);
	cdt_close(o);
}

static int fits_result(const struct draft *d, cdt_val part)
{
	static const char *const types[] = { "application/pdf", "image/jpeg", "image/png",
	                                     "image/webp", "text/plain" };
	cdt_str type;

	if (!(d->model->abilities & MODEL_NEWER) || !gemini_is_inlined(part, &type))
		return 0;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (cdt_is(type, types[i]))
			return 1;
	return 0;
}

/* Pictures and documents, where the model takes them there. */
static void write_inside(struct draft *d, cdt_val content)
{
	struct cdt_out *o = d->o;
	int open = 0;

	for (size_t i = 0; i < cdt_count(content) && d->status == CDT_OK; i++) {
		if (!fits_result(d, cdt_at(content, i)))
			continue;
		if (!open) {
			o->api->key(o, "parts");
			cdt_open(o, '[');
		}
		open = 1;
		(void)gemini_write_media(d, cdt_at(content, i));    /* it is one */
	}
	if (open)
		cdt_close(o);
}

static void write_result(struct draft *d, const struct pending_call *call, cdt_val message)
{
	cdt_val failed = cdt_get(message, "is_error"), content = cdt_get(message, "content");
	int known = cdt_type(message) == CDT_MAP;
	struct cdt_out *o = d->o;

	gemini_turn(d, 'f');
	cdt_open(o, '{');
	o->api->key(o, "functionResponse");
	cdt_open(o, '{');
	put_id(d, gemini_id_read(d->call, call->id).id);
	cdt_put_text(o, "name", call->name);
	if (known) {
		write_response(d, joined_text(d, content), failed.api->flag(failed, 0));
		write_inside(d, content);
	} else {                        /* the client went away before the call was answered */
		write_response(d, CDT_STR("no result"), 1);
	}
	cdt_close(o);
	cdt_close(o);
}

/* Usually in the same order as the calls: so the search goes on from the last match. */
static size_t match(struct draft *d, size_t from, size_t to, size_t start, cdt_str id,
                    const unsigned char *used)
{
	for (size_t k = 0; k < to - from; k++) {
		size_t i = from + (start - from + k) % (to - from);
		cdt_val m = cdt_at(d->messages, i);

		if (!used[i - from] && gemini_side(d, m) == 'f'
		    && words_same(cdt_text(cdt_get(m, "tool_call_id")), id))
			return i;
	}
	return to;
}

/* What stands outside of a result follows in a turn of the user. */
static void write_outside(struct draft *d, size_t from, size_t to, const unsigned char *used)
{
	for (size_t i = from; i < to && d->status == CDT_OK; i++) {
		cdt_val content = cdt_get(cdt_at(d->messages, i), "content");

		for (size_t k = 0; used[i - from] && k < cdt_count(content); k++) {
			cdt_val part = cdt_at(content, k);

			if (cdt_text(cdt_get(part, "text")).n == 0 && !fits_result(d, part))
				gemini_write_part(d, 'u', part);
		}
	}
}

void gemini_write_results(struct draft *d, size_t from, size_t to, unsigned char *used)
{
	size_t start = from;

	if (d->pending_count == 0)
		return;
	for (size_t i = 0; i < d->pending_count && d->status == CDT_OK; i++) {
		size_t k = match(d, from, to, start, d->pending[i].id, used);

		write_result(d, &d->pending[i], cdt_at(d->messages, k < to ? k : (size_t)-1));
		if (k == to)
			continue;
		used[k - from] = 1;
		start = k + 1 < to ? k + 1 : from;
	}
	d->pending_count = 0;
	write_outside(d, from, to, used);
}

/* What the tool said is worth keeping, though nobody asked. */
void gemini_write_orphan(struct draft *d, cdt_val message)
{
	cdt_val content = cdt_get(message, "content");

	gemini_write_text(d, 'u', CDT_STR("Result of an earlier tool call:"));
	for (size_t i = 0; i < cdt_count(content) && d->status == CDT_OK; i++)
		gemini_write_part(d, 'u', cdt_at(content, i));
}

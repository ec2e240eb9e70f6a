/* api/anthropic/events.c - the events of a Messages stream, one by one, and what whole answers
 * share with them.
 * SPDX-License-Identifier: MIT */
#include "api/anthropic/anthropic.h"
#include "base/str.h"

static int64_t known(int64_t v)
{
	return v < 0 ? 0 : v;
}

/* Inclusive totals become classes that do not overlap. */
void messages_usage(struct jsonw *w, const struct cdt_usage *u)
{
	int64_t read = known(u->cache_read), wrote = known(u->cache_write);
	int64_t fresh = known(u->input) - read - wrote;

	jsonw_key(w, "usage");
	jsonw_open(w, '{');
	jsonw_put_i64(w, "input_tokens", known(fresh));
	jsonw_put_i64(w, "cache_creation_input_tokens", wrote);
	jsonw_put_i64(w, "cache_read_input_tokens", read);
	jsonw_put_i64(w, "output_tokens", known(u->output));
	if (u->reasoning >= 0) {
		jsonw_key(w, "output_tokens_details");
		jsonw_open(w, '{');
		jsonw_put_i64(w, "thinking_tokens", u->reasoning);
		jsonw_close(w);
	}
	jsonw_close(w);
}

const char *messages_stop(uint32_t stop, cdt_str word, bool tools, bool refused)
{
	static const char full[] = "model_context_window_exceeded";

	switch (stop) {
	case CDT_STOP_LENGTH:
		return str_is(word, full) ? full : "max_tokens";
	case CDT_STOP_FILTER: case CDT_STOP_REFUSAL:
		return "refusal";
	default:
		break;
	}
	if (tools)
		return "tool_use";
	if (refused)
		return "refusal";
	if (stop == CDT_STOP_PAUSE)
		return "pause_turn";
	return stop == CDT_STOP_SEQUENCE ? "stop_sequence" : "end_turn";
}

cdt_str messages_id(struct exchange *x, cdt_str upstreams)
{
	if (str_starts(upstreams, "msg_"))
		return upstreams;
	return arena_print(&x->arena, "msg_%s", x->id.p);
}

void messages_event_begin(struct buf *out, struct jsonw *w, const char *type)
{
	buf_add_z(out, "event: ");
	buf_add_z(out, type);
	buf_add_z(out, "\ndata: ");
	jsonw_init(w, out);
	jsonw_open(w, '{');
	jsonw_put_z(w, "type", type);
}

cdt_status messages_event_end(struct buf *out, struct jsonw *w)
{
	jsonw_close(w);
	buf_add_z(out, "\n\n");
	return jsonw_status(w);
}

cdt_status messages_put_start(struct exchange *x, cdt_str id, struct buf *out)
{
	struct cdt_usage u = x->usage;
	struct jsonw w;
	cdt_status st;

	u.output = u.reasoning = -1;           /* nothing was said yet */
	messages_event_begin(out, &w, "message_start");
	jsonw_key(&w, "message");
	jsonw_open(&w, '{');
	jsonw_put_text(&w, "id", id);
	jsonw_put_z(&w, "type", "message");
	jsonw_put_z(&w, "role", "assistant");
	jsonw_put_text(&w, "model", x->ask.model);
	jsonw_put_raw(&w, "content", CDT_STR("[]"));
	jsonw_put_null(&w, "stop_reason");
	jsonw_put_null(&w, "stop_sequence");
	messages_usage(&w, &u);
	jsonw_close(&w);
	st = messages_event_end(out, &w);
	messages_event_begin(out, &w, "ping");
	return st == CDT_OK ? messages_event_end(out, &w) : st;
}

cdt_status messages_put_block_stop(int64_t index, struct buf *out)
{
	struct jsonw w;

	messages_event_begin(out, &w, "content_block_stop");
	jsonw_put_i64(&w, "index", index);
	return messages_event_end(out, &w);
}

cdt_status messages_put_end(struct exchange *x, const char *stop, struct buf *out)
{
	struct jsonw w;
	cdt_status st;

	messages_event_begin(out, &w, "message_delta");
	jsonw_key(&w, "delta");
	jsonw_open(&w, '{');
	jsonw_put_z(&w, "stop_reason", stop);
	jsonw_put_null(&w, "stop_sequence");
	jsonw_close(&w);
	messages_usage(&w, &x->usage);
	st = messages_event_end(out, &w);
	messages_event_begin(out, &w, "message_stop");
	return st == CDT_OK ? messages_event_end(out, &w) : st;
}

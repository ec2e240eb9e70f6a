/* ctl/chat.c - conduitctl chat: one question to the client API, the answer as it comes.
 * SPDX-License-Identifier: MIT */
#include "ctl/ctl.h"

#include <unistd.h>

#include "base/jsonw.h"
#include "base/str.h"
#include "ctl/ask.h"
#include "ctl/client.h"
#include "ctl/show.h"

enum { LINE_MAX_BYTES = 8 << 20, CHAT_MS = 600 * 1000 };

/* The answer on its way to the terminal. */
struct stream {
	struct buf line;
	struct json *usage;
	char model[128];
	bool done, failed, wrote, terminal;
	char last;
};

/* --- the question --- */

static int read_text(const struct ctl *c, struct buf *out)
{
	int code = c->arg_count ? client_read_text(c, 0, out) : client_read_stdin(out);

	if (code == CTL_OK && !out->n)
		return ctl_fail(CTL_USAGE, "nothing to say; see conduitctl help chat");
	return code;
}

static void write_body(struct buf *out, const char *model, cdt_str text)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_put_z(&w, "model", model);
	jsonw_put_flag(&w, "stream", true);
	jsonw_put_raw(&w, "stream_options", CDT_STR("{\"include_usage\":true}"));
	jsonw_key(&w, "messages");
	jsonw_open(&w, '[');
	jsonw_open(&w, '{');
	jsonw_put_z(&w, "role", "user");
	jsonw_put_text(&w, "content", text);
	jsonw_close(&w);
	jsonw_close(&w);
	jsonw_close(&w);
}

/* --- the answer --- */

static void on_piece(struct stream *s, cdt_str text)
{
	if (!text.n)
		return;
	if (s->terminal)
		show_text(stdout, text, true);
	else
		(void)fwrite(text.p, 1, text.n, stdout);       /* main looks at ferror */
	(void)fflush(stdout);
	s->last = text.p[text.n - 1];
	s->wrote = true;
}

static void on_event(struct stream *s, cdt_str text)
{
	struct json *j = str_is(text, "[DONE]") ? NULL : ask_parse(text);
	struct json *usage, *choice = json_at(json_get(j, "choices"), 0);
	cdt_str error = json_text(json_get(json_get(j, "error"), "message"));
	cdt_str model = json_text(json_get(j, "model"));

	s->done |= str_is(text, "[DONE]");
	if (error.n) {
		s->failed = true;
		(void)ctl_fail(CTL_FAILED, "%.*s", STR_ARG(error));
	}
	if (model.n)
		(void)snprintf(s->model, sizeof s->model, "%.*s", STR_ARG(model));
	on_piece(s, json_text(json_get(json_get(choice, "delta"), "content")));
	usage = json_type(json_get(j, "usage")) == CDT_MAP ? json_take(j, "usage") : NULL;
	if (usage) {
		json_free(s->usage);
		s->usage = usage;
	}
	json_free(j);
}

static void on_part(void *arg, cdt_str bytes)
{
	struct stream *s = arg;

	buf_add(&s->line, bytes);
	for (cdt_str all = buf_str(&s->line), rest = all; ; ) {
		size_t end = str_find(rest, '\n');
		cdt_str line = str_trim(str_from(rest.p, end));

		if (end == rest.n) {
			buf_drop(&s->line, all.n - rest.n);
			return;
		}
		if (str_starts(line, "data:"))
			on_event(s, str_trim(str_skip(line, 5)));
		rest = str_skip(rest, end + 1);
	}
}

static void say_end(const struct ctl *c, const struct stream *s, const struct wire_answer *a)
{
	if (s->wrote && s->last != '\n')
		putchar('\n');
	(void)fflush(stdout);
	if (!c->quiet)
		fprintf(stderr, "model %s, %lld tokens in, %lld out, request %s\n",
		        s->model[0] ? s->model : "?",
		        (long long)json_i64(json_get(s->usage, "prompt_tokens"), 0),
		        (long long)json_i64(json_get(s->usage, "completion_tokens"), 0),
		        a->request_id[0] ? a->request_id : "?");
}

static int finish(const struct ctl *c, const struct stream *s, const struct wire_answer *a)
{
	struct json *j;
	int code;

	if (!a->status)
		return client_unreachable(a);
	if (a->status / 100 != 2) {
		j = ask_parse(buf_str(&a->body));
		code = ask_refused(a, j);
		json_free(j);
		return code;
	}
	say_end(c, s, a);
	if (s->failed)
		return CTL_FAILED;
	if (!s->done)
		return ctl_fail(CTL_UNREACHABLE, "the answer was cut off");
	return CTL_OK;
}

static int talk(const struct ctl *c, const struct client *k, cdt_str body)
{
	struct stream s = { .terminal = isatty(STDOUT_FILENO) };
	const struct client_order o = { .method = "POST", .path = "/v1/chat/completions",
	                                .body = body, .total_ms = CHAT_MS, .part = on_part,
	                                .arg = &s };
	struct wire_answer a;
	int code;

	buf_init(&s.line, LINE_MAX_BYTES);
	client_send(k, &o, &a);
	code = finish(c, &s, &a);
	wire_fini(&a);
	buf_fini(&s.line);
	json_free(s.usage);
	return code;
}

static int run(struct ctl *c)
{
	const char *wanted = args_value(c, "model");
	char model[128] = "";
	struct buf text, body;
	struct client k;
	int code;

	if (!client_open(&k, c))
		return CTL_AUTH;
	buf_init(&text, CLIENT_TEXT_MAX);
	buf_init(&body, 2 * CLIENT_TEXT_MAX);
	code = read_text(c, &text);
	if (code == CTL_OK && wanted)
		(void)snprintf(model, sizeof model, "%s", wanted);
	else if (code == CTL_OK)
		code = client_first_model(&k, model, sizeof model);
	if (code == CTL_OK) {
		write_body(&body, model, buf_str(&text));
		code = talk(c, &k, buf_str(&body));
	}
	client_close(&k);
	buf_fini(&text);
	buf_fini(&body);
	return code;
}

static const struct flag flags[] = {
	{ "model", 'm', "MODEL", "who is asked; default: the first that the key may use" },
	CLIENT_FLAGS,
	{ NULL, 0, NULL, NULL },
};
static const struct verb verbs[] = {
	{ "", "[TEXT|-]", "one question; the answer is printed as it comes",
	  { "conduitctl chat -m mock Hello", "git diff | conduitctl chat -m gpt-4o -" }, 0,
	  CTL_ARGS_MAX, flags, run },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_chat = { "chat", "one question, answered by the gateway", verbs, false };

/* provider_replicate/prompt.c - a conversation as one text, in the marks that a model was
 * trained on.  System messages are given apart; messages say only what is text.
 * SPDX-License-Identifier: MIT */
#include "replicate.h"

#include <stdlib.h>
#include <string.h>

enum { PROMPT_MAX = 32 << 20 };

void prompt_fini(struct prompt *p)
{
	free(p->p);
	*p = (struct prompt){ .p = NULL };
}

void prompt_add(struct prompt *p, cdt_str s)
{
	if (p->failed || s.n == 0)
		return;
	if (s.n > PROMPT_MAX - p->n) {
		p->failed = 1;
		return;
	}
	if (p->n + s.n > p->room) {
		size_t room = 2 * (p->n + s.n);
		char *grown = realloc(p->p, room);

		if (!grown) {
			p->failed = 1;
			return;
		}
		p->p = grown;
		p->room = room;
	}
	memcpy(p->p + p->n, s.p, s.n);
	p->n += s.n;
}

static void add_z(struct prompt *p, const char *z)
{
	prompt_add(p, words_z(z));
}

/* What stands around the messages.  System and user of one turn may share their marks. */
struct marks {
	const char *begin;
	const char *system, *system_end;
	const char *user, *user_end;
	const char *assistant, *assistant_end;
	const char *answer;                 /* behind all, where the model goes on */
	const char *again;                  /* before a user's message that is not the first */
};
static const struct marks marks[] = {
	[RENDER_PLAIN] = { "", "System: ", "\n", "User: ", "\n", "Assistant: ", "\n",
		"Assistant:", "" },
	[RENDER_LLAMA2] = { "<s>[INST] ", "<<SYS>>\n", "\n<</SYS>>\n\n", "", " [/INST]",
		" ", " </s>", "", "<s>[INST] " },
	[RENDER_LLAMA3] = { "<|begin_of_text|>",
		"<|start_header_id|>system<|end_header_id|>\n\n", "<|eot_id|>",
		"<|start_header_id|>user<|end_header_id|>\n\n", "<|eot_id|>",
		"<|start_header_id|>assistant<|end_header_id|>\n\n", "<|eot_id|>",
		"<|start_header_id|>assistant<|end_header_id|>\n\n", "" },
	[RENDER_MISTRAL] = { "<s>[INST] ", "", "\n", "", " [/INST]", "", "</s>", "",
		"[INST] " },
	[RENDER_CHATML] = { "", "<|im_start|>system\n", "<|im_end|>\n", "<|im_start|>user\n",
		"<|im_end|>\n", "<|im_start|>assistant\n", "<|im_end|>\n",
		"<|im_start|>assistant\n", "" },
};

static int is_role(cdt_val message, const char *role)
{
	return cdt_is(cdt_text(cdt_get(message, "role")), role);
}

static cdt_str said(struct cdt_call *call, cdt_val message)
{
	return words_of_content(call, cdt_get(message, "content"));
}

/* A conversation that the model's own marks can not begin with the assistant: an empty message
 * of the user goes before. */
static void add_message(struct prompt *p, struct cdt_call *call, const struct marks *m,
                        cdt_val message, int *users)
{
	cdt_str text = said(call, message);
	int user = is_role(message, "user");

	if (!text.p)
		p->failed = 1;
	if (is_role(message, "system"))
		return;
	if (!user && !*users) {
		add_z(p, m->user);
		add_z(p, m->user_end);
		++*users;
	}
	if (user && *users)
		add_z(p, m->again);
	*users += user;
	add_z(p, user ? m->user : m->assistant);
	prompt_add(p, text);
	add_z(p, user ? m->user_end : m->assistant_end);
}

void prompt_render(struct prompt *p, struct cdt_call *call, const struct talk *t)
{
	const struct marks *m = &marks[t->render];
	int users = 0;

	add_z(p, m->begin);
	if (t->system.n) {
		add_z(p, m->system);
		prompt_add(p, t->system);
		add_z(p, m->system_end);
	}
	for (size_t i = 0; i < cdt_count(t->messages); i++)
		add_message(p, call, m, cdt_at(t->messages, i), &users);
	add_z(p, m->answer);
}

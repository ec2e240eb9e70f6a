/* unit/canon/chat_of_test.c - completions that are asked as chats.
 * SPDX-License-Identifier: MIT */
#include "canon/chat_of.h"

#include "base/str.h"
#include "unit/unit.h"

static void a_prompt_is_what_the_user_says(void)
{
	static const char *const rows[][2] = {
		{ "{\"schema\":\"complete/1\",\"prompt\":[\"p\"]}",
		  "{\"schema\":\"chat\\/1\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
		  "\"text\",\"text\":\"p\"}]}]}" },
		{ "{\"schema\":\"complete/1\",\"prompt\":[\"p\"],\"max_tokens\":7,\"best_of\":1,"
		  "\"echo\":false,\"suffix\":\"\",\"temperature\":0.5,\"n\":2,\"stop\":[\"s\"]}",
		  "{\"schema\":\"chat\\/1\",\"temperature\":0.5,\"n\":2,\"stop\":[\"s\"],\"messages\":"
		  "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"p\"}]}],"
		  "\"max_completion_tokens\":7}" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct json *doc = json_parse(str_z(rows[i][0])), *want;

		complete_as_chat(doc);
		want = json_parse(str_z(rows[i][1]));
		CU_ASSERT(str_eq(json_print(doc), json_print(want)));
		json_free(doc);
		json_free(want);
	}
}

static const struct unit_test tests[] = {
	{ "a prompt is what the user says", a_prompt_is_what_the_user_says },
	{ NULL, NULL }
};
const struct unit_suite canon_chat_of_suite = { "canon/chat_of", tests };

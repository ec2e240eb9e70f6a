/* lib_turns/choice.c - which tools may be called and whether one must be, as the client says.
 * SPDX-License-Identifier: MIT */
#include "lib_turns/turns.h"

#include "lib_words/words.h"

static const struct { const char *word; int choice; } words[] = {
	{ "any", CHOICE_ANY },
	{ "auto", CHOICE_AUTO },
	{ "none", CHOICE_NONE },
	{ "required", CHOICE_ANY },
};

static int by_word(cdt_str word)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (cdt_is(word, words[i].word))
			return words[i].choice;
	return CHOICE_UNSAID;
}

cdt_str turns_own_name(cdt_val tool)
{
	cdt_str type = cdt_text(cdt_get(tool, "type"));

	if (cdt_is(type, "custom"))
		return cdt_text(cdt_get(cdt_get(tool, "custom"), "name"));
	if (cdt_is(type, "function"))
		return cdt_text(cdt_get(cdt_get(tool, "function"), "name"));
	return cdt_text(cdt_get(tool, "name"));
}

int turns_allowed(const struct turns *t, cdt_str name)
{
	size_t n = cdt_count(t->allowed);

	if (cdt_type(t->allowed) != CDT_LIST)
		return 1;
	for (size_t i = 0; i < n && i < TURNS_TOOLS_MAX; i++)
		if (words_same(turns_own_name(cdt_at(t->allowed, i)), name))
			return 1;
	return 0;
}

void turns_choose(struct turns *t, cdt_val v)
{
	cdt_str type = cdt_text(cdt_get(v, "type"));
	cdt_val set = cdt_get(v, "allowed_tools");

	t->allowed = cdt_get(set, "tools");
	if (cdt_type(v) == CDT_TEXT) {
		t->choice = by_word(cdt_text(v));
	} else if (cdt_is(type, "allowed_tools")) {
		t->choice = by_word(cdt_text(cdt_get(set, "mode")));
	} else if (cdt_type(v) == CDT_MAP) {
		t->choice = CHOICE_TOOL;
		t->choice_name = turns_own_name(v);
		if (t->choice_name.n == 0)
			turns_refuse(t, CDT_E_INVALID, "tool_choice",
			             "'tool_choice' must name a tool.");
	}
}

/* The text of a key.
 * SPDX-License-Identifier: MIT */
#include "auth/key.h"

#include <string.h>

#include "base/str.h"
#include "unit/unit.h"

static void a_made_text_checks_and_names_its_id(void)
{
	char id[KEY_ID_SIZE + 1] = "", text[KEY_TEXT_SIZE + 1];
	cdt_str found;

	key_text_make(id, text);
	CU_ASSERT_EQUAL(strlen(id), 12);
	CU_ASSERT_EQUAL(strlen(text), 68);
	CU_ASSERT(str_starts(str_z(text), "condt_"));
	CU_ASSERT(key_text_check(str_z(text), &found));
	CU_ASSERT(str_is(found, id));
}

static void an_id_that_is_given_is_kept_and_the_secret_is_new(void)
{
	char id[KEY_ID_SIZE + 1] = "abcDEF012345";
	char one[KEY_TEXT_SIZE + 1], two[KEY_TEXT_SIZE + 1];

	key_text_make(id, one);
	key_text_make(id, two);
	CU_ASSERT_STRING_EQUAL(id, "abcDEF012345");
	CU_ASSERT_EQUAL(memcmp(one, two, 19), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(one + 19, two + 19, 43), 0);
}

static void each_mistyped_character_is_noticed(void)
{
	char id[KEY_ID_SIZE + 1] = "", text[KEY_TEXT_SIZE + 1];
	cdt_str found = { NULL, 0 };
	unsigned accepted = 0;

	key_text_make(id, text);
	for (size_t i = 0; i < KEY_TEXT_SIZE; i++) {
		char was = text[i];

		text[i] = was == 'x' ? 'y' : 'x';
		accepted += key_text_check(str_z(text), &found);
		text[i] = was;
	}
	CU_ASSERT_EQUAL(accepted, 0);
	CU_ASSERT_PTR_NULL(found.p);
}

static void swapped_characters_are_noticed(void)
{
	char id[KEY_ID_SIZE + 1] = "", text[KEY_TEXT_SIZE + 1];
	cdt_str found;

	key_text_make(id, text);
	for (size_t i = 20; i + 1 < KEY_TEXT_SIZE; i++) {
		char a = text[i], b = text[i + 1];

		text[i] = b;
		text[i + 1] = a;
		CU_ASSERT(a == b || !key_text_check(str_z(text), &found));
		text[i] = a;
		text[i + 1] = b;
	}
}

static void other_texts_are_not_keys(void)
{
	static const char *const others[] = {
		"", "condt_", "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789",
		"condt_000000000000_0000000000000000000000000000000000000000000000000",
		"condt_00000000000\xc3_0000000000000000000000000000000000000000000000000",
		"Condt_000000000000_0000000000000000000000000000000000000000000000000",
		"condt-000000000000_0000000000000000000000000000000000000000000000000",
		"condt_000000000000-0000000000000000000000000000000000000000000000000",
	};
	cdt_str id;

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		CU_ASSERT(!key_text_check(str_z(others[i]), &id));
}

static void a_known_text_stays_good(void)
{
	/* Made by another program after contract.md 2. */
	static const char text[] =
		"condt_abcDEF012345_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg3UHzte";
	cdt_str id;

	CU_ASSERT(key_text_check(str_z(text), &id));
	CU_ASSERT(str_is(id, "abcDEF012345"));
}

static const struct unit_test tests[] = {
	{ "a made text checks and names its id", a_made_text_checks_and_names_its_id },
	{ "an id that is given is kept and the secret is new",
	  an_id_that_is_given_is_kept_and_the_secret_is_new },
	{ "each mistyped character is noticed", each_mistyped_character_is_noticed },
	{ "swapped characters are noticed", swapped_characters_are_noticed },
	{ "other texts are not keys", other_texts_are_not_keys },
	{ "a known text stays good", a_known_text_stays_good },
	{ NULL, NULL },
};
const struct unit_suite auth_token_suite = { "auth/token", tests };

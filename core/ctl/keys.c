/* ctl/keys.c - virtual keys: the table of conduitctl keys.
 * SPDX-License-Identifier: MIT */
#include "ctl/budgets.h"
#include "ctl/caching.h"
#include "ctl/records.h"

static const struct flag field_flags[] = {
	{ "name", 0, "NAME", "what people call it" },
	{ "group", 0, "NAME", "whose limits and money it shares; '' = none" },
	{ "expires", 0, "WHEN", "'30d', '2027-01-31', a time, 'never'" },
	RECORD_FLAGS, RECORD_LIMIT_FLAGS, BUDGET_FLAGS, CACHING_FLAGS,
	{ NULL, 0, NULL, NULL },
};

static const struct flag rotate_flags[] = {
	{ "overlap", 0, "24h", "how long the old secret still works; at most 30d" },
	{ NULL, 0, NULL, NULL },
};

static const struct verb verbs[] = {
	{ "list", "", "all keys",
	  { "conduitctl keys list", "conduitctl keys list -o csv" }, 0, 0, NULL, record_list },
	{ "create", "NAME", "a new key; its secret is shown once",
	  { "conduitctl keys create ci --models 'gpt-*' --expires 30d",
	    "KEY=$(conduitctl keys create -q laptop --budget 5/month --rpm 60)" },
	  0, 1, field_flags, record_create },
	{ "show", "ID", "one key",
	  { "conduitctl keys show 4fGh2kLmN0pQ", "conduitctl keys show 4fGh2kLmN0pQ -o json" },
	  1, 1, NULL, record_show },
	{ "update", "ID", "changes what is named, keeps the rest",
	  { "conduitctl keys update 4fGh2kLmN0pQ --budget 20/month@Europe/Berlin --clamp",
	    "conduitctl keys update 4fGh2kLmN0pQ --name laptop --expires never" },
	  1, 1, field_flags, record_update },
	{ "delete", "ID", "removes it for good",
	  { "conduitctl keys delete 4fGh2kLmN0pQ", "conduitctl keys delete -y 4fGh2kLmN0pQ" },
	  1, 1, record_delete_flags, record_delete },
	{ "disable", "ID", "refuses it from now on",
	  { "conduitctl keys disable 4fGh2kLmN0pQ", "conduitctl -q keys disable 4fGh2kLmN0pQ" },
	  1, 1, NULL, record_disable },
	{ "enable", "ID", "accepts it again",
	  { "conduitctl keys enable 4fGh2kLmN0pQ", "conduitctl -q keys enable 4fGh2kLmN0pQ" },
	  1, 1, NULL, record_enable },
	{ "rotate", "ID", "a new secret, shown once; the old one ends",
	  { "conduitctl keys rotate 4fGh2kLmN0pQ",
	    "KEY=$(conduitctl keys rotate -q 4fGh2kLmN0pQ --overlap 24h)" },
	  1, 1, rotate_flags, record_rotate },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_keys = { "keys", "virtual keys of clients", verbs, false };

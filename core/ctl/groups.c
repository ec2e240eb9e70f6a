/* ctl/groups.c - groups of virtual keys: the table of conduitctl groups.
 * SPDX-License-Identifier: MIT */
#include "ctl/budgets.h"
#include "ctl/caching.h"
#include "ctl/records.h"

static const struct flag create_flags[] = {
	{ "name", 0, "NAME", "what keys refer to" },
	RECORD_FLAGS, RECORD_LIMIT_FLAGS, BUDGET_FLAGS, CACHING_FLAGS,
	{ NULL, 0, NULL, NULL },
};
static const struct flag update_flags[] = {
	RECORD_FLAGS, RECORD_LIMIT_FLAGS, BUDGET_FLAGS, CACHING_FLAGS,
	{ "disabled", 0, "yes|no", "whether its keys are refused" },
	{ NULL, 0, NULL, NULL },
};
static const struct flag credit_flags[] = {
	{ "note", 0, "TEXT", "what for; kept in the audit log" }, { NULL, 0, NULL, NULL },
};

static const struct verb verbs[] = {
	{ "list", "", "all groups",
	  { "conduitctl groups list", "conduitctl groups list -o csv" }, 0, 0, NULL,
	  record_list },
	{ "create", "NAME", "a new group",
	  { "conduitctl groups create interns --models 'gpt-*'",
	    "conduitctl groups create office --budget 100/month --allowed-ips 10.0.0.0/8" },
	  0, 1, create_flags, record_create },
	{ "show", "NAME", "one group",
	  { "conduitctl groups show interns", "conduitctl groups show interns -o json" },
	  1, 1, NULL, record_show },
	{ "update", "NAME", "changes what is named, keeps the rest",
	  { "conduitctl groups update interns --models ''",
	    "conduitctl groups update interns --disabled yes" },
	  1, 1, update_flags, record_update },
	{ "delete", "NAME", "removes it for good, when it has no keys",
	  { "conduitctl groups delete interns", "conduitctl groups delete -y interns" },
	  1, 1, record_delete_flags, record_delete },
	{ "credit", "NAME USD", "pays in: from the first on it may spend no more than that",
	  { "conduitctl groups credit interns 25 --note 'invoice 7'",
	    "conduitctl groups credit interns -5" },
	  2, 2, credit_flags, record_credit },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_groups = { "groups", "groups of keys", verbs, false };

/* admin/groups.c - the calls about groups of keys.
 * SPDX-License-Identifier: MIT */
#include "admin/records.h"

#include "audit/audit.h"
#include "base/mem.h"
#include "base/str.h"

cdt_status admin_groups_create(struct inquiry *c)
{
	struct key *k = mem_new(sizeof *k);

	k->is_group = true;
	if (record_apply(c, k) != CDT_OK)
		return CDT_E_INVALID;
	if (!k->name) {
		key_free(k);
		return REFUSE(c, PROBLEM_INVALID_VALUE, "name", "'name' is needed: it is what "
		              "keys refer to");
	}
	c->status = 201;
	c->action = "create";
	return record_put_give(c, k);
}

/* --- paying in --- */

static cdt_status read_usd(struct inquiry *c, int64_t *nanousd)
{
	const struct json *usd = json_get(c->body, "usd");
	cdt_str text = json_text(usd);

	if (json_type(usd) != CDT_TEXT || !money_parse_signed(text, nanousd) ||
	    *nanousd > BUDGET_NANOUSD_MAX || *nanousd < -BUDGET_NANOUSD_MAX)
		return REFUSE(c, PROBLEM_INVALID_VALUE, "usd", "'usd' must be a decimal string "
		              "like \"10.50\" (or \"-10.50\", which takes back), at most "
		              "\"1000000000\", with at most nine decimals");
	c->usd = arena_str(&c->arena, text).p;
	return CDT_OK;
}

static cdt_status read_note(struct inquiry *c)
{
	const struct json *note = json_get(c->body, "note");
	cdt_str text = json_text(note);
	bool plain = json_type(note) == CDT_TEXT && text.n <= AUDIT_NOTE_MAX;

	for (size_t i = 0; plain && i < text.n; i++)
		plain = (unsigned char)text.p[i] >= 0x20 && text.p[i] != 0x7f;
	if (note && json_type(note) != CDT_NULL && !plain)
		return REFUSE(c, PROBLEM_INVALID_VALUE, "note", "'note' must be a text of at "
		              "most %d bytes without control characters", AUDIT_NOTE_MAX);
	c->note = text.n ? arena_str(&c->arena, text).p : NULL;
	return CDT_OK;
}

static cdt_status read_credit(struct inquiry *c, int64_t *nanousd)
{
	static const char *const known[] = { "note", "usd", NULL };
	struct json *value;
	cdt_str name;
	size_t it = 0;

	if (json_type(c->body) != CDT_MAP)
		return REFUSE(c, PROBLEM_INVALID_VALUE, NULL, "send what is paid in as a JSON "
		              "object like {\"usd\":\"25\",\"note\":\"invoice 7\"}");
	while (json_next(c->body, &it, &name, &value))
		if (!str_is(name, "usd") && !str_is(name, "note"))
			return record_unknown_member(c, name, known);
	if (read_usd(c, nanousd) != CDT_OK)
		return CDT_E_INVALID;
	return read_note(c);
}

static cdt_status cannot_pay_in(struct inquiry *c, struct key *k)
{
	char text[MONEY_TEXT_SIZE];

	(void)REFUSE(c, PROBLEM_INVALID_VALUE, "usd", "'usd': the credit of the group is %s "
	             "USD; it can not go below 0 or above 1000000000",
	             money_text(k->credit, text));
	key_free(k);
	return CDT_E_INVALID;
}

cdt_status admin_groups_credit(struct inquiry *c)
{
	int64_t nanousd = 0;
	struct key *k;

	if (read_credit(c, &nanousd) != CDT_OK)
		return CDT_E_INVALID;
	k = record_take_copy(c);
	if (!k)
		return CDT_E_INVALID;
	c->action = "credit";
	if (!key_pay_in(k, nanousd))
		return cannot_pay_in(c, k);
	return record_put_give(c, k);
}

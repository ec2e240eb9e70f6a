/* admin/groups.c - the calls about groups of keys.
 * SPDX-License-Identifier: MIT */
#include "admin/records.h"

#include "base/mem.h"

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
	return record_put_give(c, &record_group, k);
}

cdt_status admin_groups_list(struct inquiry *c)
{
	return record_list(c, &record_group);
}

cdt_status admin_groups_show(struct inquiry *c)
{
	return record_show(c, &record_group);
}

cdt_status admin_groups_update(struct inquiry *c)
{
	return record_update(c, &record_group);
}

cdt_status admin_groups_delete(struct inquiry *c)
{
	return record_delete(c, &record_group);
}

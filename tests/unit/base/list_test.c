/* unit/base/list_test.c - linked through a member.
 * SPDX-License-Identifier: MIT */
#include "base/list.h"

#include "unit/unit.h"

struct item { int value; struct list link; };

static void keeps_the_order_of_pushing(void)
{
	struct item a = { .value = 1 }, b = { .value = 2 }, c = { .value = 3 };
	struct list head;
	int seen = 0;

	list_init(&head);
	CU_ASSERT_TRUE(list_empty(&head));
	list_push(&head, &a.link);
	list_push(&head, &b.link);
	list_push(&head, &c.link);
	LIST_EACH(it, &head)
		seen = seen * 10 + LIST_OF(it, struct item, link)->value;
	CU_ASSERT_EQUAL(seen, 123);
}

static void elements_may_leave_during_a_walk(void)
{
	struct item a = { .value = 1 }, b = { .value = 2 };
	struct list head;

	list_init(&head);
	list_push(&head, &a.link);
	list_push(&head, &b.link);
	LIST_EACH(it, &head)
		list_remove(it);
	CU_ASSERT_TRUE(list_empty(&head));
}

static void removing_what_is_in_no_list_is_fine(void)
{
	struct item a = { .value = 1 };
	struct list head;

	list_remove(&a.link);
	list_init(&a.link);
	list_remove(&a.link);
	list_init(&head);
	list_push(&head, &a.link);
	list_remove(&a.link);
	list_remove(&a.link);
	CU_ASSERT_TRUE(list_empty(&head));
}

static const struct unit_test tests[] = {
	{ "keeps the order of pushing", keeps_the_order_of_pushing },
	{ "elements may leave during a walk", elements_may_leave_during_a_walk },
	{ "removing what is in no list is fine", removing_what_is_in_no_list_is_fine },
	{ NULL, NULL },
};
const struct unit_suite base_list_suite = { "base/list", tests };

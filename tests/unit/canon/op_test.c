/* unit/canon/op_test.c - names of operations, there and back.
 * SPDX-License-Identifier: MIT */
#include "canon/op.h"

#include "base/str.h"
#include "unit/unit.h"

static void every_operation_has_a_name_of_its_own(void)
{
	for (uint32_t op = CDT_OP_CHAT; op <= CDT_OP_MODELS; op++) {
		const char *name = op_name(op);

		CU_ASSERT(name[0] != 0);
		CU_ASSERT_EQUAL(op_find(str_z(name)), op);
	}
	CU_ASSERT_STRING_EQUAL(op_name(CDT_OP_CHAT), "chat");
	CU_ASSERT_STRING_EQUAL(op_name(CDT_OP_EMBED), "embeddings");
}

static void what_is_no_operation_has_none(void)
{
	CU_ASSERT_STRING_EQUAL(op_name(0), "");
	CU_ASSERT_STRING_EQUAL(op_name(CDT_OP_MODELS + 1), "");
	CU_ASSERT_EQUAL(op_find(CDT_STR("Chat")), 0);
	CU_ASSERT_EQUAL(op_find(CDT_STR("chats")), 0);
	CU_ASSERT_EQUAL(op_find(CDT_STR("")), 0);
}

static const struct unit_test tests[] = {
	{ "every operation has a name of its own", every_operation_has_a_name_of_its_own },
	{ "what is no operation has none", what_is_no_operation_has_none },
	{ NULL, NULL }
};
const struct unit_suite canon_op_suite = { "canon/op", tests };

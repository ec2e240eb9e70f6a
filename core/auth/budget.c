/* auth/budget.c - what a budget covers.
 * SPDX-License-Identifier: MIT */
#include "auth/budget.h"

#include "base/str.h"

bool budget_covers(const struct budget *b, cdt_str model, cdt_str also)
{
	for (size_t i = 0; i < b->model_count; i++)
		if (str_glob(b->models[i], model) || (also.n && str_glob(b->models[i], also)))
			return true;
	return !b->model_count;
}

/* api/responses/gather.c - the events of a stream become the whole answer that they are: their
 * last one has it.  Where a host leaves it out there, nobody knows how to put it together.
 * SPDX-License-Identifier: MIT */
#include "api/scatter.h"
#include "api/responses/responses.h"
#include "base/jsonwalk.h"
#include "base/str.h"

static size_t count_items(cdt_str list)
{
	cdt_str rest = jsonwalk_inside(list), item;
	size_t n = 0;

	while (jsonwalk_type(list) == CDT_LIST && jsonwalk_element(&rest, &item))
		n++;
	return n;
}

cdt_status responses_gather(cdt_str frames, struct buf *body)
{
	struct kept_frame f;
	cdt_str response = { NULL, 0 };
	size_t items = 0;

	while (kept_next(&frames, &f)) {
		cdt_str type = scatter_word(f.body, "type");

		items += str_is(type, "response.output_item.done");
		if (str_is(type, "response.completed") || str_is(type, "response.incomplete"))
			response = jsonwalk_get(f.body, "response");
	}
	if (jsonwalk_type(response) != CDT_MAP ||
	    count_items(jsonwalk_get(response, "output")) != items)
		return CDT_E_UNSUPPORTED;
	buf_add(body, response);
	return body->status;
}

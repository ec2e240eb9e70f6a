/* api/openai/items.c - requests for embeddings, text by text: what "input" is made of, and what
 * piece of "data" belongs to which.  Pieces stay as they came; only their index changes.
 * SPDX-License-Identifier: MIT */
#include "api/openai/openai.h"

#include "api/member.h"
#include "base/jsonwalk.h"
#include "base/str.h"

/* Of lists: all are of one type, so that any of them alone are a request of the same form. */
static bool is_item(cdt_str value, uint32_t type)
{
	return (type == CDT_TEXT || type == CDT_LIST) && jsonwalk_type(value) == type;
}

/* One text, or one as the numbers of its tokens, is itself the only item. */
static bool is_one(cdt_str value)
{
	cdt_str rest = jsonwalk_inside(value), first;

	if (jsonwalk_type(value) == CDT_TEXT)
		return true;
	return jsonwalk_type(value) == CDT_LIST && jsonwalk_element(&rest, &first) &&
	       jsonwalk_type(first) == CDT_INT;
}

static size_t split(cdt_str value, cdt_str *items, size_t max)
{
	cdt_str rest, one;
	uint32_t type = 0;
	size_t n = 0;

	if (is_one(value)) {
		if (items)
			items[0] = value;
		return 1;
	}
	if (jsonwalk_type(value) != CDT_LIST)
		return 0;
	rest = jsonwalk_inside(value);
	while (jsonwalk_element(&rest, &one)) {
		type = n ? type : jsonwalk_type(one);
		if (n == max || !is_item(one, type))
			return 0;
		if (items)
			items[n] = one;
		n++;
	}
	return n;
}

/* Whole: not the beginning of one. */
static bool is_vector(cdt_str part)
{
	cdt_str v = jsonwalk_get(part, "embedding");

	if (part.n < 2 || part.p[part.n - 1] != '}' || v.n < 2)
		return false;
	return *v.p == '[' ? v.p[v.n - 1] == ']' && v.n > 2
	                   : *v.p == '"' && v.p[v.n - 1] == '"' && v.n > 2;
}

/* Where it belongs; who does not say it sends them in order. */
static int64_t place_of(cdt_str part, size_t dflt)
{
	cdt_str said = jsonwalk_get(part, "index");
	int64_t i;

	if (!said.n)
		return (int64_t)dflt;
	return str_i64(said, &i) ? i : -1;
}

static cdt_status parts(cdt_str body, cdt_str *parts, size_t count)
{
	cdt_str list = jsonwalk_get(jsonwalk_blanks(body), "data"), rest, one;
	size_t n = 0;

	if (jsonwalk_type(list) != CDT_LIST)
		return CDT_E_UPSTREAM;
	for (size_t i = 0; i < count; i++)
		parts[i] = (cdt_str){ NULL, 0 };
	rest = jsonwalk_inside(list);
	while (jsonwalk_element(&rest, &one)) {
		int64_t i = place_of(one, n++);

		if (i < 0 || i >= (int64_t)count || parts[i].p || !is_vector(one))
			return CDT_E_UPSTREAM;
		parts[i] = one;
	}
	return n == count ? CDT_OK : CDT_E_UPSTREAM;
}

static void put_part(struct buf *out, cdt_str part, size_t index)
{
	struct member_span m;

	if (!member_find(part, "index", &m)) {
		buf_add_z(out, "{\"index\":");
		buf_add_i64(out, (int64_t)index);
		buf_add_c(out, ',');
		buf_add(out, str_skip(part, 1));
		return;
	}
	buf_add(out, (cdt_str){ part.p, m.value_at });
	buf_add_i64(out, (int64_t)index);
	buf_add(out, str_skip(part, m.value_end));
}

static cdt_status join(struct exchange *x, const cdt_str *parts, size_t count, int64_t tokens,
                       struct buf *out)
{
	buf_add_z(out, "{\"object\":\"list\",\"data\":[");
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_add_c(out, ',');
		put_part(out, parts[i], i);
	}
	buf_add_z(out, "],\"model\":\"");
	json_escape(out, x->ask.model);
	buf_print(out, "\",\"usage\":{\"prompt_tokens\":%lld,\"total_tokens\":%lld}}",
	          (long long)tokens, (long long)tokens);
	return out->status;
}

const struct surface_items openai_embedding_items = {
	.member = "input", .split = split, .parts = parts, .join = join,
};

/* api/scatter.c - see scatter.h.
 * SPDX-License-Identifier: MIT */
#include "api/scatter.h"

#include "base/jsonwalk.h"
#include "base/str.h"

enum { EVENT_MAX = 32 << 20 };

void scatter_init(struct scatter *f, struct buf *out)
{
	f->out = out;
	buf_init(&f->event, EVENT_MAX);
}

void scatter_fini(struct scatter *f)
{
	buf_fini(&f->event);
}

void scatter_begin(struct scatter *f, const char *type)
{
	f->type = type;
	buf_clear(&f->event);
	jsonw_init(&f->w, &f->event);
	jsonw_open(&f->w, '{');
	jsonw_put_z(&f->w, "type", type);
}

cdt_status scatter_end(struct scatter *f)
{
	struct kept_frame frame = { .event = str_z(f->type) };

	jsonw_close(&f->w);
	if (jsonw_status(&f->w) != CDT_OK)
		return jsonw_status(&f->w);
	frame.body = buf_str(&f->event);
	return kept_add(f->out, &frame);
}

void scatter_put_map(struct scatter *f, const char *key, cdt_str map,
                     const char *const *others)
{
	cdt_str rest = jsonwalk_inside(map), name, value;
	struct buf all;

	buf_init(&all, EVENT_MAX);
	buf_add_c(&all, '{');
	while (jsonwalk_member(&rest, &name, &value)) {
		size_t i = 0;

		while (others[i] && !str_is(name, others[i]))
			i += 2;
		buf_add_z(&all, all.n > 1 ? ",\"" : "\"");
		buf_add(&all, name);
		buf_add_z(&all, "\":");
		buf_add(&all, others[i] ? str_z(others[i + 1]) : value);
	}
	buf_add_c(&all, '}');
	jsonw_put_raw(&f->w, key, buf_str(&all));
	if (all.status != CDT_OK)
		f->event.status = all.status;
	buf_fini(&all);
}

cdt_str scatter_word(cdt_str map, const char *key)
{
	cdt_str v = jsonwalk_type(map) == CDT_MAP ? jsonwalk_get(map, key) : CDT_STR("");

	return v.n >= 2 && *v.p == '"' ? str_from(v.p + 1, v.n - 2) : CDT_STR("");
}

/* ctl/caching.c - flags to the member "cache" and back.  What is good, the API says.
 * SPDX-License-Identifier: MIT */
#include "ctl/caching.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"

enum { TEXT_MAX = 1024 };

static void put_text(struct jsonw *w, const char *member, const char *value)
{
	if (!value)
		return;
	if (value[0])
		jsonw_put_z(w, member, value);
	else
		jsonw_put_null(w, member);
}

int caching_put(const struct ctl *c, struct jsonw *w)
{
	const char *on = args_value(c, "cache"), *ttl = args_value(c, "cache-ttl");
	const char *scope = args_value(c, "cache-scope");

	if (on && on[0] && strcmp(on, "on") && strcmp(on, "off")) {
		(void)ctl_fail(CTL_USAGE, "--cache takes 'on' or 'off'");
		return -1;
	}
	if (!on && !ttl && !scope)
		return 0;
	jsonw_key(w, "cache");
	jsonw_open(w, '{');
	if (on && on[0])
		jsonw_put_flag(w, "enabled", !strcmp(on, "on"));
	else if (on)
		jsonw_put_null(w, "enabled");
	put_text(w, "ttl", ttl);
	put_text(w, "scope", scope);
	jsonw_close(w);
	return 1;
}

static void add_word(struct buf *out, cdt_str word)
{
	if (out->n && word.n)
		buf_add_c(out, ' ');
	buf_add(out, word);
}

void caching_spell(struct json *record)
{
	const struct json *own = json_get(record, "cache");
	static const char *const texts[] = { "ttl", "scope", "namespace", NULL };
	int on = json_flag(json_get(own, "enabled"), -1);
	struct buf out;

	if (json_type(own) != CDT_MAP)
		return;
	buf_init(&out, TEXT_MAX);
	if (on >= 0)
		add_word(&out, on ? CDT_STR("on") : CDT_STR("off"));
	for (size_t i = 0; texts[i]; i++)
		add_word(&out, json_text(json_get(own, texts[i])));
	if (json_get(own, "max_temperature"))
		buf_print(&out, "%st<=%g", out.n ? " " : "",
		          json_f64(json_get(own, "max_temperature"), 0));
	json_set_give(record, "cache", json_new_text(buf_str(&out)));
	buf_fini(&out);
}

/* flow/affinity.c - a session's name, or a digest of its prompt's beginning.
 * SPDX-License-Identifier: MIT */
#include "flow/affinity.h"

#include "base/jsonwalk.h"
#include "base/map.h"
#include "base/str.h"

static cdt_str text_of(cdt_str value)
{
	if (value.n < 3 || jsonwalk_type(value) != CDT_TEXT)
		return CDT_STR("");
	return (cdt_str){ value.p + 1, value.n - 2 };          /* escaped, which is as good */
}

static cdt_str member_text(const struct ask *ask, const char *name)
{
	const struct json_member *m = ask_member(ask, name);

	return m ? text_of(m->value) : CDT_STR("");
}

static cdt_str session_of(const struct ask *ask)
{
	static const char *const names[] = { "session_id", "conversation_id" };
	const struct json_member *metadata = ask_member(ask, "metadata");
	cdt_str said = member_text(ask, "prompt_cache_key");

	for (size_t i = 0; !said.n && metadata && i < sizeof names / sizeof *names; i++)
		said = text_of(jsonwalk_get(metadata->value, names[i]));
	return said;
}

static bool is_preface(cdt_str message)
{
	cdt_str role = text_of(jsonwalk_get(message, "role"));

	return str_is(role, "system") || str_is(role, "developer");
}

/* Up to the first message that somebody said: later turns only add behind it. */
static cdt_str beginning_of(cdt_str messages)
{
	cdt_str rest = jsonwalk_inside(messages), message, all = rest;

	while (jsonwalk_element(&rest, &message) && is_preface(message))
		;
	return str_from(all.p, (size_t)(rest.p - all.p));
}

static uint64_t mixed(uint64_t hash, cdt_str more)
{
	return hash * UINT64_C(0x9e3779b97f4a7c15) + hash_bytes(more);
}

static cdt_str prompt_of(const struct ask *ask, struct arena *a)
{
	static const char *const plain[] = { "tools", "system" };
	const struct json_member *messages = ask_member(ask, "messages"), *m;
	uint64_t hash = 0;

	if (!messages || messages->type != CDT_LIST)
		return CDT_STR("");
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
		m = ask_member(ask, plain[i]);
		hash = m ? mixed(hash, m->value) : hash;
	}
	hash = mixed(hash, beginning_of(messages->value));
	return arena_print(a, "prompt:%016llx", (unsigned long long)hash);
}

cdt_str affinity_of(const struct ask *ask, struct arena *a)
{
	cdt_str said = ask->routing->sticky;

	if (ask->routing->not_sticky)
		return CDT_STR("");
	if (!said.n)
		said = session_of(ask);
	if (!said.n)
		said = prompt_of(ask, a);
	return said.n ? said : member_text(ask, "user");
}

/* lib_openai/member.c - which members of a request go out, under which name, and which are
 * missed when they do not.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>

enum { KEY_MAX = 128 };

/* Nobody's answer changes without these. */
static const char hints[] = "user safety_identifier prompt_cache_key prompt_cache_retention "
                            "metadata store service_tier prediction stream_options";

/* What only a chat may have says nothing about other operations. */
bool openai_member_goes(const struct asking *a, cdt_str key)
{
	const struct openai_host *row = &a->me->row;

	if (openai_words_have(row->drop, key) || openai_words_have(row->refuse, key))
		return false;
	return !row->only || a->req->op != CDT_OP_CHAT || openai_words_have(row->only, key);
}

static bool is_zero(cdt_val v)
{
	switch (cdt_type(v)) {
	case CDT_INT: case CDT_REAL: return v.api->f64(v, 1) == 0;
	case CDT_FLAG: return !v.api->flag(v, 1);
	case CDT_MAP: case CDT_LIST: return cdt_count(v) == 0;
	default: return false;
	}
}

/* What it says is what happens without it. */
static bool says_nothing(cdt_str key, cdt_val v)
{
	static const char zero[] = "logprobs top_logprobs logit_bias frequency_penalty "
	                           "presence_penalty audio";

	if (cdt_is(key, "n"))
		return cdt_i64(v, 1) == 1;
	if (cdt_is(key, "parallel_tool_calls"))
		return v.api->flag(v, 1) != 0;
	if (cdt_is(key, "modalities"))
		return cdt_count(v) == 1 && cdt_is(cdt_text(cdt_at(v, 0)), "text");
	if (cdt_is(key, "response_format"))
		return cdt_is(cdt_text(cdt_get(v, "type")), "text");
	return openai_words_have(zero, key) && is_zero(v);
}

cdt_status openai_member_leave(const struct asking *a, cdt_str key)
{
	char name[KEY_MAX];
	size_t n = key.n < sizeof name ? key.n : sizeof name - 1;

	if (n)
		memcpy(name, key.p, n);
	name[n] = 0;
	if (!CDT_CAN(struct cdt_call_api, a->call->api, unsupported))
		return CDT_OK;
	return a->call->api->unsupported(a->call, name);
}

cdt_status openai_member_refuse(const struct asking *a, const char *param,
                                const char *sentence)
{
	if (CDT_CAN(struct cdt_call_api, a->call->api, refuse))
		a->call->api->refuse(a->call, param,
		                     (cdt_str){ sentence, strlen(sentence) });
	return CDT_E_UNSUPPORTED;
}

/* What the host calls this value: false: it has no word for it. */
static bool value_of(const struct openai_host *row, cdt_str key, cdt_val v, cdt_str *out)
{
	cdt_str said = cdt_text(v), name, other;
	const char *at = row->values;

	*out = CDT_STR("");
	while (said.n && openai_words_next(&at, &name, &other))
		if (name.n == key.n + 1 + said.n && memcmp(name.p, key.p, key.n) == 0 &&
		    memcmp(name.p + key.n + 1, said.p, said.n) == 0) {
			*out = other;
			return other.n > 0;
		}
	return true;
}

cdt_status openai_member_put(const struct asking *a, cdt_str key, cdt_val v)
{
	const struct openai_host *row = &a->me->row;
	cdt_str other, value;

	if (cdt_type(v) <= CDT_NULL)
		return CDT_OK;
	if (!openai_member_goes(a, key)) {
		bool missed = !openai_words_have(row->drop, key) &&
		              !openai_words_have(hints, key) && !says_nothing(key, v);

		return missed ? openai_member_leave(a, key) : CDT_OK;
	}
	if (!value_of(row, key, v, &value))
		return CDT_OK;
	other = openai_words_value(row->rename, key);
	openai_body_key(a->out, other.n ? other : key);
	if (value.n)
		a->out->api->text(a->out, value);
	else
		a->out->api->val(a->out, v);
	return CDT_OK;
}

cdt_status openai_member_unknown(const struct asking *a, const char *ruled)
{
	cdt_val doc = a->req->doc, val;
	cdt_status st = CDT_OK;
	cdt_str key;

	for (size_t it = 0; st == CDT_OK && doc.api->next(doc, &it, &key, &val);)
		if (!openai_words_have(ruled, key))
			st = openai_member_put(a, key, val);
	return st;
}

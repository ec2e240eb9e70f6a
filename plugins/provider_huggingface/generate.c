/* provider_huggingface/generate.c - a completion as TGI takes it: everything but the text among
 * the parameters, and those only in the ranges that TGI knows.
 * SPDX-License-Identifier: MIT */
#include "hf.h"

static const char *const missing[] = { "suffix", "logprobs", "logit_bias", "presence_penalty",
                                       NULL };
/* As they are, for clients that know TGI. */
static const char *const own[] = { "repetition_penalty", "top_k", "typical_p", "truncate",
	"watermark", "grammar", "top_n_tokens", "adapter_id", "frequency_penalty", NULL };

cdt_status hf_lacks(const struct asking *a, const char *const *names)
{
	cdt_status st = CDT_OK;

	for (; st == CDT_OK && *names; names++) {
		cdt_val v = cdt_get(a->req->doc, *names);
		bool empty = cdt_type(v) <= CDT_NULL ||
		             (cdt_type(v) == CDT_MAP && !cdt_count(v)) ||
		             (cdt_type(v) == CDT_TEXT && !cdt_text(v).n) ||
		             (cdt_type(v) == CDT_REAL && !(v.api->f64(v, 0) != 0)) ||
		             (cdt_type(v) == CDT_INT && !cdt_i64(v, 0));

		if (!empty)
			st = openai_member_leave(a, (cdt_str){ *names, strlen(*names) });
	}
	return st;
}

static void put_number(const struct asking *a, const char *name, const char *wire)
{
	cdt_val v = cdt_get(a->req->doc, name);

	if (cdt_type(v) == CDT_INT || cdt_type(v) == CDT_REAL)
		cdt_put_val(a->out, wire, v);
}

static double real_of(const struct asking *a, const char *name, double dflt)
{
	cdt_val v = cdt_get(a->req->doc, name);

	return v.api->f64(v, dflt);
}

/* Temperature 0 is refused here: it means the likeliest word each time, as without sampling.
 * So is a top_p of 1, which leaves nothing out. */
static void put_sampling(const struct asking *a)
{
	double temperature = real_of(a, "temperature", -1), top_p = real_of(a, "top_p", 1);
	cdt_val best = cdt_get(a->req->doc, "best_of");

	if (temperature > 0)
		put_number(a, "temperature", "temperature");
	cdt_put_flag(a->out, "do_sample", temperature > 0 || temperature < 0);
	if (top_p > 0 && top_p < 1)
		put_number(a, "top_p", "top_p");
	if (cdt_i64(best, 1) > 1 && !(a->req->flags & CDT_REQ_STREAM))
		cdt_put_val(a->out, "best_of", best);
}

static void put_parameters(const struct asking *a)
{
	cdt_val doc = a->req->doc, echo = cdt_get(doc, "echo");

	a->out->api->key(a->out, "parameters");
	cdt_open(a->out, '{');
	put_number(a, "max_tokens", "max_new_tokens");
	put_sampling(a);
	put_number(a, "seed", "seed");
	cdt_put_val(a->out, "stop", cdt_get(doc, "stop"));
	for (const char *const *name = own; *name; name++)
		cdt_put_val(a->out, *name, cdt_get(doc, *name));
	if (echo.api->flag(echo, 0))
		cdt_put_flag(a->out, "return_full_text", 1);
	cdt_put_flag(a->out, "details", 1);
	cdt_close(a->out);
}

cdt_status hf_body_generate(const struct asking *a)
{
	cdt_val prompts = cdt_get(a->req->doc, "prompt"), first = cdt_at(prompts, 0);
	cdt_status st;

	if (cdt_count(prompts) != 1 || cdt_type(first) != CDT_TEXT)
		return openai_member_refuse(a, "prompt", "This server completes one prompt a "
		                            "request, and only texts.");
	st = cdt_i64(cdt_get(a->req->doc, "n"), 1) > 1 ? openai_member_leave(a, CDT_STR("n"))
	                                                : CDT_OK;
	if (st == CDT_OK && a->req->flags & CDT_REQ_STREAM &&
	    cdt_i64(cdt_get(a->req->doc, "best_of"), 1) > 1)
		st = openai_member_leave(a, CDT_STR("best_of"));
	if (st == CDT_OK)
		st = hf_lacks(a, missing);
	cdt_open(a->out, '{');
	cdt_put_val(a->out, "inputs", first);
	put_parameters(a);
	cdt_close(a->out);
	return st;
}

/* provider_bedrock/credential.c - a stored secret becomes headers: a signature for access keys,
 * a bearer token for API keys.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <string.h>

static cdt_str blank_after(cdt_str s)
{
	while (s.n && strchr(" \t\r\n", s.p[0]) && s.p[0])
		s = words_after(s, 1);
	return s;
}

/* After the colon: a text without escapes, or "". */
static cdt_str text_at(cdt_str rest)
{
	cdt_str value;

	rest = blank_after(words_after(rest, 1));
	if (rest.n == 0 || rest.p[0] != '"')
		return CDT_STR("");
	rest = words_after(rest, 1);
	value = bedrock_cut(&rest, '"');
	return words_hold(value, "\\") ? CDT_STR("") : value;
}

cdt_str bedrock_member(cdt_str json, const char *name)
{
	cdt_str key = words_z(name);
	size_t at = words_find(json, key);

	while (at < json.n) {
		cdt_str rest = blank_after(words_after(json, at + key.n + 1));

		if (at && json.p[at - 1] == '"' && rest.n && json.p[at + key.n] == '"'
		    && rest.p[0] == ':')
			return text_at(rest);
		at += key.n;
		at += words_find(words_after(json, at), key);
	}
	return CDT_STR("");
}

int bedrock_keys(cdt_str secret, struct keys *out)
{
	if (words_begin(blank_after(secret), "{")) {
		out->id = bedrock_member(secret, "AccessKeyId");
		out->secret = bedrock_member(secret, "SecretAccessKey");
		out->token = bedrock_member(secret, "Token");
		if (out->token.n == 0)
			out->token = bedrock_member(secret, "SessionToken");
	} else {
		out->id = bedrock_cut(&secret, ':');
		out->secret = bedrock_cut(&secret, ':');
		out->token = secret;
	}
	return out->id.n && out->secret.n && out->secret.n <= SIGV4_KEY_MAX;
}

static cdt_str hash_of(const struct cdt_crypto *c, struct cdt_http_out *http, char hex[64])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t sum[32];

	c->sha256(http->api->written(http), sum);
	for (size_t i = 0; i < sizeof sum; i++) {
		hex[2 * i] = digits[sum[i] >> 4];
		hex[2 * i + 1] = digits[sum[i] & 15];
	}
	return (cdt_str){ hex, 64 };
}

/* Only these are signed: what stands between us and upstream may change the others. */
static cdt_status sign(const struct bedrock *self, struct cdt_call *call, const struct place *p,
                       const struct keys *keys, struct cdt_http_out *http)
{
	char stamp[BEDROCK_STAMP_SIZE], hex[64];
	struct cdt_header headers[4] = {
		{ CDT_STR("content-type"), CDT_STR("application/json") },
		{ CDT_STR("host"), p->host },
		{ CDT_STR("x-amz-date"), { stamp, sizeof stamp - 1 } },
		{ CDT_STR("x-amz-security-token"), keys->token },
	};
	struct sigv4 s = { .method = CDT_STR("POST"), .path = p->path, .headers = headers,
		.count = keys->token.n ? 4 : 3, .region = p->region, .key_id = keys->id,
		.service = CDT_STR("bedrock"), .key = keys->secret,
		.stamp = { stamp, sizeof stamp - 1 } };
	struct sigv4_text text;
	cdt_status st;

	bedrock_stamp(self->host->wall_ms(self->host) + atomic_load(&self->skew_ms), stamp);
	s.body_sha256 = hash_of(self->crypto, http, hex);
	st = bedrock_sigv4(call, self->crypto, &s, &text);
	if (st != CDT_OK)
		return st;
	http->api->header(http, "x-amz-date", s.stamp);
	if (keys->token.n)
		http->api->secret_header(http, "x-amz-security-token", CDT_STR(""),
		                         keys->token);
	http->api->secret_header(http, "authorization", CDT_STR(""), text.authorization);
	return CDT_OK;
}

static int can_sign(const struct bedrock *self, const struct cdt_http_out *http)
{
	return self->crypto && CDT_CAN(struct cdt_host, self->host, wall_ms)
	       && CDT_CAN(struct cdt_http_out_api, http->api, written);
}

cdt_status bedrock_authorize(const struct bedrock *self, struct cdt_call *call,
                             const struct place *p, cdt_str secret, struct cdt_http_out *http)
{
	struct keys keys;

	if (secret.n == 0)
		return CDT_OK;                  /* something in between signs, or nobody does */
	if (self->auth == AUTH_BEARER || (self->auth == AUTH_AUTO
	                                  && !bedrock_keys(secret, &keys))) {
		http->api->secret_header(http, "authorization", CDT_STR("Bearer "), secret);
		return CDT_OK;
	}
	if (!bedrock_keys(secret, &keys) || !can_sign(self, http)) {
		/* Upstream refuses it as what it is: a bad credential. */
		call->api->log(call, CDT_LOG_ERROR, "the secret is no ACCESS_KEY_ID:SECRET, "
		               "or this gateway can not sign");
		return CDT_OK;
	}
	return sign(self, call, p, &keys, http);
}

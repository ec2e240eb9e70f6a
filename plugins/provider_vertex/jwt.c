/* provider_vertex/jwt.c - the form that asks for a token: of a service account with a JWT that
 * its key signs (RS256), of a person with the refresh token.
 * SPDX-License-Identifier: MIT */
#include "vertex.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LASTS_S = 3600, SKEW_S = 10, FORM_MAX = 24 << 10, SIGNATURE_BYTES = 1024 };

/* A text in the making, with a cap; full: it did not fit. */
struct text { char *p; size_t n, room; int full; };

static void add(struct text *t, const char *s, size_t n)
{
	if (t->full || n >= t->room - t->n) {
		t->full = 1;
		return;
	}
	memcpy(t->p + t->n, s, n);
	t->n += n;
	t->p[t->n] = '\0';
}

static void add_z(struct text *t, const char *z) { add(t, z, strlen(z)); }

/* As the inside of a JSON string: names and addresses, so little is to be escaped. */
static void add_json(struct text *t, const char *z)
{
	for (; *z; z++) {
		if (*z == '"' || *z == '\\')
			add(t, "\\", 1);
		if ((unsigned char)*z >= 0x20)
			add(t, z, 1);
	}
}

static void add_base64(struct text *t, const struct cdt_crypto *crypto, cdt_str s)
{
	size_t room = t->room - t->n, n;

	if (t->full)
		return;
	n = crypto->base64(s, 1, t->p + t->n, room);
	if (n >= room) {
		t->full = 1;
		return;
	}
	while (n && t->p[t->n + n - 1] == '=')
		n--;
	t->n += n;
	t->p[t->n] = '\0';
}

/* As a value of a form. */
static void add_value(struct text *t, const char *z)
{
	char code[4];

	for (; *z; z++) {
		int plain = (*z >= '0' && *z <= '9') || (*z >= 'A' && *z <= 'Z')
		            || (*z >= 'a' && *z <= 'z') || strchr("-._~", *z);

		(void)snprintf(code, sizeof code, "%%%02X", (unsigned)(unsigned char)*z);
		add(t, plain ? z : code, plain ? 1 : 3);
	}
}

static void add_header(struct text *t, const struct account *a)
{
	add_z(t, "{\"alg\":\"RS256\",\"typ\":\"JWT\"");
	if (a->key_id && a->key_id[0]) {
		add_z(t, ",\"kid\":\"");
		add_json(t, a->key_id);
		add_z(t, "\"");
	}
	add_z(t, "}");
}

/* A clock that is a little ahead would make a token of the future, which is refused. */
static void add_claims(struct text *t, const struct account *a, int64_t now_s)
{
	char times[96];

	add_z(t, "{\"iss\":\"");
	add_json(t, a->email);
	add_z(t, "\",\"scope\":\"https://www.googleapis.com/auth/cloud-platform\",\"aud\":\"");
	add_json(t, a->token_uri ? a->token_uri : "https://oauth2.googleapis.com/token");
	(void)snprintf(times, sizeof times, "\",\"iat\":%" PRId64 ",\"exp\":%" PRId64 "}",
	               now_s - SKEW_S, now_s - SKEW_S + LASTS_S);
	add_z(t, times);
}

static const char *add_jwt(struct text *t, const struct vertex *v, const struct account *a)
{
	char part[2048];
	struct text plain = { part, 0, sizeof part, 0 };
	uint8_t sign[SIGNATURE_BYTES];
	size_t begins = t->n, n = sizeof sign;
	cdt_str signed_part;

	part[0] = '\0';
	add_header(&plain, a);
	add_base64(t, v->crypto, (cdt_str){ part, plain.n });
	add_z(t, ".");
	plain.n = 0;
	add_claims(&plain, a, v->host->wall_ms(v->host) / 1000);
	add_base64(t, v->crypto, (cdt_str){ part, plain.n });
	if (plain.full || t->full)
		return "the service account is too large";
	signed_part = (cdt_str){ t->p + begins, t->n - begins };
	if (v->crypto->sign_rs256(words_z(a->key), signed_part, sign, &n) != CDT_OK)
		return "the service account's private_key can not sign (it must be an RSA key)";
	add_z(t, ".");
	add_base64(t, v->crypto, (cdt_str){ (char *)sign, n });
	return t->full ? "the service account is too large" : NULL;
}

static const char *add_refresh(struct text *t, const struct account *a)
{
	add_z(t, "grant_type=refresh_token&client_id=");
	add_value(t, a->client_id);
	add_z(t, "&client_secret=");
	add_value(t, a->client_secret);
	add_z(t, "&refresh_token=");
	add_value(t, a->refresh);
	return t->full ? "the secret is too large" : NULL;
}

char *vertex_form(const struct vertex *v, const struct account *a, const char **wrong)
{
	struct text t = { calloc(1, FORM_MAX), 0, FORM_MAX, 0 };

	*wrong = "out of memory";
	if (!t.p)
		return NULL;
	if (a->email && a->key) {
		add_z(&t, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
		          "&assertion=");
		*wrong = add_jwt(&t, v, a);
	} else {
		*wrong = add_refresh(&t, a);
	}
	if (!*wrong)
		return t.p;
	vertex_wipe(t.p);
	return NULL;
}

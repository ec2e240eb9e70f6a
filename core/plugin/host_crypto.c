/* plugin/host_crypto.c - conduit.crypto/1: what signing a request takes.
 * SPDX-License-Identifier: MIT */
#include "plugin/host.h"

#include <limits.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/digest.h"
#include "base/rand.h"

static size_t crypto_base64(cdt_str in, int url_safe, char *out, size_t cap)
{
	return base64_encode(in, url_safe != 0, out, cap);
}

/* A PEM file never asks for a pass phrase here: there is nobody to answer. */
static int no_phrase(char *out, int size, int writing, void *arg)
{
	(void)out, (void)size, (void)writing, (void)arg;
	return -1;
}

static EVP_PKEY *read_key(cdt_str pem)
{
	BIO *in = pem.n <= INT_MAX ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
	EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, no_phrase, NULL) : NULL;

	BIO_free(in);
	if (key && EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

static cdt_status sign(EVP_PKEY *key, cdt_str in, uint8_t *out, size_t *n)
{
	EVP_MD_CTX *run = EVP_MD_CTX_new();
	size_t need = (size_t)EVP_PKEY_get_size(key), room = *n;
	cdt_status st = CDT_E_NOMEM;

	*n = need;
	if (!out || room < need) {
		st = CDT_E_LIMIT;
	} else if (run && EVP_DigestSignInit(run, NULL, EVP_sha256(), NULL, key) == 1 &&
	           EVP_DigestSign(run, out, &need, (const uint8_t *)in.p, in.n) == 1) {
		*n = need;
		st = CDT_OK;
	}
	EVP_MD_CTX_free(run);
	return st;
}

/* *n: room in out; then the length of the signature, also when it did not fit
 * (CDT_E_LIMIT).  CDT_E_INVALID: not the PEM text of an RSA key. */
static cdt_status crypto_sign_rs256(cdt_str pem, cdt_str in, uint8_t *out, size_t *n)
{
	EVP_PKEY *key = read_key(pem);
	cdt_status st = key ? sign(key, in, out, n) : CDT_E_INVALID;

	EVP_PKEY_free(key);
	return st;
}

const struct cdt_crypto host_crypto = {
	.size = sizeof host_crypto,
	.sha256 = sha256, .hmac_sha256 = hmac_sha256,
	.base64 = crypto_base64, .unbase64 = base64_decode,
	.sign_rs256 = crypto_sign_rs256, .random = rand_bytes,
};

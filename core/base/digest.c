/* base/digest.c - SHA-256 and HMAC by OpenSSL, CRC-32, hex, base64, base62.
 * SPDX-License-Identifier: MIT */
/* The SHA256_CTX calls are "deprecated" in favour of EVP, which allocates and looks the
 * algorithm up each time.  Copying two keyed states by value is what makes hmac_sum cheap. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/digest.h"

#include <string.h>

#include <zlib.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "base/mem.h"
#include "base/str.h"

enum { PAD_SIZE = SHA256_CBLOCK };

struct hmac_key { SHA256_CTX inner, outer; };

static void absorb(SHA256_CTX *c, cdt_str s)
{
	if (s.n)
		(void)SHA256_Update(c, s.p, s.n);        /* these three never fail */
}

static void padded(SHA256_CTX *c, const uint8_t key[PAD_SIZE], uint8_t with)
{
	uint8_t pad[PAD_SIZE];

	for (size_t i = 0; i < PAD_SIZE; i++)
		pad[i] = key[i] ^ with;
	(void)SHA256_Init(c);
	(void)SHA256_Update(c, pad, sizeof pad);
	explicit_bzero(pad, sizeof pad);
}

static void key_set(struct hmac_key *k, cdt_str key)
{
	uint8_t block[PAD_SIZE] = { 0 };

	if (key.n > PAD_SIZE)
		sha256(key, block);
	else if (key.n)
		memcpy(block, key.p, key.n);
	padded(&k->inner, block, 0x36);
	padded(&k->outer, block, 0x5c);
	explicit_bzero(block, sizeof block);
}

void sha256(cdt_str in, uint8_t out[SHA256_SIZE])
{
	SHA256_CTX c;

	(void)SHA256_Init(&c);
	absorb(&c, in);
	(void)SHA256_Final(out, &c);
}

struct sha256_sum { SHA256_CTX state; };

struct sha256_sum *sha256_sum_new(void)
{
	struct sha256_sum *s = mem_new(sizeof *s);

	(void)SHA256_Init(&s->state);
	return s;
}

void sha256_sum_add(struct sha256_sum *s, cdt_str piece)
{
	absorb(&s->state, piece);
}

void sha256_sum_end(struct sha256_sum *s, uint8_t out[SHA256_SIZE])
{
	(void)SHA256_Final(out, &s->state);
	(void)SHA256_Init(&s->state);
}

void sha256_sum_end_free(struct sha256_sum *s, uint8_t out[SHA256_SIZE])
{
	(void)SHA256_Final(out, &s->state);
	mem_free(s);
}

void hmac_sum(const struct hmac_key *k, cdt_str in, uint8_t out[SHA256_SIZE])
{
	SHA256_CTX c = k->inner;
	uint8_t inner[SHA256_SIZE];

	absorb(&c, in);
	(void)SHA256_Final(inner, &c);
	c = k->outer;
	(void)SHA256_Update(&c, inner, sizeof inner);
	(void)SHA256_Final(out, &c);
	explicit_bzero(&c, sizeof c);
}

void hmac_sha256(cdt_str key, cdt_str in, uint8_t out[SHA256_SIZE])
{
	struct hmac_key k;

	key_set(&k, key);
	hmac_sum(&k, in, out);
	explicit_bzero(&k, sizeof k);
}

struct hmac_key *hmac_key_new(cdt_str key)
{
	struct hmac_key *k = mem_new(sizeof *k);

	key_set(k, key);
	return k;
}

void hmac_key_free(struct hmac_key *k)
{
	if (k)
		explicit_bzero(k, sizeof *k);
	mem_free(k);
}

bool digest_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

uint32_t crc32_of(cdt_str in)
{
	return (uint32_t)crc32_z(0, (const Bytef *)in.p, in.n);
}

char *hex_of(const void *in, size_t n, char *out)
{
	static const char digit[] = "0123456789abcdef";
	const uint8_t *p = in;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digit[p[i] >> 4];
		out[2 * i + 1] = digit[p[i] & 15];
	}
	out[2 * n] = '\0';
	return out;
}

static int lower_digit(char c)
{
	return c >= 'A' && c <= 'F' ? -1 : str_hex_digit(c);
}

bool hex_read(cdt_str hex, void *out, size_t n)
{
	uint8_t *p = out;

	if (hex.n != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = lower_digit(hex.p[2 * i]), low = lower_digit(hex.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		p[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

size_t base64_encode(cdt_str in, bool url_safe, char *out, size_t cap)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	static const char safe[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *digit = url_safe ? safe : plain;
	size_t tail = in.n % 3, whole = in.n / 3 * 4;
	size_t need = whole + (tail == 0 ? 0 : url_safe ? tail + 1 : 4);
	const uint8_t *p = (const uint8_t *)in.p;
	uint32_t v;

	if (need > cap)
		return need;
	for (size_t i = 0; i < whole; i += 4, p += 3) {
		v = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
		out[i] = digit[v >> 18];
		out[i + 1] = digit[v >> 12 & 63];
		out[i + 2] = digit[v >> 6 & 63];
		out[i + 3] = digit[v & 63];
	}
	if (tail == 0)
		return need;
	v = (uint32_t)p[0] << 16 | (tail == 2 ? (uint32_t)p[1] << 8 : 0);
	out[whole] = digit[v >> 18];
	out[whole + 1] = digit[v >> 12 & 63];
	if (tail == 2)
		out[whole + 2] = digit[v >> 6 & 63];
	for (size_t i = whole + tail + 1; i < need; i++)
		out[i] = '=';
	return need;
}

/* 64: not a digit. */
static uint32_t digit64(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (uint32_t)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (uint32_t)(c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0' + 52);
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : 64;
}

/* Without its padding; false when the padding is neither whole nor missing. */
static bool unpad(cdt_str *s)
{
	size_t n = s->n;

	while (n && s->n - n < 2 && s->p[n - 1] == '=')
		n--;
	if (n != s->n && s->n % 4 != 0)
		return false;
	s->n = n;
	return n % 4 != 1;
}

size_t base64_decode(cdt_str in, char *out, size_t cap)
{
	uint32_t bits = 0, kept = 0;     /* kept: how many of bits are not written yet */
	size_t n = 0;

	if (!unpad(&in))
		return SIZE_MAX;
	for (size_t i = 0; i < in.n; i++) {
		uint32_t d = digit64(in.p[i]);

		if (d > 63)
			return SIZE_MAX;
		bits = bits << 6 | d;
		kept += 6;
		if (kept < 8)
			continue;
		kept -= 8;
		if (n < cap)
			out[n] = (char)(bits >> kept);
		bits &= (1u << kept) - 1;
		n++;
	}
	return bits ? SIZE_MAX : n;      /* left-over bits: two texts for the same bytes */
}

void base62_encode(const void *in, size_t in_n, char *out, size_t n)
{
	static const char digit[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	const uint8_t *p = in;

	memset(out, 0, n);
	for (size_t i = 0; i < in_n; i++) {
		uint32_t carry = p[i];

		for (size_t j = n; j-- > 0;) {
			uint32_t v = (uint32_t)(uint8_t)out[j] << 8 | carry;

			out[j] = (char)(v % 62);
			carry = v / 62;
		}
	}
	for (size_t j = 0; j < n; j++)
		out[j] = digit[(uint8_t)out[j]];
}

const char *digest_library(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}

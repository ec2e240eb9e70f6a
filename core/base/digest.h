/* base/digest.h - hashes and encodings (OpenSSL does the hashing).  [any thread]
 * SPDX-License-Identifier: MIT */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H
#include "conduit/base.h"

#include <stdbool.h>

enum { SHA256_SIZE = 32, SHA256_HEX_SIZE = 65 };

const char *digest_library(void);              /* its version */

void sha256(cdt_str in, uint8_t out[SHA256_SIZE]);
void hmac_sha256(cdt_str key, cdt_str in, uint8_t out[SHA256_SIZE]);
bool digest_equal(const uint8_t *a, const uint8_t *b, size_t n);      /* constant time */
uint32_t crc32_of(cdt_str in);                                         /* IEEE */

/* Of what comes in pieces. */
struct sha256_sum;
struct sha256_sum *sha256_sum_new(void);
void sha256_sum_add(struct sha256_sum *s, cdt_str piece);
/* Then it is new again. */
void sha256_sum_end(struct sha256_sum *s, uint8_t out[SHA256_SIZE]);
void sha256_sum_end_free(struct sha256_sum *s, uint8_t out[SHA256_SIZE]);

/* HMAC with one key for many messages: the key is hashed once.  hmac_sum is cheap and may
 * be called from any thread at once. */
struct hmac_key;
struct hmac_key *hmac_key_new(cdt_str key);
void hmac_key_free(struct hmac_key *k);
void hmac_sum(const struct hmac_key *k, cdt_str in, uint8_t out[SHA256_SIZE]);

/* Lower case, 2n + 1 bytes with the NUL.  Returns out. */
char *hex_of(const void *in, size_t n, char *out);
/* Of 2n digits, as hex_of writes them; false: they are not. */
bool hex_read(cdt_str hex, void *out, size_t n);
/* Length written, or length needed when it is above cap; no NUL. */
size_t base64_encode(cdt_str in, bool url_safe, char *out, size_t cap);
/* SIZE_MAX: not base64.  Accepts both alphabets, padding optional. */
size_t base64_decode(cdt_str in, char *out, size_t cap);
/* Exactly n characters of [0-9A-Za-z]: the value big-endian, left-padded with '0', taken
 * modulo 62^n. */
void base62_encode(const void *in, size_t in_n, char *out, size_t n);

#endif

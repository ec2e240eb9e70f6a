/* provider_mistral/ids.c - ids of tool calls in Mistral's form, nine letters or digits.  The
 * same id always becomes the same nine, so a conversation needs no memory: what the client
 * sends back goes out as it did before, and Mistral's own ids pass as they are.
 * SPDX-License-Identifier: MIT */
#include "mistral.h"

enum { ID_BYTES = 9 };

static const char digits[] =
	"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static bool fits(cdt_str id)
{
	for (size_t i = 0; i < id.n; i++)
		if (!id.p[i] || !strchr(digits, id.p[i]))
			return false;
	return id.n == ID_BYTES;
}

/* FNV-1a, and a last stir, since near ids differ in their last bytes. */
static uint64_t hash(cdt_str id)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < id.n; i++)
		h = (h ^ (unsigned char)id.p[i]) * UINT64_C(1099511628211);
	h ^= h >> 32;
	return h * UINT64_C(0x9e3779b97f4a7c15);
}

cdt_str mistral_id(struct cdt_call *call, cdt_str id)
{
	char *out = fits(id) ? NULL : call->api->scratch(call, ID_BYTES);
	uint64_t h = hash(id);

	if (!out)
		return id;
	for (size_t i = 0; i < ID_BYTES; i++, h /= sizeof digits - 1)
		out[i] = digits[h % (sizeof digits - 1)];
	return (cdt_str){ out, ID_BYTES };
}

/* provider_mock/embed.c - vectors of length one that only depend on the text.
 * SPDX-License-Identifier: MIT */
#include "mock.h"

#include <string.h>

enum { DIMENSIONS = 256, DIMENSIONS_MAX = 4096 };

static uint64_t seed_of(cdt_val item)
{
	size_t n = cdt_type(item) == CDT_LIST ? cdt_count(item) : 0;
	uint64_t h = mock_hash(n, cdt_text(item));

	for (size_t i = 0; i < n; i++) {
		int64_t token = cdt_i64(cdt_at(item, i), 0);

		h = mock_hash(h, (cdt_str){ (const char *)&token, sizeof token });
	}
	return h;
}

/* SplitMix64, as a number between -1 and 1. */
static double next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (double)(int64_t)(z ^ (z >> 31)) / 9223372036854775808.0;
}

/* Newton's, for v > 0; libc alone has no sqrt. */
static double root(double v)
{
	double r = v > 1 ? v : 1;

	for (int i = 0; i < 40; i++)
		r = (r + v / r) / 2;
	return r;
}

static void little_endian(unsigned char *to, float f)
{
	uint32_t bits;

	memcpy(&bits, &f, sizeof bits);
	for (int i = 0; i < 4; i++)
		to[i] = (unsigned char)(bits >> 8 * i);
}

static void add_vector(struct plan *p, uint64_t index, uint64_t seed, size_t dimensions)
{
	unsigned char bytes[DIMENSIONS_MAX * 4];
	struct text line = { .p = NULL };
	uint64_t state = seed;
	double sum = 0, length;

	for (size_t i = 0; i < dimensions; i++) {
		double v = next(&state);

		sum += v * v;
	}
	length = sum > 0 ? root(sum) : 1;
	state = seed;
	for (size_t i = 0; i < dimensions; i++)
		little_endian(bytes + 4 * i, (float)(next(&state) / length));
	mock_add_z(&line, "{\"p\":");
	mock_add_u64(&line, index);
	mock_add_z(&line, ",\"vector\":\"");
	mock_add_base64(&line, (cdt_str){ (const char *)bytes, dimensions * 4 });
	mock_add_z(&line, "\"}");
	mock_plan_piece(p, mock_str(&line));
	p->steps.failed |= line.failed;
	mock_text_fini(&line);
}

static void begin(struct plan *p, cdt_str model)
{
	struct text line = { .p = NULL };

	mock_add_z(&line, "{\"start\":\"\",\"model\":");
	mock_add_json(&line, model);
	mock_add_z(&line, "}");
	mock_plan_line(p, mock_str(&line));
	mock_text_fini(&line);
}

static void end(struct plan *p, uint64_t tokens)
{
	struct text line = { .p = NULL };

	mock_add_z(&line, "{\"usage\":{\"input\":");
	mock_add_u64(&line, tokens);
	mock_add_z(&line, ",\"output\":0}}");
	mock_plan_line(p, CDT_STR("{\"c\":0,\"stop\":\"stop\"}"));
	if (!mock_asked(p->wish, WISH_NO_USAGE))
		mock_plan_line(p, mock_str(&line));
	mock_plan_line(p, CDT_STR("{\"done\":true}"));
	mock_text_fini(&line);
}

cdt_status mock_embed(struct cdt_call *call, const struct cdt_request *req,
                      const struct wish *w, struct cdt_out *o)
{
	struct plan p = { .wish = w };
	cdt_val input = cdt_get(req->doc, "input");
	int64_t asked = cdt_i64(cdt_get(req->doc, "dimensions"), DIMENSIONS);
	size_t n = cdt_count(input);
	uint64_t tokens = 0;
	cdt_status st;

	(void)call;
	if (asked < 1 || asked > DIMENSIONS_MAX) {
		mock_plan_refuse(o, w, 400, CDT_STR("dimensions must be 1 to 4096"));
		return CDT_OK;
	}
	begin(&p, req->model);
	for (size_t i = 0; i < n && !p.steps.failed; i++) {
		cdt_val item = cdt_at(input, i);

		tokens += mock_tokens_of(mock_input_bytes(item));
		add_vector(&p, i, seed_of(item), (size_t)asked);
	}
	end(&p, tokens);
	st = p.steps.failed ? CDT_E_LIMIT : CDT_OK;
	if (st == CDT_OK)
		mock_plan_write(&p, o);
	mock_text_fini(&p.steps);
	return st;
}

/* flow/measure.c - bounds of what is not text, and where they are from:
 *   pictures   the API's own number; what size and quality cost, else tokens by their pixels
 *   speech     characters are exact; nobody takes half a second for a byte, but we allow for it
 *   uploads    a WAVE header tells; all else is as long as at the lowest rate that speech is
 *              coded at, 6 kbit/s.  Files of silence can be longer: they break no budget by
 *              more than their own bill, which is counted as a breach
 *   rankings   a search is 100 documents, of which long ones count as several
 * SPDX-License-Identifier: MIT */
#include "flow/measure.h"

#include <string.h>

#include "base/jsonwalk.h"
#include "base/str.h"

enum {
	IMAGES_MAX = 1000,
	PIXELS_A_TOKEN = 250,          /* the densest known makes one of 252 */
	PARTIAL_TOKENS = 100,          /* of each picture before the last */
	PICTURE_UNSAID = 16384,        /* tokens, where the upstream chooses the size */
	CHARACTERS_A_SECOND = 15,
	SPOKEN_LEAST_MS = 10000,       /* pauses, and what is said before and after */
	MS_A_BYTE = 500,
	UPLOAD_BITS_A_MS = 6,
	UPLOAD_LEAST_MS = 10000,       /* some bill no less */
	RATE_MAX = 384000,             /* samples a second that are sound */
	DOCUMENTS_A_SEARCH = 100,
	DOCUMENT_TOKENS = 500,         /* with the query; what is longer counts as several */
	DOCUMENT_LEAST = 100,
};

/* The inside of a text; escapes stay as they are. */
static cdt_str text_of(const struct ask *a, const char *name)
{
	cdt_str v = ask_value(a, name);

	return v.n >= 2 && *v.p == '"' ? str_from(v.p + 1, v.n - 2) : CDT_STR("");
}

static int64_t number(const struct ask *a, const char *name, int64_t dflt, int64_t most)
{
	int64_t v;

	return str_i64(ask_value(a, name), &v) && v >= 0 ? (v < most ? v : most) : dflt;
}

static int64_t at_most(int64_t v)
{
	return v < CDT_COUNT_MAX ? v : CDT_COUNT_MAX;
}

static void keep_word(cdt_str word, char out[MEASURE_WORD_SIZE])
{
	/* What is longer is no known word: any other that is none does as well. */
	if (word.n >= MEASURE_WORD_SIZE)
		word = CDT_STR("?");
	memcpy(out, word.p, word.n);
	out[word.n] = '\0';
}

/* --- pictures --- */

static void measure_images(const struct ask *a, struct measure *m)
{
	cdt_str rest = jsonwalk_inside(ask_value(a, "images")), one;

	m->images = number(a, "n", 1, IMAGES_MAX);
	m->images = m->images > a->n ? m->images : a->n;
	m->images_partial = number(a, "partial_images", 0, IMAGES_MAX);
	keep_word(text_of(a, "size"), m->size);
	keep_word(text_of(a, "quality"), m->quality);
	m->images_in = (int64_t)a->blob_count;
	if (m->images_in)
		return;
	while (jsonwalk_element(&rest, &one))
		m->images_in++;
	m->images_in += ask_value(a, "mask").n > 0;
}

struct price_shape measure_shape(const struct measure *m)
{
	return (struct price_shape){ str_z(m->size), str_z(m->quality) };
}

/* "1024x1536" in pixels; 0: it is not said. */
static int64_t pixels_of(const char *size)
{
	cdt_str high = str_z(size), wide = str_cut(&high, 'x');
	uint64_t x, y;

	if (!str_u64(wide, &x) || !str_u64(high, &y) || x > UINT16_MAX || y > UINT16_MAX)
		return 0;
	return (int64_t)(x * y);
}

static bool is_priced(const struct measure *m, const struct price *p)
{
	int64_t pixels = pixels_of(m->size);

	for (size_t i = 0; i < p->picture_count; i++)
		if (!pixels || (int64_t)p->picture[i].width * p->picture[i].height >= pixels)
			return true;
	return false;
}

static int64_t rate_of_pictures(const struct price *p)
{
	int64_t own = p->tier[0].rate[PRICE_IMAGE_OUT];

	return own > 0 ? own : p->tier[0].rate[PRICE_OUTPUT];
}

int64_t measure_picture_tokens(const struct measure *m, const struct price *p)
{
	struct price_shape shape = measure_shape(m);
	int64_t fee = price_of_picture(p, &shape), rate = rate_of_pictures(p);
	int64_t partial = m->images_partial * PARTIAL_TOKENS, pixels = pixels_of(m->size);

	/* Lists round: an eighth more covers that. */
	if (p->pictures_in_tokens && rate > 0 && fee > 0 && fee < INT64_MAX / 2 &&
	    is_priced(m, p))
		return at_most((fee + fee / 8) / rate + 1 + partial);
	return at_most((pixels ? pixels / PIXELS_A_TOKEN + 1000 : PICTURE_UNSAID) + partial);
}

/* --- speech --- */

/* Hundredths; the API takes a quarter to four. */
static int64_t speed_of(const struct ask *a)
{
	cdt_str rest = ask_value(a, "speed"), whole = str_cut(&rest, '.');
	uint64_t units = 1, part = 0;
	int64_t v;

	if (!whole.n || !str_u64(whole, &units) || units > 4)
		return 100;
	rest.n = rest.n < 2 ? rest.n : 2;
	if (rest.n && str_u64(rest, &part))
		part *= rest.n == 1 ? 10 : 1;
	v = (int64_t)(units * 100 + part);
	return v < 25 ? 25 : v;
}

static void measure_speech(const struct ask *a, struct measure *m)
{
	cdt_str text = text_of(a, "input");
	int64_t speed = speed_of(a);

	m->characters = at_most(a->characters);
	m->spoken_ms = at_most(m->characters * 1000 / CHARACTERS_A_SECOND * 100 / speed);
	m->spoken_ms_max = at_most(((int64_t)text.n * MS_A_BYTE + SPOKEN_LEAST_MS) * 100 /
	                           speed);
}

/* --- uploads --- */

static uint32_t little(const char *p, int bytes)
{
	uint32_t v = 0;

	while (bytes-- > 0)
		v = v << 8 | (unsigned char)p[bytes];
	return v;
}

/* Bytes of a second by a "fmt " chunk; 0: not plain samples. */
static int64_t wave_rate(cdt_str chunk)
{
	enum { PCM = 1, FLOAT = 3, EXTENSIBLE = 0xfffe, SUB_FORMAT = 24 };
	uint32_t tag, channels, rate, bits;

	if (chunk.n < 16)
		return 0;
	tag = little(chunk.p, 2);
	channels = little(chunk.p + 2, 2);
	rate = little(chunk.p + 4, 4);
	bits = little(chunk.p + 14, 2);
	if (tag == EXTENSIBLE && chunk.n >= SUB_FORMAT + 2)
		tag = little(chunk.p + SUB_FORMAT, 2);
	if ((tag != PCM && tag != FLOAT) || !channels || !rate || rate > RATE_MAX || bits % 8)
		return 0;
	return (int64_t)channels * rate * (bits / 8);
}

int64_t measure_wave_ms(cdt_str bytes)
{
	int64_t rate = 0;

	if (bytes.n < 12 || memcmp(bytes.p, "RIFF", 4) || memcmp(bytes.p + 8, "WAVE", 4))
		return -1;
	bytes = str_skip(bytes, 12);
	while (bytes.n >= 8) {
		size_t n = little(bytes.p + 4, 4);
		cdt_str body = str_skip(bytes, 8);

		/* Whoever writes a stream does not know its length. */
		if (!memcmp(bytes.p, "data", 4))
			return rate ? at_most((int64_t)body.n * 1000 / rate + 1) : -1;
		if (!memcmp(bytes.p, "fmt ", 4))
			rate = wave_rate(str_from(body.p, n < body.n ? n : body.n));
		n += n % 2;
		bytes = str_skip(body, n < body.n ? n : body.n);
	}
	return -1;
}

static int64_t whole_seconds(int64_t ms)
{
	return (ms + 999) / 1000 * 1000;
}

static void measure_upload(const struct ask *a, struct measure *m)
{
	bool known = a->blob_count > 0;
	int64_t most = 0;

	for (size_t i = 0; i < a->blob_count; i++) {
		cdt_str bytes = a->blobs[i].data;
		int64_t ms = measure_wave_ms(bytes);

		known = known && ms >= 0;
		m->sound_bytes = at_most(m->sound_bytes + (int64_t)bytes.n);
		m->sound_ms = at_most(m->sound_ms + (ms > 0 ? ms : 0));
		most += ms >= 0 ? ms : (int64_t)bytes.n * 8 / UPLOAD_BITS_A_MS;
	}
	if (!known)
		m->sound_ms = 0;
	most = whole_seconds(most);
	m->sound_ms_max = at_most(most > UPLOAD_LEAST_MS ? most : UPLOAD_LEAST_MS);
}

/* --- rankings --- */

static void measure_ranking(const struct ask *a, struct measure *m)
{
	cdt_str rest = jsonwalk_inside(ask_value(a, "documents")), one;
	int64_t query = (int64_t)ask_value(a, "query").n, count = 0, pieces = 0;
	int64_t room = DOCUMENT_TOKENS - query;

	room = room > DOCUMENT_LEAST ? room : DOCUMENT_LEAST;
	while (jsonwalk_element(&rest, &one)) {
		count++;
		pieces += ((int64_t)one.n + room - 1) / room;
	}
	m->searches = at_most((count + DOCUMENTS_A_SEARCH - 1) / DOCUMENTS_A_SEARCH);
	m->searches_max = at_most((pieces + DOCUMENTS_A_SEARCH - 1) / DOCUMENTS_A_SEARCH);
	/* Each piece is read with the query before it. */
	m->repeated_bytes = query && pieces > CDT_COUNT_MAX / query ? CDT_COUNT_MAX
	                                                            : query * pieces;
}

/* --- the door --- */

static const struct {
	uint32_t op;
	void (*measure)(const struct ask *, struct measure *);
} kinds[] = {
	{ CDT_OP_IMAGE, measure_images },
	{ CDT_OP_SPEECH, measure_speech },
	{ CDT_OP_TRANSCRIBE, measure_upload },
	{ CDT_OP_RERANK, measure_ranking },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

void measure_of(const struct ask *a, struct measure *m)
{
	*m = (struct measure){ .images = 0 };
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].op == a->op)
			kinds[i].measure(a, m);
}

bool measure_matters(uint32_t op)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].op == op)
			return true;
	return false;
}

/* ledger/manifest.c - writes and reads the head of a backup.
 * SPDX-License-Identifier: MIT */
#include "ledger/manifest.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/jsonscan.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "base/digest.h"
#include "base/str.h"
#include "store/store.h"

static const char magic[] = "CONDUIT BACKUP ";

void manifest_print(const struct manifest *m, struct buf *out)
{
	char text[CLOCK_TEXT_SIZE], hex[SHA256_HEX_SIZE];
	uint8_t hash[SHA256_SIZE];
	struct jsonw w;

	buf_print(out, "%s%d\n", magic, MANIFEST_VERSION);
	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_put_z(&w, "conduit", m->version);
	jsonw_put_z(&w, "created_at", clock_text(m->created_ms, text));
	jsonw_put_i64(&w, "schema", m->schema);
	jsonw_put_i64(&w, "epoch", m->epoch);
	jsonw_put_i64(&w, "entries", (int64_t)m->head.number);
	jsonw_put_z(&w, "chain", hex_of(m->head.chain, CHAIN_SIZE, hex));
	jsonw_put_z(&w, "pepper", m->pepper);
	jsonw_put_i64(&w, "image_bytes", (int64_t)m->image_bytes);
	jsonw_put_z(&w, "image_sha256", hex_of(m->image_sha256, SHA256_SIZE, hex));
	jsonw_close(&w);
	buf_add_c(out, '\n');
	sha256(buf_str(out), hash);
	buf_add_z(out, hex_of(hash, SHA256_SIZE, hex));
	buf_add_c(out, '\n');
}

static cdt_status invalid(char *why, const char *what)
{
	(void)snprintf(why, 256, "%s", what);
	return CDT_E_INVALID;
}

static cdt_status read_first(cdt_str line, char *why)
{
	int64_t version;

	if (!str_starts(line, magic) || !str_i64(str_skip(line, sizeof magic - 1), &version) ||
	    version < MANIFEST_VERSION)
		return invalid(why, "this is no backup of Conduit");
	if (version == MANIFEST_VERSION)
		return CDT_OK;
	(void)snprintf(why, 256, "the backup was written by a newer version (layout %" PRId64
	               ", this one knows %d): install that version", version,
	               MANIFEST_VERSION);
	return CDT_E_UNSUPPORTED;
}

static bool is_intact(const cdt_str line[MANIFEST_LINES])
{
	uint8_t told[SHA256_SIZE], hash[SHA256_SIZE];
	struct buf both;

	buf_init(&both, 2 * MANIFEST_LINE_MAX + 2);
	buf_add(&both, line[0]);
	buf_add_c(&both, '\n');
	buf_add(&both, line[1]);
	buf_add_c(&both, '\n');
	sha256(buf_str(&both), hash);
	explicit_bzero(both.p, both.n);
	buf_fini(&both);
	return hex_read(line[2], told, SHA256_SIZE) && !memcmp(told, hash, SHA256_SIZE);
}

static bool read_members(const struct json *j, struct manifest *m)
{
	cdt_str pepper = json_text(json_get(j, "pepper"));
	cdt_str version = json_text(json_get(j, "conduit"));
	int64_t bytes = json_i64(json_get(j, "image_bytes"), -1);
	int64_t entries = json_i64(json_get(j, "entries"), -1);
	uint8_t bits[PEPPER_SIZE / 2];
	bool good = hex_read(pepper, bits, sizeof bits) && bytes >= 0 && entries >= 0 &&
	            clock_parse(json_text(json_get(j, "created_at")), &m->created_ms) &&
	            hex_read(json_text(json_get(j, "chain")), m->head.chain, CHAIN_SIZE) &&
	            hex_read(json_text(json_get(j, "image_sha256")), m->image_sha256,
	                     SHA256_SIZE);

	explicit_bzero(bits, sizeof bits);
	if (!good)
		return false;
	memcpy(m->pepper, pepper.p, PEPPER_SIZE);
	(void)snprintf(m->version, sizeof m->version, "%.*s", STR_ARG(version));
	m->schema = json_i64(json_get(j, "schema"), -1);
	m->epoch = json_i64(json_get(j, "epoch"), -1);
	m->image_bytes = (uint64_t)bytes;
	m->head.number = (uint64_t)entries;
	return m->schema > 0 && m->epoch >= 0;
}

cdt_status manifest_read(const cdt_str line[MANIFEST_LINES], struct manifest *m, char why[256])
{
	struct jsonscan *scan;
	struct json *j;
	bool good;
	cdt_status st = read_first(line[0], why);

	if (st != CDT_OK)
		return st;
	if (!is_intact(line))
		return invalid(why, "the backup is damaged: its manifest does not match its "
		               "digest");
	memset(m, 0, sizeof *m);
	scan = mem_new(sizeof *scan);
	j = jsonscan(scan, line[1]) == CDT_OK ? json_parse(line[1]) : NULL;
	good = read_members(j, m);
	json_free(j);
	mem_free(scan);
	if (!good)
		return invalid(why, "the backup is damaged: its manifest can not be read");
	if (m->schema <= STORE_SCHEMA)
		return CDT_OK;
	(void)snprintf(why, 256, "the backup was written by a newer version (%s, schema %"
	               PRId64 "; this one knows %d): install that version", m->version,
	               m->schema, STORE_SCHEMA);
	return CDT_E_UNSUPPORTED;
}

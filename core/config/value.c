/* config/value.c - the scalars of the schema: numbers and their units, names, addresses.
 * SPDX-License-Identifier: MIT */
#include "config/value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "config/secrets.h"

enum { NAME_MAX_BYTES = 64, MODEL_MAX_BYTES = 128, TEXT_MAX_BYTES = 4096 };

__attribute__((format(printf, 2, 3)))
static bool wrong(struct value *v, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(v->why, sizeof v->why, fmt, args);      /* cut when it is longer */
	va_end(args);
	return false;
}

static bool in_range(struct value *v, uint64_t number)
{
	const struct schema_row *row = v->row;
	const char *unit = row->type == TYPE_DECIMAL ? "millionths" : schema_unit(row);

	if ((row->min || row->max) &&
	    ((int64_t)number < row->min || number > (uint64_t)row->max))
		return wrong(v, "must be %" PRId64 " to %" PRId64 "%s%s", row->min, row->max,
		             unit[0] ? " " : "", unit);
	v->node->value = (int64_t)number;
	return true;
}

static bool read_int(struct value *v)
{
	const struct node *n = v->node;
	int64_t number = n->number;

	if (n->type == NODE_TEXT && !(n->loose && str_i64(str_z(n->text), &number)))
		return wrong(v, n->loose ? "must be a whole number"
		                         : "must be a whole number, without quotes");
	if (n->type != NODE_INT && n->type != NODE_TEXT)
		return wrong(v, "must be a whole number");
	if (number < 0)
		return wrong(v, "must not be negative");
	return in_range(v, (uint64_t)number);
}

static bool read_auto(struct value *v)
{
	if (v->node->type == NODE_TEXT && strcmp(v->node->text, "auto") == 0) {
		v->node->value = -1;
		return true;
	}
	return read_int(v) ||
	       wrong(v, "must be \"auto\" or a number from %" PRId64 " to %" PRId64,
	             v->row->min, v->row->max);
}

static bool read_flag(struct value *v)
{
	struct node *n = v->node;

	if (n->type == NODE_FLAG) {
		n->value = n->number;
		return true;
	}
	if (n->type != NODE_TEXT || !n->loose ||
	    !(str_is_nocase(str_z(n->text), "true") || str_is_nocase(str_z(n->text), "false")))
		return wrong(v, "must be true or false, without quotes");
	n->value = str_is_nocase(str_z(n->text), "true");
	return true;
}

static bool read_measure(struct value *v, int (*parse)(cdt_str, uint64_t *), uint64_t factor,
                         const char *example)
{
	const struct node *n = v->node;
	uint64_t number;

	if (n->type == NODE_INT && n->number >= 0 && (uint64_t)n->number <= INT64_MAX / factor)
		return in_range(v, (uint64_t)n->number * factor);
	if (n->type != NODE_TEXT || !parse(str_z(n->text), &number) || number > INT64_MAX)
		return wrong(v, "must be %s", example);
	return in_range(v, number);
}

static bool read_duration(struct value *v)
{
	return read_measure(v, duration_parse, 1000,
	                    "a duration like \"250ms\", \"30s\", \"15m\", \"24h\" or \"30d\"");
}

static bool read_size(struct value *v)
{
	return read_measure(v, size_parse, 1, "a size like \"64KiB\", \"10MiB\" or \"4GiB\"");
}

bool value_decimal(cdt_str s, size_t places, int64_t *out)
{
	size_t point = str_find(s, '.');
	cdt_str whole = str_from(s.p, point), part = str_skip(s, point + 1);
	uint64_t units, rest = 0, scale = 1;

	for (size_t i = 0; i < places; i++)
		scale *= 10;
	if (!str_u64(whole, &units) || units > INT64_MAX / scale - 1)
		return false;
	if (point < s.n && (part.n > places || !str_u64(part, &rest)))
		return false;
	for (size_t i = part.n; point < s.n && i < places; i++)
		rest *= 10;
	*out = (int64_t)(units * scale + rest);
	return true;
}

static bool read_places(struct value *v, size_t places, int64_t scale)
{
	const struct node *n = v->node;
	int64_t number;

	if (n->type == NODE_INT)
		return wrong(v, "must stand in quotes: \"%" PRId64 "\"", n->number);
	if (n->type == NODE_REAL)
		return wrong(v, "must stand in quotes: \"%.10g\"", n->real);
	if (n->type != NODE_TEXT || !value_decimal(str_z(n->text), places, &number))
		return wrong(v, "must be a decimal like \"2.50\", at most %zu digits after "
		             "the point", places);
	if (number < v->row->min || number > v->row->max)
		return wrong(v, "must be \"%" PRId64 "\" to \"%" PRId64 "\"",
		             v->row->min / scale, v->row->max / scale);
	v->node->value = number;
	return true;
}

static bool read_decimal(struct value *v)
{
	return read_places(v, 6, 1000000);
}

static bool read_money(struct value *v)
{
	return read_places(v, 9, 1000000000);
}

/* "12.5%", in millionths of the whole. */
static bool read_percent(struct value *v)
{
	const struct node *n = v->node;
	cdt_str text = n->type == NODE_TEXT ? str_z(n->text) : (cdt_str){ "", 0 };
	int64_t number;

	if (!text.n || text.p[text.n - 1] != '%' ||
	    !value_decimal(str_from(text.p, text.n - 1), 4, &number))
		return wrong(v, "must be a percentage like \"5%%\"");
	if (number < v->row->min || number > v->row->max)
		return wrong(v, "must be \"%" PRId64 "%%\" to \"%" PRId64 "%%\"",
		             v->row->min / 10000, v->row->max / 10000);
	v->node->value = number;
	return true;
}

static bool read_text(struct value *v)
{
	const struct node *n = v->node;

	if (n->type != NODE_TEXT)
		return wrong(v, "must be a text in quotes");
	for (const char *p = n->text; *p; p++)
		if (iscntrl((unsigned char)*p))
			return wrong(v, "must not hold control characters");
	return strlen(n->text) <= TEXT_MAX_BYTES ||
	       wrong(v, "is longer than %d bytes", TEXT_MAX_BYTES);
}

static bool read_choice(struct value *v)
{
	cdt_str rest = str_z(v->row->unit);
	char number[24];
	bool is_text = v->node->type == NODE_TEXT;

	(void)snprintf(number, sizeof number, "%" PRId64, v->node->number);    /* fits */
	while ((is_text || v->node->type == NODE_INT) && rest.n)
		if (str_is(str_cut(&rest, '|'), is_text ? v->node->text : number))
			return true;
	return wrong(v, "must be one of %s", v->row->unit);
}

static bool read_name(struct value *v)
{
	cdt_str s = str_z(v->node->text);
	bool ok = v->node->type == NODE_TEXT && s.n && s.n <= NAME_MAX_BYTES &&
	          isalnum((unsigned char)s.p[0]);

	for (size_t i = 0; ok && i < s.n; i++)
		ok = isalnum((unsigned char)s.p[i]) || strchr("._-", s.p[i]);
	return ok || wrong(v, "must be a name in quotes: at most %d letters, digits, '.', '_' "
	                   "and '-'", NAME_MAX_BYTES);
}

static bool read_model(struct value *v)
{
	cdt_str s = str_z(v->node->text);
	bool ok = v->node->type == NODE_TEXT && s.n && s.n <= MODEL_MAX_BYTES;

	for (size_t i = 0; ok && i < s.n; i++)
		ok = !iscntrl((unsigned char)s.p[i]) && !strchr(" \"\\", s.p[i]);
	return ok ||
	       wrong(v, "must be the name of a model in quotes: at most %d bytes, no blanks",
	             MODEL_MAX_BYTES);
}

static bool read_variable(struct value *v)
{
	cdt_str s = str_z(v->node->text);
	bool ok = v->node->type == NODE_TEXT && s.n && !isdigit((unsigned char)s.p[0]);

	for (size_t i = 0; ok && i < s.n; i++)
		ok = isalnum((unsigned char)s.p[i]) || s.p[i] == '_';
	return ok || wrong(v, "must be the name of an environment variable, in quotes");
}

/* What follows http:// or https://, or NULL. */
static const char *behind_scheme(const char *url)
{
	if (strncmp(url, "https://", 8) == 0)
		return url + 8;
	return strncmp(url, "http://", 7) == 0 ? url + 7 : NULL;
}

static bool read_url(struct value *v)
{
	char *url = v->node->text;
	const char *host = behind_scheme(url);
	size_t n = strlen(url);

	if (v->node->type == NODE_TEXT && n == 0 && !(v->row->flags & SCHEMA_REQUIRED))
		return true;
	if (v->node->type != NODE_TEXT || !host ||
	    !(host[0] == '[' || isalnum((unsigned char)host[0])))
		return wrong(v, "must be a URL in quotes: http://host or https://host");
	for (const char *p = host; *p; p++)
		if (!isgraph((unsigned char)*p) || strchr("?#\\\"<>", *p))
			return wrong(v, "must be a plain URL, without query and blanks");
	if (memchr(host, '@', strcspn(host, "/")))
		return wrong(v, "must not hold a user or password: use keys");
	while (n > 0 && url[n - 1] == '/')
		url[--n] = '\0';
	return true;
}

static bool read_origin(struct value *v)
{
	const char *host = behind_scheme(v->node->text);

	if (v->node->type == NODE_TEXT && strcmp(v->node->text, "*") == 0)
		return true;
	if (v->node->type != NODE_TEXT || !host || !*host || strpbrk(host, "/?#@* \\\""))
		return wrong(v,
		             "must be \"https://host\", with :port if it has one and without a "
		             "path, or \"*\"");
	return true;
}

static bool read_path(struct value *v)
{
	if (v->node->type == NODE_TEXT && !v->node->text[0])
		return wrong(v, "must not be empty");
	return read_text(v);
}

static bool is_address(const char *s, int *bits)
{
	unsigned char bytes[16];

	*bits = strchr(s, ':') ? 128 : 32;
	return inet_pton(*bits == 128 ? AF_INET6 : AF_INET, s, bytes) == 1;
}

static bool read_address(struct value *v)
{
	struct node *n = v->node;
	int bits;

	if (n->type == NODE_TEXT && strcmp(n->text, "localhost") == 0) {
		n->text = tree_text(v->tree, CDT_STR("127.0.0.1"));
		return true;
	}
	if (n->type == NODE_TEXT && strncmp(n->text, "unix:", 5) == 0)
		return (n->text[5] == '/' &&
		        strlen(n->text + 5) < sizeof ((struct sockaddr_un *)0)->sun_path) ||
		       wrong(v, "must be unix: and an absolute path of at most %zu bytes",
		             sizeof ((struct sockaddr_un *)0)->sun_path - 1);
	return (n->type == NODE_TEXT && is_address(n->text, &bits)) ||
	       wrong(v, "must be an IP address like \"127.0.0.1\", \"0.0.0.0\" or \"::\", or "
	             "\"unix:/path\"");
}

static bool read_cidr(struct value *v)
{
	struct node *n = v->node;
	cdt_str rest = str_z(n->text), address = str_cut(&rest, '/');
	char *text = tree_text(v->tree, address);
	bool alone = address.n == strlen(n->text);
	uint64_t length = 0;
	int bits;

	if (n->type != NODE_TEXT || !is_address(text, &bits) ||
	    (!alone && (!str_u64(rest, &length) || length > (uint64_t)bits)))
		return wrong(v, "must be an address or a network like \"10.0.0.0/8\"");
	if (alone)
		n->text = tree_print(v->tree, "%s/%d", text, bits);
	return true;
}

static bool is_one_of(cdt_str word, const char *const *words)
{
	for (; *words; words++)
		if (str_is(word, *words))
			return true;
	return false;
}

static bool read_levels(struct value *v)
{
#define ROOM_NAME(id, name) name,
	static const char *const rooms[] = { LOG_ROOMS(ROOM_NAME) NULL };
	static const char *const levels[] = { "debug", "info", "warn", "error", NULL };
	cdt_str rest = str_z(v->node->text);
	bool ok = v->node->type == NODE_TEXT && rest.n;

	while (ok && rest.n) {
		cdt_str level = str_cut(&rest, ','), room = level;

		if (str_find(level, '=') < level.n) {
			room = str_cut(&level, '=');
			ok = is_one_of(room, rooms);
		}
		ok = ok && is_one_of(level, levels);
	}
	return ok || wrong(v, "must be debug, info, warn or error, also for one room: "
	                   "\"info,router=debug\"");
}

static bool read_secret(struct value *v)
{
	if (v->node->type != NODE_TEXT)
		return wrong(
		    v, "must be a text in quotes: env:NAME, file:PATH or credential:NAME");
	/* What is wrong with it has been reported there. */
	v->why[0] = '\0';
	return secrets_resolve(v->tree->report, v->node);
}

bool value_read(struct value *v)
{
	static bool (*const readers[SCHEMA_TYPE_COUNT])(struct value *) = {
		[TYPE_FLAG] = read_flag,         [TYPE_INT] = read_int,
		[TYPE_AUTO] = read_auto,         [TYPE_DURATION] = read_duration,
		[TYPE_SIZE] = read_size,         [TYPE_DECIMAL] = read_decimal,
		[TYPE_MONEY] = read_money,       [TYPE_PERCENT] = read_percent,
		[TYPE_TEXT] = read_text,         [TYPE_CHOICE] = read_choice,
		[TYPE_NAME] = read_name,         [TYPE_MODEL] = read_model,
		[TYPE_URL] = read_url,           [TYPE_PATH] = read_path,
		[TYPE_ADDRESS] = read_address,   [TYPE_CIDR] = read_cidr,
		[TYPE_ORIGIN] = read_origin,     [TYPE_LEVELS] = read_levels,
		[TYPE_VARIABLE] = read_variable, [TYPE_SECRET] = read_secret,
	};

	return !readers[v->row->type] || readers[v->row->type](v);
}

/* cache_redis/config.c - options become a setup.
 * SPDX-License-Identifier: MIT */
#include "redis.h"

#include <stdio.h>
#include <string.h>

enum { FILE_SIZE = 1024, BYTES_MIN = 32 << 20, VALUE_LIMIT = 256 << 20,
       DEADLINE_LIMIT_MS = 60000 };

/* An absent one leaves what is there; false: it does not fit. */
static bool copy(cdt_val config, const char *option, char *out, size_t room)
{
	cdt_str s = cdt_text(cdt_get(config, option));

	if (s.n >= room || (s.n && memchr(s.p, '\0', s.n)))
		return false;
	if (s.n)
		memcpy(out, s.p, s.n);
	if (s.n)
		out[s.n] = '\0';
	return true;
}

static const char *read_nodes(struct setup *s, cdt_val nodes)
{
	size_t n = cdt_count(nodes);

	if (n == 0)
		return NULL;
	if (n > SEEDS_MAX)
		return "nodes: at most 16 are needed, the others are found";
	for (size_t i = 0; i < n; i++)
		if (place_read(cdt_text(cdt_at(nodes, i)), &s->seed[i]))
			return "nodes: each must be a host, or host:port";
	s->seeds = n;
	s->cluster = true;
	return NULL;
}

static const char *read_places(struct setup *s, cdt_val config)
{
	static const struct { const char *name; size_t at, room; } texts[] = {
		{ "user", offsetof(struct setup, login.user), PLACE_USER_SIZE },
		{ "password", offsetof(struct setup, login.password), PLACE_PASSWORD_SIZE },
		{ "prefix", offsetof(struct setup, prefix), PREFIX_SIZE },
		{ "tls_name", offsetof(struct setup, tls_name), PLACE_HOST_SIZE },
	};
	const char *wrong = place_read_url(cdt_text(cdt_get(config, "url")), &s->seed[0],
	                                   &s->login);

	if (wrong)
		return wrong;
	s->seeds = 1;
	s->cluster = config.api->flag(cdt_get(config, "cluster"), 0);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!copy(config, texts[i].name, (char *)s + texts[i].at, texts[i].room))
			return "user, password, prefix or tls_name: too long";
	s->login.database = cdt_i64(cdt_get(config, "database"), s->login.database);
	wrong = read_nodes(s, cdt_get(config, "nodes"));
	if (wrong)
		return wrong;
	if (s->login.database < 0)
		return "database: must not be negative";
	if (s->cluster && s->login.database)
		return "database: a cluster has only 0";
	if (s->login.user[0] && !s->login.password[0])
		return "user: needs a password, too";
	return NULL;
}

static const char *read_limits(struct setup *s, cdt_val config)
{
	int64_t deadline = cdt_i64(cdt_get(config, "deadline"), 5);
	int64_t connect = cdt_i64(cdt_get(config, "connect_timeout"), 1000);
	int64_t value = cdt_i64(cdt_get(config, "max_value"), 16 << 20);
	int64_t waiting = cdt_i64(cdt_get(config, "max_waiting"), 4096);

	if (deadline < 1 || deadline > DEADLINE_LIMIT_MS)
		return "deadline: 1ms to 60s";
	if (connect < 1 || connect > DEADLINE_LIMIT_MS)
		return "connect_timeout: 1ms to 60s";
	if (value < 1 || value > VALUE_LIMIT)
		return "max_value: 1 to 256MiB";
	if (waiting < 1 || waiting > 1000000)
		return "max_waiting: 1 to 1000000";
	s->deadline_ms = (uint32_t)deadline;
	s->connect_ms = (uint32_t)connect;
	s->value_max = (size_t)value;
	s->waiting_max = (unsigned)waiting;
	s->bytes_max = s->value_max * 2 > BYTES_MIN ? s->value_max * 2 : BYTES_MIN;
	return NULL;
}

static const char *read_tls(struct setup *s, cdt_val config)
{
	char ca[FILE_SIZE] = "", cert[FILE_SIZE] = "", key[FILE_SIZE] = "";
	const char *wrong = NULL;

	if (!copy(config, "tls_ca", ca, sizeof ca)
	    || !copy(config, "tls_cert", cert, sizeof cert)
	    || !copy(config, "tls_key", key, sizeof key))
		return "tls_ca, tls_cert or tls_key: too long";
	if (!config.api->flag(cdt_get(config, "tls"), s->login.tls))
		return *ca || *cert || *key ? "tls_ca, tls_cert, tls_key: only with tls" : NULL;
	if (!*cert != !*key)
		return "tls_cert and tls_key: one needs the other";
	s->tls = wire_tls_new(ca, cert, key, &wrong);
	return wrong;
}

const char *setup_read(struct setup *s, cdt_val config)
{
	const char *wrong = read_places(s, config);

	if (!wrong)
		wrong = read_limits(s, config);
	return wrong ? wrong : read_tls(s, config);
}

void setup_fini(struct setup *s)
{
	SSL_CTX_free(s->tls);
	memset(s->login.password, 0, sizeof s->login.password);
}

/* plugin/host.c - the first table that a plugin gets: log, clock, services by name.
 * SPDX-License-Identifier: MIT */
#include "plugin/host.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "plugin/registry.h"

static const struct host *host_of(const struct cdt_host *h)
{
	return (const struct host *)(const void *)h;     /* abi is its first member */
}

void host_say(const char *name, const char *xid, uint32_t level, const char *msg)
{
	const char *said = msg ? msg : "";

	if (level >= CDT_LOG_ERROR)
		log_error(LOG_PLUGIN, xid, "%s: %s", name, said);
	else if (level >= CDT_LOG_WARN)
		log_warn(LOG_PLUGIN, xid, "%s: %s", name, said);
	else if (level >= CDT_LOG_INFO)
		log_info(LOG_PLUGIN, xid, "%s: %s", name, said);
	else
		log_debug(LOG_PLUGIN, xid, "%s: %s", name, said);
}

static void host_log(const struct cdt_host *abi, uint32_t level, const char *msg)
{
	struct host *h = (struct host *)(uintptr_t)abi;   /* abi is its first member */

	host_say(h->name, NULL, level, msg);
	/* opening is main's: no other thread has this host before open has returned. */
	if (h->opening && msg && level >= CDT_LOG_WARN)
		(void)snprintf(h->last_words, sizeof h->last_words, "%s", msg);
}

static uint64_t host_now_ms(const struct cdt_host *abi)
{
	(void)abi;
	return clock_ms();
}

static int64_t host_wall_ms(const struct cdt_host *abi)
{
	const int64_t *fixed = host_of(abi)->surroundings->wall_ms;

	return fixed ? *fixed : clock_wall_ms();
}

static const void *host_service(const struct cdt_host *abi, const char *id)
{
	static const struct { const char *id; const void *table; } services[] = {
		{ CDT_SVC_CRYPTO, &host_crypto },
		{ CDT_SVC_HTTP, &host_http },
		{ CDT_SVC_IO, &host_io },
		{ CDT_SVC_METRICS, &host_metrics },
	};
	const struct host *h = host_of(abi);
	const void *found = NULL;

	for (size_t i = 0; id && i < sizeof services / sizeof services[0]; i++)
		if (strcmp(services[i].id, id) == 0)
			found = services[i].table;
	if ((found == &host_http && !h->surroundings->fetch_of) ||
	    (found == &host_metrics && !h->surroundings->metrics))
		return NULL;
	return found;
}

void host_init(struct host *h, const struct plugin_surroundings *s, const char *name,
               const char *type)
{
	*h = (struct host){
		.abi = {
			.size = sizeof h->abi,
			.abi_major = CDT_ABI_MAJOR, .abi_minor = CDT_ABI_MINOR,
			.version = s->version,
			.log = host_log, .now_ms = host_now_ms, .service = host_service,
			.wall_ms = host_wall_ms,
		},
		.surroundings = s, .name = name, .type = type,
	};
}

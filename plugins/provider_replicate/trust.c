/* provider_replicate/trust.c - addresses that an upstream hands back.  Our token only goes to
 * the place that we were configured to send it to, or, if that is Replicate, to Replicate's
 * other hosts: never where an answer says.
 * SPDX-License-Identifier: MIT */
#include "replicate.h"

static const char *const own_hosts[] = { "replicate.com", "replicate.net", NULL };
static const char *const delivery_hosts[] = {
	"replicate.com", "replicate.delivery", "replicate.net", NULL };

cdt_str replicate_origin(cdt_str url, cdt_str *path)
{
	size_t from = words_find(url, CDT_STR("://")), n;

	n = from < url.n ? from + 3 : url.n;
	while (n < url.n && url.p[n] != '/' && url.p[n] != '?' && url.p[n] != '#')
		n++;
	*path = words_after(url, n);
	return (cdt_str){ url.p, n };
}

/* The host of an https origin without user and port, or "". */
static cdt_str host_of(cdt_str origin)
{
	cdt_str host = words_after(origin, 8);

	if (!words_begin(origin, "https://"))
		return CDT_STR("");
	for (size_t i = 0; i < host.n; i++)
		if (host.p[i] == '@' || host.p[i] == ':' || host.p[i] == '\\')
			return CDT_STR("");
	return host;
}

/* One of the names, or something.below it. */
static int is_among(cdt_str host, const char *const *names)
{
	for (; *names; names++) {
		cdt_str name = words_z(*names);

		if (words_same(host, name))
			return 1;
		if (host.n > name.n && words_end(host, *names)
		    && host.p[host.n - name.n - 1] == '.')
			return 1;
	}
	return 0;
}

static int may_go(cdt_str base, cdt_str url, const char *const *names)
{
	cdt_str path, there = replicate_origin(url, &path);
	cdt_str home = replicate_origin(base, &path);

	if (words_same(there, home))
		return 1;
	return is_among(host_of(home), own_hosts) && is_among(host_of(there), names);
}

int replicate_trusts(cdt_str base, cdt_str url)
{
	return may_go(base, url, own_hosts);
}

int replicate_delivers(cdt_str base, cdt_str url)
{
	return may_go(base, url, delivery_hosts);
}

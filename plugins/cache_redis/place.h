/* cache_redis/place.h - where a server is, and as whom to come: read from text.
 * SPDX-License-Identifier: MIT */
#ifndef CACHE_REDIS_PLACE_H
#define CACHE_REDIS_PLACE_H
#include <stdbool.h>

#include <conduit/base.h>

enum { PLACE_HOST_SIZE = 256, PLACE_USER_SIZE = 128, PLACE_PASSWORD_SIZE = 1024,
       PLACE_NAME_SIZE = PLACE_HOST_SIZE + 8 };

/* Port 0: host is the path of a unix socket. */
struct place { char host[PLACE_HOST_SIZE]; uint16_t port; };

struct login {
	char user[PLACE_USER_SIZE], password[PLACE_PASSWORD_SIZE];
	int64_t database;
	bool tls;
};

/* Both: NULL, or what is wrong with the option url; then nothing is written.  place_read takes
 * "host", "host:port", "[v6]:port" and "/path"; of "a:b:c" the last is the port.
 * place_read_url takes redis://[user[:password]@]host[:port][/database], rediss://..., and
 * unix:/path. */
const char *place_read(cdt_str text, struct place *out);
const char *place_read_url(cdt_str url, struct place *out, struct login *login);
bool place_is(const struct place *a, const struct place *b);
/* As people read it. */
void place_name(const struct place *p, char out[PLACE_NAME_SIZE]);

#endif

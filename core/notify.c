/* notify.c - one datagram to $NOTIFY_SOCKET.
 * SPDX-License-Identifier: MIT */
#include "notify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

void notify_supervisor(const char *word)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	socklen_t size;
	char text[128];
	int fd;

	if (!path || !*path || strlen(path) >= sizeof to.sun_path)
		return;
	memcpy(to.sun_path, path, strlen(path));
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (to.sun_path[0] == '@')
		to.sun_path[0] = 0;                    /* the abstract namespace */
	/* systemd orders reloads by this clock. */
	(void)snprintf(text, sizeof text, "%s\nMONOTONIC_USEC=%" PRIu64 "\n", word, clock_us());
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || sendto(fd, text, strlen(text), MSG_NOSIGNAL,
	                     (const struct sockaddr *)&to, size) < 0)
		log_warn(LOG_APP, NULL, "the supervisor could not be told what=%s", word);
	if (fd >= 0)
		(void)close(fd);                    /* a datagram socket has nothing to flush */
}

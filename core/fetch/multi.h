/* fetch/multi.h - a curl multi driven by a worker's loop.  Private to the room.
 * [its worker's thread only]
 * SPDX-License-Identifier: MIT */
#ifndef FETCH_MULTI_H
#define FETCH_MULTI_H
#include "loop/worker.h"

#include <curl/curl.h>

struct sock;
struct multi {
	CURLM *curl;
	struct worker *worker;
	struct event *kick;            /* runs the transfers that can go on now */
	struct timer timer;            /* curl's next timeout */
	bool kicking, again;           /* inside on_kick; curl wants another turn at once */
	bool mute_idle;                /* HTTP/1.1 only: an idle peer has nothing to say */
	unsigned inside;               /* > 0: curl is on the stack and may not be called */
	struct sock **by_fd;
	size_t room, open;             /* slots of by_fd; connections */
	void (*before)(void *arg);     /* new transfers may be added now */
	void (*after)(void *arg);      /* transfers may have ended */
	void *arg;
};

/* CDT_E_NOMEM: nothing is left to clean up. */
cdt_status multi_init(struct multi *m, struct worker *w);
/* All easy handles must be gone. */
void multi_fini(struct multi *m);

/* before, then curl, then after: soon, in this turn of the loop if that is running. */
void multi_kick(struct multi *m);

/* For CURLOPT_CLOSESOCKETFUNCTION, with the multi as its argument; and what
 * CURLOPT_OPENSOCKETFUNCTION must call for it. */
curl_socket_t multi_open(struct multi *m, const struct curl_sockaddr *to);
int multi_close(void *multi, curl_socket_t fd);

#endif

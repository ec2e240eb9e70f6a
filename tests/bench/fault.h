/* bench/fault.h - what goes wrong with the mock's answers.  Steered while it runs:
 *
 *   POST /fault with words in the body; what they do not say is well again:
 *     status=N   refuse with it              retry=N   ...and Retry-After: N seconds
 *     delay=N    milliseconds before the head
 *     stop=ask|head|role|token  where an answer breaks off: before its head, behind it, behind
 *                an event with a role only, behind so many events (after=N, else 1)
 *     then=hang|reset|close|drip|error  how: silence, RST, FIN, a comment each gap=N
 *                milliseconds for ever, an error event and a proper end
 *     for=N      milliseconds that all this lasts; else until the next word
 *     each=N     only each Nth request
 *   GET /fault says what was asked: {"asked":N,"whole":N,"left":N,"busy":N}
 * SPDX-License-Identifier: MIT */
#ifndef BENCH_FAULT_H
#define BENCH_FAULT_H
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum fault_stop { STOP_NEVER, STOP_ASK, STOP_HEAD, STOP_ROLE, STOP_TOKEN };
enum fault_then { THEN_HANG, THEN_RESET, THEN_CLOSE, THEN_DRIP, THEN_ERROR };

struct fault {
	unsigned status, retry_s;
	uint64_t delay_us, gap_us, until_us, each, after;
	enum fault_stop stop;
	enum fault_then then;
};

/* false: a word is not known, and *out is not changed. */
bool fault_read(cdt_str words, uint64_t now_us, struct fault *out);
/* Does it hit the request of that number? */
bool fault_hits(const struct fault *f, uint64_t number, uint64_t now_us);
#endif

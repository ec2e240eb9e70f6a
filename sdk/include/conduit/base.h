/* conduit/base.h - words that every other header uses.  C11, libc headers only.
 *
 * ABI 1 changelog (append only; newest last)
 *   1.0  first release (still a draft: it may change until 1.0.0 is tagged)
 * SPDX-License-Identifier: MIT */
#ifndef CONDUIT_BASE_H
#define CONDUIT_BASE_H
#include <stddef.h>
#include <stdint.h>

#define CDT_ABI_MAJOR 1
#define CDT_ABI_MINOR 0
#define CDT_EXPORT __attribute__((visibility("default")))

/* Borrowed bytes, not NUL-ended.  Frozen.  Valid as long as the call that
 * handed it over, unless its comment says more. */
typedef struct cdt_str { const char *p; size_t n; } cdt_str;
#define CDT_STR(lit) ((cdt_str){ "" lit, sizeof(lit) - 1 })

typedef int32_t cdt_status;
enum {
	CDT_OK            =  0,
	CDT_E_NOMEM       = -1,
	CDT_E_INVALID     = -2,  /* the caller's data can not be served */
	CDT_E_UNSUPPORTED = -3,  /* fine request, but not for this plugin */
	CDT_E_UPSTREAM    = -4,  /* upstream sent what we can not read */
	CDT_E_ABORTED     = -5,  /* the receiver is gone: stop, clean up */
	CDT_E_LIMIT       = -6,  /* a cap of the host was reached */
	CDT_E_MISUSE      = -7,  /* contract broken; a bug in the caller */
	CDT_E_ABSENT      = -8,  /* no such thing: a cache miss */
};

/* Is FIELD inside the struct as the *other side* compiled it? */
#define CDT_HAS(type, ptr, field) \
	((ptr)->size >= offsetof(type, field) + sizeof((ptr)->field))
/* ...and is that function there? */
#define CDT_CAN(type, ptr, fn) (CDT_HAS(type, ptr, fn) && (ptr)->fn)

enum { CDT_LOG_DEBUG = 10, CDT_LOG_INFO = 20, CDT_LOG_WARN = 30, CDT_LOG_ERROR = 40 };
#endif

/* conduit/module.h - the one symbol that a plugin exports.
 * SPDX-License-Identifier: MIT */
#ifndef CONDUIT_MODULE_H
#define CONDUIT_MODULE_H
#include "host.h"

enum { CDT_OPT_TEXT = 1, CDT_OPT_INT, CDT_OPT_REAL, CDT_OPT_FLAG, CDT_OPT_SECRET,
       CDT_OPT_URL, CDT_OPT_DURATION, CDT_OPT_LIST, CDT_OPT_SIZE };
enum { CDT_OPT_REQUIRED = 1 };

/* What open finds in its config: TEXT, SECRET (resolved already), URL: text.  INT: int.  REAL:
 * real.  FLAG: flag.  DURATION ("250ms", "30s"): int, milliseconds.  LIST: list of scalars;
 * its default is written "a, b".  SIZE ("64KiB", "4GiB"): int, bytes.  An option without value
 * and default is absent. */
struct cdt_option {          /* one key of the plugin's config block.  Frozen. */
	const char *name;    /* NULL ends the table */
	uint32_t type, flags;
	const char *dflt;    /* as text, NULL = none */
	const char *help;    /* one line, shown by `conduit plugin show` */
	const void *reserved;
};

struct cdt_feature {         /* one thing that a module provides */
	uint32_t size, flags;
	const char *kind;    /* CDT_KIND_... : names the type of ops */
	const char *name;    /* what the config file calls it */
	const char *summary;
	const struct cdt_option *options;
	const void *ops;
};

struct cdt_module {
	uint32_t size;
	uint16_t abi_minor;  /* of the headers it was built with */
	uint16_t abi_need;   /* lowest host minor it can run on; usually 0 */
	const char *id;      /* reverse domain: "org.example.acme" */
	const char *version, *license, *url;
	const struct cdt_feature *const *features;       /* ends with NULL */
	cdt_status (*load)(const struct cdt_host *);     /* [main] may be NULL */
	void (*unload)(void);                            /* [main] may be NULL */
};

/* A function, not a datum: dlsym is only sure to work for functions.  The
 * number in its name is the ABI major; a module may export several. */
#ifdef __cplusplus
extern "C"
#endif
CDT_EXPORT const struct cdt_module *conduit_module_1(void);

#define CDT_MODULE(...)                                                     \
	const struct cdt_module *conduit_module_1(void)                     \
	{                                                                   \
		static const struct cdt_module m = {                        \
			.size = sizeof m, .abi_minor = CDT_ABI_MINOR,       \
			__VA_ARGS__ };                                      \
		return &m;                                                  \
	}                                                                   \
	_Static_assert(CDT_ABI_MAJOR == 1, "this macro makes ABI 1 modules")
#endif

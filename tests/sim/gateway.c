/* sim/gateway.c - the process that is looked at: its rooms are opened as app.c does, die at
 * once, or are closed in order.
 * SPDX-License-Identifier: MIT */
#include "sim.h"

#include <inttypes.h>

#include "base/mem.h"
#include "flow/guess.h"
#include "ledger/ledger.h"
#include "limit/limiter.h"
#include "router/route.h"

struct gateway gateway;

void gateway_start(void)
{
	static const struct ledger_policy policy = { .charge_all = false };
	char why[256] = "";

	gateway.guesses = mem_new(sizeof *gateway.guesses);
	guesses_init(gateway.guesses);
	gateway.limiter = limiter_new();
	gateway.roster = roster_open(NULL, NULL);
	gateway.ledger = ledger_open(disk_store(), &policy, clocks_wall_ms(), why);
	if (!gateway.ledger && disk_fault() == DISK_FINE)
		sim_fail("the ledger does not open: %s", why);
	trace_note("start", gateway.starts++, gateway.ledger != NULL);
	if (!gateway.ledger)                   /* the disk is full: the next try */
		return;
	truth_start();
	truth_time(ledger_now(gateway.ledger));
	truth_verify();
}

void gateway_crash(void)
{
	queue_crash();
	disk_crash();
	keeper_crash();
	visits_crash();
	upstreams_crash();
	leases_crash();
	heap_crash();
	gateway.ledger = NULL;
}

void gateway_end(void)
{
	ledger_close(gateway.ledger);
	gateway.ledger = NULL;
	limiter_free(gateway.limiter);
	roster_close(gateway.roster);
	guesses_fini(gateway.guesses);
	mem_free(gateway.guesses);
	if (heap_count())
		sim_fail("%zu pieces of memory were not given back", heap_count());
}

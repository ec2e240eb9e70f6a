/* crash/spend.c - spends money until it is killed, and says what is left of it afterwards.
 *
 *   spend run DIR ACKS FROM [MAP_BYTES]
 *                             holds and settles, numbered from FROM; what has been promised
 *                             goes to ACKS: "h NUMBER" for a hold, "s NUMBER" for a charge
 *   spend check DIR ACKS      opens what is in DIR as the next start would, and compares;
 *                             exit 0: every promise was kept
 *
 * With MAP_BYTES the store is expected to fail: a hold that is not granted ends its chain.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "ledger/ledger.h"
#include "loop/worker.h"
#include "store/store.h"

enum { MAP_BYTES = 256 << 20, CHAINS = 8, MARGIN = 7, ACCOUNTS = 3 };
enum { PROMISED_HOLD = 1, PROMISED_CHARGE = 2, ENTRY_SEEN = 4 };

static const struct ledger_policy policy = { .charge_all = false };

static int64_t amount_of(uint64_t n) { return 2000 + (int64_t)(n % 1000); }
static int64_t charge_of(uint64_t n) { return 1000 + (int64_t)(n % 997); }

static void fail(const char *what)
{
	(void)fprintf(stderr, "spend: %s\n", what);
	exit(2);
}

/* --- run --- */

struct spender {
	struct ledger *ledger;
	struct worker *worker;
	uint64_t next;
	int acks;
	bool suffers;                  /* the store will fail */
};

struct chain { struct spender *spender; uint64_t number; struct ledger_hold *hold; };

/* A promise must be out before anything is built on it. */
static void promise(struct spender *s, char what, uint64_t number)
{
	char line[32];
	int n = snprintf(line, sizeof line, "%c %" PRIu64 "\n", what, number);

	if (write(s->acks, line, (size_t)n) != n)
		fail("a promise can not be written");
}

static void begin(struct chain *c);

static void on_settled(void *arg)
{
	struct chain *c = arg;

	promise(c->spender, 's', c->number);
	begin(c);
}

static void on_held(void *arg, enum ledger_answer a, uint32_t refused)
{
	struct chain *c = arg;
	struct entry e = { .kind = ENTRY_POST, .reason = REASON_REPORTED,
	                   .amount = charge_of(c->number) };

	(void)refused;
	if (a == LEDGER_CLOSED && c->spender->suffers) {       /* it will not be otherwise */
		mem_free(c);
		return;
	}
	if (a != LEDGER_GRANTED)
		fail("a hold was not granted");
	promise(c->spender, 'h', c->number);
	ledger_settle(c->hold, &e, NULL, on_settled, c);
}

static void begin(struct chain *c)
{
	struct spender *s = c->spender;
	int64_t limits[ACCOUNTS] = { INT64_MAX, INT64_MAX, LIMIT_NONE };
	struct hold h = { .account_count = ACCOUNTS, .margin = MARGIN };
	char text[REQUEST_SIZE];

	c->number = s->next++;
	h.amount = amount_of(c->number);
	(void)snprintf(text, sizeof text, "%" PRIu64, c->number);
	fixed_text(h.request, sizeof h.request, str_z(text));
	for (uint32_t i = 0; i < ACCOUNTS; i++) {
		h.account[i].kind = OWNER_KEY;
		h.account[i].budget = i;
		(void)snprintf(text, sizeof text, "key%" PRIu64, c->number % 5);
		fixed_text(h.account[i].owner, OWNER_SIZE, str_z(text));
	}
	c->hold = ledger_hold(s->ledger, &h, limits, s->worker, on_held, c);
}

static void begin_all(void *arg)
{
	for (int i = 0; i < CHAINS; i++) {
		struct chain *c = mem_new(sizeof *c);

		c->spender = arg;
		begin(c);
	}
}

static struct ledger *open_both(const char *dir, uint64_t map_bytes, struct store **store)
{
	char why[256];
	struct ledger *l;

	*store = store_open(dir, map_bytes, why);
	if (!*store)
		fail(why);
	l = ledger_open(*store, &policy, 1, why);
	if (!l)
		fail(why);
	return l;
}

static int run(const char *dir, const char *acks, const char *from, const char *map)
{
	uint64_t map_bytes = map ? strtoull(map, NULL, 10) : MAP_BYTES;
	struct store *store;
	struct spender s = { .ledger = open_both(dir, map_bytes, &store),
	                     .worker = worker_new(0), .suffers = map != NULL };

	s.next = strtoull(from, NULL, 10);
	s.acks = open(acks, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (s.acks < 0)
		fail("the file of promises can not be opened");
	worker_post(s.worker, begin_all, &s);
	worker_run(s.worker);
	return 0;
}

/* --- check --- */

struct checker {
	uint8_t *seen;                 /* by number */
	uint64_t count;
	uint64_t kept, recovered, faults;
};

static void blame(struct checker *c, const char *what, uint64_t number)
{
	if (c->faults++ < 10)
		printf("%s: %" PRIu64 "\n", what, number);
}

static void read_promises(struct checker *c, const char *path)
{
	FILE *f = fopen(path, "r");
	uint64_t number;
	char what;

	while (f && fscanf(f, "%c %" SCNu64 "\n", &what, &number) == 2) {
		while (number >= c->count) {
			c->seen = mem_resize(c->seen, 2 * c->count);
			memset(c->seen + c->count, 0, c->count);
			c->count *= 2;
		}
		c->seen[number] |= what == 'h' ? PROMISED_HOLD : PROMISED_CHARGE;
	}
	if (f)
		(void)fclose(f);
}

static void check_entry(struct checker *c, cdt_str value)
{
	struct entry e;
	uint64_t n;
	uint8_t was;

	if (!entry_decode(value, &e) ||
	    !str_u64(str_from(e.request, strnlen(e.request, REQUEST_SIZE)), &n)) {
		blame(c, "an entry can not be read", c->kept);
		return;
	}
	was = n < c->count ? c->seen[n] : 0;
	if (was & ENTRY_SEEN)
		blame(c, "charged twice", n);
	if (e.held != amount_of(n))
		blame(c, "held another amount", n);
	if (e.kind == ENTRY_POST && (!(was & PROMISED_HOLD) || e.amount != charge_of(n)))
		blame(c, "a charge that nobody made", n);
	if (e.kind == ENTRY_RECOVER && ((was & PROMISED_CHARGE) || e.amount != MARGIN))
		blame(c, "a charge was lost", n);
	if (e.kind != ENTRY_POST && e.kind != ENTRY_RECOVER)
		blame(c, "an entry of another kind", n);
	c->kept += e.kind == ENTRY_POST;
	c->recovered += e.kind == ENTRY_RECOVER;
	if (n < c->count)
		c->seen[n] |= ENTRY_SEEN;
}

static void check_entries(struct checker *c, struct store *s)
{
	struct store_read *r = store_read_begin(s);
	cdt_str key = CDT_STR(""), value;

	while (r && store_next(r, STORE_ENTRIES, key.n > 0, &key, &value) == CDT_OK)
		check_entry(c, value);
	store_read_end(r);
	for (uint64_t n = 0; n < c->count; n++)
		if (c->seen[n] && !(c->seen[n] & ENTRY_SEEN))
			blame(c, "a promise without an entry", n);
}

static int check(const char *dir, const char *acks)
{
	struct checker c = { .count = 1 << 16 };
	struct book_sums sums;
	struct store *store;
	struct ledger *l = open_both(dir, MAP_BYTES, &store);
	char why[256];

	c.seen = mem_new(c.count);
	read_promises(&c, acks);
	check_entries(&c, store);
	if (ledger_verify(l, &sums, why) != CDT_OK || sums.holds) {
		blame(&c, "the sums do not agree; holds", sums.holds);
		printf("%s\n", why);
	}
	printf("%" PRIu64 " charged, %" PRIu64 " recovered, %" PRIu64 " faults\n", c.kept,
	       c.recovered, c.faults);
	store_close(store);
	ledger_close(l);
	mem_free(c.seen);
	return c.faults > 0;
}

int main(int argc, char **argv)
{
	if ((argc == 5 || argc == 6) && !strcmp(argv[1], "run"))
		return run(argv[2], argv[3], argv[4], argv[5]);
	if (argc == 4 && !strcmp(argv[1], "check"))
		return check(argv[2], argv[3]);
	fail("usage: spend run DIR ACKS FROM [MAP_BYTES], or spend check DIR ACKS");
}

/* sim/owners.c - keys and groups with budgets of many kinds, and an operator who changes them
 * while money is held.  Values that were handed out stay as they were, as in the key ring.
 * SPDX-License-Identifier: MIT */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/budgets.h"
#include "auth/key.h"
#include "base/str.h"
#include "ledger/zone.h"

enum { OWNERS = KEYS + GROUPS, KEPT_MAX = 4096, ZONES = 9, SMALL = 4 };

/* What a key points to, with it. */
struct owner {
	struct key key;
	struct budget budgets[SMALL];
	struct config_limits limits;
	char *models[1];
};

static struct owner *current[OWNERS];          /* NULL: deleted */
static struct owner *kept[KEPT_MAX];
static size_t kept_count;
static char names[OWNERS][KEY_ID_SIZE + 1];
static char all_a[] = "model-a*";

static const char *const zone_names[ZONES] = {
	"UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia",
	"America/Havana", "Africa/Casablanca", "Asia/Kolkata", "Antarctica/Troll",
};
static char zone_texts[ZONES][ZONE_NAME_MAX + 1];
static const struct zone *zones[ZONES];

/* Files of the tests, so that every machine has the same. */
void owners_open(void)
{
	struct zone *z;

	zones[0] = zone_utc();
	for (size_t i = 1; i < ZONES; i++) {
		(void)snprintf(zone_texts[i], sizeof zone_texts[i], "%s", zone_names[i]);
		if (zone_load(SIM_ZONES, str_z(zone_names[i]), &z) != CDT_OK)
			sim_fail("the zone %s can not be read from %s", zone_names[i],
			         SIM_ZONES);
		zones[i] = z;
	}
	heap_keep();
}

/* Some are soon used up. */
static int64_t draw_usd(void)
{
	return dice_between(0, dice(3) ? 20000 : 400) * 1000000;
}

static void draw_budget(struct budget *b, struct owner *o)
{
	static const char *const periods[] = { "total", "day", "week", "month", "every 5h",
	                                       "every 90s" };
	size_t z = dice(ZONES);

	*b = (struct budget){ .nanousd = draw_usd(), .zone = zones[z] };
	b->timezone = z ? zone_texts[z] : NULL;
	b->watches = dice_permille(150);
	(void)period_parse(str_z(periods[dice(sizeof periods / sizeof *periods)]), &b->period);
	if (dice_permille(200)) {
		o->models[0] = all_a;
		b->models = o->models;
		b->model_count = 1;
	}
	b->number = budget_number(b);
}

static void draw_budgets(struct owner *o)
{
	size_t wanted = dice(SMALL + 1), n = 0;

	for (size_t i = 0; i < wanted; i++) {
		bool again = false;

		draw_budget(&o->budgets[n], o);
		for (size_t k = 0; k < n; k++)
			again |= o->budgets[k].number == o->budgets[n].number;
		n += !again;
	}
	o->key.budget_count = (uint8_t)n;
}

static void draw_limits(struct owner *o)
{
	o->limits = (struct config_limits){ .max = {
		[LIMIT_RPM] = dice_between(5, 120), [LIMIT_TPM] = dice_between(2000, 200000),
		[LIMIT_CONCURRENCY] = dice_between(1, 20),
	} };
	if (dice_permille(300))
		o->limits.max[LIMIT_OUTPUT_TPM] = dice_between(1000, 100000);
	if (dice_permille(100))
		o->limits.shadowed = LIMITS_ALL_SHADOWED;
}

static struct owner *keep(const struct owner *from)
{
	struct owner *o = malloc(sizeof *o);

	if (!o || kept_count == KEPT_MAX)
		sim_fail("too many changes of keys");
	kept[kept_count++] = o;
	memcpy(o, from, sizeof *o);
	o->key.budgets = o->budgets;
	o->key.limits = &o->limits;
	for (size_t i = 0; i < o->key.budget_count; i++)
		if (o->budgets[i].model_count)
			o->budgets[i].models = o->models;
	return o;
}

static void make(size_t i)
{
	struct owner o;

	memset(&o, 0, sizeof o);
	(void)snprintf(names[i], sizeof names[i], "%s%u", i < KEYS ? "key" : "group",
	               (unsigned)i % 100);
	o.key.is_group = i >= KEYS;
	if (o.key.is_group)
		o.key.name = names[i];
	else
		(void)snprintf(o.key.id, sizeof o.key.id, "%s", names[i]);
	if (i % 3)                             /* two of three keys are in a group */
		o.key.group = i < KEYS ? names[KEYS + i % GROUPS] : NULL;
	o.key.created_ms = clocks_wall_ms();
	o.key.prepaid = o.key.is_group && dice(2);
	o.key.credit = o.key.prepaid ? draw_usd() : 0;
	o.key.clamps = dice(2);
	o.key.drains = dice_permille(300);
	draw_budgets(&o);
	draw_limits(&o);
	current[i] = keep(&o);
}

void owners_reset(void)
{
	while (kept_count)
		free(kept[--kept_count]);
	for (size_t i = 0; i < OWNERS; i++)
		make(i);
}

const struct key *owners_key(size_t i)
{
	return current[i] ? &current[i]->key : NULL;
}

const struct key *owners_group_of(const struct key *k)
{
	for (size_t i = KEYS; k->group && i < OWNERS; i++)
		if (current[i] && !strcmp(k->group, names[i]))
			return &current[i]->key;
	return NULL;
}

static void change(struct owner *o)
{
	struct budget *b = o->key.budget_count ? &o->budgets[dice(o->key.budget_count)] : NULL;

	switch (dice(6)) {
	case 0:
		draw_budgets(o);               /* other periods, zones, models */
		break;
	case 1:
		draw_limits(o);
		break;
	case 2:
		if (b)
			b->nanousd /= 4;
		break;
	case 3:
		if (b)
			b->nanousd += draw_usd();
		break;
	case 4:
		o->key.drains = !o->key.drains;
		o->key.clamps = dice(2);
		break;
	default:
		if (o->key.prepaid)
			o->key.credit += draw_usd() - 50000000;
		if (o->key.credit < 0)
			o->key.credit = 0;
	}
}

void owners_change(void)
{
	size_t i = dice(OWNERS);
	struct owner *o;

	trace_note("owner", i, current[i] != NULL);
	if (!current[i]) {
		make(i);                       /* anew, under the old name */
	} else if (dice_permille(60)) {
		current[i] = NULL;
	} else {
		o = keep(current[i]);
		change(o);
		current[i] = o;
	}
}

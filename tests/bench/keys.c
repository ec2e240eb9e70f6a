/* bench/keys.c - a million keys: how long the ring takes to start and to look one up, and what
 * it needs of memory.  usage: keys [COUNT [DIR]]; each key has a name and a limit, one of ten
 * has models, metadata and a budget, too.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/keyring.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/store.h"

enum { SAMPLES = 1000000, SPECIAL = 10, WAIT_EVERY = 20000 };
#define MAP_SIZE (8ULL << 30)

static cdt_status nothing(void *arg, struct store_txn *t)
{
	(void)arg, (void)t;
	return CDT_OK;
}

static void dress(struct key *k, size_t i)
{
	static const char special[] = "{\"models\":[\"gpt-*\",\"small\"],"
	                              "\"budgets\":[{\"usd\":\"5\",\"period\":\"month\"}],"
	                              "\"metadata\":{\"team\":\"one\",\"floor\":3}}";
	char body[64];
	struct json *j;
	struct problem p;
	struct arena a;

	(void)snprintf(body, sizeof body, "{\"name\":\"user %zu\",\"rpm\":60}", i);
	arena_init(&a, 1024, 8192);
	j = json_parse(str_z(body));
	(void)key_apply_json(k, j, &a, &p);            /* is as it should be */
	json_free(j);
	j = json_parse(str_z(special));
	if (i % SPECIAL == 0)
		(void)key_apply_json(k, j, &a, &p);
	json_free(j);
	arena_fini(&a);
}

/* In a process of its own, so that its memory is not counted. */
static void fill(const char *dir, size_t count)
{
	static const struct keyring_asker nobody;
	char why[256], text[KEY_TEXT_SIZE + 1];
	struct store *s = store_open(dir, MAP_SIZE, why);
	struct keyring *r = s ? keyring_open(s, dir, why) : NULL;
	char path[512];
	FILE *out;

	(void)snprintf(path, sizeof path, "%s/texts", dir);
	out = fopen(path, "we");
	if (!r || !out)
		exit(1);
	for (size_t i = 0; i < count; i++) {
		struct key *k = mem_new(sizeof *k);

		key_text_make(k->id, text);
		keyring_hash(r, str_z(text), k->hash);
		dress(k, i);
		fprintf(out, "%s\n", text);
		(void)keyring_put_give(r, k, &nobody);
		if (i % WAIT_EVERY == 0)
			(void)store_run(s, nothing, NULL);
	}
	(void)fclose(out);
	store_close(s);
	keyring_close(r);
	exit(0);
}

static long kib(const char *name)
{
	char line[256];
	long found = 0;
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, name, strlen(name)))
			found = strtol(line + strlen(name) + 1, NULL, 10);
	if (f)
		(void)fclose(f);
	return found;
}

static void look_up(struct keyring *r, const char *dir, const char *what)
{
	static char texts[SAMPLES][KEY_TEXT_SIZE + 2];
	char path[512];
	struct problem p;
	struct arena a;
	size_t n = 0, good = 0;
	uint64_t start_us;
	FILE *in;

	(void)snprintf(path, sizeof path, "%s/texts", dir);
	in = fopen(path, "re");
	while (in && n < SAMPLES && fgets(texts[n], sizeof texts[n], in))
		n++;
	if (in)
		(void)fclose(in);
	arena_init(&a, 1024, 8192);
	start_us = clock_us();
	for (size_t i = 0; i < n; i++) {
		const char *text = texts[(i * 7919) % n];
		struct key *k = keyring_prove(r, str_from(text, KEY_TEXT_SIZE), 1, &a, &p);

		good += k != NULL;
		keyring_give(r, k);
	}
	printf("%-22s %8.3f us   (%zu of %zu proven)\n", what,
	       (double)(clock_us() - start_us) / (double)(n ? n : 1), good, n);
	arena_fini(&a);
}

int main(int argc, char **argv)
{
	size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
	char made[] = "/tmp/conduit-keys-XXXXXX", why[256] = "";
	const char *dir = argc > 2 ? argv[2] : mkdtemp(made);
	struct store *s;
	struct keyring *r;
	uint64_t start_us;
	pid_t filler = fork();

	if (!filler)
		fill(dir, count);
	(void)waitpid(filler, NULL, 0);
	start_us = clock_us();
	s = store_open(dir, MAP_SIZE, why);
	r = s ? keyring_open(s, dir, why) : NULL;
	if (!r) {
		fprintf(stderr, "keys: %s\n", why);
		return 1;
	}
	printf("%-22s %8.3f s    (%zu keys)\n", "start",
	       (double)(clock_us() - start_us) / 1e6, keyring_count(r));
	printf("%-22s %8.1f MiB  (memory %.1f, pages of the store's file %.1f)\n",
	       "resident", (double)kib("VmRSS:") / 1024, (double)kib("RssAnon:") / 1024,
	       (double)kib("RssFile:") / 1024);
	look_up(r, dir, "first look-up of each");
	look_up(r, dir, "later look-ups");
	printf("left behind: %s\n", dir);
	store_close(s);
	keyring_close(r);
	return 0;
}

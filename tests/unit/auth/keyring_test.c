/* All keys: proof, changes, first start and restart (with pepper.c).
 * SPDX-License-Identifier: MIT */
#include "auth/keyring.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "loop/worker.h"
#include "store/store.h"
#include "unit/unit.h"

enum { MAP = 256 << 20, MANY = UNIT_MANY(100000), PROVERS = 3, PROOFS = 3000 };

struct place {
	char *dir;
	struct store *s;
	struct keyring *r;
	struct arena a;
	struct problem p;
	char why[256];
};

static void open_rooms(struct place *p)
{
	p->s = store_open(p->dir, MAP, p->why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p->s);
	p->r = keyring_open(p->s, p->dir, p->why);
}

static void close_rooms(struct place *p)
{
	store_close(p->s);
	keyring_close(p->r);
}

static struct place *open_place(void)
{
	struct place *p = mem_new(sizeof *p);

	p->dir = unit_dir_new();
	arena_init(&p->a, 1024, 1 << 20);
	open_rooms(p);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p->r);
	return p;
}

static void close_place(struct place *p)
{
	close_rooms(p);
	arena_fini(&p->a);
	unit_dir_drop(p->dir);
	mem_free(p);
}

static const struct keyring_asker nobody;

static cdt_status nothing(void *arg, struct store_txn *t)
{
	(void)arg, (void)t;
	return CDT_OK;
}

static void keep_status(void *arg, cdt_status st)
{
	*(cdt_status *)arg = st;
}

/* Changes are settled in order, so the empty one comes last. */
static cdt_status put(struct place *p, struct key *k)
{
	cdt_status st = 1;
	const struct keyring_asker by = { .finished = keep_status, .arg = &st };

	CU_ASSERT_EQUAL(keyring_put_give(p->r, k, &by), CDT_OK);
	CU_ASSERT_EQUAL(store_run(p->s, nothing, NULL), CDT_OK);
	return st;
}

static cdt_status drop_version(struct place *p, const char *id, uint32_t version)
{
	cdt_status st = 1;
	const struct keyring_asker by = { .finished = keep_status, .arg = &st };

	CU_ASSERT_EQUAL(keyring_delete(p->r, str_z(id), version, &by), CDT_OK);
	CU_ASSERT_EQUAL(store_run(p->s, nothing, NULL), CDT_OK);
	return st;
}

static cdt_status drop(struct place *p, const char *id)
{
	return drop_version(p, id, 0);
}

static struct key *new_key(struct place *p, char text[KEY_TEXT_SIZE + 1])
{
	struct key *k = mem_new(sizeof *k);

	key_text_make(k->id, text);
	keyring_hash(p->r, str_from(text, KEY_TEXT_SIZE), k->hash);
	return k;
}

static bool proves_at(struct place *p, const char *text, int64_t wall_ms)
{
	struct key *k = keyring_prove(p->r, str_z(text), wall_ms, &p->a, &p->p);

	keyring_give(p->r, k);
	return k != NULL;
}

static bool proves(struct place *p, const char *text)
{
	return proves_at(p, text, 0);
}

/* Another secret of the key; the old one is good until until_ms. */
static void rotate(struct place *p, char text[KEY_TEXT_SIZE + 1], int64_t until_ms)
{
	struct key *now = keyring_take(p->r, str_from(text + 6, KEY_ID_SIZE));
	struct key *k = key_copy(now);
	uint8_t hash[SHA256_SIZE];

	keyring_give(p->r, now);
	key_text_make(k->id, text);
	keyring_hash(p->r, str_z(text), hash);
	key_rotate(k, hash, until_ms);
	CU_ASSERT_EQUAL(put(p, k), CDT_OK);
}

static void a_key_proves_itself_and_only_itself(void)
{
	struct place *p = open_place();
	char text[KEY_TEXT_SIZE + 1], other[KEY_TEXT_SIZE + 1], id[KEY_ID_SIZE + 1] = "";
	struct key *k = new_key(p, text);

	memcpy(id, k->id, sizeof id);
	CU_ASSERT(!proves(p, text));
	CU_ASSERT_EQUAL(put(p, k), CDT_OK);
	CU_ASSERT(proves(p, text));
	key_text_make(id, other);                      /* right id, wrong secret */
	CU_ASSERT(!proves(p, other));
	CU_ASSERT_EQUAL(p->p.cause, PROBLEM_BAD_KEY);
	id[0] = '\0';
	key_text_make(id, other);                      /* nobody's */
	CU_ASSERT(!proves(p, other));
	CU_ASSERT_EQUAL(p->p.cause, PROBLEM_BAD_KEY);
	CU_ASSERT_EQUAL(p->p.status, 401);
	text[30] = text[30] == 'a' ? 'b' : 'a';        /* a typing error */
	CU_ASSERT(!proves(p, text));
	CU_ASSERT_EQUAL(p->p.cause, PROBLEM_BAD_KEY);
	CU_ASSERT(str_search(p->p.error.message, str_from(text + 19, 20)) ==
	          p->p.error.message.n);
	CU_ASSERT(!proves(p, ""));
	CU_ASSERT_EQUAL(p->p.cause, PROBLEM_NO_KEY);
	close_place(p);
}

static void a_proof_takes_no_memory(void)
{
	struct place *p = open_place();
	char text[KEY_TEXT_SIZE + 1];

	CU_ASSERT_EQUAL(put(p, new_key(p, text)), CDT_OK);
	for (int i = 0; i < 100; i++)
		CU_ASSERT(proves(p, text));
	CU_ASSERT_EQUAL(p->a.used_bytes, 0);
	close_place(p);
}

static void keys_are_there_after_a_restart(void)
{
	struct place *p = open_place();
	char text[KEY_TEXT_SIZE + 1];
	struct key *k = new_key(p, text);

	k->name = mem_text("kept", 4);
	CU_ASSERT_EQUAL(put(p, k), CDT_OK);
	close_rooms(p);
	open_rooms(p);
	k = keyring_prove(p->r, str_z(text), 0, &p->a, &p->p);
	CU_ASSERT_PTR_NOT_NULL_FATAL(k);
	CU_ASSERT_STRING_EQUAL(k->name, "kept");
	CU_ASSERT_EQUAL(k->version, 1);
	CU_ASSERT(k->created_ms > 0);
	keyring_give(p->r, k);
	CU_ASSERT_EQUAL(keyring_count(p->r), 1);
	close_place(p);
}

static void a_changed_copy_replaces_and_a_stale_one_does_not(void)
{
	struct place *p = open_place();
	char text[KEY_TEXT_SIZE + 1];
	struct key *k = new_key(p, text), *held, *one, *two;
	char id[KEY_ID_SIZE + 1];

	memcpy(id, k->id, sizeof id);
	CU_ASSERT_EQUAL(put(p, k), CDT_OK);
	held = keyring_take(p->r, str_z(id));
	one = key_copy(held);
	two = key_copy(held);
	one->disabled = true;
	CU_ASSERT_EQUAL(put(p, one), CDT_OK);
	CU_ASSERT_EQUAL(put(p, two), CDT_E_INVALID);
	CU_ASSERT(!held->disabled);                    /* immutable for who holds it */
	keyring_give(p->r, held);
	held = keyring_take(p->r, str_z(id));
	CU_ASSERT(held->disabled);
	CU_ASSERT_EQUAL(held->version, 2);
	keyring_give(p->r, held);
	CU_ASSERT_EQUAL(drop_version(p, id, 1), CDT_E_INVALID);
	CU_ASSERT_EQUAL(keyring_count(p->r), 1);
	CU_ASSERT_EQUAL(drop_version(p, id, 2), CDT_OK);
	CU_ASSERT_EQUAL(keyring_count(p->r), 0);
	close_place(p);
}

static void a_new_hash_ends_the_old_secret(void)
{
	struct place *p = open_place();
	char old[KEY_TEXT_SIZE + 1], text[KEY_TEXT_SIZE + 1];
	struct key *k = new_key(p, old), *changed;

	changed = key_copy(k);
	changed->version = 1;
	CU_ASSERT_EQUAL(put(p, k), CDT_OK);
	key_text_make(changed->id, text);
	keyring_hash(p->r, str_z(text), changed->hash);
	CU_ASSERT_EQUAL(put(p, changed), CDT_OK);
	CU_ASSERT(!proves(p, old));
	CU_ASSERT(proves(p, text));
	close_place(p);
}

static void an_old_secret_works_until_its_overlap_ends(void)
{
	struct place *p = open_place();
	char first[KEY_TEXT_SIZE + 1], text[KEY_TEXT_SIZE + 1], second[KEY_TEXT_SIZE + 1];

	CU_ASSERT_EQUAL(put(p, new_key(p, text)), CDT_OK);
	memcpy(first, text, sizeof first);
	CU_ASSERT(proves(p, first));
	rotate(p, text, 5000);
	for (int restarted = 0; restarted < 2; restarted++) {
		CU_ASSERT(proves_at(p, first, 4999));
		CU_ASSERT(proves_at(p, text, 4999));
		CU_ASSERT(!proves_at(p, first, 5000));
		CU_ASSERT_EQUAL(p->p.cause, PROBLEM_BAD_KEY);
		CU_ASSERT(proves_at(p, text, 5000));
		close_rooms(p);
		open_rooms(p);
	}
	memcpy(second, text, sizeof second);
	rotate(p, text, 9000);                         /* within the first overlap */
	CU_ASSERT(!proves_at(p, first, 1000));
	CU_ASSERT(proves_at(p, second, 1000));
	CU_ASSERT(proves_at(p, text, 1000));
	rotate(p, text, 0);
	CU_ASSERT(!proves_at(p, second, 1000));
	CU_ASSERT(proves_at(p, text, 1000));
	close_place(p);
}

static void a_deleted_key_is_gone_and_does_not_come_back(void)
{
	struct place *p = open_place();
	char text[KEY_TEXT_SIZE + 1], id[KEY_ID_SIZE + 1];
	struct key *k = new_key(p, text), *held, *copy;

	memcpy(id, k->id, sizeof id);
	CU_ASSERT_EQUAL(put(p, k), CDT_OK);
	held = keyring_take(p->r, str_z(id));
	copy = key_copy(held);
	CU_ASSERT_EQUAL(drop(p, id), CDT_OK);
	CU_ASSERT(!proves(p, text));
	CU_ASSERT_EQUAL(drop(p, id), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(put(p, copy), CDT_E_ABSENT);
	CU_ASSERT_STRING_EQUAL(held->id, id);          /* still ours to read */
	keyring_give(p->r, held);
	CU_ASSERT_EQUAL(keyring_count(p->r), 0);
	close_rooms(p);
	open_rooms(p);
	CU_ASSERT_EQUAL(keyring_count(p->r), 0);
	close_place(p);
}

static void a_new_key_does_not_replace_one(void)
{
	struct place *p = open_place();
	char text[KEY_TEXT_SIZE + 1];
	struct key *k = new_key(p, text), *twin = key_copy(k);

	CU_ASSERT_EQUAL(put(p, k), CDT_OK);
	CU_ASSERT_EQUAL(put(p, twin), CDT_E_INVALID);
	CU_ASSERT(proves(p, text));
	CU_ASSERT_EQUAL(keyring_put_give(p->r, mem_new(sizeof *k), &nobody),
	                CDT_E_MISUSE);
	CU_ASSERT_EQUAL(keyring_delete(p->r, CDT_STR("x"), 0, &nobody), CDT_E_ABSENT);
	close_place(p);
}

static struct key *new_group(const char *name)
{
	struct key *k = mem_new(sizeof *k);

	k->is_group = true;
	k->name = mem_text(name, strlen(name));
	return k;
}

static cdt_status drop_group(struct place *p, const char *name)
{
	cdt_status st = 1;
	const struct keyring_asker by = { .finished = keep_status, .arg = &st };

	CU_ASSERT_EQUAL(keyring_delete_group(p->r, str_z(name), 0, &by), CDT_OK);
	CU_ASSERT_EQUAL(store_run(p->s, nothing, NULL), CDT_OK);
	return st;
}

static void a_group_stays_while_it_has_keys(void)
{
	struct place *p = open_place();
	char text[KEY_TEXT_SIZE + 1];
	struct key *k = new_key(p, text), *moved;

	k->group = mem_text("none", 4);
	moved = key_copy(k);
	CU_ASSERT_EQUAL(put(p, k), CDT_E_UNSUPPORTED);
	CU_ASSERT(!proves(p, text));
	CU_ASSERT_EQUAL(put(p, new_group("none")), CDT_OK);
	CU_ASSERT_EQUAL(put(p, new_group("none")), CDT_E_INVALID);
	CU_ASSERT_EQUAL(put(p, new_group("other")), CDT_OK);
	CU_ASSERT_EQUAL(put(p, moved), CDT_OK);
	CU_ASSERT_EQUAL(drop_group(p, "none"), CDT_E_UNSUPPORTED);
	close_rooms(p);
	open_rooms(p);
	moved = keyring_take(p->r, str_from(text + 6, KEY_ID_SIZE));
	CU_ASSERT_STRING_EQUAL(moved->group, "none");
	k = key_copy(moved);
	keyring_give(p->r, moved);
	mem_free(k->group);
	k->group = mem_text("other", 5);
	CU_ASSERT_EQUAL(put(p, k), CDT_OK);
	CU_ASSERT_EQUAL(drop_group(p, "none"), CDT_OK);
	CU_ASSERT_EQUAL(drop_group(p, "none"), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(drop_group(p, "other"), CDT_E_UNSUPPORTED);
	text[6 + KEY_ID_SIZE] = '\0';
	CU_ASSERT_EQUAL(drop(p, text + 6), CDT_OK);
	CU_ASSERT_EQUAL(drop_group(p, "other"), CDT_OK);
	CU_ASSERT_PTR_NULL(keyring_take_group(p->r, CDT_STR("other")));
	close_place(p);
}

static void a_group_and_its_key_come_and_go_in_one_commit(void)
{
	struct place *p = open_place();
	char text[KEY_TEXT_SIZE + 1];
	struct key *k = new_key(p, text);
	cdt_status st[3] = { 1, 1, 1 };
	struct keyring_asker by = { .finished = keep_status, .arg = &st[0] };

	k->group = mem_text("g", 1);
	CU_ASSERT_EQUAL(keyring_put_give(p->r, new_group("g"), &by), CDT_OK);
	by.arg = &st[1];
	CU_ASSERT_EQUAL(keyring_put_give(p->r, k, &by), CDT_OK);
	by.arg = &st[2];
	CU_ASSERT_EQUAL(keyring_delete_group(p->r, CDT_STR("g"), 0, &by), CDT_OK);
	CU_ASSERT_EQUAL(store_run(p->s, nothing, NULL), CDT_OK);
	CU_ASSERT_EQUAL(st[0], CDT_OK);
	CU_ASSERT_EQUAL(st[1], CDT_OK);
	CU_ASSERT_EQUAL(st[2], CDT_E_UNSUPPORTED);
	close_place(p);
}

static void lists_by_pages_in_order(void)
{
	static const char *const ids[] = { "cccccccccccc", "aaaaaaaaaaaa", "bbbbbbbbbbbb" };
	struct place *p = open_place();
	struct key *page[2];
	size_t n;

	for (size_t i = 0; i < 3; i++) {
		struct key *k = mem_new(sizeof *k);

		(void)snprintf(k->id, sizeof k->id, "%s", ids[i]);
		CU_ASSERT_EQUAL(put(p, k), CDT_OK);
	}
	n = keyring_list(p->r, CDT_STR(""), page, 2);
	CU_ASSERT_EQUAL_FATAL(n, 2);
	CU_ASSERT_STRING_EQUAL(page[0]->id, ids[1]);
	CU_ASSERT_STRING_EQUAL(page[1]->id, ids[2]);
	keyring_give(p->r, page[0]);
	n = keyring_list(p->r, str_z(page[1]->id), page, 2);
	CU_ASSERT_EQUAL_FATAL(n, 1);
	CU_ASSERT_STRING_EQUAL(page[0]->id, ids[0]);
	CU_ASSERT_EQUAL(keyring_list(p->r, str_z(ids[0]), page + 1, 1), 0);
	keyring_give(p->r, page[0]);
	keyring_give(p->r, page[1]);
	close_place(p);
}

struct told { struct worker *w; struct place *p; const char *text; bool visible; };

static void on_told(void *arg, cdt_status st)
{
	struct told *t = arg;

	CU_ASSERT_EQUAL(st, CDT_OK);
	CU_ASSERT(worker_is_here(t->w));
	t->visible = proves(t->p, t->text);
	worker_stop(t->w);
}

static void a_worker_is_told_when_the_change_is_visible(void)
{
	struct place *p = open_place();
	char text[KEY_TEXT_SIZE + 1];
	struct key *k = new_key(p, text);
	struct told t = { worker_new(0), p, text, false };
	const struct keyring_asker by = { .worker = t.w, .finished = on_told, .arg = &t };

	CU_ASSERT_EQUAL(worker_start(t.w), CDT_OK);
	CU_ASSERT_EQUAL(keyring_put_give(p->r, k, &by), CDT_OK);
	worker_join(t.w);
	CU_ASSERT(t.visible);
	worker_free(t.w);
	close_place(p);
}

struct prover { struct place *p; const char *text; unsigned good; };

static void *prove_often(void *arg)
{
	struct prover *me = arg;
	struct problem problem;
	struct arena a;

	arena_init(&a, 1024, 8192);
	for (unsigned i = 0; i < PROOFS; i++) {
		struct key *k = keyring_prove(me->p->r, str_z(me->text), 0, &a,
		                              &problem);

		me->good += k && k->id[0];
		keyring_give(me->p->r, k);
	}
	arena_fini(&a);
	return NULL;
}

static void proofs_go_on_while_the_key_changes(void)
{
	struct place *p = open_place();
	char text[KEY_TEXT_SIZE + 1];
	struct key *k = new_key(p, text);
	struct prover provers[PROVERS];
	pthread_t threads[PROVERS];
	cdt_str id = str_from(text + 6, KEY_ID_SIZE);

	CU_ASSERT_EQUAL(put(p, k), CDT_OK);
	for (unsigned i = 0; i < PROVERS; i++) {
		provers[i] = (struct prover){ p, text, 0 };
		pthread_create(&threads[i], NULL, prove_often, &provers[i]);
	}
	for (unsigned i = 0; i < 50; i++) {
		struct key *now = keyring_take(p->r, id);

		CU_ASSERT_EQUAL(put(p, key_copy(now)), CDT_OK);
		keyring_give(p->r, now);
	}
	for (unsigned i = 0; i < PROVERS; i++) {
		pthread_join(threads[i], NULL);
		CU_ASSERT_EQUAL(provers[i].good, PROOFS);
	}
	close_place(p);
}

/* Without a sync for each. */
static void put_many(struct place *p, char (*texts)[KEY_TEXT_SIZE + 1])
{
	for (unsigned i = 0; i < MANY; i++) {
		struct key *k = new_key(p, texts[i]);

		if (i % 10000 == 9999)
			(void)store_run(p->s, nothing, NULL);
		CU_ASSERT_EQUAL(keyring_put_give(p->r, k, &nobody), CDT_OK);
	}
	CU_ASSERT_EQUAL(store_run(p->s, nothing, NULL), CDT_OK);
}

static void many_keys_load_and_prove(void)
{
	struct place *p = open_place();
	char (*texts)[KEY_TEXT_SIZE + 1] = mem_new_array(MANY, sizeof *texts);
	unsigned good = 0;

	put_many(p, texts);
	close_rooms(p);
	open_rooms(p);
	CU_ASSERT_EQUAL(keyring_count(p->r), MANY);
	for (unsigned i = 0; i < MANY; i++)
		good += proves(p, texts[i]);
	CU_ASSERT_EQUAL(good, MANY);
	mem_free(texts);
	close_place(p);
}

static void the_pepper_is_made_once_for_its_owner_only(void)
{
	struct place *p = open_place();
	char path[512], first[80] = "", second[80] = "";
	struct stat about;
	int fd;

	(void)snprintf(path, sizeof path, "%s/pepper", p->dir);
	CU_ASSERT_EQUAL(stat(path, &about), 0);
	CU_ASSERT_EQUAL(about.st_mode & 0777, 0600);
	fd = open(path, O_RDONLY);
	CU_ASSERT_EQUAL(read(fd, first, sizeof first), 65);
	(void)close(fd);
	close_rooms(p);
	open_rooms(p);
	fd = open(path, O_RDONLY);
	CU_ASSERT_EQUAL(read(fd, second, sizeof second), 65);
	(void)close(fd);
	CU_ASSERT_STRING_EQUAL(first, second);
	close_place(p);
}

static void a_lost_or_spoilt_pepper_stops_the_start(void)
{
	struct place *p = open_place();
	char path[512], text[KEY_TEXT_SIZE + 1];

	CU_ASSERT_EQUAL(put(p, new_key(p, text)), CDT_OK);
	close_rooms(p);
	(void)snprintf(path, sizeof path, "%s/pepper", p->dir);
	CU_ASSERT_EQUAL(truncate(path, 10), 0);
	open_rooms(p);
	CU_ASSERT_PTR_NULL(p->r);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->why, "must hold 64 hex digits"));
	close_rooms(p);
	CU_ASSERT_EQUAL(unlink(path), 0);
	open_rooms(p);
	CU_ASSERT_PTR_NULL(p->r);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->why, "is missing, and without it no stored key"));
	close_place(p);
}

static void a_pass_opens_its_key_once_and_soon(void)
{
	char pass[KEY_TEXT_SIZE + 1], text[KEY_TEXT_SIZE + 1];
	struct place *p = open_place();
	struct key *k = new_key(p, text);
	cdt_str id = str_from(text + 6, KEY_ID_SIZE);

	put(p, k);
	keyring_pass(p->r, id, 1000, pass);
	CU_ASSERT_TRUE(proves_at(p, pass, 1000));
	CU_ASSERT_FALSE(proves_at(p, pass, 1000));
	CU_ASSERT_TRUE(proves_at(p, text, 1000));
	keyring_pass(p->r, id, 1000, pass);
	CU_ASSERT_FALSE(proves_at(p, pass, 1000 + PASS_MS));
	close_place(p);
}

static const struct unit_test tests[] = {
	{ "a key proves itself and only itself", a_key_proves_itself_and_only_itself },
	{ "a proof takes no memory", a_proof_takes_no_memory },
	{ "keys are there after a restart", keys_are_there_after_a_restart },
	{ "a changed copy replaces and a stale one does not",
	  a_changed_copy_replaces_and_a_stale_one_does_not },
	{ "a new hash ends the old secret", a_new_hash_ends_the_old_secret },
	{ "an old secret works until its overlap ends",
	  an_old_secret_works_until_its_overlap_ends },
	{ "a deleted key is gone and does not come back",
	  a_deleted_key_is_gone_and_does_not_come_back },
	{ "a new key does not replace one", a_new_key_does_not_replace_one },
	{ "a group stays while it has keys", a_group_stays_while_it_has_keys },
	{ "a group and its key come and go in one commit",
	  a_group_and_its_key_come_and_go_in_one_commit },
	{ "lists by pages in order", lists_by_pages_in_order },
	{ "a worker is told when the change is visible",
	  a_worker_is_told_when_the_change_is_visible },
	{ "proofs go on while the key changes", proofs_go_on_while_the_key_changes },
	{ "many keys load and prove", many_keys_load_and_prove },
	{ "the pepper is made once for its owner only",
	  the_pepper_is_made_once_for_its_owner_only },
	{ "a lost or spoilt pepper stops the start", a_lost_or_spoilt_pepper_stops_the_start },
	{ "a pass opens its key once, and soon", a_pass_opens_its_key_once_and_soon },
	{ NULL, NULL },
};
const struct unit_suite auth_keyring_suite = { "auth/keyring", tests };

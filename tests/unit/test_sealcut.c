/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checkpoints that retention removes: which one is the first that stays, which files go. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/sealcut.h"
#include "suite.h"
#include "testdir.h"

static char directory[TESTDIR_PATH];

static void make_directory(void)
{
	testdir_make(directory, "sealcut");
	ck_assert_int_ge(sodium_init(), 0);
}

static void remove_directory(void)
{
	testdir_remove(directory);
}

/* A .seal that begins with a checkpoint of these. */
static void put_seal(const char *name, const char *segment, uint64_t end, uint64_t index)
{
	struct checkpoint one = { .origin = "hedate/gw1/0123456789abcdef", .index = index };
	uint8_t seed[CHECKPOINT_SEED] = { 7 };
	unsigned char secret[64];
	char text[CHECKPOINT_MAX];

	snprintf(one.at.file, sizeof(one.at.file), "%s", segment);
	one.at.end = end;
	ck_assert_int_eq(crypto_sign_seed_keypair(one.key, secret, seed), 0);
	text[checkpoint_sign(&one, seed, text)] = '\0';
	testdir_put(directory, name, text);
}

START_TEST(test_first)
{
	struct checkpoint first;

	put_seal("hedate-20261120.seal", "hedate-20261120.jsonl", 0, 41);
	ck_assert_int_eq(sealcut_first(directory, "hedate-20261120.jsonl", &first), 0);
	ck_assert_uint_eq(first.index, 41);
	ck_assert_int_eq(sealcut_first(directory, "hedate-20261121.jsonl", &first), -ENOENT);
	ck_assert_int_eq(sealcut_first(directory, "nothing", &first), -EINVAL);
	/* Not of its beginning; of another segment; nothing that is valid. */
	put_seal("hedate-20261121.seal", "hedate-20261121.jsonl", 100, 42);
	ck_assert_int_eq(sealcut_first(directory, "hedate-20261121.jsonl", &first), -ENOENT);
	put_seal("hedate-20261121.seal", "hedate-20261120.jsonl", 0, 42);
	ck_assert_int_eq(sealcut_first(directory, "hedate-20261121.jsonl", &first), -ENOENT);
	testdir_put(directory, "hedate-20261121.seal", "hedate/gw1/0123456789abcdef\n0\n");
	ck_assert_int_eq(sealcut_first(directory, "hedate-20261121.jsonl", &first), -ENOENT);
	testdir_put(directory, "hedate-20261121.seal", "");
	ck_assert_int_eq(sealcut_first(directory, "hedate-20261121.jsonl", &first), -ENOENT);
}
END_TEST

/* What is there: the names, in order, with a space between them. */
static void expect_names(const char *wanted)
{
	struct dirent **entries;
	char names[512] = "";
	int count = scandir(directory, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.')
			snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
				names[0] ? " " : "", entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	ck_assert_str_eq(names, wanted);
}

START_TEST(test_remove)
{
	testdir_put(directory, "hedate-20261118.seal", "a");
	testdir_put(directory, "hedate-20261118.seal.zst", "a");
	testdir_put(directory, "hedate-20261119.jsonl", "a");
	testdir_put(directory, "hedate-20261119.seal.zst", "a");
	testdir_put(directory, "hedate-20261119_01.seal", "a");
	testdir_put(directory, "hedate-20261120.seal", "a");
	testdir_put(directory, "hedate-20261121.seal.zst", "a");
	testdir_put(directory, "hedate.vkey", "a");
	ck_assert_int_eq(sealcut_remove(directory, "hedate-20261119_01.jsonl"), 0);
	expect_names("hedate-20261119.jsonl hedate-20261119_01.seal hedate-20261120.seal "
		     "hedate-20261121.seal.zst hedate.vkey");
	ck_assert_int_eq(sealcut_remove(directory, "hedate-20261122.jsonl"), 0);
	expect_names("hedate-20261119.jsonl hedate.vkey");
	ck_assert_int_eq(sealcut_remove(directory, "hedate-20261122.jsonl"), 0);
	ck_assert_int_eq(sealcut_remove(directory, "nothing"), -EINVAL);
	ck_assert_int_eq(sealcut_remove("/no/such/directory", "hedate-20261122.jsonl"), -ENOENT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sealcut");
	TCase *tests = tcase_create("sealcut");

	tcase_add_checked_fixture(tests, make_directory, remove_directory);
	tcase_add_test(tests, test_first);
	tcase_add_test(tests, test_remove);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

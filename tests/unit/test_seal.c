/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checkpoints and the chain of keys. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../lib/seal.h"
#include "suite.h"
#include "testdir.h"

#define TIME   INT64_C(1795161600123456789)
#define FILE_1 "hedate-20261120.jsonl"
#define FILE_2 "hedate-20261121.jsonl"
#define SEAL_1 "hedate-20261120.seal"
#define SEAL_2 "hedate-20261121.seal"

static char logs[TESTDIR_PATH], keys[TESTDIR_PATH];

static const char *in(const char *directory, const char *name)
{
	static char path[128];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void set_up(void)
{
	testdir_make(logs, "seal-log");
	testdir_make(keys, "seal-keys");
}

static void tear_down(void)
{
	(void)unlink(in(logs, SEAL_1));
	(void)unlink(in(logs, SEAL_2));
	(void)unlink(in(logs, SEAL_VKEY_FILE));
	(void)unlink(in(keys, SEAL_KEY_FILE));
	ck_assert_int_eq(rmdir(logs), 0);
	ck_assert_int_eq(rmdir(keys), 0);
}

static struct logpoint point(const char *file, uint64_t end, uint64_t lines)
{
	struct logpoint at = { .end = end, .sequence = lines };
	struct merkle_hash leaf;
	snprintf(at.file, sizeof(at.file), "%s", file);
	for (uint64_t i = 0; i < lines; i++) {
		merkle_leaf(&i, sizeof(i), &leaf);
		merkle_append(&at.tree, &leaf);
	}
	return at;
}

static size_t get(const char *path, char text[65536])
{
	int fd = open(path, O_RDONLY);
	ssize_t length = fd < 0 ? 0 : read(fd, text, 65535);
	ck_assert_int_ge(length, 0);
	if (fd >= 0)
		close(fd);
	text[length] = '\0';
	return (size_t)length;
}

static void put(const char *path, const char *text, size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, length), (ssize_t)length);
	close(fd);
}

static struct checkpoint sample(uint8_t seed[CHECKPOINT_SEED])
{
	struct checkpoint one = { .index = 7, .time = TIME, .at = point(FILE_1, 4321, 13) };
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	memset(seed, 5, CHECKPOINT_SEED);
	crypto_sign_seed_keypair(one.key, secret, seed);
	memset(one.next, 9, sizeof(one.next));
	checkpoint_origin("gw 1+\xc3\xa9", one.key, one.origin);
	return one;
}

START_TEST(test_form)
{
	uint8_t seed[CHECKPOINT_SEED];
	struct checkpoint one = sample(seed), again;
	char text[CHECKPOINT_MAX], changed[CHECKPOINT_MAX];
	size_t length = checkpoint_sign(&one, seed, text);
	ck_assert_ptr_nonnull(strstr(text, "hedate/gw-1---/"));
	ck_assert_ptr_nonnull(strstr(text, "\n13\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nsegment " FILE_1 " 4321\n"));
	ck_assert_int_eq(checkpoint_parse(text, length, &again), (int)length);
	checkpoint_sign(&again, seed, changed);
	ck_assert_str_eq(text, changed);
	/* What follows belongs to the next one. */
	memcpy(changed, text, length);
	changed[length] = 'x';
	ck_assert_int_eq(checkpoint_parse(changed, length + 1, &again), (int)length);
	/* Nothing can be put in; a NUL ends no line. */
	for (size_t i = 0; i < length; i++) {
		static const char odd[] = { '\0', '\n', '\r', ' ' };
		memcpy(changed, text, i);
		memcpy(changed + i + 1, text + i, length - i);
		for (size_t j = 0; j < sizeof(odd); j++) {
			changed[i] = odd[j];
			if (memcmp(changed, text, length) == 0)
				continue; /* that is behind it */
			ck_assert_int_lt(checkpoint_parse(changed, length + 1, &again), 0);
		}
	}
	/* Nothing can be changed, and nothing left out at the end. */
	for (size_t i = 0; i < length; i++) {
		memcpy(changed, text, length);
		changed[i] ^= 1;
		ck_assert_int_lt(checkpoint_parse(changed, length, &again), 0);
		ck_assert_int_lt(checkpoint_parse(text, i, &again), 0);
	}
}
END_TEST

START_TEST(test_other_key)
{
	uint8_t seed[CHECKPOINT_SEED];
	struct checkpoint one = sample(seed), again;
	char text[CHECKPOINT_MAX];
	seed[0] ^= 1;
	size_t length = checkpoint_sign(&one, seed, text);
	ck_assert_int_eq(checkpoint_parse(text, length, &again), -EBADMSG);
}
END_TEST

START_TEST(test_vkey)
{
	uint8_t seed[CHECKPOINT_SEED], key[CHECKPOINT_KEY];
	struct checkpoint one = sample(seed);
	char text[CHECKPOINT_VKEY_MAX], origin[CHECKPOINT_ORIGIN_MAX];
	checkpoint_vkey(one.origin, one.key, text);
	ck_assert_int_eq(checkpoint_vkey_parse(text, origin, key), 0);
	ck_assert_str_eq(origin, one.origin);
	ck_assert_int_eq(memcmp(key, one.key, sizeof(key)), 0);
	for (size_t i = 0; text[i]; i++) {
		text[i] ^= 1;
		ck_assert_int_eq(checkpoint_vkey_parse(text, origin, key), -EINVAL);
		text[i] ^= 1;
	}
	ck_assert_int_eq(checkpoint_vkey_parse("", origin, key), -EINVAL);
}
END_TEST

START_TEST(test_names)
{
	char name[LOGNAME_MAX], segment[LOGNAME_MAX];
	ck_assert_int_eq(seal_name("hedate-20261120_07.jsonl", name), 0);
	ck_assert_str_eq(name, "hedate-20261120_07.seal");
	ck_assert_int_eq(seal_segment(name, segment), 0);
	ck_assert_str_eq(segment, "hedate-20261120_07.jsonl");
	ck_assert_int_eq(seal_segment("hedate-20261120.jsonl", name), -EINVAL);
	ck_assert_int_eq(seal_name("hedate-2026112.jsonl", name), -EINVAL);
}
END_TEST

static struct seal *begin(bool expect_new)
{
	struct seal *seal;
	bool began;
	ck_assert_int_eq(seal_open(logs, keys, "gw1", &seal, &began), 0);
	ck_assert_int_eq(began, expect_new);
	return seal;
}

static void seal_once(struct seal *seal, const char *file, uint64_t end, uint64_t lines)
{
	const struct logpoint opened = point(file, 0, lines > 2 ? lines - 2 : 0);
	const struct logpoint at = point(file, end, lines);
	ck_assert_int_eq(seal_put(seal, &opened, &at, TIME), 0);
}

/* The checkpoints in both files form one chain. Their number. */
static unsigned int check_chain(void)
{
	static char text[65536];
	const char *files[] = { SEAL_1, SEAL_2 };
	struct checkpoint one, before = { 0 };
	unsigned int count = 0;
	for (size_t i = 0; i < 2; i++) {
		size_t length = get(in(logs, files[i]), text), at = 0;
		while (at < length) {
			int used = checkpoint_parse(text + at, length - at, &one);
			ck_assert_int_gt(used, 0);
			ck_assert_uint_eq(one.index, count);
			if (count > 0)
				ck_assert_int_eq(memcmp(one.key, before.next, CHECKPOINT_KEY), 0);
			before = one;
			count++;
			at += (size_t)used;
		}
	}
	return count;
}

START_TEST(test_chain)
{
	struct checkpoint next;
	struct stat status;
	struct seal *seal = begin(true);
	ck_assert_int_eq(seal_peek(keys, &next), 0);
	ck_assert_uint_eq(next.index, 0);
	seal_once(seal, FILE_1, 100, 2);
	seal_once(seal, FILE_1, 100, 2); /* nothing happened: one all the same */
	seal_close(seal);
	seal = begin(false);
	ck_assert_uint_eq(seal_last(seal)->sequence, 2);
	ck_assert_uint_eq(seal_index(seal), 3);
	seal_once(seal, FILE_2, 50, 4);
	seal_close(seal);
	ck_assert_uint_eq(check_chain(), 5);
	ck_assert_int_eq(stat(in(keys, SEAL_KEY_FILE), &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0600);
	ck_assert_int_eq(seal_peek(keys, &next), 0);
	ck_assert_uint_eq(next.index, 5);
}
END_TEST

/* The seed that the key file had is nowhere in it any more. */
START_TEST(test_erased)
{
	static char old[65536], new[65536];
	struct seal *seal = begin(true);
	get(in(keys, SEAL_KEY_FILE), old);
	/* Whoever held the file open sees it overwritten. */
	int fd = open(in(keys, SEAL_KEY_FILE), O_RDONLY);
	seal_once(seal, FILE_1, 100, 2);
	seal_once(seal, FILE_1, 200, 3);
	seal_close(seal);
	get(in(keys, SEAL_KEY_FILE), new);
	char *seed = strstr(old, "\nseed ");
	ck_assert_ptr_nonnull(seed);
	seed[6 + 44] = '\0';
	ck_assert_ptr_null(strstr(new, seed + 6));
	ck_assert_int_gt(read(fd, old, sizeof(old)), 0);
	close(fd);
	for (size_t i = 0; i < 200; i++)
		ck_assert_int_eq(old[i], 0);
}
END_TEST

/* A crash after the checkpoint was written, before the key moved on. */
START_TEST(test_crash_before_key)
{
	static char key[65536];
	struct seal *seal = begin(true);
	seal_once(seal, FILE_1, 100, 2);
	size_t length = get(in(keys, SEAL_KEY_FILE), key);
	seal_once(seal, FILE_1, 200, 3);
	seal_close(seal);
	put(in(keys, SEAL_KEY_FILE), key, length);
	/* The next checkpoint names the key that the file has as the one after it. */
	seal = begin(false);
	ck_assert_uint_eq(seal_last(seal)->sequence, 3);
	seal_once(seal, FILE_1, 300, 5);
	seal_close(seal);
	ck_assert_uint_eq(check_chain(), 4);
}
END_TEST

/* The same, and behind that checkpoint there is a part of one: only that part goes. */
START_TEST(test_crash_before_key_torn)
{
	static char key[65536], whole[65536];
	struct seal *seal = begin(true);

	seal_once(seal, FILE_1, 100, 2);
	size_t key_length = get(in(keys, SEAL_KEY_FILE), key);
	seal_once(seal, FILE_1, 200, 3);
	seal_close(seal);
	put(in(keys, SEAL_KEY_FILE), key, key_length);
	size_t length = get(in(logs, SEAL_1), whole);
	memcpy(whole + length, "{\"half", 6);
	put(in(logs, SEAL_1), whole, length + 6);
	seal = begin(false);
	ck_assert_uint_eq(seal_last(seal)->sequence, 3);
	ck_assert_uint_eq(get(in(logs, SEAL_1), whole), length);
	seal_once(seal, FILE_1, 300, 5);
	seal_close(seal);
	ck_assert_uint_eq(check_chain(), 4);
}
END_TEST

/* At every byte that a crash may have left of a checkpoint. */
START_TEST(test_torn)
{
	static char key[65536], whole[65536];
	struct seal *seal = begin(true);
	seal_once(seal, FILE_1, 100, 2);
	size_t key_length = get(in(keys, SEAL_KEY_FILE), key);
	size_t before = get(in(logs, SEAL_1), whole);
	seal_once(seal, FILE_1, 200, 3);
	seal_close(seal);
	size_t after = get(in(logs, SEAL_1), whole);
	for (size_t length = before; length < after; length += 13) {
		put(in(keys, SEAL_KEY_FILE), key, key_length);
		put(in(logs, SEAL_1), whole, length);
		seal = begin(false);
		seal_once(seal, FILE_1, 300, 5);
		seal_close(seal);
		ck_assert_uint_eq(check_chain(), 3);
	}
}
END_TEST

START_TEST(test_key_lost)
{
	static char text[65536], more[65536];
	struct seal *seal = begin(true);
	seal_once(seal, FILE_1, 100, 2);
	seal_close(seal);
	size_t length = get(in(logs, SEAL_1), text);
	ck_assert_int_eq(unlink(in(keys, SEAL_KEY_FILE)), 0);
	seal = begin(true);
	seal_once(seal, FILE_1, 200, 3);
	seal_close(seal);
	/* What was there stays, whatever follows it. */
	ck_assert_uint_gt(get(in(logs, SEAL_1), more), length);
	ck_assert_int_eq(memcmp(text, more, length), 0);
}
END_TEST

START_TEST(test_key_bad)
{
	struct seal *seal;
	struct checkpoint next;
	bool began;
	put(in(keys, SEAL_KEY_FILE), "hedate sealing key\nseed x\n", 26);
	ck_assert_int_eq(seal_open(logs, keys, "gw1", &seal, &began), -EBADMSG);
	ck_assert_int_eq(seal_peek(keys, &next), -EBADMSG);
	ck_assert_int_eq(seal_open(logs, in(keys, "gone"), "gw1", &seal, &began), -ENOENT);
	ck_assert_int_eq(seal_open(in(keys, "gone"), keys, "gw1", &seal, &began), -ENOENT);
	ck_assert_int_eq(seal_peek(in(keys, "gone"), &next), -ENOENT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("seal");
	TCase *tests = tcase_create("seal");
	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_form);
	tcase_add_test(tests, test_other_key);
	tcase_add_test(tests, test_vkey);
	tcase_add_test(tests, test_names);
	tcase_add_test(tests, test_chain);
	tcase_add_test(tests, test_erased);
	tcase_add_test(tests, test_crash_before_key);
	tcase_add_test(tests, test_crash_before_key_torn);
	tcase_add_test(tests, test_torn);
	tcase_add_test(tests, test_key_lost);
	tcase_add_test(tests, test_key_bad);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

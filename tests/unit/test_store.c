/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps, and entries that are broken. */
#include "test_store.h"

/* Steps ---------------------------------------------------------------------------------------- */

START_TEST(test_steps)
{
	open_it();
	expect_current(0, 0);
	ck_assert_int_eq(store_seconds_left(store), -1);
	put_confirmed("first");
	expect_current(1, 0);
	ck_assert_uint_eq(put("second"), 2);
	expect_state(2, STORE_ROLLED_BACK); /* nothing refers to it yet */
	ck_assert_int_eq(store_begin(store, 2, 600), 0);
	expect_current(1, 2);
	expect_state(2, STORE_PENDING);
	ck_assert_int_gt(store_seconds_left(store), 500);
	ck_assert_int_le(store_seconds_left(store), 601);
	open_again();
	expect_current(1, 2);
	ck_assert_int_gt(store_seconds_left(store), 500);
	ck_assert_int_eq(store_confirm(store, "suzuki"), 0);
	open_again();
	expect_current(2, 0);
	expect_state(1, STORE_CONFIRMED);
	expect_state(2, STORE_CONFIRMED);
	expect_bytes(1, "first");
	expect_bytes(2, "second");
	ck_assert_uint_eq(confirmed_before(2), 1);
	ck_assert_uint_eq(confirmed_before(1), 0);
}
END_TEST

START_TEST(test_end)
{
	open_it();
	put_confirmed("first");
	ck_assert_int_eq(store_begin(store, put("second"), 600), 0);
	ck_assert_int_eq(store_end(store, STORE_ROLLED_BACK, "suzuki"), 0);
	ck_assert_int_eq(store_begin(store, put("third"), 0), 0);
	ck_assert_int_eq(store_seconds_left(store), 0);
	ck_assert_int_eq(store_end(store, STORE_REFUSED, ""), 0);
	ck_assert_int_eq(store_end(store, STORE_REFUSED, ""), -ENOENT);
	ck_assert_int_eq(store_confirm(store, ""), -ENOENT);
	open_again();
	expect_current(1, 0);
	expect_state(2, STORE_ROLLED_BACK);
	expect_state(3, STORE_REFUSED);
	put_confirmed("fourth");
	ck_assert_uint_eq(confirmed_before(4), 1);
}
END_TEST

START_TEST(test_entry)
{
	struct store_entry entry;
	open_it();
	put_confirmed("first");
	ck_assert_int_eq(store_entry(store, 1, &entry), 0);
	ck_assert_str_eq(entry.who, "sato");
	ck_assert_str_eq(entry.ticket, "R8-0117");
	ck_assert_str_eq(entry.reason, "更新 \"x\"\n");
	ck_assert_str_eq(entry.ended_by, "sato");
	ck_assert_uint_eq(entry.uid, 1000);
	ck_assert_uint_eq(entry.approver_uid, STORE_NOBODY);
	ck_assert_uint_eq(strlen(entry.revision), POLICY_REVISION_LENGTH);
	ck_assert_int_gt(entry.time, 0);
	ck_assert_int_ge(entry.ended, entry.time);
	ck_assert_int_eq(store_entry(store, 2, &entry), -ENOENT);
}
END_TEST

/* Whatever somebody says, what was kept can be read again. */
START_TEST(test_any_text)
{
	struct store_entry entry = { 0 };
	char long_text[3 * STORE_REASON_MAX];
	open_it();
	memset(long_text, 0xff, sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	store_text(entry.reason, sizeof(entry.reason), long_text);
	ck_assert_uint_eq(strlen(entry.reason), STORE_REASON_MAX - 1);
	for (size_t i = 0; i + 3 < sizeof(long_text); i += 3)
		memcpy(long_text + i, "更", 3);
	store_text(entry.ticket, sizeof(entry.ticket), long_text);
	ck_assert_uint_eq(strlen(entry.ticket), (STORE_TICKET_MAX - 1) / 3 * 3);
	memset(long_text, 1, sizeof(long_text) - 1);
	store_text(entry.who, sizeof(entry.who), long_text);
	store_text(entry.approver, sizeof(entry.approver), NULL);
	ck_assert_int_eq(store_put(store, &entry, "x", 1), 0);
	ck_assert_int_eq(store_entry(store, 1, &entry), 0);
	ck_assert_uint_eq(strlen(entry.reason), STORE_REASON_MAX - 1);
	ck_assert_int_eq(entry.who[0], 1);
}
END_TEST

/* The clock of another boot, and a deadline that is over. */
START_TEST(test_deadline)
{
	open_it();
	put_confirmed("first");
	ck_assert_int_eq(store_begin(store, put("second"), 3600), 0);
	ck_assert_int_gt(store_seconds_left(store), 3000);
	struct store_current current = *store_current(store);
	char text[STORE_CURRENT_MAX];
	current.boot[0] = current.boot[0] == 'a' ? 'b' : 'a';
	store_current_write(&current, text);
	overwrite(STORE_CURRENT, text);
	open_again();
	ck_assert_int_eq(store_seconds_left(store), 0);
	current.boot[0] = '0';
	current.deadline_boot = 1;
	store_current_write(&current, text);
	overwrite(STORE_CURRENT, text);
	open_again();
	ck_assert_int_eq(store_seconds_left(store), 0);
}
END_TEST

START_TEST(test_only_the_last)
{
	char name[32];
	open_it();
	for (int i = 0; i < STORE_KEPT + 5; i++) {
		snprintf(name, sizeof(name), "number %d", i);
		if (i == 0)
			put_confirmed(name);
		else
			ck_assert_int_eq(store_begin(store, put(name), 60), 0);
	}
	ck_assert_int_eq(store_end(store, STORE_ROLLED_BACK, ""), 0);
	expect_current(1, 0);
	expect_bytes(1, "number 0");
	ck_assert(!is_there("000002.conf"));
	ck_assert(!is_there("000002.json"));
	ck_assert(!is_there("000005.json"));
	ck_assert(is_there("000006.conf"));
	uint64_t *numbers;
	size_t count;
	ck_assert_int_eq(store_list(store, &numbers, &count), 0);
	ck_assert_uint_eq(count, STORE_KEPT + 1);
	ck_assert_uint_eq(numbers[count - 1], STORE_KEPT + 5);
	free(numbers);
}
END_TEST

/* Broken ones --------------------------------------------------------------------------------- */

START_TEST(test_broken_entry)
{
	struct store_entry entry;
	size_t length;
	char *bytes;
	open_it();
	put_confirmed("first");
	put_confirmed("second");
	put_confirmed("third");
	overwrite("000003.conf", "thirD");
	ck_assert_int_eq(store_get(store, 3, &entry, &bytes, &length), -EBADMSG);
	ck_assert_int_eq(store_entry(store, 3, &entry), 0);
	overwrite("000002.json", "{\"number\":2}\n");
	ck_assert_int_eq(store_get(store, 2, &entry, &bytes, &length), -EBADMSG);
	ck_assert_uint_eq(confirmed_before(3), 1);
	remove_name("000003.conf");
	ck_assert_int_eq(store_get(store, 3, &entry, &bytes, &length), -EBADMSG);
	remove_name("000003.json");
	ck_assert_int_eq(store_get(store, 3, &entry, &bytes, &length), -ENOENT);
	open_again();
	ck_assert(is_there("000002.json")); /* named, never removed */
	ck_assert_uint_eq(put("fourth"), 4);
}
END_TEST

START_TEST(test_broken_current)
{
	static const char *const texts[] = { "", "confirmed", "confirmed 1", "confirmed -1\n",
		"confirmed 01\n", "confirmed 1\n\n", "confirmed 1\npending 2\n",
		"confirmed 1\npending 2 3 4\n", "confirmed 1\nx\n",
		"confirmed 99999999999999999999\n" };
	bool broken;
	open_it();
	put_confirmed("first");
	put_confirmed("second");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		store_close(store);
		store = NULL;
		overwrite(STORE_CURRENT, texts[i]);
		ck_assert_int_eq(store_open(config, STORE_READ, NULL, &store), -EBADMSG);
		ck_assert_int_eq(store_open(config, STORE_WRITE, NULL, &store), -EBADMSG);
		ck_assert_int_eq(store_open_anyway(config, STORE_READ, NULL, &store, &broken), 0);
		ck_assert(broken);
		expect_current(2, 0);
	}
}
END_TEST

START_TEST(test_opening)
{
	struct store *other = NULL;
	ck_assert_int_eq(rmdir(keys), 0);
	ck_assert_int_eq(rmdir(directory), 0);
	ck_assert_int_eq(store_open(config, STORE_READ, NULL, &store), -ENOENT);
	open_it();
	ck_assert_int_eq(mkdir(keys, 0700), 0);
	ck_assert_int_eq(store_open(config, STORE_WRITE, NULL, &other), -EWOULDBLOCK);
	ck_assert_int_eq(store_open(config, STORE_READ, NULL, &other), 0);
	store_close(other);
	ck_assert_int_eq(chmod(directory, 0770), 0);
	ck_assert_int_eq(store_open(config, STORE_READ, NULL, &other), -EPERM);
	ck_assert_int_eq(chmod(directory, 0750), 0);
	if (geteuid() == 0) {
		const struct sandbox_user user = { "somebody", 54321, 54321 };
		ck_assert_int_eq(chown(directory, 54321, 54321), 0);
		ck_assert_int_eq(store_open(config, STORE_READ, NULL, &other), -EPERM);
		ck_assert_int_eq(store_open(config, STORE_READ, &user, &other), 0);
		store_close(other);
		ck_assert_int_eq(chown(directory, 0, 0), 0);
	}
}
END_TEST

/* What is not a file of ours is nothing to be afraid of. */
START_TEST(test_odd_files)
{
	struct store_entry entry;
	char path[160];
	open_it();
	put_confirmed("first");
	overwrite("7.json", "x");
	overwrite("draft", "x");
	overwrite("000009.conf", "incomplete");
	snprintf(path, sizeof(path), "%s/000002.json", directory);
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	open_again();
	ck_assert(!is_there("draft"));
	ck_assert(!is_there("000009.conf"));
	ck_assert_int_eq(store_entry(store, 2, &entry), -EBADMSG);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store");
	TCase *tests = tcase_create("store");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, test_steps);
	tcase_add_test(tests, test_end);
	tcase_add_test(tests, test_entry);
	tcase_add_test(tests, test_any_text);
	tcase_add_test(tests, test_deadline);
	tcase_add_test(tests, test_only_the_last);
	tcase_add_test(tests, test_broken_entry);
	tcase_add_test(tests, test_broken_current);
	tcase_add_test(tests, test_opening);
	tcase_add_test(tests, test_odd_files);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Details written ahead, when the disk is full, fails, or holds what it should not: what a commit
 * said to be on disk is there. Crashes at any moment: test_powercut.c. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../daemon/detaillog.h"
#include "suite.h"
#include "testdir.h"

#define START INT64_C(1795161600000000000)

static char directory[TESTDIR_PATH];
static struct detaillog *log_;
static struct pending_budget budget;
static uint8_t hash_key[PENDING_HASH_KEY];
static struct details details, restored;
static struct detaillog_found found;
static struct ifnames *ifnames;
static unsigned int restored_count;

static int writes_left, syncs_left, error_given, sync_calls;

static ssize_t faulty_pwrite(int fd, const void *bytes, size_t length, off_t offset)
{
	if (writes_left < 0 || writes_left-- > 0)
		return pwrite(fd, bytes, length, offset);
	writes_left = 0;
	errno = error_given;
	return -1;
}

static int faulty_sync(int fd)
{
	sync_calls++;
	if (syncs_left < 0 || syncs_left-- > 0)
		return fdatasync(fd);
	syncs_left = 0;
	errno = error_given;
	return -1;
}

static const struct writeahead_io faulty = { .pwrite = faulty_pwrite, .sync = faulty_sync };

static void no_fault(void)
{
	writes_left = syncs_left = -1;
}

static void begin_details(struct details *which)
{
	details_init(which, &budget, hash_key);
	strcpy(which->table, "t1");
	which->generation = 1;
}

static void set_up(void)
{
	testdir_make(directory, "detaillog");
	budget = (struct pending_budget){ .limit = 10000 };
	no_fault();
	ck_assert_int_eq(ifnames_new(&ifnames), 0);
	ck_assert_int_eq(detaillog_open(directory, &faulty, &log_), 0);
	begin_details(&details);
	begin_details(&restored);
}

static unsigned int files(const char *end)
{
	unsigned int count = 0;
	DIR *names = opendir(directory);
	for (struct dirent *entry; (entry = readdir(names));) {
		size_t length = strlen(entry->d_name), size = strlen(end);
		count += entry->d_name[0] == 'w' && length >= size &&
			 strcmp(entry->d_name + length - size, end) == 0;
	}
	closedir(names);
	return count;
}

static void tear_down(void)
{
	detaillog_leave(log_, &details);
	detaillog_leave(log_, &restored);
	detaillog_close(log_);
	ifnames_free(ifnames);
	testdir_remove(directory);
}

static void see(uint16_t port, bool overflow)
{
	const struct nflog_packet packet = {
		.flow = { .key = { .saddr = { 10, 3, 0, 10 },
				  .daddr = { 10, 1, 0, 10 },
				  .code = 5,
				  .sport = port,
				  .dport = 443,
				  .family = ADDR_IPV4,
				  .class = FLOW_TCP,
				  .protocol = IPPROTO_TCP,
				  .generation = 1 },
			.length = 60,
			.overflow = overflow,
			.has_ports = true,
			.sport = port,
			.dport = 443 },
		.prefix = port % 2 ? "hedate no-path internet mynumber 0123456789ab"
				   : "hedate no-path internet lgwan 0123456789ab",
		.index_in = 1,
		.has_time = true,
		.time = START + port,
	};
	details_packet(&details, ifnames, &packet);
}

static struct details init(void *data)
{
	struct details empty;
	(void)data;
	begin_details(&empty);
	return empty;
}

static void take(struct details *taken, void *data)
{
	(void)data;
	restored_count++;
	restored = *taken;
}

/* What the next process finds. */
static void restart(unsigned int expected)
{
	detaillog_leave(log_, &details);
	detaillog_leave(log_, &restored);
	detaillog_close(log_);
	no_fault();
	restored_count = 0;
	ck_assert_int_eq(detaillog_open(directory, &faulty, &log_), 0);
	ck_assert_int_eq(detaillog_restore(log_, init, take, NULL, &found), 0);
	ck_assert_uint_eq(restored_count, expected);
}

static void has_flows(unsigned int from, unsigned int count)
{
	ck_assert_uint_eq(restored.flows.count, count);
	ck_assert_str_eq(restored.table, "t1");
	ck_assert_uint_eq(restored.generation, 1);
	for (unsigned int i = 0; i < count; i++) {
		const struct pending_entry *entry = &restored.flows.entries[i];
		ck_assert_uint_eq(entry->key.sport, from + i);
		ck_assert_int_eq(entry->start, START + from + i);
		ck_assert_str_eq(names_text(&restored.names, entry->prefix),
			(from + i) % 2 ? "hedate no-path internet mynumber 0123456789ab"
				       : "hedate no-path internet lgwan 0123456789ab");
		ck_assert_str_eq(names_text(&restored.names, entry->interface_in), "lo");
	}
}

START_TEST(committed)
{
	for (uint16_t port = 1; port <= 2000; port++) {
		see(port, false);
		if (port % 7 == 0) {
			ck_assert(details_unkept(&details));
			ck_assert_int_eq(detaillog_commit(log_, &details, 3), 0);
			ck_assert(!details_unkept(&details));
		}
	}
	restart(1);
	has_flows(1, 2000 / 7 * 7);
	ck_assert_uint_eq(restored.epoch, 0);
	/* And it goes on from there. */
	details = restored;
	memset(&restored, 0, sizeof(restored));
	begin_details(&restored);
	for (uint16_t port = 1996; port <= 2100; port++)
		see(port, false);
	ck_assert_int_eq(detaillog_commit(log_, &details, 3), 0);
	restart(1);
	ck_assert_uint_eq(restored.flows.count, 1995 + 105);
	ck_assert_uint_eq(files(""), 1);
}
END_TEST

START_TEST(overflow_grows)
{
	for (int i = 0; i < 3; i++)
		see(5, true);
	see(6, true);
	ck_assert_int_eq(detaillog_commit(log_, &details, 0), 0);
	see(5, true);
	see(7, true);
	ck_assert(details_unkept(&details));
	ck_assert_int_eq(detaillog_commit(log_, &details, 0), 0);
	ck_assert(!details_unkept(&details));
	see(6, true); /* not committed */
	restart(1);
	ck_assert_uint_eq(restored.overflow.count, 3);
	ck_assert_uint_eq(restored.overflow.entries[0].packets, 4);
	ck_assert_uint_eq(restored.overflow.entries[0].bytes, 240);
	ck_assert_uint_eq(restored.overflow.entries[1].packets, 1);
	ck_assert_uint_eq(restored.overflow.entries[2].packets, 1);
}
END_TEST

/* Whichever write or sync fails, with whichever error: what was committed stays, and the rest is
 * committed once the disk can be written again. */
static void fail_somewhere(int error)
{
	for (int at = 0; at < 6; at++) {
		for (uint16_t port = 1; port <= 10; port++)
			see(port, false);
		ck_assert_int_eq(detaillog_commit(log_, &details, 0), 0);
		for (uint16_t port = 11; port <= 900; port++)
			see(port, false);
		(at % 2 ? (syncs_left = at / 2) : (writes_left = at / 2));
		error_given = error;
		if (detaillog_commit(log_, &details, 0) < 0) {
			ck_assert(details_unkept(&details));
			restored = details; /* as memory has it */
			struct details memory = details;
			/* A crash now finds what had been committed, at least. */
			struct detaillog *other;
			no_fault();
			restored_count = 0;
			ck_assert_int_eq(detaillog_open(directory, NULL, &other), 0);
			ck_assert_int_eq(detaillog_restore(other, init, take, NULL, &found), 0);
			ck_assert_uint_eq(restored_count, 1);
			ck_assert_uint_ge(restored.flows.count, 10);
			detaillog_leave(other, &restored);
			detaillog_close(other);
			begin_details(&restored);
			details = memory;
		}
		no_fault();
		ck_assert_int_eq(detaillog_commit(log_, &details, 0), 0);
		restart(1);
		has_flows(1, 900);
		detaillog_remove(log_, &restored);
		begin_details(&restored);
		begin_details(&details);
		ck_assert_uint_eq(files(""), 0);
	}
}

START_TEST(disk_full)
{
	fail_somewhere(ENOSPC);
}
END_TEST

START_TEST(device_fails)
{
	fail_somewhere(EIO);
}
END_TEST

START_TEST(read_only)
{
	fail_somewhere(EROFS);
}
END_TEST

/* The number of their epoch is with them, or they are not there. */
START_TEST(sealed)
{
	see(1, false);
	ck_assert_int_eq(detaillog_seal(log_, &details, 7, 0), 0);
	restart(1);
	ck_assert_uint_eq(restored.epoch, 7);
	has_flows(1, 1);
	details = restored;
	begin_details(&restored);
	int calls = sync_calls;
	ck_assert_int_eq(detaillog_seal(log_, &details, 7, 0), 0); /* it is there */
	ck_assert_int_eq(sync_calls, calls);
	detaillog_forget(log_, &details, 0);
	restart(1);
	ck_assert(details_empty(&restored));
	ck_assert_uint_eq(restored.epoch, 0);
}
END_TEST

START_TEST(cannot_be_sealed)
{
	see(1, false);
	ck_assert_int_eq(detaillog_commit(log_, &details, 0), 0);
	see(2, false);
	writes_left = 0;
	error_given = EIO;
	ck_assert_int_eq(detaillog_seal(log_, &details, 7, 0), 0);
	ck_assert_uint_eq(files(""), 0);
	ck_assert(!details_unkept(&details)); /* until their epoch is over */
	ck_assert_uint_eq(details.flows.count, 2);
	/* It was not written: they are kept again, with its number. */
	no_fault();
	details.unkept = false;
	ck_assert_int_eq(detaillog_commit(log_, &details, 0), 0);
	restart(1);
	has_flows(1, 2);
	ck_assert_uint_eq(restored.epoch, 7);
}
END_TEST

/* Beginning anew fails: then the file goes. */
START_TEST(cannot_be_forgotten)
{
	see(1, false);
	ck_assert_int_eq(detaillog_seal(log_, &details, 7, 0), 0);
	syncs_left = 0;
	error_given = EIO;
	detaillog_forget(log_, &details, 0);
	ck_assert(details_empty(&details));
	ck_assert_uint_eq(files(""), 0);
	no_fault();
	see(2, false);
	ck_assert_int_eq(detaillog_commit(log_, &details, 0), 0);
	restart(1);
	has_flows(2, 1);
}
END_TEST

START_TEST(not_ours)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/writeahead-3", directory);
	FILE *file = fopen(path, "w");
	fputs("something else", file);
	fclose(file);
	see(1, false);
	ck_assert_int_eq(detaillog_commit(log_, &details, 0), 0);
	restart(1);
	ck_assert_uint_eq(found.unreadable, 1);
	ck_assert_uint_eq(files(".unreadable"), 1);
	restart(1);
	ck_assert_uint_eq(found.unreadable, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("detaillog");
	TCase *tests = tcase_create("detaillog");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, committed);
	tcase_add_test(tests, overflow_grows);
	tcase_add_test(tests, disk_full);
	tcase_add_test(tests, device_fails);
	tcase_add_test(tests, read_only);
	tcase_add_test(tests, sealed);
	tcase_add_test(tests, cannot_be_sealed);
	tcase_add_test(tests, cannot_be_forgotten);
	tcase_add_test(tests, not_ours);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

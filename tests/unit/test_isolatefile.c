/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where what is isolated is kept: killed or without power in the middle of any call that writes,
 * the list is the one of before or the one that was written, and what was acknowledged is there;
 * when a call fails, all stays as it was. And the zones beside it.
 */
#undef _FORTIFY_SOURCE
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../daemon/isolatefile.h"
#include "disk.h"
#include "disk_calls.h"
#include "suite.h"
#include "testdir.h"

#define STEPS 6

static char work[TESTDIR_PATH], config[128], directory[128];
static size_t acknowledged[STEPS]; /* how many calls were done when a step had returned */
static int fails_at;		   /* the n-th call that writes from now on fails; 0: none does */

/* The system's headers name parameters in their own way. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

/* The calls that write are those of the disk. -------------------------------------------------- */

static bool fails(void)
{
	if (fails_at == 0 || --fails_at > 0)
		return false;
	errno = ENOSPC;
	return true;
}

int openat(int at, const char *path, int flags, ...)
{
	va_list arguments;
	va_start(arguments, flags);
	mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	if (flags & O_CREAT && fails())
		return -1;
	return disk_openat(at, path, flags, mode);
}

ssize_t write(int fd, const void *bytes, size_t length)
{
	return fails() ? -1 : disk_write(fd, bytes, length);
}

int fsync(int fd)
{
	return fails() ? -1 : disk_sync(fd, false);
}

int renameat(int from, const char *old, int to, const char *new)
{
	return fails() ? -1 : disk_rename(from, old, to, new);
}

int unlinkat(int at, const char *name, int flags)
{
	(void)flags;
	return disk_unlink(at, name);
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

/* --------------------------------------------------------------------------------------------- */

static void set_up(void)
{
	char keys[160];

	testdir_make(work, "isolate");
	snprintf(config, sizeof(config), "%s/hedate.conf", work);
	snprintf(directory, sizeof(directory), "%s/" ISOLATEFILE_DIRECTORY, work);
	ck_assert_int_eq(mkdir(directory, 0750), 0);
	snprintf(keys, sizeof(keys), "%s/" DISK_KEYS, directory);
	ck_assert_int_eq(mkdir(keys, 0750), 0);
	fails_at = 0;
}

static void tear_down(void)
{
	testdir_remove(work);
}

/* The list after so many steps: even ones isolate an address, odd ones release the one before. */
static void fill(struct isolation *list, unsigned int steps)
{
	struct isolation_step step = { .time = 1763700000, .user = "root", .reason = "理由" };
	struct isolation_target target;
	struct isolation_entry *entry;
	char text[16];

	*list = (struct isolation){ 0 };
	for (unsigned int i = 0; i < steps; i++) {
		snprintf(text, sizeof(text), "10.1.0.%u", i / 2 + 1);
		ck_assert_int_eq(isolation_target_parse(text, &target), 0);
		if (i % 2 == 0)
			ck_assert_int_eq(isolation_add(list, &target, "", &step, &entry), 0);
		else
			isolation_release(list, isolation_find(list, &target), &step);
	}
}

static int save(unsigned int steps)
{
	struct isolation list;
	int fd, r;

	ck_assert_int_eq(isolatefile_open(config, true, &fd), 0);
	isolatefile_lock(fd);
	fill(&list, steps);
	r = isolatefile_save(fd, &list);
	isolation_clear(&list);
	close(fd);
	return r;
}

/* How many steps are there: the last number of the list. */
static uint64_t load(void)
{
	struct isolation list;
	unsigned int line;
	int fd;

	ck_assert_int_eq(isolatefile_open(config, false, &fd), 0);
	ck_assert_int_eq(isolatefile_load(fd, &list, &line), 0);
	close(fd);
	uint64_t last = list.last;

	isolation_clear(&list);
	return last;
}

static void empty(void)
{
	char command[160];

	snprintf(command, sizeof(command), "find %s -type f -delete", directory);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(no_tear)
{
	bool power_cut = _i;

	disk_watch(directory);
	for (unsigned int i = 0; i < STEPS; i++) {
		ck_assert_int_eq(save(i + 1), 0);
		acknowledged[i] = disk_ops();
	}
	disk_stop();
	size_t count = disk_ops();

	for (size_t op = disk_first(); op <= count; op++) {
		uint64_t least = 0;

		for (unsigned int i = 0; i < STEPS; i++)
			if (acknowledged[i] <= op)
				least = i + 1;
		empty();
		disk_make(directory, op, power_cut);
		uint64_t last = load();

		ck_assert_msg(last >= least && last <= least + 1,
			"after %zu of %zu calls: step %u, of %u that were done", op, count,
			(unsigned int)last, (unsigned int)least);
	}
	printf("%zu calls\n", count - disk_first());
	ck_assert_uint_ge(count - disk_first(), 4 * STEPS);
}
END_TEST

/* Whatever call fails, the list is the one of before; and the next time all goes well. */
START_TEST(failing_call)
{
	ck_assert_int_eq(save(1), 0);
	for (int n = 1; n <= 5; n++) {
		fails_at = n;
		int r = save(2);

		/* The directory's own sync comes last: then the new one is there, if not for ever.
		 */
		ck_assert_uint_eq(load(), n < 5 ? 1 : 2);
		ck_assert_int_eq(r, n < 6 ? -ENOSPC : 0);
	}
	fails_at = 0;
	ck_assert_int_eq(save(3), 0);
	ck_assert_uint_eq(load(), 3);
}
END_TEST

/* What a hung one left behind, and holds, keeps nobody out. */
START_TEST(held_by_another)
{
	char left[192];
	int fd;

	ck_assert_int_eq(isolatefile_open(config, true, &fd), 0);
	isolatefile_lock(fd);
	snprintf(left, sizeof(left), "%s/entries.new", directory);
	int other = open(left, O_WRONLY | O_CREAT, 0400);

	ck_assert_int_ge(other, 0);
	ck_assert_int_eq(save(1), 0);
	ck_assert_uint_eq(load(), 1);
	close(other);
	close(fd);
}
END_TEST

START_TEST(broken)
{
	struct isolation list;
	unsigned int line;
	char path[192];
	int fd;

	ck_assert_int_eq(save(2), 0);
	snprintf(path, sizeof(path), "%s/" ISOLATEFILE_ENTRIES, directory);
	ck_assert_int_eq(truncate(path, 30), 0);
	ck_assert_int_eq(isolatefile_open(config, false, &fd), 0);
	ck_assert_int_eq(isolatefile_load(fd, &list, &line), -EINVAL);
	ck_assert_uint_eq(line, 2);
	isolation_clear(&list);
	isolatefile_set_aside(fd);
	ck_assert_int_eq(isolatefile_load(fd, &list, &line), 0);
	ck_assert_uint_eq(list.count, 0);
	close(fd);
	snprintf(path, sizeof(path), "%s/" ISOLATEFILE_BROKEN, directory);
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(not_there)
{
	char command[160];
	int fd;

	snprintf(command, sizeof(command), "rm -rf %s", directory);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(isolatefile_open(config, false, &fd), -ENOENT);
	snprintf(command, sizeof(command), "ln -s /etc %s", directory);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(isolatefile_open(config, true, &fd), -ENOTDIR);
}
END_TEST

/* Zones ---------------------------------------------------------------------------------------- */

static int collect(const char *zone, const char *interface, void *data)
{
	char *text = data;

	sprintf(text + strlen(text), "%s=%s;", zone, interface);
	return strcmp(zone, "stop") == 0 ? -ECANCELED : 0;
}

static int zones(int fd, char *text)
{
	char *freed;
	int r;

	text[0] = '\0';
	r = isolatefile_zones(fd, collect, text, &freed);
	free(freed);
	return r;
}

START_TEST(zones_written)
{
	struct policy_zone policy_zones[] = { { .name = (char[]){ "lgwan" } },
		{ .name = (char[]){ "internet" } } };
	struct policy_segment segments[] = {
		{ .zone = 0, .interface = (char[]){ "lg0" } },
		{ .zone = 1, .interface = (char[]){ "in0" } },
		{ .zone = 0, .interface = (char[]){ "lg1" } },
	};
	const struct policy policy = {
		.zones = policy_zones, .zone_count = 2, .segments = segments, .segment_count = 3
	};
	struct stat before, after;
	char text[256];
	int fd;

	ck_assert_int_eq(isolatefile_open(config, true, &fd), 0);
	ck_assert_int_eq(zones(fd, text), -ENOENT);
	ck_assert_int_eq(isolatefile_put_zones(fd, &policy), 0);
	ck_assert_int_eq(zones(fd, text), 0);
	ck_assert_str_eq(text, "lgwan=lg0;internet=in0;lgwan=lg1;");
	ck_assert_int_eq(fstatat(fd, ISOLATEFILE_ZONES, &before, 0), 0);
	ck_assert_int_eq(isolatefile_put_zones(fd, &policy), 0);
	ck_assert_int_eq(fstatat(fd, ISOLATEFILE_ZONES, &after, 0), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	close(fd);
}
END_TEST

START_TEST(zones_broken)
{
	static const struct {
		const char *text;
		int result;
	} files[] = { { "", 0 }, { "a\n", -EINVAL }, { "a\tb", 0 }, { "a\tb\nc\n", -EINVAL },
		{ "stop\tx\nb\tc\n", -ECANCELED } };
	char path[192], text[256];
	int fd;

	ck_assert_int_eq(isolatefile_open(config, true, &fd), 0);
	snprintf(path, sizeof(path), "%s/" ISOLATEFILE_ZONES, directory);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		FILE *out = fopen(path, "w");

		fputs(files[i].text, out);
		fclose(out);
		ck_assert_int_eq(zones(fd, text), files[i].result);
	}
	close(fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("isolatefile");
	TCase *tcase = tcase_create("isolatefile");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, no_tear, 0, 2);
	tcase_add_test(tcase, failing_call);
	tcase_add_test(tcase, held_by_another);
	tcase_add_test(tcase, broken);
	tcase_add_test(tcase, not_there);
	tcase_add_test(tcase, zones_written);
	tcase_add_test(tcase, zones_broken);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}

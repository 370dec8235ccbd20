/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose sockets are: in a directory like /proc, and of this process in the kernel's own. */
#include "../../daemon/procowner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite.h"

#define FOUND_MAX 64

static char directory[] = "/tmp/hedate-procowner.XXXXXX";
static char found[FOUND_MAX][256];
static size_t found_count;

static void setup(void)
{
	strcpy(directory + sizeof(directory) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	found_count = 0;
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", directory);
	ck_assert_int_eq(system(command), 0);
}

static const char *path(const char *name)
{
	static char text[256];

	snprintf(text, sizeof(text), "%s/%s", directory, name);
	return text;
}

static void make_link(const char *name, const char *target)
{
	ck_assert_int_eq(symlink(target, path(name)), 0);
}

static void make_file(const char *name, const char *text)
{
	FILE *file = fopen(path(name), "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

static void make_process(const char *pid, const char *comm, const char *program)
{
	char name[64];

	ck_assert_int_eq(mkdir(path(pid), 0755), 0);
	snprintf(name, sizeof(name), "%s/fd", pid);
	ck_assert_int_eq(mkdir(path(name), 0755), 0);
	snprintf(name, sizeof(name), "%s/comm", pid);
	make_file(name, comm);
	snprintf(name, sizeof(name), "%s/exe", pid);
	if (program)
		make_link(name, program);
}

static void take(uint64_t inode, const struct procowner *owner, void *data)
{
	(void)data;
	ck_assert_uint_lt(found_count, FOUND_MAX);
	snprintf(found[found_count++], sizeof(found[0]), "%llu %s %.100s",
		(unsigned long long)inode, owner->comm, owner->program);
}

static bool was_found(const char *text)
{
	for (size_t i = 0; i < found_count; i++)
		if (strcmp(found[i], text) == 0)
			return true;
	return false;
}

START_TEST(test_sockets)
{
	bool whole;

	make_process("12", "sshd\n", "/usr/sbin/sshd");
	make_link("12/fd/0", "/dev/null");
	make_link("12/fd/3", "socket:[4711]");
	make_link("12/fd/4", "socket:[4712]");
	make_link("12/fd/5", "socket:[]");
	make_link("12/fd/6", "socket:[47x]");
	make_link("12/fd/7", "anon_inode:[4713]");
	make_process("13", "no newline", NULL);
	make_link("13/fd/0", "socket:[18446744073709551615]");
	make_process("net", "no process\n", "/bin/x");
	make_link("net/fd/0", "socket:[1]");
	ck_assert_int_eq(procowner_each(directory, take, NULL, &whole), 0);
	ck_assert(whole);
	ck_assert_uint_eq(found_count, 3);
	ck_assert(was_found("4711 sshd /usr/sbin/sshd"));
	ck_assert(was_found("4712 sshd /usr/sbin/sshd"));
	ck_assert(was_found("18446744073709551615 no newline "));
}
END_TEST

/* One that ended is no gap; one that cannot be looked into is. */
START_TEST(test_not_whole)
{
	bool whole;

	ck_assert_int_eq(mkdir(path("12"), 0755), 0);
	ck_assert_int_eq(procowner_each(directory, take, NULL, &whole), 0);
	ck_assert(whole);
	make_file("12/fd", "no directory");
	make_process("13", "seen\n", "/bin/seen");
	make_link("13/fd/0", "socket:[7]");
	ck_assert_int_eq(procowner_each(directory, take, NULL, &whole), 0);
	ck_assert(!whole);
	ck_assert_uint_eq(found_count, 1);
	ck_assert(was_found("7 seen /bin/seen"));
}
END_TEST

START_TEST(test_no_directory)
{
	bool whole = true;

	ck_assert_int_eq(procowner_each(path("nowhere"), take, NULL, &whole), -ENOENT);
	ck_assert(!whole);
}
END_TEST

static uint64_t own_inode;
static size_t own_found;

static void take_own(uint64_t inode, const struct procowner *owner, void *data)
{
	(void)data;
	if (inode != own_inode)
		return;
	own_found++;
	ck_assert_ptr_nonnull(strstr(owner->program, "test_procowner"));
	ck_assert_str_eq(owner->comm, "test_procowner");
}

START_TEST(test_kernel)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat stat;
	bool whole;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &stat), 0);
	own_inode = stat.st_ino;
	own_found = 0;
	ck_assert_int_eq(procowner_each("/proc", take_own, NULL, &whole), 0);
	ck_assert_uint_eq(own_found, 1);
	close(fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("procowner");
	TCase *tests = tcase_create("procowner");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_sockets);
	tcase_add_test(tests, test_not_whole);
	tcase_add_test(tests, test_no_directory);
	tcase_add_test(tests, test_kernel);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is given up is really gone: each test forks, drops, and tries. Run as root; the last tests
 * of capabilities are skipped otherwise.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../daemon/sandbox.h"
#include "suite.h"

/* Run function in a child; its exit status, or minus the signal that ended it. */
static int in_child(int (*function)(void))
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(function());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* "CapEff:" of /proc/self/status. */
static uint64_t status_mask(const char *key)
{
	char line[256];
	uint64_t mask = UINT64_MAX;
	FILE *file = fopen("/proc/self/status", "r");

	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, key, strlen(key)) == 0)
			mask = strtoull(line + strlen(key), NULL, 16);
	}
	if (file)
		fclose(file);
	return mask;
}

#define NET_ADMIN SANDBOX_CAPABILITY(CAP_NET_ADMIN)

static int drop_to_nobody(uint64_t keep)
{
	struct sandbox_user user;
	const char *step = "";

	if (sandbox_find_user("nobody", &user) < 0)
		return 100;
	int r = sandbox_drop(&user, keep, &step);

	if (r < 0 || step)
		return 101;
	if (getuid() != user.uid || geteuid() != user.uid || getgid() != user.gid)
		return 102;
	return 0;
}

static int try_capabilities(uint64_t keep)
{
	int r = drop_to_nobody(keep);

	if (r)
		return r;
	if (status_mask("CapEff:") != keep || status_mask("CapPrm:") != keep)
		return 1;
	if (status_mask("CapInh:") || status_mask("CapAmb:"))
		return 2;
	if (status_mask("CapBnd:") != keep)
		return 3;
	if (status_mask("NoNewPrivs:") != 1)
		return 4;
	if (sandbox_has_capability(CAP_NET_ADMIN) != (keep == NET_ADMIN) ||
		sandbox_has_capability(CAP_SYS_ADMIN))
		return 5;
	/* And there is no way back. */
	if (setuid(0) == 0 || setresuid(0, 0, 0) == 0 || setgid(0) == 0)
		return 6;
	if (open("/etc/shadow", O_RDONLY) >= 0)
		return 7;
	return 0;
}

static int keep_net_admin(void)
{
	return try_capabilities(NET_ADMIN);
}

static int keep_nothing(void)
{
	return try_capabilities(0);
}

START_TEST(capabilities)
{
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(in_child(keep_net_admin), 0);
	ck_assert_int_eq(in_child(keep_nothing), 0);
}
END_TEST

/* A network interface can be changed with CAP_NET_ADMIN and not without. */
static int net_admin_works(void)
{
	int size = 1 << 20;
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (drop_to_nobody(NET_ADMIN))
		return 1;
	return setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) == 0 ? 0 : 2;
}

static int net_admin_is_gone(void)
{
	int size = 1 << 20;
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (drop_to_nobody(0))
		return 1;
	return setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 && errno == EPERM
		       ? 0
		       : 2;
}

START_TEST(what_capabilities_do)
{
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(in_child(net_admin_works), 0);
	ck_assert_int_eq(in_child(net_admin_is_gone), 0);
}
END_TEST

static int drop_twice(void)
{
	const char *step;

	if (drop_to_nobody(NET_ADMIN))
		return 1;
	if (drop_to_nobody(NET_ADMIN))
		return 2;
	/* What was given up cannot be kept. */
	return sandbox_drop(NULL, SANDBOX_CAPABILITY(CAP_SYS_ADMIN), &step) == -EPERM && step ? 0
											      : 3;
}

START_TEST(dropping_again)
{
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(in_child(drop_twice), 0);
}
END_TEST

START_TEST(users)
{
	struct sandbox_user user;

	ck_assert_int_eq(sandbox_find_user("root", &user), 0);
	ck_assert_uint_eq(user.uid, 0);
	ck_assert_int_eq(sandbox_find_user("no-such-user-here", &user), -ENOENT);
	ck_assert_int_eq(sandbox_find_user("", &user), -ENOENT);
}
END_TEST

/* System calls ----------------------------------------------------------------------------------
 */

static int filter(enum sandbox_profile profile)
{
	const char *step;

	if (sandbox_drop(NULL, 0, &step) < 0)
		return 100;
	return sandbox_filter(profile) < 0 ? 101 : 0;
}

static bool denied(long result)
{
	return result < 0 && errno == EPERM;
}

static int enforcer_is_limited(void)
{
	int r = filter(SANDBOX_ENFORCER);

	if (r)
		return r;
	if (!denied(socket(AF_INET, SOCK_STREAM, 0)) || !denied(socket(AF_PACKET, SOCK_RAW, 0)))
		return 1;
	if (socket(AF_NETLINK, SOCK_RAW, 0) < 0 || socket(AF_UNIX, SOCK_SEQPACKET, 0) < 0)
		return 2;
	if (!denied(fork()) || !denied(chdir("/")) || !denied(symlink("/", "/tmp/x-hedate")))
		return 3;
	if (!denied(kill(getpid(), 0)) || !denied(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)))
		return 4;
	int fd = open("/etc/hostname", O_RDONLY | O_CLOEXEC);
	char byte;

	if (fd < 0 || read(fd, &byte, 1) < 0)
		return 5;
	close(fd);
	/* Which profile was meant is seen in their directory. */
	DIR *directory = opendir("/etc");

	if (!directory || !readdir(directory))
		return 6;
	closedir(directory);
	return 0;
}

static int recorder_is_limited(void)
{
	char path[] = "/tmp/hedate-sandbox.XXXXXX";
	int fd = mkstemp(path);
	int r = filter(SANDBOX_RECORDER);

	if (r)
		return r;
	if (!denied(socket(AF_INET, SOCK_STREAM, 0)) || !denied(socket(AF_NETLINK, SOCK_RAW, 0)))
		return 1;
	if (socket(AF_UNIX, SOCK_SEQPACKET, 0) < 0)
		return 2;
	if (write(fd, "x", 1) != 1 || fdatasync(fd) < 0 || ftruncate(fd, 0) < 0)
		return 3;
	if (unlink(path) < 0)
		return 4;
	return denied(fork()) ? 0 : 5;
}

static int no_executable_memory(void)
{
	const size_t size = 4096;
	int r = filter(SANDBOX_ENFORCER);

	if (r)
		return r;
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return 1;
	if (!denied(mprotect(page, size, PROT_READ | PROT_EXEC)))
		return 2;
	return mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0) == MAP_FAILED
		       ? 0
		       : 3;
}

START_TEST(filters_bite)
{
	if (!sandbox_can_filter())
		return;
	ck_assert_int_eq(in_child(enforcer_is_limited), 0);
	ck_assert_int_eq(in_child(recorder_is_limited), 0);
	ck_assert_int_eq(in_child(no_executable_memory), 0);
}
END_TEST

static int run_a_program(void)
{
	if (filter(SANDBOX_ENFORCER))
		return 1;
	execl("/bin/true", "true", (char *)NULL);
	return 2;
}

static int trace_a_process(void)
{
	if (filter(SANDBOX_RECORDER))
		return 1;
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	return 2;
}

START_TEST(hostile_calls_end_it)
{
	if (!sandbox_can_filter())
		return;
	ck_assert_int_eq(in_child(run_a_program), -SIGSYS);
	ck_assert_int_eq(in_child(trace_a_process), -SIGSYS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sandbox");
	TCase *tests = tcase_create("sandbox");

	tcase_add_test(tests, capabilities);
	tcase_add_test(tests, what_capabilities_do);
	tcase_add_test(tests, dropping_again);
	tcase_add_test(tests, users);
	tcase_add_test(tests, filters_bite);
	tcase_add_test(tests, hostile_calls_end_it);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

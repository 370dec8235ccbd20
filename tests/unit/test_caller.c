/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who asks: real processes with users and users of logins, and kernels that keep none. */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../daemon/caller.h"
#include "suite.h"
#include "testdir.h"

#define SATO   64901
#define SUZUKI 64902
#define NONE   UINT_MAX

static char directory[TESTDIR_PATH];
static char path[PATH_MAX];
static int listening;

static void set_up(void)
{
	testdir_make(directory, "caller");
	ck_assert_int_eq(chmod(directory, 0755), 0);
	snprintf(path, sizeof(path), "%s/socket", directory);
	ck_assert_int_eq(unixsock_listen(path, &listening), 0);
}

static void tear_down(void)
{
	close(listening);
	testdir_remove(directory);
}

/* Does this kernel keep the users of logins, and may we set them? */
static bool can_set_login(void)
{
	int fd = open("/proc/self/loginuid", O_RDWR | O_CLOEXEC), status;
	pid_t child;

	if (fd < 0)
		return false;
	close(fd);
	child = fork();
	if (child == 0) {
		fd = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);
		_exit(fd >= 0 && dprintf(fd, "%d", SATO) > 0 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* A process of a login and a user that connects; it stays until it is told to go, by gone. */
static pid_t connect_as(unsigned int login, uid_t user, int *ret_gone)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int gone[2], fd;
	pid_t child;
	char byte;

	ck_assert_int_eq(pipe2(gone, O_CLOEXEC), 0);
	child = fork();
	if (child != 0) {
		close(gone[0]);
		*ret_gone = gone[1];
		return child;
	}
	close(gone[1]);
	if (login != NONE) {
		fd = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);
		if (fd < 0 || dprintf(fd, "%u", login) < 0)
			_exit(2);
	}
	if (setresuid(user, user, user) < 0)
		_exit(3);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	memcpy(address.sun_path, path, strlen(path));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		_exit(4);
	_exit(read(gone[0], &byte, 1) == 0 ? 0 : 5);
}

static void let_go(pid_t child, int gone)
{
	int status;

	close(gone);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

static int accept_one(void)
{
	struct pollfd ready = { .fd = listening, .events = POLLIN };
	int fd;

	ck_assert_int_eq(poll(&ready, 1, 30000), 1);
	ck_assert_int_eq(unixsock_accept(listening, &fd), 0);
	return fd;
}

/* What is known of such a process; gone_first: once it has ended. */
static struct caller look(unsigned int login, uid_t user, bool gone_first, const char *proc)
{
	struct caller caller;
	int gone, fd;
	pid_t child = connect_as(login, user, &gone);

	fd = accept_one();
	if (gone_first)
		let_go(child, gone);
	ck_assert_int_eq(caller_of(fd, proc, &caller), 0);
	if (!gone_first)
		let_go(child, gone);
	close(fd);
	ck_assert_int_eq(caller.peer.pid, child);
	ck_assert_uint_eq(caller.peer.uid, user);
	return caller;
}

START_TEST(by_login)
{
	struct caller caller;

	if (!can_set_login()) {
		puts("skipped: the kernel keeps no users of logins, or they cannot be set");
		return;
	}
	caller = look(SATO, SATO, false, CALLER_PROC);
	ck_assert_int_eq(caller.known, CALLER_BY_LOGIN);
	ck_assert_uint_eq(caller.person, SATO);
	/* As sudo and su leave it: another user, the same person. */
	caller = look(SATO, SUZUKI, false, CALLER_PROC);
	ck_assert_int_eq(caller.known, CALLER_BY_LOGIN);
	ck_assert_uint_eq(caller.person, SATO);
	ck_assert(!caller_differs(&caller, SATO));
	ck_assert(caller_differs(&caller, SUZUKI));
	caller = look(SATO, 0, false, CALLER_PROC);
	ck_assert_int_eq(caller.known, CALLER_BY_LOGIN);
	ck_assert_uint_eq(caller.person, SATO);
	/* Root that logged in as itself. */
	caller = look(0, 0, false, CALLER_PROC);
	ck_assert_int_eq(caller.known, CALLER_BY_LOGIN);
	ck_assert_uint_eq(caller.person, 0);
}
END_TEST

START_TEST(without_login)
{
	struct caller caller = look(NONE, SATO, false, CALLER_PROC);
	unsigned int own = NONE;
	FILE *file = fopen("/proc/self/loginuid", "re");

	/* Where the tests themselves are somebody's login, that is who asks. */
	if (file) {
		ck_assert_int_eq(fscanf(file, "%u", &own), 1);
		fclose(file);
	}
	ck_assert_int_eq(caller.known, own == NONE ? CALLER_BY_USER : CALLER_BY_LOGIN);
	ck_assert_uint_eq(caller.person, own == NONE ? SATO : own);
}
END_TEST

/* Whoever asks and is gone at once is nobody: else sudo would make two persons of one. */
START_TEST(gone)
{
	struct caller caller;

	if (access("/proc/self/loginuid", F_OK) != 0) {
		puts("skipped: the kernel keeps no users of logins");
		return;
	}
	caller = look(NONE, 0, true, CALLER_PROC);
	ck_assert_int_eq(caller.known, CALLER_UNKNOWN);
	ck_assert(!caller_differs(&caller, SATO));
	ck_assert(!caller_differs(&caller, 0));
}
END_TEST

/* ---- other kernels ---- */

static void make(const char *name, const char *text)
{
	char full[PATH_MAX + 32];
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", directory, name);
	if (!text) {
		ck_assert_int_eq(mkdir(full, 0755), 0);
		return;
	}
	file = fopen(full, "we");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

/* What is known when /proc has this of the process: text of its loginuid, NULL for none. */
static struct caller look_at(const char *text)
{
	char name[64];
	struct caller caller;
	int gone_pipe, fd;
	pid_t child = connect_as(NONE, SATO, &gone_pipe);

	fd = accept_one();
	snprintf(name, sizeof(name), "%ld", (long)child);
	make(name, NULL);
	snprintf(name, sizeof(name), "%ld/loginuid", (long)child);
	if (text)
		make(name, text);
	ck_assert_int_eq(caller_of(fd, directory, &caller), 0);
	let_go(child, gone_pipe);
	close(fd);
	return caller;
}

START_TEST(no_audit)
{
	struct caller caller;

	/* Nothing of /proc can be seen. */
	caller = look(NONE, SATO, false, directory);
	ck_assert_int_eq(caller.known, CALLER_UNKNOWN);
	/* No users of logins: the user of the process it is. */
	make("self", NULL);
	caller = look(NONE, SATO, false, directory);
	ck_assert_int_eq(caller.known, CALLER_BY_USER);
	ck_assert_uint_eq(caller.person, SATO);
}
END_TEST

START_TEST(strange)
{
	static const char *const texts[] = { "", "x", "-", "123x", "4294967296", "99999999999999" };

	make("self", NULL);
	make("self/loginuid", "4294967295");
	/* The kernel keeps them, but the process is hidden. */
	ck_assert_int_eq(look(NONE, SATO, false, directory).known, CALLER_UNKNOWN);
	ck_assert_int_eq(look_at(NULL).known, CALLER_UNKNOWN);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_int_eq(look_at(texts[i]).known, CALLER_UNKNOWN);
	ck_assert_int_eq(look_at("4294967295").known, CALLER_BY_USER);
	ck_assert_uint_eq(look_at("64902").person, SUZUKI);
	ck_assert_uint_eq(look_at("64902\n").person, SUZUKI);
}
END_TEST

int main(void)
{
	if (geteuid() != 0) {
		puts("skipped: processes of other users need root");
		return 77;
	}

	Suite *suite = suite_create("caller");
	TCase *tcase = tcase_create("caller");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, by_login);
	tcase_add_test(tcase, without_login);
	tcase_add_test(tcase, gone);
	tcase_add_test(tcase, no_audit);
	tcase_add_test(tcase, strange);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}

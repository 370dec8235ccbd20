/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The watchdog is fed after a check that succeeds, and only then. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../daemon/watchdog.h"
#include "../../lib/compile.h"
#include "../../lib/nftxact.h"
#include "inkernel.h"
#include "netspace.h"
#include "suite.h"

START_TEST(test_period)
{
	char own[16];

	snprintf(own, sizeof(own), "%d", getpid());
	ck_assert_uint_eq(watchdog_period(NULL, NULL), 0);
	ck_assert_uint_eq(watchdog_period("30000000", NULL), 10000);
	ck_assert_uint_eq(watchdog_period("30000000", own), 10000);
	ck_assert_uint_eq(watchdog_period("30000000", "1"), 0);
	ck_assert_uint_eq(watchdog_period("1", NULL), 1);
	ck_assert_uint_eq(watchdog_period("0", NULL), 0);
	ck_assert_uint_eq(watchdog_period("", NULL), 0);
	ck_assert_uint_eq(watchdog_period("30s", NULL), 0);
	ck_assert_uint_eq(watchdog_period("30000000", "x"), 0);
}
END_TEST

/* A service manager's socket, of the abstract name space. */
static int listen_to(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "%s", name + 1);
	ck_assert_int_eq(
		bind(fd, (struct sockaddr *)&address,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
		0);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", name, 1), 0);
	return fd;
}

static unsigned int heard(int fd)
{
	char text[64];
	unsigned int count = 0;
	ssize_t length;

	while ((length = recv(fd, text, sizeof(text), 0)) > 0) {
		ck_assert_int_eq(length, strlen("WATCHDOG=1"));
		ck_assert_int_eq(memcmp(text, "WATCHDOG=1", (size_t)length), 0);
		count++;
	}
	return count;
}

struct checks {
	struct loop *loop;
	unsigned int left, made;
	int result;
};

static int check(void *data)
{
	struct checks *checks = data;

	checks->made++;
	if (--checks->left == 0)
		loop_quit(checks->loop, 0);
	return checks->result;
}

static unsigned int fed_of(unsigned int times, int result, int fd)
{
	struct checks checks = { .left = times, .result = result };
	struct watchdog *watchdog;

	ck_assert_int_eq(loop_new(&checks.loop), 0);
	ck_assert_int_eq(watchdog_new(checks.loop, check, &checks, &watchdog), 0);
	ck_assert_int_eq(loop_run(checks.loop), 0);
	watchdog_free(watchdog);
	loop_free(checks.loop);
	ck_assert_uint_eq(checks.made, times);
	return heard(fd);
}

START_TEST(test_feeding)
{
	char name[48];

	snprintf(name, sizeof(name), "@hedate-test-watchdog-%d", getpid());
	int fd = listen_to(name);

	ck_assert_int_eq(setenv("WATCHDOG_USEC", "3000", 1), 0);
	ck_assert_int_eq(unsetenv("WATCHDOG_PID"), 0);
	ck_assert_uint_eq(fed_of(4, 0, fd), 4);
	ck_assert_uint_eq(fed_of(4, -ENOENT, fd), 0);
	close(fd);
}
END_TEST

static void quit(struct loop *loop, void *data)
{
	(void)data;
	loop_quit(loop, 0);
}

/* Nobody asked for it. */
START_TEST(test_none)
{
	struct checks checks = { .left = 1 };
	struct loop_source *timer;
	struct watchdog *watchdog;

	ck_assert_int_eq(unsetenv("WATCHDOG_USEC"), 0);
	ck_assert_int_eq(loop_new(&checks.loop), 0);
	ck_assert_int_eq(watchdog_new(checks.loop, check, &checks, &watchdog), 0);
	ck_assert_int_eq(loop_add_timer(checks.loop, quit, NULL, &timer), 0);
	ck_assert_int_eq(loop_set_timer(timer, 20, 0), 0);
	ck_assert_int_eq(loop_run(checks.loop), 0);
	ck_assert_uint_eq(checks.made, 0);
	watchdog_free(watchdog);
	loop_free(checks.loop);
}
END_TEST

/* The kernel's table: there, of the generation, nobody's. */
START_TEST(test_table)
{
	struct ruleset *ruleset;

	in_kernel_set_up();
	ruleset = compile_city();
	ck_assert_int_eq(watchdog_table(sock, 0, 0), -ENOENT);
	apply(ruleset);
	ck_assert_int_eq(watchdog_table(sock, 0, 0), 0);
	ck_assert_int_eq(watchdog_table(sock, 0, 1), -ESTALE);
	/* It should be ours, and is nobody's any more. */
	ck_assert_int_eq(watchdog_table(sock, 4711, 0), -EPERM);
	ck_assert_int_eq(nftxact_switch(sock, ruleset, 1, "epoch 2 of x"), 0);
	ck_assert_int_eq(watchdog_table(sock, 0, 0), -ESTALE);
	ck_assert_int_eq(watchdog_table(sock, 0, 1), 0);
	netspace_run(0, "nft delete table inet hedate");
	ck_assert_int_eq(watchdog_table(sock, 0, 1), -ENOENT);
	/* Another table of that name. */
	netspace_run(0, "nft add table inet hedate");
	ck_assert_int_lt(watchdog_table(sock, 0, 1), 0);
	ruleset_free(ruleset);
	in_kernel_tear_down();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("watchdog");
	TCase *tcase = tcase_create("all");

	tcase_add_test(tcase, test_period);
	tcase_add_test(tcase, test_feeding);
	tcase_add_test(tcase, test_none);
	tcase_add_test(tcase, test_table);
	suite_add_tcase(suite, tcase);
	return suite_run_in_netspace(suite);
}

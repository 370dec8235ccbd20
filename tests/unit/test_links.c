/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces of a namespace, as their events tell: up, down, missing, undeclared; and what is known
 * of them where events were lost. */
#include <check.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../daemon/links.h"
#include "netspace.h"
#include "suite.h"

static struct policy_segment segments[] = {
	{ .full_name = "lg.a", .interface = "aa0" },
	{ .full_name = "lg.b", .interface = "aa1" },
};
static const struct policy policy = { .segments = segments, .segment_count = 2 };

static struct loop *loop;
static struct links *links;

/* The kernel's events, or that they were lost. */
static unsigned int losses, receives, questions;

ssize_t recv(int fd, void *bytes, size_t length, int flags)
{
	receives++;
	if (losses == 0)
		return syscall(SYS_recvfrom, fd, bytes, length, flags, NULL, NULL);
	losses--;
	errno = ENOBUFS;
	return -1;
}

ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
	questions++;
	return syscall(SYS_sendto, fd, bytes, length, flags, NULL, 0);
}

static char told[1024];

static void on_link(enum links_event event, const char *interface, const char *segment, void *data)
{
	size_t used = strlen(told);

	(void)data;
	snprintf(told + used, sizeof(told) - used, "%s%s %s %s", used ? ", " : "",
		links_event_name(event), interface, segment ? segment : "-");
}

static void on_end(struct loop *running, void *data)
{
	(void)data;
	loop_quit(running, 0);
}

static void let_pass(void)
{
	struct loop_source *end;

	ck_assert_int_eq(loop_add_timer(loop, on_end, NULL, &end), 0);
	ck_assert_int_eq(loop_set_timer(end, 50, 0), 0);
	ck_assert_int_eq(loop_run(loop), 0);
	loop_remove(end);
}

/* Of these two it tells, in either order; "": of one alone. That a line carries anything the kernel
 * finds out when it comes to it. */
static void after(const char *command, const char *one, const char *other)
{
	size_t length = strlen(one) + (other[0] ? strlen(", ") + strlen(other) : 0);

	told[0] = '\0';
	netspace_run(0, command);
	for (int turns = 0; strlen(told) < length && turns < 400; turns++)
		let_pass();
	ck_assert_msg(strlen(told) == length && strstr(told, one) && strstr(told, other),
		"\"%s\", not \"%s\" and \"%s\"", told, one, other);
}

static void set_up(void)
{
	netspace_enter();
	netspace_run(0, "ip link add aa0 type veth peer name bb0");
	losses = receives = questions = 0;
	told[0] = '\0';
	ck_assert_int_eq(loop_new(&loop), 0);
}

static void tear_down(void)
{
	links_free(links);
	loop_free(loop);
}

static void begin(void)
{
	ck_assert_int_eq(links_new(loop, on_link, NULL, &links), 0);
	let_pass();
	ck_assert_str_eq(told, ""); /* nobody has asked yet */
}

START_TEST(at_first)
{
	netspace_run(0, "ip link set bb0 up; ip link set aa0 up; "
			"until ip link show aa0 | grep -q 'state UP' && "
			"ip link show bb0 | grep -q 'state UP'; do sleep 0.1; done");
	begin();
	links_watch(links, &policy);
	ck_assert_str_eq(told, "link-missing aa1 lg.b, link-undeclared bb0 -");
	ck_assert(links_present(links, "aa0"));
	ck_assert(links_up(links, "aa0"));
	ck_assert(!links_present(links, "aa1"));
	ck_assert(!links_up(links, "aa1"));
}
END_TEST

START_TEST(come_and_go)
{
	begin();
	links_watch(links, &policy);
	ck_assert_str_eq(told, "link-down aa0 lg.a, link-missing aa1 lg.b");
	after("ip link set bb0 up; ip link set aa0 up", "link-up aa0 lg.a",
		"link-undeclared bb0 -");
	after("ip link set bb0 down", "link-down aa0 lg.a", "");
	after("ip link set aa0 down; ip link set aa0 name aa1", "link-missing aa0 lg.a",
		"link-down aa1 lg.b");
	ck_assert(!links_present(links, "aa0"));
	ck_assert(links_present(links, "aa1"));
	after("ip link delete aa1", "link-missing aa1 lg.b", "");
	ck_assert(!links_present(links, "aa1"));
}
END_TEST

/* Events of which nothing is known but that they were lost: all is asked for anew, once. */
START_TEST(lost)
{
	begin();
	links_watch(links, &policy);
	ck_assert_uint_eq(questions, 1);
	losses = 3;
	after("ip link set bb0 up; ip link set aa0 up", "link-up aa0 lg.a",
		"link-undeclared bb0 -");
	ck_assert_uint_eq(losses, 0);
	ck_assert_uint_eq(questions, 2);
	after("ip link set bb0 down", "link-down aa0 lg.a", "");
	ck_assert_uint_eq(questions, 2);
}
END_TEST

/* Where there is no end of it, others have their turn; and once there is, all is known. */
START_TEST(lost_without_end)
{
	losses = UINT_MAX;
	begin();
	ck_assert_uint_gt(receives, 0);
	ck_assert(!links_present(links, "aa0"));
	ck_assert_uint_le(questions, 2);
	losses = 0;
	let_pass();
	ck_assert(links_present(links, "aa0"));
	ck_assert(links_present(links, "bb0"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("links");
	TCase *tests = tcase_create("links");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, at_first);
	tcase_add_test(tests, come_and_go);
	tcase_add_test(tests, lost);
	tcase_add_test(tests, lost_without_end);
	suite_add_tcase(suite, tests);
	return suite_run_in_netspace(suite);
}

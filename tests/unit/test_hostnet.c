/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces, addresses and routes of a host, as the kernel tells of them. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../daemon/hostnet.h"
#include "netspace.h"
#include "suite.h"

static struct setup setup;

static void set_up(void)
{
	netspace_enter();
	setup_init(&setup);
}

static void tear_down(void)
{
	setup_clear(&setup);
}

/* "name: network network; route@metric route@metric", one a line, of the interfaces that tests
 * make; some kernels put others into each namespace. */
static const char *read_all(void)
{
	static char text[4096];
	size_t length = 0;

	text[0] = '\0';
	ck_assert_int_eq(hostnet_read(&setup), 0);
	for (size_t i = 0; i < setup.interface_count; i++) {
		const struct setup_interface *interface = &setup.interfaces[i];
		char address[ADDR_TEXT_MAX];

		length += (size_t)snprintf(text + length, sizeof(text) - length,
			"%s%s:", interface->name, interface->up ? "" : " down");
		for (size_t j = 0; j < interface->network_count; j++) {
			addr_prefix_format(&interface->networks[j], address);
			length += (size_t)snprintf(
				text + length, sizeof(text) - length, " %s", address);
		}
		for (size_t j = 0; j < interface->route_count; j++) {
			addr_prefix_format(&interface->routes[j].prefix, address);
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s %s@%u",
				j == 0 ? ";" : "", address, interface->routes[j].metric);
		}
		length += (size_t)snprintf(text + length, sizeof(text) - length, "\n");
		ck_assert_uint_lt(length, sizeof(text));
	}
	return text;
}

static void add_interfaces(void)
{
	netspace_run(0, "ip link add e0 type bridge && ip link add e1 type bridge &&"
			"ip link add e2 type bridge && ip link set e0 up && ip link set e1 up");
}

START_TEST(test_none)
{
	/* Loopback is not one of them, nor what the kernel makes in each namespace. */
	read_all();
	for (size_t i = 0; i < setup.interface_count; i++)
		ck_assert_str_ne(setup.interfaces[i].name, "lo");
}
END_TEST

START_TEST(test_addresses)
{
	add_interfaces();
	netspace_run(0, "ip addr add 10.1.0.5/24 dev e0 && ip addr add 10.1.0.6/24 dev e0 &&"
			"ip addr add 10.3.0.1/16 dev e0 && ip addr add fd00:1::5/64 dev e0 nodad &&"
			"ip addr add 10.9.0.1 peer 10.9.0.2/32 dev e1 &&"
			"ip addr add 169.254.3.4/16 dev e1 scope link");
	ck_assert_str_eq(
		read_all(), "e0: 10.1.0.0/24 10.3.0.0/16 fd00:1::/64\ne1: 10.9.0.2\ne2 down:\n");
}
END_TEST

START_TEST(test_routes)
{
	add_interfaces();
	netspace_run(0, "ip addr add 10.1.0.5/24 dev e0 && ip addr add 10.2.0.5/24 dev e1 &&"
			"ip addr add fd00:1::5/64 dev e0 nodad &&"
			"ip route add default via 10.1.0.1 metric 50 &&"
			"ip route add 172.16.0.0/12 via 10.2.0.1 &&"
			"ip route add 10.66.0.0/16 nexthop via 10.1.0.1 nexthop via 10.2.0.1 &&"
			"ip route add 10.77.0.0/16 dev e1 &&"
			"ip route add blackhole 10.88.0.0/16 && ip route add unreachable "
			"10.89.0.0/16 &&"
			"ip route add 10.99.0.0/16 via 10.1.0.1 table 100 &&"
			"ip -6 route add fd00:66::/32 via fd00:1::1 metric 7");
	ck_assert_str_eq(read_all(),
		"e0: 10.1.0.0/24 fd00:1::/64; 0.0.0.0/0@50 10.66.0.0/16@0 fd00:66::/32@7\n"
		"e1: 10.2.0.0/24; 10.66.0.0/16@0 10.77.0.0/16@0 172.16.0.0/12@0\n"
		"e2 down:\n");
}
END_TEST

START_TEST(test_many)
{
	netspace_run(0, "for i in $(seq 300); do echo \"link add b$i type bridge\"; done |"
			"ip -batch -");
	ck_assert_int_eq(hostnet_read(&setup), -E2BIG);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { test_none, test_addresses, test_routes, test_many };
	Suite *suite = suite_create("hostnet");
	TCase *tcase = tcase_create("hostnet");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 60);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite_run_in_netspace(suite);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's counters of what it drops, in the forms that its files have. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/netcount.h"
#include "suite.h"

static void expect(const struct netcount *count, uint64_t reverse_path, uint64_t martian,
	uint64_t no_route, uint64_t address, uint64_t header)
{
	ck_assert_uint_eq(count->of[NETCOUNT_REVERSE_PATH], reverse_path);
	ck_assert_uint_eq(count->of[NETCOUNT_MARTIAN], martian);
	ck_assert_uint_eq(count->of[NETCOUNT_NO_ROUTE], no_route);
	ck_assert_uint_eq(count->of[NETCOUNT_ADDRESS], address);
	ck_assert_uint_eq(count->of[NETCOUNT_HEADER], header);
}

START_TEST(test_files)
{
	struct netcount count = { 0 };

	netcount_add(&count, NETCOUNT_PAIRS,
		"TcpExt: SyncookiesSent IPReversePathFilter ArpFilter\n"
		"TcpExt: 5 7 9\n"
		"IpExt: InNoRoutes InTruncatedPkts InMcastPkts InCsumErrors\n"
		"IpExt: 11 2 1000 3\n");
	expect(&count, 7, 0, 11, 0, 5);
	netcount_add(&count, NETCOUNT_PAIRS,
		"Ip: Forwarding InReceives InHdrErrors InAddrErrors\n"
		"Ip: 1 99 20 4\n"
		"Icmp: InErrors InHdrErrors\n"
		"Icmp: 1 1\n");
	expect(&count, 7, 0, 11, 4, 25);
	netcount_add(&count, NETCOUNT_LINES,
		"Ip6InReceives                   \t500\n"
		"Ip6InHdrErrors                  \t1\n"
		"Ip6InNoRoutes                   \t2\n"
		"Ip6InAddrErrors                 \t3\n"
		"Ip6InTruncatedPkts              \t4\n"
		"Ip6OutNoRoutes                  \t600\n");
	expect(&count, 7, 0, 13, 7, 30);
	netcount_add(&count, NETCOUNT_TABLE,
		"entries  in_hit   in_martian_dst in_martian_src out_hit \n"
		"0000002e 00000000 0000000a    000000ff   00000000\n"
		"0000002e 00000000 00000001    00000000   00000000\n");
	expect(&count, 7, 0x10a, 13, 7, 30);
}
END_TEST

/* What is not of this form, or cut off somewhere, is not counted, and nothing is read behind it. */
static const char *const odd[] = {
	"",
	"\n",
	":\n:\n",
	"TcpExt: IPReversePathFilter",
	"TcpExt: IPReversePathFilter\n",
	"TcpExt: IPReversePathFilter\nTcpExt:",
	"TcpExt: IPReversePathFilter\nIpExt: 7\n",
	"TcpExt IPReversePathFilter\nTcpExt 7\n",
	"IPReversePathFilter: TcpExt:\nIPReversePathFilter: 7\n",
	"in_martian_src",
	"in_martian_src\n",
	"Ip6InNoRoutes",
	"Ip6InNoRoutes \n",
	"Ip6InNoRoute 7\nIp6InNoRoutesX 7\n",
};

START_TEST(test_odd)
{
	for (int form = 0; form < NETCOUNT_FORMS; form++) {
		struct netcount count = { 0 };

		netcount_add(&count, (enum netcount_form)form, odd[_i]);
		expect(&count, 0, 0, 0, 0, 0);
	}
}
END_TEST

/* Those of the machine that this runs on: all that is looked for is there. */
START_TEST(test_kernel)
{
	static const struct {
		const char *path, *name;
	} files[] = {
		{ "/proc/self/net/netstat", "IPReversePathFilter" },
		{ "/proc/self/net/netstat", "InNoRoutes" },
		{ "/proc/self/net/netstat", "InTruncatedPkts" },
		{ "/proc/self/net/netstat", "InCsumErrors" },
		{ "/proc/self/net/snmp", "InHdrErrors" },
		{ "/proc/self/net/snmp", "InAddrErrors" },
		{ "/proc/self/net/snmp6", "Ip6InNoRoutes" },
		{ "/proc/self/net/snmp6", "Ip6InTruncatedPkts" },
		{ "/proc/self/net/stat/rt_cache", "in_martian_src" },
		{ "/proc/self/net/stat/rt_cache", "in_martian_dst" },
	};
	static char text[65536];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		FILE *file = fopen(files[i].path, "r");

		if (!file)
			continue;
		text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
		fclose(file);
		ck_assert_msg(strstr(text, files[i].name) != NULL, "%s has no %s", files[i].path,
			files[i].name);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("netcount");
	TCase *tests = tcase_create("netcount");

	tcase_add_test(tests, test_files);
	tcase_add_loop_test(tests, test_odd, 0, sizeof(odd) / sizeof(odd[0]));
	tcase_add_test(tests, test_kernel);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

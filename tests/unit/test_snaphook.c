/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Base chains by hooks and priorities, of rules that were read back from the kernel. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include <linux/netfilter.h>

#include "../../lib/snaphook.h"
#include "inkernel.h"
#include "netspace.h"
#include "nftload.h"
#include "suite.h"

/* A table of its own with one base chain, and what stands in it. */
#define BASE(family, table, type, hook, priority, rules)                                           \
	"table " family " " table " { chain c { type " type " hook " hook " priority " priority    \
	" ;\n" rules "\n}\n}\n"

#define RULES                                                                                      \
	BASE("inet", "z", "filter", "prerouting", "-100", "")                                      \
	BASE("ip", "nat", "nat", "prerouting", "-150", "")                                         \
	BASE("inet", "a", "filter", "prerouting", "-300", "")                                      \
	BASE("inet", "early", "filter", "prerouting", "-400", "")                                  \
	BASE("ip6", "six", "filter", "prerouting", "-90", "")                                      \
	BASE("ip6", "masked", "nat", "postrouting", "7", "")                                       \
	BASE("inet", "out", "filter", "postrouting", "0", "")                                      \
	BASE("inet", "in", "filter", "ingress device lo", "3", "")                                 \
	BASE("netdev", "dev", "filter", "egress device lo", "-2", "")                              \
	BASE("netdev", "dev2", "filter", "ingress device lo", "-2", "")                            \
	BASE("bridge", "br", "filter", "prerouting", "0", "")                                      \
	"table inet asleep { flags dormant;\n chain c { type filter hook prerouting priority 0;\n" \
	"}\n}\ntable inet none { chain regular {\n}\n}\n"

static const struct {
	uint32_t hook;
	enum pkt_world world;
	const char *bases;
} hooks[] = {
	{ NF_INET_PRE_ROUTING, PKT_IPV4, "a:-300 z:-100 nat:-100n " },
	{ NF_INET_PRE_ROUTING, PKT_IPV6, "a:-300 z:-100 six:-90 " },
	{ SNAPHOOK_EARLY, PKT_IPV4, "early:-400 " },
	{ SNAPHOOK_EARLY, PKT_IPV6, "early:-400 " },
	{ NF_INET_FORWARD, PKT_IPV4, "" },
	{ NF_INET_POST_ROUTING, PKT_IPV4, "out:0 " },
	{ NF_INET_POST_ROUTING, PKT_IPV6, "out:0 masked:100n " },
	{ SNAPHOOK_INGRESS, PKT_IPV4, "dev2:-2 in:3 " },
	{ SNAPHOOK_EGRESS, PKT_IPV6, "dev:-2 " },
};

START_TEST(bases_of_a_hook)
{
	struct snapshot *snapshot = load_rules(RULES);
	char text[256] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");
	struct snaphook_bases bases;

	ck_assert_int_eq(snaphook_bases(snapshot, hooks[_i].world, hooks[_i].hook, &bases), 0);
	for (size_t i = 0; i < bases.count; i++)
		fprintf(out, "%s:%d%s ", snap_table_name(bases.list[i].table),
			(int)bases.list[i].priority, bases.list[i].nat ? "n" : "");
	fclose(out);
	ck_assert_str_eq(text, hooks[_i].bases);
	snaphook_bases_clear(&bases);
	snapshot_free(snapshot);
}
END_TEST

static const char *devices_of(const struct snap_chain *chain)
{
	static char text[128];
	const char *name;

	text[0] = '\0';
	for (size_t i = 0; (name = snaphook_device(chain, i)) != NULL; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s:", name);
	return text;
}

START_TEST(devices_of_a_chain)
{
	struct snapshot *snapshot = load_rules("table netdev d {\n chain one { type filter hook "
					       "ingress device lo priority 0;\n }\n"
					       " chain two { type filter hook ingress devices = { "
					       "lo, e0 } priority 0;\n }\n"
					       " chain none {\n }\n}\n");
	const struct snap_table *table = snapshot_find_table(snapshot, NFPROTO_NETDEV, "d");

	ck_assert_str_eq(devices_of(snap_find_chain(table, "one")), "lo:lo:");
	ck_assert_str_eq(devices_of(snap_find_chain(table, "two")), "e0:lo:");
	ck_assert_str_eq(devices_of(snap_find_chain(table, "none")), "");
	snapshot_free(snapshot);
}
END_TEST

/* What rules make of connections: kept, translated; in IPv4, in IPv6. */
static const struct {
	const char *rules;
	bool kept[PKT_WORLDS], translated[PKT_WORLDS];
} connections[] = {
	{ BASE("inet", "t", "filter", "forward", "0", "ip ttl 3 drop"), { false, false },
		{ false, false } },
	{ BASE("inet", "t", "filter", "forward", "0", "ip ttl 3 drop\nct state new drop"),
		{ true, true }, { false, false } },
	{ BASE("ip6", "t", "filter", "forward", "0", "ct state new drop"), { false, true },
		{ false, false } },
	{ BASE("ip", "t", "nat", "prerouting", "-100", "dnat to 10.0.0.1"), { true, false },
		{ true, false } },
	{ BASE("ip", "t", "nat", "prerouting", "-100", ""), { false, false }, { true, false } },
	/* Taken out before it is looked up; too late for that. */
	{ BASE("inet", "e", "filter", "prerouting", "-450", "notrack")
			BASE("inet", "t", "filter", "forward", "0", "ct state new drop"),
		{ false, false }, { false, false } },
	{ BASE("ip", "e", "filter", "prerouting", "-450", "notrack")
			BASE("inet", "t", "filter", "forward", "0", "ct state new drop"),
		{ false, true }, { false, false } },
	{ BASE("inet", "e", "filter", "prerouting", "-300", "notrack")
			BASE("inet", "t", "filter", "forward", "0", "ct state new drop"),
		{ true, true }, { false, false } },
	/* By a chain that is jumped to from an early one; by one that no early one can jump to. */
	{ "table inet e { chain r {\n notrack\n }\n chain c { type filter hook prerouting priority "
	  "-450;\n jump r\n }\n }\n" BASE(
		  "inet", "t", "filter", "forward", "0", "ct state new drop"),
		{ false, false }, { false, false } },
	{ "table inet e { chain r {\n notrack\n }\n chain c { type filter hook prerouting priority "
	  "-300;\n jump r\n }\n }\n" BASE(
		  "inet", "t", "filter", "forward", "0", "ct state new drop"),
		{ true, true }, { false, false } },
};

START_TEST(connections_are_kept)
{
	struct snapshot *snapshot = load_rules(connections[_i].rules);

	for (unsigned int i = 0; i < PKT_WORLDS; i++) {
		ck_assert_int_eq(snaphook_keeps_connections(snapshot, i), connections[_i].kept[i]);
		ck_assert_int_eq(snaphook_translates(snapshot, i), connections[_i].translated[i]);
	}
	snapshot_free(snapshot);
}
END_TEST

static void set_up(void)
{
	in_kernel_set_up();
	netspace_run(0, "ip link add e0 type veth peer name e1");
}

#define ROWS(array) (int)(sizeof(array) / sizeof((array)[0]))

int main(void)
{
	Suite *suite = suite_create("snaphook");
	TCase *tcase = tcase_create("snaphook");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, in_kernel_tear_down);
	tcase_add_loop_test(tcase, bases_of_a_hook, 0, ROWS(hooks));
	tcase_add_test(tcase, devices_of_a_chain);
	tcase_add_loop_test(tcase, connections_are_kept, 0, ROWS(connections));
	suite_add_tcase(suite, tcase);
	return suite_run_in_netspace(suite);
}

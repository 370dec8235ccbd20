/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small rule sets, written as nft takes them and read back from the kernel, each with packets and
 * what becomes of them: they pass for sure, do not pass for sure, or it is not known.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/symexec.h"
#include "inkernel.h"
#include "nftload.h"
#include "suite.h"
#include "sympacket.h"

enum answer { PASSES, STOPPED, PERHAPS };

struct question {
	const char *packet;
	enum answer answer;
};

#define QUESTIONS_MAX 12

struct row {
	const char *name, *rules;
	enum sym_way way;
	struct question questions[QUESTIONS_MAX];
};

#define FORWARD(rules)                                                                             \
	"table inet t { chain c { type filter hook forward priority 0; policy drop; " rules        \
	"\n }\n }"

static const struct row rows[] = {
	{ "what fails a test after a write goes on with what was written",
		FORWARD("meta mark set 0x7 tcp dport 5 accept\n meta mark 0x7 accept"), SYM_FORWARD,
		{ { "saddr=10.0.0.1 dport=5", PASSES },
			{ "saddr=10.0.0.1 dport=6 mark=0", PASSES } } },
	{ "what one rule may have written is not known to the next",
		FORWARD("tcp dport 5 meta mark set 0x7\n tcp dport 6 meta mark 0x7 accept"),
		SYM_FORWARD, { { "saddr=10.0.0.1 dport=6 mark=0", PERHAPS } } },
	{ "a constant that was written is known",
		FORWARD("tcp dport 5 meta mark set 0x7 goto a\n drop\n }\n"
			" chain a {\n meta mark 0x7 accept"),
		SYM_FORWARD,
		{ { "saddr=10.0.0.1 dport=5 mark=9", PASSES },
			{ "saddr=10.0.0.1 dport=6 mark=7", STOPPED } } },
	{ "it is known in chains that are jumped to, and behind them",
		FORWARD("meta mark set 0x7 jump a\n meta mark != 0x9 accept\n }\n"
			" chain a {\n tcp dport 5 meta mark set 0x8\n tcp dport 6 meta mark 0x9 "
			"drop"),
		SYM_FORWARD,
		{ { "saddr=10.0.0.1 dport=5 mark=9", PASSES },
			{ "saddr=10.0.0.1 dport=6 mark=9", PASSES } } },
	{ "between two values there are others",
		FORWARD("tcp dport 5 meta mark set 0x7\n tcp dport != 5 meta mark set 0x9\n"
			" meta mark 0x8 accept"),
		SYM_FORWARD, { { "saddr=10.0.0.1 dport=5", PERHAPS } } },
	{ "what a map gives is one of its values",
		FORWARD("ct mark set ip saddr map { 10.0.0.1 : 0x300, 10.0.0.2 : 0x5 } goto a\n }\n"
			" chain a {\n ct mark != 0 accept\n ct mark 0x7000000 accept"),
		SYM_FORWARD,
		{ { "saddr=10.0.0.1 ctmark=0", PASSES }, { "saddr=10.0.0.3 ctmark=0", STOPPED } } },
	{ "and no other one",
		FORWARD("ct mark set ip saddr map { 10.0.0.1 : 0x300, 10.0.0.2 : 0x5 } goto a\n }\n"
			" chain a {\n ct mark 0x6 accept\n ct mark & 0x1 == 0x1 accept"),
		SYM_FORWARD, { { "saddr=10.0.0.1 ctmark=0", PERHAPS } } },
	{ "chains of one priority come in any order",
		"table inet t {\n chain a {\n type filter hook forward priority 0;\n"
		" meta mark set 0x7\n }\n"
		" chain c {\n type filter hook forward priority 0; policy drop;\n"
		" meta mark 0x7 accept\n }\n }",
		SYM_FORWARD,
		{ { "saddr=10.0.0.1 mark=0", PERHAPS }, { "saddr=10.0.0.1 mark=7", PERHAPS } } },
	{ "where a chain translates, packets of known connections have other addresses",
		"table ip n {\n chain s {\n type nat hook postrouting priority 100;\n masquerade\n"
		" }\n }\n"
		"table inet t {\n chain p {\n type filter hook prerouting priority -150;\n"
		" ip daddr 10.0.0.9 drop\n }\n"
		" chain c {\n type filter hook forward priority 0; policy drop;\n"
		" ip daddr 10.0.0.1 accept\n }\n }",
		SYM_FORWARD,
		{ { "saddr=10.0.0.2 daddr=10.0.0.1 state=8", PASSES },
			{ "saddr=10.0.0.2 daddr=10.0.0.3 state=8", STOPPED },
			{ "saddr=10.0.0.2 daddr=10.0.0.1 state=1", PASSES },
			{ "saddr=10.0.0.2 daddr=10.0.0.1 state=2", PERHAPS },
			{ "saddr=10.0.0.2 daddr=10.0.0.3 state=4", PERHAPS },
			{ "saddr=10.0.0.2 daddr=10.0.0.9 state=2", STOPPED } } },
	{ "a destination is translated before rules of prerouting at that place, a source behind",
		"table ip n {\n chain d {\n type nat hook prerouting priority -190;\n"
		" tcp dport 80 dnat to 10.0.0.5:8080\n }\n }\n"
		"table inet t {\n chain p {\n type filter hook prerouting priority -150;\n"
		" tcp dport 81 drop\n }\n"
		" chain c {\n type filter hook forward priority 0; policy drop;\n"
		" ip saddr 10.0.0.2 tcp dport 81 accept\n }\n }",
		SYM_FORWARD,
		{ { "saddr=10.0.0.2 daddr=10.0.0.1 dport=80", PERHAPS },
			{ "saddr=10.0.0.3 daddr=10.0.0.1 dport=80", STOPPED },
			{ "saddr=10.0.0.2 daddr=10.0.0.1 dport=81", STOPPED } } },
	{ "a load behind the end of a packet fails",
		FORWARD("tcp flags & syn == syn drop\n tcp flags & syn == 0 drop\n"
			" tcp dport 22 accept"),
		SYM_FORWARD,
		{ { "saddr=10.0.0.1 dport=22", STOPPED },
			{ "saddr=10.0.0.1 dport=22 truncated=9", PASSES },
			{ "saddr=10.0.0.1 dport=22 truncated=5", PASSES },
			{ "saddr=10.0.0.1 dport=22 truncated=4", STOPPED },
			{ "saddr=10.0.0.1 dport=22 truncated=15", STOPPED } } },
	{ "what an accepted packet has had written is known to later hooks",
		"table inet t {\n chain a {\n type filter hook prerouting priority 0;\n"
		" meta mark set 0x7 accept\n }\n"
		" chain c {\n type filter hook forward priority 0; policy drop;\n"
		" meta mark 0x7 accept\n }\n }",
		SYM_FORWARD, { { "saddr=10.0.0.1 mark=0", PASSES } } },
};

/*
 * What is known to go wrong where a rule set is read too simply, one row or more for each trap.
 * Those that are not about single packets are tried elsewhere: attributes that nobody knows
 * (test_nltree, test_symexprs), snapshots of two generations (test_snapshot).
 */
static const struct row traps[] = {
	{ "a piece of a packet has bytes of its payload where the ports would be",
		FORWARD("tcp dport 22 accept"), SYM_FORWARD,
		{ { "saddr=10.0.0.1 dport=22", PASSES },
			{ "saddr=10.0.0.1 dport=80 frag=1", PERHAPS },
			{ "saddr=10.0.0.1 dport=22 frag=1", PERHAPS },
			{ "saddr=fd00::1 dport=80 frag=1 nexthdr=44", PERHAPS } } },
	{ "and is put together where connections are kept",
		FORWARD("ct state new tcp dport 22 accept"), SYM_FORWARD,
		{ { "saddr=10.0.0.1 dport=22", PASSES },
			{ "saddr=10.0.0.1 dport=22 frag=1", STOPPED } } },
	{ "ranges that touch, from the first value and to the last",
		"table inet t { set s { type ipv4_addr; flags interval; elements = {\n"
		" 0.0.0.0-0.0.0.9, 10.0.0.0-10.0.0.9, 10.0.0.10-10.0.0.19, 255.0.0.0/8 } }\n"
		" chain c { type filter hook forward priority 0; policy drop;\n"
		" ip saddr @s accept\n }\n }",
		SYM_FORWARD,
		{ { "saddr=0.0.0.0", PASSES }, { "saddr=0.0.0.10", STOPPED },
			{ "saddr=10.0.0.9", PASSES }, { "saddr=10.0.0.10", PASSES },
			{ "saddr=10.0.0.19", PASSES }, { "saddr=10.0.0.20", STOPPED },
			{ "saddr=254.255.255.255", STOPPED },
			{ "saddr=255.255.255.255", PASSES } } },
	{ "a map without a name leaves out the end between neighbours",
		FORWARD("tcp dport vmap { 0-9 : drop, 10-19 : accept, 20-29 : drop, 65535 : accept "
			"}"),
		SYM_FORWARD,
		{ { "saddr=10.0.0.1 dport=9", STOPPED }, { "saddr=10.0.0.1 dport=10", PASSES },
			{ "saddr=10.0.0.1 dport=19", PASSES },
			{ "saddr=10.0.0.1 dport=20", STOPPED },
			{ "saddr=10.0.0.1 dport=30", STOPPED },
			{ "saddr=10.0.0.1 dport=65535", PASSES } } },
	{ "fields of a key stand in four bytes each",
		"table inet t { set s { type inet_service . ipv4_addr; flags interval; elements = "
		"{\n"
		" 80-90 . 10.0.0.0/24, 443 . 10.0.1.1 } }\n"
		" chain c { type filter hook forward priority 0; policy drop;\n"
		" tcp dport . ip saddr @s accept\n }\n }",
		SYM_FORWARD,
		{ { "saddr=10.0.0.255 dport=90", PASSES }, { "saddr=10.0.1.0 dport=90", STOPPED },
			{ "saddr=10.0.0.0 dport=79", STOPPED },
			{ "saddr=10.0.1.1 dport=443", PASSES } } },
	{ "which of two elements is found is not known",
		"table inet t { map m { type ipv4_addr . inet_service : verdict; flags interval;\n"
		" elements = { 10.0.0.5 . 80-90 : drop, 10.0.0.0/24 . 80 : accept } }\n"
		" chain c { type filter hook forward priority 0; policy drop;\n"
		" ip saddr . tcp dport vmap @m\n }\n }",
		SYM_FORWARD,
		{ { "saddr=10.0.0.4 dport=80", PASSES }, { "saddr=10.0.0.5 dport=80", PERHAPS },
			{ "saddr=10.0.0.5 dport=81", STOPPED } } },
	{ "what others have sent before decides",
		"table inet t { set seen { type ipv4_addr; flags dynamic; size 9; }\n"
		" set few { type ipv4_addr; flags dynamic; size 9; }\n"
		" chain c { type filter hook forward priority 0; policy drop;\n"
		" tcp dport 1 ip saddr @seen accept\n tcp dport 2 limit rate 1/second accept\n"
		" tcp dport 3 quota until 1 mbytes accept\n tcp dport 4 numgen random mod 2 0 "
		"accept\n"
		" tcp dport 5 add @few { ip saddr ct count over 3 } accept\n"
		" tcp dport 6 add @seen { ip saddr } accept\n }\n }",
		SYM_FORWARD,
		{ { "saddr=10.0.0.1 dport=1", PERHAPS }, { "saddr=10.0.0.1 dport=2", PERHAPS },
			{ "saddr=10.0.0.1 dport=3", PERHAPS },
			{ "saddr=10.0.0.1 dport=4", PERHAPS },
			{ "saddr=10.0.0.1 dport=5", PERHAPS },
			{ "saddr=10.0.0.1 dport=6", PERHAPS },
			{ "saddr=10.0.0.1 dport=7", STOPPED } } },
	{ "marks are compared as numbers, whatever this machine's memory",
		FORWARD("meta mark > 0x100 accept\n ct mark 0x80-0x1ff accept"), SYM_FORWARD,
		{ { "saddr=10.0.0.1 mark=0x101", PASSES }, { "saddr=10.0.0.1 mark=0x100", STOPPED },
			{ "saddr=10.0.0.1 mark=0xff", STOPPED },
			{ "saddr=10.0.0.1 mark=0x10000", PASSES },
			{ "saddr=10.0.0.1 ctmark=0x100", PASSES },
			{ "saddr=10.0.0.1 ctmark=0x200", STOPPED },
			{ "saddr=10.0.0.1 ctmark=0x7f", STOPPED } } },
	{ "a prefix is a shorter load, a name's beginning a shorter comparison",
		FORWARD("ip saddr 10.0.1.0/24 accept\n iifname \"eth1*\" accept\n"
			" iifname \"ppp\" accept"),
		SYM_FORWARD,
		{ { "saddr=10.0.1.255", PASSES }, { "saddr=10.0.2.0", STOPPED },
			{ "saddr=10.0.0.1 iif=eth1", PASSES },
			{ "saddr=10.0.0.1 iif=eth10", PASSES },
			{ "saddr=10.0.0.1 iif=eth2", STOPPED },
			{ "saddr=10.0.0.1 iif=ppp", PASSES },
			{ "saddr=10.0.0.1 iif=ppp0", STOPPED } } },
	{ "a connection has one state, a packet has many flags",
		FORWARD("ct state established ct state new accept\n"
			" ct state { established, related } accept\n"
			" tcp flags & syn != 0 tcp flags & ack != 0 accept\n ct state untracked "
			"drop"),
		SYM_FORWARD,
		{ { "saddr=10.0.0.1 state=8", STOPPED }, { "saddr=10.0.0.1 state=2", PASSES },
			{ "saddr=10.0.0.1 state=4", PASSES },
			{ "saddr=10.0.0.1 state=8 flags=0x12", PASSES },
			{ "saddr=10.0.0.1 state=8 flags=0x13", PASSES },
			{ "saddr=10.0.0.1 state=8 flags=0x02", STOPPED } } },
	{ "what is not there ends a rule, where it must not be something as well",
		FORWARD("tcp dport != 5 accept\n ether saddr != 02:00:00:00:00:01 udp dport 7 "
			"accept\n"
			" ct mark != 5 udp dport 8 accept\n ip saddr != 10.0.0.1 udp dport 9 "
			"accept"),
		SYM_FORWARD,
		{ { "saddr=10.0.0.1 dport=6", PASSES },
			{ "saddr=10.0.0.1 dport=6 proto=17", STOPPED },
			{ "saddr=10.0.0.1 dport=7 proto=17 mac=02:00:00:00:00:02", PASSES },
			{ "saddr=10.0.0.1 dport=7 proto=17 mac=02:00:00:00:00:02 iiftype=512",
				STOPPED },
			{ "saddr=10.0.0.1 dport=8 proto=17", PASSES },
			{ "saddr=10.0.0.1 dport=8 proto=17 state=1", STOPPED },
			{ "saddr=10.0.0.1 dport=8 proto=17 state=64", STOPPED },
			{ "saddr=10.0.0.2 dport=9 proto=17", PASSES },
			{ "saddr=fd00::1 dport=9 proto=17 nexthdr=17", STOPPED } } },
	{ "a known connection is bound to no interface",
		FORWARD("ct state established accept\n iifname \"eth0\" oifname \"eth1\" accept"),
		SYM_FORWARD,
		{ { "saddr=10.0.0.1 state=2", PASSES },
			{ "saddr=10.0.0.1 state=2 iif=eth7 oif=eth8", PASSES },
			{ "saddr=10.0.0.1 state=8 iif=eth7 oif=eth8", STOPPED } } },
	{ "a table that sleeps does nothing",
		"table inet a { flags dormant\n chain c { type filter hook forward priority 0;"
		" policy drop;\n }\n }\n"
		"table inet t { chain c { type filter hook forward priority 0; policy accept;\n"
		" tcp dport 1 drop\n }\n }",
		SYM_FORWARD,
		{ { "saddr=10.0.0.1", PASSES }, { "saddr=10.0.0.1 dport=1", STOPPED } } },
	{ "a device's chains come first",
		"table netdev n { chain c { type filter hook ingress device lo priority 0;\n"
		" tcp dport 9 drop\n }\n }\n"
		"table inet t { chain c { type filter hook forward priority 0; policy accept;\n "
		"}\n }",
		SYM_FORWARD,
		{ { "saddr=10.0.0.1 iif=lo dport=9", STOPPED },
			{ "saddr=10.0.0.1 iif=lo dport=8", PASSES },
			{ "saddr=10.0.0.1 iif=eth0 dport=9", PASSES } } },
	{ "what is let pass at some times may pass",
		FORWARD("meta hour \"08:00\"-\"09:00\" accept\n meta day \"Sunday\" drop\n"
			" tcp dport 1 accept"),
		SYM_FORWARD,
		{ { "saddr=10.0.0.1 dport=1", PERHAPS }, { "saddr=10.0.0.1 dport=2", PERHAPS } } },
};

static const char *const answers[] = { "passes", "is stopped", "perhaps passes" };

static enum answer ask(struct symexec *exec, enum sym_way way, const struct hdr_packet *packet)
{
	struct hdrspace *space = symexec_space(exec);
	bool may = hdrspace_holds(space, symexec_may_pass(exec, way), packet);
	bool must = hdrspace_holds(space, symexec_must_pass(exec, way), packet);

	ck_assert(may || !must);
	return must ? PASSES : may ? PERHAPS : STOPPED;
}

static void try_row(const struct row *row)
{
	struct snapshot *snapshot = load_rules(row->rules);
	struct symexec *worlds[PKT_WORLDS];
	struct bdd_budget budget = { 0 };

	for (unsigned int world = 0; world < PKT_WORLDS; world++) {
		ck_assert_int_eq(symexec_new(snapshot, world, &worlds[world]), 0);
		ck_assert_int_eq(symexec_run(worlds[world], &budget), 0);
	}
	for (size_t i = 0; i < QUESTIONS_MAX && row->questions[i].packet; i++) {
		const struct question *question = &row->questions[i];
		enum pkt_world world;
		struct hdr_packet packet = packet_of(question->packet, &world);
		enum answer answer = ask(worlds[world], row->way, &packet);

		ck_assert_msg(answer == question->answer, "%s: %s: %s", row->name, question->packet,
			answers[answer]);
	}
	for (unsigned int world = 0; world < PKT_WORLDS; world++)
		symexec_free(worlds[world]);
	snapshot_free(snapshot);
}

START_TEST(rule_sets_and_packets)
{
	try_row(&rows[_i]);
}
END_TEST

START_TEST(known_traps)
{
	try_row(&traps[_i]);
}
END_TEST

/* Two snapshots in one space: what they permit is compared as sets. */
START_TEST(two_in_one_space)
{
	struct snapshot *one = load_rules(FORWARD("tcp dport { 5, 7 } accept"));
	struct snapshot *other = load_rules(FORWARD("tcp dport 7 accept\n tcp dport 5 accept"));
	struct snapshot *more = load_rules(FORWARD("tcp dport 5-7 accept"));
	struct snapshot *const snapshots[] = { one, other, more };
	struct symexec *execs[3];
	struct bdd_budget budget = { 0 };
	struct hdrspace *space;

	ck_assert_int_eq(pktspace_new(PKT_IPV4, &space), 0);
	for (unsigned int i = 0; i < 3; i++) {
		ck_assert_int_eq(symexec_new_in(snapshots[i], PKT_IPV4, space, &execs[i]), 0);
		ck_assert_ptr_eq(symexec_space(execs[i]), space);
		ck_assert_int_eq(symexec_note(execs[i]), 0);
	}
	ck_assert_int_eq(hdrspace_seal(space, &budget), 0);
	for (unsigned int i = 0; i < 3; i++)
		ck_assert_int_eq(symexec_decide(execs[i]), 0);
	ck_assert_uint_eq(
		symexec_may_pass(execs[0], SYM_FORWARD), symexec_may_pass(execs[1], SYM_FORWARD));
	bdd_node added = bdd_diff(hdrspace_bdd(space), symexec_may_pass(execs[2], SYM_FORWARD),
		symexec_may_pass(execs[0], SYM_FORWARD));
	struct hdr_packet packet = { 0 };

	ck_assert(hdrspace_pick(space, added, &packet));
	ck_assert_uint_eq((uint64_t)packet.values[PKT_DPORT], 6);
	for (unsigned int i = 0; i < 3; i++) {
		symexec_free(execs[i]);
		snapshot_free(snapshots[i]);
	}
	hdrspace_free(space);
}
END_TEST

#define LIST 300

/* Four lists of pairs, each next to the other by another step: the diagram of what is in all of
 * them grows with the square of their length. It ends, without an answer. */
START_TEST(too_much_ends_without_an_answer)
{
	static const unsigned int steps[] = { 1, 7, 31, 101 };
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	struct bdd_budget budget = { .nodes = 30000 };
	struct symexec *exec;

	fprintf(out,
		"table ip t {\n chain c {\n type filter hook forward priority 0; policy drop;\n");
	for (unsigned int list = 0; list < 4; list++)
		for (unsigned int i = 0; i < LIST; i++)
			fprintf(out, " ip %s 10.0.%u.%u tcp %s %u %s\n",
				list % 2 ? "daddr" : "saddr", i / 256, i % 256,
				list / 2 ? "sport" : "dport", 1 + (i * steps[list]) % LIST,
				list % 2 ? "drop" : "accept");
	fprintf(out, " }\n}\n");
	fclose(out);
	struct snapshot *snapshot = load_rules(text);

	ck_assert_int_eq(symexec_new(snapshot, PKT_IPV4, &exec), 0);
	ck_assert_int_eq(symexec_run(exec, &budget), -E2BIG);
	ck_assert_uint_eq(symexec_may_pass(exec, SYM_FORWARD), BDD_NONE);
	ck_assert_uint_eq(symexec_must_pass(exec, SYM_FORWARD), BDD_NONE);
	symexec_free(exec);
	snapshot_free(snapshot);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("symrule");
	TCase *tcase = tcase_create("symrule");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, in_kernel_set_up, in_kernel_tear_down);
	tcase_add_loop_test(tcase, rule_sets_and_packets, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_loop_test(tcase, known_traps, 0, (int)(sizeof(traps) / sizeof(traps[0])));
	tcase_add_test(tcase, two_in_one_space);
	tcase_add_test(tcase, too_much_ends_without_an_answer);
	suite_add_tcase(suite, tcase);
	return suite_run_in_netspace(suite);
}

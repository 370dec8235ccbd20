/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections with marks of the policy, against what has the mark; filters of sockets. */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_ether.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/bpffilter.h"
#include "../../lib/ctaudit.h"
#include "../../lib/hostsnap.h"
#include "city.h"
#include "suite.h"

static struct snapshot *snapshot;
static struct ctaudit audit;

static const char town[] = CITY "paths = (" PATHS ");\n" GATEWAY
				"observe = ( { from = \"internet\"; to = \"core\"; reason = \"r\"; "
				"} );\n";

static void put_address(uint8_t bytes[16], const char *text)
{
	struct addr addr;

	ck_assert_int_eq(addr_parse(text, &addr), 0);
	memcpy(bytes, addr.bytes, 16);
}

/* The connection from one to the other, with the mark of a path, the only one that there is. */
static struct conntrack_entry *make(const char *from, const char *to, uint16_t port, uint32_t mark)
{
	struct conntrack_entry entry = { .family = strchr(from, ':') ? ADDR_IPV6 : ADDR_IPV4,
		.protocol = IPPROTO_TCP,
		.has_ports = true,
		.sport = 40000,
		.dport = port,
		.mark = mark };

	put_address(entry.source, from);
	put_address(entry.destination, to);
	put_address(entry.reply_source, to);
	put_address(entry.reply_destination, from);
	snapshot->connections.error = 0;
	snapshot->connections.count = 0;
	ck_assert_int_eq(snap_add_connection(&snapshot->connections, &entry), 0);
	return &snapshot->connections.list[0];
}

/* CTAUDIT_FAULTS: none. */
static void expect(enum ctaudit_fault fault)
{
	ctaudit_clear(&audit);
	ck_assert_int_eq(ctaudit_judge(snapshot, policy, &audit), 0);
	ck_assert_int_eq(audit.error, 0);
	ck_assert_uint_eq(audit.entries, 1);
	ck_assert_int_eq(ctaudit_holds(&audit), fault == CTAUDIT_FAULTS);
	ck_assert_uint_eq(audit.count, fault != CTAUDIT_FAULTS);
	if (audit.count > 0) {
		ck_assert_str_eq(
			ctaudit_fault_name(audit.findings[0].fault), ctaudit_fault_name(fault));
		ck_assert_str_ne(ctaudit_fault_text(fault), "");
		ck_assert_uint_eq(audit.findings[0].entry, 0);
	}
}

START_TEST(as_their_paths_say)
{
	make("10.1.0.10", "10.2.0.10", 443, path_id("P1"));
	expect(CTAUDIT_FAULTS);
	ck_assert_uint_eq(audit.marked, 1);
	make("fd00:1::10", "fd00:3::10", 443, path_id("P1"));
	expect(CTAUDIT_FAULTS);
	make("10.2.0.77", "198.51.100.1", 2047, path_id("P2"));
	expect(CTAUDIT_FAULTS);
	/* The gateway's own end is not looked at. */
	make("10.9.0.5", "10.9.0.1", 443, path_id("G1"));
	expect(CTAUDIT_FAULTS);
	make("192.0.2.1", "10.2.0.10", 443, path_id("G2"));
	expect(CTAUDIT_FAULTS);
}
END_TEST

START_TEST(not_as_their_paths_say)
{
	make("10.1.0.11", "10.2.0.10", 443, path_id("P1"));
	expect(CTAUDIT_SOURCE);
	ck_assert_ptr_nonnull(audit.findings[0].path);
	ck_assert_str_eq(audit.findings[0].path->name, "P1");
	make("10.1.0.10", "10.2.0.11", 443, path_id("P1"));
	expect(CTAUDIT_DESTINATION);
	make("10.1.0.10", "10.2.0.10", 444, path_id("P1"));
	expect(CTAUDIT_SERVICE);
	make("10.1.0.10", "10.2.0.10", 443, path_id("P1"))->protocol = IPPROTO_UDP;
	expect(CTAUDIT_SERVICE);
	make("10.9.0.6", "10.9.0.1", 443, path_id("G1"));
	expect(CTAUDIT_SOURCE);
	make("192.0.2.1", "10.2.0.11", 443, path_id("G2"));
	expect(CTAUDIT_DESTINATION);
	/* The other way round. */
	make("10.2.0.10", "10.1.0.10", 443, path_id("P1"));
	expect(CTAUDIT_SOURCE);
}
END_TEST

START_TEST(icmp_has_types)
{
	struct conntrack_entry *entry = make("10.2.0.7", "198.51.100.1", 0, path_id("P4"));

	entry->protocol = IPPROTO_ICMP;
	entry->has_ports = false;
	entry->has_icmp = true;
	entry->icmp_type = 8;
	expect(CTAUDIT_FAULTS);
	entry->icmp_type = 13;
	expect(CTAUDIT_SERVICE);
}
END_TEST

/* The rules see destinations that are replaced already; which port was, is not told. */
START_TEST(translated)
{
	put_address(make("10.1.0.10", "10.2.0.99", 443, path_id("P1"))->reply_source, "10.2.0.10");
	expect(CTAUDIT_TRANSLATED);
	put_address(make("10.1.0.10", "10.2.0.10", 443, path_id("P1"))->reply_source, "10.2.0.99");
	expect(CTAUDIT_DESTINATION);
	/* Sources are replaced behind them. */
	put_address(make("10.2.0.77", "198.51.100.1", 2047, path_id("P2"))->reply_destination,
		"192.0.2.1");
	expect(CTAUDIT_FAULTS);
}
END_TEST

/* One without a mark, or of a path that is no more, passes by none. */
START_TEST(no_mark_of_the_policy)
{
	make("10.1.0.11", "10.2.0.99", 1, 0);
	expect(CTAUDIT_FAULTS);
	ck_assert_uint_eq(audit.marked, 0);
	make("10.1.0.11", "10.2.0.99", 1, path_id("P1") ^ 1);
	expect(CTAUDIT_FAULTS);
	ck_assert_uint_eq(audit.marked, 0);
}
END_TEST

START_TEST(observed)
{
	uint32_t mark = policy->observes[0].id;

	ck_assert_uint_ne(mark, 0);
	make("198.51.100.7", "10.1.1.3", 7, mark);
	expect(CTAUDIT_FAULTS);
	ck_assert_uint_eq(audit.marked, 1);
	make("10.2.0.10", "10.1.1.3", 7, mark);
	expect(CTAUDIT_SOURCE);
	ck_assert_ptr_null(audit.findings[0].path);
	make("198.51.100.7", "10.2.0.10", 7, mark);
	expect(CTAUDIT_DESTINATION);
}
END_TEST

START_TEST(not_read)
{
	snapshot->connections.error = -EPERM;
	ck_assert_int_eq(ctaudit_judge(snapshot, policy, &audit), 0);
	ck_assert_int_eq(audit.error, -EPERM);
	ck_assert(!ctaudit_holds(&audit));
	snapshot->connections.error = -ENODATA;
	ck_assert_int_eq(ctaudit_judge(snapshot, policy, &audit), 0);
	ck_assert(!ctaudit_holds(&audit));
}
END_TEST

/* Interfaces ----------------------------------------------------------------------------------- */

static void add_link(int index, const char *name)
{
	struct host_link link = { .link = { .index = index } };

	snprintf(link.link.name, sizeof(link.link.name), "%s", name);
	ck_assert_int_eq(host_add_link(&snapshot->host->host, &link), 0);
}

static void add_route(const char *prefix, uint32_t table, uint8_t type, int interface)
{
	struct nlroute_route route = { .table = table,
		.type = type,
		.interfaces = { interface },
		.interface_count = interface ? 1 : 0 };

	ck_assert_int_eq(addr_prefix_parse(prefix, &route.prefix), 0);
	ck_assert_int_eq(host_add_route(&snapshot->host->host, &route), 0);
}

static void add_rule(enum addr_family family, uint32_t priority, uint32_t table, bool selective)
{
	const struct nlroute_rule rule = { .family = family,
		.priority = priority,
		.table = table,
		.action = FR_ACT_TO_TBL,
		.selective = selective };

	ck_assert_int_eq(host_add_rule(&snapshot->host->host, &rule), 0);
}

/* The interfaces of the town's segments, and the routes that its networks need. */
static void make_host(void)
{
	ck_assert_int_eq(hostsnap_new(&snapshot->host), 0);
	for (int part = 0; part < HOSTSNAP_PARTS; part++)
		snapshot->host->parts[part].error = 0;
	for (size_t i = 0; i < policy->segment_count; i++)
		add_link((int)i + 1, policy->segments[i].interface);
	add_rule(ADDR_IPV4, 0, RT_TABLE_LOCAL, false);
	add_rule(ADDR_IPV4, 32766, RT_TABLE_MAIN, false);
	add_rule(ADDR_IPV4, 32767, RT_TABLE_DEFAULT, false);
}

static int index_of(const char *address)
{
	struct addr addr;

	ck_assert_int_eq(addr_parse(address, &addr), 0);
	return (int)policy_segment_of(policy, &addr) + 1;
}

static void expect_ways(size_t kept, size_t strayed, size_t untold)
{
	expect(CTAUDIT_FAULTS);
	ck_assert_uint_eq(audit.kept, kept);
	ck_assert_uint_eq(audit.strayed, strayed);
	ck_assert_uint_eq(audit.untold, untold);
}

START_TEST(interfaces_by_the_routes)
{
	int core = index_of("10.1.0.10"), other = index_of("10.2.0.10");

	make("10.1.0.10", "10.2.0.10", 443, path_id("P1"));
	expect_ways(0, 0, 1); /* nobody read the host */
	make_host();
	expect_ways(0, 1, 0); /* no route at all */
	add_route("10.1.0.0/16", RT_TABLE_MAIN, RTN_UNICAST, core);
	expect_ways(0, 1, 0); /* none to where it leads */
	add_route("10.0.0.0/8", RT_TABLE_MAIN, RTN_UNICAST, other);
	expect_ways(1, 0, 0);
	add_route("10.2.0.10/32", RT_TABLE_DEFAULT, RTN_UNICAST, core); /* main has one */
	expect_ways(1, 0, 0);
	add_route("10.2.0.10/32", 99, RTN_UNICAST, core); /* no rule leads there */
	expect_ways(1, 0, 0);
	add_route("10.2.0.8/29", RT_TABLE_MAIN, RTN_UNICAST, core);
	expect_ways(0, 1, 0);
	add_route("10.2.0.10/32", RT_TABLE_MAIN, RTN_UNICAST, other);
	expect_ways(1, 0, 0);
	add_route("10.2.0.10/32", RT_TABLE_LOCAL, RTN_THROW, 0); /* the next table */
	expect_ways(1, 0, 0);
	add_route("10.1.0.10/32", RT_TABLE_LOCAL, RTN_LOCAL, other); /* the host's own */
	expect_ways(0, 1, 0);
	/* What the gateway sends or receives has one end that goes by none. */
	make("10.9.0.5", "10.9.0.1", 443, path_id("G1"));
	expect_ways(0, 1, 0);
	add_route("10.9.0.0/24", RT_TABLE_MAIN, RTN_UNICAST, index_of("10.9.0.5"));
	expect_ways(1, 0, 0);
}
END_TEST

START_TEST(interfaces_that_routes_do_not_tell)
{
	make_host();
	add_route("10.1.0.0/16", RT_TABLE_MAIN, RTN_UNICAST, index_of("10.1.0.10"));
	add_route("10.2.0.0/16", RT_TABLE_MAIN, RTN_UNICAST, index_of("10.2.0.10"));
	make("10.1.0.10", "10.2.0.10", 443, path_id("P1"));
	expect_ways(1, 0, 0);
	add_rule(ADDR_IPV6, 5, 99, true); /* of the other family */
	expect_ways(1, 0, 0);
	snapshot->host->host.rules[2].table = RT_TABLE_LOCAL; /* in another order */
	expect_ways(0, 0, 1);
	snapshot->host->host.rules[2].table = 99;
	expect_ways(0, 0, 1);
	snapshot->host->host.rules[2].table = RT_TABLE_DEFAULT;
	snapshot->host->host.rules[1].selective = true;
	expect_ways(0, 0, 1);
	snapshot->host->host.rules[1].selective = false;
	snapshot->host->host.more_routes = true;
	expect_ways(0, 0, 1);
	snapshot->host->host.more_routes = false;
	expect_ways(1, 0, 0);
	snapshot->host->host.rules[1].table = RT_TABLE_LOCAL; /* none leads to main */
	expect_ways(0, 1, 0);
	snapshot->host->parts[HOSTSNAP_RULES].error = -EPERM;
	expect_ways(0, 0, 1);
}
END_TEST

START_TEST(too_many)
{
	struct conntrack_entry entry = *make("10.1.0.11", "10.2.0.99", 1, path_id("P1"));

	for (unsigned int i = 1; i < CTAUDIT_FINDINGS_MAX + 3; i++)
		ck_assert_int_eq(snap_add_connection(&snapshot->connections, &entry), 0);
	ck_assert_int_eq(ctaudit_judge(snapshot, policy, &audit), 0);
	ck_assert_uint_eq(audit.count, CTAUDIT_FINDINGS_MAX);
	ck_assert_uint_eq(audit.left_out, 3);
	ck_assert(!ctaudit_holds(&audit));
}
END_TEST

/* Filters of sockets --------------------------------------------------------------------------- */

#define LOAD(size, offset)     BPF_STMT(BPF_LD | (size) | BPF_ABS, offset)
#define JUMP(kind, k, yes, no) BPF_JUMP(BPF_JMP | (kind) | BPF_K, k, yes, no)
#define RETURN(k)	       BPF_STMT(BPF_RET | BPF_K, k)

static const struct {
	struct sock_filter filter[8];
	size_t count;
	bool ip, ip_without_header, lldp;
} filters[] = {
	{ { { 0 } }, 0, true, true, true },
	{ { RETURN(0) }, 1, false, false, false },
	{ { RETURN(1) }, 1, true, true, true },
	/* only LLDP */
	{ { LOAD(BPF_H, 12), JUMP(BPF_JEQ, 0x88cc, 0, 1), RETURN(1), RETURN(0) }, 4, false, true,
		true },
	{ { LOAD(BPF_W, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL)), JUMP(BPF_JEQ, 0x88cc, 0, 1),
		  RETURN(1), RETURN(0) },
		4, false, false, true },
	/* IP of UDP: by what is not followed */
	{ { LOAD(BPF_H, 12), JUMP(BPF_JEQ, 0x0800, 0, 3), LOAD(BPF_B, 23), JUMP(BPF_JEQ, 17, 0, 1),
		  RETURN(1), RETURN(0) },
		6, true, true, false },
	/* the same two ways, one of which takes IP */
	{ { LOAD(BPF_B, 0), JUMP(BPF_JEQ, 1, 1, 0), RETURN(0), LOAD(BPF_H, 12),
		  JUMP(BPF_JGT, 0x05dc, 0, 1), RETURN(1), RETURN(0) },
		7, true, true, true },
	/* type & 0xff00 == 0x8800 */
	{ { LOAD(BPF_H, 12), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xff00),
		  JUMP(BPF_JEQ, 0x8800, 0, 1), RETURN(1), RETURN(0) },
		5, false, true, true },
	/* what is loaded is returned */
	{ { LOAD(BPF_B, 0), BPF_STMT(BPF_RET | BPF_A, 0) }, 2, true, true, true },
	{ { BPF_STMT(BPF_LD | BPF_IMM, 0), BPF_STMT(BPF_RET | BPF_A, 0) }, 2, false, false, false },
	{ { JUMP(BPF_JA, 1, 0, 0), RETURN(1), RETURN(0) }, 3, false, false, false },
	/* past its end */
	{ { JUMP(BPF_JA, 9, 0, 0), RETURN(0) }, 2, true, true, true },
	{ { LOAD(BPF_H, 12) }, 1, true, true, true },
};

START_TEST(filters_of_sockets)
{
	const struct sock_filter *filter = filters[_i].filter;
	size_t count = filters[_i].count;

	ck_assert_int_eq(bpffilter_may_take(filter, count, ETH_P_IP, true), filters[_i].ip);
	ck_assert_int_eq(
		bpffilter_may_take(filter, count, ETH_P_IP, false), filters[_i].ip_without_header);
	ck_assert_int_eq(bpffilter_may_take(filter, count, 0x88cc, true), filters[_i].lldp);
}
END_TEST

static void set_up(void)
{
	from_text_set_up();
	compile(town);
	snapshot = snapshot_new();
}

static void tear_down(void)
{
	ctaudit_clear(&audit);
	snapshot_free(snapshot);
	from_text_tear_down();
}

int main(void)
{
	Suite *suite = suite_create("ctaudit");
	TCase *entries = tcase_create("entries"), *sockets = tcase_create("sockets");

	tcase_add_checked_fixture(entries, set_up, tear_down);
	tcase_add_test(entries, as_their_paths_say);
	tcase_add_test(entries, not_as_their_paths_say);
	tcase_add_test(entries, icmp_has_types);
	tcase_add_test(entries, translated);
	tcase_add_test(entries, no_mark_of_the_policy);
	tcase_add_test(entries, observed);
	tcase_add_test(entries, not_read);
	tcase_add_test(entries, too_many);
	tcase_add_test(entries, interfaces_by_the_routes);
	tcase_add_test(entries, interfaces_that_routes_do_not_tell);
	suite_add_tcase(suite, entries);
	tcase_add_loop_test(sockets, filters_of_sockets, 0, sizeof(filters) / sizeof(filters[0]));
	suite_add_tcase(suite, sockets);
	return suite_run(suite);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a policy becomes, tried packet by packet in the interpreter of evaluate.h. */
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "../../lib/compile.h"
#include "../../lib/compile_internal.h"
#include "../../lib/conf.h"
#include "city.h"
#include "suite.h"

START_TEST(test_permitted)
{
	struct eval_packet made = packet("c1", "l1", "10.1.0.10", "10.2.0.10");

	compile(CITY "paths = (" PATHS ");");
	memcpy(made.mac, bound_mac, MAC_LENGTH);
	expect_accept("forward", made, "P1");
	made = packet("c1", "l1", "fd00:1::10", "fd00:3::10");
	memcpy(made.mac, bound_mac, MAC_LENGTH);
	expect_accept("forward", made, "P1");
	made = packet("c1", "c2", "10.1.0.11", "172.20.3.4");
	made.dport = 65535;
	expect_accept("forward", made, "P3");
	made = packet("l1", "i1", "10.2.0.77", "203.0.113.9");
	made.dport = 1024;
	expect_accept("forward", made, "P2");
	made.dport = 2047;
	expect_accept("forward", made, "P2");
	made = packet("l1", "i1", "fd00:3::77", "2001:db8:9::1");
	made.protocol = made.next_header = IPPROTO_ICMPV6;
	made.dport = 128 << 8;
	expect_accept("forward", made, "P4");
	made = packet("c2", "l1", "172.16.0.1", "10.2.0.10");
	made.protocol = IPPROTO_GRE;
	made.truncated = true; /* nothing of it is needed */
	expect_accept("forward", made, "P5");
}
END_TEST

START_TEST(test_no_path)
{
	struct eval_packet made = packet("c1", "l1", "10.1.0.11", "10.2.0.10");

	compile(CITY "paths = (" PATHS ");");
	expect_deny("forward", made, "no-path core lgwan");
	made = packet("l1", "c1", "10.2.0.10", "10.1.0.10");
	expect_deny("forward", made, "no-path lgwan core");
	made = packet("l1", "i1", "10.2.0.10", "203.0.113.9");
	made.dport = 2048;
	expect_deny("forward", made, "no-path lgwan internet");
	made.protocol = IPPROTO_ICMP;
	made.dport = 13 << 8;
	expect_deny("forward", made, "no-path lgwan internet");
	made.dport = 8 << 8;
	made.truncated = true;
	expect_deny("forward", made, "no-path lgwan internet");
	made = packet("m1", "i1", "10.9.0.5", "203.0.113.9");
	expect_deny("forward", made, "no-path admin internet");
	made = packet("c1", "c1", "10.1.0.11", "10.1.0.12");
	expect_deny("forward", made, "no-path core core");
}
END_TEST

START_TEST(test_before_conntrack)
{
	struct eval_packet made = packet("c1", "l1", "10.1.0.10", "10.2.0.10");

	compile(CITY "paths = (" PATHS ");");
	expect_deny("forward", made, "device core.servers unknown");
	memcpy(made.mac, bound_mac, MAC_LENGTH);
	made.no_mac = true;
	expect_deny("forward", made, "device core.servers unknown");
	/* The same address and MAC from elsewhere. */
	made = packet("c2", "l1", "10.1.0.10", "10.2.0.10");
	memcpy(made.mac, bound_mac, MAC_LENGTH);
	expect_deny("forward", made, "spoof core.cloud unknown");
	made = packet("i1", "l1", "10.2.0.9", "10.2.0.10");
	expect_deny("forward", made, "spoof internet.uplink unknown");
	made = packet("i1", "l1", "fd00:1::5", "fd00:3::10");
	expect_deny("forward", made, "spoof internet.uplink unknown");
	made = packet("x9", "l1", "10.2.0.9", "10.2.0.10");
	expect_deny("forward", made, "interface unknown unknown");
	made = packet("c1", "l1", "10.1.0.11", "10.2.0.10");
	made.frag_off = 0x2000;
	expect_deny("forward", made, "fragment core.servers unknown");
	made.frag_off = 0x0001;
	expect_deny("forward", made, "fragment core.servers unknown");
	made.frag_off = 0x4000; /* don't fragment */
	expect_deny("forward", made, "no-path core lgwan");
	made = packet("c1", "l1", "fd00:1::5", "fd00:3::10");
	made.next_header = IPPROTO_FRAGMENT;
	expect_deny("forward", made, "fragment core.servers unknown");
}
END_TEST

/* A fragment has an offset or more to come, whatever else the field says, and whether the segment
 * has bound hosts or not. Tried: all flags, and each bit of the offset. */
START_TEST(test_fragments)
{
	struct eval_packet free_host = packet("c1", "l1", "10.1.0.11", "10.2.0.10");
	struct eval_packet bound = packet("c1", "l1", "10.1.0.10", "10.2.0.10");
	struct eval_packet plain = packet("l1", "c1", "10.2.0.10", "10.1.0.11");

	compile(CITY "paths = (" PATHS ");");
	memcpy(bound.mac, bound_mac, MAC_LENGTH);
	for (unsigned int i = 0; i < 8 * 14; i++) {
		unsigned int field = i / 14 << 13 | (i % 14 ? 1u << (i % 14 - 1) : 0);

		free_host.frag_off = bound.frag_off = plain.frag_off = (uint16_t)field;
		if (field & 0x3fff) {
			expect_deny("forward", free_host, "fragment core.servers unknown");
			expect_deny("forward", bound, "fragment core.servers unknown");
			expect_deny("forward", plain, "fragment lgwan.servers unknown");
		} else {
			expect_deny("forward", free_host, "no-path core lgwan");
			expect_accept("forward", bound, "P1");
			expect_deny("forward", plain, "no-path lgwan core");
		}
	}
}
END_TEST

/* Whatever is said of fragments, a bound host has its MAC. */
START_TEST(test_bound)
{
	static const uint16_t fields[] = { 0, 0x4000, 0x8000 };
	static const char *const addresses[] = { "10.1.0.10", "fd00:1::10" };
	static const char *const destinations[] = { "10.2.0.10", "fd00:3::10" };

	compile(CITY "paths = (" PATHS ");");
	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 0; j < sizeof(fields) / sizeof(fields[0]); j++) {
			struct eval_packet made = packet("c1", "l1", addresses[i], destinations[i]);

			made.frag_off = fields[j];
			expect_deny("forward", made, "device core.servers unknown");
			memcpy(made.mac, bound_mac, MAC_LENGTH);
			expect_accept("forward", made, "P1");
			made.mac[5]++;
			expect_deny("forward", made, "device core.servers unknown");
			made = packet("c1", "l1", i ? "fd00:3::1" : "10.2.0.1", destinations[i]);
			made.frag_off = fields[j];
			memcpy(made.mac, bound_mac, MAC_LENGTH);
			expect_deny("forward", made, "spoof core.servers unknown");
		}
	}
}
END_TEST

/* A host behind a router has the router's MAC; the addresses around it have any. */
START_TEST(test_next_hop)
{
	struct eval_packet made = packet("c2", "l1", "172.16.0.9", "10.2.0.10");

	compile("site = { name = \"town\"; };\n" ZONES
		"hosts = ( { name = \"far\"; address = \"172.16.0.9\"; next_hop_mac = "
		"\"00:00:5e:00:53:10\"; } );\n" SERVICES
		"paths = (" PATH("P1", "core.cloud", "lgwan.servers", "https") ");");
	expect_deny("forward", made, "device core.cloud unknown");
	memcpy(made.mac, bound_mac, MAC_LENGTH);
	expect_accept("forward", made, "P1");
	expect_accept("forward", packet("c2", "l1", "172.16.0.8", "10.2.0.10"), "P1");
	expect_accept("forward", packet("c2", "l1", "172.16.0.10", "10.2.0.10"), "P1");
	made.iif = "c1";
	expect_deny("forward", made, "spoof core.servers unknown");
}
END_TEST

START_TEST(test_reassemble)
{
	struct eval_packet made = packet("c1", "l1", "10.1.0.11", "10.2.0.10");

	compile(CITY "paths = (" PATHS "); gateway = { fragments = \"reassemble\"; };");
	made.frag_off = 0x2000;
	expect_deny("forward", made, "no-path core lgwan");
	made = packet("l1", "c1", "10.2.0.10", "10.1.0.11"); /* a segment without bound hosts */
	made.frag_off = 0x2000;
	expect_deny("forward", made, "no-path lgwan core");
	made = packet("l1", "c1", "fd00:3::10", "fd00:1::11");
	made.next_header = IPPROTO_FRAGMENT;
	expect_deny("forward", made, "extension lgwan core");
}
END_TEST

START_TEST(test_crossing)
{
	struct eval_packet made = packet("l1", "i1", "10.2.0.10", "10.1.0.5");

	compile(CITY "paths = (" PATHS ");");
	expect_deny("forward", made, "route lgwan internet");
	made = packet("l1", "c2", "10.2.0.10", "203.0.113.9");
	expect_deny("forward", made, "route lgwan core");
	made = packet("l1", "x9", "10.2.0.10", "203.0.113.9");
	expect_deny("forward", made, "interface lgwan unknown");
	made = packet("l1", "i1", "fd00:3::10", "2001:db8:9::1");
	made.dport = 1024;
	for (const uint8_t *next = (const uint8_t[]){ 0, 43, 51, 60, 135, 139, 140, 255 };
		*next != 255; next++) {
		made.next_header = *next;
		made.ct_state = CT_NEW;
		made.ct_mark = 0;
		expect_deny("forward", made, "extension lgwan internet");
		/* Nor as part of a connection that is permitted. */
		made.ct_state = CT_ESTABLISHED;
		made.ct_mark = path_id("P2");
		expect_deny("forward", made, "extension lgwan internet");
	}
}
END_TEST

START_TEST(test_invalid)
{
	struct eval_packet made = packet("l1", "i1", "10.2.0.10", "203.0.113.9");

	compile(CITY "paths = (" PATHS ");");
	made.dport = 1024;
	for (unsigned int flags = 0; flags < 256; flags++) {
		made.tcp_flags = (uint8_t)flags;
		if ((flags & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK)) == TCP_SYN)
			expect_accept("forward", made, "P2");
		else
			expect_deny("forward", made, "invalid lgwan internet");
	}
	made.tcp_flags = TCP_SYN;
	made.no_ct = true;
	made.ct_state = CT_INVALID;
	expect_deny("forward", made, "invalid lgwan internet");
	made.ct_state = CT_UNTRACKED;
	expect_deny("forward", made, "invalid lgwan internet");
}
END_TEST

START_TEST(test_established)
{
	struct eval_packet made = packet("l1", "i1", "10.2.0.10", "203.0.113.9");

	compile(CITY "paths = (" PATHS ");");
	made.dport = 1024;
	made.ct_state = CT_ESTABLISHED;
	made.tcp_flags = TCP_ACK;
	made.ct_mark = path_id("P2");
	expect_accept("forward", made, "P2");
	swap_ends(&made);
	expect_accept("forward", made, "P2");
	/* Its ICMP errors. */
	made.ct_state = CT_RELATED;
	made.protocol = IPPROTO_ICMP;
	expect_accept("forward", made, "P2");
	/* The mark of a path counts between the interfaces of that path only. */
	made = packet("l1", "c1", "10.2.0.10", "10.1.0.5");
	made.ct_state = CT_ESTABLISHED;
	made.ct_mark = path_id("P2");
	expect_deny("forward", made, "revoked lgwan core");
}
END_TEST

/* A mark of an earlier policy: the connection goes on when the paths of this one permit it. */
START_TEST(test_changed_mark)
{
	struct eval_packet made = packet("l1", "i1", "10.2.0.10", "203.0.113.9");

	compile(CITY "paths = (" PATHS ");");
	made.dport = 1024;
	made.ct_state = CT_ESTABLISHED;
	made.tcp_flags = TCP_ACK;
	made.ct_mark = 12345;
	expect_accept("forward", made, "P2");
	swap_ends(&made);
	expect_accept("forward", made, "P2");
	made.sport = 1023;
	expect_deny("forward", made, "revoked internet lgwan");
	swap_ends(&made);
	expect_deny("forward", made, "revoked lgwan internet");
	/* Between zones without any path. */
	made = packet("l1", "c1", "10.2.0.10", "10.1.0.5");
	made.ct_state = CT_ESTABLISHED;
	made.ct_direction = 1;
	made.ct_mark = 12345;
	expect_deny("forward", made, "revoked lgwan core");
	/* A reply that would leave by the wrong segment. */
	made = packet("i1", "l1", "203.0.113.9", "10.1.0.5");
	made.ct_state = CT_ESTABLISHED;
	made.ct_direction = 1;
	expect_deny("forward", made, "route internet lgwan");
	made = packet("l1", "i1", "10.2.0.10", "203.0.113.9");
	made.ct_state = CT_RELATED;
	expect_deny("forward", made, "revoked lgwan internet");
	/* What was asked with cannot be told from an ICMP reply, whatever its type. */
	made = packet("i1", "l1", "203.0.113.9", "10.2.0.10");
	made.protocol = IPPROTO_ICMP;
	made.dport = 8 << 8;
	made.ct_state = CT_ESTABLISHED;
	made.ct_direction = 1;
	expect_deny("forward", made, "revoked internet lgwan");
}
END_TEST

START_TEST(test_input)
{
	struct eval_packet made = packet("m1", NULL, "10.9.0.5", "10.9.0.1");

	compile(CITY "paths = (" PATHS ");" GATEWAY);
	expect_accept("input", made, "G1");
	made = packet("m1", NULL, "10.9.0.6", "10.9.0.1");
	expect_deny("input", made, "input admin gateway");
	made = packet("c1", NULL, "10.1.0.6", "10.9.0.1");
	expect_deny("input", made, "input core gateway");
	made.ct_state = CT_INVALID;
	made.no_ct = true;
	expect_deny("input", made, "invalid core gateway");
	made = packet("m1", NULL, "10.9.0.5", "10.9.0.1");
	made.ct_state = CT_ESTABLISHED;
	made.tcp_flags = TCP_ACK;
	made.ct_mark = path_id("G1");
	expect_accept("input", made, "G1");
	made.iif = "c1";
	memcpy(made.saddr, "\x0a\x01\x00\x06", 4);
	expect_deny("input", made, "revoked core gateway");
	/* The answer to what the gateway began, with an old mark and with none that fits. */
	made = packet("l1", NULL, "10.2.0.10", "10.2.0.1");
	made.sport = 443;
	made.ct_state = CT_ESTABLISHED;
	made.ct_direction = 1;
	made.ct_mark = 99;
	expect_accept("input", made, "G2");
	made.sport = 444;
	expect_deny("input", made, "revoked lgwan gateway");
	made = packet("lo", NULL, "127.0.0.1", "127.0.0.1");
	made.ct_state = CT_UNTRACKED;
	expect_accept("input", made, NULL);
}
END_TEST

START_TEST(test_output)
{
	struct eval_packet made = packet(NULL, "l1", "10.2.0.1", "10.2.0.10");

	compile(CITY "paths = (" PATHS ");" GATEWAY);
	expect_accept("output", made, "G2");
	made.dport = 80;
	expect_deny("output", made, "output gateway lgwan");
	made = packet(NULL, "c1", "10.1.0.1", "10.2.0.10");
	expect_deny("output", made, "route gateway core");
	made = packet(NULL, "x9", "10.1.0.1", "10.2.0.10");
	expect_deny("output", made, "interface gateway unknown");
	made = packet(NULL, "lo", "127.0.0.1", "127.0.0.1");
	expect_accept("output", made, NULL);
	made = packet(NULL, "c1", "10.1.0.1", "10.1.0.9");
	made.protocol = IPPROTO_ICMP;
	made.dport = 3 << 8 | 4;
	made.no_ct = true;
	made.ct_state = CT_INVALID;
	expect_accept("output", made, NULL);
	made.dport = 3 << 8 | 3;
	expect_deny("output", made, "invalid gateway core");
	made.no_ct = false;
	made.ct_state = CT_RELATED;
	expect_accept("output", made, NULL);
}
END_TEST

START_TEST(test_discovery)
{
	struct eval_packet made = packet("c1", NULL, "fe80::5", "ff02::1:ff00:1");

	compile(CITY "paths = (" PATHS ");" GATEWAY);
	made.protocol = made.next_header = IPPROTO_ICMPV6;
	made.ct_state = CT_UNTRACKED;
	made.no_ct = true;
	made.hop_limit = 255;
	made.dport = 135 << 8;
	expect_accept("input", made, NULL);
	made.hop_limit = 254;
	expect_deny("input", made, "input core gateway");
	made = packet("c1", NULL, "::", "ff02::16");
	made.protocol = IPPROTO_ICMPV6;
	made.next_header = 0; /* hop-by-hop: router alert */
	made.no_ct = true;
	made.ct_state = CT_NEW;
	made.hop_limit = 1;
	made.dport = 143 << 8;
	expect_accept("input", made, NULL);
	made = packet("c1", NULL, "fe80::5", "fd00:3::10");
	expect_deny("input", made, "spoof core.servers unknown");
}
END_TEST

/* The most specific path gives the mark, then the first of the file. */
START_TEST(test_which_path)
{
	struct eval_packet made = packet("l1", "i1", "10.2.0.10", "203.0.113.9");

	compile(ZONES HOSTS
		"site = { name = \"t\"; }; services = ( { name = \"all\"; tcp = \"any\"; },"
		"{ name = \"high\"; tcp = \"1024-2047\"; }, { name = \"a\"; tcp = [443, 444]; },"
		"{ name = \"b\"; tcp = [442, 443]; } );"
		"paths = (" PATH("A", "lgwan", "internet", "all") "," PATH("B", "lgwan", "internet",
			"high") "," PATH("C", "relay", "203.0.113.9", "a") "," PATH("D", "relay",
			"internet", "high") "," PATH("E", "relay", "203.0.113.9", "b") ");");
	expect_accept("forward", made, "C");
	made.dport = 442;
	expect_accept("forward", made, "E");
	made.dport = 1024; /* ports are looked up before whole protocols */
	expect_accept("forward", made, "B");
	made.dport = 80;
	expect_accept("forward", made, "A");
}
END_TEST

START_TEST(test_open_inside)
{
	struct eval_packet made = packet("c1", "c2", "10.1.0.11", "172.16.0.9");

	compile("site = { name = \"t\"; }; zones = ("
		"{ name = \"core\"; kind = \"lgwan\"; inside = \"open\"; segments = ("
		"{ name = \"a\"; interface = \"c1\"; networks = \"10.1.0.0/24\"; },"
		"{ name = \"b\"; interface = \"c2\"; networks = \"10.1.1.0/24\";"
		"  remote = [\"172.16.0.0/13\"]; } ); },"
		"{ name = \"lgwan\"; kind = \"lgwan\"; segments = ("
		"{ name = \"a\"; interface = \"l1\"; networks = \"10.2.0.0/24\"; } ); } );");
	for (unsigned int protocol = 0; protocol < 256; protocol++) {
		made.protocol = (uint8_t)protocol;
		made.ct_state = CT_NEW;
		made.ct_mark = 0;
		expect_accept("forward", made, "core.inside");
		swap_ends(&made);
		made.ct_state = CT_ESTABLISHED;
		made.ct_mark = 1;
		expect_accept("forward", made, "core.inside");
		swap_ends(&made);
	}
	made = packet("c1", "l1", "10.1.0.11", "10.2.0.9");
	expect_deny("forward", made, "no-path core lgwan");
}
END_TEST

/* A range of types and codes that is no rectangle: 3/200 to 6/10. */
START_TEST(test_icmp_range)
{
	struct eval_packet made = packet("l1", "i1", "10.2.0.10", "203.0.113.9");
	const char *text = CITY "paths = (" PATH("P", "lgwan", "internet", "ping") ");";

	ck_assert_int_eq(conf_parse(text, strlen(text), "test.conf", diags, &policy), 0);
	for (size_t i = 0; i < policy->service_count; i++)
		for (size_t j = 0; j < policy->services[i].entry_count; j++)
			if (policy->services[i].entries[j].protocol == IPPROTO_ICMP)
				policy->services[i].entries[j].ports =
					(struct port_range){ 3 << 8 | 200, 6 << 8 | 10 };
	ck_assert_int_eq(compile_policy(policy, diags, &ruleset), 0);
	made.protocol = IPPROTO_ICMP;
	for (unsigned int value = 2 << 8; value < 8 << 8; value++) {
		made.dport = (uint16_t)value;
		if (value >= (3 << 8 | 200) && value <= (6 << 8 | 10))
			expect_accept("forward", made, "P");
		else
			expect_deny("forward", made, "no-path lgwan internet");
	}
}
END_TEST

/* AH: a protocol in IPv4, an extension header in IPv6, where no rule could ever match. */
START_TEST(test_extension_as_protocol)
{
	struct eval_packet made = packet("c1", "l1", "10.1.0.10", "10.2.0.10");

	compile("site = { name = \"t\"; };\nservices = ({ name = \"ah\"; protocol = \"ah\"; });\n"
		"paths = (" PATH("P", "core.servers", "relay", "ah") ");\n" ZONES HOSTS);
	ck_assert_ptr_nonnull(ruleset_find_set(ruleset, "core-to-lgwan.proto4-range0"));
	ck_assert_ptr_null(ruleset_find_set(ruleset, "core-to-lgwan.proto6-range0"));
	ck_assert_uint_eq(diag_list_count(diags, DIAG_ERROR), 0);
	bool told = false;

	for (size_t i = 0; i < diag_list_length(diags); i++)
		told = told || strstr(diag_list_get(diags, i)->message, "extension header") != NULL;
	ck_assert(told);
	memcpy(made.mac, bound_mac, MAC_LENGTH);
	made.protocol = IPPROTO_AH;
	expect_accept("forward", made, "P");
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, test_permitted);
	tcase_add_test(tests, test_no_path);
	tcase_add_test(tests, test_before_conntrack);
	tcase_add_test(tests, test_fragments);
	tcase_add_test(tests, test_bound);
	tcase_add_test(tests, test_next_hop);
	tcase_add_test(tests, test_reassemble);
	tcase_add_test(tests, test_crossing);
	tcase_add_test(tests, test_invalid);
	tcase_add_test(tests, test_established);
	tcase_add_test(tests, test_changed_mark);
	tcase_add_test(tests, test_input);
	tcase_add_test(tests, test_output);
	tcase_add_test(tests, test_discovery);
	tcase_add_test(tests, test_which_path);
	tcase_add_test(tests, test_open_inside);
	tcase_add_test(tests, test_icmp_range);
	tcase_add_test(tests, test_extension_as_protocol);
}

int main(void)
{
	Suite *suite = suite_create("compile");
	TCase *tests = tcase_create("compile");

	tcase_add_checked_fixture(tests, from_text_set_up, from_text_tear_down);
	add_tests(tests);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

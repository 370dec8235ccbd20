/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a policy becomes, tried packet by packet in the interpreter of evaluate.h. */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/compile.h"
#include "../../lib/compile_internal.h"
#include "../../lib/conf.h"
#include "../../lib/evaluate.h"
#include "fromtext.h"
#include "suite.h"

#define ZONES	    ZONES_WITH("l1")
#define OTHER_ZONES ZONES_WITH("l9")
#define ZONES_WITH(interface)                                                                      \
	"zones = (\n"                                                                              \
	" { name = \"core\"; kind = \"lgwan\"; segments = (\n"                                     \
	"  { name = \"servers\"; interface = \"c1\"; networks = [\"10.1.0.0/24\", "                \
	"\"fd00:1::/64\"]; },\n"                                                                   \
	"  { name = \"cloud\"; interface = \"c2\"; networks = [\"10.1.1.0/24\", "                  \
	"\"fd00:2::/60\"]; remote = [\"172.16.0.0/13\"]; } ); },\n"                                \
	" { name = \"lgwan\"; kind = \"lgwan\"; segments = (\n"                                    \
	"  { name = \"servers\"; interface = \"" interface "\"; networks = [\"10.2.0.0/24\", "     \
	"\"fd00:3::/64\"]; } ); },\n"                                                              \
	" { name = \"internet\"; kind = \"internet\"; segments = (\n"                              \
	"  { name = \"uplink\"; interface = \"i1\"; networks = [\"192.0.2.0/29\", "                \
	"\"2001:db8::/64\"]; remote = [\"0.0.0.0/0\", \"::/0\"]; } ); },\n"                        \
	" { name = \"admin\"; kind = \"management\"; segments = (\n"                               \
	"  { name = \"lan\"; interface = \"m1\"; networks = [\"10.9.0.0/24\", "                    \
	"\"fd00:9::/64\"]; } ); }\n"                                                               \
	");\n"
#define HOSTS                                                                                      \
	"hosts = (\n"                                                                              \
	" { name = \"bound\"; address = [\"10.1.0.10\", \"fd00:1::10\"]; mac = "                   \
	"\"00:00:5e:00:53:10\"; },\n"                                                              \
	" { name = \"relay\"; address = [\"10.2.0.10\", \"fd00:3::10\"]; }\n"                      \
	");\n"
#define SERVICES                                                                                   \
	"services = (\n"                                                                           \
	" { name = \"https\"; tcp = 443; },\n"                                                     \
	" { name = \"high\"; udp = \"1024-2047\"; tcp = \"1024-2047\"; },\n"                       \
	" { name = \"tcp\"; tcp = \"any\"; },\n"                                                   \
	" { name = \"ping\"; icmp = \"echo-request\"; icmpv6 = \"echo-request\"; },\n"             \
	" { name = \"gre\"; protocol = [\"gre\"]; }\n"                                             \
	");\n"
#define CITY "site = { name = \"town\"; };\n" ZONES HOSTS SERVICES

#define PATH(name, from, to, service)                                                              \
	"{ name = \"" name "\"; from = \"" from "\"; to = \"" to "\"; service = \"" service        \
	"\"; reason = \"r\"; }"

#define PATHS                                                                                      \
	PATH("P1", "bound", "relay", "https")                                                      \
	"," PATH("P2", "lgwan", "internet", "high") "," PATH(                                      \
		"P3", "core.servers", "core.cloud", "tcp") "," PATH("P4", "lgwan", "internet",     \
		"ping") "," PATH("P5", "core.cloud", "relay", "gre")
#define GATEWAY                                                                                    \
	"gateway = { input = ( { name = \"G1\"; from = \"10.9.0.5\"; service = \"https\"; "        \
	"reason = \"r\"; } ); output = ( { name = \"G2\"; to = \"relay\"; service = "              \
	"\"https\"; reason = \"r\"; } ); };\n"

static int try_compile(const char *text)
{
	parse(text);
	return compile_policy(policy, diags, &ruleset);
}

static const uint8_t bound_mac[MAC_LENGTH] = { 0, 0, 0x5e, 0, 0x53, 0x10 };

/* Prerouting, then the given chain. */
static struct eval_result run_to(const char *chain, const struct eval_packet *made)
{
	struct eval_packet early = *made;
	struct eval_result result;

	early.oif = NULL;
	early.ct_state = STATE_UNTRACKED;
	early.no_ct = true;
	if (made->iif) {
		evaluate_chain(ruleset, "prerouting", &early, &result);
		if (result.verdict != EVAL_ACCEPT)
			return result;
	}
	evaluate_chain(ruleset, chain, made, &result);
	return result;
}

static uint32_t path_id(const char *name)
{
	for (size_t i = 0; i < policy->path_count; i++)
		if (strcmp(policy->paths[i].name, name) == 0)
			return policy->paths[i].id;
	ck_abort_msg("no path %s", name);
	return 0;
}

static void expect_accept(const char *chain, struct eval_packet made, const char *path)
{
	struct eval_result result = run_to(chain, &made);

	ck_assert_msg(
		result.verdict == EVAL_ACCEPT, "not accepted: %s%s", result.deny, result.name);
	if (path)
		ck_assert_uint_eq(result.ct_mark, path_id(path));
}

/* words: "<reason> <from> <to>". */
static void expect_deny(const char *chain, struct eval_packet made, const char *words)
{
	struct eval_result result = run_to(chain, &made);
	char reason[16], from[40], to[40], expected[RULESET_PREFIX_MAX + 1];
	enum reason parsed;

	ck_assert_msg(
		result.verdict == EVAL_DROP, "not dropped %s, expected %s", result.name, words);
	snprintf(expected, sizeof(expected), "hedate %s %s", words, policy->revision);
	ck_assert_str_eq(result.prefix, expected);
	ck_assert_int_eq(sscanf(words, "%15s %39s %39s", reason, from, to), 3);
	ck_assert_int_eq(reason_parse(reason, &parsed), 0);
	ck_assert_uint_eq(result.mark, deny_code(parsed, from, to));
	snprintf(expected, sizeof(expected), "deny-%s-%s-%s", reason, from, to);
	ck_assert_str_eq(result.deny, expected);
	ck_assert_str_eq(result.blocked, "blocked-a");
}

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
		made.ct_state = STATE_NEW;
		made.ct_mark = 0;
		expect_deny("forward", made, "extension lgwan internet");
		/* Nor as part of a connection that is permitted. */
		made.ct_state = STATE_ESTABLISHED;
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
	made.ct_state = STATE_INVALID;
	expect_deny("forward", made, "invalid lgwan internet");
	made.ct_state = STATE_UNTRACKED;
	expect_deny("forward", made, "invalid lgwan internet");
}
END_TEST

static void swap_ends(struct eval_packet *made)
{
	const char *interface = made->iif;
	uint16_t port = made->sport;
	uint8_t address[16];

	made->iif = made->oif;
	made->oif = interface;
	made->sport = made->dport;
	made->dport = port;
	memcpy(address, made->saddr, 16);
	memcpy(made->saddr, made->daddr, 16);
	memcpy(made->daddr, address, 16);
	made->ct_direction = !made->ct_direction;
}

START_TEST(test_established)
{
	struct eval_packet made = packet("l1", "i1", "10.2.0.10", "203.0.113.9");

	compile(CITY "paths = (" PATHS ");");
	made.dport = 1024;
	made.ct_state = STATE_ESTABLISHED;
	made.tcp_flags = TCP_ACK;
	made.ct_mark = path_id("P2");
	expect_accept("forward", made, "P2");
	swap_ends(&made);
	expect_accept("forward", made, "P2");
	/* Its ICMP errors. */
	made.ct_state = STATE_RELATED;
	made.protocol = IPPROTO_ICMP;
	expect_accept("forward", made, "P2");
	/* The mark of a path counts between the interfaces of that path only. */
	made = packet("l1", "c1", "10.2.0.10", "10.1.0.5");
	made.ct_state = STATE_ESTABLISHED;
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
	made.ct_state = STATE_ESTABLISHED;
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
	made.ct_state = STATE_ESTABLISHED;
	made.ct_direction = 1;
	made.ct_mark = 12345;
	expect_deny("forward", made, "revoked lgwan core");
	/* A reply that would leave by the wrong segment. */
	made = packet("i1", "l1", "203.0.113.9", "10.1.0.5");
	made.ct_state = STATE_ESTABLISHED;
	made.ct_direction = 1;
	expect_deny("forward", made, "route internet lgwan");
	made = packet("l1", "i1", "10.2.0.10", "203.0.113.9");
	made.ct_state = STATE_RELATED;
	expect_deny("forward", made, "revoked lgwan internet");
	/* What was asked with cannot be told from an ICMP reply, whatever its type. */
	made = packet("i1", "l1", "203.0.113.9", "10.2.0.10");
	made.protocol = IPPROTO_ICMP;
	made.dport = 8 << 8;
	made.ct_state = STATE_ESTABLISHED;
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
	made.ct_state = STATE_INVALID;
	made.no_ct = true;
	expect_deny("input", made, "invalid core gateway");
	made = packet("m1", NULL, "10.9.0.5", "10.9.0.1");
	made.ct_state = STATE_ESTABLISHED;
	made.tcp_flags = TCP_ACK;
	made.ct_mark = path_id("G1");
	expect_accept("input", made, "G1");
	made.iif = "c1";
	memcpy(made.saddr, "\x0a\x01\x00\x06", 4);
	expect_deny("input", made, "revoked core gateway");
	/* The answer to what the gateway began, with an old mark and with none that fits. */
	made = packet("l1", NULL, "10.2.0.10", "10.2.0.1");
	made.sport = 443;
	made.ct_state = STATE_ESTABLISHED;
	made.ct_direction = 1;
	made.ct_mark = 99;
	expect_accept("input", made, "G2");
	made.sport = 444;
	expect_deny("input", made, "revoked lgwan gateway");
	made = packet("lo", NULL, "127.0.0.1", "127.0.0.1");
	made.ct_state = STATE_UNTRACKED;
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
	made.ct_state = STATE_INVALID;
	expect_accept("output", made, NULL);
	made.dport = 3 << 8 | 3;
	expect_deny("output", made, "invalid gateway core");
	made.no_ct = false;
	made.ct_state = STATE_RELATED;
	expect_accept("output", made, NULL);
}
END_TEST

START_TEST(test_discovery)
{
	struct eval_packet made = packet("c1", NULL, "fe80::5", "ff02::1:ff00:1");

	compile(CITY "paths = (" PATHS ");" GATEWAY);
	made.protocol = made.next_header = IPPROTO_ICMPV6;
	made.ct_state = STATE_UNTRACKED;
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
	made.ct_state = STATE_NEW;
	made.hop_limit = 1;
	made.dport = 143 << 8;
	expect_accept("input", made, NULL);
	made = packet("c1", NULL, "fe80::5", "fd00:3::10");
	expect_deny("input", made, "spoof core.servers unknown");
}
END_TEST

START_TEST(test_flow_sets)
{
	static const struct {
		uint8_t protocol;
		enum eval_flow flow;
		bool v6, truncated;
		const char *set;
		bool logged, overflow;
	} cases[] = {
		{ IPPROTO_TCP, EVAL_FLOW_NEW, false, false, "flow-tcp4-", true, false },
		{ IPPROTO_TCP, EVAL_FLOW_KNOWN, false, false, "flow-tcp4-", false, false },
		{ IPPROTO_UDP, EVAL_FLOW_NEW, true, false, "flow-udp6-", true, false },
		{ IPPROTO_ICMP, EVAL_FLOW_NEW, false, false, "flow-icmp4-", true, false },
		{ IPPROTO_ICMPV6, EVAL_FLOW_KNOWN, true, false, "flow-icmp6-", false, false },
		{ IPPROTO_ICMPV6, EVAL_FLOW_NEW, false, false, "flow-other4-", true, false },
		{ IPPROTO_GRE, EVAL_FLOW_NEW, false, false, "flow-other4-", true, false },
		{ IPPROTO_TCP, EVAL_FLOW_NEW, false, true, "flow-other4-", true, false },
		{ IPPROTO_TCP, EVAL_FLOW_KNOWN, true, true, "flow-other6-", false, false },
		{ IPPROTO_TCP, EVAL_FLOW_FULL, false, false, "flow-other4-", true, false },
		{ IPPROTO_UDP, EVAL_FLOW_FULL_ALL, true, false, "", true, true },
	};

	compile(CITY "paths = (" PATHS ");");
	for (unsigned int i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned int c = i / 2, generation = i % 2;
		struct eval_packet made = packet("x9", NULL, cases[c].v6 ? "fd00::1" : "10.0.0.1",
			cases[c].v6 ? "fd00::2" : "10.0.0.2");
		uint32_t mark = deny_code(REASON_INTERFACE, "unknown", "unknown");
		char name[64];
		struct eval_result result;

		ck_assert_int_eq(compile_generation(ruleset, generation, NULL), 0);
		made.protocol = made.next_header = cases[c].protocol;
		made.truncated = cases[c].truncated;
		made.flow = cases[c].flow;
		evaluate_chain(ruleset, "prerouting", &made, &result);
		ck_assert(result.verdict == EVAL_DROP);
		snprintf(name, sizeof(name), "%s%c", cases[c].set, generation ? 'b' : 'a');
		ck_assert_str_eq(result.flow, cases[c].overflow ? "" : name);
		ck_assert_int_eq(result.prefix[0] != 0, cases[c].logged);
		ck_assert_int_eq(result.overflow, cases[c].overflow);
		ck_assert_str_eq(result.blocked, generation ? "blocked-b" : "blocked-a");
		mark |= generation ? DENY_MARK_B : 0;
		ck_assert_uint_eq(
			result.mark, cases[c].overflow ? mark | DENY_MARK_OVERFLOW : mark);
	}
}
END_TEST

START_TEST(test_generation)
{
	const struct chain *chain;

	compile(CITY "paths = (" PATHS ");");
	chain = ruleset_find_chain(ruleset, "blocked");
	ck_assert(chain->switched && chain->count == 1);
	ck_assert_ptr_null(chain->rules[0].comment);
	ck_assert_int_eq(compile_generation(ruleset, 1, "epoch 7 of x"), 0);
	chain = ruleset_find_chain(ruleset, "blocked");
	ck_assert_str_eq(chain->rules[0].comment, "epoch 7 of x");
	ck_assert_str_eq(chain->rules[0].statements[0].name, "blocked-b");
	ck_assert_int_eq(compile_generation(ruleset, 0, NULL), 0);
	ck_assert_ptr_null(chain->rules[0].comment);
	ck_assert_str_eq(chain->rules[0].statements[0].name, "blocked-a");
}
END_TEST

START_TEST(test_closed)
{
	struct eval_packet made = packet("c1", "l1", "10.1.0.10", "10.2.0.10");
	struct eval_result result;

	ck_assert_int_eq(compile_closed(&ruleset), 0);
	for (const char **chain =
			(const char *[]){ "prerouting", "input", "forward", "output", NULL };
		*chain; chain++) {
		evaluate_chain(ruleset, *chain, &made, &result);
		ck_assert(result.verdict == EVAL_DROP);
		ck_assert_str_eq(result.blocked, "blocked-a");
		ck_assert_int_eq(strncmp(result.prefix, "hedate ", 7), 0);
		ck_assert_ptr_nonnull(strstr(result.prefix, " closed"));
	}
	made = packet("lo", "lo", "127.0.0.1", "127.0.0.1");
	for (const char **chain = (const char *[]){ "prerouting", "input", "output", NULL }; *chain;
		chain++) {
		evaluate_chain(ruleset, *chain, &made, &result);
		ck_assert(result.verdict == EVAL_ACCEPT);
	}
	evaluate_chain(ruleset, "forward", &made, &result);
	ck_assert(result.verdict == EVAL_DROP);
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
		made.ct_state = STATE_NEW;
		made.ct_mark = 0;
		expect_accept("forward", made, "core.inside");
		swap_ends(&made);
		made.ct_state = STATE_ESTABLISHED;
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

static void remember_ids(const char *text, uint32_t *ids, const char *names)
{
	from_text_set_up();
	compile(text);
	for (; *names; names++)
		*ids++ = path_id((const char[]){ *names, 0 });
	from_text_tear_down();
}

START_TEST(test_ids_are_of_content)
{
	uint32_t first[2], second[2];

	from_text_tear_down();
	remember_ids(CITY "paths = (" PATH("A", "relay", "internet", "high") "," PATH(
			     "B", "bound", "relay", "https") ");",
		first, "AB");
	ck_assert_uint_ne(first[0], 0);
	ck_assert_uint_ne(first[0], first[1]);
	/* Other names, another order, the host written as its address, another reason. */
	remember_ids(CITY "paths = (" PATH("C", "bound", "relay",
			     "https") ", { name = \"D\"; from = \"relay\"; to = \"internet\"; "
				      "service = [\"high\"]; "
				      "reason = \"another\"; data = \"reverse\"; });",
		second, "DC");
	ck_assert_uint_eq(first[0], second[0]);
	ck_assert_uint_eq(first[1], second[1]);
	/* Another service. */
	remember_ids(CITY "paths = (" PATH("A", "relay", "internet", "tcp") "," PATH(
			     "B", "relay", "internet", "high") ");",
		second, "AB");
	ck_assert_uint_ne(first[0], second[0]);
	ck_assert_uint_eq(first[0], second[1]);
	/* The same addresses behind another interface. */
	remember_ids("site = { name = \"t\"; };" HOSTS SERVICES OTHER_ZONES
		     "paths = (" PATH("A", "relay", "internet", "high") "," PATH(
			     "B", "bound", "relay", "https") ");",
		second, "AB");
	ck_assert_uint_ne(first[0], second[0]);
	ck_assert_uint_ne(first[1], second[1]);
	from_text_set_up();
}
END_TEST

/* Ids of three bits: of eight digests some always collide. */
START_TEST(test_id_collisions)
{
	for (unsigned int round = 0; round < 2000; round++) {
		uint8_t digests[6][DIGEST_LENGTH], shuffled[6][DIGEST_LENGTH];
		uint32_t ids[6], again[6];
		size_t failed, order[6];

		for (unsigned int i = 0; i < sizeof(digests); i++)
			digests[i / DIGEST_LENGTH][i % DIGEST_LENGTH] = (uint8_t)rand();
		memcpy(digests[5], digests[4], DIGEST_LENGTH); /* the same path twice */
		int error = assign_ids(digests[0], 6, 3, ids, &failed);

		if (error == -ERANGE) {
			ck_assert_uint_lt(failed, 6);
			continue;
		}
		ck_assert_int_eq(error, 0);
		for (size_t i = 0; i < 6; i++) {
			ck_assert(ids[i] > 0 && ids[i] < 8);
			for (size_t j = 0; j < i; j++)
				ck_assert_int_eq(ids[i] == ids[j], i == 5 && j == 4);
		}
		for (size_t i = 0; i < 6; i++)
			order[i] = i;
		for (size_t i = 5; i > 0; i--) {
			size_t j = (size_t)rand() % (i + 1), old = order[i];

			order[i] = order[j];
			order[j] = old;
		}
		for (size_t i = 0; i < 6; i++)
			memcpy(shuffled[i], digests[order[i]], DIGEST_LENGTH);
		ck_assert_int_eq(assign_ids(shuffled[0], 6, 3, again, &failed), 0);
		for (size_t i = 0; i < 6; i++)
			ck_assert_uint_eq(again[i], ids[order[i]]);
	}
}
END_TEST

START_TEST(test_id_exhausted)
{
	uint8_t digests[2][DIGEST_LENGTH] = { { 0 }, { 0 } };
	uint32_t ids[2];
	size_t failed = 9;

	memset(digests[1], 0x80, DIGEST_LENGTH); /* every word is the same, and free */
	ck_assert_int_eq(assign_ids(digests[0], 2, 32, ids, &failed), -ERANGE);
	ck_assert_uint_eq(failed, 0); /* all zero can never be an id */
	ck_assert_int_eq(assign_ids(digests[1], 1, 32, ids, &failed), 0);
	ck_assert_uint_eq(ids[0], 0x80808080);
}
END_TEST

START_TEST(test_codes)
{
	uint32_t code = deny_code(REASON_NO_PATH, "a", "b");

	ck_assert(code != 0 && (code & ~DENY_CODE_MASK) == 0);
	ck_assert_uint_ne(code, deny_code(REASON_NO_PATH, "b", "a"));
	ck_assert_uint_ne(code, deny_code(REASON_SPOOF, "a", "b"));
	ck_assert_uint_ne(
		deny_code(REASON_NO_PATH, "a-b", "c"), deny_code(REASON_NO_PATH, "a", "b-c"));
	/* Records of earlier policies are read with it: it must never change. */
	ck_assert_uint_eq(deny_code(REASON_INTERFACE, "unknown", "unknown"), 0x07fc80e9);
	for (unsigned int i = 0; i < REASON_COUNT; i++) {
		enum reason reason;

		ck_assert_int_eq(reason_parse(reason_name((enum reason)i), &reason), 0);
		ck_assert_uint_eq(reason, i);
	}
	ck_assert_int_eq(reason_parse("no-such", (enum reason[]){ REASON_SPOOF }), -EINVAL);
}
END_TEST

#define ZONE(name, interface, network)                                                             \
	"{ name = \"" name "\"; kind = \"internet\"; segments = ({ name = \"s\"; interface = "     \
	"\"" interface "\"; networks = \"" network "\"; }); }"

static void expect_error(const char *text, const char *words)
{
	const struct diag *diag;

	ck_assert_int_eq(try_compile(text), -EINVAL);
	ck_assert_ptr_null(ruleset);
	diag = diag_list_get(diags, diag_list_length(diags) - 1);
	ck_assert_int_eq(diag->severity, DIAG_ERROR);
	ck_assert_msg(
		strstr(diag->message, words) != NULL, "\"%s\" is not \"%s\"", diag->message, words);
}

START_TEST(test_names_clash)
{
	/* "a" to "b-c" and "a-b" to "c": one name for two denials. */
	expect_error("site = { name = \"t\"; }; zones = (" ZONE("a", "e1", "10.1.0.0/24") "," ZONE(
			     "b-c", "e2", "10.2.0.0/24") "," ZONE("a-b", "e3",
			     "10.3.0.0/24") "," ZONE("c", "e4", "10.4.0.0/24") ");",
		"deny-");
}
END_TEST

START_TEST(test_pair_names_clash)
{
	expect_error("site = { name = \"t\"; }; zones = (" ZONE("a", "e1", "10.1.0.0/24") "," ZONE(
			     "b-to-c", "e2", "10.2.0.0/24") "," ZONE("a-to-b", "e3",
			     "10.3.0.0/24") "," ZONE("c", "e4", "10.4.0.0/24") ");",
		"a-to-b-to-c");
}
END_TEST

/* Ranges of ports, each within the next: no two of them can be in one map. */
START_TEST(test_too_many_layers)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	fputs("site = { name = \"t\"; };" ZONES HOSTS "services = (", out);
	for (unsigned int i = 0; i <= 64; i++)
		fprintf(out, "%s{ name = \"s%u\"; tcp = \"1000-%u\"; }", i ? "," : "", i, 2000 + i);
	fputs(");\npaths = (", out);
	for (unsigned int i = 0; i <= 64; i++)
		fprintf(out, "%s\n" PATH("P%u", "lgwan", "internet", "s%u"), i ? "," : "", i, i);
	fputs(");", out);
	fclose(out);
	expect_error(text, "overlap");
	/* At the path that was too much, which is the last one. */
	ck_assert_uint_eq(diag_list_get(diags, diag_list_length(diags) - 1)->loc.line,
		policy->paths[64].loc.line);
	free(text);
}
END_TEST

static void put_hosts(FILE *out, const char *name, const char *prefix, const char *next)
{
	fprintf(out, "{ name = \"%s\"; networks = (", name);
	for (unsigned int i = 0; i < 2100; i++)
		fprintf(out, "%s\"%s%u.%u\"\n", i ? "," : "", prefix, i / 100, i % 100 * 2);
	fprintf(out, "); }%s\n", next);
}

/* 2100 addresses to 2100 addresses is more than any kernel should hold. */
START_TEST(test_too_many_boxes)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	fputs(CITY "networks = (", out);
	put_hosts(out, "many", "172.16.", ",");
	put_hosts(out, "more", "198.51.", "");
	fputs(");\npaths = (" PATH("P", "many", "more", "https") ");", out);
	fclose(out);
	expect_error(text, "more than");
	free(text);
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

/* Random policies and packets, against the policy read straight. */

static const char *const segments[] = { "c1", "c2", "l1", "i1" };
static const char *const ends[] = { "bound", "relay", "core", "core.servers", "core.cloud", "lgwan",
	"internet", "10.1.0.0/28", "10.1.0.8/29", "10.1.1.7", "172.16.0.0/16", "172.16.4.0/22",
	"10.2.0.0/30", "203.0.113.0/24", "203.0.113.7", "fd00:1::/112", "fd00:3::10",
	"2001:db8:9::/48" };
static const char *const addresses[] = { "10.1.0.10", "10.1.0.7", "10.1.0.99", "10.1.1.7",
	"172.16.4.1", "172.20.0.1", "10.2.0.10", "10.2.0.3", "203.0.113.7", "203.0.113.99",
	"fd00:1::10", "fd00:1::7", "fd00:2::1", "fd00:3::10", "2001:db8:9::1", "2001:db8:8::1" };

#define PICK(array) ((array)[(size_t)rand() % (sizeof(array) / sizeof((array)[0]))])

static void random_service(char *text, size_t size, unsigned int number)
{
	unsigned int port = 1000 + (unsigned int)rand() % 6, width = (unsigned int)rand() % 4;
	static const char *const others[] = { "tcp = \"any\";", "icmp = \"8\"; icmpv6 = \"128\";",
		"icmp = [\"3/1\", \"8\"]; tcp = 1003;", "protocol = [47];",
		"udp = \"any\"; tcp = \"1000-1003\";" };

	if (rand() % 3 == 0)
		snprintf(text, size, "{ name = \"s%u\"; %s },", number, PICK(others));
	else if (width == 0)
		snprintf(text, size, "{ name = \"s%u\"; tcp = %u; udp = %u; },", number, port,
			port + 1);
	else
		snprintf(text, size, "{ name = \"s%u\"; tcp = [\"%u-%u\", \"2000\"]; },", number,
			port, port + width);
}

/* A policy of up to max paths; those that the reader refuses (a path to itself, no family in
 * common) are left out by trying one after the other. */
static char *random_policy(unsigned int max)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	char line[256];

	fputs("site = { name = \"t\"; };\n", out);
	fputs(strstr(CITY, "zones"), out);
	fseek(out, -(long)strlen(");\n"), SEEK_CUR);
	fputs(",\n", out);
	for (unsigned int i = 0; i < 6; i++) {
		random_service(line, sizeof(line), i);
		if (i == 5)
			line[strlen(line) - 1] = '\n';
		fputs(line, out);
	}
	fputs(");\npaths = (", out);
	for (unsigned int i = 0; i < max; i++)
		fprintf(out,
			"%s{ name = \"p%u\"; from = \"%s\"; to = \"%s\"; service = \"s%u\"; "
			"reason = \"r\"; }",
			i ? ",\n" : "", i, PICK(ends), PICK(ends), (unsigned int)rand() % 6);
	fputs(");\n", out);
	fclose(out);
	return text;
}

/* Some zones limited, some pairs observed. */
static void add_limits_and_observes(void)
{
	policy->observes = calloc(9, sizeof(*policy->observes));
	ck_assert_ptr_nonnull(policy->observes);
	for (size_t i = 0; i < 3; i++) {
		if (rand() % 3 == 0)
			policy->zones[i].limit = (struct policy_limit){ 5, 60, 7, { 0 } };
		for (size_t j = 0; j < 3; j++)
			if (i != j && rand() % 4 == 0)
				policy->observes[policy->observe_count++] =
					(struct policy_observe){ .from = i, .to = j };
	}
}

/* A policy that the reader takes, from random ones. */
static void random_compile(void)
{
	for (;;) {
		char *text = random_policy(1 + (unsigned int)rand() % 3 * 2);

		from_text_set_up();
		int error = conf_parse(text, strlen(text), "random.conf", diags, &policy);

		free(text);
		if (error == 0) {
			add_limits_and_observes();
			error = compile_policy(policy, diags, &ruleset);
			if (error < 0)
				diag_list_print(diags, stdout, false);
			ck_assert_int_eq(error, 0);
			return;
		}
		from_text_tear_down();
	}
}

static bool entry_permits(const struct policy_service_entry *entry, const struct eval_packet *made)
{
	/* ICMP belongs to IPv4, ICMPv6 to IPv6. */
	uint8_t foreign = made->family == ADDR_IPV4 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;

	if (entry->protocol != made->protocol || entry->protocol == foreign)
		return false;
	return entry->whole ||
	       (made->dport >= entry->ports.first && made->dport <= entry->ports.last);
}

static bool end_has(const struct policy_end *end, size_t segment, enum addr_family family,
	const uint8_t *address)
{
	for (size_t i = 0; i < end->part_count; i++)
		if (end->parts[i].segment == segment &&
			addrset_contains(&end->parts[i].addresses[family], address))
			return true;
	return false;
}

static bool path_permits(
	const struct policy_path *path, size_t from, size_t to, const struct eval_packet *made)
{
	if (!end_has(&path->from, from, made->family, made->saddr) ||
		!end_has(&path->to, to, made->family, made->daddr))
		return false;
	for (size_t i = 0; i < path->service_count; i++) {
		const struct policy_service *service = &policy->services[path->services[i]];

		for (size_t j = 0; j < service->entry_count; j++)
			if (entry_permits(&service->entries[j], made))
				return true;
	}
	return false;
}

static size_t segment_of_interface(const char *interface)
{
	for (size_t i = 0; i < policy->segment_count; i++)
		if (strcmp(policy->segments[i].interface, interface) == 0)
			return i;
	ck_abort_msg("no segment has %s", interface);
	return 0;
}

static const struct policy_observe *observe_of(size_t from, size_t to)
{
	return policy_observe_of(policy, policy->segments[from].zone, policy->segments[to].zone);
}

/* The reason that the policy gives, or REASON_COUNT when it permits the packet. */
static enum reason expected_reason(const struct eval_packet *made)
{
	size_t from = segment_of_interface(made->iif), to = segment_of_interface(made->oif);

	if (made->iif[0] == 'c' && made->iif[1] == '1') {
		const struct policy_host *host = &policy->hosts[0];

		for (size_t i = 0; i < host->address_count; i++)
			if (host->addresses[i].family == made->family &&
				memcmp(host->addresses[i].bytes, made->saddr, 16) == 0 &&
				memcmp(host->mac, made->mac, MAC_LENGTH) != 0)
				return REASON_DEVICE;
	}
	if (!addrset_contains(&policy->segments[from].source[made->family], made->saddr))
		return REASON_SPOOF;
	if (!addrset_contains(&policy->segments[to].source[made->family], made->daddr))
		return REASON_ROUTE;
	for (size_t i = 0; i < policy->path_count; i++)
		if (path_permits(&policy->paths[i], from, to, made))
			return policy->zones[policy->segments[from].zone].limit.rate &&
					       made->over_limit
				       ? REASON_LIMIT
				       : REASON_COUNT;
	return observe_of(from, to) ? REASON_OBSERVED : REASON_NO_PATH;
}

/* An address at the edge of a range, or just beyond it. */
static void edge_address(enum addr_family family, const struct addr_range *range, uint8_t *bytes)
{
	size_t last = addr_length(family) - 1;

	memcpy(bytes, rand() % 2 ? range->first : range->last, 16);
	if (rand() % 6 == 0)
		bytes[last] = (uint8_t)(bytes[last] + (rand() % 2 ? 1 : 255));
}

static void put_service(struct eval_packet *made, const struct policy_service_entry *entry)
{
	made->protocol = made->next_header = entry->protocol;
	if (entry->whole)
		return;
	made->dport = rand() % 2 ? entry->ports.first : entry->ports.last;
	if (rand() % 6 == 0)
		made->dport = (uint16_t)(made->dport + (rand() % 2 ? 1 : -1));
}

/* At the edges of what a path permits; false when the chosen parts have no family in common. */
static bool packet_of_path(struct eval_packet *made)
{
	const struct policy_path *path = &policy->paths[(size_t)rand() % policy->path_count];
	const struct policy_part *from = &path->from.parts[(size_t)rand() % path->from.part_count];
	const struct policy_part *to = &path->to.parts[(size_t)rand() % path->to.part_count];
	const struct policy_service *service = &policy->services[path->services[0]];
	enum addr_family family = rand() % 2 ? ADDR_IPV4 : ADDR_IPV6;
	const struct addrset *sources = &from->addresses[family];
	const struct addrset *destinations = &to->addresses[family];

	if (sources->count == 0 || destinations->count == 0)
		return false;
	*made = packet(policy->segments[from->segment].interface,
		policy->segments[to->segment].interface,
		family == ADDR_IPV4 ? "0.0.0.0" : "::", family == ADDR_IPV4 ? "0.0.0.0" : "::");
	edge_address(family, &sources->ranges[(size_t)rand() % sources->count], made->saddr);
	edge_address(
		family, &destinations->ranges[(size_t)rand() % destinations->count], made->daddr);
	put_service(made, &service->entries[(size_t)rand() % service->entry_count]);
	if (rand() % 4)
		memcpy(made->mac, bound_mac, MAC_LENGTH);
	return true;
}

/* Any packet, most of the time routed as it should be. */
static struct eval_packet packet_of_city(void)
{
	static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP,
		IPPROTO_ICMPV6, IPPROTO_GRE };
	struct eval_packet made, other;

	do {
		made = packet(PICK(segments), PICK(segments), PICK(addresses), "10.0.0.0");
		other = packet("c1", "c1", PICK(addresses), "10.0.0.0");
	} while (other.family != made.family);
	memcpy(made.daddr, other.saddr, 16);
	struct addr from = { .family = made.family }, to = { .family = made.family };

	memcpy(from.bytes, made.saddr, 16);
	memcpy(to.bytes, made.daddr, 16);
	if (rand() % 8)
		made.iif = policy->segments[policy_segment_of(policy, &from)].interface;
	if (rand() % 8)
		made.oif = policy->segments[policy_segment_of(policy, &to)].interface;
	if (rand() % 4)
		memcpy(made.mac, bound_mac, MAC_LENGTH);
	made.protocol = made.next_header = PICK(protocols);
	made.dport = (uint16_t)(999 + rand() % 9);
	if (made.protocol == IPPROTO_ICMP || made.protocol == IPPROTO_ICMPV6)
		made.dport = (uint16_t)((rand() % 2 ? 8 : rand() % 2 ? 128 : 3) << 8 | rand() % 3);
	return made;
}

static struct eval_packet random_packet(void)
{
	struct eval_packet made;

	if (rand() % 2 == 0 || !packet_of_path(&made))
		made = packet_of_city();
	made.over_limit = rand() % 2;
	return made;
}

/* A reply of a connection that passed: with its mark, then with one of another policy. */
static void check_reply(struct eval_packet made, uint32_t mark)
{
	struct eval_result result;

	swap_ends(&made);
	made.ct_state = STATE_ESTABLISHED;
	made.tcp_flags = TCP_ACK;
	made.ct_mark = mark;
	evaluate_chain(ruleset, "forward", &made, &result);
	ck_assert(result.verdict == EVAL_ACCEPT && result.hits == 0);
	if (made.protocol == IPPROTO_ICMP || made.protocol == IPPROTO_ICMPV6)
		return;
	made.ct_mark = ~mark;
	evaluate_chain(ruleset, "forward", &made, &result);
	ck_assert(result.verdict == EVAL_ACCEPT && result.ct_mark == mark && result.hits == 1);
}

/* Recorded as a denied packet is, but it passes, as it came, and so does what follows. */
static void check_observed(struct eval_packet made, const struct eval_result *result,
	const struct policy_observe *observe)
{
	struct eval_result later;

	ck_assert(result->verdict == EVAL_ACCEPT && result->hits == 0);
	ck_assert_uint_eq(result->mark, 0);
	ck_assert_uint_ne(observe->id, 0);
	ck_assert_uint_eq(result->ct_mark, observe->id);
	ck_assert_str_eq(result->blocked, "blocked-a");
	made.ct_mark = observe->id;
	for (int reply = 0; reply < 2; reply++) {
		evaluate_chain(ruleset, "forward", &made, &later);
		ck_assert(later.verdict == EVAL_ACCEPT && later.prefix[0] == '\0' &&
			  later.blocked[0] == '\0');
		swap_ends(&made);
		made.ct_state = STATE_ESTABLISHED;
		made.tcp_flags = TCP_ACK;
	}
}

static void check_random_packet(unsigned int counts[REASON_COUNT + 1])
{
	struct eval_packet made = random_packet();
	enum reason expected = expected_reason(&made);
	struct eval_result result = run_to("forward", &made);
	size_t from = segment_of_interface(made.iif), to = segment_of_interface(made.oif);

	counts[expected]++;
	ck_assert_msg((result.verdict == EVAL_ACCEPT) ==
			      (expected == REASON_COUNT || expected == REASON_OBSERVED),
		"%s: %s", result.verdict == EVAL_ACCEPT ? "accepted" : result.deny,
		expected == REASON_COUNT ? "permitted" : reason_name(expected));
	if (expected != REASON_COUNT) {
		char prefix[64];

		snprintf(prefix, sizeof(prefix), "hedate %s ", reason_name(expected));
		ck_assert_msg(strncmp(result.prefix, prefix, strlen(prefix)) == 0, "%s, not %s",
			result.prefix, prefix);
		if (expected == REASON_OBSERVED)
			check_observed(made, &result, observe_of(from, to));
		return;
	}
	ck_assert_uint_eq(result.hits, 1);
	bool found = false;

	for (size_t i = 0; i < policy->path_count; i++)
		found = found || (policy->paths[i].id == result.ct_mark &&
					 path_permits(&policy->paths[i], from, to, &made));
	ck_assert_msg(found, "the mark is of no path that permits the packet");
	check_reply(made, result.ct_mark);
}

START_TEST(test_random)
{
	unsigned int counts[REASON_COUNT + 1] = { 0 };

	from_text_tear_down();
	for (unsigned int round = 0; round < 40; round++) {
		random_compile();
		for (unsigned int i = 0; i < 200; i++)
			check_random_packet(counts);
		from_text_tear_down();
	}
	for (unsigned int i = 0; i <= REASON_COUNT; i++)
		if (counts[i])
			printf("%s %u\n",
				i < REASON_COUNT ? reason_name((enum reason)i) : "accepted",
				counts[i]);
	/* It would prove nothing if one of these never came. */
	ck_assert_uint_gt(counts[REASON_COUNT], 400);
	ck_assert_uint_gt(counts[REASON_NO_PATH], 400);
	ck_assert_uint_gt(counts[REASON_DEVICE], 20);
	ck_assert_uint_gt(counts[REASON_LIMIT], 20);
	ck_assert_uint_gt(counts[REASON_OBSERVED], 100);
	from_text_set_up();
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
	tcase_add_test(tests, test_flow_sets);
	tcase_add_test(tests, test_generation);
	tcase_add_test(tests, test_closed);
	tcase_add_test(tests, test_which_path);
	tcase_add_test(tests, test_open_inside);
	tcase_add_test(tests, test_icmp_range);
	tcase_add_test(tests, test_ids_are_of_content);
	tcase_add_test(tests, test_id_collisions);
	tcase_add_test(tests, test_id_exhausted);
	tcase_add_test(tests, test_codes);
	tcase_add_test(tests, test_names_clash);
	tcase_add_test(tests, test_pair_names_clash);
	tcase_add_test(tests, test_too_many_layers);
	tcase_add_test(tests, test_too_many_boxes);
	tcase_add_test(tests, test_extension_as_protocol);
	tcase_add_test(tests, test_random);
}

int main(void)
{
	Suite *suite = suite_create("compile");
	TCase *tests = tcase_create("compile");

	srand(random_seed("compile"));
	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, from_text_set_up, from_text_tear_down);
	add_tests(tests);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

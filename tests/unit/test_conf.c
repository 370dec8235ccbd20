/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From text to policy. Messages: tests/golden/conf-errors. */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/conf.h"
#include "fromtext.h"
#include "suite.h"

#define SITE "site = { name = \"town\"; label = \"架空町\"; };\n"
#define MYNUMBER                                                                                   \
	"{ name = \"mynumber\"; kind = \"mynumber\"; label = \"利用事務系\"; segments = ("    \
	"{ name = \"servers\"; interface = \"eth1\"; networks = [ \"10.1.0.0/24\", "               \
	"\"fd00:1::/64\" ]; },"                                                                    \
	"{ name = \"terminals\"; interface = \"eth1.2\"; networks = \"10.1.1.0/24\"; } ); }"
#define LGWAN                                                                                      \
	"{ name = \"lgwan\"; kind = \"lgwan\"; segments = ( { name = \"servers\";"                 \
	"interface = \"eth2\"; networks = [ \"10.2.0.0/24\", \"fd00:2::/64\" ];"                   \
	"remote = [ \"172.28.0.0/16\" ]; } ); }"
#define INTERNET                                                                                   \
	"{ name = \"internet\"; kind = \"internet\"; segments = ( { name = \"uplink\";"            \
	"interface = \"eth3\"; networks = [ \"192.0.2.0/29\", \"2001:db8::/64\" ];"                \
	"remote = ( \"0.0.0.0/0\", \"::/0\" ); } ); }"
#define ADMIN                                                                                      \
	"{ name = \"admin\"; kind = \"management\"; segments = ( { name = \"lan\";"                \
	"interface = \"eth9\"; networks = \"10.9.0.0/24\"; } ); }"
#define ZONES "zones = (" MYNUMBER "," LGWAN "," INTERNET "," ADMIN ");\n"
#define HOSTS                                                                                      \
	"hosts = ( { name = \"a\"; address = [ \"10.1.0.10\", \"fd00:1::10\" ];"                   \
	"mac = \"00:00:5E:00:53:10\"; label = \"甲\"; }, { name = \"b\"; address = "              \
	"\"10.2.0.10\"; } );\n"
#define NETWORKS                                                                                   \
	"networks = ( { name = \"asp\"; networks = [ \"172.28.1.0/24\", \"172.28.0.0/24\" ]; } "   \
	");\n"
#define SERVICES                                                                                   \
	"services = ( { name = \"mixed\"; tcp = [ 443, 8443 ]; udp = \"1024-2047\"; icmp = "       \
	"\"3/4\";"                                                                                 \
	"icmpv6 = \"echo-request\"; protocol = ( \"gre\", 50 ); }, { name = \"all\"; tcp = "       \
	"\"any\"; } );\n"
#define PATHS                                                                                      \
	"paths = ( { name = \"P1\"; from = \"a\"; to = \"b\"; service = \"mixed\"; reason = "      \
	"\"甲乙\";"                                                                              \
	"data = \"reverse\"; }, { name = \"P2\"; from = \"mynumber\"; to = \"10.1.1.9\";"          \
	"service = [ \"mixed\", \"all\" ]; reason = \"r\"; }, { name = \"P3\"; from = "            \
	"\"lgwan.servers\";"                                                                       \
	"to = \"198.51.100.0/24\"; service = \"all\"; reason = \"r\"; } );\n"
#define GATEWAY                                                                                    \
	"gateway = { input = ( { name = \"I1\"; from = \"admin\"; service = \"all\"; reason = "    \
	"\"r\"; } );"                                                                              \
	"output = ( { name = \"O1\"; to = \"10.9.0.7\"; service = \"all\"; reason = \"r\"; } );"   \
	"fragments = \"reassemble\"; };\n"
#define LOG	   "log = { epoch = 5; flows = 2048; group = 7; };\n"
#define EXCEPTIONS "exceptions = { emergency_hours = 24; longest_days = 31; };\n"
#define CHANGE	   "two_person = true; confirm_seconds = 3600; proposal_seconds = 60;\n"
#define ALL	   SITE ZONES HOSTS NETWORKS SERVICES PATHS GATEWAY LOG EXCEPTIONS CHANGE

/* The text is refused, and the first finding says so. */
static void refuse(const char *text, size_t length, const char *message)
{
	ck_assert_int_eq(conf_parse(text, length, "test.conf", diags, &policy), -EINVAL);
	ck_assert_ptr_null(policy);
	ck_assert_uint_gt(diag_list_count(diags, DIAG_ERROR), 0);
	ck_assert_str_eq(diag_list_get(diags, 0)->message, message);
}

static bool has(const struct addrset *set, const char *text)
{
	struct addr addr;
	ck_assert_int_eq(addr_parse(text, &addr), 0);
	return addrset_contains(set, addr.bytes);
}

START_TEST(test_site_and_log)
{
	parse(ALL);
	ck_assert_str_eq(policy->site, "town");
	ck_assert_str_eq(policy->label, "架空町");
	ck_assert_str_eq(policy->file, "test.conf");
	ck_assert_uint_eq(policy->epoch_seconds, 5);
	ck_assert_uint_eq(policy->flow_limit, 2048);
	ck_assert_uint_eq(policy->log_group, 7);
	ck_assert_uint_eq(policy->emergency_hours, 24);
	ck_assert_uint_eq(policy->exception_days, 31);
	ck_assert(policy->two_person);
	ck_assert_uint_eq(policy->confirm_seconds, 3600);
	ck_assert_uint_eq(policy->proposal_seconds, 60);
	ck_assert_int_eq(policy->fragments, POLICY_FRAGMENTS_REASSEMBLE);
}
END_TEST

START_TEST(test_log)
{
	parse("site = { name = \"x\"; }; log = { on_log_failure = \"island\"; compress = false; "
	      "retention = { days = 0; size = \"2T\"; }; segment = \"64M\"; "
	      "scan = { targets = 0; seconds = 3600; }; payload = 128; }; zones = (" ADMIN ");");
	ck_assert(policy->log.island);
	ck_assert(!policy->log.compress);
	ck_assert_uint_eq(policy->log.retention_days, 0);
	ck_assert_uint_eq(policy->log.size, UINT64_C(2) << 40);
	ck_assert_uint_eq(policy->log.segment, UINT64_C(64) << 20);
	ck_assert_uint_eq(policy->log.scan_targets, 0);
	ck_assert_uint_eq(policy->log.scan_seconds, 3600);
	ck_assert_uint_eq(policy->log.payload, 128);
}
END_TEST

START_TEST(test_defaults)
{
	parse("site = { name = \"x\"; }; zones = (" ADMIN ");");
	ck_assert_str_eq(policy->label, "");
	ck_assert_uint_eq(policy->epoch_seconds, 10);
	ck_assert_uint_eq(policy->flow_limit, 262144);
	ck_assert_uint_eq(policy->log_group, 100);
	ck_assert(!policy->log.island);
	ck_assert(policy->log.compress);
	ck_assert_uint_eq(policy->log.retention_days, 365);
	ck_assert_uint_eq(policy->log.size, 0);
	ck_assert_uint_eq(policy->log.segment, UINT64_C(1) << 30);
	ck_assert_uint_eq(policy->log.scan_targets, 20);
	ck_assert_uint_eq(policy->log.scan_seconds, 60);
	ck_assert_uint_eq(policy->log.payload, 0);
	ck_assert_uint_eq(policy->emergency_hours, 72);
	ck_assert_uint_eq(policy->exception_days, 90);
	ck_assert(!policy->two_person);
	ck_assert_uint_eq(policy->confirm_seconds, 0);
	ck_assert_uint_eq(policy->proposal_seconds, 86400);
	ck_assert_int_eq(policy->fragments, POLICY_FRAGMENTS_DROP);
	ck_assert_uint_eq(policy->path_count, 0);
	ck_assert_str_eq(policy->zones[0].label, "");
	ck_assert(!policy->zones[0].open_inside);
}
END_TEST

/* b2sum -l 256 of the text "site = { name = \"x\"; };" and so on is not needed: one known answer,
 * that of an empty input, and that every byte counts. */
START_TEST(test_revision)
{
	char first[POLICY_REVISION_LENGTH + 1], text[] = ALL "# a";
	parse(text);
	ck_assert_uint_eq(strlen(policy->revision), POLICY_REVISION_LENGTH);
	strcpy(first, policy->revision);
	for (size_t i = 0; i < POLICY_REVISION_LENGTH / 2; i++) {
		char hex[3];
		snprintf(hex, sizeof(hex), "%02x", policy->digest[i]);
		ck_assert_int_eq(memcmp(hex, policy->revision + 2 * i, 2), 0);
	}
	policy_free(policy);
	text[strlen(text) - 1] = 'b';
	parse(text);
	ck_assert_str_ne(first, policy->revision);
	policy_free(policy);
	text[strlen(text) - 1] = 'a';
	parse(text);
	ck_assert_str_eq(first, policy->revision);
}
END_TEST

START_TEST(test_zones)
{
	parse(ALL);
	ck_assert_uint_eq(policy->zone_count, 4);
	ck_assert_uint_eq(policy->segment_count, 5);
	ck_assert_str_eq(policy->zones[0].label, "利用事務系");
	ck_assert_int_eq(policy->zones[0].kind, ZONE_MYNUMBER);
	ck_assert_int_eq(policy->zones[3].kind, ZONE_MANAGEMENT);
	ck_assert_uint_eq(policy->zones[0].segment_count, 2);
	ck_assert_uint_eq(policy->zones[1].first_segment, 2);
	ck_assert_str_eq(policy->segments[1].full_name, "mynumber.terminals");
	ck_assert_str_eq(policy->segments[1].interface, "eth1.2");
	ck_assert_uint_eq(policy->segments[2].zone, 1);
	ck_assert_uint_eq(policy->segments[2].prefix_count, 3);
	ck_assert(policy->segments[2].prefixes[1].on_link);
	ck_assert(!policy->segments[2].prefixes[2].on_link);
	ck_assert_uint_eq(policy->segments[2].prefixes[2].prefix.length, 16);
	ck_assert(has(&policy->segments[2].on_link[ADDR_IPV4], "10.2.0.255"));
	ck_assert(!has(&policy->segments[2].on_link[ADDR_IPV4], "172.28.0.1"));
	ck_assert(has(&policy->segments[2].source[ADDR_IPV4], "172.28.255.255"));
	ck_assert(!policy->segments[2].rest[ADDR_IPV4]);
}
END_TEST

/* Everything else: not what other segments have, nor what no host can have. */
START_TEST(test_rest)
{
	static const char *const in[] = { "192.0.2.1", "8.8.8.8", "10.3.0.1", "203.0.113.9",
		"1.0.0.0", "223.255.255.255" };
	static const char *const out[] = { "10.1.0.10", "10.2.0.0", "172.28.9.9", "10.9.0.1",
		"0.0.0.1", "127.0.0.1", "169.254.1.1", "224.0.0.1", "255.255.255.255" };
	static const char *const in6[] = { "2001:db8::1", "2600::1", "fd00:3::1" };
	static const char *const out6[] = { "fd00:1::1", "fd00:2::9", "::", "::1", "fe80::1",
		"ff02::1", "::ffff:10.1.0.10" };
	parse(ALL);
	const struct policy_segment *uplink = &policy->segments[3];
	ck_assert(uplink->rest[ADDR_IPV4] && uplink->rest[ADDR_IPV6]);
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		ck_assert_msg(has(&uplink->source[ADDR_IPV4], in[i]), "%s", in[i]);
	for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		ck_assert_msg(!has(&uplink->source[ADDR_IPV4], out[i]), "%s", out[i]);
	for (size_t i = 0; i < sizeof(in6) / sizeof(in6[0]); i++)
		ck_assert_msg(has(&uplink->source[ADDR_IPV6], in6[i]), "%s", in6[i]);
	for (size_t i = 0; i < sizeof(out6) / sizeof(out6[0]); i++)
		ck_assert_msg(!has(&uplink->source[ADDR_IPV6], out6[i]), "%s", out6[i]);
}
END_TEST

/* Every address is in one segment at most. */
START_TEST(test_segments_are_disjoint)
{
	srand(random_seed("conf"));
	parse(ALL);
	for (int i = 0; i < 20000; i++) {
		struct addr addr = { .family = rand() % 2 ? ADDR_IPV4 : ADDR_IPV6 };
		unsigned int holders = 0;
		for (size_t j = 0; j < addr_length(addr.family); j++)
			addr.bytes[j] = (uint8_t)rand();
		if (rand() % 2) /* near the segments */
			memcpy(addr.bytes, addr.family == ADDR_IPV4 ? "\x0a" : "\xfd\x00\x00", 1);
		for (size_t j = 0; j < policy->segment_count; j++)
			holders += addrset_contains(
				&policy->segments[j].source[addr.family], addr.bytes);
		ck_assert_uint_le(holders, 1);
		ck_assert_uint_eq(
			holders == 0, policy_segment_of(policy, &addr) == policy->segment_count);
	}
}
END_TEST

START_TEST(test_hosts_and_networks)
{
	static const uint8_t mac[MAC_LENGTH] = { 0, 0, 0x5e, 0, 0x53, 0x10 };
	parse(ALL);
	ck_assert_uint_eq(policy->host_count, 2);
	ck_assert_uint_eq(policy->hosts[0].address_count, 2);
	ck_assert_uint_eq(policy->hosts[0].segment, 0);
	ck_assert(policy->hosts[0].has_mac);
	ck_assert_int_eq(memcmp(policy->hosts[0].mac, mac, MAC_LENGTH), 0);
	ck_assert_str_eq(policy->hosts[0].label, "甲");
	ck_assert(!policy->hosts[1].has_mac);
	ck_assert_uint_eq(
		policy->networks[0].addresses[ADDR_IPV4].count, 1); /* adjacent ones join */
	ck_assert_uint_eq(policy->networks[0].addresses[ADDR_IPV6].count, 0);
}
END_TEST

START_TEST(test_services)
{
	static const struct policy_service_entry wanted[] = {
		{ IPPROTO_TCP, false, { 443, 443 } },
		{ IPPROTO_TCP, false, { 8443, 8443 } },
		{ IPPROTO_UDP, false, { 1024, 2047 } },
		{ IPPROTO_ICMP, false, { 3 << 8 | 4, 3 << 8 | 4 } },
		{ IPPROTO_ICMPV6, false, { 128 << 8, 128 << 8 | 255 } },
		{ IPPROTO_GRE, true, { 0, 0 } },
		{ IPPROTO_ESP, true, { 0, 0 } },
	};
	char text[200], small[12];
	parse(ALL);
	const struct policy_service *service = &policy->services[0];
	ck_assert_uint_eq(service->entry_count, sizeof(wanted) / sizeof(wanted[0]));
	for (size_t i = 0; i < service->entry_count; i++) {
		ck_assert_uint_eq(service->entries[i].protocol, wanted[i].protocol);
		ck_assert_uint_eq(service->entries[i].whole, wanted[i].whole);
		ck_assert_uint_eq(service->entries[i].ports.first, wanted[i].ports.first);
		ck_assert_uint_eq(service->entries[i].ports.last, wanted[i].ports.last);
	}
	policy_path_service_text(policy, &policy->paths[0], text, sizeof(text));
	ck_assert_str_eq(text,
		"tcp 443, 8443; udp 1024-2047; icmp 3/4; icmpv6 128; protocol 47; protocol 50");
	policy_path_service_text(policy, &policy->paths[2], text, sizeof(text));
	ck_assert_str_eq(text, "tcp any");
	policy_path_service_text(policy, &policy->paths[0], small, sizeof(small));
	ck_assert_str_eq(small, "tcp 443, 84");
}
END_TEST

START_TEST(test_paths)
{
	parse(ALL);
	ck_assert_uint_eq(policy->path_count, 5);
	const struct policy_path *path = &policy->paths[0];
	ck_assert_str_eq(path->name, "P1");
	ck_assert_str_eq(path->reason, "甲乙");
	ck_assert_int_eq(path->data, PATH_DATA_REVERSE);
	ck_assert_int_eq(path->direction, PATH_FORWARD);
	ck_assert_uint_eq(path->loc.line, 6);
	ck_assert_str_eq(path->from.text, "a");
	ck_assert_uint_eq(path->from.part_count, 1);
	ck_assert_uint_eq(path->from.parts[0].segment, 0);
	ck_assert(has(&path->from.parts[0].addresses[ADDR_IPV6], "fd00:1::10"));
	ck_assert_uint_eq(path->to.parts[0].addresses[ADDR_IPV6].count, 0);
	ck_assert_uint_eq(policy_path_zone_from(policy, path), 0);
	ck_assert_uint_eq(policy_path_zone_to(policy, path), 1);

	path = &policy->paths[1];
	ck_assert_uint_eq(path->from.part_count, 2); /* a zone: its segments */
	ck_assert_uint_eq(path->from.parts[1].segment, 1);
	ck_assert_uint_eq(path->service_count, 2);
	ck_assert_int_eq(path->data, PATH_DATA_BOTH);

	path = &policy->paths[2];
	ck_assert_uint_eq(path->to.parts[0].segment, 3); /* of everything else */
	ck_assert(has(&path->from.parts[0].addresses[ADDR_IPV4], "172.28.9.9"));
}
END_TEST

START_TEST(test_gateway)
{
	parse(ALL);
	const struct policy_path *input = &policy->paths[3], *output = &policy->paths[4];
	ck_assert_int_eq(input->direction, PATH_INPUT);
	ck_assert_uint_eq(input->to.part_count, 0);
	ck_assert_uint_eq(policy_path_zone_from(policy, input), 3);
	ck_assert_uint_eq(policy_path_zone_to(policy, input), policy->zone_count);
	ck_assert_int_eq(output->direction, PATH_OUTPUT);
	ck_assert_uint_eq(output->from.part_count, 0);
	ck_assert_uint_eq(policy_path_zone_from(policy, output), policy->zone_count);
}
END_TEST

START_TEST(test_open_inside)
{
	char *text = strdup(ALL), service[32];
	char *closed = strstr(text, "label = \"利用事務系\"");
	ck_assert_ptr_nonnull(closed);
	memset(closed, ' ', strlen("label = \"利用事務系\";"));
	memcpy(closed, "inside = \"open\";", strlen("inside = \"open\";"));
	parse(text);
	free(text);
	ck_assert(policy->zones[0].open_inside);
	ck_assert_uint_eq(policy->path_count, 6);
	const struct policy_path *path = &policy->paths[5];
	ck_assert_str_eq(path->name, "mynumber.inside");
	ck_assert_uint_eq(path->from.part_count, 2);
	ck_assert_uint_eq(path->to.part_count, 2);
	ck_assert(policy->services[path->services[0]].any);
	policy_path_service_text(policy, path, service, sizeof(service));
	ck_assert_str_eq(service, "any");
}
END_TEST

START_TEST(test_limits)
{
	parse(SITE "zones = ( { name = \"a\"; kind = \"lgwan\"; limit = { rate = 100; per = "
		   "\"minute\";"
		   "burst = 7; }; segments = ( { name = \"s\"; interface = \"eth1\";"
		   "networks = \"10.1.0.0/24\"; } ); }, { name = \"b\"; kind = \"internet\";"
		   "limit = { per = \"hour\"; rate = 1000000; }; segments = ( { name = \"s\";"
		   "interface = \"eth4\"; networks = \"10.4.0.0/24\"; } ); }," LGWAN ");");
	ck_assert_uint_eq(policy->zones[0].limit.rate, 100);
	ck_assert_uint_eq(policy->zones[0].limit.per_seconds, 60);
	ck_assert_uint_eq(policy->zones[0].limit.burst, 7);
	ck_assert_uint_gt(policy->zones[0].limit.loc.column, 1);
	ck_assert_uint_eq(policy->zones[1].limit.rate, 1000000);
	ck_assert_uint_eq(policy->zones[1].limit.per_seconds, 3600);
	ck_assert_uint_eq(policy->zones[1].limit.burst, 1000000);
	ck_assert_uint_eq(policy->zones[2].limit.rate, 0);
}
END_TEST

START_TEST(test_observe)
{
	parse(ALL);
	ck_assert_uint_eq(policy->observe_count, 0);
	ck_assert_ptr_null(policy_observe_of(policy, 1, 2));
	policy_free(policy);
	parse(ALL "observe = ( { from = \"lgwan\"; to = \"internet\"; reason = \"移行\"; },"
		  "{ to = \"lgwan\"; reason = \"b\"; from = \"internet\"; } );");
	ck_assert_uint_eq(policy->observe_count, 2);
	ck_assert_ptr_eq(policy_observe_of(policy, 1, 2), &policy->observes[0]);
	ck_assert_ptr_eq(policy_observe_of(policy, 2, 1), &policy->observes[1]);
	ck_assert_ptr_null(policy_observe_of(policy, 1, 1));
	ck_assert_str_eq(policy->observes[0].reason, "移行");
	ck_assert_uint_gt(policy->observes[0].loc.line, 0);
	ck_assert_uint_eq(policy->observes[0].id, 0);
	ck_assert_uint_ge(diag_list_count(diags, DIAG_WARNING), 2);
	policy_free(policy);
	parse(ALL "observe = ( );");
	ck_assert_uint_eq(policy->observe_count, 0);
}
END_TEST

/* Sections may stand in any order; separators and comments are libconfig's. */
START_TEST(test_order_and_style)
{
	parse(LOG GATEWAY PATHS SERVICES NETWORKS HOSTS ZONES SITE);
	policy_free(policy);
	parse("site : { name : \"to\" \"wn\", label = \"a\\\"b\\\\\" }\r\n"
	      "/* c */ // d\n# e\nzones = (" ADMIN ") # no newline at the end");
	ck_assert_str_eq(policy->site, "town");
	ck_assert_str_eq(policy->label, "a\"b\\");
}
END_TEST

/* Every prefix of a valid file is refused or valid, and never a crash. */
START_TEST(test_truncated)
{
	parse_prefixes(ALL, strlen(ALL));
}
END_TEST

START_TEST(test_nul)
{
	static const char text[] = SITE "\0" ZONES;
	refuse(text, sizeof(text) - 1, "control character U+0000");
}
END_TEST

START_TEST(test_too_long)
{
	char *text = calloc(1, CONF_SIZE_MAX + 2);
	ck_assert_ptr_nonnull(text);
	refuse(text, (size_t)CONF_SIZE_MAX + 1,
		"the file has 67108865 bytes; at most 67108864 are read");
	free(text);
}
END_TEST

/* What would take libconfig or the checks quadratic time is refused at once. */
START_TEST(test_hostile_sizes)
{
	size_t count = 1000000;
	char *text = malloc(count * 16);
	char *end = text;
	for (size_t i = 0; i < count; i++)
		end += sprintf(end, "k%zu=1;\n", i);
	refuse(text, (size_t)(end - text), "more than 64 keys in one group");
	memset(text, '(', count);
	text[0] = 'a';
	text[1] = '=';
	for (size_t i = 0; i < count; i += 1000)
		text[i + 999] = '\n';
	diag_list_free(diags);
	ck_assert_int_eq(diag_list_new(&diags), 0);
	refuse(text, count, "more than 32 groups and lists in each other");
	free(text);
}
END_TEST

START_TEST(test_too_many_networks)
{
	char *text = malloc(2000000), *end = text;
	end += sprintf(end,
		"site = { name = \"x\"; };\nzones = ( { name = \"z\"; kind = \"lgwan\"; "
		"segments = ( { name = \"s\"; interface = \"e\"; networks = [\n");
	for (int i = 0; i < 16400; i++)
		end += sprintf(end, "%s\"10.%d.%d.%d/32\"\n", i ? "," : "", i >> 14, i >> 7 & 127,
			(i & 127) * 2);
	end += sprintf(end, "]; } ); } );\n");
	refuse(text, (size_t)(end - text),
		"zone \"z\", segment \"s\": key \"networks\" has 16400 values; at most 16384 are "
		"allowed");
	ck_assert_uint_eq(diag_list_count(diags, DIAG_ERROR), 1);
	free(text);
}
END_TEST

/* Each end of a path has its addresses: what that takes is bounded. */
START_TEST(test_too_many_ranges)
{
	char *text = malloc(2000000), *end = text;
	end += sprintf(
		end, "%s", SITE ZONES SERVICES "networks = ( { name = \"n\"; networks = [\n");
	for (int i = 0; i < 16000; i++) /* every other address */
		end += sprintf(end, "%s\"172.28.%d.%d\"\n", i ? "," : "", i >> 7, (i & 127) * 2);
	end += sprintf(end, "]; } );\npaths = (\n");
	for (int i = 0; i < 200; i++)
		end += sprintf(end,
			"%s{ name = \"p%d\"; from = \"n\"; to = \"8.8.8.%d\"; service = \"all\"; "
			"reason = \"r\"; }\n",
			i ? "," : "", i, i);
	end += sprintf(end, ");\n");
	refuse(text, (size_t)(end - text),
		"path \"p124\": the ends of the paths up to here have more than 2000000 ranges of "
		"addresses");
	ck_assert_uint_eq(diag_list_count(diags, DIAG_ERROR), 1);
	free(text);
}
END_TEST

START_TEST(test_too_many_paths)
{
	size_t count = POLICY_PATHS_MAX + 3;
	char *text = malloc(count * 110 + 10000), *end = text;
	end += sprintf(end, "%s", SITE ZONES HOSTS SERVICES "paths = (\n");
	for (size_t i = 0; i < count; i++)
		end += sprintf(end,
			"%s{ name = \"p%zu\"; from = \"b\"; to = \"8.8.8.%zu\"; service = "
			"\"all\"; "
			"reason = \"r\"; }\n",
			i ? "," : "", i, i % 256);
	end += sprintf(end, ");\n");
	ck_assert_int_eq(conf_parse(text, (size_t)(end - text), "t", diags, &policy), -EINVAL);
	bool found = false;
	for (size_t i = 0; i < diag_list_length(diags); i++)
		found |= strcmp(diag_list_get(diags, i)->message, "more than 200000 paths") == 0;
	/* Repeated ones come first in the file, so what is kept may be full; it was counted. */
	ck_assert_uint_eq(diag_list_count(diags, DIAG_ERROR), POLICY_PATHS_MAX - 256 + 1);
	ck_assert(found || diag_list_length(diags) == DIAG_MAX);
	free(text);
}
END_TEST

/* Paths that libconfig gets in several pieces, the second of which begins with path 32. */
static char *many_paths(size_t odd, const char *service)
{
	char *text = malloc(64 * 110 + 10000), *end = text;

	end += sprintf(end, "%s/* ( */ paths # =\n: (\n", SITE ZONES HOSTS SERVICES);
	for (size_t i = 0; i < 64; i++)
		end += sprintf(end,
			"{ name = \"p%zu\"; from = \"b\"; to = \"8.8.8.%zu\"; service = %s; reason "
			"= "
			"\"r\" \"s\"; }%s // %zu ),\n",
			i, i, i == odd ? service : "\"all\"", i < 63 ? "," : "", i);
	sprintf(end, ")\n");
	return text;
}

static unsigned int line_of(const char *text, const char *words)
{
	unsigned int line = 1;

	for (const char *at = text; at < strstr(text, words); at++)
		line += *at == '\n';
	return line;
}

START_TEST(test_pieces)
{
	char *text = many_paths(SIZE_MAX, "");
	unsigned int first = line_of(text, "\"p0\"");

	parse(text);
	ck_assert_uint_eq(policy->path_count, 64);
	for (unsigned int i = 0; i < 64; i++) {
		ck_assert_uint_eq(policy->paths[i].loc.line, first + i);
		ck_assert_uint_eq(policy->paths[i].loc.column, 10);
		ck_assert_str_eq(policy->paths[i].reason, "rs");
	}
	free(text);
}
END_TEST

/* What is refused of a piece is refused at its place in the file. */
START_TEST(test_pieces_refused)
{
	static const size_t odd[] = { 0, 31, 32, 63 };
	static const char *const values[] = { "7", "[ \"all\", 7 ]", "4294967296999" };

	for (size_t i = 0; i < 4; i++) {
		for (size_t j = 0; j < 3; j++) {
			char *text = many_paths(odd[i], values[j]);
			const struct diag *diag;

			diag_list_free(diags);
			ck_assert_int_eq(diag_list_new(&diags), 0);
			ck_assert_int_eq(
				conf_parse(text, strlen(text), "t", diags, &policy), -EINVAL);
			diag = diag_list_get(diags, 0);
			ck_assert_uint_eq(
				diag->loc.line, line_of(text, "\"p0\"") + (unsigned int)odd[i]);
			free(text);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf");
	TCase *text = tcase_create("text");
	tcase_add_checked_fixture(text, from_text_set_up, from_text_tear_down);
	tcase_set_timeout(text, 300);
	tcase_add_test(text, test_log);
	tcase_add_test(text, test_site_and_log);
	tcase_add_test(text, test_defaults);
	tcase_add_test(text, test_revision);
	tcase_add_test(text, test_zones);
	tcase_add_test(text, test_rest);
	tcase_add_test(text, test_segments_are_disjoint);
	tcase_add_test(text, test_hosts_and_networks);
	tcase_add_test(text, test_services);
	tcase_add_test(text, test_paths);
	tcase_add_test(text, test_gateway);
	tcase_add_test(text, test_open_inside);
	tcase_add_test(text, test_limits);
	tcase_add_test(text, test_observe);
	tcase_add_test(text, test_order_and_style);
	tcase_add_test(text, test_truncated);
	tcase_add_test(text, test_nul);
	tcase_add_test(text, test_too_long);
	tcase_add_test(text, test_hostile_sizes);
	tcase_add_test(text, test_too_many_networks);
	tcase_add_test(text, test_too_many_ranges);
	tcase_add_test(text, test_too_many_paths);
	tcase_add_test(text, test_pieces);
	tcase_add_test(text, test_pieces_refused);
	suite_add_tcase(suite, text);
	return suite_run(suite);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file says of its site, zones, segments, hosts and paths, beyond what passes. Messages:
 * tests/golden/conf-errors. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/conf.h"
#include "fromtext.h"
#include "suite.h"

#define ZONES                                                                                      \
	"zones = ( { name = \"my\"; kind = \"mynumber\"; segments = ( { name = \"s\";"             \
	"interface = \"eth1\"; networks = \"10.1.0.0/24\"; remote = \"10.210.0.0/20\";"            \
	"line = { type = \"dedicated\"; encryption = \"IPsec\"; }; } ); },"                        \
	"{ name = \"lg\"; kind = \"lgwan\"; role = \"iot\"; segments = ( { name = \"s\";"          \
	"interface = \"eth2\"; networks = \"10.2.0.0/24\"; remote = \"172.28.0.0/16\";"            \
	"external = { owner = \"J\"; permission = \"12\"; survey = \"S\"; }; },"                   \
	"{ name = \"t\"; interface = \"eth5\"; networks = \"10.5.0.0/24\";"                        \
	"external = { owner = \"K\"; }; } ); },"                                                   \
	"{ name = \"in\"; kind = \"internet\"; role = \"public\"; segments = ("                    \
	"{ name = \"up\"; interface = \"eth3\"; networks = \"192.0.2.0/29\";"                      \
	"remote = [ \"0.0.0.0/0\", \"::/0\" ]; }, { name = \"s\"; interface = \"eth4\";"           \
	"networks = \"10.3.0.0/24\"; } ); } );\n"
#define HOSTS                                                                                      \
	"hosts = ( { name = \"a\"; address = \"10.1.0.10\"; mac = \"00:00:5e:00:53:10\"; },"       \
	"{ name = \"b\"; address = \"172.28.1.20\"; next_hop_mac = \"00:00:5e:00:53:20\"; },"      \
	"{ name = \"c\"; address = \"10.3.0.4\"; role = \"sanitizer\"; },"                         \
	"{ name = \"d\"; address = \"10.3.0.5\"; role = \"vdi\"; },"                               \
	"{ name = \"e\"; address = \"10.2.0.10\"; } );\n"
#define CLOUDS                                                                                     \
	"security_cloud = { label = \"雲\"; networks = [ \"198.51.100.0/24\","                    \
	"\"2001:db8:100::/48\" ]; };\n"                                                            \
	"local_breakout = ( { name = \"x\"; label = \"業務\"; networks = ["                      \
	"\"203.0.113.0/29\", \"203.0.113.8/29\" ]; }, { name = \"y\"; networks = "                 \
	"\"2001:db8:9::/48\"; } );\n"
#define SERVICES "services = ( { name = \"https\"; tcp = 443; } );\n"
#define PATH(name, from, to, more)                                                                 \
	"{ name = \"" name "\"; from = \"" from "\"; to = \"" to "\"; service = \"https\";"        \
	"reason = \"r\"; " more " }"
#define PATHS                                                                                          \
	"paths = (" PATH("P1", "a", "e",                                                               \
		"specified = { attested_by = \"課\"; attested_on = \"2026-04-01\"; };") "," PATH("P2", \
		"a", "b", "specified = { public_body = true; via = \"lg\"; };") "," PATH("P3",         \
		"e", "c", "sanitize = \"file_sanitize\"; local_breakout = false;") "," PATH("P4",      \
		"e", "d", "sanitize = \"screen_transfer\";") "," PATH("P5", "c", "e",                  \
		"sanitize = \"mail_text\";") "," PATH("P6", "e", "x",                                  \
		"local_breakout = true;") "," PATH("P7", "lg.t", "203.0.113.4/30",                     \
		"local_breakout = true;") " );\n"
#define SITE(more) "site = { name = \"town\"; " more " };\n"

START_TEST(test_site)
{
	parse(SITE("time_zone = \"Europe/London\"; confirmed = \"2026-03-01\"; audited = "
		   "\"2024-02-29\";") ZONES);
	ck_assert_str_eq(policy->time_zone, "Europe/London");
	ck_assert_str_eq(policy->confirmed_on, "2026-03-01");
	ck_assert_str_eq(policy->audited_on, "2024-02-29");
	ck_assert_uint_eq(policy->confirmed_loc.line, 1);
	ck_assert_uint_gt(policy->audited_loc.column, policy->confirmed_loc.column);
}
END_TEST

START_TEST(test_site_defaults)
{
	parse(SITE("") ZONES);
	ck_assert_str_eq(policy->time_zone, "Asia/Tokyo");
	ck_assert_str_eq(policy->confirmed_on, "");
	ck_assert_str_eq(policy->audited_on, "");
	ck_assert_ptr_null(policy->profile_name);
	ck_assert_ptr_null(policy->model_name);
	ck_assert_str_eq(policy->cloud_label, "");
	ck_assert_uint_eq(policy->cloud[ADDR_IPV4].count, 0);
	ck_assert_uint_eq(policy->cloud_loc.line, 0);
	ck_assert_uint_eq(policy->breakout_count, 0);
}
END_TEST

START_TEST(test_zones)
{
	parse(SITE("") ZONES);
	ck_assert_int_eq(policy->zones[0].role, ZONE_ORDINARY);
	ck_assert_int_eq(policy->zones[1].role, ZONE_IOT);
	ck_assert_int_eq(policy->zones[2].role, ZONE_PUBLIC);
	const struct policy_segment *segment = &policy->segments[0];
	ck_assert_int_eq(segment->line.type, LINE_DEDICATED);
	ck_assert_str_eq(segment->line.encryption, "IPsec");
	ck_assert_uint_gt(segment->line.loc.column, 0);
	ck_assert(!segment->external.given);
	ck_assert_str_eq(segment->external.owner, "");
	segment = &policy->segments[1];
	ck_assert_int_eq(segment->line.type, LINE_UNSTATED);
	ck_assert_str_eq(segment->line.encryption, "");
	ck_assert(segment->external.given);
	ck_assert_str_eq(segment->external.owner, "J");
	ck_assert_str_eq(segment->external.permission, "12");
	ck_assert_str_eq(segment->external.survey, "S");
	segment = &policy->segments[2];
	ck_assert_str_eq(segment->external.owner, "K");
	ck_assert_str_eq(segment->external.permission, "");
	ck_assert_str_eq(segment->external.survey, "");
}
END_TEST

START_TEST(test_hosts)
{
	static const uint8_t router[MAC_LENGTH] = { 0, 0, 0x5e, 0, 0x53, 0x20 };
	parse(SITE("") ZONES HOSTS);
	ck_assert(policy->hosts[0].has_mac && !policy->hosts[0].next_hop_mac);
	ck_assert(policy->hosts[1].has_mac && policy->hosts[1].next_hop_mac);
	ck_assert_int_eq(memcmp(policy->hosts[1].mac, router, MAC_LENGTH), 0);
	ck_assert(!policy->hosts[2].has_mac && !policy->hosts[2].next_hop_mac);
	ck_assert_int_eq(policy->hosts[1].role, HOST_ORDINARY);
	ck_assert_int_eq(policy->hosts[2].role, HOST_SANITIZER);
	ck_assert_int_eq(policy->hosts[3].role, HOST_VDI);
}
END_TEST

START_TEST(test_clouds)
{
	struct addr addr;
	parse(SITE("") ZONES HOSTS CLOUDS SERVICES PATHS);
	ck_assert_str_eq(policy->cloud_label, "雲");
	ck_assert_uint_eq(policy->cloud_loc.line, 4);
	ck_assert_int_eq(addr_parse("198.51.100.255", &addr), 0);
	ck_assert(addrset_contains(&policy->cloud[ADDR_IPV4], addr.bytes));
	ck_assert_int_eq(addr_parse("2001:db8:100:5::1", &addr), 0);
	ck_assert(addrset_contains(&policy->cloud[ADDR_IPV6], addr.bytes));
	ck_assert_uint_eq(policy->breakout_count, 2);
	ck_assert_str_eq(policy->breakouts[0].name, "x");
	ck_assert_str_eq(policy->breakouts[0].label, "業務");
	ck_assert_str_eq(policy->breakouts[1].label, "");
	ck_assert_uint_eq(policy->breakouts[0].addresses[ADDR_IPV4].count, 1); /* they join */
	ck_assert_uint_eq(policy->breakouts[0].addresses[ADDR_IPV6].count, 0);
	ck_assert_uint_eq(policy->breakouts[1].addresses[ADDR_IPV6].count, 1);
	ck_assert_uint_eq(policy->breakouts[1].loc.line, 5);
}
END_TEST

START_TEST(test_paths)
{
	parse(SITE("") ZONES HOSTS CLOUDS SERVICES PATHS);
	const struct policy_path *path = policy->paths;
	ck_assert(path[0].specified.given && !path[0].specified.public_body);
	ck_assert_str_eq(path[0].specified.attested_by, "課");
	ck_assert_str_eq(path[0].specified.attested_on, "2026-04-01");
	ck_assert_uint_eq(path[0].specified.via, policy->zone_count);
	ck_assert(path[1].specified.given && path[1].specified.public_body);
	ck_assert_uint_eq(path[1].specified.via, 1);
	ck_assert_str_eq(path[1].specified.attested_by, "");
	ck_assert_str_eq(path[1].specified.attested_on, "");
	ck_assert_uint_gt(path[1].specified.loc.line, 0);
	ck_assert(!path[2].specified.given && !path[2].local_breakout);
	ck_assert_int_eq(path[1].sanitize, SANITIZE_NONE);
	ck_assert_int_eq(path[2].sanitize, SANITIZE_FILE);
	ck_assert_int_eq(path[3].sanitize, SANITIZE_SCREEN_TRANSFER);
	ck_assert_int_eq(path[4].sanitize, SANITIZE_MAIL_TEXT);
	/* A cloud is an end by its name, or by part of its addresses. */
	ck_assert(path[5].local_breakout && path[6].local_breakout);
	ck_assert_uint_eq(path[5].to.part_count, 1);
	ck_assert_uint_eq(path[5].to.parts[0].segment, 3);
	ck_assert_uint_eq(path[5].to.parts[0].addresses[ADDR_IPV4].count, 1);
}
END_TEST

START_TEST(test_truncated)
{
	static const char text[] =
		SITE("confirmed = \"2026-03-01\";") ZONES HOSTS CLOUDS SERVICES PATHS;
	parse_prefixes(text, sizeof(text));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf_claim");
	TCase *tcase = tcase_create("claims");
	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, from_text_set_up, from_text_tear_down);
	tcase_add_test(tcase, test_site);
	tcase_add_test(tcase, test_site_defaults);
	tcase_add_test(tcase, test_zones);
	tcase_add_test(tcase, test_hosts);
	tcase_add_test(tcase, test_clouds);
	tcase_add_test(tcase, test_paths);
	tcase_add_test(tcase, test_truncated);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small city as text, and what its rule set does with packets. Anything that is not as expected
 * fails the test. */
#ifndef HEDATE_TEST_CITY_H
#define HEDATE_TEST_CITY_H

#include "fromtext.h"

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

extern const uint8_t bound_mac[MAC_LENGTH]; /* of host "bound" */

/* Prerouting, then the given chain. */
struct eval_result run_to(const char *chain, const struct eval_packet *made);
/* The same, accepted with the mark of this path (NULL: any), or denied; words: "<reason> <from>
 * <to>". */
void expect_accept(const char *chain, struct eval_packet made, const char *path);
void expect_deny(const char *chain, struct eval_packet made, const char *words);

uint32_t path_id(const char *name);
/* The packet that answers this one. */
void swap_ends(struct eval_packet *made);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What in the host's network weakens the separation of the zones. */
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/host.h"
#include "city.h"
#include "suite.h"

/* Interfaces of the city (city.h), by their indexes, and some that nobody declared. */
enum {
	LO = 1,
	C1,
	C2,
	L1,
	I1,
	M1,
	X1,
	BR,
};
static const char *const names[] = { NULL, "lo", "c1", "c2", "l1", "i1", "m1", "x1", "br0" };

static struct host host;
static struct host_findings findings;

static struct host_link *add_link(int index, const char *kind)
{
	struct host_link *links =
		reallocarray(host.links, host.link_count + 1, sizeof(*host.links));

	ck_assert_ptr_nonnull(links);
	host.links = links;
	struct host_link *link = &links[host.link_count++];

	host.link_room = host.link_count;
	*link = (struct host_link){ .link = { .index = index, .flags = IFF_UP } };
	snprintf(link->link.name, sizeof(link->link.name), "%s", names[index]);
	snprintf(link->link.kind, sizeof(link->link.kind), "%s", kind);
	for (unsigned int i = 0; i < SWITCH_COUNT; i++)
		link->link.switches[i] = i <= SWITCH_FORWARDING6;
	return link;
}

static struct nlroute_route *add_route(const char *prefix, int index)
{
	struct nlroute_route *routes =
		reallocarray(host.routes, host.route_count + 1, sizeof(*host.routes));

	ck_assert_ptr_nonnull(routes);
	host.routes = routes;
	struct nlroute_route *route = &routes[host.route_count++];

	host.route_room = host.route_count;
	*route = (struct nlroute_route){ .table = RT_TABLE_MAIN, .type = RTN_UNICAST };
	ck_assert_int_eq(addr_prefix_parse(prefix, &route->prefix), 0);
	if (index) {
		route->interfaces[0] = index;
		route->interface_count = 1;
	}
	return route;
}

static void add_rule(enum addr_family family, uint32_t priority, uint32_t table)
{
	struct nlroute_rule *rules =
		reallocarray(host.rules, host.rule_count + 1, sizeof(*host.rules));

	ck_assert_ptr_nonnull(rules);
	host.rules = rules;
	host.rules[host.rule_count++] =
		(struct nlroute_rule){ .family = family, .priority = priority, .table = table };
	host.rule_room = host.rule_count;
}

/* As it should be. */
static void set_up(void)
{
	from_text_set_up();
	parse(CITY);
	host_init(&host);
	host.forwarding_all[ADDR_IPV4] = host.forwarding_all[ADDR_IPV6] = 1;
	for (int index = LO; index <= X1; index++)
		add_link(index, index == LO ? "loopback" : "")->link.flags |=
			index == LO ? IFF_LOOPBACK : 0;
	for (unsigned int family = 0; family < ADDR_FAMILIES; family++) {
		add_rule((enum addr_family)family, 0, RT_TABLE_LOCAL);
		add_rule((enum addr_family)family, 32766, RT_TABLE_MAIN);
	}
	add_route("10.1.0.0/24", C1);
	add_route("fd00:1::/64", C1);
	add_route("10.1.1.0/24", C2);
	add_route("fd00:2::/60", C2);
	add_route("172.16.0.0/13", C2);
	add_route("10.2.0.0/24", L1);
	add_route("fd00:3::/64", L1);
	add_route("192.0.2.0/29", I1);
	add_route("2001:db8::/64", I1);
	add_route("10.9.0.0/24", M1);
	add_route("fd00:9::/64", M1);
	add_route("0.0.0.0/0", I1);
	add_route("::/0", I1);
}

static void tear_down(void)
{
	host_findings_clear(&findings);
	host_clear(&host);
	from_text_tear_down();
}

static void judge(void)
{
	host_findings_clear(&findings);
	ck_assert_int_eq(host_judge(&host, policy, &findings), 0);
}

/* Nothing is found; or one thing, with this text in it. */
static void expect(const char *text)
{
	judge();
	if (!text) {
		ck_assert_msg(
			findings.count == 0, "%s", findings.count ? findings.list[0].text : "");
		return;
	}
	ck_assert_msg(findings.count == 1, "%zu findings, %s", findings.count,
		findings.count ? findings.list[0].text : "");
	ck_assert_msg(strstr(findings.list[0].text, text), "%s", findings.list[0].text);
}

static void expect_risk(enum host_risk risk, const char *text)
{
	expect(text);
	ck_assert_int_eq(findings.list[0].risk, risk);
	ck_assert_ptr_nonnull(host_risk_name(risk));
	ck_assert_ptr_nonnull(host_risk_action(risk));
}

START_TEST(test_sound)
{
	expect(NULL);
}
END_TEST

START_TEST(test_routes)
{
	static const struct {
		const char *prefix;
		int out;
		const char *text; /* NULL: as it should be */
	} cases[] = {
		{ "10.1.0.128/25", I1,
			"route 10.1.0.128/25 (table 254) sends networks of segment core.servers, "
			"from 10.1.0.128 on, out of interface i1 (internet.uplink)" },
		{ "10.0.0.0/8", L1,
			NULL }, /* what it takes of others has longer routes; the rest ... */
		{ "172.17.0.0/16", L1, "core.cloud, from 172.17.0.0 on, out of interface l1" },
		{ "fd00:3::1:0/112", C1,
			"lgwan.servers, from fd00:3::1:0 on, out of interface c1" },
		{ "10.1.0.7/32", X1, "out of interface x1 (undeclared)" },
		{ "10.77.0.0/16", X1, NULL }, /* nobody's */
		{ "8.8.8.0/24", L1, "internet.uplink" },
		{ "10.1.1.0/25", C1, NULL }, /* another segment, the same zone */
		{ "10.1.0.0/25", LO, NULL },
		{ "fe80::/64", X1, NULL },
		{ "10.9.0.0/25", I1, "admin.lan" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		add_route(cases[i].prefix, cases[i].out);
		/* Of the Internet's own what a wide route takes is a finding of its own. */
		if (strcmp(cases[i].prefix, "10.0.0.0/8") == 0)
			expect("internet.uplink");
		else
			expect(cases[i].text);
		host.route_count--;
	}
}
END_TEST

/* A wide route takes what has no longer one: the route to a zone's network is missing. */
START_TEST(test_missing)
{
	for (size_t i = 0; i < host.route_count; i++)
		if (host.routes[i].interfaces[0] == C2 && host.routes[i].prefix.length == 13)
			host.routes[i].prefix.length = 14; /* 172.16.0.0/14 is routed still */
	expect("route 0.0.0.0/0 (table 254) sends networks of segment core.cloud, from 172.20.0.0 "
	       "on, out of interface i1");
	/* What is thrown away does not go there. */
	add_route("172.20.0.0/14", 0)->type = RTN_BLACKHOLE;
	expect(NULL);
}
END_TEST

START_TEST(test_metric)
{
	struct nlroute_route *route = add_route("10.1.0.0/24", I1);

	/* The other one comes first. */
	route->metric = 100;
	expect(NULL);
	host.routes[0].metric = 200;
	expect("route 10.1.0.0/24");
}
END_TEST

START_TEST(test_tables)
{
	struct nlroute_route *route = add_route("10.1.0.0/24", I1);

	/* No rule leads to it. */
	route->table = 77;
	expect(NULL);
	/* A rule of the other family does not, either. */
	add_rule(ADDR_IPV6, 99, 77);
	expect(NULL);
	add_rule(ADDR_IPV4, 99, 77);
	expect("(table 77, rule 99)");
	/* Where the rules are not known, the tables are those that there always are. */
	host.rule_count = 0;
	expect(NULL);
	route->table = RT_TABLE_MAIN;
	expect("(table 254)");
}
END_TEST

START_TEST(test_multipath)
{
	struct nlroute_route *route = add_route("10.2.0.128/25", L1);

	expect(NULL);
	route->interfaces[route->interface_count++] = C1;
	expect("out of interface c1");
	host.more_routes = true;
	judge();
	ck_assert_uint_eq(findings.count, 2);
}
END_TEST

START_TEST(test_bridges)
{
	struct host_link *bridge = add_link(BR, "bridge");

	bridge->link.index = BR;
	host_find_link(&host, X1)->link.master = BR;
	expect(NULL); /* nobody's bridge */
	host_find_link(&host, I1)->link.master = BR;
	judge();
	ck_assert_uint_gt(findings.count, 0);
	ck_assert_int_eq(findings.list[0].risk, RISK_PORTS);
	host_find_link(&host, X1)->link.master = 0;
	/* One port: the rule set sees it under the bridge's name. */
	expect_risk(RISK_PORTS,
		"bridge br0 joins interface i1 (internet) with interface br0 (no zone)");
	host_find_link(&host, L1)->link.master = BR;
	judge();
	bool found = false;

	for (size_t i = 0; i < findings.count; i++)
		found |= strstr(findings.list[i].text,
				 "interface i1 (internet) with interface l1 (lgwan)") != NULL;
	ck_assert_msg(found, "%s", findings.list[0].text);
}
END_TEST

/* A bridge that is declared, with ports that nobody declares, is as it should be. */
START_TEST(test_declared_bridge)
{
	struct host_link *bridge = host_find_link(&host, I1);

	snprintf(bridge->link.kind, sizeof(bridge->link.kind), "bridge");
	host_find_link(&host, X1)->link.master = I1;
	expect(NULL);
	host_find_link(&host, L1)->link.master = I1;
	expect_risk(RISK_PORTS, "joins interface l1 (lgwan) with interface i1 (internet)");
}
END_TEST

START_TEST(test_stacked)
{
	struct nlroute_link *upper = &host_find_link(&host, X1)->link;

	upper->lower = C1;
	snprintf(upper->kind, sizeof(upper->kind), "vlan");
	expect(NULL); /* a network of its own on the same cable */
	snprintf(upper->kind, sizeof(upper->kind), "macvlan");
	expect_risk(RISK_STACKED, "macvlan x1 (no zone) lies on interface c1 of zone core");
	upper->lower_elsewhere = true;
	expect(NULL);
	upper->lower_elsewhere = false;
	upper->lower = 99; /* gone meanwhile */
	expect(NULL);
}
END_TEST

START_TEST(test_programs)
{
	struct host_link *link = host_find_link(&host, L1);

	link->link.xdp = true;
	link->link.xdp_program = 42;
	expect_risk(RISK_XDP, "interface l1 of zone lgwan has XDP program 42");
	link->link.xdp = false;
	snprintf(link->filter.kind, sizeof(link->filter.kind), "matchall");
	expect_risk(RISK_FILTER, "kind matchall: it sees");
	link->filter.redirects = true;
	expect_risk(RISK_FILTER, "that redirects them");
	/* On one of no zone it does not matter. */
	link->filter.kind[0] = '\0';
	host_find_link(&host, X1)->link.xdp = true;
	expect(NULL);
}
END_TEST

START_TEST(test_switches)
{
	struct nlroute_link *link = &host_find_link(&host, I1)->link;

	link->switches[SWITCH_PROXY_ARP] = 1;
	expect_risk(RISK_SWITCH, "interface i1 of zone internet has proxy_arp on");
	link->switches[SWITCH_PROXY_ARP] = 0;
	/* Of no effect while that of all interfaces is off, and not told where that is not known.
	 */
	link->switches[SWITCH_ACCEPT_REDIRECTS4] = 1;
	expect(NULL);
	host.redirects_all = 0;
	expect(NULL);
	host.redirects_all = 1;
	expect_risk(RISK_SWITCH, "accept_redirects");
	host.redirects_all = 0;
	link->switches[SWITCH_FORWARDING4] = 0;
	expect_risk(RISK_FORWARDING_OFF, "interface i1 of zone internet does not forward IPv4");
	host.forwarding_all[ADDR_IPV4] = 0;
	expect_risk(RISK_FORWARDING_OFF, "IPv4 is not forwarded");
	link->switches[SWITCH_FORWARDING4] = 1;
	host.forwarding_all[ADDR_IPV4] = 1;
	/* One check of sources less than there was; never on is as it was. */
	link->switches[SWITCH_RP_FILTER] = 0;
	host.rp_filter_all = 0;
	expect(NULL);
	host_find_link(&host, I1)->had_rp_filter = true;
	expect_risk(RISK_SWITCH, "interface i1 of zone internet has rp_filter off");
	host.rp_filter_all = 2;
	expect(NULL);
	/* The management zone never forwards. */
	host.forwarding_all[ADDR_IPV4] = 1;
	link->switches[SWITCH_FORWARDING4] = 1;
	host_find_link(&host, M1)->link.switches[SWITCH_FORWARDING4] = 0;
	expect(NULL);
}
END_TEST

static void count(const struct host_finding *finding, bool began, void *data)
{
	int *counts = data;

	ck_assert_ptr_nonnull(finding);
	counts[began]++;
}

/* Only what is new or gone is told. */
START_TEST(test_compare)
{
	struct host_findings before = { 0 }, after = { 0 };
	int counts[2] = { 0 };

	ck_assert_int_eq(host_judge(&host, policy, &before), 0);
	add_route("10.1.0.0/25", I1);
	add_route("10.2.0.0/25", I1);
	ck_assert_int_eq(host_judge(&host, policy, &after), 0);
	host_findings_compare(&before, &after, count, counts);
	ck_assert(counts[false] == 0 && counts[true] == 2);
	host_findings_clear(&before);
	before = after;
	host.routes[host.route_count - 1].interfaces[0] = C1;
	ck_assert_int_eq(host_judge(&host, policy, &after), 0);
	counts[true] = 0;
	host_findings_compare(&before, &after, count, counts);
	ck_assert(counts[false] == 1 && counts[true] == 1);
	counts[false] = counts[true] = 0;
	host_findings_compare(&after, &after, count, counts);
	ck_assert(counts[false] == 0 && counts[true] == 0);
	host_findings_clear(&before);
	host_findings_clear(&after);
}
END_TEST

/* More than are kept are counted. */
START_TEST(test_many)
{
	char prefix[32];

	for (unsigned int i = 0; i < HOST_FINDINGS_MAX + 50; i++) {
		snprintf(prefix, sizeof(prefix), "172.16.%u.%u/32", i / 250, i % 250);
		add_route(prefix, I1);
	}
	judge();
	ck_assert_uint_eq(findings.count, HOST_FINDINGS_MAX);
	ck_assert_uint_eq(findings.left_out, 50);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("host");
	TCase *tcase = tcase_create("judging");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, test_sound);
	tcase_add_test(tcase, test_routes);
	tcase_add_test(tcase, test_missing);
	tcase_add_test(tcase, test_metric);
	tcase_add_test(tcase, test_tables);
	tcase_add_test(tcase, test_multipath);
	tcase_add_test(tcase, test_bridges);
	tcase_add_test(tcase, test_declared_bridge);
	tcase_add_test(tcase, test_stacked);
	tcase_add_test(tcase, test_programs);
	tcase_add_test(tcase, test_switches);
	tcase_add_test(tcase, test_compare);
	tcase_add_test(tcase, test_many);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}

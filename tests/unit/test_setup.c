/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A first configuration from facts and answers: what is written is accepted, and says what was
 * answered and nothing else. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/conf.h"
#include "../../lib/setup.h"
#include "suite.h"

static struct setup setup;
static struct diag_list *diags;
static char *text;

static void set_up(void)
{
	setup_init(&setup);
	ck_assert_int_eq(diag_list_new(&diags), 0);
	text = NULL;
}

static void tear_down(void)
{
	setup_clear(&setup);
	diag_list_free(diags);
	free(text);
}

static struct addr_prefix prefix(const char *written)
{
	struct addr_prefix parsed;

	ck_assert_int_eq(addr_prefix_parse(written, &parsed), 0);
	return parsed;
}

/* An interface with networks, up to a NULL. */
static void add(const char *name, const char *const *networks)
{
	ck_assert_ptr_nonnull(setup_add_interface(&setup, name, true));
	for (; *networks; networks++) {
		struct addr_prefix parsed = prefix(*networks);

		ck_assert_int_eq(setup_add_network(setup_find_interface(&setup, name), &parsed), 0);
	}
}
#define ADD(name, ...) add((name), (const char *const[]){ __VA_ARGS__, NULL })

static void route(const char *name, const char *written, uint32_t metric)
{
	struct setup_route made = { prefix(written), metric };

	ck_assert_int_eq(setup_add_route(setup_find_interface(&setup, name), &made), 0);
}

static void answer(const char *key, const char *interface, const char *value)
{
	const char *why = "";

	ck_assert_msg(
		setup_set(&setup, key, interface ? setup_find_interface(&setup, interface) : NULL,
			value, &why) == 0,
		"%s: %s", key, why);
}

static const char *way_to(const char *address)
{
	struct addr parsed;
	const struct setup_interface *interface;

	ck_assert_int_eq(addr_parse(address, &parsed), 0);
	interface = setup_way_to(&setup, &parsed);
	return interface ? interface->name : "";
}

/* Settle, write, and read as a configuration. */
static struct policy *written(void)
{
	struct policy *policy = NULL;
	size_t length = 0;
	FILE *out;

	ck_assert_int_eq(setup_settle(&setup), 0);
	free(text);
	out = open_memstream(&text, &length);
	setup_write(&setup, out);
	ck_assert_int_eq(fclose(out), 0);
	if (conf_parse(text, length, "made.conf", diags, &policy) < 0) {
		fputs(text, stdout);
		diag_list_print(diags, stdout, false);
	}
	return policy;
}

/* Written, and accepted. */
static void expect_accepted(void)
{
	struct policy *policy = written();

	ck_assert_ptr_nonnull(policy);
	policy_free(policy);
}

static void expect_text(const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "not there: %s, but:\n%s", part, text);
}

static void expect_no_text(const char *part)
{
	ck_assert_msg(strstr(text, part) == NULL, "there: %s, in:\n%s", part, text);
}

/* A host with one interface of each kind. */
static void city(void)
{
	ADD("eth0", "10.9.0.0/24", "fd00:9::/64");
	ADD("eth1.10", "10.1.0.0/24");
	ADD("eth2", "10.2.0.0/24", "fd00:2::/64");
	ADD("eth3", "192.0.2.0/29", "2001:db8::/64");
	ADD("eth4", "10.4.0.0/24");
	ck_assert_ptr_nonnull(setup_add_interface(&setup, "eth5", false));
	route("eth2", "172.28.0.0/16", 0);
	route("eth3", "0.0.0.0/0", 0);
	route("eth3", "::/0", 1024);
	answer("interface", "eth0", "management");
	answer("interface", "eth1.10", "mynumber");
	answer("interface", "eth2", "lgwan");
	answer("interface", "eth3", "internet");
}

START_TEST(test_city)
{
	struct policy *policy;

	city();
	answer("site", NULL, "aobano");
	answer("label", NULL, "青葉野市");
	answer("label", "eth2", "庁内 \"LAN\" \\");
	answer("ssh", NULL, "10.9.0.11, fd00:9::11");
	policy = written();
	ck_assert_ptr_nonnull(policy);
	ck_assert_str_eq(policy->site, "aobano");
	ck_assert_str_eq(policy->label, "青葉野市");
	ck_assert_uint_eq(policy->zone_count, 4);
	ck_assert_uint_eq(policy->segment_count, 4);
	ck_assert_str_eq(policy->segments[0].full_name, "mynumber.eth1-10");
	ck_assert_str_eq(policy->segments[0].interface, "eth1.10");
	ck_assert_str_eq(policy->segments[1].label, "庁内 \"LAN\" \\");
	ck_assert(policy->segments[2].rest[ADDR_IPV4] && policy->segments[2].rest[ADDR_IPV6]);
	/* Nothing but ssh, and that it stays. */
	ck_assert_uint_eq(policy->path_count, 2);
	ck_assert_int_eq(policy->paths[0].direction, PATH_INPUT);
	ck_assert_uint_eq(policy->assertion_count, 2);
	ck_assert(policy->assertions[1].must_pass);
	policy_free(policy);
	expect_text("remote = [ \"172.28.0.0/16\" ];");
	expect_text("#   eth4            10.4.0.0/24          no zone was named\n");
	expect_text("#   eth5            -                    it has no address\n");
	ck_assert_uint_eq(diag_list_count(diags, DIAG_WARNING), 0);
}
END_TEST

START_TEST(test_nobody)
{
	city();
	expect_accepted();
	expect_text("gateway = { input = ( ); output = ( ); };");
	expect_no_text("administrator");
	expect_no_text("assertions");
}
END_TEST

START_TEST(test_ssh_port)
{
	city();
	answer("ssh", NULL, "10.9.0.11");
	setup.ssh_port = 2222;
	expect_accepted();
	expect_text("{ name = \"ssh\"; tcp = 2222; }");
}
END_TEST

/* ---- what is behind an interface ---- */

START_TEST(test_rest_elsewhere)
{
	city();
	route("eth1.10", "0.0.0.0/0", 0);
	setup_find_interface(&setup, "eth3")->route_count = 0;
	expect_accepted();
	expect_no_text("0.0.0.0/0");
	expect_text("# The default route leads here.");
}
END_TEST

START_TEST(test_rest_metric)
{
	city();
	route("eth4", "0.0.0.0/0", 100);
	answer("interface", "eth4", "internet");
	expect_accepted();
	ck_assert(setup_find_interface(&setup, "eth3")->rest[ADDR_IPV4]);
	ck_assert(!setup_find_interface(&setup, "eth4")->rest[ADDR_IPV4]);
	/* The better one of an interface that is in no zone hides it from all. */
	answer("interface", "eth3", "none");
	expect_accepted();
	expect_no_text("0.0.0.0/0");
}
END_TEST

/* As the kernel sends: the longer prefix, the smaller metric, networks of interfaces first. */
START_TEST(test_overlaps)
{
	city();
	route("eth2", "10.0.0.0/13", 0);
	route("eth4", "10.6.0.0/16", 0);
	route("eth1.10", "10.7.0.0/16", 20);
	route("eth2", "10.7.0.0/16", 10);
	expect_accepted();
	expect_text(
		"remote = [ \"10.0.0.0/16\", \"10.1.1.0/24\", \"10.1.2.0/23\", \"10.1.4.0/22\", "
		"\"10.1.8.0/21\", \"10.1.16.0/20\", \"10.1.32.0/19\", \"10.1.64.0/18\", "
		"\"10.1.128.0/17\", \"10.2.1.0/24\"");
	expect_text("\"10.5.0.0/16\", \"10.7.0.0/16\", \"172.28.0.0/16\"");
	expect_no_text("10.6.0.0");
	ck_assert_str_eq(way_to("10.6.0.1"), "eth4");
	ck_assert_str_eq(way_to("10.7.0.1"), "eth2");
	ck_assert_str_eq(way_to("10.1.0.7"), "eth1.10");
	ck_assert_str_eq(way_to("10.1.1.7"), "eth2");
	ck_assert_str_eq(way_to("203.0.113.1"), "eth3");
	ck_assert_str_eq(way_to("2001:db8:5::1"), "eth3");
	setup_find_interface(&setup, "eth3")->route_count = 0;
	ck_assert_str_eq(way_to("203.0.113.1"), "");
}
END_TEST

START_TEST(test_same_network)
{
	city();
	ADD("eth6", "10.2.0.0/25");
	ADD("eth7", "10.2.0.0/25", "10.77.0.0/24");
	answer("interface", "eth6", "lgwan");
	answer("interface", "eth7", "lgwan");
	expect_accepted();
	expect_text("#   eth6            10.2.0.0/25          its networks are those of another");
	expect_text("networks = [ \"10.77.0.0/24\" ];");
}
END_TEST

/* A profile asks whose it is; without one nothing is asked. */
START_TEST(test_unstated)
{
	city();
	route("eth0", "10.99.0.0/24", 0);
	answer("ssh", NULL, "10.99.0.5");
	expect_accepted();
	ck_assert_ptr_null(setup_locked_out(&setup));
	answer("profile", NULL, "x");
	ck_assert_int_eq(setup_settle(&setup), 0);
	ck_assert(setup_find_interface(&setup, "eth2")->remote_left_out);
	ck_assert(setup_find_interface(&setup, "eth3")->remote_left_out);
	ck_assert_ptr_nonnull(setup_locked_out(&setup));
	answer("owner", "eth0", "市");
	answer("permission", "eth0", "1");
	answer("survey", "eth0", "2");
	answer("owner", "eth2", "J-LIS");
	answer("permission", "eth2", "3");
	answer("survey", "eth2", "4");
	ck_assert_int_eq(setup_settle(&setup), 0);
	ck_assert_ptr_null(setup_locked_out(&setup));
	/* The line of residents' networks and of LGWAN, too. */
	ck_assert(setup_find_interface(&setup, "eth2")->remote_left_out);
	answer("line", "eth2", "lgwan");
	answer("encryption", "eth2", "IPsec");
	answer("profile", NULL, "");
	expect_accepted();
	expect_text("external = { owner = \"J-LIS\"; permission = \"3\"; survey = \"4\"; };");
	expect_text("line = { type = \"lgwan\"; encryption = \"IPsec\"; };");
}
END_TEST

START_TEST(test_left_out_is_a_comment)
{
	city();
	ck_assert_int_eq(setup_settle(&setup), 0);
	setup_find_interface(&setup, "eth2")->remote_left_out = true;
	{
		size_t length = 0;
		FILE *out = open_memstream(&text, &length);
		struct policy *policy = NULL;

		setup_write(&setup, out);
		fclose(out);
		ck_assert_int_eq(conf_parse(text, length, "made.conf", diags, &policy), 0);
		ck_assert_uint_eq(policy->segments[1].source[ADDR_IPV4].count, 1);
		policy_free(policy);
	}
	expect_text("        # remote = [ \"172.28.0.0/16\" ];\n      }");
}
END_TEST

/* ---- ssh ---- */

START_TEST(test_locked_out)
{
	static const struct {
		const char *ssh;
		bool out;
	} cases[] = { { "10.9.0.11", false }, { "10.2.0.5", false }, { "172.28.3.4", false },
		{ "203.0.113.9", false }, { "2001:db8:7::1", false }, { "10.4.0.5", true },
		{ "10.9.0.11, 10.4.0.5", true }, { "none", false } };

	city();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		answer("ssh", NULL, cases[i].ssh);
		ck_assert_int_eq(setup_settle(&setup), 0);
		ck_assert_msg(
			(setup_locked_out(&setup) != NULL) == cases[i].out, "%s", cases[i].ssh);
		if (!cases[i].out)
			expect_accepted();
	}
}
END_TEST

/* Behind the default route of a management interface: that one host is written. */
START_TEST(test_ssh_by_default_route)
{
	ADD("eth0", "10.9.0.0/24");
	route("eth0", "0.0.0.0/0", 0);
	answer("interface", "eth0", "management");
	answer("ssh", NULL, "203.0.113.9");
	expect_accepted();
	ck_assert_ptr_null(setup_locked_out(&setup));
	expect_text("remote = [ \"203.0.113.9\" ];");
	expect_no_text("0.0.0.0/0");
}
END_TEST

/* ---- facts that are left out ---- */

START_TEST(test_special)
{
	ADD("eth0", "10.9.0.0/24", "10.9.0.0/24", "fe80::/64", "169.254.0.0/16", "127.0.0.0/8",
		"fd00:9::/64", "febf::/16", "ff02::/16", "224.0.0.0/4");
	ck_assert_uint_eq(setup_find_interface(&setup, "eth0")->network_count, 2);
	route("eth0", "fe80::/64", 0);
	route("eth0", "10.8.0.0/24", 1);
	route("eth0", "10.8.0.0/24", 2);
	ck_assert_uint_eq(setup_find_interface(&setup, "eth0")->route_count, 1);
	ck_assert_ptr_null(setup_find_interface(&setup, "eth9"));
	ck_assert_ptr_null(setup_add_interface(&setup, "interface-too-long", true));
}
END_TEST

START_TEST(test_many)
{
	char name[16];

	for (unsigned int i = 0; i < SETUP_INTERFACES_MAX; i++) {
		snprintf(name, sizeof(name), "eth%u", i);
		ck_assert_ptr_nonnull(setup_add_interface(&setup, name, true));
	}
	ck_assert_ptr_null(setup_add_interface(&setup, "more", true));
}
END_TEST

/* ---- answers that cannot be ---- */

START_TEST(test_refused)
{
	static char long_text[POLICY_LABEL_MAX + 2], long_name[POLICY_NAME_MAX + 2];
	static const struct {
		const char *key, *interface, *value;
	} cases[] = {
		{ "site", NULL, "" },
		{ "site", NULL, "Aobano" },
		{ "site", NULL, "1city" },
		{ "site", NULL, "a_b" },
		{ "site", NULL, "青葉" },
		{ "site", NULL, long_name },
		{ "profile", NULL, "../x" },
		{ "model", NULL, "al pha" },
		{ "label", NULL, long_text },
		{ "label", NULL, "a\nb" },
		{ "label", NULL, "\xff" },
		{ "label", "eth1.10", "\x1b[2J" },
		{ "ssh", NULL, "" },
		{ "ssh", NULL, "," },
		{ "ssh", NULL, "10.1.2" },
		{ "ssh", NULL, "10.1.0.0/24" },
		{ "ssh", NULL, "127.0.0.1" },
		{ "ssh", NULL, "10.1.0.5, ::" },
		{ "ssh", NULL, "fe80::1" },
		{ "ssh", NULL,
			"1.1.1.1,2.2.2.2,3.3.3.3,4.4.4.4,5.5.5.5,6.6.6.6,7.7.7.7,8.8.8.8,"
			"9.9.9.9" },
		{ "ssh", NULL,
			"1111:2222:3333:4444:5555:6666:7777:8888:9999:1111:2222:3333:4444:5555" },
		{ "interface", "eth1.10", "" },
		{ "interface", "eth1.10", "lgwn" },
		{ "interface", "eth5", "lgwan" },
		{ "interface", NULL, "lgwan" },
		{ "line", "eth2", "isdn" },
		{ "ssh", "eth2", "10.1.0.1" },
		{ "frobnicate", NULL, "x" },
		{ "owner", NULL, "x" },
	};
	const struct setup_interface *eth = NULL;

	memset(long_text, 'x', sizeof(long_text) - 1);
	memset(long_name, 'x', sizeof(long_name) - 1);
	city();
	answer("ssh", NULL, "10.9.0.11");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = NULL;
		struct setup_interface *interface =
			cases[i].interface ? setup_find_interface(&setup, cases[i].interface)
					   : NULL;

		ck_assert_msg(
			setup_set(&setup, cases[i].key, interface, cases[i].value, &why) == -EINVAL,
			"%s = %s is taken", cases[i].key, cases[i].value);
		ck_assert_ptr_nonnull(why);
	}
	/* Nothing was changed. */
	eth = setup_find_interface(&setup, "eth1.10");
	ck_assert(eth->used && eth->kind == ZONE_MYNUMBER);
	ck_assert_str_eq(setup.site, "site");
	ck_assert_uint_eq(setup.ssh_count, 1);
}
END_TEST

static int read_text(const char *answers)
{
	return setup_read(&setup, answers, strlen(answers), "answers", diags);
}

START_TEST(test_read)
{
	city();
	ck_assert_int_eq(read_text("# a comment\n\n  site = aobano  \r\nlabel=青葉野市\n"
				   "interface eth4 = lgwan\n\tlabel  eth4 =  a = b\n"
				   "interface eth1.10 = none\nssh = none"),
		0);
	ck_assert_str_eq(setup.site, "aobano");
	ck_assert_str_eq(setup.label, "青葉野市");
	ck_assert_str_eq(setup_find_interface(&setup, "eth4")->label, "a = b");
	ck_assert(setup_find_interface(&setup, "eth4")->used);
	ck_assert(!setup_find_interface(&setup, "eth1.10")->used);
	expect_accepted();
}
END_TEST

START_TEST(test_read_errors)
{
	static const struct {
		const char *answers, *message, *fix;
		unsigned int line, column;
	} cases[] = {
		{ "site = a\nfoo\n", "an answer is a key, \"=\" and a value",
			"as in \"site = aobano\"", 2, 1 },
		{ "interface eth9 = lgwan\n", "this host has no interface \"eth9\"",
			"did you mean \"eth0\"?", 1, 11 },
		{ "interface wlp0s20f3 = lgwan\n", "this host has no interface \"wlp0s20f3\"", NULL,
			1, 11 },
		{ "\n  ssh = x\n", "\"ssh\" cannot be \"x\"",
			"addresses look like \"10.1.2.3\" or \"fd00:1:2::3\"", 2, 9 },
		{ "line eth2 = isdn", "\"line\" cannot be \"isdn\"",
			"one of dedicated, lgwan, vpn and internet", 1, 13 },
	};

	city();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct diag *diag;

		ck_assert_int_eq(read_text(cases[i].answers), -EINVAL);
		diag = diag_list_get(diags, diag_list_length(diags) - 1);
		ck_assert_str_eq(diag->message, cases[i].message);
		if (cases[i].fix)
			ck_assert_str_eq(diag->fix, cases[i].fix);
		else
			ck_assert_ptr_null(diag->fix);
		ck_assert_uint_eq(diag->loc.line, cases[i].line);
		ck_assert_uint_eq(diag->loc.column, cases[i].column);
		diag_list_free(diags);
		ck_assert_int_eq(diag_list_new(&diags), 0);
	}
}
END_TEST

START_TEST(test_read_long)
{
	static char line[2000];

	memset(line, 'x', sizeof(line) - 1);
	ck_assert_int_eq(read_text(line), -EINVAL);
	ck_assert_str_eq(diag_list_get(diags, 0)->message, "the line is too long");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { test_city, test_nobody, test_ssh_port, test_rest_elsewhere,
		test_rest_metric, test_overlaps, test_same_network, test_unstated,
		test_left_out_is_a_comment, test_locked_out, test_ssh_by_default_route,
		test_special, test_many, test_refused, test_read, test_read_errors,
		test_read_long };
	Suite *suite = suite_create("setup");
	TCase *tcase = tcase_create("setup");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}

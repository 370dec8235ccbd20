/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statements and elements in nft's words. Whole rule sets: tests/golden/020-compile.sh. */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/compile.h"
#include "../../lib/nftprint.h"
#include "../../lib/rulemake.h"
#include "suite.h"

static struct maker make;

static void set_up(void)
{
	memset(&make, 0, sizeof(make));
	ck_assert_int_eq(ruleset_new("t", &make.ruleset), 0);
	make_chain(&make, "c");
}

static void tear_down(void)
{
	ruleset_free(make.ruleset);
}

/* The rule made last, printed; and the next begun. */
static void expect_rule(const char *expected)
{
	const struct chain *chain = &make.ruleset->chains[0];
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	ck_assert_int_eq(make.error, 0);
	ck_assert_int_eq(nftprint_rule(make.ruleset, &chain->rules[chain->count - 1], out), 0);
	fclose(out);
	ck_assert_str_eq(text, expected);
	free(text);
	make_rule(&make, 0);
}

START_TEST(test_compare)
{
	const uint8_t network[16] = { 10, 1, 4, 0 };
	const uint8_t network6[16] = { 0xfd, 0, 0, 1 };

	make_rule(&make, 0);
	make_family(&make, ADDR_IPV6);
	make_protocol(&make, IPPROTO_ICMPV6);
	expect_rule("meta nfproto ipv6 meta l4proto icmpv6");
	make_protocol(&make, 47);
	expect_rule("meta l4proto 47");
	make_interface(&make, SEL_META_OIFNAME, "eno1.120");
	expect_rule("oifname \"eno1.120\"");
	make_prefix(&make, SEL_IP_SADDR, ADDR_IPV4, network, 22);
	expect_rule("ip saddr 10.1.4.0/22");
	make_prefix(&make, SEL_IP_DADDR, ADDR_IPV4, network, 24);
	expect_rule("ip daddr 10.1.4.0/24");
	make_prefix(&make, SEL_IP_DADDR, ADDR_IPV4, network, 32);
	expect_rule("ip daddr 10.1.4.0");
	make_prefix(&make, SEL_IP6_SADDR, ADDR_IPV6, network6, 64);
	expect_rule("ip6 saddr fd00:1::/64");
	make_prefix(&make, SEL_IP6_SADDR, ADDR_IPV6, network6, 61);
	expect_rule("ip6 saddr fd00:1::/61");
	make_test_mask(&make, SEL_CT_STATE, 0x41, 0, true);
	expect_rule("ct state invalid,untracked");
	make_test_mask(&make, SEL_CT_STATE, 0x41, 0, false);
	expect_rule("ct state & 0x41 == 0x0");
	make_test(&make, SEL_CT_DIRECTION, 1);
	expect_rule("ct direction reply");
	make_test_mask(&make, SEL_TCP_FLAGS, 0x17, 0x02, true);
	expect_rule("tcp flags & (fin | syn | rst | ack) != syn");
	make_test_mask(&make, SEL_IP_FRAG_OFF, 0x3fff, 0, true);
	expect_rule("ip frag-off & 0x3fff != 0x0");
	make_test_mask(&make, SEL_IP6_NEXTHDR, 0, 44, true);
	expect_rule("ip6 nexthdr != 44");
	make_test(&make, SEL_IP6_HOPLIMIT, 255);
	expect_rule("ip6 hoplimit 255");
	make_test(&make, SEL_CT_MARK, 0xab);
	expect_rule("ct mark 0x000000ab");
	make_test(&make, SEL_TH_DPORT, 443);
	expect_rule("th dport 443");
}
END_TEST

START_TEST(test_keyed)
{
	const struct selectors flow = {
		{ SEL_META_MARK, SEL_IP_SADDR, SEL_IP_DADDR, SEL_TH_SPORT, SEL_TH_DPORT }, 5
	};
	const struct selectors one = { { SEL_META_IIFNAME }, 1 };

	make_rule(&make, 0);
	make_keyed(&make, STMT_LOOKUP, &flow, "s");
	make_verdict(&make, VERDICT_DROP, NULL);
	expect_rule("meta mark . ip saddr . ip daddr . th sport . th dport @s drop");
	make_lookup_not(&make, &one, "s");
	expect_rule("iifname != @s");
	make_keyed(&make, STMT_VMAP, &one, "m");
	expect_rule("iifname vmap @m");
	make_keyed(&make, STMT_CT_MARK_MAP, &one, "m");
	make_verdict(&make, VERDICT_GOTO, "x");
	expect_rule("ct mark set iifname map @m goto x");
	make_keyed(&make, STMT_ADD, &one, "s");
	make_verdict(&make, VERDICT_RETURN, NULL);
	expect_rule("add @s { iifname counter } return");
}
END_TEST

START_TEST(test_actions)
{
	make_rule(&make, 0);
	make_counter(&make, "deny-a");
	make_mark(&make, 0, 0x1234);
	make_verdict(&make, VERDICT_JUMP, "blocked");
	expect_rule("counter name \"deny-a\" meta mark set 0x00001234 jump blocked");
	make_mark(&make, UINT32_MAX, 0x80000000);
	expect_rule("meta mark set meta mark | 0x80000000");
	make_mark(&make, 0xff, 0x100);
	expect_rule("meta mark set meta mark & 0x000000ff | 0x00000100");
	make_test_mask(&make, SEL_CT_STATE, 8, 0, true);
	make_limit(&make, "limit-a");
	make_verdict(&make, VERDICT_GOTO, "x");
	expect_rule("ct state new limit name \"limit-a\" goto x");
	make_log(&make, "hedate no-path a b 1", 7, 128);
	make_verdict(&make, VERDICT_DROP, NULL);
	make_comment(&make, "epoch 7 of \"x\"");
	expect_rule("log prefix \"hedate no-path a b 1\" group 7 snaplen 128 drop "
		    "comment \"epoch 7 of 'x'\"");
}
END_TEST

static int print_as_json(const struct ruleset *ruleset, FILE *out)
{
	return nftprint_json(ruleset, 7, out);
}

static char *print(int (*function)(const struct ruleset *, FILE *))
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	ck_assert_int_eq(function(make.ruleset, out), 0);
	fclose(out);
	return text;
}

static void expect_in(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "\"%s\" is not in\n%s", part, text);
}

static void add_range_map(void)
{
	const enum field_type fields[] = { FIELD_IPV4_ADDR, FIELD_INET_PROTO, FIELD_INET_SERVICE };
	const uint8_t first[] = { 10, 0, 0, 0, 6, 0, 0, 0, 4, 0, 0, 0 };
	const uint8_t last[] = { 10, 0, 0, 255, 6, 0, 0, 0, 7, 255, 0, 0 };
	const uint8_t odd_first[] = { 10, 0, 0, 1, 0, 0, 0, 0, 0, 53, 0, 0 };
	const uint8_t odd_last[] = { 10, 0, 0, 2, 255, 0, 0, 0, 0, 53, 0, 0 };
	struct set *set = make_set(&make, "m", SET_MAP | SET_INTERVAL, fields, 3, FIELD_MARK);

	make_element(&make, set, first, last, 0xabc, 0);
	make_element(&make, set, odd_first, odd_last, 1, 0);
}

START_TEST(test_sets)
{
	const enum field_type device[] = { FIELD_IPV6_ADDR, FIELD_ETHER_ADDR };
	const uint8_t key[24] = { 0xfd, [15] = 1, 0, 0, 0x5e, 0, 0x53, 1 };
	const enum field_type name[] = { FIELD_IFNAME };
	uint8_t interface[16] = "lo";
	struct set *set;
	char *text;

	add_range_map();
	set = make_set(&make, "d", 0, device, 2, FIELD_INVALID);
	make_element(&make, set, key, NULL, 0, 0);
	set->size = 1;
	set = make_set(&make, "v", SET_MAP, name, 1, FIELD_VERDICT);
	make_element_goto(&make, set, interface, NULL);
	set = make_set(&make, "f", SET_DYNAMIC | SET_COUNTER, name, 1, FIELD_INVALID);
	make_element(&make, set, interface, NULL, 0, 0);
	set->size = 9;
	text = print(nftprint);
	expect_in(text, "\tmap m {\n\t\ttype ipv4_addr . inet_proto . inet_service : mark\n"
			"\t\tflags interval\n\t\telements = {\n"
			"\t\t\t10.0.0.0/24 . tcp . 1024-2047 : 0x00000abc,\n"
			"\t\t\t10.0.0.1-10.0.0.2 . 0-255 . 53 : 0x00000001\n\t\t}\n\t}\n");
	expect_in(text, "\tset d {\n\t\ttype ipv6_addr . ether_addr\n\t\tsize 1\n\t\telements = {\n"
			"\t\t\tfd00::1 . 00:00:5e:00:53:01\n\t\t}\n\t}\n");
	expect_in(text, "\t\t\t\"lo\" : accept\n");
	expect_in(text,
		"\tset f {\n\t\ttype ifname\n\t\tsize 9\n\t\tflags dynamic\n\t\tcounter\n\t}\n");
	expect_in(text, "table inet t\ndelete table inet t\ntable inet t {\n");
	free(text);
}
END_TEST

START_TEST(test_limits)
{
	char *text = print(print_as_json);

	ck_assert_ptr_null(strstr(text, "limits"));
	free(text);
	make_limit_object(&make, "limit-a", 100, 1, 50);
	make_limit_object(&make, "limit-b", 7, 3600, 1);
	text = print(nftprint);
	expect_in(text, "\tlimit limit-a {\n\t\trate over 100/second burst 50 packets\n\t}\n"
			"\tlimit limit-b {\n\t\trate over 7/hour burst 1 packets\n\t}\n");
	free(text);
	text = print(print_as_json);
	expect_in(text, "\"limits\":[{\"name\":\"limit-a\",\"rate\":100,\"per\":\"second\","
			"\"burst\":50},{\"name\":\"limit-b\",\"rate\":7,\"per\":\"hour\","
			"\"burst\":1}]");
	free(text);
}
END_TEST

START_TEST(test_json)
{
	char *text;

	add_range_map();
	make_rule(&make, 12);
	make_log(&make, "a \\ \" \xe5\xb1\xb1", 1, 0);
	text = print(print_as_json);
	ck_assert(strncmp(text, "{\"json_version\":7,\"table\":", 26) == 0);
	expect_in(text, "\"elements\":[[\"10.0.0.0/24\",\"tcp\",\"1024-2047\",\"0x00000abc\"],"
			"[\"10.0.0.1-10.0.0.2\",\"0-255\",\"53\",\"0x00000001\"]]");
	expect_in(text,
		"\"type\":[\"ipv4_addr\",\"inet_proto\",\"inet_service\"],\"value\":\"mark\","
		"\"flags\":[\"map\",\"interval\"]");
	expect_in(text, "{\"rule\":\"log prefix \\\"a \\\\ ' \xe5\xb1\xb1\\\" group 1\","
			"\"line\":12}");
	ck_assert_int_eq(text[strlen(text) - 1], '\n');
	free(text);
}
END_TEST

START_TEST(test_full_disk)
{
	FILE *out = fopen("/dev/full", "w");
	int error = 0;

	setvbuf(out, NULL, _IONBF, 0);
	error = nftprint(make.ruleset, out);
	ck_assert_int_eq(error, -EIO);
	clearerr(out);
	ck_assert_int_eq(nftprint_json(make.ruleset, 1, out), -EIO);
	fclose(out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nftprint");
	TCase *tests = tcase_create("nftprint");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_compare);
	tcase_add_test(tests, test_keyed);
	tcase_add_test(tests, test_actions);
	tcase_add_test(tests, test_sets);
	tcase_add_test(tests, test_limits);
	tcase_add_test(tests, test_json);
	tcase_add_test(tests, test_full_disk);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What texts stand for in a policy, outside of its configuration file. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <string.h>

#include "../../lib/conf.h"
#include "../../lib/endpoint.h"
#include "suite.h"

static const char text[] =
	"site = { name = \"town\"; };\n"
	"zones = ( { name = \"work\"; kind = \"lgwan\"; segments = (\n"
	"  { name = \"servers\"; interface = \"eth1\"; networks = [ \"10.1.0.0/24\", "
	"\"fd00:1::/64\" ]; remote = [ \"172.28.0.0/16\" ]; },\n"
	"  { name = \"desks\"; interface = \"eth2\"; networks = \"10.1.1.0/24\"; } ); },\n"
	"  { name = \"internet\"; kind = \"internet\"; segments = ( { name = \"uplink\"; interface "
	"= \"eth3\"; networks = \"192.0.2.0/29\"; remote = \"0.0.0.0/0\"; } ); } );\n"
	"hosts = ( { name = \"files\"; address = [ \"10.1.0.10\", \"fd00:1::10\" ]; } );\n"
	"networks = ( { name = \"asp\"; networks = [ \"172.28.0.0/24\", \"172.28.9.0/24\" ]; } "
	");\n";

static struct diag_list *diags;
static struct policy *policy;
static struct endpoint_query query;
static struct policy_end end;

static void set_up(void)
{
	ck_assert_int_eq(diag_list_new(&diags), 0);
	ck_assert_int_eq(conf_parse(text, strlen(text), "t.conf", diags, &policy), 0);
	/* What was said of the file itself is another test's. */
	diag_list_free(diags);
	ck_assert_int_eq(diag_list_new(&diags), 0);
	query = (struct endpoint_query){
		.policy = policy,
		.diags = diags,
		.loc = { .file = "request", .line = 7 },
		.subject = "subject",
	};
}

static void tear_down(void)
{
	policy_end_clear(&end);
	policy_free(policy);
	diag_list_free(diags);
}

static void resolve(const char *name)
{
	policy_end_clear(&end);
	ck_assert_int_eq(endpoint_resolve(&query, name, &end), 0);
	ck_assert_str_eq(end.text, name);
}

static void check_part(size_t index, const char *segment, size_t ranges4, size_t ranges6)
{
	const struct policy_part *part = &end.parts[index];

	ck_assert_uint_lt(index, end.part_count);
	ck_assert_str_eq(policy->segments[part->segment].full_name, segment);
	ck_assert_uint_eq(part->addresses[ADDR_IPV4].count, ranges4);
	ck_assert_uint_eq(part->addresses[ADDR_IPV6].count, ranges6);
}

START_TEST(test_each_kind)
{
	resolve("work");
	ck_assert_uint_eq(end.part_count, 2);
	check_part(0, "work.servers", 2, 1);
	check_part(1, "work.desks", 1, 0);
	resolve("work.desks");
	ck_assert_uint_eq(end.part_count, 1);
	check_part(0, "work.desks", 1, 0);
	resolve("files");
	ck_assert_uint_eq(end.part_count, 1);
	check_part(0, "work.servers", 1, 1);
	resolve("asp");
	ck_assert_uint_eq(end.part_count, 1);
	check_part(0, "work.servers", 2, 0);
	resolve("10.1.1.9");
	check_part(0, "work.desks", 1, 0);
	resolve("fd00:1::/80");
	check_part(0, "work.servers", 0, 1);
	ck_assert_uint_eq(diag_list_length(diags), 0);
}
END_TEST

/* The addresses are the text's, not just some. */
START_TEST(test_addresses)
{
	static const uint8_t first[4] = { 10, 1, 0, 64 }, last[4] = { 10, 1, 0, 127 };

	resolve("10.1.0.64/26");
	ck_assert_mem_eq(end.parts[0].addresses[ADDR_IPV4].ranges[0].first, first, 4);
	ck_assert_mem_eq(end.parts[0].addresses[ADDR_IPV4].ranges[0].last, last, 4);
}
END_TEST

static const struct {
	const char *name, *message, *fix;
} refused[] = {
	{ "flies", "subject: no host, network, segment or zone is named \"flies\"",
		"did you mean \"files\"?" },
	{ "zzzzzzzzzz", "subject: no host, network, segment or zone is named \"zzzzzzzzzz\"",
		NULL },
	{ "", "subject: no host, network, segment or zone is named \"\"", NULL },
	{ "any", "subject: \"any\" is no end of a path",
		"name a zone, a segment, a network or a host" },
	{ "gateway", "subject: the gateway itself is no end of a path",
		"declare it in gateway.input or gateway.output" },
	{ "10.1.0", "subject: \"10.1.0\" is not a network",
		"networks look like \"10.1.2.0/24\" or \"fd00:1:2::/64\"" },
	{ "fd00:9::1", "subject: \"fd00:9::1\" is in no segment",
		"add its network to the networks or remote of the segment it is in" },
	{ "10.1.0.0/23",
		"subject: \"10.1.0.0/23\" reaches from segment \"work.servers\" into segment "
		"\"work.desks\"",
		"everything no other segment has is \"internet.uplink\"" },
	{ "172.0.0.0/8", "subject: \"172.0.0.0/8\" is only partly in segment \"work.servers\"",
		"everything no other segment has is \"internet.uplink\"" },
};

START_TEST(test_refused)
{
	const struct diag *diag;

	resolve(refused[_i].name);
	ck_assert_uint_eq(end.part_count, 0);
	ck_assert_uint_eq(diag_list_length(diags), 1);
	diag = diag_list_get(diags, 0);
	ck_assert_int_eq(diag->severity, DIAG_ERROR);
	ck_assert_str_eq(diag->loc.file, "request");
	ck_assert_uint_eq(diag->loc.line, 7);
	ck_assert_str_eq(diag->message, refused[_i].message);
	ck_assert_pstr_eq(diag->fix, refused[_i].fix);
}
END_TEST

/* Where a policy has errors, what it lacks is no finding. */
START_TEST(test_incomplete)
{
	query.incomplete = true;
	resolve("fd00:9::1");
	ck_assert_uint_eq(end.part_count, 0);
	ck_assert_uint_eq(diag_list_length(diags), 0);
}
END_TEST

/* Host bits are a finding, and what was meant is resolved all the same. */
START_TEST(test_host_bits)
{
	resolve("10.1.0.9/24");
	check_part(0, "work.servers", 1, 0);
	ck_assert_str_eq(diag_list_get(diags, 0)->fix, "the network is \"10.1.0.0/24\"");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("endpoint");
	TCase *tests = tcase_create("endpoint");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_each_kind);
	tcase_add_test(tests, test_addresses);
	tcase_add_loop_test(tests, test_refused, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tests, test_incomplete);
	tcase_add_test(tests, test_host_bits);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

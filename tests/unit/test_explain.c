/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions about one packet, and the change that would let it pass. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/conf.h"
#include "../../lib/conf_insert.h"
#include "../../lib/explain_change.h"
#include "fromtext.h"
#include "suite.h"

#define HEAD                                                                                       \
	"site = { name = \"town\"; time_zone = \"Asia/Tokyo\"; };\n"                               \
	"zones = (\n"                                                                              \
	" { name = \"core\"; kind = \"mynumber\"; segments = (\n"                                  \
	"  { name = \"servers\"; interface = \"c1\"; networks = [\"10.1.0.0/24\", "                \
	"\"fd00:1::/64\"]; } ); },\n"                                                              \
	" { name = \"office\"; kind = \"lgwan\"; segments = (\n"                                   \
	"  { name = \"desks\"; interface = \"o1\"; networks = [\"10.2.0.0/24\", "                  \
	"\"fd00:2::/64\"]; remote = [\"10.20.0.0/16\"]; } ); },\n"                                 \
	" { name = \"net\"; kind = \"internet\"; segments = (\n"                                   \
	"  { name = \"uplink\"; interface = \"n1\"; networks = [\"10.3.0.0/24\"]; } ); }\n"        \
	");\n"
#define HOSTS                                                                                      \
	"hosts = (\n"                                                                              \
	" { name = \"a\"; address = [\"10.1.0.10\", \"fd00:1::10\"]; mac = "                       \
	"\"00:00:5e:00:53:10\"; },\n"                                                              \
	" { name = \"b\"; address = \"10.2.0.10\"; mac = \"00:00:5e:00:53:20\"; }\n"               \
	");\n"
#define SERVICES                                                                                   \
	"services = ( { name = \"https\"; tcp = 443; }, { name = \"dns\"; udp = 53; tcp = 53; },"  \
	" { name = \"ping\"; icmp = \"echo-request\"; icmpv6 = \"echo-request\"; } );\n"
#define SPECIFIED "specified = { attested_by = \"x\"; attested_on = \"2026-04-01\"; };"
#define PATHS                                                                                      \
	"paths = (\n"                                                                              \
	" { name = \"P1\"; from = \"a\"; to = \"b\"; service = \"https\"; reason = "               \
	"\"r\"; " SPECIFIED " },\n"                                                                \
	" { name = \"P2\"; from = \"b\"; to = \"10.2.0.0/24\"; service = \"dns\"; reason = "       \
	"\"r\"; "                                                                                  \
	"windows = ( { days = \"mon-sun\"; from = \"08:00\"; until = \"09:00\"; } ); }\n"          \
	");\n"
#define TEXT HEAD HOSTS SERVICES PATHS

static struct explain explain;
static struct explain_change change;
static const char *text_read;

static void tear_down(void)
{
	explain_change_clear(&change);
	explain_clear(&explain);
	from_text_tear_down();
}

static int read_again(const char *bytes, size_t length, struct diag_list *list,
	struct policy **ret_policy, void *data)
{
	(void)data;
	return conf_parse(bytes, length, "test.conf", list, ret_policy);
}

static void read_text(const char *text)
{
	text_read = text;
	compile(text);
}

static int ask_with(const struct explain_question *question)
{
	explain_change_clear(&change);
	explain_clear(&explain);
	return explain_packet(policy, ruleset, NULL, question, diags, &explain);
}

/* What is asked; and then the change. */
static void ask(const struct explain_question *question)
{
	const struct explain_source source = { text_read, strlen(text_read), read_again, NULL,
		{ 2026, 11, 21 } };

	ck_assert_int_eq(ask_with(question), 0);
	ck_assert_int_eq(explain_find_change(&explain, &source, &change), 0);
}

static void refuse(const char *from, const char *to, const char *service, const char *message)
{
	const struct explain_question question = { .from = from, .to = to, .service = service };
	size_t before = diag_list_length(diags);

	ck_assert_int_eq(ask_with(&question), -EINVAL);
	ck_assert_uint_gt(diag_list_length(diags), before);
	ck_assert_str_eq(diag_list_get(diags, before)->message, message);
}

START_TEST(test_questions)
{
	read_text(TEXT);
	refuse("c", "b", "tcp/443", "\"c\" is neither an address nor the name of a host");
	refuse("a", "10.2.0.300", "tcp/443",
		"\"10.2.0.300\" is neither an address nor the name of a host");
	refuse("fd00:1::10", "b", "tcp/443", "host \"b\" has no address of IPv6");
	refuse("10.1.0.1", "fd00:2::1", "tcp/443",
		"\"10.1.0.1\" and \"fd00:2::1\" are not of one family");
	refuse("gateway", "gateway", "tcp/443",
		"what the gateway sends to itself comes by no rule");
	refuse("a", "b", "tcp", "\"tcp\" is no service");
	refuse("a", "b", "tcp/0", "\"tcp/0\" is no service");
	refuse("a", "b", "tcp/65536", "\"tcp/65536\" is no service");
	refuse("a", "b", "tcp/1-2", "\"tcp/1-2\" is no service");
	refuse("a", "b", "gre/1", "\"gre/1\" is no service");
	refuse("a", "b", "icmp/x", "\"icmp/x\" is no service");
	refuse("a", "b", "icmp/3/256", "\"icmp/3/256\" is no service");
	refuse("a", "b", "0", "\"0\" is no service");
	refuse("a", "b", "", "\"\" is no service");
	refuse("192.0.2.1", "b", "tcp/443",
		"\"192.0.2.1\" is in no segment of the configuration: where it is is not known");
}
END_TEST

START_TEST(test_more_questions)
{
	struct explain_question question = {
		.from = "a", .to = "b", .service = "tcp/443", .mac = "00:00"
	};

	read_text(TEXT);
	ck_assert_int_eq(ask_with(&question), -EINVAL);
	question = (struct explain_question){
		.from = "gateway", .to = "b", .service = "tcp/443", .iif = "c1"
	};
	ck_assert_int_eq(ask_with(&question), -EINVAL);
	question = (struct explain_question){
		.from = "192.0.2.1", .to = "b", .service = "tcp/443", .iif = "c1"
	};
	ck_assert_int_eq(ask_with(&question), 0);
	ck_assert_int_eq(explain.reason, REASON_SPOOF);
	ck_assert_uint_eq(explain.loc.line, 4);
	question.iif = "x9";
	ck_assert_int_eq(ask_with(&question), 0);
	ck_assert_int_eq(explain.reason, REASON_INTERFACE);
	ck_assert_uint_eq(explain.loc.line, 0);
}
END_TEST

START_TEST(test_passes)
{
	read_text(TEXT);
	ask(&(struct explain_question){ .from = "a", .to = "b", .service = "tcp/443" });
	ck_assert_str_eq(explain_verdict_name(&explain), "passes");
	ck_assert_str_eq(explain.path->name, "P1");
	ck_assert_uint_eq(explain.loc.line, explain.path->loc.line);
	ck_assert(!change.tried);
	ck_assert(explain.mac_bound);
	ck_assert_uint_eq(explain.base_count, 2);
	ck_assert_str_eq(explain.bases[0].chain->name, "prerouting");
	ck_assert_str_eq(explain.bases[1].chain->name, "forward");
	ck_assert_uint_lt(explain.decisive, explain.rule_count);
	ck_assert_str_eq(explain.rules[explain.decisive].chain->name, "permitted");
	/* The element that held it is of the path's line. */
	ck_assert_uint_eq(explain.rules[explain.decisive - 1].line, explain.path->loc.line);
}
END_TEST

START_TEST(test_device)
{
	const struct explain_question question = {
		.from = "a", .to = "b", .service = "tcp/443", .mac = "00:00:5e:00:53:99"
	};

	read_text(TEXT);
	ask(&question);
	ck_assert_str_eq(explain_verdict_name(&explain), "blocked");
	ck_assert_int_eq(explain.reason, REASON_DEVICE);
	ck_assert_uint_eq(explain.loc.line, policy->hosts[0].loc.line);
	ck_assert(change.found);
	ck_assert_uint_eq(change.edit_count, 1);
	ck_assert(change.edits[0].member);
	ck_assert_str_eq(change.edits[0].text, "mac = \"00:00:5e:00:53:99\";");
	ck_assert_uint_eq(change.needed[0].fact, FACT_REPLACED);
}
END_TEST

START_TEST(test_closed)
{
	read_text(HEAD HOSTS SERVICES
		"paths = ( { name = \"P2\"; from = \"b\"; to = \"10.20.0.1\"; service = \"https\"; "
		"reason = \"r\"; windows = ( { days = \"mon-sun\"; from = \"08:00\"; "
		"until = \"09:00\"; } ); } );\n");
	ask(&(struct explain_question){ .from = "b", .to = "10.20.0.1", .service = "tcp/443" });
	ck_assert_str_eq(explain_verdict_name(&explain), "blocked");
	ck_assert_int_eq(explain.reason, REASON_EXPIRED);
	ck_assert_ptr_nonnull(explain.closed);
	ck_assert_str_eq(explain.closed->name, "P2");
	ck_assert(!change.tried);
}
END_TEST

START_TEST(test_observed)
{
	read_text(HEAD HOSTS SERVICES
		"observe = ( { from = \"office\"; to = \"net\"; reason = \"r\"; } );\n");
	ask(&(struct explain_question){ .from = "b", .to = "10.3.0.1", .service = "tcp/1" });
	ck_assert_str_eq(explain_verdict_name(&explain), "passes");
	ck_assert_ptr_null(explain.path);
	ck_assert_ptr_nonnull(explain.observe);
}
END_TEST

START_TEST(test_ack)
{
	read_text(TEXT);
	ask(&(struct explain_question){
		.from = "a", .to = "b", .service = "tcp/443", .bare = true });
	ck_assert_int_eq(explain.reason, REASON_INVALID);
	ck_assert(!change.tried);
}
END_TEST

static void expect_edit(size_t index, const char *list, const char *text)
{
	ck_assert_uint_lt(index, change.edit_count);
	ck_assert_str_eq(change.edits[index].list, list);
	ck_assert_str_eq(change.edits[index].text, text);
}

/* What there is, is used: hosts by their names, a service that says just that. */
START_TEST(test_plain_path)
{
	read_text(TEXT);
	ask(&(struct explain_question){ .from = "b", .to = "10.20.0.1", .service = "tcp/443" });
	ck_assert(change.found);
	ck_assert_uint_eq(change.edit_count, 1);
	expect_edit(0, "paths",
		"{ name = \"NEW\"; from = \"b\"; to = \"10.20.0.1\"; service = \"https\"; "
		"reason = \"<why it is needed>\"; }");
	ck_assert_uint_eq(change.needed_count, 1);
	/* "dns" would permit TCP as well. */
	ask(&(struct explain_question){ .from = "b", .to = "10.20.0.1", .service = "udp/53" });
	ck_assert(change.found);
	expect_edit(1, "services", "{ name = \"udp-53\"; udp = 53; }");
	ask(&(struct explain_question){ .from = "b", .to = "10.20.0.1", .service = "icmp" });
	ck_assert_uint_eq(change.edit_count, 1);
	ask(&(struct explain_question){ .from = "b", .to = "10.20.0.1", .service = "icmp/13" });
	expect_edit(1, "services", "{ name = \"icmp-13-0\"; icmp = \"13/0\"; }");
	ask(&(struct explain_question){ .from = "b", .to = "10.20.0.1", .service = "gre" });
	expect_edit(1, "services", "{ name = \"gre\"; protocol = \"gre\"; }");
	ask(&(struct explain_question){ .from = "b", .to = "10.20.0.1", .service = "253" });
	expect_edit(1, "services", "{ name = \"protocol-253\"; protocol = 253; }");
}
END_TEST

/* hedate's own rules ask for MACs and for declarations where no profile does. */
START_TEST(test_devices)
{
	read_text(TEXT);
	ask(&(struct explain_question){
		.from = "10.1.0.7", .to = "10.20.0.1", .service = "tcp/443" });
	ck_assert(change.found);
	ck_assert_uint_eq(change.edit_count, 2);
	expect_edit(1, "hosts",
		"{ name = \"new-host\"; address = \"10.1.0.7\"; mac = \"<MAC address>\"; }");
	ck_assert_uint_eq(change.needed[1].fact, FACT_MAC);
	ck_assert_str_eq(change.needed[1].address, "10.1.0.7");
	ask(&(struct explain_question){ .from = "10.1.0.7",
		.to = "10.20.0.1",
		.service = "tcp/443",
		.mac = "00:00:5e:00:53:07" });
	ck_assert(change.found);
	expect_edit(1, "hosts",
		"{ name = \"new-host\"; address = \"10.1.0.7\"; mac = \"00:00:5e:00:53:07\"; }");
	/* What is behind a router has no MAC that hedate's own rules would ask for. */
	ask(&(struct explain_question){ .from = "10.20.0.1", .to = "a", .service = "tcp/443" });
	ck_assert(change.found);
	ck_assert_uint_eq(change.edit_count, 1);
}
END_TEST

START_TEST(test_never)
{
	read_text(TEXT);
	ask(&(struct explain_question){ .from = "a", .to = "10.3.0.1", .service = "tcp/443" });
	ck_assert(change.tried);
	ck_assert(!change.found);
	ck_assert_uint_eq(change.edit_count, 0);
	ck_assert_uint_ge(change.refusal_count, 1);
	ck_assert(change.refusals[0].last);
	ck_assert_str_eq(change.refusals[0].clause->number, "hedate-1");
	ck_assert_ptr_nonnull(
		strstr(change.refusals[0].message, "they are cut off from each other"));
}
END_TEST

START_TEST(test_gateway)
{
	read_text(TEXT);
	ask(&(struct explain_question){ .from = "b", .to = "gateway", .service = "tcp/443" });
	ck_assert_int_eq(explain.reason, REASON_INPUT);
	ck_assert(change.found);
	expect_edit(0, "gateway.input",
		"{ name = \"NEW\"; from = \"b\"; service = \"https\"; reason = \"<why it is "
		"needed>\"; }");
	ask(&(struct explain_question){
		.from = "gateway", .to = "a", .service = "tcp/443", .ipv6 = true });
	ck_assert_int_eq(explain.packet.family, ADDR_IPV6);
	ck_assert_int_eq(explain.reason, REASON_OUTPUT);
	ck_assert(change.found);
	expect_edit(0, "gateway.output",
		"{ name = \"NEW\"; to = \"a\"; service = \"https\"; reason = \"<why it is "
		"needed>\"; }");
}
END_TEST

/* A path that goes back to the addresses it comes from is refused by the configuration itself. */
START_TEST(test_refused_by_configuration)
{
	read_text(TEXT);
	ask(&(struct explain_question){ .from = "b", .to = "b", .service = "tcp/443" });
	ck_assert(change.tried);
	ck_assert(!change.found);
	ck_assert_uint_ge(change.refusal_count, 1);
	ck_assert_ptr_null(change.refusals[change.refusal_count - 1].clause);
}
END_TEST

START_TEST(test_assertions)
{
	read_text(TEXT "assertions = ( { name = \"B1\"; must = \"block\"; from = \"b\"; "
		       "to = \"a\"; service = \"https\"; } );\n");
	ask(&(struct explain_question){ .from = "b", .to = "a", .service = "tcp/443" });
	ck_assert(change.found);
	ck_assert_str_eq(change.assertions, "B1");
}
END_TEST

/* ---- adding to a text ---- */

static void add(const char *text, const char *group, const char *list, const char *expected,
	unsigned int expected_line)
{
	struct conf_draft draft;
	unsigned int line = 0;

	ck_assert_int_eq(conf_draft_init(&draft, text, strlen(text)), 0);
	ck_assert_int_eq(conf_draft_add(&draft, group, list, "{ x = 1; }", &line), 0);
	ck_assert_str_eq(draft.bytes, expected);
	ck_assert_uint_eq(draft.length, strlen(expected));
	ck_assert_uint_eq(line, expected_line);
	conf_draft_clear(&draft);
}

START_TEST(test_add)
{
	add("l = ();", NULL, "l", "l = (\n  { x = 1; });", 1);
	add("# l = (\nl = ( { l = ( 1 ); } );", NULL, "l",
		"# l = (\nl = (\n  { x = 1; }, { l = ( 1 ); } );", 2);
	add("a = \"l = (\"; g = { l = ( ); };", NULL, "l",
		"a = \"l = (\"; g = { l = ( ); };\nl = (\n  { x = 1; } );\n", 1);
	add("l = ( 2 ); g = { l = ( /* ) */ ); };", "g", "l",
		"l = ( 2 ); g = { l = (\n  { x = 1; } /* ) */ ); };", 1);
	add("g = { a = 1 };\n", "g", "l", "g = {\nl = (\n  { x = 1; } );\n a = 1 };\n", 1);
	add("a = 1;\n", "g", "l", "a = 1;\n\ng = { l = (\n  { x = 1; } ); };\n", 2);
}
END_TEST

static void expect_set(
	const char *text, size_t index, const char *expected, unsigned int expected_line)
{
	struct conf_draft draft;
	unsigned int line = 0;

	ck_assert_int_eq(conf_draft_init(&draft, text, strlen(text)), 0);
	ck_assert_int_eq(conf_draft_set(&draft, "l", index, "k", "\"v\"", &line), 0);
	ck_assert_str_eq(draft.bytes, expected);
	ck_assert_uint_eq(line, expected_line);
	conf_draft_clear(&draft);
}

START_TEST(test_set)
{
	expect_set("l = ( { a = 1; }, { k = 2; } );", 0,
		"l = ( { k = \"v\"; a = 1; }, { k = 2; } );", 1);
	expect_set("l = (\n{ a = { k = 3; }; },\n{ k = [ 2, 3 ]; b = 1; } );", 1,
		"l = (\n{ a = { k = 3; }; },\n{ k = \"v\"; b = 1; } );", 3);
}
END_TEST

START_TEST(test_draft_errors)
{
	static const char text[] = "l = ( { a = 1; } ); s = 1;", open[] = "open = ( {";
	struct conf_draft draft;
	unsigned int line;

	ck_assert_int_eq(conf_draft_init(&draft, text, strlen(text)), 0);
	ck_assert_int_eq(conf_draft_set(&draft, "l", 1, "k", "1", &line), -ENOENT);
	ck_assert_int_eq(conf_draft_set(&draft, "m", 0, "k", "1", &line), -ENOENT);
	ck_assert_int_eq(conf_draft_add(&draft, NULL, "s", "{}", &line), -EINVAL);
	for (int i = 0; i < CONF_DRAFT_MAX; i++)
		ck_assert_int_eq(conf_draft_set(&draft, "l", 0, "k", "1", &line), 0);
	ck_assert_int_eq(conf_draft_set(&draft, "l", 0, "k", "1", &line), -E2BIG);
	conf_draft_clear(&draft);
	ck_assert_int_eq(conf_draft_init(&draft, open, strlen(open)), 0);
	ck_assert_int_eq(conf_draft_add(&draft, NULL, "open", "{}", &line), -EINVAL);
	conf_draft_clear(&draft);
}
END_TEST

/* Lines are those of the text as it was. */
START_TEST(test_lines)
{
	static const char text[] = "a = (\n1 );\nb = (\n);\nc = ( );\n";
	struct conf_draft draft;
	unsigned int line;

	ck_assert_int_eq(conf_draft_init(&draft, text, strlen(text)), 0);
	ck_assert_int_eq(conf_draft_add(&draft, NULL, "b", "2", &line), 0);
	ck_assert_uint_eq(line, 3);
	ck_assert_int_eq(conf_draft_add(&draft, NULL, "a", "2", &line), 0);
	ck_assert_uint_eq(line, 1);
	ck_assert_int_eq(conf_draft_add(&draft, NULL, "c", "2", &line), 0);
	ck_assert_uint_eq(line, 5);
	ck_assert_int_eq(conf_draft_add(&draft, NULL, "b", "3", &line), 0);
	ck_assert_uint_eq(line, 3);
	conf_draft_clear(&draft);
}
END_TEST

START_TEST(test_names)
{
	for (int i = 0; i < FACT_COUNT; i++)
		ck_assert_ptr_nonnull(explain_fact_name((enum explain_fact)i));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { test_questions, test_more_questions, test_passes,
		test_device, test_closed, test_observed, test_ack, test_plain_path, test_devices,
		test_never, test_gateway, test_refused_by_configuration, test_assertions, test_add,
		test_set, test_draft_errors, test_lines, test_names };
	Suite *suite = suite_create("explain");
	TCase *tcase = tcase_create("explain");

	tcase_add_checked_fixture(tcase, from_text_set_up, tear_down);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}

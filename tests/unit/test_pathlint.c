/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths that others cover, against enumeration; paths against their use. */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/conf.h"
#include "../../lib/pathlint.h"
#include "fromtext.h"
#include "suite.h"

#define ZONES                                                                                      \
	"site = { name = \"town\"; time_zone = \"Asia/Tokyo\"; };\n"                               \
	"zones = (\n"                                                                              \
	" { name = \"core\"; kind = \"lgwan\"; segments = (\n"                                     \
	"  { name = \"servers\"; interface = \"c1\"; networks = [\"10.1.0.0/24\", "                \
	"\"fd00:1::/64\"]; } ); },\n"                                                              \
	" { name = \"office\"; kind = \"lgwan\"; segments = (\n"                                   \
	"  { name = \"desks\"; interface = \"o1\"; networks = [\"10.2.0.0/24\", "                  \
	"\"fd00:2::/64\"]; } ); } );\n"                                                            \
	"services = (\n"                                                                           \
	" { name = \"https\"; tcp = 443; }, { name = \"web\"; tcp = [ 80, 443 ]; },\n"             \
	" { name = \"low\"; tcp = \"1-100\"; }, { name = \"high\"; tcp = \"101-65535\"; },\n"      \
	" { name = \"all\"; tcp = \"any\"; }, { name = \"gre\"; protocol = [\"gre\"]; },\n"        \
	" { name = \"ping\"; icmp = \"echo-request\"; }, { name = \"icmp\"; icmp = \"any\"; } "    \
	");\n"
#define PATH(name, from, to, service, more)                                                        \
	"{ name = \"" name "\"; from = \"" from "\"; to = \"" to "\"; service = \"" service        \
	"\"; reason = \"r\"; " more "}"
#define NIGHT "windows = ( { days = \"mon-sun\"; from = \"22:00\"; until = \"23:00\"; } ); "
#define DAY   "windows = ( { days = \"mon-sun\"; from = \"08:00\"; until = \"09:00\"; } ); "

static struct pathlint lint;

static void tear_down(void)
{
	pathlint_clear(&lint);
	from_text_tear_down();
}

static void compare(const char *text)
{
	pathlint_clear(&lint);
	forget();
	compile(text);
	ck_assert_int_eq(pathlint_compare(policy, &lint), 0);
}

static void expect(size_t index, enum pathlint_kind kind, const char *path, const char *by)
{
	char names[256] = "";

	ck_assert_uint_lt(index, lint.count);
	ck_assert_int_eq(lint.list[index].kind, kind);
	ck_assert_str_eq(lint.list[index].path->name, path);
	for (size_t i = 0; i < lint.list[index].by_count; i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
			i > 0 ? " " : "", lint.list[index].by[i]->name);
	ck_assert_str_eq(names, by);
}

START_TEST(test_none)
{
	compare(ZONES "paths = ( " PATH("A", "10.1.0.1", "10.2.0.1", "https", "") ", " PATH("B",
		"10.1.0.1", "10.2.0.2", "https",
		"") ", " PATH("C", "10.2.0.1", "10.1.0.1", "https", "") " );");
	ck_assert_uint_eq(lint.count, 0);
	ck_assert_uint_eq(lint.undecided, 0);
}
END_TEST

START_TEST(test_shadowed)
{
	compare(ZONES "paths = ( " PATH("A", "10.1.0.1", "10.2.0.1", "https", "") ", " PATH(
		"B", "10.1.0.0/24", "10.2.0.1", "web", "") " );");
	ck_assert_uint_eq(lint.count, 1);
	expect(0, PATHLINT_SHADOWED, "A", "B");
	/* One family more is more than the other permits. */
	compare(ZONES "paths = ( " PATH("A", "core", "10.2.0.1", "https", "") ", " PATH(
		"B", "core", "office", "https", "") " );");
	ck_assert_uint_eq(lint.count, 1);
	expect(0, PATHLINT_SHADOWED, "A", "B");
	compare(ZONES "paths = ( " PATH("A", "core", "office", "https", "") ", " PATH(
		"B", "10.1.0.0/24", "office", "web", "") " );");
	ck_assert_uint_eq(lint.count, 0);
}
END_TEST

/* No single one covers it; all of them do. */
START_TEST(test_redundant)
{
	compare(ZONES "paths = ( " PATH("A", "10.1.0.0/31", "10.2.0.1", "all", "") ", " PATH(
		"B", "10.1.0.0", "10.2.0.1", "low", "") ", " PATH("C", "10.1.0.0/24", "10.2.0.1",
		"high", "") ", " PATH("D", "10.1.0.1", "10.2.0.0/24", "low", "") " );");
	/* Port 0 is of "any port", and of no other: A is not covered. */
	ck_assert_uint_eq(lint.count, 1);
	expect(0, PATHLINT_SHADOWED, "B", "A");
	compare(ZONES "paths = ( " PATH("A", "10.1.0.0/31", "10.2.0.1", "web", "") ", " PATH(
		"B", "10.1.0.0", "10.2.0.1", "low", "") ", " PATH("C", "10.1.0.0/24", "10.2.0.1",
		"high", "") ", " PATH("D", "10.1.0.1", "10.2.0.0/24", "low", "") " );");
	ck_assert_uint_eq(lint.count, 1);
	ck_assert_int_eq(lint.list[0].kind, PATHLINT_REDUNDANT);
	ck_assert_str_eq(lint.list[0].path->name, "A");
	ck_assert_uint_eq(lint.list[0].by_count, 3);
}
END_TEST

START_TEST(test_protocols)
{
	compare(ZONES "paths = ( " PATH("A", "10.1.0.1", "10.2.0.1", "ping", "") ", " PATH("B",
		"10.1.0.1", "10.2.0.1", "gre",
		"") ", " PATH("C", "10.1.0.0/24", "10.2.0.0/24", "icmp", "") " );");
	ck_assert_uint_eq(lint.count, 1);
	expect(0, PATHLINT_SHADOWED, "A", "C");
}
END_TEST

/* A path that closes covers nothing that stays open. */
START_TEST(test_timed)
{
	compare(ZONES "paths = ( " PATH("A", "10.1.0.1", "10.2.0.1", "https", "") ", " PATH(
		"B", "10.1.0.0/24", "10.2.0.1", "https", NIGHT) " );");
	ck_assert_uint_eq(lint.count, 0);
	compare(ZONES "paths = ( " PATH("A", "10.1.0.1", "10.2.0.1", "https", NIGHT) ", " PATH(
		"B", "10.1.0.0/24", "10.2.0.1", "https", "") " );");
	ck_assert_uint_eq(lint.count, 1);
	compare(ZONES "paths = ( " PATH("A", "10.1.0.1", "10.2.0.1", "https", NIGHT) ", " PATH(
		"B", "10.1.0.0/24", "10.2.0.1", "https", DAY) " );");
	ck_assert_uint_eq(lint.count, 0);
	compare(ZONES "paths = ( " PATH("A", "10.1.0.1", "10.2.0.1", "https", DAY) ", " PATH(
		"B", "10.1.0.0/24", "10.2.0.1", "https", DAY) " );");
	ck_assert_uint_eq(lint.count, 1);
}
END_TEST

START_TEST(test_gateway)
{
	compare(ZONES "gateway = { input = ( { name = \"I\"; from = \"10.1.0.1\"; service = "
		      "\"https\"; reason = \"r\"; }, { name = \"J\"; from = \"core\"; service = "
		      "\"web\"; reason = \"r\"; } ); output = ( { name = \"O\"; to = "
		      "\"10.1.0.1\"; service = \"https\"; reason = \"r\"; } ); };");
	ck_assert_uint_eq(lint.count, 1);
	expect(0, PATHLINT_SHADOWED, "I", "J");
}
END_TEST

/* ---- enumeration ---- */

#define SIDE   8 /* addresses on each side, and ports */
#define RANDOM 12

static bool holds(const struct addrset *set, unsigned int last)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->ranges[i].first[3] <= last && set->ranges[i].last[3] >= last)
			return true;
	return false;
}

static bool permits(
	const struct policy_path *path, unsigned int from, unsigned int to, unsigned int port)
{
	const struct policy_service *service = &policy->services[path->services[0]];

	return holds(&path->from.parts[0].addresses[ADDR_IPV4], from) &&
	       holds(&path->to.parts[0].addresses[ADDR_IPV4], to) &&
	       service->entries[0].ports.first <= port && service->entries[0].ports.last >= port;
}

static bool covered_but_for(size_t index, unsigned int from, unsigned int to, unsigned int port)
{
	for (size_t i = 0; i < policy->path_count; i++)
		if (i != index && permits(&policy->paths[i], from, to, port))
			return true;
	return false;
}

static bool is_covered(size_t index)
{
	for (unsigned int point = 0; point < SIDE * SIDE * SIDE; point++) {
		unsigned int from = point % SIDE, to = point / SIDE % SIDE,
			     port = point / SIDE / SIDE + 1;

		if (permits(&policy->paths[index], from, to, port) &&
			!covered_but_for(index, from, to, port))
			return false;
	}
	return true;
}

/* A prefix within the first addresses. */
static void put_network(char *text, size_t size, unsigned int net)
{
	unsigned int bits = (unsigned int)rand() % 4, first = (unsigned int)rand() % SIDE;

	snprintf(text, size, "10.%u.0.%u/%u", net, first >> bits << bits, 32 - bits);
}

static size_t make_random(char *text, size_t size)
{
	size_t at = (size_t)snprintf(text, size, "%s", ZONES), cut = at - 4;

	at = cut; /* without the end of the list of services */
	for (int i = 0; i < RANDOM; i++) {
		unsigned int first = (unsigned int)rand() % SIDE + 1;
		unsigned int last = first + (unsigned int)rand() % (SIDE + 1 - first);

		at += (size_t)snprintf(text + at, size - at,
			", { name = \"s%d\"; tcp = \"%u-%u\"; }", i, first, last);
	}
	at += (size_t)snprintf(text + at, size - at, " );\npaths = (");
	for (int i = 0; i < RANDOM; i++) {
		char from[32], to[32];

		put_network(from, sizeof(from), 1);
		put_network(to, sizeof(to), 2);
		at += (size_t)snprintf(text + at, size - at,
			"%s{ name = \"P%d\"; from = \"%s\"; to = \"%s\"; service = \"s%d\"; "
			"reason = \"r\"; }",
			i > 0 ? ", " : " ", i, from, to, i);
	}
	return at + (size_t)snprintf(text + at, size - at, " );\n");
}

START_TEST(test_enumeration)
{
	unsigned int covered = 0;

	srand(random_seed("pathlint"));
	/* Until enough have a path that another covers. */
	for (int round = 0; round < 60 || (covered <= 10 && round < 600); round++) {
		size_t found = 0;
		char text[16384];

		make_random(text, sizeof(text));
		pathlint_clear(&lint);
		/* With what was said of the one before, none would be taken any more. */
		from_text_tear_down();
		from_text_set_up();
		/* Two that are the same are refused. */
		if (conf_parse(text, strlen(text), "test.conf", diags, &policy) < 0)
			continue;
		ck_assert_int_eq(pathlint_compare(policy, &lint), 0);
		ck_assert_uint_eq(lint.undecided, 0);
		for (size_t i = 0; i < policy->path_count; i++) {
			bool listed =
				found < lint.count && lint.list[found].path == &policy->paths[i];

			ck_assert_msg(listed == is_covered(i), "path %zu of\n%s", i, text);
			found += listed;
		}
		covered += lint.count > 0;
	}
	ck_assert_uint_gt(covered, 10);
}
END_TEST

/* ---- use ---- */

#define TWO                                                                                        \
	ZONES "paths = ( " PATH("A", "10.1.0.1", "10.2.0.1", "https", "") ", " PATH(               \
		"B", "10.1.0.0/24", "10.2.0.1", "all", "") ", " PATH("C", "10.1.0.1", "10.2.0.9",  \
		"ping", "") ", " PATH("D", "10.1.0.1", "10.2.0.9", "gre", "") " );"

START_TEST(test_unused)
{
	const uint64_t hits[] = { 1, 0, UINT64_MAX, 5 };

	compile(TWO);
	ck_assert_int_eq(pathlint_unused(policy, hits, 30 * 86400 - 1, 30, &lint), 0);
	ck_assert_uint_eq(lint.count, 0);
	ck_assert_int_eq(pathlint_unused(policy, hits, 31 * 86400 + 5, 30, &lint), 0);
	ck_assert_uint_eq(lint.count, 1);
	expect(0, PATHLINT_UNUSED, "B", "");
	ck_assert_uint_eq(lint.list[0].days, 31);
}
END_TEST

static struct pathlint_use use(
	size_t path, const char *from, const char *to, uint8_t protocol, uint16_t port)
{
	struct pathlint_use result = { .path = path, .protocol = protocol, .port = port };

	ck_assert_int_eq(addr_parse(from, &result.source), 0);
	ck_assert_int_eq(addr_parse(to, &result.destination), 0);
	return result;
}

START_TEST(test_wide)
{
	struct pathlint_use uses[] = {
		use(1, "10.1.0.7", "10.2.0.1", IPPROTO_TCP, 80),
		use(0, "10.1.0.1", "10.2.0.1", IPPROTO_TCP, 443),
		use(1, "10.1.0.7", "10.2.0.1", IPPROTO_TCP, 80),
		use(1, "10.1.0.8", "10.2.0.1", IPPROTO_TCP, 80),
		use(2, "10.1.0.1", "10.2.0.9", IPPROTO_ICMP, 8 << 8),
		use(3, "10.1.0.1", "10.2.0.9", IPPROTO_GRE, 0),
	};

	compile(TWO);
	ck_assert_int_eq(pathlint_wide(policy, uses, sizeof(uses) / sizeof(uses[0]), &lint), 0);
	ck_assert_uint_eq(lint.count, 1);
	expect(0, PATHLINT_WIDE, "B", "");
	ck_assert_uint_eq(lint.list[0].sources, 2);
	ck_assert_uint_eq(lint.list[0].destinations, 1);
	ck_assert_uint_eq(lint.list[0].ports, 1);
	ck_assert_int_eq(pathlint_wide(policy, uses, 0, &lint), 0);
	ck_assert_uint_eq(lint.count, 1);
}
END_TEST

START_TEST(test_report)
{
	static const char *const messages[PATHLINT_KINDS] = {
		[PATHLINT_SHADOWED] =
			"path \"A\": all that it permits, path \"B\" on line 12 permits as well",
		[PATHLINT_REDUNDANT] = "path \"A\": all that it permits, other paths together "
				       "permit as well: B (12), C (12)",
		[PATHLINT_UNUSED] = "path \"A\": no connection has used it in 40 days",
		[PATHLINT_WIDE] = "path \"A\": it permits more than was used: 1 sources, 2 "
				  "destinations, 3 ports or types",
	};

	compile(TWO);
	for (int kind = 0; kind < PATHLINT_KINDS; kind++) {
		struct pathlint_finding finding = { .kind = (enum pathlint_kind)kind,
			.path = &policy->paths[0],
			.by = { &policy->paths[1], &policy->paths[2] },
			.by_count = 2,
			.days = 40,
			.sources = 1,
			.destinations = 2,
			.ports = 3 };
		size_t before = diag_list_length(diags);
		const struct diag *diag;

		pathlint_report(&finding, diags);
		ck_assert_uint_eq(diag_list_length(diags), before + 1);
		diag = diag_list_get(diags, before);
		ck_assert_str_eq(diag->message, messages[kind]);
		ck_assert_int_eq(diag->severity, DIAG_WARNING);
		ck_assert_ptr_nonnull(diag->fix);
		ck_assert_uint_eq(diag->loc.line, 12);
		ck_assert_ptr_nonnull(pathlint_kind_name((enum pathlint_kind)kind));
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { test_none, test_shadowed, test_redundant, test_protocols,
		test_timed, test_gateway, test_enumeration, test_unused, test_wide, test_report };
	Suite *suite = suite_create("pathlint");
	TCase *tcase = tcase_create("pathlint");

	tcase_add_checked_fixture(tcase, from_text_set_up, tear_down);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}

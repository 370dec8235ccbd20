/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checks of whole policies against slow and simple ones, on random policies. What each check
 * says: tests/golden/conf-errors.
 */
#include <check.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../lib/conf.h"
#include "../../lib/conf_check.h"
#include "suite.h"

static char *text;
static size_t length, room;
static struct diag_list *diags;
static struct policy *policy;

static void set_up(void)
{
	srand(random_seed("conf_check"));
	room = 1 << 16;
	text = malloc(room);
	length = 0;
	ck_assert_int_eq(diag_list_new(&diags), 0);
	policy = NULL;
}

static void tear_down(void)
{
	policy_free(policy);
	diag_list_free(diags);
	free(text);
}

static void start_again(void)
{
	policy_free(policy);
	policy = NULL;
	diag_list_free(diags);
	ck_assert_int_eq(diag_list_new(&diags), 0);
	length = 0;
}

__attribute__((format(printf, 1, 2))) static void put(const char *format, ...)
{
	va_list arguments;
	if (room - length < 1024) {
		char *larger = realloc(text, room *= 2);
		ck_assert_ptr_nonnull(larger);
		text = larger;
	}
	va_start(arguments, format);
	length += (size_t)vsnprintf(text + length, room - length, format, arguments);
	va_end(arguments);
}

static int parse(void)
{
	return conf_parse(text, length, "t", diags, &policy);
}

/* How many findings of this severity hold these words. */
static unsigned int count(enum diag_severity severity, const char *words)
{
	unsigned int found = 0;
	for (size_t i = 0; i < diag_list_length(diags); i++)
		found += diag_list_get(diags, i)->severity == severity &&
			 strstr(diag_list_get(diags, i)->message, words) != NULL;
	return found;
}

/* ---- overlapping networks ---- */

struct net {
	unsigned int segment, value, bits; /* of 8 bits: few enough to meet often */
};

static bool nets_meet(const struct net *a, const struct net *b)
{
	unsigned int bits = a->bits < b->bits ? a->bits : b->bits;
	return a->value >> (8 - bits) == b->value >> (8 - bits);
}

START_TEST(test_overlaps)
{
	unsigned int refused = 0;
	for (int round = 0; round < 1000; round++) {
		struct net nets[8];
		bool overlap = false;
		start_again();
		put("site = { name = \"x\"; };\nzones = ( { name = \"z\"; kind = \"lgwan\"; "
		    "segments = (\n");
		for (unsigned int i = 0; i < 8; i++) {
			nets[i].segment = i / 2;
			nets[i].bits = 3 + (unsigned int)rand() % 6;
			nets[i].value = (unsigned int)rand() & 0xff & (0xff00u >> nets[i].bits);
			if (i % 2 == 0)
				put("%s{ name = \"s%u\"; interface = \"e%u\"; networks = [ ",
					i ? "," : "", i, i);
			put("%s\"10.0.0.%u/%u\"\n", i % 2 ? "," : "", nets[i].value,
				24 + nets[i].bits);
			if (i % 2 == 1)
				put("]; }\n");
			for (unsigned int j = 0; j < i; j++)
				overlap |= nets[j].segment != nets[i].segment &&
					   nets_meet(&nets[i], &nets[j]);
		}
		put("); } );\n");
		ck_assert_int_eq(parse(), overlap ? -EINVAL : 0);
		ck_assert_int_eq(count(DIAG_ERROR, "overlaps") > 0, overlap);
		refused += overlap;
	}
	ck_assert_uint_gt(refused, 10);
	ck_assert_uint_lt(refused, 990);
}
END_TEST

/* ---- repeated and contained paths ---- */

/* Addresses 10.x.0.0 to 10.x.0.7 and ports 1 to 8: what a path permits is a set of 512 bits. */
struct permits {
	bool bits[8][8][8];
};

/* A range of 0..7 that is a prefix. */
static void random_prefix(unsigned int *first, unsigned int *last)
{
	unsigned int bits = (unsigned int)rand() % 4;
	*first = ((unsigned int)rand() % 8) & ~((1u << bits) - 1);
	*last = *first + (1u << bits) - 1;
}

static void put_random_path(unsigned int number, struct permits *ret_permits)
{
	unsigned int from[2], to[2], ports[2];
	random_prefix(&from[0], &from[1]);
	random_prefix(&to[0], &to[1]);
	ports[0] = (unsigned int)rand() % 8;
	ports[1] = ports[0] + (unsigned int)rand() % (8 - ports[0]);
	memset(ret_permits, 0, sizeof(*ret_permits));
	for (unsigned int f = from[0]; f <= from[1]; f++)
		for (unsigned int t = to[0]; t <= to[1]; t++)
			for (unsigned int p = ports[0]; p <= ports[1]; p++)
				ret_permits->bits[f][t][p] = true;
	put("%s{ name = \"p%u\"; from = \"10.1.0.%u/%d\"; to = \"10.2.0.%u/%d\"; reason = \"r\";"
	    " service = [ ",
		number ? "," : "", number, from[0], 32 - __builtin_popcount(from[1] - from[0]),
		to[0], 32 - __builtin_popcount(to[1] - to[0]));
	/* The ports in pieces, in any order. */
	for (unsigned int p = ports[0]; p <= ports[1]; p++)
		put("%s\"s%u\"", p > ports[0] ? "," : "", p);
	put(" ]; }\n");
}

static bool is_within(const struct permits *inner, const struct permits *outer)
{
	for (size_t i = 0; i < sizeof(inner->bits); i++)
		if (((const bool *)inner->bits)[i] && !((const bool *)outer->bits)[i])
			return false;
	return true;
}

#define PATHS 6

START_TEST(test_repeated_and_contained)
{
	unsigned int repeated_rounds = 0, contained_rounds = 0;
	for (int round = 0; round < 1000; round++) {
		struct permits permits[PATHS];
		unsigned int repeated = 0, contained = 0;
		start_again();
		put("site = { name = \"x\"; };\nzones = (\n");
		for (int i = 1; i <= 2; i++)
			put("%s{ name = \"z%d\"; kind = \"lgwan\"; segments = ( { name = \"s\"; "
			    "interface = \"e%d\"; networks = \"10.%d.0.0/16\"; } ); }\n",
				i > 1 ? "," : "", i, i, i);
		put(");\nservices = (\n");
		for (int i = 0; i < 8; i++)
			put("%s{ name = \"s%d\"; udp = %d; }", i ? "," : "", i, i + 1);
		put(");\npaths = (\n");
		for (unsigned int i = 0; i < PATHS; i++)
			put_random_path(i, &permits[i]);
		put(");\n");
		for (int i = 0; i < PATHS; i++) {
			bool equal = false, smaller = false;
			for (int j = 0; j < PATHS; j++) {
				bool within = i != j && is_within(&permits[i], &permits[j]);
				bool around = i != j && is_within(&permits[j], &permits[i]);
				equal |= within && around && j < i;
				smaller |= within && !around;
			}
			repeated += equal;
			contained += smaller;
		}
		ck_assert_int_eq(parse(), repeated ? -EINVAL : 0);
		ck_assert_uint_eq(count(DIAG_ERROR, "permits exactly what"), repeated);
		ck_assert_uint_eq(count(DIAG_WARNING, "is already permitted by"), contained);
		repeated_rounds += repeated > 0;
		contained_rounds += contained > 0;
	}
	ck_assert_uint_gt(repeated_rounds, 0);
	ck_assert_uint_gt(contained_rounds, 10);
}
END_TEST

/* ---- ranges of ports against ranges ---- */

START_TEST(test_port_ranges)
{
	static const struct {
		const char *first, *second;
		bool repeated, contained;
	} pairs[] = {
		{ "tcp = [ \"1-5\", \"6-9\" ]", "tcp = \"1-9\"", true, false },
		{ "tcp = [ 5, 5, 5 ]", "tcp = \"5\"", true, false },
		{ "tcp = [ \"1-6\", \"3-9\" ]", "tcp = \"1-9\"", true, false },
		{ "tcp = \"2-8\"", "tcp = \"1-9\"", false, true },
		{ "tcp = \"1-9\"", "tcp = \"any\"", false, true },
		{ "tcp = 7", "udp = 7", false, false },
		{ "tcp = [ 1, 3 ]", "tcp = [ 1, 4 ]", false, false },
		{ "tcp = [ \"1-3\", \"5-9\" ]", "tcp = \"1-9\"", false, true },
		{ "tcp = \"1-9\"", "tcp = [ \"1-3\", \"5-9\" ]", false, true },
		{ "tcp = 1; udp = 2", "udp = 2", false, true },
		{ "icmp = \"8\"", "icmp = \"echo-request\"", true, false },
		{ "icmp = \"8/0\"", "icmp = \"8\"", false, true },
		{ "icmp = \"8\"; icmpv6 = \"128\"", "icmp = \"8\"", true, false }, /* IPv4 only */
		{ "protocol = \"gre\"", "protocol = 47", true, false },
	};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		start_again();
		put("site = { name = \"x\"; };\nzones = (\n");
		for (int z = 1; z <= 2; z++)
			put("%s{ name = \"z%d\"; kind = \"lgwan\"; segments = ( { name = \"s\"; "
			    "interface = \"e%d\"; networks = \"10.%d.0.0/16\"; } ); }\n",
				z > 1 ? "," : "", z, z, z);
		put(");\nservices = ( { name = \"a\"; %s; }, { name = \"b\"; %s; } );\n",
			pairs[i].first, pairs[i].second);
		put("paths = ( { name = \"A\"; from = \"z1\"; to = \"z2\"; service = \"a\"; "
		    "reason = \"r\"; }, { name = \"B\"; from = \"z1\"; to = \"z2\"; "
		    "service = \"b\"; reason = \"r\"; } );\n");
		parse();
		ck_assert_msg(count(DIAG_ERROR, "permits exactly what") == pairs[i].repeated,
			"%s; %s", pairs[i].first, pairs[i].second);
		ck_assert_msg(count(DIAG_WARNING, "already permitted by") == pairs[i].contained,
			"%s; %s", pairs[i].first, pairs[i].second);
	}
}
END_TEST

/* ---- a policy that was not read from a file ---- */

START_TEST(test_given_policy)
{
	put("site = { name = \"x\"; };\nzones = ( { name = \"z\"; kind = \"lgwan\"; segments = (\n"
	    "{ name = \"a\"; interface = \"e1\"; networks = \"10.1.0.0/16\"; },\n"
	    "{ name = \"b\"; interface = \"e2\"; networks = \"10.2.0.0/16\"; } ); } );\n");
	ck_assert_int_eq(parse(), 0);
	ck_assert_int_eq(conf_check(policy, diags), 0);
	strcpy(policy->segments[1].interface, "e1");
	ck_assert_int_eq(conf_check(policy, diags), -EINVAL);
	ck_assert_uint_eq(
		count(DIAG_ERROR, "interface \"e1\" is that of segment \"z.a\" on line 3"), 1);
}
END_TEST

/* ---- time ---- */

/* A hundred thousand paths are read and checked in a second or two; squares of it would not. */
START_TEST(test_large)
{
	struct timespec before, after;
	put("site = { name = \"x\"; };\nzones = (\n");
	for (int i = 1; i <= 2; i++)
		put("%s{ name = \"z%d\"; kind = \"lgwan\"; segments = ( { name = \"s\"; "
		    "interface = \"e%d\"; networks = \"10.%d.0.0/16\"; } ); }\n",
			i > 1 ? "," : "", i, i, i);
	put(");\nhosts = (\n");
	for (int i = 0; i < 20000; i++)
		put("%s{ name = \"h%d\"; address = \"10.%d.%d.%d\"; }\n", i ? "," : "", i,
			i % 2 + 1, i / 2 / 250, i / 2 % 250);
	put(");\nservices = ( { name = \"s\"; tcp = 443; } );\npaths = (\n");
	for (int i = 0; i < 100000; i++)
		put("%s{ name = \"p%d\"; from = \"h%d\"; to = \"h%d\"; service = \"s\"; "
		    "reason = \"r\"; }\n",
			i ? "," : "", i, i % 10000 * 2, (i * 7 + i / 10000) % 10000 * 2 + 1);
	put(");\n");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	ck_assert_int_eq(parse(), 0);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	long milliseconds =
		(after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
	printf("100000 paths: %ld ms\n", milliseconds);
	ck_assert_uint_eq(policy->path_count, 100000);
	ck_assert_int_lt(milliseconds, 20000); /* of processor time, under sanitizers */
}
END_TEST

/* Suggestions for every wrong name of a large file may not take for ever either. */
START_TEST(test_large_and_wrong)
{
	put("site = { name = \"x\"; };\nzones = ( { name = \"z1\"; kind = \"lgwan\"; segments = "
	    "( { name = \"s\"; interface = \"e\"; networks = \"10.1.0.0/16\"; } ); } );\nhosts = "
	    "(\n");
	for (int i = 0; i < 20000; i++)
		put("%s{ name = \"host-number-%d\"; address = \"10.1.%d.%d\"; }\n", i ? "," : "", i,
			i / 250, i % 250);
	put(");\nservices = ( { name = \"s\"; tcp = 443; } );\npaths = (\n");
	for (int i = 0; i < 50000; i++)
		put("%s{ name = \"p%d\"; from = \"hots-nubmer-%d\"; to = \"z1\"; service = \"s\"; "
		    "reason = \"r\"; }\n",
			i ? "," : "", i, i);
	put(");\n");
	ck_assert_int_eq(parse(), -EINVAL);
	ck_assert_uint_eq(diag_list_count(diags, DIAG_ERROR), 50000);
	ck_assert_uint_eq(diag_list_length(diags), DIAG_MAX);
	ck_assert_str_eq(diag_list_get(diags, 0)->fix, "did you mean \"host-number-0\"?");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf_check");
	TCase *tests = tcase_create("conf_check");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 300);
	tcase_add_test(tests, test_overlaps);
	tcase_add_test(tests, test_repeated_and_contained);
	tcase_add_test(tests, test_port_ranges);
	tcase_add_test(tests, test_given_policy);
	tcase_add_test(tests, test_large);
	tcase_add_test(tests, test_large_and_wrong);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between two rule sets that the kernel has taken: one rule turned over, and nothing
 * else than what it decided differs; the same said in another way, and nothing does.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/compile.h"
#include "../../lib/conf.h"
#include "../../lib/nlsnapshot.h"
#include "../../lib/semdiff.h"
#include "../../lib/snapgen.h"
#include "inkernel.h"
#include "nftload.h"
#include "region.h"
#include "suite.h"
#include "sympacket.h"

static struct semdiff *diff_of(const struct snapshot *before, const struct snapshot *after)
{
	struct semdiff_question question = { .before = before, .after = after, .logs = true };
	struct semdiff *diff;

	ck_assert_int_eq(semdiff_find(&question, &diff), 0);
	return diff;
}

static struct semdiff *diff_rules(const char *before, const char *after)
{
	struct snapshot *left = load_rules(before), *right = load_rules(after);
	struct semdiff *diff = diff_of(left, right);

	/* The answer borrows names of them in its doubts, which these tests do not read. */
	snapshot_free(left);
	snapshot_free(right);
	return diff;
}

static enum semdiff_result result_of(const char *before, const char *after)
{
	struct semdiff *diff = diff_rules(before, after);
	enum semdiff_result result = semdiff_result(diff);

	semdiff_free(diff);
	return result;
}

/* Of forwarded packets that begin a connection. */
static bool is_in(const struct semdiff *diff, enum semdiff_kind kind, enum pkt_world world,
	const struct hdr_packet *packet)
{
	for (size_t i = 0; i < diff->count; i++) {
		const struct semdiff_item *item = &diff->items[i];

		if (item->kind != kind || item->world != world || item->phase != SEMDIFF_NEW ||
			item->from != 1 || item->to != 1)
			continue;
		ck_assert(!item->regions->more);
		for (size_t k = 0; k < item->regions->count; k++)
			if (region_meets(&item->regions->regions[k], packet))
				return true;
	}
	return false;
}

/* One rule turned over ------------------------------------------------------------------------- */

/* Each a test of source and destination port, which overlap, and a verdict. */
static const struct rule_of {
	const char *text;
	unsigned int source, prefix, first, last;
	bool accept;
} rules[] = {
	{ "ip saddr 10.1.0.0/16 tcp dport 443", 0x0a010000, 16, 443, 443, true },
	{ "ip saddr 10.1.2.0/24 tcp dport 1-1023", 0x0a010200, 24, 1, 1023, false },
	{ "ip saddr 10.0.0.0/8 tcp dport 22", 0x0a000000, 8, 22, 22, true },
	{ "ip saddr 10.1.0.0/16 tcp dport 1024-65535", 0x0a010000, 16, 1024, 65535, true },
	{ "ip saddr 10.0.0.0/8 tcp dport 400-2000", 0x0a000000, 8, 400, 2000, false },
	{ "ip saddr 10.0.0.0/7 tcp dport 80", 0x0a000000, 7, 80, 80, true },
};
#define RULES (sizeof(rules) / sizeof(rules[0]))

static void put_rules(char *text, size_t size, size_t turned)
{
	size_t length = (size_t)snprintf(text, size,
		"table ip t { chain c { type filter hook forward priority 0; policy drop;\n");

	for (size_t i = 0; i < RULES; i++)
		length += (size_t)snprintf(text + length, size - length, "%s %s\n", rules[i].text,
			rules[i].accept != (i == turned) ? "accept" : "drop");
	snprintf(text + length, size - length, "}\n}\n");
}

/* The rule that decides; RULES: none does. */
static size_t deciding(unsigned int source, unsigned int port)
{
	for (size_t i = 0; i < RULES; i++)
		if ((source ^ rules[i].source) >> (32 - rules[i].prefix) == 0 &&
			port >= rules[i].first && port <= rules[i].last)
			return i;
	return RULES;
}

/* Around all bounds that the rules have. */
static void check_turned(const struct semdiff *diff, size_t turned)
{
	static const unsigned int sources[] = { 0x09ffffff, 0x0a000000, 0x0a00ffff, 0x0a010000,
		0x0a0101ff, 0x0a010200, 0x0a0102ff, 0x0a010300, 0x0a01ffff, 0x0a020000, 0x0affffff,
		0x0b000000, 0x0bffffff, 0x0c000000 };
	static const unsigned int ports[] = { 0, 1, 21, 22, 23, 79, 80, 81, 399, 400, 442, 443, 444,
		1023, 1024, 2000, 2001, 65535 };
	enum pkt_world world;
	struct hdr_packet packet = packet_of("iif=eth0 oif=eth1 proto=6", &world);

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		for (size_t k = 0; k < sizeof(ports) / sizeof(ports[0]); k++) {
			bool wanted = deciding(sources[i], ports[k]) == turned;

			packet.values[PKT_SADDR] = sources[i];
			packet.values[PKT_DPORT] = ports[k];
			ck_assert_msg(is_in(diff,
					      rules[turned].accept ? SEMDIFF_FORBIDDEN
								   : SEMDIFF_PERMITTED,
					      world, &packet) == wanted,
				"rule %zu, %08x port %u: wanted %d", turned, sources[i], ports[k],
				wanted);
			ck_assert(!is_in(diff,
				rules[turned].accept ? SEMDIFF_PERMITTED : SEMDIFF_FORBIDDEN, world,
				&packet));
			ck_assert(!is_in(diff, SEMDIFF_UNDECIDED, world, &packet));
		}
}

START_TEST(a_rule_turned_over_differs_where_it_decides)
{
	char before[2000], after[2000];

	put_rules(before, sizeof(before), RULES);
	for (size_t i = 0; i < RULES; i++) {
		put_rules(after, sizeof(after), i);
		struct semdiff *diff = diff_rules(before, after);

		ck_assert_int_eq(semdiff_result(diff), SEMDIFF_DIFFERS);
		check_turned(diff, i);
		semdiff_free(diff);
	}
}
END_TEST

/* The same in other words ---------------------------------------------------------------------- */

#define TABLE(rules)                                                                               \
	"table inet t { chain c { type filter hook forward priority 0; policy drop;\n" rules       \
	"}\n}\n"

START_TEST(the_same_in_other_words_is_the_same)
{
	static const char *const pairs[][2] = {
		/* disjoint rules in another order */
		{ TABLE("tcp dport 22 accept\nip saddr 10.0.0.0/8 udp dport 53 drop\n"
			"ip saddr 11.0.0.0/8 udp dport 53 accept\n"),
			TABLE("ip saddr 11.0.0.0/8 udp dport 53 accept\n"
			      "ip saddr 10.0.0.0/8 udp dport 53 drop\ntcp dport 22 accept\n") },
		/* a set, and its elements one by one */
		{ TABLE("tcp dport { 22, 80-88, 443 } accept\n"),
			TABLE("tcp dport 443 accept\ntcp dport 80-85 accept\n"
			      "tcp dport 85-88 accept\ntcp dport 22 accept\n") },
		/* a concatenation, and its fields */
		{ TABLE("ip saddr . tcp dport { 10.0.0.1 . 22, 10.0.0.2 . 80 } accept\n"),
			TABLE("ip saddr 10.0.0.1 tcp dport 22 accept\n"
			      "ip saddr 10.0.0.2 tcp dport 80 accept\n") },
		/* a verdict map, and its verdicts */
		{ TABLE("iifname vmap { \"a\" : accept, \"b\" : drop }\ntcp dport 1 accept\n"),
			TABLE("iifname \"a\" accept\niifname \"b\" drop\n"
			      "tcp dport 1 accept\n") },
		/* a jump, and what it jumps to */
		{ "table inet t { chain d { ip saddr 10.0.0.1 return\ntcp dport 22 accept\n }\n"
		  "chain c { type filter hook forward priority 0; policy drop;\n"
		  "iifname \"a\" jump d\nudp dport 53 accept\n}\n}\n",
			TABLE("iifname \"a\" ip saddr != 10.0.0.1 tcp dport 22 accept\n"
			      "iifname \"a\" meta nfproto ipv6 tcp dport 22 accept\n"
			      "udp dport 53 accept\n") },
		/* what no packet comes to */
		{ TABLE("tcp dport 1-100 accept\ntcp dport 22 drop\n"),
			TABLE("tcp dport 1-100 accept\n") },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		ck_assert_msg(result_of(pairs[i][0], pairs[i][1]) == SEMDIFF_SAME, "pair %zu", i);
}
END_TEST

/* What is logged ------------------------------------------------------------------------------- */

#define JUMPING(rule)                                                                              \
	"table inet t { chain d { " rule "\n}\n"                                                   \
	"chain c { type filter hook forward priority 0; policy drop;\n"                            \
	"iifname \"a\" jump d\niifname vmap { \"b\" : goto d, \"c\" : accept }\n}\n}\n"

static const struct logging {
	const char *before, *after;
	/* A packet that is logged in one of them alone, and one of which this does not change;
	 * both begin a connection. */
	const char *changed, *other;
	enum semdiff_kind kind;
} loggings[] = {
	{ TABLE("tcp dport 22 drop\n"), TABLE("tcp dport 22 log drop\n"), "dport=22", "dport=23",
		SEMDIFF_RECORDED },
	{ TABLE("tcp dport 22 log accept\n"), TABLE("tcp dport 22 accept\n"), "dport=22",
		"dport=23", SEMDIFF_UNRECORDED },
	/* tests behind it do not matter, those before it do */
	{ TABLE("tcp dport 22 log tcp sport 5 drop\n"),
		TABLE("tcp dport 22 tcp sport 5 log drop\n"), "dport=22 sport=6",
		"dport=22 sport=5", SEMDIFF_UNRECORDED },
	/* who has left before does not come to it */
	{ TABLE("log\n"), TABLE("tcp dport 22 drop\nlog\n"), "dport=22", "dport=23",
		SEMDIFF_UNRECORDED },
	/* by a jump, by a map's verdict; not from a chain that nothing leads to */
	{ JUMPING(""), JUMPING("tcp dport 22 log"), "iif=a dport=22", "iif=c dport=22",
		SEMDIFF_RECORDED },
	{ JUMPING("tcp dport 22 log"), JUMPING(""), "iif=b dport=22", "iif=b dport=23",
		SEMDIFF_UNRECORDED },
	/* in another chain of the hook: only who is not dropped before comes there */
	{ "table inet t { chain c { type filter hook forward priority 0; tcp dport 22 drop\n}\n"
	  "chain e { type filter hook forward priority 1;\n}\n}\n",
		"table inet t { chain c { type filter hook forward priority 0; tcp dport 22 "
		"drop\n}\n"
		"chain e { type filter hook forward priority 1; log\n}\n}\n",
		"dport=23", "dport=22", SEMDIFF_RECORDED },
	/* what may be logged, or not, may be logged */
	{ TABLE("tcp dport 23 limit rate 5/second log\n"),
		TABLE("tcp dport 22-23 limit rate 5/second log\n"), "dport=22", "dport=23",
		SEMDIFF_RECORDED },
};

START_TEST(what_is_logged_differs_where_it_is_logged)
{
	const struct logging *logging = &loggings[_i];
	struct semdiff *diff = diff_rules(logging->before, logging->after);
	enum pkt_world world;
	const struct hdr_packet changed = packet_of(logging->changed, &world),
				other = packet_of(logging->other, &world);

	for (unsigned int kind = 0; kind < SEMDIFF_UNDECIDED; kind++) {
		ck_assert_msg(is_in(diff, kind, world, &changed) == (kind == logging->kind),
			"%s: %s", logging->after, semdiff_kind_name(kind));
		ck_assert_msg(!is_in(diff, kind, world, &other), "%s: %s", logging->after,
			semdiff_kind_name(kind));
	}
	semdiff_free(diff);
}
END_TEST

START_TEST(of_packets_that_fare_otherwise_nothing_is_said_of_logs)
{
	struct snapshot *left = load_rules(TABLE("tcp dport 22 log drop\n")),
			*right = load_rules(TABLE("tcp dport 22 accept\n"));
	const struct semdiff_question quiet = { .before = left, .after = right };
	struct semdiff *diff = diff_of(left, right), *without;
	enum pkt_world world;
	const struct hdr_packet packet = packet_of("dport=22", &world);

	ck_assert_int_eq(semdiff_find(&quiet, &without), 0);
	ck_assert_int_eq(semdiff_result(diff), SEMDIFF_DIFFERS);
	ck_assert(is_in(diff, SEMDIFF_PERMITTED, world, &packet));
	ck_assert(!is_in(diff, SEMDIFF_UNRECORDED, world, &packet));
	ck_assert_uint_gt(without->count, 0);
	ck_assert_uint_eq(without->count, diff->count);
	for (size_t i = 0; i < diff->count; i++)
		ck_assert(diff->items[i].kind != SEMDIFF_UNRECORDED &&
			  diff->items[i].kind != SEMDIFF_RECORDED);
	ck_assert_int_eq(result_of(TABLE("log\nlimit rate 5/second accept\n"),
				 TABLE("limit rate 5/second accept\nlog\n")),
		SEMDIFF_UNKNOWN);
	semdiff_free(diff);
	semdiff_free(without);
	snapshot_free(left);
	snapshot_free(right);
	ck_assert_int_eq(result_of(TABLE("log\n"), TABLE("")), SEMDIFF_LOGS);
}
END_TEST

/* What is not known ---------------------------------------------------------------------------- */

#define LIMITED(rate) TABLE("tcp dport 22 limit rate " rate "/second accept\n")

START_TEST(what_is_not_understood_is_not_decided)
{
	/* The same unknown, in a table that is the same. */
	ck_assert_int_eq(result_of(LIMITED("5"), LIMITED("5")), SEMDIFF_SAME);
	ck_assert_int_eq(result_of(LIMITED("5"), LIMITED("6")), SEMDIFF_UNKNOWN);
	ck_assert_int_eq(result_of(LIMITED("5"), TABLE("tcp dport 22 accept\n")), SEMDIFF_UNKNOWN);
	/* What is known to differ does, whatever else is not known. */
	ck_assert_int_eq(result_of(LIMITED("5"), TABLE("udp dport 22 accept\n")), SEMDIFF_DIFFERS);
}
END_TEST

START_TEST(past_the_budget_nothing_is_said)
{
	struct snapshot *rules_of =
		load_rules(TABLE("ip saddr { 10.0.0.0/9, 10.200.0.0/16, 11.2.0.0/15 } accept\n"));
	struct semdiff_question question = {
		.before = rules_of, .after = rules_of, .budget = { .nodes = 12 }
	};
	struct semdiff *diff;
	struct json json;

	ck_assert_int_eq(semdiff_find(&question, &diff), 0);
	ck_assert_int_eq(diff->worlds[PKT_IPV4].error, -E2BIG);
	ck_assert_int_eq(semdiff_result(diff), SEMDIFF_UNKNOWN);
	ck_assert_uint_eq(diff->count, 0);
	json_init(&json);
	semdiff_write(&json, NULL, diff);
	ck_assert_ptr_nonnull(strstr(json.text, "\"result\":\"unknown\""));
	ck_assert_ptr_nonnull(strstr(json.text, "\"decided\":false"));
	json_clear(&json);
	semdiff_free(diff);
	snapshot_free(rules_of);
}
END_TEST

/* Zones ---------------------------------------------------------------------------------------- */

/* What the kernel has of the city, and what is made of it without one. */
START_TEST(the_city_made_is_the_city_in_the_kernel)
{
	static const char *const roots[] = { "conf" };
	const struct conf_options options = { .roots = roots, .root_count = 1 };
	struct snapshot *made, *read;
	struct ruleset *ruleset;
	struct policy *policy;

	ck_assert_int_eq(conf_read_file(CITY, &options, diags, &policy), 0);
	ck_assert_int_eq(compile_policy(policy, diags, &ruleset), 0);
	apply(ruleset);
	ck_assert_int_eq(nlsnapshot_read(sock, NULL, &read), 0);
	ck_assert_int_eq(snapgen_ruleset(ruleset, &made), 0);
	struct semdiff_question question = {
		.before = made, .after = read, .policy = policy, .logs = true
	};
	struct semdiff *diff;

	ck_assert_int_eq(semdiff_find(&question, &diff), 0);
	ck_assert_int_eq(semdiff_result(diff), SEMDIFF_SAME);
	ck_assert_uint_eq(diff->count, 0);
	semdiff_free(diff);
	snapshot_free(made);
	snapshot_free(read);
	ruleset_free(ruleset);
	policy_free(policy);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("semdiff");
	TCase *tcase = tcase_create("semdiff");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, in_kernel_set_up, in_kernel_tear_down);
	tcase_add_test(tcase, a_rule_turned_over_differs_where_it_decides);
	tcase_add_test(tcase, the_same_in_other_words_is_the_same);
	tcase_add_loop_test(tcase, what_is_logged_differs_where_it_is_logged, 0,
		sizeof(loggings) / sizeof(loggings[0]));
	tcase_add_test(tcase, of_packets_that_fare_otherwise_nothing_is_said_of_logs);
	tcase_add_test(tcase, what_is_not_understood_is_not_decided);
	tcase_add_test(tcase, past_the_budget_nothing_is_said);
	tcase_add_test(tcase, the_city_made_is_the_city_in_the_kernel);
	suite_add_tcase(suite, tcase);
	return suite_run_in_netspace(suite);
}

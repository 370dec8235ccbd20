/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rule sets that are compared one interface after the other: of thousands of rules, or past the
 * budget as a whole. What is found is what is found of all packets at once. (Rules that nothing
 * leads to make a rule set a big one, and change nothing else.)
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/conf.h"
#include "../../lib/semdiff.h"
#include "inkernel.h"
#include "nftload.h"
#include "region.h"
#include "suite.h"
#include "sympacket.h"

#define IDLE_RULES 2001 /* more than are compared at once */

#define TABLE(rules)                                                                               \
	"table inet t { set s { type ifname; elements = { \"eth1\", \"b\" }\n}\n"                  \
	"chain i { type filter hook input priority 0; policy drop;\n"                              \
	"iifname \"eth0\" tcp dport 22 accept\n}\n"                                                \
	"chain o { type filter hook output priority 0; policy drop;\n"                             \
	"oifname \"a\" tcp dport 443 accept\n}\n"                                                  \
	"chain f { type filter hook forward priority 0; policy drop;\n" rules "}\n}\n"

static const char *const pairs[][2] = {
	/* of one interface, of a set of them, of all */
	{ TABLE("iifname \"eth0\" tcp dport 22 accept\n"),
		TABLE("iifname \"eth0\" tcp dport { 22, 80 } accept\n") },
	{ TABLE("iifname @s ip saddr 10.0.0.0/8 accept\niifname \"a\" accept\n"),
		TABLE("iifname @s ip saddr 10.0.0.0/9 accept\niifname \"a\" drop\n") },
	{ TABLE("iifname \"eth0\" drop\ntcp dport 22-80 accept\n"),
		TABLE("iifname \"eth0\" drop\ntcp dport 23-443 accept\n") },
	{ TABLE("tcp dport 22 accept\n"), TABLE("iifname != \"a\" tcp dport 22 accept\n") },
	/* interfaces that only the rules that come name; some by the beginning of their name */
	{ TABLE("tcp dport 22 accept\n"), TABLE("iifname \"zz\" drop\ntcp dport 22 accept\n") },
	{ TABLE("iifname \"eth*\" accept\n"), TABLE("iifname \"e*\" accept\n") },
	/* going out, and what is logged */
	{ TABLE("iifname \"b\" oifname \"a\" accept\n"),
		TABLE("iifname \"b\" oifname { \"a\", \"eth0\" } accept\n") },
	{ TABLE("iifname \"a\" tcp dport 22 log\n"),
		TABLE("iifname { \"a\", \"b\" } tcp dport 80 log\n") },
	/* what is not known */
	{ TABLE("iifname \"a\" tcp dport 22 limit rate 5/second accept\ntcp dport 80 accept\n"),
		TABLE("iifname \"a\" tcp dport 22 limit rate 6/second accept\n") },
};
#define PAIRS (sizeof(pairs) / sizeof(pairs[0]))

static struct policy *zones;

static void set_up(void)
{
	static const char text[] =
		"site = { name = \"town\"; };\n"
		"zones = (\n"
		" { name = \"one\"; kind = \"lgwan\"; segments = (\n"
		"  { name = \"x\"; interface = \"eth0\"; networks = [\"10.1.0.0/24\"]; },\n"
		"  { name = \"y\"; interface = \"eth1\"; networks = [\"10.2.0.0/24\"]; } ); },\n"
		" { name = \"two\"; kind = \"internet\"; segments = (\n"
		"  { name = \"x\"; interface = \"a\"; networks = [\"10.3.0.0/24\"]; } ); } );\n";

	in_kernel_set_up();
	ck_assert_int_eq(conf_parse(text, strlen(text), "zones", diags, &zones), 0);
}

static void tear_down(void)
{
	policy_free(zones);
	in_kernel_tear_down();
}

/* Rules that nothing leads to. The caller owns it. */
static struct snapshot *load_idle(void)
{
	static const char head[] = "table ip idle { chain idle {\n";
	size_t room = sizeof(head) + IDLE_RULES * sizeof("accept\n") + 10, length;
	char *text = malloc(room);

	ck_assert_ptr_nonnull(text);
	length = (size_t)snprintf(text, room, "%s", head);
	for (int i = 0; i < IDLE_RULES; i++)
		length += (size_t)snprintf(text + length, room - length, "accept\n");
	snprintf(text + length, room - length, "}\n}\n");
	struct snapshot *snapshot = load_rules(text);

	ck_assert_uint_eq(snapshot->table_count, 1);
	free(text);
	return snapshot;
}

/* A rule set with these rules beside it. All of it is theirs but the list of tables, to be freed.
 */
static struct snapshot beside(const struct snapshot *snapshot, const struct snapshot *idle)
{
	struct snapshot both = *snapshot;

	both.tables = calloc(snapshot->table_count + 1, sizeof(*both.tables));
	ck_assert_ptr_nonnull(both.tables);
	memcpy(both.tables, snapshot->tables, snapshot->table_count * sizeof(*both.tables));
	both.tables[both.table_count++] = idle->tables[0];
	return both;
}

/* Packets ---------------------------------------------------------------------------------------
 */

static size_t place_of(const struct policy *policy, const char *interface)
{
	for (size_t i = 0; policy && i < policy->zone_count; i++)
		for (size_t k = 0; k < policy->zones[i].segment_count; k++)
			if (strcmp(policy->segments[policy->zones[i].first_segment + k].interface,
				    interface) == 0)
				return i;
	return policy ? ZONESPACE_OTHER(policy) : 1;
}

struct tried {
	const char *in, *out;
	struct hdr_packet packet;
	enum pkt_world world;
	enum semdiff_phase phase;
};

/* Which kinds of items hold it: bits. */
static unsigned int kinds_of(
	const struct semdiff *diff, const struct policy *policy, const struct tried *tried)
{
	unsigned int kinds = 0;

	for (size_t i = 0; i < diff->count; i++) {
		const struct semdiff_item *item = &diff->items[i];

		ck_assert(!item->regions->more);
		if (item->world != tried->world || item->phase != tried->phase ||
			item->from != place_of(policy, tried->in) ||
			item->to != place_of(policy, tried->out))
			continue;
		for (size_t k = 0; k < item->regions->count; k++)
			if (region_meets(&item->regions->regions[k], &tried->packet))
				kinds |= 1u << item->kind;
	}
	return kinds;
}

/* Each packet around the bounds of the rules; how many of them are in any item. */
static unsigned int check_packets(
	const struct semdiff *whole, const struct semdiff *parts, const struct policy *policy)
{
	static const char *const names[] = { "eth0", "eth1", "eth2", "e", "a", "b", "zz", "lan" };
	static const char *const sources[] = { "9.255.255.255", "10.0.0.1", "10.128.0.0",
		"fd00::1" };
	static const unsigned int ports[] = { 21, 22, 23, 79, 80, 81, 443, 444 };
	static const unsigned int states[] = { 8, 2 };
	unsigned int found = 0;

	for (size_t i = 0; i < 8 * 8 * 4 * 8 * 2; i++) {
		struct tried tried = { names[i % 8], names[i / 8 % 8],
			.phase = i / 2048 % 2 ? SEMDIFF_KNOWN : SEMDIFF_NEW };
		char text[200];

		snprintf(text, sizeof(text), "iif=%s oif=%s saddr=%s dport=%u state=%u", tried.in,
			tried.out, sources[i / 64 % 4], ports[i / 256 % 8], states[i / 2048]);
		tried.packet = packet_of(text, &tried.world);
		unsigned int wanted = kinds_of(whole, policy, &tried);

		ck_assert_msg(kinds_of(parts, policy, &tried) == wanted, "%s: %x, not %x", text,
			kinds_of(parts, policy, &tried), wanted);
		found += wanted != 0;
	}
	return found;
}

/* Comparing -------------------------------------------------------------------------------------
 */

static struct semdiff *compare(
	const struct policy *policy, const struct snapshot *before, const struct snapshot *after)
{
	const struct semdiff_question question = {
		.before = before, .after = after, .policy = policy, .logs = true
	};
	struct semdiff *diff;

	ck_assert_int_eq(semdiff_find(&question, &diff), 0);
	ck_assert_int_eq(diff->worlds[PKT_IPV4].error, 0);
	ck_assert_int_eq(diff->worlds[PKT_IPV6].error, 0);
	return diff;
}

/* The same items, whatever regions they are told by. */
static void check_items(const struct semdiff *whole, const struct semdiff *parts)
{
	ck_assert_uint_eq(whole->count, parts->count);
	for (size_t i = 0; i < whole->count; i++) {
		const struct semdiff_item *a = &whole->items[i], *b = &parts->items[i];

		ck_assert_int_eq(a->kind, b->kind);
		ck_assert_int_eq(a->phase, b->phase);
		ck_assert_int_eq(a->world, b->world);
		ck_assert_uint_eq(a->from, b->from);
		ck_assert_uint_eq(a->to, b->to);
	}
	ck_assert_int_eq(semdiff_result(whole), semdiff_result(parts));
}

/* It is enough that one of them is big. */
static void check_pair(const char *const pair[2], const struct snapshot *idle)
{
	struct snapshot *before = load_rules(pair[0]), *after = load_rules(pair[1]);
	struct snapshot big = beside(after, idle);
	const struct policy *policies[] = { NULL, zones };

	for (size_t i = 0; i < 2; i++) {
		struct semdiff *whole = compare(policies[i], before, after);
		struct semdiff *parts = compare(policies[i], before, &big);

		check_items(whole, parts);
		ck_assert_uint_gt(check_packets(whole, parts, policies[i]), 0);
		semdiff_free(whole);
		semdiff_free(parts);
	}
	free(big.tables);
	snapshot_free(before);
	snapshot_free(after);
}

START_TEST(in_parts_is_as_at_once)
{
	struct snapshot *idle = load_idle();

	for (size_t i = 0; i < PAIRS; i++)
		check_pair(pairs[i], idle);
	snapshot_free(idle);
}
END_TEST

/* Of one kind, forwarded, new and IPv4. */
static void put_regions(const struct semdiff *diff, enum semdiff_kind kind, char *text, size_t size)
{
	FILE *out = fmemopen(text, size, "w");

	ck_assert_ptr_nonnull(out);
	for (size_t i = 0; i < diff->count; i++)
		for (size_t k = 0; k < diff->items[i].regions->count; k++) {
			const struct semdiff_item *item = &diff->items[i];

			if (item->kind != kind || item->phase != SEMDIFF_NEW ||
				item->world != PKT_IPV4 || item->from == 0 || item->to == 0)
				continue;
			pktregion_print(out, PKT_IPV4, &item->regions->regions[k]);
			fputs("; ", out);
		}
	fclose(out);
}

/* What is so for all interfaces, or all but some, is told once. */
START_TEST(interfaces_are_joined_again)
{
	static const struct {
		const char *before, *after, *expected;
	} rows[] = {
		{ "tcp dport 22 accept\n", "tcp dport { 22, 80 } accept\n", "* > * tcp 80; " },
		{ "iifname \"eth0\" drop\niifname \"a\" tcp dport 22 accept\n",
			"iifname \"eth0\" drop\ntcp dport 22 accept\n", "!a,eth0 > * tcp 22; " },
		{ "iifname { \"a\", \"b\", \"c\" } tcp dport 22 accept\n",
			"iifname { \"a\", \"b\" } tcp dport { 22, 80 } accept\n",
			"a,b > * tcp 80; " },
	};
	struct snapshot *idle = load_idle();
	char before[1000], after[1000], text[1000];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(before, sizeof(before),
			"table ip t { chain f { type filter hook forward priority 0; policy drop;\n"
			"%s}\n}\n",
			rows[i].before);
		snprintf(after, sizeof(after),
			"table ip t { chain f { type filter hook forward priority 0; policy drop;\n"
			"%s}\n}\n",
			rows[i].after);
		struct snapshot *left = load_rules(before), *right = load_rules(after);
		struct snapshot big = beside(left, idle);
		struct semdiff *diff = compare(NULL, &big, right);

		put_regions(diff, SEMDIFF_PERMITTED, text, sizeof(text));
		ck_assert_str_eq(text, rows[i].expected);
		semdiff_free(diff);
		free(big.tables);
		snapshot_free(left);
		snapshot_free(right);
	}
	snapshot_free(idle);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("semdiffparts");
	TCase *tcase = tcase_create("semdiffparts");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, in_parts_is_as_at_once);
	tcase_add_test(tcase, interfaces_are_joined_again);
	suite_add_tcase(suite, tcase);
	return suite_run_in_netspace(suite);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transactions against the real kernel: that rule sets get there, and what packets have counted
 * stays. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../lib/decode.h"
#include "../../lib/drift.h"
#include "../../lib/flowkey.h"
#include "../../lib/nftprint.h"
#include "../../lib/nftxact.h"
#include "inkernel.h"
#include "netspace.h"
#include "randrules.h"
#include "suite.h"

#define ROUNDS 25

START_TEST(random_rules)
{
	unsigned int seed = random_seed("random_rules");

	for (unsigned int i = 0; i < ROUNDS; i++) {
		struct ruleset *ruleset = random_ruleset(seed + i);

		printf("seed %u\n", seed + i);
		apply(ruleset);
		check_table(ruleset);
		ruleset_free(ruleset);
	}
	netspace_run(0, "nft list ruleset");
}
END_TEST

START_TEST(city)
{
	struct ruleset *ruleset = compile_city();
	const char *listing;

	apply(ruleset);
	apply(ruleset);
	check_table(ruleset);
	listing = netspace_run(0, "nft list ruleset | sed -n '/set active /,/}/p'");
	ck_assert_ptr_nonnull(strstr(listing, "type ifname . ifname . mark"));
	ck_assert_ptr_nonnull(strstr(listing, "\"eno1.120\" . \"eno2.230\" . 0x"));
	listing = netspace_run(0, "nft list chain inet hedate forward");
	ck_assert_ptr_nonnull(strstr(listing, "iifname . oifname . ct mark @active accept"));
	listing = netspace_run(
		0, "nft list ruleset | grep -c 'should\\|unknown expression\\|@th,'; true");
	ck_assert_str_eq(listing, "0\n");
	ruleset_free(ruleset);
}
END_TEST

/* nft loads what nftprint writes, and it is what nftgen writes. */
START_TEST(city_through_nft)
{
	struct ruleset *ruleset = compile_city();
	FILE *pipe = popen("nft -f -", "w");

	ck_assert_ptr_nonnull(pipe);
	ck_assert_int_eq(nftprint(ruleset, pipe), 0);
	ck_assert_int_eq(pclose(pipe), 0);
	check_table(ruleset);
	apply(ruleset);
	check_table(ruleset);
	ruleset_free(ruleset);
}
END_TEST

/* Packets ------------------------------------------------------------------------------------- */

static void send_packets(unsigned int ports, unsigned int each)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	ck_assert_int_ge(fd, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
	for (unsigned int i = 0; i < ports; i++) {
		address.sin_port = htons((uint16_t)(1000 + i));
		for (unsigned int j = 0; j < each; j++)
			(void)sendto(fd, "x", 1, 0, (struct sockaddr *)&address, sizeof(address));
	}
	close(fd);
}

struct totals {
	uint64_t denied, blocked[2], overflow[2];
};

static int add_total(const char *name, struct counter_value value, void *data)
{
	struct totals *totals = data;

	if (strncmp(name, "deny-", 5) == 0)
		totals->denied += value.packets;
	for (unsigned int i = 0; i < 2; i++) {
		if (strcmp(name, i ? "blocked-b" : "blocked-a") == 0)
			totals->blocked[i] = value.packets;
		if (strcmp(name, i ? "overflow-b" : "overflow-a") == 0)
			totals->overflow[i] = value.packets;
	}
	return 0;
}

static struct totals read_totals(void)
{
	struct totals totals = { 0 };

	ck_assert_int_eq(decode_counters(sock, "hedate", add_total, &totals), 0);
	return totals;
}

struct flows {
	size_t count;
	uint64_t packets;
	uint8_t keys[2000][RULESET_KEY_MAX];
	unsigned int key_length;
};

static int add_flow(
	const uint8_t *key, unsigned int key_length, struct counter_value value, void *data)
{
	struct flows *flows = data;

	ck_assert_uint_lt(flows->count, 2000);
	memcpy(flows->keys[flows->count++], key, key_length);
	flows->key_length = key_length;
	flows->packets += value.packets;
	return 0;
}

static struct flows read_flows(unsigned int generation)
{
	struct flows flows = { 0 };
	const char *set = flow_set_name(generation, FLOW_UDP, 0);

	ck_assert_int_eq(decode_elements(sock, "hedate", set, add_flow, &flows), 0);
	return flows;
}

static void check_equation(unsigned int generation)
{
	struct totals totals = read_totals();
	struct flows flows = read_flows(generation);

	ck_assert_uint_eq(totals.blocked[generation], flows.packets + totals.overflow[generation]);
}

/* Counts and flows outlive an apply; the generation in use stays in use. */
START_TEST(counts_are_kept)
{
	struct ruleset *ruleset = compile_blocking();
	struct totals totals;
	struct flows flows;
	unsigned int generation;
	char *comment;

	apply(ruleset);
	send_packets(20, 3);
	totals = read_totals();
	ck_assert_uint_eq(totals.denied, 60);
	ck_assert_uint_eq(totals.blocked[0], 60);
	ck_assert_uint_eq(read_flows(0).count, 20);
	check_equation(0);

	ck_assert_int_eq(nftxact_switch(sock, ruleset, 1, "epoch 2 of x"), 0);
	check_table(ruleset);
	send_packets(5, 1);
	ck_assert_uint_eq(read_totals().blocked[1], 5);
	/* A candidate does not know which generation is in use. */
	ruleset_free(ruleset);
	ruleset = compile_blocking();
	apply(ruleset);
	ck_assert_int_eq(nftxact_generation(sock, &generation, &comment), 0);
	ck_assert_uint_eq(generation, 1);
	ck_assert_str_eq(comment, "epoch 2 of x");
	free(comment);
	send_packets(5, 1);
	totals = read_totals();
	ck_assert_uint_eq(totals.denied, 70);
	ck_assert_uint_eq(totals.blocked[0], 60);
	ck_assert_uint_eq(totals.blocked[1], 10);
	flows = read_flows(0);
	ck_assert_uint_eq(flows.count, 20);
	ck_assert_uint_eq(flows.packets, 60);
	check_equation(0);
	check_equation(1);
	ruleset_free(ruleset);
}
END_TEST

START_TEST(emptying)
{
	struct ruleset *ruleset = compile_blocking();
	struct totals totals;

	apply(ruleset);
	send_packets(300, 2);
	ck_assert_int_eq(nftxact_empty(sock, ruleset, 0), -EBUSY);
	ck_assert_uint_eq(read_totals().blocked[0], 600);
	ck_assert_int_eq(nftxact_switch(sock, ruleset, 1, NULL), 0);
	send_packets(7, 1);
	ck_assert_int_eq(nftxact_empty(sock, ruleset, 1), -EBUSY);
	ck_assert_int_eq(nftxact_empty(sock, ruleset, 0), 0);
	totals = read_totals();
	ck_assert_uint_eq(totals.blocked[0], 0);
	ck_assert_uint_eq(totals.overflow[0], 0);
	ck_assert_uint_eq(totals.blocked[1], 7);
	ck_assert_uint_eq(totals.denied, 607);
	ck_assert_uint_eq(read_flows(0).count, 0);
	check_equation(1);
	check_table(ruleset);
	/* And it counts again. */
	ck_assert_int_eq(nftxact_switch(sock, ruleset, 0, "epoch 3"), 0);
	send_packets(9, 1);
	ck_assert_uint_eq(read_totals().blocked[0], 9);
	ck_assert_uint_eq(read_flows(0).count, 9);
	ruleset_free(ruleset);
}
END_TEST

/* A policy with other paths: those that stay keep their counts of connections. */
static struct set *add_counting(struct ruleset *ruleset, uint8_t first, uint8_t last)
{
	static const enum field_type fields[] = { FIELD_IPV4_ADDR };
	struct set *set =
		ruleset_add_set(ruleset, "counting", SET_COUNTER, fields, 1, FIELD_INVALID);
	struct rule *rules = ruleset_find_chain(ruleset, "output")->rules;
	struct statement *statement;

	ck_assert_ptr_nonnull(set);
	for (uint8_t i = first; i <= last; i++) {
		uint8_t key[4] = { 127, 0, 0, i };

		ck_assert_int_eq(set_add_element(set, key, NULL, 0, 0), 0);
	}
	/* Before the verdict */
	ck_assert_ptr_nonnull(rule_add_statement(&rules[0], STMT_LOOKUP));
	memmove(&rules[0].statements[1], &rules[0].statements[0],
		(rules[0].count - 1) * sizeof(*statement));
	statement = &rules[0].statements[0];
	memset(statement, 0, sizeof(*statement));
	statement->kind = STMT_LOOKUP;
	statement->selectors[0] = SEL_IP_DADDR;
	statement->selector_count = 1;
	statement->name = strdup("counting");
	return set;
}

static int add_counting_element(
	const uint8_t *key, unsigned int key_length, struct counter_value value, void *data)
{
	ck_assert_uint_eq(key_length, 4);
	((uint64_t *)data)[key[3]] = value.packets + 1;
	return 0;
}

START_TEST(counting_sets_are_kept)
{
	struct ruleset *ruleset = compile_blocking();
	uint64_t seen[256] = { 0 };

	add_counting(ruleset, 1, 3);
	apply(ruleset);
	send_packets(4, 2); /* to 127.0.0.2 */
	ruleset_free(ruleset);
	ruleset = compile_blocking();
	add_counting(ruleset, 2, 5);
	apply(ruleset);
	check_table(ruleset);
	ck_assert_int_eq(
		decode_elements(sock, "hedate", "counting", add_counting_element, seen), 0);
	ck_assert_uint_eq(seen[1], 0);
	ck_assert_uint_eq(seen[2], 1 + 8);
	ck_assert_uint_eq(seen[3], 1);
	ck_assert_uint_eq(seen[5], 1);
	/* What others put into it goes. */
	netspace_run(0, "nft 'add element inet hedate counting { 127.0.0.77 }'");
	ck_assert_str_ne(table_differences(ruleset), "");
	apply(ruleset);
	check_table(ruleset);
	send_packets(1, 1);
	memset(seen, 0, sizeof(seen));
	ck_assert_int_eq(
		decode_elements(sock, "hedate", "counting", add_counting_element, seen), 0);
	ck_assert_uint_eq(seen[2], 1 + 9);
	/* Made by others with a limit, it is made anew. */
	ruleset_free(ruleset);
	ruleset = compile_blocking();
	apply(ruleset);
	netspace_run(0, "nft 'add set inet hedate counting { type ipv4_addr; size 2; counter; }'");
	ruleset_free(ruleset);
	ruleset = compile_blocking();
	add_counting(ruleset, 1, 9);
	apply(ruleset);
	check_table(ruleset);
	ruleset_free(ruleset);
}
END_TEST

/* Limits: what is left stays where the numbers stay. */
static struct statement *put_behind(struct rule *rule, size_t index, enum statement_kind kind)
{
	ck_assert_ptr_nonnull(rule_add_statement(rule, kind));
	memmove(&rule->statements[index + 1], &rule->statements[index],
		(rule->count - 1 - index) * sizeof(rule->statements[0]));
	rule->statements[index] = (struct statement){ .kind = kind };
	return &rule->statements[index];
}

/* Of UDP, only what is over the limit is blocked. */
static struct ruleset *compile_limited(const char *name, uint32_t rate, uint32_t burst)
{
	struct ruleset *ruleset = compile_blocking();
	struct chain *chain = ruleset_find_chain(ruleset, "output");
	struct statement *statement = put_behind(&chain->rules[0], 1, STMT_COMPARE);
	struct rule *last = &chain->rules[chain->count - 1];

	statement->selectors[0] = SEL_META_L4PROTO;
	statement->selector_count = 1;
	statement->data[0] = IPPROTO_UDP;
	ck_assert_int_eq(ruleset_add_limit(ruleset, name, rate, 3600, burst), 0);
	put_behind(&chain->rules[0], 2, STMT_LIMIT)->name = strdup(name);
	statement = &last->statements[last->count - 1];
	free(statement->name);
	statement->name = NULL;
	statement->verdict = VERDICT_ACCEPT;
	return ruleset;
}

static uint64_t denied_of(unsigned int packets)
{
	uint64_t before = read_totals().denied;

	send_packets(packets, 1);
	return read_totals().denied - before;
}

START_TEST(limits)
{
	struct ruleset *ruleset = compile_limited("limit-a", 1, 10);

	apply(ruleset);
	check_table(ruleset);
	ck_assert_uint_eq(denied_of(30), 20);
	/* The same numbers: nothing is given back. */
	apply(ruleset);
	ck_assert_uint_eq(denied_of(5), 5);
	ruleset_free(ruleset);
	/* Other numbers: a new bucket. */
	ruleset = compile_limited("limit-a", 1, 3);
	apply(ruleset);
	check_table(ruleset);
	ck_assert_uint_eq(denied_of(5), 2);
	ruleset_free(ruleset);
	ruleset = compile_limited("limit-b", 1, 4);
	apply(ruleset);
	check_table(ruleset);
	ck_assert_uint_eq(denied_of(5), 1);
	ck_assert_str_eq(
		netspace_run(0, "nft list ruleset | grep -A1 'limit.*{' | sed 's/^[ \t]*//'"),
		"limit limit-b {\nrate over 1/hour burst 4 packets\n");
	/* Somebody loosens it. */
	netspace_run(0, "nft 'add limit inet hedate mine { rate over 9/second burst 9 packets; }'");
	ck_assert_ptr_nonnull(strstr(table_differences(ruleset), "limit mine should not be there"));
	apply(ruleset);
	check_table(ruleset);
	ck_assert_uint_eq(denied_of(5), 5);
	ruleset_free(ruleset);
}
END_TEST

/* nft loads limits as nftprint writes them. A limit of another kind is nothing of ours. */
START_TEST(limits_through_nft)
{
	struct ruleset *ruleset = compile_limited("limit-a", 1000000, 1000000);
	FILE *pipe = popen("nft -f -", "w");

	ck_assert_ptr_nonnull(pipe);
	ck_assert_int_eq(nftprint(ruleset, pipe), 0);
	ck_assert_int_eq(pclose(pipe), 0);
	check_table(ruleset);
	netspace_run(0, "nft 'add limit inet hedate mine { rate 9 bytes/second; }'");
	ck_assert_ptr_nonnull(strstr(table_differences(ruleset), "object mine"));
	apply(ruleset);
	check_table(ruleset);
	ruleset_free(ruleset);
}
END_TEST

/* Elements by key: all, some absent, none there, no set. */
START_TEST(known_keys)
{
	struct ruleset *ruleset = compile_blocking();
	const char *set = flow_set_name(0, FLOW_UDP, 0);
	static uint8_t keys[4000][RULESET_KEY_MAX];
	static uint8_t packed[4000 * RULESET_KEY_MAX];
	struct flows all, found = { 0 };
	size_t count = 0;

	apply(ruleset);
	send_packets(1200, 1);
	all = read_flows(0);
	ck_assert_uint_eq(all.count, 1200);
	for (size_t i = 0; i < all.count; i++) {
		memcpy(keys[count++], all.keys[i], all.key_length);
		if (i % 3)
			continue;
		memcpy(keys[count], all.keys[i], all.key_length);
		keys[count++][all.key_length - 4] ^= 0x80; /* a port that nothing was sent to */
	}
	for (size_t i = 0; i < count; i++)
		memcpy(packed + i * all.key_length, keys[i], all.key_length);
	ck_assert_int_eq(
		decode_known(sock, "hedate", set, packed, all.key_length, count, add_flow, &found),
		0);
	ck_assert_uint_eq(found.count, all.count);
	ck_assert_uint_eq(found.packets, all.packets);
	ck_assert_int_eq(memcmp(found.keys, all.keys, all.count * sizeof(all.keys[0])), 0);

	found.count = 0;
	set = flow_set_name(1, FLOW_UDP, 0);
	ck_assert_int_eq(
		decode_known(sock, "hedate", set, packed, all.key_length, 100, add_flow, &found),
		0);
	ck_assert_uint_eq(found.count, 0);
	ck_assert_int_eq(decode_known(sock, "hedate", "no-such-set", packed, all.key_length, 100,
				 add_flow, &found),
		-ENOENT);
	ck_assert_int_eq(decode_elements(sock, "hedate", "no-such-set", add_flow, &found), -ENOENT);
	ck_assert_int_eq(decode_counters(sock, "no-such-table", add_total, &found), -ENOENT);
	ruleset_free(ruleset);
}
END_TEST

/* As large as a policy may be: the elements are read back by their keys. */
START_TEST(large_set)
{
	struct ruleset *ruleset = compile_blocking();
	enum field_type fields[] = { FIELD_IFNAME, FIELD_IFNAME, FIELD_MARK };
	struct set *set = ruleset_add_set(ruleset, "large", 0, fields, 3, FIELD_INVALID);

	for (uint32_t i = 0; i < 200001; i++) {
		uint8_t key[RULESET_KEY_MAX];
		unsigned int offset = 0;

		key_put_ifname(key, &offset, "eno1.120");
		key_put_ifname(key, &offset, i % 2 ? "eno2" : "eno3");
		key_put_mark(key, &offset, i * 2654435761u);
		ck_assert_int_eq(set_add_element(set, key, NULL, 0, 0), 0);
	}
	apply(ruleset);
	/* One is changed for another: as many as before, but not the same. */
	netspace_run(0, "nft 'delete element inet hedate large { eno1.120 . eno3 . 0 };"
			"add element inet hedate large { eno1.120 . eno3 . 1 }'");
	struct ruleset *actual;
	uint32_t generation;
	size_t count;

	ck_assert_int_eq(decode_table(sock, "hedate", ruleset, &actual, &generation), 0);
	ck_assert_int_eq(drift_compare(ruleset, actual, NULL, NULL, &count), 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(ruleset_find_set(actual, "large")->count, 200001);
	ruleset_free(actual);
	ruleset_free(ruleset);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("nftxact");
	TCase *test = tcase_create("nftxact");

	tcase_set_timeout(test, 120);
	tcase_add_checked_fixture(test, in_kernel_set_up, in_kernel_tear_down);
	suite_add_tcase(suite, test);
	if (getenv("HEDATE_MISSING")) {
		return suite;
	}
	tcase_add_test(test, random_rules);
	tcase_add_test(test, city);
	tcase_add_test(test, city_through_nft);
	tcase_add_test(test, counts_are_kept);
	tcase_add_test(test, emptying);
	tcase_add_test(test, counting_sets_are_kept);
	tcase_add_test(test, limits);
	tcase_add_test(test, limits_through_nft);
	tcase_add_test(test, known_keys);
	tcase_add_test(test, large_set);
	return suite;
}

int main(void)
{
	return suite_run_in_netspace(suite());
}

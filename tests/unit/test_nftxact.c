/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transactions, in a network namespace of their own, against the real kernel. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../lib/compile.h"
#include "../../lib/conf.h"
#include "../../lib/decode.h"
#include "../../lib/drift.h"
#include "../../lib/flowkey.h"
#include "../../lib/nftgen.h"
#include "../../lib/nftprint.h"
#include "../../lib/nftxact.h"
#include "netspace.h"
#include "randrules.h"

#define ROUNDS 25
#define CITY   "conf/aobano.conf"

static struct nlsock *sock;
static struct diag_list *diags;

static void set_up(void)
{
	netspace_enter();
	ck_assert_int_eq(nlsock_open(&sock), 0);
	ck_assert_int_eq(diag_list_new(&diags), 0);
}

static void tear_down(void)
{
	nlsock_close(sock);
	diag_list_free(diags);
}

static void show_diags(void)
{
	diag_list_print(diags, stdout, false);
	fflush(stdout);
}

static int add_difference(const char *text, void *data)
{
	fprintf(data, "%s\n", text);
	return 0;
}

/* How the table differs from what it should be; "" when it does not. */
static const char *table_differences(struct ruleset *expected)
{
	static char text[20000];
	FILE *out = fmemopen(text, sizeof(text), "w");
	struct ruleset *actual;
	uint32_t generation;
	size_t count;

	memset(text, 0, sizeof(text));
	ruleset_sort(expected);
	ck_assert_int_eq(decode_table(sock, "hedate", NULL, &actual, &generation), 0);
	ck_assert_int_eq(drift_compare(expected, actual, add_difference, out, &count), 0);
	fclose(out);
	ck_assert_int_eq(count > 0, text[0] != '\0');
	ruleset_free(actual);
	return text;
}

static void check_table(struct ruleset *expected)
{
	ck_assert_str_eq(table_differences(expected), "");
}

static void apply(struct ruleset *ruleset)
{
	int error = nftxact_apply(sock, ruleset, CITY, diags);

	if (error)
		show_diags();
	ck_assert_int_eq(error, 0);
	ck_assert_uint_eq(diag_list_length(diags), 0);
}

static struct ruleset *compile_city(void)
{
	struct ruleset *ruleset;
	struct policy *policy;
	int error = conf_read_file(CITY, diags, &policy);

	if (error == 0)
		error = compile_policy(policy, diags, &ruleset);
	show_diags();
	ck_assert_int_eq(error, 0);
	policy_free(policy);
	return ruleset;
}

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

/* Packets from here to 127.0.0.2 leave by lo, which every rule set accepts in its first rule of
 * chain output: block them there. */
static struct ruleset *compile_blocking(void)
{
	struct ruleset *ruleset;
	struct statement *verdict;
	struct chain *chain;

	ck_assert_int_eq(compile_closed(&ruleset), 0);
	chain = ruleset_find_chain(ruleset, "output");
	ck_assert_ptr_nonnull(chain);
	verdict = &chain->rules[0].statements[chain->rules[0].count - 1];
	ck_assert_int_eq(verdict->kind, STMT_VERDICT);
	ck_assert_int_eq(verdict->verdict, VERDICT_ACCEPT);
	verdict->verdict = VERDICT_GOTO;
	verdict->name = strdup("deny-output-gateway-unknown");
	ck_assert_ptr_nonnull(ruleset_find_chain(ruleset, verdict->name));
	return ruleset;
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
	struct statement *statement = rule_add_statement(&rules[0], STMT_LOOKUP);

	ck_assert_ptr_nonnull(set);
	for (uint8_t i = first; i <= last; i++) {
		uint8_t key[4] = { 127, 0, 0, i };

		ck_assert_int_eq(set_add_element(set, key, NULL, 0, 0), 0);
	}
	/* Before the verdict */
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

/* Tables of others ------------------------------------------------------------------------------
 */

static void replaces(const char *command)
{
	struct ruleset *ruleset;

	ck_assert_int_eq(compile_closed(&ruleset), 0);
	netspace_run(0, command);
	apply(ruleset);
	check_table(ruleset);
	ruleset_free(ruleset);
}

#define FRESH "nft delete table inet hedate; nft add table inet hedate; "

START_TEST(foreign_tables)
{
	replaces("nft add table inet hedate");
	replaces("nft add table inet hedate '{ flags dormant; }'");
	/* Base chains elsewhere, of another type, with names of ours and without. */
	replaces(FRESH
		"nft 'add chain inet hedate forward { type filter hook forward priority 5; }'");
	replaces(FRESH
		"nft 'add chain inet hedate forward { type nat hook postrouting priority 5; }'");
	replaces(
		FRESH "nft 'add chain inet hedate forward'; nft add rule inet hedate forward drop");
	replaces("nft 'add chain inet hedate leak { type filter hook forward priority -9; }';"
		 "nft add rule inet hedate leak accept");
	/* Sets that we could not even describe, and objects that are no counters. */
	replaces("nft 'add set inet hedate s { type ipv4_addr; flags timeout; timeout 9s; }'");
	replaces("nft 'add map inet hedate m { type time : verdict; }'");
	replaces("nft 'add quota inet hedate q { 10 mbytes }'");
	replaces("nft 'add rule inet hedate forward limit rate 5/second accept'");
	replaces("nft 'insert rule inet hedate forward ip saddr { 10.0.0.1, 10.0.0.2 } accept'");
	replaces("nft 'chain inet hedate forward { policy accept; }'");
}
END_TEST

/* What others change must be found, and named. */
START_TEST(foreign_changes)
{
	static const struct {
		const char *command, *expected;
	} changes[] = {
		{ "nft insert rule inet hedate forward accept", "chain forward: rule 1 differs" },
		{ "nft add rule inet hedate permitted accept",
			"chain permitted: rule 3 should not be there: accept" },
		{ "nft add chain inet hedate mine", "chain mine should not be there" },
		{ "nft flush chain inet hedate forward", "chain forward: rule 1 is missing" },
		{ "nft 'chain inet hedate forward { policy accept; }'",
			"chain forward: its policy is accept" },
		{ "nft 'add table inet hedate { flags dormant; }'", "dormant" },
		{ "nft 'add set inet hedate s { type mark; }'", "set s should not be there" },
		{ "nft 'add set inet hedate t { type mark; flags timeout; }'",
			"not known to this version: set t" },
		{ "nft 'add quota inet hedate q { 10 mbytes }'",
			"not known to this version: object q" },
		{ "nft 'delete element inet hedate ingress { \"lo\" }'",
			"set ingress: 1 elements are missing" },
		{ "nft 'delete element inet hedate ingress { \"lo\" };"
		  "add element inet hedate ingress { \"lo\" : drop }'",
			"set ingress: 0 elements are missing, 0 should not be there, 1 have" },
		{ "nft 'insert rule inet hedate permitted limit rate 5/second accept'", "<limit>" },
	};
	struct ruleset *ruleset = compile_city();

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const char *text;

		apply(ruleset);
		check_table(ruleset);
		netspace_run(0, changes[i].command);
		text = table_differences(ruleset);
		ck_assert_msg(strstr(text, changes[i].expected) != NULL, "\"%s\" is not in: %s",
			changes[i].expected, text);
	}
	apply(ruleset);
	/* Sets that packets do not fill are as large as they may be. */
	ck_assert_ptr_nonnull(strstr(
		netspace_run(1, "nft 'add element inet hedate ingress { \"eth7\" : accept }'"),
		"Error"));
	check_table(ruleset);
	ruleset_free(ruleset);
}
END_TEST

/* Somebody else changes the kernel's rules all the time, in tables of their own: transactions are
 * begun again until one comes through, or say that they cannot. */
START_TEST(others_are_busy)
{
	struct ruleset *ruleset = compile_blocking();
	unsigned int done = 0, busy = 0;
	pid_t child = fork();

	if (child == 0) {
		execlp("sh", "sh", "-c",
			"while :; do nft add table ip other; nft delete table ip other; done",
			NULL);
		_exit(1);
	}
	ck_assert_int_gt(child, 0);
	for (unsigned int i = 0; i < 40; i++) {
		int error = nftxact_apply(sock, ruleset, CITY, diags);

		if (error == 0)
			error = nftxact_switch(sock, ruleset, i & 1, "epoch");
		if (error == 0)
			error = nftxact_empty(sock, ruleset, (i & 1) ^ 1);
		ck_assert_msg(error == 0 || error == -EAGAIN, "%s", strerror(-error));
		done += error == 0;
		busy += error != 0;
	}
	kill(child, SIGKILL);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	printf("others_are_busy: %u done, %u gave up\n", done, busy);
	ck_assert_uint_gt(done, 0);
	check_table(ruleset);
	ruleset_free(ruleset);
}
END_TEST

/* Somebody else puts a rule into our table between commit and read-back: found there. */
START_TEST(read_back_differs)
{
	struct ruleset *ruleset = compile_blocking();
	int error = 0;
	pid_t child = fork();

	if (child == 0) {
		execlp("sh", "sh", "-c",
			"while :; do nft insert rule inet hedate forward accept; done", NULL);
		_exit(1);
	}
	ck_assert_int_gt(child, 0);
	for (unsigned int i = 0; i < 2000 && error != -EILSEQ; i++) {
		error = nftxact_apply(sock, ruleset, CITY, diags);
		ck_assert_msg(
			error == 0 || error == -EILSEQ || error == -EAGAIN, "%s", strerror(-error));
	}
	kill(child, SIGKILL);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	ck_assert_int_eq(error, -EILSEQ);
	show_diags();
	ruleset_free(ruleset);
}
END_TEST

/* Refusals ----------------------------------------------------------------------------------------
 */

/* What was in the kernel is there afterwards. */
static void is_refused(struct ruleset *ruleset, int expected, const char *text, unsigned int line)
{
	struct ruleset *before = compile_blocking();
	const struct diag *diag;
	bool found = false;

	apply(before);
	ck_assert_int_eq(nftxact_apply(sock, ruleset, CITY, diags), expected);
	show_diags();
	for (size_t i = 0; i < diag_list_length(diags); i++) {
		diag = diag_list_get(diags, i);
		found |= strstr(diag->message, text) != NULL && diag->loc.line == line;
	}
	ck_assert_msg(found, "no diagnostic in line %u says \"%s\"", line, text);
	check_table(before);
	ruleset_free(before);
	diag_list_free(diags);
	ck_assert_int_eq(diag_list_new(&diags), 0);
}

static struct rule *add_rule(struct ruleset *ruleset, const char *chain, unsigned int line)
{
	struct rule *rule = chain_add_rule(ruleset_find_chain(ruleset, chain));

	ck_assert_ptr_nonnull(rule);
	rule->line = line;
	return rule;
}

START_TEST(refused_circle)
{
	struct ruleset *ruleset = compile_blocking();
	struct statement *statement;

	ck_assert_ptr_nonnull(ruleset_add_chain(ruleset, "circle"));
	for (unsigned int i = 0; i < 2; i++) {
		statement = rule_add_statement(
			add_rule(ruleset, i ? "circle" : "output", 12), STMT_VERDICT);
		statement->verdict = VERDICT_JUMP;
		statement->name = strdup("circle");
	}
	is_refused(ruleset, -EINVAL, "the kernel refuses", 12);
	ruleset_free(ruleset);
}
END_TEST

START_TEST(refused_twice_in_set)
{
	struct ruleset *ruleset = compile_blocking();
	enum field_type fields[] = { FIELD_IPV4_ADDR, FIELD_INET_SERVICE };
	struct set *set = ruleset_add_set(ruleset, "hosts", 0, fields, 2, FIELD_INVALID);
	uint8_t key[RULESET_KEY_MAX] = { 0 };

	for (unsigned int i = 0; i < 3000; i++) {
		unsigned int offset = 0, number = i == 2700 ? 2699 : i;

		key_put(key, &offset, FIELD_IPV4_ADDR, &(uint32_t){ htonl(number) });
		key_put_be16(key, &offset, FIELD_INET_SERVICE, 443);
		ck_assert_int_eq(set_add_element(set, key, NULL, 0, 100 + i), 0);
	}
	/* The second of two equal elements is refused; they were sorted, so it is the next one. */
	is_refused(ruleset, -EINVAL, "element 2701 of set hosts", 2800);
	ruleset_free(ruleset);
}
END_TEST

START_TEST(refused_overlap)
{
	struct ruleset *ruleset = compile_blocking();
	enum field_type fields[] = { FIELD_IPV4_ADDR, FIELD_INET_SERVICE };
	struct set *set =
		ruleset_add_set(ruleset, "ranges", SET_INTERVAL, fields, 2, FIELD_INVALID);
	uint8_t key[8] = { 10, 0, 0, 0, 0, 80 }, end[8] = { 10, 0, 0, 9, 0, 90 };

	ck_assert_int_eq(set_add_element(set, key, end, 0, 31), 0);
	key[3] = 5;
	end[3] = 20;
	ck_assert_int_eq(set_add_element(set, key, end, 0, 32), 0);
	is_refused(ruleset, -EINVAL, "element 2 of set ranges", 32);
	ruleset_free(ruleset);
}
END_TEST

START_TEST(refused_by_ourselves)
{
	struct ruleset *ruleset = compile_blocking();
	struct statement *statement =
		rule_add_statement(add_rule(ruleset, "output", 12), STMT_LOOKUP);

	statement->name = strdup("no-such-set");
	is_refused(ruleset, -EINVAL, "writing rule 3 of chain output", 12);
	ruleset_free(ruleset);
}
END_TEST

START_TEST(without_capability)
{
	struct ruleset *ruleset = compile_blocking(), *actual;
	unsigned int generation;
	uint32_t kernel;
	char *comment;

	apply(ruleset);
	ck_assert_int_eq(setuid(65534), 0);
	ck_assert_int_eq(nlsock_generation(sock, &kernel), -EPERM);
	ck_assert_int_eq(nftxact_apply(sock, ruleset, CITY, diags), -EPERM);
	ck_assert_ptr_nonnull(strstr(diag_list_get(diags, 0)->fix, "CAP_NET_ADMIN"));
	ck_assert_int_eq(nftxact_switch(sock, ruleset, 1, NULL), -EPERM);
	ck_assert_int_eq(nftxact_empty(sock, ruleset, 1), -EPERM);
	ck_assert_int_eq(nftxact_generation(sock, &generation, &comment), -EPERM);
	ck_assert_int_eq(decode_table(sock, "hedate", NULL, &actual, &kernel), -EPERM);
	ruleset_free(ruleset);
}
END_TEST

/* A table that another program has made its own. */
START_TEST(owned_table)
{
	struct ruleset *ruleset = compile_blocking();
	FILE *owner = popen("nft -i >/dev/null", "w");
	unsigned int tries = 0;
	uint32_t kernel, before;

	ck_assert_ptr_nonnull(owner);
	ck_assert_int_eq(nlsock_generation(sock, &before), 0);
	fputs("add table inet hedate { flags owner; }\n", owner);
	fflush(owner);
	do {
		usleep(10000);
		ck_assert_int_eq(nlsock_generation(sock, &kernel), 0);
	} while (kernel == before && tries++ < 500);
	ck_assert_int_eq(nftxact_apply(sock, ruleset, CITY, diags), -EPERM);
	ck_assert_uint_eq(diag_list_length(diags), 1);
	ck_assert_ptr_nonnull(strstr(diag_list_get(diags, 0)->fix, "flags owner"));
	pclose(owner);
	ruleset_free(ruleset);
}
END_TEST

/* On a kernel that was robbed of a module (tests/vm/run): which one is said. */
START_TEST(missing)
{
	struct ruleset *ruleset = compile_city();
	const char *name = getenv("HEDATE_MISSING");
	const struct diag *diag;

	ck_assert_int_eq(nftxact_apply(sock, ruleset, CITY, diags), -EOPNOTSUPP);
	show_diags();
	ck_assert_uint_eq(diag_list_length(diags), 1);
	diag = diag_list_get(diags, 0);
	ck_assert_ptr_nonnull(strstr(diag->message, name));
	ck_assert_ptr_nonnull(diag->fix);
	ck_assert_ptr_nonnull(strstr(diag->fix, "load"));
	ruleset_free(ruleset);
}
END_TEST

START_TEST(without_table)
{
	struct ruleset *ruleset = compile_blocking();
	unsigned int generation;
	char *comment;

	ck_assert_int_eq(nftxact_generation(sock, &generation, &comment), -ENOENT);
	ck_assert_int_eq(nftxact_switch(sock, ruleset, 1, "epoch 9"), -ENOENT);
	ck_assert_int_eq(nftxact_empty(sock, ruleset, 1), -ENOENT);
	/* A switch that failed left the rule set as it was. */
	apply(ruleset);
	ck_assert_int_eq(nftxact_generation(sock, &generation, &comment), 0);
	ck_assert_uint_eq(generation, 0);
	ck_assert_ptr_null(comment);
	netspace_run(0, "nft flush chain inet hedate blocked");
	ck_assert_int_eq(nftxact_generation(sock, &generation, &comment), -ENOENT);
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
	tcase_add_checked_fixture(test, set_up, tear_down);
	suite_add_tcase(suite, test);
	if (getenv("HEDATE_MISSING")) {
		tcase_add_test(test, missing);
		return suite;
	}
	tcase_add_test(test, random_rules);
	tcase_add_test(test, city);
	tcase_add_test(test, city_through_nft);
	tcase_add_test(test, counts_are_kept);
	tcase_add_test(test, emptying);
	tcase_add_test(test, counting_sets_are_kept);
	tcase_add_test(test, known_keys);
	tcase_add_test(test, foreign_tables);
	tcase_add_test(test, foreign_changes);
	tcase_add_test(test, others_are_busy);
	tcase_add_test(test, read_back_differs);
	tcase_add_test(test, refused_circle);
	tcase_add_test(test, refused_twice_in_set);
	tcase_add_test(test, refused_overlap);
	tcase_add_test(test, refused_by_ourselves);
	tcase_add_test(test, without_capability);
	tcase_add_test(test, owned_table);
	tcase_add_test(test, without_table);
	tcase_add_test(test, large_set);
	return suite;
}

int main(void)
{
	SRunner *runner;
	int failed;

	if (!netspace_allowed())
		return 77;
	runner = srunner_create(suite());
	/* Each test in a process of its own: it enters a namespace, and may give up its rights. */
	srunner_set_fork_status(runner, CK_FORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

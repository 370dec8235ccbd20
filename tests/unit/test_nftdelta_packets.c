/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets in the instant of a commit: what both rule sets permit is never dropped. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../lib/decode.h"
#include "../../lib/nftxact.h"
#include "inkernel.h"
#include "netspace.h"
#include "suite.h"

#define CHANGES	     200
#define PACKETS	     20000
#define RULES_BEFORE 400

static void add_sets(struct ruleset *ruleset, uint8_t other)
{
	static const enum field_type fields[] = { FIELD_IPV4_ADDR };
	struct set *map = ruleset_add_set(ruleset, "kept", SET_MAP, fields, 1, FIELD_MARK);
	const uint8_t here[4] = { 127, 0, 0, 2 }, there[4] = { 127, 0, 1, other };

	ck_assert_ptr_nonnull(map);
	ck_assert_int_eq(set_add_element(map, here, NULL, 7, 0), 0);
	ck_assert_int_eq(set_add_element(map, there, NULL, 8, 0), 0);
}

static struct statement *add_statement(
	struct rule *rule, enum statement_kind kind, const char *name)
{
	struct statement *statement = rule_add_statement(rule, kind);

	ck_assert_ptr_nonnull(statement);
	statement->name = name ? strdup(name) : NULL;
	return statement;
}

/* A rule that matches nothing: most packets that a commit meets are in front of the map. */
static void add_delay(struct chain *chain)
{
	struct rule *rule = chain_add_rule(chain);
	struct statement *statement = add_statement(rule, STMT_COMPARE, NULL);

	statement->selectors[0] = SEL_IP_DADDR;
	statement->selector_count = 1;
	memset(statement->data, 9, 4);
	statement = add_statement(rule, STMT_VERDICT, NULL);
	statement->verdict = VERDICT_DROP;
}

/* Packets to 127.0.0.2 are permitted by an element that every such rule set has; all others are
 * counted. */
static struct ruleset *permit_by_map(uint8_t other)
{
	struct ruleset *ruleset;
	struct statement *statement;
	struct chain *chain;
	struct rule *rule;

	ck_assert_int_eq(ruleset_new("hedate", &ruleset), 0);
	ck_assert_int_eq(ruleset_add_counter(ruleset, "dropped"), 0);
	ck_assert_int_eq(ruleset_add_counter(ruleset, "passed"), 0);
	add_sets(ruleset, other);
	chain = ruleset_add_chain(ruleset, "output");
	chain->hook = HOOK_OUTPUT;
	for (unsigned int i = 0; i < RULES_BEFORE; i++)
		add_delay(chain);
	rule = chain_add_rule(chain);
	statement = add_statement(rule, STMT_CT_MARK_MAP, "kept");
	statement->selectors[0] = SEL_IP_DADDR;
	statement->selector_count = 1;
	(void)add_statement(rule, STMT_COUNTER, "passed");
	statement = add_statement(rule, STMT_VERDICT, NULL);
	statement->verdict = VERDICT_ACCEPT;
	rule = chain_add_rule(chain);
	(void)add_statement(rule, STMT_COUNTER, "dropped");
	statement = add_statement(rule, STMT_VERDICT, NULL);
	statement->verdict = VERDICT_DROP;
	return ruleset;
}

/* Nobody reads what arrives, but it arrives: no ICMP error goes back. */
static int receiver(struct sockaddr_in *ret_address)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	*ret_address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(9) };
	ret_address->sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)ret_address, sizeof(*ret_address)), 0);
	return fd;
}

/* From one port after the other: each 64 packets are a new connection. */
static pid_t send_for_ever(const struct sockaddr_in *address)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	for (;;) {
		int fd = socket(AF_INET, SOCK_DGRAM, 0);

		for (int i = 0; i < 64; i++)
			(void)sendto(
				fd, "x", 1, 0, (const struct sockaddr *)address, sizeof(*address));
		close(fd);
	}
}

static int add_count(const char *name, struct counter_value value, void *data)
{
	((uint64_t *)data)[strcmp(name, "passed") == 0] = value.packets;
	return 0;
}

START_TEST(packets_meanwhile)
{
	struct ruleset *rulesets[2] = { permit_by_map(1), permit_by_map(2) };
	uint64_t counts[2] = { 0 };
	struct sockaddr_in address;
	int fd = receiver(&address);
	pid_t sender;

	apply(rulesets[0]);
	sender = send_for_ever(&address);
	for (unsigned int i = 1; i <= CHANGES || counts[1] < PACKETS; i++) {
		struct ruleset *old = rulesets[i % 2 ^ 1], *next = rulesets[i % 2];
		int error = nftxact_change(sock, old, next, CITY, diags);

		if (error < 0 || decode_counters(sock, "hedate", add_count, counts) < 0)
			break;
	}
	kill(sender, SIGKILL);
	ck_assert_int_eq(waitpid(sender, NULL, 0), sender);
	show_diags();
	ck_assert_int_eq(decode_counters(sock, "hedate", add_count, counts), 0);
	printf("%llu packets, %llu dropped\n", (unsigned long long)counts[1],
		(unsigned long long)counts[0]);
	ck_assert_uint_gt(counts[1], 0);
	ck_assert_uint_eq(counts[0], 0);
	close(fd);
	ruleset_free(rulesets[0]);
	ruleset_free(rulesets[1]);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("nftdelta_packets");
	TCase *test = tcase_create("nftdelta_packets");

	tcase_set_timeout(test, 120);
	tcase_add_checked_fixture(test, in_kernel_set_up, in_kernel_tear_down);
	suite_add_tcase(suite, test);
	if (getenv("HEDATE_MISSING"))
		return suite;
	tcase_add_test(test, packets_meanwhile);
	return suite;
}

int main(void)
{
	return suite_run_in_netspace(suite());
}

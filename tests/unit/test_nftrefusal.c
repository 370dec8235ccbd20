/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transactions that find something else than expected: tables of others, changes meanwhile, rule
 * sets that the kernel refuses, rights and modules that are missing. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../lib/compile.h"
#include "../../lib/decode.h"
#include "../../lib/nftgen.h"
#include "../../lib/nftxact.h"
#include "inkernel.h"
#include "netspace.h"
#include "suite.h"

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
		{ "nft 'add set inet hedate t { type mark; timeout 1h; }'",
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

/* Changes faster than a rule set can be written: given up, nothing changed. */
static void change_all_the_time(void)
{
	struct ruleset *other;
	struct nlsock *own;
	size_t length, count;
	const void *bytes;
	uint32_t last;

	if (nlsock_open(&own) < 0 || ruleset_new("other", &other) < 0)
		_exit(1);
	for (;;) {
		struct nlsock_error errors[1];
		struct nftgen *batch;

		if (nftgen_new(own, 0, &batch) < 0 || nftgen_add_table(batch, other) < 0 ||
			nftgen_delete_table(batch, "other") < 0 ||
			nftgen_finish(batch, &bytes, &length, &last) < 0 ||
			nlsock_batch(own, bytes, length, last, errors, 1, &count) < 0)
			_exit(1);
		nftgen_free(batch);
	}
}

START_TEST(others_are_too_busy)
{
	struct ruleset *rulesets[2] = { compile_blocking(), compile_city() };
	unsigned int in_place = 0, tries = 0;
	int error;
	pid_t child;

	apply(rulesets[0]);
	child = fork();
	if (child == 0)
		change_all_the_time();
	ck_assert_int_gt(child, 0);
	usleep(100000);
	/* Where processors are few, one may come through, if only so far that it cannot be read
	 * back. */
	do {
		diag_list_free(diags);
		ck_assert_int_eq(diag_list_new(&diags), 0);
		error = nftxact_apply(sock, rulesets[in_place ^ 1], CITY, diags);
		if (error == 0 || error == -EILSEQ)
			in_place ^= 1;
		ck_assert_uint_lt(tries++, 1000);
	} while (error == 0 || error == -EILSEQ);
	kill(child, SIGKILL);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	show_diags();
	ck_assert_int_eq(error, -EAGAIN);
	ck_assert_uint_eq(diag_list_length(diags), 1);
	check_table(rulesets[in_place]);
	ruleset_free(rulesets[0]);
	ruleset_free(rulesets[1]);
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

	ck_assert_ptr_nonnull(name);
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

static Suite *suite(void)
{
	Suite *suite = suite_create("nftrefusal");
	TCase *test = tcase_create("nftrefusal");

	tcase_set_timeout(test, 120);
	tcase_add_checked_fixture(test, in_kernel_set_up, in_kernel_tear_down);
	suite_add_tcase(suite, test);
	if (getenv("HEDATE_MISSING")) {
		tcase_add_test(test, missing);
		return suite;
	}
	tcase_add_test(test, foreign_tables);
	tcase_add_test(test, foreign_changes);
	tcase_add_test(test, others_are_busy);
	tcase_add_test(test, others_are_too_busy);
	tcase_add_test(test, read_back_differs);
	tcase_add_test(test, refused_circle);
	tcase_add_test(test, refused_twice_in_set);
	tcase_add_test(test, refused_overlap);
	tcase_add_test(test, refused_by_ourselves);
	tcase_add_test(test, without_capability);
	tcase_add_test(test, owned_table);
	tcase_add_test(test, without_table);
	return suite;
}

int main(void)
{
	return suite_run_in_netspace(suite());
}

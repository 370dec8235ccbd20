/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From one rule set to another by what differs, against the real kernel: the second is there
 * afterwards, what both have was never gone, and what is not as it was left is replaced. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/compile.h"
#include "../../lib/decode.h"
#include "../../lib/nftdelta.h"
#include "../../lib/nftxact.h"
#include "inkernel.h"
#include "netspace.h"
#include "randrules.h"
#include "suite.h"

#define PAIRS 30

/* Random rule sets ---------------------------------------------------------------------------- */

static unsigned int pick(unsigned int *state, size_t below)
{
	return (unsigned int)rand_r(state) % (unsigned int)below;
}

static void remove_element(struct set *set, size_t index)
{
	uint8_t *at = set->elements + index * set->stride;

	set->count--;
	memmove(at, at + set->stride, (set->count - index) * set->stride);
	if (set->lines)
		memmove(set->lines + index, set->lines + index + 1,
			(set->count - index) * sizeof(set->lines[0]));
}

/* As many elements as the other, but not the same ones; and another value of one. */
static void change_set(struct set *set, struct set *other, unsigned int *state)
{
	if (set->flags & SET_DYNAMIC) {
		set->size += pick(state, 2);
		return;
	}
	if (set->count < 2 || pick(state, 3) == 0)
		return;
	/* The kernel takes such a map apart in time that grows with its square. */
	if (set->flags & SET_INTERVAL && set->value == FIELD_VERDICT && set->count > 100)
		return;
	remove_element(set, 0);
	remove_element(other, other->count - 1);
	if (set->value == FIELD_MARK)
		set->elements[pick(state, set->count) * set->stride + set->stride - 1] ^= 1;
	if (pick(state, 4) == 0)
		remove_element(set, pick(state, set->count));
}

static void change_chain(struct chain *chain, unsigned int *state)
{
	if (chain->hook != HOOK_NONE)
		chain->policy_drop = pick(state, 2);
	if (chain->count == 0 || pick(state, 2))
		return;
	struct rule *rule = &chain->rules[pick(state, chain->count)];

	free(rule->comment);
	rule->comment = pick(state, 2) ? strdup("another comment") : NULL;
}

static void change_limits(struct ruleset *ruleset, unsigned int *state)
{
	for (size_t i = 0; i < ruleset->limit_count; i++)
		ruleset->limits[i].rate += pick(state, 2);
}

/* Two rule sets that have much in common. */
static void make_pair(unsigned int seed, struct ruleset *pair[2])
{
	unsigned int state = seed;

	pair[0] = random_ruleset(seed);
	pair[1] = random_ruleset(seed);
	for (size_t i = 0; i < pair[0]->set_count; i++)
		change_set(&pair[1]->sets[i], &pair[0]->sets[i], &state);
	for (size_t i = 0; i < pair[0]->chain_count; i++)
		change_chain(&pair[1]->chains[i], &state);
	change_limits(pair[1], &state);
	ck_assert_int_eq(ruleset_add_counter(pair[1], "deny-no-path-b-a"), 0);
}

/* Nothing but the difference is sent: no other way is taken when the kernel refuses. */
static void send_difference(
	const struct ruleset *old, const struct ruleset *next, const struct strmap *counters)
{
	struct nlsock_error errors[8];
	struct nftdelta *delta;
	struct nftgen *batch;
	const void *bytes;
	size_t length, count = 0;
	uint32_t last, generation;

	ck_assert_int_eq(nlsock_generation(sock, &generation), 0);
	ck_assert_int_eq(nftdelta_new(old, next, counters, &delta), 0);
	ck_assert_int_eq(nftgen_new(sock, generation, &batch), 0);
	ck_assert_int_eq(nftdelta_write(delta, batch), 0);
	ck_assert_int_eq(nftgen_finish(batch, &bytes, &length, &last), 0);
	int error = nlsock_batch(sock, bytes, length, last, errors, 8, &count);

	for (size_t i = 0; i < count; i++) {
		char text[200];
		unsigned int line;

		nftgen_describe(batch, &errors[i], text, sizeof(text), &line);
		printf("%s: %s\n", text, strerror(errors[i].error));
	}
	ck_assert_int_eq(error, 0);
	nftgen_free(batch);
	nftdelta_free(delta);
}

START_TEST(neighbours)
{
	unsigned int seed = random_seed("neighbours");

	for (unsigned int i = 0; i < PAIRS; i++) {
		struct ruleset *pair[2];

		printf("seed %u\n", seed + i);
		make_pair(seed + i, pair);
		apply(pair[0]);
		check_table(pair[0]);
		send_difference(pair[0], pair[1], &pair[0]->counter_names);
		check_table(pair[1]);
		/* And back: by then the kernel has all counters. */
		send_difference(pair[1], pair[0], &pair[1]->counter_names);
		check_table(pair[0]);
		netspace_run(0, "nft delete table inet hedate");
		ruleset_free(pair[0]);
		ruleset_free(pair[1]);
	}
}
END_TEST

START_TEST(strangers)
{
	unsigned int seed = random_seed("strangers");
	struct ruleset *old = random_ruleset(seed);

	apply(old);
	for (unsigned int i = 1; i < PAIRS / 3; i++) {
		struct ruleset *next = random_ruleset(seed + i);

		printf("seed %u\n", seed + i);
		send_difference(old, next, &old->counter_names);
		check_table(next);
		ruleset_free(old);
		old = next;
	}
	ruleset_free(old);
}
END_TEST

START_TEST(another_hook)
{
	struct ruleset *old = random_ruleset(1), *next = random_ruleset(1);
	struct nftdelta *delta;

	ruleset_find_chain(next, "input")->priority++;
	ck_assert_int_eq(nftdelta_new(old, next, &old->counter_names, &delta), -EOPNOTSUPP);
	apply(old);
	ck_assert_int_eq(nftxact_change(sock, old, next, CITY, diags), 0);
	check_table(next);
	ruleset_free(old);
	ruleset_free(next);
}
END_TEST

/* A rule set that lives ----------------------------------------------------------------------- */

/* The kernel's handles of the rules of a chain, and of the chain: other ones when it is made anew.
 * The caller frees them. */
static char *handles(const char *chain)
{
	char command[200];

	snprintf(command, sizeof(command),
		"nft -a list chain inet hedate %s | grep -o '# handle.*'", chain);
	return strdup(netspace_run(0, command));
}

/* old is in place. Put next there; was the chain left as it stood? */
static bool change_keeps(const char *chain, const struct ruleset *old, struct ruleset *next)
{
	char *before = handles(chain), *after;
	int error = nftxact_change(sock, old, next, CITY, diags);

	show_diags();
	ck_assert_int_eq(error, 0);
	ck_assert_uint_eq(diag_list_length(diags), 0);
	check_table(next);
	ck_assert_uint_ne(next->in_kernel, 0);
	after = handles(chain);
	bool kept = strcmp(before, after) == 0;

	free(before);
	free(after);
	return kept;
}

/* The same policy under another revision: what logs differs, what decides does not. */
static struct ruleset *compile_revision(const char *revision)
{
	struct ruleset *ruleset = compile_city();

	for (size_t i = 0; i < ruleset->chain_count; i++) {
		struct chain *chain = &ruleset->chains[i];

		for (size_t j = 0; j < chain->count; j++)
			for (size_t k = 0; k < chain->rules[j].count; k++) {
				char *prefix = chain->rules[j].statements[k].prefix;
				char *word = prefix ? strrchr(prefix, ' ') : NULL;

				if (word)
					memcpy(word + 1, revision, strlen(revision));
			}
	}
	return ruleset;
}

START_TEST(unchanged_rules_stay)
{
	struct ruleset *old = compile_city(), *next = compile_revision("0123456789ab");
	struct ruleset *newer = compile_revision("ba9876543210");

	apply(old);
	ck_assert_uint_ne(old->in_kernel, 0);
	ck_assert(change_keeps("forward", old, next));
	ck_assert(!change_keeps("deny-interface-unknown-unknown", next, newer));
	/* Nothing differs. */
	ck_assert(change_keeps("deny-interface-unknown-unknown", newer, newer));
	/* Without an older one all is next. */
	ck_assert(!change_keeps("forward", NULL, old));
	ruleset_free(old);
	ruleset_free(next);
	ruleset_free(newer);
}
END_TEST

static void set_comment(struct ruleset *ruleset, const char *chain, size_t index)
{
	struct rule *rule = &ruleset_find_chain(ruleset, chain)->rules[index];

	free(rule->comment);
	rule->comment = strdup("a comment");
	ck_assert_ptr_nonnull(rule->comment);
}

/* Of a chain only the rules from the first that differs on are other ones. */
START_TEST(rules_in_front_stay)
{
	struct ruleset *old = compile_city(), *next = compile_city();
	char *before, *after;

	apply(old);
	set_comment(next, "input", 2);
	before = handles("input");
	ck_assert(!change_keeps("input", old, next));
	after = handles("input");
	/* The chain's own, and those of two rules. */
	for (unsigned int i = 0; i < 3; i++) {
		size_t length = strcspn(before, "\n");

		ck_assert_uint_eq(strcspn(after, "\n"), length);
		ck_assert_int_eq(strncmp(before, after, length), 0);
		memmove(before, before + length + 1, strlen(before + length));
		memmove(after, after + length + 1, strlen(after + length));
	}
	ck_assert_int_ne(strncmp(before, after, strcspn(before, "\n")), 0);
	free(before);
	free(after);
	ruleset_free(old);
	ruleset_free(next);
}
END_TEST

START_TEST(epochs_between)
{
	struct ruleset *old = compile_city(), *next = compile_revision("0123456789ab");
	unsigned int generation;
	uint32_t kernel;
	char *comment;

	apply(old);
	ck_assert_int_eq(nftxact_switch(sock, old, 1, "epoch 2"), 0);
	ck_assert_int_eq(nftxact_empty(sock, old, 0), 0);
	ck_assert_int_eq(nlsock_generation(sock, &kernel), 0);
	ck_assert_uint_eq(old->in_kernel, kernel);
	ck_assert(change_keeps("forward", old, next));
	ck_assert_int_eq(nftxact_generation(sock, &generation, &comment), 0);
	ck_assert_uint_eq(generation, 1);
	ck_assert_str_eq(comment, "epoch 2");
	free(comment);
	/* The rules of both generations are other ones now; they can be changed all the same. */
	ck_assert_int_eq(nftxact_switch(sock, next, 0, "epoch 3"), 0);
	ck_assert_int_eq(nftxact_empty(sock, next, 1), 0);
	ck_assert_int_eq(compile_generation(old, 0, "epoch 4"), 0);
	set_comment(old, "flow-udp4-b", 1);
	ck_assert(change_keeps("forward", next, old));
	ck_assert_int_eq(nftxact_generation(sock, &generation, &comment), 0);
	ck_assert_uint_eq(generation, 0);
	ck_assert_str_eq(comment, "epoch 4");
	free(comment);
	ruleset_free(old);
	ruleset_free(next);
}
END_TEST

static void check_known(const struct ruleset *ruleset)
{
	uint32_t generation;

	ck_assert_int_eq(nlsock_generation(sock, &generation), 0);
	ck_assert_uint_eq(ruleset->in_kernel, generation);
}

/* Whether or not the kernel found something to do, nobody's change is taken for ours. */
START_TEST(times_between)
{
	static const enum field_type fields[] = { FIELD_MARK };
	const uint8_t key[4] = { 1, 2, 3, 4 };
	struct ruleset *ruleset = compile_city();
	struct set *set = ruleset_add_set(ruleset, "times", SET_TIMEOUT, fields, 1, FIELD_INVALID);

	ck_assert_ptr_nonnull(set);
	ck_assert_int_eq(set_add_element(set, key, NULL, 0, 0), 0);
	apply(ruleset);
	check_known(ruleset);
	ck_assert_int_eq(nftxact_timed(sock, ruleset), 0);
	check_known(ruleset);
	ck_assert_int_eq(set_put_timeout(ruleset_find_set(ruleset, "times"), 0, 3600000), 0);
	ck_assert_int_eq(nftxact_timed(sock, ruleset), 0);
	check_known(ruleset);
	ruleset_free(ruleset);
}
END_TEST

START_TEST(counters_of_earlier_policies)
{
	struct ruleset *first = compile_revision("0123456789ab");
	struct ruleset *second = compile_revision("ba9876543210");
	struct ruleset *third = compile_revision("0123456789ab");

	ck_assert_int_eq(ruleset_add_counter(first, "deny-of-first"), 0);
	ck_assert_int_eq(ruleset_add_counter(third, "deny-of-first"), 0);
	ck_assert_int_eq(ruleset_add_counter(third, "deny-of-third"), 0);
	apply(first);
	ck_assert(change_keeps("forward", first, second));
	ck_assert(change_keeps("forward", second, third));
	ruleset_free(first);
	ruleset_free(second);
	ruleset_free(third);
}
END_TEST

/* What others do ------------------------------------------------------------------------------ */

START_TEST(others_change_their_own)
{
	struct ruleset *old = compile_city(), *next = compile_revision("0123456789ab");

	apply(old);
	netspace_run(0, "nft 'add table inet other; add chain inet other one'");
	ck_assert(change_keeps("forward", old, next));
	ruleset_free(old);
	ruleset_free(next);
}
END_TEST

START_TEST(others_change_ours)
{
	static const char count_in_b[] = "nft 'flush chain inet hedate blocked; "
					 "add rule inet hedate blocked goto blocked-b'";
	static const char *const commands[] = {
		"nft insert rule inet hedate forward accept",
		"nft add chain inet hedate foreign",
		"nft 'add set inet hedate foreign { type mark; }'",
		"nft flush set inet hedate extension6",
		"nft flush chain inet hedate blocked",
		count_in_b,
		"nft delete table inet hedate; nft add table inet hedate",
		"nft 'add quota inet hedate foreign { over 1 mbytes }'",
	};
	struct ruleset *old = compile_city();

	apply(old);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		struct ruleset *next = compile_revision(i % 2 ? "0123456789ab" : "ba9876543210");

		printf("%s\n", commands[i]);
		netspace_run(0, commands[i]);
		ck_assert_int_eq(nftxact_change(sock, old, next, CITY, diags), 0);
		ck_assert_uint_eq(diag_list_length(diags), 0);
		check_table(next);
		ruleset_free(old);
		old = next;
	}
	ruleset_free(old);
}
END_TEST

/* Should what is known ever be wrong, the kernel refuses the difference, or what is read back tells
 * of it; then the table is replaced. */
START_TEST(known_wrongly)
{
	static const char *const commands[] = {
		"nft insert rule inet hedate forward accept",
		"nft 'flush chain inet hedate forward; delete set inet hedate active'",
		"nft delete table inet hedate",
	};
	struct ruleset *old = compile_city();

	apply(old);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		struct ruleset *next = compile_revision(i % 2 ? "0123456789ab" : "ba9876543210");

		netspace_run(0, commands[i]);
		ck_assert_int_eq(nlsock_generation(sock, &old->in_kernel), 0);
		ck_assert_int_eq(nftxact_change(sock, old, next, CITY, diags), 0);
		ck_assert_uint_eq(diag_list_length(diags), 0);
		check_table(next);
		ruleset_free(old);
		old = next;
	}
	ruleset_free(old);
}
END_TEST

/* What the kernel refuses either way is reported once, and changes nothing. */
START_TEST(refused)
{
	struct ruleset *old = compile_city(), *next = compile_city();
	struct ruleset *third = compile_revision("0123456789ab");
	struct rule *rule = &ruleset_find_chain(next, "forward")->rules[0];
	uint32_t in_kernel;

	apply(old);
	in_kernel = old->in_kernel;
	for (size_t i = 0; i < rule->count; i++) {
		if (rule->statements[i].kind != STMT_LOOKUP)
			continue;
		free(rule->statements[i].name);
		rule->statements[i].name = strdup("no-such-set");
	}
	ck_assert_int_eq(nftxact_change(sock, old, next, CITY, diags), -EINVAL);
	ck_assert_uint_eq(diag_list_length(diags), 1);
	ck_assert_uint_eq(next->in_kernel, 0);
	ck_assert_uint_eq(old->in_kernel, in_kernel);
	check_table(old);
	diag_list_free(diags);
	ck_assert_int_eq(diag_list_new(&diags), 0);
	ck_assert(change_keeps("forward", old, third));
	ruleset_free(old);
	ruleset_free(next);
	ruleset_free(third);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("nftdelta");
	TCase *test = tcase_create("nftdelta");

	tcase_set_timeout(test, 120);
	tcase_add_checked_fixture(test, in_kernel_set_up, in_kernel_tear_down);
	suite_add_tcase(suite, test);
	if (getenv("HEDATE_MISSING"))
		return suite;
	tcase_add_test(test, neighbours);
	tcase_add_test(test, strangers);
	tcase_add_test(test, another_hook);
	tcase_add_test(test, unchanged_rules_stay);
	tcase_add_test(test, rules_in_front_stay);
	tcase_add_test(test, epochs_between);
	tcase_add_test(test, times_between);
	tcase_add_test(test, counters_of_earlier_policies);
	tcase_add_test(test, others_change_their_own);
	tcase_add_test(test, others_change_ours);
	tcase_add_test(test, known_wrongly);
	tcase_add_test(test, refused);
	return suite;
}

int main(void)
{
	return suite_run_in_netspace(suite());
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every kind of difference is found, and told; what is none is not. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/drift.h"
#include "randrules.h"
#include "suite.h"

#define ROUNDS 60

static char text[40000];

static int add_text(const char *difference, void *data)
{
	(void)data;
	ck_assert_uint_lt(strlen(text) + strlen(difference) + 2, sizeof(text));
	strcat(text, difference);
	strcat(text, "\n");
	return 0;
}

static size_t compare_silently(const struct ruleset *expected, const struct ruleset *actual)
{
	size_t count;

	ck_assert_int_eq(drift_compare(expected, actual, NULL, NULL, &count), 0);
	return count;
}

static size_t compare(const struct ruleset *expected, const struct ruleset *actual)
{
	size_t count;

	text[0] = '\0';
	ck_assert_int_eq(drift_compare(expected, actual, add_text, NULL, &count), 0);
	ck_assert_uint_eq(count, compare_silently(expected, actual));
	return count;
}

static const enum field_type host[] = { FIELD_IPV4_ADDR };

static void add_element(struct set *set, uint8_t last, uint32_t value)
{
	uint8_t key[4] = { 10, 0, 0, last };

	ck_assert_int_eq(set_add_element(set, key, key, value, 0), 0);
}

/* A rule set with one of each: the same at each call. */
static struct ruleset *sample(void)
{
	struct ruleset *ruleset;
	struct statement *statement;
	struct chain *chain;
	struct rule *rule;
	struct set *set;
	uint32_t verdict;

	ck_assert_int_eq(ruleset_new("hedate", &ruleset), 0);
	chain = ruleset_add_chain(ruleset, "forward");
	chain->hook = HOOK_FORWARD;
	chain->policy_drop = true;
	set = ruleset_add_set(ruleset, "hosts", 0, host, 1, FIELD_INVALID);
	for (uint8_t i = 0; i < 5; i++)
		add_element(set, i, 0);
	set = ruleset_add_set(ruleset, "map", SET_MAP, host, 1, FIELD_VERDICT);
	ck_assert_int_eq(ruleset_verdict(ruleset, VERDICT_GOTO, "blocked", &verdict), 0);
	add_element(set, 1, verdict);
	ck_assert_int_eq(ruleset_verdict(ruleset, VERDICT_ACCEPT, NULL, &verdict), 0);
	add_element(set, 2, verdict);
	set = ruleset_add_set(ruleset, "flows", SET_DYNAMIC | SET_COUNTER, host, 1, FIELD_INVALID);
	set->size = 100;
	rule = chain_add_rule(chain);
	statement = rule_add_statement(rule, STMT_LOOKUP);
	statement->selectors[0] = SEL_IP_SADDR;
	statement->selector_count = 1;
	statement->name = strdup("hosts");
	statement = rule_add_statement(rule, STMT_SET_MARK);
	memcpy(statement->data, &(uint32_t){ 0x40 }, 4);
	memcpy(statement->mask, &(uint32_t){ 0xff }, 4);
	rule_add_statement(rule, STMT_VERDICT)->verdict = VERDICT_ACCEPT;
	rule->comment = strdup("why");
	chain = ruleset_add_chain(ruleset, "blocked");
	chain->switched = true;
	rule = chain_add_rule(chain);
	statement = rule_add_statement(rule, STMT_VERDICT);
	statement->verdict = VERDICT_GOTO;
	statement->name = strdup("blocked-a");
	rule->comment = strdup("epoch 1");
	ruleset_add_chain(ruleset, "blocked-a");
	ruleset_add_chain(ruleset, "blocked-b");
	set = ruleset_add_set(ruleset, "timed", SET_TIMEOUT, host, 1, FIELD_INVALID);
	for (uint8_t i = 0; i < 3; i++) {
		add_element(set, i, 0);
		ck_assert_int_eq(set_put_timeout(set, i, 60000), 0);
	}
	ck_assert_int_eq(ruleset_add_counter(ruleset, "denied"), 0);
	ck_assert_int_eq(ruleset_add_limit(ruleset, "limit-a", 100, 1, 5), 0);
	ruleset_sort(ruleset);
	return ruleset;
}

static void change_rate(struct ruleset *actual)
{
	actual->limits[0].rate = 101;
}

static void change_period(struct ruleset *actual)
{
	actual->limits[0].per_seconds = 60;
}

static void change_burst(struct ruleset *actual)
{
	actual->limits[0].burst = 6;
}

static void add_limit(struct ruleset *actual)
{
	ruleset_add_limit(actual, "mine", 1, 1, 1);
}

static struct chain *chain_of(struct ruleset *ruleset)
{
	return ruleset_find_chain(ruleset, "forward");
}

static void change_hook(struct ruleset *actual)
{
	chain_of(actual)->priority = 3;
}

static void change_policy(struct ruleset *actual)
{
	chain_of(actual)->policy_drop = false;
}

static void change_comment(struct ruleset *actual)
{
	strcpy(chain_of(actual)->rules[0].comment, "who");
}

static void change_verdict(struct ruleset *actual)
{
	chain_of(actual)->rules[0].statements[2].verdict = VERDICT_DROP;
}

static void change_selector(struct ruleset *actual)
{
	chain_of(actual)->rules[0].statements[0].selectors[0] = SEL_IP_DADDR;
}

static void change_negate(struct ruleset *actual)
{
	chain_of(actual)->rules[0].statements[0].negate = true;
}

static void change_mark(struct ruleset *actual)
{
	chain_of(actual)->rules[0].statements[1].mask[0] = 0x0f;
}

static void change_to_opaque(struct ruleset *actual)
{
	chain_of(actual)->rules[0].statements[2].kind = STMT_OPAQUE;
}

static void add_rule(struct ruleset *actual)
{
	rule_add_statement(chain_add_rule(chain_of(actual)), STMT_VERDICT);
}

static void remove_rule(struct ruleset *actual)
{
	static struct rule kept; /* so that it is not lost */

	kept = chain_of(actual)->rules[0];
	for (size_t i = 0; i < kept.count; i++)
		free(kept.statements[i].name);
	free(kept.statements);
	free(kept.comment);
	chain_of(actual)->count = 0;
}

static void add_test(struct ruleset *actual)
{
	struct rule *rule = &chain_of(actual)->rules[0];
	struct statement *statement = rule_add_statement(rule, STMT_COMPARE);
	struct statement test = { .kind = STMT_COMPARE, .selector_count = 1, .data = { 2 } };

	ck_assert_ptr_nonnull(statement);
	test.selectors[0] = SEL_META_NFPROTO;
	memmove(rule->statements + 1, rule->statements, 3 * sizeof(*statement));
	rule->statements[0] = test;
}

static void add_other_test(struct ruleset *actual)
{
	add_test(actual);
	chain_of(actual)->rules[0].statements[0].data[0] = 10;
}

static void add_chain(struct ruleset *actual)
{
	ruleset_add_chain(actual, "mine");
}

static void add_set(struct ruleset *actual)
{
	ruleset_add_set(actual, "mine", 0, host, 1, FIELD_INVALID);
}

static void change_shape(struct ruleset *actual)
{
	ruleset_find_set(actual, "flows")->flags &= ~(unsigned int)SET_COUNTER;
}

static void change_elements(struct ruleset *actual)
{
	struct set *set = ruleset_find_set(actual, "hosts");

	set->elements[3] = 77;
	set->elements[2 * 4 + 3] = 78;
	add_element(set, 79, 0);
	ruleset_sort(actual);
}

static void change_value(struct ruleset *actual)
{
	uint32_t accept = 1;

	memcpy(ruleset_find_set(actual, "map")->elements + 4, &accept, 4);
}

static void change_chain_of_value(struct ruleset *actual)
{
	free(actual->verdicts[0].chain);
	actual->verdicts[0].chain = strdup("forward");
}

static void add_unknown(struct ruleset *actual)
{
	actual->unknown = malloc(sizeof(actual->unknown[0]));
	actual->unknown[0] = strdup("a flowtable");
	actual->unknown_count = 1;
}

static void switch_generation(struct ruleset *actual)
{
	struct rule *rule = &ruleset_find_chain(actual, "blocked")->rules[0];

	strcpy(rule->statements[0].name, "blocked-b");
	strcpy(rule->comment, "epoch 2");
}

static void switch_elsewhere(struct ruleset *actual)
{
	strcpy(ruleset_find_chain(actual, "blocked")->rules[0].statements[0].name, "blocked-c");
}

static void change_size(struct ruleset *actual)
{
	ruleset_find_set(actual, "flows")->size = 7;
	ruleset_find_set(actual, "hosts")->size = 5;
}

static struct set *timed_of(struct ruleset *ruleset)
{
	return ruleset_find_set(ruleset, "timed");
}

static void stay_too_long(struct ruleset *actual)
{
	timed_of(actual)->timeouts[1] = 120000;
}

static void stay_for_ever(struct ruleset *actual)
{
	timed_of(actual)->timeouts[1] = 0;
}

static void add_timed_elements(struct ruleset *actual)
{
	add_element(timed_of(actual), 77, 0);
	add_element(timed_of(actual), 78, 0);
	timed_of(actual)->timeouts[3] = 5;
}

static void end_early(struct ruleset *actual)
{
	timed_of(actual)->count = 1;
}

static void run_down(struct ruleset *actual)
{
	timed_of(actual)->timeouts[0] = 59000;
	timed_of(actual)->timeouts[1] = 10;
	timed_of(actual)->timeouts[2] = 69000;
}

static void add_counter(struct ruleset *actual)
{
	ruleset_add_counter(actual, "of an older policy");
}

static void change_kept_bit(struct ruleset *actual)
{
	chain_of(actual)->rules[0].statements[1].mask[0] = 0xbf;
}

static void change_order_of_verdicts(struct ruleset *actual)
{
	struct verdict_value first = actual->verdicts[0];
	struct set *set = ruleset_find_set(actual, "map");
	uint32_t one = 1, zero = 0;

	actual->verdicts[0] = actual->verdicts[1];
	actual->verdicts[1] = first;
	memcpy(set->elements + 4, &one, 4);
	memcpy(set->elements + 12, &zero, 4);
}

static const struct {
	void (*change)(struct ruleset *actual);
	size_t count;
	const char *text;
} changes[] = {
	{ change_hook, 1, "chain forward is at another hook or priority" },
	{ change_policy, 1, "chain forward: its policy is accept" },
	{ change_comment, 1, "chain forward: rule 1 differs" },
	{ change_verdict, 1, "it is: ip saddr @hosts meta mark set meta mark & 0x000000ff" },
	{ change_selector, 1, "it is: ip daddr @hosts" },
	{ change_negate, 1, "it is: ip saddr != @hosts" },
	{ change_mark, 1, "chain forward: rule 1 differs" },
	{ change_to_opaque, 1, "<unknown>" },
	{ add_rule, 1, "chain forward: rule 2 should not be there: accept" },
	{ remove_rule, 1, "chain forward: rule 1 is missing: ip saddr @hosts" },
	{ add_other_test, 1, "it is: meta nfproto ipv6 ip saddr @hosts" },
	{ add_chain, 1, "chain mine should not be there" },
	{ add_set, 1, "set mine should not be there" },
	{ change_shape, 1, "set flows has other fields or flags" },
	{ change_elements, 1,
		"set hosts: 2 elements are missing, 3 should not be there, 0 have another value" },
	{ change_value, 1,
		"set map: 0 elements are missing, 0 should not be there, 1 have another value" },
	{ change_chain_of_value, 1, "1 have another value" },
	{ change_rate, 1,
		"limit limit-a differs: it should be 100 in 1 s, burst 5; it is 101 in 1 s, burst "
		"5" },
	{ change_period, 1, "it is 100 in 60 s, burst 5" },
	{ change_burst, 1, "it is 100 in 1 s, burst 6" },
	{ add_limit, 1, "limit mine should not be there" },
	{ stay_too_long, 1,
		"set timed: 0 elements are missing, 0 should not be there at any time, 1 stay too "
		"long" },
	{ stay_for_ever, 1, "0 should not be there at any time, 1 stay too long" },
	{ add_timed_elements, 1, "0 elements are missing, 2 should not be there at any time" },
	{ end_early, 1, "set timed: 2 elements are missing" },
	{ add_unknown, 1, "not known to this version: a flowtable" },
	{ switch_elsewhere, 1, "chain blocked: rule 1 differs" },
	/* No differences */
	{ add_test, 0, "" },
	{ switch_generation, 0, "" },
	{ change_size, 0, "" },
	{ add_counter, 0, "" },
	{ run_down, 0, "" },
	{ change_kept_bit, 0, "" },
	{ change_order_of_verdicts, 0, "" },
};

START_TEST(one_change)
{
	struct ruleset *expected = sample(), *actual = sample();

	changes[_i].change(actual);
	ck_assert_msg(compare(expected, actual) == changes[_i].count, "%s", text);
	ck_assert_msg(strstr(text, changes[_i].text) != NULL, "\"%s\" is not in \"%s\"",
		changes[_i].text, text);
	ruleset_free(actual);
	ruleset_free(expected);
}
END_TEST

START_TEST(nothing_there)
{
	struct ruleset *expected = sample(), *actual;

	ck_assert_int_eq(ruleset_new("hedate", &actual), 0);
	ck_assert_uint_eq(compare(expected, actual), 4 + 4 + 1 + 1);
	ck_assert_ptr_nonnull(strstr(text, "chain forward is missing"));
	ck_assert_ptr_nonnull(strstr(text, "set hosts is missing"));
	ck_assert_ptr_nonnull(strstr(text, "counter denied is missing"));
	ck_assert_ptr_nonnull(strstr(text, "limit limit-a is missing"));
	ck_assert_uint_eq(compare(actual, expected), 4 + 4 + 1);
	ruleset_free(actual);
	ruleset_free(expected);
}
END_TEST

static int stop(const char *difference, void *data)
{
	(void)difference;
	++*(int *)data;
	return -ECANCELED;
}

START_TEST(callback_stops)
{
	struct ruleset *expected = sample(), *actual;
	size_t count;
	int calls = 0;

	ck_assert_int_eq(ruleset_new("hedate", &actual), 0);
	ck_assert_int_eq(drift_compare(expected, actual, stop, &calls, &count), -ECANCELED);
	ck_assert_int_eq(calls, 1);
	ruleset_free(actual);
	ruleset_free(expected);
}
END_TEST

/* Other seeds make other rule sets; the same one the same. */
START_TEST(random_rules)
{
	unsigned int seed = random_seed("random_rules");

	for (unsigned int i = 0; i < ROUNDS; i++) {
		struct ruleset *a = random_ruleset(seed + i), *b = random_ruleset(seed + i),
			       *c = random_ruleset(seed + i + 1);

		ck_assert_msg(compare(a, b) == 0, "seed %u: %s", seed + i, text);
		ck_assert_msg(compare_silently(a, c) > 0, "seeds %u and the next", seed + i);
		ruleset_free(a);
		ruleset_free(b);
		ruleset_free(c);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("drift");
	TCase *test = tcase_create("drift");

	tcase_set_timeout(test, 60);
	tcase_add_loop_test(test, one_change, 0, sizeof(changes) / sizeof(changes[0]));
	tcase_add_test(test, nothing_there);
	tcase_add_test(test, callback_stops);
	tcase_add_test(test, random_rules);
	suite_add_tcase(suite, test);
	return suite;
}

int main(void)
{
	return suite_run(suite());
}

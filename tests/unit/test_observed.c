/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hedated makes of observed pairs and limits: events when they come and go, what a counter
 * stands for, both sides of the equation. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../daemon/balance.h"
#include "../../daemon/denials.h"
#include "../../daemon/observed.h"
#include "../../lib/compile.h"
#include "suite.h"

static char lgwan[] = "lgwan", internet[] = "internet", lg[] = "lg";
static struct policy_zone zones[] = {
	{ .name = lgwan },
	{ .name = internet },
	{ .name = lg },
};

static struct policy policy_with(struct policy_observe *observes, size_t count)
{
	return (struct policy){
		.zones = zones, .zone_count = 3, .observes = observes, .observe_count = count
	};
}

static char told[500];

static void tell(bool began, const struct observed_pair *pair, const char *reason, void *data)
{
	size_t used = strlen(told);

	ck_assert_ptr_eq(data, told);
	ck_assert_int_eq(began, reason != NULL);
	snprintf(told + used, sizeof(told) - used, "%c%s>%s%s%s;", began ? '+' : '-', pair->from,
		pair->to, reason ? ":" : "", reason ? reason : "");
}

static const char *update(struct observed *observed, struct policy_observe *observes, size_t count)
{
	const struct policy policy = policy_with(observes, count);

	told[0] = '\0';
	ck_assert_int_eq(observed_update(observed, &policy, tell, told), 0);
	return told;
}

START_TEST(begins_and_ends)
{
	char a[] = "a", b[] = "b";
	struct policy_observe out[] = { { .from = 0, .to = 1, .reason = a } };
	struct policy_observe both[] = { { .from = 1, .to = 0, .reason = b },
		{ .from = 0, .to = 1, .reason = b } };
	struct policy_observe other[] = { { .from = 2, .to = 1, .reason = a } };
	struct observed observed = { 0 };

	ck_assert_str_eq(update(&observed, NULL, 0), "");
	ck_assert_str_eq(update(&observed, out, 1), "+lgwan>internet:a;");
	ck_assert_str_eq(update(&observed, out, 1), "");
	/* The other way is another pair; another reason is not another pair. */
	ck_assert_str_eq(update(&observed, both, 2), "+internet>lgwan:b;");
	ck_assert_str_eq(
		update(&observed, other, 1), "-internet>lgwan;-lgwan>internet;+lg>internet:a;");
	ck_assert_str_eq(update(&observed, NULL, 0), "-lg>internet;");
	observed_clear(&observed);
	ck_assert_str_eq(update(&observed, out, 1), "+lgwan>internet:a;");
	observed_clear(&observed);
}
END_TEST

static int add_guess(const struct denial *denial, void *data)
{
	size_t used = strlen(data);

	ck_assert_uint_eq(denial->code, deny_code(denial->reason, denial->from, denial->to));
	snprintf((char *)data + used, sizeof(told) - used, "%s %s %s;", reason_name(denial->reason),
		denial->from, denial->to);
	return 0;
}

static const char *guesses(const char *counter)
{
	told[0] = '\0';
	ck_assert_int_eq(denials_guesses(counter, add_guess, told), 0);
	return told;
}

/* Of a counter whose policy is gone. */
START_TEST(guessed)
{
	ck_assert_str_eq(guesses("deny-limit-lgwan-internet"), "limit lgwan internet;");
	ck_assert_str_eq(guesses("observe-lgwan-internet"), "observed lgwan internet;");
	ck_assert_str_eq(guesses("observe-a-b-c"), "observed a b-c;observed a-b c;");
	ck_assert_str_eq(guesses("observe-a"), "");
	ck_assert_str_eq(guesses("observe-"), "");
	ck_assert_str_eq(guesses("deny-observed-a-b"), "");
	ck_assert_str_eq(guesses("observed-a-b"), "");
}
END_TEST

/* Chains of both kinds, and a chain that only looks like one. */
START_TEST(collected)
{
	const struct denial *denial;
	struct denials denials;
	struct ruleset *ruleset;
	static const char *const chains[][2] = {
		{ "deny-no-path-a-b", "hedate no-path a b 0123456789ab" },
		{ "observe-a-b", "hedate observed a b 0123456789ab" },
		{ "observed", "hedate observed b a 0123456789ab" },
	};

	ck_assert_int_eq(ruleset_new("hedate", &ruleset), 0);
	for (size_t i = 0; i < 3; i++) {
		struct chain *chain = ruleset_add_chain(ruleset, chains[i][0]);
		struct rule *rule = chain_add_rule(chain);

		rule_add_statement(rule, STMT_COUNTER)->name = strdup(chains[i][0]);
		rule_add_statement(rule, STMT_LOG)->prefix = strdup(chains[i][1]);
	}
	ck_assert_int_eq(denials_collect(ruleset, &denials), 0);
	ck_assert_uint_eq(denials.count, 2);
	denial = denials_find(&denials, "observe-a-b");
	ck_assert_ptr_nonnull(denial);
	ck_assert_int_eq(denial->reason, REASON_OBSERVED);
	ck_assert_uint_eq(denial->code, deny_code(REASON_OBSERVED, "a", "b"));
	ck_assert_ptr_null(denials_find(&denials, "observed"));
	denials_clear(&denials);
	ruleset_free(ruleset);
}
END_TEST

/* In the place of the kernel's. */
int decode_counters(struct nlsock *socket, const char *table, decode_counter callback, void *data)
{
	static const struct {
		const char *name;
		uint64_t packets;
	} counters[] = {
		{ "deny-no-path-a-b", 5 },
		{ "deny-limit-a-b", 30 },
		{ "observe-a-b", 700 },
		{ "blocked-a", 735 },
		{ "overflow-a", 1 },
		{ "mine", 9000 },
	};

	(void)socket;
	(void)table;
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
		struct counter_value value = { counters[i].packets, 0 };

		ck_assert_int_eq(callback(counters[i].name, value, data), 0);
	}
	return 0;
}

START_TEST(both_sides)
{
	struct balance_reading reading;

	ck_assert_int_eq(balance_read(NULL, &reading), 0);
	ck_assert_uint_eq(reading.denied, 735);
	ck_assert_uint_eq(reading.blocked[0], 735);
	ck_assert_uint_eq(reading.overflow[0], 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("observed");
	TCase *tests = tcase_create("observed");

	tcase_add_test(tests, begins_and_ends);
	tcase_add_test(tests, guessed);
	tcase_add_test(tests, collected);
	tcase_add_test(tests, both_sides);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

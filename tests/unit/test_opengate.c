/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening the gateway: the rule set that it becomes, packet by packet and in the kernel; and when
 * hedated opens and closes it, with the parts that it asks stood in for. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../daemon/enforcer.h"
#include "../../daemon/opengate.h"
#include "../../lib/compile.h"
#include "../../lib/nftxact.h"
#include "inkernel.h"
#include "suite.h"
#undef CITY /* that of a file */
#include "city.h"

#define TEXT CITY "paths = (" PATHS ");\n" GATEWAY

/* ---- the rule set ---- */

static struct ruleset *opened(void)
{
	struct ruleset *open;

	compile(TEXT);
	ck_assert_int_eq(compile_opened(policy, diags, &open), 0);
	return open;
}

static const struct set *open_set_of(const struct ruleset *of)
{
	for (size_t i = 0; i < of->set_count; i++)
		if (strcmp(of->sets[i].name, SET_OPEN) == 0)
			return &of->sets[i];
	return NULL;
}

static uint64_t never(uint32_t id, void *data)
{
	(void)id;
	(void)data;
	return 0;
}

/* Each base chain begins with it, and it is there for a time only. */
START_TEST(rules)
{
	struct ruleset *open = opened();
	size_t bases = 0;

	ck_assert_ptr_null(open_set_of(ruleset));
	ck_assert_ptr_nonnull(open_set_of(open));
	for (size_t i = 0; i < open->chain_count; i++) {
		const struct chain *chain = &open->chains[i];

		if (chain->hook == HOOK_NONE)
			continue;
		bases++;
		ck_assert_uint_ge(chain->count, 2);
		ck_assert_int_eq(chain->rules[0].statements[0].kind, STMT_LOOKUP);
		ck_assert_str_eq(chain->rules[0].statements[0].name, SET_OPEN);
	}
	ck_assert_uint_eq(bases, 4);
	ck_assert_int_eq(compile_timeouts(open, never, NULL), 0);
	ck_assert_uint_eq(open_set_of(open)->count, 1);
	ck_assert_uint_eq(open_set_of(open)->timeouts[0], OPEN_MS);
	ruleset_free(open);
}
END_TEST

/* What nothing permits passes as long as the kernel has the time; then all is as ever. */
START_TEST(packets)
{
	static const struct {
		const char *chain, *in, *out, *from, *to;
	} tries[] = {
		{ "forward", "i1", "c1", "203.0.113.9", "10.1.0.10" },
		{ "forward", "c1", "i1", "fd00:1::9", "2001:db8:9::1" },
		{ "input", "i1", NULL, "203.0.113.9", "192.0.2.1" },
		{ "prerouting", "c1", "i1", "203.0.113.9", "10.2.0.10" },
	};
	struct ruleset *open = opened();

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		struct eval_packet made =
			packet(tries[i].in, tries[i].out, tries[i].from, tries[i].to);
		struct eval_result result;

		made.timed_open = true;
		evaluate_chain(open, tries[i].chain, &made, &result);
		ck_assert_msg(result.verdict == EVAL_ACCEPT, "%zu: %s", i, result.deny);
		made.timed_open = false;
		evaluate_chain(open, tries[i].chain, &made, &result);
		ck_assert_int_eq(result.verdict, EVAL_DROP);
		evaluate_chain(ruleset, tries[i].chain, &made, &result);
		ck_assert_int_eq(result.verdict, EVAL_DROP);
	}
	ruleset_free(open);
}
END_TEST

/* The kernel takes it by what differs, and back again; the element is there while it is told. */
START_TEST(in_kernel)
{
	struct ruleset *open = opened();

	ck_assert_int_eq(nftxact_change(sock, NULL, ruleset, "test.conf", diags), 0);
	check_table(ruleset);
	ck_assert_int_eq(compile_timeouts(open, never, NULL), 0);
	ck_assert_int_eq(nftxact_change(sock, ruleset, open, "test.conf", diags), 0);
	check_table(open);
	ck_assert_int_eq(compile_timeouts(open, never, NULL), 0);
	ck_assert_int_eq(nftxact_timed(sock, open), 0);
	check_table(open);
	ck_assert_int_eq(nftxact_change(sock, open, ruleset, "test.conf", diags), 0);
	check_table(ruleset);
	ruleset_free(open);
}
END_TEST

/* ---- when ---- */

static struct enforcer parts;
static struct opengate *gate;
static bool asked, in_place, refuses, fails;
static size_t renewed;
static char events[1024];

void lifecycle_ask_open(struct lifecycle *lifecycle, bool open)
{
	(void)lifecycle;
	asked = open;
}

bool lifecycle_is_open(const struct lifecycle *lifecycle)
{
	(void)lifecycle;
	return in_place;
}

int lifecycle_find_times(struct lifecycle *lifecycle, int64_t now_ms, struct openings *ret_openings)
{
	(void)lifecycle, (void)now_ms, (void)ret_openings;
	return 0;
}

int lifecycle_put_times(struct lifecycle *lifecycle)
{
	(void)lifecycle;
	renewed++;
	return fails ? -EPERM : 0;
}

/* diags is the test's own. NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
enum exit_code enforcer_renew(struct enforcer *enforcer, struct diag_list *findings)
{
	(void)findings;
	if (refuses)
		return EXIT_FAILED;
	in_place = asked;
	opengate_policy_changed(enforcer->opengate);
	return EXIT_OK;
}

void reclink_event(struct reclink *link, const char *action, bool success, const char *text,
	const char *const *pairs)
{
	(void)link, (void)success, (void)text, (void)pairs;
	strcat(events, action);
	strcat(events, ";");
}

static void set_up(void)
{
	ck_assert_int_eq(loop_new(&parts.loop), 0);
	ck_assert_int_eq(opengate_new(&parts, 30, &gate), 0);
	parts.opengate = gate;
	ck_assert_int_eq(diag_list_new(&diags), 0);
}

static void tear_down(void)
{
	opengate_free(gate);
	loop_free(parts.loop);
	diag_list_free(diags);
}

static const struct proposals_person sato = { 64901, 1, "sato" }, suzuki = { 64902, 2, "suzuki" };

static enum exit_code open_gate(const struct proposals_person *approver)
{
	char why[PROPOSALS_WHY_MAX] = "";
	enum exit_code code = opengate_open(gate, &sato, approver, "reason", diags, why);

	ck_assert(code == EXIT_OK || why[0] != '\0');
	return code;
}

static enum exit_code close_gate(const struct proposals_person *person)
{
	char why[PROPOSALS_WHY_MAX];

	return opengate_close(gate, person, "reason", why);
}

static void count_down(struct loop *loop, void *data)
{
	int *left = data;

	if (strstr(events, "open-reminder;open-reminder;") || --*left == 0)
		loop_quit(loop, 0);
}

START_TEST(opens_and_closes)
{
	ck_assert_int_eq(close_gate(&sato), EXIT_OK); /* it is closed */
	ck_assert_str_eq(events, "");
	ck_assert_int_eq(open_gate(&suzuki), EXIT_OK);
	ck_assert(in_place);
	ck_assert(opengate_view(gate).open);
	ck_assert_str_eq(opengate_view(gate).by, "sato");
	ck_assert_str_eq(opengate_view(gate).approver, "suzuki");
	ck_assert_int_eq(open_gate(&suzuki), EXIT_FAILED); /* it is open */
	ck_assert_int_eq(close_gate(&sato), EXIT_OK);
	ck_assert(!in_place);
	ck_assert(!opengate_view(gate).open);
	ck_assert_str_eq(events, "open;close;");
}
END_TEST

START_TEST(one_person)
{
	ck_assert_int_eq(open_gate(&sato), EXIT_FAILED);
	ck_assert(!asked);
	ck_assert(!opengate_view(gate).open);
}
END_TEST

START_TEST(the_kernel_refuses)
{
	refuses = true;
	ck_assert_int_eq(open_gate(&suzuki), EXIT_FAILED);
	ck_assert(!asked);
	ck_assert(!opengate_view(gate).open);
	ck_assert_str_eq(events, "open-refused;");
	refuses = false;
	ck_assert_int_eq(open_gate(&suzuki), EXIT_OK);
	refuses = true;
	ck_assert_int_eq(close_gate(&sato), EXIT_FAILED);
	ck_assert(opengate_view(gate).open); /* as it is */
	ck_assert(asked);
	refuses = false;
	ck_assert_int_eq(close_gate(NULL), EXIT_OK);
}
END_TEST

/* Something else shuts it. */
START_TEST(an_apply)
{
	ck_assert_int_eq(open_gate(&suzuki), EXIT_OK);
	opengate_policy_changed(gate); /* an exception, which leaves it open */
	ck_assert(opengate_view(gate).open);
	in_place = asked = false;
	opengate_policy_changed(gate);
	ck_assert(!opengate_view(gate).open);
	opengate_policy_changed(gate);
	ck_assert_str_eq(events, "open;close;");
	opengate_policy_changed(NULL);
	ck_assert(!opengate_view(NULL).open);
}
END_TEST

/* Reminders come again and again, and none once it is closed. */
START_TEST(reminders)
{
	struct loop_source *ticks;
	int left = 500;

	ck_assert_int_eq(loop_add_timer(parts.loop, count_down, &left, &ticks), 0);
	ck_assert_int_eq(loop_set_timer(ticks, 20, 20), 0);
	ck_assert_int_eq(open_gate(&suzuki), EXIT_OK);
	ck_assert_int_eq(loop_run(parts.loop), 0);
	ck_assert_ptr_nonnull(strstr(events, "open;open-reminder;open-reminder;"));
	ck_assert_int_eq(close_gate(&sato), EXIT_OK);
	events[0] = '\0';
	left = 5;
	ck_assert_int_eq(loop_run(parts.loop), 0);
	ck_assert_str_eq(events, "");
	loop_remove(ticks);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("opengate");
	TCase *plain = tcase_create("compile"), *kernel = tcase_create("kernel");
	TCase *when = tcase_create("when");

	tcase_add_checked_fixture(plain, from_text_set_up, from_text_tear_down);
	tcase_add_test(plain, rules);
	tcase_add_test(plain, packets);
	suite_add_tcase(suite, plain);
	tcase_set_timeout(kernel, 60);
	tcase_add_checked_fixture(kernel, in_kernel_set_up, in_kernel_tear_down);
	tcase_add_test(kernel, in_kernel);
	suite_add_tcase(suite, kernel);
	tcase_set_timeout(when, 60);
	tcase_add_checked_fixture(when, set_up, tear_down);
	tcase_add_test(when, opens_and_closes);
	tcase_add_test(when, one_person);
	tcase_add_test(when, the_kernel_refuses);
	tcase_add_test(when, an_apply);
	tcase_add_test(when, reminders);
	suite_add_tcase(suite, when);
	return suite_run_in_netspace(suite);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The island: its rule set, packet by packet and in the kernel; and when hedated makes one, with
 * the parts that it asks stood in for. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../daemon/enforcer.h"
#include "../../lib/compile.h"
#include "../../lib/evaluate.h"
#include "../../lib/nftxact.h"
#include "fromtext.h"
#include "inkernel.h"
#include "netspace.h"
#include "suite.h"

#define TEXT                                                                                       \
	"site = { name = \"town\"; }; log = { on_log_failure = \"island\"; }; zones = ("           \
	"{ name = \"core\"; kind = \"lgwan\"; segments = ("                                        \
	"{ name = \"a\"; interface = \"c1\"; networks = [\"10.1.0.0/24\", \"fd00:1::/64\"]; } ); " \
	"}, { name = \"internet\"; kind = \"internet\"; segments = ("                              \
	"{ name = \"up\"; interface = \"i1\"; networks = [\"192.0.2.0/29\", \"2001:db8::/64\"];"   \
	"remote = [\"0.0.0.0/0\", \"::/0\"]; } ); } );"                                            \
	"services = ( { name = \"https\"; tcp = 443; } );"                                         \
	"paths = ( { name = \"P\"; from = \"core\"; to = \"internet\"; service = \"https\"; "      \
	"reason = \"r\"; } ); "                                                                    \
	"gateway = { input = ( { name = \"G\"; from = \"core\"; service = \"https\"; reason = "    \
	"\"r\"; } ); };"

/* States of a connection, as in "ct state". */
#define STATE_INVALID	  0x01u
#define STATE_ESTABLISHED 0x02u
#define STATE_RELATED	  0x04u
#define STATE_NEW	  0x08u

/* The rule set ----------------------------------------------------------------------------------
 */

static void make_island(void)
{
	compile(TEXT);
	ruleset_free(ruleset);
	ruleset = NULL;
	ck_assert_int_eq(compile_island(policy, diags, &ruleset), 0);
}

static void is_denied(const struct eval_packet *made, uint32_t state, const char *words)
{
	struct eval_packet other = *made;
	struct eval_result result;
	char prefix[RULESET_PREFIX_MAX + 1];

	other.ct_state = state;
	/* What would be accepted otherwise, whatever it was before. */
	other.ct_mark = policy->paths[0].id;
	evaluate_chain(ruleset, "forward", &other, &result);
	snprintf(prefix, sizeof(prefix), "hedate %s %s", words, policy->revision);
	ck_assert_int_eq(result.verdict, EVAL_DROP);
	ck_assert_str_eq(result.prefix, prefix);
	ck_assert_str_eq(result.blocked, "blocked-a");
}

START_TEST(nothing_is_forwarded)
{
	struct eval_packet four = packet("c1", "i1", "10.1.0.9", "203.0.113.9");
	struct eval_packet six = packet("c1", "i1", "fd00:1::9", "2001:db8:9::1");
	struct eval_packet back = packet("i1", "c1", "203.0.113.9", "10.1.0.9");
	struct eval_packet nowhere = packet("c1", "x9", "10.1.0.9", "203.0.113.9");

	make_island();
	ck_assert_ptr_nonnull(ruleset_find_chain(ruleset, ISLAND_CHAIN));
	is_denied(&four, STATE_NEW, "island core internet");
	is_denied(&four, STATE_ESTABLISHED, "island core internet");
	is_denied(&six, STATE_ESTABLISHED, "island core internet");
	is_denied(&back, STATE_ESTABLISHED, "island internet core");
	is_denied(&back, STATE_RELATED, "island internet core");
	is_denied(&four, STATE_INVALID, "island core internet");
	is_denied(&nowhere, STATE_NEW, "interface core unknown");
	/* And without it they are. */
	forget();
	compile(TEXT);
	ck_assert_ptr_null(ruleset_find_chain(ruleset, ISLAND_CHAIN));
	struct eval_result result;
	four.ct_mark = policy->paths[0].id;
	four.ct_state = STATE_ESTABLISHED;
	evaluate_chain(ruleset, "forward", &four, &result);
	ck_assert_int_eq(result.verdict, EVAL_ACCEPT);
}
END_TEST

START_TEST(the_gateway_is_reached)
{
	struct eval_packet made = packet("c1", NULL, "10.1.0.9", "10.1.0.1");
	struct eval_result result;

	make_island();
	evaluate_chain(ruleset, "input", &made, &result);
	ck_assert_int_eq(result.verdict, EVAL_ACCEPT);
}
END_TEST

static void tear_down_kernel(void)
{
	forget();
	in_kernel_tear_down();
}

/* The kernel takes it by what differs, and back again; ids are the same in both. */
START_TEST(in_kernel)
{
	compile(TEXT);
	struct ruleset *open = ruleset;
	uint32_t id = policy->paths[0].id;

	ruleset = NULL;
	ck_assert_int_eq(compile_island(policy, diags, &ruleset), 0);
	ck_assert_uint_eq(policy->paths[0].id, id);
	ck_assert_int_eq(nftxact_change(sock, NULL, open, "test.conf", diags), 0);
	check_table(open);
	ck_assert_int_eq(nftxact_change(sock, open, ruleset, "test.conf", diags), 0);
	check_table(ruleset);
	ck_assert_int_eq(nftxact_change(sock, ruleset, open, "test.conf", diags), 0);
	check_table(open);
	ruleset_free(open);
}
END_TEST

/* When ------------------------------------------------------------------------------------------
 */

static struct enforcer parts;
static struct island *island;
static bool asked, in_place, refuses;
static char events[1024];
static struct flowset_waiter *waiter;
static struct policy the_policy;

const struct policy *lifecycle_policy(const struct lifecycle *lifecycle)
{
	(void)lifecycle;
	return &the_policy;
}

void lifecycle_ask_island(struct lifecycle *lifecycle, bool on)
{
	(void)lifecycle;
	asked = on;
}

bool lifecycle_is_island(const struct lifecycle *lifecycle)
{
	(void)lifecycle;
	return in_place;
}

enum exit_code enforcer_renew(struct enforcer *enforcer, struct diag_list *list)
{
	(void)enforcer, (void)list;
	if (refuses)
		return EXIT_FAILED;
	in_place = asked && the_policy.log.island;
	return EXIT_OK;
}

void reclink_event(struct reclink *link, const char *action, bool success, const char *text,
	const char *const *pairs)
{
	(void)link, (void)success, (void)text;
	strcat(events, action);
	if (pairs && strcmp(pairs[0], "island") == 0) {
		strcat(events, "=");
		strcat(events, pairs[1]);
	}
	strcat(events, ";");
}

void flowset_flush(struct flowset *flowset, struct flowset_waiter *asker)
{
	(void)flowset;
	ck_assert_ptr_null(waiter);
	waiter = asker;
}

void flowset_cancel(struct flowset *flowset, struct flowset_waiter *asker)
{
	(void)flowset;
	ck_assert_ptr_eq(waiter, asker);
	waiter = NULL;
}

static void quit(struct loop *loop, void *data)
{
	(void)data;
	loop_quit(loop, 0);
}

static void run_for(uint64_t milliseconds)
{
	struct loop_source *end;

	ck_assert_int_eq(loop_add_timer(parts.loop, quit, NULL, &end), 0);
	ck_assert_int_eq(loop_set_timer(end, milliseconds, 0), 0);
	ck_assert_int_eq(loop_run(parts.loop), 0);
	loop_remove(end);
}

/* All that was blocked until it was asked for is on record. */
static void recorded(void)
{
	struct flowset_waiter *asker = waiter;

	ck_assert_ptr_nonnull(asker);
	waiter = NULL;
	asker->missing = false;
	asker->function(asker, asker->data);
	run_for(20);
}

static void begin(bool as_island, uint64_t absent_ms)
{
	in_place = as_island;
	ck_assert_int_eq(island_new(&parts, absent_ms, &island), 0);
}

static void set_up(void)
{
	memset(&parts, 0, sizeof(parts));
	the_policy.log.island = true;
	asked = in_place = refuses = false;
	events[0] = '\0';
	waiter = NULL;
	island = NULL;
	ck_assert_int_eq(loop_new(&parts.loop), 0);
}

static void tear_down(void)
{
	island_free(island);
	loop_free(parts.loop);
}

static void is(enum island_why why, bool kernel, const char *said)
{
	ck_assert_str_eq(island_why_name(island_why(island)), island_why_name(why));
	ck_assert_int_eq(in_place, kernel);
	ck_assert_str_eq(events, said);
	events[0] = '\0';
}

START_TEST(log_fails_and_recovers)
{
	begin(false, 60000);
	island_connected(island);
	island_log_state(island, 0);
	recorded();
	is(ISLAND_NOT, false, "");
	island_log_state(island, -ENOSPC);
	is(ISLAND_LOG_FAILED, true, "island-begin=log-failed;");
	/* The recorder goes, and comes back: that alone opens nothing. */
	island_connected(island);
	island_connected(island);
	is(ISLAND_LOG_FAILED, true, "");
	/* Nor does that events can be written, as long as the epoch cannot. */
	island_log_state(island, 0);
	is(ISLAND_CATCHING_UP, true, "");
	island_log_state(island, -ENOSPC);
	is(ISLAND_LOG_FAILED, true, "");
	ck_assert_ptr_null(waiter);
	island_connected(island);
	island_log_state(island, 0);
	recorded();
	is(ISLAND_NOT, false, "island-end;");
}
END_TEST

START_TEST(begins_as_one)
{
	begin(true, 60000);
	is(ISLAND_STARTING, true, "island-begin=starting;");
	island_connected(island);
	is(ISLAND_STARTING, true, "");
	island_log_state(island, 0);
	recorded();
	is(ISLAND_NOT, false, "island-end;");
}
END_TEST

START_TEST(no_recorder)
{
	begin(false, 30);
	run_for(300);
	is(ISLAND_NO_RECORDER, true, "island-begin=recorder-absent;");
	island_connected(island);
	island_log_state(island, 0);
	recorded();
	is(ISLAND_NOT, false, "island-end;");
}
END_TEST

/* It is there, and takes nothing. */
START_TEST(stuck_recorder)
{
	begin(false, 30);
	island_connected(island);
	island_log_state(island, 0);
	run_for(300);
	is(ISLAND_NO_RECORDER, true, "island-begin=recorder-absent;");
	recorded();
	is(ISLAND_NOT, false, "island-end;");
}
END_TEST

/* What the kernel refuses is said once, and tried again until it is done. */
START_TEST(kernel_refuses)
{
	begin(false, 60000);
	island_connected(island);
	refuses = true;
	island_log_state(island, -EIO);
	is(ISLAND_NOT, false, "island-failed;");
	ck_assert(!asked); /* an apply meanwhile is no island either */
	run_for(ISLAND_RETRY_MS + 500);
	is(ISLAND_NOT, false, "");
	refuses = false;
	run_for(ISLAND_RETRY_MS + 500);
	is(ISLAND_LOG_FAILED, true, "island-begin=log-failed;");
}
END_TEST

START_TEST(policy_decides)
{
	the_policy.log.island = false;
	begin(false, 30);
	island_connected(island);
	island_log_state(island, -EIO);
	run_for(100);
	is(ISLAND_NOT, false, "");
	the_policy.log.island = true;
	island_policy_changed(island);
	is(ISLAND_LOG_FAILED, true, "island-begin=log-failed;");
	/* An apply of a policy that does not ask for it has opened it already. */
	the_policy.log.island = in_place = false;
	island_policy_changed(island);
	is(ISLAND_NOT, false, "island-end;");
	ck_assert(!asked);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("island");
	TCase *plain = tcase_create("compile"), *kernel = tcase_create("kernel"),
	      *when = tcase_create("when");

	tcase_add_checked_fixture(plain, from_text_set_up, from_text_tear_down);
	tcase_add_test(plain, nothing_is_forwarded);
	tcase_add_test(plain, the_gateway_is_reached);
	suite_add_tcase(all, plain);
	tcase_set_timeout(kernel, 60);
	tcase_add_checked_fixture(kernel, in_kernel_set_up, tear_down_kernel);
	tcase_add_test(kernel, in_kernel);
	suite_add_tcase(all, kernel);
	tcase_set_timeout(when, 60);
	tcase_add_checked_fixture(when, set_up, tear_down);
	tcase_add_test(when, log_fails_and_recovers);
	tcase_add_test(when, begins_as_one);
	tcase_add_test(when, no_recorder);
	tcase_add_test(when, stuck_recorder);
	tcase_add_test(when, kernel_refuses);
	tcase_add_test(when, policy_decides);
	suite_add_tcase(all, when);
	return all;
}

int main(void)
{
	return suite_run_in_netspace(suite());
}

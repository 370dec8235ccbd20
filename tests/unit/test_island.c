/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When hedated makes an island, with the parts that it asks stood in for. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../daemon/enforcer.h"
#include "suite.h"

static struct enforcer parts;
static struct island *isle;
static bool asked, in_place, refuses;
static char events[1024];
static struct flowset_waiter *asker_now;
static struct policy the_policy;

const struct policy *lifecycle_policy(const struct lifecycle *lifecycle)
{
	(void)lifecycle;
	return &the_policy;
}

void lifecycle_ask_island(struct lifecycle *lifecycle, bool island)
{
	(void)lifecycle;
	asked = island;
}

bool lifecycle_is_island(const struct lifecycle *lifecycle)
{
	(void)lifecycle;
	return in_place;
}

enum exit_code enforcer_renew(struct enforcer *enforcer, struct diag_list *diags)
{
	(void)enforcer, (void)diags;
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

void flowset_flush(struct flowset *flowset, struct flowset_waiter *waiter)
{
	(void)flowset;
	ck_assert_ptr_null(asker_now);
	asker_now = waiter;
}

void flowset_cancel(struct flowset *flowset, struct flowset_waiter *waiter)
{
	(void)flowset;
	ck_assert_ptr_eq(asker_now, waiter);
	asker_now = NULL;
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
	struct flowset_waiter *asker = asker_now;

	ck_assert_ptr_nonnull(asker);
	asker_now = NULL;
	asker->missing = false;
	asker->function(asker, asker->data);
	run_for(20);
}

static void begin(bool as_island, uint64_t absent_ms)
{
	in_place = as_island;
	ck_assert_int_eq(island_new(&parts, absent_ms, &isle), 0);
}

static void set_up(void)
{
	memset(&parts, 0, sizeof(parts));
	the_policy.log.island = true;
	asked = in_place = refuses = false;
	events[0] = '\0';
	asker_now = NULL;
	isle = NULL;
	ck_assert_int_eq(loop_new(&parts.loop), 0);
}

static void tear_down(void)
{
	island_free(isle);
	loop_free(parts.loop);
}

static void is(enum island_why why, bool kernel, const char *said)
{
	ck_assert_str_eq(island_why_name(island_why(isle)), island_why_name(why));
	ck_assert_int_eq(in_place, kernel);
	ck_assert_str_eq(events, said);
	events[0] = '\0';
}

START_TEST(log_fails_and_recovers)
{
	begin(false, 60000);
	island_connected(isle);
	island_log_state(isle, 0);
	recorded();
	is(ISLAND_NOT, false, "");
	island_log_state(isle, -ENOSPC);
	is(ISLAND_LOG_FAILED, true, "island-begin=log-failed;");
	/* The recorder goes, and comes back: that alone opens nothing. */
	island_connected(isle);
	island_connected(isle);
	is(ISLAND_LOG_FAILED, true, "");
	/* Nor does that events can be written, as long as the epoch cannot. */
	island_log_state(isle, 0);
	is(ISLAND_CATCHING_UP, true, "");
	island_log_state(isle, -ENOSPC);
	is(ISLAND_LOG_FAILED, true, "");
	ck_assert_ptr_null(asker_now);
	island_connected(isle);
	island_log_state(isle, 0);
	recorded();
	is(ISLAND_NOT, false, "island-end;");
}
END_TEST

START_TEST(begins_as_one)
{
	begin(true, 60000);
	is(ISLAND_STARTING, true, "island-begin=starting;");
	island_connected(isle);
	is(ISLAND_STARTING, true, "");
	island_log_state(isle, 0);
	recorded();
	is(ISLAND_NOT, false, "island-end;");
}
END_TEST

START_TEST(no_recorder)
{
	begin(false, 30);
	run_for(300);
	is(ISLAND_NO_RECORDER, true, "island-begin=recorder-absent;");
	island_connected(isle);
	island_log_state(isle, 0);
	recorded();
	is(ISLAND_NOT, false, "island-end;");
}
END_TEST

/* It is there, and takes nothing. */
START_TEST(stuck_recorder)
{
	begin(false, 30);
	island_connected(isle);
	island_log_state(isle, 0);
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
	island_connected(isle);
	refuses = true;
	island_log_state(isle, -EIO);
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
	island_connected(isle);
	island_log_state(isle, -EIO);
	run_for(100);
	is(ISLAND_NOT, false, "");
	the_policy.log.island = true;
	island_policy_changed(isle);
	is(ISLAND_LOG_FAILED, true, "island-begin=log-failed;");
	/* An apply of a policy that does not ask for it has opened it already. */
	the_policy.log.island = in_place = false;
	island_policy_changed(isle);
	is(ISLAND_NOT, false, "island-end;");
	ck_assert(!asked);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("island");
	TCase *when = tcase_create("when");

	tcase_add_checked_fixture(when, set_up, tear_down);
	tcase_set_timeout(when, 60);
	tcase_add_test(when, log_fails_and_recovers);
	tcase_add_test(when, begins_as_one);
	tcase_add_test(when, no_recorder);
	tcase_add_test(when, stuck_recorder);
	tcase_add_test(when, kernel_refuses);
	tcase_add_test(when, policy_decides);
	suite_add_tcase(suite, when);
	return suite_run(suite);
}

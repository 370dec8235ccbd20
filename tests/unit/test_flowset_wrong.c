/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read does not add up, or the table is not what it was. */
#include "test_flowset.h"

START_TEST(interrupted_dumps)
{
	struct flowset_waiter waiter = waiter_of();

	begin();
	connect_recorder(0, 0, 0);
	block(100);
	flowset_flush(flowset, &waiter);
	kernel.read_errors = 3;
	let_pass(SETTLED);
	ck_assert_int_eq(kernel.read_errors, 0);
	ck_assert_uint_eq(recorder.counts, 100);
	ck_assert_uint_eq(recorder.packets, 100);
	done(100, 0);
	check_balance(100, 0, 0);
}
END_TEST

START_TEST(many_flows)
{
	struct flowset_waiter waiter = waiter_of();

	begin();
	connect_recorder(0, 0, 0);
	block(FLOWS_MAX / 2);
	flowset_flush(flowset, &waiter);
	let_pass(SETTLED);
	ck_assert_uint_eq(recorder.counts, FLOWS_MAX / 2);
	done(FLOWS_MAX / 2, 0);
	check_balance(FLOWS_MAX / 2, 0, 0);
}
END_TEST

/* What the loop has to do beside a big set is done between two slices of it. */
static unsigned int ticks_while_reading, steps_at_tick;

static void count_tick(struct loop *running, void *data)
{
	(void)running;
	(void)data;
	if (kernel.steps > steps_at_tick && recorder.epochs == 0)
		ticks_while_reading++;
	steps_at_tick = kernel.steps;
}

START_TEST(read_by_slices)
{
	struct flowset_waiter waiter = waiter_of();
	struct loop_source *tick;

	ticks_while_reading = steps_at_tick = 0;
	kernel.slow = true;
	begin();
	connect_recorder(0, 0, 0);
	block(FLOWS_MAX / 2);
	flowset_flush(flowset, &waiter);
	ck_assert_int_eq(loop_add_timer(loop, count_tick, NULL, &tick), 0);
	ck_assert_int_eq(loop_set_timer(tick, 1, 1), 0);
	let_pass(SETTLED + FLOWS_MAX / 2 / SLICE * 4);
	ck_assert_uint_eq(recorder.counts, FLOWS_MAX / 2);
	ck_assert_uint_gt(ticks_while_reading, 2);
}
END_TEST

/* It does not add up at first: it is read again, until it does. */
static void read_again(unsigned int *fault)
{
	struct flowset_waiter waiter = waiter_of();

	begin();
	connect_recorder(0, 0, 0);
	block(100);
	flowset_flush(flowset, &waiter);
	*fault = 1;
	let_pass(SETTLED + 600);
	ck_assert_uint_eq(kernel.readings, 2);
	ck_assert_uint_eq(recorder.counts, 100);
}

/* A flow is missing from what was told. */
START_TEST(does_not_add_up_at_first)
{
	read_again(&kernel.blind);
}
END_TEST

/* As many packets as there should be, but not of all flows. */
START_TEST(told_twice)
{
	read_again(&kernel.twice);
}
END_TEST

/* It never does: what there is goes on record, with the number that is missing. */
START_TEST(never_adds_up)
{
	struct flowset_waiter waiter = waiter_of();

	begin();
	connect_recorder(0, 0, 0);
	block(100);
	flowset_flush(flowset, &waiter);
	kernel.blind = 1000;
	let_pass(SETTLED + 600);
	ck_assert_uint_eq(kernel.readings, 5);
	ck_assert_uint_eq(recorder.counts, 99);
	ck_assert_uint_eq(recorder.packets, 100);
}
END_TEST

START_TEST(closed_early)
{
	begin();
	connect_recorder(0, 0, 0);
	block(policy.flow_limit / 2 - 1);
	let_pass(FILLWATCH_MS_MAX + 100);
	ck_assert_uint_eq(kernel.switches, 0);
	block(1);
	let_pass(FILLWATCH_MS_MAX + 100);
	ck_assert_uint_eq(kernel.switches, 1);
	/* The next one is full before that is on disk: it has to wait, and then does not. */
	block(policy.flow_limit / 2);
	let_pass(FILLWATCH_MS_MAX + SETTLED);
	ck_assert_uint_eq(kernel.switches, 1);
	done(recorder.counts, 0);
	let_pass(100);
	ck_assert_uint_eq(kernel.switches, 2);
}
END_TEST

/* Without a recorder: the other generation has room for as many again. */
START_TEST(closed_early_without_recorder)
{
	begin();
	block(policy.flow_limit / 4 * 3);
	let_pass(FILLWATCH_MS_MAX + 100);
	ck_assert_uint_eq(kernel.switches, 1);
	block(policy.flow_limit / 4 * 3);
	let_pass(FILLWATCH_MS_MAX + 100);
	ck_assert_uint_eq(kernel.switches, 1);
	connect_recorder(0, 0, 0);
	let_pass(SETTLED);
	ck_assert_uint_eq(recorder.counts, policy.flow_limit / 4 * 3);
	done(recorder.counts, 0);
	let_pass(SETTLED);
	ck_assert_uint_eq(kernel.switches, 2);
}
END_TEST

START_TEST(wrong_answer)
{
	struct flowset_waiter waiter = waiter_of();

	begin();
	connect_recorder(0, 0, 0);
	block(3);
	done(3, 0); /* to nothing */
	ck_assert_uint_eq(recorder.disconnects, 1);
	connect_recorder(0, 0, 0);
	flowset_flush(flowset, &waiter);
	let_pass(SETTLED);
	recorder.epoch = 99;
	done(3, 0);
	ck_assert_uint_eq(recorder.disconnects, 2);
	connect_recorder(0, 0, 0);
	flowset_needed(flowset, 1, true); /* to nothing, too */
	ck_assert_uint_eq(recorder.disconnects, 3);
	ck_assert_uint_eq(kernel.emptied, 0);
	flowset_cancel(flowset, &waiter);
}
END_TEST

START_TEST(another_table)
{
	struct reclink_hello hello = { .table = "ffffffffffffffff",
		.last_epoch = 500,
		.recorded = 1000000,
		.lost = 3,
		.fd = -1 };

	begin();
	block(2);
	recorder.connected = true;
	flowset_connected(flowset, &hello);
	check_balance(0, 0, 2);
	struct flowset_waiter waiter = waiter_of();

	flowset_flush(flowset, &waiter);
	let_pass(SETTLED);
	done(2, 0); /* epoch 1 of this table is new, though it wrote 500 of another */
	check_balance(2, 0, 0);
}
END_TEST

/* Somebody deleted the table between two epochs. */
START_TEST(table_taken_away)
{
	struct flowset_waiter waiter = waiter_of();

	begin();
	connect_recorder(0, 0, 0);
	block(3);
	flowset_flush(flowset, &waiter);
	let_pass(SETTLED);
	reclink_disconnect(NULL);
	memset(&kernel, 0, sizeof(kernel));
	ck_assert_int_eq(epoch_id_new(&kernel.epoch), 0);
	flowset_table_changed(flowset);
	check_balance(0, 0, 0);
	block(2);
	connect_recorder(0, 0, 0);
	let_pass(SETTLED); /* for the one who waits */
	let_pass(SETTLED);
	ck_assert_uint_eq(recorder.epoch, 1);
	ck_assert_uint_eq(recorder.packets, 2);
	done(2, 0);
	ck_assert_int_eq(flushed, 1);
	check_balance(2, 0, 0);
}
END_TEST

START_TEST(missing_table_is_told_once)
{
	struct flowset_waiter waiter = waiter_of();

	begin();
	connect_recorder(0, 0, 0);
	kernel.missing = true;
	flowset_flush(flowset, &waiter);
	ck_assert_int_eq(flushed, 1);
	ck_assert(waiter.missing);
	flowset_flush(flowset, &waiter);
	ck_assert_int_eq(flushed, 2);
	ck_assert_uint_eq(kernel.switches, 0);
	ck_assert_uint_eq(recorder.events, 1);
	ck_assert_str_eq(recorder.event, "table-missing");
	kernel.missing = false;
	flowset_flush(flowset, &waiter);
	ck_assert(!waiter.missing);
	kernel.missing = true;
	flowset_flush(flowset, &waiter);
	ck_assert_uint_eq(recorder.events, 2);
}
END_TEST

/* A record is missing: the equation must not hold. */
START_TEST(imbalance_is_told)
{
	struct flowset_totals totals;

	begin();
	block(5);
	connect_recorder(0, 0, 0);
	kernel.denied += 1;
	ck_assert_int_eq(flowset_totals(flowset, &totals), 0);
	ck_assert(!totals.balance.balanced);
	ck_assert_uint_eq(totals.balance.kernel, 6);
	kernel.denied -= 2;
	ck_assert_int_eq(flowset_totals(flowset, &totals), 0);
	ck_assert(!totals.balance.balanced);
	ck_assert_uint_eq(totals.balance.kernel, 4);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flowset-wrong");
	TCase *tests = tcase_create("epochs");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, interrupted_dumps);
	tcase_add_test(tests, many_flows);
	tcase_add_test(tests, read_by_slices);
	tcase_add_test(tests, does_not_add_up_at_first);
	tcase_add_test(tests, told_twice);
	tcase_add_test(tests, never_adds_up);
	tcase_add_test(tests, closed_early);
	tcase_add_test(tests, closed_early_without_recorder);
	tcase_add_test(tests, wrong_answer);
	tcase_add_test(tests, another_table);
	tcase_add_test(tests, table_taken_away);
	tcase_add_test(tests, missing_table_is_told_once);
	tcase_add_test(tests, imbalance_is_told);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

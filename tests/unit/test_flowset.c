/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Epochs from their begin to their end, with and without a recorder. */
#include "test_flowset.h"

/* Tests ---------------------------------------------------------------------------------------- */

START_TEST(nothing_blocked)
{
	struct flowset_waiter waiter = waiter_of();

	begin();
	connect_recorder(0, 0, 0);
	flowset_flush(flowset, &waiter);
	ck_assert_int_eq(flushed, 1);
	let_pass(SETTLED);
	ck_assert_uint_eq(kernel.switches, 0);
	check_balance(0, 0, 0);
}
END_TEST

START_TEST(one_epoch)
{
	struct flowset_waiter waiter = waiter_of();

	begin();
	connect_recorder(0, 0, 0);
	block(3);
	kernel.overflow[0] = 2;
	kernel.denied += 2;
	check_balance(0, 0, 5);
	flowset_flush(flowset, &waiter);
	ck_assert_uint_eq(kernel.switches, 1);
	ck_assert_uint_eq(recorder.epochs, 0); /* packets are still in flight */
	let_pass(SETTLED);
	ck_assert_uint_eq(recorder.epoch, 1);
	ck_assert_uint_eq(recorder.counts, 3);
	ck_assert_uint_eq(recorder.packets, 5);
	ck_assert_uint_eq(recorder.overflow, 2);
	ck_assert_uint_eq(recorder.codes, 1);
	ck_assert_uint_eq(recorder.total, 5);
	ck_assert_uint_eq(kernel.emptied, 0); /* not before it is on disk */
	ck_assert_int_eq(flushed, 0);
	check_balance(0, 0, 5);
	done(4, 1);
	ck_assert_uint_eq(kernel.emptied, 1);
	ck_assert_int_eq(flushed, 1);
	check_balance(4, 1, 0);
}
END_TEST

/* The recorder was told of every packet: what overflowed is all that is read. */
START_TEST(no_counts_needed)
{
	struct flowset_waiter waiter = waiter_of();

	begin();
	connect_recorder(0, 0, 0);
	recorder.knows_all = true;
	block(3);
	kernel.overflow[0] = 2;
	kernel.denied += 2;
	flowset_flush(flowset, &waiter);
	let_pass(SETTLED);
	ck_assert_uint_eq(recorder.asked_epoch, 1);
	ck_assert_uint_eq(recorder.asked_packets, 3);
	ck_assert_uint_eq(kernel.readings, 0);
	ck_assert_uint_eq(recorder.epoch, 1);
	ck_assert_uint_eq(recorder.counts, 0);
	ck_assert_uint_eq(recorder.packets, 5);
	ck_assert_uint_eq(recorder.codes, 1);
	done(5, 0);
	ck_assert_int_eq(flushed, 1);
	check_balance(5, 0, 0);
}
END_TEST

START_TEST(cannot_ask)
{
	struct flowset_waiter waiter = waiter_of();

	begin();
	connect_recorder(0, 0, 0);
	block(3);
	flowset_flush(flowset, &waiter);
	kernel.read_errors = 10; /* as often as it is tried */
	let_pass(SETTLED);
	ck_assert_uint_eq(recorder.asked_epoch, 0);
	ck_assert_uint_eq(recorder.epochs, 0);
	let_pass(1500);
	ck_assert_uint_eq(recorder.counts, 3);
	done(3, 0);
	ck_assert_int_eq(flushed, 1);
}
END_TEST

START_TEST(traffic_during_delivery)
{
	struct flowset_waiter waiter = waiter_of();

	begin();
	connect_recorder(0, 0, 0);
	block(10);
	flowset_flush(flowset, &waiter);
	block(7); /* into the other generation */
	let_pass(SETTLED);
	ck_assert_uint_eq(recorder.packets, 10);
	ck_assert_uint_eq(recorder.total, 10); /* at the switch, not now */
	check_balance(0, 0, 17);
	done(10, 0);
	check_balance(10, 0, 7);
}
END_TEST

START_TEST(no_recorder)
{
	struct flowset_waiter waiter = waiter_of();

	begin();
	block(3);
	flowset_flush(flowset, &waiter);
	let_pass(SETTLED);
	ck_assert_uint_eq(kernel.switches, 0);
	ck_assert_int_eq(flushed, 0);
	check_balance(0, 0, 3);
	connect_recorder(0, 0, 0);
	let_pass(2 * SETTLED);
	ck_assert_uint_eq(recorder.ends, 1);
	done(3, 0);
	ck_assert_int_eq(flushed, 1);
	check_balance(3, 0, 0);
}
END_TEST

START_TEST(recorder_dies_before_done)
{
	struct flowset_waiter waiter = waiter_of();

	begin();
	connect_recorder(0, 0, 0);
	block(3);
	flowset_flush(flowset, &waiter);
	let_pass(SETTLED);
	reclink_disconnect(NULL);
	block(4);
	let_pass(SETTLED);
	ck_assert_uint_eq(kernel.emptied, 0);
	check_balance(0, 0, 7);

	/* It had written the epoch before it died. */
	connect_recorder(1, 3, 0);
	let_pass(SETTLED);
	ck_assert_uint_eq(recorder.epochs, 2);
	ck_assert_uint_eq(recorder.epoch, 1);
	ck_assert_uint_eq(recorder.counts, 3);
	done(3, 0);
	ck_assert_uint_eq(kernel.emptied, 1);
	check_balance(3, 0, 4);
}
END_TEST

START_TEST(recorder_dies_while_settling)
{
	struct flowset_waiter waiter = waiter_of();

	begin();
	connect_recorder(0, 0, 0);
	block(3);
	flowset_flush(flowset, &waiter);
	reclink_disconnect(NULL);
	let_pass(SETTLED);
	ck_assert_uint_eq(recorder.epochs, 0);
	connect_recorder(0, 0, 0);
	let_pass(SETTLED);
	done(3, 0);
	ck_assert_int_eq(flushed, 1);
	check_balance(3, 0, 0);
}
END_TEST

START_TEST(takes_over_a_closed_epoch)
{
	kernel.epoch.number = 8;
	kernel.generation = 1;
	kernel.flows[0] = 5;
	kernel.flows[1] = 2;
	kernel.denied = 107; /* 100 are on record */
	begin();
	struct flowset_totals totals;

	ck_assert_int_eq(flowset_totals(flowset, &totals), 0);
	ck_assert(!totals.known); /* nobody has told */
	ck_assert(!totals.balance.balanced);

	struct flowset_waiter waiter = waiter_of();

	connect_recorder(6, 90, 10);
	check_balance(90, 10, 7);
	flowset_flush(flowset, &waiter);
	let_pass(SETTLED);
	ck_assert_uint_eq(kernel.switches, 0); /* the old one first */
	ck_assert_uint_eq(recorder.epoch, 7);
	ck_assert_uint_eq(recorder.packets, 5);
	ck_assert_uint_eq(recorder.total, 105);
	done(5, 0);
	let_pass(SETTLED);
	ck_assert_uint_eq(recorder.epoch, 8);
	done(2, 0);
	ck_assert_int_eq(flushed, 1);
	check_balance(97, 10, 0);
}
END_TEST

START_TEST(flush_during_an_epoch)
{
	struct flowset_waiter first = waiter_of(), second = waiter_of();

	begin();
	connect_recorder(0, 0, 0);
	block(1);
	flowset_flush(flowset, &first);
	block(1); /* the second asks for this one too */
	flowset_flush(flowset, &second);
	let_pass(SETTLED);
	done(1, 0);
	ck_assert_int_eq(flushed, 1);
	let_pass(SETTLED);
	ck_assert_uint_eq(recorder.epoch, 2);
	done(1, 0);
	ck_assert_int_eq(flushed, 2);
	check_balance(2, 0, 0);
}
END_TEST

/* What is on record counts, too: with nothing blocked, and where the epoch is on disk first. */
START_TEST(flush_waits_for_events)
{
	struct flowset_waiter waiter = waiter_of();

	begin();
	connect_recorder(0, 0, 0);
	recorder.events = 1;
	recorder.behind = true;
	flowset_flush(flowset, &waiter);
	flowset_events_done(flowset); /* an earlier one */
	ck_assert_int_eq(flushed, 0);
	recorder.behind = false;
	flowset_events_done(flowset);
	ck_assert_int_eq(flushed, 1);
	waiter = waiter_of();
	recorder.behind = true;
	block(3);
	flowset_flush(flowset, &waiter);
	let_pass(SETTLED);
	block(1); /* of the next epoch, which nobody waits for */
	done(3, 0);
	ck_assert_int_eq(flushed, 0);
	let_pass(SETTLED);
	ck_assert_uint_eq(kernel.switches, 1);
	recorder.behind = false;
	flowset_events_done(flowset);
	ck_assert_int_eq(flushed, 1);
	check_balance(3, 0, 1);
}
END_TEST

START_TEST(cancelled_flush)
{
	struct flowset_waiter first = waiter_of(), second = waiter_of();

	begin();
	connect_recorder(0, 0, 0);
	block(1);
	flowset_flush(flowset, &first);
	flowset_flush(flowset, &second);
	flowset_cancel(flowset, &first);
	let_pass(SETTLED);
	done(1, 0);
	ck_assert_int_eq(flushed, 1);
}
END_TEST

START_TEST(emptying_fails)
{
	struct flowset_waiter waiter = waiter_of();

	begin();
	connect_recorder(0, 0, 0);
	block(3);
	flowset_flush(flowset, &waiter);
	let_pass(SETTLED);
	kernel.empty_error = -EAGAIN;
	block(2);
	done(3, 0);
	ck_assert_int_eq(flushed, 1);
	check_balance(3, 0, 2); /* on record, whatever the kernel still holds */
	waiter = waiter_of();
	flowset_flush(flowset, &waiter);
	let_pass(SETTLED);
	ck_assert_uint_eq(kernel.switches, 1); /* never into what is not empty */
	kernel.empty_error = 0;
	let_pass(1500);
	ck_assert_uint_eq(recorder.epoch, 2);
	done(2, 0);
	ck_assert_int_eq(flushed, 1);
	check_balance(5, 0, 0);
}
END_TEST

START_TEST(switching_fails)
{
	struct flowset_waiter waiter = waiter_of();

	begin();
	connect_recorder(0, 0, 0);
	block(3);
	kernel.switch_error = -EAGAIN;
	flowset_flush(flowset, &waiter);
	let_pass(SETTLED);
	ck_assert_uint_eq(recorder.epochs, 0);
	check_balance(0, 0, 3);
	kernel.switch_error = 0;
	let_pass(1500);
	done(3, 0);
	ck_assert_int_eq(flushed, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flowset");
	TCase *tests = tcase_create("epochs");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, nothing_blocked);
	tcase_add_test(tests, one_epoch);
	tcase_add_test(tests, no_counts_needed);
	tcase_add_test(tests, cannot_ask);
	tcase_add_test(tests, traffic_during_delivery);
	tcase_add_test(tests, no_recorder);
	tcase_add_test(tests, recorder_dies_before_done);
	tcase_add_test(tests, recorder_dies_while_settling);
	tcase_add_test(tests, takes_over_a_closed_epoch);
	tcase_add_test(tests, flush_during_an_epoch);
	tcase_add_test(tests, flush_waits_for_events);
	tcase_add_test(tests, cancelled_flush);
	tcase_add_test(tests, emptying_fails);
	tcase_add_test(tests, switching_fails);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

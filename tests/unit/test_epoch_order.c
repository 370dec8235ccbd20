/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of epochs, failures, crashes, and a flood. */
#include "test_epoch.h"

/* Order ---------------------------------------------------------------------------------------- */

START_TEST(test_order)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000), other = tcp_key(1, 1000);
	ck_assert_int_eq(count(&one, 1), -EPROTO);
	ck_assert_int_eq(end(1, 0, 0, &done), -EPROTO);
	ck_assert_int_eq(begin(1, 2), -EPROTO);
	ck_assert_int_eq(begin(0, 0), -EPROTO);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(begin(2, 1), -EPROTO);
	ck_assert_int_eq(end(2, 0, 0, &done), -EPROTO); /* ends the epoch, too */
	ck_assert_int_eq(count(&one, 1), -EPROTO);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&other, 1), -EPROTO); /* of another generation */
	ck_assert_int_eq(begin(1, 0), 0);
	one.family = 2;
	ck_assert_int_eq(count(&one, 1), -EPROTO);
	ck_assert_uint_eq(read_log().lines, 0);
}
END_TEST

START_TEST(test_repeated)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(begin(5, 0), 0);
		ck_assert_int_eq(count(&one, 4), 0);
		ck_assert_int_eq(end(5, 6, 2, &done), 0);
		ck_assert_uint_eq(done.recorded, 4);
		ck_assert_uint_eq(done.lost, 2);
		ck_assert_uint_eq(epochs_totals(epochs)->recorded, 4);
		ck_assert_uint_eq(epochs_totals(epochs)->last_epoch, 5);
		if (i == 1) { /* the same after a restart */
			close_all();
			open_all(0);
		}
	}
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.ledgers, 1);
	ck_assert_uint_eq(seen.flows, 1);
	/* Another table has its own numbers. */
	ck_assert_int_eq(epochs_set_table(epochs, "t2", INT64_MAX), 0);
	ck_assert_uint_eq(epochs_totals(epochs)->recorded, 0);
	ck_assert_int_eq(begin(5, 0), 0);
	ck_assert_int_eq(count(&one, 4), 0);
	ck_assert_int_eq(end(5, 4, 0, &done), 0);
	ck_assert_uint_eq(read_log().ledgers, 2);
}
END_TEST

/* The connection ends in the middle: nothing is left, and the details are found again. */
START_TEST(test_aborted)
{
	struct epochs_done done;
	for (uint16_t i = 0; i < 500; i++) {
		struct flow_key key = tcp_key(0, i);
		send_packet(&key, false, START);
	}
	for (int attempt = 0; attempt < 3; attempt++) {
		ck_assert_int_eq(begin(1, 0), 0);
		for (uint16_t i = 0; i < 500; i++) {
			struct flow_key key = tcp_key(0, i);
			ck_assert_int_eq(count(&key, 1), 0);
		}
		if (attempt < 2)
			epochs_abort(epochs);
	}
	ck_assert_int_eq(end(1, 500, 0, &done), 0);
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.full, 500);
	ck_assert_uint_eq(seen.lines, 501);
}
END_TEST

/* Events and failures -------------------------------------------------------------------------- */

static void send_event(const char *action)
{
	const struct record_extra extra = { .key = "file", .text = "x.conf" };
	const struct record_event event = {
		.time = START,
		.action = action,
		.outcome = "success",
		.message = "done",
		.extras = &extra,
		.extra_count = 1,
	};
	journal_event(journal, &event);
}

START_TEST(test_events_wait_for_the_epoch)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000);
	send_event("before");
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	send_event("inside");
	ck_assert_int_eq(count(&one, 1), 0);
	ck_assert_int_eq(end(1, 2, 0, &done), 0);
	send_event("after");
	ck_assert_str_eq(read_log().actions, "before detail-lost ledger inside after ");
}
END_TEST

START_TEST(test_events_wait_for_an_aborted_epoch)
{
	struct flow_key one = tcp_key(0, 1000);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	send_event("inside");
	epochs_abort(epochs);
	struct seen seen = read_log();
	ck_assert_str_eq(seen.actions, "inside ");
	ck_assert_uint_eq(seen.lines, 1);
}
END_TEST

/* No room for an epoch, then for events; then there is room again. */
START_TEST(test_full_disk)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000);
	send_packet(&one, false, START);
	writes_left = 0;
	write_error = ENOSPC;
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	ck_assert_int_eq(end(1, 1, 0, &done), -ENOSPC);
	ck_assert_int_eq(changes, 1);
	ck_assert_int_eq(begin(1, 0), -EBUSY);
	for (int i = 0; i < JOURNAL_EVENTS_MAX + 5; i++)
		send_event("apply");
	ck_assert_int_eq(journal_retry(journal), -ENOSPC);
	ck_assert_uint_eq(read_log().lines, 0);
	ck_assert_int_eq(changes, 1);
	writes_left = -1;
	ck_assert_int_eq(journal_retry(journal), 0);
	ck_assert_int_eq(changes, 2);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	ck_assert_int_eq(end(1, 1, 0, &done), 0);
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.full, 1);
	ck_assert_int_eq(strncmp(seen.actions, "log-failed apply apply ", 23), 0);
	ck_assert_uint_eq(seen.lines, JOURNAL_EVENTS_MAX + 2 + 1 + 1);
	ck_assert_int_eq(journal_retry(journal), 0);
}
END_TEST

START_TEST(test_failing_device)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000);
	send_event("start");
	writes_left = 1; /* the write succeeds, the sync does not */
	write_error = EIO;
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	ck_assert_int_eq(end(1, 1, 0, &done), -EIO);
	writes_left = -1;
	ck_assert_int_eq(journal_retry(journal), 0);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	ck_assert_int_eq(end(1, 1, 0, &done), 0);
	ck_assert_str_eq(read_log().actions, "start log-failed log-recovered detail-lost ledger ");
}
END_TEST

/* Any epochs, any losses, any crashes -----------------------------------------------------------
 */

/* One epoch of random flows. The sums of what was sent are added up. */
struct plan {
	unsigned int seed;
	uint64_t packets; /* counter blocked */
};

static unsigned int draw(struct plan *plan, unsigned int below)
{
	plan->seed = plan->seed * 1103515245u + 12345u;
	return (plan->seed >> 8) % below;
}

static int run_epoch(struct plan *plan, uint64_t number, struct epochs_done *done)
{
	unsigned int generation = (unsigned int)(number & 1);
	unsigned int flows = draw(plan, 400), overflow = 0;
	uint64_t packets = 0;
	for (unsigned int i = 0; i < draw(plan, 300); i++) {
		struct flow_key key = tcp_key(generation, (uint16_t)draw(plan, 50));
		overflow++;
		if (draw(plan, 10) > 0)
			send_packet(&key, true, START);
	}
	for (unsigned int i = 0; i < flows; i++) {
		struct flow_key key = tcp_key(generation, (uint16_t)i);
		if (draw(plan, 10) > 0)
			send_packet(&key, false, START);
	}
	int r = begin(number, generation);
	for (unsigned int i = 0; i < flows && r == 0; i++) {
		struct flow_key key = tcp_key(generation, (uint16_t)i);
		unsigned int each = 1 + draw(plan, 9);
		if (draw(plan, 20) == 0)
			key = flow_key_other(&key), key.saddr[3] = (uint8_t)i;
		packets += each;
		r = count(&key, each);
	}
	plan->packets = packets + overflow;
	return r < 0 ? r : end(number, packets + overflow, overflow, done);
}

START_TEST(test_any_losses)
{
	struct plan plan = { .seed = random_seed("any_losses") };
	struct epochs_done done;
	uint64_t packets = 0;
	for (uint64_t number = 1; number <= 50; number++) {
		ck_assert_int_eq(run_epoch(&plan, number, &done), 0);
		ck_assert_uint_eq(done.recorded + done.lost, plan.packets);
		packets += plan.packets;
	}
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.packets + seen.lost, packets);
	ck_assert_uint_eq(epochs_totals(epochs)->recorded, seen.packets);
	ck_assert_uint_eq(epochs_totals(epochs)->lost, seen.lost);
}
END_TEST

/* The process ends at its n-th write or sync, for every n, in the third of six epochs. hedated then
 * sends what is not acknowledged again: each epoch is on record once, with all its packets. */
static void run_until_crash(unsigned int seed, uint64_t from, int after)
{
	for (uint64_t number = from; number <= 6; number++) {
		struct plan plan = { .seed = seed + (unsigned int)number };
		struct epochs_done done;
		if (number == 3)
			writes_left = after;
		if (run_epoch(&plan, number, &done) < 0)
			_exit(1);
		send_event("apply");
	}
	_exit(42);
}

START_TEST(test_crash_anywhere)
{
	unsigned int seed = random_seed("crash_anywhere");
	bool ended = false;
	int points = 0;
	for (; !ended; points++) {
		int status;
		pid_t child = fork();
		write_error = 0;
		if (child == 0)
			run_until_crash(seed, 1, points);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert(WIFEXITED(status));
		ck_assert_int_ne(WEXITSTATUS(status), 1);
		ended = WEXITSTATUS(status) == 42;
		close_all();
		open_all(0);
		uint64_t packets = 0, last = epochs_totals(epochs)->last_epoch;
		for (uint64_t number = 1; number <= 6; number++) {
			struct plan plan = { .seed = seed + (unsigned int)number };
			struct epochs_done done = { 0 };
			/* Without its packets' details; those died with the process. */
			ck_assert_int_eq(run_epoch(&plan, number, &done), 0);
			packets += plan.packets;
			if (number > last || number == last)
				ck_assert_uint_eq(done.recorded + done.lost, plan.packets);
		}
		struct seen seen = read_log();
		ck_assert_uint_eq(seen.ledgers, 6);
		ck_assert_uint_eq(seen.packets + seen.lost, packets);
		close_all();
		testdir_empty(directory);
		open_all(0);
	}
	ck_assert_int_gt(points, 8);
}
END_TEST

/* Speed and room for a flood. */
START_TEST(test_flood)
{
	static struct rec_count counts[REC_COUNTS_MAX];
	const unsigned int flows = 100000;
	struct timespec before, after;
	struct epochs_done done;
	for (unsigned int i = 0; i < flows; i++) {
		struct flow_key key = tcp_key(0, (uint16_t)i);
		key.saddr[1] = (uint8_t)(i >> 16);
		send_packet(&key, false, START);
	}
	clock_gettime(CLOCK_MONOTONIC, &before);
	ck_assert_int_eq(begin(1, 0), 0);
	for (unsigned int i = 0; i < flows;) {
		unsigned int n = 0;
		for (; n < REC_COUNTS_MAX && i < flows; n++, i++) {
			counts[n].key = tcp_key(0, (uint16_t)i);
			counts[n].key.saddr[1] = (uint8_t)(i >> 16);
			counts[n].packets = 2;
			counts[n].bytes = 120;
		}
		ck_assert_int_eq(epochs_counts(epochs, counts, n), 0);
	}
	ck_assert_int_eq(end(1, 2 * flows, 0, &done), 0);
	clock_gettime(CLOCK_MONOTONIC, &after);
	double seconds = (double)(after.tv_sec - before.tv_sec) +
			 (double)(after.tv_nsec - before.tv_nsec) / 1e9;
	printf("%u flows in %.2f s\n", flows, seconds);
	ck_assert_uint_eq(done.recorded, 2 * flows);
	ck_assert_uint_eq(read_log().full, flows);
	ck_assert_double_lt(seconds, 20); /* with sanitizers, on a slow disk */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("epoch-order");
	TCase *tests = tcase_create("epoch");
	tcase_set_timeout(tests, 200);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_order);
	tcase_add_test(tests, test_repeated);
	tcase_add_test(tests, test_aborted);
	tcase_add_test(tests, test_events_wait_for_the_epoch);
	tcase_add_test(tests, test_events_wait_for_an_aborted_epoch);
	tcase_add_test(tests, test_full_disk);
	tcase_add_test(tests, test_failing_device);
	tcase_add_test(tests, test_any_losses);
	tcase_add_test(tests, test_crash_anywhere);
	tcase_add_test(tests, test_flood);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recorder's end of the connection, against a hedated that the test plays. */
#include "test_enflink.h"

START_TEST(test_hello_and_welcome)
{
	char table[32];
	accept_hello();
	message_get_string(&message, table, sizeof(table));
	ck_assert_str_eq(table, "t1");
	ck_assert_uint_eq(message_get_number(&message), 4);
	ck_assert_uint_eq(message_get_number(&message), 100);
	ck_assert_uint_eq(message_get_number(&message), 3);
	ck_assert(message_complete(&message));
	ck_assert_int_eq(message.fd, -1);
	ck_assert(!enflink_connected(link_));
	send_welcome(0);
	ck_assert(enflink_connected(link_));
	ck_assert_str_eq(told, "welcome aobano t1 100;");
	ck_assert_int_ge(given_fd, 0);
}
END_TEST

START_TEST(test_hello_brings_the_socket)
{
	own_fd = 0;
	accept_hello();
	ck_assert_int_ge(message.fd, 0);
	message_close_fd(&message);
	send_welcome(-1);
	ck_assert_int_eq(given_fd, -1);
}
END_TEST

static void send_logging(
	uint64_t days, uint64_t segment, uint64_t targets, uint64_t seconds, uint64_t payload)
{
	const uint64_t numbers[] = { 1, 0, days, UINT64_C(1) << 40, segment, targets, seconds,
		payload };
	message_begin(&message, REC_LOGGING);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		message_put_number(&message, numbers[i]);
	send_it();
}

START_TEST(test_logging)
{
	greet();
	send_logging(365, 1 << 20, 20, 60, 1500);
	run_for(50);
	ck_assert_ptr_nonnull(strstr(told, "logging 1 0 365 1099511627776 1048576 20/60 1500;"));
	ck_assert(enflink_connected(link_));
}
END_TEST

START_TEST(test_logging_out_of_bounds)
{
	static const uint64_t wrong[][5] = {
		{ 36501, 1 << 20, 20, 60, 0 },
		{ UINT64_C(1) << 32, 1 << 20, 20, 60, 0 },
		{ 365, (1 << 20) - 1, 20, 60, 0 },
		{ 365, 1 << 20, 65536, 60, 0 },
		{ 365, 1 << 20, 20, 0, 0 },
		{ 365, 1 << 20, 20, 3601, 0 },
		{ 365, 1 << 20, 20, 60, 1501 },
	};
	const uint64_t *w = wrong[_i];
	greet();
	send_logging(w[0], w[1], w[2], w[3], w[4]);
	run_for(50);
	ck_assert(!enflink_connected(link_));
	ck_assert_ptr_null(strstr(told, "logging"));
}
END_TEST

START_TEST(test_policy_and_events)
{
	static char longer[5000];
	memset(longer, 'x', sizeof(longer) - 1);
	greet();
	message_begin(&message, REC_POLICY);
	message_put_string(&message, "0123456789ab");
	message_put_string(&message, "青葉野市");
	message_put_string(&message, "aobano");
	message_put_string(&message, "alpha");
	send_it();
	message_begin(&message, REC_PLACE);
	message_put_string(&message, "eno1.120");
	message_put_string(&message, "mynumber.servers");
	message_put_string(&message, "mynumber");
	send_it();
	message_begin(&message, REC_CODE);
	message_put_number(&message, 7);
	message_put_string(&message, "spoof");
	message_put_string(&message, "lgwan.servers");
	message_put_string(&message, "unknown");
	send_it();
	message_begin(&message, REC_POLICY_END);
	send_it();
	message_begin(&message, REC_EVENT);
	message_put_number(&message, 3);
	message_put_string(&message, "apply");
	message_put_string(&message, "success");
	message_put_number(&message, 5);
	message_put_string(&message, "done");
	message_put_string(&message, "file");
	message_put_string(&message, "x.conf");
	message_put_string(&message, "text");
	message_put_string(&message, longer);
	send_it();
	ck_assert_str_eq(told,
		"policy 0123456789ab aobano alpha;place eno1.120 mynumber.servers mynumber;"
		"code 7 spoof lgwan.servers unknown;end of policy;"
		"3 event apply success 5 done 2 file=x.conf text=xxxxxxxxxxxxxxxxxxxx;");
}
END_TEST

/* However many: some are kept, none ends the connection. */
START_TEST(test_event_with_many_extras)
{
	greet();
	message_begin(&message, REC_EVENT);
	message_put_number(&message, 4);
	message_put_string(&message, "apply");
	message_put_string(&message, "success");
	message_put_number(&message, 5);
	message_put_string(&message, "done");
	for (int i = 0; i < 2000; i++)
		message_put_string(&message, "");
	send_it();
	ck_assert_str_eq(told, "4 event apply success 5 done 64 = = =;");
	ck_assert(enflink_connected(link_));
}
END_TEST

START_TEST(test_epoch)
{
	struct rec_count counts[2] = { { .key.sport = 1, .packets = 3 },
		{ .key.sport = 2, .packets = 4 } };
	greet();
	send_epoch(1);
	message_begin(&message, REC_COUNTS);
	message_put_bytes(&message, counts, sizeof(counts));
	send_it();
	message_begin(&message, REC_COUNTS);
	message_put_bytes(&message, NULL, 0);
	send_it();
	send_end();
	ck_assert_str_eq(
		told, "epoch 5 1 10 20 0123456789ab;counts 2 1:3 2:4;counts 0;end 5 6 7 8 9;");
	ck_assert_int_eq(message_receive(peer, &message), 0);
	ck_assert_uint_eq(message.type, REC_DONE);
	ck_assert_uint_eq(message_get_number(&message), 5);
	ck_assert_uint_eq(message_get_number(&message), 7);
	ck_assert_uint_eq(message_get_number(&message), 2);
	ck_assert(message_complete(&message));
}
END_TEST

START_TEST(test_closed_epoch)
{
	greet();
	for (result = 0; result < 2; result++) {
		told[0] = '\0';
		message_begin(&message, REC_CLOSED);
		message_put_number(&message, 5);
		message_put_number(&message, 1);
		message_put_number(&message, 3);
		message_put_number(&message, 180);
		send_it();
		ck_assert_str_eq(told, "closed 5 1 3 180;");
		ck_assert_int_eq(message_receive(peer, &message), 0);
		ck_assert_uint_eq(message.type, REC_NEEDED);
		ck_assert_uint_eq(message_get_number(&message), 5);
		ck_assert_uint_eq(message_get_number(&message), (uint64_t)result);
		ck_assert(message_complete(&message));
	}
	told[0] = '\0';
	result = 0;
	send_epoch(0);
	ck_assert_str_eq(told, "epoch 5 1 10 20 0123456789ab without counts;");
}
END_TEST

/* What could not be written is not acknowledged, and asked for again. */
START_TEST(test_error_of_a_callback)
{
	greet();
	send_epoch(1);
	result = -ENOSPC;
	send_end();
	ck_assert_str_eq(told, "epoch 5 1 10 20 0123456789ab;end 5 6 7 8 9;ended ENOSPC;");
	ck_assert_int_eq(message_receive(peer, &message), -ECONNRESET);
	close(peer);
	result = 0;
	greet();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("enflink");
	TCase *tests = tcase_create("enflink");
	tcase_set_timeout(tests, 30);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_hello_and_welcome);
	tcase_add_test(tests, test_hello_brings_the_socket);
	tcase_add_test(tests, test_logging);
	tcase_add_loop_test(tests, test_logging_out_of_bounds, 0, 7);
	tcase_add_test(tests, test_policy_and_events);
	tcase_add_test(tests, test_event_with_many_extras);
	tcase_add_test(tests, test_epoch);
	tcase_add_test(tests, test_closed_epoch);
	tcase_add_test(tests, test_error_of_a_callback);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

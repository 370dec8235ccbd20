/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recorder's end of the connection, when hedated says what it must not, or is gone. */
#include "test_enflink.h"

static void make_bad(int which)
{
	static const uint8_t bytes[64 * (REC_COUNTS_MAX + 1)];
	message_begin(&message, REC_COUNTS);
	switch (which) {
	case 0: /* not whole elements */
		message_put_bytes(&message, bytes, 63);
		break;
	case 1: /* too many */
		message_put_bytes(&message, bytes, sizeof(bytes));
		break;
	case 2: /* something left over */
		message_put_bytes(&message, bytes, 64);
		message_put_number(&message, 1);
		break;
	case 3: /* unknown type */
		message.type = 99;
		break;
	case 4: /* our own type */
		message.type = REC_HELLO;
		break;
	case 5: /* a third generation */
		message.type = REC_EPOCH;
		message_put_number(&message, 1);
		message_put_number(&message, 2);
		message_put_number(&message, 1);
		message_put_number(&message, 1);
		message_put_string(&message, "");
		message_put_number(&message, 1);
		break;
	case 9: /* the same */
		message.type = REC_CLOSED;
		message_put_number(&message, 1);
		message_put_number(&message, 2);
		message_put_number(&message, 1);
		message_put_number(&message, 1);
		break;
	case 6: /* welcomed twice */
		message.type = REC_WELCOME;
		message_put_string(&message, "a");
		message_put_string(&message, "b");
		message_put_number(&message, 1);
		message_put_number(&message, 0);
		message_put_number(&message, 0);
		break;
	case 7: /* a name that cannot be one */
		message.type = REC_PLACE;
		message_put_string(&message, "an-interface-name-too-long");
		message_put_string(&message, "b");
		message_put_string(&message, "b");
		break;
	case 8: /* a key without its value */
		message.type = REC_EVENT;
		message_put_number(&message, 1);
		message_put_string(&message, "a");
		message_put_string(&message, "b");
		message_put_number(&message, 1);
		message_put_string(&message, "c");
		message_put_string(&message, "d");
		break;
	}
}

START_TEST(test_bad_messages)
{
	greet();
	make_bad(_i);
	send_it();
	ck_assert_str_eq(told, "ended EBADMSG;");
	ck_assert(!enflink_connected(link_));
}
END_TEST

START_TEST(test_nothing_before_welcome)
{
	accept_hello();
	send_epoch(1);
	ck_assert_str_eq(told, "");
	ck_assert_int_eq(message_receive(peer, &message), -ECONNRESET);
}
END_TEST

START_TEST(test_connects_again)
{
	greet();
	close(peer);
	run_for(20);
	ck_assert_str_eq(told, "ended ECONNRESET;");
	/* Nobody listens for a while. */
	close(listener);
	unlink(path);
	run_for(300);
	listen_there();
	greet();
}
END_TEST

START_TEST(test_hold)
{
	greet();
	enflink_hold(link_, true);
	ck_assert_str_eq(told, "ended ECANCELED;");
	ck_assert_int_eq(message_receive(peer, &message), -ECONNRESET);
	run_for(300);
	ck_assert_int_eq(accept4(listener, NULL, NULL, SOCK_NONBLOCK), -1);
	close(peer);
	enflink_hold(link_, false);
	greet();
}
END_TEST

START_TEST(test_path_too_long)
{
	char longer[200];
	struct enflink *other;
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	ck_assert_int_eq(enflink_new(loop, longer, &functions, NULL, &other), -ENAMETOOLONG);
	enflink_free(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("enflinkbad");
	TCase *tests = tcase_create("enflinkbad");
	tcase_set_timeout(tests, 30);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, test_bad_messages, 0, 10);
	tcase_add_test(tests, test_nothing_before_welcome);
	tcase_add_test(tests, test_connects_again);
	tcase_add_test(tests, test_hold);
	tcase_add_test(tests, test_path_too_long);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

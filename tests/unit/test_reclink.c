/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder's connection over a real socket: greeting, order, events that wait, a peer that does
 * not read, one that talks nonsense, one that is replaced.
 */
#include "test_reclink.h"

START_TEST(hello)
{
	int fd = dial();
	struct message message;

	let_pass();
	ck_assert(!reclink_connected(reclink)); /* not before HELLO */
	message_begin(&message, REC_POLICY_END);
	ck_assert_int_eq(reclink_push(reclink, &message), -ENOTCONN);
	int file = open("/dev/null", O_RDONLY);

	say_hello(fd, file);
	let_pass();
	ck_assert_int_eq(connections, 1);
	ck_assert_str_eq(greeting.table, "0123456789abcdef");
	ck_assert_uint_eq(greeting.last_epoch, 7);
	ck_assert_uint_eq(greeting.recorded, 100);
	ck_assert_uint_eq(greeting.lost, 3);
	ck_assert_int_ge(greeting.fd, 0);
	ck_assert_int_ne(greeting.fd, file);
	close(greeting.fd);
	close(file);

	message_begin(&message, REC_DONE);
	message_put_number(&message, 8);
	message_put_number(&message, 20);
	message_put_number(&message, 1);
	ck_assert_int_eq(message_send(fd, &message), 0);
	let_pass();
	ck_assert_uint_eq(answer.epoch, 8);
	ck_assert_uint_eq(answer.recorded, 20);
	ck_assert_uint_eq(answer.lost, 1);

	close(fd);
	let_pass();
	ck_assert_int_eq(disconnections, 1);
	ck_assert(!reclink_connected(reclink));
}
END_TEST

START_TEST(order)
{
	int fd = greeted_peer();
	struct message message;

	for (uint64_t i = 0; i < 100; i++)
		push_number(i);
	let_pass();
	ck_assert_int_eq(drains, 1);
	for (uint64_t i = 0; i < 100; i++) {
		ck_assert_int_eq(message_receive(fd, &message), 0);
		ck_assert_uint_eq(message_get_number(&message), i);
	}
	ck_assert_int_eq(message_receive(fd, &message), -EAGAIN);
	close(fd);
}
END_TEST

static void say(int fd, enum rec_message type, uint64_t number)
{
	struct message message;

	message_begin(&message, type);
	message_put_number(&message, number);
	ck_assert_int_eq(message_send(fd, &message), 0);
}

static void say_needed(int fd, uint64_t epoch, uint64_t counts)
{
	struct message message;

	message_begin(&message, REC_NEEDED);
	message_put_number(&message, epoch);
	message_put_number(&message, counts);
	ck_assert_int_eq(message_send(fd, &message), 0);
	let_pass();
}

START_TEST(needed)
{
	int fd = greeted_peer();

	say_needed(fd, 7, 1);
	ck_assert_uint_eq(needed_epoch, 7);
	ck_assert(needed_counts);
	say_needed(fd, 8, 0);
	ck_assert_uint_eq(needed_epoch, 8);
	ck_assert(!needed_counts);
	ck_assert(reclink_connected(reclink));
	say_needed(fd, 9, 2);
	ck_assert_uint_eq(needed_epoch, 8);
	ck_assert(!reclink_connected(reclink));
	close(fd);
}
END_TEST

START_TEST(log_state)
{
	int fd = greeted_peer();

	log_error = 1;
	say(fd, REC_LOG_STATE, 0);
	let_pass();
	ck_assert_int_eq(log_error, 0);
	say(fd, REC_LOG_STATE, ENOSPC);
	let_pass();
	ck_assert_int_eq(log_error, -ENOSPC);
	ck_assert(reclink_connected(reclink));
	say(fd, REC_LOG_STATE, 5000);
	let_pass();
	ck_assert_int_eq(log_error, -ENOSPC);
	ck_assert(!reclink_connected(reclink));
	close(fd);
}
END_TEST

/* A recorder tells that it cannot write and closes, while we have much to send to it. */
START_TEST(last_words)
{
	int fd = greeted_peer();

	log_error = 0;
	for (uint64_t i = 0; i < 5000; i++)
		push_number(i);
	say(fd, REC_EVENTS_DONE, 0);
	say(fd, REC_EVENTS_DONE, 0);
	say(fd, REC_LOG_STATE, EIO);
	close(fd);
	let_pass();
	ck_assert(!reclink_connected(reclink));
	ck_assert_int_eq(log_error, -EIO);
}
END_TEST

START_TEST(slow_peer)
{
	int fd = greeted_peer();
	struct message message;
	uint64_t expected = 0;

	/* More than a socket takes; nothing blocks, nothing is lost. */
	for (uint64_t i = 0; i < 5000; i++)
		push_number(i);
	let_pass();
	ck_assert_int_eq(drains, 0);
	while (expected < 5000) {
		int r = message_receive(fd, &message);

		if (r == -EAGAIN) {
			let_pass();
			continue;
		}
		ck_assert_int_eq(r, 0);
		ck_assert_uint_eq(message_get_number(&message), expected++);
	}
	let_pass();
	ck_assert_int_eq(drains, 1);
	close(fd);
}
END_TEST

START_TEST(endless_peer)
{
	int fd = greeted_peer();
	struct message message;
	static uint8_t bytes[60000];
	int r = 0;

	/* One that never reads is given up, before memory is. */
	for (int i = 0; r == 0 && i < 10000; i++) {
		message_begin(&message, REC_COUNTS);
		message_put_bytes(&message, bytes, sizeof(bytes));
		r = reclink_push(reclink, &message);
	}
	ck_assert_int_eq(r, -ENOBUFS);
	ck_assert(!reclink_connected(reclink));
	ck_assert_int_eq(disconnections, 1);
	close(fd);
}
END_TEST

START_TEST(nonsense)
{
	int fd = dial();

	ck_assert_int_eq(send(fd, "nonsense", 8, 0), 8);
	let_pass();
	ck_assert(is_closed(fd));
	close(fd);

	struct message message;

	fd = dial(); /* DONE before HELLO */
	message_begin(&message, REC_DONE);
	message_put_number(&message, 1);
	message_put_number(&message, 1);
	message_put_number(&message, 1);
	ck_assert_int_eq(message_send(fd, &message), 0);
	let_pass();
	ck_assert(is_closed(fd));
	close(fd);

	fd = greeted_peer(); /* HELLO twice */
	say_hello(fd, -1);
	let_pass();
	ck_assert(is_closed(fd));
	close(fd);

	fd = greeted_peer(); /* a field too many */
	message_begin(&message, REC_DONE);
	for (int i = 0; i < 4; i++)
		message_put_number(&message, 1);
	ck_assert_int_eq(message_send(fd, &message), 0);
	let_pass();
	ck_assert(is_closed(fd));
	close(fd);
	ck_assert_int_eq(connections, 2);
	ck_assert_int_eq(disconnections, 2);
}
END_TEST

START_TEST(newer_replaces_older)
{
	int old = greeted_peer();
	int new = greeted_peer();

	ck_assert_int_eq(disconnections, 1);
	ck_assert_int_eq(connections, 2);
	ck_assert(is_closed(old));
	push_number(5);
	let_pass();
	struct message message;

	ck_assert_int_eq(message_receive(new, &message), 0);
	close(old);
	close(new);
}
END_TEST

START_TEST(strangers)
{
	int status;

	if (geteuid() != 0)
		return;
	pid_t pid = fork();

	if (pid == 0) {
		if (setgid(65534) < 0 || setuid(65534) < 0)
			_exit(2);
		int fd = dial();
		struct message message;

		/* The parent runs its loop meanwhile; a stranger sees the end. */
		if (fcntl(fd, F_SETFL, 0) < 0)
			_exit(3);
		_exit(message_receive(fd, &message) == -ECONNRESET ? 0 : 4);
	}
	for (int i = 0; i < 20 && waitpid(pid, &status, WNOHANG) == 0; i++)
		let_pass();
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_int_eq(connections, 0);
	/* And it is on record. */
	int fd = greeted_peer();
	struct message message;
	char action[64];

	ck_assert_int_eq(message_receive(fd, &message), 0);
	(void)message_get_number(&message);
	message_get_string(&message, action, sizeof(action));
	ck_assert_str_eq(action, "recorder-refused");
	close(fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reclink");
	TCase *tests = tcase_create("reclink");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, hello);
	tcase_add_test(tests, order);
	tcase_add_test(tests, needed);
	tcase_add_test(tests, log_state);
	tcase_add_test(tests, last_words);
	tcase_add_test(tests, slow_peer);
	tcase_add_test(tests, endless_peer);
	tcase_add_test(tests, nonsense);
	tcase_add_test(tests, newer_replaces_older);
	tcase_add_test(tests, strangers);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder's connection over a real socket: greeting, order, events that wait, a peer that does
 * not read, one that talks nonsense, one that is replaced.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../daemon/reclink.h"
#include "suite.h"

static struct loop *loop;
static struct reclink *reclink;
static char directory[64], path[96];
static struct reclink_hello greeting;
static struct reclink_done answer;
static int connections, disconnections, drains;

static void on_connected(const struct reclink_hello *hello, void *data)
{
	(void)data;
	connections++;
	greeting = *hello;
}

static void on_disconnected(void *data)
{
	(void)data;
	disconnections++;
}

static void on_done(const struct reclink_done *done, void *data)
{
	(void)data;
	answer = *done;
}

static uint64_t needed_epoch;
static bool needed_counts;

static void on_needed(uint64_t epoch, bool counts, void *data)
{
	(void)data;
	needed_epoch = epoch;
	needed_counts = counts;
}

static int log_error;

static void on_log_state(int error, void *data)
{
	(void)data;
	log_error = error;
}

static void on_drained(void *data)
{
	(void)data;
	drains++;
}

static const struct reclink_functions functions = {
	.connected = on_connected,
	.disconnected = on_disconnected,
	.needed = on_needed,
	.done = on_done,
	.log_state = on_log_state,
	.drained = on_drained,
};

static void set_up(void)
{
	connections = disconnections = drains = 0;
	snprintf(directory, sizeof(directory), "/tmp/hedate-reclink.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(chmod(directory, 0755), 0);
	snprintf(path, sizeof(path), "%s/socket", directory);
	ck_assert_int_eq(loop_new(&loop), 0);
	ck_assert_int_eq(reclink_new(loop, path, NULL, 0, &functions, NULL, &reclink), 0);
}

static void tear_down(void)
{
	reclink_free(reclink);
	loop_free(loop);
	ck_assert_int_eq(rmdir(directory), 0); /* the socket's file is gone */
}

static void on_end(struct loop *running, void *data)
{
	(void)data;
	loop_quit(running, 0);
}

static void let_pass(void)
{
	struct loop_source *end;

	ck_assert_int_eq(loop_add_timer(loop, on_end, NULL, &end), 0);
	ck_assert_int_eq(loop_set_timer(end, 50, 0), 0);
	ck_assert_int_eq(loop_run(loop), 0);
	loop_remove(end);
}

static int dial(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void say_hello(int fd, int attached)
{
	struct message message;

	message_begin(&message, REC_HELLO);
	message_put_string(&message, "0123456789abcdef");
	message_put_number(&message, 7);
	message_put_number(&message, 100);
	message_put_number(&message, 3);
	message.fd = attached;
	ck_assert_int_eq(message_send(fd, &message), 0);
}

static int greeted_peer(void)
{
	int fd = dial();

	say_hello(fd, -1);
	let_pass();
	ck_assert(reclink_connected(reclink));
	return fd;
}

static void push_number(uint64_t number)
{
	struct message message;

	message_begin(&message, REC_POLICY_END);
	message_put_number(&message, number);
	ck_assert_int_eq(reclink_push(reclink, &message), 0);
}

/* Is the connection at its end? */
static bool is_closed(int fd)
{
	struct message message;
	int r;

	while ((r = message_receive(fd, &message)) == 0)
		;
	return r == -ECONNRESET;
}

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

/* The key of an event, and its first value. */
static void check_event(
	int fd, unsigned int serial, const char *action, const char *key, const char *value)
{
	struct message message;
	char text[256];

	ck_assert_int_eq(message_receive(fd, &message), 0);
	ck_assert_int_eq(message.type, REC_EVENT);
	ck_assert_uint_eq(message_get_number(&message), serial);
	message_get_string(&message, text, sizeof(text));
	ck_assert_str_eq(text, action);
	message_get_string(&message, text, sizeof(text));
	message_get_number(&message);
	message_get_string(&message, text, sizeof(text));
	message_get_string(&message, text, sizeof(text));
	ck_assert_str_eq(text, key);
	message_get_string(&message, text, sizeof(text));
	ck_assert_str_eq(text, value);
	ck_assert(message_complete(&message));
}

/* All events up to this one are on disk. */
static void say_events_done(int fd, uint64_t serial)
{
	struct message message;

	message_begin(&message, REC_EVENTS_DONE);
	message_put_number(&message, serial);
	ck_assert_int_eq(message_send(fd, &message), 0);
	let_pass();
}

START_TEST(events_wait)
{
	reclink_event(reclink, "start", true, "text", (const char *const[]){ "key", "1", NULL });
	reclink_event(reclink, "apply", false, "text", (const char *const[]){ "key", "2", NULL });
	ck_assert(reclink_idle(reclink)); /* nobody to wait for */
	int fd = greeted_peer();

	check_event(fd, 1, "start", "key", "1");
	check_event(fd, 2, "apply", "key", "2");
	say_events_done(fd, 2);
	ck_assert(reclink_idle(reclink));
	reclink_event(reclink, "stop", true, "text", (const char *const[]){ "key", "3", NULL });
	ck_assert(!reclink_idle(reclink));
	let_pass();
	check_event(fd, 3, "stop", "key", "3");
	ck_assert(!reclink_idle(reclink)); /* sent, and perhaps never on disk */
	say_events_done(fd, 3);
	ck_assert(reclink_idle(reclink));
	close(fd);
}
END_TEST

/* What a recorder took and did not have on disk when it ended, the next one is told. */
START_TEST(events_are_told_again)
{
	static const char *const numbers[] = { "1", "2", "3" };

	for (int i = 0; i < 3; i++)
		reclink_event(reclink, "apply", true, "text",
			(const char *const[]){ "key", numbers[i], NULL });
	int fd = greeted_peer();

	check_event(fd, 1, "apply", "key", "1");
	check_event(fd, 2, "apply", "key", "2");
	check_event(fd, 3, "apply", "key", "3");
	say_events_done(fd, 1);
	close(fd);
	let_pass();
	fd = greeted_peer();
	check_event(fd, 2, "apply", "key", "2");
	say_events_done(fd, 2);
	check_event(fd, 3, "apply", "key", "3");
	/* Nobody has taken what was never sent. */
	say_events_done(fd, 4);
	ck_assert(!reclink_connected(reclink));
	close(fd);
	fd = greeted_peer();
	check_event(fd, 3, "apply", "key", "3");
	say_events_done(fd, 3);
	ck_assert(reclink_idle(reclink));
	close(fd);
}
END_TEST

START_TEST(events_are_bounded)
{
	char number[16];

	for (int i = 0; i < RECLINK_EVENTS_MAX + 25; i++) {
		snprintf(number, sizeof(number), "%d", i);
		reclink_event(reclink, "apply", true, "text",
			(const char *const[]){ "key", number, NULL });
	}
	int fd = greeted_peer();

	for (int i = 0; i < 20; i++) {
		snprintf(number, sizeof(number), "%d", i);
		check_event(fd, (unsigned int)i + 1, "apply", "key", number);
	}
	/* Read the rest as it comes; the loss is told at its end. */
	struct message message;
	char action[64] = "", text[64] = "";
	int seen = 20;

	for (int idle = 0; idle < 3;) {
		if (message_receive(fd, &message) < 0) {
			idle++;
			let_pass();
			reclink_event(reclink, "tick", true, "",
				(const char *const[]){ "key", "x", NULL });
			continue;
		}
		idle = 0;
		uint64_t serial = message_get_number(&message);
		if (serial % 100 == 0 || serial > RECLINK_EVENTS_MAX)
			say_events_done(fd, serial);
		message_get_string(&message, action, sizeof(action));
		seen += strcmp(action, "apply") == 0;
		if (strcmp(action, "events-lost") == 0) {
			message_get_string(&message, text, sizeof(text));
			message_get_number(&message);
			message_get_string(&message, text, sizeof(text));
			message_get_string(&message, text, sizeof(text));
			message_get_string(&message, text, sizeof(text));
			break;
		}
	}
	ck_assert_int_eq(seen, RECLINK_EVENTS_MAX);
	ck_assert_str_eq(action, "events-lost");
	ck_assert_str_eq(text, "25");
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
	tcase_add_test(tests, events_wait);
	tcase_add_test(tests, events_are_told_again);
	tcase_add_test(tests, events_are_bounded);
	tcase_add_test(tests, nonsense);
	tcase_add_test(tests, newer_replaces_older);
	tcase_add_test(tests, strangers);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events wait for the recorder, are told again to the next one, and are bounded. */
#include "test_reclink.h"

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
	ck_assert_uint_eq(reclink_last_event(reclink), 0);
	ck_assert(reclink_event_done(reclink, 0));
	reclink_event(reclink, "start", true, "text", (const char *const[]){ "key", "1", NULL });
	reclink_event(reclink, "apply", false, "text", (const char *const[]){ "key", "2", NULL });
	ck_assert(reclink_idle(reclink)); /* nobody to wait for */
	int fd = greeted_peer();

	check_event(fd, 1, "start", "key", "1");
	check_event(fd, 2, "apply", "key", "2");
	ck_assert_uint_eq(reclink_last_event(reclink), 2);
	ck_assert(!reclink_event_done(reclink, 1));
	say_events_done(fd, 2);
	ck_assert_uint_eq(events_on_disk, 1);
	ck_assert_uint_eq(reclink_last_event(reclink), 2);
	ck_assert(reclink_event_done(reclink, 2));
	ck_assert(reclink_idle(reclink));
	reclink_event(reclink, "stop", true, "text", (const char *const[]){ "key", "3", NULL });
	ck_assert(!reclink_idle(reclink));
	let_pass();
	check_event(fd, 3, "stop", "key", "3");
	ck_assert(!reclink_event_done(reclink, 3));
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

int main(void)
{
	Suite *suite = suite_create("reclinkevents");
	TCase *tests = tcase_create("reclinkevents");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, events_wait);
	tcase_add_test(tests, events_are_told_again);
	tcase_add_test(tests, events_are_bounded);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

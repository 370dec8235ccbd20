/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hedated asks the process that compares, and what it makes of its answers, valid or not. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../daemon/ctlproto.h"
#include "../../daemon/packetask.h"
#include "../../daemon/proverproc.h"
#include "suite.h"

static struct packetask *asking;
static int ends[2]; /* ours, the process's */
static struct packettexts texts;
static struct packetask_waiter waiter;
static enum changepackets_why why;

/* What was answered, "" before: "+ a > b ipv4" */
static char told[500];
static unsigned int answers;

static void on_told(const struct change *packets, void *data)
{
	size_t length = 0;

	ck_assert_ptr_eq(data, told);
	answers++;
	ck_assert_ptr_nonnull(packets);
	told[0] = '\0';
	for (size_t i = 0; i < packets->count; i++) {
		const struct change_item *item = &packets->items[i];

		length += (size_t)snprintf(told + length, sizeof(told) - length, "%s%c %s %s=%s",
			i ? ", " : "", "+-~"[item->action], item -> name,
			item -> field_count ? item -> fields[0].key : "",
			item->field_count ? item->fields[0].after : "");
	}
}

static void set_up(void)
{
	ck_assert_int_eq(packetask_new(&asking), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
	packettexts_make("before", 6, "after it", 8, &texts);
	ck_assert(texts.wanted);
	ck_assert_int_ge(texts.fd, 0);
	waiter = (struct packetask_waiter){ .function = on_told, .data = told };
	told[0] = '\0';
	answers = 0;
}

static void tear_down(void)
{
	packettexts_clear(&texts);
	packetask_free(asking);
	close(ends[0]);
	close(ends[1]);
}

/* Asked; the number that it was asked with. */
static uint64_t asked(void)
{
	struct message message;

	ck_assert(packetask_ask(asking, ends[0], &texts, &waiter, &why));
	ck_assert_int_eq(message_receive(ends[1], &message), 0);
	ck_assert_int_eq(message.type, PROVER_COMPARE);
	uint64_t number = message_get_number(&message);

	ck_assert_uint_eq(message_get_number(&message), 6);
	ck_assert(message_complete(&message));
	message_close_fd(&message);
	return number;
}

static void put_summary(struct message *item, uint64_t what, const char *name)
{
	message_begin(item, CTL_SUMMARY);
	message_put_number(item, CHANGE_ADDED);
	message_put_number(item, what);
	message_put_string(item, name);
	message_put_number(item, CHANGE_OPENS);
}

static void put_key(struct message *item, const char *key, const char *after)
{
	message_begin(item, CTL_SUMMARY_KEY);
	message_put_string(item, key);
	message_put_number(item, CHANGE_OPENS);
	message_put_string(item, "");
	message_put_string(item, after);
	message_put_number(item, 0);
}

static int take_item(uint64_t number, const struct message *item)
{
	struct message message;

	message_begin(&message, PROVER_ITEM);
	message_put_number(&message, number);
	message_put_number(&message, item->type);
	message_put_bytes(&message, item->body, item->length);
	return packetask_take(asking, &message);
}

static int take_end(uint64_t number, uint64_t end)
{
	struct message message;

	message_begin(&message, PROVER_COMPARED);
	message_put_number(&message, number);
	message_put_number(&message, end);
	return packetask_take(asking, &message);
}

START_TEST(both_texts_go_there)
{
	struct message message;
	size_t length;
	char *bytes;

	ck_assert(packetask_ask(asking, ends[0], &texts, &waiter, &why));
	ck_assert_int_eq(message_receive(ends[1], &message), 0);
	int fd = message_take_fd(&message);

	ck_assert_int_eq(packettexts_read(fd, 6, &bytes, &length), 0);
	ck_assert_uint_eq(length, 14);
	ck_assert_str_eq(bytes, "beforeafter it");
	free(bytes);
	ck_assert_int_eq(packettexts_read(fd, 15, &bytes, &length), -EBADMSG);
	close(fd);
	packetask_cancel(asking, &waiter);
}
END_TEST

START_TEST(items_come_one_by_one)
{
	uint64_t number = asked();
	struct message item;

	put_summary(&item, CHANGE_PACKETS, "a > b");
	ck_assert_int_eq(take_item(number, &item), 0);
	put_key(&item, "ipv4", "tcp 22");
	ck_assert_int_eq(take_item(number, &item), 0);
	put_summary(&item, CHANGE_RECORDS, "b > a");
	ck_assert_int_eq(take_item(number, &item), 0);
	ck_assert_uint_eq(answers, 0);
	ck_assert_int_eq(take_end(number, 0), 0);
	ck_assert_str_eq(told, "+ a > b ipv4=tcp 22, + b > a =");
	/* What comes now is nobody's. */
	ck_assert_int_eq(take_end(number, 0), 0);
	ck_assert_int_eq(take_item(number, &item), 0);
	ck_assert_uint_eq(answers, 1);
}
END_TEST

START_TEST(nothing_is_an_answer)
{
	ck_assert_int_eq(take_end(asked(), 0), 0);
	ck_assert_uint_eq(answers, 1);
	ck_assert_str_eq(told, "");
}
END_TEST

/* Whatever came before it is not shown. */
START_TEST(a_bad_end_is_said)
{
	uint64_t number = asked();
	struct message item;

	put_summary(&item, CHANGE_PACKETS, "a > b");
	ck_assert_int_eq(take_item(number, &item), 0);
	ck_assert_int_eq(take_end(number, 1 + CHANGEPACKETS_ENDED), 0);
	ck_assert_str_eq(told, "~ not decided why=the process that finds it out was ended");

	number = asked();
	packetask_disconnected(asking);
	ck_assert_uint_eq(answers, 2);
	ck_assert_str_eq(told, "~ not decided why=the process that finds it out is not there");
	ck_assert_int_eq(take_end(number, 0), 0);
	ck_assert_uint_eq(answers, 2);
}
END_TEST

START_TEST(who_went_away_is_not_told)
{
	uint64_t number = asked();
	struct message item;

	put_summary(&item, CHANGE_PACKETS, "a > b");
	ck_assert_int_eq(take_item(number, &item), 0);
	packetask_cancel(asking, &waiter);
	ck_assert_int_eq(take_item(number, &item), 0);
	ck_assert_int_eq(take_end(number, 0), 0);
	ck_assert_uint_eq(answers, 0);
}
END_TEST

START_TEST(nothing_else_is_taken)
{
	uint64_t number = asked();
	struct message item, message;

	put_summary(&item, CHANGE_PATH, "P1"); /* it is not for that process to say */
	ck_assert_int_eq(take_item(number, &item), -EBADMSG);
	packetask_cancel(asking, &waiter);
	number = asked();
	put_key(&item, "ipv4", "tcp 22"); /* of no item */
	ck_assert_int_eq(take_item(number, &item), -EBADMSG);
	message_begin(&item, CTL_RESULT);
	ck_assert_int_eq(take_item(number, &item), -EBADMSG);
	ck_assert_int_eq(take_end(number, CHANGEPACKETS_WHYS + 1), -EBADMSG);
	message_begin(&message, PROVER_COMPARED);
	message_put_number(&message, number);
	ck_assert_int_eq(packetask_take(asking, &message), -EBADMSG);
	message_begin(&message, PROVER_ITEM);
	message_put_number(&message, number);
	ck_assert_int_eq(packetask_take(asking, &message), -EBADMSG);
	message_begin(&message, PROVER_COMPARE);
	ck_assert_int_eq(packetask_take(asking, &message), -EBADMSG);
	ck_assert_uint_eq(answers, 0);
	packetask_cancel(asking, &waiter);
}
END_TEST

/* One that does not end is no reason to grow. */
START_TEST(too_much_is_refused)
{
	static char text[SUMMARY_PIECE + 1];
	uint64_t number = asked();
	struct message item;
	int r = 0;

	memset(text, 'x', SUMMARY_PIECE);
	put_summary(&item, CHANGE_PACKETS, "a > b");
	ck_assert_int_eq(take_item(number, &item), 0);
	put_key(&item, "ipv4", text);
	for (int i = 0; i < 1000 && r == 0; i++)
		r = take_item(number, &item);
	ck_assert_int_eq(r, -EBADMSG);
	packetask_cancel(asking, &waiter);
}
END_TEST

START_TEST(it_cannot_be_asked)
{
	struct packetask_waiter others[PACKETASK_MAX];
	struct packettexts none;

	ck_assert(!packetask_ask(asking, -1, &texts, &waiter, &why));
	ck_assert_int_eq(why, CHANGEPACKETS_NO_WORKER);
	packettexts_make(NULL, 0, "after", 5, &none);
	ck_assert(none.wanted);
	ck_assert(!packetask_ask(asking, ends[0], &none, &waiter, &why));
	ck_assert_int_eq(why, CHANGEPACKETS_NO_TEXT);
	packettexts_clear(&none);
	for (size_t i = 0; i < PACKETASK_MAX; i++)
		ck_assert(packetask_ask(asking, ends[0], &texts, &others[i], &why));
	ck_assert(!packetask_ask(asking, ends[0], &texts, &waiter, &why));
	ck_assert_int_eq(why, CHANGEPACKETS_BUSY);
	packetask_cancel(asking, &others[1]);
	ck_assert(packetask_ask(asking, ends[0], &texts, &waiter, &why));
	packetask_cancel(asking, &waiter);
	for (size_t i = 0; i < PACKETASK_MAX; i++)
		packetask_cancel(asking, &others[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("packetask");
	TCase *tcase = tcase_create("packetask");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, both_texts_go_there);
	tcase_add_test(tcase, items_come_one_by_one);
	tcase_add_test(tcase, nothing_is_an_answer);
	tcase_add_test(tcase, a_bad_end_is_said);
	tcase_add_test(tcase, who_went_away_is_not_told);
	tcase_add_test(tcase, nothing_else_is_taken);
	tcase_add_test(tcase, too_much_is_refused);
	tcase_add_test(tcase, it_cannot_be_asked);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/array.h"
#include "suite.h"

#define ITEMS 1000

START_TEST(items_stay_while_it_grows)
{
	size_t *list = NULL, *next = NULL, room = 0, last = 0, grown = 0;

	for (size_t i = 0; i < ITEMS; i++) {
		list = array_reserve(list, sizeof(*list), i, &room);
		next = array_reserve_next(next, sizeof(*next), i);
		ck_assert(list && next);
		ck_assert_uint_gt(room, i);
		grown += room != last;
		last = room;
		list[i] = next[i] = i;
	}
	for (size_t i = 0; i < ITEMS; i++)
		ck_assert(list[i] == i && next[i] == i);
	ck_assert_uint_eq(room, 1024);
	ck_assert_uint_eq(grown, 10); /* doubled each time */
	free(list);
	free(next);
}
END_TEST

START_TEST(room_is_kept)
{
	size_t room = 0;
	char *list = array_reserve(NULL, 1, 0, &room), *same = array_reserve(list, 1, 1, &room);

	ck_assert_uint_eq(room, 2);
	ck_assert_ptr_eq(list, same);
	/* Emptied, it is used again. */
	ck_assert_ptr_eq(array_reserve(list, 1, 0, &room), list);
	ck_assert_uint_eq(room, 2);
	free(list);
}
END_TEST

START_TEST(too_much_is_no_memory)
{
	size_t room = 0, half = SIZE_MAX / 2 + 1;
	char *list = array_reserve(NULL, 4, 0, &room);

	ck_assert_ptr_nonnull(list);
	list[0] = 'x';
	room = half; /* twice that is 0 */
	ck_assert_ptr_null(array_reserve(list, 1, half, &room));
	ck_assert_uint_eq(room, half);
	room = SIZE_MAX / 8; /* twice that is too many bytes */
	ck_assert_ptr_null(array_reserve(list, 16, SIZE_MAX / 8, &room));
	ck_assert_uint_eq(room, SIZE_MAX / 8);
	ck_assert_ptr_null(array_reserve_next(list, 1, half));
	ck_assert_ptr_null(array_reserve_next(list, 16, half / 8));
	ck_assert_int_eq(list[0], 'x');
	free(list);
}
END_TEST

START_TEST(text_has_room_for_its_end)
{
	size_t room = 0, length = 0;
	char *text = NULL;

	for (unsigned int i = 0; i < 3 * ITEMS; i++) {
		text = array_reserve_text(text, length, i % 3, &room);
		ck_assert_ptr_nonnull(text);
		ck_assert_uint_gt(room, length + i % 3);
		memset(text + length, 'a', i % 3);
		length += i % 3;
		text[length] = '\0';
	}
	ck_assert_uint_eq(strspn(text, "a"), 3 * ITEMS);
	ck_assert_uint_eq(room, 4096);
	ck_assert_ptr_null(array_reserve_text(text, length, PTRDIFF_MAX, &room));
	ck_assert_ptr_null(array_reserve_text(text, length, PTRDIFF_MAX / 2, &room));
	ck_assert_uint_eq(room, 4096);
	free(text);
}
END_TEST

START_TEST(pieces_make_a_text)
{
	size_t length = 0;
	char *text = NULL;

	ck_assert_int_eq(array_append_text(&text, &length, ""), 0);
	ck_assert_str_eq(text, "");
	ck_assert_int_eq(array_append_text(&text, &length, "one "), 0);
	ck_assert_int_eq(array_append_text(&text, &length, "two"), 0);
	ck_assert_str_eq(text, "one two");
	ck_assert_uint_eq(length, 7);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("array");
	TCase *tcase = tcase_create("array");

	tcase_add_test(tcase, items_stay_while_it_grows);
	tcase_add_test(tcase, room_is_kept);
	tcase_add_test(tcase, too_much_is_no_memory);
	tcase_add_test(tcase, text_has_room_for_its_end);
	tcase_add_test(tcase, pieces_make_a_text);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}

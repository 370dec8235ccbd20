/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a proof has found, as a message: all of it comes, and nothing that it cannot be. */
#include <stdio.h>
#include <string.h>

#include "../../daemon/prooffinding.h"
#include "suite.h"

static const struct prooffinding whole = {
	.result = CERTIFICATE_LOST,
	.text = "a > b, IPv4, new: more",
	.witness = "10.1.0.1 > 10.2.0.1",
	.cells = 1,
	.more = 2,
	.less = 3,
	.undecided = 4,
	.items = "bpf-links, hooks",
	.contradictions = 5,
	.digest = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
	.generation = 6,
	.milliseconds = 7,
};

static struct message put(const struct prooffinding *finding)
{
	struct message message;

	message_begin(&message, 1);
	prooffinding_put(&message, finding);
	return message;
}

START_TEST(comes_as_it_was)
{
	struct message message = put(&whole);
	struct prooffinding taken;

	memset(&taken, 0xff, sizeof(taken));
	message.position = 0;
	ck_assert(prooffinding_take(&message, &taken));
	ck_assert_uint_eq(taken.result, whole.result);
	ck_assert_str_eq(taken.text, whole.text);
	ck_assert_str_eq(taken.witness, whole.witness);
	ck_assert_uint_eq(taken.cells, 1);
	ck_assert_uint_eq(taken.more, 2);
	ck_assert_uint_eq(taken.less, 3);
	ck_assert_uint_eq(taken.undecided, 4);
	ck_assert_str_eq(taken.items, whole.items);
	ck_assert_uint_eq(taken.contradictions, 5);
	ck_assert_str_eq(taken.digest, whole.digest);
	ck_assert_uint_eq(taken.generation, 6);
	ck_assert_uint_eq(taken.milliseconds, 7);
}
END_TEST

START_TEST(none_such)
{
	struct prooffinding other = whole, taken;
	struct message message;

	other.result = PROOFFINDING_FAILED;
	message = put(&other);
	message.position = 0;
	ck_assert(prooffinding_take(&message, &taken));
	other.result = PROOFFINDING_FAILED + 1;
	message = put(&other);
	message.position = 0;
	ck_assert(!prooffinding_take(&message, &taken));
	/* Less of it, and more. */
	message = put(&whole);
	for (size_t length = 0; length < message.length; length++) {
		struct message part = message;

		part.position = 0;
		part.length = length;
		ck_assert(!prooffinding_take(&part, &taken));
	}
	message_put_number(&message, 1);
	message.position = 0;
	ck_assert(!prooffinding_take(&message, &taken));
}
END_TEST

START_TEST(words)
{
	ck_assert_str_eq(prooffinding_result(CERTIFICATE_PROVED), "proved");
	ck_assert_str_eq(prooffinding_result(CERTIFICATE_UNDECIDED), "undecided");
	ck_assert_str_eq(prooffinding_result(PROOFFINDING_FAILED), "failed");
	ck_assert_str_eq(prooffinding_result(99), "failed");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("prooffinding");
	TCase *test = tcase_create("message");

	tcase_add_test(test, comes_as_it_was);
	tcase_add_test(test, none_such);
	tcase_add_test(test, words);
	suite_add_tcase(suite, test);
	return suite_run(suite);
}

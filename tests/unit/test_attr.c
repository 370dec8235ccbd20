/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where messages and attributes end, whatever their lengths say. */
#include <check.h>
#include <stdint.h>
#include <string.h>

#include "../../lib/attr.h"
#include "suite.h"

START_TEST(test_message)
{
	static const struct {
		uint32_t length;
		int left;
		bool ok;
	} cases[] = {
		{ 16, 16, true },
		{ 16, 64, true },
		{ 64, 64, true },
		{ 65, 64, false },
		{ 15, 64, false },
		{ 0, 64, false },
		{ 16, 15, false }, /* its length is not looked at */
		{ 16, 0, false },
		{ 16, -4, false }, /* a length that was padded */
		{ 0x80000000, 64, false },
		{ 0xffffffff, 64, false },
		{ 0xfffffff0, -4, false },
	};
	struct nlmsghdr message = { .nlmsg_len = cases[_i].length };
	ck_assert_int_eq(attrs_message_ok(&message, cases[_i].left), cases[_i].ok);
}
END_TEST

/* An attribute whose length is the one that is asked for, in a run of twelve bytes. */
START_TEST(test_next)
{
	static const struct {
		uint16_t length;
		size_t left; /* behind it */
		bool found;
	} cases[] = {
		{ 4, 8, true },
		{ 5, 4, true },
		{ 8, 4, true },
		{ 12, 0, true },
		{ 13, 12, false },
		{ 0xffff, 12, false },
		{ 3, 12, false },
		{ 0, 12, false },
	};
	uint32_t bytes[3] = { 0 };
	struct nlattr first = { .nla_len = cases[_i].length, .nla_type = 7 };
	struct attrs run = { .next = (const uint8_t *)bytes, .left = sizeof(bytes) };
	memcpy(bytes, &first, sizeof(first));
	const struct nlattr *attr = attrs_next(&run);
	ck_assert_int_eq(attr != NULL, cases[_i].found);
	ck_assert_uint_eq(run.left, cases[_i].left);
	if (attr) {
		ck_assert_uint_eq(attr_type(attr), 7);
		ck_assert_uint_eq(attr_length(attr), cases[_i].length - sizeof(first));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("attr");
	TCase *group = tcase_create("attr");
	tcase_add_loop_test(group, test_message, 0, 12);
	tcase_add_loop_test(group, test_next, 0, 8);
	suite_add_tcase(suite, group);
	return suite_run(suite);
}

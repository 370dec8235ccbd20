/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A dump of a set in the middle of which the kernel makes its hash larger, as dumps are then: some
 * elements come twice, and as many others not at all. The dump's own function stands in for the
 * kernel. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <string.h>

#include "../../lib/decode_impl.h"
#include "../../lib/ruleset.h"
#include "suite.h"

#define ELEMENTS 100
#define BEHIND	 60 /* elements that were told of before the hash was made anew */
#define ALWAYS	 1000

static unsigned int torn_dumps; /* until one is whole */
static unsigned int dumps;

static int tell(uint32_t number, element_function function, void *data)
{
	const uint32_t key = htonl(number);
	const struct element element = {
		.key = (const uint8_t *)&key,
		.key_length = sizeof(key),
		.timeout = 60000,
		.expiration = 59000,
	};

	return function(&element, data);
}

int decode_walk(struct nlsock *socket, const char *table, const char *set,
	element_function function, void *data)
{
	bool torn = dumps++ < torn_dumps;
	int error = 0;

	(void)socket;
	ck_assert_str_eq(table, "hedate");
	ck_assert_str_eq(set, "timed");
	for (uint32_t i = 0; i < ELEMENTS && error == 0; i++)
		/* The new hash has them the other way around. */
		error = tell(i < BEHIND || !torn ? i : ELEMENTS - 1 - i, function, data);
	return error;
}

static struct ruleset *ruleset_with_set(void)
{
	static const enum field_type fields[] = { FIELD_IPV4_ADDR };
	struct ruleset *ruleset;

	ck_assert_int_eq(ruleset_new("hedate", &ruleset), 0);
	ck_assert_ptr_nonnull(
		ruleset_add_set(ruleset, "timed", SET_TIMEOUT, fields, 1, FIELD_INVALID));
	return ruleset;
}

START_TEST(torn)
{
	struct ruleset *ruleset = ruleset_with_set();
	const struct set *set = &ruleset->sets[0];

	torn_dumps = (unsigned int)_i;
	dumps = 0;
	ck_assert_int_eq(decode_set_elements(NULL, ruleset, 0, NULL), 0);
	ck_assert_uint_eq(dumps, torn_dumps + 1);
	ck_assert_uint_eq(set->count, ELEMENTS);
	ck_assert_uint_eq(ruleset->unknown_count, 0);
	for (uint32_t i = 0; i < ELEMENTS; i++) {
		const uint32_t key = htonl(i);

		ck_assert_mem_eq(set->elements + i * set->stride, &key, sizeof(key));
		ck_assert_uint_eq(set->timeouts[i], 59000);
	}
	ruleset_free(ruleset);
}
END_TEST

START_TEST(never_whole)
{
	struct ruleset *ruleset = ruleset_with_set();

	torn_dumps = ALWAYS;
	dumps = 0;
	ck_assert_int_eq(decode_set_elements(NULL, ruleset, 0, NULL), -EINTR);
	ck_assert_uint_gt(dumps, 1);
	ck_assert_uint_lt(dumps, ALWAYS);
	ruleset_free(ruleset);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("decode-twice");
	TCase *test = tcase_create("decode-twice");

	tcase_add_loop_test(test, torn, 0, 4);
	tcase_add_test(test, never_whole);
	suite_add_tcase(suite, test);
	return suite_run(suite);
}

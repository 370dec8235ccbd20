/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rule set's builders and tables, the string map below them. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/rulemake.h"
#include "../../lib/ruleset.h"
#include "../../lib/strmap.h"
#include "suite.h"

static struct ruleset *ruleset;

static void set_up(void)
{
	ck_assert_int_eq(ruleset_new("t", &ruleset), 0);
}

static void tear_down(void)
{
	ruleset_free(ruleset);
}

START_TEST(test_tables)
{
	for (unsigned int i = 1; i < FIELD_COUNT; i++) {
		const struct field_info *info = field_info((enum field_type)i);

		ck_assert_ptr_nonnull(info->name);
		ck_assert_uint_gt(info->length, 0);
		ck_assert_uint_eq(info->slot, (info->length + 3) / 4 * 4);
		ck_assert_uint_lt(info->nft_number, 64); /* six bits a field */
		for (unsigned int j = 1; j < i; j++)
			ck_assert_uint_ne(
				info->nft_number, field_info((enum field_type)j)->nft_number);
	}
	for (unsigned int i = 0; i < SEL_COUNT; i++) {
		const struct selector_info *info = selector_info((enum selector)i);

		ck_assert_ptr_nonnull(info->name);
		ck_assert_uint_gt(info->length, 0);
		if (info->field == FIELD_INVALID)
			continue;
		ck_assert_uint_eq(info->length, field_info(info->field)->length);
		ck_assert_int_eq(info->host_order, field_info(info->field)->host_order);
	}
}
END_TEST

START_TEST(test_names)
{
	const enum field_type mark[] = { FIELD_MARK };
	char name[RULESET_NAME_MAX + 2];

	ck_assert_ptr_nonnull(ruleset_add_chain(ruleset, "a"));
	ck_assert_ptr_null(ruleset_add_chain(ruleset, "a"));
	ck_assert_ptr_null(ruleset_add_chain(ruleset, ""));
	memset(name, 'x', sizeof(name));
	name[RULESET_NAME_MAX + 1] = '\0';
	ck_assert_ptr_null(ruleset_add_chain(ruleset, name));
	name[RULESET_NAME_MAX] = '\0';
	ck_assert_ptr_nonnull(ruleset_add_chain(ruleset, name));
	ck_assert_ptr_eq(ruleset_find_chain(ruleset, name), &ruleset->chains[1]);
	ck_assert_ptr_null(ruleset_find_chain(ruleset, "b"));
	/* A set, a chain, a counter and a limit may have one name. */
	ck_assert_ptr_nonnull(ruleset_add_set(ruleset, "a", 0, mark, 1, FIELD_INVALID));
	ck_assert_ptr_null(ruleset_add_set(ruleset, "a", 0, mark, 1, FIELD_INVALID));
	ck_assert_int_eq(ruleset_add_counter(ruleset, "a"), 0);
	ck_assert_int_eq(ruleset_add_counter(ruleset, "a"), -EEXIST);
	ck_assert_uint_eq(ruleset->counter_count, 1);
	ck_assert_int_eq(ruleset_add_limit(ruleset, "a", 1, 1, 1), 0);
	ck_assert_int_eq(ruleset_add_limit(ruleset, "a", 2, 1, 1), -EEXIST);
	ck_assert_uint_eq(ruleset->limit_count, 1);
	ck_assert_ptr_eq(ruleset_find_limit(ruleset, "a"), &ruleset->limits[0]);
	ck_assert_ptr_null(ruleset_find_limit(ruleset, "b"));
}
END_TEST

START_TEST(test_set_shapes)
{
	const enum field_type wide[] = { FIELD_IFNAME, FIELD_IFNAME, FIELD_IFNAME, FIELD_IFNAME,
		FIELD_MARK };
	const enum field_type device[] = { FIELD_IPV4_ADDR, FIELD_ETHER_ADDR };
	struct set *set;

	ck_assert_ptr_null(ruleset_add_set(ruleset, "none", 0, wide, 0, FIELD_INVALID));
	ck_assert_ptr_null(ruleset_add_set(ruleset, "wide", 0, wide, 5, FIELD_INVALID));
	set = ruleset_add_set(ruleset, "exact", 0, device, 2, FIELD_INVALID);
	ck_assert_uint_eq(set->key_length, 12);
	ck_assert_uint_eq(set->stride, 12);
	set = ruleset_add_set(ruleset, "map", SET_MAP | SET_INTERVAL, device, 2, FIELD_MARK);
	ck_assert_uint_eq(set->stride, 28);
}
END_TEST

START_TEST(test_keys)
{
	const uint8_t mac[] = { 1, 2, 3, 4, 5, 6 };
	const uint8_t expected[] = { 6, 0, 0, 0, 1, 0xbb, 0, 0, 1, 2, 3, 4, 5, 6, 0, 0, 'e', 't',
		'h', '1', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	uint8_t key[RULESET_KEY_MAX];
	unsigned int offset = 0;
	uint32_t mark = 0x01020304;

	memset(key, 0xee, sizeof(key));
	key_put_u8(key, &offset, FIELD_INET_PROTO, 6);
	key_put_be16(key, &offset, FIELD_INET_SERVICE, 443);
	key_put(key, &offset, FIELD_ETHER_ADDR, mac);
	key_put_ifname(key, &offset, "eth1");
	ck_assert_uint_eq(offset, sizeof(expected));
	ck_assert_mem_eq(key, expected, sizeof(expected));
	key_put_mark(key, &offset, mark);
	ck_assert_mem_eq(key + sizeof(expected), &mark, sizeof(mark));
	/* As the kernel has it: 15 bytes and a NUL. */
	offset = 0;
	key_put_ifname(key, &offset, "0123456789abcdefgh");
	ck_assert_mem_eq(key, "0123456789abcde", 16);
}
END_TEST

START_TEST(test_verdicts)
{
	uint32_t a, b, c, d;

	ck_assert_int_eq(ruleset_verdict(ruleset, VERDICT_ACCEPT, NULL, &a), 0);
	ck_assert_int_eq(ruleset_verdict(ruleset, VERDICT_GOTO, "x", &b), 0);
	ck_assert_int_eq(ruleset_verdict(ruleset, VERDICT_JUMP, "x", &c), 0);
	ck_assert_int_eq(ruleset_verdict(ruleset, VERDICT_GOTO, "x", &d), 0);
	ck_assert_uint_eq(ruleset->verdict_count, 3);
	ck_assert_uint_eq(b, d);
	ck_assert(a != b && b != c && a != c);
	ck_assert_str_eq(ruleset->verdicts[b].chain, "x");
	ck_assert_ptr_null(ruleset->verdicts[a].chain);
}
END_TEST

/* Sorting moves elements with their values and lines, those of dynamic sets as well. */
START_TEST(test_sort)
{
	const enum field_type mark[] = { FIELD_IPV4_ADDR };
	struct set *set = ruleset_add_set(ruleset, "m", SET_MAP, mark, 1, FIELD_MARK);

	for (uint32_t i = 0; i < 500; i++) {
		uint32_t value = (i * 7919) % 500;
		uint8_t key[4] = { 10, 0, (uint8_t)(value >> 8), (uint8_t)value };

		ck_assert_int_eq(set_add_element(set, key, NULL, value, i % 2 ? value + 1 : 0), 0);
	}
	set = ruleset_add_set(ruleset, "d", SET_DYNAMIC, mark, 1, FIELD_INVALID);
	set_add_element(set, (const uint8_t[]){ 9, 0, 0, 0 }, NULL, 0, 0);
	set_add_element(set, (const uint8_t[]){ 8, 0, 0, 0 }, NULL, 0, 0);
	ruleset_sort(ruleset);
	ck_assert_uint_eq(set->elements[0], 8);
	set = ruleset_find_set(ruleset, "m");
	ck_assert_uint_eq(set->count, 500);
	for (uint32_t i = 0; i < 500; i++) {
		const uint8_t *element = set->elements + i * set->stride;
		uint32_t value;

		memcpy(&value, element + 4, sizeof(value));
		ck_assert_uint_eq((uint32_t)element[2] << 8 | element[3], i);
		ck_assert_uint_eq(value, i);
		ck_assert(set->lines[i] == 0 || set->lines[i] == i + 1);
	}
}
END_TEST

START_TEST(test_strmap)
{
	struct strmap map = { 0 };
	char(*keys)[16] = calloc(5000, sizeof(*keys));
	size_t index = 7;

	ck_assert(!strmap_find(&map, "k0", &index));
	for (size_t i = 0; i < 5000; i++) {
		snprintf(keys[i], sizeof(keys[i]), "k%zu", i);
		ck_assert_int_eq(strmap_add(&map, keys[i], i), 0);
		ck_assert_int_eq(strmap_add(&map, keys[i / 2], 0), -EEXIST);
	}
	for (size_t i = 0; i < 5000; i++)
		ck_assert(strmap_find(&map, keys[i], &index) && index == i);
	ck_assert(!strmap_find(&map, "k5000", &index) && map.count == 5000);
	strmap_clear(&map);
	ck_assert(!strmap_find(&map, "k1", &index));
	free(keys);
}
END_TEST

/* After the first failure nothing is written any more, and the caller sees why. */
START_TEST(test_maker_keeps_its_first_failure)
{
	struct maker make = { .ruleset = ruleset };

	make_chain(&make, "a");
	make_rule(&make, 0);
	make_verdict(&make, VERDICT_ACCEPT, NULL);
	ck_assert_int_eq(make.error, 0);
	make_chain(&make, "a");
	ck_assert_int_eq(make.error, -EEXIST);
	ck_assert_str_eq(make.taken, "a");
	make_rule(&make, 0);
	make_verdict(&make, VERDICT_DROP, NULL);
	make_chain(&make, "b");
	make_counter_object(&make, "c");
	make_limit_object(&make, "l", 1, 1, 1);
	ck_assert_ptr_null(
		make_set(&make, "s", 0, (const enum field_type[]){ FIELD_MARK }, 1, FIELD_INVALID));
	ck_assert_uint_eq(ruleset->chain_count, 1);
	ck_assert_uint_eq(ruleset->counter_count, 0);
	ck_assert_uint_eq(ruleset->limit_count, 0);
	ck_assert_uint_eq(ruleset->chains[0].count, 1);
	ck_assert_str_eq(make.taken, "a");
}
END_TEST

START_TEST(test_maker_limits)
{
	struct maker make = { .ruleset = ruleset };

	make_limit_object(&make, "l", 100, 60, 7);
	make_chain(&make, "a");
	make_rule(&make, 0);
	make_limit(&make, "l");
	ck_assert_int_eq(make.error, 0);
	ck_assert_int_eq(ruleset->chains[0].rules[0].statements[0].kind, STMT_LIMIT);
	ck_assert_str_eq(ruleset->chains[0].rules[0].statements[0].name, "l");
	ck_assert_uint_eq(ruleset->limits[0].rate, 100);
	ck_assert_uint_eq(ruleset->limits[0].per_seconds, 60);
	ck_assert_uint_eq(ruleset->limits[0].burst, 7);
	make_limit_object(&make, "l", 100, 60, 7);
	ck_assert_int_eq(make.error, -EEXIST);
	ck_assert_str_eq(make.taken, "l");
}
END_TEST

START_TEST(test_limit_periods)
{
	ck_assert_str_eq(limit_period(1), "second");
	ck_assert_str_eq(limit_period(60), "minute");
	ck_assert_str_eq(limit_period(3600), "hour");
	ck_assert_ptr_null(limit_period(0));
	ck_assert_ptr_null(limit_period(86400));
	ck_assert_ptr_null(limit_period((UINT64_C(1) << 32) + 1));
}
END_TEST

START_TEST(test_maker_numbers)
{
	struct maker make = { .ruleset = ruleset };
	const struct statement *statement;
	uint32_t state = 0x42;

	make_chain(&make, "a");
	make_rule(&make, 5);
	make_test_mask(&make, SEL_CT_STATE, state, 0, true); /* host order */
	make_test(&make, SEL_TH_DPORT, 443);		     /* network order */
	make_prefix(&make, SEL_IP_SADDR, ADDR_IPV4, (const uint8_t[]){ 10, 1, 0, 0 }, 16);
	make_prefix(&make, SEL_IP_SADDR, ADDR_IPV4, (const uint8_t[]){ 10, 1, 4, 0 }, 22);
	make_prefix(&make, SEL_IP_SADDR, ADDR_IPV4, (const uint8_t[]){ 10, 1, 4, 1 }, 32);
	make_prefix(&make, SEL_IP_SADDR, ADDR_IPV4, (const uint8_t[]){ 0, 0, 0, 0 }, 0);
	ck_assert_int_eq(make.error, 0);
	ck_assert_uint_eq(ruleset->chains[0].rules[0].count, 5); /* /0 says nothing */
	ck_assert_uint_eq(ruleset->chains[0].rules[0].line, 5);
	statement = ruleset->chains[0].rules[0].statements;
	ck_assert(memcmp(statement[0].mask, &state, 4) == 0 && statement[0].negate);
	ck_assert(statement[1].data[0] == 1 && statement[1].data[1] == 0xbb);
	ck_assert_uint_eq(statement[2].length, 2);
	ck_assert_uint_eq(statement[3].length, 0);
	ck_assert_mem_eq(statement[3].mask, "\xff\xff\xfc\x00", 4);
	ck_assert_uint_eq(statement[4].length, 0);
	ck_assert_mem_eq(statement[4].mask, "\0\0\0\0", 4);
}
END_TEST

START_TEST(test_free_nothing)
{
	ruleset_free(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ruleset");
	TCase *tests = tcase_create("ruleset");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_tables);
	tcase_add_test(tests, test_names);
	tcase_add_test(tests, test_set_shapes);
	tcase_add_test(tests, test_keys);
	tcase_add_test(tests, test_verdicts);
	tcase_add_test(tests, test_sort);
	tcase_add_test(tests, test_strmap);
	tcase_add_test(tests, test_maker_keeps_its_first_failure);
	tcase_add_test(tests, test_maker_limits);
	tcase_add_test(tests, test_limit_periods);
	tcase_add_test(tests, test_maker_numbers);
	tcase_add_test(tests, test_free_nothing);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

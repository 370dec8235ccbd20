/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the recorder keeps in memory: details by flow, shared texts, the topology. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/names.h"
#include "../../daemon/pending.h"
#include "../../daemon/topology.h"
#include "suite.h"

static struct pending_budget budget;
static struct pending pending;
static const uint8_t hash_key[PENDING_HASH_KEY] = { 1, 2, 3 };

static void set_up(void)
{
	budget = (struct pending_budget){ .limit = 100000 };
	pending_init(&pending, &budget, hash_key);
}

static void tear_down(void)
{
	pending_clear(&pending);
}

static struct flow_key key_of(uint32_t number)
{
	struct flow_key key = { .code = 5 };
	memcpy(key.saddr, &number, sizeof(number));
	return key;
}

START_TEST(test_find_what_was_added)
{
	struct pending_entry *entry;
	ck_assert_ptr_null(pending_find(&pending, &(struct flow_key){ 0 }));
	for (uint32_t i = 0; i < 20000; i++) {
		struct flow_key key = key_of(i);
		ck_assert_int_eq(pending_add(&pending, &key, &entry), 0);
		ck_assert_uint_eq(entry->packets, 0);
		entry->packets = i;
	}
	ck_assert_uint_eq(pending.count, 20000);
	ck_assert_uint_eq(budget.used, 20000);
	for (uint32_t i = 0; i < 20000; i++) {
		struct flow_key key = key_of(i);
		entry = pending_find(&pending, &key);
		ck_assert_ptr_nonnull(entry);
		ck_assert_uint_eq(entry->packets, i);
		key.sport = 1;
		ck_assert_ptr_null(pending_find(&pending, &key));
	}
	pending_clear(&pending);
	ck_assert_uint_eq(budget.used, 0);
	struct flow_key key = key_of(1);
	ck_assert_ptr_null(pending_find(&pending, &key));
	ck_assert_int_eq(pending_add(&pending, &key, &entry), 0);
}
END_TEST

START_TEST(test_budget_is_shared)
{
	struct pending other;
	struct pending_entry *entry;
	struct flow_key key = key_of(1), next = key_of(2);
	budget.limit = 2;
	pending_init(&other, &budget, hash_key);
	ck_assert_int_eq(pending_add(&pending, &key, &entry), 0);
	ck_assert_int_eq(pending_add(&other, &key, &entry), 0);
	ck_assert_int_eq(pending_add(&other, &next, &entry), -ENOSPC);
	ck_assert_ptr_null(pending_find(&other, &next));
	pending_clear(&pending);
	ck_assert_int_eq(pending_add(&other, &next, &entry), 0);
	pending_clear(&other);
}
END_TEST

/* Against a plain array, with few keys so that they come again. */
START_TEST(test_random)
{
	enum { KEYS = 3000 };
	static uint64_t expected[KEYS];
	static bool present[KEYS];
	srand(random_seed("pending"));
	for (int i = 0; i < 20000; i++) {
		unsigned int number = (unsigned int)rand() % KEYS;
		struct flow_key key = key_of(number * 65536);
		struct pending_entry *entry = pending_find(&pending, &key);
		ck_assert((entry != NULL) == present[number]);
		if (!entry)
			ck_assert_int_eq(pending_add(&pending, &key, &entry), 0);
		present[number] = true;
		ck_assert_uint_eq(entry->packets++, expected[number]++);
	}
}
END_TEST

/* The same, in one step. */
START_TEST(test_take)
{
	enum { KEYS = 3000 };
	static uint64_t expected[KEYS];
	struct pending_entry *entry;
	srand(random_seed("pending"));
	budget.limit = KEYS;
	for (int i = 0; i < 20000; i++) {
		unsigned int number = (unsigned int)rand() % KEYS;
		struct flow_key key = key_of(number * 65536);
		ck_assert_int_eq(pending_take(&pending, &key, &entry), expected[number] > 0);
		ck_assert_uint_eq(entry->packets++, expected[number]++);
		ck_assert_ptr_eq(pending_find(&pending, &key), entry);
	}
	budget.limit = budget.used;
	struct flow_key key = key_of(1), known = pending.entries[0].key;
	ck_assert_int_eq(pending_take(&pending, &key, &entry), -ENOSPC);
	ck_assert_int_eq(pending_take(&pending, &known, &entry), 1);
}
END_TEST

START_TEST(test_names)
{
	struct names names = { 0 };
	char text[16];
	ck_assert_uint_eq(names_add(&names, ""), NAMES_NONE);
	ck_assert_str_eq(names_text(&names, NAMES_NONE), "");
	ck_assert_str_eq(names_text(&names, 0), "");
	for (unsigned int i = 0; i < NAMES_MAX; i++) {
		snprintf(text, sizeof(text), "%u", i);
		ck_assert_uint_eq(names_add(&names, text), i);
	}
	ck_assert_uint_eq(names_add(&names, "one too many"), NAMES_NONE);
	ck_assert_uint_eq(names_add(&names, "77"), 77);
	ck_assert_str_eq(names_text(&names, 77), "77");
	names_clear(&names);
	ck_assert_str_eq(names_text(&names, 77), "");
	ck_assert_uint_eq(names_add(&names, "new"), 0);
	names_clear(&names);
}
END_TEST

static void add_places(struct topology *topology, const char *revision, unsigned int count)
{
	ck_assert_int_eq(topology_begin(topology, revision), 0);
	for (unsigned int i = 0; i < count; i++) {
		struct topology_place place = { .zone = "zone" };
		snprintf(place.interface, sizeof(place.interface), "eth%u", i);
		snprintf(place.segment, sizeof(place.segment), "zone.s%u-%s", i, revision);
		ck_assert_int_eq(topology_add_place(topology, &place), 0);
	}
}

START_TEST(test_topology)
{
	struct topology topology = { 0 };
	char from[16];
	ck_assert_ptr_null(topology_find_place(&topology, "eth0"));
	ck_assert_ptr_null(topology_find_code(&topology, 1));
	add_places(&topology, "one", 300);
	ck_assert_ptr_null(topology_find_place(&topology, "eth0")); /* not before its end */
	ck_assert_int_eq(topology_end(&topology), 0);
	ck_assert_str_eq(topology_find_place(&topology, "eth299")->segment, "zone.s299-one");
	for (uint32_t code = 0; code < 5000; code++) {
		snprintf(from, sizeof(from), "z%u", code);
		ck_assert_int_eq(topology_add_code(&topology, code * 4096, "spoof", from, "to"), 0);
	}
	/* A new policy has other places; codes stay. */
	add_places(&topology, "two", 1);
	ck_assert_str_eq(topology.revision, "one");
	ck_assert_int_eq(topology_end(&topology), 0);
	ck_assert_str_eq(topology.revision, "two");
	ck_assert_str_eq(topology_find_place(&topology, "eth0")->segment, "zone.s0-two");
	ck_assert_ptr_null(topology_find_place(&topology, "eth1"));
	for (uint32_t code = 0; code < 5000; code++) {
		const struct topology_code *found = topology_find_code(&topology, code * 4096);
		snprintf(from, sizeof(from), "z%u", code);
		ck_assert_str_eq(found->reason, "spoof");
		ck_assert_str_eq(found->from, from);
		ck_assert_str_eq(found->to, "to");
	}
	ck_assert_ptr_null(topology_find_code(&topology, 1));
	/* The same code again changes nothing. */
	ck_assert_int_eq(topology_add_code(&topology, 4096, "x", "y", "z"), 0);
	ck_assert_str_eq(topology_find_code(&topology, 4096)->reason, "spoof");
	ck_assert_int_eq(topology_begin(&topology, "a revision too long"), -EINVAL);
	topology_clear(&topology);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pending");
	TCase *tests = tcase_create("pending");
	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_find_what_was_added);
	tcase_add_test(tests, test_budget_is_shared);
	tcase_add_test(tests, test_random);
	tcase_add_test(tests, test_take);
	tcase_add_test(tests, test_names);
	tcase_add_test(tests, test_topology);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

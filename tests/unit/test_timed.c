/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets whose elements end: built, put in place, ended by the kernel, read back and compared. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../lib/compile.h"
#include "../../lib/conf.h"
#include "../../lib/decode.h"
#include "../../lib/drift.h"
#include "../../lib/nftxact.h"
#include "inkernel.h"
#include "netspace.h"
#include "suite.h"

#define TIMED_CITY "tests/golden/compile/timed/policy.conf"

static struct policy *policy;
static struct ruleset *ruleset;

static void set_up(void)
{
	in_kernel_set_up();
	ck_assert_int_eq(conf_read_file(TIMED_CITY, NULL, diags, &policy), 0);
	ck_assert_int_eq(compile_policy(policy, diags, &ruleset), 0);
}

static void tear_down(void)
{
	ruleset_free(ruleset);
	policy_free(policy);
	in_kernel_tear_down();
}

static uint32_t id_of(const char *name)
{
	for (size_t i = 0; i < policy->path_count; i++)
		if (strcmp(policy->paths[i].name, name) == 0)
			return policy->paths[i].id;
	ck_abort_msg("no path %s", name);
	return 0;
}

/* What is open, by id, for so long. */
struct opening {
	uint32_t id;
	uint64_t milliseconds;
};

static uint64_t look_up(uint32_t id, void *data)
{
	for (const struct opening *opening = data; opening->id; opening++)
		if (opening->id == id)
			return opening->milliseconds;
	return 0;
}

static void open_paths(struct opening *openings)
{
	ck_assert_int_eq(compile_timeouts(ruleset, look_up, openings), 0);
}

static void open_one(const char *name, uint64_t milliseconds)
{
	open_paths((struct opening[]){ { id_of(name), milliseconds }, { 0, 0 } });
}

/* Elements of a set as the kernel has them. */
static size_t count_elements(const char *set)
{
	struct ruleset *actual;
	uint32_t generation;
	size_t count;

	ck_assert_int_eq(decode_table(sock, "hedate", NULL, &actual, &generation), 0);
	count = ruleset_find_set(actual, set)->count;
	ruleset_free(actual);
	return count;
}

static void rest(unsigned int milliseconds)
{
	nanosleep(&(struct timespec){ milliseconds / 1000, milliseconds % 1000 * 1000000 }, NULL);
}

/* Wait until it has so many, at most half a minute. */
static void wait_elements(const char *set, size_t count)
{
	for (unsigned int i = 0; i < 300 && count_elements(set) != count; i++)
		rest(100);
	ck_assert_uint_eq(count_elements(set), count);
}

START_TEST(nothing_is_open)
{
	apply(ruleset);
	check_table(ruleset);
	ck_assert_uint_eq(count_elements("active-timed"), 0);
	ck_assert_uint_eq(count_elements("active-gateway-timed"), 0);
}
END_TEST

START_TEST(opened_with_the_batch)
{
	open_paths(
		(struct opening[]){ { id_of("P2"), 3600000 }, { id_of("H1"), 60000 }, { 0, 0 } });
	apply(ruleset);
	check_table(ruleset);
	ck_assert_uint_eq(count_elements("active-timed"), 2);
	ck_assert_uint_eq(count_elements("active-gateway-timed"), 1);
	/* Again, and another one: what was there is not there any more. */
	open_one("P3", 3600000);
	apply(ruleset);
	check_table(ruleset);
	ck_assert_uint_eq(count_elements("active-timed"), 2);
	ck_assert_uint_eq(count_elements("active-gateway-timed"), 0);
}
END_TEST

START_TEST(kernel_ends_it)
{
	open_one("P2", 700);
	apply(ruleset);
	wait_elements("active-timed", 0);
	/* Elements that have ended are no hindrance to what comes. */
	open_one("P2", 500);
	ck_assert_int_eq(nftxact_timed(sock, ruleset), 0);
	wait_elements("active-timed", 0);
	open_one("P2", 3600000);
	ck_assert_int_eq(nftxact_timed(sock, ruleset), 0);
	check_table(ruleset);
	ck_assert_uint_eq(count_elements("active-timed"), 2);
}
END_TEST

START_TEST(replaced_alone)
{
	open_paths(
		(struct opening[]){ { id_of("P2"), 3600000 }, { id_of("P4"), 60000 }, { 0, 0 } });
	apply(ruleset);
	open_paths(
		(struct opening[]){ { id_of("P2"), 7200000 }, { id_of("H1"), 60000 }, { 0, 0 } });
	ck_assert_int_eq(nftxact_timed(sock, ruleset), 0);
	check_table(ruleset);
	ck_assert_uint_eq(count_elements("active-timed"), 2);
	ck_assert_uint_eq(count_elements("active-gateway-timed"), 1);
	open_paths((struct opening[]){ { 0, 0 } });
	ck_assert_int_eq(nftxact_timed(sock, ruleset), 0);
	check_table(ruleset);
	ck_assert_uint_eq(count_elements("active-timed"), 0);
}
END_TEST

START_TEST(without_a_table)
{
	ck_assert_int_eq(nftxact_timed(sock, ruleset), -ENOENT);
}
END_TEST

START_TEST(without_timed_paths)
{
	struct ruleset *city = compile_city();

	for (size_t i = 0; i < city->set_count; i++) {
		ck_assert(!(city->sets[i].flags & SET_TIMEOUT));
		ck_assert_ptr_null(strstr(city->sets[i].name, "timed"));
	}
	ck_assert_int_eq(nftxact_timed(sock, city), 0);
	ruleset_free(city);
}
END_TEST

/* What somebody else adds, or takes away, is found. "@" is the id of a path that is closed. */
static const struct {
	const char *command, *told;
} strangers[] = {
	{ "add element inet hedate active-timed { eth1 . eth2 . 0x1 timeout 1h }",
		"set active-timed: 0 elements are missing, 1 should not be there at any time, 0 "
		"stay too long" },
	{ "add element inet hedate active-timed { eth1 . eth2 . @ }",
		"set active-timed: 0 elements are missing, 0 should not be there at any time, 1 "
		"stay too long" },
	{ "add element inet hedate active-timed { eth1 . eth2 . @ timeout 2h }",
		"set active-timed: 0 elements are missing, 0 should not be there at any time, 1 "
		"stay too long" },
	{ "flush set inet hedate active-gateway-timed",
		"set active-gateway-timed: 1 elements are missing, 0 should not be there at any "
		"time, 0 stay too long" },
};

START_TEST(stranger)
{
	char command[256];
	const char *id = strchr(strangers[_i].command, '@');

	open_paths(
		(struct opening[]){ { id_of("P2"), 3600000 }, { id_of("H1"), 3600000 }, { 0, 0 } });
	apply(ruleset);
	if (id)
		snprintf(command, sizeof(command), "nft '%.*s0x%08x%s'",
			(int)(id - strangers[_i].command), strangers[_i].command, id_of("P3"),
			id + 1);
	else
		snprintf(command, sizeof(command), "nft '%s'", strangers[_i].command);
	netspace_run(0, command);
	ck_assert_str_eq(
		strtok((char *)(uintptr_t)table_differences(ruleset), "\n"), strangers[_i].told);
}
END_TEST

/* Nobody says what is open: then any possible element may be there, if it ends. */
START_TEST(possible_elements)
{
	struct ruleset *actual;
	uint32_t generation;
	size_t count;
	struct set *set;

	open_one("P2", 3600000);
	apply(ruleset);
	set = ruleset_find_set(ruleset, "active-timed");
	free(set->timeouts);
	set->timeouts = NULL;
	ck_assert_int_eq(decode_table(sock, "hedate", NULL, &actual, &generation), 0);
	ck_assert_int_eq(drift_compare(ruleset, actual, NULL, NULL, &count), 0);
	ck_assert_uint_eq(count, 0);
	set = ruleset_find_set(actual, "active-timed");
	ck_assert_uint_eq(set->count, 2);
	ck_assert_uint_le(set->timeouts[0], 3600000);
	ck_assert_uint_gt(set->timeouts[0], 3500000);
	set->timeouts[1] = 0;
	ck_assert_int_eq(drift_compare(ruleset, actual, NULL, NULL, &count), 0);
	ck_assert_uint_eq(count, 1);
	ruleset_free(actual);
}
END_TEST

/* A set that gives its elements a time by itself is not ours. */
START_TEST(default_timeout)
{
	apply(ruleset);
	netspace_run(0,
		"nft 'flush chain inet hedate input; delete set inet hedate "
		"active-gateway-timed' 2>&1; nft -f - <<END\n"
		"table inet hedate { set other { type mark; flags timeout; timeout 1h; }; }\n"
		"END\n");
	ck_assert_ptr_nonnull(
		strstr(table_differences(ruleset), "not known to this version: set other"));
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("timed");
	TCase *test = tcase_create("timed");

	tcase_set_timeout(test, 120);
	tcase_add_checked_fixture(test, set_up, tear_down);
	tcase_add_test(test, nothing_is_open);
	tcase_add_test(test, opened_with_the_batch);
	tcase_add_test(test, kernel_ends_it);
	tcase_add_test(test, replaced_alone);
	tcase_add_test(test, without_a_table);
	tcase_add_test(test, without_timed_paths);
	tcase_add_loop_test(test, stranger, 0, sizeof(strangers) / sizeof(strangers[0]));
	tcase_add_test(test, possible_elements);
	tcase_add_test(test, default_timeout);
	suite_add_tcase(suite, test);
	return suite;
}

int main(void)
{
	return suite_run_in_netspace(suite());
}

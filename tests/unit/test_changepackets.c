/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a change of a small city's policy means for packets. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../lib/changepackets.h"
#include "city.h"
#include "suite.h"

/* The city with these paths. The caller owns it. */
static struct policy *city_with(const char *paths)
{
	char text[8000];
	struct policy *result;

	ck_assert_int_lt(
		snprintf(text, sizeof(text), CITY "paths = ( %s );\n", paths), (int)sizeof(text));
	parse(text);
	result = policy;
	policy = NULL;
	return result;
}

/* Each item as "+name ipv4=... ipv6=...", with a line end. */
static void put_items(const struct change *change, char *text, size_t size)
{
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < change->count; i++) {
		const struct change_item *item = &change->items[i];

		ck_assert_int_eq(item->what, CHANGE_PACKETS);
		ck_assert_uint_eq(item->effects, item->action == CHANGE_ADDED	  ? CHANGE_OPENS
						 : item->action == CHANGE_REMOVED ? CHANGE_CLOSES
										  : 3u);
		length += (size_t)snprintf(
			text + length, size - length, "%c%s", "+-~"[item->action], item -> name);
		for (size_t k = 0; k < item->field_count; k++) {
			const struct change_field *field = &item->fields[k];

			ck_assert_pstr_eq(change_key_name(CHANGE_PACKETS, field->key), field->key);
			length += (size_t)snprintf(text + length, size - length, " %s=%s%s",
				field->key, field->before, field->after);
		}
		length += (size_t)snprintf(text + length, size - length, "\n");
	}
}

static void check_change(const char *before, const char *after, const char *expected)
{
	struct policy *old = city_with(before), *new = city_with(after);
	struct change *owned = calloc(1, sizeof(*owned));
	char text[4000];

	ck_assert_ptr_nonnull(owned);
	ck_assert_int_eq(changepackets_add(old, new, CHANGEPACKETS_FULLY, owned), 0);
	put_items(owned, text, sizeof(text));
	ck_assert_str_eq(text, expected);
	const struct change_counts counts = change_count(owned);

	/* They follow from other items, which are counted. */
	ck_assert_uint_eq(counts.added + counts.removed + counts.changed + counts.opens, 0);
	change_free(owned);
	policy_free(old);
	policy_free(new);
}

#define ONE   PATH("P1", "bound", "relay", "https")
#define OTHER PATH("P2", "relay", "bound", "https")
#define TIMED                                                                                      \
	"{ name = \"P3\"; from = \"relay\"; to = \"bound\"; service = \"https\"; reason = \"r\"; " \
	"windows = ( { days = \"daily\"; from = \"08:30\"; until = \"17:15\"; } ); }"

#define NEW_PATH                                                                                   \
	"lgwan > core ipv4=10.2.0.10 > c1 10.1.0.10 tcp 443 ipv4-example=l1 10.2.0.10 > c1 "       \
	"10.1.0.10 tcp 40000 > 443, new ipv6=fd00:3::10 > c1 fd00:1::10 tcp 443 "                  \
	"ipv6-example=l1 fd00:3::10 > c1 fd00:1::10 tcp 40000 > 443, new\n"

START_TEST(nothing_follows_from_names)
{
	check_change(ONE, ONE, "");
	check_change(ONE, PATH("Q", "bound", "relay", "https"), "");
}
END_TEST

START_TEST(what_a_path_opens_is_told)
{
	check_change(ONE, ONE "," OTHER, "+" NEW_PATH);
	check_change(ONE "," OTHER, ONE, "-" NEW_PATH);
	/* It opens at times: that is as much. */
	check_change(ONE, ONE "," TIMED, "+" NEW_PATH);
	check_change(ONE "," OTHER, ONE "," TIMED, "");
}
END_TEST

/* What another path permits anyhow is no change for packets. */
START_TEST(what_is_covered_is_not_told)
{
	const char *const wide = PATH("W", "lgwan", "core", "tcp");

	char text[2000];

	snprintf(text, sizeof(text), "%s,%s", wide, OTHER);
	check_change(wide, text, "");
}
END_TEST

START_TEST(there_is_nothing_before)
{
	struct policy *new = city_with(ONE);
	struct change change = { .items = NULL };

	ck_assert_int_eq(changepackets_add(NULL, new, CHANGEPACKETS_FULLY, &change), 0);
	ck_assert_uint_eq(change.count, 0);
	policy_free(new);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("changepackets");
	TCase *tcase = tcase_create("changepackets");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, from_text_set_up, from_text_tear_down);
	tcase_add_test(tcase, nothing_follows_from_names);
	tcase_add_test(tcase, what_a_path_opens_is_told);
	tcase_add_test(tcase, what_is_covered_is_not_told);
	tcase_add_test(tcase, there_is_nothing_before);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}

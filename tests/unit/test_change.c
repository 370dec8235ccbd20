/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a change of the policy means. That each key of the configuration is looked at:
 * tests/golden/540-change.sh. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/change.h"
#include "city.h"
#include "suite.h"

#define ALL CITY "paths = (" PATHS ");\n" GATEWAY

static struct policy *before;

static void keep_as_before(const char *text)
{
	parse(text);
	before = policy;
	policy = NULL;
}

/* "changed path P1 opens closes: service=https (tcp 443)|high (...)\n" each. */
static char *summary(void)
{
	struct change *change = NULL;
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(change_find(before, policy, &change), 0);
	for (size_t i = 0; i < change->count; i++) {
		const struct change_item *item = &change->items[i];

		fprintf(out, "%s %s %s", change_action_name(item->action),
			change_what_name(item->what), item->name);
		for (unsigned int bit = 1; bit < 1u << CHANGE_EFFECTS; bit <<= 1)
			if (item->effects & bit)
				fprintf(out, " %s", change_effect_name((enum change_effect)bit));
		for (size_t n = 0; item->action == CHANGE_CHANGED && n < item->field_count; n++)
			fprintf(out, ": %s=%s|%s", item->fields[n].key, item->fields[n].before,
				item->fields[n].after);
		putc('\n', out);
	}
	ck_assert_int_eq(fclose(out), 0);
	change_free(change);
	return text;
}

static void expect(const char *was, const char *is, const char *wanted)
{
	char *text;

	keep_as_before(was);
	parse(is);
	text = summary();
	ck_assert_str_eq(text, wanted);
	free(text);
	policy_free(before);
	before = NULL;
	forget();
}

START_TEST(nothing)
{
	expect(ALL, ALL, "");
	/* Where it stands, and in which order. */
	expect(ALL, "# a comment\n" CITY "\n" GATEWAY "paths = (" PATHS ");\n", "");
	expect(CITY "paths = (" PATH("A", "bound", "relay", "https") "," PATH(
		       "B", "lgwan", "internet", "ping") ");",
		CITY "paths = (" PATH("B", "lgwan", "internet", "ping") "," PATH(
			"A", "bound", "relay", "https") ");",
		"");
}
END_TEST

START_TEST(first_one)
{
	struct change_counts counts;
	struct change *change;

	parse(ALL);
	ck_assert_int_eq(change_find(NULL, policy, &change), 0);
	counts = change_count(change);
	ck_assert_uint_eq(counts.removed, 0);
	/* 4 zones, 5 segments, 2 hosts, 5 services, 5 + 2 paths. */
	ck_assert_uint_eq(counts.added, 23);
	/* The paths, and a host that binds its address. */
	ck_assert_uint_eq(counts.opens, 7);
	ck_assert_uint_eq(counts.closes, 1);
	/* Its name; the time zone. */
	ck_assert_uint_eq(counts.changed, 2);
	change_free(change);
}
END_TEST

START_TEST(paths)
{
	const char *base = CITY "paths = (" PATH("A", "bound", "relay", "https") ");";

	expect(base, CITY "paths = ();" GATEWAY,
		"added path G1 opens\nadded path G2 opens\nremoved path A closes\n");
	expect(base, CITY "paths = (" PATH("A", "core", "relay", "https") ");",
		"changed path A opens: from=bound (10.1.0.10, fd00:1::10@core.servers)|core "
		"(core.servers, core.cloud)\n");
	expect(CITY "paths = (" PATH("A", "core", "relay", "https") ");",
		CITY "paths = (" PATH("A", "core.cloud", "relay", "https") ");",
		"changed path A closes: from=core (core.servers, core.cloud)|core.cloud\n");
	expect(base, CITY "paths = (" PATH("A", "relay", "bound", "https") ");",
		"changed path A opens closes: from=bound (10.1.0.10, "
		"fd00:1::10@core.servers)|relay "
		"(10.2.0.10, fd00:3::10@lgwan.servers): to=relay (10.2.0.10, "
		"fd00:3::10@lgwan.servers)|bound (10.1.0.10, fd00:1::10@core.servers)\n");
	expect(base, CITY "paths = (" PATH("A", "bound", "relay", "tcp") ");",
		"changed path A opens: service=https (tcp 443)|tcp (tcp any)\n");
	expect(base, CITY "paths = (" PATH("A", "bound", "relay", "ping") ");",
		"changed path A opens closes: service=https (tcp 443)|ping (icmp 8, icmpv6 128)\n");
	expect(base,
		CITY "paths = ( { name = \"A\"; from = \"bound\"; to = \"relay\"; service = "
		     "\"https\"; reason = \"other\"; } );",
		"changed path A: reason=r|other\n");
}
END_TEST

#define TIMED(windows)                                                                             \
	CITY "paths = ( { name = \"A\"; from = \"bound\"; to = \"relay\"; service = \"https\"; "   \
	     "reason = \"r\"; " windows " } );"
#define WINDOW(days, from, until)                                                                  \
	"windows = ( { days = \"" days "\"; from = \"" from "\"; until = \"" until "\"; } );"

START_TEST(times)
{
	expect(TIMED(""), TIMED(WINDOW("mon-fri", "08:30", "17:15")),
		"changed path A closes: windows=|mon-fri 08:30-17:15\n");
	expect(TIMED(WINDOW("mon-fri", "08:30", "17:15")), TIMED(""),
		"changed path A opens: windows=mon-fri 08:30-17:15|\n");
	expect(TIMED(WINDOW("mon-fri", "08:30", "17:15")),
		TIMED(WINDOW("mon-sat", "08:30", "17:15")),
		"changed path A opens: windows=mon-fri 08:30-17:15|mon-sat 08:30-17:15\n");
	/* Over the end of the week. */
	expect(TIMED(WINDOW("sun", "22:00", "05:00")), TIMED(WINDOW("sun", "22:00", "04:00")),
		"changed path A closes: windows=sun 22:00-05:00|sun 22:00-04:00\n");
	expect(TIMED(WINDOW("sun", "22:00", "05:00")), TIMED(WINDOW("mon", "01:00", "06:00")),
		"changed path A opens closes: windows=sun 22:00-05:00|mon 01:00-06:00\n");
	/* Time zones matter where there are times. */
	expect("site = { name = \"town\"; };" ZONES,
		"site = { name = \"town\"; time_zone = \"UTC\"; };" ZONES,
		"changed setting site.time_zone: site.time_zone=Asia/Tokyo|UTC\n");
}
END_TEST

#define HOST(rest)                                                                                 \
	"site = { name = \"town\"; };\n" ZONES "hosts = ( { name = \"h\"; " rest " } );" SERVICES
#define MAC(last) "mac = \"00:00:5e:00:53:" last "\";"

START_TEST(hosts)
{
	const char *path = "paths = (" PATH("A", "h", "lgwan", "https") ");";
	char was[8192], is[8192];

	/* What a name stands for is seen where it is used. */
	snprintf(was, sizeof(was), "%s%s", HOST("address = \"10.1.0.10\";"), path);
	snprintf(is, sizeof(is), "%s%s", HOST("address = [ \"10.1.0.11\", \"10.1.0.10\" ];"), path);
	expect(was, is,
		"changed host h: address=10.1.0.10|10.1.0.10, 10.1.0.11\n"
		"changed path A opens: from=h (10.1.0.10@core.servers)|h "
		"(10.1.0.10/31@core.servers)\n");
	expect(HOST("address = [ \"10.1.0.10\", \"10.1.0.11\" ];"),
		HOST("address = [ \"10.1.0.11\", \"10.1.0.10\" ];"), "");
	expect(HOST("address = \"10.1.0.10\";"), HOST("address = \"10.1.0.10\"; " MAC("10")),
		"changed host h closes: mac=|00:00:5e:00:53:10\n");
	expect(HOST("address = \"10.1.0.10\"; " MAC("10")), HOST("address = \"10.1.0.10\";"),
		"changed host h opens: mac=00:00:5e:00:53:10|\n");
	expect(HOST("address = \"10.1.0.10\"; " MAC("10")),
		HOST("address = \"10.1.0.10\"; " MAC("11")),
		"changed host h opens closes: mac=00:00:5e:00:53:10|00:00:5e:00:53:11\n");
	expect(HOST("address = \"10.1.0.10\"; " MAC("10")),
		HOST("address = \"10.1.0.12\"; " MAC("10")),
		"changed host h opens closes: address=10.1.0.10|10.1.0.12\n");
	expect(HOST("address = \"10.1.0.10\"; " MAC("10")),
		CITY, /* two hosts, of which one is bound */
		"added host bound closes\nadded host relay\nremoved host h opens\n");
}
END_TEST

START_TEST(places)
{
	expect("site = { name = \"town\"; };" ZONES, "site = { name = \"town\"; };" OTHER_ZONES,
		"changed segment lgwan.servers opens closes: interface=l1|l9\n");
}
END_TEST

/* A change and the same one back: what the one opens the other closes. */
START_TEST(there_and_back)
{
	const char *const texts[] = { ALL, CITY, HOST("address = \"10.1.0.10\"; " MAC("10")),
		TIMED(""), TIMED(WINDOW("mon-fri", "08:30", "17:15")),
		"site = { name = \"town\"; };" OTHER_ZONES };
	size_t count = sizeof(texts) / sizeof(texts[0]);

	for (size_t i = 0; i < count * count; i++) {
		struct change *there, *back;

		keep_as_before(texts[i / count]);
		parse(texts[i % count]);
		ck_assert_int_eq(change_find(before, policy, &there), 0);
		ck_assert_int_eq(change_find(policy, before, &back), 0);
		ck_assert_uint_eq(change_count(there).opens, change_count(back).closes);
		ck_assert_uint_eq(change_count(there).closes, change_count(back).opens);
		ck_assert_uint_eq(change_count(there).added, change_count(back).removed);
		ck_assert_uint_eq(change_count(there).changed, change_count(back).changed);
		ck_assert_uint_eq(there->count, back->count);
		ck_assert(i / count != i % count || there->count == 0);
		change_free(there);
		change_free(back);
		policy_free(before);
		before = NULL;
		forget();
	}
}
END_TEST

START_TEST(as_json)
{
	struct change *change;
	struct json json;

	keep_as_before(TIMED(""));
	parse(TIMED(WINDOW("mon-fri", "08:30", "17:15")));
	ck_assert_int_eq(change_find(before, policy, &change), 0);
	json_init(&json);
	change_write_json(&json, change);
	ck_assert_str_eq(json.text, "[{\"action\":\"changed\",\"what\":\"path\",\"name\":\"A\","
				    "\"effects\":[\"closes\"],"
				    "\"fields\":[{\"key\":\"windows\",\"before\":\"\",\"after\":"
				    "\"mon-fri 08:30-17:15\","
				    "\"effects\":[\"closes\"]}]}]");
	json_clear(&json);
	change_free(change);
	policy_free(before);
	before = NULL;
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("change");
	TCase *tcase = tcase_create("change");

	tcase_add_checked_fixture(tcase, from_text_set_up, from_text_tear_down);
	tcase_add_test(tcase, nothing);
	tcase_add_test(tcase, first_one);
	tcase_add_test(tcase, paths);
	tcase_add_test(tcase, times);
	tcase_add_test(tcase, hosts);
	tcase_add_test(tcase, places);
	tcase_add_test(tcase, there_and_back);
	tcase_add_test(tcase, as_json);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}

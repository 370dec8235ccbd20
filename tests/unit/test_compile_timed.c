/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of timed paths, packet by packet: open, closed, one open and the other not. */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/compile.h"
#include "../../lib/compile_internal.h"
#include "../../lib/conf.h"
#include "../../lib/evaluate.h"
#include "fromtext.h"
#include "suite.h"

/* Of golden/compile/timed, with windows that never matter here. */
#define HEAD                                                                                       \
	"site = { name = \"town\"; };\n"                                                           \
	"zones = (\n"                                                                              \
	" { name = \"core\"; kind = \"lgwan\"; segments = (\n"                                     \
	"  { name = \"lan\"; interface = \"c1\"; networks = [\"10.1.0.0/24\", \"fd00:1::/64\"]; "  \
	"} "                                                                                       \
	"); },\n"                                                                                  \
	" { name = \"lgwan\"; kind = \"lgwan\"; segments = (\n"                                    \
	"  { name = \"lan\"; interface = \"l1\"; networks = [\"10.2.0.0/24\", \"fd00:2::/64\"]; "  \
	"} "                                                                                       \
	"); },\n"                                                                                  \
	" { name = \"admin\"; kind = \"management\"; segments = (\n"                               \
	"  { name = \"lan\"; interface = \"m1\"; networks = [\"10.9.0.0/24\"]; } ); } );\n"        \
	"hosts = (\n"                                                                              \
	" { name = \"a\"; address = [\"10.1.0.10\", \"fd00:1::10\"]; },\n"                         \
	" { name = \"b\"; address = [\"10.2.0.10\", \"fd00:2::10\"]; } );\n"                       \
	"services = (\n"                                                                           \
	" { name = \"https\"; tcp = 443; }, { name = \"web\"; tcp = [80, 443]; },\n"               \
	" { name = \"low\"; tcp = \"1-1023\"; }, { name = \"ssh\"; tcp = 22; },\n"                 \
	" { name = \"ping\"; icmp = \"echo-request\"; icmpv6 = \"echo-request\"; } );\n"
#define WINDOWS "windows = ( { days = \"daily\"; from = \"08:30\"; until = \"17:15\"; } );"
#define PATH(name, from, to, service, more)                                                        \
	"{ name = \"" name "\"; from = \"" from "\"; to = \"" to "\"; service = \"" service        \
	"\"; reason = \"r\"; " more "}"
#define PATHS(list) HEAD "paths = ( " list " );\n"

static uint32_t id_of(const char *name)
{
	for (size_t i = 0; i < policy->path_count; i++)
		if (strcmp(policy->paths[i].name, name) == 0)
			return policy->paths[i].id;
	ck_abort_msg("no path %s", name);
	return 0;
}

/* Take the elements of other paths out of the sets with a timeout. */
static void keep_open(const uint32_t *ids, size_t count)
{
	for (size_t i = 0; i < ruleset->set_count; i++) {
		struct set *set = &ruleset->sets[i];
		size_t kept = 0;

		for (size_t j = 0; j < set->count && set->flags & SET_TIMEOUT; j++) {
			const uint8_t *element = set->elements + j * set->stride;
			bool open = false;

			for (size_t k = 0; k < count; k++)
				open |= memcmp(element + set->key_length - 4, &ids[k], 4) == 0;
			if (open)
				memmove(set->elements + kept++ * set->stride, element, set->stride);
		}
		if (set->flags & SET_TIMEOUT)
			set->count = kept;
	}
}

/* With these paths open, up to a NULL. */
static void compile_with_open(const char *text, ...)
{
	uint32_t ids[8];
	size_t count = 0;
	const char *name;
	va_list names;

	forget();
	compile(text);
	va_start(names, text);
	while ((name = va_arg(names, const char *)) != NULL)
		ids[count++] = id_of(name);
	va_end(names);
	keep_open(ids, count);
}

/* A first packet, where what may be open is. */
static struct eval_packet open_packet(
	const char *iif, const char *oif, const char *from, const char *to)
{
	struct eval_packet made = packet(iif, oif, from, to);

	made.timed_open = true;
	return made;
}

/* From a to b, of each family. */
static struct eval_packet forward(enum addr_family family)
{
	return family == ADDR_IPV4 ? open_packet("c1", "l1", "10.1.0.10", "10.2.0.10")
				   : open_packet("c1", "l1", "fd00:1::10", "fd00:2::10");
}

/* An answer to it, of a connection with this mark. */
static struct eval_packet reply(enum addr_family family, uint32_t mark)
{
	struct eval_packet made = family == ADDR_IPV4
					  ? open_packet("l1", "c1", "10.2.0.10", "10.1.0.10")
					  : open_packet("l1", "c1", "fd00:2::10", "fd00:1::10");

	made.sport = 443;
	made.dport = 40000;
	made.tcp_flags = TCP_ACK;
	made.ct_state = CT_ESTABLISHED;
	made.ct_direction = 1;
	made.ct_mark = mark;
	return made;
}

static struct eval_packet established(struct eval_packet made, uint32_t mark)
{
	made.tcp_flags = TCP_ACK;
	made.ct_state = CT_ESTABLISHED;
	made.ct_mark = mark;
	return made;
}

static void expect_accept(const char *chain, struct eval_packet made, const char *path)
{
	struct eval_result result;

	evaluate_chain(ruleset, chain, &made, &result);
	ck_assert_msg(
		result.verdict == EVAL_ACCEPT, "not accepted: %s%s", result.deny, result.name);
	ck_assert_uint_eq(result.ct_mark, id_of(path));
}

/* words: "expired-core-lgwan" */
static void expect_deny(const char *chain, struct eval_packet made, const char *words)
{
	struct eval_result result;
	char deny[RULESET_NAME_MAX + 1];

	evaluate_chain(ruleset, chain, &made, &result);
	ck_assert_msg(result.verdict == EVAL_DROP, "not dropped: %s", result.name);
	snprintf(deny, sizeof(deny), "deny-%s", words);
	ck_assert_str_eq(result.deny, deny);
}

#define ONE PATHS(PATH("T", "a", "b", "https", WINDOWS))

START_TEST(open_and_closed)
{
	enum addr_family family = (enum addr_family)_i;

	compile_with_open(ONE, "T", NULL);
	expect_accept("forward", forward(family), "T");
	expect_accept("forward", established(forward(family), id_of("T")), "T");
	expect_accept("forward", reply(family, id_of("T")), "T");
	/* Others than it permits stay what they were. */
	struct eval_packet made = forward(family);

	made.dport = 444;
	expect_deny("forward", made, "no-path-core-lgwan");

	compile_with_open(ONE, NULL);
	expect_deny("forward", forward(family), "expired-core-lgwan");
	expect_deny("forward", established(forward(family), id_of("T")), "expired-core-lgwan");
	expect_deny("forward", reply(family, id_of("T")), "expired-lgwan-core");
	expect_deny("forward", made, "no-path-core-lgwan");
	/* A connection of a path that is no more, which only this one would permit. */
	expect_deny("forward", established(forward(family), 77), "expired-core-lgwan");
	expect_deny("forward", reply(family, 77), "expired-lgwan-core");
	made = established(made, 77);
	expect_deny("forward", made, "revoked-core-lgwan");
}
END_TEST

/* It was open with another mark, as a path with other services: it goes on, whoever sends first. */
START_TEST(another_mark)
{
	compile_with_open(ONE, "T", NULL);
	expect_accept("forward", established(forward(ADDR_IPV4), 77), "T");
	expect_accept("forward", reply(ADDR_IPV6, 77), "T");
}
END_TEST

/* Replies of ICMP are not looked up: their mark alone tells. */
START_TEST(ping)
{
	const char *text = PATHS(PATH("T", "a", "b", "ping", WINDOWS));
	struct eval_packet made = forward(ADDR_IPV4), answer = reply(ADDR_IPV4, 0);

	made.protocol = made.next_header = answer.protocol = answer.next_header = IPPROTO_ICMP;
	made.dport = 8 << 8;
	answer.dport = 0;
	compile_with_open(text, "T", NULL);
	expect_accept("forward", made, "T");
	answer.ct_mark = id_of("T");
	expect_accept("forward", answer, "T");
	compile_with_open(text, NULL);
	expect_deny("forward", made, "expired-core-lgwan");
	expect_deny("forward", answer, "expired-lgwan-core");
}
END_TEST

/* An error about a connection has its mark. */
START_TEST(related)
{
	struct eval_packet made = forward(ADDR_IPV4);

	made.protocol = made.next_header = IPPROTO_ICMP;
	made.dport = 3 << 8 | 4;
	made.ct_state = CT_RELATED;
	compile_with_open(ONE, "T", NULL);
	made.ct_mark = id_of("T");
	expect_accept("forward", made, "T");
	compile_with_open(ONE, NULL);
	expect_deny("forward", made, "expired-core-lgwan");
	made.ct_mark = 77;
	expect_deny("forward", made, "revoked-core-lgwan");
}
END_TEST

/* One that is closed hides none that is open: exact against range, range against exact, the same
 * port in two timed paths, in the order of the file and the other way round. */
static const struct {
	const char *text, *open, *taken; /* taken NULL: expired */
} overlaps[] = {
	{ PATHS(PATH("T", "a", "b", "https", WINDOWS) "," PATH("S", "core", "b", "low", "")), NULL,
		"S" },
	{ PATHS(PATH("T", "core", "b", "low", WINDOWS) "," PATH("S", "a", "b", "https", "")), NULL,
		"S" },
	{ PATHS(PATH("T", "a", "b", "https", WINDOWS) "," PATH("S", "core", "b", "low", "")), "T",
		"S" },
	{ PATHS(PATH("T", "a", "b", "https", WINDOWS) "," PATH("U", "a", "b", "web", WINDOWS)), "T",
		"T" },
	{ PATHS(PATH("T", "a", "b", "https", WINDOWS) "," PATH("U", "a", "b", "web", WINDOWS)), "U",
		"U" },
	{ PATHS(PATH("U", "a", "b", "web", WINDOWS) "," PATH("T", "a", "b", "https", WINDOWS)), "T",
		"T" },
	{ PATHS(PATH("U", "a", "b", "web", WINDOWS) "," PATH("T", "a", "b", "https", WINDOWS)), "U",
		"U" },
	{ PATHS(PATH("T", "core", "lgwan", "low", WINDOWS) "," PATH(
		  "U", "core", "b", "low", WINDOWS) "," PATH("V", "a", "lgwan", "web", WINDOWS)),
		"T", "T" },
	{ PATHS(PATH("T", "core", "lgwan", "low", WINDOWS) "," PATH(
		  "U", "core", "b", "low", WINDOWS) "," PATH("V", "a", "lgwan", "web", WINDOWS)),
		"U", "U" },
	{ PATHS(PATH("T", "core", "lgwan", "low", WINDOWS) "," PATH(
		  "U", "core", "b", "low", WINDOWS) "," PATH("V", "a", "lgwan", "web", WINDOWS)),
		"V", "V" },
	{ PATHS(PATH("T", "core", "lgwan", "low", WINDOWS) "," PATH(
		  "U", "core", "b", "low", WINDOWS) "," PATH("V", "a", "lgwan", "web", WINDOWS)),
		NULL, NULL },
};

START_TEST(overlap)
{
	compile_with_open(overlaps[_i].text, overlaps[_i].open, NULL);
	for (unsigned int family = 0; family < ADDR_FAMILIES; family++) {
		struct eval_packet made = forward((enum addr_family)family);

		if (overlaps[_i].taken) {
			expect_accept("forward", made, overlaps[_i].taken);
			expect_accept(
				"forward", reply((enum addr_family)family, 77), overlaps[_i].taken);
			expect_accept("forward", established(made, 77), overlaps[_i].taken);
		} else {
			expect_deny("forward", made, "expired-core-lgwan");
			expect_deny("forward", reply((enum addr_family)family, 77),
				"expired-lgwan-core");
		}
	}
}
END_TEST

#define GATEWAY                                                                                    \
	HEAD "gateway = { input = ( { name = \"I\"; from = \"10.9.0.5\"; service = \"ssh\"; "      \
	     "reason = \"r\"; " WINDOWS " } ); output = ( { name = \"O\"; to = \"b\"; service = "  \
	     "\"https\"; reason = \"r\"; " WINDOWS " } ); };\n"

START_TEST(gateway)
{
	struct eval_packet in = open_packet("m1", NULL, "10.9.0.5", "10.9.0.1");
	struct eval_packet in_reply = open_packet(NULL, "m1", "10.9.0.1", "10.9.0.5");
	struct eval_packet out = open_packet(NULL, "l1", "10.2.0.1", "10.2.0.10");
	struct eval_packet out_reply = open_packet("l1", NULL, "10.2.0.10", "10.2.0.1");

	in.dport = in_reply.sport = 22;
	in_reply.dport = 40000;
	out_reply.sport = 443;
	out_reply.dport = 40000;
	compile_with_open(GATEWAY, "I", "O", NULL);
	in_reply = established(in_reply, id_of("I"));
	out_reply = established(out_reply, id_of("O"));
	in_reply.ct_direction = out_reply.ct_direction = 1;
	expect_accept("input", in, "I");
	expect_accept("output", in_reply, "I");
	expect_accept("output", out, "O");
	expect_accept("input", out_reply, "O");
	in_reply.ct_mark = out_reply.ct_mark = 77;
	expect_accept("output", in_reply, "I");
	expect_accept("input", out_reply, "O");
	ck_assert_ptr_null(ruleset_find_set(ruleset, SET_ACTIVE_TIMED));

	compile_with_open(GATEWAY, "O", NULL);
	expect_deny("input", in, "expired-admin-gateway");
	expect_deny("output", in_reply, "expired-gateway-admin");
	expect_accept("output", out, "O");
	compile_with_open(GATEWAY, "I", NULL);
	expect_accept("input", in, "I");
	expect_deny("output", out, "expired-gateway-lgwan");
	expect_deny("input", out_reply, "expired-lgwan-gateway");
}
END_TEST

/* Between zones that are only observed no new connection is held up; one that was cut is. */
START_TEST(observed)
{
	const char *text = PATHS(PATH("T", "a", "b", "https",
		WINDOWS)) "observe = ( { from = \"core\"; to = \"lgwan\"; reason = \"r\"; } );\n";
	struct eval_packet made = forward(ADDR_IPV4);
	struct eval_result result;

	compile_with_open(text, NULL);
	evaluate_chain(ruleset, "forward", &made, &result);
	ck_assert_int_eq(result.verdict, EVAL_ACCEPT);
	ck_assert_uint_eq(result.ct_mark, policy->observes[0].id);
	expect_deny("forward", established(made, id_of("T")), "expired-core-lgwan");
	compile_with_open(text, "T", NULL);
	expect_accept("forward", made, "T");
}
END_TEST

/* An exception is a timed path like any other. */
START_TEST(exception)
{
	const char *text = PATHS(PATH("T", "a", "b", "https", ""));

	compile_with_open(text, NULL);
	expect_accept("forward", forward(ADDR_IPV4), "T");
	policy->paths[0].exception = strdup("X-2026-0001");
	ruleset_free(ruleset);
	ck_assert_int_eq(compile_policy(policy, diags, &ruleset), 0);
	expect_accept("forward", forward(ADDR_IPV4), "T");
	keep_open(NULL, 0);
	expect_deny("forward", forward(ADDR_IPV4), "expired-core-lgwan");
}
END_TEST

/* Whatever its windows, a path has one id: its connections go on over a change of them. */
START_TEST(same_id)
{
	uint32_t id;

	compile_with_open(PATHS(PATH("T", "a", "b", "https", "")), NULL);
	id = id_of("T");
	compile_with_open(ONE, "T", NULL);
	ck_assert_uint_eq(id_of("T"), id);
	compile_with_open(
		PATHS(PATH("T", "a", "b", "https",
			"windows = ( { days = \"mon\"; from = \"01:00\"; until = \"02:00\"; } );")),
		"T", NULL);
	ck_assert_uint_eq(id_of("T"), id);
	expect_accept("forward", reply(ADDR_IPV4, id), "T");
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("compile_timed");
	TCase *test = tcase_create("compile_timed");

	tcase_set_timeout(test, 60);
	tcase_add_checked_fixture(test, from_text_set_up, from_text_tear_down);
	tcase_add_loop_test(test, open_and_closed, 0, ADDR_FAMILIES);
	tcase_add_test(test, another_mark);
	tcase_add_test(test, ping);
	tcase_add_test(test, related);
	tcase_add_loop_test(test, overlap, 0, sizeof(overlaps) / sizeof(overlaps[0]));
	tcase_add_test(test, gateway);
	tcase_add_test(test, observed);
	tcase_add_test(test, exception);
	tcase_add_test(test, same_id);
	suite_add_tcase(suite, test);
	return suite;
}

int main(void)
{
	return suite_run(suite());
}

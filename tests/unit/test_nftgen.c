/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The form of a batch, what cannot be written, and how messages are led back to what they were
 * made of. That the kernel understands it is test_nftxact's.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "../../lib/attr.h"
#include "../../lib/nftgen.h"
#include "../../lib/nlsock.h"
#include "suite.h"

static struct nlsock *sock;
static struct nftgen *batch;
static struct ruleset *ruleset;

static void set_up(void)
{
	struct chain *chain;
	enum field_type host = FIELD_IPV4_ADDR, mark = FIELD_MARK;

	ck_assert_int_eq(nlsock_open(&sock), 0);
	ck_assert_int_eq(nftgen_new(sock, 4711, &batch), 0);
	ck_assert_int_eq(ruleset_new("hedate", &ruleset), 0);
	chain = ruleset_add_chain(ruleset, "forward");
	chain->hook = HOOK_FORWARD;
	ruleset_add_chain(ruleset, "other");
	ruleset_add_set(ruleset, "hosts", 0, &host, 1, FIELD_INVALID);
	ruleset_add_set(ruleset, "map", SET_MAP, &host, 1, FIELD_VERDICT);
	ruleset_add_set(ruleset, "marks", SET_MAP, &host, 1, FIELD_MARK);
	ruleset_add_set(ruleset, "hits", 0, &mark, 1, FIELD_INVALID);
}

static void tear_down(void)
{
	ruleset_free(ruleset);
	nftgen_free(batch);
	nlsock_close(sock);
}

static struct statement *add_statement(enum statement_kind kind, enum selector selector)
{
	struct chain *chain = ruleset_find_chain(ruleset, "forward");
	struct rule *rule = chain->count ? &chain->rules[0] : chain_add_rule(chain);
	struct statement *statement = rule_add_statement(rule, kind);

	statement->selectors[0] = selector;
	statement->selector_count = 1;
	return statement;
}

static void name_it(struct statement *statement, const char *name)
{
	statement->name = strdup(name);
}

/* Rules that cannot be written ----------------------------------------------------------------- */

static void limit_nowhere(void)
{
	name_it(add_statement(STMT_LIMIT, SEL_IP_SADDR), "nowhere");
}

static void lookup_nowhere(void)
{
	name_it(add_statement(STMT_LOOKUP, SEL_IP_SADDR), "nowhere");
}

static void lookup_in_map(void)
{
	name_it(add_statement(STMT_LOOKUP, SEL_IP_SADDR), "map");
}

static void lookup_of_other_length(void)
{
	name_it(add_statement(STMT_LOOKUP, SEL_IP6_SADDR), "hosts");
}

static void lookup_of_too_much(void)
{
	struct statement *statement = add_statement(STMT_LOOKUP, SEL_IP_SADDR);

	statement->selectors[statement->selector_count++] = SEL_IP_DADDR;
	name_it(statement, "hosts");
}

static void lookup_of_what_is_in_no_set(void)
{
	name_it(add_statement(STMT_LOOKUP, SEL_CT_STATE), "hits");
}

static void vmap_of_set(void)
{
	name_it(add_statement(STMT_VMAP, SEL_IP_SADDR), "hosts");
}

static void vmap_of_marks(void)
{
	name_it(add_statement(STMT_VMAP, SEL_IP_SADDR), "marks");
}

static void vmap_negated(void)
{
	struct statement *statement = add_statement(STMT_VMAP, SEL_IP_SADDR);

	statement->negate = true;
	name_it(statement, "map");
}

static void mark_of_verdicts(void)
{
	name_it(add_statement(STMT_CT_MARK_MAP, SEL_IP_SADDR), "map");
}

static void add_to_static_set(void)
{
	name_it(add_statement(STMT_ADD, SEL_IP_SADDR), "hosts");
}

static void goto_nowhere(void)
{
	struct statement *statement = add_statement(STMT_VERDICT, SEL_IP_SADDR);

	statement->verdict = VERDICT_GOTO;
	name_it(statement, "nowhere");
}

static void goto_without_chain(void)
{
	add_statement(STMT_VERDICT, SEL_IP_SADDR)->verdict = VERDICT_GOTO;
}

static void accept_with_chain(void)
{
	name_it(add_statement(STMT_VERDICT, SEL_IP_SADDR), "other");
}

static void compare_too_long(void)
{
	add_statement(STMT_COMPARE, SEL_IP_SADDR)->length = 5;
}

static void compare_part_of_name(void)
{
	add_statement(STMT_COMPARE, SEL_META_IIFNAME)->length = 3;
}

static void compare_two(void)
{
	struct statement *statement = add_statement(STMT_COMPARE, SEL_IP_SADDR);

	statement->selectors[statement->selector_count++] = SEL_IP_DADDR;
}

static void opaque(void)
{
	name_it(add_statement(STMT_OPAQUE, SEL_IP_SADDR), "limit");
}

static void too_many(void)
{
	for (unsigned int i = 0; i < 100; i++)
		add_statement(STMT_COMPARE, SEL_IP_SADDR);
}

static void long_comment(void)
{
	struct rule *rule;

	add_statement(STMT_VERDICT, SEL_IP_SADDR);
	rule = &ruleset_find_chain(ruleset, "forward")->rules[0];
	rule->comment = calloc(1, RULESET_COMMENT_MAX + 2);
	memset(rule->comment, 'x', RULESET_COMMENT_MAX + 1);
}

static void (*const bad_rules[])(void) = { limit_nowhere, lookup_nowhere, lookup_in_map,
	lookup_of_other_length, lookup_of_too_much, lookup_of_what_is_in_no_set, vmap_of_set,
	vmap_of_marks, vmap_negated, mark_of_verdicts, add_to_static_set, goto_nowhere,
	goto_without_chain, accept_with_chain, compare_too_long, compare_part_of_name, compare_two,
	opaque, too_many, long_comment };

START_TEST(bad_rule)
{
	const struct chain *chain = ruleset_find_chain(ruleset, "forward");
	unsigned int line;
	char text[100];

	bad_rules[_i]();
	chain->rules[0].line = 33;
	ck_assert_int_eq(nftgen_add_rules(batch, ruleset, chain), -EINVAL);
	nftgen_describe_last(batch, text, sizeof(text), &line);
	ck_assert_str_eq(text, "rule 1 of chain forward");
	ck_assert_uint_eq(line, 33);
}
END_TEST

/* Sets that cannot be written ------------------------------------------------------------------ */

START_TEST(bad_sets)
{
	static const struct {
		unsigned int flags;
		enum field_type fields[2];
		unsigned int count;
		enum field_type value;
	} sets[] = {
		{ SET_INTERVAL, { FIELD_MARK }, 1, FIELD_INVALID },
		{ SET_INTERVAL, { FIELD_IFNAME }, 1, FIELD_INVALID },
		{ SET_INTERVAL, { FIELD_IPV4_ADDR, FIELD_MARK }, 2, FIELD_INVALID },
		{ SET_INTERVAL | SET_DYNAMIC, { FIELD_IPV4_ADDR }, 1, FIELD_INVALID },
		{ SET_MAP, { FIELD_IPV4_ADDR }, 1, FIELD_IPV4_ADDR },
		{ SET_MAP, { FIELD_IPV4_ADDR }, 1, FIELD_INVALID },
	};
	char text[100];
	unsigned int line;

	for (unsigned int i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		char name[] = "bad0";
		struct set *set;

		name[3] = (char)('0' + i);
		set = ruleset_add_set(
			ruleset, name, sets[i].flags, sets[i].fields, sets[i].count, sets[i].value);
		ck_assert_ptr_nonnull(set);
		ck_assert_int_eq(nftgen_add_set(batch, ruleset, set), -EINVAL);
		nftgen_describe_last(batch, text, sizeof(text), &line);
		ck_assert_str_eq(text + 4, name);
	}
}
END_TEST

START_TEST(bad_elements)
{
	struct set *set = ruleset_find_set(ruleset, "map");
	const enum field_type host = FIELD_IPV4_ADDR;
	uint8_t key[4] = { 1 }, less[4] = { 0 };
	unsigned int line;
	char text[100];

	ck_assert_int_eq(set_add_element(set, key, NULL, 0, 41), 0); /* there is no verdict 0 */
	ck_assert_int_eq(nftgen_add_elements(batch, ruleset, set), -EINVAL);
	nftgen_describe_last(batch, text, sizeof(text), &line);
	ck_assert_str_eq(text, "element 1 of set map");
	ck_assert_uint_eq(line, 41);
	set = ruleset_add_set(ruleset, "ranges", SET_INTERVAL, &host, 1, FIELD_INVALID);
	ck_assert_int_eq(set_add_element(set, key, less, 0, 42), 0);
	ck_assert_int_eq(nftgen_add_elements(batch, ruleset, set), -EINVAL);
}
END_TEST

/* The batch ------------------------------------------------------------------------------------ */

START_TEST(nothing_to_send)
{
	const void *bytes;
	size_t length;
	uint32_t last;

	ck_assert_int_eq(nftgen_finish(batch, &bytes, &length, &last), -EINVAL);
}
END_TEST

START_TEST(form_of_a_batch)
{
	const struct nlmsghdr *message, *previous = NULL;
	unsigned int count = 0, acknowledged = 0;
	const struct nlattr *attr;
	struct attrs attrs;
	const void *bytes;
	size_t length;
	uint32_t last;
	int left;

	ck_assert_int_eq(nftgen_add_all(batch, ruleset), 0);
	ck_assert_int_eq(nftgen_finish(batch, &bytes, &length, &last), 0);
	message = bytes;
	ck_assert_uint_eq(message->nlmsg_type, NFNL_MSG_BATCH_BEGIN);
	attrs = attrs_of_message(message);
	attr = attrs_next(&attrs);
	ck_assert_ptr_nonnull(attr);
	ck_assert_uint_eq(attr_type(attr), NFNL_BATCH_GENID);
	ck_assert_uint_eq(attr_u32(attr, 0), 4711);
	for (left = (int)length; mnl_nlmsg_ok(message, left);
		message = mnl_nlmsg_next(message, &left)) {
		if (previous)
			ck_assert_uint_eq(message->nlmsg_seq, previous->nlmsg_seq + 1);
		if (message->nlmsg_flags & NLM_F_ACK) {
			acknowledged++;
			ck_assert_uint_eq(message->nlmsg_seq, last);
		}
		previous = message;
		count++;
	}
	ck_assert_int_eq(left, 0);
	ck_assert_uint_eq(acknowledged, 1);
	ck_assert_uint_eq(count, 1 + 1 + 2 + 4 + 1); /* begin, table, chains, sets, end */
	ck_assert_uint_eq(previous->nlmsg_type, NFNL_MSG_BATCH_END);
	ck_assert_uint_eq(previous->nlmsg_seq, last + 1);
}
END_TEST

/* Elements are spread over messages whose lists fit into 16 bits; each is found again by the place
 * that the kernel names. */
START_TEST(many_elements)
{
	const enum field_type fields[] = { FIELD_IPV6_ADDR, FIELD_IPV6_ADDR, FIELD_INET_PROTO,
		FIELD_INET_SERVICE };
	struct set *set =
		ruleset_add_set(ruleset, "many", SET_INTERVAL | SET_MAP, fields, 4, FIELD_MARK);
	const struct nlmsghdr *message;
	size_t length, elements = 0;
	unsigned int messages = 0;
	const void *bytes;
	uint32_t last;
	int left;

	for (uint32_t i = 0; i < 5000; i++) {
		uint8_t key[RULESET_KEY_MAX] = { 0 };

		memcpy(key, &i, sizeof(i));
		ck_assert_int_eq(set_add_element(set, key, key, i, 10000 + i), 0);
	}
	ck_assert_int_eq(nftgen_add_elements(batch, ruleset, set), 0);
	ck_assert_int_eq(nftgen_finish(batch, &bytes, &length, &last), 0);
	message = bytes;
	for (left = (int)length; mnl_nlmsg_ok(message, left);
		message = mnl_nlmsg_next(message, &left)) {
		struct attrs attrs = attrs_of_message(message);
		const struct nlattr *attr, *item;

		ck_assert_uint_lt(message->nlmsg_len, 65536 + 100);
		while ((attr = attrs_next(&attrs)) != NULL) {
			struct attrs items = attrs_of_nest(attr);

			if (attr_type(attr) != NFTA_SET_ELEM_LIST_ELEMENTS ||
				message->nlmsg_type == NFNL_MSG_BATCH_BEGIN)
				continue;
			messages++;
			while ((item = attrs_next(&items)) != NULL) {
				struct nlsock_error error = { .sequence = message->nlmsg_seq };
				char text[100], expected[100];
				unsigned int line;

				error.offset = (uint32_t)((const uint8_t *)item -
							  (const uint8_t *)message);
				nftgen_describe(batch, &error, text, sizeof(text), &line);
				ck_assert_uint_eq(line, 10000 + elements);
				snprintf(expected, sizeof(expected), "element %zu of set many",
					++elements);
				ck_assert_str_eq(text, expected);
			}
			ck_assert_uint_eq(items.left, 0);
		}
	}
	ck_assert_int_eq(left, 0);
	ck_assert_uint_eq(elements, 5000);
	ck_assert_uint_ge(messages, 9);
}
END_TEST

/* Ranges of one field are two elements each: the line is that of the range. */
START_TEST(line_of_a_range)
{
	const enum field_type host = FIELD_IPV4_ADDR;
	struct set *set = ruleset_add_set(ruleset, "ranges", SET_INTERVAL, &host, 1, FIELD_INVALID);
	const struct nlmsghdr *message;
	struct nlsock_error error = { 0 };
	const struct nlattr *attr;
	const void *bytes;
	unsigned int line, seen = 0;
	struct attrs attrs;
	size_t length;
	uint32_t last;
	char text[100];

	for (uint8_t i = 0; i < 3; i++) {
		uint8_t first[4] = { 10, i, 0, 0 }, end[4] = { 10, i, 0, 9 };

		ck_assert_int_eq(set_add_element(set, first, end, 0, 70u + i), 0);
	}
	ck_assert_int_eq(nftgen_add_elements(batch, ruleset, set), 0);
	ck_assert_int_eq(nftgen_finish(batch, &bytes, &length, &last), 0);
	message = (const void *)((const uint8_t *)bytes +
				 ((const struct nlmsghdr *)bytes)->nlmsg_len);
	attrs = attrs_of_message(message);
	attrs_next(&attrs);
	attrs_next(&attrs);
	attrs = attrs_of_nest(attrs_next(&attrs));
	error.sequence = message->nlmsg_seq;
	while ((attr = attrs_next(&attrs)) != NULL) {
		error.offset = (uint32_t)((const uint8_t *)attr - (const uint8_t *)message);
		nftgen_describe(batch, &error, text, sizeof(text), &line);
		ck_assert_uint_eq(line, 70 + seen++ / 2);
	}
	ck_assert_uint_eq(seen, 6);
}
END_TEST

START_TEST(descriptions)
{
	static const struct {
		uint32_t message;
		const char *text;
	} expected[] = {
		{ 0, "the transaction as a whole" },
		{ 1, "table hedate" },
		{ 2, "chain forward" },
		{ 4, "set hosts" },
		{ 8, "removing table hedate" },
		{ 9, "removing chain forward" },
		{ 10, "removing set hosts" },
		{ 11, "removing counter c" },
		{ 12, "removing the rules of hedate" },
		{ 13, "emptying set hosts" },
		{ 14, "counter c" },
		{ 15, "removing limit l" },
		{ 16, "limit l" },
		{ 99, "the transaction as a whole" },
	};
	char name_of_limit[] = "l";
	const struct limit limit = { name_of_limit, 1, 1, 1 };
	const void *bytes;
	size_t length;
	uint32_t last;

	ck_assert_int_eq(nftgen_add_all(batch, ruleset), 0);
	ck_assert_int_eq(nftgen_delete_table(batch, "hedate"), 0);
	ck_assert_int_eq(nftgen_delete_chain(batch, "hedate", "forward"), 0);
	ck_assert_int_eq(nftgen_delete_set(batch, "hedate", "hosts"), 0);
	ck_assert_int_eq(nftgen_delete_counter(batch, "hedate", "c"), 0);
	ck_assert_int_eq(nftgen_flush_rules(batch, "hedate", NULL), 0);
	ck_assert_int_eq(nftgen_flush_set(batch, "hedate", "hosts"), 0);
	ck_assert_int_eq(nftgen_add_counter(batch, "hedate", "c"), 0);
	ck_assert_int_eq(nftgen_delete_limit(batch, "hedate", "l"), 0);
	ck_assert_int_eq(nftgen_add_limit(batch, "hedate", &limit), 0);
	ck_assert_int_eq(nftgen_finish(batch, &bytes, &length, &last), 0);
	for (unsigned int i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct nlsock_error error = { 0 };
		char text[100], cut[6], name[20];
		unsigned int line;

		error.sequence = ((const struct nlmsghdr *)bytes)->nlmsg_seq + expected[i].message;
		nftgen_describe(batch, &error, text, sizeof(text), &line);
		ck_assert_str_eq(text, expected[i].text);
		ck_assert_uint_eq(line, 0);
		nftgen_describe(batch, &error, cut, sizeof(cut), &line);
		ck_assert_uint_eq(strlen(cut), 5);
		ck_assert_int_eq(nftgen_refused_expression(batch, &error, name, sizeof(name)),
			expected[i].message == 16);
	}
}
END_TEST

START_TEST(limits_that_cannot_be)
{
	char name[] = "l";
	const struct limit bad[] = {
		{ name, 0, 1, 1 },
		{ name, 1, 1, 0 },
		{ name, 1, 0, 1 },
		{ name, 1, 86400, 1 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(nftgen_add_limit(batch, "hedate", &bad[i]), -EINVAL);
}
END_TEST

/* The kernel points at the expression that it does not know. */
START_TEST(refused_expression)
{
	const struct nlmsghdr *message;
	struct nlsock_error error = { 0 };
	const char *names[] = { "ct", "cmp", "log" };
	const struct nlattr *attr;
	const void *bytes;
	unsigned int seen = 0;
	struct attrs attrs;
	size_t length;
	uint32_t last;
	char name[20];

	add_statement(STMT_COMPARE, SEL_CT_MARK);
	add_statement(STMT_LOG, SEL_IP_SADDR)->selector_count = 0;
	ck_assert_int_eq(
		nftgen_add_rules(batch, ruleset, ruleset_find_chain(ruleset, "forward")), 0);
	ck_assert_int_eq(nftgen_finish(batch, &bytes, &length, &last), 0);
	message = (const void *)((const uint8_t *)bytes +
				 ((const struct nlmsghdr *)bytes)->nlmsg_len);
	attrs = attrs_of_message(message);
	do {
		attr = attrs_next(&attrs);
		ck_assert_ptr_nonnull(attr);
	} while (attr_type(attr) != NFTA_RULE_EXPRESSIONS);
	attrs = attrs_of_nest(attr);
	error.sequence = message->nlmsg_seq;
	while ((attr = attrs_next(&attrs)) != NULL) {
		error.offset = (uint32_t)((const uint8_t *)attr - (const uint8_t *)message);
		ck_assert(nftgen_refused_expression(batch, &error, name, sizeof(name)));
		ck_assert_uint_lt(seen, 3);
		ck_assert_str_eq(name, names[seen++]);
	}
	ck_assert_uint_eq(seen, 3);
	for (error.offset = 0; error.offset < message->nlmsg_len + 100; error.offset++)
		(void)nftgen_refused_expression(batch, &error, name, sizeof(name));
	error.offset = UINT32_MAX;
	ck_assert(!nftgen_refused_expression(batch, &error, name, sizeof(name)));
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("nftgen");
	TCase *test = tcase_create("nftgen");

	tcase_add_checked_fixture(test, set_up, tear_down);
	tcase_add_loop_test(test, bad_rule, 0, sizeof(bad_rules) / sizeof(bad_rules[0]));
	tcase_add_test(test, bad_sets);
	tcase_add_test(test, bad_elements);
	tcase_add_test(test, nothing_to_send);
	tcase_add_test(test, form_of_a_batch);
	tcase_add_test(test, many_elements);
	tcase_add_test(test, line_of_a_range);
	tcase_add_test(test, descriptions);
	tcase_add_test(test, limits_that_cannot_be);
	tcase_add_test(test, refused_expression);
	suite_add_tcase(suite, test);
	return suite;
}

int main(void)
{
	return suite_run(suite());
}

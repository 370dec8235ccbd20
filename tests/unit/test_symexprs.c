/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every expression that a kernel may tell of, by itself before a drop in a chain that accepts:
 * either it is known what it does, or nothing is said for sure and the rule is named. What packets'
 * lists of addresses and ports would take more than there is ends, and says so.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "../../lib/symexec.h"
#include "suite.h"
#include "sympacket.h"

enum answer { PASSES, STOPPED, PERHAPS };

static const struct {
	const char *name;
	enum answer answer;
	bool doubted;
} rows[] = {
	{ "counter", STOPPED, false },
	{ "last", STOPPED, false },
	{ "log", STOPPED, false },
	{ "bitwise", STOPPED, false },
	{ "byteorder", STOPPED, false },
	{ "immediate", STOPPED, false },
	{ "notrack", STOPPED, true },
	{ "dup", STOPPED, true },
	{ "flow_offload", STOPPED, true },
	{ "reject", STOPPED, false },
	{ "masq", PASSES, true },
	{ "nat", PASSES, true },
	{ "redir", PASSES, true },
	{ "fwd", PERHAPS, true },
	{ "queue", PERHAPS, true },
	{ "synproxy", PERHAPS, true },
	{ "tproxy", PERHAPS, true },
	{ "cmp", PERHAPS, true },
	{ "connlimit", PERHAPS, true },
	{ "ct", PERHAPS, true },
	{ "dynset", PERHAPS, true },
	{ "exthdr", PERHAPS, true },
	{ "fib", PERHAPS, true },
	{ "hash", PERHAPS, true },
	{ "limit", PERHAPS, true },
	{ "lookup", PERHAPS, true },
	{ "match", PERHAPS, true },
	{ "meta", PERHAPS, true },
	{ "numgen", PERHAPS, true },
	{ "objref", PERHAPS, true },
	{ "osf", PERHAPS, true },
	{ "payload", PERHAPS, true },
	{ "quota", PERHAPS, true },
	{ "range", PERHAPS, true },
	{ "rt", PERHAPS, true },
	{ "socket", PERHAPS, true },
	{ "target", PERHAPS, true },
	{ "tunnel", PERHAPS, true },
	{ "xfrm", PERHAPS, true },
	{ "inner", PERHAPS, true }, /* newer than what is known */
	{ "", PERHAPS, true },
};

/* Trees by hand ---------------------------------------------------------------------------------
 */

static struct nltree *child(struct nltree *tree, const struct nltree_schema *schema, uint16_t type)
{
	for (unsigned int i = 0; i < schema->count; i++)
		if (schema->attrs[i].type == type)
			return nltree_add(tree, &schema->attrs[i]);
	ck_abort_msg("no attribute %u", type);
	return NULL;
}

static void put_text(
	struct nltree *tree, const struct nltree_schema *schema, uint16_t type, const char *text)
{
	ck_assert_int_eq(nltree_set_bytes(child(tree, schema, type), text, strlen(text)), 0);
}

static void put_number(
	struct nltree *tree, const struct nltree_schema *schema, uint16_t type, uint64_t number)
{
	child(tree, schema, type)->number = number;
}

static struct snapshot *new_snapshot(void)
{
	const struct nltree_schema *schema = nftschema(NFTSCHEMA_TABLE);
	struct snapshot *snapshot = snapshot_new();
	struct nltree tree = { .kind = NLTREE_NEST };

	ck_assert_ptr_nonnull(snapshot);
	put_text(&tree, schema, NFTA_TABLE_NAME, "t");
	ck_assert_int_eq(snapshot_add(snapshot, NFTSCHEMA_TABLE, NFPROTO_INET, &tree), 0);
	schema = nftschema(NFTSCHEMA_CHAIN);
	tree = (struct nltree){ .kind = NLTREE_NEST };
	put_text(&tree, schema, NFTA_CHAIN_TABLE, "t");
	put_text(&tree, schema, NFTA_CHAIN_NAME, "c");
	put_number(&tree, schema, NFTA_CHAIN_POLICY, NF_ACCEPT);
	struct nltree *hook = child(&tree, schema, NFTA_CHAIN_HOOK);
	put_number(hook, hook->attr->nest, NFTA_HOOK_HOOKNUM, NF_INET_FORWARD);
	put_number(hook, hook->attr->nest, NFTA_HOOK_PRIORITY, 0);
	ck_assert_int_eq(snapshot_add(snapshot, NFTSCHEMA_CHAIN, NFPROTO_INET, &tree), 0);
	return snapshot;
}

/* One without any attribute of its own. */
static struct nltree *add_expression(struct nltree *list, const char *name)
{
	struct nltree *expression = nltree_add(list, &list->attr->nest->attrs[0]);

	put_text(expression, list->attr->nest->attrs[0].nest, NFTA_EXPR_NAME, name);
	return expression;
}

static void add_rule(struct snapshot *snapshot, const char *name)
{
	const struct nltree_schema *schema = nftschema(NFTSCHEMA_RULE);
	struct nltree tree = { .kind = NLTREE_NEST };

	put_text(&tree, schema, NFTA_RULE_TABLE, "t");
	put_text(&tree, schema, NFTA_RULE_CHAIN, "c");
	put_number(&tree, schema, NFTA_RULE_HANDLE, 7);
	struct nltree *list = child(&tree, schema, NFTA_RULE_EXPRESSIONS);
	add_expression(list, name);
	struct nltree *drop = add_expression(list, "immediate");
	const struct nltree_schema *choice = list->attr->nest->attrs[0].nest->choice("immediate");
	struct nltree *data = child(drop, list->attr->nest->attrs[0].nest, NFTA_EXPR_DATA);
	put_number(data, choice, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	struct nltree *value = child(data, choice, NFTA_IMMEDIATE_DATA);
	struct nltree *verdict = child(value, value->attr->nest, NFTA_DATA_VERDICT);
	put_number(verdict, verdict->attr->nest, NFTA_VERDICT_CODE, NF_DROP);
	ck_assert_int_eq(snapshot_add(snapshot, NFTSCHEMA_RULE, NFPROTO_INET, &tree), 0);
}

START_TEST(none_is_skipped)
{
	struct snapshot *snapshot = new_snapshot();
	struct bdd_budget budget = { 0 };
	struct symexec *exec;
	enum pkt_world world;
	struct hdr_packet packet = packet_of("saddr=10.0.0.1 daddr=10.0.0.2", &world);
	const struct sym_doubt *doubts;
	struct sym_end end;

	add_rule(snapshot, rows[_i].name);
	ck_assert_int_eq(symexec_new(snapshot, world, &exec), 0);
	ck_assert_int_eq(symexec_run(exec, &budget), 0);
	end.may_pass =
		hdrspace_holds(symexec_space(exec), symexec_may_pass(exec, SYM_FORWARD), &packet);
	end.must_pass =
		hdrspace_holds(symexec_space(exec), symexec_must_pass(exec, SYM_FORWARD), &packet);
	enum answer answer = end.must_pass ? PASSES : end.may_pass ? PERHAPS : STOPPED;

	ck_assert_msg(answer == rows[_i].answer, "%s: %d", rows[_i].name, answer);
	size_t count = symexec_doubts(exec, &doubts);

	ck_assert_msg((count > 0) == rows[_i].doubted, "%s: %zu doubts", rows[_i].name, count);
	if (count > 0) {
		ck_assert_uint_eq(doubts[0].handle, 7);
		ck_assert_str_eq(doubts[0].expression, rows[_i].name);
	}
	symexec_free(exec);
	snapshot_free(snapshot);
}
END_TEST

/* An attribute that is not known makes the whole rule one that is not understood. */
START_TEST(what_has_more_is_not_understood)
{
	struct snapshot *snapshot = new_snapshot();
	struct bdd_budget budget = { 0 };
	struct symexec *exec;
	enum pkt_world world;
	struct hdr_packet packet = packet_of("saddr=10.0.0.1 daddr=10.0.0.2", &world);

	add_rule(snapshot, "counter");
	ck_assert_ptr_nonnull(nltree_add(&snapshot->tables[0].chains[0].rules[0], NULL));
	ck_assert_int_eq(symexec_new(snapshot, world, &exec), 0);
	ck_assert_int_eq(symexec_run(exec, &budget), 0);
	ck_assert(
		hdrspace_holds(symexec_space(exec), symexec_may_pass(exec, SYM_FORWARD), &packet));
	ck_assert(!hdrspace_holds(
		symexec_space(exec), symexec_must_pass(exec, SYM_FORWARD), &packet));
	symexec_free(exec);
	snapshot_free(snapshot);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("symexprs");
	TCase *tcase = tcase_create("symexprs");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, none_is_skipped, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tcase, what_has_more_is_not_understood);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}

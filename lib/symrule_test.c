/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expressions that test registers, and verdicts. */
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "symrule_impl.h"

/* Tests ---------------------------------------------------------------------------------------- */

struct bounds {
	uint8_t first[PKT_BYTES_MAX], last[PKT_BYTES_MAX];
	bool negate;
};

static struct sym_match test_bounds(
	struct symexec *exec, const struct sym_key *key, const void *data)
{
	const struct bounds *bounds = data;
	struct sym_match match =
		sym_between(exec, key->bytes, key->length, bounds->first, bounds->last);

	return bounds->negate ? sym_match_not(exec, match) : match;
}

/* One more, or less, than a number of length bytes; false: there is none. */
static bool step(uint8_t *bytes, size_t length, bool up)
{
	while (length-- > 0) {
		bytes[length] = (uint8_t)(bytes[length] + (up ? 1 : -1));
		if (bytes[length] != (up ? 0 : 0xff))
			return true;
	}
	return false;
}

void sym_do_cmp(struct sym_run *run, const struct nltree *data)
{
	uint64_t from = sym_number(data, NFTA_CMP_SREG), operation = sym_number(data, NFTA_CMP_OP);
	struct bounds bounds = { .negate = operation == NFT_CMP_NEQ };
	bool any = true;
	size_t length;
	const uint8_t *bytes = sym_bytes(data, NFTA_CMP_DATA, &length);

	if (!bytes || length == 0 || length > PKT_BYTES_MAX || operation > NFT_CMP_GTE) {
		sym_may_stop(run);
		return;
	}
	memcpy(bounds.first, bytes, length);
	memcpy(bounds.last, bytes, length);
	if (operation == NFT_CMP_LT || operation == NFT_CMP_LTE)
		memset(bounds.first, 0, length);
	if (operation == NFT_CMP_GT || operation == NFT_CMP_GTE)
		memset(bounds.last, 0xff, length);
	if (operation == NFT_CMP_LT)
		any = step(bounds.last, length, false);
	if (operation == NFT_CMP_GT)
		any = step(bounds.first, length, true);
	sym_narrow(run, any ? sym_test_key(run, from, (unsigned int)length, test_bounds, &bounds)
			    : SYM_NEVER);
}

void sym_do_range(struct sym_run *run, const struct nltree *data)
{
	struct bounds bounds = { .negate = sym_number(data, NFTA_RANGE_OP) == NFT_RANGE_NEQ };
	size_t length, last_length;
	const uint8_t *first = sym_bytes(data, NFTA_RANGE_FROM_DATA, &length);
	const uint8_t *last = sym_bytes(data, NFTA_RANGE_TO_DATA, &last_length);

	if (!first || !last || length != last_length || length == 0 || length > PKT_BYTES_MAX) {
		sym_may_stop(run);
		return;
	}
	memcpy(bounds.first, first, length);
	memcpy(bounds.last, last, length);
	sym_narrow(run, sym_test_key(run, sym_number(data, NFTA_RANGE_SREG), (unsigned int)length,
				test_bounds, &bounds));
}

struct membership {
	const struct snap_set *set;
	const struct sym_verdict *verdict;
};

static struct sym_match test_set(struct symexec *exec, const struct sym_key *key, const void *data)
{
	const struct membership *membership = data;

	return sym_in_set(exec, membership->set, key, membership->verdict);
}

/* Verdicts ------------------------------------------------------------------------------------- */

/* The packets of match take a verdict; the rest of the rule is for the others. */
static void take_verdict(
	struct sym_run *run, struct sym_match match, const struct sym_verdict *verdict)
{
	struct sym_place there = *run->place;
	struct sym_field_set dirty = run->dirty;
	bdd_node taken = sym_and(run->exec, run->alive.may, match.may);
	bdd_node *may = run->outcome->may;

	run->left = sym_or(run->exec, run->left, sym_and(run->exec, run->alive.must, match.must));
	switch ((int32_t)verdict->code) {
	case NF_ACCEPT:
		may[SYM_ACCEPT] = sym_or(run->exec, may[SYM_ACCEPT], taken);
		return;
	case NF_DROP:
		may[SYM_DROP] = sym_or(run->exec, may[SYM_DROP], taken);
		return;
	case NFT_RETURN:
		may[SYM_RETURN] = sym_or(run->exec, may[SYM_RETURN], taken);
		return;
	case NFT_CONTINUE:
		sym_add_fields(&run->dirt->on, &run->dirty);
		may[SYM_CONTINUE] = sym_or(run->exec, may[SYM_CONTINUE], taken);
		return;
	case NFT_JUMP:
	case NFT_GOTO:
		there.chain = snap_find_chain(run->place->table, verdict->chain);
		break;
	default:
		there.chain = NULL;
	}
	if (!there.chain) {
		for (unsigned int i = 0; i < SYM_EXITS; i++)
			may[i] = sym_or(run->exec, may[i], taken);
		sym_add_fields(&run->dirt->on, &run->dirty);
		sym_run_doubt(run, SYM_DOUBT_TEST);
		return;
	}
	struct sym_outcome outcome = sym_chain(run->exec, &there, &dirty);
	enum sym_exit back = (int32_t)verdict->code == NFT_GOTO ? SYM_RETURN : SYM_CONTINUE;

	sym_add_fields(&run->dirt->gone, &dirty);
	/* From a chain that was jumped to packets come back; of a map's verdicts it is one of many.
	 */
	if (back == SYM_CONTINUE)
		sym_add_fields(&run->dirt->on, &dirty);
	may[SYM_ACCEPT] = sym_or(
		run->exec, may[SYM_ACCEPT], sym_and(run->exec, taken, outcome.may[SYM_ACCEPT]));
	may[SYM_DROP] =
		sym_or(run->exec, may[SYM_DROP], sym_and(run->exec, taken, outcome.may[SYM_DROP]));
	may[back] =
		sym_or(run->exec, may[back], sym_and(run->exec, taken, outcome.may[SYM_CONTINUE]));
}

static void do_verdict(struct sym_run *run, const struct nltree *node)
{
	struct sym_verdict verdict = { (uint32_t)sym_number(node, NFTA_VERDICT_CODE),
		nltree_text(node, NFTA_VERDICT_CHAIN) };

	/* "continue" goes on with the next rule. */
	take_verdict(run, SYM_ALWAYS, &verdict);
	run->ended = true;
}

void sym_do_immediate(struct sym_run *run, const struct nltree *data)
{
	const struct nltree *verdict =
		nltree_find(nltree_find(data, NFTA_IMMEDIATE_DATA), NFTA_DATA_VERDICT);
	uint64_t target = sym_number(data, NFTA_IMMEDIATE_DREG);
	size_t length;
	const uint8_t *bytes = sym_bytes(data, NFTA_IMMEDIATE_DATA, &length);

	if (verdict)
		do_verdict(run, verdict);
	else if (bytes && length <= PKT_BYTES_MAX && length > 0)
		sym_load_constant(run, target, bytes, length);
	else
		sym_store_free(run, target, PKT_BYTES_MAX);
}

/* Packets whose key is in no element of a verdict map go on behind it, here in the same rule. */
static void do_verdict_map(
	struct sym_run *run, const struct snap_set *set, uint64_t from, unsigned int length)
{
	struct membership membership = { set, NULL };
	struct sym_verdict *verdicts = NULL;
	size_t count = 0;
	int r = sym_set_verdicts(set, &verdicts, &count);

	if (r < 0)
		sym_fail(run->exec, r);
	if (nltree_number(&set->tree, NFTA_SET_FLAGS, 0) & NFT_SET_EVAL)
		sym_run_doubt(run, SYM_DOUBT_TEST);
	for (size_t i = 0; i < count; i++) {
		membership.verdict = &verdicts[i];
		take_verdict(
			run, sym_test_key(run, from, length, test_set, &membership), &verdicts[i]);
	}
	free(verdicts);
	membership.verdict = NULL;
	struct sym_match found = sym_test_key(run, from, length, test_set, &membership);

	sym_narrow(run, sym_match_not(run->exec, found));
}

void sym_do_lookup(struct sym_run *run, const struct nltree *data)
{
	const struct snap_set *set =
		snap_find_set(run->place->table, nltree_text(data, NFTA_LOOKUP_SET));
	uint64_t from = sym_number(data, NFTA_LOOKUP_SREG),
		 target = sym_number(data, NFTA_LOOKUP_DREG);
	struct membership membership = { set, NULL };

	if (!set) {
		sym_may_stop(run);
		return;
	}
	unsigned int length = (unsigned int)nltree_number(&set->tree, NFTA_SET_KEY_LEN, 0);

	if (nltree_has(data, NFTA_LOOKUP_DREG) && target == NFT_REG_VERDICT) {
		do_verdict_map(run, set, from, length);
		return;
	}
	struct sym_match found = sym_test_key(run, from, length, test_set, &membership);

	if (nltree_number(data, NFTA_LOOKUP_FLAGS, 0) & NFT_LOOKUP_F_INV)
		found = sym_match_not(run->exec, found);
	sym_narrow(run, found);
	if (nltree_has(data, NFTA_LOOKUP_DREG))
		sym_store_free(run, target, PKT_BYTES_MAX);
}

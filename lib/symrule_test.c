/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expressions that test registers, and verdicts. */
#include <errno.h>
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

/* After "meta l4proto tcp", what a load brings for other protocols is of no interest. The sets say
 * so too; this is for when tests are noted, and there are none. */
static void narrow_transports(struct sym_run *run, uint64_t from, uint8_t protocol)
{
	const struct sym_loaded *loaded = sym_loaded_at(run, from, 1);
	const struct pkt_byte *byte = loaded ? &loaded->loads[0].bytes[0] : NULL;

	if (byte && loaded->count == 1 && byte->kind == PKT_BYTE_FIELD &&
		byte->field == PKT_L4PROTO && byte->mask == 0xff && byte->flip == 0)
		run->transports &= pkt_transport_of(run->exec->world, protocol) |
				   (sym_meets_pieces(run) ? PKT_OTHER : 0u);
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
		any = pkt_step(bounds.last, length, false);
	if (operation == NFT_CMP_GT)
		any = pkt_step(bounds.first, length, true);
	if (operation == NFT_CMP_EQ)
		narrow_transports(run, from, bytes[0]);
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

static struct sym_match test_set(struct symexec *exec, const struct sym_key *key, const void *data)
{
	return sym_in_set(exec, data, key);
}

struct group {
	const struct sym_boxes *boxes;
	unsigned int number;
};

static struct sym_match test_group(
	struct symexec *exec, const struct sym_key *key, const void *data)
{
	const struct group *group = data;

	return sym_in_group(exec, group->boxes, key, group->number);
}

/* Verdicts ------------------------------------------------------------------------------------- */

/* To the chain of a jump or goto, and what comes of it there. */
static void follow(
	struct sym_run *run, const struct sym_place *there, struct sym_match taken, bool jump)
{
	struct sym_trace *trace = run->exec->trace;
	struct sym_written dirty = run->dirty;
	struct sym_here here = { false };

	if (trace) {
		here = trace->here;
		trace->here.sure = here.sure && taken.must != BDD_EMPTY;
	}
	struct sym_outcome outcome = sym_chain(run->exec, there, &dirty);

	if (trace)
		trace->here = here;
	enum sym_exit back = jump ? SYM_CONTINUE : SYM_RETURN;
	bdd_node *may = run->outcome->may;

	if (run->outcome->exact && !outcome.exact)
		sym_run_inexact(run);
	if (!run->outcome->exact)
		sym_tell_drops(run->exec, &outcome);
	sym_join_written(&run->dirt->gone, &dirty);
	/* From a chain that was jumped to packets come back; of a map's verdicts it is one of many.
	 */
	if (jump)
		sym_join_written(&run->dirt->on, &dirty);
	may[SYM_ACCEPT] = sym_or(
		run->exec, may[SYM_ACCEPT], sym_and(run->exec, taken.may, outcome.may[SYM_ACCEPT]));
	may[SYM_DROP] = sym_or(
		run->exec, may[SYM_DROP], sym_and(run->exec, taken.may, outcome.may[SYM_DROP]));
	may[back] = sym_or(
		run->exec, may[back], sym_and(run->exec, taken.may, outcome.may[SYM_CONTINUE]));
	if (run->exec->follows_logs)
		run->outcome->may_log =
			sym_or_and(run->exec, run->outcome->may_log, taken.may, outcome.may_log);
}

/* No verdict that the kernel takes, or to a chain that is not there. */
static void leave_anyhow(struct sym_run *run, bdd_node taken)
{
	bdd_node *may = run->outcome->may;

	sym_run_inexact(run);
	for (unsigned int i = 0; i < SYM_EXITS; i++)
		may[i] = sym_or(run->exec, may[i], taken);
	sym_join_written(&run->dirt->on, &run->dirty);
	sym_run_doubt(run, SYM_DOUBT_TEST);
}

/* The packets of match take a verdict; the rest of the rule is for the others. */
static void take_verdict(
	struct sym_run *run, struct sym_match match, const struct sym_verdict *verdict)
{
	struct sym_match taken = sym_match_and(run->exec, run->alive, match);
	struct sym_effect effect = { .verdict = (int32_t)verdict->code };
	bool jump = effect.verdict == NFT_JUMP, follows = jump || effect.verdict == NFT_GOTO;
	struct sym_place there = *run->place;
	bdd_node *may = run->outcome->may;

	if (follows)
		there.chain = effect.target = snap_find_chain(run->place->table, verdict->chain);
	sym_run_report(run, match, &effect);
	sym_join_written(&run->dirt->gone, &run->dirty);
	if (taken.may != taken.must)
		sym_run_inexact(run);
	if (follows && there.chain)
		follow(run, &there, taken, jump);
	else if (effect.verdict == NF_ACCEPT)
		may[SYM_ACCEPT] = sym_or(run->exec, may[SYM_ACCEPT], taken.may);
	else if (effect.verdict == NF_DROP)
		may[SYM_DROP] = sym_or(run->exec, may[SYM_DROP], taken.may);
	else if (effect.verdict == NFT_RETURN)
		may[SYM_RETURN] = sym_or(run->exec, may[SYM_RETURN], taken.may);
	else
		leave_anyhow(run, taken.may);
	run->left = sym_or(run->exec, run->left, taken.must);
}

static void do_verdict(struct sym_run *run, const struct nltree *node)
{
	struct sym_verdict verdict = { (uint32_t)sym_number(node, NFTA_VERDICT_CODE),
		nltree_text(node, NFTA_VERDICT_CHAIN) };

	/* "continue" goes on with what follows. */
	if ((int32_t)verdict.code == NFT_CONTINUE)
		return;
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

/* Any verdict, and any chain of the table. */
static void do_unknown_map(struct sym_run *run)
{
	sym_rewrite_all(run);
	sym_run_doubt(run, SYM_DOUBT_DIVERT);
	sym_run_inexact(run);
	for (unsigned int i = 0; i < SYM_EXITS; i++)
		run->outcome->may[i] = sym_or(run->exec, run->outcome->may[i], run->alive.may);
	sym_join_written(&run->dirt->gone, &run->dirty);
	sym_may_stop(run);
}

/* Where elements overlap, which of them is found is not known. */
static void settle_groups(struct sym_run *run, struct sym_match *matches, size_t count)
{
	bdd_node seen = BDD_EMPTY, twice = BDD_EMPTY;

	for (size_t i = 0; i < count; i++) {
		twice = sym_or(run->exec, twice, sym_and(run->exec, seen, matches[i].may));
		seen = sym_or(run->exec, seen, matches[i].may);
	}
	for (size_t i = 0; i < count; i++)
		matches[i].must = sym_and(run->exec, matches[i].must, sym_not(run->exec, twice));
}

/* A packet whose key is in no element fails, as at any lookup; one whose verdict is to continue
 * goes on in the same rule. */
static void do_verdict_map(
	struct sym_run *run, const struct sym_boxes *boxes, uint64_t from, unsigned int length)
{
	size_t count = boxes->verdict_count;
	struct sym_match *matches = calloc(count + 1, sizeof(*matches)), on = SYM_NEVER;
	struct sym_trace *trace = run->exec->trace;
	size_t hits = trace ? trace->here.hit_count : 0;

	if (!matches) {
		sym_fail(run->exec, -ENOMEM);
		return;
	}
	for (unsigned int i = 0; i < count; i++) {
		const struct group group = { boxes, i };

		matches[i] = sym_test_key(run, from, length, test_group, &group);
	}
	if (boxes->overlap)
		settle_groups(run, matches, count);
	for (unsigned int i = 0; i < count; i++) {
		const struct group group = { boxes, i };

		sym_doubt_match(run, matches[i]);
		if (trace) { /* what is told of a verdict are its own elements */
			trace->here.hit_count = hits;
			sym_test_key(run, from, length, test_group, &group);
		}
		if (sym_and(run->exec, run->alive.may, matches[i].may) == BDD_EMPTY)
			continue;
		if ((int32_t)boxes->verdicts[i].code == NFT_CONTINUE)
			on = matches[i];
		else
			take_verdict(run, matches[i], &boxes->verdicts[i]);
	}
	free(matches);
	sym_narrow(run, on);
}

/* What a map holds for the only packet, where one element is all that was found. */
static void load_found(struct sym_run *run, uint64_t target)
{
	const struct sym_trace *trace = run->exec->trace;
	size_t length;

	if (trace->here.hit_count != 1)
		return;
	const uint8_t *bytes = sym_bytes(trace->here.hits[0].element, NFTA_SET_ELEM_DATA, &length);

	if (bytes && length > 0 && length <= PKT_BYTES_MAX)
		sym_load_constant(run, target, bytes, length);
}

void sym_do_lookup(struct sym_run *run, const struct nltree *data)
{
	const struct snap_set *set =
		snap_find_set(run->place->table, nltree_text(data, NFTA_LOOKUP_SET));
	uint64_t from = sym_number(data, NFTA_LOOKUP_SREG),
		 target = sym_number(data, NFTA_LOOKUP_DREG);
	const struct sym_boxes *boxes = set ? sym_boxes(run->exec, set) : NULL;

	if (!boxes) {
		sym_may_stop(run);
		return;
	}
	unsigned int length = (unsigned int)nltree_number(&set->tree, NFTA_SET_KEY_LEN, 0);

	if (nltree_has(data, NFTA_LOOKUP_DREG) && target == NFT_REG_VERDICT) {
		if (boxes->understood)
			do_verdict_map(run, boxes, from, length);
		else
			do_unknown_map(run);
		return;
	}
	struct sym_match found = sym_test_key(run, from, length, test_set, boxes);

	if (nltree_number(data, NFTA_LOOKUP_FLAGS, 0) & NFT_LOOKUP_F_INV)
		found = sym_match_not(run->exec, found);
	sym_narrow(run, found);
	if (!nltree_has(data, NFTA_LOOKUP_DREG))
		return;
	sym_store_free(run, target, PKT_BYTES_MAX);
	if (run->exec->trace)
		load_found(run, target);
	else if (boxes->bounded)
		sym_load_bounded(run, target, &boxes->data);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One packet on its way: the same rules, chains and hooks as for all packets at once, with sets
 * that hold that packet or do not. Rules are gone through one after the other, so that each step is
 * told when it is taken.
 */
#include <errno.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "snaphook.h"
#include "symexec_impl.h"

#define DEPTH_MAX 256 /* of jumps and gotos; the kernel lets 16 jumps nest */

static void tell(struct symexec *exec, const struct sym_place *place, struct sym_step *step)
{
	struct sym_trace *trace = exec->trace;

	step->hook = trace->hook;
	step->priority = trace->priority;
	step->depth = trace->depth ? trace->depth - 1 : 0;
	step->table = place->table;
	step->chain = place->chain;
	if (trace->stopped == 0)
		trace->stopped = trace->visit(step, trace->data);
	/* Nothing is looked at any more. */
	if (trace->stopped != 0)
		sym_fail(exec, -ECANCELED);
}

void sym_trace_hit(struct symexec *exec, const struct snap_set *set, const struct nltree *element)
{
	struct sym_trace *trace = exec->trace;

	if (trace->here.hit_count == SYM_HITS_MAX)
		memmove(trace->here.hits, trace->here.hits + 1,
			--trace->here.hit_count * sizeof(trace->here.hits[0]));
	trace->here.hits[trace->here.hit_count++] = (struct sym_hit){ set, element };
}

void sym_trace_rule(struct symexec *exec, const struct sym_place *place, struct sym_match match,
	const struct sym_effect *effect)
{
	struct sym_trace *trace = exec->trace;
	struct sym_step step = { .kind = SYM_STEP_RULE,
		.sure = trace->here.sure && match.must != BDD_EMPTY,
		.doubt = trace->here.doubt,
		.rule = place->rule,
		.verdict = effect->verdict,
		.target = effect->target,
		.diverted = effect->diverted,
		.hit_count = trace->here.hit_count };

	if (match.may == BDD_EMPTY)
		return;
	memcpy(step.hits, trace->here.hits, sizeof(step.hits));
	tell(exec, place, &step);
}

bool sym_trace_base(struct symexec *exec, const struct sym_place *place, uint32_t hook,
	int32_t priority, bdd_node here, bdd_node may_accept, bdd_node may_drop)
{
	struct sym_trace *trace = exec->trace;
	struct sym_step step = { .kind = SYM_STEP_BASE, .verdict = NFT_CONTINUE };

	if (here == BDD_EMPTY || may_accept == BDD_EMPTY || exec->error)
		return false;
	trace->hook = hook == SNAPHOOK_EARLY ? NF_INET_PRE_ROUTING : hook;
	trace->priority = priority;
	trace->depth = 0;
	step.sure = trace->here.sure = may_drop == BDD_EMPTY;
	tell(exec, place, &step);
	return true;
}

void sym_trace_policy(struct symexec *exec, const struct sym_place *place,
	const struct sym_outcome *outcome, int32_t policy)
{
	struct sym_step step = { .kind = SYM_STEP_POLICY,
		.sure = exec->trace->here.sure && outcome->may[SYM_ACCEPT] == BDD_EMPTY &&
			outcome->may[SYM_DROP] == BDD_EMPTY,
		.verdict = policy };

	if (outcome->may[SYM_CONTINUE] != BDD_EMPTY && !exec->error)
		tell(exec, place, &step);
}

/* One rule for the packet, come there for sure or not. */
static struct sym_outcome trace_rule(struct symexec *exec, const struct sym_place *place, bool sure,
	struct sym_written *dirty, struct sym_written *gone)
{
	struct sym_trace *trace = exec->trace;
	struct sym_dirt dirt = { SYM_NOBODY, SYM_NOBODY };

	trace->here = (struct sym_here){ .sure = sure };
	struct sym_outcome outcome = sym_rule(exec, place, dirty, &dirt);

	sym_join_written(gone, &dirt.gone);
	*dirty = dirt.on;
	return outcome;
}

struct sym_outcome sym_trace_chain(
	struct symexec *exec, const struct sym_place *place, struct sym_written *dirty)
{
	struct sym_outcome all = SYM_GOES_ON;
	struct sym_trace *trace = exec->trace;
	struct sym_written gone = SYM_NOBODY;
	bool came = trace->here.sure, sure = came;

	if (trace->depth == DEPTH_MAX)
		sym_fail(exec, -ELOOP);
	trace->depth++;
	for (size_t i = 0;
		i < place->chain->rule_count && all.may[SYM_CONTINUE] != BDD_EMPTY && !exec->error;
		i++) {
		struct sym_place there = *place;

		there.rule = &place->chain->rules[i];
		struct sym_outcome here = trace_rule(exec, &there, sure, dirty, &gone);

		for (unsigned int k = 0; k < SYM_CONTINUE; k++) {
			all.may[k] = sym_or(exec, all.may[k], here.may[k]);
			sure &= here.may[k] == BDD_EMPTY;
		}
		all.may[SYM_CONTINUE] = here.may[SYM_CONTINUE];
	}
	trace->depth--;
	trace->here.sure = came;
	sym_join_written(dirty, &gone);
	all.may[SYM_CONTINUE] = sym_or(exec, all.may[SYM_CONTINUE], all.may[SYM_RETURN]);
	all.may[SYM_RETURN] = BDD_EMPTY;
	return all;
}

int symexec_trace(struct symexec *exec, enum sym_way way, const struct hdr_packet *packet,
	sym_visit visit, void *data, struct sym_end *ret_end)
{
	struct sym_trace trace = { .packet = *packet, .visit = visit, .data = data };
	struct symexec one = { .snapshot = exec->snapshot, .world = exec->world, .trace = &trace };

	sym_prepare(&one);
	sym_run_way(&one, way);
	sym_boxes_free(one.sets);
	*ret_end = (struct sym_end){ .may_pass = one.pass_may[way] != BDD_EMPTY,
		.must_pass = one.pass_drop[way] == BDD_EMPTY };
	return trace.stopped ? trace.stopped : one.error;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One world: all of it in one space; or, where there are very many rules, or that was past the
 * budget, the packets from one place after the other, and then those of one pair after the other.
 * A part needs but the tests that its own packets meet: fewer atoms, and smaller diagrams of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>

#include "ctstate.h"
#include "prove_impl.h"
#include "tablenames.h"

#define RULES_MANY 2000		       /* are decided in parts from the beginning */
#define STEPS_MORE ((uint64_t)1 << 26) /* of all parts from places, and of all pairs, at most */

/* Cells that are decided together: from a place, to a place. */
struct part {
	size_t from, to; /* or ZONESPACE_ANY */
	struct bdd_budget budget;
};

static bool is_whole(const struct part *part)
{
	return part->from == ZONESPACE_ANY;
}

static bool is_in(const struct part *part, const struct prove_cell *cell)
{
	return (part->from == ZONESPACE_ANY || part->from == cell->from) &&
	       (part->to == ZONESPACE_ANY || part->to == cell->to);
}

static bool is_open(const struct prove_cell *cell)
{
	return prove_cell_verdict(cell) == PROVE_BUDGET;
}

/* One part ---------------------------------------------------------------------------------------
 */

static void prepare(struct proving *proving)
{
	static const uint32_t states[PROVE_PHASES] = {
		[PROVE_NEW] = CT_NEW,
		[PROVE_ESTABLISHED] = CT_ESTABLISHED | CT_RELATED,
		[PROVE_STRAY] = CT_INVALID | CT_UNTRACKED,
	};
	bdd_node valid = symexec_valid(proving->exec);

	proving->original = zonespace_direction(proving->zones, false);
	proving->reply = zonespace_direction(proving->zones, true);
	for (unsigned int i = 0; i < PROVE_PHASES; i++)
		proving->phases[i] =
			bdd_and(proving->bdd, valid, zonespace_states(proving->zones, states[i]));
	/* A connection is new as long as nothing has come back. */
	proving->phases[PROVE_NEW] =
		bdd_and(proving->bdd, proving->phases[PROVE_NEW], proving->original);
	for (unsigned int i = 0; i < SYM_WAYS; i++) {
		proving->may[i] = symexec_may_pass(proving->exec, (enum sym_way)i);
		proving->must[i] = symexec_must_pass(proving->exec, (enum sym_way)i);
	}
}

static int decide_cells(struct proving *proving, const struct part *part, struct prove_world *world)
{
	int r = 0;

	prepare(proving);
	for (size_t i = 0; i < world->cell_count && r == 0; i++)
		if (is_in(part, &world->cells[i]) && is_open(&world->cells[i]))
			r = prove_cell(proving, &world->cells[i]);
	return r == 0 ? bdd_error(proving->bdd) : r;
}

/* The interfaces of a place, into values: one for each segment of the policy. */
static struct sym_names names_of(const struct policy *policy, size_t place, hdr_value *values)
{
	struct sym_names names = { .values = values, .others = place == ZONESPACE_OTHER(policy) };

	if (place == ZONESPACE_ANY || place == ZONESPACE_GATEWAY(policy))
		return (struct sym_names){ 0 };
	for (size_t i = 0; i < policy->zone_count; i++)
		for (size_t k = 0; k < policy->zones[i].segment_count; k++)
			if (names.others || i == place)
				values[names.count++] = pkt_interface(
					policy->segments[policy->zones[i].first_segment + k]
						.interface);
	return names;
}

static unsigned int ways_of(const struct policy *policy, const struct part *part)
{
	size_t gateway = ZONESPACE_GATEWAY(policy);

	if (part->from == gateway)
		return 1u << SYM_OUTPUT;
	if (part->to == gateway)
		return 1u << SYM_INPUT;
	return 1u << SYM_FORWARD | (part->to == ZONESPACE_ANY ? 1u << SYM_INPUT : 0u);
}

/* In a space of its own, with interfaces as scope has them. */
static int decide_in(struct proving *proving, const struct part *part,
	const struct sym_scope *scope, struct prove_world *world)
{
	symexec_restrict(proving->exec, scope);
	int r = zonespace_new(
		proving->policy, proving->world, symexec_space(proving->exec), &proving->zones);

	if (r < 0)
		return r;
	zonespace_between(proving->zones, part->from, part->to);
	r = zonespace_note(proving->zones);
	if (r == 0)
		r = symexec_run(proving->exec, &part->budget);
	proving->bdd = hdrspace_bdd(symexec_space(proving->exec));
	if (r == 0)
		r = decide_cells(proving, part, world);
	if (proving->bdd) {
		size_t nodes = bdd_size(proving->bdd);

		world->nodes = nodes > world->nodes ? nodes : world->nodes;
		world->steps += bdd_steps(proving->bdd);
	}
	zonespace_free(proving->zones);
	return r;
}

/* 0, -E2BIG and so on, with what is left open; *proving is what all parts have in common. */
static int decide_part(
	const struct proving *common, const struct part *part, struct prove_world *world)
{
	const struct policy *policy = common->policy;
	hdr_value *values = calloc(2 * policy->segment_count + 1, sizeof(*values));
	struct proving proving = *common;
	struct sym_scope scope = { 0 };
	int r = values ? symexec_new(proving.question->snapshot, proving.world, &proving.exec)
		       : -ENOMEM;

	if (r < 0) {
		free(values);
		return r;
	}
	if (!is_whole(part))
		scope = (struct sym_scope){ ways_of(policy, part),
			names_of(policy, part->from, values),
			names_of(policy, part->to, values + policy->segment_count) };
	r = decide_in(&proving, part, &scope, world);
	free(values);
	if (is_whole(part) && r == 0) {
		symexec_free(world->exec);
		world->exec = proving.exec;
		return 0;
	}
	int added = symexec_add_doubts(world->exec, proving.exec);

	symexec_free(proving.exec);
	return added < 0 ? added : r;
}

/* All parts --------------------------------------------------------------------------------------
 */

static bool any_open(const struct prove_world *world, const struct part *part)
{
	for (size_t i = 0; i < world->cell_count; i++)
		if (is_in(part, &world->cells[i]) && is_open(&world->cells[i]))
			return true;
	return false;
}

/* Parts take the same share of the steps that are left; what one does not need is for the others.
 */
static int decide_parts(const struct proving *common, bool pairs, struct prove_world *world)
{
	size_t places = ZONESPACE_PLACES(common->policy), count = pairs ? places * places : places;
	const struct bdd_budget *budget = &common->question->budget;
	uint64_t left = budget->steps && budget->steps < STEPS_MORE ? budget->steps : STEPS_MORE;
	int error = 0;

	for (size_t i = 0; i < count; i++) {
		struct part part = { pairs ? i / places : i, pairs ? i % places : ZONESPACE_ANY,
			{ budget->nodes, left / (count - i) + 1 } };
		uint64_t before = world->steps;

		if (!any_open(world, &part))
			continue;
		int r = decide_part(common, &part, world);

		if (r == -ENOMEM || r == -ELOOP)
			return r;
		if (r < 0)
			error = r;
		left -= world->steps - before < left ? world->steps - before : left;
	}
	return error;
}

static int decide_all(const struct proving *common, struct prove_world *world)
{
	const struct part whole = { ZONESPACE_ANY, ZONESPACE_ANY, common->question->budget };
	int r = -E2BIG;

	if (snapshot_rule_count(common->question->snapshot) <= RULES_MANY)
		r = decide_part(common, &whole, world);
	if (r == -E2BIG || r == -ETIME)
		r = decide_parts(common, false, world);
	if (r == -E2BIG || r == -ETIME)
		r = decide_parts(common, true, world);
	return r;
}

/* The world ------------------------------------------------------------------------------------ */

static bool is_asked(const struct prove_question *question, size_t from, size_t to)
{
	size_t gateway = ZONESPACE_GATEWAY(question->policy);

	if (from == gateway && to == gateway)
		return false;
	return !question->one_pair || (from == question->from && to == question->to);
}

/* Nothing is known of any cell yet. */
static void list_cells(
	const struct prove_question *question, enum pkt_world world, struct prove_world *ret_world)
{
	size_t places = ZONESPACE_PLACES(question->policy);

	for (size_t i = 0; i < places * places; i++) {
		if (!is_asked(question, i / places, i % places))
			continue;
		struct prove_cell *cell = &ret_world->cells[ret_world->cell_count++];

		*cell = (struct prove_cell){ .from = i / places, .to = i % places, .world = world };
		for (unsigned int phase = 0; phase < PROVE_PHASES; phase++)
			cell->phases[phase].verdict = PROVE_BUDGET;
	}
}

int prove_world(
	const struct prove_question *question, enum pkt_world world, struct prove_world *ret_world)
{
	const struct policy *policy = question->policy;
	size_t places = ZONESPACE_PLACES(policy);
	struct proving common = { .question = question, .policy = policy, .world = world };
	int r = symexec_new(question->snapshot, world, &ret_world->exec);

	ret_world->cells = calloc(places * places + 1, sizeof(*ret_world->cells));
	if (r < 0 || !ret_world->cells)
		return -ENOMEM;
	list_cells(question, world, ret_world);
	common.may_be_stopped =
		snapshot_find_table(question->snapshot, NFPROTO_INET, LOCK_TABLE) != NULL;
	r = prove_index_make(policy, &common.index);
	if (r == 0)
		r = decide_all(&common, ret_world);
	prove_index_clear(&common.index);
	ret_world->error = r;
	return r == -ENOMEM ? r : 0;
}

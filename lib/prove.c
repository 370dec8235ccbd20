/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "prove.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>

#include "compile.h"
#include "ctstate.h"
#include "isolation.h"
#include "prove_impl.h"
#include "tablenames.h"

/* Beside our table -------------------------------------------------------------------------------
 */

static const struct snap_table *ours(const struct snapshot *snapshot, const char *name)
{
	return snapshot_find_table(snapshot, NFPROTO_INET, name);
}

static bool has_rules(const struct snap_table *table)
{
	for (size_t i = 0; table && i < table->chain_count; i++)
		if (table->chains[i].rule_count > 0)
			return true;
	return false;
}

static unsigned int find_restraints(const struct snapshot *snapshot)
{
	const struct snap_table *table = ours(snapshot, TABLE_NAME);
	unsigned int restraints = 0;

	if (table && snap_find_chain(table, ISLAND_CHAIN))
		restraints |= PROVE_ISLAND;
	if (has_rules(ours(snapshot, ISOLATION_TABLE)) ||
		has_rules(snapshot_find_table(snapshot, NFPROTO_NETDEV, ISOLATION_TABLE)))
		restraints |= PROVE_ISOLATION;
	if (ours(snapshot, CLOSED_TABLE))
		restraints |= PROVE_GUARD;
	return restraints;
}

/* One world --------------------------------------------------------------------------------------
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

static bool is_asked(const struct prove_question *question, size_t from, size_t to)
{
	size_t gateway = ZONESPACE_GATEWAY(question->policy);

	if (from == gateway && to == gateway)
		return false;
	return !question->one_pair || (from == question->from && to == question->to);
}

static int decide_all(struct proving *proving, struct prove_world *ret_world)
{
	size_t places = ZONESPACE_PLACES(proving->policy);
	int r = 0;

	prepare(proving);
	for (size_t i = 0; i < places * places && r == 0; i++) {
		if (!is_asked(proving->question, i / places, i % places))
			continue;
		struct prove_cell *cell = &ret_world->cells[ret_world->cell_count++];

		cell->from = i / places;
		cell->to = i % places;
		cell->world = proving->world;
		r = prove_cell(proving, cell);
	}
	ret_world->nodes = bdd_size(proving->bdd);
	ret_world->steps = bdd_steps(proving->bdd);
	return r;
}

/* Nothing is known of any cell. */
static void leave_undecided(
	const struct prove_question *question, enum pkt_world world, struct prove_world *ret_world)
{
	size_t places = ZONESPACE_PLACES(question->policy);

	ret_world->cell_count = 0;
	for (size_t i = 0; i < places * places; i++) {
		if (!is_asked(question, i / places, i % places))
			continue;
		struct prove_cell *cell = &ret_world->cells[ret_world->cell_count++];

		*cell = (struct prove_cell){ .from = i / places, .to = i % places, .world = world };
		for (unsigned int phase = 0; phase < PROVE_PHASES; phase++)
			cell->phases[phase].verdict = PROVE_BUDGET;
	}
}

/* An error is kept with the world, but for want of memory. */
static int prove_one(
	const struct prove_question *question, enum pkt_world world, struct prove_world *ret_world)
{
	const struct policy *policy = question->policy;
	size_t places = ZONESPACE_PLACES(policy);
	struct proving proving = { .question = question, .policy = policy, .world = world };
	int r = symexec_new(question->snapshot, world, &proving.exec);

	ret_world->exec = proving.exec;
	ret_world->cells = calloc(places * places + 1, sizeof(*ret_world->cells));
	if (r < 0 || !ret_world->cells)
		return -ENOMEM;
	proving.may_be_stopped = ours(question->snapshot, LOCK_TABLE) != NULL;
	r = zonespace_new(policy, world, symexec_space(proving.exec), &proving.zones);
	if (r == 0)
		r = prove_index_make(policy, &proving.index);
	if (r == 0)
		r = zonespace_note(proving.zones);
	if (r == 0)
		r = symexec_run(proving.exec, &question->budget);
	if (r == 0) {
		proving.bdd = hdrspace_bdd(symexec_space(proving.exec));
		r = decide_all(&proving, ret_world);
	}
	if (r < 0 && r != -ENOMEM)
		leave_undecided(question, world, ret_world);
	prove_index_clear(&proving.index);
	zonespace_free(proving.zones);
	ret_world->error = r;
	return r == -ENOMEM ? r : 0;
}

int prove(const struct prove_question *question, struct proof **ret_proof)
{
	struct proof *proof = calloc(1, sizeof(*proof));
	int r = proof ? 0 : -ENOMEM;

	if (r == 0)
		proof->restraints = find_restraints(question->snapshot);
	for (unsigned int world = 0; world < PKT_WORLDS && r == 0; world++)
		r = prove_one(question, (enum pkt_world)world, &proof->worlds[world]);
	if (r < 0)
		proof_free(proof);
	else
		*ret_proof = proof;
	return r;
}

void proof_free(struct proof *proof)
{
	for (unsigned int i = 0; proof && i < PKT_WORLDS; i++) {
		symexec_free(proof->worlds[i].exec);
		free(proof->worlds[i].cells);
	}
	free(proof);
}

/* What was found ---------------------------------------------------------------------------------
 */

const char *prove_verdict_name(enum prove_verdict verdict)
{
	static const char *const names[PROVE_VERDICTS] = {
		[PROVE_SEPARATE] = "separate",
		[PROVE_EXACT] = "exact",
		[PROVE_OBSERVED] = "observed",
		[PROVE_LESS] = "less",
		[PROVE_UNDECIDED] = "undecided",
		[PROVE_BUDGET] = "budget",
		[PROVE_MORE] = "more",
	};

	return names[verdict];
}

const char *prove_phase_name(enum prove_phase phase)
{
	static const char *const names[PROVE_PHASES] = {
		[PROVE_NEW] = "new",
		[PROVE_ESTABLISHED] = "established",
		[PROVE_STRAY] = "stray",
	};

	return names[phase];
}

enum prove_verdict prove_cell_verdict(const struct prove_cell *cell)
{
	enum prove_verdict worst = PROVE_SEPARATE;

	for (unsigned int i = 0; i < PROVE_PHASES; i++)
		if (cell->phases[i].verdict > worst)
			worst = cell->phases[i].verdict;
	return worst;
}

enum prove_verdict proof_worst(const struct proof *proof)
{
	enum prove_verdict worst = PROVE_SEPARATE;

	for (unsigned int i = 0; i < PKT_WORLDS; i++) {
		const struct prove_world *world = &proof->worlds[i];

		if (world->error && worst < PROVE_BUDGET)
			worst = PROVE_BUDGET;
		for (size_t k = 0; k < world->cell_count; k++) {
			enum prove_verdict verdict = prove_cell_verdict(&world->cells[k]);

			worst = verdict > worst ? verdict : worst;
		}
	}
	return worst;
}

bool proof_holds(const struct proof *proof)
{
	return proof_worst(proof) <= PROVE_OBSERVED;
}

bool proof_restrained(const struct proof *proof)
{
	return proof->restraints && proof_worst(proof) == PROVE_LESS;
}

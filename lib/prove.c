/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "prove.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>

#include "compile.h"
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

/* Both worlds ----------------------------------------------------------------------------------
 */

int prove(const struct prove_question *question, struct proof **ret_proof)
{
	struct proof *proof = calloc(1, sizeof(*proof));
	int r = proof ? 0 : -ENOMEM;

	if (r == 0)
		proof->restraints = find_restraints(question->snapshot);
	for (unsigned int world = 0; world < PKT_WORLDS && r == 0; world++)
		r = prove_world(question, (enum pkt_world)world, &proof->worlds[world]);
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

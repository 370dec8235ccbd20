/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packets that a proof shows, through the kernel: what passes against the policy passes. */
#include <stdio.h>
#include <string.h>

#include "../../lib/policy.h"
#include "../../lib/prove.h"
#include "trial.h"

/* The interface that packets of a name leave by; false: none of ours. */
static bool find_out(const struct wires *wires, hdr_value name, size_t *ret_link)
{
	uint8_t bytes[17] = { 0 };

	put_number(bytes, 16, name);
	for (size_t i = 0; i < wires->count; i++)
		if (strcmp(wires->names[i], (const char *)bytes) == 0) {
			*ret_link = i;
			return true;
		}
	return false;
}

/* What cannot be sent here is not replayed: an interface that does not exist, a martian. */
static bool replay(struct trial *trial, const struct prove_answer *answer, size_t *count)
{
	struct hdr_packet packet = answer->witness;
	size_t in;

	if (!find_out(trial->craft.wires, packet.values[PKT_OIFNAME], &trial->craft.out) ||
		!find_out(trial->craft.wires, packet.values[PKT_IIFNAME], &in))
		return true;
	craft_settle(&trial->craft, &packet);
	bool shown = hdrspace_holds(trial->space, trial->must, &packet);

	if (answer->verdict == PROVE_MORE && !shown)
		return true;
	wires_route(trial->craft.wires, trial->craft.out);
	const struct shot *shot = trial_fire_one(trial, &packet);

	if (!shot)
		return true;
	++*count;
	return answer->verdict == PROVE_MORE ? shot->passed : !shot->must || shot->passed;
}

static bool replay_world(struct trial *trial, const struct policy *policy,
	const struct prove_world *world, size_t *count)
{
	bool good = true;

	for (size_t i = 0; i < world->cell_count; i++) {
		const struct prove_cell *cell = &world->cells[i];

		if (prove_cell_way(policy, cell) != SYM_FORWARD)
			continue;
		for (unsigned int k = 0; k < PROVE_PHASES; k++)
			if (cell->phases[k].has_witness &&
				!replay(trial, &cell->phases[k], count)) {
				printf("  WRONG: %s from place %zu to %zu: ",
					prove_verdict_name(cell->phases[k].verdict), cell->from,
					cell->to);
				print_packet(&trial->craft, &cell->phases[k].witness);
				good = false;
			}
	}
	return good;
}

bool replay_witnesses(const struct policy *policy, const struct snapshot *snapshot,
	const struct wires *wires, size_t *ret_count)
{
	static struct trial trial;
	struct prove_question question = {
		.snapshot = snapshot, .policy = policy, .budget = { .nodes = (size_t)1 << 24 }
	};
	struct proof *proof;
	bool good = true;

	if (prove(&question, &proof) < 0)
		fail("out of memory");
	for (unsigned int i = 0; i < PKT_WORLDS; i++) {
		const struct prove_world *world = &proof->worlds[i];

		if (world->error)
			fail("not decided: %s", strerror(-world->error));
		memset(&trial, 0, sizeof(trial));
		trial.craft = (struct craft){ .world = i, .wires = wires, .tracked = true };
		trial.exec = world->exec;
		trial.space = symexec_space(world->exec);
		for (unsigned int k = 0; k < PKT_FIELDS; k++)
			trial.craft.tested[k] = hdrspace_atoms(trial.space, k) > 1;
		/* No table of ours that could say otherwise. */
		trial.craft.tested[PKT_ETHER_SADDR] = true;
		trial.valid = symexec_valid(world->exec);
		trial.may = symexec_may_pass(world->exec, SYM_FORWARD);
		trial.must = symexec_must_pass(world->exec, SYM_FORWARD);
		good &= replay_world(&trial, policy, world, ret_count);
		good &= trial.figures.wrong == 0;
	}
	proof_free(proof);
	return good;
}

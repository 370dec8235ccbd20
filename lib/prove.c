/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "prove.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "zonespace.h"

/* One world that is being decided. */
struct proving {
	const struct policy *policy;
	struct symexec *exec;
	struct zonespace *zones;
	struct bdd *bdd;
	bdd_node may, must;	  /* of forwarded packets */
	bdd_node reached;	  /* for which some packet like it passes for sure: see reach() */
	bdd_node original, reply; /* directions */
};

/* Between which zones does a path lead? */
static size_t from_zone(const struct policy *policy, const struct policy_path *path)
{
	return path->from.part_count ? policy->segments[path->from.parts[0].segment].zone
				     : policy->zone_count;
}

static size_t to_zone(const struct policy *policy, const struct policy_path *path)
{
	return path->to.part_count ? policy->segments[path->to.parts[0].segment].zone
				   : policy->zone_count;
}

static bool leads(
	const struct policy *policy, const struct policy_path *path, size_t from, size_t to)
{
	return path->direction == PATH_FORWARD && from_zone(policy, path) == from &&
	       to_zone(policy, path) == to;
}

/* The packets of one path that may pass from one zone to another, some of which are replies. */
static bdd_node permitted_by(
	struct proving *proving, const struct policy_path *path, bool there, bool back)
{
	struct bdd *bdd = proving->bdd;
	bdd_node set = zonespace_marked(proving->zones, path);

	if (there)
		set = bdd_or(bdd, set,
			bdd_and(bdd, proving->original, zonespace_path(proving->zones, path)));
	if (back)
		set = bdd_or(bdd, set,
			bdd_and(bdd, proving->reply, zonespace_replies(proving->zones, path)));
	return set;
}

/* All that the policy permits from one zone to another. */
static bdd_node permitted(struct proving *proving, size_t from, size_t to)
{
	const struct policy *policy = proving->policy;
	bdd_node *sets = calloc(policy->path_count + 1, sizeof(*sets));
	size_t count = 0;

	for (size_t i = 0; sets && i < policy->path_count; i++) {
		const struct policy_path *path = &policy->paths[i];
		bool there = leads(policy, path, from, to), back = leads(policy, path, to, from);

		if (there || back)
			sets[count++] = permitted_by(proving, path, there, back);
	}
	bdd_node all = sets ? bdd_or_all(proving->bdd, sets, count) : BDD_NONE;

	free(sets);
	return all;
}

/*
 * A path is open when for each of its addresses, protocols and ports a packet passes: of the MAC
 * address that is bound to them, of a fragment that is whole, and so on. So these fields are
 * forgotten.
 */
static bdd_node reach(struct proving *proving, bdd_node begins)
{
	static const enum pkt_field kept[] = { PKT_IIFNAME, PKT_OIFNAME, PKT_CT_STATE,
		PKT_CT_DIRECTION, PKT_L4PROTO, PKT_SADDR, PKT_DADDR, PKT_SPORT, PKT_DPORT,
		PKT_ICMP_TYPE, PKT_ICMP_CODE };
	bdd_node set = bdd_and(proving->bdd, proving->must, begins);

	for (unsigned int field = 0; field < PKT_FIELDS; field++) {
		size_t i = 0;

		while (i < sizeof(kept) / sizeof(kept[0]) && kept[i] != field)
			i++;
		if (i == sizeof(kept) / sizeof(kept[0]))
			set = hdrspace_forget(symexec_space(proving->exec), set, field);
	}
	return set;
}

static void take_witness(struct proving *proving, bdd_node set, struct prove_cell *cell)
{
	cell->has_witness = hdrspace_pick(symexec_space(proving->exec), set, &cell->witness);
}

/* Is there a path whose packets do not all pass? One that is open at times only may be closed. */
static void find_missing(struct proving *proving, bdd_node begins, struct prove_cell *cell)
{
	const struct policy *policy = proving->policy;

	for (size_t i = 0; i < policy->path_count; i++) {
		const struct policy_path *path = &policy->paths[i];

		if (!leads(policy, path, cell->from, cell->to) || policy_path_timed(path))
			continue;
		bdd_node wanted = bdd_and(proving->bdd, begins,
			bdd_and(proving->bdd, symexec_valid(proving->exec),
				zonespace_path(proving->zones, path)));
		bdd_node missing = bdd_diff(proving->bdd, wanted, proving->reached);

		if (missing == BDD_EMPTY)
			continue;
		cell->verdict = missing == BDD_NONE ? PROVE_BUDGET : PROVE_LESS;
		cell->path = path;
		take_witness(proving, missing, cell);
		return;
	}
}

static bool is_observed(const struct policy *policy, size_t from, size_t to)
{
	for (size_t i = 0; i < policy->observe_count; i++)
		if (policy->observes[i].from == from && policy->observes[i].to == to)
			return true;
	return false;
}

static void decide(struct proving *proving, bdd_node begins, struct prove_cell *cell)
{
	struct bdd *bdd = proving->bdd;
	bdd_node pair = bdd_and(bdd, zonespace_from(proving->zones, cell->from),
		zonespace_to(proving->zones, cell->to));
	bdd_node may = bdd_and(bdd, pair, proving->may);
	bdd_node allowed = permitted(proving, cell->from, cell->to);
	bdd_node more = bdd_diff(bdd, may, allowed);
	bdd_node surely = bdd_and(bdd, more, proving->must);

	for (size_t i = 0; i < proving->policy->path_count; i++)
		cell->paths +=
			leads(proving->policy, &proving->policy->paths[i], cell->from, cell->to);
	if (more == BDD_NONE || surely == BDD_NONE) {
		cell->verdict = PROVE_BUDGET;
	} else if (is_observed(proving->policy, cell->from, cell->to)) {
		cell->verdict = PROVE_OBSERVED;
	} else if (more != BDD_EMPTY) {
		cell->verdict = surely != BDD_EMPTY ? PROVE_MORE : PROVE_UNDECIDED;
		take_witness(proving, surely != BDD_EMPTY ? surely : more, cell);
	} else {
		cell->verdict = may == BDD_EMPTY ? PROVE_SEPARATE : PROVE_EXACT;
		find_missing(proving, begins, cell);
	}
}

static int decide_all(struct proving *proving, enum pkt_world world, struct prove_world *ret_world)
{
	size_t zones = proving->policy->zone_count;
	bdd_node begins = zonespace_beginning(proving->zones);

	proving->original = zonespace_direction(proving->zones, false);
	proving->reply = zonespace_direction(proving->zones, true);
	proving->may = symexec_may_pass(proving->exec, SYM_FORWARD);
	proving->must = symexec_must_pass(proving->exec, SYM_FORWARD);
	proving->reached = reach(proving, begins);
	ret_world->cells = calloc(zones * zones + 1, sizeof(*ret_world->cells));
	if (!ret_world->cells)
		return -ENOMEM;
	for (size_t from = 0; from < zones; from++)
		for (size_t to = 0; to < zones; to++) {
			struct prove_cell *cell = &ret_world->cells[ret_world->cell_count++];

			cell->from = from;
			cell->to = to;
			cell->world = world;
			decide(proving, begins, cell);
		}
	return 0;
}

/* An error is kept with the world, but for want of memory. */
static int prove_one(const struct snapshot *snapshot, const struct policy *policy,
	enum pkt_world world, const struct bdd_budget *budget, struct prove_world *ret_world)
{
	struct proving proving = { .policy = policy };
	int r = symexec_new(snapshot, world, &proving.exec);

	ret_world->exec = proving.exec;
	if (r == 0)
		r = zonespace_new(policy, world, symexec_space(proving.exec), &proving.zones);
	if (r == 0)
		r = zonespace_note(proving.zones);
	if (r == 0)
		r = symexec_run(proving.exec, budget);
	if (r == 0) {
		proving.bdd = hdrspace_bdd(symexec_space(proving.exec));
		r = decide_all(&proving, world, ret_world);
	}
	zonespace_free(proving.zones);
	ret_world->error = r;
	return r == -ENOMEM ? r : 0;
}

int prove(const struct snapshot *snapshot, const struct policy *policy,
	const struct bdd_budget *budget, struct proof **ret_proof)
{
	struct proof *proof = calloc(1, sizeof(*proof));
	int r = proof ? 0 : -ENOMEM;

	for (unsigned int world = 0; world < PKT_WORLDS && r == 0; world++)
		r = prove_one(snapshot, policy, world, budget, &proof->worlds[world]);
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

const char *prove_verdict_name(enum prove_verdict verdict)
{
	static const char *const names[PROVE_VERDICTS] = {
		[PROVE_SEPARATE] = "separate",
		[PROVE_EXACT] = "exact",
		[PROVE_OBSERVED] = "observed",
		[PROVE_MORE] = "more",
		[PROVE_LESS] = "less",
		[PROVE_UNDECIDED] = "undecided",
		[PROVE_BUDGET] = "budget",
	};

	return names[verdict];
}

bool proof_holds(const struct proof *proof)
{
	for (unsigned int i = 0; i < PKT_WORLDS; i++) {
		const struct prove_world *world = &proof->worlds[i];

		if (world->error)
			return false;
		for (size_t k = 0; k < world->cell_count; k++)
			if (world->cells[k].verdict > PROVE_OBSERVED)
				return false;
	}
	return true;
}

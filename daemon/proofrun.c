/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proofrun.h"

#include <string.h>

void proofrun_init(struct proofrun *run, const struct snapshot *snapshot,
	const uint8_t digest[SNAPSHOT_DIGEST_LENGTH], const struct policy *policy, int64_t now)
{
	memset(run, 0, sizeof(*run));
	run->question = (struct prove_question){
		.snapshot = snapshot,
		.policy = policy,
		.openings = &run->openings,
		.budget = { .nodes = PROOFRUN_NODES, .steps = PROOFRUN_STEPS },
	};
	run->certificate = (struct certificate){
		.snapshot = snapshot,
		.policy = policy,
		.bypass = &run->bypass,
		.connections = &run->audit,
		.version = HEDATE_VERSION,
		.time = now,
		.budget = run->question.budget,
	};
	memcpy(run->certificate.digest, digest, SNAPSHOT_DIGEST_LENGTH);
}

static int find_openings(struct proofrun *run)
{
	const struct snapshot *snapshot = run->question.snapshot;
	int64_t now = snapshot->time ? snapshot->time : run->certificate.time;
	struct zonetime *zone = NULL;
	int r = run->zone ? 0 : openings_load_zone(run->question.policy, &zone);

	if (r == 0)
		r = openings_at(
			run->question.policy, run->zone ? run->zone : zone, now, &run->openings);
	zonetime_free(zone);
	return r;
}

int proofrun_decide(struct proofrun *run)
{
	const struct snapshot *snapshot = run->question.snapshot;
	const struct policy *policy = run->question.policy;
	int r = find_openings(run);

	if (r == 0)
		r = prove(&run->question, &run->proof);
	if (r == 0)
		r = bypass_judge(snapshot, policy, &run->bypass);
	if (r == 0)
		r = ctaudit_judge(snapshot, policy, &run->audit);
	run->certificate.proof = run->proof;
	run->certificate.budget = run->question.budget;
	return r;
}

void proofrun_clear(struct proofrun *run)
{
	ctaudit_clear(&run->audit);
	bypass_clear(&run->bypass);
	proof_free(run->proof);
	openings_clear(&run->openings);
	memset(run, 0, sizeof(*run));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One decision: a snapshot against a policy, with all that belongs to it. */
#ifndef HEDATE_PROOFRUN_H
#define HEDATE_PROOFRUN_H

#include "../lib/certificate.h"

/* Of each family of addresses: more than any rule set that was measured needs, and less than a
 * gateway of the smallest kind has. */
#define PROOFRUN_NODES ((size_t)1 << 23)
#define PROOFRUN_STEPS (UINT64_C(1) << 32)

struct proofrun {
	const struct zonetime *zone; /* the policy's, for who may not read it any more; or NULL */
	struct openings openings;
	struct bypass_list bypass;
	struct ctaudit audit;
	struct prove_question question;
	struct proof *proof;
	struct certificate certificate; /* of the members above */
};

/* policy and snapshot are borrowed; digest is that of the snapshot's bytes. Timed paths are taken
 * as they are at the snapshot's time. ret_run is to be cleared in every case. */
void proofrun_init(struct proofrun *run, const struct snapshot *snapshot,
	const uint8_t digest[SNAPSHOT_DIGEST_LENGTH], const struct policy *policy, int64_t now);
/* 0 whatever was found; -ENOMEM; other negative errno: the time zone cannot be read. */
int proofrun_decide(struct proofrun *run);
void proofrun_clear(struct proofrun *run);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Do the connections that are there lie within the policy? A packet of a known connection passes by
 * the mark of its path, which our rules have set when it began; that they alone do so is proved.
 * What stood in the connection table before that, or was put there by somebody else, is compared
 * here: each entry with the mark of one of our paths, or of a pair of zones that is observed, has
 * the addresses, protocol and port of that path. Entries without a mark, or with one that nothing
 * of the policy has, do not pass, which the rules say and the proof proves.
 *
 * By which interfaces its packets go an entry does not hold: the rules look at that, of each packet
 * and with the mark. What can be seen are the host's routes: whether by them packets to either end
 * leave by the interface of the segment that the policy gives its address. Where they do not, none
 * of them passes, or its answers do not; that is counted, and no finding.
 */
#ifndef HEDATE_CTAUDIT_H
#define HEDATE_CTAUDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "policy.h"
#include "snapshot.h"

enum ctaudit_fault {
	CTAUDIT_SOURCE,	     /* it did not begin where its path begins */
	CTAUDIT_DESTINATION, /* it does not lead where its path leads */
	CTAUDIT_SERVICE,     /* protocol or port */
	CTAUDIT_TRANSLATED,  /* somebody replaces its destination: its port is not known then */
	CTAUDIT_FAULTS,
};
const char *ctaudit_fault_name(enum ctaudit_fault fault); /* "source" */
const char *ctaudit_fault_text(enum ctaudit_fault fault); /* a sentence, for _() */

struct ctaudit_finding {
	size_t entry;			/* in snapshot.connections */
	const struct policy_path *path; /* whose mark it has; NULL: of an observed pair */
	enum ctaudit_fault fault;	/* the first one */
};

#define CTAUDIT_FINDINGS_MAX 1000 /* more are counted */

struct ctaudit {
	int error;		/* 0; why the connections could not be read: -ENODATA, ... */
	size_t entries, marked; /* all; with a mark of the policy */
	struct ctaudit_finding *findings; /* owned */
	size_t count, room, left_out;
	/* Of those with a mark and without a finding, by the routes: by the interfaces of their
	 * path, by others, not told. */
	size_t kept, strayed, untold;
};

/* policy: compiled, its paths have their ids; borrowed as long as the findings are. 0, or -ENOMEM.
 */
int ctaudit_judge(
	const struct snapshot *snapshot, const struct policy *policy, struct ctaudit *ret_audit);
void ctaudit_clear(struct ctaudit *audit);
/* Were they read, without a finding? */
bool ctaudit_holds(const struct ctaudit *audit);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Do the connections that are there lie within the policy? A packet of a known connection passes by
 * the mark of its path, which our rules have set when it began; that they alone do so is proved.
 * What stood in the connection table before that, or was put there by somebody else, is compared
 * here: each entry with the mark of one of our paths, or of a pair of zones that is observed, has
 * the addresses, protocol and port of that path. Entries without a mark, or with one that nothing
 * of the policy has, do not pass, which the rules say and the proof proves.
 *
 * An entry does not tell by which interfaces its packets go. Addresses are held to belong to the
 * segment that the policy gives them, which the rules check of each packet where it comes in.
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
};

/* policy: compiled, its paths have their ids; borrowed as long as the findings are. 0, or -ENOMEM.
 */
int ctaudit_judge(
	const struct snapshot *snapshot, const struct policy *policy, struct ctaudit *ret_audit);
void ctaudit_clear(struct ctaudit *audit);
/* Were they read, without a finding? */
bool ctaudit_holds(const struct ctaudit *audit);

#endif

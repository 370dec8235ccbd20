/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One report, gathered: from the kernel or a snapshot of it, the policy in force, the log. */
#ifndef HEDATE_REPORTRUN_H
#define HEDATE_REPORTRUN_H

#include "../lib/diag.h"
#include "inforce.h"
#include "reportfill.h"

/* What is asked for. Borrowed as long as the run lives. */
struct reportask {
	const char *language; /* "ja", "en": of the report; complaints are in the locale's */
	int64_t now, since, until;
	const char *snapshot;	 /* file; NULL: this host's kernel */
	const char *log, *index; /* directories; index NULL: none */
	struct inforce inforce;
	const char *previous;	       /* JSON of the report before; NULL: none */
	const char *auditor, *auditee; /* or NULL */
	unsigned int unused_days;
	bool no_verify; /* the log's seals are not looked at */
};

struct reportrun {
	struct report *report;
	struct takesnapshot taken;
	struct policy *policy;
	struct zonetime *zone;
	struct proofrun proof;
};

/* What is usual: no snapshot, the log and the register where they usually are. */
void reportask_init(const struct cli *cli, struct reportask *ask);

/*
 * Gather it. EXIT_OK, also when sections could not be read: report_whole() tells. Else no report,
 * after a complaint: EXIT_CONFIG (diags say why), EXIT_FAILED, EXIT_UNREACHABLE: neither kernel nor
 * hedated could be asked. In every case reportrun_clear().
 */
int reportrun(const struct cli *cli, const struct reportask *ask, struct diag_list *diags,
	struct reportrun *ret_run);
void reportrun_clear(struct reportrun *run);

#endif

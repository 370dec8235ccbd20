/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One report, gathered: from the kernel or a snapshot of it, the policy in force, the log. */
#ifndef HEDATE_REPORTRUN_H
#define HEDATE_REPORTRUN_H

#include "../lib/diag.h"
#include "inforce.h"
#include "optionrows.h"
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

/* The options that say where all of it comes from: rows of a command's table, one behind the other
 * from a first one on; and what one of them says, counted from that. */
enum reportask_option {
	REPORTASK_SNAPSHOT,
	REPORTASK_CONFIG,
	REPORTASK_EXCEPTIONS,
	REPORTASK_LOG,
	REPORTASK_INDEX,
	REPORTASK_NO_VERIFY,
	REPORTASK_OPTIONS,
};
/* clang-format off */
#define REPORTASK_ROWS(first)                                                                      \
	[(first) + REPORTASK_SNAPSHOT] = OPTIONROW_SNAPSHOT,                                       \
	[(first) + REPORTASK_CONFIG] = OPTIONROW_INFORCE,                                          \
	[(first) + REPORTASK_EXCEPTIONS] = OPTIONROW_EXCEPTIONS,                                   \
	[(first) + REPORTASK_LOG] = OPTIONROW_LOG,                                                 \
	[(first) + REPORTASK_INDEX] = OPTIONROW_INDEX,                                             \
	[(first) + REPORTASK_NO_VERIFY] = { "no-verify", 0, NULL,                                  \
		N_("do not verify the seals of the log, which takes time for a big one") }
/* clang-format on */
/* value is borrowed as long as ask lives. */
void reportask_take(struct reportask *ask, enum reportask_option option, const char *value);

/*
 * Gather it. EXIT_OK, also when sections could not be read: report_whole() tells. Else no report,
 * after a complaint: EXIT_CONFIG (diags say why), EXIT_FAILED, EXIT_UNREACHABLE: neither kernel nor
 * hedated could be asked. In every case reportrun_clear().
 */
int reportrun(const struct cli *cli, const struct reportask *ask, struct diag_list *diags,
	struct reportrun *ret_run);
void reportrun_clear(struct reportrun *run);

#endif

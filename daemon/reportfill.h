/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filling the sections of a report (lib/report.h). One function a section, each in the file of its
 * subject: reportfill_<subject>.c. What cannot be read is not an error here but is put down in the
 * section's source; only memory ends a report (report->failed).
 */
#ifndef HEDATE_REPORTFILL_H
#define HEDATE_REPORTFILL_H

#include "../lib/report.h"
#include "cmd.h"
#include "proofrun.h"
#include "takesnapshot.h"

/* What there is to fill them from. All is borrowed as long as the report lives. */
struct reportfacts {
	const struct cli *cli;
	int64_t now, since, until;	       /* Unix time; as in the report's head */
	const struct policy *policy;	       /* compiled, with granted exceptions as paths */
	const struct takesnapshot *taken;      /* the kernel */
	const struct certificate *certificate; /* what was decided of it; NULL: nothing was */
	unsigned int snapshot_evidence, policy_evidence;
	const char *exceptions; /* the register's file; "": none */
	const char *log;	/* the log's directory */
	const char *index;	/* the log's index (logindex.h), a directory; NULL: none */
	const char *own;      /* hedated's configuration file: its store lies beside it (store.h) */
	const char *previous; /* JSON of the report before; NULL: none */
	unsigned int unused_days;
	bool no_verify; /* the log's seals are not looked at: it may be big */
	bool live;	/* hedated of this host may be asked; false: only files, of another host */
};

typedef void (*reportfill_function)(struct report *report, const struct reportfacts *facts);

/* reportfill.c */
void reportfill_site(struct report *report, const struct reportfacts *facts);
/* reportfill_listeners.c */
void reportfill_listeners(struct report *report, const struct reportfacts *facts);
/* reportfill_matrix.c */
void reportfill_matrix(struct report *report, const struct reportfacts *facts);
void reportfill_bypass(struct report *report, const struct reportfacts *facts);
/* reportfill_flows.c */
void reportfill_flows(struct report *report, const struct reportfacts *facts);
/* reportfill_events.c: also changes, drift and clock, which it reads on the way. */
void reportfill_events(struct report *report, const struct reportfacts *facts);
/* reportfill_live.c */
void reportfill_equation(struct report *report, const struct reportfacts *facts);
void reportfill_unused(struct report *report, const struct reportfacts *facts);
/* reportfill_exceptions.c */
void reportfill_exceptions(struct report *report, const struct reportfacts *facts);
/* reportfill_log.c */
void reportfill_log(struct report *report, const struct reportfacts *facts);
void reportfill_checkpoint(struct report *report, const struct reportfacts *facts);
/* reportfill_outside.c */
void reportfill_outside(struct report *report, const struct reportfacts *facts);
/* reportfill_conformity.c: by what the sections above found. */
void reportfill_conformity(struct report *report, const struct reportfacts *facts);

/* All sections, by the functions above and those of the other subjects (reportfill.c's table), and
 * report_finish(). 0, or -ENOMEM. */
int reportfill(struct report *report, const struct reportfacts *facts);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clause by clause of a site's own security policy: what was checked, the result, what it rests
 * on. Pure: policy and evidence in, results out; whoever calls has read the kernel, the log, the
 * register, and says of each whether it was well.
 *
 * Nothing conforms by what was declared alone. A check that conforms names its evidence, and all of
 * that was read and was well; where one was not read, or the answer is what somebody has stated,
 * the result is "to be confirmed". What no gateway can judge is "not applicable", and so is a check
 * that nothing of this site's configuration is about.
 */
#ifndef HEDATE_CLAUSEREPORT_H
#define HEDATE_CLAUSEREPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "judge.h"

enum clause_result {
	RESULT_OUTSIDE,	 /* 対象外 */
	RESULT_CONFORMS, /* 適合 */
	RESULT_CONFIRM,	 /* 要確認 */
	RESULT_FAILS,	 /* 不適合 */
};
#define CLAUSE_RESULTS 4

/* What a result can rest on. */
enum evidence_source {
	EVIDENCE_CONFIGURATION, /* the bytes in force */
	EVIDENCE_KERNEL,	/* the rules in the kernel, proved against them */
	EVIDENCE_LOG,		/* the records, verified up to a checkpoint */
	EVIDENCE_LEDGER,	/* every blocked packet is in a record, or counted as lost */
	EVIDENCE_REGISTER,	/* the exceptions */
	EVIDENCE_HISTORY,	/* the configurations that were in force, with their persons */
};
#define EVIDENCE_SOURCES 6

enum evidence_state {
	EVIDENCE_UNREAD, /* could not be looked at: why says so */
	EVIDENCE_WELL,
	EVIDENCE_ILL, /* why says what is wrong with it */
};

#define EVIDENCE_DIGEST_MAX 65 /* SHA-256 in hex, with NUL */
struct evidence {
	enum evidence_state state;
	const char *what;		  /* what was looked at: a file, a checkpoint */
	char digest[EVIDENCE_DIGEST_MAX]; /* of its bytes; "" only when unread */
	const char *why;		  /* translated; NULL when it is well */
};

/* All is borrowed as long as the report lives. */
struct clause_question {
	const struct policy *policy;
	struct calendar_date today;
	struct judge_paths exceptions; /* in force: judged as the policy's own paths are */
	struct evidence evidence[EVIDENCE_SOURCES];
};

struct clause_check_row {
	const struct profile_check *check;
	enum clause_result result;
	unsigned int evidence; /* mask of 1 << enum evidence_source: what was looked at for it */
	size_t concerned;      /* things in the configuration that it is about */
	char *reason;	       /* translated, one sentence */
	/* Each translated, "file:line: message", or without a place what is about an exception, which
	 * is in no file; at most FINDINGS_MAX. */
	char **findings;
	char *where; /* "file:line" of the first one that has a place; NULL: none has */
	size_t finding_count;
	size_t findings_left_out;
};
#define CLAUSE_FINDINGS_MAX 20

struct clause_row {
	const struct profile *document; /* profile, model, or hedate's own rules */
	const struct profile_clause *clause;
	enum clause_result result; /* the worst of its checks */
	bool partly_outside;	   /* it conforms, as far as a gateway can tell */
	struct clause_check_row *checks;
	size_t check_count;
};

struct clause_report {
	struct clause_row *rows; /* of the profile, then of the model, then our own */
	size_t row_count;
	size_t counts[CLAUSE_RESULTS];
	size_t ungrounded; /* paths that no clause permits */
};

/* Without profile and model there are only our own rules. 0, or -ENOMEM. */
int clause_report_make(const struct clause_question *question, struct clause_report **ret_report);
void clause_report_free(struct clause_report *report); /* accepts NULL */

#endif

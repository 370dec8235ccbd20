/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two persons (two_person = true): what one proposes, another approves or refuses; by its digest,
 * after having seen what it would change. What is approved are the bytes that have this digest, put
 * in place where they were proposed: when something else has come into force since, nobody has seen
 * what they would change now, and they are to be proposed again. A proposal ends by itself.
 *
 * Who is the same person, caller.h tells. Each step is an event of the log.
 */
#ifndef HEDATE_PROPOSALS_H
#define HEDATE_PROPOSALS_H

#include "../lib/change.h"
#include "../lib/diag.h"
#include "../lib/proposal.h"
#include "changes.h"
#include "sandbox.h"

#define PROPOSALS_MAX	       32
#define PROPOSALS_MAX_OF_ONE   8		      /* of one person; stands in messages */
#define PROPOSALS_BYTES_MAX    (128u << 20)	      /* of all of them */
#define PROPOSALS_DIGITS_LEAST POLICY_REVISION_LENGTH /* that one may be called by */
#define PROPOSALS_WHY_MAX      512

struct proposals;
struct enforcer;

/* Read those of a state directory. What is wrong with it is kept, see proposals_problem(); what is
 * wrong with one of them only concerns that. 0, or -ENOMEM. */
int proposals_new(const char *state_directory, const struct sandbox_user *user,
	struct proposals **ret_proposals);
void proposals_free(struct proposals *proposals); /* accepts NULL */
/* The enforcer is complete: what was found is recorded, ends are noticed from now on. 0, or
 * negative errno. */
int proposals_attach(struct proposals *proposals, struct enforcer *enforcer);

/* Why nothing can be proposed, in English, or "". */
const char *proposals_problem(const struct proposals *proposals);
size_t proposals_count(const struct proposals *proposals);
/* In the order of their times; valid until one comes or goes. */
const struct proposal *proposals_at(const struct proposals *proposals, size_t index);
/* The one that a digest, or its first digits (PROPOSALS_DIGITS_LEAST or more), belongs to. 0;
 * -ENOENT; -ENOTUNIQ: several begin so; -EINVAL: these are no digits, or too few. */
int proposals_find(const struct proposals *proposals, const char *digits,
	const struct proposal **ret_proposal);
/* Was it made on what is in force now? */
bool proposals_current(const struct proposals *proposals, const struct proposal *proposal);

/* What became of a step. */
struct proposals_result {
	const struct proposal *proposal; /* that was made, or NULL */
	struct change *change;		 /* what it would change; owned; or NULL */
	struct packettexts texts;	 /* what it would change, for packets; owned */
	struct change_result applied;	 /* of an approval */
	char why[PROPOSALS_WHY_MAX];	 /* not done, in English; or "" */
};
void proposals_result_clear(struct proposals_result *result);

/* Who takes a step. */
struct proposals_person {
	uid_t uid;
	pid_t pid;
	const char *who;
};

/*
 * Propose a configuration: request says which, and who asks. EXIT_OK: it is on disk and on record.
 * EXIT_CONFIG: its text is refused, diags says why; EXIT_FAILED: why. The same bytes proposed again
 * by the same person, or after their proposal has become stale, take its place.
 */
enum exit_code proposals_propose(struct proposals *proposals, const struct change_request *request,
	struct diag_list *diags, struct proposals_result *ret_result);
/* Propose that nothing is enforced any more. */
enum exit_code proposals_propose_open(struct proposals *proposals,
	const struct proposals_person *person, const char *reason,
	struct proposals_result *ret_result);

/* What a configuration would change, into the result: nothing is kept. As proposals_propose(). */
enum exit_code proposals_try(struct proposals *proposals, const struct change_request *request,
	struct diag_list *diags, struct proposals_result *ret_result);

/* What it would change of what is in force now, into the result; nothing for one to open. */
enum exit_code proposals_look(struct proposals *proposals, const struct proposal *proposal,
	struct diag_list *diags, struct proposals_result *ret_result);

/*
 * Approve: digits are all of its digest, base the digest of the configuration against which the
 * person saw what it would change. EXIT_OK, EXIT_DIFFERS: in place; else nothing changed, and why
 * or diags says why.
 */
enum exit_code proposals_approve(struct proposals *proposals, const char *digits, const char *base,
	const struct proposals_person *person, struct diag_list *diags,
	struct proposals_result *ret_result);
/* Refuse, or take back: of one's own, when may_decide is not set, only that. */
enum exit_code proposals_refuse(struct proposals *proposals, const char *digits,
	const struct proposals_person *person, bool may_decide, const char *reason,
	struct proposals_result *ret_result);

#endif

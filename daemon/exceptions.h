/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exceptions (例外措置) in force: the register on disk, and what of it is in the rule set. A step
 * is checked, then put on record, then has its effect: timed paths of the policy in force, which
 * the kernel itself ends (compile.h). Each step is an event of the log, too.
 *
 * A register that is broken, or cannot be had, grants nothing: then no exception is in the rule
 * set, no step is taken, and status says why. The boundary itself does not depend on it.
 */
#ifndef HEDATE_EXCEPTIONS_H
#define HEDATE_EXCEPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "../lib/diag.h"
#include "../lib/exception.h"
#include "ctlproto.h"
#include "sandbox.h"

struct enforcer;
struct lifecycle;
struct exceptions;

/* Read the register in a directory. What is wrong with it is kept, see exceptions_problem(). 0, or
 * -ENOMEM. */
int exceptions_new(
	const char *directory, const struct sandbox_user *user, struct exceptions **ret_exceptions);
void exceptions_free(struct exceptions *exceptions); /* accepts NULL */

/* From now on each policy that is put in place has the paths of those that are granted and not
 * over; before the first apply. */
void exceptions_attach(struct exceptions *exceptions, struct lifecycle *lifecycle);
/* The enforcer is complete, its first policy in place: what was found is recorded, ends are
 * noticed from now on. 0, or negative errno. */
int exceptions_start(struct exceptions *exceptions, struct enforcer *enforcer);
/* Another policy is in place: what it suspends, or not any more, is recorded. Accepts NULL. */
void exceptions_applied(struct exceptions *exceptions);

/* What became of a step. */
struct exceptions_result {
	enum exit_code code;
	struct exception_refusal refusal;  /* error is EXCEPTION_OK when it was not that */
	const char *text;		   /* what the caller is told, or "" */
	const struct exception *exception; /* that the step was about, once it was taken, or NULL */
};

/*
 * Take a step for a caller: entry has its action, who asks, and what belongs to the action; the
 * rest is filled in. Findings about a path go to diags. EXIT_OK: on disk and in the rule set.
 */
void exceptions_take(struct exceptions *exceptions, struct exception_entry *entry,
	struct diag_list *diags, struct exceptions_result *ret_result);

/* ---- for those who look ---- */

/* Why nothing is granted, in English, or "". */
const char *exceptions_problem(const struct exceptions *exceptions);
const struct exception_register *exceptions_register(const struct exceptions *exceptions);
/* Its path cannot be had in the policy in place: why not, or NULL. */
const char *exceptions_suspended(
	const struct exceptions *exceptions, const struct exception *exception);
/* The time that is compared with starts and ends: it never goes back. */
int64_t exceptions_now(const struct exceptions *exceptions);

struct exceptions_counts {
	size_t in_force, requested, reports_due, suspended;
};
struct exceptions_counts exceptions_count(const struct exceptions *exceptions);

#endif

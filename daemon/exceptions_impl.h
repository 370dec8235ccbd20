/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of exceptions.h share. */
#ifndef HEDATE_EXCEPTIONS_IMPL_H
#define HEDATE_EXCEPTIONS_IMPL_H

#include "exceptionfile.h"
#include "exceptions.h"
#include "lifecycle.h"
#include "loop.h"

#define EXCEPTIONS_WHY_MAX 512

/* Of one exception, beside the register's. */
struct exception_effect {
	bool suspended;		      /* in the policy in place */
	bool next;		      /* in the one on its way */
	bool closed;		      /* revoked, but that could not be put on record */
	char why[EXCEPTIONS_WHY_MAX]; /* of next */
};

struct exceptions {
	struct exceptionfile *file; /* NULL: it could not be opened */
	struct exception_register reg;
	struct exception_effect *effects; /* of reg.items */
	size_t effect_room;
	char problem[EXCEPTIONS_WHY_MAX];
	size_t torn; /* bytes that were cut off at the start */
	struct lifecycle *lifecycle;
	struct lifecycle_extension extension;
	const struct exception_entry *trying; /* one more, which is not granted yet; or NULL */
	struct enforcer *enforcer;	      /* NULL before exceptions_start() */
	struct loop_source *timer;
	bool renew_due;	    /* the rule set still has what was revoked */
	int64_t seen;	    /* when the last end was noticed, in Unix time */
	bool end_unwritten; /* that one has ended could not be put on record */
};

/* exceptions_path.c: can the path be had in this policy, with the clauses it names? 0, and it is
 * appended when append is set; -EINVAL with findings; -ENOMEM. */
int exceptions_add_path(struct policy *policy, const struct exception_entry *request, bool append,
	struct diag_list *diags);
/* Do both ask for some of the same connections, as the policy in place has it? Of exception_limits;
 * data is the exceptions. Not when one of them cannot be had there. */
bool exceptions_meet(const struct exception_entry *a, const struct exception_entry *b, void *data);
/* Append the paths of all that are granted and not over, and leave all of them out again (see
 * lifecycle.h). */
int exceptions_extend(struct policy *policy, struct diag_list *diags, void *data);
void exceptions_withdraw(const char *why, struct diag_list *diags, void *data);
/* Before this time, in Unix time, it never is again. */
int64_t exceptions_since(const struct exceptions *exceptions);
/* Room for the effect of each exception. 0, or -ENOMEM. */
int exceptions_make_room(struct exceptions *exceptions);

/* exceptions_line.c: put a prepared and checked entry on record. 0; -ESTALE: somebody else has
 * changed the register; other negative errno: nothing changed. */
int exceptions_put_line(struct exceptions *exceptions, const struct exception_entry *entry);
/* A step that hedated takes itself; id and text are borrowed and may be NULL. The same, and the
 * errors of exception_check(). */
int exceptions_put_own(struct exceptions *exceptions, enum exception_action action, const char *id,
	const char *text, uint64_t bytes);
/* The policy in place knows how late it is. */
void exceptions_tell_time(const struct exceptions *exceptions);

/* exceptions_end.c: bring the timer to the next end. */
void exceptions_arm(struct exceptions *exceptions);
/* The rule set anew; when that fails it is tried again a second later. */
enum exit_code exceptions_renew(struct exceptions *exceptions, struct diag_list *diags);
/* The register cannot be relied on any more: nothing is granted from now on. */
void exceptions_give_up(struct exceptions *exceptions, const char *why);
#define EXCEPTIONS_CHANGED_BY_OTHERS "somebody else changed it while hedated was running"

/* exceptions_event.c: events of the log. */
void exceptions_record_step(
	const struct exceptions *exceptions, const struct exception_entry *entry);
void exceptions_record_denied(
	const struct exceptions *exceptions, const struct exception_entry *entry, const char *why);
void exceptions_record_found(const struct exceptions *exceptions);
void exceptions_record_suspended(
	const struct exceptions *exceptions, const struct exception *exception, const char *why);
void exceptions_record_failed(
	const struct exceptions *exceptions, const char *id, const char *text);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of the configuration in force. Each is kept in the store (store.h) before the kernel
 * learns of it, and waits there to be confirmed for as long as the policy in force, or who asked
 * for it, wants; when nobody does, what was confirmed before is put back in its place: by this
 * process, by the next one, or by a watcher that outlives it. A change that cannot be kept is not
 * made.
 */
#ifndef HEDATE_CHANGES_H
#define HEDATE_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../lib/change.h"
#include "../lib/diag.h"
#include "ctlproto.h"
#include "lifecycle.h"
#include "packettexts.h"
#include "sandbox.h"
#include "store.h"

#define CHANGES_AS_POLICY (-1) /* of confirm_seconds: what the policy in force says */
#define CHANGES_RETRY_MS  5000 /* after a rollback that failed */
#define CHANGES_WHY_MAX	  512

struct changes;
struct enforcer;

/* A configuration that somebody wants in force. Texts are borrowed; NULL is "". */
struct change_request {
	const char *how;   /* "request", "signal", "rollback" ... */
	const char *name;  /* of the file, for messages; NULL: the daemon's own */
	int fd;		   /* open for reading; -1: bytes */
	const char *bytes; /* with fd -1; NULL: the daemon's own file */
	size_t length;
	uid_t uid; /* who asks */
	pid_t pid;
	const char *who;
	bool approved; /* by another person: the two persons that the policy may want */
	uid_t approver_uid;
	const char *approver;
	const char *ticket, *reason;
	int64_t confirm_seconds; /* 10..POLICY_CONFIRM_MAX, or CHANGES_AS_POLICY */
	uint64_t of;		 /* a rollback to this number; 0: it is none */
	bool packets;		 /* the result has what is to be compared (packettexts.h) */
};

/* What became of it. */
struct change_result {
	struct lifecycle_change change;
	uint64_t number;  /* in the store; 0: the bytes are those that were in force, or refused */
	uint32_t seconds; /* it waits so long to be confirmed; 0: it is confirmed */
	size_t added, removed, changed; /* items of change.h */
	struct change *summary;		/* these; owned; NULL when out of memory */
	struct packettexts texts;  /* of what was in force, and this one; owned; where it changed */
	bool two_person;	   /* refused, because another person has to approve it */
	char why[CHANGES_WHY_MAX]; /* refused for another reason than its text; or "" */
};

#define CHANGES_WAIT_MS 10000 /* for a watcher that is rolling back */

/* Frees what a result holds; the rest of it stays. */
void change_result_clear(struct change_result *result);

/* user: whose files are made (NULL: ours). wait_ms: for another process that has the store. What is
 * wrong with the store is kept for changes_begin(). 0, or -ENOMEM. */
int changes_new(const char *config_file, const struct sandbox_user *user, unsigned int wait_ms,
	struct changes **ret_changes);
void changes_free(struct changes *changes); /* accepts NULL */

/* What the first thing was that was put in place, and why. */
struct changes_begun {
	bool own_file;		       /* the daemon's own file; else the bytes of number */
	uint64_t number;	       /* what it is in the store; 0: it is not there */
	bool waits;		       /* to be confirmed, still */
	uint64_t rolled_back;	       /* this one was not confirmed; 0: none */
	uint64_t broken;	       /* this one is broken and was not used; 0: none */
	bool current_broken;	       /* nobody can tell any more which was confirmed */
	bool file_differs;	       /* the own file says otherwise, and was not asked */
	bool file_unconfirmed;	       /* because it is what was not confirmed */
	bool file_refused;	       /* it was asked, and refused */
	int not_kept;		       /* negative errno: what is in place could not be kept */
	int unreadable;		       /* negative errno: what is confirmed cannot be read, so that
					* nothing was put in place */
	char problem[CHANGES_WHY_MAX]; /* the store cannot be had, or "" */
};
/* Put in place what is to be in place first. As lifecycle_apply(). */
enum exit_code changes_begin(struct changes *changes, struct lifecycle *lifecycle,
	struct diag_list *diags, struct lifecycle_change *ret_change);
const struct changes_begun *changes_begun(const struct changes *changes);
/* The enforcer is complete: what happened until now is recorded, ends are noticed from now on. 0,
 * or negative errno. */
int changes_attach(struct changes *changes, struct enforcer *enforcer);
/* The daemon ends: what waits is rolled back, because nobody would do it in time. */
void changes_stop(struct changes *changes);

/*
 * Make a change. EXIT_OK, EXIT_DIFFERS: in place, see lifecycle_put(). EXIT_CONFIG: its text is
 * refused. EXIT_FAILED: why, or diags, says why. Nothing changed then. The policy has changed for
 * the caller to tell others (enforcer_apply() does).
 */
enum exit_code changes_apply(struct changes *changes, const struct change_request *request,
	struct diag_list *diags, struct change_result *ret_result);

/* Somebody confirms what waits, or puts back what was confirmed before it. EXIT_OK; EXIT_DIFFERS
 * (of the second); EXIT_FAILED: nothing changed, why or diags says why. */
struct change_person {
	uid_t uid;
	pid_t pid;
	const char *who;
	const char *reason; /* or "" */
};
enum exit_code changes_confirm(struct changes *changes, const struct change_person *person,
	uint64_t *ret_number, char why[CHANGES_WHY_MAX]);
enum exit_code changes_undo(struct changes *changes, const struct change_person *person,
	struct diag_list *diags, struct change_result *ret_result);

/* The bytes of what is in force and of others, to have them compared; nothing where they are the
 * same. */
void changes_texts(const struct changes *changes, const struct lifecycle_text *text,
	struct packettexts *ret_texts);

/* The number of what is in force; 0: it is not in the store. */
uint64_t changes_in_force(const struct changes *changes);
/* Why no change can be made, in English, or "". */
const char *changes_problem(const struct changes *changes);
/* For those who look; NULL when there is none. */
const struct store *changes_store(const struct changes *changes);

/* What a watcher has to know; borrowed. */
struct changes_watched {
	const char *config_file, *profiles;
	const struct sandbox_user *user; /* NULL: ours */
	bool unowned;			 /* the table is not to be anybody's own */
};
/*
 * A process that outlives this one, and does nothing but to wait for its end: when something waits
 * to be confirmed then, and nobody has taken over by the deadline, it is rolled back. Before
 * anything is opened that must not outlive this process. *ret_lifeline is kept open as long as it
 * lives. 0, or negative errno.
 */
int changes_watch(const struct changes_watched *watched, pid_t *ret_watcher, int *ret_lifeline);

#endif

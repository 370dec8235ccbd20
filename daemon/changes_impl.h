/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of changes.h share. */
#ifndef HEDATE_CHANGES_IMPL_H
#define HEDATE_CHANGES_IMPL_H

#include <limits.h>

#include "changes.h"
#include "enforcer.h"

/* Bytes that are in the store, and what is known of them. */
struct kept_text {
	uint64_t number; /* 0: none */
	char *bytes;	 /* owned */
	size_t length;
	uint8_t digest[POLICY_DIGEST_LENGTH];
};

struct changes {
	char *config_file;
	bool has_user;
	struct sandbox_user user;
	struct lifecycle *lifecycle; /* NULL before changes_begin() */
	struct store *store;	     /* NULL: it cannot be had */
	struct enforcer *enforcer;   /* NULL before changes_attach() */
	struct loop_source *timer;
	struct kept_text confirmed; /* what a rollback puts in place: not read anew, for the disk
				     * may have failed since */
	struct kept_text pending;
	bool failing; /* a rollback failed; that was recorded */
	struct changes_begun begun;
};

void kept_clear(struct kept_text *kept);
/* Copies the bytes; number 0: they are in no store. 0, or -ENOMEM: it is as it was. */
int kept_set(struct kept_text *kept, uint64_t number, const char *bytes, size_t length);
/* Are these in force? */
bool kept_in_force(const struct changes *changes, const struct kept_text *kept);
/* What is in force is put into the store as confirmed, when it is not there yet. 0, or negative
 * errno. */
int changes_keep_confirmed(struct changes *changes, const char *who, uid_t uid);
/* Put what is confirmed back in place of what waits; the store learns it, too. by: a person, or ""
 * for nobody. EXIT_FAILED: the kernel has what waits, diags says why. */
enum exit_code changes_put_back(struct changes *changes, const char *by, struct diag_list *diags,
	struct lifecycle_change *ret_change);
/* What is confirmed into the kernel, for a process that has nothing but the store. */
enum exit_code changes_roll_back_alone(struct changes *changes, struct lifecycle *lifecycle,
	struct diag_list *diags, struct lifecycle_change *ret_change);
/* What messages call bytes of the store: "/etc/hedate/confirmed/000003.conf". */
const char *kept_name(
	const struct changes *changes, const struct kept_text *kept, char name[PATH_MAX]);
/* Bytes of the store, their digest right, into *kept. 0, or negative errno. */
int kept_take(struct kept_text *kept, const struct store *store, uint64_t number);
/* Look after the deadline from now on. 0, or negative errno. */
int changes_set_timer(struct changes *changes);
/* What became of what waited; person NULL: nobody asked. change NULL: nothing was put in place. */
void changes_record(struct changes *changes, const char *action, bool success, const char *text,
	uint64_t number, const struct change_person *person);

#endif

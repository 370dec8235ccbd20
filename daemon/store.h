/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store of configurations that were put in place, in the directory "confirmed" beside the
 * configuration file:
 *
 *	000001.conf	the exact bytes
 *	000001.json	what became of them, one line: struct store_entry
 *	current		which is confirmed, and which waits to be: struct store_current
 *
 * "current" decides, the rest follows from it. Each file is there as a whole or not at all, and on
 * disk before anything depends on it. What is read is compared with its digest; what is broken is
 * never used, nor is it removed.
 */
#ifndef HEDATE_STORE_H
#define HEDATE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/storeline.h"
#include "sandbox.h"

#define STORE_DIRECTORY "confirmed"
#define STORE_CURRENT	"current"
#define STORE_KEPT	100 /* the last so many, and those that count */

struct store;

enum store_mode {
	STORE_READ,  /* as it is; may be open anywhere, also while another process writes */
	STORE_WRITE, /* made where it is missing; one process at a time */
};

/*
 * Open the store beside a configuration file. user: whose files they are (NULL: ours).
 * 0; -ENOENT: there is none (STORE_READ); -EWOULDBLOCK: another process writes; -EPERM: it belongs
 * to somebody else than root, the user and us, or others may write to it; -EBADMSG: "current" is
 * broken (see store_open_broken()); other negative errno.
 */
int store_open(const char *config_file, enum store_mode mode, const struct sandbox_user *user,
	struct store **ret_store);
/* The same; but where "current" is broken, the newest one that was confirmed and is intact counts.
 * *ret_broken: it was so. */
int store_open_anyway(const char *config_file, enum store_mode mode,
	const struct sandbox_user *user, struct store **ret_store, bool *ret_broken);
void store_close(struct store *store); /* accepts NULL */

/* Which of them counts; zeros for an empty store. */
const struct store_current *store_current(const struct store *store);
/* Its directory: "/etc/hedate/confirmed". */
const char *store_path(const struct store *store);

/* What is known of one, its state as "current" makes it. 0; -ENOENT; -EBADMSG: broken; other
 * negative errno. */
int store_entry(const struct store *store, uint64_t number, struct store_entry *ret_entry);
/* The same and its bytes, which the caller frees; their digest is right. */
int store_get(const struct store *store, uint64_t number, struct store_entry *ret_entry,
	char **ret_bytes, size_t *ret_length);
/* The newest before a number that was confirmed and is intact, into *ret_number, 0 for none. 0;
 * negative errno of the moment (store_error_passes()): which it is cannot be told now. */
int store_confirmed_before(const struct store *store, uint64_t number, uint64_t *ret_number);
/* Is this an error of the moment (no memory, no descriptor), which says nothing of what is there?
 */
bool store_error_passes(int error);
/* Is there anything by the name of a store beside this file? Also when nobody can tell. */
bool store_is_there(const char *config_file);

/* The numbers of all that are there, broken ones as well, growing; the caller frees them. 0, or
 * negative errno. */
int store_list(const struct store *store, uint64_t **ret_numbers, size_t *ret_count);

/*
 * Changing it (STORE_WRITE). Each is on disk when it has returned 0; after a negative errno all is
 * as it was, for this process and for those who read.
 */

/* Add one, which nothing refers to yet. Its number, digest, revision and state are filled in. */
int store_put(struct store *store, struct store_entry *entry, const char *bytes, size_t length);
/* It goes into place, and waits so many seconds to be confirmed; 0: it is confirmed, or not, as
 * soon as it is in place. */
int store_begin(struct store *store, uint64_t number, uint32_t seconds);
/* What waits is confirmed by somebody. */
int store_confirm(struct store *store, const char *by);
/* What waits is not confirmed: STORE_ROLLED_BACK or STORE_REFUSED. */
int store_end(struct store *store, enum store_state state, const char *by);

/* Seconds until what waits must be confirmed; 0: now, or in another boot; -1: nothing waits. */
int64_t store_seconds_left(const struct store *store);

#endif

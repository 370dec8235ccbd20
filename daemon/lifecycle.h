/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is in place: configuration → policy → rule set → kernel, the NFLOG socket that its log
 * statements go to, and the epoch that the kernel counts. A configuration that is refused, at
 * whatever step, leaves all of it as it was; nothing here ever takes the rule set away.
 */
#ifndef HEDATE_LIFECYCLE_H
#define HEDATE_LIFECYCLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/diag.h"
#include "../lib/nlsock.h"
#include "../lib/opening.h"
#include "../lib/policy.h"
#include "../lib/ruleset.h"
#include "ctlproto.h"
#include "denials.h"
#include "epochid.h"

struct lifecycle;

/* socket is borrowed; config_file is the daemon's own, and copied. 0, or -ENOMEM. */
int lifecycle_new(struct nlsock *socket, const char *config_file, const char *profiles,
	struct lifecycle **ret_lifecycle);
/* The rule set in the kernel stays. Accepts NULL. */
void lifecycle_free(struct lifecycle *lifecycle);

/* The table is to be the socket's own (nftxact.h), from the next change on; only where the kernel
 * has the flags for it. */
void lifecycle_own(struct lifecycle *lifecycle, bool own);
bool lifecycle_owns(const struct lifecycle *lifecycle);
/* Where it cannot be: the lock (nftlock.h), put beside it or taken away. 0, or negative errno. */
int lifecycle_lock(struct lifecycle *lifecycle, bool lock, struct diag_list *diags);
bool lifecycle_locks(const struct lifecycle *lifecycle);
/* So many packets are counted in the table and not on record: what is lost when it is taken away
 * now. */
void lifecycle_saw_pending(struct lifecycle *lifecycle, uint64_t packets);

#define ASSERTIONS_BROKEN_MAX 256

/* What an apply did, for messages and records. */
struct lifecycle_change {
	char before[POLICY_REVISION_LENGTH + 1]; /* revisions; "" for none */
	char after[POLICY_REVISION_LENGTH + 1];
	size_t paths_before, paths_after;
	size_t assertions, assertions_failed; /* how many were tried on it, and did not hold */
	char assertions_broken[ASSERTIONS_BROKEN_MAX]; /* the names of these */
	size_t exceptions_suspended; /* that it has no place for; enforcer_apply() knows */
	bool nflog_changed;	     /* another NFLOG socket: the recorder needs it */
	bool table_changed; /* the table was gone: this is another one, with an epoch of its own */
	/* The first apply: a table was there that could not be adopted as it stood. */
	bool table_replaced;
	uint64_t packets_lost; /* of either: counted, and not on record, as it was seen last */
};

/* A configuration as it was read (conf_load()), and what it is called. Borrowed. */
struct lifecycle_text {
	const char *name;
	const char *bytes;
	size_t length;
};

/* One that was read, checked and compiled, and is on its way into place. */
struct candidate;

/*
 * Check and compile a configuration. EXIT_OK: *ret_candidate is the caller's. EXIT_CONFIG: refused,
 * or an assertion does not hold, diags says why; EXIT_FAILED: something is missing, diags says
 * what. Nothing changes.
 */
enum exit_code lifecycle_prepare(struct lifecycle *lifecycle, const struct lifecycle_text *text,
	struct diag_list *diags, struct candidate **ret_candidate,
	struct lifecycle_change *ret_change);
/*
 * Put it in place, as long as nothing else was put in place since it was prepared; it is gone then.
 * EXIT_OK; EXIT_FAILED: the kernel refused or something is missing, diags says what; nothing
 * changed. EXIT_DIFFERS: in place, but what was read back differs, diags says how. The first one
 * takes over a table of ours that it finds in the kernel, with its epoch.
 */
enum exit_code lifecycle_put(struct lifecycle *lifecycle, struct candidate *candidate,
	struct diag_list *diags, struct lifecycle_change *change);
/* Or let it go. Accepts NULL. */
void lifecycle_abandon(struct candidate *candidate);
const struct policy *candidate_policy(const struct candidate *candidate);

/* Both at once. */
enum exit_code lifecycle_apply(struct lifecycle *lifecycle, const struct lifecycle_text *text,
	struct diag_list *diags, struct lifecycle_change *ret_change);

/*
 * Paths that are not of the file: each policy on its way into place is given to extend, which
 * appends paths whose exception is set, and services for them. 0; negative errno: it is not put in
 * place. Where the file's own paths go together with the rest of it, and only those that were
 * added do not, the policy is put in place without them, and withdraw is told why.
 */
struct lifecycle_extension {
	int (*extend)(struct policy *policy, struct diag_list *diags, void *data);
	void (*withdraw)(const char *why, struct diag_list *diags, void *data);
	void *data;
};
/* extension is borrowed. */
void lifecycle_set_extension(
	struct lifecycle *lifecycle, const struct lifecycle_extension *extension);
/* The policy in place, for adding services to it. */
struct policy *lifecycle_policy_to_extend(struct lifecycle *lifecycle);
/* Would the policy in place go together with what extend adds to it now? Nothing changes. 0;
 * -EINVAL, diags says why not; other negative errno. */
int lifecycle_try(struct lifecycle *lifecycle, struct diag_list *diags);
/* Put the policy in place once more, its file as it was read, its other paths as extend has them
 * now. As lifecycle_apply(), which must have succeeded before; never EXIT_CONFIG. */
enum exit_code lifecycle_renew(
	struct lifecycle *lifecycle, struct diag_list *diags, struct lifecycle_change *ret_change);

/*
 * Put the rule set in place once more as it is, because somebody else changed the table, in one
 * transaction. Where the table is gone, or gone is said, another one is made, with an epoch of its
 * own. As lifecycle_apply(), which must have succeeded before; never EXIT_CONFIG.
 */
enum exit_code lifecycle_repair(struct lifecycle *lifecycle, bool gone, struct diag_list *diags,
	struct lifecycle_change *ret_change);

/*
 * The island: nothing is forwarded (compile_island()), as long as the policy in place asks for that
 * where the log cannot be written. What is asked for here takes effect with the next apply or
 * renewal. A first apply finds in the kernel what was in place there, and begins as an island where
 * there was no table: nobody has shown yet that the log can be written.
 */
void lifecycle_ask_island(struct lifecycle *lifecycle, bool island);
/* Is an island in place? */
bool lifecycle_is_island(const struct lifecycle *lifecycle);

/*
 * Opened: nothing is blocked (compile_opened()). What is asked for takes effect with the next
 * renewal; an apply always shuts, and nothing is asked for any more then. Whoever finds the rule
 * set of an open gateway in the kernel while lifecycle_is_open() finds it as it should be.
 */
void lifecycle_ask_open(struct lifecycle *lifecycle, bool open);
bool lifecycle_is_open(const struct lifecycle *lifecycle);

/* All of these are of the policy in place; NULL and zeros before the first lifecycle_apply().
 * The serial grows with each apply: what was borrowed before is gone after. */
const struct policy *lifecycle_policy(const struct lifecycle *lifecycle);
const struct ruleset *lifecycle_ruleset(const struct lifecycle *lifecycle);
const struct denials *lifecycle_denials(const struct lifecycle *lifecycle);
const char *lifecycle_config_file(const struct lifecycle *lifecycle);
unsigned int lifecycle_serial(const struct lifecycle *lifecycle);
uint64_t lifecycle_applied_at(const struct lifecycle *lifecycle); /* ns, CLOCK_REALTIME */
struct nlsock *lifecycle_socket(const struct lifecycle *lifecycle);

/*
 * Timed paths. An apply puts what is open at that moment into the kernel with the rule set; later
 * this finds what is open now (now_ms: milliseconds of Unix time), and says so in the rule set in
 * place, as it is then expected in the kernel; lifecycle_put_times() puts it there. Both 0, or
 * negative errno. The caller frees *ret_openings, which may be NULL.
 */
int lifecycle_find_times(
	struct lifecycle *lifecycle, int64_t now_ms, struct openings *ret_openings);
int lifecycle_put_times(struct lifecycle *lifecycle);
/* The time zone of the policy in place: see openings_load_zone(). */
const struct zonetime *lifecycle_zone(const struct lifecycle *lifecycle);
int64_t realtime_ms(void);

/* The NFLOG socket, -1 while we have none: then a recorder that outlived us has it. */
int lifecycle_nflog(const struct lifecycle *lifecycle);
/* Make one if we have none. 0, or negative errno, see nflogsock_open(). */
int lifecycle_find_nflog(struct lifecycle *lifecycle);
/* That recorder has come back with it. The descriptor is ours from now on. */
void lifecycle_adopt_nflog(struct lifecycle *lifecycle, int fd);

/* The epoch that is being counted, and in which generation. */
const struct epoch_id *lifecycle_epoch(const struct lifecycle *lifecycle);
unsigned int lifecycle_generation(const struct lifecycle *lifecycle);
/* Count the next epoch, in the other generation. 0, or negative errno: nothing changed. */
int lifecycle_next_epoch(struct lifecycle *lifecycle);
/* Empty the generation that is not in use. 0, or negative errno: nothing changed. */
int lifecycle_empty_other(struct lifecycle *lifecycle);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "hedate open": nothing is enforced any more, because two persons wanted it so. It stays so until
 * a configuration is put in place, somebody closes it, or hedated ends; and until a minute after
 * hedated was last there, for the kernel keeps it open only for as long as it is told to
 * (compile_opened()). lifecycle_is_open() is what others ask: what they find in the kernel then is
 * as it should be.
 *
 * Opening, closing, and every ten minutes between them are events of the log.
 */
#ifndef HEDATE_OPENGATE_H
#define HEDATE_OPENGATE_H

#include "../lib/diag.h"
#include "ctlproto.h"
#include "proposals.h"

#define OPENGATE_REMIND_MS (10 * 60 * 1000)
#define OPENGATE_RENEW_MS  15000 /* four times in OPEN_MS */

struct opengate;

/* enforcer is borrowed; it has a loop and a lifecycle. remind_ms: 0 for OPENGATE_REMIND_MS. 0, or
 * negative errno. */
int opengate_new(struct enforcer *enforcer, uint64_t remind_ms, struct opengate **ret_gate);
void opengate_free(struct opengate *gate); /* the kernel stays as it is; accepts NULL */

/* Open it. EXIT_OK; EXIT_FAILED: nothing changed, why says why. */
enum exit_code opengate_open(struct opengate *gate, const struct proposals_person *proposer,
	const struct proposals_person *approver, const char *reason, struct diag_list *diags,
	char why[PROPOSALS_WHY_MAX]);
/* Close it: the policy is enforced again. person NULL: hedated ends. EXIT_OK, also when it was not
 * open; EXIT_FAILED: it is still open, why says why. */
enum exit_code opengate_close(struct opengate *gate, const struct proposals_person *person,
	const char *reason, char why[PROPOSALS_WHY_MAX]);
/* Another policy is in place, or the same anew: if it was open, that may be over. Accepts NULL. */
void opengate_policy_changed(struct opengate *gate);
/* Somebody may not open it. */
void opengate_record_refusal(
	const struct opengate *gate, const struct proposals_person *person, const char *why);

/* For those who look. */
struct opengate_view {
	bool open;
	int64_t since; /* realtime, seconds */
	const char *by, *approver, *reason;
};
struct opengate_view opengate_view(const struct opengate *gate); /* accepts NULL */

#endif

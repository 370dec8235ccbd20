/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole proof: hedated may not read all that lets packets by (programs of BPF, tables of
 * iptables), and its own proof then ends undecided. "hedate prove --tell", which root runs every so
 * often (hedate-prove.timer), reads all of it and tells hedated what it found: that is put on
 * record, and is part of the status. When something has changed that only such a proof can judge,
 * hedated asks for one: it writes WHOLEPROOF_WANTED in the run directory, which hedate-prove.path
 * looks at.
 *
 * Only root may tell. Whoever is root can do anything to this host anyway, and a record says who it
 * was.
 */
#ifndef HEDATE_WHOLEPROOF_H
#define HEDATE_WHOLEPROOF_H

#include <stddef.h>
#include <stdint.h>

#include "caller.h"
#include "message.h"
#include "sendq.h"

#define WHOLEPROOF_WANTED      "prove-wanted"
#define WHOLEPROOF_LEAST_MS    60000 /* from one wish to the next */
#define WHOLEPROOF_DELAY_MS    500   /* changes come together */
#define WHOLEPROOF_OLD_SECONDS 10800 /* then another one should have come */

struct enforcer;
struct wholeproof;

/* enforcer is borrowed; it has a loop and reclink. One is asked for now. 0, or negative errno. */
int wholeproof_new(
	struct enforcer *enforcer, const char *run_directory, struct wholeproof **ret_whole);
void wholeproof_free(struct wholeproof *whole); /* accepts NULL */

/* Something has changed; why: a constant. Accepts NULL. */
void wholeproof_ask(struct wholeproof *whole, const char *why);

/* CTL_PROOF. 0; -EBADMSG; or negative errno of sendq_push(). */
int wholeproof_answer(struct enforcer *enforcer, struct message *message,
	const struct caller *caller, struct sendq *queue);

struct wholeproof_state {
	const char *result; /* prooffinding_result(); "none" before the first */
	int64_t time;	    /* realtime seconds; 0: never */
	const char *text;   /* what is wrong, "" when nothing is */
};
struct wholeproof_state wholeproof_state(const struct wholeproof *whole);

/* Both proofs in a word for who watches: "ok", or what is wrong. */
void wholeproof_judge(const struct enforcer *enforcer, char *text, size_t size);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a proof is asked for, and what becomes of it: at the start, a moment after each apply and
 * each change by others, and every so often (hedate.conf(5), "prove"). The process that proves is
 * proverproc.h's; nobody waits for it. What it finds is an event of the log ("proof", "proof-lost",
 * "proof-undecided", "proof-failed") and part of the status.
 */
#ifndef HEDATE_PROVER_H
#define HEDATE_PROVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../lib/certificate.h"
#include "packetask.h"

struct enforcer;
struct prover;

#define PROVER_LEAST_MS 2000 /* from one end to the next beginning */

/* socket: of the process, taken over; -1: there is none, and nothing is ever proved. enforcer is
 * borrowed; it has a loop, a lifecycle and reclink. 0, or negative errno. */
int prover_new(struct enforcer *enforcer, int socket, struct prover **ret_prover);
void prover_free(struct prover *prover); /* accepts NULL */

/* Something has changed. why: "start", "apply", "change", "time"; a constant. */
void prover_ask(struct prover *prover, const char *why);
/* The interval of the policy may be another one now. */
void prover_configure(struct prover *prover);
/* Have a snapshot sent to a control connection. 0; -ENOTCONN: there is no such process. */
int prover_snapshot(struct prover *prover, int connection);

/* Have two configurations compared, see packetask.h, whose functions these are. */
bool prover_compare(struct prover *prover, const struct packettexts *texts,
	struct packetask_waiter *waiter, enum changepackets_why *ret_why);
void prover_cancel(struct prover *prover, struct packetask_waiter *waiter);

/* What was found last. */
struct prover_state {
	const char *result; /* certificate_result_name(), "failed"; "none" before the first */
	int64_t time;	    /* realtime seconds, when it was found; 0: never */
	int64_t proved;	    /* when it was "proved" last, 0: never */
	uint64_t milliseconds;
	const char *text; /* what is wrong, "" when nothing is */
};
struct prover_state prover_state(const struct prover *prover);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running the command of an alert. It gets the last record that led to the alert on its standard
 * input, a line of JSON as it stands in the log, and in its environment:
 *
 *	HEDATE_ALERT		name of the alert
 *	HEDATE_SITE		name of the site
 *	HEDATE_RECORDS, HEDATE_PACKETS	within HEDATE_SECONDS; 0 when only what was suppressed is
 *				told
 *	HEDATE_SUPPRESSED	alerts since the last run that were only counted
 *
 * beside PATH and the language, and nothing else. It is killed with all that it started when it
 * takes too long. What goes wrong is said on stderr.
 */
#ifndef HEDATE_ALERTRUN_H
#define HEDATE_ALERTRUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../lib/alert.h"

#define ALERTRUN_END_MAX 32
#define ALERTRUN_SECONDS 60 /* that a command may take */

struct alertrun {
	pid_t pid;		    /* 0: does not run */
	int64_t deadline;	    /* monotonic ns */
	const char *name;	    /* of the alert, borrowed */
	char end[ALERTRUN_END_MAX]; /* once it has ended: "status 0", "signal 9", "timeout" */
};

/* line: the record, or NULL. 0, or negative errno: it could not be started. */
int alertrun_start(struct alertrun *run, const struct policy_alert *rule, const char *site,
	const struct alert_told *told, const char *line);
/* Has it ended? True once, with *ret_good whether it went well. */
bool alertrun_poll(struct alertrun *run, bool *ret_good);
/* Wait for its end. Did it go well? */
bool alertrun_wait(struct alertrun *run);

#endif

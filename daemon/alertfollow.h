/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hedate alert at work: every record of the log goes to the alerts, as it is written, until a
 * signal ends it. The configuration is read again when the log says that one was applied, or on
 * SIGHUP; one with errors changes nothing.
 *
 * With a directory for its state it goes on where it ended, and misses nothing that was written
 * meanwhile; what had been counted towards an alert begins anew.
 */
#ifndef HEDATE_ALERTFOLLOW_H
#define HEDATE_ALERTFOLLOW_H

#include "alerts.h"

struct alert_follow {
	const struct cli *cli;
	const char *config, *directory;
	const char *state; /* a directory, or NULL */
};

/* Takes over the alerts. The exit code. */
int alert_follow(const struct alert_follow *request, struct alerts *alerts);

#endif

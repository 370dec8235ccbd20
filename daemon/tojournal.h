/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of daemons in the system's journal. Where standard error is a stream of the journal,
 * which JOURNAL_STREAM says, each line begins with its priority, "<4>", as sd-daemon(3) has it: so
 * "journalctl -p err" shows what failed. Elsewhere nothing changes.
 */
#ifndef HEDATE_TOJOURNAL_H
#define HEDATE_TOJOURNAL_H

#include <stdbool.h>

/* As syslog(3) has them. */
enum tojournal_level {
	TOJOURNAL_ERROR = 3,
	TOJOURNAL_WARNING = 4,
	TOJOURNAL_INFO = 6,
};

/* Before the first message. True: stderr goes to the journal from now on. */
bool tojournal_begin(void);

/* Of the lines from now on, TOJOURNAL_WARNING at first. The one before. */
enum tojournal_level tojournal_set(enum tojournal_level wanted);

#endif

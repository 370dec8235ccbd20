/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sending a step of an exception to the daemon, and saying what became of it. */
#ifndef HEDATE_EXCEPTIONSTEP_H
#define HEDATE_EXCEPTIONSTEP_H

#include "exceptionview.h"

/*
 * Ask for a step: put adds its fields to the message. Findings and refusals go to stderr, in the
 * reader's language where they can; with --json all of it goes to stdout, and *ret_record is empty.
 * EXIT_OK with the exception in *ret_record, which the caller clears in any case.
 */
typedef void (*exceptionstep_put)(struct message *message, const void *data);
int exceptionstep_call(const struct cli *cli, enum ctl_message type, exceptionstep_put put,
	const void *data, struct exception_records *ret_records);

#endif

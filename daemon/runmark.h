/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mark in the state directory for as long as hedated runs. Who finds one knows that the run
 * before did not end in order: it crashed, was killed, or the power went.
 */
#ifndef HEDATE_RUNMARK_H
#define HEDATE_RUNMARK_H

#include <stdbool.h>
#include <stdint.h>

#define RUNMARK_FILE "running"

struct runmark_before {
	bool crashed;  /* there was a mark */
	int64_t since; /* when that run began, realtime ns; 0: it does not say */
	bool rebooted; /* the system was started since then */
};

/* Leave a mark, of a run that begins now. 0, or negative errno: there is none, *ret_before is right
 * all the same. */
int runmark_begin(const char *directory, struct runmark_before *ret_before);
/* The end is in order. 0, or negative errno. */
int runmark_end(const char *directory);

#endif

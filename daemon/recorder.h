/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder at work: the connection to hedated, the NFLOG socket, the epochs and the log, put
 * together; what becomes of them when one of them fails; and the events it has to tell itself.
 */
#ifndef HEDATE_RECORDER_H
#define HEDATE_RECORDER_H

#include "loop.h"

struct recorder;

/* A line for the person, on stderr. */
__attribute__((format(printf, 1, 2))) void recorder_say(const char *format, ...);
/* The same of what fails, so that the recorder ends or the log is not what it should be; and of
 * what is well. In the journal these have other priorities (tojournal.h). */
__attribute__((format(printf, 1, 2))) void recorder_complain(const char *format, ...);
__attribute__((format(printf, 1, 2))) void recorder_tell(const char *format, ...);

/* loop is borrowed. 0, or -ENOMEM. */
int recorder_new(struct loop *loop, struct recorder **ret_recorder);
/* What waits is tried once more. 0, or the error that kept something from being written. Accepts
 * NULL. */
int recorder_free(struct recorder *recorder);

/* First. 0; -EWOULDBLOCK when another recorder writes this log; -EACCES when it cannot be written
 * as who we are; other negative errno. The directory of the keys is borrowed, as is the other one.
 */
int recorder_open_log(struct recorder *recorder, const char *directory, const char *key_directory);
/* Second: connect to hedated, now or as soon as it listens. 0, or negative errno. */
int recorder_connect(struct recorder *recorder, const char *run_directory);

/* Say on record how the log was found and that we begin; that we end. */
void recorder_start(struct recorder *recorder);
void recorder_stop(struct recorder *recorder);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running a command for what it says: bounded in time and in what it may say. */
#ifndef HEDATE_PEERRUN_H
#define HEDATE_PEERRUN_H

#include <stddef.h>

/*
 * Run words (the first a full name, NULL behind the last) without a shell, with nothing on its
 * standard input and PATH, HOME and the language in its environment, and read what it writes to
 * its standard output. It is killed with all that it started after so many seconds, or when it
 * says more than size bytes. 0 when it ended with status 0, with *ret_length bytes in text;
 * -ETIMEDOUT; -EFBIG; -ECHILD: it ended with *ret_status, 128 and more: by that signal; other
 * negative errno: it could not be run.
 */
int peerrun(char *const words[], unsigned int seconds, char *text, size_t size, size_t *ret_length,
	int *ret_status);

#endif

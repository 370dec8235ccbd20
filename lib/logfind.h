/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record with a number: sequence numbers rise, so few lines are read, however long the log. */
#ifndef HEDATE_LOGFIND_H
#define HEDATE_LOGFIND_H

#include <stddef.h>
#include <stdint.h>

/* The line with this event.sequence, without its newline, with a NUL; the caller's to free. 0;
 * -ENOENT: there is none, as far as the numbers rise as they should; -EBADMSG: nor is there, but a
 * part of a compressed file cannot be read, so that it may be in there; other negative errno. */
int logfind(const char *directory, uint64_t sequence, char **ret_line, size_t *ret_length);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much the log takes, and when it was last written: from the names and sizes of its files. */
#ifndef HEDATE_LOGSTATE_H
#define HEDATE_LOGSTATE_H

#include <stdint.h>

struct logstate {
	uint64_t files, bytes;	   /* of records, plain or compressed; bytes on disk */
	uint64_t written, sealed;  /* Unix time in seconds; 0: never */
	uint64_t filesystem, free; /* bytes; free: for who is not root */
};

/* 0, or negative errno of looking at the directory. */
int logstate_read(const char *directory, struct logstate *ret_state);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files of the log may be removed, by what the configuration says of its retention. */
#ifndef HEDATE_RETENTION_H
#define HEDATE_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "logname.h"

struct retention_file {
	char segment[LOGNAME_MAX];
	uint64_t bytes; /* on disk */
};

struct retention_rule {
	unsigned int days; /* 0: for ever */
	uint64_t size;	   /* bytes; 0: no limit */
	int64_t held;	   /* realtime ns: nothing from then on; INT64_MAX: there is no hold */
};

struct retention_verdict {
	size_t due;	/* so many of the oldest may be removed */
	bool too_large; /* the log is over its size, and nothing that is may be removed */
};

/*
 * files: all there are, the oldest first; the last one grows. total: bytes on disk of everything
 * that belongs to the log. now: realtime ns.
 *
 * A file may be removed when all of its records are older than so many days, and, where there is a
 * limit of size, as long as the log is larger. Days are counted twice: by the clock, and by the
 * days of which there are files behind it, so that a clock which jumps ahead removes nothing. The
 * oldest go first: a file that has to stay keeps all after it.
 */
struct retention_verdict retention_judge(const struct retention_file *files, size_t count,
	uint64_t total, const struct retention_rule *rule, int64_t now);

#endif

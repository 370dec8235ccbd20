/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Details are written ahead (writeahead.h): what NFLOG told of a flow is on disk at the next
 * commit, long before its epoch is closed and becomes records. Each generation has a file of its
 * own, that begins anew when its epoch is in the log.
 *
 * Before an epoch is written into the log, its number is put behind its details: so those that a
 * crash left are known to be of an epoch that is in the log, or of one that is not. No flow stands
 * twice in the log, and none that was committed is missing.
 *
 * Frames hold records: type (u8), 0, length (u16), bytes. All in this machine's byte order.
 */
#ifndef HEDATE_DETAILLOG_H
#define HEDATE_DETAILLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "details.h"
#include "writeahead.h"

struct detaillog;

/* Open the directory, which is locked by whoever writes the log in it. io: NULL for the real calls.
 * 0, or negative errno. */
int detaillog_open(
	const char *directory, const struct writeahead_io *io, struct detaillog **ret_log);
void detaillog_close(struct detaillog *log); /* accepts NULL */

/* What was found. */
struct detaillog_found {
	uint64_t torn;	     /* bytes of commits that were not finished */
	uint64_t unreadable; /* files that are none of ours, or of another version */
};
/*
 * Give the details that are on disk, one generation of one table at a time. The function takes them
 * over by copying the struct, or clears them with detaillog_forget(). init is for making them.
 */
typedef struct details (*detaillog_init)(void *data);
typedef void (*detaillog_take)(struct details *details, void *data);
int detaillog_restore(struct detaillog *log, detaillog_init init, detaillog_take take, void *data,
	struct detaillog_found *ret_found);

/*
 * All that the details hold is on disk when this returns 0. sequence: of the log's last line.
 * Negative errno: it is not, and the next call tries again; what had been on disk still is.
 */
int detaillog_commit(struct detaillog *log, struct details *details, uint64_t sequence);
/* Make the file that they will be kept in, so that the first commit need not. */
void detaillog_prepare(struct detaillog *log, struct details *details, uint64_t sequence);
/* The same, and they are known to be those of this epoch from now on. -errno: nothing of the epoch
 * may be written into the log. */
int detaillog_seal(
	struct detaillog *log, struct details *details, uint64_t epoch, uint64_t sequence);
/* They are in the log, or of no use: forget them, also on disk. */
void detaillog_forget(struct detaillog *log, struct details *details, uint64_t sequence);
/* The same, and their file goes away. */
void detaillog_remove(struct detaillog *log, struct details *details);
/* Forget them in memory only, and leave them on disk. */
void detaillog_leave(struct detaillog *log, struct details *details);

/* 32 hexadecimal digits: what these details are called in the log. "" when they have no file. */
#define DETAILLOG_NAME_MAX (2 * WRITEAHEAD_ID + 1)
void detaillog_name(const struct details *details, char name[DETAILLOG_NAME_MAX]);

#endif

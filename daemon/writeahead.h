/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A write-ahead file: what has to survive a crash until it is in the log. It lies in the log's
 * directory, as "writeahead-<number>", and is written again and again in place, so that a commit
 * touches nothing of the file system but the blocks that it writes: it is fast, and does not fail
 * for want of room as long as the file need not grow.
 *
 *	head	4096 bytes: what the frames belong to, with an id that is new each time the file
 *		begins anew
 *	frames	one behind the other: tag (the beginning of the id), number, which grows from one to
 *		the next, length, checksum, bytes
 *
 * The checksum is keyed with the id: frames of an earlier beginning are not valid in a later one.
 * Reading stops at the first frame that is not valid. What was synced is valid; what was being
 * written when the power failed is not, and was not promised to anybody.
 *
 * After a sync that failed, what the kernel still holds of the file is not known: the file is then
 * failed, it is never synced again, and its owner writes another one. That takes its name when it
 * is on disk, so that at no time less is there than was promised.
 */
#ifndef HEDATE_WRITEAHEAD_H
#define HEDATE_WRITEAHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define WRITEAHEAD_ID	   16
#define WRITEAHEAD_TABLE   64
#define WRITEAHEAD_NUMBERS 16	       /* files, 0 to 15 */
#define WRITEAHEAD_FRAME   (64u << 10) /* bytes of one frame, at most */

/* The calls that write, so that tests can let them fail. */
struct writeahead_io {
	ssize_t (*pwrite)(int fd, const void *bytes, size_t length, off_t offset);
	int (*sync)(int fd); /* fdatasync */
};

/* What the frames of a file belong to. */
struct writeahead_head {
	uint8_t id[WRITEAHEAD_ID]; /* random: made by writeahead_begin() and _restart() */
	char table[WRITEAHEAD_TABLE];
	uint32_t generation;
	uint64_t sequence; /* of the log's last line at that time */
};

struct writeahead;

/*
 * Begin a file. It is there, instead of an older one of its number, once writeahead_sync() has
 * returned 0. directory is borrowed, io copied; NULL: the real calls. 0, or negative errno.
 */
int writeahead_begin(int directory, unsigned int number, const struct writeahead_io *io,
	const struct writeahead_head *head, struct writeahead **ret_file);
/* Begin the same file anew: all its frames are gone when this returns 0. Negative errno: the file
 * is failed. */
int writeahead_restart(struct writeahead *file, const struct writeahead_head *head);

/* Add a frame of at most WRITEAHEAD_FRAME bytes. 0, or negative errno: it is not in the file, and
 * the next one takes its place. */
int writeahead_put(struct writeahead *file, const void *bytes, size_t length);
/* All frames are on disk when this returns 0. Negative errno: the file is failed. */
int writeahead_sync(struct writeahead *file);
/* Drop the frames that were put since the last sync. */
void writeahead_rollback(struct writeahead *file);

/* Was nothing put since it began? */
bool writeahead_fresh(const struct writeahead *file);
bool writeahead_failed(const struct writeahead *file);
const struct writeahead_head *writeahead_head(const struct writeahead *file); /* borrowed */
unsigned int writeahead_number(const struct writeahead *file);

/* Close it, and leave it on disk as it was synced last; accepts NULL. */
void writeahead_close(struct writeahead *file);
/* Close it and take it away from the disk. 0, or negative errno: it may still be there. */
int writeahead_remove(struct writeahead *file);

/*
 * Open a file that is there, give its frames in their order (negative errno of function stops), and
 * go on behind them. *ret_torn: bytes of a frame that was being written. 0; -ENOENT; -EBADMSG when
 * it is no such file, or of another version; other negative errno.
 */
typedef int (*writeahead_function)(const uint8_t *bytes, size_t length, void *data);
int writeahead_open(int directory, unsigned int number, const struct writeahead_io *io,
	writeahead_function function, void *data, struct writeahead **ret_file, uint64_t *ret_torn);
/* Keep a file that is none of ours under another name, ".unreadable" behind it. */
void writeahead_set_aside(int directory, unsigned int number);
/* Take away what was begun under this number and never synced. */
void writeahead_clean(int directory, unsigned int number);

#endif
